//! Pages for the people of a city. The console is a client of the gateway's own API like any other: whatever it shows it asks for
//! there, with the session of whoever looks, and whatever somebody does goes the same way. So it needs no rights of its own, no
//! database, and can show nothing that the API would not tell the same person.
//!
//! Plain HTML, rendered here; a page works without scripts where that can be, and nothing comes from another host.

mod api;
mod assets;
mod doing;
mod form;
mod listing;
mod page;
mod provided;
mod sections;
mod session;
mod sign_in;
mod trouble;
mod views;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Extensions;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use api::Api;
use session::Keeper;
use trouble::Trouble;
use views::{
    account, audit, channels, handling, packs, people, quarantine, reports, review, rules, search, ticket, tickets,
    today, topics,
};

/// Where the console is.
pub const ADDRESS: &str = "/console";

/// Where the city's identity provider sends people back to, behind where they reach the console.
pub const BACK: &str = "/console/sign-in/back";

/// Largest form, in bytes: a file of a city pack that is edited, percent-encoded.
const MAX_FORM_BYTES: usize = 4 << 20;

/// Gives the city's time zone: that of its live settings.
pub type Zone = Box<dyn Fn() -> TimeZone + Send + Sync>;

/// Gives the time.
pub type Now = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// By which ways people come in.
pub struct Doors {
    /// What the city's identity provider is called; none: there is none.
    pub provider: Option<String>,
    /// Whether everybody may sign in by a password; otherwise only those who look after people.
    pub passwords: bool,
    /// Where people reach the console.
    pub public_url: Option<String>,
}

/// What the console is given.
pub struct Console {
    /// The API, as it answers under `/api/v1`.
    pub api: Router,
    /// The city's time zone.
    pub zone: Zone,
    /// The time.
    pub now: Now,
    /// Whether people reach it over TLS only: cookies are told to stay on it.
    pub secure: bool,
    /// By which ways people come in.
    pub doors: Doors,
    /// What of a request goes with what the API is asked because of it: its number, and who sent it.
    pub carry: fn(&Extensions) -> Extensions,
}

/// What every handler shares.
struct Site {
    api: Api,
    zone: Zone,
    now: Now,
    keeper: Keeper,
    doors: Doors,
    carry: fn(&Extensions) -> Extensions,
}

/// The console's routes, below [`ADDRESS`].
pub fn router(console: Console) -> Router {
    let Console { api, zone, now, secure, doors, carry } = console;
    let site = Arc::new(Site { api: Api::new(api), zone, now, keeper: Keeper::new(secure), doors, carry });
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/sign-in/provider", get(provided::begin))
        .route("/sign-in/back", get(provided::come_back))
        .route("/sign-in/code", post(provided::with_code))
        .route("/sign-out", post(sign_in::leave))
        .route("/language", post(sign_in::language))
        .route("/do", post(doing::act))
        .route("/me", get(account::page))
        .route("/me/password", post(account::set_password))
        .route("/me/second-factor", post(account::set_second))
        .route("/me/second-factor/offer", post(account::offer_second))
        .route("/people", get(people::page).post(people::put))
        .route("/people/{name}/reset", post(people::reset))
        .route("/people/{name}/remove", post(people::remove))
        .route("/assets/{name}", get(assets::asset))
        .merge(matters())
        .merge(flows())
        .merge(settings())
        .fallback(async || Trouble::NotFound)
        .layer(from_fn_with_state(Arc::clone(&site), form::from_here))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .with_state(site)
}

/// Pages of matters: what came, what becomes of it, what waits for somebody.
fn matters() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(today::page))
        .route("/tickets", get(tickets::page))
        .route("/tickets/{id}", get(ticket::page))
        .route("/export/{*list}", get(listing::file))
        .route("/tickets/{id}/photos/{record}/{number}", get(ticket::photo))
        .route("/search", get(search::page))
        .route("/matter", get(search::matter))
        .route("/explain", get(search::explain))
        .route("/review", get(review::page))
        .route("/review/{id}", post(review::answer))
        .route("/handling", get(handling::overdue))
        .route("/notices", get(handling::notices))
        .route("/callbacks", get(handling::call_backs))
        .route("/unanswered", get(handling::unanswered))
        .route("/alerts", get(handling::alerts))
        .route("/topics", get(topics::list))
        .route("/topics/{id}", get(topics::one))
}

/// Pages of what comes and leaves.
fn flows() -> Router<Arc<Site>> {
    Router::new()
        .route("/channels", get(channels::list))
        .route("/channels/{id}", get(channels::trace).post(channels::test))
        .route("/feeds", get(channels::feeds))
        .route("/replies", get(channels::replies))
        .route("/replies/{id}", get(channels::reply))
        .route("/deliveries", get(channels::deliveries))
        .route("/files", get(channels::files))
        .route("/warnings", get(channels::warnings))
        .route("/quarantine", get(quarantine::list))
        .route("/quarantine/{id}", get(quarantine::one))
}

/// Pages of reports, of the city pack and of what people did.
fn settings() -> Router<Arc<Site>> {
    Router::new()
        .route("/reports", get(reports::list))
        .route("/reports/{name}", get(reports::one))
        .route("/reports/{name}/file", get(reports::file))
        .route("/editions/{id}/file", get(reports::edition))
        .route("/bulletins", get(reports::bulletins))
        .route("/bulletins/{name}", get(reports::bulletin))
        .route("/reply-checks", get(reports::reply_checks))
        .route("/packs", get(packs::list))
        .route("/packs/versions/{version}", get(packs::version))
        .route("/packs/difference", get(packs::difference))
        .route("/packs/drafts/{id}", get(packs::draft).post(packs::work))
        .route("/packs/drafts/{id}/tables", get(rules::tables).post(rules::edit))
        .route("/rules", get(rules::page).post(rules::begin))
        .route("/audit", get(audit::list))
}

/// To a page of the console.
fn to(path: &str) -> Redirect {
    Redirect::to(&format!("{ADDRESS}{path}"))
}

#[cfg(test)]
mod tests;

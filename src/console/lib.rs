//! Pages for the people of a city. The console is a client of the gateway's own API like any other: whatever it shows it asks for
//! there, with the session of whoever looks, and whatever somebody does goes the same way. So it needs no rights of its own, no
//! database, and can show nothing that the API would not tell the same person.
//!
//! Plain HTML, rendered here; a page works without scripts where that can be, and nothing comes from another host.

mod api;
mod assets;
mod page;
mod review;
mod session;
mod sign_in;
mod tickets;
mod today;
mod trouble;

use std::sync::Arc;

use axum::Router;
use axum::http::Extensions;
use axum::response::Redirect;
use axum::routing::{get, post};
use jiff::tz::TimeZone;

use api::Api;
use session::Keeper;
use trouble::Trouble;

/// Where the console is.
pub const ADDRESS: &str = "/console";

/// Gives the city's time zone: that of its live settings.
pub type Zone = Box<dyn Fn() -> TimeZone + Send + Sync>;

/// What the console is given.
pub struct Console {
    /// The API, as it answers under `/api/v1`.
    pub api: Router,
    /// The city's time zone.
    pub zone: Zone,
    /// Whether people reach it over TLS only: cookies are told to stay on it.
    pub secure: bool,
    /// What of a request goes with what the API is asked because of it: its number, and who sent it.
    pub carry: fn(&Extensions) -> Extensions,
}

/// What every handler shares.
struct Site {
    api: Api,
    zone: Zone,
    keeper: Keeper,
    carry: fn(&Extensions) -> Extensions,
}

/// The console's routes, below [`ADDRESS`].
pub fn router(console: Console) -> Router {
    let Console { api, zone, secure, carry } = console;
    let site = Arc::new(Site { api: Api::new(api), zone, keeper: Keeper::new(secure), carry });
    Router::new()
        .route("/", get(today::page))
        .route("/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/language", post(sign_in::language))
        .route("/tickets", get(tickets::list))
        .route("/tickets/{id}", get(tickets::one))
        .route("/tickets/{id}/do", post(tickets::act))
        .route("/complaints/{receipt}/do", post(tickets::act_on_complaint))
        .route("/review", get(review::page))
        .route("/review/{id}", post(review::answer))
        .route("/assets/{name}", get(assets::asset))
        .fallback(async || Trouble::NotFound)
        .with_state(site)
}

/// To a page of the console.
fn to(path: &str) -> Redirect {
    Redirect::to(&format!("{ADDRESS}{path}"))
}

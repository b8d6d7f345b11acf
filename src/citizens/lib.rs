//! Pages for citizens: filing a matter at a point with a QR code, or by hand; entering one for somebody at a desk; seeing what became of it;
//! saying how good that was. They are a client of the gateway's own API for citizens like any other: what it does not tell they cannot show.
//!
//! Beside them the page on which a handler sees and answers a matter, by the link of a text: the same plain pages, for whoever has no session.
//!
//! Plain HTML for phones, without scripts and without cookies: there is no session that another site could use. What a page sends stands in
//! the form itself; to see or rate a complaint one has its two numbers.

mod api;
mod assets;
mod filing;
mod filled;
mod handler;
mod page;
mod progress;
mod refusal;
mod sheets;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Extensions;
use axum::routing::get;
use jiff::tz::TimeZone;

use api::Api;
pub use api::Refused;
pub use refusal::Asker;
pub use sheets::{Sheet, Sticker};

/// Gives the city's time zone: that of its live settings.
pub type Zone = Box<dyn Fn() -> TimeZone + Send + Sync>;

/// Largest body of a page that is no form with photos, in bytes.
const MAX_SMALL_BYTES: usize = 64 << 10;

/// What the pages are given.
pub struct CitizenPages {
    /// The API for citizens, as it answers under `/citizens/v1`, and what handlers' pages ask under `/handlers/v1`.
    pub api: Router,
    /// The city's time zone.
    pub zone: Zone,
    /// Where handlers reach their pages, as the settings say.
    pub public_url: Option<String>,
    /// What of a request goes with what the API is asked because of it: its number, and who sent it.
    pub carry: fn(&Extensions) -> Extensions,
}

/// What every handler shares.
struct Site {
    api: Api,
    zone: Zone,
    public_url: Option<String>,
    carry: fn(&Extensions) -> Extensions,
}

/// The pages: `/f/<point>`, `/f`, `/d/<channel>` for desks, `/q` and `/q/<receipt>`, `/h/<token>` for handlers.
pub fn router(pages: CitizenPages) -> Router {
    let CitizenPages { api, zone, public_url, carry } = pages;
    let site = Arc::new(Site { api: Api::new(api), zone, public_url, carry });
    let asking = Router::new()
        .route("/q", get(progress::ask).post(progress::look))
        .route("/q/{receipt}", get(progress::ask_for).post(progress::look))
        .route("/q/{receipt}/rating", axum::routing::post(progress::rate))
        .layer(DefaultBodyLimit::max(MAX_SMALL_BYTES));
    Router::new()
        .route("/f", get(filing::blank).post(filing::file))
        .route("/f/{point}", get(filing::at_point).post(filing::file_at_point))
        .route("/d/{channel}", get(filing::at_desk).post(filing::file_at_desk))
        .route("/h/{token}", get(handler::open).post(handler::say))
        .route("/f/assets/{name}", get(assets::asset))
        .merge(asking)
        .with_state(site)
}

#[cfg(test)]
mod tests;

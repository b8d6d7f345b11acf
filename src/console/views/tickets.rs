//! Tickets, narrowed by what they are and by what they wait for.

use axum::response::Response;
use huiliu_domain::catalogue::say;
use minijinja::context;

use super::{channels_of, statuses};
use crate::api::Address;
use crate::listing::{Filters, Kind};
use crate::trouble::Trouble;
use crate::visit::Visit;

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(list(&visit).await)
}

async fn list(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let filters = filters(visit).await?;
    let list = filters.page(visit, Address::of(["tickets"]), "tickets").await?;
    Ok(visit.show("tickets", "tickets.html", &say!(in locale; "console-tickets"), context! { list }))
}

async fn filters(visit: &Visit) -> Result<Filters, Trouble> {
    let locale = visit.locale();
    let filters = Filters::none()
        .with(visit, Kind::Text, "words", say!(in locale; "console-words"))
        .choice(visit, "status", say!(in locale; "console-status"), statuses(locale))
        .with(visit, Kind::Text, "category", say!(in locale; "console-category"))
        .choice(visit, "channel", say!(in locale; "console-channel"), channels_of(visit).await?)
        .with(visit, Kind::Text, "department", say!(in locale; "console-department"))
        .with(visit, Kind::Text, "district", say!(in locale; "console-district"))
        .with(visit, Kind::Text, "grade", say!(in locale; "console-grade"))
        .with(visit, Kind::Day, "received_from", say!(in locale; "console-made-from"))
        .with(visit, Kind::Day, "received_before", say!(in locale; "console-made-until"))
        .with(visit, Kind::Day, "due_from", say!(in locale; "console-due-from"))
        .with(visit, Kind::Day, "due_before", say!(in locale; "console-due-until"))
        .with(visit, Kind::Flag, "overdue", say!(in locale; "console-only-overdue"))
        .with(visit, Kind::Number, "min_complaints", say!(in locale; "console-least"))
        .with(visit, Kind::Flag, "waits", say!(in locale; "console-waits"))
        .with(visit, Kind::Text, "waits_in", say!(in locale; "console-waits-in"));
    Ok(filters)
}

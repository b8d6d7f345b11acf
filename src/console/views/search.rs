//! Complaints by words, place, numbers and times, and the matter that a number names.

use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::say;
use minijinja::{Value as View, context};

use super::{channel_names, channels_of, statuses};
use crate::api::{Address, path};
use crate::listing::{Filters, Kind};
use crate::page::data;
use crate::sections::Role;
use crate::to;
use crate::trouble::Trouble;
use crate::visit::Visit;

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(list(&visit).await)
}

async fn list(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let mut filters = Filters::none()
        .with(visit, Kind::Text, "words", say!(in locale; "console-words"))
        .with(visit, Kind::Text, "address", say!(in locale; "console-address"))
        .choice(visit, "status", say!(in locale; "console-status"), statuses(locale))
        .with(visit, Kind::Text, "department", say!(in locale; "console-department"))
        .with(visit, Kind::Text, "district", say!(in locale; "console-district"))
        .with(visit, Kind::Text, "category", say!(in locale; "console-category"))
        .with(visit, Kind::Text, "grade", say!(in locale; "console-grade"))
        .choice(visit, "channel", say!(in locale; "console-channel"), channels_of(visit).await?)
        .with(visit, Kind::Day, "received_from", say!(in locale; "console-from"))
        .with(visit, Kind::Day, "received_before", say!(in locale; "console-until"))
        .with(visit, Kind::Flag, "overdue", say!(in locale; "console-only-overdue"));
    if visit.may(Role::Operator) {
        filters = filters.with(visit, Kind::Text, "phone", say!(in locale; "console-phone"));
    }
    let list = filters.page(visit, Address::of(["complaints"]), "complaints").await?;
    let view = context! { list, channels => channel_names(visit).await? };
    Ok(visit.show("search", "search.html", &say!(in locale; "console-complaints"), view))
}

pub(crate) async fn explain(visit: Visit) -> Response {
    visit.told(compared(&visit).await)
}

/// Why two complaints are or are not one matter, by the settings of now.
async fn compared(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let (a, b) = (visit.asked("a").unwrap_or_default().trim(), visit.asked("b").unwrap_or_default().trim());
    let (explained, missing) = match (a, b) {
        ("", _) | (_, "") => (None, false),
        _ => match visit.get(Address::of(["explain"]).with("a", Some(a)).with("b", Some(b))).await {
            Ok(explained) => (Some(data(explained)), false),
            Err(Trouble::NotFound) => (None, true),
            Err(trouble) => return Err(trouble),
        },
    };
    let view = context! { a, b, explained, missing };
    Ok(visit.show("explain", "explain.html", &say!(in locale; "console-explain"), view))
}

pub(crate) async fn matter(visit: Visit) -> Response {
    visit.told(named(&visit).await)
}

/// The ticket of the matter; a list where the number names several complaints.
async fn named(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let number = visit.asked("number").unwrap_or_default().trim();
    let title = say!(in locale; "console-matter");
    if number.is_empty() {
        return Ok(visit.show(
            "search",
            "matter.html",
            &title,
            context! { number, life => View::UNDEFINED, several => Vec::<View>::new() },
        ));
    }
    let found = match visit.get(Address::of(["life"]).with("matter", Some(number))).await {
        Err(Trouble::NotFound) => {
            return Ok(visit.show("search", "matter.html", &title, context! { number, missing => true }));
        }
        found => found?,
    };
    let tickets = found["life"]["tickets"].as_array();
    match tickets.and_then(|tickets| tickets.first()).and_then(|ticket| ticket["id"].as_str()) {
        Some(ticket) if visit.may(Role::Viewer) => Ok(to(&path(["tickets", ticket])).into_response()),
        _ => {
            let found = data(&found);
            let view =
                context! { number, life => found.get_attr("life").ok(), several => found.get_attr("several").ok() };
            Ok(visit.show("search", "matter.html", &title, view))
        }
    }
}

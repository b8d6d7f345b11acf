//! One ticket: what it is, what happened to it, why it is one matter, and what somebody may do.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use minijinja::context;

use crate::api::{Address, Download};
use crate::page::data;
use crate::sections::Role;
use crate::trouble::Trouble;
use crate::visit::Visit;

pub(crate) async fn page(visit: Visit, Path(id): Path<String>) -> Response {
    visit.told(one(&visit, &id).await)
}

async fn one(visit: &Visit, id: &str) -> Result<Response, Trouble> {
    let ticket = visit.get(Address::of(["tickets", id])).await?;
    let life = visit.get(Address::of(["tickets", id, "life"])).await?;
    let choices = visit.if_allowed(Role::Clerk, Address::of(["tickets", id, "choices"])).await?;
    let part = |name: &str| choices.as_ref().map(|answer| data(&answer[name]));
    let (units, levels, choices) = (part("units"), part("levels"), part("choices"));
    let (ticket, life) = (data(&ticket), data(&life));
    Ok(visit.show(
        "tickets",
        "ticket.html",
        id,
        context! { ticket, life, choices, units, levels, all => visit.asked("all").is_some() },
    ))
}

/// A photo that a handler took, as a picture and nothing else.
pub(crate) async fn photo(visit: Visit, Path((id, record, number)): Path<(String, String, String)>) -> Response {
    let found = visit.file(Address::of(["tickets", &id, "photos", &record, &number])).await;
    visit.told(found.map(|Download { content_type, bytes }| {
        let headers = [
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CONTENT_SECURITY_POLICY, "default-src 'none'"),
        ];
        ([(CONTENT_TYPE, content_type)], headers, bytes).into_response()
    }))
}

//! Matters that come back: the list, and one with what was decided on it.

use axum::extract::Path;
use axum::response::Response;
use huiliu_domain::catalogue::say;
use minijinja::context;

use super::handling::topic_states;
use crate::api::Address;
use crate::listing::Filters;
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::Visit;

pub(crate) async fn list(visit: Visit) -> Response {
    visit.told(all(&visit).await)
}

async fn all(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let filters = Filters::none().choice(visit, "state", say!(in locale; "console-state"), topic_states(locale));
    let list = filters.page(visit, Address::of(["topics"]), "topics").await?;
    let ranking = data(visit.get(Address::of(["topics", "ranking"])).await?);
    Ok(visit.show("topics", "topics.html", &say!(in locale; "console-topics"), context! { list, ranking }))
}

pub(crate) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.told(whole(&visit, &id).await)
}

async fn whole(visit: &Visit, id: &str) -> Result<Response, Trouble> {
    let whole = visit.get(Address::of(["topics", id])).await?;
    let title = whole["topic"]["title"].as_str().unwrap_or_default().to_owned();
    let states = topic_states(visit.locale());
    Ok(visit.show("topics", "topic.html", &title, context! { whole => data(&whole), states }))
}

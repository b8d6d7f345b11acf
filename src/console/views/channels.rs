//! What comes and leaves: channels with their last calls, replies, deliveries, files, and what was read with warnings.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use huiliu_domain::catalogue::{say, states};
use minijinja::context;
use serde_json::{Value, json};

use super::{channels_of, named};
use crate::api::Address;
use crate::form::Form;
use crate::listing::{Filters, Kind};
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::Visit;

pub(crate) async fn list(visit: Visit) -> Response {
    visit.told(channels(&visit).await)
}

async fn channels(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let list = Filters::none().whole(visit, Address::of(["channels"]), "channels").await?;
    Ok(visit.show("channels", "channels.html", &say!(in locale; "console-channels"), context! { list }))
}

pub(crate) async fn trace(visit: Visit, Path(id): Path<String>) -> Response {
    visit.told(calls(&visit, &id, None).await)
}

/// What a channel would read now.
pub(crate) async fn test(
    visit: Visit,
    Path(id): Path<String>,
    Form(given): Form<BTreeMap<String, String>>,
) -> Response {
    visit.told(tested(&visit, &id, &given).await)
}

async fn tested(visit: &Visit, id: &str, given: &BTreeMap<String, String>) -> Result<Response, Trouble> {
    visit.check(given.get("form_token").map(String::as_str).unwrap_or_default())?;
    let tested = match visit.post(Address::of(["channels", id, "test"]), &json!({})).await {
        Ok(tested) => tested,
        Err(Trouble::Refused(refused)) => json!({ "refused": refused.said(visit.locale()) }),
        Err(trouble) => return Err(trouble),
    };
    calls(visit, id, Some(tested)).await
}

pub(crate) async fn feeds(visit: Visit) -> Response {
    visit.told(machine(&visit).await)
}

/// How what leaves stands: the broker, each feed and destination, the store.
async fn machine(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let standing = data(visit.get(Address::of(["health"])).await?);
    Ok(visit.show("feeds", "feeds.html", &say!(in locale; "console-feeds"), context! { standing }))
}

/// One channel: how it stands, what it would read, where that was tried, and its last calls, where somebody wants to see them: from then
/// on they are kept for a while.
async fn calls(visit: &Visit, id: &str, tested: Option<Value>) -> Result<Response, Trouble> {
    let channels = visit.rows(Address::of(["channels"]), "channels").await?.rows;
    let channel = channels.iter().find(|channel| channel["id"] == id).ok_or(Trouble::NotFound)?;
    let trace = match visit.asked("calls") {
        Some(_) => Some(data(visit.get(Address::of(["channels", id, "trace"])).await?)),
        None => None,
    };
    let name = channel["name"].as_str().unwrap_or(id).to_owned();
    let view = context! { channel => data(channel), trace, tested => tested.map(data) };
    Ok(visit.show("channels", "channel.html", &name, view))
}

pub(crate) async fn replies(visit: Visit) -> Response {
    visit.told(answers(&visit).await)
}

async fn answers(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let known = ["dead", "by_hand", "no_route", "held", "pending", "sent", "told"];
    let known = named(known, |name| states::reply(locale, name));
    let filters = Filters::none().one_of(visit, "state", say!(in locale; "console-state"), known);
    let list = filters.page(visit, Address::of(["replies"]), "replies").await?;
    Ok(visit.show("replies", "replies.html", &say!(in locale; "console-replies"), context! { list }))
}

pub(crate) async fn reply(visit: Visit, Path(id): Path<String>) -> Response {
    visit.told(words(&visit, &id).await)
}

/// What a reply says, and what can be done with it.
async fn words(visit: &Visit, id: &str) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let reply = data(visit.get(Address::of(["replies", id])).await?);
    let title = say!(in locale; "console-reply", id = id);
    Ok(visit.show("replies", "reply.html", &title, context! { reply }))
}

pub(crate) async fn deliveries(visit: Visit) -> Response {
    visit.told(sent(&visit).await)
}

async fn sent(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let known = named(["dead", "pending", "sent"], |name| states::delivery(locale, name));
    let filters = Filters::none().one_of(visit, "state", say!(in locale; "console-state"), known).with(
        visit,
        Kind::Text,
        "destination",
        say!(in locale; "console-destination"),
    );
    let list = filters.page(visit, Address::of(["deliveries"]), "deliveries").await?;
    let view = context! { list, destination => visit.asked("destination").unwrap_or_default() };
    Ok(visit.show("deliveries", "deliveries.html", &say!(in locale; "console-deliveries"), view))
}

pub(crate) async fn files(visit: Visit) -> Response {
    visit.told(read(&visit).await)
}

async fn read(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let filters =
        Filters::none().choice(visit, "channel", say!(in locale; "console-channel"), channels_of(visit).await?);
    let list = filters.page(visit, Address::of(["source-files"]), "source_files").await?;
    Ok(visit.show("files", "files.html", &say!(in locale; "console-files"), context! { list }))
}

pub(crate) async fn warnings(visit: Visit) -> Response {
    visit.told(doubts(&visit).await)
}

async fn doubts(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let filters = Filters::none()
        .choice(visit, "channel", say!(in locale; "console-channel"), channels_of(visit).await?)
        .with(visit, Kind::Text, "field", say!(in locale; "console-field"));
    let list = filters.page(visit, Address::of(["warnings"]), "warnings").await?;
    Ok(visit.show("warnings", "warnings.html", &say!(in locale; "console-warnings"), context! { list }))
}

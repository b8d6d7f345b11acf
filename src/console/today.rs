//! The first page: how much came and what became of it, and what needs a person now.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use huiliu_domain::catalogue::say;
use serde::Serialize;
use serde_json::Value;

use crate::Site;
use crate::api::Address;
use crate::page;
use crate::session::Session;
use crate::trouble::Trouble;

/// Rows of each list on the page.
const SHOWN: u8 = 5;

/// One list of what needs a person.
#[derive(Serialize)]
struct Waiting {
    /// Which it is.
    name: &'static str,
    /// What people call it.
    title: String,
    /// Its first rows.
    rows: Vec<Value>,
    /// Whether there are more.
    more: bool,
}

#[derive(Serialize)]
struct View {
    ledger: Value,
    answers: Value,
    channels: Vec<Value>,
    waiting: Vec<Waiting>,
}

pub(crate) async fn page(State(site): State<Arc<Site>>, session: Session) -> Result<Response, Trouble> {
    view(&site, &session).await.map_or_else(
        |trouble| Ok(trouble.page(session.locale())),
        |view| {
            let title = say!(in session.locale(); "console-today");
            Ok(page::show(&session, &(site.zone)(), ("", "today.html", &title), &view))
        },
    )
}

async fn view(site: &Site, session: &Session) -> Result<View, Trouble> {
    let one = async |path: &str| site.api.get(session, Address::of([path])).await;
    let (ledger, answers, mut channels) = (one("ledger").await?, one("answers").await?, one("channels").await?);
    let mut waiting = Vec::new();
    let locale = session.locale();
    for (name, title, (path, member), only) in [
        ("holds", say!(in locale; "console-now-holds"), ("tickets", "tickets"), Some(("waits", "true"))),
        ("reviews", say!(in locale; "console-now-reviews"), ("reviews", "reviews"), None),
        ("callbacks", say!(in locale; "console-now-callbacks"), ("callbacks", "call_backs"), None),
        ("quarantine", say!(in locale; "console-now-quarantine"), ("quarantine", "quarantine"), None),
        ("dead", say!(in locale; "console-now-dead"), ("replies", "replies"), Some(("state", "dead"))),
        ("by-hand", say!(in locale; "console-now-by-hand"), ("replies", "replies"), Some(("state", "by_hand"))),
    ] {
        let address = Address::of([path]).with("limit", Some(SHOWN));
        let address = only.map_or(address.clone(), |(name, value)| address.with(name, Some(value)));
        match site.api.get(session, address).await {
            Ok(mut list) => {
                let rows = match list[member].take() {
                    Value::Array(rows) => rows,
                    _ => Vec::new(),
                };
                waiting.push(Waiting { name, title, rows, more: list["next"].is_string() });
            }
            // What this person has no right to is no list of theirs.
            Err(Trouble::Refused(refused)) if refused.code == "forbidden" => {}
            Err(trouble) => return Err(trouble),
        }
    }
    let channels = match channels["channels"].take() {
        Value::Array(channels) => channels,
        _ => Vec::new(),
    };
    Ok(View { ledger, answers, channels, waiting })
}

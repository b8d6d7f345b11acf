//! Tickets: the list with its filters, and one ticket with its life and what a person may do.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::say;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Site;
use crate::api::Address;
use crate::page;
use crate::session::Session;
use crate::to;
use crate::trouble::Trouble;

/// Rows of a page.
const ROWS: u16 = 50;

/// What the list is narrowed to, as the address has it.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Filters {
    status: String,
    department: String,
    district: String,
    grade: String,
    min_complaints: String,
    waits: String,
    after: String,
}

#[derive(Serialize)]
struct ListView {
    filters: Filters,
    tickets: Value,
    next: Option<String>,
    statuses: &'static [&'static str],
}

/// The statuses that a list can be narrowed to.
const STATUSES: [&str; 11] = [
    "open",
    "accepted",
    "in_progress",
    "extension_requested",
    "extended",
    "returned",
    "rejected",
    "resolved",
    "closed",
    "reopened",
    "absorbed",
];

pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    session: Session,
    Query(filters): Query<Filters>,
) -> Result<Response, Trouble> {
    let address = Address::of(["tickets"])
        .with("limit", Some(ROWS))
        .with("status", Some(&filters.status))
        .with("department", Some(&filters.department))
        .with("district", Some(&filters.district))
        .with("grade", Some(&filters.grade))
        .with("min_complaints", Some(&filters.min_complaints))
        .with("waits", Some(&filters.waits))
        .with("after", Some(&filters.after));
    let mut list = match site.api.get(&session, address).await {
        Ok(list) => list,
        Err(trouble) => return Ok(trouble.page(session.locale())),
    };
    let next = list["next"].as_str().map(str::to_owned);
    let view = ListView { filters, tickets: list["tickets"].take(), next, statuses: &STATUSES };
    let title = say!(in session.locale(); "console-tickets");
    Ok(page::show(&session, &(site.zone)(), ("tickets", "tickets.html", &title), &view))
}

#[derive(Serialize)]
struct TicketView {
    ticket: Value,
    life: Value,
    english: bool,
}

pub(crate) async fn one(
    State(site): State<Arc<Site>>,
    session: Session,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let view = async {
        let ticket = site.api.get(&session, Address::of(["tickets", &id])).await?;
        let mut life = site.api.get(&session, Address::of(["tickets", &id, "life"])).await?;
        let english = session.locale().pick(false, true);
        Ok(TicketView { ticket, life: life["entries"].take(), english })
    };
    match view.await {
        Ok(view) => Ok(page::show(&session, &(site.zone)(), ("tickets", "ticket.html", &id), &view)),
        Err::<_, Trouble>(trouble) => Ok(trouble.page(session.locale())),
    }
}

/// What a person does to a ticket or a complaint.
#[derive(Deserialize)]
pub(crate) struct Deed {
    form_token: String,
    what: String,
    /// The ticket from whose page it is done.
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    into: String,
    #[serde(default)]
    update_id: String,
    #[serde(default)]
    reason: String,
}

impl Deed {
    /// What the API is asked to do to a ticket: the last part of the address, and what is said.
    fn of_ticket(&self) -> Option<(&'static str, Value)> {
        match self.what.as_str() {
            "pin" => Some(("pin", json!({ "pinned": true }))),
            "unpin" => Some(("pin", json!({ "pinned": false }))),
            "merge" => Some(("merge", json!({ "into": self.into.trim() }))),
            "undo" => Some(("undo", json!({}))),
            "release" => Some(("release", json!({}))),
            "approve" => Some(("approve", json!({ "update_id": self.update_id }))),
            "send-back" => Some(("send-back", json!({ "update_id": self.update_id, "reason": self.reason }))),
            _ => None,
        }
    }

    fn of_complaint(&self) -> Option<(&'static str, Value)> {
        match self.what.as_str() {
            "split" => Some(("split", json!({}))),
            "move" => Some(("move", json!({ "into": self.into.trim() }))),
            _ => None,
        }
    }
}

pub(crate) async fn act(
    State(site): State<Arc<Site>>,
    session: Session,
    Path(id): Path<String>,
    Form(deed): Form<Deed>,
) -> Result<Response, Trouble> {
    session.check(&deed.form_token)?;
    let (part, body) = deed.of_ticket().ok_or(Trouble::NotFound)?;
    done(&site, &session, (Address::of(["tickets", &id, part]), &body), &id).await
}

pub(crate) async fn act_on_complaint(
    State(site): State<Arc<Site>>,
    session: Session,
    Path(receipt): Path<String>,
    Form(deed): Form<Deed>,
) -> Result<Response, Trouble> {
    session.check(&deed.form_token)?;
    let (part, body) = deed.of_complaint().ok_or(Trouble::NotFound)?;
    done(&site, &session, (Address::of(["complaints", &receipt, part]), &body), &deed.ticket).await
}

/// Does it, and shows the ticket as it is then.
async fn done(
    site: &Site,
    session: &Session,
    (address, body): (Address, &Value),
    ticket: &str,
) -> Result<Response, Trouble> {
    match site.api.post(session, address, body).await {
        Ok(_) => Ok(to(&crate::api::path(["tickets", ticket])).into_response()),
        Err(trouble) => Ok(trouble.page(session.locale())),
    }
}

//! Tickets.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{
    self, ClockDocument, Complaint, Handled, MergeEventDocument, Named, Reader, Statement, SubmissionDocument, Ticket,
    TicketPage, TicketWhole,
};
use crate::http::extract::{Nothing, Path, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::ComplaintKey;
use crate::store::{Page, Store, TicketDetail, TicketFilter};
use crate::ticket::Status;

/// Largest number of complaints that a listing can be asked for.
const MAX_LEAST_COMPLAINTS: u64 = 1_000_000_000;

/// A ticket by its id.
#[derive(Deserialize, JsonSchema)]
pub(super) struct TicketPath {
    /// Id of the ticket.
    #[schemars(regex(pattern = "^[^./]"))]
    #[schemars(example = &"RC-20261122-000001")]
    pub id: String,
}

/// Which tickets are wanted.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Where they stand.
    #[schemars(extend("enum" = documents::statuses()))]
    status: Option<String>,
    /// Department code.
    department: Option<String>,
    /// District code.
    district: Option<String>,
    /// Grade code.
    grade: Option<String>,
    /// Only those with at least this many complaints.
    #[schemars(range(max = MAX_LEAST_COMPLAINTS))]
    min_complaints: Option<u64>,
    /// Only those that wait for a person: before they are dispatched, or with an answer that is not approved yet.
    #[serde(default)]
    waits: bool,
    /// Only those that wait in this list, by its code.
    #[schemars(example = &"organization")]
    waits_in: Option<String>,
}

pub(super) async fn list(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<TicketQuery>,
) -> Answer<TicketPage> {
    let status = match &query.status {
        None => None,
        Some(name) => {
            Some(Status::from_wire(name).ok_or_else(|| Problem::invalid(&format!("there is no status {name}")))?)
        }
    };
    if query.min_complaints.is_some_and(|least| least > MAX_LEAST_COMPLAINTS) {
        return Err(Problem::invalid(&format!("min_complaints must be at most {MAX_LEAST_COMPLAINTS}")));
    }
    let part = page(query.after.as_deref(), query.limit)?;
    let TicketQuery { department, district, grade, min_complaints, waits, waits_in, .. } = query;
    let filter = TicketFilter { status, department, district, grade, min_complaints, waits, waits_in };
    let contacts = caller.sees_contacts();
    let sight = Sight::of(&site, &caller);
    let (found, withheld, next) = site
        .reader
        .ask(move |store| {
            let see = |store: &mut dyn Store, mut found: Vec<TicketDetail>| {
                sight.keep(store, &mut found)?;
                Ok(found)
            };
            let (found, next) =
                sight::page(store, part, |store, page| store.list_tickets(&filter, page), |detail| detail.key.0, see)?;
            let keys: Vec<_> = found.iter().map(|detail| detail.key).filter(|_| !contacts).collect();
            let withheld = documents::confidential(store, &keys)?;
            Ok((found, withheld, next))
        })
        .await?;
    let rules = site.rules();
    let ticket = |detail: &TicketDetail| Ticket::of(detail, &rules.names, withheld.contains(&detail.key));
    Ok(Json(TicketPage { tickets: found.iter().map(ticket).collect(), next }))
}

pub(super) async fn one(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<TicketWhole> {
    let (contacts, sight) = (caller.sees_contacts(), Sight::of(&site, &caller));
    let found = site
        .reader
        .ask(move |store| {
            let Some(key) = store.ticket_keys(&[&id])?.remove(&id) else { return Ok(None) };
            let Some(detail) = store.tickets(&[key], Page::MAX)?.pop() else { return Ok(None) };
            if !sight.sees(store, &detail)? {
                return Ok(None);
            }
            let keys: Vec<ComplaintKey> = detail.complaints.iter().map(|view| view.id).collect();
            let stated = store.statements_of(&keys)?;
            let events = store.merge_events(key)?;
            let matched =
                events.iter().filter_map(|event| event.evidence.as_ref()).map(|e| ComplaintKey(e.matched_complaint));
            let complaints = events.iter().filter_map(|event| event.complaint).chain(matched);
            let tickets = events.iter().flat_map(|event| event.from.into_iter().chain([event.to]));
            let named = Named::read(store, complaints, tickets)?;
            let keys: Vec<_> = [key].into_iter().filter(|_| !contacts).collect();
            let withheld = documents::confidential(store, &keys)?.contains(&key);
            let numbers = store.foreign_numbers(&[key])?;
            let handled = Handled::read(store, key)?;
            Ok(Some((detail, stated, events, named, withheld, numbers, handled)))
        })
        .await?;
    let (detail, stated, events, named, withheld, numbers, handled) = found.ok_or_else(Problem::not_found)?;
    if contacts {
        let looked = site.entry(AuditAction::LookTicket, caller.actor()).about("ticket", [&detail.ticket.id]);
        site.note(looked.about("receipt", detail.complaints.iter().map(|view| &view.receipt))).await?;
    }
    let none_is_withheld = !detail.complaints.iter().any(|view| documents::is_withheld(view, contacts));
    let rules = site.rules();
    let names = Arc::clone(&rules.names);
    let step_name =
        |code: &str| rules.handling.scale_step(code).map_or_else(|| code.to_owned(), |step| step.name.clone());
    let reader = Reader { contacts, withheld: !none_is_withheld };
    Ok(Json(TicketWhole {
        ticket: Ticket::of(&detail, &names, withheld),
        reasons: detail.ticket.route.reasons.iter().filter(|_| none_is_withheld).cloned().collect(),
        complaint_list: detail.complaints.iter().map(|view| Complaint::of(view, contacts)).collect(),
        statements: Statement::all(&stated, &detail.complaints, contacts),
        merge_events: events.iter().map(|event| MergeEventDocument::of(event, &named, contacts)).collect(),
        foreign_numbers: numbers.into_iter().map(Into::into).collect(),
        clocks: detail.ticket.clocks.runs.iter().map(|run| ClockDocument::of(run, &names)).collect(),
        submission: detail.ticket.submission.as_ref().map(|held| SubmissionDocument::of(held, contacts)),
        acts: handled.acts(&detail.ticket, &rules, reader),
        ratings: handled.ratings(&detail.complaints, &step_name, reader),
        notices: handled.notices(reader),
    }))
}

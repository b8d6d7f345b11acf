//! Tickets.

mod list;
pub(super) mod photos;

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
    self, ClockDocument, Complaint, Handled, MergeEventDocument, Named, RatingStep, Reader, SaidDocument, Statement,
    SubmissionDocument, Ticket, TicketWhole,
};
use crate::http::extract::{Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::ComplaintKey;
use crate::store::Page;

pub(super) use list::list;

/// A ticket by its id.
#[derive(Deserialize, JsonSchema)]
pub(super) struct TicketPath {
    /// Id of the ticket.
    #[schemars(regex(pattern = "^[^./]"))]
    #[schemars(example = &"RC-20261122-000001")]
    pub id: String,
}

pub(super) async fn one(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<TicketWhole> {
    let (contacts, sight, links) = (caller.sees_contacts(), Sight::of(&site, &caller), site.links.clone());
    let found = site
        .reader
        .ask(move |store| {
            let Some(key) = store.ticket_keys(&[&id])?.remove(&id) else { return Ok(None) };
            let Some(detail) = store.tickets(&[key], Page::MAX)?.pop() else { return Ok(None) };
            if !sight.sees(store, key)? {
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
            // What a photo shows cannot be masked.
            let photos = if contacts { photos::of_ticket(store, links.as_ref(), key)? } else { Vec::new() };
            let pictures = if contacts { photos::of_complaints(store, &detail.complaints)? } else { Vec::new() };
            let updates = store.updates_of(key, photos::MAX_UPDATES)?;
            Ok(Some((detail, stated, events, named, withheld, numbers, handled, (photos, pictures, updates))))
        })
        .await?;
    let (detail, stated, events, named, withheld, numbers, handled, (photos, pictures, updates)) =
        found.ok_or_else(Problem::not_found)?;
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
        scale: rules.handling.offered_steps().iter().map(RatingStep::from).collect(),
        said: SaidDocument::all(&updates, reader),
        notices: handled.notices(reader),
        pictures,
        photos,
    }))
}

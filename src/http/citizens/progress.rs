//! What became of a complaint, for who has its two numbers: of this complaint, and of nobody else's that is handled with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::documents::{ProgressDocument, ToldDocument};
use super::forms;
use super::rewards::{self, Rewarded};
use crate::complaint::as_typed;
use crate::http::Site;
use crate::http::documents::RatingStep;
use crate::http::extract::{self, Nothing, Query};
use crate::http::problem::Problem;
use crate::key::RawKey;
use crate::pack::Rules;
use crate::store::{HandlerLinks, ReplyState, Store, StoreError};
use crate::ticket::{Answer, Asked, Status, Ticket};

/// The two numbers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TwoNumbers {
    /// Receipt number, as it is typed.
    #[schemars(length(max = 100), example = &"GX2611220000001")]
    receipt_number: String,
    /// Its code, as it is typed.
    #[schemars(length(max = 100), example = &"7KQ4-M2XP")]
    code: String,
}

/// Somebody whose turn it is to ask.
pub(in crate::http) struct Turn;

impl FromRequestParts<Arc<Site>> for Turn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
        site.citizens.look(site.citizens.proxies.address(&parts.extensions, &parts.headers))?;
        Ok(Self)
    }
}

impl aide::operation::OperationInput for Turn {}

pub(super) async fn show(
    _: Turn,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(asked): extract::Json<TwoNumbers>,
) -> Result<Json<ProgressDocument>, Problem> {
    let receipt = as_typed(&asked.receipt_number);
    // Nothing is looked up for a wrong code: how long the answer takes tells nothing of the number.
    if !site.citizens.codes.opens(&receipt, &asked.code) {
        return Err(Problem::not_found());
    }
    let rules = site.rules();
    let links = site.links.clone();
    let found = site.reader.ask(move |store| read(store, (&rules, links.as_ref()), &receipt)).await?;
    let (mut document, complaint) = found.ok_or_else(Problem::not_found)?;
    document.rewards = rewards::of_complaint(&site, complaint).await?;
    let form = forms::usual(&site);
    document.say(&|status| form.as_ref().and_then(|form| form.status_word(status)));
    Ok(Json(document))
}

/// What is told of a complaint; and the complaint, for what its citizen has for it.
type Found = (ProgressDocument, Rewarded);

fn read(
    store: &mut dyn Store,
    (rules, links): (&Rules, Option<&HandlerLinks>),
    receipt: &str,
) -> Result<Option<Found>, StoreError> {
    let found = store.complaints_by_receipt(&[receipt])?.pop();
    let Some(view) = found.filter(|view| !view.erased) else { return Ok(None) };
    let Some(detail) = store.tickets(&[view.ticket], 0)?.pop() else { return Ok(None) };
    let (ticket, names) = (&detail.ticket, &rules.names);
    let replies = store.replies_of(view.id)?;
    // Words that name another citizen are shown only after a person has read them.
    let last = replies.iter().max_by_key(|reply| reply.id);
    let is_held = last.is_some_and(|reply| reply.state == ReplyState::Held);
    let answer = if is_held { None } else { store.last_answer(view.id)? };
    // What is on the way to a result is shown to those who handle it.
    let answer_is_result = last.is_some_and(|reply| reply.status.is_final());
    let photos = match (links, answer.as_ref().filter(|_| answer_is_result)) {
        (Some(links), Some(answer)) => photos(store, links, answer)?,
        (None, _) | (_, None) => Vec::new(),
    };
    let mut told: Vec<ToldDocument> = replies.iter().map(|reply| ToldDocument::new(reply.status, reply.at)).collect();
    told.sort_by_key(|told| std::cmp::Reverse(told.at));
    let scale = rules.handling.offered_steps();
    let complaint = Rewarded { complaint: view.id, record: view.raw_id, channel: view.complaint.channel };
    let document = ProgressDocument {
        receipt_number: view.receipt,
        status: ticket.status.wire(),
        status_word: ticket.status.zh().to_owned(),
        title: view.complaint.title,
        received_at: view.received_at,
        category_name: names.category(&ticket.route.category).map(str::to_owned),
        department_name: names.department(&ticket.route.department).map(str::to_owned),
        answered_at: answer.as_ref().map(|answer| answer.at),
        answer_is_result,
        extended_until: extended_until(ticket),
        answer: answer.map(|answer| answer.text).filter(|text| !text.is_empty()),
        told,
        may_rate: is_result(ticket.status),
        photos,
        ratings: scale.iter().map(RatingStep::from).collect(),
        rewards: None,
    };
    Ok(Some((document, complaint)))
}

/// Whether the matter that a rating is about has a result; none where it does not say which in a document.
pub(super) async fn is_to_be_rated(site: &Site, sent: &[u8]) -> Result<Option<bool>, Problem> {
    #[derive(Deserialize)]
    struct Rated {
        receipt_number: String,
        code: String,
    }
    let Ok(Rated { receipt_number, code }) = serde_json::from_slice(sent) else { return Ok(None) };
    let receipt = as_typed(&receipt_number);
    if !site.citizens.codes.opens(&receipt, &code) {
        return Ok(None);
    }
    let may_rate = move |store: &mut dyn Store| {
        let Some(view) = store.complaints_by_receipt(&[&receipt])?.pop() else { return Ok(None) };
        Ok(store.tickets(&[view.ticket], 0)?.pop().map(|detail| is_result(detail.ticket.status)))
    };
    Ok(site.reader.ask(may_rate).await?)
}

/// Whether it is the status of a matter with a result.
fn is_result(status: Status) -> bool {
    matches!(status, Status::Resolved | Status::Closed)
}

/// The deadline that was granted, of what is not done.
fn extended_until(ticket: &Ticket) -> Option<Timestamp> {
    let extension = ticket.acts.extension.as_ref().filter(|extension| extension.state == Asked::Granted);
    extension.filter(|_| !ticket.status.is_final()).and(ticket.route.due_at)
}

/// The addresses of the photos that a handler took for an answer, as far as they are kept. An answer can name what is not the gateway's: that
/// is for the channels that take it.
fn photos(store: &mut dyn Store, links: &HandlerLinks, answer: &Answer) -> Result<Vec<String>, StoreError> {
    let meant: Vec<(RawKey, u16)> = answer.attachments.iter().filter_map(|file| links.photo_at(&file.url)).collect();
    let records: Vec<RawKey> = meant.iter().map(|(raw, _)| *raw).collect::<BTreeSet<_>>().into_iter().collect();
    let kept = store.files_of_records(&records)?;
    let kept = meant.into_iter().filter(|meant| kept.iter().any(|file| (file.raw, file.number) == *meant));
    Ok(kept.map(|(raw, number)| links.photo_address(raw, number)).collect())
}

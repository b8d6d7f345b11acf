//! Who is called back, and what people heard and say of results.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use super::decisions::{Done, ReceiptPath, act};
use super::tickets::TicketPath;
use crate::audit::AuditAction;
use crate::desk::Action;
use crate::http::Site;
use crate::http::caller::Operator;
use crate::http::documents::{CallBackDocument, CallBackPage};
use crate::http::extract::{self, Nothing, Path, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::store::{CallBackView, Listed, Store};

/// Longest name of a step, in characters.
const MAX_STEP_CHARS: usize = 40;
/// Longest words of a rating, in characters.
const MAX_WORDS_CHARS: usize = 2_000;

/// A part of a listing.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBackQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

pub(super) async fn call_backs(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(query): Query<CallBackQuery>,
) -> Answer<CallBackPage> {
    let part = page(query.after.as_deref(), query.limit)?;
    let (rules, sight) = (site.rules(), Sight::of(&site, &caller));
    let found = site.reader.ask(move |store| {
        let see = |store: &mut dyn Store, mut due: Vec<CallBackView>| {
            let hidden = sight.hidden(store, due.iter().map(|view| view.ticket))?;
            due.retain(|view| !hidden.contains(&view.ticket));
            Ok(due)
        };
        let list = (&sight, &Listed::CallBacks);
        let (due, next) =
            sight::listed(store, list, part, |store, page| store.due_call_backs(page), |view| view.id, see)?;
        let complaints: Vec<_> = due.iter().map(|view| view.complaint).collect();
        let tickets: Vec<_> = due.iter().map(|view| view.ticket).collect();
        let (complaints, tickets) = (store.complaints(&complaints)?, store.tickets(&tickets, 0)?);
        Ok((CallBackDocument::all(&due, &complaints, &tickets, &rules.names), next))
    });
    let (call_backs, next) = found.await?;
    site.note(site.entry(AuditAction::LookCallBacks, caller.actor()).counted(call_backs.len())).await?;
    Ok(Json(CallBackPage { call_backs, next }))
}

/// What a citizen said in a call-back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBackBody {
    /// Code of a step of the city's scale; without a scale satisfied, fair or dissatisfied. Null: the citizen was not reached, which
    /// takes the call-back off the list.
    #[schemars(length(min = 1, max = 40))]
    #[schemars(example = &"satisfied")]
    rating: Option<String>,
    /// The citizen's words, at most 2,000 characters.
    #[schemars(length(max = 2_000))]
    #[schemars(example = &"路灯当晚就亮了")]
    words: Option<String>,
}

pub(super) async fn note_call_back(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(CallBackBody { rating, words }): extract::Json<CallBackBody>,
) -> Answer<Done> {
    bounded(rating.as_deref(), words.as_deref())?;
    act(&site, &caller, Action::CallBack { receipt, rating, words: said(words) }).await
}

/// What a supervisor says of a ticket's result.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RatingBody {
    /// Code of a step of the city's scale; without a scale satisfied, fair or dissatisfied.
    #[schemars(length(min = 1, max = 40))]
    #[schemars(example = &"satisfied")]
    rating: String,
    /// The supervisor's words, at most 2,000 characters.
    #[schemars(length(max = 2_000))]
    #[schemars(example = &"处置到位，照片齐全")]
    words: Option<String>,
}

pub(super) async fn supervise(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(RatingBody { rating, words }): extract::Json<RatingBody>,
) -> Answer<Done> {
    bounded(Some(&rating), words.as_deref())?;
    act(&site, &caller, Action::Supervise { ticket, rating, words: said(words) }).await
}

/// Words that say something.
fn said(words: Option<String>) -> Option<String> {
    words.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty())
}

fn bounded(rating: Option<&str>, words: Option<&str>) -> Result<(), Problem> {
    if rating.is_some_and(|rating| !(1..=MAX_STEP_CHARS).contains(&rating.chars().count())) {
        return Err(Problem::invalid(&format!("a rating has 1 to {MAX_STEP_CHARS} characters")));
    }
    if words.is_some_and(|words| words.chars().count() > MAX_WORDS_CHARS) {
        return Err(Problem::invalid(&format!("words have at most {MAX_WORDS_CHARS} characters")));
    }
    Ok(())
}

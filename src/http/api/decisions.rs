//! What people decide.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::tickets::TicketPath;
use crate::desk::{Acted, Action};
use crate::http::Site;
use crate::http::caller::{Caller, Operator};
use crate::http::documents;
use crate::http::extract::{self, MaybeJson, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::{ReplyKey, ReviewKey};

/// It is done.
#[derive(Serialize, JsonSchema)]
pub(super) struct Done {
    /// Always true.
    done: bool,
    /// Ids of the tickets concerned.
    tickets: Vec<String>,
}

/// A complaint by its receipt number.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ReceiptPath {
    /// Receipt number.
    #[schemars(regex(pattern = "^[^./]"))]
    pub receipt: String,
}

/// A row by its number.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NumberPath {
    /// Number.
    pub id: i64,
}

/// Whether a ticket is pinned.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PinBody {
    /// Whether it is pinned.
    #[schemars(example = true)]
    pinned: bool,
}

/// The answer that was read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApproveBody {
    /// The platform's id of the status update: `update_id` of the answer as the ticket shows it.
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"20261123-000017")]
    update_id: String,
}

/// Why an answer that was read is not approved.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendBackBody {
    /// The platform's id of the status update: `update_id` of the answer as the ticket shows it.
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"20261123-000017")]
    update_id: String,
    /// Why, for the platform, 1 to 500 characters.
    #[schemars(length(min = 1, max = 500))]
    #[schemars(example = &"请写明修复的时间和路段。")]
    reason: String,
}

/// Where complaints go.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IntoBody {
    /// Id of the ticket.
    into: String,
}

/// Whom a ticket is told to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendBody {
    /// Name of the feed or destination.
    to: String,
}

/// The answer to a question.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewBody {
    /// Whether it is the same matter.
    same: bool,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetryBody {
    /// What the citizen is told instead of what the platform said, 1 to 20,000 characters; none: as it was said.
    #[schemars(length(min = 1, max = 20_000))]
    #[schemars(example = &"您反映的路灯已于今日修复。")]
    text: Option<String>,
}

/// How a person told the citizen.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToldBody {
    /// How, in words, e.g. `电话告知本人`, 1 to 500 characters.
    #[schemars(length(min = 1, max = 500))]
    how: String,
    /// When; none: now.
    at: Option<Timestamp>,
}

/// The citizen was told by hand.
#[derive(Serialize, JsonSchema)]
pub(super) struct ToldByHand {
    /// Always true.
    done: bool,
    /// Whether that was noted before: nothing was changed then.
    before: bool,
    /// Id of the ticket that the reply is about.
    ticket: String,
    /// By whom, when and how, as it is kept: of the first time. Null where the citizen's data was erased.
    told: Option<documents::ToldDocument>,
}

/// Longest words of how a citizen was told, or of why an answer is sent back, in characters.
const MAX_HOW_CHARS: usize = 500;
/// Longest text that a citizen is told, in characters.
const MAX_WORDS_CHARS: usize = 20_000;

pub(super) async fn act(site: &Site, caller: &Caller, action: Action) -> Answer<Done> {
    // What the caller wrote is not logged: it may be anything.
    tracing::info!(actor = caller.name, action = name(&action), "A person decided.");
    let action = asked(site, caller, action).await?;
    match site.desk.act(action, caller.actor(), &site.rules()).await? {
        Acted::Done(tickets) => Ok(Json(Done { done: true, tickets })),
        Acted::Erased(_) | Acted::Told { .. } | Acted::Topic { .. } => {
            Ok(Json(Done { done: true, tickets: Vec::new() }))
        }
        Acted::Unknown(zh, en) => Err(Problem::new(RefusalCode::NotFound, zh, en)),
        Acted::Refused(zh, en) => Err(Problem::new(RefusalCode::Conflict, zh, en)),
    }
}

/// The action as its caller can ask it: what it may not know of is as if there were no such thing.
pub(super) async fn asked(site: &Site, caller: &Caller, action: Action) -> Result<Action, Problem> {
    let sight = Sight::of(site, caller);
    Ok(site.reader.ask(move |store| sight.asked(store, action)).await?)
}

fn name(action: &Action) -> &'static str {
    match action {
        Action::Split { .. } => "split",
        Action::Merge { .. } => "merge",
        Action::Move { .. } => "move",
        Action::Undo { .. } => "undo",
        Action::Pin { .. } => "pin",
        Action::Review { .. } => "review",
        Action::Release { .. } => "release",
        Action::Approve { .. } => "approve",
        Action::SendBack { .. } => "send_back",
        Action::Erase { .. } => "erase",
        Action::Send { .. } => "send",
        Action::RetryReply { .. } => "retry_reply",
        Action::Told { .. } => "told",
        Action::CallBack { .. } => "call_back",
        Action::Supervise { .. } => "rate",
        Action::NewTopic { .. } => "new_topic",
        Action::AddToTopic { .. } => "add_to_topic",
        Action::DecideTopic { .. } => "decide_topic",
        Action::FollowTopic { .. } => "follow_topic",
    }
}

pub(super) async fn pin(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(PinBody { pinned }): extract::Json<PinBody>,
) -> Answer<Done> {
    act(&site, &caller, Action::Pin { ticket, pinned }).await
}

pub(super) async fn release(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Done> {
    act(&site, &caller, Action::Release { ticket }).await
}

pub(super) async fn approve(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(ApproveBody { update_id }): extract::Json<ApproveBody>,
) -> Answer<Done> {
    act(&site, &caller, Action::Approve { ticket, update_id }).await
}

pub(super) async fn send_back(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(SendBackBody { update_id, reason }): extract::Json<SendBackBody>,
) -> Answer<Done> {
    let reason = reason.trim().to_owned();
    if !(1..=MAX_HOW_CHARS).contains(&reason.chars().count()) {
        return Err(Problem::invalid(&format!("say in 1 to {MAX_HOW_CHARS} characters why it is sent back")));
    }
    act(&site, &caller, Action::SendBack { ticket, update_id, reason }).await
}

pub(super) async fn merge(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: from }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(IntoBody { into }): extract::Json<IntoBody>,
) -> Answer<Done> {
    act(&site, &caller, Action::Merge { from, into }).await
}

pub(super) async fn undo(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Done> {
    act(&site, &caller, Action::Undo { ticket }).await
}

pub(super) async fn send(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id: ticket }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(SendBody { to }): extract::Json<SendBody>,
) -> Answer<Done> {
    act(&site, &caller, Action::Send { ticket, to }).await
}

pub(super) async fn split(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Done> {
    act(&site, &caller, Action::Split { receipt }).await
}

pub(super) async fn move_one(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(IntoBody { into }): extract::Json<IntoBody>,
) -> Answer<Done> {
    act(&site, &caller, Action::Move { receipt, into }).await
}

pub(super) async fn answer_review(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(NumberPath { id }): Path<NumberPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(ReviewBody { same }): extract::Json<ReviewBody>,
) -> Answer<Done> {
    act(&site, &caller, Action::Review { review: ReviewKey(id), same }).await
}

pub(super) async fn retry_reply(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(NumberPath { id }): Path<NumberPath>,
    Query(Nothing {}): Query<Nothing>,
    MaybeJson(RetryBody { text }): MaybeJson<RetryBody>,
) -> Answer<Done> {
    if text.as_ref().is_some_and(|text| !(1..=MAX_WORDS_CHARS).contains(&text.chars().count())) {
        return Err(Problem::invalid(&format!("give a text of 1 to {MAX_WORDS_CHARS} characters, or none")));
    }
    act(&site, &caller, Action::RetryReply { reply: ReplyKey(id), words: text }).await
}

pub(super) async fn told(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(NumberPath { id }): Path<NumberPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(ToldBody { how, at }): extract::Json<ToldBody>,
) -> Answer<ToldByHand> {
    let how = how.trim().to_owned();
    if !(1..=MAX_HOW_CHARS).contains(&how.chars().count()) {
        return Err(Problem::invalid(&format!("say in 1 to {MAX_HOW_CHARS} characters how the citizen was told")));
    }
    tracing::info!(actor = caller.name, action = "told", "A person decided.");
    let action = Action::Told { reply: ReplyKey(id), how, at };
    let action = asked(&site, &caller, action).await?;
    match site.desk.act(action, caller.actor(), &site.rules()).await? {
        Acted::Told { ticket, told, before } => {
            let told = told.as_ref().map(documents::ToldDocument::from);
            Ok(Json(ToldByHand { done: true, before, ticket, told }))
        }
        Acted::Refused(zh, en) => Err(Problem::new(RefusalCode::Conflict, zh, en)),
        Acted::Done(_) | Acted::Erased(_) | Acted::Topic { .. } | Acted::Unknown(..) => Err(Problem::not_found()),
    }
}

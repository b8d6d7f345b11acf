//! Deliveries to pulled feeds and destinations: how they stand, and what is tried again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::decisions::NumberPath;
use crate::audit::AuditAction;
use crate::city::Carrier;
use crate::http::Site;
use crate::http::caller::{Operator, Viewer};
use crate::http::extract::{self, Nothing, Path, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::DeliveryKey;
use crate::mask::mask_text;
use crate::pack::Pack;
use crate::store::{DeliveryState, DeliveryView, Listed};

/// A part of a listing of deliveries.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only to this feed or destination.
    destination: Option<String>,
    /// How they stand; default dead.
    #[schemars(extend("enum" = states()))]
    state: Option<String>,
}

fn states() -> Vec<&'static str> {
    DeliveryState::ALL.iter().map(|(_, name)| *name).collect()
}

/// A delivery.
#[derive(Serialize, JsonSchema)]
pub(super) struct Delivery {
    /// Number.
    id: i64,
    /// Feed or destination.
    destination: String,
    /// Id of the ticket.
    ticket_id: String,
    /// Version of the ticket.
    version: u64,
    /// The idempotency key: `webhook-id`, and `id` of the event.
    message_id: String,
    /// Event type.
    #[schemars(example = &"cn.huiliu.ticket.status.v1")]
    kind: String,
    /// When the event was made.
    at: Timestamp,
    /// How it stands.
    #[schemars(extend("enum" = states()))]
    #[schemars(example = &"dead")]
    state: &'static str,
    /// How often it was tried.
    #[schemars(example = 12)]
    attempts: u32,
    /// When it is tried next, while it waits.
    next_at: Option<Timestamp>,
    /// When the other side had it, or it was given up.
    done_at: Option<Timestamp>,
    /// What went wrong last; null below operator.
    last_error: Option<String>,
    /// What the other side answered last, cut; null below operator.
    proof: Option<String>,
}

impl Delivery {
    fn of(view: &DeliveryView, whole: bool) -> Self {
        let shown = |text: &Option<String>| text.clone().filter(|_| whole);
        Self {
            id: view.id.0,
            destination: view.destination.clone(),
            ticket_id: view.ticket_id.clone(),
            version: view.version,
            message_id: view.message_id.clone(),
            kind: view.kind.clone(),
            at: view.at,
            state: view.state.name(),
            attempts: view.attempts,
            next_at: (view.state == DeliveryState::Pending).then_some(view.next_at),
            done_at: view.done_at,
            last_error: shown(&view.last_error),
            proof: shown(&view.proof),
        }
    }
}

/// Deliveries.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeliveryPage {
    /// Newest first.
    deliveries: Vec<Delivery>,
    /// `after` of the next page; null on the last.
    next: Option<String>,
}

/// Whose deliveries are tried again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetryBody {
    /// Feed or destination.
    destination: String,
}

/// What is tried again.
#[derive(Serialize, JsonSchema)]
pub(super) struct Retried {
    /// How many deliveries.
    retried: u64,
}

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;

/// What is discarded.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscardBody {
    /// Feed or destination.
    destination: String,
    /// Why, for the log: free of personal data. 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"平台已停用")]
    reason: String,
    /// Only what was given up. Without it, the city pack must not have the feed or destination any more.
    #[serde(default)]
    dead_only: bool,
}

/// What was discarded.
#[derive(Serialize, JsonSchema)]
pub(super) struct Discarded {
    /// How many deliveries.
    discarded: u64,
}

pub(super) async fn list(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<DeliveryQuery>,
) -> Answer<DeliveryPage> {
    let name = query.state.as_deref().unwrap_or("dead");
    let state = DeliveryState::from_name(name).ok_or_else(|| Problem::no_state(name))?;
    let (part, destination) = (page(query.after.as_deref(), query.limit)?, query.destination);
    let sight = Sight::of(&site, &caller);
    let listed = site.reader.ask(move |store| {
        sight::listed(
            store,
            (&sight, &Listed::Deliveries(state, destination.as_deref())),
            part,
            |store, page| store.list_deliveries(destination.as_deref(), state, page),
            |view| view.id.0,
            |store, found| sight.seen(store, found, |view| &view.ticket_id),
        )
    });
    let (found, next) = listed.await?;
    let whole = caller.sees_contacts();
    Ok(Json(DeliveryPage { deliveries: found.iter().map(|view| Delivery::of(view, whole)).collect(), next }))
}

pub(super) async fn retry(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(NumberPath { id }): Path<NumberPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Retried> {
    let (now, sight) = (site.clock.now(), Sight::of(&site, &caller));
    let entry = site.entry(AuditAction::RetryDelivery, caller.actor()).about("delivery", [id]);
    let meant = site.reader.ask(move |store| sight.delivery(store, DeliveryKey(id))).await?;
    let retried = site.writer.ask(move |store| store.retry_deliveries(None, Some(meant), now, &entry)).await?;
    site.retries.ask(retried.keys());
    let retried = retried.values().sum();
    if retried == 0 { Err(Problem::not_found()) } else { Ok(Json(Retried { retried })) }
}

pub(super) async fn retry_all(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(RetryBody { destination }): extract::Json<RetryBody>,
) -> Answer<Retried> {
    let (now, name) = (site.clock.now(), destination.clone());
    // A name that is none of the city pack's may be anything.
    let known = site.rules().feeds.get(&destination).map(|_| destination.clone());
    let entry = site.entry(AuditAction::RetryDelivery, caller.actor()).about("to", known);
    let retried = site.writer.ask(move |store| store.retry_deliveries(Some(&destination), None, now, &entry)).await?;
    site.retries.ask(retried.keys());
    let retried = retried.values().sum();
    if retried == 0 && site.rules().feeds.get(&name).is_none() {
        return Err(Problem::new(
            RefusalCode::NotFound,
            format!("没有订阅流或投送目的地 {name}"),
            format!("there is no feed or destination {name}"),
        ));
    }
    Ok(Json(Retried { retried }))
}

/// Discards what is for a destination that is no more, or what was given up. Nothing that can still be delivered goes.
pub(super) async fn discard(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(DiscardBody { destination, reason, dead_only }): extract::Json<DiscardBody>,
) -> Answer<Discarded> {
    let reason = reason.trim();
    if !(1..=MAX_REASON_CHARS).contains(&reason.chars().count()) {
        return Err(Problem::invalid(&format!("give a reason of 1 to {MAX_REASON_CHARS} characters")));
    }
    if !dead_only && is_delivered(&site.supervisor.pack(), &destination) {
        return Err(Problem::new(
            RefusalCode::Conflict,
            format!("{destination} 还在配置包里，等待它的消息会继续投送；先删除它的设置，或只丢弃已放弃的（--dead）"),
            format!(
                "the city pack has {destination}, and what waits for it is still delivered; remove it there first, or discard only what was given up (--dead)"
            ),
        ));
    }
    let name = destination.clone();
    // A name that is none of the city pack's may be anything.
    let entry = site.entry(AuditAction::DiscardDelivery, caller.actor());
    let discarded = site.writer.ask(move |store| store.discard_deliveries(&name, dead_only, &entry)).await?;
    if discarded == 0 {
        return Err(Problem::not_found());
    }
    let (actor, reason) = (caller.name, mask_text(reason));
    tracing::warn!(actor, destination, discarded, dead_only, reason, "Deliveries were discarded; they are not made.");
    Ok(Json(Discarded { discarded }))
}

/// Whether the pack has something of this name that is delivered, or can be again: also a file that is not enabled.
fn is_delivered(pack: &Pack, name: &str) -> bool {
    pack.rules.feeds.get(name).is_some_and(|feed| matches!(feed.carrier, Carrier::Http | Carrier::Sent))
        || pack.files.get(&format!("destinations/{name}.toml")).is_some()
}

//! The admin API under `/api/v1`. Its routes and their descriptions are one table in [`openapi`](super::openapi).

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{Caller, Role};
use super::site::ApiError;
use super::{Site, documents, openapi};
use crate::desk::{Acted, Action, Replayed};
use crate::key::{RawKey, ReplyKey, ReviewKey};
use crate::store::{Page, QuarantineView, ReplyState, TicketFilter};
use crate::ticket::Status;

type Answer = Result<Json<Value>, ApiError>;

/// The routes. `openapi` describes the same ones, which a test holds together.
pub(super) fn router() -> Router<Arc<Site>> {
    Router::new()
        .route("/openapi.json", get(openapi_document))
        .route("/tickets", get(tickets))
        .route("/tickets/{id}", get(ticket))
        .route("/tickets/{id}/pin", post(pin))
        .route("/tickets/{id}/merge", post(merge))
        .route("/tickets/{id}/undo", post(undo))
        .route("/complaints/{receipt}/split", post(split))
        .route("/complaints/{receipt}/move", post(move_one))
        .route("/explain", get(explain))
        .route("/reviews", get(reviews))
        .route("/reviews/{id}", post(answer_review))
        .route("/quarantine", get(quarantine))
        .route("/quarantine/{raw_id}", get(quarantined))
        .route("/quarantine/{raw_id}/replay", post(replay))
        .route("/quarantine/replay", post(replay_channel))
        .route("/warnings", get(warnings))
        .route("/source-files", get(source_files))
        .route("/replies", get(replies))
        .route("/replies/{id}/retry", post(retry_reply))
        .route("/channels", get(channels))
        .route("/ledger", get(ledger))
        .route("/pack/reload", post(reload))
        .route("/erase", post(erase))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Listing {
    after: Option<i64>,
    limit: Option<usize>,
    status: Option<String>,
    department: Option<String>,
    district: Option<String>,
    grade: Option<String>,
    min_complaints: Option<u64>,
    channel: Option<String>,
    state: Option<String>,
    field: Option<String>,
}

impl Listing {
    fn page(&self) -> Page {
        Page { after: self.after, limit: self.limit.unwrap_or(50).clamp(1, Page::MAX) }
    }
}

type Listed = Result<Query<Listing>, axum::extract::rejection::QueryRejection>;

fn listing(query: Listed) -> Result<Listing, ApiError> {
    query.map(|Query(listing)| listing).map_err(|error| bad_request(&error.body_text()))
}

fn bad_request(reason: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, format!("请求有误：{reason}"), reason)
}

type Body<T> = Result<Json<T>, axum::extract::rejection::JsonRejection>;

fn body<T>(body: Body<T>) -> Result<T, ApiError> {
    body.map(|Json(value)| value).map_err(|error| bad_request(&error.body_text()))
}

async fn openapi_document() -> Json<Value> {
    Json(openapi())
}

async fn tickets(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Viewer)?;
    let listing = listing(query)?;
    let status = match &listing.status {
        None => None,
        Some(name) => Some(Status::from_wire(name).ok_or_else(|| bad_request(&format!("no status {name}")))?),
    };
    let page = listing.page();
    let filter = TicketFilter {
        status,
        department: listing.department,
        district: listing.district,
        grade: listing.grade,
        min_complaints: listing.min_complaints,
    };
    let found = site.reader.ask(move |store| store.list_tickets(&filter, page)).await?;
    let rules = site.rules();
    Ok(Json(
        json!({ "tickets": found.iter().map(|detail| documents::ticket(detail, &rules.names)).collect::<Vec<_>>() }),
    ))
}

async fn ticket(caller: Caller, State(site): State<Arc<Site>>, Path(id): Path<String>) -> Answer {
    caller.require(Role::Viewer)?;
    let found = site
        .reader
        .ask(move |store| {
            let Some(key) = store.ticket_keys(&[&id])?.remove(&id) else { return Ok(None) };
            let Some(detail) = store.tickets(&[key], Page::MAX)?.pop() else { return Ok(None) };
            Ok(Some((detail, store.merge_events(key)?)))
        })
        .await?;
    let (detail, events) = found.ok_or_else(ApiError::not_found)?;
    let contacts = caller.role >= Role::Operator;
    let mut document = documents::ticket(&detail, &site.rules().names);
    if let Some(members) = document.as_object_mut() {
        members.insert("reasons".to_owned(), json!(detail.ticket.route.reasons));
        let complaints: Vec<Value> =
            detail.complaints.iter().map(|view| documents::complaint(view, contacts)).collect();
        members.insert("complaint_list".to_owned(), Value::Array(complaints));
        members.insert("merge_events".to_owned(), events.iter().map(documents::merge_event).collect());
    }
    Ok(Json(document))
}

async fn act(site: &Site, caller: &Caller, action: Action) -> Answer {
    caller.require(Role::Operator)?;
    let shown: String = format!("{action:?}").chars().take(300).collect();
    tracing::info!(actor = caller.name, action = shown, "A person decided.");
    match site.desk.act(action, &caller.name, &site.rules()).await? {
        Acted::Done(tickets) => Ok(Json(json!({ "done": true, "tickets": tickets }))),
        Acted::Erased(complaints) => Ok(Json(json!({ "erased_complaints": complaints }))),
        Acted::Refused(zh, en) => Err(ApiError::new(StatusCode::CONFLICT, zh, en)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinBody {
    pinned: bool,
}

async fn pin(caller: Caller, State(site): State<Arc<Site>>, Path(ticket): Path<String>, json: Body<PinBody>) -> Answer {
    let pinned = body(json)?.pinned;
    act(&site, &caller, Action::Pin { ticket, pinned }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MergeBody {
    into: String,
}

async fn merge(
    caller: Caller,
    State(site): State<Arc<Site>>,
    Path(from): Path<String>,
    json: Body<MergeBody>,
) -> Answer {
    let into = body(json)?.into;
    act(&site, &caller, Action::Merge { from, into }).await
}

async fn split(caller: Caller, State(site): State<Arc<Site>>, Path(receipt): Path<String>) -> Answer {
    act(&site, &caller, Action::Split { receipt }).await
}

async fn move_one(
    caller: Caller,
    State(site): State<Arc<Site>>,
    Path(receipt): Path<String>,
    json: Body<MergeBody>,
) -> Answer {
    let into = body(json)?.into;
    act(&site, &caller, Action::Move { receipt, into }).await
}

async fn undo(caller: Caller, State(site): State<Arc<Site>>, Path(ticket): Path<String>) -> Answer {
    act(&site, &caller, Action::Undo { ticket }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoComplaints {
    a: String,
    b: String,
}

async fn explain(
    caller: Caller,
    State(site): State<Arc<Site>>,
    query: Result<Query<TwoComplaints>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    caller.require(Role::Viewer)?;
    let Query(two) = query.map_err(|error| bad_request(&error.body_text()))?;
    let evidence = site.desk.explain(&two.a, &two.b, &site.rules()).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(json!({ "evidence": evidence, "card": evidence.card() })))
}

async fn reviews(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Viewer)?;
    let page = listing(query)?.page();
    let found = site.reader.ask(move |store| store.open_reviews(page)).await?;
    Ok(Json(json!({ "reviews": found.iter().map(documents::review).collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    same: bool,
}

async fn answer_review(
    caller: Caller,
    State(site): State<Arc<Site>>,
    Path(review): Path<i64>,
    json: Body<ReviewBody>,
) -> Answer {
    let same = body(json)?.same;
    act(&site, &caller, Action::Review { review: ReviewKey(review), same }).await
}

async fn quarantine(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Operator)?;
    let listing = listing(query)?;
    let (page, channel) = (listing.page(), listing.channel);
    let found = site.reader.ask(move |store| store.quarantine(channel.as_deref(), page)).await?;
    Ok(Json(json!({ "quarantine": found.iter().map(documents::quarantine).collect::<Vec<_>>() })))
}

async fn warnings(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Operator)?;
    let listing = listing(query)?;
    let (page, channel, field) = (listing.page(), listing.channel, listing.field);
    let found = site.reader.ask(move |store| store.warnings(channel.as_deref(), field.as_deref(), page)).await?;
    Ok(Json(json!({ "warnings": found.iter().map(documents::warning).collect::<Vec<_>>() })))
}

async fn source_files(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Viewer)?;
    let listing = listing(query)?;
    let (page, channel) = (listing.page(), listing.channel);
    let found = site.reader.ask(move |store| store.source_files(channel.as_deref(), page)).await?;
    let names = caller.role >= Role::Operator;
    let shown: Vec<Value> = found.iter().map(|view| documents::source_file(view, names)).collect();
    Ok(Json(json!({ "source_files": shown })))
}

async fn quarantined(caller: Caller, State(site): State<Arc<Site>>, Path(raw_id): Path<i64>) -> Answer {
    caller.require(Role::Operator)?;
    let found = site.reader.ask(move |store| store.quarantined(RawKey(raw_id))).await?;
    Ok(Json(documents::quarantined(&found.ok_or_else(ApiError::not_found)?)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReplayBody {
    record: Option<Value>,
}

async fn replay(
    caller: Caller,
    State(site): State<Arc<Site>>,
    Path(raw_id): Path<i64>,
    json: Option<Json<ReplayBody>>,
) -> Answer {
    caller.require(Role::Operator)?;
    let record = json.and_then(|Json(body)| body.record);
    let raw_id = RawKey(raw_id);
    let released = match site.reader.ask(move |store| store.quarantined(raw_id)).await? {
        Some(view) => replay_one(&site, view, record).await?,
        None => false,
    };
    Ok(Json(json!({ "released": u32::from(released), "kept": u32::from(!released) })))
}

async fn replay_channel(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Operator)?;
    let listing = listing(query)?;
    let mut page = Page { after: None, limit: Page::MAX };
    let (mut released, mut kept) = (0, 0);
    loop {
        let channel = listing.channel.clone();
        let found = site.reader.ask(move |store| store.quarantine(channel.as_deref(), page)).await?;
        let last = found.last().map(|view| view.raw_id.0);
        for view in found {
            // One that meets something damaged stays, and does not keep the others from being tried.
            match replay_one(&site, view, None).await {
                Ok(true) => released += 1,
                Ok(false) => kept += 1,
                Err(error) if error.status == StatusCode::INTERNAL_SERVER_ERROR => kept += 1,
                Err(error) => return Err(error),
            }
        }
        match last {
            Some(last) => page.after = Some(last),
            None => return Ok(Json(json!({ "released": released, "kept": kept }))),
        }
    }
}

/// Maps a quarantined record by the live pack and has it decided; `mended` stands in for its content. Whether it left quarantine.
async fn replay_one(site: &Site, view: QuarantineView, mended: Option<Value>) -> Result<bool, ApiError> {
    let pack = site.supervisor.pack();
    let Some(record) = pack.map_kept(&view.channel, view.record_id, mended.unwrap_or(view.body), view.at) else {
        return Ok(false);
    };
    Ok(site.desk.replay(view.raw_id, record, &pack.rules).await? == Replayed::Released)
}

async fn replies(caller: Caller, State(site): State<Arc<Site>>, query: Listed) -> Answer {
    caller.require(Role::Viewer)?;
    let listing = listing(query)?;
    let name = listing.state.as_deref().unwrap_or("dead");
    let state = ReplyState::from_name(name).ok_or_else(|| bad_request(&format!("no state {name}")))?;
    let page = listing.page();
    let found = site.reader.ask(move |store| store.list_replies(state, page)).await?;
    Ok(Json(json!({ "replies": found.iter().map(documents::reply).collect::<Vec<_>>() })))
}

async fn retry_reply(caller: Caller, State(site): State<Arc<Site>>, Path(reply): Path<i64>) -> Answer {
    act(&site, &caller, Action::RetryReply { reply: ReplyKey(reply) }).await
}

async fn channels(caller: Caller, State(site): State<Arc<Site>>) -> Answer {
    caller.require(Role::Viewer)?;
    let now = site.clock.now();
    let channels: Vec<Value> =
        site.supervisor.channels().iter().map(|running| documents::channel(running, now)).collect();
    Ok(Json(json!({ "channels": channels })))
}

async fn ledger(caller: Caller, State(site): State<Arc<Site>>) -> Answer {
    caller.require(Role::Viewer)?;
    let ledger = site.reader.ask(|store| store.ledger()).await?;
    Ok(Json(documents::ledger(&ledger)))
}

async fn reload(caller: Caller, State(site): State<Arc<Site>>) -> Answer {
    caller.require(Role::Admin)?;
    // In a task of its own: a caller that hangs up must not stop the exchange half way.
    let supervisor = Arc::clone(&site.supervisor);
    let reloaded = tokio::spawn(async move { supervisor.reload().await }).await;
    let reloaded =
        reloaded.map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "加载中断", error.to_string()))?;
    match reloaded {
        Ok(version) => Ok(Json(json!({ "version": version }))),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let en = format!(
                "the pack has problems; version {} stays live:\n{}",
                site.supervisor.pack().version,
                shown.join("\n")
            );
            Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("配置包有问题，旧版本继续生效：\n{}", shown.join("\n")),
                en,
            ))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EraseBody {
    phone: Option<String>,
    id_number: Option<String>,
    receipt_number: Option<String>,
}

async fn erase(caller: Caller, State(site): State<Arc<Site>>, json: Body<EraseBody>) -> Answer {
    caller.require(Role::Admin)?;
    let wanted = body(json)?;
    let hashes: Vec<u64> = [("phone", &wanted.phone), ("id", &wanted.id_number)]
        .into_iter()
        .filter_map(|(kind, value)| value.as_ref().map(|value| site.vault.hash(kind, value)))
        .collect();
    if hashes.is_empty() && wanted.receipt_number.is_none() {
        return Err(bad_request("name a phone, an id_number or a receipt_number"));
    }
    let action = Action::Erase { hashes, receipt: wanted.receipt_number };
    match site.desk.act(action, &caller.name, &site.rules()).await? {
        Acted::Erased(complaints) => {
            tracing::info!(actor = caller.name, complaints, "Personal data was erased.");
            Ok(Json(json!({ "erased_complaints": complaints })))
        }
        Acted::Done(_) => Ok(Json(json!({ "erased_complaints": 0 }))),
        Acted::Refused(zh, en) => Err(ApiError::new(StatusCode::CONFLICT, zh, en)),
    }
}

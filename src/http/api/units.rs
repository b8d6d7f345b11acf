//! What people do with tickets in the name of a unit: the same status updates as those of platforms, by the same way.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::{RefusalCode, wording};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::platforms::{StatusResult, told};
use super::tickets::TicketPath;
use crate::audit::AuditAction;
use crate::city::{Feed, Speaker, meant_code};
use crate::desk::Signer;
use crate::forward::wire::v1::{ActV1, AttachmentV1, OwnResultV1, PersonV1, StatusUpdateV1, read_status_update};
use crate::handling::Unit;
use crate::http::Site;
use crate::http::auth::Role;
use crate::http::caller::{Caller, Clerk};
use crate::http::extract::{self, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::pack::Rules;
use crate::store::{Page, TicketDetail};
use crate::ticket::{ActKind, Sender, Status, StatusUpdate};

/// Most characters of the caller's own id of an update.
const MAX_UPDATE_ID_CHARS: usize = 100;
/// Most units that are named to choose from.
const MAX_UNITS: usize = 500;

/// What a person does with a ticket: the members of a status update (schema `status-update-v1`) but for those that the gateway knows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({
    "update_id": "7b0c6a52", "status": "resolved", "result": "路灯已于今日修复。",
}))]
pub(super) struct UpdateBody {
    /// The caller's own id of it: sent again with the same id, it is the same.
    #[schemars(length(min = 1, max = 100))]
    #[schemars(example = &"7b0c6a52")]
    update_id: String,
    /// The feed in whose name it is done: one with `carrier = "console"`. None: the first of them that has the ticket and that the caller
    /// may speak for.
    #[schemars(example = &"units")]
    feed: Option<String>,
    /// The status that it sets.
    #[schemars(extend("enum" = ["accepted", "in_progress", "extension_requested", "extended", "returned", "rejected", "resolved", "closed", "reopened", null]))]
    #[schemars(example = &"resolved")]
    status: Option<String>,
    /// What is done besides; units by their codes or their names.
    act: Option<ActV1>,
    /// What the citizen is told.
    #[schemars(length(max = 20_000))]
    result: Option<String>,
    /// What single citizens are told instead.
    results: Option<Vec<OwnResultV1>>,
    /// Who handles it.
    person: Option<PersonV1>,
    /// Pictures and documents that belong to the answer, by address.
    attachments: Option<Vec<AttachmentV1>>,
    /// The deadline that is asked for, or the new one (RFC 3339).
    #[schemars(example = &"2026-11-27T17:30:00+08:00")]
    due_at: Option<String>,
}

/// What a person may do with a ticket as it stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct Choices {
    /// The feed in whose name it is done.
    #[schemars(example = &"units")]
    feed: String,
    /// The statuses that may follow.
    #[schemars(extend("items" = { "type": "string" }))]
    #[schemars(example = ["accepted", "returned"])]
    statuses: Vec<&'static str>,
    /// The acts that the city lets the feed do.
    #[schemars(example = ["assign", "whistle"])]
    acts: Vec<&'static str>,
}

/// What a person may do with a ticket, feed by feed.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChoicesDocument {
    /// One for each feed that has the ticket and that the caller may speak for.
    choices: Vec<Choices>,
    /// The city's units, to choose from: at most 500, by their codes.
    units: Vec<UnitName>,
    /// The city's levels of units, the lowest first.
    levels: Vec<LevelName>,
}

/// A unit.
#[derive(Serialize, JsonSchema)]
struct UnitName {
    /// Code.
    #[schemars(example = &"housing")]
    code: String,
    /// Name.
    #[schemars(example = &"住房和城乡建设局")]
    name: String,
}

/// A level of units.
#[derive(Serialize, JsonSchema)]
struct LevelName {
    /// Code.
    #[schemars(example = &"street")]
    code: String,
    /// Name.
    #[schemars(example = &"街道")]
    name: String,
}

impl ChoicesDocument {
    fn new(rules: &Rules, choices: Vec<Choices>) -> Self {
        let named = |(code, unit): (&str, &Unit)| UnitName { code: code.to_owned(), name: unit.name.clone() };
        let mut units: Vec<_> = rules.handling.units().iter().map(named).collect();
        units.sort_by(|a, b| a.code.cmp(&b.code));
        units.truncate(MAX_UNITS);
        let levels = rules.handling.levels().iter();
        let levels = levels.map(|(code, name)| LevelName { code: code.clone(), name: name.clone() }).collect();
        Self { choices, units, levels }
    }
}

pub(super) async fn choices(
    Clerk(caller): Clerk,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<ChoicesDocument> {
    let (rules, detail) = (site.rules(), seen(&site, &caller, id).await?);
    // The responsible unit, or one above it, is theirs; or a unit of their scope helps, or was called.
    let is_responsible = signer(&caller).acts_for(&rules, &detail.ticket.route.department);
    let now = detail.ticket.status;
    let statuses = || {
        let follows = |status: &Status| *status != now && rules.handling.instead_of(now, *status).is_none();
        Status::SET_BY_PLATFORMS.into_iter().filter(follows).map(Status::wire).collect()
    };
    let of_feed = |feed: &Feed| Choices {
        feed: feed.name.clone(),
        statuses: if is_responsible { statuses() } else { Vec::new() },
        acts: ActKind::of_platforms()
            .filter(|kind| is_responsible || *kind == ActKind::Respond)
            .filter(|kind| rules.handling.lets(*kind, &feed.name))
            .map(ActKind::wire)
            .collect(),
    };
    let choices = spoken_for(&rules, &caller, &detail).map(of_feed).collect();
    Ok(Json(ChoicesDocument::new(&rules, choices)))
}

pub(super) async fn update(
    Clerk(caller): Clerk,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(body): extract::Json<UpdateBody>,
) -> Answer<StatusResult> {
    if !(1..=MAX_UPDATE_ID_CHARS).contains(&body.update_id.chars().count()) {
        return Err(Problem::invalid(&format!("update_id must have 1 to {MAX_UPDATE_ID_CHARS} characters")));
    }
    let (rules, detail) = (site.rules(), seen(&site, &caller, id).await?);
    let feed = match &body.feed {
        Some(name) => spoken_for(&rules, &caller, &detail).find(|feed| feed.name == *name),
        None => spoken_for(&rules, &caller, &detail).next(),
    };
    let feed = feed.ok_or_else(|| {
        let zh = "没有可代表的订阅流：city.toml 里要有 carrier = \"console\" 的订阅流，且工单归它办理";
        let en =
            "there is no feed to speak for: city.toml has to have one with carrier = \"console\" that has the ticket";
        Problem::new(RefusalCode::Forbidden, zh, en)
    })?;
    let update = read(body, feed, &detail, &caller, &rules, site.clock.now())?;
    let entry = site.entry(AuditAction::Update, caller.actor()).about("ticket", [&detail.ticket.id]);
    let done = update.status.map(Status::wire).into_iter().chain(update.act.as_ref().map(|act| act.kind().wire()));
    let entry = entry.about("feed", [&feed.name]).about("what", done);
    let judged = site.desk.status_by_person(update, signer(&caller), entry, &rules).await?;
    told(&site, detail.ticket.id, judged).await
}

/// The ticket, as far as the caller may know of it.
async fn seen(site: &Site, caller: &Caller, id: String) -> Result<TicketDetail, Problem> {
    let sight = Sight::of(site, caller);
    let found = site.reader.ask(move |store| {
        let key = store.ticket_keys(&[&id])?.remove(&id);
        let mut found = store.tickets(&key.into_iter().collect::<Vec<_>>(), Page::MAX)?;
        sight.keep(store, &mut found)?;
        Ok(found.pop())
    });
    found.await?.ok_or_else(Problem::not_found)
}

/// For which units somebody acts.
fn signer(caller: &Caller) -> Signer {
    Signer { scope: Arc::clone(&caller.scope), is_center: caller.role.may(Role::Operator) }
}

/// The feeds that have a ticket and that somebody may speak for, in the order of `city.toml`.
fn spoken_for<'r>(rules: &'r Rules, caller: &Caller, detail: &'r TicketDetail) -> impl Iterator<Item = &'r Feed> {
    let role = caller.role;
    rules.feeds.of_people().filter(move |feed| {
        let needed = match feed.role {
            Speaker::Clerk => Role::Clerk,
            Speaker::Operator => Role::Operator,
            Speaker::Admin => Role::Admin,
        };
        !feed.read_only && role.may(needed) && detail.ticket.was_sent_to(&feed.name)
    })
}

/// The code of a unit that is given by its code or its name; one that is not known as it is given.
fn code_of(rules: &Rules, unit: &str) -> String {
    let known = rules.handling.units().iter().map(|(code, unit)| (code, unit.name.as_str()));
    meant_code(unit.trim(), known).unwrap_or(unit).to_owned()
}

/// The update that the body makes, read as that of a platform is.
fn read(
    body: UpdateBody,
    feed: &Feed,
    detail: &TicketDetail,
    caller: &Caller,
    rules: &Rules,
    now: Timestamp,
) -> Result<StatusUpdate, Problem> {
    let document = StatusUpdateV1 {
        update_id: format!("{}:{}", caller.name, body.update_id),
        platform: feed.name.clone(),
        ticket_id: detail.ticket.id.clone(),
        // Grows with time, by whomever it is done.
        sequence: now.as_microsecond(),
        status: body.status,
        act: body.act.map(|act| act.with_units(&|unit| code_of(rules, unit))),
        occurred_at: now.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_string(),
        department: rules.names.department(&detail.ticket.route.department).map(str::to_owned),
        result: body.result,
        results: body.results,
        person: body.person,
        attachments: body.attachments,
        satisfaction: None,
        rating: None,
        due_at: body.due_at,
    };
    let refused = |reasons: Vec<String>| {
        let told = reasons.join("; ");
        let zh = format!("办理内容与约定的格式不符{}", wording::original(&told));
        Problem::new(RefusalCode::InvalidRequest, zh, told).because(reasons)
    };
    let text = serde_json::to_vec(&document).map_err(|error| Problem::invalid(&error.to_string()))?;
    let update = read_status_update(&text).map_err(refused)?;
    let by = if caller.session.is_some() { Sender::Person } else { Sender::Program };
    Ok(StatusUpdate { sender: by(caller.name.clone()), ..update })
}

//! The audit log, for auditors and nobody else.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::audit::{AuditAction, AuditCheck, AuditOutcome, Checkpoint, hex};
use crate::http::Site;
use crate::http::caller::Auditor;
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::store::{AuditFilter, AuditView, Page};

/// A part of the audit log.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only what was done at this time or later.
    from: Option<Timestamp>,
    /// Only what was done before this time. Reading is done, too: with `oldest_first` and without `to` the log grows while it is read
    /// page by page.
    to: Option<Timestamp>,
    /// Only what was done by a token, a user of the machine or a feed of exactly this name.
    actor: Option<String>,
    /// Only this action.
    #[schemars(extend("enum" = actions()))]
    action: Option<String>,
    /// With true the oldest first, else the newest first.
    #[schemars(example = false)]
    oldest_first: Option<bool>,
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        let known = |name: &str| {
            let (zh, en) = (format!("没有操作 {name}；有："), format!("there is no action {name}; there are: "));
            let all = actions().join(", ");
            let refuse = || Problem::new(RefusalCode::InvalidRequest, format!("{zh}{all}"), format!("{en}{all}"));
            AuditAction::from_name(name).ok_or_else(refuse)
        };
        Ok(AuditFilter {
            from: self.from,
            to: self.to,
            actor: self.actor.clone(),
            action: self.action.as_deref().map(known).transpose()?,
            newest_first: self.oldest_first != Some(true),
        })
    }
}

/// Something that somebody did.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub(super) struct AuditEntryDocument {
    /// Its number; without a gap.
    number: i64,
    /// When.
    at: Timestamp,
    /// What.
    #[schemars(extend("enum" = actions()))]
    action: &'static str,
    /// How it ended.
    #[schemars(extend("enum" = outcomes()))]
    outcome: &'static str,
    /// Name of the token, of the user of the machine, or of the feed; empty where nobody was recognized.
    actor: String,
    /// Role of the token; `machine` for a user of the machine.
    role: String,
    /// On what, by numbers and names of the gateway.
    subject: String,
    /// How many it concerned.
    count: Option<u64>,
    /// Number of the request.
    request_id: Option<String>,
    /// The keyed hash by which it is chained to the entry before.
    link: String,
}

impl From<&AuditView> for AuditEntryDocument {
    fn from(view: &AuditView) -> Self {
        let entry = &view.entry;
        Self {
            number: view.number,
            at: entry.at,
            action: entry.action.name(),
            outcome: entry.outcome.name(),
            actor: entry.actor.name.clone(),
            role: entry.actor.role.clone(),
            subject: entry.subject.clone(),
            count: entry.count,
            request_id: entry.actor.request.clone(),
            link: hex(&view.link),
        }
    }
}

fn actions() -> Vec<&'static str> {
    AuditAction::ALL.iter().map(|(_, name)| *name).collect()
}

fn outcomes() -> Vec<&'static str> {
    AuditOutcome::ALL.iter().map(|(_, name)| *name).collect()
}

/// Entries of the audit log.
#[derive(Serialize, JsonSchema)]
pub(super) struct AuditPage {
    /// In the order that was asked for.
    entries: Vec<AuditEntryDocument>,
    /// `after` of the next page; null on the last. A page can have fewer rows than asked for, or none, and a next one: what is looked
    /// at for one is limited.
    next: Option<String>,
}

pub(super) async fn list(
    Auditor(caller): Auditor,
    State(site): State<Arc<Site>>,
    Query(query): Query<AuditQuery>,
) -> Answer<AuditPage> {
    let Page { after, limit } = page(query.after.as_deref(), query.limit)?;
    let filter = query.filter()?;
    let part = site.reader.ask(move |store| store.audit(&filter, Page { after, limit })).await?;
    let (found, next) = (part.entries, part.next.map(|next| next.to_string()));
    let ends = [found.first(), found.last()].into_iter().flatten().map(|view| view.number);
    site.note(site.entry(AuditAction::ReadAudit, caller.actor()).about("entry", ends).counted(found.len())).await?;
    Ok(Json(AuditPage { entries: found.iter().map(AuditEntryDocument::from).collect(), next }))
}

/// Which checkpoint the log must run through.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckQuery {
    /// A checkpoint that was kept elsewhere.
    #[schemars(regex(pattern = r"^[0-9]{1,18}:[0-9a-f]{64}$"))]
    checkpoint: Option<String>,
}

/// What checking the chain of entries found.
#[derive(Serialize, JsonSchema)]
pub(super) struct AuditChecked {
    /// Whether nothing is wrong.
    whole: bool,
    /// Entries that were looked at.
    entries: u64,
    /// Number of the last entry that is no longer kept.
    begins_after: i64,
    /// The end of the chain: kept elsewhere, it proves later that nothing up to it was taken away.
    checkpoint: String,
    /// The first entry that is wrong.
    broken_at: Option<i64>,
    /// What is wrong with it.
    #[schemars(extend("enum" = ["changed", "missing", "unreadable", "cut_off", "ends_forged", "not_of_checkpoint", null]))]
    broken: Option<&'static str>,
}

impl From<AuditCheck> for AuditChecked {
    fn from(check: AuditCheck) -> Self {
        Self {
            whole: check.broken.is_none(),
            entries: check.entries,
            begins_after: check.begins_after,
            checkpoint: check.end.to_string(),
            broken_at: check.broken.map(|(number, _)| number),
            broken: check.broken.map(|(_, broken)| broken.name()),
        }
    }
}

pub(super) async fn check(
    Auditor(caller): Auditor,
    State(site): State<Arc<Site>>,
    Query(CheckQuery { checkpoint }): Query<CheckQuery>,
) -> Answer<AuditChecked> {
    let known = checkpoint.map(|text| text.parse::<Checkpoint>()).transpose();
    let known: Vec<Checkpoint> = known.map_err(|error| Problem::invalid(&error.to_string()))?.into_iter().collect();
    let check = site.reader.ask(move |store| store.check_audit(&known)).await?;
    site.note(site.entry(AuditAction::ReadAudit, caller.actor()).about("checked", [check.end.number])).await?;
    Ok(Json(AuditChecked::from(check)))
}

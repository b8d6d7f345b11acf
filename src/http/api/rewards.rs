//! Points and stars of a citizen who is named in the body, never in an address: addresses stand in logs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use super::citizens::hashes;
use crate::audit::AuditAction;
use crate::complaint::{AccountHash, RewardEntry};
use crate::desk::{Citizen, hash_of_account};
use crate::http::Site;
use crate::http::caller::Operator;
use crate::http::documents::RewardsDocument;
use crate::http::extract::{self, Nothing, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::ComplaintKey;
use crate::store::{Store, StoreError};

/// Most entries that are shown.
const MAX_SHOWN: usize = 200;
/// Longest name of a channel, and of an account of it, in characters.
const MAX_ACCOUNT_CHARS: usize = 500;

/// Whose points are meant: at least one of telephone number, identity number, and account with its channel.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "phone": "13800001111" }))]
pub(super) struct RewardsBody {
    /// Telephone number, in any spelling that a mapping reads.
    #[schemars(example = &"13800001111")]
    phone: Option<String>,
    /// Resident identity number, in any spelling; or the number of another document as a channel has it.
    #[schemars(example = &"371082199001010011")]
    id_number: Option<String>,
    /// Id of a channel, with an account of it.
    channel: Option<String>,
    /// Account of the channel, as its records have it.
    account: Option<String>,
}

impl RewardsBody {
    /// The keyed hashes of whoever is named.
    fn accounts(&self, site: &Site) -> Result<Vec<AccountHash>, Problem> {
        let mut found = Vec::new();
        match (self.channel.as_deref(), self.account.as_deref()) {
            (Some(channel), Some(account)) if account.chars().count() <= MAX_ACCOUNT_CHARS => {
                found.push(hash_of_account(&site.vault, channel, account));
            }
            (None, None) => {}
            _ => {
                let (zh, en) = ("channel 和 account 应同时写", "channel and account are given together");
                return Err(Problem::new(RefusalCode::InvalidRequest, zh, en));
            }
        }
        if found.is_empty() || self.phone.is_some() || self.id_number.is_some() {
            let citizen = Citizen::read(self.phone.as_deref(), self.id_number.as_deref(), None)?;
            found.extend(hashes(site, &citizen));
        }
        Ok(found.into_iter().map(AccountHash).collect())
    }
}

pub(super) async fn show(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(wanted): extract::Json<RewardsBody>,
) -> Answer<RewardsDocument> {
    let accounts = wanted.accounts(&site)?;
    let document = rewards_of(&site, accounts, Some(Sight::of(&site, &caller))).await?;
    site.note(site.entry(AuditAction::LookRewards, caller.actor()).counted(document.entries.len())).await?;
    Ok(Json(document))
}

/// Points and stars of accounts, as who has this sight may know them; a citizen sees all of its own.
pub(in crate::http) async fn rewards_of(
    site: &Site,
    accounts: Vec<AccountHash>,
    sight: Option<Sight>,
) -> Result<RewardsDocument, Problem> {
    let rules = site.rules();
    let since = rules.rewards.stars().since(site.clock.now(), &rules.numbering.zone);
    let read = site.reader.ask(move |store| Read::of(store, &accounts, since, sight.as_ref()));
    let Read { points, entries, receipts, has_more } = read.await?;
    let standing = rules.rewards.stars().standing(points);
    Ok(RewardsDocument::new((standing, since), (entries, &receipts), has_more, &rules.rewards))
}

/// What is known of accounts.
struct Read {
    points: i64,
    entries: Vec<RewardEntry>,
    /// Receipt numbers of the complaints that the caller may know of.
    receipts: HashMap<ComplaintKey, String>,
    has_more: bool,
}

impl Read {
    fn of(
        store: &mut dyn Store,
        accounts: &[AccountHash],
        since: Timestamp,
        sight: Option<&Sight>,
    ) -> Result<Self, StoreError> {
        let points = store.reward_points(accounts, None, since)?;
        let mut entries = store.rewards_of(accounts, MAX_SHOWN + 1)?;
        let has_more = entries.len() > MAX_SHOWN;
        entries.truncate(MAX_SHOWN);
        let mut keys: Vec<ComplaintKey> = entries.iter().map(|entry| entry.complaint).collect();
        keys.sort_unstable();
        keys.dedup();
        let complaints = store.complaints(&keys)?;
        let hidden = match sight {
            Some(sight) => sight.hidden(store, complaints.iter().map(|view| view.ticket))?,
            None => BTreeSet::new(),
        };
        let seen = complaints.into_iter().filter(|view| !hidden.contains(&view.ticket));
        Ok(Self { points, entries, receipts: seen.map(|view| (view.id, view.receipt)).collect(), has_more })
    }
}

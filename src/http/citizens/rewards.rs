//! A citizen's own points and stars: all of them for who is meant by a signed claim, and those for one complaint for who has its two numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::forms::FormPath;
use super::progress::Turn;
use crate::complaint::AccountHash;
use crate::desk::{Citizen, hash_of_account};
use crate::http::Site;
use crate::http::api::{hashes_of, rewards_of};
use crate::http::documents::{ComplaintRewards, RewardsDocument};
use crate::http::extract::{self, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::key::{ComplaintKey, RawKey};
use crate::rewards::{KnownBy, Rewards};

/// Who asks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct SignedClaim {
    /// What the city's own program says of who uses it: a JWT in its compact form, with `sub` and `exp`.
    #[schemars(length(max = 4_096), example = &"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvLTEifQ.x")]
    claim: String,
}

pub(super) async fn show(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(at): Path<FormPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(asked): extract::Json<SignedClaim>,
) -> Result<Json<RewardsDocument>, Problem> {
    let claim = at.form(&site)?.check_claim(&asked.claim)?;
    let mut accounts = vec![hash_of_account(&site.vault, at.channel(), &claim.account)];
    // Who is known by the telephone number has points on all channels: of a number that nobody made sure of another's would be shown.
    if let Some(phone) = claim.phone.as_ref().filter(|_| claim.phone_is_sure) {
        accounts.extend(hashes_of(&site, &Citizen::read(Some(phone), None, None)?));
    }
    rewards_of(&site, accounts.into_iter().map(AccountHash).collect(), None).await.map(Json)
}

/// A complaint for which its citizen may have points.
pub(super) struct Rewarded {
    pub complaint: ComplaintKey,
    /// The record that has its content.
    pub record: RawKey,
    /// Its channel.
    pub channel: String,
}

/// What a citizen has for a complaint, and has come to where it was filed with a signed claim; none where the city rewards nobody. What cannot
/// be read keeps nobody from the answer.
pub(super) async fn of_complaint(site: &Arc<Site>, of: Rewarded) -> Result<Option<ComplaintRewards>, Problem> {
    let rules = site.rules();
    if rules.rewards.is_empty() {
        return Ok(None);
    }
    let form = site.supervisor.channel(&of.channel).and_then(|running| running.channel.adapter.form());
    // At a desk it is not the citizen who has an account.
    let is_own = form.is_some_and(|form| !form.asks().for_staff);
    let read = site.reader.ask(move |store| {
        let entries = store.rewards_of_complaint(of.complaint)?;
        let record = if is_own { store.record(of.record)? } else { None };
        Ok((entries, record.map(|record| claimed(&of.channel, &record.body))))
    });
    let (entries, claimed) = match read.await {
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "A citizen cannot be told which points there are for a complaint.");
            return Ok(None);
        }
        read => read?,
    };
    let mut document = ComplaintRewards::new(entries, &rules.rewards);
    let accounts = claimed.flatten().map(|claimed| claimed.accounts(site, &rules.rewards)).unwrap_or_default();
    if !accounts.is_empty() {
        let since = rules.rewards.stars().since(site.clock.now(), &rules.numbering.zone);
        let points = site.reader.ask(move |store| store.reward_points(&accounts, None, since)).await?;
        document.standing = Some(rules.rewards.stars().standing(points).into());
    }
    Ok(Some(document))
}

/// Who filed a form, as the city's program said it.
struct Claimed {
    channel: String,
    account: String,
    /// The number, where the program had made sure of it.
    phone: Option<String>,
}

/// Who filed a form, by its record; none where nobody signed for them.
fn claimed(channel: &str, record: &Value) -> Option<Claimed> {
    let account = record["account"].as_str()?.to_owned();
    let phone = record["phone"].as_str().filter(|_| record["phone_is_sure"] == true);
    Some(Claimed { channel: channel.to_owned(), account, phone: phone.map(str::to_owned) })
}

impl Claimed {
    /// Whose points these are, by what the city counts by; none where it is not known.
    fn accounts(&self, site: &Site, rules: &Rewards) -> Vec<AccountHash> {
        let own = hash_of_account(&site.vault, &self.channel, &self.account);
        let citizen = self.phone.as_ref().and_then(|phone| Citizen::read(Some(phone), None, None).ok());
        let by_phone = citizen.into_iter().flat_map(|citizen| hashes_of(site, &citizen));
        let known = by_phone.map(|phone| KnownBy { phone: Some(phone), ..KnownBy::default() });
        let known = known.chain([KnownBy { account: Some(own), ..KnownBy::default() }]);
        known.filter_map(|known| rules.account(known)).collect()
    }
}

//! What is kept for citizens between their calls: whose turn it is, and what is near.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::{Extensions, HeaderMap};
use huiliu_adapter_api::{Network, RefusalCode, Shares, caller_behind, household, refused_for_now};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::bulletin::OpenMatter;
use crate::http::Site;
use crate::http::matters;
use crate::http::problem::Problem;
use crate::http::server::Peer;
use crate::pack::Rules;
use crate::store::{ReceiptCodes, Store, StoreError};

/// Questions with a receipt number from one address in an hour. With a code of 31 to the power of 8 nobody guesses one at this pace.
const LOOKS_PER_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);
/// How long what is near is believed, in seconds.
const BELIEVED_S: i64 = 60;

/// What is kept for citizens between their calls.
#[derive(Debug)]
pub struct CitizenDoor {
    /// The second secrets of receipt numbers.
    pub(super) codes: ReceiptCodes,
    proxies: Vec<Network>,
    looks: Shares<IpAddr>,
    near: Mutex<Option<Arc<Near>>>,
}

/// Open matters of which everybody may know that there are such.
#[derive(Debug)]
pub(super) struct Near {
    version: String,
    at: Timestamp,
    pub matters: Vec<OpenMatter>,
}

impl CitizenDoor {
    /// With these secrets, behind these proxies.
    #[must_use]
    pub fn new(codes: ReceiptCodes, proxies: Vec<Network>) -> Self {
        Self { codes, proxies, looks: Shares::per_hour(LOOKS_PER_HOUR), near: Mutex::default() }
    }

    /// Where somebody calls from; none where a proxy does not say it.
    pub(super) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let Peer(peer) = extensions.get()?;
        caller_behind(&self.proxies, *peer, headers)
    }

    /// Takes one question of an address's share.
    pub(super) fn look(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        match address {
            Some(address) if !self.looks.takes(&household(address)) => Err(Problem(refused_for_now(
                RefusalCode::TooManyRequests,
                "查询过于频繁，请过一会儿再试",
                "too many questions came from here; try again later",
            ))),
            _ => Ok(()),
        }
    }

    /// The open matters of these kinds, as they were within the last minute.
    pub(super) async fn near(&self, site: &Site) -> Result<Arc<Near>, StoreError> {
        let (now, rules) = (site.clock.now(), site.rules());
        let mut known = self.near.lock().await;
        let is_new = |near: &&Arc<Near>| {
            let age = now.duration_since(near.at);
            near.version == rules.version && age >= SignedDuration::ZERO && age < SignedDuration::from_secs(BELIEVED_S)
        };
        if let Some(near) = known.as_ref().filter(is_new) {
            return Ok(Arc::clone(near));
        }
        let kinds = counted(site);
        let version = rules.version.clone();
        let matters = site.searcher.ask(move |store| gather(store, &rules, &kinds)).await?;
        let near = Arc::new(Near { version, at: now, matters });
        *known = Some(Arc::clone(&near));
        Ok(near)
    }
}

/// Kinds that some form counts.
fn counted(site: &Site) -> Vec<String> {
    let forms = site.supervisor.channels().into_iter().filter_map(|running| running.channel.adapter.form());
    forms.filter_map(|form| form.asks().nearby.clone()).flat_map(|nearby| nearby.only).collect()
}

fn gather(store: &mut dyn Store, rules: &Rules, kinds: &[String]) -> Result<Vec<OpenMatter>, StoreError> {
    let mut found = Vec::new();
    // What is older than the newest tickets that are looked at is not counted.
    let _is_cut = matters::newest(store, &mut |store, detail| {
        let ticket = &detail.ticket;
        let category = &ticket.route.category;
        let may_be_told = !ticket.status.is_final() && kinds.contains(category) && !rules.feeds.confidential.covers(category);
        let Some(at) = ticket.point.filter(|_| may_be_told) else { return Ok(true) };
        // A matter that somebody wants kept secret is not told of, in no way.
        if store.members(detail.key)?.iter().all(|member| !member.complaint.reporter.secret) {
            found.push(OpenMatter { category: category.clone(), at });
        }
        Ok(true)
    })?;
    Ok(found)
}

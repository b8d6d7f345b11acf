//! What can be known of a complaint before the ones in front of it are decided: its route, and what merging reads of it. Done
//! before the desk is asked, so that it does not wait for that.

use jiff::Timestamp;

use super::Normalized;
use super::state::{ReporterHashes, profile};
use super::step::counted_from;
use super::threads::on_threads;
use crate::complaint::Complaint;
use crate::mapping::{Mapped, Pack};
use crate::merge::Profile;
use crate::store::Vault;
use crate::ticket::Route;

/// Records read before other tasks get their turn.
const AT_ONCE: usize = 64;

/// A complaint that was read.
#[derive(Debug)]
pub(super) struct Prepared {
    /// When the gateway received it.
    pub received_at: Timestamp,
    pub route: Route,
    /// District that it tells itself, if any.
    pub district: Option<String>,
    pub hashes: ReporterHashes,
    pub profile: Profile,
}

impl Prepared {
    pub(super) fn new(complaint: &Complaint, vault: &Vault, pack: &Pack, received_at: Timestamp) -> Self {
        let known = pack.routing.known_district(complaint);
        let route = pack.routing.route_in(known.as_ref(), complaint, counted_from(complaint, received_at));
        let district = known.map(|(code, _)| code);
        let hashes = ReporterHashes::of(complaint, vault);
        let profile = profile(complaint, &hashes, district.as_deref(), &route.category, pack, received_at);
        Self { received_at, route, district, hashes, profile }
    }
}

/// Reads the complaints among the records of a batch, in their order, on several threads when there are many.
pub(super) async fn prepare(
    records: &[Normalized],
    vault: &Vault,
    pack: &Pack,
    received_at: Timestamp,
) -> Vec<Option<Prepared>> {
    let read = |record: &Normalized| match &record.applied.mapped {
        Mapped::Complaint(complaint) => Some(Prepared::new(complaint, vault, pack, received_at)),
        _ => None,
    };
    let mut prepared = Vec::with_capacity(records.len());
    for chunk in records.chunks(AT_ONCE) {
        prepared.extend(on_threads(chunk, read));
        tokio::task::yield_now().await;
    }
    prepared
}

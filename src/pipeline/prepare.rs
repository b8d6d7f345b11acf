//! What can be known of a complaint before the ones in front of it are decided: its route, and what merging reads of it. Done
//! before the desk is asked, so that it does not wait for that.

use jiff::Timestamp;

use super::Normalized;
use super::state::{ReporterHashes, profile};
use super::step::counted_from;
use crate::complaint::Complaint;
use crate::mapping::{Mapped, Pack};
use crate::merge::Profile;
use crate::store::Vault;
use crate::ticket::Route;

/// Records read before other tasks get their turn.
const AT_ONCE: usize = 64;
/// Fewest records for which further threads are worth their start.
const MANY: usize = 16;
/// Most threads that read complaints.
const MAX_THREADS: usize = 4;

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

/// Reads each item, in their order, on several threads when there are many.
pub(super) fn on_threads<T: Sync, R: Send>(items: &[T], read: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() < MANY {
        return items.iter().map(read).collect();
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let read = &read;
    std::thread::scope(|scope| {
        let mut parts = items.chunks(items.len().div_ceil(threads));
        let own = parts.next().unwrap_or_default();
        let beside: Vec<_> = parts.map(|part| scope.spawn(move || part.iter().map(read).collect::<Vec<_>>())).collect();
        let mut done: Vec<R> = own.iter().map(read).collect();
        for part in beside {
            done.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    })
}

//! What can be known of a complaint before the ones in front of it are decided: its route, and what merging reads of it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::state::{DeskState, ReporterHashes};
use super::step::counted_from;
use crate::complaint::Complaint;
use crate::mapping::Pack;
use crate::merge::Profile;
use crate::ticket::Route;

/// Fewest complaints of a batch for which further threads are worth their start.
const MANY: usize = 16;
/// Most threads that read complaints.
const MAX_THREADS: usize = 4;

/// A complaint that was read.
pub(super) struct Prepared {
    pub route: Route,
    /// District that it tells itself, if any.
    pub district: Option<String>,
    pub hashes: ReporterHashes,
    pub profile: Profile,
}

impl Prepared {
    pub(super) fn new(complaint: &Complaint, state: &DeskState, pack: &Pack, now: Timestamp) -> Self {
        let route = pack.routing.route(complaint, counted_from(complaint, now));
        let district = pack.routing.known_district(complaint).map(|(code, _)| code);
        let hashes = state.hashes(complaint);
        let profile = state.profile(complaint, &hashes, district.as_deref(), &route.category, pack, now);
        Self { route, district, hashes, profile }
    }
}

/// Reads the complaints of a batch, each with its place there, on several threads when there are many.
pub(super) fn prepare(
    complaints: &[(usize, &Complaint)],
    state: &DeskState,
    pack: &Pack,
    now: Timestamp,
) -> HashMap<usize, Prepared> {
    let read = |part: &[(usize, &Complaint)]| -> Vec<(usize, Prepared)> {
        part.iter().map(|(at, complaint)| (*at, Prepared::new(complaint, state, pack, now))).collect()
    };
    if complaints.len() < MANY {
        return read(complaints).into_iter().collect();
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    std::thread::scope(|scope| {
        let mut parts = complaints.chunks(complaints.len().div_ceil(threads));
        let own = parts.next().unwrap_or_default();
        let beside: Vec<_> = parts.map(|part| scope.spawn(|| read(part))).collect();
        let mut prepared: HashMap<usize, Prepared> = read(own).into_iter().collect();
        for part in beside {
            prepared.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        prepared
    })
}

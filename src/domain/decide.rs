//! Where a complaint goes, by the rules alone: the gateway, an evaluation on labelled complaints and a rehearsal of changed
//! rules read and decide by the same two calls. Pure: time and reporter hashes are arguments.

use jiff::Timestamp;

use crate::complaint::Complaint;
use crate::handling::counted_from;
use crate::merge::{Decision, MergeIndex, Merging, Profile};
use crate::routing::Routing;
use crate::ticket::Route;

/// What can be known of a complaint before the ones in front of it are decided.
#[derive(Debug)]
pub struct Reading {
    /// When it was received.
    pub received_at: Timestamp,
    /// Category, district, department, grade and deadline.
    pub route: Route,
    /// Code of the district, when the complaint itself says which.
    pub district: Option<String>,
    /// What merging knows of it.
    pub profile: Profile,
}

impl Reading {
    /// Reads a complaint that was received at `received_at`.
    #[must_use]
    pub fn of(
        complaint: &Complaint,
        routing: &Routing,
        merging: &Merging,
        reporter_hashes: Vec<u64>,
        received_at: Timestamp,
    ) -> Self {
        let known = routing.known_district(complaint);
        let route = routing.route_in(known.as_ref(), complaint, counted_from(complaint, received_at));
        let district = known.map(|(code, _)| code);
        let profile = merging.profile(complaint, district.as_deref(), &route.category, reporter_hashes, received_at);
        Self { received_at, route, district, profile }
    }
}

/// Counts a new complaint in the corpus and decides where it goes; see [`MergeIndex::decide`].
pub fn decide(index: &mut MergeIndex, reading: &Reading, merging: &Merging) -> Decision {
    index.decide(&reading.profile, None, merging)
}

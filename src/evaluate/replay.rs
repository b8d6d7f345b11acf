//! The complaints of a file, decided one after the other as the gateway would.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::complaint::Complaint;
use crate::decide::{Reading, decide};
use crate::key::{ComplaintKey, TicketKey};
use crate::mapping::{Channel, Mapped};
use crate::merge::{Decision, Evidence, MergeIndex, Merging, Profile, Zone};
use crate::routing::Routing;

/// Why a file could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The pack has no channel that reads files, or several.
    #[error("the pack must have exactly one channel; it has {0}")]
    Channels(usize),
    /// The file cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

/// What was decided on one complaint.
#[derive(Debug)]
pub struct Step {
    /// The source's number.
    pub number: String,
    /// Title, for people.
    pub title: String,
    /// What was decided.
    pub zone: Zone,
    /// The ticket that it went to.
    pub ticket: TicketKey,
    /// Evidence of the auto and review zones; the complaint that matched is an index into the steps.
    pub evidence: Option<Evidence>,
    /// The ticket that a person is asked about.
    pub asked: Option<TicketKey>,
    /// Which earlier steps blocking found.
    pub blocked: Vec<usize>,
    /// The evidence for every complaint that blocking found, where it was asked for.
    pub compared: Vec<Evidence>,
    /// How long deciding and inserting took, with reading the text and routing.
    pub took: Duration,
}

/// All decisions, in the order of time.
#[derive(Debug)]
pub struct Replay {
    /// The decisions.
    pub steps: Vec<Step>,
    /// Records that did not become complaints.
    pub left_out: usize,
    /// The index at the end.
    pub index: MergeIndex,
    /// What was compared of each, by step.
    pub profiles: Vec<Profile>,
}

/// Reads the complaints of a file through a pack's only channel, oldest first.
///
/// # Errors
/// There is not exactly one channel, or the file cannot be read.
pub fn read_complaints(
    channels: &BTreeMap<String, Arc<Channel>>,
    file: &Path,
) -> Result<(Vec<Complaint>, usize), ReplayError> {
    let channels: Vec<&Arc<Channel>> = channels.values().collect();
    let [channel] = channels.as_slice() else { return Err(ReplayError::Channels(channels.len())) };
    let failed = |reason: String| ReplayError::File { path: file.display().to_string(), reason };
    let mut complaints = Vec::new();
    let mut left_out = 0;
    for record in channel.adapter.read_file(file).map_err(|error| failed(error.to_string()))? {
        match channel.apply(&record, jiff::Timestamp::MAX).mapped {
            Mapped::Complaint(complaint) => complaints.push(*complaint),
            _ => left_out += 1,
        }
    }
    complaints.sort_by(|a, b| at(a).cmp(&at(b)).then_with(|| a.number.cmp(&b.number)));
    Ok((complaints, left_out))
}

fn at(complaint: &Complaint) -> jiff::Timestamp {
    complaint.occurred_at.or(complaint.received_at).unwrap_or_default()
}

/// Decides on complaints in their order. A review opens a ticket of its own, as in the gateway. With `collect`, the evidence
/// for every pair that blocking found is kept; `progress` is called after each step.
pub fn replay(
    routing: &Routing,
    merging: &Merging,
    complaints: &[Complaint],
    collect: bool,
    mut progress: impl FnMut(),
) -> Replay {
    let mut index = MergeIndex::new();
    let mut steps: Vec<Step> = Vec::with_capacity(complaints.len());
    let mut profiles = Vec::with_capacity(complaints.len());
    for (number, complaint) in complaints.iter().enumerate() {
        let key = ComplaintKey(i64::try_from(number).unwrap_or(i64::MAX));
        let accounts = complaint.reporter.account.iter().chain(&complaint.reporter.phone);
        let reporters = accounts.map(|account| plain_hash(account)).collect();
        let begun = Instant::now();
        let reading = Reading::of(complaint, routing, merging, reporters, at(complaint));
        let decision = decide(&mut index, &reading, merging);
        let decided = begun.elapsed();
        let profile = reading.profile;
        let found = index.blocked(&profile, &merging.settings);
        let compared = found.iter().filter(|_| collect);
        let compared = compared.filter_map(|key| index.compare_with(&profile, *key, merging)).collect();
        let blocked = found.into_iter().filter_map(|key| usize::try_from(key.0).ok()).collect();
        let Decision { zone, ticket, ref evidence, .. } = decision;
        let evidence = evidence.clone();
        let own = TicketKey(key.0);
        let to = if zone == Zone::Auto { ticket.unwrap_or(own) } else { own };
        let begun = Instant::now();
        index.insert_decided(key, to, &profile, decision);
        let took = decided + begun.elapsed();
        let asked = if zone == Zone::Review { ticket } else { None };
        let (number, title) = (complaint.number.clone(), complaint.title.clone());
        steps.push(Step { number, title, zone, ticket: to, evidence, asked, blocked, compared, took });
        profiles.push(profile);
        progress();
    }
    Replay { steps, left_out: 0, index, profiles }
}

/// A hash for measuring only: the gateway's are keyed.
fn plain_hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

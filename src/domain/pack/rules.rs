//! What deciding on complaints and tickets needs of a pack.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::city::{Feeds, Grades, Names, Numbering};
use crate::complaint::ComplaintState;
use crate::handling::Handling;
use crate::merge::Merging;
use crate::report::Reports;
use crate::rewards::Rewards;
use crate::routing::Routing;
use crate::ticket::Status;
use crate::watch::Watch;

/// The parts of a pack by which matters are decided. One value belongs to one version of the settings.
#[derive(Debug)]
pub struct Rules {
    /// Version of the settings, stored with every decision.
    pub version: String,
    /// How tickets and receipts are numbered.
    pub numbering: Numbering,
    /// Grades, with their deadlines and reminders.
    pub grades: Arc<Grades>,
    /// Category, district, department, grade and deadline of a complaint.
    pub routing: Arc<Routing>,
    /// Clocks, notices, levels and units.
    pub handling: Arc<Handling>,
    /// Which matters are marked.
    pub watch: Arc<Watch>,
    /// Names of codes.
    pub names: Arc<Names>,
    /// What platforms receive.
    pub feeds: Arc<Feeds>,
    /// Which complaints are one matter.
    pub merging: Arc<Merging>,
    /// What is counted for reports, and how they are made.
    pub reports: Arc<Reports>,
    /// Which points citizens have who take part.
    pub rewards: Arc<Rewards>,
    /// By channel, the statuses that its citizens are told of besides final ones.
    pub told: BTreeMap<String, Vec<Status>>,
    /// By channel, the states of complaints whose citizens are told besides those who wait for an answer.
    pub also_told: BTreeMap<String, Vec<ComplaintState>>,
    /// Channels of whose records several that come at once may tell of one complaint.
    pub amending: BTreeSet<String>,
    /// Channels whose records may state something later of complaints.
    pub stating: BTreeSet<String>,
    /// Whether a citizen's 不满意 opens a finished ticket again.
    pub reopen_on_dissatisfied: bool,
}

impl Rules {
    /// Whether the citizens of a channel are told of a status that is not final.
    #[must_use]
    pub fn tells(&self, channel: &str, status: Status) -> bool {
        self.told.get(channel).is_some_and(|told| told.contains(&status))
    }

    /// Whether the citizen of a complaint in this state is answered.
    #[must_use]
    pub fn answers(&self, channel: &str, state: ComplaintState) -> bool {
        state == ComplaintState::Open || self.also_told.get(channel).is_some_and(|also| also.contains(&state))
    }

    /// Whether records of this channel may state something later of complaints.
    #[must_use]
    pub fn states_later(&self, channel: &str) -> bool {
        self.stating.contains(channel)
    }

    /// Whether a record of this channel amends what another that came at once with it, or another citizen, has said of one number.
    #[must_use]
    pub fn amends_doubtful(&self, channel: &str) -> bool {
        self.amending.contains(channel)
    }
}

//! Points of citizens, as a step sees them.

use std::collections::HashMap;

use jiff::Timestamp;

use super::View;
use crate::complaint::{AccountHash, RewardEntry};
use crate::key::ComplaintKey;
use crate::store::{RewardChange, StoreError};

/// The entries of complaints that this step has read: as they are stored, and as they are now.
#[derive(Default)]
pub(super) struct Rewarded(HashMap<ComplaintKey, (Vec<RewardEntry>, Vec<RewardEntry>)>);

impl View<'_> {
    /// The entries of a complaint.
    pub(in crate::desk) fn rewards_of_complaint(
        &mut self,
        complaint: ComplaintKey,
    ) -> Result<Vec<RewardEntry>, StoreError> {
        if !self.rewarded.0.contains_key(&complaint) {
            let stored = self.store.rewards_of_complaint(complaint)?;
            self.rewarded.0.insert(complaint, (stored.clone(), stored));
        }
        Ok(self.rewarded.0.get(&complaint).map(|(_, now)| now.clone()).unwrap_or_default())
    }

    /// The points of an account by a rule that count, given at a moment or since.
    pub(in crate::desk) fn reward_points(
        &mut self,
        account: AccountHash,
        rule: &str,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let stored = self.store.reward_points(&[account], Some(rule), since)?;
        let sum = |entries: &[RewardEntry]| -> i64 {
            let counts = |entry: &&RewardEntry| {
                entry.account == account && entry.rule == rule && entry.stands() && entry.at >= since
            };
            entries.iter().filter(counts).map(|entry| entry.points).sum()
        };
        Ok(self.rewarded.0.values().fold(stored, |total, (before, now)| total - sum(before) + sum(now)))
    }

    /// Notes an entry as it is from now on; those of its complaint were read.
    pub(in crate::desk) fn note_reward(&mut self, entry: RewardEntry) {
        if let Some((_, now)) = self.rewarded.0.get_mut(&entry.complaint) {
            now.retain(|known| (&known.rule, known.round) != (&entry.rule, entry.round));
            now.push(entry.clone());
        }
        self.pending.rewards.push(RewardChange::Is(entry));
    }

    /// Lets all entries of a complaint go; they were read.
    pub(in crate::desk) fn forget_rewards_of(&mut self, complaint: ComplaintKey) {
        if let Some((_, now)) = self.rewarded.0.get_mut(&complaint) {
            now.clear();
        }
        self.pending.rewards.push(RewardChange::Gone(complaint));
    }
}

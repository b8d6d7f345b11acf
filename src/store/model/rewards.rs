//! Points of citizens who take part.

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{RewardChange, Rewards, StoreError};
use huiliu_domain::complaint::{AccountHash, RewardEntry};
use huiliu_domain::key::ComplaintKey;

impl Contents {
    pub(super) fn reward(&mut self, change: RewardChange) {
        match change {
            RewardChange::Is(entry) => {
                let (at, taken_back_at) = (kept(entry.at), entry.taken_back_at.map(kept));
                let key = (entry.complaint, entry.rule.clone(), entry.round);
                self.rewards.insert(key, RewardEntry { at, taken_back_at, ..entry });
            }
            RewardChange::Gone(complaint) => self.forget_rewards_of(complaint),
        }
    }

    pub(super) fn forget_rewards_of(&mut self, complaint: ComplaintKey) {
        self.rewards.retain(|(of, ..), _| *of != complaint);
    }
}

impl Rewards for Model {
    fn rewards_of_complaint(&mut self, complaint: ComplaintKey) -> Result<Vec<RewardEntry>, StoreError> {
        let contents = self.contents();
        Ok(contents.rewards.values().filter(|entry| entry.complaint == complaint).cloned().collect())
    }

    fn rewards_of(&mut self, accounts: &[AccountHash], limit: usize) -> Result<Vec<RewardEntry>, StoreError> {
        let contents = self.contents();
        let of_them = contents.rewards.values().filter(|entry| accounts.contains(&entry.account));
        let mut entries: Vec<RewardEntry> = of_them.cloned().collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        entries.truncate(limit);
        Ok(entries)
    }

    fn reward_points(
        &mut self,
        accounts: &[AccountHash],
        rule: Option<&str>,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let contents = self.contents();
        let counts = |entry: &&RewardEntry| {
            accounts.contains(&entry.account)
                && entry.stands()
                && entry.at >= kept(since)
                && rule.is_none_or(|rule| entry.rule == rule)
        };
        Ok(contents.rewards.values().filter(counts).map(|entry| entry.points).sum())
    }

    fn forget_rewards(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let entries = contents.rewards.len();
        contents.rewards.retain(|_, entry| entry.at >= kept(before));
        Ok(entries - contents.rewards.len())
    }
}

//! Happenings of a case come one after the other, as they would to the desk, and it is looked what each gives and takes.

use std::collections::BTreeSet;
use std::convert::Infallible;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{About, Happening, Rewards, Standing, Verdict};
use crate::complaint::{AccountHash, RewardEntry};
use crate::key::ComplaintKey;

/// What happens to a complaint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happens<'a> {
    pub what: Happening,
    pub complaint: ComplaintKey,
    /// Round of handling.
    pub round: u32,
    pub account: Option<AccountHash>,
    pub about: About<'a>,
    pub at: Timestamp,
}

/// What has been given so far.
pub(super) struct Rehearsal<'a> {
    rules: &'a Rewards,
    zone: &'a TimeZone,
    entries: Vec<RewardEntry>,
}

/// Codes of the rules by which points came and went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    pub gives: BTreeSet<String>,
    pub takes: BTreeSet<String>,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(rules: &'a Rewards, zone: &'a TimeZone) -> Self {
        Self { rules, zone, entries: Vec::new() }
    }

    /// Lets something happen.
    pub(super) fn happens(&mut self, happens: Happens<'_>) -> Came {
        let mut came = Came::default();
        for entry in self.entries.iter_mut().filter(|entry| entry.complaint == happens.complaint && entry.stands()) {
            if happens.what.ends().contains(&entry.basis) {
                entry.taken_back_at = Some(happens.at);
                came.takes.insert(entry.rule.clone());
            }
        }
        let (Some(account), Some(basis)) = (happens.account, happens.what.begins()) else { return came };
        let round = if happens.what == Happening::Rated { happens.round } else { 0 };
        for rule in self.rules.due(basis, &happens.about) {
            let known = self
                .entries
                .iter_mut()
                .find(|entry| (entry.complaint, &entry.rule, entry.round) == (happens.complaint, &rule.code, round));
            if let Some(known) = known {
                if known.taken_back_at.take().is_some() {
                    came.gives.insert(rule.code.clone());
                }
                continue;
            }
            let had = |since| Ok::<_, Infallible>(self.sum(account, Some(&rule.code), since));
            let Ok(verdict) = rule.judge(happens.at, self.zone, had);
            if verdict == Verdict::Give {
                came.gives.insert(rule.code.clone());
                self.entries.push(RewardEntry {
                    complaint: happens.complaint,
                    rule: rule.code.clone(),
                    round,
                    account,
                    basis,
                    points: rule.points,
                    at: happens.at,
                    taken_back_at: None,
                });
            }
        }
        came
    }

    /// What an account has come to.
    pub(super) fn standing(&self, account: AccountHash, now: Timestamp) -> Standing {
        let since = self.rules.stars().since(now, self.zone);
        self.rules.stars().standing(self.sum(account, None, since))
    }

    fn sum(&self, account: AccountHash, rule: Option<&str>, since: Timestamp) -> i64 {
        let counts = |entry: &&RewardEntry| {
            entry.account == account
                && entry.stands()
                && entry.at >= since
                && rule.is_none_or(|rule| entry.rule == rule)
        };
        self.entries.iter().filter(counts).map(|entry| entry.points).sum()
    }
}

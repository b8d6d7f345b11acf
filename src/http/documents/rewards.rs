//! Points and stars of a citizen, as the city's own pages show them.

use std::collections::HashMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::complaint::RewardEntry;
use crate::key::ComplaintKey;
use crate::rewards::{Rewards, Standing};

/// Points and stars of a citizen.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct RewardsDocument {
    /// Points that count; fewer than none where more were taken than given.
    #[schemars(example = 26)]
    pub points: i64,
    /// Stars, none to six.
    #[schemars(range(max = 6), example = 2)]
    pub stars: u8,
    /// Points that are missing to the next star; null where there is none.
    #[schemars(example = 34)]
    pub points_to_next: Option<i64>,
    /// From when on points count; null: all that are kept.
    pub counted_since: Option<Timestamp>,
    /// What they are for, the newest first: at most 200.
    pub entries: Vec<RewardDocument>,
    /// Whether there are older entries, which are not listed and count all the same.
    #[schemars(example = false)]
    pub has_more: bool,
}

/// What a citizen has for one complaint.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ComplaintRewards {
    /// Points for it that were not taken back; fewer than none where more were taken than given.
    #[schemars(example = 5)]
    points: i64,
    /// By which rules, the oldest first, also those that were taken back.
    entries: Vec<RuleRewardDocument>,
    /// What the citizen has come to with all complaints; null where the city's own program did not say by a signed claim who filed this one.
    pub standing: Option<StandingDocument>,
}

/// Points by one rule.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct RuleRewardDocument {
    /// Code of the rule.
    #[schemars(example = &"report")]
    rule: String,
    /// Its name; the code where the city has the rule no more.
    #[schemars(example = &"反映事项被受理")]
    rule_name: String,
    /// How many; fewer than none where they were taken.
    #[schemars(example = 2)]
    points: i64,
    /// When.
    at: Timestamp,
    /// When they were taken back, for what they were for was gone; null: they were not.
    #[schemars(example = None::<&str>)]
    taken_back_at: Option<Timestamp>,
}

/// What a citizen has come to.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct StandingDocument {
    /// Points that count; fewer than none where more were taken than given.
    #[schemars(example = 26)]
    points: i64,
    /// Stars, none to six.
    #[schemars(range(max = 6), example = 2)]
    stars: u8,
    /// Points that are missing to the next star; null where there is none.
    #[schemars(example = 34)]
    points_to_next: Option<i64>,
}

impl From<Standing> for StandingDocument {
    fn from(Standing { points, stars, to_next }: Standing) -> Self {
        Self { points, stars, points_to_next: to_next }
    }
}

impl ComplaintRewards {
    /// Of the entries of one complaint.
    pub(in crate::http) fn new(mut entries: Vec<RewardEntry>, rules: &Rewards) -> Self {
        entries.sort_by_key(|entry| entry.at);
        let document = |entry: &RewardEntry| RuleRewardDocument {
            rule: entry.rule.clone(),
            rule_name: rules.title(&entry.rule).unwrap_or(&entry.rule).to_owned(),
            points: entry.points,
            at: entry.at,
            taken_back_at: entry.taken_back_at,
        };
        let points = entries.iter().filter(|entry| entry.stands()).map(|entry| entry.points).sum();
        Self { points, entries: entries.iter().map(document).collect(), standing: None }
    }
}

/// Points for one complaint by one rule.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct RewardDocument {
    /// Receipt number of the complaint.
    receipt_number: String,
    /// Code of the rule.
    #[schemars(example = &"report")]
    rule: String,
    /// Its name; the code where the city has the rule no more.
    #[schemars(example = &"反映事项被受理")]
    rule_name: String,
    /// How many; fewer than none where they were taken.
    #[schemars(example = 2)]
    points: i64,
    /// When.
    at: Timestamp,
    /// When they were taken back, for what they were for was gone; null: they were not.
    #[schemars(example = None::<&str>)]
    taken_back_at: Option<Timestamp>,
    /// Whether they count: they were not taken back, and are not too old.
    #[schemars(example = true)]
    counts: bool,
}

impl RewardsDocument {
    /// What an account has come to, with those of its entries of which the receipt number is known.
    pub(in crate::http) fn new(
        (standing, since): (Standing, Timestamp),
        (entries, receipts): (Vec<RewardEntry>, &HashMap<ComplaintKey, String>),
        has_more: bool,
        rules: &Rewards,
    ) -> Self {
        let document = |entry: RewardEntry| {
            let receipt_number = receipts.get(&entry.complaint)?.clone();
            Some(RewardDocument {
                receipt_number,
                rule_name: rules.title(&entry.rule).unwrap_or(&entry.rule).to_owned(),
                points: entry.points,
                at: entry.at,
                taken_back_at: entry.taken_back_at,
                counts: entry.stands() && entry.at >= since,
                rule: entry.rule,
            })
        };
        Self {
            points: standing.points,
            stars: standing.stars,
            points_to_next: standing.to_next,
            counted_since: (since > Timestamp::MIN).then_some(since),
            entries: entries.into_iter().filter_map(document).collect(),
            has_more,
        }
    }
}

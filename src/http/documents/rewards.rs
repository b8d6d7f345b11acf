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

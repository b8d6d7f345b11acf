//! Points of citizens: codes, numbers and a keyed hash, of which nothing is sealed.

use super::{Place, hash_in};
use crate::StoreError;
use huiliu_domain::complaint::{AccountHash, RewardBasis, RewardEntry};
use huiliu_domain::key::ComplaintKey;

pub(crate) struct RewardCells<'r> {
    pub complaint: i64,
    pub rule: String,
    pub round: u32,
    pub account: i64,
    pub basis: &'r str,
    pub points: i64,
    pub at: i64,
    pub taken_back_at: Option<i64>,
}

/// What the cells of an entry mean.
pub(crate) fn reward(cells: RewardCells<'_>) -> Result<RewardEntry, StoreError> {
    let place = Place { table: "reward", row: cells.complaint };
    Ok(RewardEntry {
        complaint: ComplaintKey(cells.complaint),
        rule: cells.rule,
        round: cells.round,
        account: AccountHash(hash_in(cells.account)),
        basis: place.name(RewardBasis::from_name(cells.basis), cells.basis)?,
        points: cells.points,
        at: place.time(cells.at)?,
        taken_back_at: cells.taken_back_at.map(|at| place.time(at)).transpose()?,
    })
}

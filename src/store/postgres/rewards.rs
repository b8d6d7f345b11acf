//! Points of citizens who take part.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::only;
use super::cells::{cell, small};
use super::link::{Link, Order};
use super::rows::{column, turns};
use super::{PostgresStore, limit};
use crate::sealed::{RewardCells, hash_out, ms, reward};
use crate::{RewardChange, Rewards, StoreError};
use huiliu_domain::complaint::{AccountHash, RewardEntry};
use huiliu_domain::key::ComplaintKey;

const OF_COMPLAINT: &str = "SELECT complaint_id, rule, round, account, basis, points, at, taken_back_at FROM reward
    WHERE complaint_id = $1 ORDER BY rule, round";
const OF_ACCOUNTS: &str = "SELECT complaint_id, rule, round, account, basis, points, at, taken_back_at FROM reward
    WHERE account = ANY($1) ORDER BY at DESC, complaint_id, rule, round LIMIT $2";
const POINTS: &str = "SELECT coalesce(sum(points), 0)::bigint FROM reward WHERE account = ANY($1) AND at >= $2
    AND taken_back_at IS NULL AND ($3::text IS NULL OR rule = $3)";
const GONE: &str = "DELETE FROM reward WHERE complaint_id = ANY($1)";
const WRITE: &str = "INSERT INTO reward (complaint_id, rule, round, account, basis, points, at, taken_back_at)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
    ON CONFLICT (complaint_id, rule, round) DO UPDATE SET account = excluded.account, basis = excluded.basis,
        points = excluded.points, at = excluded.at, taken_back_at = excluded.taken_back_at";

fn complaint_of(change: &RewardChange) -> i64 {
    match change {
        RewardChange::Is(entry) => entry.complaint.0,
        RewardChange::Gone(complaint) => complaint.0,
    }
}

/// Writes what happens to points: of each complaint in this order.
pub(super) fn write_rewards(changes: &[RewardChange]) -> Vec<Order<'_>> {
    let mut orders = Vec::new();
    for turn in turns(changes, complaint_of) {
        let (mut are, mut gone): (Vec<&RewardEntry>, Vec<i64>) = (Vec::new(), Vec::new());
        for change in turn {
            match change {
                RewardChange::Is(entry) => are.push(entry),
                RewardChange::Gone(complaint) => gone.push(complaint.0),
            }
        }
        orders.extend((!gone.is_empty()).then(|| Order { sql: GONE, parameters: vec![Box::new(gone)] }));
        orders.extend((!are.is_empty()).then(|| Order {
            sql: WRITE,
            parameters: vec![
                column(&are, |entry| entry.complaint.0),
                column(&are, |entry| entry.rule.as_str()),
                column(&are, |entry| i64::from(entry.round)),
                column(&are, |entry| hash_out(entry.account.0)),
                column(&are, |entry| entry.basis.name()),
                column(&are, |entry| entry.points),
                column(&are, |entry| ms(entry.at)),
                column(&are, |entry| entry.taken_back_at.map(ms)),
            ],
        }));
    }
    orders
}

/// Removes the entries of a complaint.
pub(super) fn forget_rewards_of(link: &mut Link, complaint: i64) -> Result<(), StoreError> {
    link.run(GONE, &[&[complaint].as_slice()])?;
    Ok(())
}

fn entry(row: &Row) -> Result<RewardEntry, StoreError> {
    reward(RewardCells {
        complaint: cell(row, 0)?,
        rule: cell(row, 1)?,
        round: small(row, 2)?,
        account: cell(row, 3)?,
        basis: cell(row, 4)?,
        points: cell(row, 5)?,
        at: cell(row, 6)?,
        taken_back_at: cell(row, 7)?,
    })
}

fn hashes(accounts: &[AccountHash]) -> Vec<i64> {
    accounts.iter().map(|account| hash_out(account.0)).collect()
}

impl Rewards for PostgresStore {
    fn rewards_of_complaint(&mut self, complaint: ComplaintKey) -> Result<Vec<RewardEntry>, StoreError> {
        self.link.all(OF_COMPLAINT, &[&complaint.0], entry)
    }

    fn rewards_of(&mut self, accounts: &[AccountHash], most: usize) -> Result<Vec<RewardEntry>, StoreError> {
        self.link.all(OF_ACCOUNTS, &[&hashes(accounts), &limit(most)], entry)
    }

    fn reward_points(
        &mut self,
        accounts: &[AccountHash],
        rule: Option<&str>,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        only(&mut self.link, POINTS, &[&hashes(accounts), &ms(since), &rule])
    }

    fn forget_rewards(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let gone = self.link.run("DELETE FROM reward WHERE at < $1", &[&ms(before)])?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}

//! Points of citizens who take part.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::cells::{list, text};
use super::{SqliteStore, limit};
use crate::sealed::{RewardCells, hash_out, ms, reward};
use crate::{RewardChange, Rewards, StoreError};
use huiliu_domain::complaint::{AccountHash, RewardEntry};
use huiliu_domain::key::ComplaintKey;

pub(super) const OF_COMPLAINT: &str =
    "SELECT complaint_id, rule, round, account, basis, points, at, taken_back_at FROM reward
    WHERE complaint_id = ?1 ORDER BY rule, round";
pub(super) const OF_ACCOUNTS: &str =
    "SELECT complaint_id, rule, round, account, basis, points, at, taken_back_at FROM reward
    WHERE account IN (SELECT value FROM json_each(?1)) ORDER BY at DESC, complaint_id, rule, round LIMIT ?2";
pub(super) const POINTS: &str =
    "SELECT coalesce(sum(points), 0) FROM reward WHERE account IN (SELECT value FROM json_each(?1)) AND at >= ?2
    AND taken_back_at IS NULL AND (?3 IS NULL OR rule = ?3)";
const GONE: &str = "DELETE FROM reward WHERE complaint_id = ?1";

/// Writes what happens to points.
pub(super) fn write_reward(connection: &Connection, change: &RewardChange) -> Result<(), StoreError> {
    let entry = match change {
        RewardChange::Is(entry) => entry,
        RewardChange::Gone(complaint) => return forget_rewards_of(connection, complaint.0),
    };
    let sql = "INSERT INTO reward (complaint_id, rule, round, account, basis, points, at, taken_back_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (complaint_id, rule, round) DO UPDATE SET account = excluded.account, basis = excluded.basis,
            points = excluded.points, at = excluded.at, taken_back_at = excluded.taken_back_at";
    let cells = params![
        entry.complaint.0,
        entry.rule,
        entry.round,
        hash_out(entry.account.0),
        entry.basis.name(),
        entry.points,
        ms(entry.at),
        entry.taken_back_at.map(ms)
    ];
    connection.prepare_cached(sql)?.execute(cells)?;
    Ok(())
}

/// Removes the entries of a complaint.
pub(super) fn forget_rewards_of(connection: &Connection, complaint: i64) -> Result<(), StoreError> {
    connection.prepare_cached(GONE)?.execute(params![complaint])?;
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<RewardEntry, StoreError> {
    reward(RewardCells {
        complaint: row.get(0)?,
        rule: row.get(1)?,
        round: row.get(2)?,
        account: row.get(3)?,
        basis: text(row, 4)?,
        points: row.get(5)?,
        at: row.get(6)?,
        taken_back_at: row.get(7)?,
    })
}

fn hashes(accounts: &[AccountHash]) -> Result<String, StoreError> {
    list(&accounts.iter().map(|account| hash_out(account.0)).collect::<Vec<_>>())
}

impl Rewards for SqliteStore {
    fn rewards_of_complaint(&mut self, complaint: ComplaintKey) -> Result<Vec<RewardEntry>, StoreError> {
        self.all(OF_COMPLAINT, params![complaint.0], entry)
    }

    fn rewards_of(&mut self, accounts: &[AccountHash], most: usize) -> Result<Vec<RewardEntry>, StoreError> {
        self.all(OF_ACCOUNTS, params![hashes(accounts)?, limit(most)], entry)
    }

    fn reward_points(
        &mut self,
        accounts: &[AccountHash],
        rule: Option<&str>,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let parameters = params![hashes(accounts)?, ms(since), rule];
        Ok(self.connection.prepare_cached(POINTS)?.query_row(parameters, |row| row.get(0))?)
    }

    fn forget_rewards(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM reward WHERE at < ?1", params![ms(before)])?)
    }
}

//! How far the citizens behind finished tickets were answered: kept in `answer`, one row for each complaint behind a finished ticket, and
//! counted by outcome and channel, so that neither the ledger nor the list goes through all of them. Whoever changes the status of a
//! ticket, the ticket or state of a complaint, or a reply, renews what is kept in the same transaction.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::cells::{list, text};
use super::legs::{Leg, Order, Stream};
use super::{SqliteStore, count};
use crate::examination::kept;
use crate::{AnswerLedger, Finding, Page, StoreError, Unanswered, UnansweredView};
use huiliu_domain::key::{ComplaintKey, ReplyKey};

/// The outcome of those that were answered.
const ANSWERED: &str = "answered";
const COUNTED: &str = "SELECT state, channel, complaints FROM answer_count WHERE complaints > 0";
pub(super) const SHOWN: &str = "SELECT a.state, a.channel, c.id, c.receipt, t.id, t.finished_at, a.reply FROM json_each(?1) k
    JOIN answer a ON a.complaint_id = k.value JOIN complaint c ON c.id = a.complaint_id JOIN ticket t ON t.seq = c.ticket
    ORDER BY k.key";
/// Complaints whose row is not what it has to be.
const WRONG: &str =
    "SELECT coalesce(n.complaint_id, a.complaint_id) FROM answer_now n FULL JOIN answer a USING (complaint_id)
    WHERE (n.state, n.channel, n.reply) IS NOT (a.state, a.channel, a.reply)";
const WRONG_COUNTS: &str =
    "SELECT count(*) FROM (SELECT state, channel, count(*) AS complaints FROM answer GROUP BY 1, 2) n
    FULL JOIN (SELECT * FROM answer_count WHERE complaints <> 0) k USING (state, channel)
    WHERE n.complaints IS NOT k.complaints";
const MADE_AGAIN: &str = "DELETE FROM answer; DELETE FROM answer_count;
    INSERT INTO answer (complaint_id, state, channel, reply) SELECT complaint_id, state, channel, reply FROM answer_now;
    UPDATE finished_count SET complaints = (SELECT coalesce(sum(complaints), 0) FROM ticket
        WHERE status IN ('rejected', 'resolved', 'closed'));";

const RENEW: &str = "UPDATE answer SET (state, reply) = (SELECT state, reply FROM answer_now WHERE complaint_id = ?1)
    WHERE complaint_id = ?1";
const ENTER: &str = "INSERT INTO answer (complaint_id, state, channel, reply)
    SELECT complaint_id, state, channel, reply FROM answer_now WHERE complaint_id = ?1";
const ENTER_ALL: &str = "INSERT INTO answer (complaint_id, state, channel, reply)
    SELECT complaint_id, state, channel, reply FROM answer_now WHERE ticket = ?1";
const LEAVE: &str = "DELETE FROM answer WHERE complaint_id = ?1";
const LEAVE_ALL: &str = "DELETE FROM answer WHERE complaint_id IN (SELECT id FROM complaint WHERE ticket = ?1)";
const STANDING: &str = "SELECT finished_at, complaints FROM ticket
    WHERE seq = ?1 AND status IN ('rejected', 'resolved', 'closed')";

/// Writes how far a complaint is answered, whose state or replies have changed. It is behind a finished ticket, or nothing is kept of it.
pub(super) fn renew(connection: &Connection, complaint: i64) -> Result<(), StoreError> {
    connection.prepare_cached(RENEW)?.execute(params![complaint])?;
    Ok(())
}

/// Writes it for the complaint of a reply.
pub(super) fn renew_of(connection: &Connection, reply: i64) -> Result<(), StoreError> {
    let sql = "SELECT complaint_id FROM reply WHERE id = ?1";
    let complaint = connection.prepare_cached(sql)?.query_row(params![reply], |row| row.get(0)).optional()?;
    complaint.map_or(Ok(()), |complaint| renew(connection, complaint))
}

/// Writes it for a complaint that came to a ticket, or to another one.
pub(super) fn come(connection: &Connection, complaint: i64, ticket: i64, is_new: bool) -> Result<(), StoreError> {
    if !is_new {
        connection.prepare_cached(LEAVE)?.execute(params![complaint])?;
    }
    if Finished::read(connection, ticket)?.is_some() {
        connection.prepare_cached(ENTER)?.execute(params![complaint])?;
    }
    Ok(())
}

/// How a finished ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finished {
    at: Option<i64>,
    complaints: i64,
}

impl Finished {
    /// That of a ticket; none where it is not finished, or not there.
    pub(super) fn read(connection: &Connection, ticket: i64) -> Result<Option<Self>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| Ok(Self { at: row.get(0)?, complaints: row.get(1)? });
        Ok(connection.prepare_cached(STANDING)?.query_row(params![ticket], read).optional()?)
    }
}

/// Writes it for all complaints of a ticket that stood otherwise before.
pub(super) fn settle(connection: &Connection, ticket: i64, before: Option<Finished>) -> Result<(), StoreError> {
    let now = Finished::read(connection, ticket)?;
    if now == before {
        return Ok(());
    }
    let complaints = |of: Option<Finished>| of.map_or(0, |finished| finished.complaints);
    let sql = "UPDATE finished_count SET complaints = complaints + ?1 - ?2";
    connection.prepare_cached(sql)?.execute(params![complaints(now), complaints(before)])?;
    if now.map(|finished| finished.at) == before.map(|finished| finished.at) {
        return Ok(());
    }
    if before.is_some() {
        connection.prepare_cached(LEAVE_ALL)?.execute(params![ticket])?;
    }
    if now.is_some() {
        connection.prepare_cached(ENTER_ALL)?.execute(params![ticket])?;
    }
    Ok(())
}

/// Why nobody was answered, by the outcome that is kept; none where somebody was.
fn outcome(state: &str, sends: bool) -> Result<Option<Unanswered>, StoreError> {
    if state == ANSWERED {
        return Ok(None);
    }
    let unknown = || StoreError::unavailable(format!("{state:?} is not an outcome this version knows"));
    Ok(Some(match Unanswered::from_name(state).ok_or_else(unknown)? {
        Unanswered::Waiting if !sends => Unanswered::ChannelOff,
        known => known,
    }))
}

/// Complaints with one outcome on one channel: the outcome as it is kept, the channel, why nobody was answered, and how many.
pub(super) type Group = (String, String, Option<Unanswered>, u64);

impl SqliteStore {
    /// All outcomes that there are.
    pub(super) fn answer_groups(&self, sends: &dyn Fn(&str) -> bool) -> Result<Vec<Group>, StoreError> {
        self.all(COUNTED, [], |row| {
            let (state, channel) = (text(row, 0)?, text(row, 1)?);
            Ok((state.to_owned(), channel.to_owned(), outcome(state, sends(channel))?, count(row.get(2)?)))
        })
    }

    /// The ledger per citizen, as it is kept.
    pub(super) fn kept_answer_ledger(&self, sends: &dyn Fn(&str) -> bool) -> Result<AnswerLedger, StoreError> {
        // In one transaction: other connections write meanwhile.
        let reading = self.connection.unchecked_transaction()?;
        let finished = "SELECT complaints FROM finished_count";
        let mut ledger = AnswerLedger {
            finished: reading.query_row(finished, [], |row| row.get(0)).map(count)?,
            ..Default::default()
        };
        for (.., outcome, complaints) in self.answer_groups(sends)? {
            ledger.add(outcome, complaints);
        }
        Ok(ledger)
    }

    /// Those who were not answered.
    pub(super) fn list_unanswered(
        &self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
        page: Page,
    ) -> Result<Vec<UnansweredView>, StoreError> {
        // What there is and what is shown are read as of one moment.
        let _snapshot = self.connection.unchecked_transaction()?;
        let groups = self.unanswered_groups(reason, sends)?;
        let legs = groups.iter().map(Leg::unanswered).collect();
        let numbers = Stream::new(self, legs, Order::Oldest, page.after.unwrap_or(0))?.take(page.limit)?;
        let found = self.all(SHOWN, params![list(&numbers)?], |row| {
            let Some(reason) = outcome(text(row, 0)?, sends(text(row, 1)?))? else { return Ok(None) };
            let finished_at: Option<i64> = row.get(5)?;
            Ok(Some(UnansweredView {
                complaint: ComplaintKey(row.get(2)?),
                receipt: row.get(3)?,
                channel: row.get(1)?,
                ticket_id: row.get(4)?,
                finished_at: finished_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
                reason,
                reply: row.get::<_, Option<i64>>(6)?.map(ReplyKey),
            }))
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Whether what is kept of answers is what tickets, complaints and replies say.
    pub(super) fn examine_answers_kept(&mut self, repair: bool) -> Result<Finding, StoreError> {
        let wrong_rows = self.wrong_answers()?;
        if wrong_rows > 0 && repair {
            self.make_answers_again()?;
        }
        Ok(kept(
            "answers kept",
            ("与工单、诉求和答复一致", "agree with tickets, complaints and replies"),
            wrong_rows,
            repair,
        ))
    }

    /// How many rows are not what they have to be, by tickets, complaints and replies as they are.
    fn wrong_answers(&self) -> Result<u64, StoreError> {
        let rows: i64 = self.connection.query_row(&format!("SELECT count(*) FROM ({WRONG})"), [], |row| row.get(0))?;
        let counts: i64 = self.connection.query_row(WRONG_COUNTS, [], |row| row.get(0))?;
        let finished = "SELECT complaints <> (SELECT coalesce(sum(complaints), 0) FROM ticket
            WHERE status IN ('rejected', 'resolved', 'closed')) FROM finished_count";
        let finished: i64 = self.connection.query_row(finished, [], |row| row.get(0))?;
        Ok(count(rows) + count(counts) + count(finished))
    }

    /// Makes all of them again.
    pub(super) fn make_answers_again(&mut self) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute_batch(MADE_AGAIN)?;
        Ok(transaction.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::finished;

    #[test]
    fn what_is_finished_is_the_same_for_what_is_kept() {
        let schema = include_str!("schema/30-answers.sql");
        let named = schema.matches("status IN (").count();
        assert_eq!(schema.matches(&format!("status IN ({})", finished())).count(), named);
        assert!(super::MADE_AGAIN.contains(&format!("status IN ({})", finished())));
    }
}

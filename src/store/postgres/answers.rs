//! How far the citizens behind finished tickets were answered: kept in `answer`, one row for each complaint behind a finished ticket, and
//! counted by outcome and channel, so that neither the ledger nor the list goes through all of them. Whoever changes the status of a
//! ticket, the ticket or state of a complaint, or a reply, renews what is kept in the same transaction.

use std::collections::HashMap;

use jiff::Timestamp;

use super::asking::only;
use super::cells::cell;
use super::legs::{Leg, Order as ListOrder, Stream};
use super::link::{Link, Order};
use super::{PostgresStore, count};
use crate::examination::kept;
use crate::sealed::SealedTicket;
use crate::{AnswerLedger, Finding, Page, StoreError, Unanswered, UnansweredView};
use huiliu_domain::key::{ComplaintKey, ReplyKey};
use huiliu_domain::ticket::Status;

/// The outcome of those that were answered.
const ANSWERED: &str = "answered";
const COUNTED: &str = "SELECT state, channel, complaints FROM answer_count WHERE complaints > 0";
const SHOWN: &str = "SELECT a.state, a.channel, c.id, c.receipt, t.id, t.finished_at, a.reply
    FROM unnest($1::bigint[]) WITH ORDINALITY AS k(number, place)
        JOIN answer a ON a.complaint_id = k.number JOIN complaint c ON c.id = a.complaint_id JOIN ticket t ON t.seq = c.ticket
    ORDER BY k.place";
/// Complaints whose row is not what it has to be, outcomes that are not counted so, and finished tickets that are not.
const WRONG: &str = "SELECT count(*) FROM answer_now n FULL JOIN answer a USING (complaint_id)
    WHERE (n.state, n.channel, n.reply) IS DISTINCT FROM (a.state, a.channel, a.reply)";
const WRONG_COUNTS: &str =
    "SELECT count(*) FROM (SELECT state, channel, count(*) AS complaints FROM answer GROUP BY 1, 2) n
    FULL JOIN (SELECT * FROM answer_count WHERE complaints <> 0) k USING (state, channel)
    WHERE n.complaints IS DISTINCT FROM k.complaints";
const WRONG_FINISHED: &str =
    "SELECT count(*) FROM finished_count WHERE complaints <> (SELECT coalesce(sum(complaints), 0) FROM ticket
    WHERE status IN ('rejected', 'resolved', 'closed'))";
const MADE_AGAIN: &str = "DELETE FROM answer; DELETE FROM answer_count;
    INSERT INTO answer (complaint_id, state, channel, reply) SELECT complaint_id, state, channel, reply FROM answer_now;
    UPDATE finished_count SET complaints = (SELECT coalesce(sum(complaints), 0) FROM ticket
        WHERE status IN ('rejected', 'resolved', 'closed'))";

const RENEW: &str = "UPDATE answer a SET state = n.state, reply = n.reply FROM answer_now n
    WHERE n.complaint_id = a.complaint_id AND a.complaint_id = ANY($1)
        AND (a.state, a.reply) IS DISTINCT FROM (n.state, n.reply)";
const RENEW_OF: &str = "UPDATE answer a SET state = n.state, reply = n.reply FROM answer_now n
    WHERE n.complaint_id = a.complaint_id AND a.complaint_id = (SELECT complaint_id FROM reply WHERE id = $1)
        AND (a.state, a.reply) IS DISTINCT FROM (n.state, n.reply)";
const ENTER: &str = "INSERT INTO answer (complaint_id, state, channel, reply)
    SELECT complaint_id, state, channel, reply FROM answer_now WHERE complaint_id = ANY($1)";
const ENTER_ALL: &str = "INSERT INTO answer (complaint_id, state, channel, reply)
    SELECT complaint_id, state, channel, reply FROM answer_now WHERE ticket = ANY($1)";
const LEAVE: &str = "DELETE FROM answer WHERE complaint_id = ANY($1)";
const LEAVE_ALL: &str = "DELETE FROM answer a USING complaint c WHERE c.ticket = ANY($1) AND a.complaint_id = c.id";
const STANDING: &str = "SELECT seq, finished_at, complaints FROM ticket
    WHERE seq = ANY($1) AND status IN ('rejected', 'resolved', 'closed')";

/// Writes how far complaints are answered, whose states or replies have changed. They are behind finished tickets, or nothing is kept of
/// them.
pub(super) fn renew<'a>(complaints: Vec<i64>) -> Order<'a> {
    Order { sql: RENEW, parameters: vec![Box::new(complaints)] }
}

/// Writes it for the complaint of a reply.
pub(super) fn renew_of(link: &mut Link, reply: i64) -> Result<(), StoreError> {
    link.run(RENEW_OF, &[&reply])?;
    Ok(())
}

/// Writes it for the complaint of a reply, with others.
pub(super) fn order_renewal_of<'a>(reply: i64) -> Order<'a> {
    Order { sql: RENEW_OF, parameters: vec![Box::new(reply)] }
}

/// Writes it for complaints that came to tickets.
pub(super) fn enter<'a>(complaints: Vec<i64>) -> Order<'a> {
    Order { sql: ENTER, parameters: vec![Box::new(complaints)] }
}

/// Writes it for complaints that came to other tickets.
pub(super) fn come<'a>(complaints: Vec<i64>) -> [Order<'a>; 2] {
    [Order { sql: LEAVE, parameters: vec![Box::new(complaints.clone())] }, enter(complaints)]
}

/// How a finished ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finished {
    at: Option<i64>,
    complaints: i64,
}

/// How finished tickets stand, by their numbers.
pub(super) type Standing = HashMap<i64, Finished>;

impl Finished {
    fn of(ticket: &SealedTicket<'_>) -> Option<Self> {
        let status = Status::from_wire(ticket.status)?;
        let is_finished = status.is_final() && status != Status::Absorbed;
        is_finished.then_some(Self { at: ticket.finished_at, complaints: ticket.complaints })
    }

    /// How tickets stand that are there and finished.
    pub(super) fn read(link: &mut Link, tickets: &[SealedTicket<'_>]) -> Result<Standing, StoreError> {
        if tickets.is_empty() {
            return Ok(HashMap::new());
        }
        let keys: Vec<i64> = tickets.iter().map(|ticket| ticket.key).collect();
        let found = link.all(STANDING, &[&keys], |row| {
            Ok((cell(row, 0)?, Self { at: cell(row, 1)?, complaints: cell(row, 2)? }))
        })?;
        Ok(found.into_iter().collect())
    }
}

/// Writes it for all complaints of tickets that stood otherwise before.
pub(super) fn settle<'a>(standing: &mut Standing, tickets: &[&SealedTicket<'_>]) -> Vec<Order<'a>> {
    let (mut more, mut left, mut entered) = (0, Vec::new(), Vec::new());
    for ticket in tickets {
        let now = Finished::of(ticket);
        let before = standing.remove(&ticket.key);
        standing.extend(now.map(|now| (ticket.key, now)));
        let complaints = |of: Option<Finished>| of.map_or(0, |finished| finished.complaints);
        more += complaints(now) - complaints(before);
        if now.map(|finished| finished.at) != before.map(|finished| finished.at) {
            left.extend(before.map(|_| ticket.key));
            entered.extend(now.map(|_| ticket.key));
        }
    }
    let counted = "UPDATE finished_count SET complaints = complaints + $1";
    let counted = (more != 0).then(|| Order { sql: counted, parameters: vec![Box::new(more)] });
    let left = (!left.is_empty()).then(|| Order { sql: LEAVE_ALL, parameters: vec![Box::new(left)] });
    let entered = (!entered.is_empty()).then(|| Order { sql: ENTER_ALL, parameters: vec![Box::new(entered)] });
    [counted, left, entered].into_iter().flatten().collect()
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

impl PostgresStore {
    /// All outcomes that there are.
    pub(super) fn answer_groups(&mut self, sends: &dyn Fn(&str) -> bool) -> Result<Vec<Group>, StoreError> {
        self.link.all(COUNTED, &[], |row| {
            let (state, channel): (&str, &str) = (cell(row, 0)?, cell(row, 1)?);
            Ok((state.to_owned(), channel.to_owned(), outcome(state, sends(channel))?, count(cell(row, 2)?)))
        })
    }

    /// The ledger per citizen, as it is kept.
    pub(super) fn kept_answer_ledger(&mut self, sends: &dyn Fn(&str) -> bool) -> Result<AnswerLedger, StoreError> {
        self.snapshot(|store| {
            let finished = only(&mut store.link, "SELECT complaints FROM finished_count", &[])?;
            let mut ledger = AnswerLedger { finished: count(finished), ..Default::default() };
            for (.., outcome, complaints) in store.answer_groups(sends)? {
                ledger.add(outcome, complaints);
            }
            Ok(ledger)
        })
    }

    /// Those who were not answered.
    pub(super) fn list_unanswered(
        &mut self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
        page: Page,
    ) -> Result<Vec<UnansweredView>, StoreError> {
        self.snapshot(|store| {
            let legs = store.unanswered_groups(reason, sends)?.iter().map(Leg::unanswered).collect();
            let link = &mut store.link;
            let numbers =
                Stream::new(link, legs, ListOrder::Oldest, page.after.unwrap_or(0))?.take(link, page.limit)?;
            let found = link.all(SHOWN, &[&numbers], |row| {
                let channel: &str = cell(row, 1)?;
                let Some(reason) = outcome(cell(row, 0)?, sends(channel))? else { return Ok(None) };
                let finished_at: Option<i64> = cell(row, 5)?;
                Ok(Some(UnansweredView {
                    complaint: ComplaintKey(cell(row, 2)?),
                    receipt: cell(row, 3)?,
                    channel: channel.to_owned(),
                    ticket_id: cell(row, 4)?,
                    finished_at: finished_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
                    reason,
                    reply: cell::<Option<i64>>(row, 6)?.map(ReplyKey),
                }))
            })?;
            Ok(found.into_iter().flatten().collect())
        })
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
    fn wrong_answers(&mut self) -> Result<u64, StoreError> {
        self.snapshot(|store| {
            let mut wrong = 0;
            for sql in [WRONG, WRONG_COUNTS, WRONG_FINISHED] {
                wrong += count(only(&mut store.link, sql, &[])?);
            }
            Ok(wrong)
        })
    }

    /// Makes all of them again.
    pub(super) fn make_answers_again(&mut self) -> Result<(), StoreError> {
        self.transaction(|store| store.link.batch(MADE_AGAIN))
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::finished;

    #[test]
    fn what_is_finished_is_the_same_for_what_is_kept() {
        let schema = include_str!("schema/1-tables.sql");
        let named = schema.matches("status IN ('rejected'").count();
        assert_eq!(schema.matches(&format!("status IN ({})", finished())).count(), named);
        for sql in [super::MADE_AGAIN, super::STANDING, super::WRONG_FINISHED] {
            assert!(sql.contains(&format!("status IN ({})", finished())), "{sql}");
        }
    }
}

//! Topics, and the complaints that they have.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::{only, readable};
use super::cells::{Given, cell};
use super::link::{Link, Order};
use super::rows::{column, every, turns};
use super::{PostgresStore, count, limit};
use crate::examination::kept;
use crate::sealed::{SealedComplaint, SealedTicket, SealedTopic, Sealer, TopicCells, ms};
use crate::{Finding, Page, StoreError, TopicComplaint, TopicCount, TopicRow, Topics};
use huiliu_domain::key::{TicketKey, TopicKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::TopicState;

const TOPIC: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic WHERE id = $1";
const OF_RULE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE rule = $1 AND area = $2 ORDER BY id DESC LIMIT 1";
const PAGE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE id < $1 ORDER BY id DESC";
const PAGE_IN_STATE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE state = $2 AND id < $1 ORDER BY id DESC";
const DUE: &str = "SELECT id FROM topic WHERE follow_up_at <= $1 ORDER BY follow_up_at, id LIMIT $2";
const TICKETS: &str = "SELECT ticket FROM topic_ticket WHERE topic = $1 ORDER BY ticket DESC LIMIT $2";
const COUNT: &str =
    "SELECT coalesce(sum(tickets), 0)::bigint FROM topic_count WHERE topic = $1 AND category <> ALL($2)";
const OF_TICKET: &str = "SELECT topic FROM topic_ticket WHERE ticket = $1 ORDER BY topic";
const RANK: &str =
    "SELECT b.topic, count(*) FILTER (WHERE c.received_at > $2), count(*) FILTER (WHERE c.received_at <= $2)
    FROM complaint c JOIN topic_ticket b ON b.ticket = c.ticket
    WHERE c.received_at > $1 AND c.received_at <= $3 AND b.category IS NOT NULL AND b.category <> ALL($5)
    GROUP BY b.topic ORDER BY 2 DESC, 3 DESC, b.topic LIMIT $4";

/// Complaints that topics have before they are there.
const COME: &str = "INSERT INTO topic_ticket AS k (topic, ticket, complaints, category)
    SELECT b.topic, n.ticket, count(*), (SELECT t.category FROM ticket t WHERE t.seq = n.ticket)
    FROM unnest($1::bigint[], $2::bigint[]) AS n(complaint, ticket) JOIN topic_complaint b ON b.complaint_id = n.complaint
    GROUP BY b.topic, n.ticket
    ON CONFLICT (topic, ticket) DO UPDATE SET complaints = k.complaints + excluded.complaints";
const CALLED: &str =
    "UPDATE topic_ticket b SET category = k.category FROM unnest($1::bigint[], $2::text[]) AS k(ticket, category)
    WHERE b.ticket = k.ticket AND b.category IS DISTINCT FROM k.category";
/// Rows that are not what complaints and tickets say, of the tickets of topics and of how many there are.
const WRONG_TICKETS: &str = "SELECT count(*) FROM topic_ticket_now n FULL JOIN topic_ticket k USING (topic, ticket)
    WHERE (n.complaints, n.category) IS DISTINCT FROM (k.complaints, k.category)";
const WRONG_COUNTS: &str = "SELECT count(*) FROM (SELECT topic, category, count(*) AS tickets FROM topic_ticket
        WHERE category IS NOT NULL GROUP BY 1, 2) n
    FULL JOIN (SELECT * FROM topic_count WHERE tickets <> 0) k USING (topic, category)
    WHERE n.tickets IS DISTINCT FROM k.tickets";
/// What is counted follows what is written.
const MADE_AGAIN: &str = "DELETE FROM topic_ticket; DELETE FROM topic_count;
    INSERT INTO topic_ticket (topic, ticket, complaints, category) SELECT topic, ticket, complaints, category FROM topic_ticket_now";
const WRITE: &str = "INSERT INTO topic (id, rule, area, state, made_at, changed_at, follow_up_at, body)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[])
    ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, area = excluded.area, state = excluded.state,
        made_at = excluded.made_at, changed_at = excluded.changed_at, follow_up_at = excluded.follow_up_at, body = excluded.body";
const PUT_OFF: &str = "UPDATE topic t SET follow_up_at = k.at FROM unnest($1::bigint[], $2::bigint[]) AS k(topic, at)
    WHERE t.id = k.topic AND t.follow_up_at IS NOT NULL";
const WRITE_COMPLAINTS: &str = "INSERT INTO topic_complaint (topic, complaint_id)
    SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING";
const WITHOUT_OTHERS: &str =
    "SELECT t.id, t.body, t.rule IS NOT NULL FROM topic_complaint b JOIN topic t ON t.id = b.topic
    WHERE b.complaint_id = $1 AND NOT EXISTS (SELECT 1 FROM topic_complaint o JOIN complaint c ON c.id = o.complaint_id
        WHERE o.topic = t.id AND c.erased_at IS NULL)";

/// Writes that new complaints are on their tickets, for topics that were given them before they came.
pub(super) fn come<'a>(complaints: &[&SealedComplaint<'_>]) -> Order<'a> {
    let numbers: Vec<i64> = complaints.iter().map(|row| row.id).collect();
    let tickets: Vec<i64> = complaints.iter().map(|row| row.ticket).collect();
    Order { sql: COME, parameters: vec![Box::new(numbers), Box::new(tickets)] }
}

/// Writes of which categories tickets are, where complaints of topics are on them.
pub(super) fn call<'a>(tickets: &[&'a SealedTicket<'_>]) -> Order<'a> {
    Order { sql: CALLED, parameters: vec![column(tickets, |row| row.key), column(tickets, |row| row.category)] }
}

/// Writes topics as they are from now on.
pub(super) fn write_topics<'a>(rows: &'a [SealedTopic<'a>]) -> impl Iterator<Item = Order<'a>> {
    turns(rows, |row| row.id).into_iter().map(|rows| Order {
        sql: WRITE,
        parameters: vec![
            column(&rows, |row| row.id),
            column(&rows, |row| row.rule),
            column(&rows, |row| row.area),
            column(&rows, |row| row.state),
            column(&rows, |row| row.made_at),
            column(&rows, |row| row.changed_at),
            column(&rows, |row| row.follow_up_at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

/// Writes when it is tried again to look at topics that cannot be read.
pub(super) fn put_off(topics: &[(TopicKey, Timestamp)]) -> impl Iterator<Item = Order<'_>> {
    turns(topics, |(topic, _)| topic.0).into_iter().map(|rows| Order {
        sql: PUT_OFF,
        parameters: vec![column(&rows, |row| row.0.0), column(&rows, |row| ms(row.1))],
    })
}

/// Writes that topics have complaints.
pub(super) fn write_topic_complaints(rows: &[TopicComplaint]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: WRITE_COMPLAINTS,
        parameters: vec![column(&rows, |row| row.topic.0), column(&rows, |row| row.complaint.0)],
    })
}

/// Takes what people typed out of the topics of an erased complaint of which no other complaint is left.
pub(super) fn erase_topics(link: &mut Link, sealer: &Sealer, complaint: i64) -> Result<(), StoreError> {
    let found = link.all(WITHOUT_OTHERS, &[&complaint], |row| {
        let topic: i64 = cell(row, 0)?;
        Ok((topic, sealer.topic_without_words(topic, cell(row, 1)?, cell(row, 2)?)?))
    })?;
    found
        .iter()
        .try_for_each(|(topic, body)| link.run("UPDATE topic SET body = $2 WHERE id = $1", &[topic, body]).map(drop))
}

fn topic_row(sealer: &Sealer, row: &Row) -> Result<TopicRow, StoreError> {
    sealer.topic(TopicCells {
        id: cell(row, 0)?,
        rule: cell(row, 1)?,
        area: cell(row, 2)?,
        state: cell(row, 3)?,
        made_at: cell(row, 4)?,
        changed_at: cell(row, 5)?,
        follow_up_at: cell(row, 6)?,
        body: cell(row, 7)?,
    })
}

impl PostgresStore {
    /// Whether what is kept of the tickets of topics is what complaints and tickets say.
    pub(super) fn examine_topics_kept(&mut self, repair: bool) -> Result<Finding, StoreError> {
        let wrong_rows = self.snapshot(|store| {
            let mut number = |sql: &str| only::<i64>(&mut store.link, sql, &[]);
            Ok(number(WRONG_TICKETS)? + number(WRONG_COUNTS)?)
        })?;
        if wrong_rows > 0 && repair {
            self.transaction(|store| store.link.batch(MADE_AGAIN))?;
        }
        Ok(kept("topics kept", ("与诉求和工单一致", "agree with complaints and tickets"), count(wrong_rows), repair))
    }
}

impl Topics for PostgresStore {
    fn last_topic(&mut self) -> Result<TopicKey, StoreError> {
        Ok(TopicKey(only(&mut self.link, "SELECT coalesce(max(id), 0) FROM topic", &[])?))
    }

    fn topic(&mut self, key: TopicKey) -> Result<Option<TopicRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        Ok(link.all(TOPIC, &[&key.0], |row| topic_row(sealer, row))?.pop())
    }

    fn topic_of_rule(&mut self, rule: &str, area: &str) -> Result<Option<TopicRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        Ok(link.all(OF_RULE, &[&rule, &area], |row| topic_row(sealer, row))?.pop())
    }

    fn topics(&mut self, state: Option<TopicState>, page: Page) -> Result<Vec<TopicRow>, StoreError> {
        let (before, most) = (page.after.unwrap_or(i64::MAX), page.limit);
        let Self { link, sealer, .. } = self;
        let read = |row: &Row| topic_row(sealer, row);
        match state {
            None => readable(link, PAGE, &[&before], most, read),
            Some(state) => readable(link, PAGE_IN_STATE, &[&before, &state.name()], most, read),
        }
    }

    fn due_topics(&mut self, now: Timestamp, most: usize) -> Result<Vec<TopicKey>, StoreError> {
        self.link.all(DUE, &[&ms(now), &limit(most)], |row| Ok(TopicKey(cell(row, 0)?)))
    }

    fn tickets_of_topic(&mut self, topic: TopicKey, most: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.link.all(TICKETS, &[&topic.0, &limit(most)], |row| Ok(TicketKey(cell(row, 0)?)))
    }

    fn count_topic(&mut self, topic: TopicKey, without: &[&str]) -> Result<u64, StoreError> {
        Ok(count(only(&mut self.link, COUNT, &[&topic.0, &without])?))
    }

    fn topics_within(&mut self, reach: &Reach, topics: &[TopicKey]) -> Result<BTreeSet<TopicKey>, StoreError> {
        let codes = self.codes(reach)?;
        let mut given = Given::behind(1);
        let lies_within = codes.bounds(&mut given).of_topic();
        let numbers: Vec<i64> = topics.iter().map(|topic| topic.0).collect();
        let sql = format!("SELECT k.number FROM unnest($1::bigint[]) AS k(number) WHERE {lies_within}");
        let found = self.link.all(&sql, &given.with(&[&numbers]), |row| Ok(TopicKey(cell(row, 0)?)))?;
        Ok(found.into_iter().collect())
    }

    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError> {
        self.link.all(OF_TICKET, &[&ticket.0], |row| Ok(TopicKey(cell(row, 0)?)))
    }

    fn rank_topics(
        &mut self,
        (from, middle, until): (Timestamp, Timestamp, Timestamp),
        without: &[&str],
        most: usize,
    ) -> Result<Vec<TopicCount>, StoreError> {
        self.link.all(RANK, &[&ms(from), &ms(middle), &ms(until), &limit(most), &without], |row| {
            let topic = TopicKey(cell(row, 0)?);
            Ok(TopicCount { topic, count: count(cell(row, 1)?), before: count(cell(row, 2)?) })
        })
    }
}

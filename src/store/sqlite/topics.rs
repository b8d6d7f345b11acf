//! Topics, and the complaints that they have.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, named_params, params};

use super::cells::{blob, list, text};
use super::ways::of_topic;
use super::{SqliteStore, limit};
use crate::examination::kept;
use crate::sealed::{SealedTopic, Sealer, TopicCells, ms};
use crate::{Finding, Page, StoreError, TopicComplaint, TopicCount, TopicRow, Topics};
use huiliu_domain::key::{TicketKey, TopicKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::TopicState;

pub(super) const TOPIC: &str =
    "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic WHERE id = ?1";
pub(super) const OF_RULE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE rule = ?1 AND area = ?2 ORDER BY id DESC LIMIT 1";
const PAGE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE id < ?1 ORDER BY id DESC";
const PAGE_IN_STATE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE state = ?2 AND id < ?1 ORDER BY id DESC";
pub(super) const DUE: &str = "SELECT id FROM topic WHERE follow_up_at <= ?1 ORDER BY follow_up_at, id LIMIT ?2";
pub(super) const TICKETS: &str = "SELECT ticket FROM topic_ticket WHERE topic = ?1 ORDER BY ticket DESC LIMIT ?2";
pub(super) const COUNT: &str = "SELECT coalesce(sum(tickets), 0) FROM topic_count
    WHERE topic = ?1 AND category NOT IN (SELECT value FROM json_each(?2))";
pub(super) const OF_TICKET: &str = "SELECT topic FROM topic_ticket WHERE ticket = ?1 ORDER BY topic";
/// What came in the time is gone along: there are as many of them as are asked for.
pub(super) const RANK: &str =
    "SELECT b.topic, count(*) FILTER (WHERE c.received_at > ?2), count(*) FILTER (WHERE c.received_at <= ?2)
    FROM complaint c INDEXED BY complaint_by_time
    CROSS JOIN topic_ticket b INDEXED BY topic_ticket_by_ticket ON b.ticket = c.ticket
    WHERE c.received_at > ?1 AND c.received_at <= ?3
        AND b.category IS NOT NULL AND b.category NOT IN (SELECT value FROM json_each(?5))
    GROUP BY b.topic ORDER BY 2 DESC, 3 DESC, b.topic LIMIT ?4";

/// A complaint that topics have before it is there, and the category of a ticket on which complaints of topics are.
const AWAITED: &str = "SELECT topic FROM topic_complaint WHERE complaint_id = ?1";
const COME: &str = "INSERT INTO topic_ticket (topic, ticket, complaints, category)
    SELECT ?1, ?2, 1, (SELECT category FROM ticket WHERE seq = ?2) WHERE true
    ON CONFLICT (topic, ticket) DO UPDATE SET complaints = complaints + 1";
const OTHERWISE: &str = "SELECT topic FROM topic_ticket WHERE ticket = ?1 AND category IS NOT ?2";
const CALLED: &str = "UPDATE topic_ticket SET category = ?3 WHERE topic = ?1 AND ticket = ?2";
/// Rows that are not what complaints and tickets say, of the tickets of topics and of how many there are.
const WRONG_TICKETS: &str = "SELECT count(*) FROM topic_ticket_now n FULL JOIN topic_ticket k USING (topic, ticket)
    WHERE (n.complaints, n.category) IS NOT (k.complaints, k.category)";
const WRONG_COUNTS: &str = "SELECT count(*) FROM (SELECT topic, category, count(*) AS tickets FROM topic_ticket
        WHERE category IS NOT NULL GROUP BY 1, 2) n
    FULL JOIN (SELECT * FROM topic_count WHERE tickets <> 0) k USING (topic, category) WHERE n.tickets IS NOT k.tickets";
/// What is counted follows what is written.
const MADE_AGAIN: &str = "DELETE FROM topic_ticket; DELETE FROM topic_count;
    INSERT INTO topic_ticket (topic, ticket, complaints, category) SELECT topic, ticket, complaints, category FROM topic_ticket_now;";

/// Writes that a new complaint is on a ticket, for topics that were given it before it came.
pub(super) fn come(connection: &Connection, complaint: i64, ticket: i64) -> Result<(), StoreError> {
    let topics = numbers(connection, AWAITED, params![complaint])?;
    topics.into_iter().try_for_each(|topic| {
        connection.prepare_cached(COME)?.execute(params![topic, ticket])?;
        Ok(())
    })
}

/// Writes of which category a ticket is, where complaints of topics are on it.
pub(super) fn call(connection: &Connection, ticket: i64, category: &str) -> Result<(), StoreError> {
    let topics = numbers(connection, OTHERWISE, params![ticket, category])?;
    topics.into_iter().try_for_each(|topic| {
        connection.prepare_cached(CALLED)?.execute(params![topic, ticket, category])?;
        Ok(())
    })
}

fn numbers(connection: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(parameters, |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Writes a topic as it is from now on.
pub(super) fn write_topic(connection: &Connection, row: &SealedTopic<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO topic (id, rule, area, state, made_at, changed_at, follow_up_at, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, area = excluded.area, state = excluded.state,
            made_at = excluded.made_at, changed_at = excluded.changed_at, follow_up_at = excluded.follow_up_at, body = excluded.body";
    let SealedTopic { id, rule, area, state, made_at, changed_at, follow_up_at, body } = row;
    let cells = params![id, rule, area, state, made_at, changed_at, follow_up_at, body];
    connection.prepare_cached(sql)?.execute(cells)?;
    Ok(())
}

/// Takes what people typed out of the topics of an erased complaint of which no other complaint is left.
pub(super) fn erase_topics(connection: &Connection, sealer: &Sealer, complaint: i64) -> Result<(), StoreError> {
    let sql = "SELECT t.id, t.body, t.rule IS NOT NULL FROM topic_complaint b JOIN topic t ON t.id = b.topic
        WHERE b.complaint_id = ?1 AND NOT EXISTS (SELECT 1 FROM topic_complaint o JOIN complaint c ON c.id = o.complaint_id
            WHERE o.topic = t.id AND c.erased_at IS NULL)";
    let mut found = Vec::new();
    {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![complaint])?;
        while let Some(row) = rows.next()? {
            let topic: i64 = row.get(0)?;
            found.push((topic, sealer.topic_without_words(topic, blob(row, 1)?, row.get(2)?)?));
        }
    }
    let mut update = connection.prepare_cached("UPDATE topic SET body = ?2 WHERE id = ?1")?;
    found.iter().try_for_each(|(topic, body)| update.execute(params![topic, body]).map(drop))?;
    Ok(())
}

/// Writes when it is tried again to look at a topic that cannot be read.
pub(super) fn put_off(connection: &Connection, topic: TopicKey, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE topic SET follow_up_at = ?2 WHERE id = ?1 AND follow_up_at IS NOT NULL";
    connection.prepare_cached(sql)?.execute(params![topic.0, ms(at)])?;
    Ok(())
}

/// Writes that a topic has a complaint.
pub(super) fn write_topic_complaint(connection: &Connection, row: TopicComplaint) -> Result<(), StoreError> {
    let sql = "INSERT INTO topic_complaint (topic, complaint_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![row.topic.0, row.complaint.0])?;
    Ok(())
}

impl SqliteStore {
    fn topic_row(&self, row: &Row<'_>) -> Result<TopicRow, StoreError> {
        self.sealer.topic(TopicCells {
            id: row.get(0)?,
            rule: row.get(1)?,
            area: row.get(2)?,
            state: text(row, 3)?,
            made_at: row.get(4)?,
            changed_at: row.get(5)?,
            follow_up_at: row.get(6)?,
            body: blob(row, 7)?,
        })
    }

    /// Whether what is kept of the tickets of topics is what complaints and tickets say.
    pub(super) fn examine_topics_kept(&mut self, repair: bool) -> Result<Finding, StoreError> {
        let number = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let wrong_rows = number(WRONG_TICKETS)? + number(WRONG_COUNTS)?;
        if wrong_rows > 0 && repair {
            let transaction = self.connection.transaction()?;
            transaction.execute_batch(MADE_AGAIN)?;
            transaction.commit()?;
        }
        Ok(kept("topics kept", ("与诉求和工单一致", "agree with complaints and tickets"), count(wrong_rows), repair))
    }

    /// Those of some topics that have a ticket in a reach, or none.
    fn topics_in(&self, reach: &Reach, topics: &[TopicKey]) -> Result<BTreeSet<TopicKey>, StoreError> {
        let numbers = list(&topics.iter().map(|topic| topic.0).collect::<Vec<_>>())?;
        let reach = self.codes(reach)?.parameter(reach)?;
        let sql = format!("SELECT k.value FROM json_each(:rows) k WHERE :reach IS NULL OR {}", of_topic());
        let parameters = named_params! { ":rows": numbers, ":reach": reach };
        Ok(self.all(&sql, parameters, |row| Ok(TopicKey(row.get(0)?)))?.into_iter().collect())
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Topics for SqliteStore {
    fn last_topic(&mut self) -> Result<TopicKey, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM topic";
        Ok(TopicKey(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
    }

    fn topic(&mut self, key: TopicKey) -> Result<Option<TopicRow>, StoreError> {
        Ok(self.all(TOPIC, params![key.0], |row| self.topic_row(row))?.pop())
    }

    fn topic_of_rule(&mut self, rule: &str, area: &str) -> Result<Option<TopicRow>, StoreError> {
        Ok(self.all(OF_RULE, params![rule, area], |row| self.topic_row(row))?.pop())
    }

    fn topics(&mut self, state: Option<TopicState>, page: Page) -> Result<Vec<TopicRow>, StoreError> {
        let (before, most) = (page.after.unwrap_or(i64::MAX), page.limit);
        match state {
            None => self.readable(PAGE, params![before], most, |row| self.topic_row(row)),
            Some(state) => self.readable(PAGE_IN_STATE, params![before, state.name()], most, |row| self.topic_row(row)),
        }
    }

    fn due_topics(&mut self, now: Timestamp, most: usize) -> Result<Vec<TopicKey>, StoreError> {
        self.all(DUE, params![ms(now), limit(most)], |row| Ok(TopicKey(row.get(0)?)))
    }

    fn tickets_of_topic(&mut self, topic: TopicKey, most: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.all(TICKETS, params![topic.0, limit(most)], |row| Ok(TicketKey(row.get(0)?)))
    }

    fn count_topic(&mut self, topic: TopicKey, without: &[&str]) -> Result<u64, StoreError> {
        let parameters = params![topic.0, list(&without)?];
        Ok(count(self.connection.prepare_cached(COUNT)?.query_row(parameters, |row| row.get(0))?))
    }

    fn topics_within(&mut self, reach: &Reach, topics: &[TopicKey]) -> Result<BTreeSet<TopicKey>, StoreError> {
        self.topics_in(reach, topics)
    }

    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError> {
        self.all(OF_TICKET, params![ticket.0], |row| Ok(TopicKey(row.get(0)?)))
    }

    fn rank_topics(
        &mut self,
        (from, middle, until): (Timestamp, Timestamp, Timestamp),
        without: &[&str],
        most: usize,
    ) -> Result<Vec<TopicCount>, StoreError> {
        let parameters = params![ms(from), ms(middle), ms(until), limit(most), list(&without)?];
        self.all(RANK, parameters, |row| {
            let topic = TopicKey(row.get(0)?);
            Ok(TopicCount { topic, count: count(row.get(1)?), before: count(row.get(2)?) })
        })
    }
}

//! Topics, and the complaints that they have.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::cells::{blob, list, text};
use super::{SqliteStore, limit};
use crate::sealed::{SealedTopic, Sealer, TopicCells, ms};
use crate::{Page, StoreError, TopicComplaint, TopicCount, TopicRow, Topics};
use huiliu_domain::key::{TicketKey, TopicKey};
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
pub(super) const TICKETS: &str =
    "SELECT DISTINCT c.ticket FROM topic_complaint b JOIN complaint c ON c.id = b.complaint_id
    WHERE b.topic = ?1 ORDER BY c.ticket DESC LIMIT ?2";
const COUNT: &str = "SELECT count(DISTINCT c.ticket) FROM topic_complaint b JOIN complaint c ON c.id = b.complaint_id
    JOIN ticket t ON t.seq = c.ticket WHERE b.topic = ?1 AND t.category NOT IN (SELECT value FROM json_each(?2))";
pub(super) const OF_TICKET: &str =
    "SELECT DISTINCT b.topic FROM complaint c JOIN topic_complaint b ON b.complaint_id = c.id
    WHERE c.ticket = ?1 ORDER BY b.topic";
const RANK: &str =
    "SELECT b.topic, count(*) FILTER (WHERE c.received_at > ?2), count(*) FILTER (WHERE c.received_at <= ?2)
    FROM (SELECT DISTINCT g.topic, m.ticket FROM topic_complaint g JOIN complaint m ON m.id = g.complaint_id) b
    JOIN ticket t ON t.seq = b.ticket JOIN complaint c ON c.ticket = b.ticket
    WHERE c.received_at > ?1 AND c.received_at <= ?3 AND t.category NOT IN (SELECT value FROM json_each(?5))
    GROUP BY b.topic ORDER BY 2 DESC, 3 DESC, b.topic LIMIT ?4";

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

//! Topics, and the tickets that they have.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::cells::{blob, text};
use super::{SqliteStore, limit};
use crate::sealed::{SealedTopic, TopicCells, ms};
use crate::{Page, StoreError, TopicCount, TopicRow, TopicTicket, Topics};
use huiliu_domain::key::{TicketKey, TopicKey};
use huiliu_domain::ticket::TopicState;

pub(super) const TOPIC: &str =
    "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic WHERE id = ?1";
pub(super) const OF_RULE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE rule = ?1 AND area = ?2 ORDER BY id DESC LIMIT 1";
const PAGE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
const PAGE_IN_STATE: &str = "SELECT id, rule, area, state, made_at, changed_at, follow_up_at, body FROM topic
    WHERE state = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2";
pub(super) const DUE: &str = "SELECT id FROM topic WHERE follow_up_at <= ?1 ORDER BY follow_up_at, id LIMIT ?2";
pub(super) const TICKETS: &str = "SELECT ticket FROM topic_ticket WHERE topic = ?1 ORDER BY ticket DESC LIMIT ?2";
pub(super) const OF_TICKET: &str = "SELECT topic FROM topic_ticket WHERE ticket = ?1 ORDER BY topic";
const RANK: &str =
    "SELECT b.topic, count(*) FILTER (WHERE c.received_at > ?2), count(*) FILTER (WHERE c.received_at <= ?2)
    FROM complaint c JOIN topic_ticket b ON b.ticket = c.ticket WHERE c.received_at > ?1 AND c.received_at <= ?3
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

/// Writes that a topic has a ticket.
pub(super) fn write_topic_ticket(connection: &Connection, row: TopicTicket) -> Result<(), StoreError> {
    let sql = "INSERT INTO topic_ticket (topic, ticket) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![row.topic.0, row.ticket.0])?;
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
        let (before, most) = (page.after.unwrap_or(i64::MAX), limit(page.limit));
        match state {
            None => self.all(PAGE, params![before, most], |row| self.topic_row(row)),
            Some(state) => self.all(PAGE_IN_STATE, params![before, most, state.name()], |row| self.topic_row(row)),
        }
    }

    fn due_topics(&mut self, now: Timestamp, most: usize) -> Result<Vec<TopicKey>, StoreError> {
        self.all(DUE, params![ms(now), limit(most)], |row| Ok(TopicKey(row.get(0)?)))
    }

    fn tickets_of_topic(&mut self, topic: TopicKey, most: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.all(TICKETS, params![topic.0, limit(most)], |row| Ok(TicketKey(row.get(0)?)))
    }

    fn count_topic(&mut self, topic: TopicKey) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM topic_ticket WHERE topic = ?1";
        Ok(count(self.connection.prepare_cached(sql)?.query_row(params![topic.0], |row| row.get(0))?))
    }

    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError> {
        self.all(OF_TICKET, params![ticket.0], |row| Ok(TopicKey(row.get(0)?)))
    }

    fn rank_topics(
        &mut self,
        (from, middle, until): (Timestamp, Timestamp, Timestamp),
        most: usize,
    ) -> Result<Vec<TopicCount>, StoreError> {
        let parameters = params![ms(from), ms(middle), ms(until), limit(most)];
        self.all(RANK, parameters, |row| {
            let topic = TopicKey(row.get(0)?);
            Ok(TopicCount { topic, count: count(row.get(1)?), before: count(row.get(2)?) })
        })
    }
}

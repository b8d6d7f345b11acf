//! How each list whose rows tell of tickets is gone along, and how the rows of tickets are looked up.

use rusqlite::params;
use rusqlite::types::Value;

use super::SqliteStore;
use super::cells::list;
use super::legs::{Leg, Order};
use super::scope::WITHIN;
use crate::{DeliveryState, Listed, StoreError, Unanswered};
use huiliu_domain::people::{Reach, Scope};
use huiliu_domain::ticket::TopicState;

/// Most rows that are looked at for one part: those of one ticket, and those of many.
const MAX_LOOKED_AT: usize = 10_000;
const MAX_OF_MANY: usize = 1_000;

/// The numbers of rows of the tickets `?1`. What else they must be is `?2` and `?3`. Tickets are gone along first: the other way round every
/// row would go along all of them.
const REPLIES: &str = "SELECT r.id FROM json_each(?1) k CROSS JOIN reply r INDEXED BY reply_by_ticket ON r.ticket = k.value AND r.state = ?2";
const DELIVERIES: &str = "SELECT r.id FROM json_each(?1) k CROSS JOIN delivery r INDEXED BY delivery_by_ticket
    ON r.ticket = k.value AND r.state = ?2";
const DELIVERIES_TO: &str = "SELECT r.id FROM json_each(?1) k CROSS JOIN delivery r INDEXED BY delivery_by_ticket
    ON r.ticket = k.value AND r.state = ?2 AND r.destination = ?3";
const CALL_BACKS: &str = "SELECT r.id FROM json_each(?1) k CROSS JOIN call_back r INDEXED BY call_back_of_ticket
    ON r.ticket = k.value AND r.state = 'due'";
const NOTICES: &str = "SELECT r.id FROM json_each(?1) k CROSS JOIN occurrence r INDEXED BY occurrence_by_subject
    ON r.kind = 'notice' AND r.subject = k.value";
const UNANSWERED: &str = "SELECT a.complaint_id FROM json_each(?1) k
    CROSS JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value CROSS JOIN answer a ON a.complaint_id = c.id
    WHERE a.state <> 'answered' AND json_array(a.state, a.channel) IN (SELECT value FROM json_each(?2))";
const ALERTS: &str =
    "SELECT a.id FROM json_each(?1) k CROSS JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value
        CROSS JOIN alert_complaint b ON b.complaint_id = c.id CROSS JOIN alert a ON a.id = b.alert WHERE a.kind = ?2
    UNION SELECT id FROM alert WHERE kind = ?2 AND ticket IN (SELECT value FROM json_each(?1))";
const TOPICS: &str =
    "SELECT g.id FROM json_each(?1) k CROSS JOIN topic_ticket b INDEXED BY topic_ticket_by_ticket ON b.ticket = k.value
        CROSS JOIN topic g ON g.id = b.topic WHERE coalesce(g.state = ?2, 1)
    UNION SELECT g.id FROM topic g WHERE coalesce(g.state = ?2, 1)
        AND NOT EXISTS (SELECT 1 FROM topic_ticket b WHERE b.topic = g.id)";
const QUARANTINE: &str =
    "SELECT q.raw_id FROM json_each(?1) k CROSS JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value
    CROSS JOIN quarantine q INDEXED BY quarantine_by_number ON q.number_mark = c.number_mark AND q.channel = c.channel
    WHERE coalesce(q.channel = ?2, 1)";
const REVIEWS: &str = "SELECT v.id FROM json_each(?1) k CROSS JOIN review v INDEXED BY review_open_of_ticket
    ON v.ticket = k.value AND v.answer IS NULL";
/// The open questions after one with a weight and a number.
pub(super) const LIGHTER: &str = "SELECT id, weight FROM review INDEXED BY review_open
    WHERE answer IS NULL AND weight <= ?1 AND (weight < ?1 OR id > ?2) ORDER BY weight DESC, id LIMIT ?3";

/// How a list is gone along and looked up.
pub(super) struct Way {
    pub legs: Vec<Leg>,
    /// By which of its numbers it goes; none: by weight.
    pub order: Option<Order>,
    /// Whether the row with the number `k.value` tells of a ticket in the reach.
    pub inside: String,
    /// How the rows of tickets are looked up; none where it has rows of no ticket.
    pub of_tickets: Option<(&'static str, Vec<Value>)>,
    pub most: usize,
}

/// Whether the one ticket of a row lies in the reach.
fn of_one(row: &str) -> String {
    format!("EXISTS (SELECT 1 FROM {row} JOIN ticket t ON t.seq = r.ticket WHERE r.id = k.value AND {WITHIN})")
}

/// Whether one of the tickets behind a row does: those of its complaints.
fn of_any(behind: &str, number: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM {behind} b JOIN complaint c ON c.id = b.complaint_id JOIN ticket t ON t.seq = c.ticket
             WHERE b.{number} = k.value AND {WITHIN})"
    )
}

/// Whether one of the tickets of a topic does, or it has none.
pub(super) fn of_topic() -> String {
    format!(
        "(NOT EXISTS (SELECT 1 FROM topic_ticket b WHERE b.topic = k.value) OR EXISTS (SELECT 1 FROM topic_ticket b
             JOIN ticket t ON t.seq = b.ticket WHERE b.topic = k.value AND {WITHIN}))"
    )
}

/// Whether both tickets of a review do.
fn of_both() -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM review r JOIN complaint c ON c.id = r.complaint_id JOIN ticket t ON t.seq IN (r.ticket, c.ticket)
             WHERE r.id = k.value AND NOT ({WITHIN}))"
    )
}

/// Whether the ticket of the complaint does that has the number of a record in quarantine, or the scope holds the record without one.
fn of_record(unplaced: bool) -> String {
    const ABOUT: &str = "quarantine q JOIN complaint c ON c.channel = q.channel AND c.number_mark = q.number_mark";
    let placed = format!(
        "EXISTS (SELECT 1 FROM {ABOUT} JOIN ticket t ON t.seq = c.ticket WHERE q.raw_id = k.value AND {WITHIN})"
    );
    if !unplaced {
        return placed;
    }
    format!(
        "({placed} OR (NOT EXISTS (SELECT 1 FROM {ABOUT} WHERE q.raw_id = k.value)
             AND (json_type(:reach, '$.channels') IS NULL OR EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = k.value
                 AND q.channel IN (SELECT value FROM json_each(:reach, '$.channels'))))))"
    )
}

fn text_or_null(code: Option<&str>) -> Value {
    code.map_or(Value::Null, |code| Value::Text(code.to_owned()))
}

/// The way along records in quarantine. Where those of no matter are seen, it has rows of no ticket.
fn quarantine(channel: Option<&str>, reach: &Reach) -> Way {
    let leg = match channel {
        None => Leg::of("raw_id", "quarantine WHERE 1", &[]),
        Some(channel) => {
            Leg::of("raw_id", "quarantine INDEXED BY quarantine_by_channel WHERE channel = ?1", &[channel])
        }
    };
    let Scope { districts, departments, categories, .. } = reach.scope();
    let unplaced = [districts, departments, categories].iter().all(|bounds| bounds.is_empty());
    let of_tickets = (QUARANTINE, vec![text_or_null(channel)]);
    Way {
        legs: vec![leg],
        order: Some(Order::Oldest),
        inside: of_record(unplaced),
        of_tickets: (!unplaced).then_some(of_tickets),
        most: MAX_LOOKED_AT,
    }
}

fn texts(codes: &[&str]) -> Vec<Value> {
    codes.iter().map(|code| Value::Text((*code).to_owned())).collect()
}

impl SqliteStore {
    /// The way of a list for who has a reach.
    pub(super) fn way(&self, listed: &Listed<'_>, reach: &Reach) -> Result<Way, StoreError> {
        let order = if listed.is_ascending() { Order::Oldest } else { Order::Newest };
        let order = Some(order).filter(|_| !matches!(listed, Listed::Reviews));
        let (legs, inside, of_tickets) = match *listed {
            Listed::Replies(state) => {
                let legs = vec![Leg::of("id", "reply INDEXED BY reply_by_state WHERE state = ?1", &[state.name()])];
                (legs, of_one("reply r"), (REPLIES, texts(&[state.name()])))
            }
            Listed::Deliveries(state, None) => {
                (self.deliveries_in(state)?, of_one("delivery r"), (DELIVERIES, texts(&[state.name()])))
            }
            Listed::Deliveries(state, Some(destination)) => {
                let legs = vec![Leg::deliveries(destination, state)];
                (legs, of_one("delivery r"), (DELIVERIES_TO, texts(&[state.name(), destination])))
            }
            Listed::Notices => {
                let legs = vec![Leg::of("id", "occurrence INDEXED BY occurrence_notices WHERE kind = 'notice'", &[])];
                let inside = format!(
                    "EXISTS (SELECT 1 FROM occurrence r JOIN ticket t ON t.seq = r.subject WHERE r.id = k.value AND {WITHIN})"
                );
                (legs, inside, (NOTICES, Vec::new()))
            }
            Listed::CallBacks => {
                let legs = vec![Leg::of("id", "call_back INDEXED BY call_back_waiting WHERE state = 'due'", &[])];
                (legs, of_one("call_back r"), (CALL_BACKS, Vec::new()))
            }
            Listed::Unanswered(reason, sending) => {
                let groups = self.unanswered_groups(reason, &|channel| sending.iter().any(|known| known == channel))?;
                let inside = format!(
                    "EXISTS (SELECT 1 FROM complaint c JOIN ticket t ON t.seq = c.ticket WHERE c.id = k.value AND {WITHIN})"
                );
                let wanted: Vec<String> =
                    groups.iter().map(|(state, channel, _)| list(&[state, channel])).collect::<Result<_, _>>()?;
                (groups.iter().map(Leg::unanswered).collect(), inside, (UNANSWERED, vec![Value::Text(list(&wanted)?)]))
            }
            Listed::Alerts(kind) => {
                let legs = vec![Leg::of("id", "alert INDEXED BY alert_by_kind WHERE kind = ?1", &[kind.name()])];
                let inside = format!("({} OR {})", of_one("alert r"), of_any("alert_complaint", "alert"));
                (legs, inside, (ALERTS, texts(&[kind.name()])))
            }
            Listed::Topics(state) => {
                let legs = match state {
                    None => Leg::of("id", "topic WHERE 1", &[]),
                    Some(state) => Leg::of("id", "topic INDEXED BY topic_by_state WHERE state = ?1", &[state.name()]),
                };
                (vec![legs], of_topic(), (TOPICS, vec![text_or_null(state.map(TopicState::name))]))
            }
            Listed::Quarantine(channel) => return Ok(quarantine(channel, reach)),
            Listed::Reviews => {
                let legs = vec![Leg::of("id", "review INDEXED BY review_open WHERE answer IS NULL", &[])];
                (legs, of_both(), (REVIEWS, Vec::new()))
            }
        };
        let of_tickets = Some(of_tickets);
        let has_many = matches!(listed, Listed::Alerts(_) | Listed::Topics(_));
        Ok(Way { legs, order, inside, of_tickets, most: if has_many { MAX_OF_MANY } else { MAX_LOOKED_AT } })
    }

    /// The deliveries in a state, destination by destination.
    pub(super) fn deliveries_in(&self, state: DeliveryState) -> Result<Vec<Leg>, StoreError> {
        // Each destination is found by the one before.
        let sql = "WITH RECURSIVE d(name) AS (
                SELECT min(destination) FROM delivery
                UNION ALL SELECT (SELECT min(n.destination) FROM delivery n WHERE n.destination > d.name) FROM d
                WHERE d.name IS NOT NULL)
            SELECT name FROM d WHERE name IS NOT NULL";
        self.all(sql, params![], |row| Ok(Leg::deliveries(&row.get::<_, String>(0)?, state)))
    }

    /// The outcomes for which complaints behind finished tickets are not answered, with their channel and how many there are: for one
    /// reason or for any.
    pub(super) fn unanswered_groups(
        &self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<(String, String, Unanswered)>, StoreError> {
        let groups = self.answer_groups(sends)?.into_iter();
        let wanted = |outcome: Option<Unanswered>| outcome.filter(|known| reason.is_none_or(|reason| reason == *known));
        Ok(groups.filter_map(|(state, channel, outcome, _)| Some((state, channel, wanted(outcome)?))).collect())
    }
}

impl Leg {
    /// Deliveries to a destination in a state.
    pub(super) fn deliveries(destination: &str, state: DeliveryState) -> Self {
        let from = "delivery INDEXED BY delivery_by_state WHERE destination = ?1 AND state = ?2";
        Self::of("id", from, &[destination, state.name()])
    }

    /// Complaints that were not answered, by the name of the reason and their channel.
    pub(super) fn unanswered((state, channel, _): &(String, String, Unanswered)) -> Self {
        let from = "answer INDEXED BY answer_missing WHERE state <> 'answered' AND state = ?1 AND channel = ?2";
        Self::of("complaint_id", from, &[state, channel])
    }
}

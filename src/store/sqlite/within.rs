//! Lists whose rows tell of tickets, as far as these lie in a reach. Where few tickets do, their rows are looked up; else the list is gone
//! along, and the tickets of each row are looked at: so that it costs what it gives.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{named_params, params, params_from_iter};

use super::SqliteStore;
use super::cells::list;
use super::legs::{Leg, Order, Stream, TOGETHER};
use super::scope::WITHIN;
use crate::{DeliveryState, Listed, Numbers, Page, StoreError, TicketFilter, Unanswered};
use huiliu_domain::people::Reach;

/// Up to which the rows of a list are counted.
const MAX_COUNTED: usize = 20_000;
/// Most rows that are looked at for one part: those of one ticket, and those of many.
const MAX_LOOKED_AT: usize = 10_000;
const MAX_OF_MANY: usize = 1_000;

/// The numbers of rows of the tickets `?1`. What else they must be is `?2` and `?3`.
const REPLIES: &str =
    "SELECT r.id FROM json_each(?1) k JOIN reply r INDEXED BY reply_by_ticket ON r.ticket = k.value AND r.state = ?2";
const DELIVERIES: &str = "SELECT r.id FROM json_each(?1) k JOIN delivery r INDEXED BY delivery_by_ticket
    ON r.ticket = k.value AND r.state = ?2";
const DELIVERIES_TO: &str = "SELECT r.id FROM json_each(?1) k JOIN delivery r INDEXED BY delivery_by_ticket
    ON r.ticket = k.value AND r.state = ?2 AND r.destination = ?3";
const CALL_BACKS: &str = "SELECT r.id FROM json_each(?1) k JOIN call_back r INDEXED BY call_back_of_ticket
    ON r.ticket = k.value AND r.state = 'due'";
const UNANSWERED: &str = "SELECT a.complaint_id FROM json_each(?1) k
    JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value JOIN answer a ON a.complaint_id = c.id
    WHERE a.state <> 'answered' AND json_array(a.state, a.channel) IN (SELECT value FROM json_each(?2))";
const ALERTS: &str =
    "SELECT a.id FROM json_each(?1) k JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value
        JOIN alert_complaint b ON b.complaint_id = c.id JOIN alert a ON a.id = b.alert WHERE a.kind = ?2
    UNION SELECT id FROM alert WHERE kind = ?2 AND ticket IN (SELECT value FROM json_each(?1))";
const TOPICS: &str =
    "SELECT g.id FROM json_each(?1) k JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value
        JOIN topic_complaint b ON b.complaint_id = c.id JOIN topic g ON g.id = b.topic WHERE coalesce(g.state = ?2, 1)
    UNION SELECT g.id FROM topic g WHERE coalesce(g.state = ?2, 1)
        AND NOT EXISTS (SELECT 1 FROM topic_complaint b JOIN complaint c ON c.id = b.complaint_id WHERE b.topic = g.id)";

/// How a list is gone along and looked up.
struct Way {
    legs: Vec<Leg>,
    order: Order,
    /// Whether the row with the number `k.value` tells of a ticket in the reach.
    inside: String,
    of_tickets: (&'static str, Vec<Value>),
    most: usize,
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

fn texts(codes: &[&str]) -> Vec<Value> {
    codes.iter().map(|code| Value::Text((*code).to_owned())).collect()
}

impl SqliteStore {
    /// Numbers of a list's rows, as the contract says.
    pub(super) fn numbers(&self, listed: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        // What narrows a list and what is looked at are read as of one moment.
        let _snapshot = self.connection.unchecked_transaction()?;
        let Way { legs, order, inside, of_tickets, most } = self.way(listed)?;
        let after = page.after.unwrap_or_else(|| order.beginning());
        let filter = TicketFilter { reach: Arc::new(reach.clone()), ..TicketFilter::default() };
        let rows = self.length(&legs, MAX_COUNTED, MAX_COUNTED)?;
        let few = if reach.is_whole() { None } else { self.narrow(&filter)? };
        let looked_up = few.filter(|tickets| tickets.len() < rows);
        let mut rows = match looked_up {
            None => Rows::Along(Stream::new(self, legs, order, after)?),
            Some(tickets) => Rows::LookedUp(self.looked_up(&list(&tickets)?, of_tickets, order, after)?.into_iter()),
        };
        let reach = self.codes(reach)?.parameter(reach)?;
        let sql = format!("SELECT k.value FROM json_each(:rows) k WHERE :reach IS NULL OR {inside} ORDER BY k.key");
        let (mut found, mut looked_at, mut at_once) = (Numbers::default(), 0, page.limit.saturating_add(1));
        loop {
            let looked = rows.take(at_once.min(TOGETHER))?;
            let Some(last) = looked.last().copied() else { return Ok(found) };
            looked_at += looked.len();
            let parameters = named_params! { ":rows": list(&looked)?, ":reach": reach };
            found.numbers.extend(self.all(&sql, parameters, |row| Ok(row.get::<_, i64>(0)?))?);
            if found.numbers.len() > page.limit {
                found.numbers.truncate(page.limit);
                found.next = found.numbers.last().copied();
                return Ok(found);
            }
            if looked_at >= most {
                found.next = Some(last);
                return Ok(found);
            }
            at_once = TOGETHER;
        }
    }

    fn way(&self, listed: &Listed<'_>) -> Result<Way, StoreError> {
        let order = if listed.is_ascending() { Order::Oldest } else { Order::Newest };
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
                let without = "NOT EXISTS (SELECT 1 FROM topic_complaint b JOIN complaint c ON c.id = b.complaint_id
                    WHERE b.topic = k.value)";
                let inside = format!("({without} OR {})", of_any("topic_complaint", "topic"));
                let state = state.map_or(Value::Null, |state| Value::Text(state.name().to_owned()));
                (vec![legs], inside, (TOPICS, vec![state]))
            }
        };
        let has_many = matches!(listed, Listed::Alerts(_) | Listed::Topics(_));
        Ok(Way { legs, order, inside, of_tickets, most: if has_many { MAX_OF_MANY } else { MAX_LOOKED_AT } })
    }

    /// The rows of some tickets that come after a number, in the order of a list.
    fn looked_up(
        &self,
        tickets: &str,
        (sql, codes): (&str, Vec<Value>),
        order: Order,
        after: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let given = [Value::Text(tickets.to_owned())].into_iter().chain(codes);
        let mut numbers = self.all(sql, params_from_iter(given), |row| Ok(row.get::<_, i64>(0)?))?;
        numbers.retain(|number| order.rank(*number) < order.rank(after));
        numbers.sort_unstable_by_key(|number| std::cmp::Reverse(order.rank(*number)));
        numbers.dedup();
        Ok(numbers)
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

/// Where the numbers come from.
enum Rows<'s> {
    Along(Stream<'s>),
    LookedUp(std::vec::IntoIter<i64>),
}

impl Rows<'_> {
    fn take(&mut self, most: usize) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Along(stream) => stream.take(most),
            Self::LookedUp(numbers) => Ok(numbers.by_ref().take(most).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use huiliu_domain::ticket::{AlertKind, TopicState};

    use super::*;
    use crate::{KeyRing, ReplyState, Vault};

    fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
        let filled = (1..=5).rev().fold(sql.to_owned(), |sql, number| sql.replace(&format!("?{number}"), "'[]'"));
        let filled = [":rows", ":reach"].iter().fold(filled, |sql, name| sql.replace(name, "'{}'"));
        let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {filled}")).unwrap();
        let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<_, _>>().unwrap()
    }

    /// A part of a list must not read a table from end to end, nor sort more than it takes.
    #[test]
    fn lists_go_along_their_indexes() {
        let store = SqliteStore::in_memory(Vault::new(&KeyRing::generate().unwrap()).unwrap()).unwrap();
        let told = "INSERT INTO answer_count VALUES ('dead', 'c', 1), ('waiting', 'd', 1);
            INSERT INTO delivery (destination, ticket, ticket_id, version, message_id, kind, at, state, attempts, next_at, body)
                VALUES ('county', 1, 'T', 1, 'm', 'k', 0, 'sent', 0, 0, x'00')";
        store.connection.execute_batch(told).unwrap();
        for listed in [
            Listed::Replies(ReplyState::Sent),
            Listed::Deliveries(DeliveryState::Sent, None),
            Listed::Deliveries(DeliveryState::Dead, Some("county")),
            Listed::CallBacks,
            Listed::Unanswered(None, &[]),
            Listed::Unanswered(Some(Unanswered::Dead), &[]),
            Listed::Alerts(AlertKind::Surge),
            Listed::Topics(None),
            Listed::Topics(Some(TopicState::Open)),
        ] {
            let Way { legs, inside, of_tickets, .. } = store.way(&listed).unwrap();
            assert!(!legs.is_empty(), "{listed:?}");
            // Of topics there are few: those without tickets are looked for among all of them.
            let may_scan = |step: &str| step.contains("VIRTUAL TABLE") || step.starts_with("SCAN g");
            for sql in [of_tickets.0.to_owned(), format!("SELECT k.value FROM json_each(:rows) k WHERE {inside}")] {
                let steps = plan(&store, &sql);
                let scans = steps.iter().filter(|step| step.starts_with("SCAN") && !may_scan(step));
                assert_eq!(scans.count(), 0, "{listed:?}: {sql}\n{}", steps.join("\n"));
            }
            for Leg { key, from, .. } in &legs {
                let steps = plan(
                    &store,
                    &format!("SELECT DISTINCT {key} FROM {from} AND {key} < 9 ORDER BY {key} DESC LIMIT 9"),
                );
                let is_bounded = steps.iter().all(|step| step.starts_with("SEARCH"));
                assert!(is_bounded, "{listed:?}: {from}\n{}", steps.join("\n"));
            }
        }
    }
}

//! How each list whose rows tell of tickets is gone along, and how the rows of tickets are looked up.

use tokio_postgres::types::ToSql;

use super::PostgresStore;
use super::cells::cell;
use super::legs::{Leg, Order};
use super::scope::Bounds;
use crate::{DeliveryState, Listed, StoreError, Unanswered};
use huiliu_domain::people::{Reach, Scope};
use huiliu_domain::ticket::TopicState;

/// Most rows that are looked at for one part: those of one ticket, and those of many.
const MAX_LOOKED_AT: usize = 10_000;
const MAX_OF_MANY: usize = 1_000;

/// The numbers of rows of the tickets `$1`. What else they must be is `$2` and `$3`.
const REPLIES: &str =
    "SELECT r.id FROM unnest($1::bigint[]) AS k(ticket) JOIN reply r ON r.ticket = k.ticket AND r.state = $2";
const DELIVERIES: &str =
    "SELECT r.id FROM unnest($1::bigint[]) AS k(ticket) JOIN delivery r ON r.ticket = k.ticket AND r.state = $2";
const DELIVERIES_TO: &str = "SELECT r.id FROM unnest($1::bigint[]) AS k(ticket)
    JOIN delivery r ON r.ticket = k.ticket AND r.state = $2 AND r.destination = $3";
const CALL_BACKS: &str =
    "SELECT r.id FROM unnest($1::bigint[]) AS k(ticket) JOIN call_back r ON r.ticket = k.ticket AND r.state = 'due'";
const NOTICES: &str = "SELECT r.id FROM unnest($1::bigint[]) AS k(ticket)
    JOIN occurrence r ON r.kind = 'notice' AND r.subject = k.ticket";
const UNANSWERED: &str = "SELECT a.complaint_id FROM unnest($1::bigint[]) AS k(ticket)
        JOIN complaint c ON c.ticket = k.ticket JOIN answer a ON a.complaint_id = c.id
    WHERE a.state <> 'answered' AND (a.state, a.channel) IN (SELECT w.state, w.channel FROM unnest($2::text[], $3::text[]) AS w(state, channel))";
const ALERTS: &str = "SELECT a.id FROM unnest($1::bigint[]) AS k(ticket) JOIN complaint c ON c.ticket = k.ticket
        JOIN alert_complaint b ON b.complaint_id = c.id JOIN alert a ON a.id = b.alert WHERE a.kind = $2
    UNION SELECT id FROM alert WHERE kind = $2 AND ticket = ANY($1)";
const TOPICS: &str = "SELECT g.id FROM unnest($1::bigint[]) AS k(ticket) JOIN topic_ticket b ON b.ticket = k.ticket
        JOIN topic g ON g.id = b.topic WHERE ($2::text IS NULL OR g.state = $2)
    UNION SELECT g.id FROM topic g WHERE ($2::text IS NULL OR g.state = $2)
        AND NOT EXISTS (SELECT 1 FROM topic_ticket b WHERE b.topic = g.id)";
const QUARANTINE: &str =
    "SELECT q.raw_id FROM unnest($1::bigint[]) AS k(ticket) JOIN complaint c ON c.ticket = k.ticket
        JOIN quarantine q ON q.number_mark = c.number_mark AND q.channel = c.channel
    WHERE ($2::text IS NULL OR q.channel = $2)";
const REVIEWS: &str =
    "SELECT v.id FROM unnest($1::bigint[]) AS k(ticket) JOIN review v ON v.ticket = k.ticket AND v.answer IS NULL";
/// The open questions after one with a weight and a number.
pub(super) const LIGHTER: &str = "SELECT id, weight FROM review
    WHERE answer IS NULL AND weight <= $1 AND (weight < $1 OR id > $2) ORDER BY weight DESC, id LIMIT $3";

/// Codes of a statement that looks up the rows of tickets, behind those.
type Codes = Vec<Box<dyn ToSql + Sync>>;

/// How a list is gone along and looked up.
pub(super) struct Way {
    pub legs: Vec<Leg>,
    /// By which of its numbers it goes; none: by weight.
    pub order: Option<Order>,
    /// Whether the row with the number `k.number` tells of a ticket in the reach.
    pub inside: String,
    /// How the rows of tickets are looked up; none where it has rows of no ticket.
    pub of_tickets: Option<(&'static str, Codes)>,
    pub most: usize,
}

impl Bounds {
    /// Whether the one ticket of a row lies in the reach.
    fn of_one(&self, row: &str) -> String {
        let within = &self.within;
        format!("EXISTS (SELECT 1 FROM {row} r JOIN ticket t ON t.seq = r.ticket WHERE r.id = k.number AND {within})")
    }

    /// Whether the ticket of a notice does.
    fn of_notice(&self) -> String {
        let within = &self.within;
        format!(
            "EXISTS (SELECT 1 FROM occurrence r JOIN ticket t ON t.seq = r.subject WHERE r.id = k.number AND {within})"
        )
    }

    /// Whether the ticket of a complaint does.
    fn of_complaint(&self) -> String {
        let within = &self.within;
        format!(
            "EXISTS (SELECT 1 FROM complaint c JOIN ticket t ON t.seq = c.ticket WHERE c.id = k.number AND {within})"
        )
    }

    /// Whether the ticket of an alert does, or one of those of the complaints behind it.
    fn of_alert(&self) -> String {
        let within = &self.within;
        format!(
            "({} OR EXISTS (SELECT 1 FROM alert_complaint b JOIN complaint c ON c.id = b.complaint_id
                 JOIN ticket t ON t.seq = c.ticket WHERE b.alert = k.number AND {within}))",
            self.of_one("alert")
        )
    }

    /// Whether one of the tickets of a topic does, or it has none.
    pub(super) fn of_topic(&self) -> String {
        let within = &self.within;
        format!(
            "(NOT EXISTS (SELECT 1 FROM topic_ticket b WHERE b.topic = k.number) OR EXISTS (SELECT 1 FROM topic_ticket b
                 JOIN ticket t ON t.seq = b.ticket WHERE b.topic = k.number AND {within}))"
        )
    }

    /// Whether both tickets of a review do.
    fn of_both(&self) -> String {
        let within = &self.within;
        format!(
            "NOT EXISTS (SELECT 1 FROM review r JOIN complaint c ON c.id = r.complaint_id
                 JOIN ticket t ON t.seq IN (r.ticket, c.ticket) WHERE r.id = k.number AND NOT {within})"
        )
    }

    /// Whether the ticket of the complaint does that has the number of a record in quarantine, or the scope holds the record without one.
    fn of_record(&self, unplaced: bool) -> String {
        const ABOUT: &str = "quarantine q JOIN complaint c ON c.channel = q.channel AND c.number_mark = q.number_mark";
        let within = &self.within;
        let placed = format!(
            "EXISTS (SELECT 1 FROM {ABOUT} JOIN ticket t ON t.seq = c.ticket WHERE q.raw_id = k.number AND {within})"
        );
        if !unplaced {
            return placed;
        }
        let held = self.channels.as_ref().map_or_else(String::new, |ids| {
            format!(" AND EXISTS (SELECT 1 FROM quarantine q WHERE q.raw_id = k.number AND q.channel = ANY({ids}))")
        });
        format!("({placed} OR (NOT EXISTS (SELECT 1 FROM {ABOUT} WHERE q.raw_id = k.number){held}))")
    }

    /// The way along records in quarantine. Where those of no matter are seen, it has rows of no ticket.
    fn quarantine(&self, channel: Option<&str>, reach: &Reach) -> Way {
        let leg = match channel {
            None => Leg::of("raw_id", "quarantine WHERE TRUE", &[]),
            Some(channel) => Leg::of("raw_id", "quarantine WHERE channel = $1", &[channel]),
        };
        let Scope { districts, departments, categories, .. } = reach.scope();
        let unplaced = [districts, departments, categories].iter().all(|bounds| bounds.is_empty());
        let of_tickets = (QUARANTINE, vec![code(channel)]);
        Way {
            legs: vec![leg],
            order: Some(Order::Oldest),
            inside: self.of_record(unplaced),
            of_tickets: (!unplaced).then_some(of_tickets),
            most: MAX_LOOKED_AT,
        }
    }
}

/// A code, or that there is none, as a parameter.
fn code(code: Option<&str>) -> Box<dyn ToSql + Sync> {
    Box::new(code.map(str::to_owned))
}

fn codes(codes: &[&str]) -> Codes {
    codes.iter().map(|known| code(Some(known))).collect()
}

impl PostgresStore {
    /// The way of a list for who has a reach.
    pub(super) fn way(&mut self, listed: &Listed<'_>, reach: &Reach, bounds: &Bounds) -> Result<Way, StoreError> {
        let order = if listed.is_ascending() { Order::Oldest } else { Order::Newest };
        let order = Some(order).filter(|_| !matches!(listed, Listed::Reviews));
        let (legs, inside, of_tickets) = match *listed {
            Listed::Replies(state) => {
                let legs = vec![Leg::of("id", "reply WHERE state = $1", &[state.name()])];
                (legs, bounds.of_one("reply"), (REPLIES, codes(&[state.name()])))
            }
            Listed::Deliveries(state, None) => {
                (self.deliveries_in(state)?, bounds.of_one("delivery"), (DELIVERIES, codes(&[state.name()])))
            }
            Listed::Deliveries(state, Some(destination)) => {
                let legs = vec![Leg::deliveries(destination, state)];
                (legs, bounds.of_one("delivery"), (DELIVERIES_TO, codes(&[state.name(), destination])))
            }
            Listed::Notices => {
                let legs = vec![Leg::of("id", "occurrence WHERE kind = 'notice'", &[])];
                (legs, bounds.of_notice(), (NOTICES, Codes::new()))
            }
            Listed::CallBacks => {
                let legs = vec![Leg::of("id", "call_back WHERE state = 'due'", &[])];
                (legs, bounds.of_one("call_back"), (CALL_BACKS, Codes::new()))
            }
            Listed::Unanswered(reason, sending) => {
                let groups = self.unanswered_groups(reason, &|channel| sending.iter().any(|known| known == channel))?;
                let states: Vec<String> = groups.iter().map(|(state, ..)| state.clone()).collect();
                let channels: Vec<String> = groups.iter().map(|(_, channel, _)| channel.clone()).collect();
                let legs = groups.iter().map(Leg::unanswered).collect();
                let wanted: Codes = vec![Box::new(states), Box::new(channels)];
                (legs, bounds.of_complaint(), (UNANSWERED, wanted))
            }
            Listed::Alerts(kind) => {
                let legs = vec![Leg::of("id", "alert WHERE kind = $1", &[kind.name()])];
                (legs, bounds.of_alert(), (ALERTS, codes(&[kind.name()])))
            }
            Listed::Topics(state) => {
                let leg = match state {
                    None => Leg::of("id", "topic WHERE TRUE", &[]),
                    Some(state) => Leg::of("id", "topic WHERE state = $1", &[state.name()]),
                };
                (vec![leg], bounds.of_topic(), (TOPICS, vec![code(state.map(TopicState::name))]))
            }
            Listed::Quarantine(channel) => return Ok(bounds.quarantine(channel, reach)),
            Listed::Reviews => {
                let legs = vec![Leg::of("id", "review WHERE answer IS NULL", &[])];
                (legs, bounds.of_both(), (REVIEWS, Codes::new()))
            }
        };
        let of_tickets = Some(of_tickets);
        let has_many = matches!(listed, Listed::Alerts(_) | Listed::Topics(_));
        Ok(Way { legs, order, inside, of_tickets, most: if has_many { MAX_OF_MANY } else { MAX_LOOKED_AT } })
    }

    /// The deliveries in a state, destination by destination.
    pub(super) fn deliveries_in(&mut self, state: DeliveryState) -> Result<Vec<Leg>, StoreError> {
        // Each destination is found by the one before.
        let sql = "WITH RECURSIVE d(name) AS (
                SELECT min(destination) FROM delivery
                UNION ALL SELECT (SELECT min(n.destination) FROM delivery n WHERE n.destination > d.name) FROM d
                WHERE d.name IS NOT NULL)
            SELECT name FROM d WHERE name IS NOT NULL";
        self.link.all(sql, &[], |row| Ok(Leg::deliveries(cell(row, 0)?, state)))
    }

    /// The outcomes for which complaints behind finished tickets are not answered, with their channel and how many there are: for one
    /// reason or for any.
    pub(super) fn unanswered_groups(
        &mut self,
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
        Self::of("id", "delivery WHERE destination = $1 AND state = $2", &[destination, state.name()])
    }

    /// Complaints that were not answered, by the name of the reason and their channel.
    pub(super) fn unanswered((state, channel, _): &(String, String, Unanswered)) -> Self {
        let from = "answer WHERE state <> 'answered' AND state = $1 AND channel = $2";
        Self::of("complaint_id", from, &[state, channel])
    }
}

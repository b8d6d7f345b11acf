//! What follows from an attempt to deliver: a pure decision.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::destinations::{Failure, Order, Outcome, Retry};
use crate::key::DeliveryKey;
use crate::store::{DeliveryResult, DeliveryState, PendingDelivery};

/// Attempts before an event that is answered, but never taken, can be given up.
const MIN_ATTEMPTS: u32 = 10;
/// What is kept in place of an answer where nobody was asked.
const NOTHING_SENT: &str = "nothing was sent";
/// Failures in a row, of different events, from which a destination counts as away.
const AWAY_AFTER: u32 = 5;

/// How a destination has answered lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Standing {
    order: Order,
    /// Failures since the last success. One event that fails again and again says nothing of others, and counts once.
    failures: u32,
    /// The events whose failures were counted, until the destination counts as away.
    counted: BTreeSet<DeliveryKey>,
    /// It asked to be left alone until then, or is probed again then.
    pub quiet_until: Option<Timestamp>,
}

impl Standing {
    /// Nothing is known of it yet.
    pub(super) fn of(order: Order) -> Self {
        Self { order, ..Self::default() }
    }

    /// Whether it counts as away: it is probed with one event at a time, and nothing is given up for want of an answer.
    pub(super) fn is_away(&self) -> bool {
        self.failures >= AWAY_AFTER
    }

    /// Notes how an attempt with an event ended that came back at `now`. `jitter` is a share, 0 to 511 of 1,024, by which waits are
    /// shortened.
    pub(super) fn note(
        &mut self,
        event: DeliveryKey,
        outcome: &Outcome,
        retry: &Retry,
        (now, jitter): (Timestamp, u32),
    ) {
        let failure = match outcome {
            Outcome::Failed(failure) => failure,
            // Nobody was asked.
            Outcome::Waits { .. } => return,
            Outcome::Taken { .. } => {
                *self = Self::of(self.order);
                return;
            }
        };
        if failure.is_end {
            // It is there, and said what it thinks of this event.
            return;
        }
        if self.is_away() || self.counts(event, failure) {
            self.failures = self.failures.saturating_add(1);
        }
        let asked = failure.retry_after;
        let probing = self.is_away().then(|| shortened(retry.wait(self.failures - AWAY_AFTER), jitter));
        if let Some(wait) = asked.max(probing) {
            self.quiet_until = self.quiet_until.max(Some(later(now, wait)));
        }
    }

    /// Whether a failure is to be counted. In one order no other event is tried: there each one counts that nobody answered.
    fn counts(&mut self, event: DeliveryKey, failure: &Failure) -> bool {
        let is_silent = failure.answer.is_none() && self.order == Order::Destination;
        self.counted.insert(event) || is_silent
    }
}

/// What becomes of a delivery.
pub(super) fn result(
    delivery: &PendingDelivery,
    outcome: Outcome,
    retry: &Retry,
    (is_away, now, jitter): (bool, Timestamp, u32),
) -> DeliveryResult {
    match outcome {
        Outcome::Taken { answer, number: _ } => {
            DeliveryResult { state: DeliveryState::Sent, error: None, proof: Some(answer), next_at: None }
        }
        // What has to be known first may never be: it is given up like what is answered and not taken.
        Outcome::Waits { reason } => {
            let failure = Failure { reason, answer: Some(NOTHING_SENT.to_owned()), is_end: false, retry_after: None };
            result(delivery, Outcome::Failed(failure), retry, (false, now, jitter))
        }
        Outcome::Failed(Failure { reason, answer, is_end, retry_after }) => {
            let attempts = delivery.attempts.saturating_add(1);
            let is_old = now.duration_since(delivery.at) >= retry.give_up_after();
            let given_up = is_end || (answer.is_some() && is_old && attempts >= MIN_ATTEMPTS && !is_away);
            let error = Some(match given_up && !is_end {
                true => format!("given up after {attempts} attempts: {reason}"),
                false => reason,
            });
            if given_up {
                return DeliveryResult { state: DeliveryState::Dead, error, proof: answer, next_at: None };
            }
            let wait = shortened(retry.wait(delivery.attempts), jitter).max(retry_after.unwrap_or_default());
            let next_at = Some(later(now, wait));
            DeliveryResult { state: DeliveryState::Pending, error, proof: answer, next_at }
        }
    }
}

/// A wait shortened by a share of 1,024, so that many do not come back at once.
pub(super) fn shortened(wait: Duration, jitter: u32) -> Duration {
    wait - wait * jitter.min(511) / 1_024
}

/// So much later.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(24));
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{DeliveryKey, TicketKey};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn delivery(attempts: u32) -> PendingDelivery {
        PendingDelivery {
            id: DeliveryKey(1),
            ticket: TicketKey(1),
            ticket_id: "T1".to_owned(),
            version: 1,
            message_id: "T1.1.province".to_owned(),
            kind: String::new(),
            at: at(0),
            attempts,
            is_repeated: false,
            body: Vec::new(),
        }
    }

    fn failed(answer: Option<&str>, is_end: bool, retry_after: Option<u64>) -> Outcome {
        let (reason, answer) = ("no".to_owned(), answer.map(str::to_owned));
        Outcome::Failed(Failure { reason, answer, is_end, retry_after: retry_after.map(Duration::from_secs) })
    }

    fn of(attempts: u32, outcome: Outcome, is_away: bool, now: i64) -> (DeliveryState, Option<i64>) {
        let result = result(&delivery(attempts), outcome, &Retry::default(), (is_away, at(now), 0));
        (result.state, result.next_at.map(Timestamp::as_second))
    }

    #[test]
    fn a_failure_is_tried_again_later_and_later() {
        let here = false;
        assert_eq!(of(0, Outcome::taken(String::new()), here, 100), (DeliveryState::Sent, None));
        assert_eq!(of(0, failed(None, false, None), here, 100), (DeliveryState::Pending, Some(105)));
        assert_eq!(of(3, failed(Some("500"), false, None), here, 100), (DeliveryState::Pending, Some(140)));
        assert_eq!(of(0, failed(Some("429"), false, Some(60)), here, 100), (DeliveryState::Pending, Some(160)));
        assert_eq!(shortened(Duration::from_secs(1_024), 511).as_secs(), 513, "never by more than a half");
    }

    #[test]
    fn only_what_was_answered_is_given_up_and_not_while_the_destination_is_away() {
        let (here, away) = (false, true);
        let old = 72 * 3_600;
        let is_dead = |attempts, outcome, is_away, now| of(attempts, outcome, is_away, now).0 == DeliveryState::Dead;
        assert!(is_dead(0, failed(Some("410"), true, None), away, 1), "it said so");
        assert!(is_dead(9, failed(Some("422"), false, None), here, old));
        assert!(!is_dead(9, failed(Some("422"), false, None), here, old - 1), "not before its time");
        assert!(!is_dead(8, failed(Some("422"), false, None), here, old), "not after an outage that it waited out");
        assert!(!is_dead(9, failed(Some("503"), false, None), away, old));
        assert!(!is_dead(9_999, failed(None, false, None), here, 99 * old), "nobody said no");
    }

    /// A destination to which events in their order were sent and failed.
    fn failing(order: Order, events: &[i64], answer: Option<&str>) -> Standing {
        let mut standing = Standing::of(order);
        for event in events {
            standing.note(DeliveryKey(*event), &failed(answer, false, None), &Retry::default(), (at(100), 0));
        }
        standing
    }

    #[test]
    fn a_destination_that_fails_again_and_again_is_probed_less_and_less_often() {
        let retry = Retry::default();
        let standing = failing(Order::Ticket, &[1, 2, 3, 4], None);
        assert_eq!((standing.is_away(), standing.quiet_until), (false, None), "single events may fail");
        let standing = failing(Order::Ticket, &[1, 2, 3, 4, 5], None);
        assert_eq!((standing.is_away(), standing.quiet_until), (true, Some(at(105))));
        let mut standing = failing(Order::Ticket, &[1, 2, 3, 4, 5, 1], None);
        assert_eq!(standing.quiet_until, Some(at(110)), "each probe counts");
        let mut note = |outcome: &Outcome| {
            standing.note(DeliveryKey(9), outcome, &retry, (at(100), 0));
            standing.clone()
        };
        assert!(
            note(&failed(Some("410"), true, None)).is_away(),
            "a judgement on one event is no failure, and no success"
        );
        assert_eq!(note(&Outcome::taken(String::new())), Standing::of(Order::Ticket));
        let quiet = note(&failed(Some("503"), false, Some(30)));
        assert_eq!((quiet.is_away(), quiet.quiet_until), (false, Some(at(130))), "it asked for quiet");
    }

    #[test]
    fn one_event_that_fails_again_and_again_says_nothing_of_its_destination() {
        for answer in [None, Some("422")] {
            assert!(!failing(Order::Ticket, &[1; 99], answer).is_away(), "{answer:?}");
            assert!(!failing(Order::Ticket, &[1, 2, 1, 2, 1, 2, 1], answer).is_away(), "{answer:?}");
            assert!(failing(Order::Ticket, &[1, 1, 2, 3, 4, 4, 5], answer).is_away(), "{answer:?}");
        }
        // In one order nothing else is tried: what is not answered at all is no judgement of the event.
        assert!(!failing(Order::Destination, &[1; 99], Some("422")).is_away());
        assert!(failing(Order::Destination, &[1; 5], None).is_away());
    }
}

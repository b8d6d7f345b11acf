//! What follows from an attempt to deliver: a pure decision.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::destinations::{Failure, Outcome, Retry};
use crate::store::{DeliveryResult, DeliveryState, PendingDelivery};

/// Attempts before an event that is answered, but never taken, can be given up.
const MIN_ATTEMPTS: u32 = 10;
/// What is kept in place of an answer where nobody was asked.
const NOTHING_SENT: &str = "nothing was sent";
/// Failures in a row, of different events, from which a destination counts as away.
const AWAY_AFTER: u32 = 5;

/// How a destination has answered lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// Failures since the last success.
    failures: u32,
    /// It asked to be left alone until then, or is probed again then.
    pub quiet_until: Option<Timestamp>,
}

impl Standing {
    /// Whether it counts as away: it is probed with one event at a time, and nothing is given up for want of an answer.
    pub(super) fn is_away(self) -> bool {
        self.failures >= AWAY_AFTER
    }

    /// Notes how an attempt ended that came back at `now`. `jitter` is a share, 0 to 511 of 1,024, by which waits are shortened.
    pub(super) fn note(&mut self, outcome: &Outcome, retry: &Retry, now: Timestamp, jitter: u32) {
        let failure = match outcome {
            Outcome::Failed(failure) => failure,
            // Nobody was asked.
            Outcome::Waits { .. } => return,
            Outcome::Taken { .. } => {
                *self = Self::default();
                return;
            }
        };
        if failure.is_end {
            // It is there, and said what it thinks of this event.
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let asked = failure.retry_after;
        let probing = self.is_away().then(|| shortened(retry.wait(self.failures - AWAY_AFTER), jitter));
        if let Some(wait) = asked.max(probing) {
            self.quiet_until = self.quiet_until.max(Some(later(now, wait)));
        }
    }
}

/// What becomes of a delivery.
pub(super) fn result(
    delivery: &PendingDelivery,
    outcome: Outcome,
    retry: &Retry,
    (standing, now, jitter): (Standing, Timestamp, u32),
) -> DeliveryResult {
    match outcome {
        Outcome::Taken { answer, number: _ } => {
            DeliveryResult { state: DeliveryState::Sent, error: None, proof: Some(answer), next_at: None }
        }
        // What has to be known first may never be: it is given up like what is answered and not taken.
        Outcome::Waits { reason } => {
            let failure = Failure { reason, answer: Some(NOTHING_SENT.to_owned()), is_end: false, retry_after: None };
            result(delivery, Outcome::Failed(failure), retry, (Standing::default(), now, jitter))
        }
        Outcome::Failed(Failure { reason, answer, is_end, retry_after }) => {
            let attempts = delivery.attempts.saturating_add(1);
            let is_old = now.duration_since(delivery.at) >= retry.give_up_after();
            let given_up = is_end || (answer.is_some() && is_old && attempts >= MIN_ATTEMPTS && !standing.is_away());
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
            body: Vec::new(),
        }
    }

    fn failed(answer: Option<&str>, is_end: bool, retry_after: Option<u64>) -> Outcome {
        let (reason, answer) = ("no".to_owned(), answer.map(str::to_owned));
        Outcome::Failed(Failure { reason, answer, is_end, retry_after: retry_after.map(Duration::from_secs) })
    }

    fn of(attempts: u32, outcome: Outcome, standing: Standing, now: i64) -> (DeliveryState, Option<i64>) {
        let result = result(&delivery(attempts), outcome, &Retry::default(), (standing, at(now), 0));
        (result.state, result.next_at.map(Timestamp::as_second))
    }

    #[test]
    fn a_failure_is_tried_again_later_and_later() {
        let here = Standing::default();
        assert_eq!(of(0, Outcome::taken(String::new()), here, 100), (DeliveryState::Sent, None));
        assert_eq!(of(0, failed(None, false, None), here, 100), (DeliveryState::Pending, Some(105)));
        assert_eq!(of(3, failed(Some("500"), false, None), here, 100), (DeliveryState::Pending, Some(140)));
        assert_eq!(of(0, failed(Some("429"), false, Some(60)), here, 100), (DeliveryState::Pending, Some(160)));
        assert_eq!(shortened(Duration::from_secs(1_024), 511).as_secs(), 513, "never by more than a half");
    }

    #[test]
    fn only_what_was_answered_is_given_up_and_not_while_the_destination_is_away() {
        let (here, away) = (Standing::default(), Standing { failures: AWAY_AFTER, quiet_until: None });
        let old = 72 * 3_600;
        let is_dead = |attempts, outcome, standing, now| of(attempts, outcome, standing, now).0 == DeliveryState::Dead;
        assert!(is_dead(0, failed(Some("410"), true, None), away, 1), "it said so");
        assert!(is_dead(9, failed(Some("422"), false, None), here, old));
        assert!(!is_dead(9, failed(Some("422"), false, None), here, old - 1), "not before its time");
        assert!(!is_dead(8, failed(Some("422"), false, None), here, old), "not after an outage that it waited out");
        assert!(!is_dead(9, failed(Some("503"), false, None), away, old));
        assert!(!is_dead(9_999, failed(None, false, None), here, 99 * old), "nobody said no");
    }

    #[test]
    fn a_destination_that_fails_again_and_again_is_probed_less_and_less_often() {
        let (mut standing, retry) = (Standing::default(), Retry::default());
        let fail = |standing: &mut Standing| standing.note(&failed(None, false, None), &retry, at(100), 0);
        (0..AWAY_AFTER - 1).for_each(|_| fail(&mut standing));
        assert_eq!((standing.is_away(), standing.quiet_until), (false, None), "single events may fail");
        fail(&mut standing);
        assert_eq!((standing.is_away(), standing.quiet_until), (true, Some(at(105))));
        fail(&mut standing);
        assert_eq!(standing.quiet_until, Some(at(110)));
        standing.note(&failed(Some("410"), true, None), &retry, at(100), 0);
        assert!(standing.is_away(), "a judgement on one event is no failure, and no success");
        standing.note(&Outcome::taken(String::new()), &retry, at(100), 0);
        assert_eq!(standing, Standing::default());
        standing.note(&failed(Some("503"), false, Some(30)), &retry, at(100), 0);
        assert_eq!((standing.is_away(), standing.quiet_until), (false, Some(at(130))), "it asked for quiet");
    }
}

//! Single events: one that always fails, one that somebody wants tried again, numbers that contradict each other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::sleep;

use super::Site;
use crate::audit::{AuditAction, AuditEntry};
use crate::deliver::sender::{Carry, Sender, Terms};
use crate::destinations::{Failure, Order, Outcome, Parcel, Retry};
use crate::key::TicketKey;
use crate::store::DeliveryState;

/// A destination that does with each event what the test says of its ticket.
#[derive(Default)]
struct Judging {
    /// By ticket; what is not here is taken.
    outcomes: Mutex<BTreeMap<String, Outcome>>,
    /// Nobody answers, whatever is said of tickets.
    is_away: Mutex<bool>,
    slow: Duration,
    /// Tickets of all attempts, each with whether it may be there.
    attempts: Mutex<Vec<(String, bool)>>,
}

impl Judging {
    fn says(self, ticket: &str, outcome: Outcome) -> Self {
        self.outcomes.lock().unwrap().insert(ticket.to_owned(), outcome);
        self
    }

    fn changes(&self, ticket: &str, outcome: Outcome) {
        self.outcomes.lock().unwrap().insert(ticket.to_owned(), outcome);
    }

    fn attempts_of(&self, ticket: &str) -> Vec<bool> {
        let attempts = self.attempts.lock().unwrap();
        attempts.iter().filter(|(of, _)| of == ticket).map(|(_, may_be_there)| *may_be_there).collect()
    }
}

#[async_trait]
impl Carry for Judging {
    async fn carry(&self, parcel: Parcel<'_>, _now: Timestamp) -> Outcome {
        self.attempts.lock().unwrap().push((parcel.ticket_id.to_owned(), parcel.may_be_there));
        sleep(self.slow).await;
        if *self.is_away.lock().unwrap() {
            return failed(None, false);
        }
        let known = self.outcomes.lock().unwrap().get(parcel.ticket_id).cloned();
        known.unwrap_or_else(|| Outcome::taken("ok".to_owned()))
    }

    fn knows_numbers(&self) -> bool {
        true
    }
}

fn failed(answer: Option<&str>, is_end: bool) -> Outcome {
    let (reason, answer) = ("no".to_owned(), answer.map(str::to_owned));
    Outcome::Failed(Failure { reason, answer, is_end, retry_after: None })
}

fn numbered(number: &str) -> Outcome {
    Outcome::Taken { answer: format!("found as {number}"), number: Some(number.to_owned()) }
}

impl Site {
    fn send(&self, to: &Arc<Judging>, at_once: usize) {
        let terms = Terms { order: Order::Ticket, at_once, per_minute: 600, retry: Retry::default() };
        let carrier: Arc<dyn Carry> = Arc::clone(to) as Arc<dyn Carry>;
        self.deliver("there", Sender::new(terms, carrier, self.clock.now()));
    }

    async fn count(&self, state: DeliveryState) -> usize {
        self.standing("there", state).await.len()
    }
}

#[tokio::test(start_paused = true)]
async fn one_event_that_always_fails_is_given_up_in_its_time_and_holds_up_no_other() {
    for answer in [None, Some("HTTP 500")] {
        let site = Site::new("2026-11-26T08:00");
        let there = Arc::new(Judging::default().says("T1", failed(answer, false)));
        site.send(&there, 4);
        site.happen(&["there"], 1, 1).await;
        for ticket in 2..=90 {
            // Much longer than five failures take: the one event alone does not make it away.
            sleep(Duration::from_secs(3_600)).await;
            site.happen(&["there"], ticket, 1).await;
            sleep(Duration::from_secs(10)).await;
            assert_eq!(there.attempts_of(&format!("T{ticket}")).len(), 1, "{answer:?}: it waited for nothing");
        }
        assert_eq!(site.count(DeliveryState::Sent).await, 89);
        let dead = site.count(DeliveryState::Dead).await;
        assert_eq!(
            dead == 1,
            answer.is_some(),
            "{answer:?}: what is answered and never taken is given up after three days"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_is_away_is_probed_with_what_was_tried_least() {
    let site = Site::new("2026-11-26T08:00");
    let poison = failed(Some("HTTP 500"), false);
    let there = Judging::default().says("T1", poison.clone()).says("T2", poison);
    *there.is_away.lock().unwrap() = true;
    let there = Arc::new(there);
    site.send(&there, 1);
    for ticket in 1..=12 {
        site.happen(&["there"], ticket, 1).await;
    }
    sleep(Duration::from_secs(24 * 3_600)).await;
    assert_eq!(site.count(DeliveryState::Pending).await, 12);
    assert!(!there.attempts_of("T12").is_empty(), "not the oldest alone");
    *there.is_away.lock().unwrap() = false;
    // At most two probes fall on the two events that fail by themselves.
    sleep(Duration::from_secs(3 * 3_600 + 60)).await;
    assert_eq!(site.count(DeliveryState::Sent).await, 10, "the oldest two fail still, and hold up none");
}

#[tokio::test(start_paused = true)]
async fn what_may_be_there_is_asked_for_before_it_is_made_again() {
    let site = Site::new("2026-11-26T08:00");
    // Made before this process began.
    site.happen(&["there"], 1, 1).await;
    sleep(Duration::from_millis(10)).await;
    let there = Judging { slow: Duration::from_secs(15), ..Judging::default() };
    let there = Arc::new(there.says("T2", failed(Some("410"), true)).says("T4", failed(None, false)));
    site.send(&there, 1);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(there.attempts_of("T1"), [true], "whoever ran before may have sent it");
    for ticket in 2..=3 {
        site.happen(&["there"], ticket, 1).await;
    }
    sleep(Duration::from_secs(40)).await;
    assert_eq!(there.attempts_of("T2"), [false], "just made");
    assert_eq!(there.attempts_of("T3"), [true], "it waited for the one before it, longer than ten seconds");
    let dead = site.standing("there", DeliveryState::Dead).await;
    assert_eq!(dead.len(), 1);
    // One that fails without answer is repeated with a look; so is one that was given up and is wanted again, however soon.
    site.happen(&["there"], 4, 1).await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(there.attempts_of("T4")[..2], [false, true]);
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_and_is_wanted_again_at_once_may_be_there() {
    let site = Site::new("2026-11-26T08:00");
    let there = Arc::new(Judging::default().says("T1", failed(Some("410"), true)));
    site.send(&there, 4);
    sleep(Duration::from_secs(1)).await;
    site.happen(&["there"], 1, 1).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(site.count(DeliveryState::Dead).await, 1);
    there.changes("T1", Outcome::taken("ok".to_owned()));
    let now = site.clock.now();
    let entry = AuditEntry::done(AuditAction::RetryDelivery, "tester".into(), now);
    let retried = site.store.ask(move |store| store.retry_deliveries(Some("there"), None, now, &entry)).await.unwrap();
    site.retries.ask(retried.keys());
    sleep(Duration::from_secs(2)).await;
    assert_eq!(there.attempts_of("T1"), [false, true], "within ten seconds of its making");
}

#[tokio::test(start_paused = true)]
async fn a_number_that_another_ticket_has_ends_the_delivery_and_moves_no_number() {
    let site = Site::new("2026-11-26T08:00");
    let there = Arc::new(Judging::default().says("T1", numbered("N1")).says("T2", numbered("N1")));
    site.send(&there, 4);
    for ticket in 1..=2 {
        site.happen(&["there"], ticket, 1).await;
        sleep(Duration::from_secs(5)).await;
    }
    let dead = site.standing("there", DeliveryState::Dead).await;
    assert_eq!(dead.iter().map(|view| view.ticket_id.as_str()).collect::<Vec<_>>(), ["T2"]);
    assert!(dead[0].last_error.as_deref().unwrap().contains("a number that another ticket has"), "{dead:?}");
    assert_eq!(dead[0].proof.as_deref(), Some("found as N1"), "what it said stays");
    let numbers = site.store.ask(|store| store.foreign_numbers(&[TicketKey(1), TicketKey(2)])).await.unwrap();
    let numbers: Vec<(i64, &str)> = numbers.iter().map(|number| (number.ticket.0, number.number.as_str())).collect();
    assert_eq!(numbers, [(1, "N1")]);
    // Another number than before of the same ticket is no better.
    there.changes("T1", numbered("N2"));
    site.happen(&["there"], 1, 2).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(site.count(DeliveryState::Dead).await, 2);
}

//! Deliveries by other ways than AMQP.

use huiliu::audit::{AuditAction, AuditEntry};
use huiliu::key::{ComplaintKey, DeliveryKey};
use huiliu::store::{Changes, DeliveryResult, DeliveryState, Erasure, Page, PendingDelivery, Store};
use jiff::Timestamp;

use crate::audit::entry;
use crate::rows::{NAME, at, delivery, lones};

fn again() -> AuditEntry {
    entry(AuditAction::RetryDelivery, "ann", 1)
}

const ALL: usize = usize::MAX;

fn deliver(store: &mut dyn Store, rows: &[(&str, &str, i64)]) {
    let deliveries = rows.iter().map(|(to, id, ticket)| delivery(to, id, *ticket)).collect();
    store.commit(Changes { deliveries, ..Changes::default() }).unwrap();
}

fn ids(deliveries: &[PendingDelivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.message_id.as_str()).collect()
}

fn result(state: DeliveryState, next_at: Option<Timestamp>) -> DeliveryResult {
    let said = |what: &str| Some(format!("{what} {NAME}"));
    DeliveryResult { state, error: said("refused"), proof: said("answered"), next_at }
}

pub fn events_are_given_again_until_they_are_acknowledged(store: &mut dyn Store) {
    lones(store, [1, 2]);
    deliver(store, &[("county", "a", 1), ("other", "x", 1), ("county", "b", 2), ("county", "c", 1)]);
    let mut found = store.pending_deliveries("county", DeliveryKey(0), 9, ALL).unwrap();
    assert_eq!(ids(&found), ["a", "b", "c"]);
    assert_eq!(ids(&store.pending_deliveries("county", DeliveryKey(0), 9, ALL).unwrap()), ["a", "b", "c"], "again");
    assert_eq!(ids(&store.pending_deliveries("county", found[0].id, 9, ALL).unwrap()), ["b", "c"], "further on");
    assert_eq!(store.acknowledge_deliveries("county", found[1].id, at(5)).unwrap(), Some(2));
    assert_eq!(store.acknowledge_deliveries("county", found[1].id, at(6)).unwrap(), Some(0), "twice is once");
    assert_eq!(ids(&store.pending_deliveries("county", DeliveryKey(0), 9, ALL).unwrap()), ["c"]);
    assert_eq!(ids(&store.pending_deliveries("other", DeliveryKey(0), 9, ALL).unwrap()), ["x"], "others keep theirs");
    let (row, first) = (delivery("county", "a", 1), found.remove(0));
    let body: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!((body, first.kind, first.at, first.version), (row.body, row.kind, row.at, row.version));
    assert_eq!((first.ticket, first.ticket_id, first.attempts), (row.ticket, row.ticket_id, 0));
    let done = store.list_deliveries(Some("county"), DeliveryState::Sent, Page::first(9)).unwrap();
    assert_eq!(done.iter().map(|view| view.done_at).collect::<Vec<_>>(), [Some(at(5)); 2]);
}

pub fn a_page_of_events_is_bounded_by_number_and_bytes(store: &mut dyn Store) {
    lones(store, [1]);
    deliver(store, &[("county", "a", 1), ("county", "b", 1), ("county", "c", 1)]);
    let page = |store: &mut dyn Store, limit, bytes| store.pending_deliveries("county", DeliveryKey(0), limit, bytes);
    assert_eq!(ids(&page(store, 2, ALL).unwrap()), ["a", "b"]);
    let one = page(store, 1, ALL).unwrap()[0].body.len();
    assert_eq!(ids(&page(store, 9, 2 * one).unwrap()), ["a", "b"]);
    assert_eq!(ids(&page(store, 9, 1).unwrap()), ["a"], "one is given however large it is");
}

pub fn nobody_acknowledges_what_was_never_given(store: &mut dyn Store) {
    lones(store, [1]);
    assert_eq!(store.acknowledge_deliveries("county", DeliveryKey(7), at(5)).unwrap(), Some(0), "there is nothing");
    deliver(store, &[("county", "a", 1), ("other", "x", 1)]);
    let last = store.pending_deliveries("other", DeliveryKey(0), 9, ALL).unwrap()[0].id;
    assert_eq!(store.acknowledge_deliveries("county", last, at(5)).unwrap(), None);
    assert_eq!(store.pending_deliveries("county", DeliveryKey(0), 9, ALL).unwrap().len(), 1);
}

pub fn a_failed_delivery_holds_up_its_ticket_or_its_destination(store: &mut dyn Store) {
    lones(store, [1, 2]);
    deliver(store, &[("county", "a", 1), ("county", "b", 1), ("county", "c", 2), ("other", "x", 1)]);
    let due = |store: &mut dyn Store, in_one_order, second| {
        store.due_deliveries("county", in_one_order, at(second), 9).unwrap()
    };
    assert!(due(store, false, 2_999).is_empty(), "not before it is made");
    assert_eq!(ids(&due(store, false, 3_000)), ["a", "c"]);
    assert_eq!(ids(&due(store, true, 3_000)), ["a"]);
    assert_eq!(ids(&store.due_deliveries("county", false, at(3_000), 1).unwrap()), ["a"]);
    let first = due(store, false, 3_000)[0].id;
    store.mark_deliveries(&[first], &result(DeliveryState::Pending, Some(at(4_000))), at(3_001)).unwrap();
    assert_eq!(ids(&due(store, false, 3_999)), ["c"], "its ticket waits, others go on");
    assert!(due(store, true, 3_999).is_empty(), "all wait");
    assert_eq!(due(store, false, 4_000)[0].attempts, 1);
    store.mark_deliveries(&[first], &result(DeliveryState::Sent, None), at(4_001)).unwrap();
    assert_eq!(ids(&due(store, false, 4_001)), ["b", "c"]);
    assert_eq!(ids(&due(store, true, 4_001)), ["b"]);
    store.mark_deliveries(&[first], &result(DeliveryState::Dead, None), at(4_002)).unwrap();
    let done = store.list_deliveries(None, DeliveryState::Sent, Page::first(9)).unwrap();
    assert_eq!((done.len(), done[0].attempts), (1, 2), "what was delivered stays so");
    assert_eq!(done[0].proof, result(DeliveryState::Sent, None).proof);
}

pub fn a_delivery_that_was_given_up_is_tried_again_by_wish(store: &mut dyn Store) {
    lones(store, [1, 2]);
    deliver(store, &[("county", "a", 1), ("county", "b", 1), ("other", "x", 2), ("other", "y", 2)]);
    let keys: Vec<DeliveryKey> = (1..=4).map(DeliveryKey).collect();
    for key in &keys {
        store.mark_deliveries(&[*key], &result(DeliveryState::Dead, None), at(3_001)).unwrap();
    }
    let dead = store.list_deliveries(None, DeliveryState::Dead, Page::first(3)).unwrap();
    assert_eq!(dead.iter().map(|view| view.message_id.as_str()).collect::<Vec<_>>(), ["y", "x", "b"], "newest first");
    let rest = Page { after: Some(dead[2].id.0), limit: 9 };
    assert_eq!(store.list_deliveries(None, DeliveryState::Dead, rest).unwrap().len(), 1);
    assert_eq!(dead[0].last_error, result(DeliveryState::Dead, None).error);
    let retry = |store: &mut dyn Store, destination, id, second| {
        let retried = store.retry_deliveries(destination, id, at(second), &again()).unwrap();
        retried.into_iter().collect::<Vec<(String, u64)>>()
    };
    assert_eq!(retry(store, None, Some(keys[1]), 3_002), [("county".to_owned(), 1)]);
    assert_eq!(ids(&store.due_deliveries("county", false, at(3_002), 9).unwrap()), ["b"]);
    store.mark_deliveries(&[keys[1]], &result(DeliveryState::Pending, Some(at(9_000))), at(3_003)).unwrap();
    assert_eq!(retry(store, None, Some(keys[1]), 3_004), [("county".to_owned(), 1)], "what waits is tried now");
    let due = store.due_deliveries("county", false, at(3_004), 9).unwrap();
    assert_eq!((ids(&due), due[0].attempts), (vec!["b"], 1));
    assert_eq!(retry(store, Some("other"), None, 3_004), [("other".to_owned(), 2)]);
    assert_eq!(retry(store, Some("nobody"), None, 3_004), []);
    store.mark_deliveries(&[keys[1]], &result(DeliveryState::Sent, None), at(3_005)).unwrap();
    assert_eq!(retry(store, None, Some(keys[1]), 3_006), [], "it is there");
}

pub fn one_attempt_is_marked_for_several_deliveries_that_wait(store: &mut dyn Store) {
    lones(store, [1, 2]);
    deliver(store, &[("county", "a", 1), ("county", "b", 1), ("county", "c", 2), ("other", "x", 1)]);
    store.mark_deliveries(&[DeliveryKey(2)], &result(DeliveryState::Dead, None), at(10)).unwrap();
    let all: Vec<DeliveryKey> = (1..=3).map(DeliveryKey).collect();
    store.mark_deliveries(&all, &result(DeliveryState::Pending, Some(at(4_000))), at(11)).unwrap();
    let waiting = store.list_deliveries(Some("county"), DeliveryState::Pending, Page::first(9)).unwrap();
    let seen: Vec<_> = waiting.iter().map(|one| (one.message_id.as_str(), one.attempts, one.next_at)).collect();
    assert_eq!(seen, [("c", 1, at(4_000)), ("a", 1, at(4_000))]);
    store.mark_deliveries(&all, &result(DeliveryState::Sent, None), at(12)).unwrap();
    let sent = store.list_deliveries(None, DeliveryState::Sent, Page::first(9)).unwrap();
    let seen: Vec<_> = sent.iter().map(|one| (one.message_id.as_str(), one.attempts, one.done_at)).collect();
    assert_eq!(seen, [("c", 2, Some(at(12))), ("a", 2, Some(at(12)))], "what was given up stays so");
    store.mark_deliveries(&[], &result(DeliveryState::Sent, None), at(13)).unwrap();
    assert_eq!(ids(&store.pending_deliveries("other", DeliveryKey(0), 9, ALL).unwrap()), ["x"]);
}

pub fn what_is_for_a_destination_is_discarded_and_nothing_else(store: &mut dyn Store) {
    lones(store, [1]);
    deliver(store, &[("county", "a", 1), ("county", "b", 1), ("county", "c", 1), ("other", "x", 1)]);
    store.mark_deliveries(&[DeliveryKey(1)], &result(DeliveryState::Sent, None), at(10)).unwrap();
    store.mark_deliveries(&[DeliveryKey(2)], &result(DeliveryState::Dead, None), at(10)).unwrap();
    assert_eq!(store.discard_deliveries("county", true, &again()).unwrap(), 1);
    assert_eq!(ids(&store.pending_deliveries("county", DeliveryKey(0), 9, ALL).unwrap()), ["c"]);
    assert_eq!(store.discard_deliveries("county", false, &again()).unwrap(), 1);
    assert_eq!(store.discard_deliveries("county", false, &again()).unwrap(), 0);
    assert_eq!(
        store.list_deliveries(None, DeliveryState::Sent, Page::first(9)).unwrap().len(),
        1,
        "what was delivered"
    );
    assert_eq!(ids(&store.pending_deliveries("other", DeliveryKey(0), 9, ALL).unwrap()), ["x"]);
}

pub fn deliveries_are_counted_by_destination_and_forgotten_in_time(store: &mut dyn Store) {
    assert_eq!(store.delivery_counts().unwrap(), []);
    lones(store, [1]);
    deliver(store, &[("county", "a", 1), ("other", "x", 1), ("other", "y", 1), ("other", "z", 1)]);
    store.mark_deliveries(&[DeliveryKey(2)], &result(DeliveryState::Dead, None), at(10)).unwrap();
    store.mark_deliveries(&[DeliveryKey(3)], &result(DeliveryState::Sent, None), at(10)).unwrap();
    let counts = store.delivery_counts().unwrap();
    let counted: Vec<_> = counts.iter().map(|c| (c.destination.as_str(), c.pending, c.dead, c.since)).collect();
    assert_eq!(counted, [("county", 1, 0, Some(at(3_000))), ("other", 1, 1, Some(at(3_000)))]);
    assert_eq!(store.forget_delivered(at(10)).unwrap(), 0, "before, not at");
    assert_eq!(store.forget_delivered(at(11)).unwrap(), 1);
    store.acknowledge_deliveries("other", DeliveryKey(4), at(12)).unwrap();
    store.acknowledge_deliveries("county", DeliveryKey(1), at(12)).unwrap();
    assert_eq!(store.forget_delivered(at(13)).unwrap(), 2);
    deliver(store, &[("county", "b", 1)]);
    let next = store.pending_deliveries("county", DeliveryKey(4), 9, ALL).unwrap();
    assert_eq!(next.len(), 1, "it comes after every number that was given");
    assert_eq!(store.delivery_counts().unwrap()[1].dead, 1, "what was given up waits for a person");
}

pub fn an_erased_complaint_leaves_waiting_and_kept_deliveries(store: &mut dyn Store) {
    lones(store, [1, 2]);
    deliver(store, &[("county", "a", 1), ("county", "b", 1), ("county", "c", 1), ("county", "d", 2)]);
    for (key, state) in [(1, DeliveryState::Sent), (2, DeliveryState::Dead)] {
        store.mark_deliveries(&[DeliveryKey(key)], &result(state, None), at(10)).unwrap();
    }
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(8_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    let texts = |store: &mut dyn Store| -> Vec<(String, bool)> {
        let waiting = store.pending_deliveries("county", DeliveryKey(0), 9, ALL).unwrap();
        let says = |one: &PendingDelivery| String::from_utf8_lossy(&one.body).contains(NAME);
        waiting.iter().map(|one| (one.message_id.clone(), says(one))).collect()
    };
    assert_eq!(texts(store), [("c".to_owned(), false), ("d".to_owned(), true)], "it is still told that it happened");
    for state in [DeliveryState::Sent, DeliveryState::Dead] {
        let view = store.list_deliveries(None, state, Page::first(9)).unwrap().remove(0);
        assert_eq!((view.last_error, view.proof, view.done_at), (None, None, Some(at(10))));
    }
    store.retry_deliveries(Some("county"), None, at(11), &again()).unwrap();
    assert_eq!(texts(store)[0], ("b".to_owned(), false));
}

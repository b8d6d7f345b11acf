//! What other systems call tickets, and what they were told.

use huiliu::key::{DeliveryKey, TicketKey};
use huiliu::store::{Changes, DeliveryResult, DeliveryState, ForeignNumber, Store};

use crate::rows::{at, delivery, lones};

fn number(destination: &str, ticket: i64, number: &str, second: i64) -> ForeignNumber {
    ForeignNumber {
        destination: destination.to_owned(),
        ticket: TicketKey(ticket),
        number: number.to_owned(),
        at: at(second),
    }
}

pub fn a_number_of_another_system_is_that_of_one_ticket(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let (hotline, other) = (number("hotline", 1, "N-1", 10), number("other", 2, "N-1", 11));
    assert!(store.note_foreign_number(&hotline).unwrap() && store.note_foreign_number(&other).unwrap());
    assert!(store.note_foreign_number(&number("hotline", 1, "N-1", 99)).unwrap(), "twice is once");
    assert!(!store.note_foreign_number(&number("hotline", 1, "N-9", 12)).unwrap(), "the first stays");
    assert!(!store.note_foreign_number(&number("hotline", 2, "N-1", 12)).unwrap(), "it is another ticket's");
    let learned = vec![number("hotline", 2, "N-2", 13), number("hotline", 2, "N-3", 14), number("other", 1, "N-1", 15)];
    store.commit(Changes { foreign_numbers: learned, ..Changes::default() }).unwrap();
    let second = number("hotline", 2, "N-2", 13);
    assert_eq!(store.foreign_numbers(&[TicketKey(2), TicketKey(7)]).unwrap(), [second.clone(), other.clone()]);
    assert_eq!(store.foreign_numbers(&[TicketKey(1)]).unwrap(), std::slice::from_ref(&hotline));
    assert_eq!(store.with_foreign_numbers(&["N-2", "N-1", "N-3"]).unwrap(), [hotline, second, other]);
    assert!(store.with_foreign_numbers(&[]).unwrap().is_empty() && store.foreign_numbers(&[]).unwrap().is_empty());
}

pub fn what_a_destination_may_have_is_told_apart_from_what_it_has_not(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let rows = [("hotline", "a", 1), ("hotline", "b", 1), ("hotline", "c", 1), ("hotline", "d", 1), ("other", "x", 1)];
    let deliveries = rows.iter().map(|(to, id, ticket)| delivery(to, id, *ticket)).collect();
    store.commit(Changes { deliveries, ..Changes::default() }).unwrap();
    let mark = |store: &mut dyn Store, key, state| {
        let result = DeliveryResult { state, error: None, proof: None, next_at: None };
        store.mark_deliveries(&[DeliveryKey(key)], &result, at(4_000 + key)).unwrap();
    };
    mark(store, 1, DeliveryState::Sent);
    mark(store, 2, DeliveryState::Dead);
    mark(store, 3, DeliveryState::Pending);
    let found = |store: &mut dyn Store, limit| store.delivered_events("hotline", TicketKey(1), limit).unwrap();
    let times: Vec<_> = found(store, 9).iter().map(|event| event.at).collect();
    assert_eq!(times, [Some(at(4_001)), None], "taken, and perhaps taken; neither refused nor not yet sent");
    let body: serde_json::Value = serde_json::from_slice(&found(store, 9)[0].body).unwrap();
    assert_eq!(body, delivery("hotline", "a", 1).body);
    assert_eq!(found(store, 1)[0].at, None, "the latest");
    assert!(store.delivered_events("hotline", TicketKey(2), 9).unwrap().is_empty());
}

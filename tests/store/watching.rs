//! Sightings and alerts.

use huiliu::key::{ComplaintKey, TicketKey};
use huiliu::store::{AlertChange, AlertView, Changes, Page, Store};
use huiliu::ticket::{AlertKind, Counted, Seen};

use crate::rows::{alert, at, lone, sighting};

fn seen(number: i64, second: i64) -> Seen {
    Seen { complaint: ComplaintKey(number), ticket: TicketKey(number), at: at(second) }
}

pub fn sightings_are_found_by_place_and_time_each_once(store: &mut dyn Store) {
    for number in 1..=3 {
        store.commit(lone(number)).unwrap();
    }
    let sightings = vec![
        sighting("tag:a", 1, "440308001", 10),
        sighting("tag:a", 2, "440308001002", 20),
        sighting("tag:a", 3, "440308002", 30),
        sighting("tag:b", 1, "harbour", 10),
        sighting("tag:a", 1, "440308009", 99),
    ];
    store.commit(Changes { sightings, ..Changes::default() }).unwrap();
    let of =
        |store: &mut dyn Store, area: &str, limit| store.sightings(("tag:a", area), (at(5), at(30)), limit).unwrap();
    assert_eq!(of(store, "", 9), [seen(1, 10), seen(2, 20), seen(3, 30)]);
    assert_eq!(of(store, "", 2), [seen(2, 20), seen(3, 30)], "the newest");
    assert_eq!(of(store, "440308001", 9), [seen(1, 10), seen(2, 20)]);
    assert_eq!(of(store, "440308001002", 9), [seen(2, 20)]);
    let span = |after, until| (at(after), at(until));
    assert_eq!(store.sightings(("tag:a", ""), span(10, 29), 9).unwrap(), [seen(2, 20)], "after and up to");
    assert_eq!(store.sightings(("tag:b", "harbour"), span(0, 99), 9).unwrap(), [seen(1, 10)]);
    assert!(
        store.is_sighted("tag:b", ComplaintKey(1)).unwrap() && !store.is_sighted("tag:b", ComplaintKey(2)).unwrap()
    );
    let each = |store: &mut dyn Store, beginning: &str, area: &str, (after, until)| {
        store.count_each((beginning, area), span(after, until)).unwrap().into_iter().collect::<Vec<_>>()
    };
    let named = |name: &str, count| (name.to_owned(), count);
    assert_eq!(each(store, "tag:", "", (5, 30)), [named("tag:a", 3), named("tag:b", 1)]);
    assert_eq!(each(store, "tag:", "440308001", (10, 30)), [named("tag:a", 1)]);
    assert_eq!(each(store, "category:", "", (5, 30)), []);
    store.commit(Changes { moves: vec![(ComplaintKey(2), TicketKey(1))], ..Changes::default() }).unwrap();
    let count = |store: &mut dyn Store, counted| store.count_sightings(("tag:a", ""), span(0, 99), counted).unwrap();
    assert_eq!((count(store, Counted::Complaints), count(store, Counted::Tickets)), (3, 2));
    assert_eq!(of(store, "440308001002", 9)[0].ticket, TicketKey(1), "its ticket as it is now");
}

pub fn of_a_rule_one_alert_stands_in_an_area(store: &mut dyn Store) {
    for number in 1..=3 {
        store.commit(lone(number)).unwrap();
    }
    let told =
        |area: &str, second, complaints: &[i64]| AlertChange::Told(alert(AlertKind::Surge, area, second, complaints));
    let ended = |area: &str, second| AlertChange::Ended {
        kind: AlertKind::Surge,
        code: "rule".to_owned(),
        area: area.to_owned(),
        at: at(second),
    };
    let alerts =
        vec![told("", 10, &[1, 2]), told("440308001", 11, &[3]), ended("", 12), ended("none", 12), told("", 13, &[3])];
    store.commit(Changes { alerts, ..Changes::default() }).unwrap();
    let rule = (AlertKind::Surge, "rule");
    let stands = |view: Option<AlertView>| view.map(|view| (view.id, view.at));
    assert_eq!(stands(store.standing_alert(rule, "").unwrap()), Some((3, at(13))));
    assert_eq!(stands(store.standing_alert(rule, "440308001").unwrap()), Some((2, at(11))));
    assert_eq!(stands(store.standing_alert((AlertKind::Warning, "rule"), "").unwrap()), None);
    let ids = |views: Vec<AlertView>| views.iter().map(|view| view.id).collect::<Vec<_>>();
    assert_eq!(ids(store.standing_alerts(9).unwrap()), [2, 3]);
    assert_eq!(ids(store.standing_alerts(1).unwrap()), [2]);
    assert_eq!(ids(store.alerts(AlertKind::Surge, Page::first(2)).unwrap()), [3, 2], "the newest first");
    let rest = store.alerts(AlertKind::Surge, Page { after: Some(2), limit: 9 }).unwrap();
    let first = AlertView {
        id: 1,
        kind: AlertKind::Surge,
        code: "rule".to_owned(),
        area: String::new(),
        at: at(10),
        count: 3,
        usual_tenths: Some(7),
        ticket: TicketKey(1),
        stands: false,
        ended_at: Some(at(12)),
    };
    assert_eq!(rest, [first]);
    assert_eq!(store.alerts(AlertKind::Warning, Page::first(9)).unwrap(), []);
}

pub fn the_tickets_behind_an_alert_are_those_of_its_complaints(store: &mut dyn Store) {
    for number in 1..=3 {
        store.commit(lone(number)).unwrap();
    }
    let alerts = vec![AlertChange::Told(alert(AlertKind::Warning, "", 10, &[2, 1]))];
    store.commit(Changes { alerts, ..Changes::default() }).unwrap();
    let tickets = |store: &mut dyn Store, limit| store.tickets_of_alert(1, limit).unwrap();
    assert_eq!(tickets(store, 9), [TicketKey(1), TicketKey(2)]);
    assert_eq!(tickets(store, 1), [TicketKey(1)]);
    let rule = (AlertKind::Warning, "rule");
    let told = |store: &mut dyn Store, ticket, complaints: &[ComplaintKey]| {
        store.was_alerted(rule, TicketKey(ticket), complaints).unwrap()
    };
    assert!(told(store, 1, &[]) && !told(store, 3, &[]) && told(store, 3, &[ComplaintKey(2)]));
    assert!(!store.was_alerted((AlertKind::Surge, "rule"), TicketKey(1), &[]).unwrap());
    store.commit(Changes { moves: vec![(ComplaintKey(2), TicketKey(3))], ..Changes::default() }).unwrap();
    assert_eq!(tickets(store, 9), [TicketKey(1), TicketKey(3)]);
    assert!(told(store, 3, &[]) && !told(store, 2, &[]));
}

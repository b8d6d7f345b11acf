//! Topics, and the tickets that they have.

use huiliu::key::{ComplaintKey, TicketKey, TopicKey};
use huiliu::store::{Changes, Page, Store, TopicComplaint, TopicCount, TopicRow};
use huiliu::ticket::{Status, TopicState};

use crate::rows::{at, lone, ticket, topic};
use crate::upkeep::wrong;

fn of(topic: i64, complaint: i64) -> TopicComplaint {
    TopicComplaint { topic: TopicKey(topic), complaint: ComplaintKey(complaint) }
}

pub fn a_topic_comes_back_as_it_was_last(store: &mut dyn Store) {
    assert_eq!(store.last_topic().unwrap(), TopicKey(0));
    let rows = vec![
        topic(1, TopicState::Open, Some(50)),
        topic(2, TopicState::Decided, None),
        topic(3, TopicState::Open, Some(40)),
    ];
    store.commit(Changes { topics: rows.clone(), ..Changes::default() }).unwrap();
    assert_eq!(store.last_topic().unwrap(), TopicKey(3));
    assert_eq!(store.topic(TopicKey(2)).unwrap().as_ref(), Some(&rows[1]));
    assert_eq!(store.topic(TopicKey(4)).unwrap(), None);
    let ids = |rows: Vec<TopicRow>| rows.iter().map(|row| row.id.0).collect::<Vec<_>>();
    assert_eq!(ids(store.topics(None, Page::first(2)).unwrap()), [3, 2], "the newest first");
    assert_eq!(ids(store.topics(None, Page { after: Some(2), limit: 9 }).unwrap()), [1]);
    assert_eq!(ids(store.topics(Some(TopicState::Open), Page::first(9)).unwrap()), [3, 1]);
    assert_eq!(store.topic_of_rule("bus", "440308001").unwrap().map(|row| row.id), Some(TopicKey(3)), "the newest");
    assert_eq!(store.topic_of_rule("bus", "").unwrap(), None);
    let due = |store: &mut dyn Store, second, limit| -> Vec<i64> {
        store.due_topics(at(second), limit).unwrap().iter().map(|key| key.0).collect()
    };
    assert_eq!(
        (due(store, 39, 9), due(store, 40, 9), due(store, 60, 9), due(store, 60, 1)),
        (vec![], vec![3], vec![3, 1], vec![3])
    );
    let changed = topic(3, TopicState::Closed, None);
    store.commit(Changes { topics: vec![changed.clone()], ..Changes::default() }).unwrap();
    assert_eq!(store.topic(TopicKey(3)).unwrap(), Some(changed));
    assert_eq!(due(store, 60, 9), [1]);
}

pub fn a_topic_has_each_ticket_once_and_is_ranked_by_their_complaints(store: &mut dyn Store) {
    for number in 1..=4 {
        store.commit(lone(number)).unwrap();
    }
    let topics = vec![topic(1, TopicState::Open, None), topic(2, TopicState::Open, None)];
    let topic_complaints = vec![of(1, 1), of(1, 2), of(1, 1), of(2, 2)];
    store.commit(Changes { topics, topic_complaints, ..Changes::default() }).unwrap();
    assert_eq!((store.count_topic(TopicKey(1), &[]).unwrap(), store.count_topic(TopicKey(3), &[]).unwrap()), (2, 0));
    assert_eq!(store.tickets_of_topic(TopicKey(1), 9).unwrap(), [TicketKey(2), TicketKey(1)], "the newest first");
    assert_eq!(store.tickets_of_topic(TopicKey(1), 1).unwrap(), [TicketKey(2)]);
    assert_eq!(store.topics_of_ticket(TicketKey(2)).unwrap(), [TopicKey(1), TopicKey(2)]);
    assert_eq!(store.topics_of_ticket(TicketKey(4)).unwrap(), []);
    let received = store.complaints(&[ComplaintKey(1)]).unwrap()[0].received_at;
    let (early, late) =
        (received - jiff::SignedDuration::from_hours(1), received + jiff::SignedDuration::from_hours(1));
    let count = |topic, count, before| TopicCount { topic: TopicKey(topic), count, before };
    assert_eq!(store.rank_topics((early, early, late), &[], 9).unwrap(), [count(1, 2, 0), count(2, 1, 0)]);
    assert_eq!(store.rank_topics((early, late, late), &[], 9).unwrap(), [count(1, 0, 2), count(2, 0, 1)]);
    assert_eq!(store.rank_topics((early, early, late), &[], 1).unwrap(), [count(1, 2, 0)]);
    assert_eq!(store.rank_topics((late, late, late), &[], 9).unwrap(), []);
    assert_eq!(store.count_topic(TopicKey(1), &[""]).unwrap(), 0, "without those of the category that they have");
    assert_eq!(store.rank_topics((early, early, late), &[""], 9).unwrap(), []);
    // A complaint that goes elsewhere takes the topic along.
    store.commit(Changes { moves: vec![(ComplaintKey(2), TicketKey(4))], ..Changes::default() }).unwrap();
    assert_eq!(store.tickets_of_topic(TopicKey(1), 9).unwrap(), [TicketKey(4), TicketKey(1)]);
    assert_eq!(store.topics_of_ticket(TicketKey(4)).unwrap(), [TopicKey(1), TopicKey(2)]);
    assert_eq!(store.topics_of_ticket(TicketKey(2)).unwrap(), []);
    // Two of its complaints on one ticket are one ticket, of the category that this has by now, also when one goes back.
    store.commit(Changes { moves: vec![(ComplaintKey(1), TicketKey(4))], ..Changes::default() }).unwrap();
    let count = |store: &mut dyn Store, without: &[&str]| store.count_topic(TopicKey(1), without).unwrap();
    assert_eq!((count(store, &[]), count(store, &["noise"])), (1, 1));
    let (key, mut elsewhere) = ticket(4, 3, Status::Open);
    elsewhere.route.category = "noise".into();
    store.commit(Changes { tickets: vec![(key, elsewhere)], ..Changes::default() }).unwrap();
    assert_eq!((count(store, &[]), count(store, &["noise"]), count(store, &[""])), (1, 0, 1));
    store.commit(Changes { moves: vec![(ComplaintKey(2), TicketKey(2))], ..Changes::default() }).unwrap();
    assert_eq!((count(store, &[]), count(store, &["noise"])), (2, 1));
    assert_eq!(store.tickets_of_topic(TopicKey(1), 9).unwrap(), [TicketKey(4), TicketKey(2)]);
    assert!(!wrong(store, false).contains(&"topics kept"));
}

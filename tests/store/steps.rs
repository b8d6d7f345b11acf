//! Steps: all or nothing, in order.

use std::sync::Arc;

use huiliu::key::{ComplaintKey, DecisionKey, RawKey, TicketKey};
use huiliu::store::{
    CannotLink, Changes, CorpusContent, Counters, ImprintRow, Ledger, MergeKind, Page, ReplyState, Store, StoreError,
};
use huiliu::ticket::Status;

use crate::rows::{at, complaint, event, lone, lones, message, reply, review, ticket};

pub fn a_step_is_written_whole_or_not_at_all(store: &mut dyn Store) {
    let mut changes = lone(1);
    changes.outbox.push(message("m", 1));
    changes.complaints.push(Arc::clone(&changes.complaints[0]));
    assert!(matches!(store.commit(changes), Err(StoreError::Conflict { .. })));
    assert_eq!(store.ledger().unwrap(), Ledger::default());
    assert_eq!(store.queue_counts().unwrap().outbox, 0);
    store.commit(lone(1)).unwrap();
    assert!(store.ledger().unwrap().balances());
}

pub fn what_is_written_ahead_counts_with_the_commit_only(store: &mut dyn Store) {
    let received = |store: &mut dyn Store| store.ledger().unwrap().received;
    store.write_ahead(lone(1)).unwrap();
    store.abandon();
    store.commit(Changes::default()).unwrap();
    assert_eq!(received(store), 0, "an abandoned step leaves nothing");
    store.write_ahead(lone(1)).unwrap();
    assert_eq!(received(store), 0, "nobody sees half a step");
    assert!(store.commit(lone(1)).is_err(), "the same complaint again");
    assert_eq!(received(store), 0, "a failed step leaves nothing");
    store.write_ahead(lone(1)).unwrap();
    store.write_ahead(lone(2)).unwrap();
    store.commit(lone(3)).unwrap();
    assert_eq!(received(store), 3);
}

pub fn parts_of_a_step_build_on_each_other(store: &mut dyn Store) {
    store.write_ahead(lone(1)).unwrap();
    store.write_ahead(lone(2)).unwrap();
    let moved = Changes {
        tickets: vec![ticket(1, 2, Status::Open), ticket(2, 0, Status::Absorbed)],
        moves: vec![(ComplaintKey(2), TicketKey(1))],
        ..Changes::default()
    };
    store.commit(moved).unwrap();
    let members = store.members(TicketKey(1)).unwrap();
    assert_eq!(members.iter().map(|view| view.id.0).collect::<Vec<_>>(), [1, 2]);
    assert!(store.ledger().unwrap().balances());
}

pub fn what_is_there_already_is_a_conflict(store: &mut dyn Store) {
    lones(store, [1]);
    let with = |change: &dyn Fn(&mut Changes)| {
        let mut changes = lone(2);
        change(&mut changes);
        changes
    };
    let row = |change: &dyn Fn(&mut huiliu::store::ComplaintRow)| {
        let mut row = complaint(2, 2);
        change(&mut row);
        vec![Arc::new(row)]
    };
    let contradictions = [
        with(&|changes| changes.raw[0].id = RawKey(1)),
        with(&|changes| changes.complaints = row(&|row| row.id = ComplaintKey(1))),
        with(&|changes| changes.complaints = row(&|row| row.receipt = "R1".into())),
        with(&|changes| changes.complaints = row(&|row| row.complaint.number = "n1".into())),
        with(&|changes| changes.tickets[0].1.id = "T1".into()),
    ];
    for (place, contradiction) in contradictions.into_iter().enumerate() {
        assert!(matches!(store.commit(contradiction), Err(StoreError::Conflict { .. })), "{place}");
    }
    assert_eq!(store.ledger().unwrap().received, 1);
}

pub fn numbers_go_on_from_the_highest(store: &mut dyn Store) {
    let counters = |raw, complaint, ticket, decision| Counters {
        raw: RawKey(raw),
        complaint: ComplaintKey(complaint),
        ticket: TicketKey(ticket),
        decision: DecisionKey(decision),
    };
    assert_eq!(store.counters().unwrap(), counters(1, 1, 1, 1));
    let mut changes = lone(5);
    changes.merge_events = vec![event(9, MergeKind::Auto, 5, None, 5), event(4, MergeKind::Auto, 5, None, 5)];
    store.commit(changes).unwrap();
    assert_eq!(store.counters().unwrap(), counters(6, 6, 6, 10));
}

pub fn numbers_given_by_the_store_are_in_the_order_of_commits(store: &mut dyn Store) {
    lones(store, [1, 2]);
    for id in ["a", "b", "c"] {
        let changes = Changes {
            outbox: vec![message(&format!("{id}1"), 1), message(&format!("{id}2"), 1)],
            replies: vec![reply(id, 1, "c", 10)],
            ..Changes::default()
        };
        store.commit(changes).unwrap();
    }
    for (complaint, ticket) in [(1, 2), (2, 1)] {
        store.commit(Changes { reviews: vec![review(complaint, ticket, 11.0)], ..Changes::default() }).unwrap();
    }
    let (messages, last) = store.pending_messages(0, 10, &mut |_| true).unwrap();
    let told: Vec<&str> = messages.iter().map(|message| message.message_id.as_str()).collect();
    assert_eq!(told, ["a1", "a2", "b1", "b2", "c1", "c2"]);
    assert!(messages.is_sorted_by(|a, b| a.id < b.id) && last == messages.last().map(|message| message.id));
    let replies = store.list_replies(ReplyState::Pending, Page::first(10)).unwrap();
    assert!(replies.len() == 3 && replies.is_sorted_by(|a, b| a.id > b.id));
    let reviews = store.open_reviews(Page::first(10)).unwrap();
    assert_eq!(reviews.iter().map(|view| view.complaint.0).collect::<Vec<_>>(), [1, 2]);
}

pub fn what_a_ticket_was_made_with_stays(store: &mut dyn Store) {
    lones(store, [1]);
    let (key, mut changed) = ticket(1, 1, Status::Resolved);
    (changed.id, changed.created_at, changed.version) = ("X".into(), at(9), 7);
    changed.recurrence_of = Some("T0".into());
    changed.pinned = true;
    store.commit(Changes { tickets: vec![(key, changed.clone())], ..Changes::default() }).unwrap();
    let found = store.tickets(&[key], 0).unwrap().pop().unwrap().ticket;
    let (_, first) = ticket(1, 1, Status::Open);
    changed.id = first.id;
    (changed.created_at, changed.recurrence_of) = (first.created_at, first.recurrence_of);
    assert_eq!(found, changed, "everything else is as it was given");
}

pub fn the_corpus_comes_in_pages_with_its_imprints(store: &mut dyn Store) {
    lones(store, 1..=3);
    let imprints = vec![ImprintRow { complaint: ComplaintKey(2), reading: u64::MAX, body: vec![1, 2, 3] }];
    let tickets = vec![ticket(3, 1, Status::Resolved)];
    store.commit(Changes { imprints, tickets, ..Changes::default() }).unwrap();
    let mut corpus = |after: i64, limit, reading| {
        let mut rows = Vec::new();
        store.corpus(ComplaintKey(after), limit, reading, &mut |row| rows.push(row)).unwrap();
        rows
    };
    let all = corpus(0, 10, Some(u64::MAX));
    assert_eq!(all.iter().map(|row| (row.id.0, row.open)).collect::<Vec<_>>(), [(1, true), (2, true), (3, false)]);
    assert!(matches!(&all[1].content, CorpusContent::Imprint(body) if *body == [1, 2, 3]));
    let CorpusContent::Whole { district, category, received_at, reporter_hashes, complaint: found } = &all[0].content
    else {
        panic!("complaint 1 has no imprint");
    };
    let row = complaint(1, 1);
    assert_eq!((district, category, *received_at), (&row.district, &row.category, row.received_at));
    assert_eq!((reporter_hashes.as_slice(), &**found), (&[u64::MAX - 1, 7_001][..], &row.complaint));
    assert!(matches!(corpus(1, 1, Some(7)).as_slice(), [row] if matches!(row.content, CorpusContent::Whole { .. })));
    assert!(matches!(corpus(1, 1, None).as_slice(), [row] if matches!(row.content, CorpusContent::Whole { .. })));
    assert_eq!(corpus(3, 10, None).len(), 0);
}

pub fn cannot_links_have_no_direction_and_can_be_lifted(store: &mut dyn Store) {
    let link = |a, b| CannotLink { a: ComplaintKey(a), b: ComplaintKey(b), at: at(1), actor: "ann".into() };
    let cannot_links = vec![link(2, 1), link(1, 2), link(3, 1)];
    store.commit(Changes { cannot_links, ..Changes::default() }).unwrap();
    let mut links = store.cannot_links().unwrap();
    links.sort_unstable();
    let pair = |a, b| (ComplaintKey(a), ComplaintKey(b));
    assert_eq!(links, [pair(1, 2), pair(1, 3)]);
    store.commit(Changes { lifted_links: vec![pair(2, 1)], ..Changes::default() }).unwrap();
    assert_eq!(store.cannot_links().unwrap(), [pair(1, 3)]);
}

pub fn a_probe_leaves_nothing(store: &mut dyn Store) {
    store.probe(1 << 20).unwrap();
    assert_eq!(store.ledger().unwrap(), Ledger::default());
}

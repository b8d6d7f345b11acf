//! Listings.

use huiliu::key::{ComplaintKey, RawKey, ReviewKey, TicketKey};
use huiliu::store::{
    Changes, Erasure, Page, QueueCounts, RawState, ReplyState, ReviewAnswer, Store, TicketFilter, Verdict,
};
use huiliu::ticket::{AnswerFile, Handler, Hold, OwnResult, Sender, Status, Submission, Ticket};

use crate::rows::{at, lones, message, quarantine, raw, reply, review, ticket, update};

pub fn tickets_are_listed_by_filter_page_by_page(store: &mut dyn Store) {
    lones(store, 1..=5);
    let (key, second) = ticket(2, 3, Status::Resolved);
    let mut second = Ticket { complaints: 3, ..second };
    second.route.department = "dep".into();
    second.route.district = "d".into();
    second.route.grade = "red".into();
    store.commit(Changes { tickets: vec![(key, second.clone())], ..Changes::default() }).unwrap();
    let mut listed = |filter: TicketFilter, after, limit| {
        let found = store.list_tickets(&filter, Page { after, limit }).unwrap().tickets;
        assert!(found.iter().all(|detail| detail.complaints.is_empty()));
        found.iter().map(|detail| detail.key.0).collect::<Vec<_>>()
    };
    let all = TicketFilter::default;
    assert_eq!(listed(all(), None, 2), [5, 4]);
    assert_eq!(listed(all(), Some(4), 2), [3, 2]);
    assert_eq!(listed(all(), Some(1), 2), Vec::<i64>::new());
    assert_eq!(listed(TicketFilter { status: Some(Status::Resolved), ..all() }, None, 9), [2]);
    assert_eq!(listed(TicketFilter { department: Some("dep".into()), ..all() }, None, 9), [2]);
    assert_eq!(listed(TicketFilter { district: Some("d".into()), ..all() }, None, 9), [2]);
    assert_eq!(listed(TicketFilter { grade: Some("red".into()), ..all() }, None, 9), [2]);
    assert_eq!(listed(TicketFilter { min_complaints: Some(2), ..all() }, None, 9), [2]);
    let both = TicketFilter { status: Some(Status::Open), grade: Some("red".into()), ..all() };
    assert_eq!(listed(both, None, 9), Vec::<i64>::new());
    assert_eq!(store.list_tickets(&all(), Page { after: Some(3), limit: 1 }).unwrap().tickets[0].ticket, second);
}

pub fn what_waits_for_a_person_comes_back_and_is_listed(store: &mut dyn Store) {
    lones(store, 1..=4);
    let hold = Hold { code: "sensitive".into(), since: at(7) };
    let mut said = update(3, "u1", 7, Status::Rejected, Verdict::Submitted).update;
    said.results = vec![OwnResult { receipt: "R3".into(), text: "请走诉讼".into() }];
    said.person = Some(Handler { name: "李工".into(), unit: None, phone: Some("0631".into()) });
    (said.due_at, said.sender, said.trace) = (Some(at(9)), Sender::Person("li".into()), Some("00-1".into()));
    said.attachments =
        vec![AnswerFile { url: "https://e.example/1".into(), name: None, media_type: Some("image/png".into()) }];
    let submission = Submission { code: "answers".into(), since: at(8), update: said };
    let [(held, before), (submitted, after)] = [2, 3].map(|key| ticket(key, 1, Status::Accepted));
    let before = Ticket { hold: Some(hold), ..before };
    let after = Ticket { submission: Some(submission), ..after };
    let tickets = vec![(held, before.clone()), (submitted, after.clone())];
    store.commit(Changes { tickets, ..Changes::default() }).unwrap();
    let listed = |store: &mut dyn Store, waits, list: Option<&str>| {
        let filter = TicketFilter { waits, waits_in: list.map(str::to_owned), ..TicketFilter::default() };
        let found = store.list_tickets(&filter, Page::first(9)).unwrap().tickets;
        found.into_iter().map(|detail| detail.ticket).collect::<Vec<_>>()
    };
    assert_eq!(listed(store, true, None), [after.clone(), before.clone()]);
    assert_eq!(listed(store, false, Some("sensitive")), [before]);
    assert_eq!(listed(store, true, Some("answers")), std::slice::from_ref(&after));
    assert_eq!(listed(store, true, Some("others")), []);
    let tickets = vec![(submitted, Ticket { submission: None, ..after })];
    store.commit(Changes { tickets, ..Changes::default() }).unwrap();
    assert_eq!(listed(store, true, Some("answers")), []);
}

pub fn reviews_are_listed_by_weight_and_by_number(store: &mut dyn Store) {
    lones(store, 1..=4);
    let reviews = vec![review(2, 1, 12.0), review(3, 1, 15.0), review(4, 1, 12.0), review(4, 2, 11.0)];
    store.commit(Changes { reviews, ..Changes::default() }).unwrap();
    let open = |store: &mut dyn Store, after: Option<i64>, limit| {
        let found = store.open_reviews(Page { after, limit }).unwrap();
        found.iter().map(|view| (view.complaint.0, view.ticket.0)).collect::<Vec<_>>()
    };
    assert_eq!(open(store, None, 3), [(3, 1), (2, 1), (4, 1)], "the heaviest first, of equal ones the older");
    let last = store.open_reviews(Page { after: None, limit: 2 }).unwrap()[1].id;
    assert_eq!(open(store, Some(last.0), 9), [(4, 1), (4, 2)]);
    let mut of = |ticket| {
        let found = store.open_reviews_of(TicketKey(ticket), 9).unwrap();
        found.iter().map(|view| (view.complaint.0, view.ticket.0)).collect::<Vec<_>>()
    };
    assert_eq!(of(1), [(3, 1), (2, 1), (4, 1)], "what may belong to it");
    assert_eq!(of(4), [(4, 1), (4, 2)], "where its own may belong");
    let answer = |review| ReviewAnswer { review: ReviewKey(review), same: false, actor: "ann".into(), at: at(5) };
    store.commit(Changes { review_answers: vec![answer(3), answer(1)], ..Changes::default() }).unwrap();
    let mut answered = |after, limit| {
        let found = store.answered_reviews(Page { after, limit }).unwrap();
        found.iter().map(|view| (view.id.0, view.answer)).collect::<Vec<_>>()
    };
    assert_eq!(answered(None, 1), [(1, Some(false))]);
    assert_eq!(answered(Some(1), 9), [(3, Some(false))]);
    assert_eq!(open(store, None, 9), [(3, 1), (4, 2)]);
}

pub fn quarantine_and_replies_are_listed_page_by_page(store: &mut dyn Store) {
    let mut other = quarantine(2);
    other.channel = "d".into();
    let changes = Changes {
        raw: (1..=3).map(|id| raw(id, &format!("n{id}"), RawState::Quarantined)).collect(),
        quarantine: vec![quarantine(3), other, quarantine(1)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    let mut waiting = |channel: Option<&str>, after, limit| {
        let found = store.quarantine(channel, Page { after, limit }).unwrap();
        found.iter().map(|view| view.raw_id.0).collect::<Vec<_>>()
    };
    assert_eq!(waiting(None, None, 2), [1, 2]);
    assert_eq!(waiting(None, Some(2), 2), [3]);
    assert_eq!(waiting(Some("c"), None, 9), [1, 3]);
    lones(store, 4..=6);
    let replies = (4..=6).map(|id| reply(&format!("r{id}"), id, "c", 10)).collect();
    store.commit(Changes { replies, ..Changes::default() }).unwrap();
    let mut page = Page { after: None, limit: 2 };
    let first = store.list_replies(ReplyState::Pending, page).unwrap();
    assert_eq!(first.iter().map(|view| view.receipt.as_str()).collect::<Vec<_>>(), ["R6", "R5"]);
    assert_eq!((first[0].ticket_id.as_str(), first[0].status, first[0].attempts), ("T6", Status::Resolved, 0));
    page.after = Some(first[1].id.0);
    assert_eq!(store.list_replies(ReplyState::Pending, page).unwrap()[0].receipt, "R4");
    assert!(store.list_replies(ReplyState::Dead, Page::first(9)).unwrap().is_empty());
}

pub fn everything_about_a_complaint_is_listed(store: &mut dyn Store) {
    lones(store, 1..=2);
    let mut amendment = raw(3, "n1", RawState::Amendment);
    amendment.complaint = Some(ComplaintKey(1));
    let replies = vec![reply("a", 1, "c", 10), reply("b", 2, "c", 10), reply("c", 1, "c", 11)];
    store.commit(Changes { raw: vec![amendment.clone()], replies, ..Changes::default() }).unwrap();
    let records = store.records_of(ComplaintKey(1)).unwrap();
    let facts: Vec<_> =
        records.iter().map(|record| (record.raw_id.0, record.record_id.as_str(), record.state)).collect();
    assert_eq!(facts, [(1, "n1", RawState::Complaint), (3, "n1", RawState::Amendment)]);
    assert_eq!((&records[1].body, records[1].received_at), (&amendment.body, amendment.received_at));
    assert_eq!(records[0], store.record(RawKey(1)).unwrap().unwrap());
    let newest = |store: &mut dyn Store, channel: Option<&str>, most| {
        let found = store.latest_records(channel, most).unwrap();
        found.iter().map(|record| record.raw_id.0).collect::<Vec<_>>()
    };
    assert_eq!(newest(store, None, 9), [3, 2, 1]);
    assert_eq!(newest(store, Some("c"), 2), [3, 2]);
    assert_eq!(newest(store, Some("other"), 9), [0; 0]);
    let told: Vec<_> = store.replies_of(ComplaintKey(1)).unwrap().iter().map(|view| view.at).collect();
    assert_eq!(told, [at(10), at(11)]);
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(8_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert_eq!(newest(store, None, 9), [2], "what is erased is looked at no more");
    let left = store.records_of(ComplaintKey(1)).unwrap();
    assert!(left.iter().all(|record| record.record_id.is_empty()), "what the source calls it goes too: {left:?}");
    assert!(
        store.records_of(ComplaintKey(9)).unwrap().is_empty() && store.replies_of(ComplaintKey(9)).unwrap().is_empty()
    );
}

pub fn the_ledger_accounts_for_every_record(store: &mut dyn Store) {
    lones(store, [1]);
    let states = [
        RawState::Amendment,
        RawState::FollowUp,
        RawState::Quarantined,
        RawState::Discarded,
        RawState::Erased,
        RawState::Received,
    ];
    let mut records: Vec<_> = (2..).zip(states).map(|(id, state)| raw(id, &format!("x{id}"), state)).collect();
    for record in &mut records {
        record.complaint = record.complaint.map(|_| ComplaintKey(1));
    }
    store.commit(Changes { raw: records, quarantine: vec![quarantine(4)], ..Changes::default() }).unwrap();
    let ledger = store.ledger().unwrap();
    assert!(ledger.balances(), "{ledger:?}");
    let by_state =
        [ledger.complaint_records, ledger.amendments, ledger.follow_ups, ledger.quarantined, ledger.discarded];
    assert_eq!((ledger.received, by_state, ledger.erased, ledger.undecided), (7, [1; 5], 1, 1));
    assert_eq!((ledger.complaints, ledger.complaints_in_tickets, ledger.tickets), (1, 1, 1));
    let absorbed = (TicketKey(1), Ticket { complaints: 1, ..ticket(1, 1, Status::Absorbed).1 });
    store.commit(Changes { tickets: vec![absorbed], ..Changes::default() }).unwrap();
    assert!(!store.ledger().unwrap().balances(), "an absorbed ticket covers nothing");
}

pub fn queues_are_counted(store: &mut dyn Store) {
    assert_eq!(store.queue_counts().unwrap(), QueueCounts::default());
    lones(store, [1, 2]);
    let changes = Changes {
        raw: vec![raw(3, "x", RawState::Quarantined)],
        quarantine: vec![quarantine(3)],
        outbox: vec![message("a", 1), message("b", 1)],
        replies: vec![reply("r", 1, "c", 10), reply("s", 2, "c", 10)],
        reviews: vec![review(2, 1, 12.0)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    let due = store.due_replies(at(10), 9).unwrap();
    store.mark_reply(due[0].id, ReplyState::Dead, None, None, at(11)).unwrap();
    let expected = QueueCounts {
        outbox: 2,
        replies_pending: 1,
        replies_dead: 1,
        replies_held: 0,
        replies_by_hand: 0,
        reviews: 1,
        quarantine: 1,
        outbox_since: Some(at(3_000)),
        replies_since: Some(at(10)),
        by_hand_since: None,
    };
    assert_eq!(store.queue_counts().unwrap(), expected);
}

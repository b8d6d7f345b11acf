//! Look-ups by slices.

use huiliu::complaint::ComplaintState;
use huiliu::key::{ComplaintKey, RawKey, ReviewKey, TicketKey};
use huiliu::store::{
    Amendment, Changes, Erasure, LastSaid, MergeKind, Placement, RawState, ReplyState, ReviewAnswer, StatementRow,
    StatusKnown, Store, Verdict,
};
use huiliu::ticket::{Act, ActKind, Status};

use crate::rows::{NAME, at, complaint, event, lone, lones, quarantine, raw, reply, review, statement, ticket, update};

fn pair(a: &str, b: &str) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

pub fn the_latest_record_of_each_id_is_found(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let mut again = raw(3, "n1", RawState::Amendment);
    again.complaint = Some(ComplaintKey(1));
    store.commit(Changes { raw: vec![again, raw(4, "x", RawState::Discarded)], ..Changes::default() }).unwrap();
    let asked = [pair("c", "n1"), pair("c", "n2"), pair("c", "x"), pair("d", "n1"), pair("c", "n1")];
    let found = store.latest_raw(&asked).unwrap();
    assert_eq!(found.len(), 3);
    let first = &found[&asked[0]];
    assert_eq!((first.id, first.digest, first.state), (RawKey(3), [3; 16], RawState::Amendment));
    assert_eq!((first.complaint, first.receipt.as_deref(), first.erased), (Some(ComplaintKey(1)), Some("R1"), false));
    let discarded = &found[&asked[2]];
    assert_eq!((discarded.state, discarded.rule.as_deref()), (RawState::Discarded, Some("test")));
    assert_eq!((discarded.complaint, discarded.receipt.as_deref()), (None, None));
}

pub fn strange_ids_are_found_too(store: &mut dyn Store) {
    let ids = ["", " ", "'", "\"", "\\", "青鱼/1", "[1,2]", "1e3", "null", "😀", "a\u{7}b", "a\nb", "%_"];
    let records = (1..).zip(ids).map(|(key, id)| raw(key, id, RawState::Discarded)).collect();
    store.commit(Changes { raw: records, ..Changes::default() }).unwrap();
    let asked: Vec<(String, String)> = ids.iter().map(|id| pair("c", id)).collect();
    let found = store.latest_raw(&asked).unwrap();
    for (key, asked) in (1..).zip(&asked) {
        assert_eq!(found.get(asked).map(|view| view.id), Some(RawKey(key)), "{asked:?}");
    }
}

pub fn complaints_are_found_by_number_receipt_and_key(store: &mut dyn Store) {
    lones(store, 1..=3);
    let heads = store.heads_by_number(&[pair("c", "n2"), pair("c", "none"), pair("d", "n1")]).unwrap();
    assert_eq!(heads.len(), 1);
    let head = &heads[&pair("c", "n2")];
    assert_eq!((head.id, head.receipt.as_str(), head.ticket), (ComplaintKey(2), "R2", TicketKey(2)));
    let numbers = |views: Vec<huiliu::store::ComplaintView>| views.iter().map(|view| view.id.0).collect::<Vec<_>>();
    let keys = [ComplaintKey(3), ComplaintKey(9), ComplaintKey(1), ComplaintKey(3)];
    assert_eq!(numbers(store.complaints(&keys).unwrap()), [1, 3]);
    assert_eq!(numbers(store.complaints_by_receipt(&["R3", "R2", "none", "R3"]).unwrap()), [2, 3]);
    let new = complaint(2, 2);
    let amendment = Amendment {
        id: new.id,
        raw_id: RawKey(7),
        district: None,
        category: "road".into(),
        phone_hash: Some(5),
        id_hash: None,
        account_hash: None,
        complaint: huiliu::complaint::Complaint { text: "坑".into(), ..new.complaint.clone() },
    };
    store.commit(Changes { amendments: vec![amendment], ..Changes::default() }).unwrap();
    let found = store.complaints(&[ComplaintKey(2)]).unwrap().pop().unwrap();
    assert_eq!((found.revision, found.raw_id, found.complaint.text.as_str()), (2, RawKey(7), "坑"));
    assert_eq!((found.receipt, found.ticket, found.received_at), (new.receipt, new.ticket, new.received_at));
    assert_eq!(store.complaints_of_person(&[5]).unwrap(), [ComplaintKey(2)]);
}

pub fn a_statement_is_kept_once_with_its_complaint(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let said = vec![statement(2, 1), statement(1, 1), statement(2, 2)];
    store.commit(Changes { statements: said, ..Changes::default() }).unwrap();
    let again = StatementRow { text: "又说一遍".to_owned(), ..statement(2, 1) };
    let states = vec![(ComplaintKey(2), ComplaintState::Withdrawn)];
    store.commit(Changes { statements: vec![again], states, ..Changes::default() }).unwrap();
    assert_eq!(store.statements_of(&[ComplaintKey(2)]).unwrap(), [statement(2, 1), statement(2, 2)]);
    let both = store.statements_of(&[ComplaintKey(2), ComplaintKey(1), ComplaintKey(9)]).unwrap();
    assert_eq!(both, [statement(2, 1), statement(1, 1), statement(2, 2)]);
    assert!(store.statements_of(&[]).unwrap().is_empty());
    let states = store.complaints(&[ComplaintKey(1), ComplaintKey(2)]).unwrap();
    assert_eq!(
        states.iter().map(|view| view.state).collect::<Vec<_>>(),
        [ComplaintState::Open, ComplaintState::Withdrawn]
    );
    let moved = vec![(ComplaintKey(2), TicketKey(1))];
    store.commit(Changes { moves: moved, ..Changes::default() }).unwrap();
    assert_eq!(store.members(TicketKey(1)).unwrap().last().map(|view| view.state), Some(ComplaintState::Withdrawn));
}

pub fn tickets_come_in_the_order_asked_with_their_first_complaints(store: &mut dyn Store) {
    lones(store, 1..=4);
    let moves = vec![(ComplaintKey(4), TicketKey(1)), (ComplaintKey(3), TicketKey(1))];
    store.commit(Changes { moves, ..Changes::default() }).unwrap();
    let shown = |store: &mut dyn Store, most| -> Vec<(i64, Vec<i64>)> {
        let asked = [TicketKey(2), TicketKey(9), TicketKey(1)];
        let found = store.tickets(&asked, most).unwrap();
        let ids = |detail: &huiliu::store::TicketDetail| detail.complaints.iter().map(|view| view.id.0).collect();
        found.iter().map(|detail| (detail.key.0, ids(detail))).collect()
    };
    assert_eq!(shown(store, 2), [(2, vec![2]), (1, vec![1, 3])]);
    assert_eq!(shown(store, 0), [(2, vec![]), (1, vec![])]);
    assert_eq!(shown(store, usize::MAX), [(2, vec![2]), (1, vec![1, 3, 4])]);
    assert_eq!(store.tickets(&[TicketKey(2)], 0).unwrap()[0].ticket, ticket(2, 1, Status::Open).1);
    let keys = store.ticket_keys(&["T2", "T4", "none"]).unwrap();
    assert_eq!((keys.len(), keys["T2"], keys["T4"]), (2, TicketKey(2), TicketKey(4)));
}

pub fn nothing_is_found_where_nothing_is_asked(store: &mut dyn Store) {
    lones(store, [1]);
    assert!(store.latest_raw(&[]).unwrap().is_empty() && store.heads_by_number(&[]).unwrap().is_empty());
    assert!(store.tickets(&[], 9).unwrap().is_empty() && store.ticket_keys(&[]).unwrap().is_empty());
    assert!(store.complaints(&[]).unwrap().is_empty() && store.complaints_by_receipt(&[]).unwrap().is_empty());
    assert!(store.statuses_known(&[]).unwrap().is_empty() && store.last_statuses(&[]).unwrap().is_empty());
    assert!(store.complaints_of_person(&[]).unwrap().is_empty());
    assert!(store.members(TicketKey(9)).unwrap().is_empty() && store.merge_events(TicketKey(9)).unwrap().is_empty());
    assert!(store.review(ReviewKey(9)).unwrap().is_none() && store.quarantined(RawKey(1)).unwrap().is_none());
}

pub fn a_follow_up_is_about_a_receipt_a_number_or_a_telephone(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let mut changes = lone(3);
    let mut row = complaint(3, 3);
    row.phone_hash = Some(u64::MAX - 2);
    row.complaint.number = "R1".into();
    changes.complaints = vec![row.into()];
    store.commit(changes).unwrap();
    let mut about =
        |channel: &str, about: &str, hash| store.complaint_about(channel, about, hash).unwrap().map(|head| head.id.0);
    assert_eq!(about("c", "R1", 0), Some(1), "a receipt goes before a number");
    assert_eq!(about("other", "R1", 0), Some(1), "receipts are of all channels");
    assert_eq!(about("c", "n2", u64::MAX - 1), Some(2), "a number goes before a telephone");
    assert_eq!(about("c", "13800001111", u64::MAX - 2), Some(3), "the latest of the telephone");
    assert_eq!(about("other", "n2", u64::MAX - 2), None, "numbers and telephones are of one channel");
}

pub fn events_of_one_decision_share_its_number(store: &mut dyn Store) {
    lones(store, 1..=3);
    let merge_events = vec![
        event(4, MergeKind::Merge, 2, Some(2), 1),
        event(4, MergeKind::Merge, 3, Some(2), 1),
        event(5, MergeKind::Split, 3, Some(1), 3),
    ];
    store.commit(Changes { merge_events: merge_events.clone(), ..Changes::default() }).unwrap();
    assert_eq!(store.merge_events(TicketKey(1)).unwrap(), merge_events);
    assert_eq!(store.merge_events(TicketKey(2)).unwrap(), merge_events[..2]);
    assert_eq!(store.merge_events(TicketKey(3)).unwrap(), merge_events[2..]);
}

pub fn a_review_is_asked_once_and_answered_once(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let reviews = vec![review(2, 1, 15.0)];
    store.commit(Changes { reviews: reviews.clone(), ..Changes::default() }).unwrap();
    store.commit(Changes { reviews, ..Changes::default() }).unwrap();
    assert_eq!(store.queue_counts().unwrap().reviews, 1);
    let found = store.review(ReviewKey(1)).unwrap().unwrap();
    assert_eq!((found.complaint, found.current_ticket, found.ticket), (ComplaintKey(2), TicketKey(2), TicketKey(1)));
    assert_eq!((found.answer, found.evidence), (None, review(2, 1, 15.0).evidence));
    for same in [true, false] {
        let answer = ReviewAnswer { review: ReviewKey(1), same, actor: "ann".into(), at: at(5) };
        store.commit(Changes { review_answers: vec![answer], ..Changes::default() }).unwrap();
    }
    assert_eq!(store.review(ReviewKey(1)).unwrap().unwrap().answer, Some(true), "the first answer counts");
}

fn placement(raw: i64, state: RawState, complaint: Option<i64>) -> Placement {
    let (raw_id, complaint) = (RawKey(raw), complaint.map(ComplaintKey));
    Placement { raw_id, state, complaint, rule: None, settings_version: "w".into() }
}

pub fn an_undecided_record_waits_until_it_is_placed(store: &mut dyn Store) {
    let records = (1..=3).map(|id| raw(id, &format!("n{id}"), RawState::Received)).collect();
    store.commit(Changes { raw: records, ..Changes::default() }).unwrap();
    assert!(store.ledger().unwrap().balances());
    let waiting = store.undecided(RawKey(0), 2).unwrap();
    assert_eq!(waiting.iter().map(|view| view.raw_id.0).collect::<Vec<_>>(), [1, 2]);
    let (first, kept) = (&waiting[0], raw(1, "n1", RawState::Received));
    assert_eq!((&first.channel, &first.record_id, &first.body), (&kept.channel, &kept.record_id, &kept.body));
    assert_eq!((first.digest, first.received_at), (kept.digest, kept.received_at));
    let decided = Changes {
        complaints: vec![complaint(2, 2).into()],
        tickets: vec![ticket(2, 1, Status::Open)],
        quarantine: vec![quarantine(1)],
        placed: vec![placement(2, RawState::Complaint, Some(2)), placement(1, RawState::Quarantined, None)],
        ..Changes::default()
    };
    store.commit(decided).unwrap();
    assert_eq!(store.undecided(RawKey(0), 9).unwrap().iter().map(|view| view.raw_id.0).collect::<Vec<_>>(), [3]);
    assert!(store.quarantined(RawKey(1)).unwrap().is_some());
    let ledger = store.ledger().unwrap();
    assert_eq!((ledger.complaint_records, ledger.quarantined, ledger.undecided, ledger.balances()), (1, 1, 1, true));
}

pub fn a_quarantined_record_leaves_when_it_is_placed_elsewhere(store: &mut dyn Store) {
    let records = vec![raw(1, "n1", RawState::Quarantined), raw(2, "n2", RawState::Quarantined)];
    let changes = Changes { raw: records, quarantine: vec![quarantine(1), quarantine(2)], ..Changes::default() };
    store.commit(changes).unwrap();
    let again = huiliu::store::QuarantineRow { problems: serde_json::json!(["other"]), at: at(9), ..quarantine(2) };
    let changes = Changes {
        quarantine: vec![again.clone()],
        placed: vec![placement(1, RawState::Discarded, None)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    assert!(store.quarantined(RawKey(1)).unwrap().is_none());
    let kept = store.quarantined(RawKey(2)).unwrap().unwrap();
    assert_eq!((kept.problems, kept.at), (again.problems, quarantine(2).at), "newer problems, since the same time");
    assert_eq!((kept.record_id.as_str(), kept.body), ("n2", raw(2, "n2", RawState::Quarantined).body));
}

pub fn updates_are_known_by_platform_and_id(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let statuses = vec![
        update(1, "a", 5, Status::Accepted, Verdict::Accepted),
        update(1, "b", 9, Status::Resolved, Verdict::Late),
        update(2, "c", 7, Status::Accepted, Verdict::Accepted),
        update(2, "e", 8, Status::Resolved, Verdict::Submitted),
    ];
    store.commit(Changes { statuses, ..Changes::default() }).unwrap();
    let asked =
        [(TicketKey(1), "p", "b"), (TicketKey(1), "p", "c"), (TicketKey(2), "p", "c"), (TicketKey(2), "q", "c")];
    let known = |newest_sequence, repeated| StatusKnown { newest_sequence, repeated };
    let expected = [known(Some(5), true), known(Some(5), false), known(Some(8), true), known(None, false)];
    assert_eq!(store.statuses_known(&asked).unwrap(), expected);
}

pub fn the_last_accepted_status_counts(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let statuses = vec![
        update(1, "a", 5, Status::Accepted, Verdict::Accepted),
        update(1, "b", 6, Status::InProgress, Verdict::Accepted),
        update(1, "c", 4, Status::Resolved, Verdict::Late),
        update(2, "d", 4, Status::Resolved, Verdict::Repeated),
        update(1, "e", 7, Status::Resolved, Verdict::Submitted),
    ];
    store.commit(Changes { statuses, ..Changes::default() }).unwrap();
    let found = store.last_statuses(&[TicketKey(1), TicketKey(2), TicketKey(9)]).unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(TicketKey(1), Status::InProgress)]);
}

pub fn an_act_alone_sets_no_status_and_says_nothing_to_citizens(store: &mut dyn Store) {
    lones(store, [1]);
    let accepted = update(1, "a", 5, Status::Accepted, Verdict::Accepted);
    let mut act = update(1, "b", 6, Status::Accepted, Verdict::Accepted);
    let claim = Act::Claim { leader: NAME.into(), words: Some(NAME.into()) };
    (act.update.status, act.update.act) = (None, Some(claim));
    store.commit(Changes { statuses: vec![accepted, act], ..Changes::default() }).unwrap();
    assert_eq!(store.last_statuses(&[TicketKey(1)]).unwrap().get(&TicketKey(1)), Some(&Status::Accepted));
    assert_eq!(store.last_said(TicketKey(1)).unwrap().unwrap().status, Some(Status::Accepted));
    let asked = (TicketKey(1), "p", "b");
    let known = store.statuses_known(&[asked]).unwrap().remove(0);
    assert_eq!((known.newest_sequence, known.repeated), (Some(6), true), "it counts among what its platform has said");
    let told = store.updates_of(TicketKey(1), 9).unwrap();
    let told: Vec<_> = told.iter().map(|update| (update.said.status, update.act)).collect();
    assert_eq!(told, [(Some(Status::Accepted), None), (None, Some(ActKind::Claim))]);
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(8_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert!(!format!("{:?}", store.updates_of(TicketKey(1), 9).unwrap()).contains(NAME));
}

pub fn the_last_accepted_update_is_read_whole_until_it_is_erased(store: &mut dyn Store) {
    lones(store, [1, 2]);
    assert_eq!(store.last_said(TicketKey(1)).unwrap(), None);
    let mut statuses = vec![
        update(1, "a", 5, Status::Accepted, Verdict::Accepted),
        update(1, "b", 6, Status::InProgress, Verdict::Accepted),
        update(1, "c", 4, Status::Resolved, Verdict::Late),
        update(2, "d", 4, Status::Resolved, Verdict::Accepted),
        update(1, "e", 7, Status::Resolved, Verdict::Submitted),
    ];
    statuses[1].update.department = Some("城管局".into());
    let answer = reply("k", 1, "c", 10).answer;
    (statuses[1].update.person, statuses[1].update.attachments) = (answer.person, answer.attachments);
    let row = statuses[1].clone();
    store.commit(Changes { statuses, ..Changes::default() }).unwrap();
    let said = LastSaid {
        status: Some(Status::InProgress),
        occurred_at: row.update.occurred_at,
        result: row.update.result.clone(),
        department: row.update.department.clone(),
        person: row.update.person.clone(),
        attachments: row.update.attachments.clone(),
    };
    assert_eq!(store.last_said(TicketKey(1)).unwrap(), Some(said.clone()));
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(8_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert!(said.person.is_some() && !said.attachments.is_empty());
    let silent = LastSaid { result: None, department: None, person: None, attachments: Vec::new(), ..said };
    assert_eq!(store.last_said(TicketKey(1)).unwrap(), Some(silent), "the words can name who was erased");
}

pub fn a_person_is_found_by_telephone_and_identity_number(store: &mut dyn Store) {
    lones(store, 1..=3);
    let found = store.complaints_of_person(&[7_003, u64::MAX - 1, 7_001, 42]).unwrap();
    assert_eq!(found, [ComplaintKey(1), ComplaintKey(3)]);
}

pub fn finished_complaints_past_their_time_wait_for_their_replies(store: &mut dyn Store) {
    lones(store, 1..=4);
    let tickets = [(1, Status::Resolved), (2, Status::Open), (3, Status::Closed), (4, Status::Rejected)];
    let tickets = tickets.map(|(key, status)| ticket(key, 1, status)).to_vec();
    store.commit(Changes { tickets, replies: vec![reply("r", 3, "c", 10)], ..Changes::default() }).unwrap();
    let mut past = |second, limit| {
        let found = store.finished_before(at(second), limit).unwrap();
        found.iter().map(|key| key.0).collect::<Vec<_>>()
    };
    assert_eq!(past(5_000, 9), [1, 4]);
    assert_eq!(past(5_000, 1), [1]);
    assert_eq!(past(1_004, 9), [1], "before, not at");
    let due = store.due_replies(at(10), 9).unwrap();
    store.mark_reply(due[0].id, ReplyState::Dead, None, None, at(11)).unwrap();
    assert_eq!(store.finished_before(at(5_000), 9).unwrap().len(), 3);
}

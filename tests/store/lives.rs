//! What the life of one matter is told from, and the ledger per citizen.

use huiliu::complaint::ComplaintState;
use huiliu::key::{ComplaintKey, DeliveryKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu::store::{
    Changes, DeliveryResult, DeliveryState, Erasure, Occurrence, OccurrenceKind, Page, ReplyRow, ReplyState,
    ReviewAnswer, Store, Unanswered, Verdict,
};
use huiliu::ticket::{OwnResult, Sender, Status};
use serde_json::{Value, json};

use crate::rows::{NAME, at, delivery, lones, message, reply, review, ticket, told, update};

fn erase(store: &mut dyn Store, complaint: i64) {
    let erased = vec![Erasure { complaint: ComplaintKey(complaint), at: at(8_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
}

pub fn what_left_of_a_ticket_is_told_with_its_confirmation(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let outbox = vec![message("a", 1), message("b", 2), message("c", 1)];
    let deliveries = vec![delivery("county", "d", 1), delivery("county", "e", 2)];
    store.commit(Changes { outbox, deliveries, ..Changes::default() }).unwrap();
    store.mark_published(&[1], at(3_001)).unwrap();
    store.acknowledge_deliveries("county", DeliveryKey(1), at(3_002)).unwrap();
    let messages = store.messages_of(TicketKey(1), 9).unwrap();
    let seen: Vec<_> = messages.iter().map(|row| (row.message_id.as_str(), row.published_at)).collect();
    assert_eq!(seen, [("a", Some(at(3_001))), ("c", None)]);
    assert_eq!(store.messages_of(TicketKey(1), 1).unwrap()[0].message_id, "c", "the latest");
    let delivered = store.deliveries_of(TicketKey(1), 9).unwrap();
    assert_eq!((delivered.len(), delivered[0].done_at), (1, Some(at(3_002))));
}

pub fn an_update_is_told_with_its_sender_until_it_is_erased(store: &mut dyn Store) {
    lones(store, [1]);
    let mut row = update(1, "u1", 7, Status::Resolved, Verdict::Accepted);
    (row.update.sender, row.update.result) = (Sender::User(Some("urban".into())), Some(NAME.into()));
    row.update.results = vec![OwnResult { receipt: "R1".into(), text: NAME.into() }];
    store.commit(Changes { statuses: vec![row], ..Changes::default() }).unwrap();
    let told = store.updates_of(TicketKey(1), 9).unwrap().pop().unwrap();
    assert_eq!((told.platform.as_str(), told.sent_by.as_deref(), told.sequence), ("p", Some("user:urban"), 7));
    assert_eq!((told.said.result.as_deref(), told.results.len()), (Some(NAME), 1));
    erase(store, 1);
    let told = store.updates_of(TicketKey(1), 9).unwrap().pop().unwrap();
    assert!(!format!("{told:?}").contains(NAME) && told.platform.is_empty() && told.sent_by.is_none());
    assert_eq!(
        (told.said.status, told.verdict, told.received_at),
        (Some(Status::Resolved), Verdict::Accepted, at(4_000))
    );
}

pub fn every_attempt_of_a_reply_and_a_delivery_is_kept_with_its_answer(store: &mut dyn Store) {
    lones(store, [1]);
    let replies = vec![reply("r", 1, "c", 10)];
    let deliveries = vec![delivery("county", "d", 1)];
    store.commit(Changes { replies, deliveries, ..Changes::default() }).unwrap();
    for (second, state, error) in [
        (11, ReplyState::Pending, Some("busy")),
        (12, ReplyState::Pending, Some("code 7")),
        (13, ReplyState::Sent, None),
    ] {
        store.mark_reply(ReplyKey(1), state, error, Some(at(second + 1)), at(second)).unwrap();
    }
    let attempts = store.occurrences(OccurrenceKind::ReplyAttempt, &[1]).unwrap();
    let seen: Vec<_> = attempts.iter().map(|row| (row.at, row.outcome.as_str(), row.details.clone())).collect();
    let expected = [
        (at(11), "pending", json!({ "error": "busy" })),
        (at(12), "pending", json!({ "error": "code 7" })),
        (at(13), "sent", Value::Null),
    ];
    assert_eq!(seen, expected);
    let times = store.reply_times(ComplaintKey(1)).unwrap().pop().unwrap();
    assert_eq!((times.key.as_str(), times.done_at, times.next_at), ("r", Some(at(13)), None));
    let mark = |store: &mut dyn Store, state, error: Option<&str>| {
        let result = DeliveryResult { state, error: error.map(str::to_owned), proof: None, next_at: None };
        store.mark_deliveries(&[DeliveryKey(1)], &result, at(20)).unwrap();
    };
    mark(store, DeliveryState::Pending, Some("HTTP 503"));
    mark(store, DeliveryState::Sent, None);
    mark(store, DeliveryState::Sent, None);
    let attempts = store.occurrences(OccurrenceKind::DeliveryAttempt, &[1]).unwrap();
    assert_eq!(attempts.len(), 2, "what is done is not marked again");
    assert_eq!(attempts[0].details, json!({ "error": "HTTP 503" }));
    store.forget_delivered(at(21)).unwrap();
    assert!(store.occurrences(OccurrenceKind::DeliveryAttempt, &[1]).unwrap().is_empty(), "they go with the delivery");
}

pub fn what_happened_is_kept_up_to_its_limit_and_without_words_once_erased(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let happened = |kind, subject, second: i64| Occurrence {
        kind,
        subject,
        at: at(second),
        outcome: "not_sent".into(),
        details: json!({ "n": second, "said": NAME }),
    };
    let most = i64::try_from(Occurrence::MAX_OF_A_KIND).unwrap();
    let mut occurrences: Vec<_> =
        (0..most + 5).map(|second| happened(OccurrenceKind::UpdateRefused, 1, second)).collect();
    occurrences.push(happened(OccurrenceKind::UpdateRefused, 2, 1));
    occurrences.push(happened(OccurrenceKind::SetAside, 1, 1));
    occurrences.push(happened(OccurrenceKind::Rerouted, 1, 1));
    store.commit(Changes { occurrences, ..Changes::default() }).unwrap();
    let kept = store.occurrences(OccurrenceKind::UpdateRefused, &[1]).unwrap();
    assert_eq!((kept.len(), &kept[0].details["n"]), (Occurrence::MAX_OF_A_KIND, &json!(5)), "the newest stay");
    assert_eq!(store.occurrences(OccurrenceKind::UpdateRefused, &[1, 2]).unwrap().len(), kept.len() + 1);
    erase(store, 1);
    for kind in [OccurrenceKind::UpdateRefused, OccurrenceKind::SetAside, OccurrenceKind::Rerouted] {
        let left = store.occurrences(kind, &[1]).unwrap();
        assert!(!left.is_empty() && left.iter().all(|row| row.details.is_null() && row.outcome == "not_sent"));
    }
    let others = store.occurrences(OccurrenceKind::UpdateRefused, &[2]).unwrap();
    assert_eq!(others[0].details["said"], NAME, "of another ticket");
}

pub fn who_answered_a_review_is_told(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let reviews = vec![review(1, 2, 10.0)];
    store.commit(Changes { reviews, ..Changes::default() }).unwrap();
    assert_eq!(store.reviews_of(ComplaintKey(1)).unwrap()[0].answered, None);
    for actor in ["ann", "bob"] {
        let answer = ReviewAnswer { review: ReviewKey(1), same: false, actor: actor.into(), at: at(30) };
        store.commit(Changes { review_answers: vec![answer], ..Changes::default() }).unwrap();
    }
    let asked = store.reviews_of(ComplaintKey(1)).unwrap().pop().unwrap();
    assert_eq!((asked.answered, asked.review.answer), (Some(("ann".into(), at(30))), Some(false)));
    assert!(store.reviews_of(ComplaintKey(2)).unwrap().is_empty());
    assert_eq!(store.versions_of(&[RawKey(1)]).unwrap().len(), 1);
}

/// Ten citizens behind finished tickets: one is answered, one told by hand, the others wait or have a reason, and one has nothing.
pub fn whoever_is_behind_a_finished_ticket_was_answered_or_is_listed_with_a_reason(store: &mut dyn Store) {
    lones(store, 1..=10);
    let since = |complaint: i64| reply(&format!("r{complaint}"), complaint, "c", 2_000 + complaint);
    let held = ReplyRow { held: Some("names another".into()), ..since(4) };
    let earlier = reply("early", 9, "c", 1_999);
    let changes = Changes {
        tickets: (1..=9).map(|key| ticket(key, 1, Status::Resolved)).collect(),
        replies: vec![since(1), since(2), since(3), held, since(5), since(6), since(7), earlier],
        states: vec![(ComplaintKey(8), ComplaintState::Withdrawn)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    for (reply, state) in [
        (1, ReplyState::Sent),
        (2, ReplyState::ByHand),
        (5, ReplyState::Dead),
        (6, ReplyState::ByHand),
        (7, ReplyState::Dead),
        (8, ReplyState::Sent),
    ] {
        store.mark_reply(ReplyKey(reply), state, None, None, at(2_100)).unwrap();
    }
    store.commit(Changes { told_replies: vec![told(2, 2_200)], ..Changes::default() }).unwrap();
    erase(store, 7);
    let ledger = store.answer_ledger(&|_| true).unwrap();
    let counts: Vec<_> = ledger.unanswered.iter().map(|(reason, count)| (*reason, *count)).collect();
    let expected = [
        Unanswered::Waiting,
        Unanswered::Held,
        Unanswered::Dead,
        Unanswered::ByHand,
        Unanswered::Erased,
        Unanswered::Withdrawn,
        Unanswered::Missing,
    ];
    assert_eq!((ledger.finished, ledger.answered), (9, 2));
    assert_eq!(counts, expected.map(|reason| (reason, 1)));
    assert!(!ledger.balances(), "nine was told before it was finished again, and nothing since");
    let listed = store.unanswered(None, &|_| true, Page::first(50)).unwrap();
    let receipts: Vec<_> = listed.iter().map(|view| (view.complaint.0, view.reason.name())).collect();
    let named =
        [(3, "waiting"), (4, "held"), (5, "dead"), (6, "by_hand"), (7, "erased"), (8, "withdrawn"), (9, "missing")];
    assert_eq!(receipts, named);
    let page = Page { after: Some(4), limit: 2 };
    assert_eq!(store.unanswered(None, &|_| true, page).unwrap(), listed[2..4]);
    assert_eq!(store.unanswered(Some(Unanswered::Missing), &|_| true, Page::first(5)).unwrap(), listed[6..]);
    let off = store.unanswered(Some(Unanswered::ChannelOff), &|_| false, Page::first(5)).unwrap();
    assert_eq!(off.iter().map(|view| view.complaint.0).collect::<Vec<_>>(), [3], "it waits for its channel");
    assert_eq!(store.unanswered(Some(Unanswered::Waiting), &|_| false, Page::first(5)).unwrap(), []);
    let counts = store.answer_ledger(&|channel| channel != off[0].channel).unwrap().unanswered;
    assert_eq!((counts.get(&Unanswered::ChannelOff), counts.get(&Unanswered::Waiting)), (Some(&1), None));
    let mended = Changes { replies: vec![ReplyRow { key: "late".into(), ..since(9) }], ..Changes::default() };
    store.commit(mended).unwrap();
    assert!(store.answer_ledger(&|_| true).unwrap().balances());
}

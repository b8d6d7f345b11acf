//! Erasing personal data.

use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::store::{
    CallBackChange, Changes, CorpusContent, Erasure, ImprintRow, MergeKind, Page, RatingRow, RawState, ReplyState,
    RetriedReply, StatementRow, Store, StoreError,
};
use huiliu::ticket::{CallBackState, Rater, Status};

use crate::rows::{
    NAME, at, call_back, complaint, event, lone, lones, message, rating, raw, reply, review, statement, ticket,
};

fn erase(store: &mut dyn Store, complaint: i64) {
    let erased = vec![Erasure { complaint: ComplaintKey(complaint), at: at(8_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
}

/// Everything that can be read of complaint 1 and its ticket beside what the ticket shows.
fn all_of_it(store: &mut dyn Store) -> String {
    let mut corpus = Vec::new();
    store.corpus(ComplaintKey(0), 9, Some(1), &mut |row| corpus.push(row)).unwrap();
    let view = store.complaints(&[ComplaintKey(1)]).unwrap();
    let quarantined = store.quarantined(RawKey(1)).unwrap();
    let events = store.merge_events(TicketKey(1)).unwrap();
    let reviews = store.open_reviews(Page::first(9)).unwrap();
    let answered = store.answered_reviews(Page::first(9)).unwrap();
    let replies = store.list_replies(ReplyState::Dead, Page::first(9)).unwrap();
    format!("{corpus:?} {view:?} {quarantined:?} {events:?} {reviews:?} {answered:?} {replies:?}")
}

pub fn erasing_leaves_nothing_of_the_person(store: &mut dyn Store) {
    let changes = Changes {
        imprints: vec![ImprintRow { complaint: ComplaintKey(1), reading: 1, body: NAME.as_bytes().to_vec() }],
        merge_events: vec![event(1, MergeKind::Auto, 1, None, 1)],
        ..lone(1)
    };
    store.commit(changes).unwrap();
    assert!(all_of_it(store).contains(NAME), "it is there before");
    erase(store, 1);
    let left = all_of_it(store);
    assert!(!left.contains(NAME) && !left.contains("13800001111"), "{left}");
    assert!(store.complaints_of_person(&[u64::MAX - 1, 7_001]).unwrap().is_empty());
    assert!(store.complaint_about("c", "13800001111", u64::MAX - 1).unwrap().is_none());
    let mut imprints = 0;
    store
        .corpus(ComplaintKey(0), 9, Some(1), &mut |row| {
            imprints += u32::from(matches!(row.content, CorpusContent::Imprint(_)));
        })
        .unwrap();
    assert_eq!(imprints, 0);
    erase(store, 99);
}

pub fn erasing_takes_the_words_of_statements_and_what_could_confirm_them(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let statements = vec![statement(1, 1), statement(1, 2), statement(2, 1)];
    store.commit(Changes { statements, ..Changes::default() }).unwrap();
    erase(store, 1);
    let left = store.statements_of(&[ComplaintKey(1)]).unwrap();
    assert_eq!(left.len(), 2, "how often it was said stays");
    let nothing = |row: &StatementRow| row.text.is_empty() && row.mark == [0; 16] && row.satisfaction.is_none();
    assert!(left.iter().all(nothing), "{left:?}");
    assert_eq!(store.statements_of(&[ComplaintKey(2)]).unwrap(), [statement(2, 1)]);
}

pub fn erasing_takes_the_words_of_ratings_and_ends_the_call_back(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let said = vec![
        rating(1, Some(1), Rater::Citizen),
        rating(1, None, Rater::Supervisor),
        rating(2, Some(2), Rater::CallBack),
    ];
    let call_backs = [1, 2].map(|complaint| CallBackChange::Due(call_back(complaint, 20))).to_vec();
    store.commit(Changes { ratings: said.clone(), call_backs, ..Changes::default() }).unwrap();
    erase(store, 1);
    let silent = |row: &RatingRow| RatingRow { by: String::new(), words: String::new(), ..row.clone() };
    assert_eq!(store.ratings_of(&[TicketKey(1)]).unwrap(), [silent(&said[0]), silent(&said[1])]);
    assert_eq!(store.ratings_of(&[TicketKey(2)]).unwrap(), said[2..], "another's words stay");
    let left = store.due_call_backs(Page::first(9)).unwrap();
    assert_eq!(left.iter().map(|due| due.complaint).collect::<Vec<_>>(), [ComplaintKey(2)]);
    assert_eq!(store.call_backs_of(&[ComplaintKey(1)]).unwrap()[0].state, CallBackState::Dropped);
}

pub fn erasing_keeps_numbers_counts_and_times(store: &mut dyn Store) {
    lones(store, [1, 2]);
    erase(store, 1);
    assert!(store.ledger().unwrap().balances());
    let (row, view) = (complaint(1, 1), store.complaints(&[ComplaintKey(1)]).unwrap().pop().unwrap());
    assert!(view.erased && view.complaint.reporter.anonymous && view.complaint.reporter.secret);
    assert_eq!((view.receipt, view.ticket, view.received_at), (row.receipt, row.ticket, row.received_at));
    assert_eq!((view.complaint.channel.as_str(), view.complaint.number.as_str()), ("c", "n1"));
    assert!(!store.complaints(&[ComplaintKey(2)]).unwrap()[0].erased, "others keep theirs");
    let number = ("c".to_owned(), "n1".to_owned());
    assert!(store.heads_by_number(std::slice::from_ref(&number)).unwrap()[&number].erased);
    let latest = store.latest_raw(std::slice::from_ref(&number)).unwrap().remove(&number).unwrap();
    assert!(latest.erased && latest.digest == [0; 16]);
    let tickets = vec![ticket(1, 1, Status::Resolved)];
    store.commit(Changes { tickets, ..Changes::default() }).unwrap();
    assert!(store.finished_before(at(9_000), 9).unwrap().is_empty(), "once is enough");
}

pub fn erasing_takes_words_out_of_evidence(store: &mut dyn Store) {
    lones(store, 1..=3);
    let changes = Changes {
        merge_events: vec![event(1, MergeKind::Auto, 1, None, 1), event(2, MergeKind::Auto, 3, None, 3)],
        reviews: vec![review(1, 2, 12.0), review(2, 1, 12.0), review(3, 2, 12.0)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    erase(store, 1);
    let own = store.merge_events(TicketKey(1)).unwrap().remove(0).evidence.unwrap();
    assert_eq!(own, event(1, MergeKind::Auto, 1, None, 1).evidence.unwrap().without_words(), "the weights stay");
    assert_eq!(store.merge_events(TicketKey(3)).unwrap(), [event(2, MergeKind::Auto, 3, None, 3)]);
    let open = store.open_reviews(Page::first(9)).unwrap();
    let worded = |complaint: i64| {
        let found = open.iter().find(|view| view.complaint == ComplaintKey(complaint));
        found.map(|view| format!("{:?}", view.evidence).contains(NAME))
    };
    assert_eq!((worded(1), worded(2), worded(3)), (None, Some(false), Some(true)));
    assert_eq!(store.answered_reviews(Page::first(9)).unwrap()[0].answer, Some(false), "nobody can answer it any more");
}

pub fn what_waits_is_still_sent_and_what_was_sent_is_gone(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let changes = Changes {
        replies: vec![reply("dead", 1, "c", 10), reply("waits", 1, "c", 11)],
        outbox: vec![message("told", 1), message("waits", 1), message("other", 2)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    let last = store.last_answer(ComplaintKey(1)).unwrap();
    assert_eq!(last, Some(reply("waits", 1, "c", 11).answer), "the newest");
    assert_eq!(store.last_answer(ComplaintKey(2)).unwrap(), None);
    let dead = store.due_replies(at(10), 9).unwrap()[0].id;
    store.mark_reply(dead, ReplyState::Dead, None, None, at(12)).unwrap();
    let (messages, _) = store.pending_messages(0, 9, &mut |message| message.message_id != "waits").unwrap();
    store.mark_published(&messages.iter().map(|message| message.id).collect::<Vec<_>>(), at(12)).unwrap();
    erase(store, 1);
    assert_eq!(store.last_answer(ComplaintKey(1)).unwrap(), None, "nobody is told of one that was erased");
    let left = store.answer_of_reply(dead).unwrap().unwrap();
    assert_eq!((left.text.as_str(), left.department.as_str()), ("", ""), "it is there, and empty");
    assert_eq!(store.due_replies(at(20), 9).unwrap()[0].answer, reply("waits", 1, "c", 11).answer);
    store
        .commit(Changes {
            retried_replies: vec![RetriedReply { reply: dead, at: at(13), answer: None }],
            ..Changes::default()
        })
        .unwrap();
    let due = store.due_replies(at(20), 9).unwrap();
    assert_eq!(due.iter().map(|reply| reply.key.as_str()).collect::<Vec<_>>(), ["waits"], "nothing is left to retry");
    assert_eq!(store.pending_messages(0, 9, &mut |_| true).unwrap().0.len(), 1);
    assert_eq!(store.forget_published(at(99)).unwrap(), 1, "of the other ticket");
}

pub fn an_erased_record_is_kept_without_its_content(store: &mut dyn Store) {
    lones(store, [1]);
    erase(store, 1);
    store.commit(Changes { raw: vec![raw(2, "n1", RawState::Erased)], ..Changes::default() }).unwrap();
    let number = ("c".to_owned(), "n1".to_owned());
    let latest = store.latest_raw(std::slice::from_ref(&number)).unwrap().remove(&number).unwrap();
    assert_eq!((latest.state, latest.digest), (RawState::Erased, [2; 16]), "known when it comes again");
    let ledger = store.ledger().unwrap();
    assert_eq!((ledger.erased, ledger.discarded, ledger.balances()), (1, 0, true));
}

pub fn erasing_is_part_of_its_step(store: &mut dyn Store) {
    lones(store, [1]);
    let mut broken = lone(1);
    broken.erased.push(Erasure { complaint: ComplaintKey(1), at: at(8_000) });
    assert!(matches!(store.commit(broken), Err(StoreError::Conflict { .. })));
    assert!(!store.complaints(&[ComplaintKey(1)]).unwrap()[0].erased, "the step failed");
    let mut shown = ticket(1, 1, Status::Open);
    shown.1.text = "（个人信息已删除）".into();
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(8_000) }];
    store.write_ahead(Changes { erased, ..Changes::default() }).unwrap();
    store.commit(Changes { tickets: vec![shown.clone()], ..Changes::default() }).unwrap();
    let found = store.tickets(&[TicketKey(1)], 1).unwrap().pop().unwrap();
    assert!(found.complaints[0].erased && found.ticket == shown.1);
}

//! Queues.

use huiliu::key::{ComplaintKey, ReminderKey, ReplyKey, TicketKey};
use huiliu::store::{AlarmPlan, Changes, Erasure, Page, ReminderRow, ReplyRow, ReplyState, RetriedReply, Store};
use huiliu::ticket::{
    ActBook, ActKind, Answer, Asked, Assignment, Claim, ClockBook, ClockRun, DayEnd, Extension, Instruction, Outside,
    RunEnd, Score, Status, Ticket, TimeLimit, TimeUnit, Whistle,
};
use serde_json::json;

use crate::rows::{NAME, at, complaint, lones, message, raw, reply, ticket, told};

fn send(store: &mut dyn Store, ids: &[&str]) {
    let outbox = ids.iter().map(|id| message(id, 1)).collect();
    store.commit(Changes { outbox, ..Changes::default() }).unwrap();
}

pub fn messages_leave_in_order_and_are_read_only_where_wanted(store: &mut dyn Store) {
    lones(store, [1]);
    send(store, &["a", "b", "c", "d"]);
    let (found, last) = store.pending_messages(0, 3, &mut |message| message.message_id != "b").unwrap();
    let ids: Vec<&str> = found.iter().map(|message| message.message_id.as_str()).collect();
    assert_eq!(ids, ["a", "c"]);
    let body: serde_json::Value = serde_json::from_slice(&found[0].body).unwrap();
    assert_eq!(body, json!({ "id": "a", "text": NAME }));
    let (row, first) = (message("a", 1), &found[0]);
    assert_eq!((&first.exchange, &first.routing_key, &first.kind), (&row.exchange, &row.routing_key, &row.kind));
    assert_eq!((first.ticket, &first.ticket_id, first.version, first.at), (row.ticket, &row.ticket_id, 1, row.at));
    store.mark_published(&[found[0].id, 999], at(5)).unwrap();
    let (rest, _) = store.pending_messages(0, 9, &mut |_| true).unwrap();
    assert_eq!(rest.iter().map(|message| message.message_id.as_str()).collect::<Vec<_>>(), ["b", "c", "d"]);
    let (after, last_of_all) = store.pending_messages(last.unwrap(), 9, &mut |_| false).unwrap();
    assert_eq!((after.len(), last_of_all), (0, rest.last().map(|message| message.id)));
    assert_eq!(store.pending_messages(last_of_all.unwrap(), 9, &mut |_| true).unwrap().1, None);
}

pub fn a_number_of_a_message_is_never_used_again(store: &mut dyn Store) {
    lones(store, [1]);
    send(store, &["a", "b"]);
    let (_, last) = store.pending_messages(0, 9, &mut |_| true).unwrap();
    store.mark_published(&[last.unwrap()], at(5)).unwrap();
    assert_eq!(store.forget_published(at(6)).unwrap(), 1);
    send(store, &["c"]);
    let (found, _) = store.pending_messages(last.unwrap(), 9, &mut |_| true).unwrap();
    assert_eq!(found.len(), 1, "it comes after every number that was given");
}

pub fn replies_of_one_complaint_keep_their_order(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let replies = vec![reply("first", 1, "c", 20), reply("second", 1, "c", 10), reply("other", 2, "c", 15)];
    store.commit(Changes { replies, ..Changes::default() }).unwrap();
    let due = |store: &mut dyn Store, second| -> Vec<String> {
        store.due_replies(at(second), 9).unwrap().into_iter().map(|reply| reply.key).collect()
    };
    assert_eq!(due(store, 15), ["other"], "the second waits for the first, which is not due");
    assert_eq!(due(store, 20), ["other", "first"]);
    let first = store.due_replies(at(20), 9).unwrap().into_iter().find(|reply| reply.key == "first").unwrap();
    assert_eq!(first.answer, reply("first", 1, "c", 20).answer);
    assert_eq!(first.complaint.complaint, complaint(1, 1).complaint);
    assert_eq!(first.record, raw(1, "n1", huiliu::store::RawState::Complaint).body);
    store.mark_reply(first.id, ReplyState::Sent, None, None, at(20)).unwrap();
    assert_eq!(due(store, 20), ["second", "other"]);
}

pub fn a_slow_channel_leaves_room_for_others(store: &mut dyn Store) {
    lones(store, 1..=12);
    let mut replies: Vec<_> = (1..=11).map(|id| reply(&format!("slow{id}"), id, "slow", 10)).collect();
    replies.push(reply("quick", 12, "quick", 11));
    store.commit(Changes { replies, ..Changes::default() }).unwrap();
    let due = store.due_replies(at(20), 99).unwrap();
    assert!(due.iter().any(|reply| reply.key == "quick"));
    assert_eq!(due.len(), 9, "eight of a channel at a time");
}

pub fn a_reply_is_made_once_and_tried_until_it_is_done(store: &mut dyn Store) {
    lones(store, [1]);
    for second in [10, 30] {
        store.commit(Changes { replies: vec![reply("r", 1, "c", second)], ..Changes::default() }).unwrap();
    }
    assert_eq!(store.queue_counts().unwrap().replies_pending, 1);
    let found = store.due_replies(at(10), 9).unwrap().pop().unwrap();
    assert_eq!(store.answer_of_reply(found.id).unwrap(), Some(found.answer));
    assert_eq!(store.answer_of_reply(ReplyKey(99)).unwrap(), None);
    let key = found.id;
    store.mark_reply(key, ReplyState::Pending, Some("busy"), Some(at(50)), at(11)).unwrap();
    assert!(store.due_replies(at(49), 9).unwrap().is_empty());
    assert_eq!(store.due_replies(at(50), 9).unwrap()[0].attempts, 1);
    store.mark_reply(key, ReplyState::Dead, Some("refused"), None, at(51)).unwrap();
    assert!(store.due_replies(at(99), 9).unwrap().is_empty());
    let retry = |store: &mut dyn Store, second| {
        store
            .commit(Changes {
                retried_replies: vec![RetriedReply { reply: key, at: at(second), answer: None }],
                ..Changes::default()
            })
            .unwrap();
    };
    retry(store, 60);
    assert_eq!(store.due_replies(at(60), 9).unwrap()[0].attempts, 0);
    store.mark_reply(key, ReplyState::Sent, None, None, at(61)).unwrap();
    retry(store, 62);
    assert!(store.due_replies(at(99), 9).unwrap().is_empty(), "what was sent is not sent again");
}

pub fn a_held_reply_waits_for_a_person_who_may_write_other_words(store: &mut dyn Store) {
    lones(store, [1]);
    let held = ReplyRow { held: Some("names another one".into()), ..reply("r", 1, "c", 10) };
    let later = reply("later", 1, "c", 11);
    store.commit(Changes { replies: vec![held.clone(), later], ..Changes::default() }).unwrap();
    assert_eq!(store.queue_counts().unwrap().replies_held, 1);
    let due = store.due_replies(at(20), 9).unwrap();
    assert_eq!(due.iter().map(|reply| reply.key.as_str()).collect::<Vec<_>>(), ["later"], "it holds up no other");
    let listed = store.list_replies(ReplyState::Held, Page::first(9)).unwrap().remove(0);
    assert_eq!(listed.last_error.as_deref(), Some("names another one"));
    let answer = Answer { text: "已修好".into(), ..held.answer };
    let retried = RetriedReply { reply: listed.id, at: at(30), answer: Some(answer.clone()) };
    store.commit(Changes { retried_replies: vec![retried], ..Changes::default() }).unwrap();
    let due = store.due_replies(at(30), 9).unwrap();
    assert_eq!(due.iter().find(|reply| reply.key == "r").map(|reply| &reply.answer), Some(&answer));
}

pub fn what_a_person_told_is_kept_once_and_only_of_what_is_left_to_people(store: &mut dyn Store) {
    lones(store, 1..=3);
    let replies = [("r", 1, 10), ("s", 2, 11), ("t", 3, 12)].map(|(key, id, second)| reply(key, id, "c", second));
    store.commit(Changes { replies: replies.to_vec(), ..Changes::default() }).unwrap();
    let keys: Vec<ReplyKey> = store.due_replies(at(20), 9).unwrap().iter().map(|reply| reply.id).collect();
    let told_replies = vec![told(keys[0].0, 21)];
    store.commit(Changes { told_replies, ..Changes::default() }).unwrap();
    assert_eq!(store.reply_view(keys[0]).unwrap().unwrap().state, ReplyState::Pending, "a channel still sends it");
    for key in &keys[..2] {
        store.mark_reply(*key, ReplyState::ByHand, Some("no way back"), None, at(22)).unwrap();
    }
    store.mark_reply(keys[2], ReplyState::Sent, None, None, at(22)).unwrap();
    let counts = store.queue_counts().unwrap();
    assert_eq!((counts.replies_by_hand, counts.by_hand_since), (2, Some(at(10))));
    for second in [30, 40] {
        let told_replies = keys.iter().take(1).chain(&keys[2..]).map(|key| told(key.0, second)).collect();
        store.commit(Changes { told_replies, ..Changes::default() }).unwrap();
    }
    let view = store.reply_view(keys[0]).unwrap().unwrap();
    assert_eq!((view.state, view.told), (ReplyState::Told, Some(told(1, 30).told)), "the first time stays");
    assert_eq!(store.list_replies(ReplyState::Told, Page::first(9)).unwrap().len(), 1);
    let sent = store.reply_view(keys[2]).unwrap().unwrap();
    assert_eq!((sent.state, sent.told), (ReplyState::Sent, None));
    assert_eq!(store.reply_view(ReplyKey(99)).unwrap().map(|view| view.id), None);
    let counts = store.queue_counts().unwrap();
    assert_eq!((counts.replies_by_hand, counts.by_hand_since), (1, Some(at(11))));
    let retried = RetriedReply { reply: keys[0], at: at(50), answer: None };
    store.commit(Changes { retried_replies: vec![retried], ..Changes::default() }).unwrap();
    assert!(store.due_replies(at(60), 9).unwrap().is_empty(), "what a person told is not sent");
    let erased = [1, 2].map(|id| Erasure { complaint: ComplaintKey(id), at: at(70) }).to_vec();
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    let view = store.reply_view(keys[0]).unwrap().unwrap();
    assert_eq!((view.state, view.told), (ReplyState::Told, None), "the words are gone, the mark stays");
    let counts = store.queue_counts().unwrap();
    assert_eq!((counts.replies_by_hand, counts.by_hand_since), (0, None), "nobody is left who could be told");
}

pub fn reminders_are_planned_anew_and_sent_once(store: &mut dyn Store) {
    let reminder = |percent, second| ReminderRow { ticket: TicketKey(1), percent, at: at(second) };
    let planned = |reminders| Changes { replanned: vec![TicketKey(1)], reminders, ..Changes::default() };
    store.commit(planned(vec![reminder(50, 10), reminder(100, 20)])).unwrap();
    let due = store.due_reminders(at(10), 9).unwrap();
    assert_eq!(due.iter().map(|due| (due.ticket.0, due.percent)).collect::<Vec<_>>(), [(1, 50)]);
    store.commit(Changes { reminded: vec![due[0].id, ReminderKey(99)], ..Changes::default() }).unwrap();
    assert!(store.due_reminders(at(10), 9).unwrap().is_empty());
    store.commit(planned(vec![reminder(80, 40), reminder(100, 30)])).unwrap();
    let percents = |store: &mut dyn Store, limit| -> Vec<u32> {
        store.due_reminders(at(99), limit).unwrap().iter().map(|due| due.percent).collect()
    };
    assert_eq!(percents(store, 9), [100, 80], "the earliest first; the old plan is gone");
    assert_eq!(percents(store, 1), [100]);
}

pub fn alarms_are_planned_anew_for_a_ticket_and_the_longest_due_come_first(store: &mut dyn Store) {
    let plan = |ticket, alarms: &[(&str, i64)]| AlarmPlan {
        ticket: TicketKey(ticket),
        alarms: alarms.iter().map(|(clock, second)| ((*clock).to_owned(), at(*second))).collect(),
    };
    let due = |store: &mut dyn Store, second, limit| -> Vec<(i64, String)> {
        store.due_alarms(at(second), limit).unwrap().into_iter().map(|due| (due.ticket.0, due.clock)).collect()
    };
    let of = |ticket: i64, clock: &str| (ticket, clock.to_owned());
    let alarms = vec![plan(1, &[("sign", 20), ("finish", 40)]), plan(2, &[("sign", 10)])];
    store.commit(Changes { alarms, ..Changes::default() }).unwrap();
    assert!(due(store, 9, 9).is_empty());
    assert_eq!(due(store, 20, 9), [of(2, "sign"), of(1, "sign")]);
    assert_eq!(due(store, 99, 2), [of(2, "sign"), of(1, "sign")]);
    store.commit(Changes { alarms: vec![plan(1, &[("finish", 30)]), plan(2, &[])], ..Changes::default() }).unwrap();
    assert_eq!(due(store, 99, 9), [of(1, "finish")], "the old plans are gone");
}

pub fn notices_are_counted_by_person_and_day(store: &mut dyn Store) {
    let day = |number| jiff::civil::date(2026, 11, number);
    let noticed = |to: &[(&str, i8)]| Changes {
        noticed: to.iter().map(|(to, number)| ((*to).to_owned(), day(*number))).collect(),
        ..Changes::default()
    };
    assert_eq!(store.notices_on("h1", day(23)).unwrap(), 0);
    store.commit(noticed(&[("h1", 23), ("h2", 23), ("h1", 23)])).unwrap();
    store.commit(noticed(&[("h1", 23)])).unwrap();
    assert_eq!(["h1", "h2", "h3"].map(|to| store.notices_on(to, day(23)).unwrap()), [3, 1, 0]);
    store.commit(noticed(&[("h1", 24)])).unwrap();
    assert_eq!([23, 24].map(|number| store.notices_on("h1", day(number)).unwrap()), [0, 1], "another day");
    assert_eq!(store.notices_on("h2", day(23)).unwrap(), 1);
}

pub fn the_clocks_of_a_ticket_come_back_as_they_were(store: &mut dyn Store) {
    let run = |ended| ClockRun {
        clock: "sign".to_owned(),
        started_at: at(1),
        limit: TimeLimit { amount: 3, unit: TimeUnit::WorkingDays, until: DayEnd::Office, counts_first_day: true },
        pauses: vec![(at(1), at(2)), (at(2), at(3))],
        paused_at: Some(at(3)),
        due_at: at(400),
        told: vec![(0, 0), (1, 3)],
        ended,
        reasons: vec!["签收：自 …".to_owned()],
    };
    let clocks = ClockBook {
        runs: vec![run(Some((at(5), RunEnd::Stopped))), run(None)],
        seen: Some(Status::Accepted),
        facts: "road".to_owned(),
    };
    let (key, kept) = ticket(1, 1, Status::Accepted);
    let tickets = vec![(key, Ticket { clocks: clocks.clone(), ..kept })];
    store.commit(Changes { tickets, ..Changes::default() }).unwrap();
    assert_eq!(store.tickets(&[TicketKey(1)], 1).unwrap()[0].ticket.clocks, clocks);
}

pub fn what_was_done_with_a_ticket_comes_back_as_it_was(store: &mut dyn Store) {
    let score = Some(Score { speed: 5, quality: 2 });
    let (unit, by) = ("housing".to_owned(), "command".to_owned());
    let called = Whistle { unit: unit.clone(), by: by.clone(), at: at(3), responded_at: None, score: None };
    let assigned =
        Assignment {
            unit, kind: ActKind::GiveBack, by: Some(by), at: at(2), reason: "承办单位：住建局".to_owned()
        };
    let acts = ActBook {
        assigned: Some(assigned),
        co_units: vec!["water".to_owned()],
        returns: 3,
        whistles: vec![Whistle { responded_at: Some(at(4)), score, ..called.clone() }, called],
        instructions: vec![Instruction { author: NAME.to_owned(), at: at(5) }],
        claim: Some(Claim { leader: NAME.to_owned(), at: at(6) }),
        extension: Some(Extension { at: at(7), until: Some(at(9)), before: Status::Accepted, state: Asked::Refused }),
        outside: Some(Outside { to: "petition".to_owned(), number: Some("XF-1".to_owned()), at: at(8) }),
        before_absorbed: Some(Status::Returned),
    };
    let (key, kept) = ticket(1, 1, Status::Absorbed);
    let tickets = vec![(key, Ticket { acts: acts.clone(), ..kept })];
    store.commit(Changes { tickets, ..Changes::default() }).unwrap();
    assert_eq!(store.tickets(&[TicketKey(1)], 1).unwrap()[0].ticket.acts, acts);
}

/// The tags of a ticket come back; so does that it has none.
pub fn tags_come_back(store: &mut dyn Store) {
    let (key, kept) = ticket(1, 1, Status::Open);
    for tags in [vec!["heating".to_owned(), "wages".to_owned()], Vec::new()] {
        let tickets = vec![(key, Ticket { tags: tags.clone(), ..kept.clone() })];
        store.commit(Changes { tickets, ..Changes::default() }).unwrap();
        assert_eq!(store.tickets(&[key], 1).unwrap()[0].ticket.tags, tags);
    }
}

pub fn the_last_position_of_a_channel_counts(store: &mut dyn Store) {
    assert_eq!(store.position("c").unwrap(), None);
    for value in [json!(1), json!({ "page": 2, "seen": ["a"] })] {
        let positions = vec![("c".to_owned(), value.clone(), at(1))];
        store.commit(Changes { positions, ..Changes::default() }).unwrap();
        assert_eq!(store.position("c").unwrap(), Some(value));
    }
    assert_eq!(store.position("d").unwrap(), None);
}

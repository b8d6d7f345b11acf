//! Faults that the desk once had, each as it was seen.

use super::super::erase::Erased;
use super::*;
use crate::store::{RawState, break_row};

const LAMP: &str = "青鱼滩路与松涛街交叉口东侧第三盏路灯已经三天不亮，晚上行人看不清路面，请尽快维修";
const NOISE: &str = "望海路八号工地夜间十一点以后仍在施工，噪音扰民，影响老人和学生休息";
const LITTER: &str = "成山大道菜市场门口垃圾堆积多日无人清运，气味刺鼻，苍蝇成群";

#[test]
fn two_complaints_amended_in_one_step_join_a_third_ticket_whole() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", NOISE), ("2", LITTER), ("3", LAMP)]);
    town.take(vec![complaint("1", LAMP), complaint("2", LAMP)]);
    let third = town.ticket_of(&receipts[2]);
    assert_eq!(receipts.iter().map(|receipt| town.ticket_of(receipt).key).collect::<Vec<_>>(), [third.key; 3]);
    assert_eq!(third.ticket.complaints, 3);
    assert_eq!(third.ticket.text, LAMP);
    assert!(town.balances());
}

#[test]
fn a_complaint_amended_and_reopened_in_one_step_is_listed_by_its_new_text() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", NOISE)]);
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    town.set(&ticket, Status::Resolved).unwrap();
    town.take(vec![complaint("1", LAMP), dissatisfied("1")]);
    let detail = town.ticket_of(&receipts[0]);
    assert_eq!((detail.ticket.status, detail.ticket.text.as_str()), (Status::Reopened, LAMP));
    let key = detail.complaints[0].id;
    let (live, rebuilt) = (town.state.index().listing(key), town.rebuilt().index().listing(key));
    assert!(live.is_some() && live == rebuilt, "the live index and a rebuilt one read the same words");
    let joined = town.complain(&[("2", LAMP)]);
    assert_eq!(town.ticket_of(&joined[0]).key, detail.key);
}

#[test]
fn what_is_erased_is_compared_with_nothing_any_more() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP)]);
    let erased = town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipts[0].clone()) });
    assert_eq!(erased, Acted::Erased(Erased { found: 1, erased: 1 }));
    assert_eq!(town.state.open_complaints(), 0);
    assert_eq!(town.rebuilt().open_complaints(), 0, "a start does not list it either");
    let next = town.complain(&[("2", LAMP)]);
    assert_ne!(town.ticket_of(&next[0]).key, town.ticket_of(&receipts[0]).key);
    let store = &mut town.store;
    assert!(store.open_reviews(crate::store::Page::first(10)).unwrap().is_empty(), "nobody is asked about it");
    assert_eq!(
        town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipts[0].clone()) }),
        Acted::Erased(Erased { found: 1, erased: 0 })
    );
}

#[test]
fn retention_reaches_the_index_too() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP)]);
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    town.set(&ticket, Status::Rejected).unwrap();
    answer_all(&mut town);
    town.wait_hours(1);
    assert_eq!(town.erase_finished(10), 1);
    let next = town.complain(&[("2", LAMP)]);
    assert_eq!(town.ticket_of(&next[0]).ticket.recurrence_of, None, "nothing is left to be recognized by");
}

fn answer_all(town: &mut Town) {
    let now = town.now;
    let store = &mut town.store;
    for reply in store.due_replies(now, 10).unwrap() {
        store.mark_reply(reply.id, crate::store::ReplyState::Sent, None, None, now).unwrap();
    }
}

#[test]
fn a_source_that_sends_erased_data_again_brings_nothing_back() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP)]);
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipts[0].clone()) });
    let outcome = town.take(vec![complaint("1", LAMP)]).remove(0);
    assert_eq!(outcome.state, OutcomeState::Discarded { rule: "erased".to_owned() });
    let view = town.store_view(&receipts[0]);
    assert!(view.erased && !view.complaint.text.contains("路灯"));
    assert!(town.balances());
}

#[test]
fn reading_never_costs_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db");
    let mut town = Town::over(&Database::Sqlite(database.clone()));
    let receipts = town.complain(&[("1", LAMP), ("2", NOISE)]);
    break_row(&database, "complaint", 1);
    let explain = super::super::job::Explain { a: receipts[0].clone(), b: receipts[1].clone() };
    assert!(town.try_run(&explain).is_err_and(|error| error.is_damage()));
    assert!(!town.state.is_stale());
}

#[test]
fn a_step_that_was_stored_although_its_store_said_otherwise_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::over(&Database::Sqlite(folder.path().join("test.db")));
    town.take(vec![Mapped::Discarded("test".to_owned())]);
    town.state.abandon();
    assert!(!town.state.is_stale(), "nothing of the step was in the index");
    let outcomes = town.take(vec![complaint("2", NOISE)]);
    assert!(matches!(outcomes[0].state, OutcomeState::Accepted { .. }), "{outcomes:?}");
    assert!(town.balances());
}

#[test]
fn a_record_that_meets_a_damaged_row_is_set_aside_and_its_batch_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db");
    let mut town = Town::over(&Database::Sqlite(database.clone()));
    town.complain(&[("1", LAMP), ("2", NOISE)]);
    break_row(&database, "complaint", 1);
    for _ in 0..2 {
        let outcomes = town.take(vec![complaint("1", LITTER), complaint("3", LITTER)]);
        assert!(matches!(outcomes[0].state, OutcomeState::Quarantined { .. }), "{outcomes:?}");
        assert!(!matches!(outcomes[1].state, OutcomeState::Quarantined { .. }), "{outcomes:?}");
        assert!(!town.state.is_stale());
    }
    assert!(town.balances());
    let store = &mut town.store;
    assert_eq!(store.quarantine(None, crate::store::Page::first(10)).unwrap().len(), 2);
}

#[test]
fn what_is_damaged_is_no_candidate_and_is_erased_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db");
    let mut town = Town::over(&Database::Sqlite(database.clone()));
    let receipts = town.complain(&[("1", LAMP), ("2", NOISE)]);
    let ticket = town.ticket_of(&receipts[0]).key;
    break_row(&database, "complaint", 1);
    let joined = town.complain(&[("3", LAMP)]);
    assert_ne!(town.ticket_of(&joined[0]).key, ticket, "it has a ticket of its own");
    let second = town.ticket_of(&receipts[1]).ticket.id;
    town.set(&second, Status::Rejected).unwrap();
    answer_all(&mut town);
    break_row(&database, "complaint", 2);
    town.wait_hours(1);
    assert_eq!(town.erase_finished(10), 1, "what cannot be read is erased all the same");
    assert!(town.store_view(&receipts[1]).erased);
    assert!(town.balances());
}

#[test]
fn a_reopened_ticket_has_a_new_deadline_new_reminders_and_is_not_finished() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", NOISE)]);
    let before = town.ticket_of(&receipts[0]).ticket;
    town.wait_hours(24 * 60);
    let due: Vec<_> = due_reminders(&mut town);
    town.run(&super::super::job::Remind(due));
    town.set(&before.id, Status::Resolved).unwrap();
    town.wait_hours(24);
    town.take(vec![dissatisfied("1")]);
    let after = town.ticket_of(&receipts[0]).ticket;
    assert_eq!((after.status, after.finished_at), (Status::Reopened, None));
    assert!(after.route.due_at > Some(town.now), "{:?} {:?}", after.route.due_at, before.route.due_at);
    assert!(due_reminders(&mut town).is_empty(), "nothing of the first handling is told again");
    town.now = after.route.due_at.unwrap();
    assert!(!due_reminders(&mut town).is_empty(), "the new deadline is told");
}

fn due_reminders(town: &mut Town) -> Vec<crate::store::DueReminder> {
    let now = town.now;
    let store = &mut town.store;
    store.due_reminders(now, 100).unwrap()
}

#[test]
fn a_granted_extension_outlives_splits_merges_and_whoever_joins_later() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", LAMP), ("3", NOISE)]);
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    assert_eq!(town.ticket_of(&receipts[1]).ticket.id, ticket);
    let until = town.extend(&ticket, 24 * 90);
    town.set(&ticket, Status::InProgress).unwrap();
    let due = |town: &mut Town| town.ticket_of(&receipts[0]).ticket.route.due_at;
    assert_eq!(due(&mut town), Some(until));
    town.act(Action::Split { receipt: receipts[1].clone() });
    assert_eq!(due(&mut town), Some(until), "after a split");
    let other = town.ticket_of(&receipts[2]).ticket.id;
    town.act(Action::Merge { from: other, into: ticket.clone() });
    assert_eq!(due(&mut town), Some(until), "after a merge");
    let joined = town.complain(&[("4", LAMP)]);
    assert_eq!(town.ticket_of(&joined[0]).ticket.id, ticket);
    assert_eq!(due(&mut town), Some(until), "after a complaint has joined");
}

#[test]
fn an_extension_to_an_earlier_day_is_taken_as_it_is_said_and_a_sentence_says_so() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let detail = town.ticket_of(&receipt).ticket;
    assert!(detail.route.due_at > Some(town.now), "{detail:?}");
    let later = town.extend(&detail.id, 24 * 90);
    let earlier = town.extend(&detail.id, 24 * 60);
    let route = town.ticket_of(&receipt).ticket.route;
    assert_eq!(route.due_at, Some(earlier), "a mistaken extension can be corrected, {later}");
    let soon = town.extend(&detail.id, 1);
    let route = town.ticket_of(&receipt).ticket.route;
    assert_eq!(route.due_at, Some(soon));
    assert!(route.reasons.last().is_some_and(|reason| reason.contains("早于原时限")), "{:?}", route.reasons);
}

#[test]
fn an_undo_takes_back_one_decision_also_when_two_were_made_in_one_millisecond() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", LAMP), ("3", LAMP), ("4", NOISE)]);
    let (from, into) = (town.ticket_of(&receipts[0]).ticket.id, town.ticket_of(&receipts[3]).ticket.id);
    for receipt in &receipts[..2] {
        town.act(Action::Move { receipt: receipt.clone(), into: into.clone() });
    }
    town.act(Action::Undo { ticket: into.clone() });
    let tickets: Vec<String> = receipts.iter().map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    assert_eq!(tickets, [into.clone(), from.clone(), from, into]);
}

#[test]
fn a_record_that_was_kept_and_not_decided_is_decided_later() {
    let mut town = Town::new();
    let record = town.record(complaint("1", LAMP));
    let raw = crate::store::NewRaw {
        id: crate::key::RawKey(1),
        channel: "hotline".to_owned(),
        record_id: record.record_id.clone(),
        digest: record.digest,
        state: RawState::Received,
        complaint: None,
        rule: None,
        received_at: town.now,
        settings_version: town.rules.version.clone(),
        source_file: None,
        body: record.body.clone(),
    };
    let store = &mut town.store;
    store.commit(crate::store::Changes { raw: vec![raw], ..Default::default() }).unwrap();
    assert!(town.balances(), "what is undecided is accounted for");
    town.state = town.rebuilt();
    let store = &mut town.store;
    let undecided = store.undecided(crate::key::RawKey(0), 10).unwrap().remove(0);
    let kept = super::super::Undecided {
        raw_id: undecided.raw_id,
        channel: undecided.channel,
        received_at: undecided.received_at,
        source_file: undecided.source_file,
        record,
    };
    let received_at = town.now;
    town.wait_hours(5);
    assert_eq!(town.run(&super::super::job::DecideUndecided(vec![kept])), 1);
    let decided = town.store.complaints(&[crate::key::ComplaintKey(1)]).unwrap().remove(0);
    assert_eq!(decided.received_at, received_at, "its time runs from when it was received");
    let store = &mut town.store;
    assert!(store.undecided(crate::key::RawKey(0), 10).unwrap().is_empty());
    let ledger = store.ledger().unwrap();
    assert_eq!((ledger.complaints, ledger.undecided, ledger.balances()), (1, 0, true));
}

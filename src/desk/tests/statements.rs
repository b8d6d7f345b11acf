//! What a source states later of complaints: kept once, told, and without effect on what they say.

use super::*;
use crate::complaint::{ComplaintState, Statement, StatementKind};
use crate::key::RawKey;
use crate::store::{FindingState, Page};

const LAMP: &str = "青鱼滩路与松涛街交叉口东侧第三盏路灯已经三天不亮，晚上行人看不清路面，请尽快维修";
const NOISE: &str = "望海路八号工地夜间十一点以后仍在施工，噪音扰民，影响老人和学生休息";

pub(super) fn statement(kind: StatementKind, about: &str, text: &str) -> Statement {
    Statement {
        kind,
        channel: "hotline".to_owned(),
        about: about.to_owned(),
        id: None,
        at: None,
        text: text.to_owned(),
        satisfaction: (kind == StatementKind::Rating).then_some(Satisfaction::Dissatisfied),
        step: None,
    }
}

impl Town {
    /// A record of this id that was mapped to this; equal bodies have equal digests.
    fn record_of(&mut self, id: &str, body: &str, mapped: Mapped, statements: Vec<Statement>) -> Normalized {
        let mut digest = [0_u8; 16];
        for (at, byte) in format!("{id} {body}").bytes().enumerate() {
            digest[at % 16] = byte.wrapping_add(digest[at % 16].rotate_left(3));
        }
        let applied = Applied { mapped, statements, warnings: Vec::new(), answered: None };
        Normalized {
            record_id: id.to_owned(),
            digest,
            applied,
            body: json!({ "body": body }),
            ..self.record(Mapped::Stated)
        }
    }

    /// One page of a poll.
    fn page(&mut self, records: Vec<Normalized>) -> Vec<OutcomeState> {
        let intake = Intake {
            channel: "hotline".to_owned(),
            records,
            prepared: Vec::new(),
            received_at: self.now,
            position: None,
            calls: Vec::new(),
            file: None,
        };
        self.run(&intake).outcomes.into_iter().map(|outcome| outcome.state).collect()
    }

    /// A record of its own that states this.
    pub(super) fn states(&mut self, statement: Statement) -> OutcomeState {
        let mut record = self.record(Mapped::Stated);
        record.applied.statements = vec![statement];
        self.page(vec![record]).remove(0)
    }

    /// The `change` of the last event of a ticket, its word first.
    fn last_change(&mut self, ticket: &str) -> serde_json::Value {
        let store = &mut self.store;
        let messages = store.pending_messages(0, 500, &mut |_| true).unwrap().0;
        let mut of = messages.iter().filter(|message| message.ticket_id == ticket && message.exchange == "tickets");
        let body: serde_json::Value = serde_json::from_slice(&of.next_back().unwrap().body).unwrap();
        body["data"]["change"].clone()
    }

    pub(super) fn reply_count(&mut self) -> usize {
        let now = self.now;
        let store = &mut self.store;
        store.due_replies(now, 500).unwrap().len()
    }

    fn records_kept(&mut self) -> u64 {
        let store = &mut self.store;
        store.ledger().unwrap().received
    }

    fn finds_nothing_wrong(&mut self) {
        let store = &mut self.store;
        let wrong: Vec<_> =
            store.examine(false).unwrap().into_iter().filter(|found| found.state == FindingState::Wrong).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

#[test]
fn an_urging_is_kept_told_with_its_count_and_changes_no_content() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    for (count, words) in [(1, "请尽快"), (2, "还没有人来")] {
        let outcome = town.states(statement(StatementKind::Urging, "1", words));
        assert_eq!(outcome, OutcomeState::FollowUp { receipt_number: receipt.clone() });
        let detail = town.ticket_of(&receipt);
        let change = town.last_change(&detail.ticket.id);
        assert_eq!((&change["event"], &change["count"]), (&json!("urged"), &json!(count)));
        assert_eq!((&change["note"], &change["receipt_number"]), (&json!(words), &json!(receipt)));
        assert_eq!((detail.ticket.status, detail.ticket.text.as_str()), (Status::Open, LAMP));
    }
    let view = town.store_view(&receipt);
    assert_eq!((view.revision, view.complaint.text.as_str(), view.state), (1, LAMP, ComplaintState::Open));
    let store = &mut town.store;
    let kept = store.statements_of(&[view.id]).unwrap();
    assert_eq!(kept.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["请尽快", "还没有人来"]);
    assert!(town.balances());
}

#[test]
fn what_was_stated_is_taken_once_however_often_and_in_whatever_order_it_comes() {
    for with_own_id in [true, false] {
        let mut town = Town::new();
        let mut rules = changed(&town.rules);
        rules.stating.insert("hotline".to_owned());
        town.rules = Arc::new(rules);
        let urging = |words: &str| statement(StatementKind::Urging, "1", words);
        let id = |own: &str| if with_own_id { own.to_owned() } else { "1".to_owned() };
        for _ in 0..3 {
            // The source lists the order, and what was said of it, in any order; all may have one id.
            let page = vec![
                town.record_of(&id("u1"), "urged", Mapped::Stated, vec![urging("请尽快")]),
                town.record_of("1", "content", complaint("1", LAMP), Vec::new()),
                town.record_of(&id("u2"), "urged again", Mapped::Stated, vec![urging("还没有人来")]),
            ];
            town.page(page);
        }
        let store = &mut town.store;
        let key = store.heads_by_number(&[("hotline".into(), "1".into())]).unwrap().into_values().next().unwrap().id;
        assert_eq!(store.statements_of(&[key]).unwrap().len(), 2, "own ids: {with_own_id}");
        assert_eq!(store.complaints(&[key]).unwrap()[0].revision, 1, "nothing was amended");
        assert!(store.quarantine(None, Page::first(9)).unwrap().is_empty(), "contents come first in a page");
        assert_eq!(town.records_kept(), 3, "the same page again keeps nothing");
        assert!(town.balances());
    }
}

#[test]
fn an_own_id_tells_statements_apart_and_nothing_else_does() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let counted =
        |id: &str, text: &str| Statement { id: Some(id.to_owned()), ..statement(StatementKind::Urging, "1", text) };
    assert!(matches!(town.states(counted("1", "催")), OutcomeState::FollowUp { .. }));
    assert_eq!(town.states(counted("1", "改了字")), OutcomeState::Repeated { receipt_number: Some(receipt.clone()) });
    assert!(matches!(town.states(counted("2", "催")), OutcomeState::FollowUp { .. }));
}

#[test]
fn a_withdrawal_closes_a_ticket_on_which_nobody_waits_and_nobody_is_answered() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    town.states(statement(StatementKind::Withdrawal, "1", "已自行解决"));
    let ticket = town.ticket_of(&receipt).ticket;
    assert_eq!((ticket.status, ticket.finished_at.is_some()), (Status::Closed, true));
    assert_eq!(town.last_change(&ticket.id)["event"], "withdrawn");
    assert_eq!(town.store_view(&receipt).state, ComplaintState::Withdrawn);
    // A platform that did not stop says what it likes: who withdrew hears nothing.
    town.set(&ticket.id, Status::InProgress).unwrap();
    town.set(&ticket.id, Status::Resolved).unwrap();
    assert_eq!(town.reply_count(), 0);
    town.finds_nothing_wrong();
    let (live, rebuilt) = (town.state.index().listings(), town.rebuilt().index().listings());
    assert_eq!(live, rebuilt);
}

#[test]
fn a_withdrawal_leaves_the_other_complaints_of_its_ticket_alone() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", LAMP)]);
    assert_eq!(town.ticket_of(&receipts[0]).key, town.ticket_of(&receipts[1]).key);
    town.states(statement(StatementKind::Withdrawal, "1", ""));
    let detail = town.ticket_of(&receipts[0]);
    assert_eq!((detail.ticket.status, detail.ticket.complaints), (Status::Open, 2));
    town.set(&detail.ticket.id, Status::Resolved).unwrap();
    let now = town.now;
    let store = &mut town.store;
    let told: Vec<String> =
        store.due_replies(now, 9).unwrap().into_iter().map(|reply| reply.complaint.receipt).collect();
    assert_eq!(told, [receipts[1].clone()], "only who waits is answered");
    town.finds_nothing_wrong();
    assert!(town.balances());
}

#[test]
fn the_last_one_to_withdraw_or_to_be_closed_closes_the_ticket() {
    for last in [StatementKind::Withdrawal, StatementKind::Closing] {
        let mut town = Town::new();
        let receipts = town.complain(&[("1", LAMP), ("2", LAMP)]);
        town.states(statement(StatementKind::Closing, "1", "热线已答复"));
        assert_eq!(town.ticket_of(&receipts[0]).ticket.status, Status::Open);
        town.states(statement(last, "2", ""));
        assert_eq!(town.ticket_of(&receipts[0]).ticket.status, Status::Closed);
        assert_eq!(town.reply_count(), 0);
        // The same matter again is a recurrence of it, and joins nothing.
        let again = town.complain(&[("3", LAMP)]).remove(0);
        assert_eq!(town.ticket_of(&again).ticket.recurrence_of, Some(town.ticket_of(&receipts[0]).ticket.id));
        town.finds_nothing_wrong();
    }
}

#[test]
fn a_channel_can_have_its_citizens_told_all_the_same() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", NOISE)]);
    let mut rules = changed(&town.rules);
    rules.also_told.insert("hotline".to_owned(), vec![ComplaintState::Withdrawn]);
    town.rules = Arc::new(rules);
    for (kind, receipt, answers) in
        [(StatementKind::Withdrawal, &receipts[0], 1), (StatementKind::Closing, &receipts[1], 1)]
    {
        let number = town.store_view(receipt).complaint.number;
        town.states(statement(kind, &number, ""));
        let ticket = town.ticket_of(receipt).ticket.id;
        town.set(&ticket, Status::Resolved).unwrap();
        assert_eq!(town.reply_count(), answers, "{kind:?}");
    }
}

fn changed(rules: &Rules) -> Rules {
    Rules {
        handling: Arc::clone(&rules.handling),
        reports: Arc::clone(&rules.reports),
        rewards: Arc::clone(&rules.rewards),
        version: rules.version.clone(),
        numbering: rules.numbering.clone(),
        grades: Arc::clone(&rules.grades),
        routing: Arc::clone(&rules.routing),
        watch: Arc::clone(&rules.watch),
        names: Arc::clone(&rules.names),
        feeds: Arc::clone(&rules.feeds),
        merging: Arc::clone(&rules.merging),
        told: rules.told.clone(),
        also_told: rules.also_told.clone(),
        amending: rules.amending.clone(),
        stating: rules.stating.clone(),
        reopen_on_dissatisfied: rules.reopen_on_dissatisfied,
    }
}

#[test]
fn a_rating_of_the_source_opens_again_and_its_citizen_waits_again() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    town.states(statement(StatementKind::Closing, "1", "已电话答复"));
    let ticket = town.ticket_of(&receipt).ticket.id;
    town.states(statement(StatementKind::Rating, "1", "没有解决"));
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Reopened);
    assert_eq!(town.store_view(&receipt).state, ComplaintState::Open);
    let key = town.store_view(&receipt).id;
    let store = &mut town.store;
    let rated = store.statements_of(&[key]).unwrap().pop().unwrap();
    assert_eq!((rated.kind, rated.satisfaction), (StatementKind::Rating, Some(Satisfaction::Dissatisfied)));
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.reply_count(), 1);
    town.finds_nothing_wrong();
}

#[test]
fn what_comes_before_its_complaint_is_set_aside_and_taken_when_it_comes_again_or_is_replayed() {
    for replayed in [true, false] {
        let mut town = Town::new();
        let said = || vec![statement(StatementKind::Urging, "1", "请尽快")];
        let early = town.record_of("u1", "urged", Mapped::Stated, said());
        let outcome = town.page(vec![early.clone()]).remove(0);
        let OutcomeState::Quarantined { reason } = outcome else { panic!("{outcome:?}") };
        assert!(reason.contains("还没有这个编号的诉求"), "{reason}");
        let receipt = town.complain(&[("1", LAMP)]).remove(0);
        if replayed {
            let store = &mut town.store;
            let raw_id: RawKey = store.quarantine(None, Page::first(9)).unwrap()[0].raw_id;
            town.run(&super::super::job::Replay { raw_id, record: early, actor: "tester".into() });
        } else {
            town.page(vec![early]);
        }
        let key = town.store_view(&receipt).id;
        let store = &mut town.store;
        assert_eq!(store.statements_of(&[key]).unwrap().len(), 1);
        assert!(store.quarantine(None, Page::first(9)).unwrap().is_empty());
        assert!(town.balances());
    }
}

#[test]
fn kinds_of_messages_with_one_id_do_not_hide_each_other_from_a_replay() {
    let mut town = Town::new();
    town.complain(&[("0", NOISE)]);
    let said = || vec![statement(StatementKind::Urging, "1", "请尽快")];
    let early = town.record_of("1", "urged", Mapped::Stated, said());
    let broken = town.record_of("1", "broken", Mapped::Quarantined, Vec::new());
    town.page(vec![early.clone()]);
    town.page(vec![broken]);
    let content = town.record_of("1", "content", complaint("1", LAMP), Vec::new());
    town.page(vec![content]);
    let store = &mut town.store;
    let aside: Vec<RawKey> = store.quarantine(None, Page::first(9)).unwrap().iter().map(|view| view.raw_id).collect();
    // The urging is not taken for an older version of the order.
    town.run(&super::super::job::Replay { raw_id: aside[0], record: early, actor: "tester".into() });
    let store = &mut town.store;
    let key = store.heads_by_number(&[("hotline".into(), "1".into())]).unwrap().into_values().next().unwrap().id;
    assert_eq!(store.statements_of(&[key]).unwrap().len(), 1);
    // Another urging comes last. The broken record, mended, is still older than the content that is there.
    let later = town.record_of("1", "urged later", Mapped::Stated, vec![statement(StatementKind::Urging, "1", "再催")]);
    town.page(vec![later]);
    let mended = town.record_of("1", "broken", complaint("1", NOISE), Vec::new());
    town.run(&super::super::job::Replay { raw_id: aside[1], record: mended, actor: "tester".into() });
    let store = &mut town.store;
    assert_eq!(store.complaints(&[key]).unwrap()[0].complaint.text, LAMP);
    assert!(town.balances());
}

#[test]
fn content_and_statement_can_be_one_record() {
    let mut town = Town::new();
    let with = |town: &mut Town, body: &str, kind| {
        let statements = vec![statement(kind, "1", "")];
        let record = town.record_of("1", body, complaint("1", LAMP), statements);
        town.page(vec![record]).remove(0)
    };
    let receipt = match with(&mut town, "state: 撤单", StatementKind::Withdrawal) {
        OutcomeState::Accepted { receipt_number } => receipt_number,
        other => panic!("{other:?}"),
    };
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Closed);
    let again = with(&mut town, "state: 撤单, looked at: 3", StatementKind::Withdrawal);
    assert_eq!(again, OutcomeState::Repeated { receipt_number: Some(receipt.clone()) });
    assert_eq!(town.store_view(&receipt).revision, 1);
    let rated = with(&mut town, "state: 评价", StatementKind::Rating);
    assert_eq!(rated, OutcomeState::Amended { receipt_number: receipt.clone() });
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Reopened);
}

#[test]
fn nothing_is_stated_of_another_channels_complaint_or_of_an_erased_one() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let strange = Statement { channel: "board".to_owned(), ..statement(StatementKind::Withdrawal, "1", "") };
    assert!(matches!(town.states(strange), OutcomeState::Quarantined { .. }));
    let by_receipt = Statement { channel: "board".to_owned(), ..statement(StatementKind::Withdrawal, &receipt, "") };
    assert!(matches!(town.states(by_receipt), OutcomeState::Quarantined { .. }));
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipt.clone()) });
    let outcome = town.states(statement(StatementKind::Urging, "1", "请尽快"));
    assert_eq!(outcome, OutcomeState::Discarded { rule: "erased".to_owned() });
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Open);
    assert!(town.balances());
}

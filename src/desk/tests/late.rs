//! Those who join a ticket after its platform has spoken hear what it said last; nobody hears it twice.

use super::*;
use crate::key::ReplyKey;
use crate::store::{OccurrenceKind, Page, ReplyState};
use crate::ticket::OwnResult;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";

/// Statuses that are not final, of which the citizens of the hotline are told.
const TOLD: [Status; 3] = [Status::Accepted, Status::InProgress, Status::Reopened];

fn of(number: &str, name: &str, confidential: bool) -> Mapped {
    let Mapped::Complaint(mut complaint) = complaint(number, LAMP) else { panic!("a complaint") };
    complaint.reporter =
        Reporter { name: Some(name.to_owned()), secret: confidential, confidential, ..Reporter::default() };
    Mapped::Complaint(complaint)
}

impl Town {
    /// A town whose hotline tells its citizens of statuses that are not final.
    fn telling() -> Self {
        let mut rules = Arc::into_inner(read_rules()).unwrap();
        rules.told.insert("hotline".to_owned(), TOLD.to_vec());
        Self { rules: Arc::new(rules), ..Self::new() }
    }

    fn join(&mut self, number: &str, name: &str) -> String {
        receipt_of(self.take(vec![of(number, name, false)]).remove(0))
    }

    fn id_of(&mut self, receipt: &str) -> String {
        self.ticket_of(receipt).ticket.id
    }

    fn say(&mut self, ticket: &str, status: Status, result: Option<&str>) {
        self.wait_hours(1);
        let update = StatusUpdate { result: result.map(str::to_owned), ..self.update(ticket, status) };
        self.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
        self.wait_hours(1);
    }

    /// What the citizen of a complaint was told and is to be told: status, words, and how it stands.
    fn heard(&mut self, receipt: &str) -> Vec<(&'static str, String, ReplyState)> {
        let id = self.store_view(receipt).id;
        let replies = self.store.replies_of(id).unwrap();
        let words = |key: ReplyKey, store: &mut dyn Store| store.answer_of_reply(key).unwrap().unwrap().text;
        replies.iter().map(|reply| (reply.status.wire(), words(reply.id, &mut *self.store), reply.state)).collect()
    }
}

fn waits(status: &'static str, words: &str) -> (&'static str, String, ReplyState) {
    (status, words.to_owned(), ReplyState::Pending)
}

#[test]
fn who_joins_late_hears_the_newest_once_and_not_what_was_before() {
    let mut town = Town::telling();
    let first = town.join("1", "孙晓燕");
    let ticket = town.id_of(&first);
    town.say(&ticket, Status::Accepted, Some("已派单"));
    town.say(&ticket, Status::InProgress, Some("维修队已出发"));
    let second = town.join("2", "周大海");
    assert_eq!(town.id_of(&second), ticket);
    assert_eq!(town.heard(&second), [waits("in_progress", "维修队已出发")]);
    assert_eq!(
        town.heard(&first),
        [waits("accepted", "已派单"), waits("in_progress", "维修队已出发")],
        "nothing twice"
    );
    let told_late = |town: &mut Town, receipt: &str| {
        let view = town.store_view(receipt);
        let times = town.store.reply_times(view.id).unwrap();
        let late = town.store.occurrences(OccurrenceKind::ToldLate, &[view.id.0]).unwrap();
        let is_late = |key: &str| late.iter().any(|row| row.details["key"] == key);
        times.iter().map(|times| is_late(&times.key)).collect::<Vec<_>>()
    };
    assert_eq!((told_late(&mut town, &first), told_late(&mut town, &second)), (vec![false, false], vec![true]));
    town.complain(&[("3", "松涛街井盖缺失")]);
    town.say(&ticket, Status::Resolved, Some("已修好"));
    assert_eq!(town.heard(&second), [waits("in_progress", "维修队已出发"), waits("resolved", "已修好")]);
}

#[test]
fn a_batch_of_late_joiners_hears_it_each_once() {
    let mut town = Town::telling();
    let first = town.join("1", "孙晓燕");
    let ticket = town.id_of(&first);
    town.say(&ticket, Status::Accepted, None);
    let late = town.take((2..6).map(|number| of(&number.to_string(), "周大海", false)).collect());
    for outcome in late {
        assert_eq!(town.heard(&receipt_of(outcome)), [waits("accepted", "")]);
    }
}

#[test]
fn a_channel_that_does_not_tell_a_status_does_not_tell_it_late() {
    let mut town = Town::new();
    let first = town.join("1", "孙晓燕");
    let ticket = town.id_of(&first);
    town.say(&ticket, Status::Accepted, Some("已派单"));
    let second = town.join("2", "周大海");
    assert_eq!((town.id_of(&second), town.heard(&second)), (ticket, Vec::new()));
}

#[test]
fn what_nobody_has_said_nobody_is_told() {
    let mut town = Town::telling();
    let first = town.join("1", "孙晓燕");
    let second = town.join("2", "周大海");
    assert_eq!(town.heard(&second), [], "the ticket is open");
    let ticket = town.id_of(&first);
    town.say(&ticket, Status::Resolved, Some("已修好"));
    town.take(vec![dissatisfied("1")]);
    let third = town.join("3", "林建国");
    assert_eq!(town.id_of(&third), ticket, "a citizen has opened it again");
    assert_eq!(town.heard(&third), [], "it is not resolved for anybody who comes now");
    town.say(&ticket, Status::Reopened, Some("重新派单"));
    let fourth = town.join("4", "高秀兰");
    assert_eq!(town.heard(&fourth), [waits("reopened", "重新派单")]);
}

#[test]
fn who_comes_after_the_end_has_a_ticket_of_his_own_and_its_answers() {
    let mut town = Town::telling();
    let first = town.join("1", "孙晓燕");
    let ticket = town.id_of(&first);
    town.say(&ticket, Status::Accepted, Some("已派单"));
    town.say(&ticket, Status::Resolved, Some("已修好"));
    let second = town.join("2", "周大海");
    let own = town.ticket_of(&second).ticket;
    assert_eq!((own.recurrence_of.as_deref(), town.heard(&second)), (Some(ticket.as_str()), Vec::new()));
    town.say(&own.id, Status::Resolved, Some("又修好了"));
    assert_eq!(town.heard(&second), [waits("resolved", "又修好了")]);
}

#[test]
fn words_for_one_citizen_go_to_no_late_joiner_and_words_that_name_one_wait() {
    let mut town = Town::telling();
    let first = town.join("1", "孙晓燕");
    let ticket = town.id_of(&first);
    let results = vec![OwnResult { receipt: first.clone(), text: "孙晓燕您好，明早上门".to_owned() }];
    let update = StatusUpdate { result: Some("已派单".into()), results, ..town.update(&ticket, Status::Accepted) };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    let second = town.join("2", "周大海");
    assert_eq!(town.heard(&second), [waits("accepted", "已派单")]);
    town.say(&ticket, Status::InProgress, Some("孙晓燕女士，维修队已出发"));
    let third = town.join("3", "林建国");
    let held = ("in_progress", "孙晓燕女士，维修队已出发".to_owned(), ReplyState::Held);
    assert_eq!(town.heard(&third), std::slice::from_ref(&held));
    // The words stay about her when she is no longer behind the ticket.
    assert!(matches!(town.act(Action::Split { receipt: first }), Acted::Done(_)));
    let fourth = town.join("4", "高秀兰");
    assert_eq!(town.id_of(&fourth), ticket);
    assert_eq!(town.heard(&fourth), [held]);
    let listed = town.store.list_replies(ReplyState::Held, Page::first(9)).unwrap();
    assert!(listed.iter().all(|reply| !reply.last_error.as_deref().unwrap().contains("孙晓燕")));
}

#[test]
fn words_about_a_confidential_matter_wait_before_one_who_joins_hears_them() {
    let mut town = Town::telling();
    let hidden = receipt_of(town.take(vec![of("1", "孙晓燕", true)]).remove(0));
    let open = town.join("2", "周大海");
    let (from, into) = (town.id_of(&open), town.id_of(&hidden));
    town.say(&into, Status::Accepted, Some("举报已转纪检部门"));
    town.act(Action::Merge { from, into });
    assert_eq!(town.heard(&open), [("accepted", "举报已转纪检部门".to_owned(), ReplyState::Held)]);
}

#[test]
fn merging_splitting_and_taking_back_tell_nobody_twice() {
    let mut town = Town::telling();
    let one = town.join("1", "孙晓燕");
    let [two] = &town.complain(&[("9", "松涛街井盖缺失，有人差点掉下去")])[..] else { panic!("one") };
    let (first, second) = (town.id_of(&one), town.id_of(two));
    town.say(&first, Status::Accepted, None);
    town.say(&second, Status::Accepted, None);
    let merge = Action::Merge { from: second.clone(), into: first.clone() };
    assert!(matches!(town.act(merge.clone()), Acted::Done(_)));
    assert_eq!(town.heard(two), [waits("accepted", "")], "the same without words is no news");
    town.say(&first, Status::InProgress, Some("维修队已出发"));
    let both = [waits("accepted", ""), waits("in_progress", "维修队已出发")];
    assert_eq!(town.heard(two), both);
    assert!(matches!(town.act(Action::Undo { ticket: first.clone() }), Acted::Done(_)));
    assert_eq!((town.id_of(two), town.heard(two).len()), (second, 2), "it was accepted there before");
    assert!(matches!(town.act(merge), Acted::Done(_)));
    assert_eq!(town.heard(two), both, "heard on this ticket before");
    assert!(matches!(town.act(Action::Split { receipt: two.clone() }), Acted::Done(_)));
    assert!(matches!(town.act(Action::Move { receipt: two.clone(), into: first }), Acted::Done(_)));
    assert_eq!(town.heard(two), both);
    assert_eq!(town.heard(&one), both);
}

//! What people say of results, and whose citizens are called back, through the desk and its store.

use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::SystemClock;
use serde_json::Value;

use super::super::action::{Acted, Action};
use super::super::job::{ApplyUpdates, Ring};
use super::super::status::Refusal;
use super::{Mapped, Town, rules};
use crate::city::PackFiles;
use crate::complaint::{FollowUp, Reporter, Satisfaction, StatementKind};
use crate::mapping::Loading;
use crate::pack::{Pack, Rules};
use crate::report::Count;
use crate::store::{Page, RatingRow};
use crate::ticket::{CallBackState, Consequence, GivenRating, Rater, Status, StatusUpdate};

const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路。";
const LIFT: &str = "人和小区3号楼电梯停了三天，物业没有人来修。";

/// The example city with another evaluation.
fn evaluating(evaluation: &str) -> Arc<Rules> {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
    let known = String::from_utf8(files.get("handling.toml").unwrap().to_vec()).unwrap();
    let (before, _) = known.split_once("[evaluation]").unwrap();
    // Where nobody is called back no clock waits for it.
    let begins = if evaluation.contains("call_back") { "callback-due" } else { "resolved" };
    let before = before.replace("callback-due", begins);
    let files = files.with("handling.toml", format!("{before}\n{evaluation}").into_bytes());
    Arc::clone(&Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap().rules)
}

/// The ticket of complaints that were answered, and their receipt numbers.
fn answered(town: &mut Town, complaints: &[(&str, &str)]) -> (String, Vec<String>) {
    let receipts = town.complain(complaints);
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    town.set(&ticket, Status::Accepted).unwrap();
    town.set(&ticket, Status::Resolved).unwrap();
    (ticket, receipts)
}

impl Town {
    /// What a citizen says of a result, through somebody who knows them.
    fn hears(&mut self, about: &str, satisfaction: Satisfaction) {
        let said = FollowUp {
            channel: "hotline".to_owned(),
            about: about.to_owned(),
            satisfaction: Some(satisfaction),
            step: None,
            text: "原话：没有人来过".to_owned(),
            reporter: Reporter::default(),
            trusted: true,
        };
        self.take(vec![Mapped::FollowUp(said)]);
    }

    fn call(&mut self, receipt: &str, rating: Option<&str>) -> Acted {
        let words = rating.map(|_| "电话里说的".to_owned());
        self.act(Action::CallBack { receipt: receipt.to_owned(), rating: rating.map(str::to_owned), words })
    }

    fn ratings(&mut self, receipt: &str) -> Vec<RatingRow> {
        let key = self.store_view(receipt).ticket;
        self.store.ratings_of(&[key]).unwrap()
    }

    /// How the call-backs of a complaint stand, in their order.
    fn calls(&mut self, receipt: &str) -> Vec<CallBackState> {
        let key = self.store_view(receipt).id;
        self.store.call_backs_of(&[key]).unwrap().into_iter().map(|view| view.state).collect()
    }

    fn standing(&mut self, receipt: &str) -> Status {
        self.ticket_of(receipt).ticket.status
    }

    /// The changes of the events of one kind on the public stream, in order.
    fn changes(&mut self, kind: &str) -> Vec<Value> {
        let messages = self.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
        let public = messages.iter().filter(|message| message.exchange == "tickets");
        let bodies = public.map(|message| serde_json::from_slice::<Value>(&message.body).unwrap());
        bodies.map(|body| body["data"]["change"].clone()).filter(|change| change["event"] == kind).collect()
    }

    /// Everything that has to be told now is told; the titles of the notices so far.
    fn notices(&mut self) -> Vec<String> {
        let due = self.store.due_alarms(self.now, 100).unwrap();
        self.run(&Ring(due));
        let text = |change: Value| change["notice"]["text"].as_str().unwrap().to_owned();
        self.changes("notice").into_iter().map(text).filter(|text| text.contains("不满意")).collect()
    }

    fn counted(&mut self, count: Count) -> i64 {
        let (from, to) = (jiff::civil::date(2025, 1, 1), jiff::civil::date(2026, 12, 31));
        self.store.facts(from, to).unwrap().iter().map(|cell| cell.tally.get(count)).sum()
    }
}

#[test]
fn every_word_is_kept_and_a_matter_is_handled_again_once_a_round_within_limits() {
    let mut town = Town::new();
    let (ticket, receipts) = answered(&mut town, &[("1", LAMP), ("2", LAMP)]);
    assert_eq!(town.ticket_of(&receipts[1]).ticket.id, ticket, "one ticket");
    assert_eq!(town.calls(&receipts[0]), [CallBackState::Due]);
    town.hears(&receipts[0], Satisfaction::Dissatisfied);
    assert_eq!(town.standing(&receipts[0]), Status::Reopened);
    assert_eq!(town.calls(&receipts[0]), [CallBackState::Heard]);
    assert_eq!(
        town.calls(&receipts[1]),
        [CallBackState::Dropped],
        "nobody is asked about a result that does not stand"
    );
    town.hears(&receipts[1], Satisfaction::Dissatisfied);
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.notices(), [] as [&str; 0], "two citizens, one round");

    town.wait_hours(1);
    town.hears(&receipts[1], Satisfaction::Dissatisfied);
    assert_eq!(town.standing(&receipts[0]), Status::Reopened);
    assert_eq!(town.notices().len(), 1);
    town.set(&ticket, Status::Resolved).unwrap();
    town.hears(&receipts[0], Satisfaction::Dissatisfied);
    town.hears(&receipts[1], Satisfaction::Dissatisfied);
    assert_eq!(town.standing(&receipts[0]), Status::Resolved, "twice is as often as the city wants it");
    let notices = town.notices();
    assert_eq!((notices.len(), notices[1].contains("第 3 次")), (2, true), "once for each round: {notices:?}");
    assert_eq!(town.notices().len(), 2);

    let said: Vec<_> = town.ratings(&receipts[0]).iter().map(|row| (row.round, row.consequence)).collect();
    let (none, again, often) = (Consequence::Nothing, Consequence::Restarted, Consequence::TooOften);
    assert_eq!(said, [(1, again), (1, none), (2, again), (3, often), (3, often)]);
    let told: Vec<Value> = town.changes("rated").iter().map(|change| change["rating"]["consequence"].clone()).collect();
    assert_eq!(told, ["restarted", "noted", "restarted", "too_often", "too_often"]);
    assert_eq!(town.ratings(&receipts[0])[0].words, "原话：没有人来过");
    assert_eq!(town.ratings(&receipts[0])[0].by, "hotline");
    let counts = [Count::Restarted, Count::RestartedFirst, Count::NotRestarted, Count::NotRestartedFirst];
    assert_eq!(counts.map(|count| town.counted(count)), [2, 1, 2, 0]);
    assert_eq!([Count::Dissatisfied, Count::RatedAgain].map(|count| town.counted(count)), [5, 3]);
    assert_eq!([Count::CallBacksDue, Count::CallBacksMade].map(|count| town.counted(count)), [6, 4]);
}

#[test]
fn what_is_heard_in_a_call_back_is_kept_as_such_and_audited() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", LIFT)]);
    assert!(matches!(town.call(&receipts[0], Some("satisfied")), Acted::Refused(..)), "nothing to rate yet");
    assert!(matches!(town.call("none", Some("satisfied")), Acted::Unknown(..)));
    for receipt in &receipts {
        let ticket = town.ticket_of(receipt).ticket.id;
        town.set(&ticket, Status::Resolved).unwrap();
    }
    let due = town.store.due_call_backs(Page::first(9)).unwrap();
    assert_eq!(due.len(), 2);
    let told = town.changes("callback-due");
    assert_eq!(
        (told.len(), &told[0]["call_back"]["way"], &told[0]["receipt_number"]),
        (2, &"person".into(), &receipts[0].as_str().into())
    );
    assert_eq!(told[0]["call_back"]["to"][0]["role"], "desk");
    assert!(town.ticket_of(&receipts[0]).ticket.clocks.open("call-back").is_some());

    assert!(matches!(town.call(&receipts[0], Some("好极了")), Acted::Refused(..)), "no such step");
    assert!(matches!(town.call(&receipts[0], Some("不满意")), Acted::Done(_)));
    assert_eq!(town.standing(&receipts[0]), Status::Reopened);
    let row = town.ratings(&receipts[0]).remove(0);
    assert_eq!((row.rater, row.by.as_str(), row.words.as_str()), (Rater::CallBack, "tester", "电话里说的"));
    assert!(town.ticket_of(&receipts[0]).ticket.clocks.open("call-back").is_none(), "it was answered");

    assert!(matches!(town.call(&receipts[1], None), Acted::Done(_)));
    assert_eq!(town.calls(&receipts[1]), [CallBackState::Unreached]);
    assert!(matches!(town.call(&receipts[1], None), Acted::Refused(..)), "none is due any more");
    assert!(matches!(town.call(&receipts[1], Some("fair")), Acted::Done(_)), "the city may ask again by itself");
    assert_eq!(town.store.due_call_backs(Page::first(9)).unwrap(), []);
    let counts = [Count::Called, Count::CalledWell, Count::CallBacksDue, Count::CallBacksMade];
    assert_eq!(counts.map(|count| town.counted(count)), [2, 1, 2, 1]);
    let audit = town.store.audit(&crate::store::AuditFilter::default(), Page::first(50)).unwrap();
    let noted: Vec<_> = audit.entries.iter().filter(|view| view.entry.action.name() == "callback.note").collect();
    assert!(noted.iter().any(|view| view.entry.subject.contains("unreached")), "{noted:?}");
    assert!(noted.iter().all(|view| !view.entry.subject.contains("电话")), "no words of anybody");
}

#[test]
fn a_supervisors_word_stands_apart_and_is_no_answer_to_a_call_back() {
    let mut town = Town::new();
    let (ticket, receipts) = answered(&mut town, &[("1", LAMP)]);
    let rate = |rating: &str| Action::Supervise {
        ticket: ticket.clone(),
        rating: rating.to_owned(),
        words: Some("照片不全".to_owned()),
    };
    assert!(matches!(town.act(rate("dissatisfied")), Acted::Done(_)));
    let detail = town.ticket_of(&receipts[0]).ticket;
    assert_eq!((detail.status, detail.evaluation.citizen), (Status::Resolved, None));
    assert_eq!(detail.evaluation.supervisor, Some(Satisfaction::Dissatisfied));
    assert!(detail.clocks.open("call-back").is_some(), "the citizen is still to be heard");
    assert_eq!(town.calls(&receipts[0]), [CallBackState::Due]);
    assert_eq!(
        [Count::Supervised, Count::SupervisedWell, Count::Dissatisfied].map(|count| town.counted(count)),
        [1, 0, 0]
    );

    town.rules = evaluating("[evaluation]\nrestart = { most = 1, raters = [\"supervisor\"] }\n");
    town.hears(&receipts[0], Satisfaction::Dissatisfied);
    assert_eq!(town.standing(&receipts[0]), Status::Resolved, "citizens open nothing again in this city");
    town.act(rate("dissatisfied"));
    assert_eq!(town.standing(&receipts[0]), Status::Reopened);
    assert!(matches!(town.act(rate("fair")), Acted::Refused(..)), "there is no result now");
}

#[test]
fn a_platform_tells_whose_word_it_heard() {
    let mut town = Town::new();
    let (ticket, receipts) = answered(&mut town, &[("1", LAMP), ("2", LAMP)]);
    let given = |step: &str, receipt: Option<&String>| GivenRating {
        rater: Rater::CallBack,
        step: step.to_owned(),
        words: Some("又坏了".to_owned()),
        receipt: receipt.cloned(),
    };
    let send = |town: &mut Town, rating: GivenRating| {
        let update = StatusUpdate { rating: Some(rating), ..town.update(&ticket, Status::Closed) };
        town.run(&ApplyUpdates(vec![update])).remove(0)
    };
    let unknown = send(&mut town, given("awful", None)).unwrap_err();
    assert!(matches!(&unknown, Refusal::NoStep { step, .. } if step == "awful"), "{unknown}");
    let stranger = town.complain(&[("3", LIFT)]).remove(0);
    assert!(matches!(send(&mut town, given("fair", Some(&stranger))), Err(Refusal::NotBehind { .. })));
    assert_eq!(town.ratings(&receipts[0]), []);

    send(&mut town, given("dissatisfied", Some(&receipts[1]))).unwrap();
    let row = town.ratings(&receipts[1]).remove(0);
    let id = town.store_view(&receipts[1]).id;
    assert_eq!(
        (row.rater, row.complaint, row.by.as_str(), row.words.as_str()),
        (Rater::CallBack, Some(id), "command", "又坏了")
    );
    assert_eq!(town.standing(&receipts[1]), Status::Reopened, "handled again at once");
    assert_eq!(town.calls(&receipts[1]), [CallBackState::Heard]);

    let update = StatusUpdate { satisfaction: Some(Satisfaction::Fair), ..town.update(&ticket, Status::Resolved) };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    let row = town.ratings(&receipts[0]).pop().unwrap();
    assert_eq!((row.rater, row.complaint, row.round, row.value), (Rater::CallBack, None, 2, Satisfaction::Fair));
    let before = town.counted(Count::Called);
    let update = StatusUpdate { satisfaction: Some(Satisfaction::Satisfied), ..town.update(&ticket, Status::Resolved) };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    assert_eq!(town.counted(Count::Called), before + 1, "of two citizens it may be the other");
}

#[test]
fn without_an_evaluation_words_are_kept_and_everything_else_is_as_before() {
    let mut town = Town::new();
    town.rules = evaluating("");
    let (ticket, receipts) = answered(&mut town, &[("1", LAMP)]);
    assert_eq!(town.calls(&receipts[0]), []);
    for round in 1..=4 {
        town.hears(&receipts[0], Satisfaction::Dissatisfied);
        assert_eq!(town.standing(&receipts[0]), Status::Reopened, "round {round}");
        town.set(&ticket, Status::Resolved).unwrap();
    }
    let rounds: Vec<u32> = town.ratings(&receipts[0]).iter().map(|row| row.round).collect();
    assert_eq!(rounds, [1, 2, 3, 4]);
    assert_eq!(town.notices(), [] as [&str; 0]);
}

#[test]
fn a_sample_is_of_complaints_and_who_withdrew_or_was_erased_is_not_asked() {
    let mut town = Town::new();
    town.rules = evaluating("[evaluation]\n[[evaluation.call_back]]\nshare = 30\nby = \"sms\"\n");
    let numbers: Vec<String> = (0..60).map(|number| format!("s{number}")).collect();
    let complaints: Vec<(&str, &str)> = numbers.iter().map(|number| (number.as_str(), LAMP)).collect();
    let (ticket, receipts) = answered(&mut town, &complaints);
    let asked = |town: &mut Town| -> Vec<i64> {
        let due = town.store.due_call_backs(Page::first(99)).unwrap();
        due.iter().map(|view| view.complaint.0).collect()
    };
    let first = asked(&mut town);
    assert!((5..=35).contains(&first.len()), "about a third: {}", first.len());
    town.set(&ticket, Status::Reopened).unwrap();
    assert_eq!(asked(&mut town), [] as [i64; 0]);
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(asked(&mut town), first, "the same for ever");
    let one = receipts.iter().find(|receipt| town.store_view(receipt).id.0 == first[0]).unwrap().clone();
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(one) });
    assert_eq!(asked(&mut town), first[1..]);
    town.set(&ticket, Status::Reopened).unwrap();
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(asked(&mut town), first[1..]);
    town.rules = rules();
}

#[test]
fn a_step_of_the_citys_scale_is_kept_as_the_channel_gave_it() {
    let mut town = Town::new();
    let step = |code: &str, name: &str, value: &str, points: u32| {
        format!("[[evaluation.scale]]\ncode = \"{code}\"\nname = \"{name}\"\nvalue = \"{value}\"\npoints = {points}\n")
    };
    let steps =
        [step("5", "五星", "satisfied", 100), step("4", "四星", "satisfied", 80), step("1", "一星", "dissatisfied", 0)];
    town.rules = evaluating(&format!("[evaluation]\n{}", steps.concat()));
    let (_, receipts) = answered(&mut town, &[("1", LAMP)]);
    let mut said = super::statements::statement(StatementKind::Rating, "1", "不错");
    (said.satisfaction, said.step) = (Some(Satisfaction::Satisfied), Some("4".to_owned()));
    town.states(said);
    town.hears(&receipts[0], Satisfaction::Dissatisfied);
    let rows: Vec<_> = town.ratings(&receipts[0]).into_iter().map(|row| (row.step, row.value)).collect();
    let wanted = [("4".to_owned(), Satisfaction::Satisfied), ("1".to_owned(), Satisfaction::Dissatisfied)];
    assert_eq!(rows, wanted);
    let told = town.changes("rated");
    assert_eq!((&told[0]["rating"]["step_name"], &told[0]["rating"]["points"]), (&"四星".into(), &80.into()));
}

#[test]
fn an_erasure_takes_the_words_and_leaves_how_it_was_rated() {
    let mut town = Town::new();
    let (_, receipts) = answered(&mut town, &[("1", LAMP)]);
    town.hears(&receipts[0], Satisfaction::Fair);
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipts[0].clone()) });
    let row = town.ratings(&receipts[0]).remove(0);
    assert_eq!((row.words.as_str(), row.by.as_str(), row.value), ("", "", Satisfaction::Fair));
    assert!(matches!(town.call(&receipts[0], Some("fair")), Acted::Unknown(..)));
}

#[test]
fn of_each_who_rates_the_last_word_on_a_result_counts_and_of_none_before_there_is_one() {
    let mut town = Town::new();
    town.rules = evaluating("");
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    town.hears(&receipt, Satisfaction::Satisfied);
    assert_eq!((town.ratings(&receipt).len(), town.counted(Count::Satisfied)), (0, 0), "there is no result yet");
    assert_eq!(town.ticket_of(&receipt).ticket.evaluation.citizen, None);
    let ticket = town.ticket_of(&receipt).ticket.id;
    town.set(&ticket, Status::Resolved).unwrap();
    for satisfaction in [Satisfaction::Fair, Satisfaction::Satisfied, Satisfaction::Fair, Satisfaction::Satisfied] {
        town.hears(&receipt, satisfaction);
    }
    assert_eq!(town.ratings(&receipt).len(), 4, "every word is kept");
    assert_eq!((town.counted(Count::Satisfied), town.counted(Count::Fair)), (1, 0));
    for rating in ["fair", "satisfied"] {
        let rating = rating.to_owned();
        town.act(Action::Supervise { ticket: ticket.clone(), rating, words: None });
    }
    assert_eq!((town.counted(Count::Supervised), town.counted(Count::SupervisedWell)), (1, 1));
    assert_eq!(town.counted(Count::Satisfied), 1, "another one's word stands apart");
}

#[test]
fn who_was_erased_is_not_written_about_anew() {
    let mut town = Town::new();
    town.rules = evaluating("");
    let (_, receipts) = answered(&mut town, &[("1", LAMP)]);
    let receipt = receipts[0].clone();
    let erase = |town: &mut Town| town.act(Action::Erase { receipt: Some(receipt.clone()), hashes: Vec::new() });
    erase(&mut town);
    town.hears(&receipt, Satisfaction::Satisfied);
    let said = town.ratings(&receipt);
    assert_eq!(said.iter().map(|row| row.words.as_str()).collect::<Vec<_>>(), [""], "how it was rated stays");
    assert!(town.changes("rated").iter().all(|change| !change.to_string().contains("没有人来过")));
    assert!(matches!(erase(&mut town), Acted::Erased(_)), "and whatever came since is reached by another wish");
}

//! Points of citizens: each once, whatever comes again, is put together and apart, withdrawn, amended and erased.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::action::{Acted, Action};
use super::super::citizen::hash_of_phone;
use super::statements::statement;
use super::*;
use crate::city::PackFiles;
use crate::complaint::{AccountHash, ComplaintState, RewardEntry, StatementKind};
use crate::key::ComplaintKey;

const RULES: &str = r#"
channels = ["hotline"]

[[rule]]
code = "report"
name = "反映"
on = "accepted"
points = 100
most_a_day = 200

[[rule]]
code = "second"
name = "附议"
on = "duplicate"
points = -10

[[rule]]
code = "done"
name = "办结"
on = "resolved"
points = 1000

[[rule]]
code = "rate"
name = "评价"
on = "rated"
points = 1

[[rule]]
code = "refused"
name = "不予受理"
on = "rejected"
points = -5000
"#;

const ANN: &str = "13800001111";
const BOB: &str = "13900002222";
/// Matters at places far from each other, and one in other words.
const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路。";
const LAMP_AGAIN: &str = "青鱼滩路12号门前路灯不亮，晚上看不清路。";
const NOISE: &str = "成山头景区旁边的工地夜间施工扰民，半夜两点还在打桩，吵得睡不着";
const WATER: &str = "虎山镇集市南头自来水管爆了，水漫到马路上";

fn town() -> Town {
    with("", RULES)
}

/// A town whose pack says this in `city.toml` besides, with these rules.
fn with(more: &str, rules: &str) -> Town {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
    let city = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap() + more;
    let files = files.with("city.toml", city.into_bytes()).with("rewards.toml", rules.as_bytes().to_vec());
    let pack = Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap();
    Town { rules: Arc::clone(&pack.rules), ..Town::new() }
}

fn of(phone: &str, number: &str, text: &str) -> Mapped {
    let Mapped::Complaint(mut complaint) = complaint(number, text) else { panic!("a complaint") };
    complaint.reporter.phone = Some(phone.to_owned());
    Mapped::Complaint(complaint)
}

impl Town {
    fn tells(&mut self, phone: &str, number: &str, text: &str) -> String {
        receipt_of(self.take(vec![of(phone, number, text)]).remove(0))
    }

    fn points(&mut self, phone: &str) -> i64 {
        let account = AccountHash(hash_of_phone(self.state.vault(), phone));
        self.store.reward_points(&[account], None, Timestamp::MIN).unwrap()
    }

    /// The points of both.
    fn both(&mut self) -> (i64, i64) {
        (self.points(ANN), self.points(BOB))
    }

    fn rates(&mut self, phone: &str, receipt: &str) {
        let Mapped::FollowUp(mut said) = dissatisfied(receipt) else { panic!("a follow-up") };
        (said.satisfaction, said.reporter.phone) = (Some(Satisfaction::Satisfied), Some(phone.to_owned()));
        self.take(vec![Mapped::FollowUp(said)]);
    }

    fn decides(&mut self, action: Action) {
        let acted = self.act(action);
        assert!(matches!(acted, Acted::Done(_)), "{acted:?}");
    }

    fn own_id(&mut self, receipt: &str) -> String {
        self.ticket_of(receipt).ticket.id
    }
}

#[test]
fn taking_part_gives_points_and_repeating_gives_none() {
    let mut town = town();
    let receipt = town.tells(ANN, "1", LAMP);
    assert_eq!(town.both(), (100, 0));
    town.take(vec![of(ANN, "1", LAMP)]);
    town.take(vec![of(ANN, "1", &format!("{LAMP}请尽快"))]);
    assert_eq!(town.both(), (100, 0), "the same again, and more words");
    town.tells(BOB, "2", LAMP_AGAIN);
    assert_eq!(town.both(), (100, 90), "who comes second");
    let ticket = town.own_id(&receipt);
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.both(), (1100, 1090));
    town.rates(ANN, &receipt);
    town.rates(ANN, &receipt);
    assert_eq!(town.both(), (1101, 1090), "once in a round");
    town.set(&ticket, Status::Closed).unwrap();
    town.set(&ticket, Status::Reopened).unwrap();
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.both(), (1101, 1090), "one matter has one result");
    town.rates(ANN, &receipt);
    assert_eq!(town.both(), (1102, 1090), "of another round");
}

#[test]
fn whom_nobody_knows_and_other_channels_have_none() {
    let mut town = town();
    town.complain(&[("1", LAMP)]);
    let Mapped::Complaint(mut elsewhere) = of(ANN, "2", NOISE) else { panic!("a complaint") };
    elsewhere.channel = "board".to_owned();
    town.take(vec![Mapped::Complaint(elsewhere)]);
    assert_eq!(town.both(), (0, 0));
}

#[test]
fn the_limit_of_a_day_counts_within_one_step_too() {
    let mut town = town();
    town.take(vec![of(ANN, "1", LAMP), of(ANN, "2", NOISE), of(ANN, "3", WATER)]);
    assert_eq!(town.points(ANN), 200);
    town.tells(ANN, "4", "石岛港务局门口公交站牌倒了，没人扶起来");
    assert_eq!(town.points(ANN), 200);
    town.wait_hours(24);
    town.tells(ANN, "5", "大学城北门口井盖没了，自行车掉进去一辆");
    assert_eq!(town.points(ANN), 300);
}

#[test]
fn the_first_one_told_of_it_in_whatever_order_people_put_it_together_and_apart() {
    for first_into_second in [false, true] {
        let mut town = town();
        let (first, second) = (town.tells(ANN, "1", LAMP), town.tells(BOB, "2", NOISE));
        let (one, other) = (town.own_id(&first), town.own_id(&second));
        let (from, into) = if first_into_second { (one, other) } else { (other, one) };
        assert_eq!(town.both(), (100, 100));
        for _ in 0..2 {
            town.decides(Action::Merge { from: from.clone(), into: into.clone() });
            assert_eq!(town.both(), (100, 90), "first into second: {first_into_second}");
            town.decides(Action::Undo { ticket: into.clone() });
            assert_eq!(town.both(), (100, 100));
        }
        town.decides(Action::Merge { from, into });
        town.decides(Action::Split { receipt: first.clone() });
        assert_eq!(town.both(), (100, 100));
        let into = town.own_id(&second);
        town.decides(Action::Move { receipt: first, into });
        assert_eq!(town.both(), (100, 90));
    }
}

#[test]
fn a_withdrawal_takes_back_what_its_complaint_gave_and_nothing_else() {
    let mut town = town();
    let receipt = town.tells(ANN, "1", LAMP);
    town.tells(BOB, "2", LAMP_AGAIN);
    town.states(statement(StatementKind::Withdrawal, "2", "已自行解决"));
    assert_eq!(town.both(), (100, 0), "nothing is left to take for a second one");
    let ticket = town.own_id(&receipt);
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.both(), (1100, 0), "who withdrew waits for no result");
    town.states(statement(StatementKind::Withdrawal, "1", ""));
    assert_eq!(town.both(), (1000, 0));
}

#[test]
fn a_refusal_takes_points_until_the_matter_is_handled_again() {
    let mut town = town();
    let receipt = town.tells(ANN, "1", LAMP);
    let ticket = town.own_id(&receipt);
    town.set(&ticket, Status::Rejected).unwrap();
    assert_eq!(town.points(ANN), -4900);
    town.set(&ticket, Status::Closed).unwrap();
    assert_eq!(town.points(ANN), -4900, "no result");
    town.set(&ticket, Status::Reopened).unwrap();
    assert_eq!(town.points(ANN), 100);
    town.set(&ticket, Status::Rejected).unwrap();
    assert_eq!(town.points(ANN), -4900, "once");
}

#[test]
fn what_is_of_another_citizen_now_gives_the_points_to_that_one() {
    let mut town = town();
    let receipt = town.tells(ANN, "1", LAMP);
    town.take(vec![of(BOB, "1", LAMP)]);
    assert_eq!(town.store_view(&receipt).complaint.reporter.phone.as_deref(), Some(BOB));
    assert_eq!(town.both(), (0, 100));
    town.take(vec![complaint("1", LAMP)]);
    assert_eq!(town.both(), (0, 0), "nobody's");
}

#[test]
fn nobody_has_points_for_a_confidential_kind() {
    let mut town = with("\n[confidential]\ncategories = [\"noise\"]\nfeeds = [\"command\"]\n", RULES);
    let receipt = town.tells(ANN, "1", NOISE);
    assert_eq!(town.ticket_of(&receipt).ticket.route.category, "noise");
    let ticket = town.own_id(&receipt);
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.points(ANN), 0);
    town.tells(BOB, "2", LAMP);
    assert_eq!(town.points(BOB), 100);
    town.take(vec![of(BOB, "2", NOISE)]);
    assert_eq!(town.points(BOB), 0, "it has become one");
}

#[test]
fn who_is_erased_has_no_points() {
    let mut town = town();
    town.tells(ANN, "1", LAMP);
    town.tells(BOB, "2", LAMP_AGAIN);
    let hashes = vec![hash_of_phone(town.state.vault(), ANN)];
    assert!(matches!(town.act(Action::Erase { hashes, receipt: None }), Acted::Erased(_)));
    assert_eq!(town.both(), (0, 90));
    assert_eq!(town.store.rewards_of(&[AccountHash(hash_of_phone(town.state.vault(), ANN))], 9).unwrap(), []);
}

#[test]
fn who_takes_it_back_and_is_dissatisfied_all_the_same_has_the_points_again() {
    let mut town = town();
    town.tells(ANN, "1", LAMP);
    let receipt = town.tells(BOB, "2", LAMP_AGAIN);
    let ticket = town.own_id(&receipt);
    town.set(&ticket, Status::Resolved).unwrap();
    town.states(statement(StatementKind::Withdrawal, "2", ""));
    assert_eq!(town.both(), (1100, 1000));
    town.states(statement(StatementKind::Rating, "2", "没有解决"));
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Reopened);
    assert_eq!(town.both(), (1100, 1091));
}

/// Which entries must count, by what the store says of complaints and tickets alone.
fn expected(town: &mut Town, receipts: &[String]) -> BTreeSet<(ComplaintKey, &'static str)> {
    let views: Vec<_> = receipts.iter().map(|receipt| town.store_view(receipt)).collect();
    let mut expected = BTreeSet::new();
    for view in views.iter().filter(|view| view.state != ComplaintState::Withdrawn) {
        expected.insert((view.id, "report"));
        if views.iter().any(|other| other.ticket == view.ticket && other.id < view.id) {
            expected.insert((view.id, "second"));
        }
    }
    expected
}

fn counting(town: &mut Town, receipts: &[String]) -> BTreeSet<(ComplaintKey, &'static str)> {
    let mut counting = BTreeSet::new();
    for receipt in receipts {
        let id = town.store_view(receipt).id;
        for entry in town.store.rewards_of_complaint(id).unwrap().into_iter().filter(RewardEntry::stands) {
            counting.insert((id, if entry.rule == "report" { "report" } else { "second" }));
        }
    }
    counting
}

#[test]
fn points_stand_with_what_they_are_for_whatever_people_do() {
    let rules = RULES.replace("most_a_day = 200\n", "");
    let (rules, _) = rules.split_once("[[rule]]\ncode = \"done\"").unwrap();
    let rules = with("", rules).rules;
    for seed in 0..40_u64 {
        let mut town = Town { rules: Arc::clone(&rules), ..Town::new() };
        let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut below = |bound: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).unwrap() % bound
        };
        let texts = [LAMP, NOISE, LAMP_AGAIN, WATER, LAMP, NOISE];
        let receipts: Vec<String> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| town.tells(if at % 2 == 0 { ANN } else { BOB }, &at.to_string(), text))
            .collect();
        assert_eq!(counting(&mut town, &receipts), expected(&mut town, &receipts), "seed {seed}");
        for round in 0..15 {
            let (one, other) = (receipts[below(6)].clone(), receipts[below(6)].clone());
            let (ticket, into) = (town.own_id(&one), town.own_id(&other));
            match below(6) {
                0 | 1 => drop(town.act(Action::Merge { from: ticket, into })),
                2 => drop(town.act(Action::Undo { ticket })),
                3 => drop(town.act(Action::Split { receipt: one })),
                4 => drop(town.act(Action::Move { receipt: one, into })),
                _ if round > 9 => {
                    let number = town.store_view(&one).complaint.number;
                    town.states(statement(StatementKind::Withdrawal, &number, ""));
                }
                _ => {}
            }
            assert_eq!(counting(&mut town, &receipts), expected(&mut town, &receipts), "seed {seed}, round {round}");
        }
    }
}

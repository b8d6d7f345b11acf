use std::sync::Arc;

use huiliu_expression::Language;
use jiff::tz::TimeZone;

use super::*;
use crate::city::Names;
use crate::report::Reports;
use crate::ticket::Route;

const RULES: &str = r#"
[replies]
stale_from = 2
[[replies.contradict]]
on = ["resolved", "closed"]
words = ["不予受理", "正在办理"]
"#;

fn rules(source: &str) -> ReplyRules {
    Reports::load(source, &Language::new(TimeZone::UTC, Arc::default()), &Names::default()).unwrap().replies
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + hour * 3_600).unwrap()
}

fn ticket(id: &str, unit: &str, status: Status, hour: i64) -> Ticket {
    let route = Route { department: unit.into(), due_at: Some(at(hour)), ..Route::default() };
    let finished_at = status.is_final().then(|| at(hour));
    Ticket { id: id.into(), status, route, finished_at, ..Ticket::default() }
}

/// What is found in the hours 0 to 100 at hour 50: ticket, unit, fault, word.
fn found(rules: &ReplyRules, said: &[(Ticket, Option<&str>, Option<Satisfaction>)]) -> (Inspected, Vec<String>) {
    let mut inspection = Inspection::new(rules, (at(0), at(100)), at(50));
    for (ticket, result, satisfaction) in said {
        inspection.see(&Answered { ticket, result: *result, satisfaction: *satisfaction });
    }
    let inspected = inspection.done();
    let told = inspected.findings.iter().map(|finding| {
        let word = finding.word.as_deref().unwrap_or("-");
        format!("{} {} {} {word}", finding.ticket, finding.department, finding.fault.words().0)
    });
    let told = told.collect();
    (inspected, told)
}

#[test]
fn units_are_named_for_replies_that_are_missing_stale_contradicting_or_denied() {
    use Status::{Closed, InProgress, Rejected, Resolved, Returned};
    let said = [
        (ticket("late", "a", InProgress, 10), None, None),
        (ticket("early", "a", Returned, 60), None, None),
        (ticket("before", "a", InProgress, -1), None, None),
        (ticket("same-1", "a", Resolved, 20), Some("您好，已安排处理。"), None),
        (ticket("same-2", "a", Closed, 21), Some("您好 已安排处理"), None),
        (ticket("same-3", "b", Resolved, 22), Some("您好，已安排处理。"), None),
        (ticket("own", "b", Resolved, 23), Some("路灯已修复。"), Some(Satisfaction::Satisfied)),
        (ticket("wrong", "b", Resolved, 24), Some("您的事项正在 办理，请等待。"), None),
        (ticket("right", "b", Rejected, 25), Some("依法不予受理。"), Some(Satisfaction::Dissatisfied)),
        (ticket("denied", "c", Resolved, 26), Some("已修复。"), Some(Satisfaction::Dissatisfied)),
        (ticket("absorbed", "c", Status::Absorbed, 27), None, None),
    ];
    let (inspected, told) = found(&rules(RULES), &said);
    assert_eq!(
        told,
        [
            "denied c denied -",
            "wrong b contradicts 正在办理",
            "same-2 a stale -",
            "same-1 a stale -",
            "late a missing -",
        ]
    );
    let unit = |code: &str| (inspected.units[code].finished, inspected.units[code].faults.values().sum::<u64>());
    assert_eq!((unit("a"), unit("b"), unit("c")), ((2, 3), (4, 1), (1, 1)));
    assert!(!inspected.is_cut);
}

#[test]
fn without_rules_three_of_the_same_are_stale_and_no_word_contradicts() {
    let same = |id: &str| (ticket(id, "a", Status::Resolved, 5), Some("正在办理"), None);
    assert_eq!(found(&rules(""), &[same("1"), same("2")]).1, Vec::<String>::new());
    assert_eq!(found(&rules(""), &[same("1"), same("2"), same("3")]).1.len(), 3);
}

#[test]
fn every_mistake_of_the_rules_has_its_place() {
    let source = "[replies]\nstale_from = 1\n[[replies.contradict]]\non = [\"open\"]\nwords = [\"，\"]\n[[replies.contradict]]\non = []\nwords = [\"a\"]\n";
    let language = Language::new(TimeZone::UTC, Arc::default());
    let problems = Reports::load(source, &language, &Names::default()).unwrap_err();
    let told: Vec<_> =
        problems.iter().map(|problem| (source.get(problem.span.clone()).unwrap(), problem.en.as_str())).collect();
    let wanted = [
        ("1", "2 to 1000"),
        ("\"open\"", "no status open"),
        ("\"，\"", "a letter, a digit"),
        ("[]", "there are 1 to 200"),
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for ((place, en), (at, words)) in told.iter().zip(wanted) {
        assert!(place.contains(at) && en.contains(words), "{place}: {en}; wanted {at}: {words}");
    }
}

//! Ratings, restarts and call-backs by the rules of a city.

use super::*;
use crate::complaint::Satisfaction::{self, Dissatisfied, Fair, Satisfied};
use crate::handling::evaluation::{REPEATED, SAMPLE_PARTS};
use crate::ticket::{CallBackWay, Consequence, Rater};

const EVALUATION: &str = r#"
[evaluation]
second = "circulate"
restart = { most = 2, within_days = 30, raters = ["citizen", "call_back"] }

[[evaluation.scale]]
code = "very-good"
name = "非常满意"
value = "satisfied"
points = 100

[[evaluation.scale]]
code = "passable"
name = "过得去"
value = "fair"
points = 60

[[evaluation.scale]]
code = "very-bad"
name = "很不满意"
value = "dissatisfied"
points = 0

[[evaluation.call_back]]
when = "ticket.status == 'rejected'"
by = "page"

[[evaluation.call_back]]
when = "ticket.rounds > 1"
share = 100
by = "person"
to = ["desk@command-center", "handler"]

[[evaluation.call_back]]
share = 20
by = "sms"

[[notice]]
code = "circulate"
title = "通报"
to = ["leader"]
copy = ["leader@parent"]
quiet = "21:00-08:00"
"#;

fn rules() -> String {
    format!("{RULES}{EVALUATION}")
}

/// A matter under these rules that was answered at a time.
fn answered(when: &str) -> Matter {
    let mut matter = Matter::new("blue", "lighting", "2026-11-20T09:00");
    matter.rules = load(&rules()).unwrap();
    matter.answer(Status::Resolved, when);
    matter
}

impl Matter {
    fn answer(&mut self, status: Status, when: &str) {
        self.ticket.evaluation.answered();
        self.ticket.finished_at = Some(at(when));
        self.comes_into(status, when);
    }

    /// Somebody says something; where the matter is handled again, it is.
    fn said(&mut self, rater: Rater, value: Satisfaction, when: &str) -> Consequence {
        let consequence = self.rules.weigh(&mut self.ticket, (rater, value), at(when), true);
        if consequence == Consequence::Restarted {
            self.ticket.evaluation.reopened();
            self.ticket.finished_at = None;
            self.tell(EventKind::Reopened, Status::Reopened, when);
        }
        consequence
    }
}

#[test]
fn a_matter_is_handled_again_within_limits_and_the_second_time_is_told_once() {
    let mut matter = answered("2026-11-23T10:00");
    assert_eq!(matter.said(Rater::Citizen, Fair, "2026-11-23T11:00"), Consequence::Nothing);
    assert_eq!(matter.said(Rater::Supervisor, Dissatisfied, "2026-11-23T11:00"), Consequence::Nothing);
    assert_eq!(
        (matter.ticket.evaluation.citizen, matter.ticket.evaluation.supervisor),
        (Some(Fair), Some(Dissatisfied))
    );
    assert_eq!(matter.said(Rater::CallBack, Dissatisfied, "2026-11-23T12:00"), Consequence::Restarted);
    let another = matter.said(Rater::Citizen, Dissatisfied, "2026-11-23T12:01");
    assert_eq!(another, Consequence::Nothing, "another citizen of the same round: it is handled again already");
    assert_eq!((matter.ticket.evaluation.dissatisfied, matter.next(REPEATED)), (1, None));

    matter.answer(Status::Resolved, "2026-11-24T10:00");
    assert_eq!(matter.said(Rater::Citizen, Dissatisfied, "2026-11-24T22:00"), Consequence::Restarted);
    assert_eq!(matter.next(REPEATED).as_deref(), Some("2026-11-25 08:00"), "not in the quiet hours");
    assert!(matter.ring(REPEATED, "2026-11-25T07:59").is_empty());
    let told = matter.ring(REPEATED, "2026-11-25T08:00");
    assert_eq!((told.len(), told[0].code.as_str(), told[0].round, &told[0].clock), (1, "circulate", 2, &None));
    assert_eq!(told[0].text, "【通报】工单 RC-1：办理结果第 2 次被评为不满意。");
    let to: Vec<&str> = told[0].to.iter().map(|to| to.code.as_str()).collect();
    assert_eq!(to, ["l1", "l2"]);
    assert!(matter.ring(REPEATED, "2026-11-25T09:00").is_empty(), "told once");

    matter.answer(Status::Closed, "2026-11-25T10:00");
    assert_eq!(matter.said(Rater::Citizen, Dissatisfied, "2026-11-25T11:00"), Consequence::TooOften);
    assert_eq!(matter.said(Rater::Citizen, Dissatisfied, "2026-11-25T12:00"), Consequence::TooOften);
    let evaluation = &matter.ticket.evaluation;
    assert_eq!((evaluation.rounds, evaluation.restarts, evaluation.dissatisfied, evaluation.refused), (3, 2, 3, 2));
    assert_eq!(matter.ring(REPEATED, "2026-11-25T12:00").len(), 1, "once for the round, however many say it");
}

#[test]
fn days_after_the_end_are_the_citys_and_the_last_one_counts() {
    for (when, consequence) in
        [("2026-12-23T23:59", Consequence::Restarted), ("2026-12-24T00:00", Consequence::TooLate)]
    {
        let mut matter = answered("2026-11-23T10:00");
        assert_eq!(matter.said(Rater::Citizen, Dissatisfied, when), consequence, "{when}");
    }
}

#[test]
fn without_a_rule_of_restarts_citizens_open_again_as_the_city_says() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-20T09:00");
    matter.answer(Status::Resolved, "2026-11-21T09:00");
    for (rater, reopens, consequence) in [
        (Rater::CallBack, true, Consequence::Nothing),
        (Rater::Supervisor, true, Consequence::Nothing),
        (Rater::Citizen, false, Consequence::Nothing),
        (Rater::Citizen, true, Consequence::Restarted),
    ] {
        let weighed = matter.rules.weigh(&mut matter.ticket, (rater, Dissatisfied), at("2027-11-21T09:00"), reopens);
        assert_eq!(weighed, consequence, "{rater:?}");
    }
    assert_eq!(matter.ticket.evaluation.dissatisfied, 0, "nothing is counted that no rule asks for");
}

#[test]
fn the_first_rule_that_applies_says_who_is_called_back_and_a_share_is_the_same_for_ever() {
    let mut matter = answered("2026-11-23T10:00");
    let way = |matter: &Matter, mark| matter.rules.call_back(&matter.ticket, mark).map(|due| due.way);
    let asked = (0..SAMPLE_PARTS).filter(|mark| way(&matter, *mark).is_some()).count();
    assert_eq!(asked as u64, SAMPLE_PARTS / 5, "a fifth of all marks");
    assert_eq!(way(&matter, 1_999), Some(CallBackWay::Sms));
    assert_eq!(way(&matter, 2_000), None);
    assert_eq!(way(&matter, SAMPLE_PARTS * 7 + 1_999), Some(CallBackWay::Sms));
    assert_eq!(matter.said(Rater::Citizen, Dissatisfied, "2026-11-23T12:00"), Consequence::Restarted);
    matter.answer(Status::Resolved, "2026-11-24T10:00");
    let due = matter.rules.call_back(&matter.ticket, 9_999).unwrap();
    let to: Vec<&str> = due.to.iter().map(|to| to.code.as_str()).collect();
    assert_eq!((due.way, due.round, to), (CallBackWay::Person, 2, vec!["d1", "h1"]));
    matter.answer(Status::Rejected, "2026-11-25T10:00");
    assert_eq!(way(&matter, 9_999), Some(CallBackWay::Page));
    assert!(!load(RULES).unwrap().calls_back());
}

#[test]
fn a_step_is_known_by_code_and_by_name_and_the_common_words_stay_known() {
    let rules = load(&rules()).unwrap();
    let step = |word: &str| rules.scale_step(word).map(|step| (step.code, step.value, step.points));
    assert_eq!(step("passable"), Some(("passable".to_owned(), Fair, Some(60))));
    assert_eq!(step("很不满意"), Some(("very-bad".to_owned(), Dissatisfied, Some(0))));
    assert_eq!(step("satisfied"), Some(("very-good".to_owned(), Satisfied, Some(100))));
    assert_eq!(step("好极了"), None);
    assert_eq!(rules.scale_words(), ["very-good", "passable", "very-bad"]);
    let offered = |rules: &Handling| -> Vec<(String, Vec<String>)> {
        rules.form_ratings().into_iter().map(|rating| (rating.name, rating.words)).collect()
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(offered(&rules)[2], ("很不满意".to_owned(), words(&["very-bad", "很不满意", "dissatisfied", "不满意"])));
    assert_eq!(rules.offered_step("满意").map(|step| step.code).as_deref(), Some("very-good"));
    let plain = load(RULES).unwrap();
    let common = plain.scale_step("满意").unwrap();
    assert_eq!((common.code.as_str(), common.name.as_str(), common.points), ("satisfied", "满意", None));
    assert_eq!(plain.scale_words(), ["satisfied", "fair", "dissatisfied"]);
}

#[test]
fn what_contradicts_itself_in_an_evaluation_is_refused_where_it_stands() {
    for (from, to, at, said) in [
        ("most = 2", "most = 0", "0,", "this is 1 to 20"),
        ("within_days = 30", "within_days = 367", "367", "this is 1 to 366"),
        (
            "[\"citizen\", \"call_back\"]",
            "[\"neighbour\"]",
            "\"neighbour\"",
            "there are: citizen, supervisor, call_back",
        ),
        ("[\"citizen\", \"call_back\"]", "[]", "[]", "nobody's word opens"),
        ("restart = {", "# restart = {", "\"circulate\"", "second without restart"),
        ("second = \"circulate\"", "second = \"nobody\"", "\"nobody\"", "there is no notice nobody"),
        ("second = \"circulate\"\n", "", "\"circulate\"", "no clock sends circulate"),
        (
            "value = \"dissatisfied\"",
            "value = \"fair\"",
            "\"very-good\"",
            "no step of the scale has the value dissatisfied",
        ),
        ("value = \"fair\"", "value = \"middling\"", "\"middling\"", "satisfied, fair, dissatisfied"),
        ("code = \"passable\"", "code = \"very-good\"", "\"very-good\"", "two steps with this code"),
        ("points = 100", "points = 1001", "1001", "at most 1000"),
        ("share = 20", "share = 0", "0", "percentage from 1 to 100"),
        ("by = \"sms\"", "by = \"pigeon\"", "\"pigeon\"", "page, sms, person"),
        ("to = [\"desk@command-center\", \"handler\"]", "", "\"person\"", "who calls back by person"),
        ("\"desk@command-center\", \"handler\"", "\"police\"", "\"police\"", "nobody in handlers.csv"),
        ("when = \"ticket.rounds > 1\"\n", "", "\"sms\"", "the rule before has no when"),
        ("ticket.rounds > 1", "ticket.rounds > one", "one", "one"),
        ("== 'rejected'", "== 'open'", "'open'", "open"),
    ] {
        let known = rules();
        let begin = known.find("[evaluation]").unwrap();
        let (before, text) = known.split_at(begin);
        assert!(text.contains(from), "{from}");
        let text = format!("{before}{}", text.replacen(from, to, 1));
        let problems = load(&text).expect_err(said);
        let found = problems.iter().find(|problem| problem.file == HANDLING_FILE && problem.en.contains(said));
        let Some(problem) = found else { panic!("{said}: {problems:#?}") };
        let line = text.lines().nth(problem.line - 1).unwrap();
        let rest: String = line.chars().skip(problem.column - 1).collect();
        assert!(rest.starts_with(at), "{said}: {rest}");
    }
}

const CASE: &str = r#"
[ticket]
category = "lighting"
district = "371082001"
department = "urban-management"
grade = "blue"
sample = 19

[[step]]
at = "2026-11-23 09:00"
happens = "created"

[[step]]
at = "2026-11-23 10:00"
happens = "resolved"
call_back = "sms:"
ended = { sign = "kept" }

[[step]]
at = "2026-11-23 11:00"
rate = { step = "很不满意", comes_of_it = "restarted" }
due = { sign = "2026-11-23 17:00", finish = "2026-11-30 11:00" }

[[step]]
at = "2026-11-23 15:00"
happens = "resolved"
call_back = "person: d1, h1"

[[step]]
at = "2026-11-23 16:00"
rate = { rater = "call_back", step = "very-bad", comes_of_it = "restarted" }

[[step]]
at = "2026-11-23 17:00"
notices = ["circulate dissatisfied: l1; l2"]
"#;

#[test]
fn cases_hold_ratings_and_call_backs_to_what_they_say() {
    let rules = load(&rules()).unwrap();
    let run = |text: &str| crate::handling::cases::run_case(&rules, text);
    assert_eq!(run(CASE), Ok(()));
    for (from, to, said) in [
        ("sample = 19", "sample = 20", "- sms:\n    + none"),
        ("sample = 19", "sample = 100", "sample is 0 to 99"),
        ("comes_of_it = \"restarted\"", "comes_of_it = \"noted\"", "- noted\n    + restarted"),
        ("person: d1, h1", "person: d1", "+ person: d1, h1"),
        ("rater = \"call_back\"", "rater = \"mayor\"", "citizen, supervisor, call_back"),
        ("\"很不满意\"", "\"awful\"", "very-good, passable, very-bad"),
        ("circulate dissatisfied: l1; l2", "circulate sign: l1", "notices"),
    ] {
        assert!(CASE.contains(from), "{from}");
        let failed = run(&CASE.replacen(from, to, 1)).unwrap_err();
        assert!(failed.1.contains(said), "{said}: {failed:?}");
    }
}

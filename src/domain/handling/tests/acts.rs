//! Acts, returned matters and extensions: what they change, when they are refused, and what is wrong in their settings.

use std::sync::Arc;

use super::{Matter, RULES, at, load};
use crate::handling::{ActRefusal, HANDLING_FILE, Handling, Rung, note_extension};
use crate::ticket::{Above, Act, ActKind, EventKind, RunEnd, Score, Status};

const MORE: &str = r#"
[acts]
claim = ["command"]

[returned]
times = 2
else = "command-center"
rule = [
    { when = "ticket.level == 'street'", to = "parent" },
    { when = "ticket.department == 'housing'", to = "stay" },
    { to = "unit:street" },
]

[extension]
before_due = true
most_days = 10
approvers = ["command"]

[whistle]
within = { minutes = 30 }

[[outside]]
code = "petition"
name = "信访"
"#;

fn rules() -> Arc<Handling> {
    load(&format!("{RULES}{MORE}")).unwrap()
}

/// A matter of a unit, under rules that say more.
fn matter(unit: &str) -> Matter {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    unit.clone_into(&mut matter.ticket.route.department);
    matter.rules = rules();
    matter
}

impl Matter {
    fn does(&mut self, act: &Act, by: &str, when: &str) -> Result<Option<String>, ActRefusal> {
        let deed = self.rules.act(&mut self.ticket, act, by, at(when))?;
        let status = deed.status.unwrap_or(self.ticket.status);
        self.tell(deed.kind.event(), status, when);
        Ok(deed.unit)
    }

    fn returns(&mut self, when: &str) -> Option<String> {
        self.comes_into(Status::Returned, when);
        let deed = self.rules.give_back(&mut self.ticket, at(when))?;
        self.tell(deed.kind.event(), deed.status.unwrap(), when);
        deed.unit
    }
}

fn assign(unit: &str, co_units: Option<&[&str]>) -> Act {
    let co_units = co_units.map(|units| units.iter().map(|unit| (*unit).to_owned()).collect());
    Act::Assign { unit: unit.to_owned(), co_units, words: None }
}

fn escalate(to: Above) -> Act {
    Act::Escalate { to, words: None }
}

fn whistle(units: &[&str]) -> Act {
    Act::Whistle { units: units.iter().map(|unit| (*unit).to_owned()).collect(), words: None }
}

fn respond(unit: &str) -> Act {
    Act::Respond { unit: unit.to_owned(), words: None }
}

fn score(unit: &str) -> Act {
    Act::Score { unit: unit.to_owned(), score: Score { speed: 5, quality: 3 }, words: None }
}

const NOON: &str = "2026-11-23T12:00";

#[test]
fn another_unit_is_responsible_and_others_help() {
    let mut matter = matter("urban-management");
    matter.does(&assign("housing", Some(&["water", "housing", "water"])), "command", NOON).unwrap();
    assert_eq!(
        (matter.ticket.route.department.as_str(), &matter.ticket.acts.co_units[..]),
        ("housing", &["water".to_owned()][..])
    );
    let hand_over = |unit: &str| Act::HandOver { unit: unit.to_owned(), words: None };
    matter.does(&hand_over("street"), "command", NOON).unwrap();
    assert_eq!(matter.ticket.acts.co_units, ["water"], "who helps stays");
    assert_eq!(matter.ticket.route.reasons, ["承办单位：崖头街道，command 移交"], "the last assignment alone is told");
    matter.does(&assign("water", None), "command", NOON).unwrap();
    assert_eq!(matter.ticket.acts.co_units, [""; 0], "who is responsible does not help");
    let refused = |act: &Act, matter: &mut Matter| matter.does(act, "command", NOON).unwrap_err();
    assert_eq!(refused(&hand_over("water"), &mut matter), ActRefusal::SameUnit("water".into()));
    let unknown = refused(&assign("nobody", None), &mut matter);
    assert!(unknown.to_string().contains("no unit nobody") && unknown.zh().contains("nobody"), "{unknown}");
    assert_eq!(refused(&assign("housing", Some(&["no"])), &mut matter), ActRefusal::NoUnit("no".into()));
    matter.comes_into(Status::Resolved, NOON);
    assert_eq!(refused(&assign("housing", None), &mut matter), ActRefusal::Finished(ActKind::Assign));
}

#[test]
fn a_matter_rises_to_the_unit_above() {
    let to = |unit: &str, above: Above| matter(unit).does(&escalate(above), "urban", NOON);
    let level = |code: &str| Above::Level(code.to_owned());
    let unit = |code: &str| Above::Unit(code.to_owned());
    assert_eq!(to("block", Above::Next), Ok(Some("street".to_owned())));
    assert_eq!(to("block", level("city")), Ok(Some("command-center".to_owned())), "the nearest of the level");
    assert_eq!(to("block", unit("command-center")), Ok(Some("command-center".to_owned())));
    assert_eq!(to("command-center", Above::Next), Err(ActRefusal::NothingAbove("command-center".into())));
    assert_eq!(to("street", level("street")), Err(ActRefusal::NothingAbove("street".into())));
    assert_eq!(to("street", level("county")), Err(ActRefusal::NoLevel("county".into())));
    let not_above = ActRefusal::NotAbove { unit: "housing".into(), own: "block".into() };
    assert_eq!(to("block", unit("housing")), Err(not_above));
}

#[test]
fn a_unit_that_is_called_comes_once_and_is_scored_once_by_its_caller() {
    let mut matter = matter("street");
    let refused = |act: &Act, by: &str, matter: &mut Matter| matter.does(act, by, NOON).unwrap_err();
    assert_eq!(refused(&respond("housing"), "urban", &mut matter), ActRefusal::NotCalled("housing".into()));
    matter.does(&whistle(&["housing", "water", "housing"]), "command", NOON).unwrap();
    assert_eq!(matter.ticket.acts.whistles.len(), 2);
    assert_eq!(refused(&score("housing"), "command", &mut matter), ActRefusal::NotCome("housing".into()));
    let came = |matter: &mut Matter, unit: &str, when: &str| {
        matter.rules.act(&mut matter.ticket, &respond(unit), "urban", at(when)).unwrap().in_time
    };
    assert_eq!(came(&mut matter, "housing", "2026-11-23T12:30"), Some(true), "half an hour");
    assert_eq!(came(&mut matter, "water", "2026-11-23T12:31"), Some(false));
    assert_eq!(refused(&respond("housing"), "urban", &mut matter), ActRefusal::HasCome("housing".into()));
    let caller = ActRefusal::NotCaller { unit: "housing".into(), by: "command".into() };
    assert_eq!(refused(&score("housing"), "urban", &mut matter), caller);
    matter.comes_into(Status::Resolved, NOON);
    matter.does(&score("housing"), "command", NOON).unwrap();
    assert_eq!(matter.ticket.acts.whistles[0].score, Some(Score { speed: 5, quality: 3 }));
    assert_eq!(refused(&score("housing"), "command", &mut matter), ActRefusal::HasMarks("housing".into()));
    let many: Vec<String> = (0..21).map(|number| format!("u{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(&whistle(&many), "command", &mut matter), ActRefusal::Finished(ActKind::Whistle));
}

#[test]
fn a_returned_matter_goes_where_the_rules_say_and_not_for_ever() {
    let mut lamp = matter("block");
    assert_eq!(lamp.returns("2026-11-23T10:00").as_deref(), Some("street"), "of a street's level: above");
    assert_eq!((lamp.ticket.status, lamp.ticket.acts.returns), (Status::Open, 1));
    assert_eq!(lamp.returns("2026-11-23T11:00").as_deref(), Some("command-center"));
    lamp.does(&assign("water", None), "command", NOON).unwrap();
    assert_eq!(lamp.returns("2026-11-23T13:00").as_deref(), Some("command-center"), "after two times");
    assert_eq!(lamp.returns("2026-11-23T14:00"), None, "it is there already");
    assert_eq!(lamp.ticket.status, Status::Returned);
    let mut flat = matter("housing");
    assert_eq!(flat.returns("2026-11-23T10:00"), None, "it stays");
    assert_eq!(matter("water").returns("2026-11-23T10:00").as_deref(), Some("street"));
    let mut plain = Matter::new("blue", "lighting", "2026-11-23T09:00");
    assert_eq!(plain.returns("2026-11-23T10:00"), None, "without rules nothing moves");
}

/// Asks for an extension at a time, until another.
fn asks(matter: &mut Matter, until: &str, when: &str) -> Result<(), ActRefusal> {
    let (status, before) = (Status::ExtensionRequested, matter.ticket.status);
    matter.rules.may_extend(&matter.ticket, ("urban", status), Some(at(until)), at(when))?;
    note_extension(&mut matter.ticket, (before, status), Some(at(until)), at(when));
    matter.comes_into(status, when);
    Ok(())
}

#[test]
fn an_extension_is_asked_for_in_time_and_decided_by_those_who_may() {
    let mut matter = matter("urban-management");
    matter.ticket.route.due_at = Some(at("2026-11-30T09:00"));
    matter.comes_into(Status::Accepted, "2026-11-23T10:00");
    assert_eq!(matter.due("finish").as_deref(), Some("2026-11-30 10:00"));
    assert_eq!(asks(&mut matter, "2026-12-11T09:00", NOON), Err(ActRefusal::TooLong(10)));
    let late = ActRefusal::AskedLate(at("2026-11-30T09:00"));
    assert_eq!(asks(&mut matter, "2026-12-05T09:00", "2026-11-30T09:01"), Err(late));
    asks(&mut matter, "2026-12-05T09:00", "2026-11-24T10:00").unwrap();
    // It stands still meanwhile, and goes on when it is refused; nothing begins by that.
    let refuse = Act::RefuseExtension { words: "请按期办结".to_owned() };
    let others = ActRefusal::NotAnApprover { feed: "urban".into(), approvers: vec!["command".into()] };
    assert_eq!(matter.does(&refuse, "urban", "2026-11-25T10:00"), Err(others.clone()));
    matter.does(&refuse, "command", "2026-11-25T10:00").unwrap();
    assert_eq!(matter.ticket.status, Status::Accepted);
    assert_eq!(matter.due("finish").as_deref(), Some("2026-12-01 10:00"), "a day that did not count");
    assert_eq!(matter.ends("finish"), [] as [(RunEnd, Option<bool>); 0]);
    assert_eq!(matter.does(&refuse, "command", NOON), Err(ActRefusal::NotAsked(Status::Accepted)));
    // Granted without a date, it is what was asked for.
    asks(&mut matter, "2026-12-05T09:00", "2026-11-26T10:00").unwrap();
    let grants = |by| matter.rules.may_extend(&matter.ticket, (by, Status::Extended), None, at(NOON));
    assert_eq!((grants("urban"), grants("command")), (Err(others), Ok(())));
    let until = note_extension(&mut matter.ticket, (Status::ExtensionRequested, Status::Extended), None, at(NOON));
    assert_eq!(until, Some(at("2026-12-05T09:00")));
}

#[test]
fn leaders_instruct_and_claim_and_a_finished_matter_goes_on_outside() {
    let mut matter = matter("urban-management");
    let claim = Act::Claim { leader: "王副市长".to_owned(), words: None };
    assert_eq!(matter.does(&claim, "urban", NOON), Err(ActRefusal::NotPermitted(ActKind::Claim, "urban".into())));
    matter.does(&claim, "command", NOON).unwrap();
    let instruct = Act::Instruct { author: "李书记".to_owned(), words: "限三日内办结".to_owned() };
    matter.does(&instruct, "urban", NOON).unwrap();
    let acts = &matter.ticket.acts;
    assert_eq!(acts.claim.as_ref().map(|claim| claim.leader.as_str()), Some("王副市长"));
    assert_eq!(acts.instructions[0].author, "李书记");
    for _ in 0..99 {
        matter.does(&instruct, "urban", NOON).unwrap();
    }
    assert_eq!(matter.does(&instruct, "urban", NOON), Err(ActRefusal::TooMany(ActKind::Instruct, 100)));
    let out = |to: &str| Act::TransferOut { to: to.to_owned(), number: Some("XF-1".to_owned()) };
    assert_eq!(matter.does(&out("petition"), "urban", NOON), Err(ActRefusal::NotFinished));
    let no_place = ActRefusal::NoPlace { to: "court".into(), known: vec!["petition".into()] };
    assert_eq!(matter.does(&out("court"), "urban", NOON), Err(no_place));
    matter.comes_into(Status::Resolved, NOON);
    matter.does(&out("petition"), "urban", NOON).unwrap();
    assert_eq!(matter.ticket.acts.outside.as_ref().unwrap().number.as_deref(), Some("XF-1"));
}

#[test]
fn expressions_know_what_was_done() {
    let limit = "limit = [{ when = \"ticket.claimed_by and 'water' in ticket.co_units and ticket.instructions and (ticket.whistles | length) == 1\", minutes = 5 }, ";
    let text = RULES.replacen("limit = [", limit, 1);
    let mut matter = matter("urban-management");
    matter.rules = load(&format!("{text}{MORE}")).unwrap();
    let before = matter.due("sign");
    matter.does(&assign("housing", Some(&["water"])), "command", NOON).unwrap();
    matter.does(&Act::Claim { leader: "王".to_owned(), words: None }, "command", NOON).unwrap();
    matter.does(&Act::Instruct { author: "李".to_owned(), words: "办".to_owned() }, "command", NOON).unwrap();
    assert_eq!(matter.due("sign"), before);
    matter.does(&whistle(&["water"]), "command", NOON).unwrap();
    assert_eq!(matter.due("sign").as_deref(), Some("2026-11-23 09:05"));
}

#[test]
fn an_alarm_gives_the_matter_to_the_unit_above_once_and_one_level_at_a_time() {
    let text = RULES
        .replacen("start = [\"created\", \"reopened\"]", "start = [\"created\", \"reopened\", \"escalated\"]", 1)
        .replacen("{ share = 100, notice = \"urge\",", "{ share = 100, escalate = true, notice = \"urge\",", 1)
        .replacen("alarm = [\n", "alarm = [\n    { after = { minutes = 30 }, escalate = true },\n", 1)
        .replacen("{ after = { minutes = 30 }", "{ after = { hours = 1 }", 1);
    let mut matter = Matter::new("red", "lighting", "2026-11-23T09:00");
    "block".clone_into(&mut matter.ticket.route.department);
    matter.rules = load(&text).unwrap();
    let rings = |matter: &mut Matter, when: &str| {
        let rungs = matter.rules.ring(&mut matter.ticket, "sign", at(when));
        let why: Vec<String> = rungs
            .iter()
            .filter_map(|rung| match rung {
                Rung::Rise(why) => Some(why.clone()),
                Rung::Notice(_) => None,
            })
            .collect();
        let rises = !why.is_empty() && matter.rules.rise(&mut matter.ticket, at(when)).is_some();
        if rises {
            matter.tell(EventKind::Escalated, matter.ticket.status, when);
        }
        (rungs.len() - why.len(), why, rises)
    };
    // The gateway was away: both alarms are due, and the matter goes up by one.
    let (notices, why, rises) = rings(&mut matter, "2026-11-23T13:00");
    assert_eq!((notices, why, rises), (2, vec!["签收时限已于 2026-11-23 09:30 超时（30 分钟）。".to_owned()], true));
    assert_eq!(matter.ticket.route.department, "street");
    assert_eq!(matter.due("sign").as_deref(), Some("2026-11-23 13:30"), "it has its own time there");
    assert!(!rings(&mut matter, "2026-11-23T13:29").2);
    assert!(rings(&mut matter, "2026-11-23T13:30").2);
    assert_eq!(matter.ticket.route.department, "command-center");
    assert!(!rings(&mut matter, "2026-11-23T14:00").2, "nobody stands above it");
}

#[test]
fn contradictions_in_what_is_said_of_acts_are_refused_where_they_stand() {
    for (from, to, place, said) in [
        ("claim = [\"command\"]", "claim = [\"comand\"]", "\"comand\"", "there is no feed comand"),
        ("claim = [", "claims = [", "claims", "there is no act claims"),
        ("claim = [", "give_back = [", "give_back", "there is no act give_back"),
        ("\"unit:street\"", "\"unit:streets\"", "\"unit:streets\"", "department streets is not"),
        ("\"unit:street\"", "\"streets\"", "\"streets\"", "to is parent, unit:CODE or stay"),
        (
            "{ when = \"ticket.department == 'housing'\", to = \"stay\" }",
            "{ to = \"stay\" }",
            "\"stay\"",
            "never count",
        ),
        ("times = 2\n", "", "\"command-center\"", "stand together"),
        ("times = 2\n", "times = 0\n", "0", "times is 1 to 100"),
        ("else = \"command-center\"", "else = \"centre\"", "\"centre\"", "department centre is not"),
        ("ticket.level == 'street'", "ticket.level == 'village'", "'village'", "village"),
        ("most_days = 10", "most_days = 0", "0", "most_days is 1 to 366"),
        ("approvers = [\"command\"]", "approvers = [\"boss\"]", "\"boss\"", "there is no feed boss"),
        ("within = { minutes = 30 }", "within = { minutes = 0 }", "{ minutes = 0 }", "this is 1 to"),
        ("code = \"petition\"", "code = \"信访\"", "\"信访\"", "lower-case letters"),
        (
            "{ before = { minutes = 10 }, notice = \"remind\" }",
            "{ before = { minutes = 10 } }",
            "\"sign\"",
            "has notice, or escalate",
        ),
    ] {
        let whole = format!("{RULES}{MORE}");
        assert!(whole.contains(from), "{from}");
        let text = whole.replacen(from, to, 1);
        let problems = load(&text).expect_err(said);
        let found = problems.iter().find(|problem| problem.file == HANDLING_FILE && problem.en.contains(said));
        let Some(problem) = found else { panic!("{said}: {problems:#?}") };
        let line = text.lines().nth(problem.line - 1).unwrap();
        let rest: String = line.chars().skip(problem.column - 1).collect();
        assert!(rest.starts_with(place), "{said}: {rest}");
    }
}

const CASE: &str = r#"
[ticket]
category = "lighting"
department = "block"
grade = "blue"
deadline = "2026-11-30 09:00"

[[step]]
at = "2026-11-23 11:00"
happens = "created"

[[step]]
at = "2026-11-23 12:00"
happens = "returned"
unit = "street"
status = "open"

[[step]]
at = "2026-11-23 13:00"
act = { kind = "assign", unit = "housing", co_units = ["water"] }
by = "command"
unit = "housing"

[[step]]
at = "2026-11-23 14:00"
happens = "extension_requested"
until = "2026-12-02 09:00"

[[step]]
at = "2026-11-23 15:00"
happens = "extended"
by = "urban"
refused = "not_an_approver"
status = "extension_requested"

[[step]]
at = "2026-11-23 16:00"
happens = "extended"
by = "command"
deadline = "2026-12-02 09:00"
"#;

#[test]
fn cases_say_whose_a_matter_is_and_what_is_refused() {
    use crate::handling::cases::run_case;
    let rules = rules();
    assert_eq!(run_case(&rules, CASE), Ok(()));
    for (from, to, said) in [
        ("unit = \"street\"", "unit = \"block\"", "- block\n    + street"),
        ("status = \"open\"", "status = \"returned\"", "- returned\n    + open"),
        ("refused = \"not_an_approver\"\n", "", "does not decide on extensions"),
        ("refused = \"not_an_approver\"", "refused = \"no_unit\"", "- no_unit"),
        ("deadline = \"2026-12-02 09:00\"", "deadline = \"2026-12-03 09:00\"", "deadline\n    - 2026-12-03 09:00"),
        ("unit = \"housing\", co", "unit = \"house\", co", "there is no unit house"),
        ("kind = \"assign\"", "kind = \"asign\"", "unknown variant"),
    ] {
        assert!(CASE.contains(from), "{from}");
        let failed = run_case(&rules, &CASE.replacen(from, to, 1)).unwrap_err();
        assert!(failed.1.contains(said), "{said}: {failed:?}");
    }
}

#[test]
fn a_division_calls_only_the_units_of_its_list() {
    let lists = "district,department\n371082001,power\n371082001,water\n371082,housing\n";
    let rules = |lists: &str| {
        let files = super::files(&format!("{RULES}{MORE}"));
        super::loaded(files.with("tables/joint.csv", lists.as_bytes().to_vec()))
    };
    let calls = |district: &str, unit: &str| {
        let mut matter = Matter { rules: rules(lists).unwrap(), ..matter("urban-management") };
        matter.ticket.route.district = district.to_owned();
        matter.does(&whistle(&[unit]), "command", NOON).map(drop)
    };
    let not = |district: &str, unit: &str| Err(ActRefusal::NotJoint { unit: unit.into(), district: district.into() });
    // Its own list, else that of the division that holds it, else everybody.
    assert_eq!(calls("371082001", "power"), Ok(()));
    assert_eq!(calls("371082001", "housing"), not("371082001", "housing"));
    assert_eq!(calls("371082002", "housing"), Ok(()));
    assert_eq!(calls("371082002", "power"), not("371082002", "power"));
    assert_eq!(calls("370000", "power"), Ok(()));
    for (row, words) in [
        ("371082999,power", "371082999"),
        ("371082001,nobody", "nobody"),
        ("371082001,power\n371082001,power", "twice"),
    ] {
        let problems = rules(&format!("district,department\n{row}\n")).unwrap_err();
        assert!(problems.iter().any(|problem| problem.en.contains(words)), "{row}: {problems:?}");
    }
}

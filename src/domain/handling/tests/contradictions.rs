//! Contradictions: of each setting, and those that only the whole file shows: what never happens, whom no condition meets, which limit
//! never counts.

use std::sync::Arc;

use huiliu_adapter_api::ManualClock;

use super::{RULES, at, files, load};
use crate::city::{PackFiles, Problem};
use crate::handling::HANDLING_FILE;
use crate::mapping::Loading;
use crate::pack::Pack;

/// What is changed in the rules, into what, where the problem stands, and what is said of it.
const CONTRADICTIONS: &[(&str, &str, &str, &str)] = &[
    ("stop = [\"finished\"]\n", "", "\"finish\"", "nobody can stop the clock"),
    ("stop = [\"finished\"]\n", "stop = [\"resolved\"]\n", "\"finish\"", "stop lacks closed, rejected"),
    ("start = [\"accepted\", \"reopened\"]", "start = [\"signed\"]", "\"signed\"", "there is no moment signed"),
    ("start = [\"accepted\", \"reopened\"]", "start = []", "\"finish\"", "never begins"),
    ("stop = [\"finished\"]\n", "stop = [\"finished\", \"reopened\"]\n", "\"reopened\"", "both begins and stops"),
    ("resume = [\"extended\", \"in_progress\"]\n", "", "\"finish\"", "stand still for ever"),
    (
        "resume = [\"extended\"",
        "resume = [\"extension_requested\"",
        "\"extension_requested\"",
        "in pause and in resume",
    ),
    ("name = \"办结\"", "name = \" \"", "\"finish\"", "1 to 50 characters"),
    (
        "{ working_days = 5 }",
        "{ working_days = 0, until = \"day\", counts_first_day = true }",
        "0, until",
        "says nothing",
    ),
    ("limit = [{ working_days = 5 }]", "limit = []", "\"finish\"", "there is no limit"),
    ("{ working_days = 5 }", "{ working_days = 0 }", "0 }", "needs until"),
    ("{ working_days = 5 }", "{ working_days = 400 }", "400", "out of range"),
    ("{ working_days = 5 }", "{ working_days = 5, hours = 1 }", "\"finish\"", "exactly one length"),
    ("{ working_days = 5 }", "{ working_days = 5, until = \"noon\" }", "\"noon\"", "same_time, day, office"),
    ("{ working_days = 5 }", "{ hours = 5, until = \"day\" }", "5, until", "for limits in days"),
    ("when = \"ticket.category != 'other'\"", "when = \"ticket.category != 'othr'\"", "'othr'", "othr"),
    ("when = \"ticket.category != 'other'\"", "when = \"ticket.kategory\"", "ticket.kategory", "kategory"),
    ("notice = \"circular\"", "notice = \"circulr\"", "\"circulr\"", "there is no notice circulr"),
    ("{ share = 80, ", "{ share = 80, before = { hours = 1 }, ", "\"remind\"", "exactly one of share"),
    ("{ share = 80, ", "{ before = { working_days = 1 }, ", "\"remind\"", "use share to count working time"),
    ("times = 3", "times = 0", "0 } }", "times is 1 to 60"),
    ("to = [\"handler\"]", "to = []", "\"remind\"", "there is no addressee"),
    ("to = [\"handler\"]", "to = [\"police\"]", "\"police\"", "nobody in handlers.csv has the role police"),
    ("desk@command-center\"]\n\n[[notice]]", "desk@housing\"]\n\n[[notice]]", "\"desk@housing\"", "nobody in handlers"),
    ("quiet = \"21:00-08:00\"", "quiet = \"night\"", "\"night\"", "part of a day"),
    ("[\"08:30-12:00\", \"14:00-17:30\"]", "[\"14:00-12:00\"]", "[\"14:00", "office hours are parts"),
    (
        "[[notice]]\ncode = \"remind\"",
        "[moves]\nopen = [\"signed\"]\n[[notice]]\ncode = \"remind\"",
        "\"signed\"",
        "no status signed",
    ),
    (
        "[[notice]]\ncode = \"remind\"",
        "[moves]\nopen = []\n[[notice]]\ncode = \"remind\"",
        "open = []",
        "nothing may follow open",
    ),
    (
        "[[notice]]\ncode = \"remind\"",
        "[moves]\nopen = [\"accepted\"]\naccepted = [\"returned\"]\nreturned = [\"accepted\"]\n[[notice]]\ncode = \"remind\"",
        "accepted = [",
        "accepted leads to no end",
    ),
    ("code = \"street\"\nname", "code = \"village\"\nname", "\"village\"", "no unit is of level village"),
];

/// Each contradiction with the place where it stands and what is said of it.
#[test]
fn contradictions_are_refused_where_they_stand() {
    for (from, to, at, said) in CONTRADICTIONS.iter().copied() {
        assert!(RULES.contains(from), "{from}");
        let text = RULES.replacen(from, to, 1);
        let problems = load(&text).expect_err(said);
        let found = problems.iter().find(|problem| problem.file == HANDLING_FILE && problem.en.contains(said));
        let Some(problem) = found else { panic!("{said}: {problems:#?}") };
        let line = text.lines().nth(problem.line - 1).unwrap();
        let rest: String = line.chars().skip(problem.column - 1).collect();
        assert!(rest.starts_with(at), "{said}: {rest}");
    }
    let unsent = RULES.replace("notice = \"circular\"", "notice = \"urge\"");
    assert!(load(&unsent).unwrap_err().iter().any(|problem| problem.en.contains("no clock sends circular")));
}

const FINISH: &str = "start = [\"accepted\", \"reopened\"]\nstop = [\"finished\"]";
const PAUSED: &str = "pause = [\"extension_requested\"]\nresume = [\"extended\", \"in_progress\"]";
const WHEN: &str = "when = \"ticket.category != 'other'\"";
const RED: &str = "limit = [{ when = \"ticket.grade == 'red'\", minutes = 30 }, { office_hours = 4 }]";
const CALLED: &str = "[whistle]\nwithin = { minutes = 30 }\n";

/// What is replaced, by what, and what stands where the problem is said to be, with a part of what is said.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (FINISH, "start = [\"held\"]\nstop = [\"finished\"]", "\"held\"", "the clock finish never begins"),
    (FINISH, "start = [\"submitted\"]\nstop = [\"finished\"]", "\"submitted\"", "the clock finish never begins"),
    (FINISH, "start = [\"resolved\"]\nstop = [\"sent_back\"]", "\"sent_back\"", "finish can be stopped by nobody"),
    (FINISH, "start = [\"callback-due\"]\nstop = [\"rated\"]", "\"callback-due\"", "the clock finish never begins"),
    (PAUSED, "pause = [\"urged\"]\nresume = [\"sent_back\"]", "\"sent_back\"", "never goes on once it stands still"),
    (WHEN, "when = \"false\"", "\"false\"", "no matter ever fulfils"),
    (WHEN, "when = \"1 > 2\"", "\"1 > 2\"", "no matter ever fulfils"),
    (WHEN, "when = \"ticket.grade == 'red' and ticket.grade == 'blue'\"", "\"ticket.grade", "no matter ever fulfils"),
    (WHEN, "when = \"ticket.department == 'water' and ticket.level == 'street'\"", "\"ticket.depart", "no matter ever"),
    (WHEN, "when = \"ticket.recurring and not ticket.recurring\"", "\"ticket.recurring", "no matter ever fulfils"),
    (WHEN, "when = \"ticket.level == 'no-such'\"", "'no-such'", "ticket.level is never no-such"),
    (WHEN, "when = \"ticket.group == 'z'\"", "'z'", "ticket.group is never z"),
    (WHEN, "when = \"'no-such' in ticket.tags\"", "'no-such'", "is never no-such"),
    (
        RED,
        "limit = [{ when = \"ticket.grade in ['red', 'blue']\", hours = 1 }, { when = \"ticket.grade == 'red'\", hours = 2 }]",
        "\"ticket.grade == 'red'",
        "limit 2 never counts",
    ),
    (
        RED,
        "limit = [{ when = \"ticket.grade == 'red'\", hours = 1 }, { when = \"ticket.grade != 'red'\", hours = 2 }, { hours = 3 }]",
        "\"sign\"",
        "limit 3 never counts",
    ),
    (
        RED,
        "when = \"ticket.grade == 'red'\"\nlimit = [{ when = \"ticket.grade == 'blue'\", hours = 1 }, { hours = 3 }]",
        "\"ticket.grade == 'blue'",
        "limit 1 never counts",
    ),
    (
        "alarm = [{ share = 80, notice = \"remind\" }",
        "alarm = [{ share = 80, notice = \"remind\" }, { share = 100, escalate = true }",
        "true",
        "nothing ever rises",
    ),
];

fn found(problems: &[Problem], text: &str, (at, said): (&str, &str)) {
    let here = |problem: &&Problem| problem.file == HANDLING_FILE && problem.en.contains(said);
    let Some(problem) = problems.iter().find(here) else { panic!("{said}: {problems:#?}") };
    let line = text.lines().nth(problem.line - 1).unwrap();
    let rest: String = line.chars().skip(problem.column - 1).collect();
    assert!(rest.starts_with(at), "{said}: {rest}");
    assert!(problem.zh.chars().any(|letter| letter > '\u{4e00}'), "{problem:?}");
}

#[test]
fn what_the_whole_file_contradicts_is_refused_where_it_stands() {
    for (from, to, place, said) in REFUSED {
        assert!(RULES.contains(from), "{from}");
        let mut text = RULES.replacen(from, to, 1);
        // Whose matters nobody can give to a unit above.
        if *said == "nothing ever rises" {
            text = text.replacen(WHEN, "when = \"ticket.department == 'command-center'\"", 1);
        }
        let problems = load(&text).expect_err(said);
        found(&problems, &text, (place, said));
    }
}

#[test]
fn conditions_of_holds_returned_matters_and_call_backs_meet_somebody() {
    let review = "[[clock]]\ncode = \"review\"\nname = \"审核\"\nstart = [\"submitted\"]\nstop = [\"sent_back\", \"finished\"]\nlimit = [{ hours = 1 }]\n";
    let hold = |when: &str| {
        format!(
            "{RULES}{review}[[hold]]\ncode = \"answers\"\nname = \"审核\"\nbefore = \"closing\"\nwhen = \"{when}\"\n"
        )
    };
    let returned = |when: &str| format!("{RULES}[returned]\nrule = [{{ when = \"{when}\", to = \"parent\" }}]\n");
    let called = |when: &str| format!("{RULES}[[evaluation.call_back]]\nwhen = \"{when}\"\nby = \"page\"\n");
    let never = "ticket.level == 'city' and ticket.level == 'street'";
    for text in [hold(never), returned(never), called(never)] {
        found(&load(&text).unwrap_err(), &text, ("\"ticket.level", "no matter ever fulfils"));
    }
    let text = hold("update.status == 'resolved' and update.status == 'closed'");
    found(&load(&text).unwrap_err(), &text, ("\"update.status", "no matter ever fulfils"));
    for text in [
        hold("true"),
        hold("update.platform == 'a'"),
        returned("ticket.level == 'street'"),
        called("ticket.status == 'closed'"),
    ] {
        load(&text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
    }
}

/// What may be true, or cannot be told, is let be.
#[test]
fn conditions_that_somebody_can_fulfil_are_let_be() {
    for when in [
        "true",
        "ticket.complaint_count > 100",
        "ticket.grade == 'red' and ticket.complaint_count > 3",
        "ticket.level == 'street' and ticket.group == 'c'",
        "ticket.rating == 'dissatisfied' and ticket.supervisor_rating == 'dissatisfied'",
        "not ticket.rating",
        "ticket.whistles | length > 2",
        "ticket.claimed_by",
        "ticket.department == 'housing' and ticket.district == '371082001' and ticket.category == 'lighting'",
    ] {
        let text = RULES.replacen(WHEN, &format!("when = \"{when}\""), 1);
        load(&text).unwrap_or_else(|problems| panic!("{when}: {problems:#?}"));
    }
}

fn remarks(text: &str) -> Vec<Problem> {
    let (factories, clock) = (crate::registry::factories(), Arc::new(ManualClock::at(at("2026-11-23T09:00"))));
    let files: PackFiles = files(text);
    Pack::load(files, &Loading::away(&factories, clock)).unwrap_or_else(|problems| panic!("{problems:#?}")).notes
}

/// A moment among others that never happens keeps nothing from running: it is remarked.
#[test]
fn moments_that_never_happen_are_remarked() {
    let sign = "stop = [\"accepted\", \"in_progress\", \"returned\", \"finished\"]";
    let moves = "[moves]\nopen = [\"accepted\"]\naccepted = [\"resolved\"]\nresolved = [\"closed\"]\nclosed = [\"reopened\"]\nreopened = [\"accepted\"]\n";
    let text = format!("{}{moves}", RULES.replacen(PAUSED, "", 1).replacen(sign, &format!("{sign}\n"), 1));
    let notes = remarks(&text);
    found(&notes, &text, ("\"in_progress\"", "in_progress of stop never happens"));
    found(&notes, &text, ("\"returned\"", "returned of stop never happens"));
    let text = RULES.replacen(sign, "stop = [\"accepted\", \"responded\", \"finished\"]", 1);
    assert!(!remarks(&text).iter().any(|note| note.en.contains("never happens")), "every unit may be called");
    let text = format!("{text}{CALLED}[acts]\nwhistle = []\n");
    found(&remarks(&text), &text, ("\"responded\"", "responded of stop never happens"));
    // What never stands still needs nothing to go on.
    let text = RULES.replacen(PAUSED, "pause = [\"submitted\"]\nresume = [\"sent_back\"]", 1);
    let notes = remarks(&text);
    found(&notes, &text, ("\"submitted\"", "submitted of pause never happens"));
    found(&notes, &text, ("\"sent_back\"", "sent_back of resume never happens"));
}

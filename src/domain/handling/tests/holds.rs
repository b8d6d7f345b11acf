//! What waits for a person, before dispatch and before closing.

use super::*;

const HOLDS: &str = r#"
[[clock]]
code = "look"
name = "审理"
start = ["held"]
stop = ["created", "finished"]
limit = [{ hours = 2 }]
alarm = [{ share = 100, notice = "urge" }]

[[clock]]
code = "review"
name = "办结审核"
start = ["submitted"]
stop = ["sent_back", "finished"]
again = true
limit = [{ working_days = 1 }]

[[hold]]
code = "sensitive"
name = "敏感事项"
before = "dispatch"
when = "ticket.category == 'other' or doubtful"

[[hold]]
code = "refusals"
name = "不予受理审核"
before = "closing"
when = "update.status == 'rejected' or ticket.grade == 'red'"
by = ["organization"]
"#;

fn rules() -> Arc<Handling> {
    load(&format!(
        "{}\n{HOLDS}",
        RULES
            .replace("pause = [\"extension", "pause = [\"submitted\", \"extension")
            .replace("resume = [\"ext", "resume = [\"sent_back\", \"ext")
    ))
    .unwrap()
}

const CASE: &str = r#"
[ticket]
category = "other"
district = "371082001"
department = "urban-management"
grade = "blue"

[[step]]
at = "2026-11-23 11:00"
happens = "created"
waits = "sensitive"
due = { look = "2026-11-23 13:00" }

[[step]]
at = "2026-11-23 13:30"
notices = ["urge look: l1, h1; l2, d1"]

[[step]]
at = "2026-11-23 14:00"
happens = "released"
waits = ""
ended = { look = "late" }
due = { sign = "2026-11-24 09:00" }

[[step]]
at = "2026-11-24 08:40"
becomes = { category = "lighting" }
happens = "accepted"
ended = { sign = "kept" }
due = { finish = "2026-12-01 08:40" }

[[step]]
at = "2026-11-24 10:00"
happens = "rejected"
waits = "refusals"
paused = ["finish"]
due = { review = "2026-11-25 10:00" }

[[step]]
at = "2026-11-25 09:00"
happens = "sent_back"
waits = ""
ended = { review = "kept" }
due = { finish = "2026-12-02 07:40" }

[[step]]
at = "2026-11-25 10:00"
happens = "rejected"
waits = "refusals"

[[step]]
at = "2026-11-25 11:00"
happens = "approved"
waits = ""
ended = { review = "kept", finish = "kept" }
due = {}
"#;

/// A case passes; and fails as soon as the list or its rule is another.
#[test]
fn a_ticket_waits_before_it_is_dispatched_and_an_answer_before_it_closes_the_matter() {
    let rules = rules();
    assert_eq!(super::super::cases::run_case(&rules, CASE), Ok(()));
    for (from, to, said) in [
        ("waits = \"sensitive\"", "waits = \"\"", "waits"),
        ("category = \"other\"\ndistrict", "category = \"lighting\"\ndistrict", "waits"),
        ("happens = \"sent_back\"\nwaits = \"\"", "happens = \"approved\"\nwaits = \"\"", "no answer waits"),
        ("happens = \"released\"", "happens = \"approved\"", "no answer waits"),
        ("happens = \"approved\"", "happens = \"released\"", "no ticket waits"),
    ] {
        assert!(CASE.contains(from), "{from}");
        let failed = super::super::cases::run_case(&rules, &CASE.replacen(from, to, 1)).unwrap_err();
        assert!(failed.1.contains(said), "{said}: {failed:?}");
    }
    let doubtful = CASE.replacen("category = \"other\"", "category = \"lighting\"\ndoubtful = true", 1);
    assert_eq!(super::super::cases::run_case(&rules, &doubtful), Ok(()));
}

#[test]
fn what_is_finished_or_only_says_how_it_stands_waits_for_nobody() {
    let rules = rules();
    let mut matter = Matter::new("red", "lighting", "2026-11-23T09:00");
    let waits = |ticket: &Ticket, status| rules.before_closing(ticket, &update(status)).map(|rule| rule.code.as_str());
    assert_eq!(waits(&matter.ticket, Status::Resolved), Some("refusals"), "of the grade red");
    assert_eq!(waits(&matter.ticket, Status::InProgress), None);
    matter.ticket.status = Status::Resolved;
    assert_eq!(waits(&matter.ticket, Status::Closed), None, "citizens have heard the answer");
    let other = crate::ticket::StatusUpdate { result: Some("已修好".to_owned()), ..update(Status::Closed) };
    let waiting = rules.before_closing(&matter.ticket, &other).map(|rule| rule.code.as_str());
    assert_eq!(waiting, Some("refusals"), "nobody has approved these words");
    matter.ticket.route.grade = "blue".to_owned();
    matter.ticket.status = Status::Accepted;
    assert_eq!(waits(&matter.ticket, Status::Resolved), None);
    assert_eq!(waits(&matter.ticket, Status::Rejected), Some("refusals"));
    let rule = rules.hold("refusals").unwrap();
    assert!(rule.is_for("organization") && !rule.is_for("clerk"));
    assert!(rules.hold("sensitive").unwrap().is_for("clerk"), "no names: whoever may act");
}

/// What cannot be told of a matter is no reason to let it go.
#[test]
fn a_condition_that_fails_holds() {
    let text = HOLDS.replace(
        "ticket.category == 'other' or doubtful",
        "ticket.complaint_count % (ticket.complaint_count - 1) == 0",
    );
    let rules = load(&format!("{RULES}\n{text}")).unwrap();
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.ticket.complaints = 1;
    assert!(rules.before_dispatch(&matter.ticket, false).is_some(), "1 % 0 is nothing");
    matter.ticket.complaints = 4;
    assert!(rules.before_dispatch(&matter.ticket, false).is_none());
}

#[test]
fn contradictions_of_holds_are_refused_where_they_stand() {
    for (from, to, at, said) in [
        ("before = \"dispatch\"", "before = \"despatch\"", "\"despatch\"", "`dispatch` or `closing`"),
        ("start = [\"held\"]", "start = [\"created\"]\nagain = false", "\"sensitive\"", "no clock begins at held"),
        ("start = [\"submitted\"]", "start = [\"accepted\"]", "\"refusals\"", "no clock begins at submitted"),
        ("or doubtful", "or update.status == 'closed'", "ticket.category", "update"),
        ("update.status == 'rejected'", "update.status == 'accepted'", "update.status", "accepted"),
        ("by = [\"organization\"]", "by = [\" \"]", "\" \"", "cannot be empty"),
        ("code = \"refusals\"", "code = \"sensitive\"", "\"sensitive\"", "two holds with this code"),
        ("code = \"refusals\"", "code = \"Refusals\"", "\"Refusals\"", "lower-case"),
    ] {
        assert!(HOLDS.contains(from), "{from}");
        let holds = HOLDS.replacen(from, to, 1).replace(
            "stop = [\"created\", \"finished\"]",
            if from.contains("held") { "stop = [\"finished\"]" } else { "stop = [\"created\", \"finished\"]" },
        );
        let text = format!("{RULES}\n{holds}");
        let problems = load(&text).expect_err(said);
        let found = problems.iter().find(|problem| problem.file == HANDLING_FILE && problem.en.contains(said));
        let Some(problem) = found else { panic!("{said}: {problems:#?}") };
        let line = text.lines().nth(problem.line - 1).unwrap();
        let rest: String = line.chars().skip(problem.column - 1).collect();
        assert!(rest.starts_with(at) || line.contains(at), "{said}: {rest}");
    }
}

fn update(status: Status) -> crate::ticket::StatusUpdate {
    crate::handling::cases::update(status, at("2026-11-23T10:00"))
}

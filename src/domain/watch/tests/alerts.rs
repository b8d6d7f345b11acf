//! Surges and warnings: when they are told, when again, and what is wrong with their rules.

use super::*;

const WATCHED: &str = r#"
[[tag]]
code = "buses"
name = "公交太少"
words = ["公交太少", "等不到公交"]

[[surge]]
code = "buses"
name = "公交班次突增"
tag = "buses"
count = 3
hours = 24
level = "street"
rest_hours = 72
to = ["desk@command-center"]

[[surge]]
code = "heating"
name = "供热突增"
category = "heating"
of = "tickets"
count = 2
hours = 12
times = 3.0
days = 10

[[warning]]
code = "epidemic"
name = "疫情预警"
words = ["疫情", "聚集性发热"]
without = ["感谢"]
to = ["handler"]

[[warning]]
code = "jointly"
name = "联名"
when = "'联名' in complaint.text"
count = 2
hours = 48
to = ["handler"]
copy = ["desk@command-center"]
"#;

/// Runs complaints, each one's time, further members, and codes of what must be told.
fn run(rules: &str, complaints: &[(&str, &str, &[&str])]) -> Result<(), (String, String)> {
    let pack = load(rules).map_err(|problems| (String::new(), format!("{problems:?}")))?;
    let one =
        |(at, rest, told): &(&str, &str, &[&str])| format!("[[complaint]]\nat = {at:?}\n{rest}\ntold = {told:?}\n");
    let case: String = complaints.iter().map(one).collect();
    let route = |complaint: &Complaint| pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
    crate::watch::cases::run_case(&pack.rules.watch, &route, &case)
}

const YATOU: &str = "text = \"放学时公交太少\"\ndistrict = \"371082001\"";
const LIDAO: &str = "text = \"等不到公交\"\ndistrict = \"371082102\"";

#[test]
fn a_surge_is_told_once_until_it_has_sunk() {
    run(
        WATCHED,
        &[
            ("2026-03-02T08:00:00Z", YATOU, &[]),
            ("2026-03-02T09:00:00Z", LIDAO, &[]),
            ("2026-03-02T10:00:00Z", YATOU, &[]),
            ("2026-03-02T11:00:00Z", "text = \"公交太少\"", &[]),
            ("2026-03-02T12:00:00Z", YATOU, &["buses"]),
            ("2026-03-02T13:00:00Z", YATOU, &[]),
            ("2026-03-03T09:00:00Z", YATOU, &[]),
            ("2026-03-03T10:00:00Z", YATOU, &[]),
            // A day later nothing is left of it: it has sunk.
            ("2026-03-04T11:00:00Z", YATOU, &[]),
            ("2026-03-04T12:00:00Z", YATOU, &[]),
            ("2026-03-04T13:00:00Z", YATOU, &["buses"]),
        ],
    )
    .unwrap();
}

#[test]
fn a_surge_that_goes_on_is_told_again_after_its_rest() {
    let mut complaints: Vec<(String, &[&str])> = Vec::new();
    for hour in (0..=96).step_by(6) {
        let at = Timestamp::from_second(1_772_000_000 + hour * 3_600).unwrap().to_string();
        // Told with the third, after 12 hours; again 72 hours later.
        complaints.push((at, if matches!(hour, 12 | 84) { &["buses"] } else { &[] }));
    }
    let complaints: Vec<(&str, &str, &[&str])> =
        complaints.iter().map(|(at, told)| (at.as_str(), YATOU, *told)).collect();
    run(WATCHED, &complaints).unwrap();
    let without_rest = WATCHED.replacen("rest_hours = 72\n", "", 1);
    let failed = run(&without_rest, &complaints).unwrap_err().1;
    assert!(failed.contains("alerts of complaint 15") && !failed.contains("complaint 3\n"), "{failed}");
}

#[test]
fn a_surge_is_many_times_what_is_usual() {
    let cold = "text = \"暖气不热\"\ncategory = \"heating\"";
    // One a day: in twelve hours half a one is usual, and two are four times that.
    let mut complaints: Vec<(String, &[&str])> = Vec::new();
    for day in 0..10 {
        complaints.push((format!("2026-01-{:02}T08:00:00Z", day + 1), &[]));
    }
    complaints.push(("2026-01-11T08:00:00Z".to_owned(), &[]));
    complaints.push(("2026-01-11T09:00:00Z".to_owned(), &["heating"]));
    let given = |complaints: &[(String, &'static [&'static str])]| {
        let given: Vec<(&str, &str, &[&str])> =
            complaints.iter().map(|(at, told)| (at.as_str(), cold, *told)).collect();
        run(WATCHED, &given)
    };
    given(&complaints).unwrap();
    // One in thirteen hours: nearly one is usual, and two are little more than twice that.
    let at = |hours: i64| Timestamp::from_second(1_770_000_000 + hours * 3_600).unwrap().to_string();
    let mut often: Vec<(String, &[&str])> = (0..20).map(|number| (at(number * 13), [].as_slice())).collect();
    often.push((at(19 * 13 + 1), &[]));
    given(&often).unwrap();
    often.extend([(at(19 * 13 + 2), ["heating"].as_slice()), (at(19 * 13 + 3), &[])]);
    given(&often).unwrap();
}

#[test]
fn complaints_of_one_ticket_are_one_where_tickets_are_counted() {
    let cold = |ticket: &str| format!("text = \"暖气不热\"\ncategory = \"heating\"\nticket = {ticket:?}");
    let (one, two) = (cold("A"), cold("B"));
    run(
        WATCHED,
        &[
            ("2026-01-01T08:00:00Z", &one, &[]),
            ("2026-01-01T09:00:00Z", &one, &[]),
            ("2026-01-01T10:00:00Z", &two, &["heating"]),
        ],
    )
    .unwrap();
}

#[test]
fn one_complaint_warns_and_its_ticket_is_told_once() {
    let of = |text: &str, ticket: &str| format!("text = {text:?}\nticket = {ticket:?}");
    let (one, same, other) = (of("怕是疫情", "A"), of("也怕疫情", "A"), of("聚集性发热", "B"));
    run(
        WATCHED,
        &[
            ("2026-01-01T08:00:00Z", &one, &["epidemic"]),
            ("2026-01-01T09:00:00Z", &same, &[]),
            ("2026-01-09T09:00:00Z", &other, &["epidemic"]),
            ("2026-01-09T10:00:00Z", "text = \"感谢疫情期间的照顾\"", &[]),
            ("2026-01-10T10:00:00Z", "text = \"联名反映\"", &[]),
            ("2026-01-11T10:00:00Z", "text = \"邻居联名\"", &["jointly"]),
        ],
    )
    .unwrap();
}

#[test]
fn a_complaint_that_comes_late_counts_where_it_belongs() {
    let late = format!("{YATOU}\narrives = \"2026-03-05T12:00:00Z\"");
    run(
        WATCHED,
        &[
            ("2026-03-05T10:00:00Z", YATOU, &[]),
            ("2026-03-05T11:00:00Z", YATOU, &[]),
            // A channel was away: what it brings is of days ago, and of this morning.
            ("2026-03-01T08:00:00Z", &late, &[]),
            ("2026-03-05T09:00:00Z", &late, &["buses"]),
        ],
    )
    .unwrap();
    let warned = "text = \"疫情\"\narrives = \"2026-03-05T12:00:00Z\"";
    run(WATCHED, &[("2026-03-01T08:00:00Z", warned, &["epidemic"])]).unwrap();
}

#[test]
fn a_confidential_complaint_is_neither_counted_nor_told() {
    let pack = load(WATCHED).unwrap();
    let mut complaint = complaint("疫情", "公交太少");
    let route = pack.rules.routing.route(&complaint, Timestamp::UNIX_EPOCH);
    assert_eq!(pack.rules.watch.subjects(&complaint, &route).len(), 2);
    complaint.reporter.confidential = true;
    assert_eq!(pack.rules.watch.subjects(&complaint, &route), []);
}

#[test]
fn a_case_says_which_alert_differs_and_what_belongs_together() {
    let failed = run(WATCHED, &[("2026-01-01T08:00:00Z", "text = \"疫情\"", &[])]).unwrap_err();
    assert!(failed.0.contains("第 1 条诉求的预警") && failed.1.contains("+ {\"epidemic\"}"), "{failed:?}");
    let pack = load(WATCHED).unwrap();
    let route = |complaint: &Complaint| pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
    let case = "[[complaint]]\ntext = \"疫情\"\ntold = [\"epidemic\"]\n";
    let failed = crate::watch::cases::run_case(&pack.rules.watch, &route, case).unwrap_err();
    assert!(failed.1.contains("at (its time) belongs to them"), "{failed:?}");
}

const GATHERED: &str = r#"
[topics]
to = ["desk@command-center"]

[[tag]]
code = "buses"
name = "公交太少"
words = ["公交太少"]

[[topic]]
code = "buses"
name = "公交班次"
tag = "buses"
tickets = 3
days = 90
level = "street"
every = "monthly"
to = ["handler"]
"#;

#[test]
fn a_topic_is_so_many_tickets_within_so_many_days_at_one_place() {
    let pack = load(GATHERED).unwrap();
    let route = |complaint: &Complaint| pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
    let one = |day: &str, place: &str, ticket: &str, topics: &str| {
        format!(
            "[[complaint]]\ntext = \"公交太少\"\ndistrict = \"{place}\"\nat = \"{day}T08:00:00Z\"\nticket = \"{ticket}\"\ntopics = [{topics}]\n"
        )
    };
    let case = [
        one("2026-01-01", "371082001", "a", ""),
        one("2026-02-01", "371082001", "b", ""),
        one("2026-02-02", "371082001", "b", ""),
        one("2026-02-03", "371082102", "c", ""),
        one("2026-04-05", "371082001", "d", ""),
        one("2026-04-06", "371082001", "e", "\"buses\""),
        one("2026-04-07", "371082001", "f", ""),
    ];
    assert_eq!(crate::watch::cases::run_case(&pack.rules.watch, &route, &case.concat()), Ok(()));
}

#[test]
fn rules_of_topics_that_contradict_themselves_are_refused_with_their_place() {
    for (from, to, line, said) in [
        ("tag = \"buses\"\ntickets", "tickets", 11, "either a tag or a category"),
        ("tag = \"buses\"\ntickets", "tag = \"busses\"\ntickets", 13, "no tag busses"),
        ("tickets = 3", "tickets = 1", 14, "tickets is 2 to 500"),
        ("days = 90", "days = 400", 15, "days is 1 to 366"),
        ("\"monthly\"", "\"daily\"", 17, "every is one of"),
        ("every = \"monthly\"\n", "", 11, "written together"),
        ("to = [\"handler\"]", "to = [\"nobody\"]", 18, "nobody in handlers.csv"),
        ("[\"desk@command-center\"]", "[\"desk\", \"nobody\"]", 3, "nobody in handlers.csv"),
    ] {
        assert!(GATHERED.contains(from), "{from}");
        let problems = load(&GATHERED.replacen(from, to, 1)).unwrap_err();
        let found = problems.iter().find(|problem| problem.file == WATCH_FILE && problem.en.contains(said));
        let found = found.unwrap_or_else(|| panic!("{said}: {problems:?}"));
        assert!(found.line == line, "{said}: {found:?}");
    }
}

#[test]
fn rules_of_alerts_that_contradict_themselves_are_refused_with_their_place() {
    for (from, to, line, said) in [
        ("tag = \"buses\"\ncount", "count", 8, "either a tag or a category"),
        ("category = \"heating\"", "tag = \"buses\"\ncategory = \"heating\"", 18, "either a tag or a category"),
        ("tag = \"buses\"\ncount", "tag = \"busses\"\ncount", 10, "no tag busses"),
        ("category = \"heating\"", "category = \"heatin\"", 20, "category heatin"),
        ("count = 3", "count = 1", 11, "count is 2 to 500"),
        ("hours = 24", "hours = 0", 12, "hours is 1 to 744"),
        ("times = 3.0", "times = 0.5", 24, "times is 1 to 100"),
        ("days = 10", "days = 366", 25, "days is 1 to 365"),
        ("times = 3.0\n", "", 24, "days without times"),
        ("level = \"street\"", "level = \"road\"", 0, "unknown variant"),
        ("of = \"tickets\"", "of = \"people\"", 21, "complaints or tickets"),
        ("[\"desk@command-center\"]\n\n[[surge]]", "[\"nobody\"]\n\n[[surge]]", 15, "nobody in handlers.csv"),
        (
            "words = [\"疫情\", \"聚集性发热\"]\nwithout = [\"感谢\"]",
            "tag = \"buses\"\nwords = [\"疫情\"]",
            30,
            "are the tag's",
        ),
        ("words = [\"疫情\", \"聚集性发热\"]\nwithout = [\"感谢\"]\n", "", 28, "or a tag"),
        ("count = 2\nhours = 48\n", "count = 2\n", 35, "written together"),
        ("count = 2\nhours = 48\n", "hours = 48\n", 35, "written together"),
        ("count = 2\nhours = 48\n", "level = \"street\"\n", 35, "each ticket is told once"),
        ("code = \"heating\"", "code = \"buses\"", 18, "two surges with this code"),
        ("code = \"jointly\"", "code = \"epidemic\"", 35, "two warnings with this code"),
        ("to = [\"handler\"]\ncopy", "to = []\ncopy", 35, "no addressee"),
    ] {
        assert!(WATCHED.contains(from), "{from}");
        let problems = load(&WATCHED.replacen(from, to, 1)).unwrap_err();
        let found = problems.iter().find(|problem| problem.file == WATCH_FILE && problem.en.contains(said));
        let found = found.unwrap_or_else(|| panic!("{said}: {problems:?}"));
        assert!(found.zh.chars().any(|letter| letter > '一'), "{found:?}");
        assert!(line == 0 || found.line == line, "{said}: {found:?}");
    }
}

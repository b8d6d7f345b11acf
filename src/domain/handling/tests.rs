//! Clocks over a ticket's life: what begins, holds and stops them, whom they tell, and what is wrong in their file.

mod acts;
mod contradictions;
mod evaluation;
mod grouping;
mod holds;
mod pauses;

use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::ManualClock;
use jiff::Timestamp;

use super::{HANDLING_FILE, Handling, Rung};
use crate::city::{PackFiles, Problem};
use crate::mapping::Loading;
use crate::pack::Pack;
use crate::ticket::{ActKind, EventKind, Notice, Route, RunEnd, Status, Ticket};

const RULES: &str = r#"
[office]
hours = ["08:30-12:00", "14:00-17:30"]

[[level]]
code = "street"
name = "街道"

[[level]]
code = "city"
name = "市"

[[clock]]
code = "sign"
name = "签收"
start = ["created", "reopened"]
stop = ["accepted", "in_progress", "returned", "finished"]
again = true
limit = [{ when = "ticket.grade == 'red'", minutes = 30 }, { office_hours = 4 }]
alarm = [
    { before = { minutes = 10 }, notice = "remind" },
    { share = 100, notice = "urge", repeat = { every = { hours = 24 }, times = 3 } },
]

[[clock]]
code = "finish"
name = "办结"
start = ["accepted", "reopened"]
stop = ["finished"]
pause = ["extension_requested"]
resume = ["extended", "in_progress"]
when = "ticket.category != 'other'"
limit = [{ working_days = 5 }]
alarm = [{ share = 80, notice = "remind" }, { after = { working_days = 1 }, notice = "circular" }]

[[notice]]
code = "remind"
title = "提示单"
to = ["handler"]
quiet = "21:00-08:00"

[[notice]]
code = "urge"
title = "督办单"
to = ["leader", "handler"]
copy = ["leader@parent", "desk@command-center"]

[[notice]]
code = "circular"
title = "警示单"
to = ["leader"]
copy = ["desk@command-center"]
"#;

const DEPARTMENTS: &str = "code,name,parent,level,group
command-center,社会治理服务中心,,city,
urban-management,综合行政执法局,command-center,city,a
housing,住房和城乡建设局,command-center,city,a
human-resources,人力资源和社会保障局,command-center,city,b
water,水务集团,command-center,city,b
education,教育和体育局,command-center,city,b
public-security,公安局,command-center,city,a
traffic,交通运输局,command-center,city,a
environment,生态环境分局,command-center,city,a
street,崖头街道,command-center,street,c
block,青鱼滩社区,street,street,c
";

const HANDLERS: &str = "code,name,role,unit,district,phone
h1,王一,handler,urban-management,371082001,13900000001
h2,王二,handler,urban-management,,13900000002
l1,李局,leader,urban-management,,13900000003
l2,赵主任,leader,command-center,,13900000004
d1,督查室,desk,command-center,,0631-7000000
";

fn files(rules: &str) -> PackFiles {
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng")).unwrap();
    let known = String::from_utf8(files.get("tables/departments.csv").unwrap().to_vec()).unwrap();
    let more: String = known
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(',').or(Some((line, ""))))
        .filter(|(code, _)| !DEPARTMENTS.lines().any(|line| line.starts_with(&format!("{code},"))))
        .map(|(code, rest)| format!("{code},{},command-center,city,b\n", rest.split(',').next().unwrap_or_default()))
        .collect();
    files
        .with(HANDLING_FILE, rules.as_bytes().to_vec())
        .with("tables/departments.csv", format!("{DEPARTMENTS}{more}").into_bytes())
        .with("tables/handlers.csv", HANDLERS.as_bytes().to_vec())
        .with("tables/joint.csv", b"district,department\n".to_vec())
}

fn load(rules: &str) -> Result<Arc<Handling>, Vec<Problem>> {
    loaded(files(rules))
}

fn loaded(files: PackFiles) -> Result<Arc<Handling>, Vec<Problem>> {
    let (factories, clock) = (crate::registry::factories(), Arc::new(ManualClock::at(at("2026-11-23T09:00"))));
    Ok(Arc::clone(&Pack::load(files, &Loading::away(&factories, clock))?.rules.handling))
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

/// A ticket under rules, and what it was told.
struct Matter {
    rules: Arc<Handling>,
    ticket: Ticket,
}

impl Matter {
    fn new(grade: &str, category: &str, when: &str) -> Self {
        let route = Route {
            category: category.to_owned(),
            district: "371082001".to_owned(),
            department: "urban-management".to_owned(),
            grade: grade.to_owned(),
            ..Route::default()
        };
        let ticket = Ticket { id: "RC-1".to_owned(), route, created_at: at(when), ..Ticket::default() };
        let mut matter = Self { rules: load(RULES).unwrap(), ticket };
        matter.tell(EventKind::Created, Status::Open, when);
        matter
    }

    fn tell(&mut self, kind: EventKind, status: Status, when: &str) {
        self.ticket.version += 1;
        self.ticket.status = status;
        self.rules.see(&mut self.ticket, kind, at(when));
    }

    fn comes_into(&mut self, status: Status, when: &str) {
        self.tell(EventKind::Status, status, when);
    }

    fn due(&self, clock: &str) -> Option<String> {
        let run = self.ticket.clocks.open(clock)?;
        Some(self.rules.work.shown(run.due_at))
    }

    fn next(&self, clock: &str) -> Option<String> {
        let alarms = self.rules.next_alarms(&self.ticket);
        alarms.iter().find(|(code, _)| code == clock).map(|(_, at)| self.rules.work.shown(*at))
    }

    fn ring(&mut self, clock: &str, when: &str) -> Vec<Notice> {
        let notice = |rung| match rung {
            Rung::Notice(notice) => Some(notice),
            Rung::Rise(_) => None,
        };
        self.rules.ring(&mut self.ticket, clock, at(when)).into_iter().filter_map(notice).collect()
    }

    fn ends(&self, clock: &str) -> Vec<(RunEnd, Option<bool>)> {
        let runs = self.ticket.clocks.runs.iter().filter(|run| run.clock == clock);
        runs.filter_map(|run| Some((run.ended?.1, run.was_kept()))).collect()
    }
}

#[test]
fn a_clock_begins_by_its_limit_tells_each_alarm_once_and_stops() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T11:00");
    assert_eq!(matter.due("sign").as_deref(), Some("2026-11-23 17:00"), "four office hours, without noon");
    assert_eq!(matter.due("finish"), None);
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-23 16:50"));
    assert!(matter.ring("sign", "2026-11-23T16:49").is_empty());
    let notices = matter.ring("sign", "2026-11-23T16:50");
    let to: Vec<_> = notices.iter().flat_map(|notice| &notice.to).map(|to| (to.code.as_str(), to.is_copy)).collect();
    assert_eq!(to, [("h1", false)], "who is there for the division comes before those for all");
    assert!(
        notices[0].text.contains("签收") && notices[0].text.contains("将于 2026-11-23 17:00"),
        "{}",
        notices[0].text
    );
    assert!(matter.ring("sign", "2026-11-23T16:51").is_empty(), "told once");
    let urged = matter.ring("sign", "2026-11-23T17:00");
    let to: Vec<_> = urged[0].to.iter().map(|to| (to.code.as_str(), to.is_copy)).collect();
    assert_eq!(to, [("l1", false), ("h1", false), ("l2", true), ("d1", true)]);
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-24 17:00"), "told again after a day");
    matter.comes_into(Status::Accepted, "2026-11-24T09:00");
    assert_eq!(matter.ends("sign"), [(RunEnd::Stopped, Some(false))]);
    assert_eq!(matter.next("sign"), None);
    assert!(matter.ring("sign", "2026-11-30T09:00").is_empty());
}

#[test]
fn who_could_not_be_told_for_days_is_told_the_last_of_each_alarm() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T08:30");
    let told = matter.ring("sign", "2026-11-25T18:00");
    let told: Vec<_> = told.iter().map(|notice| (notice.code.as_str(), notice.round)).collect();
    assert_eq!(told, [("remind", 1), ("urge", 3)]);
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-26 14:30"));
}

#[test]
fn an_urgent_matter_has_another_limit_also_when_it_becomes_urgent_later() {
    assert_eq!(Matter::new("red", "lighting", "2026-11-22T23:00").due("sign").as_deref(), Some("2026-11-22 23:30"));
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.ticket.route.grade = "red".to_owned();
    matter.tell(EventKind::Joined, Status::Open, "2026-11-23T09:10");
    assert_eq!(matter.due("sign").as_deref(), Some("2026-11-23 09:30"));
    let reasons = &matter.ticket.clocks.open("sign").unwrap().reasons;
    assert!(reasons.len() == 2 && reasons[1].contains("30 分钟"), "{reasons:?}");
}

#[test]
fn a_clock_stands_still_while_an_extension_is_asked_and_goes_on_with_what_was_left() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.comes_into(Status::Accepted, "2026-11-23T10:00");
    assert_eq!(matter.due("finish").as_deref(), Some("2026-11-30 10:00"));
    assert_eq!(matter.next("finish").as_deref(), Some("2026-11-27 10:00"), "80 percent of five working days");
    matter.comes_into(Status::ExtensionRequested, "2026-11-25T10:00");
    assert_eq!(matter.next("finish"), None, "nothing is told while it stands still");
    matter.comes_into(Status::InProgress, "2026-11-27T10:00");
    assert_eq!(matter.due("finish").as_deref(), Some("2026-12-02 10:00"), "three working days were left");
    assert_eq!(matter.next("finish").as_deref(), Some("2026-12-01 10:00"));
    let reasons = matter.ticket.clocks.open("finish").unwrap().reasons.join("；");
    assert!(reasons.contains("2026-11-25 10:00 暂停") && reasons.contains("2026-11-27 10:00 恢复"), "{reasons}");
    // It was reopened: a new run, and the old one is what it was.
    matter.comes_into(Status::Resolved, "2026-12-02T09:59");
    matter.tell(EventKind::Reopened, Status::Reopened, "2026-12-03T09:00");
    assert_eq!(matter.ends("finish"), [(RunEnd::Stopped, Some(true))]);
    assert_eq!(matter.due("finish").as_deref(), Some("2026-12-10 09:00"));
    assert!(matter.due("sign").is_some());
}

#[test]
fn a_pause_over_a_weekend_takes_no_time_away() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.comes_into(Status::Accepted, "2026-11-23T10:00");
    matter.comes_into(Status::ExtensionRequested, "2026-11-27T17:00");
    matter.comes_into(Status::Extended, "2026-11-28T09:00");
    let due = matter.due("finish").unwrap();
    assert!(due.as_str() >= "2026-11-30 10:00", "{due}");
}

#[test]
fn conditions_choose_the_matters_of_a_clock() {
    let mut matter = Matter::new("blue", "other", "2026-11-23T09:00");
    matter.comes_into(Status::Accepted, "2026-11-23T10:00");
    assert_eq!(matter.due("finish"), None);
}

#[test]
fn quiet_hours_move_a_notice_to_their_end() {
    let mut matter = Matter::new("red", "lighting", "2026-11-23T23:00");
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-23 23:30"), "what may be told at night comes first");
    assert_eq!(matter.ring("sign", "2026-11-23T23:30").len(), 1);
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-24 08:00"));
}

#[test]
fn what_another_ticket_answers_for_stands_still_and_goes_on_as_it_was() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.comes_into(Status::Accepted, "2026-11-23T10:00");
    let before = matter.ticket.clocks.clone();
    matter.tell(EventKind::Absorbed, Status::Absorbed, "2026-11-23T11:00");
    assert!(matter.rules.next_alarms(&matter.ticket).is_empty());
    assert!(matter.ring("finish", "2026-12-23T11:00").is_empty());
    matter.tell(EventKind::Split, Status::Accepted, "2026-11-24T11:00");
    assert_eq!(matter.ticket.clocks, before);
}

#[test]
fn a_clock_that_the_city_gave_up_ends() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.rules = Arc::new(Handling::default());
    matter.comes_into(Status::InProgress, "2026-11-23T10:00");
    assert_eq!(matter.ends("sign"), [(RunEnd::Dropped, None)]);
}

#[test]
fn units_that_stand_above_themselves_are_refused() {
    let files = files(RULES);
    let table = DEPARTMENTS.replace("command-center,社会治理服务中心,,", "command-center,社会治理服务中心,street,");
    let (factories, clock) = (crate::registry::factories(), Arc::new(ManualClock::at(at("2026-11-23T09:00"))));
    let problems =
        Pack::load(files.with("tables/departments.csv", table.into_bytes()), &Loading::away(&factories, clock))
            .unwrap_err();
    assert!(problems.iter().any(|problem| problem.en.contains("lead back to it")), "{problems:#?}");
}

const CASE: &str = r#"
[ticket]
category = "lighting"
district = "371082001"
department = "urban-management"
grade = "blue"

[[step]]
at = "2026-11-23 11:00"
happens = "created"
due = { sign = "2026-11-23 17:00" }

[[step]]
at = "2026-11-24 09:00"
happens = "accepted"
notices = ["remind sign: h1", "urge sign: l1, h1; l2, d1"]
ended = { sign = "late" }
due = { finish = "2026-12-01 09:00" }

[[step]]
at = "2026-11-24 10:00"
happens = "extension_requested"
paused = ["finish"]
due = {}
"#;

/// A case passes; and fails as soon as one of the things that it demands is another.
#[test]
fn cases_hold_rules_to_what_they_say() {
    let rules = load(RULES).unwrap();
    assert_eq!(super::cases::run_case(&rules, CASE), Ok(()));
    for (from, to, said) in [
        ("2026-11-23 17:00", "2026-11-23 16:00", "due"),
        ("urge sign: l1, h1; l2, d1", "urge sign: l1, h1", "notices"),
        ("\"late\"", "\"kept\"", "- kept\n    + late"),
        ("paused = [\"finish\"]", "paused = []", "paused"),
        ("happens = \"accepted\"", "happens = \"signed\"", "there is no moment signed"),
        ("at = \"2026-11-24 10:00\"", "at = \"yesterday\"", "is no time"),
        ("at = \"2026-11-24 10:00\"", "at = \"2026-11-22 10:00\"", "in the order of time"),
        ("grade = \"blue\"", "grad = \"blue\"", "unknown field"),
        ("grade = \"blue\"", "grade = \"blu\"", "no code blu"),
        ("happens = \"accepted\"", "becomes = { grade = \"red\" }", "becomes without happens"),
        ("happens = \"accepted\"", "happens = \"created\"", "was created before"),
    ] {
        assert!(CASE.contains(from), "{from}");
        let failed = super::cases::run_case(&rules, &CASE.replacen(from, to, 1)).unwrap_err();
        assert!(failed.1.contains(said), "{said}: {failed:?}");
    }
    // All that differs is said at once, and a file that is no TOML in Chinese.
    let twice = CASE.replacen("2026-11-23 17:00", "2026-11-23 16:00", 1).replacen("\"late\"", "\"kept\"", 1);
    let failed = super::cases::run_case(&rules, &twice).unwrap_err();
    assert!(failed.1.matches("    - ").count() >= 2 && failed.1.contains("due\n"), "{failed:?}");
    let open = super::cases::run_case(&rules, "[ticket]\ngrade = \"blue").unwrap_err();
    assert!(open.0.starts_with("第 2 行") && open.0.contains("引号"), "{open:?}");
}

#[test]
fn the_cases_of_the_example_city_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
    let (factories, clock) = (crate::registry::factories(), Arc::new(ManualClock::at(at("2026-11-23T09:00"))));
    let pack = Pack::read(&folder, &Loading::away(&factories, clock)).unwrap();
    let results = super::run_handling_cases(&pack.rules.handling, &folder);
    assert!(results.len() >= 2, "{results:?}");
    for case in results {
        assert_eq!(case.failure, None, "{}", case.name);
    }
}

/// The names that a table of the file may have, as the reader itself tells them.
fn settings_of(table: &str) -> Vec<String> {
    let problems = load(&format!("{table}\nnot_a_setting = 1\n")).unwrap_err();
    let said = problems.iter().find(|problem| problem.en.contains("unknown field")).unwrap();
    let (_, names) = said.en.split_once("expected").unwrap();
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_guide_names_every_setting_and_every_moment() {
    let guide = include_str!("../../../deploy/guides/handling.md");
    let mut names = Vec::new();
    for (table, least) in [
        ("[office]", 1),
        ("[[level]]", 2),
        ("[[clock]]", 10),
        ("[[notice]]", 5),
        ("[[hold]]", 5),
        ("[notices]", 1),
        ("[returned]", 3),
        ("[returned]\nrule = [{ not_a_setting = 1 }]", 2),
        ("[extension]", 3),
        ("[whistle]", 1),
        ("[[outside]]", 2),
        ("[evaluation]", 4),
        ("[evaluation]\nrestart = { not_a_setting = 1 }", 3),
        ("[[evaluation.scale]]", 4),
        ("[[evaluation.call_back]]", 4),
        ("[[clock]]\nlimit = [{ not_a_setting = 1 }]", 10),
        ("[[clock]]\nalarm = [{ not_a_setting = 1 }]", 5),
    ] {
        let of_table = settings_of(table);
        assert!(of_table.len() >= least, "{table}: {of_table:?}");
        names.extend(of_table);
    }
    names.extend(super::Moment::words().into_iter().map(str::to_owned));
    names.extend(ActKind::of_platforms().map(|kind| kind.wire().to_owned()));
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !["`", "\n", " "].iter().any(|before| guide.contains(&format!("{before}{name}"))))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn statuses_follow_each_other_as_the_city_allows() {
    let rules = load(&format!("{RULES}\n[moves]\nopen = [\"accepted\", \"returned\", \"rejected\"]\n")).unwrap();
    assert_eq!(rules.instead_of(Status::Open, Status::Accepted), None);
    let allowed = [Status::Accepted, Status::Returned, Status::Rejected];
    assert_eq!(rules.instead_of(Status::Open, Status::Resolved), Some(&allowed[..]));
    assert_eq!(rules.instead_of(Status::Accepted, Status::Resolved), None, "nothing is said of what follows it");
    assert_eq!(load(RULES).unwrap().instead_of(Status::Open, Status::Resolved), None);
}

#[test]
fn other_rules_alone_move_no_clock_that_runs() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    let due = matter.due("sign");
    matter.rules = load(&RULES.replace("{ office_hours = 4 }", "{ minutes = 1 }")).unwrap();
    matter.tell(EventKind::Urged, Status::Open, "2026-11-23T09:30");
    assert_eq!(matter.due("sign"), due, "nothing of the ticket has changed");
    matter.ticket.route.department = "housing".to_owned();
    matter.tell(EventKind::Amended, Status::Open, "2026-11-23T09:40");
    assert_eq!(matter.due("sign").as_deref(), Some("2026-11-23 09:01"));
}

#[test]
fn a_deadline_that_was_stored_in_milliseconds_has_not_moved() {
    let rules = load(&RULES.replace("limit = [{ working_days = 5 }]", "limit = [{ deadline = true }]")).unwrap();
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T09:00");
    matter.rules = rules;
    matter.ticket.route.due_at = Some("2026-11-30T09:00:00.123456789+08:00".parse().unwrap());
    matter.comes_into(Status::Accepted, "2026-11-23T10:00");
    matter.ticket.route.due_at = Some("2026-11-30T09:00:00.123+08:00".parse().unwrap());
    matter.tell(EventKind::Joined, Status::Accepted, "2026-11-23T11:00");
    assert_eq!(matter.ticket.clocks.open("finish").unwrap().reasons.len(), 1);
}

#[test]
fn a_notice_that_nobody_of_a_unit_is_sent_is_a_remark() {
    let (factories, clock) = (crate::registry::factories(), Arc::new(ManualClock::at(at("2026-11-23T09:00"))));
    let pack = Pack::load(files(RULES), &Loading::away(&factories, clock)).unwrap();
    let remarks: Vec<_> = pack.notes.iter().filter(|note| note.file == HANDLING_FILE).collect();
    assert!(remarks.iter().any(|note| note.en.contains("nobody is sent this notice")), "{remarks:?}");
    assert!(remarks.iter().all(|note| !note.en.contains("urban-management")), "it has a handler and a leader");
}

#[test]
fn a_city_without_handling_rules_may_say_levels_of_its_units() {
    let mut files = files(RULES);
    files.remove(HANDLING_FILE);
    let (factories, clock) = (crate::registry::factories(), Arc::new(ManualClock::at(at("2026-11-23T09:00"))));
    Pack::load(files, &Loading::away(&factories, clock)).unwrap();
}

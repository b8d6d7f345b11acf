//! Cases of handling rules: what happens to a ticket step by step, what its clocks must say and send, and what comes of what people
//! say of its result.

mod rated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use rated::Rate;

use super::moment::Moment;
use super::rules::Handling;
use crate::ticket::{ClockRun, EventKind, Notice, Route, RunEnd, Status, Ticket};

/// How the files of cases end.
pub const ENDING: &str = ".case.toml";
/// Most steps of a case, and most notices of a step.
const MAX_STEPS: usize = 200;
const MAX_NOTICES: usize = 1_000;

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlingCase {
    /// `cases/handling/NAME.case.toml`.
    pub name: String,
    /// What differs, or why it cannot be run, in Chinese and in English; none when it passed.
    pub failure: Option<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    ticket: Given,
    #[serde(rename = "step")]
    steps: Vec<CaseStep>,
}

/// What a ticket is, or becomes in a step.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    category: Option<String>,
    district: Option<String>,
    department: Option<String>,
    grade: Option<String>,
    deadline: Option<String>,
    complaint_count: Option<u64>,
    recurring: bool,
    tags: Option<BTreeSet<String>>,
    /// In which percent of the complaints it falls where a share is called back, 0 to 99.
    sample: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseStep {
    /// When, in the city's time: `2026-11-23 11:00`.
    at: String,
    /// The moment that happens; without one only time passes.
    happens: Option<String>,
    /// What somebody says of the result, after that.
    rate: Option<Rate>,
    /// What the ticket becomes before that.
    #[serde(default)]
    becomes: Given,
    /// The clocks that run afterwards, each with when it is due; all of them.
    due: Option<BTreeMap<String, String>>,
    /// The clocks that stand still; all of them.
    paused: Option<BTreeSet<String>>,
    /// How the last run of clocks ended: `kept`, `late`, `restarted`, `dropped`.
    #[serde(default)]
    ended: BTreeMap<String, String>,
    /// The notices since the step before, in order: `remind sign: h1, h2; l1` (code, clock, addressees; copies).
    notices: Option<Vec<String>>,
    /// The call-back that is due by this step: `person: desk` (way, who sees to it); `none`.
    call_back: Option<String>,
}

/// Runs all cases of a pack that lies in `folder`.
#[must_use]
pub fn run_handling_cases(rules: &Handling, folder: &Path) -> Vec<HandlingCase> {
    let run = |file: PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let failure = match std::fs::read_to_string(&file) {
            Ok(text) => run_case(rules, &text).err(),
            Err(error) => Some((format!("读不了：{error}"), format!("cannot be read: {error}"))),
        };
        HandlingCase { name: format!("cases/handling/{name}"), failure }
    };
    let Ok(entries) = std::fs::read_dir(folder.join("cases/handling")) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
    files.sort();
    files.into_iter().map(run).collect()
}

type Differs = (String, String);

fn differs(at: &str, what: (&str, &str), expected: &str, found: &str) -> Differs {
    (
        format!("{at} {}：应为 {expected}，实为 {found}", what.0),
        format!("{at} {}: expected {expected}, found {found}", what.1),
    )
}

/// Runs the text of one case.
pub(super) fn run_case(rules: &Handling, text: &str) -> Result<(), Differs> {
    let case: CaseFile = toml::from_str(text).map_err(|error| (error.to_string(), error.to_string()))?;
    if case.steps.len() > MAX_STEPS {
        return Err((format!("超过 {MAX_STEPS} 步"), format!("more than {MAX_STEPS} steps")));
    }
    let mut ticket = Ticket { id: "T-1".to_owned(), complaints: 1, ..Ticket::default() };
    become_as(&mut ticket, &case.ticket, rules)?;
    let mark = rated::mark(case.ticket.sample)?;
    let mut before = Timestamp::MIN;
    for step in &case.steps {
        let at = read_time(&step.at, rules)?;
        if at < before {
            return Err((
                format!("{} 早于上一步：各步要按时间先后写", step.at),
                format!("{} is before the step before it; steps stand in the order of time", step.at),
            ));
        }
        before = at;
        let notices = ring_until(rules, &mut ticket, at);
        become_as(&mut ticket, &step.becomes, rules)?;
        let rounds = ticket.evaluation.rounds;
        if let Some(word) = &step.happens {
            happen(rules, &mut ticket, word, at)?;
        }
        let call_back = (ticket.evaluation.rounds > rounds).then(|| rules.call_back(&ticket, mark)).flatten();
        rated::check_call_back(rules, &mut ticket, (step, at), call_back.as_ref())?;
        rated::rate(rules, &mut ticket, (step, at))?;
        check(rules, &ticket, step, &notices)?;
    }
    Ok(())
}

fn become_as(ticket: &mut Ticket, given: &Given, rules: &Handling) -> Result<(), Differs> {
    let Route { category, district, department, grade, due_at, .. } = &mut ticket.route;
    for (field, value) in [
        (category, &given.category),
        (district, &given.district),
        (department, &given.department),
        (grade, &given.grade),
    ] {
        if let Some(value) = value {
            field.clone_from(value);
        }
    }
    if let Some(deadline) = &given.deadline {
        *due_at = Some(read_time(deadline, rules)?);
    }
    ticket.complaints = given.complaint_count.unwrap_or(ticket.complaints);
    if let Some(tags) = &given.tags {
        ticket.tags = tags.iter().cloned().collect();
    }
    if given.recurring {
        ticket.recurrence_of = Some("T-0".to_owned());
    }
    Ok(())
}

fn read_time(text: &str, rules: &Handling) -> Result<Timestamp, Differs> {
    rules.work.read(text).ok_or_else(|| {
        (format!("“{text}”不是时间，应如 2026-11-23 11:00"), format!("{text:?} is no time; write 2026-11-23 11:00"))
    })
}

/// Lets a moment happen to the ticket.
fn happen(rules: &Handling, ticket: &mut Ticket, word: &str, at: Timestamp) -> Result<(), Differs> {
    let unknown = || {
        let known = Moment::words().join("、");
        (format!("没有 {word} 这个时刻；可用：{known}"), format!("there is no moment {word}; there are: {known}"))
    };
    let before = ticket.status;
    let kind = match Moment::read(word).ok_or_else(unknown)? {
        Moment::Made => EventKind::Created,
        Moment::Finished => {
            ticket.status = Status::Resolved;
            EventKind::Status
        }
        Moment::Status(status) => {
            ticket.status = status;
            if status == Status::Reopened { EventKind::Reopened } else { EventKind::Status }
        }
        Moment::Event(kind) => kind,
    };
    match (before.is_final(), ticket.status.is_final()) {
        (false, true) => {
            ticket.evaluation.answered();
            ticket.finished_at = Some(at);
        }
        (true, false) => {
            ticket.evaluation.reopened();
            ticket.finished_at = None;
        }
        _ => {}
    }
    ticket.version += 1;
    if ticket.version == 1 {
        ticket.created_at = at;
    }
    rules.see(ticket, kind, at);
    Ok(())
}

/// Everything that clocks tell until a moment, each at its time.
fn ring_until(rules: &Handling, ticket: &mut Ticket, until: Timestamp) -> Vec<Notice> {
    let mut told = Vec::new();
    while told.len() < MAX_NOTICES {
        let next = rules.next_alarms(ticket).into_iter().filter(|(_, at)| *at <= until).min_by_key(|(_, at)| *at);
        let Some((clock, at)) = next else { break };
        told.extend(rules.ring(ticket, &clock, at));
    }
    told
}

fn check(rules: &Handling, ticket: &Ticket, step: &CaseStep, notices: &[Notice]) -> Result<(), Differs> {
    let open = || ticket.clocks.runs.iter().filter(|run| run.is_open());
    if let Some(expected) = &step.due {
        let running = open().filter(|run| run.paused_at.is_none());
        let found: BTreeMap<String, String> =
            running.map(|run| (run.clock.clone(), rules.work.shown(run.due_at))).collect();
        if found != *expected {
            return Err(differs(&step.at, ("到期", "due"), &format!("{expected:?}"), &format!("{found:?}")));
        }
    }
    if let Some(expected) = &step.paused {
        let paused = open().filter(|run| run.paused_at.is_some());
        let found: BTreeSet<String> = paused.map(|run| run.clock.clone()).collect();
        if found != *expected {
            return Err(differs(&step.at, ("停住的时钟", "paused"), &format!("{expected:?}"), &format!("{found:?}")));
        }
    }
    for (clock, expected) in &step.ended {
        let last = ticket.clocks.runs.iter().rfind(|run| run.clock == *clock && !run.is_open());
        let found = last.map_or("-", how_it_ended);
        if found != expected {
            return Err(differs(&step.at, (clock, clock), expected, found));
        }
    }
    if let Some(expected) = &step.notices {
        let found: Vec<String> = notices.iter().map(in_short).collect();
        if found != *expected {
            return Err(differs(&step.at, ("通知", "notices"), &format!("{expected:?}"), &format!("{found:?}")));
        }
    }
    Ok(())
}

fn how_it_ended(run: &ClockRun) -> &'static str {
    match (run.ended, run.was_kept()) {
        (_, Some(true)) => "kept",
        (_, Some(false)) => "late",
        (Some((_, RunEnd::Restarted)), None) => "restarted",
        _ => "dropped",
    }
}

/// A notice as cases write it.
fn in_short(notice: &Notice) -> String {
    let of = |copies: bool| {
        let to = notice.to.iter().filter(|to| to.is_copy == copies).map(|to| to.code.as_str());
        to.collect::<Vec<_>>().join(", ")
    };
    let (to, copies) = (of(false), of(true));
    let copies = if copies.is_empty() { String::new() } else { format!("; {copies}") };
    let cause = notice.clock.as_ref().map_or("dissatisfied", |clock| clock.code.as_str());
    format!("{} {cause}: {to}{copies}", notice.code)
}

//! Cases of handling rules: what happens to a ticket step by step, what its clocks must say and send, and what comes of what people
//! say of its result.

mod rated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use huiliu_adapter_api::wording::of_system;
use jiff::Timestamp;
use serde::Deserialize;

use rated::Rate;

use super::acts::note_extension;
use super::assemble::grant_extension;
use super::case_act::CaseAct;
use super::codes::Code;
use super::moment::Moment;
use super::refusal::ActRefusal;
use super::rules::{Handling, Rung};
use crate::city::toml_words;
use crate::ticket::{
    Act, ClockRun, Deed, EventKind, Hold, Notice, Route, RunEnd, Status, StatusUpdate, Submission, Ticket,
};

/// How the files of cases end.
pub const ENDING: &str = ".case.toml";
/// Most steps of a case, and most notices of a step.
const MAX_STEPS: usize = 200;
const MAX_NOTICES: usize = 1_000;
/// What a person does, as cases say it.
const RELEASED: &str = "released";
const APPROVED: &str = "approved";

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
    /// Whether a person is asked if it is the same matter as another.
    doubtful: bool,
}

impl Given {
    fn is_nothing(&self) -> bool {
        let Self {
            category,
            district,
            department,
            grade,
            deadline,
            complaint_count,
            recurring,
            tags,
            doubtful,
            sample,
        } = self;
        let texts = [category, district, department, grade, deadline].iter().all(|text| text.is_none());
        texts && complaint_count.is_none() && tags.is_none() && sample.is_none() && !recurring && !doubtful
    }

    /// Whether its codes are codes of the city: a case with another one tests nothing.
    fn is_known(&self, rules: &Handling) -> Result<(), Differs> {
        let tags = self.tags.iter().flatten().map(|tag| (Code::Tag, tag.as_str()));
        let given = [
            (Code::Category, &self.category),
            (Code::District, &self.district),
            (Code::Department, &self.department),
            (Code::Grade, &self.grade),
        ];
        let given = given.into_iter().filter_map(|(kind, code)| Some((kind, code.as_deref()?)));
        match given.chain(tags).find(|(kind, code)| !rules.codes.knows(*kind, code)) {
            None => Ok(()),
            Some((_, code)) => {
                Err((format!("城市配置包里没有代码 {code}"), format!("the city pack has no code {code}")))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseStep {
    /// When, in the city's time: `2026-11-23 11:00`.
    at: String,
    /// The moment that happens; without one only time passes. Besides the moments of clocks: `released` (a person lets a ticket be
    /// dispatched) and `approved` (a person lets an answer close the matter).
    happens: Option<String>,
    /// What a platform does, after that.
    act: Option<CaseAct>,
    /// The feed whose platform does or says it.
    #[serde(default)]
    by: String,
    /// The deadline that is asked for or granted, with `extension_requested` and `extended`.
    until: Option<String>,
    /// The code of the unit that is responsible afterwards.
    unit: Option<String>,
    /// The status that the ticket has afterwards.
    status: Option<String>,
    /// The deadline that the ticket has afterwards.
    deadline: Option<String>,
    /// The name of the reason why it is refused, such as `no_unit`; nothing of it happens then.
    refused: Option<String>,
    /// What somebody says of the result, after that.
    rate: Option<Rate>,
    /// What the ticket becomes before that.
    #[serde(default)]
    becomes: Given,
    /// The list in which it waits for a person afterwards; empty: in none.
    waits: Option<String>,
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
            // What is never run proves nothing.
            _ if !name.ends_with(ENDING) => Some((
                format!("用例的文件名应以 {ENDING} 结尾，这个没有运行"),
                format!("a case's file name ends with {ENDING}; this one was not run"),
            )),
            Ok(text) => run_case(rules, &text).err(),
            Err(error) => Some((format!("读不了{}", of_system(&error)), format!("cannot be read: {error}"))),
        };
        HandlingCase { name: format!("cases/handling/{name}"), failure }
    };
    let Ok(entries) = std::fs::read_dir(folder.join("cases/handling")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.into_iter().map(run).collect()
}

/// Why a case does not pass, in Chinese and in English.
type Differs = (String, String);

/// Adds what differs at a step: what was expected (-) and what was found (+).
fn note(differs: &mut Differs, at: &str, what: (&str, &str), (expected, found): (&str, &str)) {
    for (said, what) in [(&mut differs.0, what.0), (&mut differs.1, what.1)] {
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(&format!("  {at} {what}\n    - {expected}\n    + {found}"));
    }
}

/// Runs the text of one case.
pub(super) fn run_case(rules: &Handling, text: &str) -> Result<(), Differs> {
    let case: CaseFile = toml::from_str(text).map_err(|error| toml_words(text, error))?;
    if case.steps.len() > MAX_STEPS {
        return Err((format!("超过 {MAX_STEPS} 步"), format!("more than {MAX_STEPS} steps")));
    }
    case.steps.iter().map(|step| &step.becomes).chain([&case.ticket]).try_for_each(|given| given.is_known(rules))?;
    let mut ticket = Ticket { id: "T-1".to_owned(), complaints: 1, ..Ticket::default() };
    become_as(&mut ticket, &case.ticket, rules)?;
    let mark = rated::mark(case.ticket.sample)?;
    let (mut before, mut since, mut differs) = (Timestamp::MIN, Timestamp::MIN, Differs::default());
    for step in &case.steps {
        let at = read_time(&step.at, rules)?;
        if at < before {
            return Err((
                format!("{} 早于上一步：各步要按时间先后写", step.at),
                format!("{} is before the step before it; steps stand in the order of time", step.at),
            ));
        }
        before = at;
        let notices = ring_until(rules, &mut ticket, (since, at));
        since = at;
        become_as(&mut ticket, &step.becomes, rules)?;
        if step.happens.is_none() && step.act.is_none() && step.rate.is_none() && !step.becomes.is_nothing() {
            return Err((
                format!("{} 有 becomes 而没有 happens：工单不会自己变，请写发生了什么", step.at),
                format!("{} has becomes without happens: a ticket changes by what happens", step.at),
            ));
        }
        let rounds = ticket.evaluation.rounds;
        let mut after = ticket.clone();
        let done = happen(rules, &mut after, (step, case.ticket.doubtful), at)?;
        is_refused(step, done.as_ref().err(), &mut differs);
        if done.is_ok() {
            ticket = after;
        }
        let call_back = (ticket.evaluation.rounds > rounds).then(|| rules.call_back(&ticket, mark)).flatten();
        rated::check_call_back(rules, &mut ticket, (step, at), call_back.as_ref(), &mut differs);
        rated::rate(rules, &mut ticket, (step, at), &mut differs)?;
        check(rules, &ticket, (step, &notices), &mut differs);
        check_acts(rules, &ticket, step, &mut differs);
    }
    if differs.1.is_empty() { Ok(()) } else { Err(differs) }
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

/// Lets a moment, an act, or both happen to the ticket; else why it is refused.
fn happen(
    rules: &Handling,
    ticket: &mut Ticket,
    (step, doubtful): (&CaseStep, bool),
    at: Timestamp,
) -> Result<Result<(), ActRefusal>, Differs> {
    let until = step.until.as_ref().map(|until| read_time(until, rules)).transpose()?;
    if let Some(word) = &step.happens {
        let before = ticket.status;
        let kind = match word.as_str() {
            RELEASED => released(ticket)?,
            APPROVED => approved(ticket)?,
            word => match moment(rules, ticket, (word, doubtful), (&step.by, until), at)? {
                Ok(kind) => kind,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        turn(ticket, before, at);
        tell(rules, ticket, kind, at);
        if let Some(deed) = rules.give_back(ticket, at) {
            do_as(rules, ticket, &deed, at);
        }
    }
    let Some(act) = step.act.clone().map(Act::from) else { return Ok(Ok(())) };
    Ok(rules.act(ticket, &act, &step.by, at).map(|deed| do_as(rules, ticket, &deed, at)))
}

/// Lets a moment of clocks happen; what happens by it, or why it is refused.
fn moment(
    rules: &Handling,
    ticket: &mut Ticket,
    (word, doubtful): (&str, bool),
    by: (&str, Option<Timestamp>),
    at: Timestamp,
) -> Result<Result<EventKind, ActRefusal>, Differs> {
    let unknown = || {
        let known = [Moment::words(), vec![RELEASED, APPROVED]].concat().join("、");
        (format!("没有 {word} 这个时刻；可用：{known}"), format!("there is no moment {word}; there are: {known}"))
    };
    Ok(Ok(match Moment::read(word).ok_or_else(unknown)? {
        Moment::Made if ticket.version > 0 => {
            return Err(("created 写了两次".to_owned(), "it was created before".to_owned()));
        }
        Moment::Made => made(rules, ticket, doubtful, at),
        Moment::Finished => return Ok(comes_into(rules, ticket, Status::Resolved, by, at)),
        Moment::Status(status) => return Ok(comes_into(rules, ticket, status, by, at)),
        Moment::Event(EventKind::SentBack) => {
            ticket.submission = None;
            EventKind::SentBack
        }
        Moment::Event(kind) => kind,
    }))
}

/// What it means for ratings that the matter was answered, or is handled again.
fn turn(ticket: &mut Ticket, before: Status, at: Timestamp) {
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
}

fn do_as(rules: &Handling, ticket: &mut Ticket, deed: &Deed, at: Timestamp) {
    ticket.status = deed.status.unwrap_or(ticket.status);
    tell(rules, ticket, deed.kind.event(), at);
}

fn tell(rules: &Handling, ticket: &mut Ticket, kind: EventKind, at: Timestamp) {
    ticket.version += 1;
    if ticket.version == 1 {
        ticket.created_at = at;
    }
    rules.see(ticket, kind, at);
}

fn made(rules: &Handling, ticket: &mut Ticket, doubtful: bool, since: Timestamp) -> EventKind {
    let hold = rules.before_dispatch(ticket, doubtful);
    ticket.hold = hold.map(|rule| Hold { code: rule.code.clone(), since });
    if ticket.hold.is_some() { EventKind::Held } else { EventKind::Created }
}

/// A platform sets a status, with what it means for extensions; one that closes the matter may wait for a person first.
fn comes_into(
    rules: &Handling,
    ticket: &mut Ticket,
    status: Status,
    (by, until): (&str, Option<Timestamp>),
    at: Timestamp,
) -> Result<EventKind, ActRefusal> {
    rules.may_extend(ticket, (by, status), until, at)?;
    let update = update(status, at);
    if let Some(rule) = rules.before_closing(ticket, &update) {
        ticket.submission = Some(Submission { code: rule.code.clone(), since: at, update });
        return Ok(EventKind::Submitted);
    }
    let before = std::mem::replace(&mut ticket.status, status);
    if let Some(granted) = note_extension(ticket, (before, status), until, at) {
        grant_extension(ticket, granted);
    }
    Ok(if status == Status::Reopened { EventKind::Reopened } else { EventKind::Status })
}

fn released(ticket: &mut Ticket) -> Result<EventKind, Differs> {
    let nothing =
        || ("没有等待分派的工单，不能 released".to_owned(), "no ticket waits, so none is released".to_owned());
    ticket.hold.take().map(|_| EventKind::Created).ok_or_else(nothing)
}

fn approved(ticket: &mut Ticket) -> Result<EventKind, Differs> {
    let nothing =
        || ("没有等待审核的答复，不能 approved".to_owned(), "no answer waits, so none is approved".to_owned());
    let submission = ticket.submission.take().ok_or_else(nothing)?;
    ticket.status = submission.update.status.unwrap_or(ticket.status);
    Ok(EventKind::Status)
}

/// An update that says nothing but a status.
pub(super) fn update(status: Status, occurred_at: Timestamp) -> StatusUpdate {
    StatusUpdate {
        update_id: String::new(),
        platform: String::new(),
        ticket_id: String::new(),
        sequence: 0,
        status: Some(status),
        act: None,
        rating: None,
        occurred_at,
        department: None,
        result: None,
        results: Vec::new(),
        person: None,
        attachments: Vec::new(),
        satisfaction: None,
        due_at: None,
        user: None,
        token: None,
        trace: None,
    }
}

/// Everything that clocks tell until a moment, each at its time; what was due before the last thing that happened, right after that.
fn ring_until(rules: &Handling, ticket: &mut Ticket, (since, until): (Timestamp, Timestamp)) -> Vec<Notice> {
    let mut told = Vec::new();
    for _ in 0..MAX_NOTICES {
        let next = rules.next_alarms(ticket).into_iter().filter(|(_, at)| *at <= until).min_by_key(|(_, at)| *at);
        let Some((clock, at)) = next else { break };
        for rung in rules.ring(ticket, &clock, at.max(since)) {
            match rung {
                Rung::Notice(notice) => told.push(notice),
                Rung::Rise(_) => {
                    if let Some(deed) = rules.rise(ticket, at.max(since)) {
                        do_as(rules, ticket, &deed, at.max(since));
                    }
                }
            }
        }
    }
    told
}

/// Whether what happened was refused as the step says.
fn is_refused(step: &CaseStep, refusal: Option<&ActRefusal>, differs: &mut Differs) {
    let found = refusal.map(ActRefusal::name);
    if found == step.refused.as_deref() {
        return;
    }
    let expected = step.refused.as_deref().unwrap_or("-");
    note(differs, &step.at, ("拒绝", "refused"), (expected, found.unwrap_or("-")));
    if let Some(refusal) = refusal {
        differs.0.push_str(&format!("（{}）", refusal.zh()));
        differs.1.push_str(&format!(" ({refusal})"));
    }
}

/// Whose the matter is, where it stands, where it waits, and by when it is due.
fn check_acts(rules: &Handling, ticket: &Ticket, step: &CaseStep, differs: &mut Differs) {
    let due = ticket.route.due_at.map_or_else(|| "-".to_owned(), |due_at| rules.work.shown(due_at));
    let waits = ticket.waits().map(|(_, code, _)| code).unwrap_or_default();
    let found = [
        (("承办单位", "unit"), &step.unit, ticket.route.department.as_str()),
        (("状态", "status"), &step.status, ticket.status.wire()),
        (("办理时限", "deadline"), &step.deadline, due.as_str()),
        (("待审清单", "waits"), &step.waits, waits),
    ];
    for (what, expected, found) in found {
        if let Some(expected) = expected.as_ref().filter(|expected| expected.as_str() != found) {
            note(differs, &step.at, what, (expected, found));
        }
    }
}

/// Adds all that a step expects otherwise.
fn check(rules: &Handling, ticket: &Ticket, (step, notices): (&CaseStep, &[Notice]), differs: &mut Differs) {
    let open = || ticket.clocks.runs.iter().filter(|run| run.is_open());
    if let Some(expected) = &step.due {
        let running = open().filter(|run| run.paused_at.is_none());
        let found: BTreeMap<String, String> =
            running.map(|run| (run.clock.clone(), rules.work.shown(run.due_at))).collect();
        if found != *expected {
            note(differs, &step.at, ("到期", "due"), (&format!("{expected:?}"), &format!("{found:?}")));
        }
    }
    if let Some(expected) = &step.paused {
        let paused = open().filter(|run| run.paused_at.is_some());
        let found: BTreeSet<String> = paused.map(|run| run.clock.clone()).collect();
        if found != *expected {
            note(differs, &step.at, ("停住的时钟", "paused"), (&format!("{expected:?}"), &format!("{found:?}")));
        }
    }
    for (clock, expected) in &step.ended {
        let last = ticket.clocks.runs.iter().rfind(|run| run.clock == *clock && !run.is_open());
        let found = last.map_or("-", how_it_ended);
        if found != expected {
            let what = (format!("时钟 {clock} 的结果"), format!("how {clock} ended"));
            note(differs, &step.at, (&what.0, &what.1), (expected, found));
        }
    }
    if let Some(expected) = &step.notices {
        let found: Vec<String> = notices.iter().map(in_short).collect();
        if found != *expected {
            note(differs, &step.at, ("通知", "notices"), (&format!("{expected:?}"), &format!("{found:?}")));
        }
    }
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

//! Cases of handling rules: what happens to a ticket step by step, what its clocks must say and send, and what comes of what people
//! say of its result.

mod act;
mod expected;
mod happening;
mod rated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use huiliu_adapter_api::wording::of_system;
use jiff::Timestamp;
use serde::Deserialize;

use act::CaseAct;
use expected::{check, check_acts, is_refused};
#[cfg(test)]
pub(super) use happening::update;
use happening::{happen, ring_until};
use rated::Rate;

use super::codes::Code;
use super::rules::Handling;
use crate::city::toml_words;
use crate::ticket::{Route, Ticket};

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

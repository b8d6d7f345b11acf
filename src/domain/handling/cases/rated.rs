//! Steps of cases that speak of ratings and call-backs.

use jiff::Timestamp;
use serde::Deserialize;

use super::{CaseStep, Differs, note};
use crate::handling::evaluation::SAMPLE_PARTS;
use crate::handling::rules::Handling;
use crate::ticket::{CallBack, Consequence, EventKind, Rater, Status, Ticket};

/// What somebody says of the result.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    /// Who: `citizen` (default), `supervisor`, `call_back`.
    #[serde(default = "citizen")]
    rater: String,
    /// Code or name of the step of the scale.
    step: String,
    /// What comes of it: `noted`, `restarted`, `too_often`, `too_late`.
    comes_of_it: Option<String>,
}

fn citizen() -> String {
    Rater::Citizen.name().to_owned()
}

/// The number of a complaint that falls into a percent of all.
pub(super) fn mark(sample: Option<u64>) -> Result<u64, Differs> {
    match sample.unwrap_or_default() {
        percent @ 0..=99 => Ok(percent * (SAMPLE_PARTS / 100)),
        other => Err((format!("sample 应为 0 到 99，实为 {other}"), format!("sample is 0 to 99, not {other}"))),
    }
}

/// Whether the call-back that is due is the one that the step expects; clocks see it.
pub(super) fn check_call_back(
    rules: &Handling,
    ticket: &mut Ticket,
    (step, at): (&CaseStep, Timestamp),
    due: Option<&CallBack>,
    differs: &mut Differs,
) {
    if due.is_some() {
        rules.see(ticket, EventKind::CallbackDue, at);
    }
    let Some(expected) = &step.call_back else { return };
    let found = due.map_or_else(|| "none".to_owned(), in_short);
    if found != *expected {
        note(differs, &step.at, ("回访", "call_back"), (expected, &found));
    }
}

fn in_short(due: &CallBack) -> String {
    let to: Vec<&str> = due.to.iter().map(|to| to.code.as_str()).collect();
    format!("{}: {}", due.way.name(), to.join(", ")).trim_end().to_owned()
}

/// Lets somebody say something of the result, and checks what comes of it.
pub(super) fn rate(
    rules: &Handling,
    ticket: &mut Ticket,
    (step, at): (&CaseStep, Timestamp),
    differs: &mut Differs,
) -> Result<(), Differs> {
    let Some(said) = &step.rate else { return Ok(()) };
    let known = |words: String| (format!("{} 应为其一：{words}", step.at), format!("{}: one of {words}", step.at));
    let rater = Rater::from_name(&said.rater);
    let rater = rater.ok_or_else(|| known(Rater::ALL.map(|(.., name)| name).join(", ")))?;
    let value = rules.scale_step(&said.step).ok_or_else(|| known(rules.scale_words().join(", ")))?.value;
    let consequence = rules.weigh(ticket, (rater, value), at, false);
    if rater.is_citizens() {
        rules.see(ticket, EventKind::Rated, at);
    }
    if consequence == Consequence::Restarted {
        ticket.status = Status::Reopened;
        ticket.evaluation.reopened();
        ticket.finished_at = None;
        rules.see(ticket, EventKind::Reopened, at);
    }
    if let Some(expected) = said.comes_of_it.as_ref().filter(|expected| expected.as_str() != consequence.name()) {
        note(differs, &step.at, ("评价的结果", "comes_of_it"), (expected, consequence.name()));
    }
    Ok(())
}

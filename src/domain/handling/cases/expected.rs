//! What a step of a case expects of the ticket, beside what is found.

use std::collections::{BTreeMap, BTreeSet};

use super::happening::NotDone;
use super::{CaseStep, Differs, note};
use crate::handling::rules::Handling;
use crate::ticket::{ClockRun, Notice, RunEnd, Ticket};

/// Whether what happened was refused as the step says.
pub(super) fn is_refused(step: &CaseStep, refusal: Option<&NotDone>, differs: &mut Differs) {
    let found = refusal.map(NotDone::name);
    if found == step.refused.as_deref() {
        return;
    }
    let expected = step.refused.as_deref().unwrap_or("-");
    note(differs, &step.at, ("拒绝", "refused"), (expected, found.unwrap_or("-")));
    if let Some(refusal) = refusal {
        let (zh, en) = refusal.words();
        differs.0.push_str(&format!("（{zh}）"));
        differs.1.push_str(&format!(" ({en})"));
    }
}

/// Whose the matter is, where it stands, where it waits, and by when it is due.
pub(super) fn check_acts(rules: &Handling, ticket: &Ticket, step: &CaseStep, differs: &mut Differs) {
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
pub(super) fn check(rules: &Handling, ticket: &Ticket, (step, notices): (&CaseStep, &[Notice]), differs: &mut Differs) {
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

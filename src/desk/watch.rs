//! Stage: what a complaint is about is noted, and surges and warnings that it makes are told: on the ticket that it is on, with a notice
//! to those whom the city names. Each is told once, however often, in whatever order and on which ticket its complaints come.

use std::sync::Arc;

use super::remind::send_at_once;
use super::step::Step;
use super::topics::gather;
use crate::handling::{Sent, counted_from};
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{AlertChange, AlertRow, AlertView, ComplaintView, SightingRow, StoreError};
use crate::ticket::{AlertKind, Change, EventKind, Route};
use crate::watch::{AlertRule, MAX_BEHIND, MAX_TICKETS_TOLD, Situation, Subject, ToldAlert, Verdict};

/// A complaint that is looked at.
struct Looked<'a> {
    complaint: ComplaintKey,
    ticket: TicketKey,
    district: &'a str,
}

/// Notes what a complaint is about that came or changed, and tells what that makes. What a ticket brings about that waits for a person
/// is told when it is let go.
pub(super) fn look(step: &mut Step<'_>, view: &ComplaintView, route: &Route) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    // Alerts and topics name tickets to whoever may read them.
    if rules.feeds.confidential.covers(&route.category) {
        return Ok(());
    }
    let at = counted_from(&view.complaint, view.received_at).min(step.now);
    let mut new = Vec::new();
    for subject in rules.watch.subjects(&view.complaint, route) {
        let row = SightingRow { subject: subject.key(), complaint: view.id, district: route.district.clone(), at };
        if step.view.sight(row)? {
            new.push(subject);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let looked = Looked { complaint: view.id, ticket: view.ticket, district: &route.district };
    let waits = step.view.ticket(view.ticket)?.is_some_and(|detail| detail.ticket.hold.is_some());
    judge(step, &looked, &new, waits)?;
    for rule in rules.watch.topics().iter().filter(|rule| new.contains(&rule.subject)) {
        if let Some(area) = rule.level.area(&route.district) {
            let gathered = gather(step, rule, &area, (view.id, view.ticket));
            forgive(gathered, "It cannot be said whether there is a topic.")?;
        }
    }
    Ok(())
}

/// A row of watching that cannot be read keeps no complaint out.
fn forgive(judged: Result<(), StoreError>, saying: &str) -> Result<(), StoreError> {
    match judged {
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "{saying}");
            Ok(())
        }
        judged => judged,
    }
}

/// Tells what the complaints of a ticket make that waited for a person until now.
pub(super) fn look_again(step: &mut Step<'_>, key: TicketKey) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    if rules.watch.alerts().is_empty() {
        return Ok(());
    }
    for view in step.view.members(key)? {
        if view.erased {
            continue;
        }
        let route = rules.routing.route(&view.complaint, view.received_at);
        let looked = Looked { complaint: view.id, ticket: key, district: &route.district };
        judge(step, &looked, &rules.watch.subjects(&view.complaint, &route), false)?;
    }
    Ok(())
}

/// Ends the alerts that have sunk by the time, and those whose rules are no more.
pub(super) fn sink(step: &mut Step<'_>, standing: &[AlertView]) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    for view in standing {
        let rule = rules.watch.alert(view.kind, &view.code);
        let told_at = match step.view.standing_alert((view.kind, &view.code), &view.area) {
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "It cannot be said whether an alert has sunk; run huiliu doctor.");
                continue;
            }
            told_at => told_at?,
        };
        let Some(told_at) = told_at else { continue };
        let is_over = match rule {
            None => true,
            Some(rule) => {
                let subject = rule.subject.key();
                let span = (rule.since(step.now), step.now);
                let window = step.view.sightings((&subject, &view.area), span, MAX_BEHIND)?;
                let situation = Situation { window: &window, new: None, told_at: Some(told_at), now: step.now };
                rule.has_sunk(&situation)
            }
        };
        if is_over {
            end(step, (view.kind, &view.code), &view.area);
        }
    }
    Ok(())
}

/// Tells what a complaint makes.
fn judge(step: &mut Step<'_>, looked: &Looked<'_>, subjects: &[Subject], waits: bool) -> Result<(), StoreError> {
    let judged = judge_each(step, looked, subjects, waits);
    forgive(judged, "It cannot be said whether there is an alert.")
}

fn judge_each(step: &mut Step<'_>, looked: &Looked<'_>, subjects: &[Subject], waits: bool) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    for rule in rules.watch.alerts().iter().filter(|rule| subjects.contains(&rule.subject)) {
        if rule.is_immediate() {
            if !waits && !step.view.was_alerted((rule.kind, &rule.code), looked.ticket)? {
                let told = ToldAlert { count: 1, ..ToldAlert::default() };
                tell(step, rule, "", looked, &told)?;
            }
        } else if let Some(area) = rule.level.area(looked.district) {
            judge_window(step, rule, &area, looked, waits)?;
        }
    }
    Ok(())
}

fn judge_window(
    step: &mut Step<'_>,
    rule: &AlertRule,
    area: &str,
    looked: &Looked<'_>,
    waits: bool,
) -> Result<(), StoreError> {
    let (subject, now) = (rule.subject.key(), step.now);
    let window = step.view.sightings((&subject, area), (rule.since(now), now), MAX_BEHIND)?;
    let told_at = step.view.standing_alert((rule.kind, &rule.code), area)?;
    let situation = Situation { window: &window, new: Some(looked.complaint), told_at, now };
    if rule.ended(&situation).is_some() {
        end(step, (rule.kind, &rule.code), area);
    }
    if waits {
        return Ok(());
    }
    let earlier = |from, until| step.view.count_sightings((&subject, area), (from, until), rule.of);
    match rule.judge(&situation, earlier)? {
        Verdict::Tell(told) => tell(step, rule, area, looked, &told),
        Verdict::Late | Verdict::TooFew | Verdict::AsUsual | Verdict::Standing => Ok(()),
    }
}

fn end(step: &mut Step<'_>, (kind, code): (AlertKind, &str), area: &str) {
    let (code, area, at) = (code.to_owned(), area.to_owned(), step.now);
    step.view.note_alert(AlertChange::Ended { kind, code, area, at });
}

/// Keeps an alert, and tells it: as an event of the ticket whose complaint made it, and by a notice.
fn tell(
    step: &mut Step<'_>,
    rule: &AlertRule,
    area: &str,
    looked: &Looked<'_>,
    told: &ToldAlert,
) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    let (key, behind) = (looked.ticket, &told.behind);
    let tickets = newest(behind.iter().map(|seen| seen.ticket).chain([key]));
    let ids = readable(step, &tickets)?;
    let mut complaints: Vec<ComplaintKey> = behind.iter().map(|seen| seen.complaint).collect();
    if complaints.is_empty() {
        complaints.push(looked.complaint);
    }
    step.view.note_alert(AlertChange::Told(AlertRow {
        kind: rule.kind,
        code: rule.code.clone(),
        area: area.to_owned(),
        at: step.now,
        count: told.count,
        usual_tenths: told.usual_tenths,
        ticket: key,
        stands: !rule.is_immediate(),
        complaints,
    }));
    let alert = rule.alert(area, told, ids.clone());
    let place = alert.district.as_deref().map(|code| rules.names.area(code).unwrap_or(code));
    let text = rule.words(&alert, place);
    step.view.ticket(key)?;
    let kind = if rule.kind == AlertKind::Surge { EventKind::Surge } else { EventKind::Warned };
    step.tell(key, kind, None, Change { alert: Some(alert), ..Change::default() });
    let Some(detail) = step.view.loaded(key) else { return Ok(()) };
    let named = if ids.len() > 1 { ids } else { Vec::new() };
    let roles = rule.to.iter().map(|(role, is_copy)| (role.get_ref().as_str(), *is_copy));
    let notice = rules.handling.notice_to((&rule.code, &rule.name), roles, &detail.ticket, (text, named));
    if let Some(notice) = notice {
        let others = tickets.into_iter().filter(|other| *other != key).collect();
        send_at_once(step, Sent { key, others, notice });
    }
    Ok(())
}

/// The ids of tickets; of one that cannot be read, or that became one of a confidential kind, nothing is told.
fn readable(step: &mut Step<'_>, tickets: &[TicketKey]) -> Result<Vec<String>, StoreError> {
    let mut ids = Vec::new();
    for key in tickets {
        let loaded = step.view.ticket(*key).map(drop);
        match loaded.and_then(|()| step.ids(&[*key])) {
            Ok(found) if !step.is_secret(*key) => ids.extend(found),
            Ok(_) => {}
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "A ticket behind an alert cannot be read; it is left out.");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(ids)
}

/// The tickets, each once, the newest in the order in which they were named; the last one among them.
fn newest(tickets: impl DoubleEndedIterator<Item = TicketKey>) -> Vec<TicketKey> {
    let mut newest: Vec<TicketKey> = Vec::new();
    for key in tickets.rev() {
        if newest.len() < MAX_TICKETS_TOLD && !newest.contains(&key) {
            newest.push(key);
        }
    }
    newest.reverse();
    newest
}

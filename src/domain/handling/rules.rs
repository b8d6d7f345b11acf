//! The handling rules of a city, checked whole: its clocks, notices, levels and units, and what they make of a ticket.

use std::collections::{BTreeMap, BTreeSet};

use huiliu_expression::{Context, Shape, Variables};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::acts::ActRules;
use super::clocks::{AlarmMoment, Clock, Counting, are_told, drop_unknown, told};
use super::codes::Codes;
use super::evaluation::{Evaluating, REPEATED};
use super::holds::HoldRule;
use super::joint::Joint;
use super::moment::Happened;
use super::notice::NoticeRule;
use super::units::Units;
use super::work_time::WorkTime;
use crate::city::{City, Names};
use crate::complaint::Satisfaction;
use crate::ticket::{Asked, ClockRun, EventKind, Notice, NoticedClock, Route, Status, Ticket};

/// The rules by which a city handles matters. A city without `handling.toml` has no clocks; its tickets have their deadline alone.
#[derive(Debug, Default)]
pub struct Handling {
    pub(super) clocks: Vec<Clock>,
    pub(super) notices: Vec<NoticeRule>,
    pub(super) notices_per_day: Option<u32>,
    pub(super) moves: BTreeMap<&'static str, Vec<Status>>,
    pub(super) acts: ActRules,
    pub(super) levels: Vec<(String, String)>,
    pub(super) holds: Vec<HoldRule>,
    pub(super) evaluating: Option<Evaluating>,
    pub(super) units: Units,
    pub(super) joint: Joint,
    pub(super) codes: Codes,
    pub(super) work: WorkTime,
}

/// What an alarm brings about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rung {
    /// A notice is sent.
    Notice(Notice),
    /// The matter goes to the unit above, and why, in Chinese.
    Rise(String),
}

impl Handling {
    /// The clocks.
    #[must_use]
    pub fn clocks(&self) -> &[Clock] {
        &self.clocks
    }

    /// The statuses that may follow another, where the city says so and this one may not; none where it may. What stays as it is may.
    #[must_use]
    pub fn instead_of(&self, from: Status, to: Status) -> Option<&[Status]> {
        let allowed = self.moves.get(from.wire())?;
        (from != to && !allowed.contains(&to)).then_some(allowed.as_slice())
    }

    /// Names of the clocks by their codes.
    #[must_use]
    pub fn clock_names(&self) -> std::collections::HashMap<String, String> {
        self.clocks.iter().map(|clock| (clock.code.clone(), clock.name.clone())).collect()
    }

    /// Names of the lists in which something waits, by their codes.
    #[must_use]
    pub fn hold_names(&self) -> std::collections::HashMap<String, String> {
        self.holds.iter().map(|hold| (hold.code.clone(), hold.name.clone())).collect()
    }

    /// The units.
    #[must_use]
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// Codes and names of the levels, the lowest first.
    #[must_use]
    pub fn levels(&self) -> &[(String, String)] {
        &self.levels
    }

    /// What expressions of `handling.toml` know.
    pub(super) fn variables(city: &City, names: &Names, levels: &[&str], units: &Units) -> Variables {
        Variables::default().with("ticket", Self::ticket(city, names, levels, units))
    }

    /// What the expressions of `[evaluation]` know: how the ticket ended, too.
    pub(super) fn variables_of_evaluation(city: &City, names: &Names, levels: &[&str], units: &Units) -> Variables {
        let finals = Status::ALL.iter().filter(|(status, ..)| status.is_final() && *status != Status::Absorbed);
        let ended = Shape::OneOf(finals.map(|(.., wire)| (*wire).to_owned()).collect());
        Variables::default().with("ticket", Self::ticket(city, names, levels, units).with("status", ended))
    }

    fn ticket(city: &City, names: &Names, levels: &[&str], units: &Units) -> Shape {
        let words = |words: Vec<String>| if words.is_empty() { Shape::Single } else { Shape::OneOf(words) };
        let codes = |named: &std::collections::HashMap<String, String>| named.keys().cloned().collect::<Vec<_>>();
        let grades = city.grades.iter().map(|grade| grade.code.get_ref().clone()).collect();
        let mut districts = codes(&names.districts);
        districts.push(city.code.clone());
        let departments = || words(codes(&names.departments));
        let call = Shape::of_singles(["by", "at", "responded_at", "speed", "quality"]).with("unit", departments());
        let values = || words(Satisfaction::ALL.iter().map(|value| value.wire().to_owned()).collect());
        // A city without levels, groups or tags has none that a condition could name.
        let groups: BTreeSet<&str> = units.iter().filter_map(|(_, unit)| unit.group.as_deref()).collect();
        let named = |words: Vec<&str>| Shape::OneOf(words.into_iter().map(str::to_owned).collect());
        Shape::of_singles(["complaint_count", "recurring", "returns", "claimed_by", "rounds", "restarts"])
            .with("rating", values())
            .with("supervisor_rating", values())
            .with("tags", Shape::OneOf(codes(&names.tags)).list())
            .with("co_units", departments().list())
            .with("whistles", call.list())
            .with("instructions", Shape::of_singles(["author", "at"]).list())
            .with("category", words(codes(&names.categories)))
            .with("district", words(districts))
            .with("department", departments())
            .with("grade", words(grades))
            .with("level", named(levels.to_vec()))
            .with("group", named(groups.into_iter().collect()))
    }

    /// What expressions know of a ticket.
    pub(super) fn facts(&self, ticket: &Ticket) -> Value {
        let (route, acts, evaluation) = (&ticket.route, &ticket.acts, &ticket.evaluation);
        let whistles = acts.whistles.iter().map(|call| {
            let (speed, quality) = (call.score.map(|score| score.speed), call.score.map(|score| score.quality));
            let responded_at = call.responded_at.map(|at| at.to_string());
            json!({
                "unit": call.unit, "by": call.by, "at": call.at.to_string(), "responded_at": responded_at,
                "speed": speed, "quality": quality,
            })
        });
        let instructions =
            acts.instructions.iter().map(|one| json!({ "author": one.author, "at": one.at.to_string() }));
        let unit = self.units.get(&route.department);
        json!({
            "category": route.category, "district": route.district, "department": route.department, "grade": route.grade,
            "level": unit.and_then(|unit| unit.level.as_deref()), "group": unit.and_then(|unit| unit.group.as_deref()),
            "complaint_count": ticket.complaints, "recurring": ticket.recurrence_of.is_some(), "tags": ticket.tags,
            "returns": acts.returns, "claimed_by": acts.claim.as_ref().map(|claim| &claim.leader),
            "co_units": acts.co_units, "whistles": whistles.collect::<Vec<_>>(),
            "instructions": instructions.collect::<Vec<_>>(),
            "rounds": evaluation.rounds, "restarts": evaluation.restarts,
            "rating": evaluation.citizen.map(Satisfaction::wire),
            "supervisor_rating": evaluation.supervisor.map(Satisfaction::wire),
        })
    }

    /// Lets the clocks of a ticket see what happened to it.
    pub fn see(&self, ticket: &mut Ticket, kind: EventKind, now: Timestamp) {
        if self.clocks.is_empty() && ticket.clocks.is_empty() {
            return;
        }
        let is_new = kind == EventKind::Created || (ticket.clocks.seen.is_none() && ticket.version == 1);
        let made = is_new && ticket.hold.is_none();
        let refused = ticket.clocks.seen == Some(Status::ExtensionRequested)
            && ticket.status != Status::ExtensionRequested
            && ticket.acts.extension.as_ref().is_some_and(|asked| asked.state == Asked::Refused);
        let came_into = (!refused && ticket.clocks.seen != Some(ticket.status)).then_some(ticket.status);
        // What another ticket answers for stands still as it is, and goes on from there once it is freed.
        if !are_told(ticket) {
            return;
        }
        ticket.clocks.seen = Some(ticket.status);
        let seen = limits_by(ticket);
        let changed = ticket.clocks.facts != seen;
        ticket.clocks.facts = seen;
        let facts = Context::of("ticket", &self.facts(ticket));
        let counting = Counting { work: &self.work, facts: &facts, now, changed };
        drop_unknown(ticket, &self.clocks, now);
        let happened = Happened { kind, made, came_into, refused };
        self.clocks.iter().for_each(|clock| clock.see(ticket, happened, &counting));
    }

    /// When each open clock of a ticket tells somebody next, and when a repeated dissatisfaction is told.
    #[must_use]
    pub fn next_alarms(&self, ticket: &Ticket) -> Vec<(String, Timestamp)> {
        if !are_told(ticket) {
            return Vec::new();
        }
        let next = |run: &ClockRun| {
            let clock = self.clocks.iter().find(|clock| clock.code == run.clock)?;
            let moments = clock.moments(run, &self.notices, &self.work);
            let next = moments.into_iter().find(|moment| !run.told.contains(&(moment.alarm, moment.round)))?;
            Some((run.clock.clone(), next.at))
        };
        let clocks = ticket.clocks.runs.iter().filter(|run| run.is_open()).filter_map(next);
        clocks.chain(self.next_repeated(ticket)).collect()
    }

    /// What the alarms of a clock of a ticket bring about that are due, each told once. Of an alarm that is told again, only the last
    /// that is due is told: who could not be told for a day is not told twenty times. A matter rises once for each alarm, and one level
    /// at a time.
    pub fn ring(&self, ticket: &mut Ticket, clock: &str, now: Timestamp) -> Vec<Rung> {
        if clock == REPEATED {
            let repeated = if are_told(ticket) { self.ring_repeated(ticket, now) } else { Vec::new() };
            return repeated.into_iter().map(Rung::Notice).collect();
        }
        let Some(rule) = self.clocks.iter().find(|rule| rule.code == clock).filter(|_| are_told(ticket)) else {
            return Vec::new();
        };
        let Some(at) = ticket.clocks.runs.iter().position(|run| run.clock == clock && run.is_open()) else {
            return Vec::new();
        };
        let Some(run) = ticket.clocks.runs.get_mut(at) else { return Vec::new() };
        let mut due = rule.moments(run, &self.notices, &self.work);
        due.retain(|moment| moment.at <= now && !run.told.contains(&(moment.alarm, moment.round)));
        run.told.extend(due.iter().map(|moment| (moment.alarm, moment.round)));
        let Some(run) = ticket.clocks.runs.get(at) else { return Vec::new() };
        let last = |moment: &&AlarmMoment| {
            let later = due.iter().any(|other| other.alarm == moment.alarm && other.round > moment.round);
            let inhibited = due.iter().any(|other| rule.inhibits(other.alarm, moment.alarm, &self.notices));
            !later && !inhibited
        };
        let notices = due.iter().filter(last).filter_map(|moment| self.notice(*moment, rule, run, (ticket, now)));
        let mut rings: Vec<Rung> = notices.map(Rung::Notice).collect();
        let alarm = |moment: &AlarmMoment| rule.alarms.get(usize::from(moment.alarm));
        let rises = |moment: &AlarmMoment| moment.round == 0 && alarm(moment).is_some_and(|alarm| alarm.escalates);
        rings.extend(due.iter().any(rises).then(|| Rung::Rise(format!("{}。", self.stands(rule, run, now)))));
        rings
    }

    fn notice(
        &self,
        moment: AlarmMoment,
        rule: &Clock,
        run: &ClockRun,
        (ticket, now): (&Ticket, Timestamp),
    ) -> Option<Notice> {
        let alarm = rule.alarms.get(usize::from(moment.alarm))?;
        let notice = self.notices.get(alarm.notice?)?;
        Some(Notice {
            code: notice.code.clone(),
            title: notice.title.clone(),
            clock: Some(NoticedClock { code: rule.code.clone(), name: rule.name.clone(), due_at: run.due_at }),
            text: format!("【{}】工单 {}：{}。", notice.title, ticket.id, self.stands(rule, run, now)),
            round: moment.round + 1,
            to: notice.addressees(ticket, &self.units),
            tickets: Vec::new(),
        })
    }

    /// How a clock stands: nothing of the matter itself, which stands at the ticket for those who may read it.
    fn stands(&self, clock: &Clock, run: &ClockRun, now: Timestamp) -> String {
        let how = if now < run.due_at { "将于" } else { "已于" };
        let end = if now < run.due_at { "到期" } else { "超时" };
        format!("{}时限{how} {} {end}（{}）", clock.name, self.work.shown(run.due_at), told(run.limit))
    }
}

/// What of a ticket limits are chosen by, without what tables say of it.
fn limits_by(ticket: &Ticket) -> String {
    let Route { category, district, department, grade, .. } = &ticket.route;
    let (count, recurring) = (ticket.complaints, ticket.recurrence_of.is_some());
    let (acts, evaluation) = (&ticket.acts, &ticket.evaluation);
    let mut facts = format!("{category} {district} {department} {grade} {count} {recurring} {}", ticket.tags.join(" "));
    if !acts.is_empty() {
        let claimed = acts.claim.as_ref().map(|claim| claim.leader.as_str()).unwrap_or_default();
        let (help, called, told) = (acts.co_units.join(","), acts.whistles.len(), acts.instructions.len());
        let come = acts.whistles.iter().filter(|call| call.responded_at.is_some()).count();
        facts.push_str(&format!(" {help} {} {claimed} {called} {come} {told}", acts.returns));
    }
    if !evaluation.is_empty() {
        let said = |value: Option<Satisfaction>| value.map_or("", Satisfaction::wire);
        let (citizen, supervisor) = (said(evaluation.citizen), said(evaluation.supervisor));
        facts.push_str(&format!(" {} {} {citizen} {supervisor}", evaluation.rounds, evaluation.restarts));
    }
    facts
}

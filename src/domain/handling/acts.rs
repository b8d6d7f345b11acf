//! Acts: what a platform, or a rule of the city, does with a ticket besides setting its status. Pure: a ticket, an act and a time go
//! in; the ticket changes and a deed comes out, or why it cannot be done.

use std::collections::HashMap;

use huiliu_expression::{Context, Expression};
use jiff::{SignedDuration, Timestamp};

use super::clocks::is_true;
use super::refusal::ActRefusal;
use super::rules::Handling;
use crate::ticket::{
    Above, Act, ActBook, ActKind, Asked, Assignment, Claim, Deed, Extension, Instruction, Outside, Status, Ticket,
    TimeLimit, Whistle,
};

/// What `handling.toml` says of acts.
#[derive(Debug, Default)]
pub(super) struct ActRules {
    /// By kind the feeds whose platforms may do it; a kind that is not there all may do.
    pub permitted: Vec<(ActKind, Vec<String>)>,
    /// Where a returned matter goes; the first that fits counts.
    pub returned: Vec<(Option<Expression>, ReturnTo)>,
    /// How often it goes on by these rules, and to which unit after that.
    pub returned_most: Option<(u32, String)>,
    /// What is allowed of extensions.
    pub extension: ExtensionRules,
    /// How soon a unit that is called has to come.
    pub respond_within: Option<TimeLimit>,
    /// Where matters go on outside: codes and names.
    pub outside: Vec<(String, String)>,
}

/// What is allowed of extensions.
#[derive(Debug, Default)]
pub(super) struct ExtensionRules {
    /// Whether it has to be asked for before the matter is due.
    pub before_due: bool,
    /// Most calendar days after the deadline that it changes.
    pub most_days: Option<u32>,
    /// The feeds whose platforms may decide; none: all.
    pub approvers: Vec<String>,
}

/// Where a returned matter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReturnTo {
    /// To the unit above the one that returned it.
    Parent,
    /// To a certain unit.
    Unit(String),
    /// It stays returned.
    Stay,
}

impl Handling {
    /// Carries out an act of a feed's platform.
    ///
    /// # Errors
    /// Why it cannot be done; the ticket may be half changed then.
    pub fn act(&self, ticket: &mut Ticket, act: &Act, by: &str, now: Timestamp) -> Result<Deed, ActRefusal> {
        let kind = act.kind();
        self.permits(kind, by)?;
        let is_over = ticket.status.is_final();
        if is_over && !matches!(act, Act::Score { .. } | Act::Instruct { .. } | Act::TransferOut { .. }) {
            return Err(ActRefusal::Finished(kind));
        }
        let deed = Deed { by: Some(by.to_owned()), ..Deed::of(kind) };
        match act {
            Act::Assign { unit, co_units, .. } => {
                if let Some(co_units) = co_units {
                    self.help(ticket, co_units)?;
                }
                let deed = self.give(ticket, self.known(unit)?, deed, now);
                Ok(Deed { units: ticket.acts.co_units.clone(), ..deed })
            }
            Act::HandOver { unit, .. } if *unit == ticket.route.department => Err(ActRefusal::SameUnit(unit.clone())),
            Act::HandOver { unit, .. } => Ok(self.give(ticket, self.known(unit)?, deed, now)),
            Act::Escalate { to, .. } => Ok(self.give(ticket, self.above(ticket, to)?, deed, now)),
            Act::Whistle { units, .. } => self.whistle(ticket, units, by, now).map(|units| Deed { units, ..deed }),
            Act::Respond { unit, .. } => self.respond(ticket, unit, deed, now),
            Act::Score { unit, score, .. } => {
                scored(ticket, unit, by)?.score = Some(*score);
                Ok(Deed { unit: Some(unit.clone()), score: Some(*score), ..deed })
            }
            Act::Instruct { author, .. } => {
                if ticket.acts.instructions.len() >= ActBook::MAX_KEPT {
                    return Err(ActRefusal::TooMany(kind, ActBook::MAX_KEPT));
                }
                ticket.acts.instructions.push(Instruction { author: author.clone(), at: now });
                Ok(Deed { leader: Some(author.clone()), ..deed })
            }
            Act::Claim { leader, .. } => {
                ticket.acts.claim = Some(Claim { leader: leader.clone(), at: now });
                Ok(Deed { leader: Some(leader.clone()), ..deed })
            }
            Act::RefuseExtension { .. } => self.refuse_extension(ticket, deed),
            Act::TransferOut { to, number } => self.transfer_out(ticket, (to, number.as_ref()), deed, now),
        }
    }

    /// Gives a ticket that was returned to the unit that the city's rules name; none where it stays as it is.
    pub fn give_back(&self, ticket: &mut Ticket, now: Timestamp) -> Option<Deed> {
        if ticket.status != Status::Returned {
            return None;
        }
        let own = ticket.route.department.clone();
        let unit = match &self.acts.returned_most {
            Some((most, unit)) if ticket.acts.returns >= *most => Some(unit.clone()),
            _ => {
                let facts = Context::of("ticket", &self.facts(ticket));
                self.acts.returned.iter().find_map(|(when, to)| self.destination(&own, (when.as_ref(), to), &facts))?
            }
        };
        let unit = unit.filter(|unit| *unit != own)?;
        ticket.acts.returns = ticket.acts.returns.saturating_add(1);
        let deed = self.give(ticket, &unit, Deed::of(ActKind::GiveBack), now);
        Some(Deed { status: Some(Status::Open), ..deed })
    }

    /// Where a rule sends what a unit returned: `Some(None)` where it is to stay, `None` where the rule does not fit.
    fn destination(
        &self,
        own: &str,
        rule: (Option<&Expression>, &ReturnTo),
        facts: &Context,
    ) -> Option<Option<String>> {
        let (when, to) = rule;
        if !when.is_none_or(|when| is_true(when, facts)) {
            return None;
        }
        match to {
            ReturnTo::Stay => Some(None),
            ReturnTo::Unit(unit) => Some(Some(unit.clone())),
            ReturnTo::Parent => self.units.parent(own).map(|parent| Some(parent.to_owned())),
        }
    }

    /// Gives a ticket to the unit directly above, for an alarm says so; none where there is none, or the matter is finished.
    pub fn rise(&self, ticket: &mut Ticket, now: Timestamp) -> Option<Deed> {
        let open = !ticket.status.is_final();
        let unit = self.units.parent(&ticket.route.department).filter(|_| open)?.to_owned();
        Some(self.give(ticket, &unit, Deed::of(ActKind::Escalate), now))
    }

    /// Whether a status that asks for an extension or grants one is allowed.
    ///
    /// # Errors
    /// Why it is not.
    pub fn may_extend(
        &self,
        ticket: &Ticket,
        (by, status): (&str, Status),
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), ActRefusal> {
        let rules = &self.acts.extension;
        let due_at = ticket.route.due_at;
        let until = match status {
            Status::ExtensionRequested => until,
            Status::Extended => until.or_else(|| asked_until(ticket)),
            _ => return Ok(()),
        };
        if status == Status::Extended {
            self.approves(by)?;
        } else if let Some(due_at) = due_at.filter(|due_at| rules.before_due && now > *due_at) {
            return Err(ActRefusal::AskedLate(due_at));
        }
        let Some((until, most_days)) = until.zip(rules.most_days) else { return Ok(()) };
        let days = SignedDuration::from_hours(24 * i64::from(most_days));
        match until.duration_since(due_at.unwrap_or(now)) > days {
            true => Err(ActRefusal::TooLong(most_days)),
            false => Ok(()),
        }
    }

    fn approves(&self, by: &str) -> Result<(), ActRefusal> {
        let approvers = &self.acts.extension.approvers;
        if approvers.is_empty() || approvers.iter().any(|approver| approver == by) {
            return Ok(());
        }
        Err(ActRefusal::NotAnApprover { feed: by.to_owned(), approvers: approvers.clone() })
    }

    /// Whether a feed's platform, or its people, may do something by the city's rules, however a ticket stands.
    #[must_use]
    pub fn lets(&self, kind: ActKind, by: &str) -> bool {
        self.permits(kind, by).is_ok()
    }

    fn permits(&self, kind: ActKind, by: &str) -> Result<(), ActRefusal> {
        let permitted = self.acts.permitted.iter().find(|(known, _)| *known == kind);
        match permitted.is_none_or(|(_, feeds)| feeds.iter().any(|feed| feed == by)) {
            true => Ok(()),
            false => Err(ActRefusal::NotPermitted(kind, by.to_owned())),
        }
    }

    fn known<'u>(&self, unit: &'u str) -> Result<&'u str, ActRefusal> {
        self.units.get(unit).map(|_| unit).ok_or_else(|| ActRefusal::NoUnit(unit.to_owned()))
    }

    /// Makes a unit responsible. It helps nobody then.
    fn give(&self, ticket: &mut Ticket, unit: &str, deed: Deed, now: Timestamp) -> Deed {
        let name = self.units.get(unit).map_or(unit, |known| known.name.as_str());
        let how = match &deed.by {
            Some(by) => format!("{by} {}", deed.kind.zh()),
            None => format!("按规定{}", deed.kind.zh()),
        };
        let assignment = Assignment {
            unit: unit.to_owned(),
            kind: deed.kind,
            by: deed.by.clone(),
            at: now,
            reason: format!("承办单位：{name}，{how}"),
        };
        let former = ticket.route.department.clone();
        if let Some(last) = ticket.acts.assigned.replace(assignment) {
            ticket.route.reasons.retain(|reason| *reason != last.reason);
        }
        stay_assigned(ticket);
        ticket.acts.co_units.retain(|other| other != unit);
        let former_unit = (former != unit).then_some(former);
        Deed { unit: Some(unit.to_owned()), former_unit, ..deed }
    }

    fn help(&self, ticket: &mut Ticket, units: &[String]) -> Result<(), ActRefusal> {
        let mut known: Vec<String> = Vec::new();
        for unit in units {
            self.known(unit)?;
            if !known.contains(unit) {
                known.push(unit.clone());
            }
        }
        if known.len() > ActBook::MAX_UNITS {
            return Err(ActRefusal::TooMany(ActKind::Assign, ActBook::MAX_UNITS));
        }
        ticket.acts.co_units = known;
        Ok(())
    }

    /// The unit above that is meant.
    fn above<'a>(&'a self, ticket: &Ticket, to: &'a Above) -> Result<&'a str, ActRefusal> {
        let own = ticket.route.department.as_str();
        let none = || ActRefusal::NothingAbove(own.to_owned());
        match to {
            Above::Next => self.units.parent(own).ok_or_else(none),
            Above::Level(level) if !self.levels.iter().any(|(code, _)| code == level) => {
                Err(ActRefusal::NoLevel(level.clone()))
            }
            Above::Level(level) => {
                let is_meant =
                    |unit: &&str| self.units.get(unit).is_some_and(|unit| unit.level.as_ref() == Some(level));
                self.units.above(own).find(is_meant).ok_or_else(none)
            }
            Above::Unit(unit) => {
                self.known(unit)?;
                let there = self.units.above(own).find(|above| above == unit);
                there.ok_or_else(|| ActRefusal::NotAbove { unit: unit.clone(), own: own.to_owned() })
            }
        }
    }

    fn whistle(
        &self,
        ticket: &mut Ticket,
        units: &[String],
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, ActRefusal> {
        let mut called: Vec<String> = Vec::new();
        for unit in units {
            self.known(unit)?;
            if !self.joint.may_call(&ticket.route.district, unit) {
                return Err(ActRefusal::NotJoint { unit: unit.clone(), district: ticket.route.district.clone() });
            }
            if !called.contains(unit) {
                called.push(unit.clone());
            }
        }
        if called.len() > ActBook::MAX_UNITS {
            return Err(ActRefusal::TooMany(ActKind::Whistle, ActBook::MAX_UNITS));
        }
        if ticket.acts.whistles.len() + called.len() > ActBook::MAX_KEPT {
            return Err(ActRefusal::TooMany(ActKind::Whistle, ActBook::MAX_KEPT));
        }
        let call = |unit: &String| {
            let (unit, by) = (unit.clone(), by.to_owned());
            Whistle { unit, by, at: now, responded_at: None, score: None }
        };
        ticket.acts.whistles.extend(called.iter().map(call));
        Ok(called)
    }

    fn respond(&self, ticket: &mut Ticket, unit: &str, deed: Deed, now: Timestamp) -> Result<Deed, ActRefusal> {
        let mut calls = ticket.acts.whistles.iter_mut().filter(|call| call.unit == unit).peekable();
        if calls.peek().is_none() {
            return Err(ActRefusal::NotCalled(unit.to_owned()));
        }
        let call = calls.filter(|call| call.responded_at.is_none()).last();
        let call = call.ok_or_else(|| ActRefusal::HasCome(unit.to_owned()))?;
        call.responded_at = Some(now);
        let due = self.acts.respond_within.and_then(|limit| {
            let from = self.work.counted_from(limit, call.at);
            self.work.due(limit, from, self.work.seconds(limit, from, None))
        });
        Ok(Deed { unit: Some(unit.to_owned()), in_time: due.map(|due| now <= due), ..deed })
    }

    fn refuse_extension(&self, ticket: &mut Ticket, deed: Deed) -> Result<Deed, ActRefusal> {
        let by = deed.by.as_deref().unwrap_or_default();
        self.approves(by)?;
        if ticket.status != Status::ExtensionRequested {
            return Err(ActRefusal::NotAsked(ticket.status));
        }
        let before = ticket.acts.extension.as_mut().map(|asked| {
            asked.state = Asked::Refused;
            asked.before
        });
        Ok(Deed { status: Some(before.unwrap_or(Status::Accepted)), ..deed })
    }

    fn transfer_out(
        &self,
        ticket: &mut Ticket,
        (to, number): (&String, Option<&String>),
        deed: Deed,
        now: Timestamp,
    ) -> Result<Deed, ActRefusal> {
        if !self.acts.outside.iter().any(|(code, _)| code == to) {
            let known = self.acts.outside.iter().map(|(code, _)| code.clone()).collect();
            return Err(ActRefusal::NoPlace { to: to.clone(), known });
        }
        if !ticket.status.is_final() || ticket.status == Status::Absorbed {
            return Err(ActRefusal::NotFinished);
        }
        ticket.acts.outside = Some(Outside { to: to.clone(), number: number.cloned(), at: now });
        Ok(Deed { outside: Some(to.clone()), number: number.cloned(), ..deed })
    }

    /// Names of the procedures in which matters go on outside, by their codes.
    #[must_use]
    pub fn outside_names(&self) -> HashMap<String, String> {
        self.acts.outside.iter().cloned().collect()
    }
}

/// Lets the unit to which a ticket was given stay responsible, whatever its complaints' route says.
pub(super) fn stay_assigned(ticket: &mut Ticket) {
    if let Some(assigned) = &ticket.acts.assigned {
        if ticket.route.department != assigned.unit {
            ticket.route.basis = None;
        }
        ticket.route.department.clone_from(&assigned.unit);
        ticket.route.reasons.push(assigned.reason.clone());
    }
}

/// Notes that an extension is asked for, or granted; the new deadline where one was granted.
pub fn note_extension(
    ticket: &mut Ticket,
    (before, to): (Status, Status),
    until: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    match to {
        Status::ExtensionRequested => {
            // Asked again, it is still what was before the first time.
            let known = ticket.acts.extension.as_ref().filter(|_| before == Status::ExtensionRequested);
            let before = known.map_or(before, |known| known.before);
            ticket.acts.extension = Some(Extension { at: now, until, before, state: Asked::Open });
            None
        }
        Status::Extended => {
            let until = until.or_else(|| asked_until(ticket));
            if let Some(asked) = ticket.acts.extension.as_mut().filter(|asked| asked.state == Asked::Open) {
                asked.state = Asked::Granted;
            }
            until
        }
        _ => None,
    }
}

/// The deadline that was asked for and is not decided on.
fn asked_until(ticket: &Ticket) -> Option<Timestamp> {
    ticket.acts.extension.as_ref().filter(|asked| asked.state == Asked::Open)?.until
}

/// The call of a unit that can be given marks by who called it.
fn scored<'t>(ticket: &'t mut Ticket, unit: &str, by: &str) -> Result<&'t mut Whistle, ActRefusal> {
    let unit_code = || unit.to_owned();
    let calls = || ticket.acts.whistles.iter().enumerate().filter(|(_, call)| call.unit == unit);
    let come = calls().rfind(|(_, call)| call.responded_at.is_some() && call.score.is_none());
    let refusal = match come {
        Some((_, call)) if call.by != by => ActRefusal::NotCaller { unit: unit_code(), by: call.by.clone() },
        Some((at, _)) => return ticket.acts.whistles.get_mut(at).ok_or_else(|| ActRefusal::NotCalled(unit_code())),
        None if calls().next().is_none() => ActRefusal::NotCalled(unit_code()),
        None if calls().any(|(_, call)| call.responded_at.is_none()) => ActRefusal::NotCome(unit_code()),
        None => ActRefusal::HasMarks(unit_code()),
    };
    Err(refusal)
}

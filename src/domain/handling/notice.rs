//! Notices (提示单、督办单、警示单 …): what is sent to those whom a matter concerns, and to whom.

use jiff::civil::Time;

use super::rules::Handling;
use super::units::{Handler, Units};
use crate::ticket::{Addressee, Notice, Ticket};

/// One kind of notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRule {
    /// Code.
    pub code: String,
    /// Title, e.g. 督办单.
    pub title: String,
    /// Whom it is for, then who gets a copy.
    pub(super) to: Vec<(Role, bool)>,
    /// When it is not sent.
    pub(super) quiet: Option<(Time, Time)>,
    /// Every so many minutes of the day it is sent, with all that is due for the same people by then.
    pub(super) group_minutes: Option<u32>,
    /// Codes of notices that are sent of a clock no more once this one was.
    pub(super) inhibits: Vec<String>,
    /// Whether it is sent also to those who have had their notices of the day.
    pub(super) always: bool,
}

/// A role as settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub name: String,
    pub of: UnitOf,
}

/// Which unit's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UnitOf {
    /// The unit responsible for the ticket.
    Responsible,
    /// The unit above it.
    Parent,
    /// A certain unit.
    Of(String),
}

impl Role {
    /// Reads `role`, `role@parent` or `role@CODE`.
    pub(super) fn read(text: &str) -> Self {
        match text.split_once('@') {
            None => Self { name: text.to_owned(), of: UnitOf::Responsible },
            Some((name, "parent")) => Self { name: name.to_owned(), of: UnitOf::Parent },
            Some((name, unit)) => Self { name: name.to_owned(), of: UnitOf::Of(unit.to_owned()) },
        }
    }
}

impl NoticeRule {
    /// Whom it is for, of a ticket: each once, as an addressee rather than as a copy.
    pub(super) fn addressees(&self, ticket: &Ticket, units: &Units) -> Vec<Addressee> {
        addressees(self.to.iter().map(|(role, is_copy)| (role, *is_copy)), ticket, units)
    }
}

impl Handling {
    /// A notice of what is no clock's: of an alert, or of a topic that is to be looked at. `roles` are written as in notices of clocks,
    /// each with whether it gets a copy. None where nobody has them for this ticket.
    #[must_use]
    pub fn notice_to<'r>(
        &self,
        (code, title): (&str, &str),
        roles: impl Iterator<Item = (&'r str, bool)>,
        ticket: &Ticket,
        (text, tickets): (String, Vec<String>),
    ) -> Option<Notice> {
        let roles: Vec<(Role, bool)> = roles.map(|(role, is_copy)| (Role::read(role), is_copy)).collect();
        let to = addressees(roles.iter().map(|(role, is_copy)| (role, *is_copy)), ticket, &self.units);
        let notice =
            Notice { code: code.to_owned(), title: title.to_owned(), clock: None, text, round: 1, to, tickets };
        (!notice.to.is_empty()).then_some(notice)
    }

    /// Why a role, written as in notices, would be told to nobody; in Chinese and in English.
    #[must_use]
    pub fn fault_of_role(&self, text: &str) -> Option<(String, String)> {
        let role = Role::read(text);
        let is_there = match &role.of {
            UnitOf::Of(unit) => self.units.has_role(&role.name, unit),
            UnitOf::Responsible => self.units.roles().contains(role.name.as_str()),
            UnitOf::Parent => {
                self.units.roles().contains(role.name.as_str())
                    && self.units.iter().any(|(_, unit)| unit.parent.is_some())
            }
        };
        let known = || self.units.roles().into_iter().collect::<Vec<_>>();
        (!is_there).then(|| {
            (
                format!("handlers.csv 里没有人担任 {text}，没有收件人；有：{}", known().join("、")),
                format!("nobody in handlers.csv has the role {text}; there are: {}", known().join(", ")),
            )
        })
    }
}

/// Who has these roles for a ticket and may know of it: each once, in their order; and whether a copy is meant.
pub(super) fn addressees<'r>(
    roles: impl Iterator<Item = (&'r Role, bool)>,
    ticket: &Ticket,
    units: &Units,
) -> Vec<Addressee> {
    let mut found: Vec<Addressee> = Vec::new();
    for (role, is_copy) in roles {
        let own = ticket.route.department.as_str();
        let unit = match &role.of {
            UnitOf::Responsible => Some(own),
            UnitOf::Parent => units.parent(own),
            UnitOf::Of(unit) => Some(unit.as_str()),
        };
        let in_role = unit.into_iter().flat_map(|unit| units.in_role(&role.name, unit, &ticket.route.district));
        for handler in in_role.filter(|handler| units.may_hear(handler, &ticket.route)) {
            if !found.iter().any(|known| known.code == handler.code) {
                found.push(addressee(handler, is_copy));
            }
        }
    }
    found
}

fn addressee(handler: &Handler, is_copy: bool) -> Addressee {
    Addressee {
        code: handler.code.clone(),
        name: handler.name.clone(),
        role: handler.role.clone(),
        unit: handler.unit.clone(),
        phone: handler.phone.clone(),
        is_copy,
    }
}

//! Notices (提示单、督办单、警示单 …): what is sent to those whom a matter concerns, and to whom.

use jiff::civil::Time;

use super::units::{Handler, Units};
use crate::ticket::{Addressee, Ticket};

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

/// Who has these roles for a ticket: each once, in their order; and whether a copy is meant.
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
        for handler in unit.into_iter().flat_map(|unit| units.in_role(&role.name, unit, &ticket.route.district)) {
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

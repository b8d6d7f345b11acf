//! The tickets that the open complaints belong to.

use std::collections::{BTreeMap, BTreeSet};

use super::corpus::NumberMap;
use super::document::{ComplaintKey, TicketKey};

/// The complaints of one ticket in order of arrival. Most have one.
#[derive(Debug)]
enum Members {
    One(ComplaintKey),
    Many(Vec<ComplaintKey>),
}

impl Members {
    fn as_slice(&self) -> &[ComplaintKey] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Many(keys) => keys,
        }
    }

    fn push(&mut self, key: ComplaintKey) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, key]),
            Self::Many(keys) => keys.push(key),
        }
    }
}

/// What is known of a ticket besides its complaints.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    pinned: bool,
    finished: Option<i64>,
}

/// The tickets.
#[derive(Debug, Default)]
pub(in crate::merge) struct Tickets {
    members: NumberMap<TicketKey, Members>,
    pinned: BTreeSet<TicketKey>,
    /// When each was finished, in seconds since 1970.
    finished: BTreeMap<TicketKey, i64>,
    by_finish: BTreeSet<(i64, TicketKey)>,
}

impl Tickets {
    /// The complaints of a ticket in order of arrival; the first five are its core.
    pub(in crate::merge) fn members(&self, ticket: TicketKey) -> &[ComplaintKey] {
        self.members.get(&ticket).map(Members::as_slice).unwrap_or_default()
    }

    /// Whether nothing joins it by itself.
    pub(in crate::merge) fn is_pinned(&self, ticket: TicketKey) -> bool {
        self.pinned.contains(&ticket)
    }

    /// Whether nothing joins it any more, but a recurrence is recognized.
    pub(in crate::merge) fn is_finished(&self, ticket: TicketKey) -> bool {
        self.finished.contains_key(&ticket)
    }

    /// Adds a complaint that came last.
    pub(super) fn join(&mut self, ticket: TicketKey, key: ComplaintKey) {
        self.members.entry(ticket).and_modify(|members| members.push(key)).or_insert(Members::One(key));
    }

    /// Adds a complaint that may have come before others.
    pub(super) fn join_in_order(&mut self, ticket: TicketKey, key: ComplaintKey) {
        self.join(ticket, key);
        if let Some(Members::Many(keys)) = self.members.get_mut(&ticket) {
            keys.sort_unstable();
        }
    }

    /// Takes a complaint out; a ticket without complaints is forgotten.
    pub(super) fn leave(&mut self, ticket: TicketKey, key: ComplaintKey) {
        let Some(members) = self.members.get_mut(&ticket) else { return };
        if let Members::Many(keys) = members
            && let Some(at) = keys.iter().position(|member| *member == key)
        {
            keys.remove(at);
        }
        if matches!(members.as_slice(), [] | [_]) {
            match *members.as_slice() {
                [other] if other != key => *members = Members::One(other),
                _ => _ = self.forget(ticket),
            }
        }
    }

    /// Forgets a ticket, and tells which complaints it had.
    pub(super) fn forget(&mut self, ticket: TicketKey) -> Vec<ComplaintKey> {
        self.pinned.remove(&ticket);
        self.reopen(ticket);
        match self.members.remove(&ticket) {
            None => Vec::new(),
            Some(Members::One(key)) => vec![key],
            Some(Members::Many(keys)) => keys,
        }
    }

    /// Pins or unpins a ticket that is there.
    pub(super) fn pin(&mut self, ticket: TicketKey, pinned: bool) {
        if pinned && self.members.contains_key(&ticket) {
            self.pinned.insert(ticket);
        } else {
            self.pinned.remove(&ticket);
        }
    }

    /// Notes when a ticket that is there was finished.
    pub(super) fn finish(&mut self, ticket: TicketKey, at: i64) {
        if self.members.contains_key(&ticket) {
            self.reopen(ticket);
            self.finished.insert(ticket, at);
            self.by_finish.insert((at, ticket));
        }
    }

    /// Notes that a ticket is finished no more.
    pub(super) fn reopen(&mut self, ticket: TicketKey) {
        if let Some(at) = self.finished.remove(&ticket) {
            self.by_finish.remove(&(at, ticket));
        }
    }

    /// The ticket that was finished first, if that was before a time.
    pub(super) fn finished_before(&self, before: i64) -> Option<TicketKey> {
        self.by_finish.first().filter(|(at, _)| *at < before).map(|(_, ticket)| *ticket)
    }

    /// What a ticket keeps when its last complaint leaves and comes again.
    pub(super) fn standing(&self, ticket: TicketKey) -> Standing {
        Standing { pinned: self.is_pinned(ticket), finished: self.finished.get(&ticket).copied() }
    }

    /// Gives a ticket back what it had.
    pub(super) fn restore(&mut self, ticket: TicketKey, standing: Standing) {
        self.pin(ticket, standing.pinned);
        if let Some(at) = standing.finished {
            self.finish(ticket, at);
        }
    }

    /// Heap bytes, about.
    pub(super) fn heap(&self) -> usize {
        let many = self.members.values().map(|members| match members {
            Members::One(_) => 0,
            Members::Many(keys) => keys.capacity() * size_of::<ComplaintKey>(),
        });
        self.members.capacity() * (size_of::<(TicketKey, Members)>() + 1) + many.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_join_and_leave_in_order() {
        let mut tickets = Tickets::default();
        for (key, expected) in [(5, &[5][..]), (9, &[5, 9]), (12, &[5, 9, 12])] {
            tickets.join(1, key);
            assert_eq!(tickets.members(1), expected);
        }
        tickets.join_in_order(1, 7);
        for (key, expected) in [(9, &[5, 7, 12][..]), (8, &[5, 7, 12]), (5, &[7, 12]), (12, &[7]), (8, &[7]), (7, &[])]
        {
            tickets.leave(1, key);
            assert_eq!(tickets.members(1), expected);
        }
    }

    #[test]
    fn a_ticket_that_is_forgotten_is_neither_pinned_nor_finished() {
        let mut tickets = Tickets::default();
        tickets.pin(1, true);
        tickets.finish(1, 40);
        assert!(!tickets.is_pinned(1) && !tickets.is_finished(1), "it is not there");
        tickets.join(1, 5);
        tickets.pin(1, true);
        tickets.finish(1, 40);
        tickets.finish(1, 60);
        assert_eq!((tickets.finished_before(60), tickets.finished_before(61)), (None, Some(1)));
        let standing = tickets.standing(1);
        tickets.leave(1, 5);
        assert!(!tickets.is_pinned(1) && !tickets.is_finished(1));
        assert_eq!(tickets.finished_before(100), None);
        tickets.join(1, 5);
        tickets.restore(1, standing);
        assert!(tickets.is_pinned(1) && tickets.is_finished(1));
        tickets.reopen(1);
        assert!(!tickets.is_finished(1) && tickets.is_pinned(1));
        assert_eq!(tickets.forget(1), [5]);
        assert!(tickets.forget(1).is_empty() && !tickets.is_pinned(1));
    }
}

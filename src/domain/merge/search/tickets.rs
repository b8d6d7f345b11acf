//! The tickets that the open complaints belong to.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::corpus::NumberMap;
use crate::key::{ComplaintKey, TicketKey};

/// The complaints of one ticket. Most have one; of many each is found quickly, for a flood has tens of thousands.
#[derive(Debug)]
enum Members {
    One(ComplaintKey),
    Many(BTreeSet<ComplaintKey>),
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
    /// The complaints of a ticket in the order of their numbers, in which they came; the first five are its core.
    pub(in crate::merge) fn members(&self, ticket: TicketKey) -> impl Iterator<Item = ComplaintKey> {
        let (one, many) = match self.members.get(&ticket) {
            None => (None, None),
            Some(Members::One(key)) => (Some(*key), None),
            Some(Members::Many(keys)) => (None, Some(keys)),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }

    /// Whether nothing joins it by itself.
    pub(in crate::merge) fn is_pinned(&self, ticket: TicketKey) -> bool {
        self.pinned.contains(&ticket)
    }

    /// Whether nothing joins it any more, but a recurrence is recognized.
    pub(in crate::merge) fn is_finished(&self, ticket: TicketKey) -> bool {
        self.finished.contains_key(&ticket)
    }

    /// Adds a complaint.
    pub(super) fn join(&mut self, ticket: TicketKey, key: ComplaintKey) {
        match self.members.entry(ticket) {
            Entry::Vacant(ticket) => _ = ticket.insert(Members::One(key)),
            Entry::Occupied(mut members) => match members.get_mut() {
                Members::One(first) => *members.get_mut() = Members::Many([*first, key].into()),
                Members::Many(keys) => _ = keys.insert(key),
            },
        }
    }

    /// Takes a complaint out; a ticket without complaints is forgotten.
    pub(super) fn leave(&mut self, ticket: TicketKey, key: ComplaintKey) {
        match self.members.get_mut(&ticket) {
            Some(Members::One(only)) if *only == key => _ = self.forget(ticket),
            Some(members @ Members::Many(_)) => {
                let Members::Many(keys) = members else { return };
                keys.remove(&key);
                if let (Some(first), 1) = (keys.first().copied(), keys.len()) {
                    *members = Members::One(first);
                }
            }
            _ => {}
        }
    }

    /// Forgets a ticket, and returns its complaints.
    pub(super) fn forget(&mut self, ticket: TicketKey) -> Vec<ComplaintKey> {
        self.pinned.remove(&ticket);
        self.reopen(ticket);
        match self.members.remove(&ticket) {
            None => Vec::new(),
            Some(Members::One(key)) => vec![key],
            Some(Members::Many(keys)) => keys.into_iter().collect(),
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

    /// What a ticket keeps when its last complaint is removed and inserted again.
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

    /// Heap bytes, about: a set of numbers takes 112 for six of them, a map or set of pairs 200.
    pub(super) fn heap(&self) -> usize {
        let nodes = |count: usize, bytes: usize| count.div_ceil(6) * bytes;
        let many = self.members.values().map(|members| match members {
            Members::One(_) => 0,
            Members::Many(keys) => nodes(keys.len(), 112),
        });
        self.members.capacity() * (size_of::<(TicketKey, Members)>() + 1)
            + many.sum::<usize>()
            + nodes(self.pinned.len(), 112)
            + nodes(self.finished.len() + self.by_finish.len(), 200)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: TicketKey = TicketKey(1);

    #[test]
    fn complaints_join_and_leave_in_order() {
        let mut tickets = Tickets::default();
        let is = |tickets: &Tickets, expected: &[i64]| {
            assert!(tickets.members(ONE).map(|key| key.0).eq(expected.iter().copied()), "{expected:?}");
        };
        for (key, expected) in [(5, &[5][..]), (12, &[5, 12]), (9, &[5, 9, 12]), (7, &[5, 7, 9, 12])] {
            tickets.join(ONE, ComplaintKey(key));
            is(&tickets, expected);
        }
        for (key, expected) in [(9, &[5, 7, 12][..]), (8, &[5, 7, 12]), (5, &[7, 12]), (12, &[7]), (8, &[7]), (7, &[])]
        {
            tickets.leave(ONE, ComplaintKey(key));
            is(&tickets, expected);
        }
    }

    #[test]
    fn a_ticket_that_is_forgotten_is_neither_pinned_nor_finished() {
        let mut tickets = Tickets::default();
        tickets.pin(ONE, true);
        tickets.finish(ONE, 40);
        assert!(!tickets.is_pinned(ONE) && !tickets.is_finished(ONE), "it is not there");
        tickets.join(ONE, ComplaintKey(5));
        tickets.pin(ONE, true);
        tickets.finish(ONE, 40);
        tickets.finish(ONE, 60);
        assert_eq!((tickets.finished_before(60), tickets.finished_before(61)), (None, Some(ONE)));
        let standing = tickets.standing(ONE);
        tickets.leave(ONE, ComplaintKey(5));
        assert!(!tickets.is_pinned(ONE) && !tickets.is_finished(ONE));
        assert_eq!(tickets.finished_before(100), None);
        tickets.join(ONE, ComplaintKey(5));
        tickets.restore(ONE, standing);
        assert!(tickets.is_pinned(ONE) && tickets.is_finished(ONE));
        tickets.reopen(ONE);
        assert!(!tickets.is_finished(ONE) && tickets.is_pinned(ONE));
        assert_eq!(tickets.forget(ONE), [ComplaintKey(5)]);
        assert!(tickets.forget(ONE).is_empty() && !tickets.is_pinned(ONE));
    }
}

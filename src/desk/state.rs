//! What the desk keeps in memory: the merge index and the next free numbers. Every change of it goes through here, so that a
//! step that fails knows whether it left something behind.

use jiff::Timestamp;

use super::prepare::Prepared;
use super::rebuild::{forgotten_before, read_again};
use crate::decide::{Reading, decide};
use crate::key::{ComplaintKey, TicketKey};
use crate::merge::{Decision, MergeIndex, Profile};
use crate::pack::Rules;
use crate::store::{ComplaintView, Counters, Store, StoreError, Vault};

/// What is written for a trial before the store is read again, in bytes: more than most steps write.
const PROBE_BYTES: u32 = 1 << 20;

/// The desk's memory.
#[derive(Debug)]
pub struct DeskState {
    index: MergeIndex,
    pub(super) counters: Counters,
    vault: Vault,
    /// The numbers before the step that is worked on.
    before: Counters,
    /// The step that is worked on has changed the index.
    touched: bool,
    /// The index holds what a failed step did not store.
    stale: bool,
    /// A step failed, and a store that said so may have stored it: the next free numbers are not known.
    uncounted: bool,
}

impl DeskState {
    /// Reads the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn rebuild(store: &mut dyn Store, vault: Vault, rules: &Rules, now: Timestamp) -> Result<Self, StoreError> {
        let (index, counters) = read_again(store, rules, now)?;
        Ok(Self { index, counters, vault, before: counters, touched: false, stale: false, uncounted: false })
    }

    /// How many open complaints can be merged with.
    #[must_use]
    pub fn open_complaints(&self) -> usize {
        self.index.len()
    }

    /// The merge index.
    #[must_use]
    pub fn index(&self) -> &MergeIndex {
        &self.index
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// A step begins.
    pub(super) fn begin(&mut self) {
        (self.before, self.touched) = (self.counters, false);
    }

    /// The step was not stored, as far as is known. Numbers are read again; the index has to be, too, if the step has changed it.
    pub(super) fn abandon(&mut self) {
        self.counters = self.before;
        self.stale |= self.touched;
        self.uncounted = true;
    }

    /// Makes memory and store agree again after a step that failed: what a store wrote before it failed has its number.
    ///
    /// # Errors
    /// The store cannot be read, or not be written to where the index has to be read again.
    pub(super) fn recover(&mut self, store: &mut dyn Store, rules: &Rules, now: Timestamp) -> Result<(), StoreError> {
        if self.stale {
            return self.rebuild_in_place(store, rules, now);
        }
        if self.uncounted {
            self.counters = store.counters()?;
            self.uncounted = false;
        }
        Ok(())
    }

    /// Whether the store has to be read again before anything else.
    #[cfg(test)]
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Reads the store again after a step that failed, if it can be written to: reading takes long in a large city, and is of no
    /// use while the disk is full.
    fn rebuild_in_place(&mut self, store: &mut dyn Store, rules: &Rules, now: Timestamp) -> Result<(), StoreError> {
        store.probe(PROBE_BYTES)?;
        (self.index, self.counters) = read_again(store, rules, now)?;
        (self.stale, self.uncounted) = (false, false);
        Ok(())
    }

    /// Lets go of tickets that were finished too long ago for a recurrence, and of complaints beyond the number that is kept.
    /// What is let go stays gone whether the step is stored or not.
    pub(super) fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.index.forget_finished(forgotten_before(rules, now));
        self.index.forget_beyond(rules.merging.settings.most_open);
    }

    /// Counts a new complaint and decides where it goes.
    pub(super) fn decide(&mut self, reading: &Reading, rules: &Rules) -> Decision {
        self.touched = true;
        decide(&mut self.index, reading, &rules.merging)
    }

    /// Decides on a complaint that was counted before.
    pub(super) fn reconsider(&mut self, profile: &Profile, id: ComplaintKey, rules: &Rules) -> Decision {
        self.index.reconsider(profile, Some(id), &rules.merging)
    }

    pub(super) fn insert_decided(
        &mut self,
        id: ComplaintKey,
        ticket: TicketKey,
        profile: &Profile,
        decision: Decision,
    ) {
        self.touched = true;
        self.index.insert_decided(id, ticket, profile, decision);
    }

    pub(super) fn insert(&mut self, id: ComplaintKey, ticket: TicketKey, profile: &Profile) {
        self.touched = true;
        self.index.insert(id, ticket, profile);
    }

    pub(super) fn remove(&mut self, id: ComplaintKey) {
        self.touched = true;
        self.index.remove(id);
    }

    pub(super) fn reassign(&mut self, id: ComplaintKey, ticket: TicketKey) {
        self.touched = true;
        self.index.reassign(id, ticket);
    }

    pub(super) fn finish_ticket(&mut self, ticket: TicketKey, at: Timestamp) {
        self.touched = true;
        self.index.finish_ticket(ticket, at);
    }

    pub(super) fn reopen_ticket(&mut self, ticket: TicketKey) {
        self.touched = true;
        self.index.reopen_ticket(ticket);
    }

    pub(super) fn pin(&mut self, ticket: TicketKey, pinned: bool) {
        self.touched = true;
        self.index.pin(ticket, pinned);
    }

    pub(super) fn forbid(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.touched = true;
        self.index.forbid(a, b);
    }

    pub(super) fn allow(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.touched = true;
        self.index.allow(a, b);
    }

    /// What merging knows of a stored complaint.
    pub(super) fn profile_of(&self, view: &ComplaintView, rules: &Rules) -> Profile {
        Prepared::new(&view.complaint, &self.vault, rules, view.received_at).reading.profile
    }
}

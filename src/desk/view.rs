//! The one view of a step: the store as it is, with everything over it that the step has changed so far.
//!
//! Every read of a step goes through here, and every change is noted here, so that no read can miss one. Nothing is decided
//! here. What was given to the store ahead of the commit is not yet seen by its reads; the overlay keeps it.

mod complaints;
mod evaluations;
mod foreign;
mod records;
mod rewards;
mod tickets;
mod topics;
mod watching;

pub(super) use records::{Origin, Placed};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::audit::AuditEntry;
use crate::key::{ComplaintKey, RawKey, ReminderKey, ReplyKey, ReviewKey, TicketKey};
use crate::report::Fact;
use crate::store::{
    AlarmPlan, CannotLink, Changes, ComplaintHead, ComplaintView, FileMark, ForeignNumber, ImprintRow, MergeEvent,
    NewRaw, Occurrence, OccurrenceKind, RawView, ReminderRow, ReplyRow, ReplyState, ReplyView, RetriedReply, ReviewRow,
    StatementRow, StatusRow, Store, StoreError, TicketDetail, ToldReply,
};
use crate::ticket::{Answer, Route};

/// A channel's name with the adapter's id of a record, or with the source's number of a complaint.
pub(super) type OfChannel = (String, String);

/// The store as a step sees it.
pub(super) struct View<'a> {
    store: &'a mut dyn Store,
    /// What the store has not been given yet.
    pending: Changes,
    /// Records that were kept and are not decided yet, by their number.
    kept: BTreeMap<RawKey, NewRaw>,
    /// All records that were kept in this step.
    kept_now: HashSet<RawKey>,
    /// The latest record of each id that was looked for, as it is now.
    raw: HashMap<OfChannel, Option<RawView>>,
    /// The complaint of each number that was looked for.
    numbers: HashMap<OfChannel, Option<ComplaintHead>>,
    /// Complaints that were read or changed, as they are now.
    complaints: BTreeMap<ComplaintKey, ComplaintView>,
    /// The latest complaint of this step by channel and telephone hash.
    phones: HashMap<(String, u64), ComplaintKey>,
    /// Tickets all of whose complaints are among these.
    whole: HashSet<TicketKey>,
    /// Complaints that were made or moved by this step.
    moved: HashSet<ComplaintKey>,
    /// Tickets that were read or made, as they are now.
    tickets: HashMap<TicketKey, TicketDetail>,
    /// Tickets to be written.
    dirty: BTreeSet<TicketKey>,
    /// Status updates of this step.
    statuses: Vec<StatusRow>,
    /// Whether call-backs of complaints are due, where this step has begun or ended them.
    called: HashMap<ComplaintKey, bool>,
    /// What this step has seen to be about what is watched, and told of it.
    watched: watching::Watched,
    /// What this step has changed of topics.
    gathered: topics::Gathered,
    /// Points of citizens that this step has read or changed.
    rewarded: rewards::Rewarded,
    /// What sources have stated later in this step.
    statements: Vec<StatementRow>,
    /// Numbers of other systems that this step has learned.
    foreign: Vec<ForeignNumber>,
    /// Merge events of this step.
    events: Vec<MergeEvent>,
    /// Questions that this step answered.
    answered: HashSet<ReviewKey>,
    /// Complaints of which this step has met a record of a file.
    came_with: HashSet<(ComplaintKey, FileMark)>,
    /// Records that left quarantine in this step.
    released: HashSet<RawKey>,
    /// Where tickets were by their last events.
    told_routes: HashMap<TicketKey, Route>,
}

impl<'a> View<'a> {
    pub(super) fn new(store: &'a mut dyn Store) -> Self {
        Self {
            store,
            pending: Changes::default(),
            kept: BTreeMap::new(),
            kept_now: HashSet::new(),
            raw: HashMap::new(),
            numbers: HashMap::new(),
            complaints: BTreeMap::new(),
            phones: HashMap::new(),
            whole: HashSet::new(),
            moved: HashSet::new(),
            tickets: HashMap::new(),
            dirty: BTreeSet::new(),
            statuses: Vec::new(),
            called: HashMap::new(),
            watched: watching::Watched::default(),
            gathered: topics::Gathered::default(),
            rewarded: rewards::Rewarded::default(),
            statements: Vec::new(),
            foreign: Vec::new(),
            events: Vec::new(),
            answered: HashSet::new(),
            came_with: HashSet::new(),
            released: HashSet::new(),
            told_routes: HashMap::new(),
        }
    }

    /// Gives the store what has changed so far, so that it is written while the rest is decided.
    pub(super) fn write_ahead(&mut self) -> Result<(), StoreError> {
        let part = self.take_pending();
        self.store.write_ahead(part)
    }

    /// Commits everything that changed. Records that are not decided are stored as they were received.
    pub(super) fn commit(mut self) -> Result<(), StoreError> {
        let undecided = std::mem::take(&mut self.kept);
        self.pending.raw.extend(undecided.into_values());
        let rest = self.take_pending();
        self.store.commit(rest)
    }

    /// Notes how far a channel was read.
    pub(super) fn note_position(&mut self, channel: &str, position: Value, now: Timestamp) {
        self.pending.positions.push((channel.to_owned(), position, now));
    }

    pub(super) fn note_reminded(&mut self, reminder: ReminderKey) {
        self.pending.reminded.push(reminder);
    }

    /// Sends a reply after all that was given up or held, with other words where there are such; false when there is none.
    pub(super) fn retry_reply(
        &mut self,
        reply: ReplyKey,
        words: Option<&str>,
        actor: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(known) = self.store.answer_of_reply(reply)? else { return Ok(false) };
        let is_done = |view: &ReplyView| matches!(view.state, ReplyState::Sent | ReplyState::Told);
        if !self.store.reply_view(reply)?.as_ref().is_some_and(is_done) {
            self.note_occurrence(Occurrence {
                kind: OccurrenceKind::ReplyRetried,
                subject: reply.0,
                at,
                outcome: ReplyState::Pending.name().to_owned(),
                details: json!({ "actor": actor, "other_words": words.is_some() }),
            });
        }
        let answer = words.map(|words| Answer { text: words.to_owned(), ..known });
        self.pending.retried_replies.push(RetriedReply { reply, at, answer });
        Ok(true)
    }

    pub(super) fn note_audit(&mut self, entry: AuditEntry) {
        self.pending.audit.push(entry);
    }

    /// Notes what happened that the row it happened to does not keep.
    pub(super) fn note_occurrence(&mut self, row: Occurrence) {
        self.pending.occurrences.push(row);
    }

    /// Notes what counts of an event.
    pub(super) fn note_facts(&mut self, facts: Vec<Fact>) {
        self.pending.facts.extend(facts);
    }

    pub(super) fn note_told_by_hand(&mut self, told: ToldReply) {
        self.pending.told_replies.push(told);
    }

    fn take_pending(&mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.pending);
        for key in std::mem::take(&mut self.dirty) {
            changes.tickets.extend(self.tickets.get(&key).map(|detail| (key, detail.ticket.clone())));
        }
        changes
    }

    /// How many raw records the store has not been given yet.
    pub(super) fn pending_records(&self) -> usize {
        self.pending.raw.len()
    }

    pub(super) fn note_imprint(&mut self, row: ImprintRow) {
        self.pending.imprints.push(row);
    }

    pub(super) fn note_reply(&mut self, reply: ReplyRow) {
        self.pending.replies.push(reply);
    }

    pub(super) fn note_review(&mut self, review: ReviewRow) {
        self.pending.reviews.push(review);
    }

    pub(super) fn forbid(&mut self, link: CannotLink) {
        self.pending.cannot_links.push(link);
    }

    pub(super) fn allow(&mut self, a: ComplaintKey, b: ComplaintKey) {
        let is_pair = |link: &CannotLink| (link.a.min(link.b), link.a.max(link.b)) == (a.min(b), a.max(b));
        self.pending.cannot_links.retain(|link| !is_pair(link));
        self.pending.lifted_links.push((a, b));
    }

    /// Replaces what the clocks of a ticket will tell.
    pub(super) fn plan_alarms(&mut self, plan: AlarmPlan) {
        self.pending.alarms.retain(|other| other.ticket != plan.ticket);
        self.pending.alarms.push(plan);
    }

    /// How many notices a person or desk was sent on a day of the city, in this step too.
    pub(super) fn notices_on(&mut self, addressee: &str, day: Date) -> Result<u32, StoreError> {
        let here = self.pending.noticed.iter().filter(|(to, on)| to == addressee && *on == day).count();
        let before = self.store.notices_on(addressee, day)?;
        Ok(before.saturating_add(u32::try_from(here).unwrap_or(u32::MAX)))
    }

    /// Notes that a person or desk was sent a notice.
    pub(super) fn note_noticed(&mut self, addressee: &str, day: Date) {
        self.pending.noticed.push((addressee.to_owned(), day));
    }

    /// Replaces the planned reminders of a ticket.
    pub(super) fn plan_reminders(&mut self, ticket: TicketKey, reminders: impl Iterator<Item = ReminderRow>) {
        self.pending.replanned.push(ticket);
        self.pending.reminders.retain(|reminder| reminder.ticket != ticket);
        self.pending.reminders.extend(reminders);
    }
}

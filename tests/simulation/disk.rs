//! The store on a disk that fails. It outlives the gateway.

use huiliu::store::{
    Changes, ComplaintHead, ComplaintView, Corpus, Counters, DueReminder, FileHead, FileMark, FileView, Finding, Known,
    Ledger, Listings, MergeEvent, Page, PendingMessage, PendingReply, QuarantineView, QueueCounts, Queues, RawView,
    RecordView, ReplyState, ReplyView, ReviewView, SourceFileView, StatusKnown, Steps, Store, StoreError, TicketDetail,
    TicketFilter, TokenRow, UndecidedView, Upkeep, WarningGroup,
};
use huiliu::ticket::{Answer, Status};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sources::CHANNELS;
use crate::world::Shared;
use huiliu::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};

/// The disk: what was committed to it stays.
pub type Platter = Arc<Mutex<Box<dyn Store>>>;

/// The store as the gateway sees it.
pub struct Disk {
    pub platter: Platter,
    pub world: Shared,
    /// What the step that is being written promises to store.
    promised: Promised,
}

#[derive(Default)]
struct Promised {
    records: Vec<(String, String, [u8; 16])>,
    positions: Vec<(String, Value)>,
}

impl Promised {
    fn add(&mut self, changes: &Changes) {
        self.records.extend(changes.raw.iter().map(|raw| (raw.channel.clone(), raw.record_id.clone(), raw.digest)));
        self.positions.extend(changes.positions.iter().map(|(channel, value, _)| (channel.clone(), value.clone())));
    }
}

type Keys = [(String, String)];

fn error(what: &str) -> StoreError {
    StoreError::unavailable(what.to_owned())
}

impl Disk {
    /// The disk as a gateway finds it that starts: what the one before had not committed is gone.
    pub fn new(platter: Platter, world: Shared) -> Self {
        platter.lock().unwrap_or_else(PoisonError::into_inner).abandon();
        Self { platter, world, promised: Promised::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Box<dyn Store>> {
        self.platter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.world.lock().crashed {
            return Err(StoreError::Stopped);
        }
        if self.world.fault("disk: read fails", 1) {
            return Err(error("disk I/O error"));
        }
        read(&mut **self.inner())
    }

    /// Whether a write fails before it changes anything.
    fn before_write(&self, what: impl FnOnce() -> String) -> Result<(), StoreError> {
        if !self.world.step_now(what) {
            return Err(StoreError::Stopped);
        }
        let mut world = self.world.lock();
        let now = world.now();
        if world.fault("disk: full", 4) {
            let seconds = world.dice.below(60);
            world.disk_full_until = Some(now + SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0)));
        }
        if world.troubled && world.disk_full_until.is_some_and(|until| until > now) {
            return Err(error("database or disk is full"));
        }
        if world.fault("disk: commit fails", 8) {
            return Err(error("disk I/O error"));
        }
        Ok(())
    }

    fn after_write(&self) -> Result<(), StoreError> {
        if self.world.fault("crash: after the commit", 4) {
            self.world.kill();
            return Err(StoreError::Stopped);
        }
        if self.world.fault("disk: commit succeeds but says it failed", 5) {
            return Err(error("disk I/O error"));
        }
        Ok(())
    }

    /// What a commit must never do.
    fn check_commit(&self, committed: Promised, ledger: &Ledger) {
        let mut world = self.world.lock();
        world.stored.extend(committed.records);
        for (channel, value) in &committed.positions {
            debug_assert!(CHANNELS.contains(&channel.as_str()));
            let position = value.as_u64().unwrap_or(0);
            let before: Vec<_> =
                world.sources.of(channel).iter().filter(|entry| entry.seq <= position).cloned().collect();
            for entry in before {
                if !world.holds(channel, &entry.number, crate::sources::digest(&entry.body)) {
                    world.violation(format!(
                        "P1: {channel} is read up to {position}, but {} is not stored",
                        entry.number
                    ));
                }
            }
        }
        if !ledger.balances() {
            world.violation(format!("P1: the ledger does not balance: {ledger:?}"));
        }
    }
}

impl Steps for Disk {
    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError> {
        self.before_write(|| format!("write {} records ahead", part.raw.len()))?;
        self.promised.add(&part);
        self.inner().write_ahead(part)
    }

    fn commit(&mut self, rest: Changes) -> Result<(), StoreError> {
        self.before_write(|| {
            let (raw, tickets) = (rest.raw.len(), rest.tickets.len());
            format!("commit {raw} records, {tickets} tickets, {} messages", rest.outbox.len())
        })?;
        self.promised.add(&rest);
        let committed = std::mem::take(&mut self.promised);
        self.inner().commit(rest)?;
        let ledger = self.inner().ledger()?;
        self.check_commit(committed, &ledger);
        self.after_write()
    }

    fn abandon(&mut self) {
        self.promised = Promised::default();
        self.inner().abandon();
    }

    fn probe(&mut self, bytes: u32) -> Result<(), StoreError> {
        self.before_write(|| "probe".to_owned())?;
        self.inner().probe(bytes)?;
        self.after_write()
    }

    fn counters(&mut self) -> Result<Counters, StoreError> {
        self.read(|store| store.counters())
    }
    fn corpus(
        &mut self,
        after: ComplaintKey,
        limit: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError> {
        self.read(|store| store.corpus(after, limit, reading, visit))
    }
    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError> {
        self.read(|store| store.cannot_links())
    }
}

impl Known for Disk {
    fn latest_raw(&mut self, records: &Keys) -> Result<HashMap<(String, String), RawView>, StoreError> {
        self.read(|store| store.latest_raw(records))
    }
    fn raw_with_content(
        &mut self,
        records: &[(String, String, [u8; 16])],
    ) -> Result<HashMap<(String, String, [u8; 16]), RawView>, StoreError> {
        self.read(|store| store.raw_with_content(records))
    }
    fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError> {
        self.read(|store| store.came_with(complaint, file))
    }
    fn heads_by_number(&mut self, numbers: &Keys) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        self.read(|store| store.heads_by_number(numbers))
    }
    fn complaint_about(&mut self, channel: &str, about: &str, phone: u64) -> Result<Option<ComplaintHead>, StoreError> {
        self.read(|store| store.complaint_about(channel, about, phone))
    }
    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        self.read(|store| store.tickets(keys, complaints))
    }
    fn ticket_keys(&mut self, ids: &[&str]) -> Result<HashMap<String, TicketKey>, StoreError> {
        self.read(|store| store.ticket_keys(ids))
    }
    fn complaints(&mut self, keys: &[ComplaintKey]) -> Result<Vec<ComplaintView>, StoreError> {
        self.read(|store| store.complaints(keys))
    }
    fn complaints_by_receipt(&mut self, receipts: &[&str]) -> Result<Vec<ComplaintView>, StoreError> {
        self.read(|store| store.complaints_by_receipt(receipts))
    }
    fn members(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        self.read(|store| store.members(ticket))
    }
    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        self.read(|store| store.merge_events(ticket))
    }
    fn review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError> {
        self.read(|store| store.review(key))
    }
    fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError> {
        self.read(|store| store.quarantined(raw))
    }
    fn undecided(&mut self, after: RawKey, limit: usize) -> Result<Vec<UndecidedView>, StoreError> {
        self.read(|store| store.undecided(after, limit))
    }
    fn statuses_known(&mut self, updates: &[(TicketKey, &str, &str)]) -> Result<Vec<StatusKnown>, StoreError> {
        self.read(|store| store.statuses_known(updates))
    }
    fn last_statuses(&mut self, tickets: &[TicketKey]) -> Result<HashMap<TicketKey, Status>, StoreError> {
        self.read(|store| store.last_statuses(tickets))
    }
    fn reply_exists(&mut self, key: ReplyKey) -> Result<bool, StoreError> {
        self.read(|store| store.reply_exists(key))
    }
    fn files_of_records(&mut self, records: &[RawKey]) -> Result<Vec<FileHead>, StoreError> {
        self.read(|store| store.files_of_records(records))
    }
    fn last_answer(&mut self, complaint: ComplaintKey) -> Result<Option<Answer>, StoreError> {
        self.read(|store| store.last_answer(complaint))
    }
    fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError> {
        self.read(|store| store.complaints_of_person(hashes))
    }
    fn finished_before(&mut self, time: Timestamp, limit: usize) -> Result<Vec<ComplaintKey>, StoreError> {
        self.read(|store| store.finished_before(time, limit))
    }
}

impl Queues for Disk {
    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
        self.before_write(|| format!("{} messages are published", ids.len()))?;
        let mut world = self.world.lock();
        for id in ids {
            let message = world.outbox.get(id).cloned().unwrap_or_default();
            if !world.queues.delivered.contains(&message) {
                world.violation(format!("P1: {message} counts as published, but the broker does not hold it"));
            }
        }
        drop(world);
        self.inner().mark_published(ids, at)?;
        self.after_write()
    }

    fn mark_reply(
        &mut self,
        key: ReplyKey,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.before_write(|| format!("reply {key} is {}", state.name()))?;
        self.inner().mark_reply(key, state, error, next_at, now)?;
        self.after_write()
    }

    fn pending_messages(
        &mut self,
        after: i64,
        limit: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError> {
        let (messages, last) = self.read(|store| store.pending_messages(after, limit, wanted))?;
        let mut world = self.world.lock();
        for message in &messages {
            world.outbox.insert(message.id, message.message_id.clone());
        }
        drop(world);
        Ok((messages, last))
    }
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError> {
        self.read(|store| store.position(channel))
    }
    fn due_replies(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PendingReply>, StoreError> {
        self.read(|store| store.due_replies(now, limit))
    }
    fn due_reminders(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueReminder>, StoreError> {
        self.read(|store| store.due_reminders(now, limit))
    }
}

impl Listings for Disk {
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketDetail>, StoreError> {
        self.read(|store| store.list_tickets(filter, page))
    }
    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        self.read(|store| store.open_reviews(page))
    }
    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        self.read(|store| store.answered_reviews(page))
    }
    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError> {
        self.read(|store| store.quarantine(channel, page))
    }
    fn warnings(
        &mut self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError> {
        self.read(|store| store.warnings(channel, field, page))
    }
    fn source_files(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<SourceFileView>, StoreError> {
        self.read(|store| store.source_files(channel, page))
    }
    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError> {
        self.read(|store| store.list_replies(state, page))
    }
    fn files_of(&mut self, complaint: ComplaintKey) -> Result<Vec<FileHead>, StoreError> {
        self.read(|store| store.files_of(complaint))
    }
    fn file(&mut self, raw: RawKey, number: u16) -> Result<Option<FileView>, StoreError> {
        self.read(|store| store.file(raw, number))
    }
    fn ledger(&mut self) -> Result<Ledger, StoreError> {
        self.read(|store| store.ledger())
    }
    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        self.read(|store| store.queue_counts())
    }
    fn record(&mut self, raw: RawKey) -> Result<Option<RecordView>, StoreError> {
        self.read(|store| store.record(raw))
    }
}

impl Upkeep for Disk {
    fn note_settings(&mut self, version: &str, city: &str, at: Timestamp) -> Result<(), StoreError> {
        self.before_write(|| format!("settings {version} are live"))?;
        self.inner().note_settings(version, city, at)?;
        self.after_write()
    }

    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old messages are removed".to_owned())?;
        self.inner().forget_published(before)
    }
    fn forget_warnings(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old warnings are removed".to_owned())?;
        self.inner().forget_warnings(before)
    }
    fn forget_source_files(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old source files are removed".to_owned())?;
        self.inner().forget_source_files(before)
    }
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        self.read(|store| store.tokens())
    }
    fn put_token(&mut self, token: &TokenRow) -> Result<(), StoreError> {
        self.read(|store| store.put_token(token))
    }
    fn remove_token(&mut self, name: &str) -> Result<bool, StoreError> {
        self.read(|store| store.remove_token(name))
    }
    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        self.read(|store| store.examine(repair))
    }
    fn reseal(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.read(|store| store.reseal(limit))
    }
}

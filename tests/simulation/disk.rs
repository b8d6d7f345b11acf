//! The store on a disk that fails. It outlives the gateway.

mod audit;
mod deliveries;
mod reads;

use huiliu::audit::AuditEntry;
use huiliu::complaint::{AccountHash, RewardEntry};
use huiliu::people::{Attempts, Person, Reach};
use huiliu::report::Cell;
use huiliu::store::{
    AlertView, CallBackView, Changes, ComplaintView, Corpus, Counters, DueAlarm, DueReminder, Edition, EditionFile,
    Editions, Evaluations, Facts, Finding, Ledger, NewEdition, Page, PauseRow, PendingMessage, PendingReply, People,
    PersonRow, Queues, RatingRow, ReplyState, Rewards, Search, SearchPage, Searches, SessionRow, Steps, Store,
    StoreError, StoreSize, TokenRow, TopicCount, TopicRow, Topics, Upkeep, Watching, WordsIndexed,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sources::{CHANNELS, digest};
use crate::world::Shared;
use huiliu::key::{ComplaintKey, ReplyKey, TicketKey, TopicKey};
use huiliu::ticket::{AlertKind, Counted, Seen, TopicState};

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
        self.records
            .extend(changes.raw.iter().map(|raw| (raw.channel.clone(), raw.record_id.clone(), digest(&raw.body))));
        self.positions.extend(changes.positions.iter().map(|(channel, value, _)| (channel.clone(), value.clone())));
    }
}

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
                if !world.holds(channel, &entry.number, digest(&entry.body)) {
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
    fn due_alarms(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueAlarm>, StoreError> {
        self.read(|store| store.due_alarms(now, limit))
    }

    fn notices_on(&mut self, addressee: &str, day: Date) -> Result<u32, StoreError> {
        self.read(|store| store.notices_on(addressee, day))
    }
}

impl Searches for Disk {
    fn search(
        &mut self,
        search: &Search,
        page: Page,
        admit: &mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Result<SearchPage, StoreError> {
        self.read(|store| store.search(search, page, admit))
    }
    fn index_words(&mut self, least: u64) -> Result<WordsIndexed, StoreError> {
        self.read(|store| store.index_words(least))
    }
}

impl Facts for Disk {
    fn facts(&mut self, from: Date, to: Date) -> Result<Vec<Cell>, StoreError> {
        self.read(|store| store.facts(from, to))
    }
    fn sum_facts(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.before_write(|| "facts are summed up".to_owned())?;
        self.inner().sum_facts(limit)
    }
    fn forget_facts(&mut self, before: Date) -> Result<usize, StoreError> {
        self.before_write(|| "facts in the sums are removed".to_owned())?;
        self.inner().forget_facts(before)
    }
}

impl Editions for Disk {
    fn keep_edition(&mut self, edition: &NewEdition) -> Result<bool, StoreError> {
        self.before_write(|| "an edition is kept".to_owned())?;
        self.inner().keep_edition(edition)
    }
    fn last_edition(&mut self, report: &str) -> Result<Option<Date>, StoreError> {
        self.read(|store| store.last_edition(report))
    }
    fn editions(&mut self, report: Option<&str>, page: Page) -> Result<Vec<Edition>, StoreError> {
        self.read(|store| store.editions(report, page))
    }
    fn edition(&mut self, id: i64) -> Result<Option<(Edition, Vec<EditionFile>)>, StoreError> {
        self.read(|store| store.edition(id))
    }
    fn waiting_editions(&mut self, destination: &str, limit: usize) -> Result<Vec<i64>, StoreError> {
        self.read(|store| store.waiting_editions(destination, limit))
    }
    fn note_edition_sent(&mut self, id: i64, destination: &str, at: Timestamp) -> Result<(), StoreError> {
        self.before_write(|| "an edition went out".to_owned())?;
        self.inner().note_edition_sent(id, destination, at)
    }
    fn note_board(&mut self, bulletin: &str, token: &str, at: Timestamp) -> Result<(), StoreError> {
        self.before_write(|| "a board fetched".to_owned())?;
        self.inner().note_board(bulletin, token, at)
    }
    fn boards(&mut self, bulletin: &str) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.read(|store| store.boards(bulletin))
    }
}

impl Evaluations for Disk {
    fn ratings_of(&mut self, tickets: &[TicketKey]) -> Result<Vec<RatingRow>, StoreError> {
        self.read(|store| store.ratings_of(tickets))
    }
    fn ratings_about(
        &mut self,
        ticket: TicketKey,
        complaint: Option<ComplaintKey>,
    ) -> Result<Vec<RatingRow>, StoreError> {
        self.read(|store| store.ratings_about(ticket, complaint))
    }
    fn call_backs_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<CallBackView>, StoreError> {
        self.read(|store| store.call_backs_of(complaints))
    }
    fn due_call_backs(&mut self, page: Page) -> Result<Vec<CallBackView>, StoreError> {
        self.read(|store| store.due_call_backs(page))
    }
}

impl Watching for Disk {
    fn is_sighted(&mut self, subject: &str, complaint: ComplaintKey) -> Result<bool, StoreError> {
        self.read(|store| store.is_sighted(subject, complaint))
    }
    fn sightings(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Seen>, StoreError> {
        self.read(|store| store.sightings(of, span, limit))
    }
    fn count_sightings(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
        counted: Counted,
    ) -> Result<u64, StoreError> {
        self.read(|store| store.count_sightings(of, span, counted))
    }
    fn count_each(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read(|store| store.count_each(of, span))
    }
    fn standing_alert(&mut self, rule: (AlertKind, &str), area: &str) -> Result<Option<AlertView>, StoreError> {
        self.read(|store| store.standing_alert(rule, area))
    }
    fn standing_alerts(&mut self, limit: usize) -> Result<Vec<AlertView>, StoreError> {
        self.read(|store| store.standing_alerts(limit))
    }
    fn was_alerted(
        &mut self,
        rule: (AlertKind, &str),
        ticket: TicketKey,
        complaints: &[ComplaintKey],
    ) -> Result<bool, StoreError> {
        self.read(|store| store.was_alerted(rule, ticket, complaints))
    }
    fn alerts(&mut self, kind: AlertKind, page: Page) -> Result<Vec<AlertView>, StoreError> {
        self.read(|store| store.alerts(kind, page))
    }
    fn tickets_of_alert(&mut self, alert: i64, limit: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.read(|store| store.tickets_of_alert(alert, limit))
    }
}

impl Topics for Disk {
    fn last_topic(&mut self) -> Result<TopicKey, StoreError> {
        self.read(|store| store.last_topic())
    }
    fn topic(&mut self, key: TopicKey) -> Result<Option<TopicRow>, StoreError> {
        self.read(|store| store.topic(key))
    }
    fn topic_of_rule(&mut self, rule: &str, area: &str) -> Result<Option<TopicRow>, StoreError> {
        self.read(|store| store.topic_of_rule(rule, area))
    }
    fn topics(&mut self, state: Option<TopicState>, page: Page) -> Result<Vec<TopicRow>, StoreError> {
        self.read(|store| store.topics(state, page))
    }
    fn topics_within(&mut self, reach: &Reach, topics: &[TopicKey]) -> Result<BTreeSet<TopicKey>, StoreError> {
        self.read(|store| store.topics_within(reach, topics))
    }
    fn due_topics(&mut self, now: Timestamp, limit: usize) -> Result<Vec<TopicKey>, StoreError> {
        self.read(|store| store.due_topics(now, limit))
    }
    fn tickets_of_topic(&mut self, topic: TopicKey, limit: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.read(|store| store.tickets_of_topic(topic, limit))
    }
    fn count_topic(&mut self, topic: TopicKey, without: &[&str]) -> Result<u64, StoreError> {
        self.read(|store| store.count_topic(topic, without))
    }
    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError> {
        self.read(|store| store.topics_of_ticket(ticket))
    }
    fn rank_topics(
        &mut self,
        moments: (Timestamp, Timestamp, Timestamp),
        without: &[&str],
        limit: usize,
    ) -> Result<Vec<TopicCount>, StoreError> {
        self.read(|store| store.rank_topics(moments, without, limit))
    }
}

impl Rewards for Disk {
    fn rewards_of_complaint(&mut self, complaint: ComplaintKey) -> Result<Vec<RewardEntry>, StoreError> {
        self.read(|store| store.rewards_of_complaint(complaint))
    }
    fn rewards_of(&mut self, accounts: &[AccountHash], limit: usize) -> Result<Vec<RewardEntry>, StoreError> {
        self.read(|store| store.rewards_of(accounts, limit))
    }
    fn reward_points(
        &mut self,
        accounts: &[AccountHash],
        rule: Option<&str>,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        self.read(|store| store.reward_points(accounts, rule, since))
    }
    fn forget_rewards(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old points are removed".to_owned())?;
        self.inner().forget_rewards(before)
    }
}

impl People for Disk {
    fn people(&mut self) -> Result<Vec<PersonRow>, StoreError> {
        self.read(|store| store.people())
    }
    fn person(&mut self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        self.read(|store| store.person(name))
    }
    fn put_person(&mut self, row: &PersonRow, before: Option<&Person>, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.read(|store| store.put_person(row, before, entry))
    }
    fn remove_person(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.read(|store| store.remove_person(name, entry))
    }
    fn note_attempts(&mut self, name: &str, attempts: Attempts) -> Result<(), StoreError> {
        self.read(|store| store.note_attempts(name, attempts))
    }
    fn begin_session(
        &mut self,
        session: &SessionRow,
        attempts: Attempts,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.read(|store| store.begin_session(session, attempts, entry))
    }
    fn session(&mut self, hash: &[u8]) -> Result<Option<(SessionRow, PersonRow)>, StoreError> {
        self.read(|store| store.session(hash))
    }
    fn see_session(&mut self, hash: &[u8], at: Timestamp) -> Result<(), StoreError> {
        self.read(|store| store.see_session(hash, at))
    }
    fn end_session(&mut self, hash: &[u8], entry: &AuditEntry) -> Result<bool, StoreError> {
        self.read(|store| store.end_session(hash, entry))
    }
    fn sessions_of(&mut self, name: &str) -> Result<Vec<SessionRow>, StoreError> {
        self.read(|store| store.sessions_of(name))
    }
    fn end_others(&mut self, name: &str, but: &[u8]) -> Result<usize, StoreError> {
        self.read(|store| store.end_others(name, but))
    }
    fn forget_sessions(&mut self, before: (Timestamp, Timestamp)) -> Result<usize, StoreError> {
        self.before_write(|| "old sessions are ended".to_owned())?;
        self.inner().forget_sessions(before)
    }
}

impl Upkeep for Disk {
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
    fn put_token(&mut self, token: &TokenRow, entry: &AuditEntry) -> Result<(), StoreError> {
        self.read(|store| store.put_token(token, entry))
    }
    fn remove_token(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.read(|store| store.remove_token(name, entry))
    }
    fn pauses(&mut self) -> Result<Vec<PauseRow>, StoreError> {
        self.read(|store| store.pauses())
    }
    fn pause(&mut self, pause: &PauseRow, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.before_write(|| "a channel is paused".to_owned())?;
        self.inner().pause(pause, entry)
    }
    fn resume(&mut self, channel: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.before_write(|| "a channel goes on".to_owned())?;
        self.inner().resume(channel, entry)
    }
    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        self.read(|store| store.examine(repair))
    }
    fn size(&mut self) -> Result<StoreSize, StoreError> {
        self.read(|store| store.size())
    }
    fn reseal(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.read(|store| store.reseal(limit))
    }
}

//! Asking the desk.

use std::sync::Arc;

use huiliu_adapter_api::{FileReading, Position};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::action::{Acted, Action};
use super::failure::DeskError;
use super::history::{PastFate, PastRecord, TakePast};
use super::intake::Intake;
use super::job::{
    Act, Answered, ApplySigned, ApplyUpdate, ApplyUpdates, ApplyWithPhotos, DecideUndecided, Discard, EraseFinished,
    Explain, FollowTopics, Job, Remind, Replay, Ring, Sink, Work, asked,
};
use super::photos::HandlerPhoto;
use super::prepare::prepare;
use super::remembered::UnreadableUpdate;
use super::replay::Replayed;
use super::status::{Applied, Refusal, Signer};
use super::taken::Taken;
use super::undecided::Undecided;
use crate::audit::{Actor, AuditEntry};
use crate::clock::Clock;
use crate::key::{RawKey, TopicKey};
use crate::mapping::Normalized;
use crate::merge::Evidence;
use crate::pack::Rules;
use crate::store::{AlertView, DueAlarm, DueReminder, HandlerLinks, Vault, Verdict};
use crate::ticket::StatusUpdate;

/// A batch of a channel on its way to the desk.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The channel.
    pub channel: String,
    /// Its records, mapped.
    pub records: Vec<Normalized>,
    /// Where reading stands after them.
    pub position: Option<Position>,
    /// Where they were pushed: how many each call brought. Without any, they are of one page.
    pub calls: Vec<usize>,
    /// The file that they are rows of.
    pub file: Option<FileReading>,
}

/// A batch that the desk has.
pub struct HandedIn(Answered<Taken>);

impl std::fmt::Debug for HandedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandedIn").finish_non_exhaustive()
    }
}

impl HandedIn {
    /// Waits until the batch is stored; what became of each record, in order.
    ///
    /// # Errors
    /// Nothing of the batch was stored.
    pub async fn taken(self) -> Result<Taken, DeskError> {
        self.0.await.map_err(|_closed| DeskError::Stopped)?
    }
}

/// Asks the desk. Cheap to clone.
#[derive(Clone)]
pub struct DeskHandle {
    requests: mpsc::Sender<Box<dyn Work>>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for DeskHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeskHandle").finish_non_exhaustive()
    }
}

impl DeskHandle {
    pub(super) fn new(requests: mpsc::Sender<Box<dyn Work>>, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self { requests, vault: Arc::new(vault), clock }
    }

    async fn ask<J: Job>(&self, job: J, rules: &Arc<Rules>) -> Result<J::Answer, DeskError> {
        self.send(job, rules).await?.await.map_err(|_closed| DeskError::Stopped)?
    }

    async fn send<J: Job>(&self, job: J, rules: &Arc<Rules>) -> Result<Answered<J::Answer>, DeskError> {
        let (work, answered) = asked(job, Arc::clone(rules));
        self.requests.send(work).await.map_err(|_closed| DeskError::Stopped)?;
        Ok(answered)
    }

    /// Hands in a batch of a channel: batches are stored in the order in which they were handed in.
    ///
    /// # Errors
    /// The desk has stopped.
    pub async fn hand_in(&self, incoming: Incoming, rules: &Arc<Rules>) -> Result<HandedIn, DeskError> {
        let received_at = self.clock.now();
        let Incoming { channel, records, position, calls, file } = incoming;
        let prepared = prepare(&records, &self.vault, rules, received_at).await;
        let intake = Intake { channel, records, prepared, received_at, position, calls, file };
        Ok(HandedIn(self.send(intake, rules).await?))
    }

    /// Decides records of the store that were kept and not decided. Gives how many.
    ///
    /// # Errors
    /// Nothing was decided.
    pub async fn decide(&self, kept: Vec<Undecided>, rules: &Arc<Rules>) -> Result<usize, DeskError> {
        self.ask(DecideUndecided(kept), rules).await
    }

    /// Takes in matters of a channel that were finished before the gateway knew of them: all, or none. What became of each, in their
    /// order.
    ///
    /// # Errors
    /// Nothing was taken in.
    pub async fn take_past(
        &self,
        channel: &str,
        records: Vec<PastRecord>,
        rules: &Arc<Rules>,
    ) -> Result<Vec<PastFate>, DeskError> {
        self.ask(TakePast { channel: channel.to_owned(), records }, rules).await
    }

    /// Carries out what a person asked for.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn act(&self, action: Action, actor: impl Into<Actor>, rules: &Arc<Rules>) -> Result<Acted, DeskError> {
        self.ask(Act { action, actor: actor.into() }, rules).await
    }

    /// Decides a quarantined record again, by what it was mapped to now.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn replay(
        &self,
        raw_id: RawKey,
        record: Normalized,
        actor: impl Into<Actor>,
        rules: &Arc<Rules>,
    ) -> Result<Replayed, DeskError> {
        self.ask(Replay { raw_id, record, actor: actor.into() }, rules).await
    }

    /// Discards a quarantined record; the reason is the rule that it counts under, free of personal data. False when it is not in
    /// quarantine.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn discard(
        &self,
        raw_id: RawKey,
        reason: String,
        actor: impl Into<Actor>,
        rules: &Arc<Rules>,
    ) -> Result<bool, DeskError> {
        self.ask(Discard { raw_id, reason, actor: actor.into() }, rules).await
    }

    /// Applies status updates in their order, all or none; a verdict or a refusal for each.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn status(
        &self,
        updates: Vec<StatusUpdate>,
        rules: &Arc<Rules>,
    ) -> Result<Vec<Result<Verdict, Refusal>>, DeskError> {
        self.ask(ApplyUpdates(updates), rules).await
    }

    /// Applies one status update; what came of it, or why it cannot be used.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn status_of(
        &self,
        update: StatusUpdate,
        rules: &Arc<Rules>,
    ) -> Result<Result<Applied, Refusal>, DeskError> {
        self.ask(ApplyUpdate(update), rules).await
    }

    /// Applies a status update of a person, and writes its entry of the audit log in the same transaction.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn status_by_person(
        &self,
        update: StatusUpdate,
        signer: Signer,
        entry: AuditEntry,
        rules: &Arc<Rules>,
    ) -> Result<Result<Applied, Refusal>, DeskError> {
        self.ask(ApplySigned { update, signer, entry }, rules).await
    }

    /// Applies a status update of a handler on a phone as that of a person, and keeps the photos that belong to its answer: their addresses are
    /// made by `links`.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn status_by_handler(
        &self,
        (update, photos): (StatusUpdate, Vec<HandlerPhoto>),
        (signer, entry): (Signer, AuditEntry),
        links: &HandlerLinks,
        rules: &Arc<Rules>,
    ) -> Result<Result<Applied, Refusal>, DeskError> {
        self.ask(ApplyWithPhotos { update, signer, entry, photos, links: links.clone() }, rules).await
    }

    /// Notes with its ticket, where there is one, that a status update could not be read.
    ///
    /// # Errors
    /// Nothing was noted.
    pub async fn note_unreadable(&self, update: UnreadableUpdate, rules: &Arc<Rules>) -> Result<(), DeskError> {
        self.ask(update, rules).await
    }

    /// Why two complaints, by their receipt numbers, are or are not one matter; `None` when one of them is not known.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn explain(&self, a: &str, b: &str, rules: &Arc<Rules>) -> Result<Option<Evidence>, DeskError> {
        self.ask(Explain { a: a.to_owned(), b: b.to_owned() }, rules).await
    }

    /// Sends reminders.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn remind(&self, due: Vec<DueReminder>, rules: &Arc<Rules>) -> Result<(), DeskError> {
        self.ask(Remind(due), rules).await
    }

    /// Sends the notices of clocks.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn ring(&self, due: Vec<DueAlarm>, rules: &Arc<Rules>) -> Result<(), DeskError> {
        self.ask(Ring(due), rules).await
    }

    /// Ends alerts that have sunk by now; those that have not stay.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn sink(&self, standing: Vec<AlertView>, rules: &Arc<Rules>) -> Result<(), DeskError> {
        self.ask(Sink(standing), rules).await
    }

    /// Tells that topics are to be looked at again.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn follow_topics(&self, due: Vec<TopicKey>, rules: &Arc<Rules>) -> Result<(), DeskError> {
        self.ask(FollowTopics(due), rules).await
    }

    /// Erases the personal data of at most `limit` complaints that were received before a time and whose ticket is finished.
    /// Gives how many.
    ///
    /// # Errors
    /// Nothing was erased.
    pub async fn erase_finished(
        &self,
        before: Timestamp,
        limit: usize,
        rules: &Arc<Rules>,
    ) -> Result<usize, DeskError> {
        self.ask(EraseFinished { before, limit }, rules).await
    }
}

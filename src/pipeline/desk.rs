//! The desk: the one place where tickets change. Takes what is waiting, works it through, commits it together.

use std::sync::{Arc, Mutex, PoisonError};

use huiliu_adapter_api::{Outcome, Position};
use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};

use super::intake::Intake;
use super::people::{Acted, Action};
use super::prepare::prepare;
use super::replay::Replayed;
use super::status::Applied;
use super::step::{Exchanges, Step};
use super::{DeskState, Normalized};
use crate::clock::Clock;
use crate::forward::{AmqpSettings, StatusUpdateV1};
use crate::mapping::Pack;
use crate::merge::Evidence;
use crate::store::{DueReminder, Store, StoreError, StoreHandle, Vault, Verdict};

/// Most requests waiting at the desk.
const MAX_WAITING: usize = 256;
/// Most requests worked through in one transaction.
const MAX_GROUP: usize = 64;
/// Records from which a transaction takes no further batch: its senders get their answer, and send on, while the next is worked
/// through.
const ENOUGH_RECORDS: usize = 128;

/// Why the desk could not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeskError {
    /// The commit failed; nothing was changed.
    #[error("nothing was stored: {0}")]
    NotStored(String),
    /// The desk has stopped.
    #[error("the gateway is stopping")]
    Stopped,
}

/// Why a status update cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Vec<String>);

/// What is asked of the desk.
#[derive(Debug)]
enum Work {
    Intake(Intake),
    Act(Action, String, Arc<Pack>),
    Replay(i64, Option<Value>, Arc<Pack>),
    Status(Vec<StatusUpdateV1>, Arc<Pack>),
    Remind(Vec<DueReminder>, Arc<Pack>),
    Explain(String, String, Arc<Pack>),
}

/// What the desk did.
enum Done {
    Intake(Vec<Outcome>),
    Acted(Acted),
    Replayed(Replayed),
    Status(Vec<Applied>),
    Reminded,
    Explained(Option<Box<Evidence>>),
}

type Answer = oneshot::Receiver<Result<Done, DeskError>>;

/// A batch that the desk has.
pub struct HandedIn(Answer);

impl std::fmt::Debug for HandedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandedIn").finish_non_exhaustive()
    }
}

impl HandedIn {
    /// Waits until the batch is stored; an outcome for each record, in order.
    ///
    /// # Errors
    /// Nothing of the batch was stored.
    pub async fn outcomes(self) -> Result<Vec<Outcome>, DeskError> {
        match self.0.await.map_err(|_closed| DeskError::Stopped)?? {
            Done::Intake(outcomes) => Ok(outcomes),
            _ => Err(DeskError::Stopped),
        }
    }
}

struct Request {
    work: Work,
    answer: oneshot::Sender<Result<Done, DeskError>>,
}

/// Asks the desk. Cheap to clone.
#[derive(Clone)]
pub struct DeskHandle {
    requests: mpsc::Sender<Request>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for DeskHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeskHandle").finish_non_exhaustive()
    }
}

impl DeskHandle {
    async fn ask(&self, work: Work) -> Result<Done, DeskError> {
        self.send(work).await?.await.map_err(|_closed| DeskError::Stopped)?
    }

    async fn send(&self, work: Work) -> Result<Answer, DeskError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { work, answer }).await.map_err(|_closed| DeskError::Stopped)?;
        Ok(answered)
    }

    /// Hands in a batch of a channel: batches are stored in the order in which they were handed in.
    ///
    /// # Errors
    /// The desk has stopped.
    pub async fn hand_in(
        &self,
        channel: &str,
        records: Vec<Normalized>,
        position: Option<Position>,
        pack: Arc<Pack>,
    ) -> Result<HandedIn, DeskError> {
        let received_at = self.clock.now();
        let prepared = prepare(&records, &self.vault, &pack, received_at).await;
        let intake = Intake { channel: channel.to_owned(), records, prepared, received_at, position, pack };
        Ok(HandedIn(self.send(Work::Intake(intake)).await?))
    }

    /// Carries out what a person asked for.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn act(&self, action: Action, actor: &str, pack: Arc<Pack>) -> Result<Acted, DeskError> {
        match self.ask(Work::Act(action, actor.to_owned(), pack)).await? {
            Done::Acted(acted) => Ok(acted),
            _ => Err(DeskError::Stopped),
        }
    }

    /// Maps a quarantined record again. Gives whether it left quarantine.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn replay(&self, raw_id: i64, mended: Option<Value>, pack: Arc<Pack>) -> Result<bool, DeskError> {
        match self.ask(Work::Replay(raw_id, mended, pack)).await? {
            Done::Replayed(replayed) => Ok(replayed.released > 0),
            _ => Err(DeskError::Stopped),
        }
    }

    /// Applies status updates in their order, all or none; a verdict or a refusal for each.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn status(
        &self,
        updates: Vec<StatusUpdateV1>,
        pack: Arc<Pack>,
    ) -> Result<Vec<Result<Verdict, Refusal>>, DeskError> {
        let Done::Status(applied) = self.ask(Work::Status(updates, pack)).await? else {
            return Err(DeskError::Stopped);
        };
        let judge = |applied| match applied {
            Applied::Stored(verdict) => Ok(verdict),
            Applied::Refused(reasons) => Err(Refusal(reasons)),
        };
        Ok(applied.into_iter().map(judge).collect())
    }

    /// Why two complaints, by their receipt numbers, are or are not one matter; `None` when one of them is not known.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn explain(&self, a: &str, b: &str, pack: Arc<Pack>) -> Result<Option<Evidence>, DeskError> {
        match self.ask(Work::Explain(a.to_owned(), b.to_owned(), pack)).await? {
            Done::Explained(evidence) => Ok(evidence.map(|evidence| *evidence)),
            _ => Err(DeskError::Stopped),
        }
    }

    /// Sends reminders.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn remind(&self, due: Vec<DueReminder>, pack: Arc<Pack>) -> Result<(), DeskError> {
        self.ask(Work::Remind(due, pack)).await.map(|_| ())
    }
}

/// The desk's task.
pub struct Desk {
    requests: mpsc::Receiver<Request>,
    store: StoreHandle,
    state: Arc<Mutex<DeskState>>,
    exchanges: Exchanges,
    clock: Arc<dyn Clock>,
    outbox_bell: Arc<Notify>,
    reply_bell: Arc<Notify>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk over a store; the bells ring when there is something to publish or to reply.
    #[must_use]
    pub fn new(
        store: StoreHandle,
        state: DeskState,
        amqp: &AmqpSettings,
        clock: Arc<dyn Clock>,
        outbox_bell: Arc<Notify>,
        reply_bell: Arc<Notify>,
    ) -> (Self, DeskHandle) {
        let (sender, requests) = mpsc::channel(MAX_WAITING);
        let exchanges = Exchanges { tickets: amqp.tickets_exchange.clone(), feeds: amqp.feeds_exchange.clone() };
        let handle = DeskHandle { requests: sender, vault: Arc::new(state.vault.clone()), clock: Arc::clone(&clock) };
        let state = Arc::new(Mutex::new(state));
        (Self { requests, store, state, exchanges, clock, outbox_bell, reply_bell }, handle)
    }

    /// Works until all handles are gone.
    pub async fn run(mut self) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        while self.requests.recv_many(&mut group, MAX_GROUP).await > 0 {
            // Batches share a transaction. Everything else reads what was committed before it, so it has one of its own.
            let (mut batches, mut records) = (Vec::new(), 0);
            for request in std::mem::take(&mut group) {
                let of_batch = match &request.work {
                    Work::Intake(intake) => Some(intake.records.len()),
                    _ => None,
                };
                if !batches.is_empty() && (of_batch.is_none() || records >= ENOUGH_RECORDS) {
                    self.work_through(std::mem::take(&mut batches)).await;
                    records = 0;
                }
                match of_batch {
                    Some(of_batch) => {
                        batches.push(request);
                        records += of_batch;
                    }
                    None => self.work_through(vec![request]).await,
                }
            }
            if !batches.is_empty() {
                self.work_through(batches).await;
            }
        }
    }

    async fn work_through(&self, group: Vec<Request>) {
        let (state, exchanges, now) = (Arc::clone(&self.state), self.exchanges.clone(), self.clock.now());
        let (works, answers): (Vec<Work>, Vec<_>) =
            group.into_iter().map(|request| (request.work, request.answer)).unzip();
        let works = Arc::new(works);
        let shared = Arc::clone(&works);
        let worked = self
            .store
            .ask(move |store| {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(work_group(store, &mut state, &exchanges, now, &shared))
            })
            .await;
        let retry = Arc::into_inner(works).unwrap_or_default();
        let results = worked.unwrap_or_else(|error| Err(DeskError::NotStored(error.to_string())));
        match results {
            Ok(done) => {
                self.outbox_bell.notify_one();
                self.reply_bell.notify_one();
                for (answer, done) in answers.into_iter().zip(done) {
                    drop(answer.send(Ok(done)));
                }
            }
            Err(error) if answers.len() > 1 => {
                // One bad batch must not take the others with it.
                tracing::warn!(%error, "A group of batches could not be stored; each is tried alone.");
                for (work, answer) in retry.into_iter().zip(answers) {
                    Box::pin(self.work_through(vec![Request { work, answer }])).await;
                }
            }
            Err(error) => {
                tracing::error!(%error, "A step could not be stored; its senders are told to send again.");
                for answer in answers {
                    drop(answer.send(Err(error.clone())));
                }
            }
        }
    }
}

/// Works a group through and commits it. After a failure the memory holds what was not stored: it is read again from the
/// store, once, when the store can be written to again.
fn work_group(
    store: &mut dyn Store,
    state: &mut DeskState,
    exchanges: &Exchanges,
    now: jiff::Timestamp,
    works: &[Work],
) -> Result<Vec<Done>, DeskError> {
    let ready = match works.first() {
        Some(work) if state.is_stale() => state.rebuild_in_place(store, work.pack(), now),
        _ => Ok(()),
    };
    ready.map_err(|error| DeskError::NotStored(error.to_string()))?;
    let mut step = Step::new(store, state, exchanges, now);
    let mut done = Vec::with_capacity(works.len());
    let mut worked: Result<(), StoreError> = Ok(());
    for work in works {
        match work_one(&mut step, work) {
            Ok(one) => done.push(one),
            Err(error) => {
                worked = Err(error);
                break;
            }
        }
    }
    match worked.and_then(|()| step.commit()) {
        Ok(()) => Ok(done),
        Err(error) => {
            store.abandon();
            state.mark_stale();
            Err(DeskError::NotStored(error.to_string()))
        }
    }
}

impl Work {
    fn pack(&self) -> &Pack {
        match self {
            Self::Intake(intake) => &intake.pack,
            Self::Act(_, _, pack)
            | Self::Replay(_, _, pack)
            | Self::Status(_, pack)
            | Self::Remind(_, pack)
            | Self::Explain(_, _, pack) => pack,
        }
    }
}

fn work_one(step: &mut Step<'_>, work: &Work) -> Result<Done, StoreError> {
    Ok(match work {
        Work::Intake(intake) => Done::Intake(step.intake(intake)?),
        Work::Act(action, actor, pack) => Done::Acted(step.act(action, actor, pack)?),
        Work::Replay(raw_id, mended, pack) => Done::Replayed(step.replay(*raw_id, mended.clone(), pack)?),
        Work::Status(updates, pack) => {
            Done::Status(updates.iter().map(|update| step.status(update, pack)).collect::<Result<_, _>>()?)
        }
        Work::Explain(a, b, pack) => Done::Explained(step.explain(a, b, pack)?.map(Box::new)),
        Work::Remind(due, pack) => {
            step.remind(due, pack)?;
            Done::Reminded
        }
    })
}

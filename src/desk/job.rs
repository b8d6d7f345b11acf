//! What is asked of the desk: a job is one type with its data, its answer and what it does.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::action::{Acted, Action};
use super::explain::explain;
use super::failure::DeskError;
use super::intake::{Intake, decide_undecided, intake};
use super::photos::{HandlerPhoto, attach};
use super::replay::{Replayed, discard, replay};
use super::status::{
    Applied, Judged, Refusal, Signer, apply, apply_on_phone, apply_one, apply_signed, is_repeated, refused,
};
use super::step::Step;
use super::taken::Taken;
use super::undecided::Undecided;
use super::{act, audited, erase, remind, topics, watch};
use crate::audit::{Actor, AuditEntry};
use crate::key::{RawKey, TopicKey};
use crate::mapping::Normalized;
use crate::merge::Evidence;
use crate::pack::Rules;
use crate::store::{AlertView, DueAlarm, DueReminder, HandlerLinks, StoreError, Verdict};
use crate::ticket::StatusUpdate;

/// Something that the desk does in a step.
pub(super) trait Job: Send + Sync + 'static {
    /// What is answered.
    type Answer: Send + 'static;

    /// Whether it only reads: nothing is committed then, and a failure leaves nothing behind.
    const READS_ONLY: bool = false;

    /// Does it.
    fn run(&self, step: &mut Step<'_>) -> Result<Self::Answer, StoreError>;

    /// How many records it brings, if it may share its transaction with others of its kind. Everything else has a transaction of
    /// its own.
    fn shares(&self) -> Option<usize> {
        None
    }
}

/// A job with whoever waits for its answer.
pub(super) struct Asked<J: Job> {
    job: J,
    rules: Arc<Rules>,
    done: Option<J::Answer>,
    answer: oneshot::Sender<Result<J::Answer, DeskError>>,
}

/// A job of any kind, on its way through the desk.
pub(super) trait Work: Send {
    fn rules(&self) -> &Arc<Rules>;
    fn reads_only(&self) -> bool;
    fn shares(&self) -> Option<usize>;
    /// Does the job in a step and keeps its answer until the step is stored.
    fn run(&mut self, step: &mut Step<'_>) -> Result<(), StoreError>;
    /// Answers: what was done, or why it was not stored.
    fn finish(self: Box<Self>, stored: Result<(), DeskError>);
}

impl<J: Job> Work for Asked<J> {
    fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    fn reads_only(&self) -> bool {
        J::READS_ONLY
    }

    fn shares(&self) -> Option<usize> {
        self.job.shares()
    }

    fn run(&mut self, step: &mut Step<'_>) -> Result<(), StoreError> {
        step.rules = Arc::clone(&self.rules);
        self.done = Some(self.job.run(step)?);
        Ok(())
    }

    fn finish(self: Box<Self>, stored: Result<(), DeskError>) {
        let Self { done, answer, .. } = *self;
        // Whoever no longer waits is not told; what was done stays done.
        drop(answer.send(stored.and_then(|()| done.ok_or(DeskError::Stopped))));
    }
}

/// Where an answer of the desk arrives.
pub(super) type Answered<T> = oneshot::Receiver<Result<T, DeskError>>;

/// Puts a job and a receiver of its answer together.
pub(super) fn asked<J: Job>(job: J, rules: Arc<Rules>) -> (Box<dyn Work>, Answered<J::Answer>) {
    let (answer, answered) = oneshot::channel();
    (Box::new(Asked { job, rules, done: None, answer }), answered)
}

impl Job for Intake {
    type Answer = Taken;

    fn run(&self, step: &mut Step<'_>) -> Result<Taken, StoreError> {
        intake(step, self)
    }

    fn shares(&self) -> Option<usize> {
        Some(self.records.len())
    }
}

/// Records that were kept before.
pub(super) struct DecideUndecided(pub Vec<Undecided>);

impl Job for DecideUndecided {
    type Answer = usize;

    fn run(&self, step: &mut Step<'_>) -> Result<usize, StoreError> {
        decide_undecided(step, &self.0)
    }
}

/// What a person asks for.
pub(super) struct Act {
    pub action: Action,
    pub actor: Actor,
}

impl Job for Act {
    type Answer = Acted;

    fn run(&self, step: &mut Step<'_>) -> Result<Acted, StoreError> {
        let acted = act::act(step, &self.action, &self.actor.name)?;
        step.view.note_audit(audited::acted(&self.action, &acted, &self.actor, step.now));
        Ok(acted)
    }
}

/// A quarantined record, mapped again.
pub(super) struct Replay {
    pub raw_id: RawKey,
    pub record: Normalized,
    pub actor: Actor,
}

impl Job for Replay {
    type Answer = Replayed;

    fn run(&self, step: &mut Step<'_>) -> Result<Replayed, StoreError> {
        let replayed = replay(step, self.raw_id, &self.record, &self.actor.name)?;
        step.view.note_audit(audited::replayed(self.raw_id, replayed, &self.actor, step.now));
        Ok(replayed)
    }
}

/// A quarantined record that is to be discarded, and why.
pub(super) struct Discard {
    pub raw_id: RawKey,
    pub reason: String,
    pub actor: Actor,
}

impl Job for Discard {
    type Answer = bool;

    fn run(&self, step: &mut Step<'_>) -> Result<bool, StoreError> {
        let is_done = discard(step, self.raw_id, &self.reason)?;
        step.view.note_audit(audited::discarded(self.raw_id, is_done, &self.actor, step.now));
        Ok(is_done)
    }
}

/// Status updates, in their order.
pub(super) struct ApplyUpdates(pub Vec<StatusUpdate>);

impl Job for ApplyUpdates {
    type Answer = Vec<Judged>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Judged>, StoreError> {
        // One alone that meets something unreadable is refused: tried again, it would hold up all others for ever.
        match self.0.as_slice() {
            [only] => match apply(step, only) {
                Err(error) if error.is_damage() => Ok(vec![Err(Refusal::Damaged(error.to_string()))]),
                judged => Ok(vec![judged?]),
            },
            several => several.iter().map(|update| apply(step, update)).collect(),
        }
    }
}

/// One status update, whose sender waits for what comes of it.
pub(super) struct ApplyUpdate(pub StatusUpdate);

impl Job for ApplyUpdate {
    type Answer = Result<Applied, Refusal>;

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Answer, StoreError> {
        match apply_one(step, &self.0) {
            Err(error) if error.is_damage() => Ok(Err(Refusal::Damaged(error.to_string()))),
            applied => applied,
        }
    }
}

/// The same by a person, with its entry in the audit log: written with what was done, or with its refusal.
pub(super) struct ApplySigned {
    pub update: StatusUpdate,
    pub signer: Signer,
    pub entry: AuditEntry,
}

impl Job for ApplySigned {
    type Answer = Result<Applied, Refusal>;

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Answer, StoreError> {
        let applied = apply_signed(step, &self.update, &self.signer);
        noted(step, &self.entry, applied)
    }
}

/// What came of an update by a person, with its entry in the audit log.
fn noted(
    step: &mut Step<'_>,
    entry: &AuditEntry,
    applied: Result<Result<Applied, Refusal>, StoreError>,
) -> Result<Result<Applied, Refusal>, StoreError> {
    let applied = match applied {
        Err(error) if error.is_damage() => Err(Refusal::Damaged(error.to_string())),
        applied => applied?,
    };
    step.view.note_audit(if applied.is_ok() { entry.clone() } else { entry.clone().refused() });
    Ok(applied)
}

/// The same by a handler on a phone, with the photos that were taken: kept where the update is accepted.
#[derive(Clone)]
pub(super) struct ApplyWithPhotos {
    pub update: StatusUpdate,
    pub signer: Signer,
    pub entry: AuditEntry,
    pub photos: Vec<HandlerPhoto>,
    pub links: HandlerLinks,
}

impl Job for ApplyWithPhotos {
    type Answer = Result<Applied, Refusal>;

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Answer, StoreError> {
        let mut update = self.update.clone();
        let files = match attach(step, &mut update, (&self.photos, &self.links))? {
            Ok(files) => files,
            // What was noted before is not refused for its photos.
            Err(_) if is_repeated(step, &update)? => Vec::new(),
            Err(refusal) => {
                let refused = refused(step, &update, refusal);
                return noted(step, &self.entry, refused);
            }
        };
        let applied = apply_on_phone(step, &update, &self.signer);
        let applied = noted(step, &self.entry, applied)?;
        if let Ok(Applied { verdict: Verdict::Accepted | Verdict::Submitted, .. }) = applied {
            step.view.keep_files(files);
        }
        Ok(applied)
    }
}

/// Reminders whose time has come.
pub(super) struct Remind(pub Vec<DueReminder>);

impl Job for Remind {
    type Answer = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), StoreError> {
        remind::remind(step, &self.0)
    }
}

/// Clocks that have to tell somebody.
pub(super) struct Ring(pub Vec<DueAlarm>);

impl Job for Ring {
    type Answer = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), StoreError> {
        remind::ring(step, &self.0)
    }
}

/// Alerts that have sunk.
pub(super) struct Sink(pub Vec<AlertView>);

impl Job for Sink {
    type Answer = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), StoreError> {
        watch::sink(step, &self.0)
    }
}

/// Topics that are to be looked at again.
pub(super) struct FollowTopics(pub Vec<TopicKey>);

impl Job for FollowTopics {
    type Answer = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), StoreError> {
        topics::look_again(step, &self.0)
    }
}

/// Complaints whose time is over.
pub(super) struct EraseFinished {
    pub before: Timestamp,
    pub limit: usize,
}

impl Job for EraseFinished {
    type Answer = usize;

    fn run(&self, step: &mut Step<'_>) -> Result<usize, StoreError> {
        erase::erase_finished(step, self.before, self.limit)
    }
}

/// Why two complaints are, or are not, one matter; by their receipt numbers.
pub(super) struct Explain {
    pub a: String,
    pub b: String,
}

impl Job for Explain {
    type Answer = Option<Evidence>;
    const READS_ONLY: bool = true;

    fn run(&self, step: &mut Step<'_>) -> Result<Option<Evidence>, StoreError> {
        explain(step, &self.a, &self.b)
    }
}

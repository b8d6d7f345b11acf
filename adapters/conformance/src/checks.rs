//! The rules, one function each.

#![expect(clippy::panic, reason = "this is a test kit: a broken rule ends the test")]

mod answers;
mod delivery;
mod errors;

use std::collections::BTreeSet;
use std::time::Duration;

use huiliu_adapter_api::{AdapterError, Batch, MAX_BATCH, MAX_SILENCE, Outcome, OutcomeState, Position, RecordBody};
use tokio::time::{Instant, timeout};

use crate::capture::Log;
use crate::opened::Opened;
use crate::{Behaviour, Exemption, Exercise, MARKER, Source};

/// Longest wait for what must happen by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Checks every rule; gives those that the source cannot exercise, in the order in which they were met. To be run on a
/// current-thread runtime, so that all logging is seen and time can be made to pass.
pub async fn conforms(source: &dyn Source) -> Vec<Exemption> {
    let (log, _guard) = Log::record();
    let mut exempt = Exempt::default();
    delivery::redelivers_until_confirmed(source).await;
    delivery::confirming_twice_is_harmless(source).await;
    delivery::dropping_a_pull_loses_nothing(source).await;
    delivery::a_flood_is_bounded(source).await;
    delivery::a_broken_record_does_not_stop_the_others(source, &mut exempt).await;
    delivery::files_come_whole(source, &mut exempt).await;
    delivery::a_record_that_is_not_confirmed_comes_again_alone(source, &mut exempt).await;
    answers::replies_arrive_under_their_key(source, &mut exempt).await;
    errors::unknown_settings_are_refused(source);
    errors::errors_are_classified(source, &mut exempt).await;
    errors::a_source_that_hangs_is_given_up(source, &mut exempt).await;
    errors::an_answer_over_the_limit_is_an_error(source, &mut exempt).await;
    assert!(!log.text().contains(MARKER), "content was logged:\n{}", log.text());
    exempt.0
}

/// What could not be exercised.
#[derive(Default)]
struct Exempt(Vec<Exemption>);

impl Exempt {
    /// Whether a check goes on; if not, why is noted once.
    fn arranged(&mut self, asked: &'static str, exercise: Exercise) -> bool {
        match exercise {
            Exercise::Arranged => true,
            Exercise::CannotHappen(reason) => {
                let exemption = Exemption { asked, reason };
                assert!(!reason.is_empty(), "{asked}: an exemption needs a reason");
                if !self.0.contains(&exemption) {
                    self.0.push(exemption);
                }
                false
            }
        }
    }

    async fn behaves(&mut self, source: &dyn Source, how: Behaviour) -> bool {
        let exercise = source.behave(how).await;
        self.arranged(how.name(), exercise)
    }
}

/// The source behaves well again.
async fn heal(source: &dyn Source) {
    assert_eq!(source.behave(Behaviour::Well).await, Exercise::Arranged, "a source can always behave well");
}

/// Whether an error is of the class that a behaviour calls for.
fn fits(how: Behaviour, error: &AdapterError) -> bool {
    match how {
        // Both are tried again by themselves.
        Behaviour::Busy | Behaviour::Hanging => {
            matches!(error, AdapterError::Transient { .. } | AdapterError::Misconfigured { .. })
        }
        Behaviour::Refusing => matches!(error, AdapterError::Refused { .. }),
        Behaviour::ComplaintUnknown => matches!(error, AdapterError::Gone { .. }),
        Behaviour::Well | Behaviour::Oversized | Behaviour::ConfirmsAllBut(_) => true,
    }
}

/// Waits for what must happen by itself.
async fn in_time<T>(what: &str, happening: impl Future<Output = T>) -> T {
    timeout(PATIENCE, happening).await.unwrap_or_else(|_elapsed| panic!("{what}: not within {PATIENCE:?}"))
}

/// Waits with the clock running ahead: what only waits for time to pass is over at once.
async fn before_silence_ends<T>(what: &str, happening: impl Future<Output = T>) -> T {
    tokio::time::pause();
    let began = Instant::now();
    let ended = timeout(MAX_SILENCE + Duration::from_secs(1), happening).await;
    let took = began.elapsed();
    tokio::time::resume();
    ended.unwrap_or_else(|_elapsed| panic!("{what}: the source is silent and is not given up after {took:?}"))
}

/// Pulls until something comes.
async fn pull(adapter: &Opened, position: Option<&Position>, limit: usize) -> Batch {
    let pulling = async {
        let mut position = position.cloned();
        loop {
            let batch = adapter.pull(position.as_ref(), limit).await.unwrap_or_else(|error| panic!("pull: {error}"));
            if !batch.records.is_empty() {
                return batch;
            }
            if !batch.receipt.0.is_null() {
                confirm(adapter, &batch).await;
            }
            position = batch.position.or(position);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    in_time("the source delivers nothing", pulling).await
}

async fn confirm(adapter: &Opened, batch: &Batch) {
    let confirmed = in_time("confirm", adapter.confirm(&batch.receipt, &outcomes(batch))).await;
    confirmed.unwrap_or_else(|error| panic!("confirm: {error}"));
}

fn outcomes(batch: &Batch) -> Vec<Outcome> {
    let state = OutcomeState::Accepted { receipt_number: "RC0001".to_owned() };
    batch.records.iter().map(|record| Outcome { id: record.id.clone(), state: state.clone() }).collect()
}

fn ids(batch: &Batch) -> BTreeSet<String> {
    batch.records.iter().map(|record| record.id.clone()).collect()
}

/// The content of all good records.
fn content(batch: &Batch) -> String {
    let good = batch.records.iter().filter_map(|record| match &record.body {
        RecordBody::Tree(tree) => Some(tree.to_string()),
        RecordBody::Broken { .. } => None,
    });
    good.collect()
}

/// Takes and confirms everything there is, at most `limit` at a time; all batches, and where the source stands then.
async fn drain(adapter: &Opened, limit: usize, done: impl Fn(&[Batch]) -> bool) -> (Vec<Batch>, Option<Position>) {
    let (mut batches, mut position) = (Vec::new(), None);
    while !done(&batches) {
        let batch = pull(adapter, position.as_ref(), limit.min(MAX_BATCH)).await;
        confirm(adapter, &batch).await;
        position = batch.position.clone().or(position);
        batches.push(batch);
    }
    (batches, position)
}

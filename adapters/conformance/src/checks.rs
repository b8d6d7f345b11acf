//! The rules, one function each.

#![expect(clippy::panic, clippy::unwrap_used, reason = "this is a test kit: a broken rule ends the test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use huiliu_adapter_api::{Adapter, AdapterError, Batch, MAX_BATCH, Outcome, OutcomeState, Position, RecordBody};

use crate::capture::Log;
use crate::{BreakDown, MARKER, Source, open};

/// Longest wait for a source that pushes or settles.
const PATIENCE: Duration = Duration::from_secs(20);

/// Checks every rule. To be run on a current-thread runtime, so that all logging is seen.
pub async fn conforms(source: &dyn Source) {
    let (log, _guard) = Log::record();
    redelivers_until_confirmed(source).await;
    confirming_twice_is_harmless(source).await;
    dropping_a_pull_loses_nothing(source).await;
    a_flood_is_bounded(source).await;
    a_broken_record_survives(source).await;
    unknown_settings_are_refused(source);
    errors_are_classified(source).await;
    assert!(!log.text().contains(MARKER), "content was logged:\n{}", log.text());
}

/// Pulls until something comes; what it was and where the source stands then.
async fn pull(adapter: &Arc<dyn Adapter>, position: Option<&Position>, limit: usize) -> Batch {
    let pulling = async {
        let mut position = position.cloned();
        loop {
            let batch = adapter.pull(position.as_ref(), limit).await.unwrap_or_else(|error| panic!("pull: {error}"));
            if !batch.records.is_empty() {
                return batch;
            }
            if !batch.receipt.0.is_null() {
                adapter.confirm(&batch.receipt, &[]).await.unwrap_or_else(|error| panic!("confirm: {error}"));
            }
            position = batch.position.or(position);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, pulling).await.unwrap_or_else(|_elapsed| panic!("the source delivers nothing"))
}

fn outcomes(batch: &Batch) -> Vec<Outcome> {
    let state = OutcomeState::Accepted { receipt_number: "RC0001".to_owned() };
    batch.records.iter().map(|record| Outcome { id: record.id.clone(), state: state.clone() }).collect()
}

fn ids(batch: &Batch) -> BTreeSet<String> {
    batch.records.iter().map(|record| record.id.clone()).collect()
}

/// Takes everything there is; the ids of the records.
async fn drain(adapter: &Arc<dyn Adapter>, position: &mut Option<Position>, expected: usize) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while seen.len() < expected {
        let batch = pull(adapter, position.as_ref(), MAX_BATCH).await;
        adapter.confirm(&batch.receipt, &outcomes(&batch)).await.unwrap_or_else(|error| panic!("confirm: {error}"));
        seen.extend(ids(&batch));
        if batch.position.is_some() {
            *position = batch.position;
        }
    }
    seen
}

/// A batch that was not confirmed comes again, with the same ids; a source that pushes is told to send again.
async fn redelivers_until_confirmed(source: &dyn Source) {
    source.give(&[1, 2, 3]).await;
    let adapter = source.open();
    let first = pull(&adapter, None, MAX_BATCH).await;
    adapter.abandon(&first.receipt);
    let pushed = adapter.endpoint().is_some();
    if pushed {
        source.give(&[1, 2, 3]).await;
    }
    let again = pull(&if pushed { adapter } else { source.open() }, None, MAX_BATCH).await;
    assert_eq!(ids(&first), ids(&again), "a batch that was not confirmed must come again with the same ids");
    assert!(first.records.iter().all(|record| !record.id.is_empty()), "every record needs an id");
}

/// Confirming a batch a second time does no harm.
async fn confirming_twice_is_harmless(source: &dyn Source) {
    source.give(&[11, 12]).await;
    let adapter = source.open();
    let mut position = None;
    if adapter.endpoint().is_none() {
        drain(&adapter, &mut position, 2).await;
    }
    source.give(&[13]).await;
    let batch = pull(&adapter, position.as_ref(), MAX_BATCH).await;
    let outcomes = outcomes(&batch);
    for _ in 0..2 {
        adapter.confirm(&batch.receipt, &outcomes).await.unwrap_or_else(|error| panic!("confirming twice: {error}"));
    }
}

/// A pull that is dropped at any of its first awaits takes nothing from the source.
async fn dropping_a_pull_loses_nothing(source: &dyn Source) {
    source.give(&[21, 22]).await;
    let adapter = source.open();
    for patience_us in [0, 50, 500, 5_000] {
        let pulling = adapter.pull(None, MAX_BATCH);
        // A pull that completes here is dropped with its batch, unconfirmed.
        if let Ok(Ok(batch)) = tokio::time::timeout(Duration::from_micros(patience_us), pulling).await {
            adapter.abandon(&batch.receipt);
        }
    }
    if adapter.endpoint().is_some() {
        source.give(&[21, 22]).await;
    }
    let batch = pull(&adapter, None, MAX_BATCH).await;
    let found: String = batch.records.iter().map(|record| format!("{:?}", record.body)).collect();
    assert!(found.contains("21") && found.contains("22"), "records were lost by a dropped pull: {found}");
    adapter.abandon(&batch.receipt);
}

/// However much a source holds, a batch has at most as many records as were asked for.
async fn a_flood_is_bounded(source: &dyn Source) {
    let numbers: Vec<u64> = (1_000..1_040).collect();
    source.give(&numbers).await;
    let adapter = source.open();
    if adapter.endpoint().is_some() {
        // A call is answered as a whole and so never divided: its size has a limit of its own.
        let batch = pull(&adapter, None, 7).await;
        adapter.abandon(&batch.receipt);
        return;
    }
    let mut position = None;
    let mut seen = BTreeSet::new();
    while seen.len() < numbers.len() {
        let batch = pull(&adapter, position.as_ref(), 7).await;
        assert!(batch.records.len() <= 7, "{} records, 7 were asked for", batch.records.len());
        seen.extend(ids(&batch));
        adapter.confirm(&batch.receipt, &outcomes(&batch)).await.unwrap();
        position = batch.position.or(position);
    }
}

/// Something unreadable does not keep the good records beside it from coming.
async fn a_broken_record_survives(source: &dyn Source) {
    if !source.give_broken(31).await {
        return;
    }
    let adapter = source.open();
    let mut position = None;
    let (mut good, mut broken) = (false, false);
    while !(good && broken) {
        let batch = pull(&adapter, position.as_ref(), MAX_BATCH).await;
        for record in &batch.records {
            match &record.body {
                RecordBody::Tree(tree) => good |= tree.to_string().contains("31"),
                RecordBody::Broken { reason, .. } => {
                    broken = true;
                    assert!(!reason.is_empty() && !reason.contains(MARKER), "a reason without content is needed");
                }
            }
        }
        adapter.confirm(&batch.receipt, &outcomes(&batch)).await.unwrap();
        position = batch.position.or(position);
    }
}

/// A misspelt setting is refused with its place.
fn unknown_settings_are_refused(source: &dyn Source) {
    let file = source.channel_file().replacen("[settings]\n", "[settings]\nno_such_setting = 1\n", 1);
    let problems = open(source.factory().as_ref(), &file, &source.secrets()).err().unwrap_or_default();
    let at = file.find("no_such_setting").unwrap_or_default();
    assert!(
        problems.iter().any(|problem| problem.en.contains("no_such_setting") && problem.span.start == at),
        "an unknown setting must be refused at its place: {problems:?}"
    );
}

/// A busy source is a transient error, a refusing one is refused.
async fn errors_are_classified(source: &dyn Source) {
    let adapter = source.open();
    if source.break_down(BreakDown::Busy).await {
        let error = adapter.pull(None, 1).await.err();
        assert!(matches!(error, Some(AdapterError::Transient { .. })), "busy must be transient: {error:?}");
    }
    if source.break_down(BreakDown::Refusing).await {
        let error = adapter.pull(None, 1).await.err();
        assert!(matches!(error, Some(AdapterError::Refused { .. })), "refusing must be refused: {error:?}");
    }
}

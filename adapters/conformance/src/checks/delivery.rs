//! How records come: again until they are confirmed, bounded, none lost, none in the way of others.

#![expect(clippy::panic, reason = "this is a test kit: a broken rule ends the test")]

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use huiliu_adapter_api::{Batch, Delivery, MAX_BATCH, RecordBody};
use tokio::sync::Notify;

use super::{Exempt, confirm, content, drain, heal, ids, in_time, outcomes, pull};
use crate::opened::Opened;
use crate::{Behaviour, FILE, MARKER, Source};

/// Most polls of one pull before it must be done.
const MAX_POLLS: usize = 10_000;

/// A batch that was not confirmed comes again, with the same ids; a source that pushes is told to send again.
pub(super) async fn redelivers_until_confirmed(source: &dyn Source) {
    source.give(&[1, 2, 3]).await;
    let adapter = Opened::new(source);
    let first = pull(&adapter, None, MAX_BATCH).await;
    adapter.abandon(&first.receipt);
    in_time("the source is not told to send again", source.send_again()).await;
    drop(adapter);
    let again = pull(&Opened::new(source), None, MAX_BATCH).await;
    assert_eq!(ids(&first), ids(&again), "a batch that was not confirmed must come again with the same ids");
    assert!(first.records.iter().all(|record| !record.id.is_empty()), "every record needs an id");
}

/// Confirming a batch a second time does no harm.
pub(super) async fn confirming_twice_is_harmless(source: &dyn Source) {
    source.give(&[11, 12]).await;
    let adapter = Opened::new(source);
    let (_, position) = drain(&adapter, MAX_BATCH, |batches| found(batches).len() >= 2).await;
    source.give_more(13).await;
    let batch = pull(&adapter, position.as_ref(), MAX_BATCH).await;
    confirm(&adapter, &batch).await;
    confirm(&adapter, &batch).await;
}

/// A pull that is dropped at any of its awaits takes nothing from the source.
pub(super) async fn dropping_a_pull_loses_nothing(source: &dyn Source) {
    match source.open().delivery() {
        Delivery::Pulled => dropping_an_answered_pull(source).await,
        Delivery::Pushed => dropping_a_waiting_pull(source).await,
    }
}

/// The pull is dropped after its first poll, after its second, and so on until it is done before that.
async fn dropping_an_answered_pull(source: &dyn Source) {
    source.give(&[21, 22]).await;
    let adapter = Opened::new(source);
    for polls in 0..MAX_POLLS {
        if in_time("a pull", after_polls(adapter.pull(None, MAX_BATCH), polls)).await.is_some() {
            break;
        }
    }
    let batch = pull(&adapter, None, MAX_BATCH).await;
    let found = content(&batch);
    assert!(found.contains("21") && found.contains("22"), "records were lost by a dropped pull: {found}");
}

/// The pull is dropped when it has been woken and not polled again, then after its first poll, its second, and so on until it is
/// done before that. Nothing is given again: what is lost stays away.
async fn dropping_a_waiting_pull(source: &dyn Source) {
    source.give(&[]).await;
    let mut adapter = Opened::new(source);
    in_time("the link", adapter.up()).await;
    {
        let woken = Arc::new(Woken::default());
        let mut waiting = pin!(adapter.pull(None, MAX_BATCH));
        let polled = waiting.as_mut().poll(&mut Context::from_waker(&Arc::clone(&woken).into()));
        assert!(polled.is_pending(), "nothing was given yet");
        source.give(&[21, 22]).await;
        in_time("the records do not come", woken.0.notified()).await;
    }
    both_are_there(&adapter, None).await;
    for polls in 1..MAX_POLLS {
        source.give(&[21, 22]).await;
        let pulled = in_time("a pull", after_polls(adapter.pull(None, MAX_BATCH), polls)).await;
        let first = pulled.map(|batch| batch.unwrap_or_else(|error| panic!("pull: {error}")));
        let done = first.is_some();
        both_are_there(&adapter, first).await;
        if done {
            break;
        }
    }
}

/// The records 21 and 22 come, with a first batch that is there already or without.
async fn both_are_there(adapter: &Opened, mut first: Option<Batch>) {
    let (mut seen, mut found) = (String::new(), 0);
    while found < 2 {
        let batch = match first.take() {
            Some(batch) => batch,
            None => pull(adapter, None, MAX_BATCH).await,
        };
        found += batch.records.len();
        seen.push_str(&content(&batch));
        adapter.abandon(&batch.receipt);
    }
    assert!(seen.contains("21") && seen.contains("22"), "records were lost by a dropped pull: {seen}");
}

/// The result of a future if it has one within that number of polls.
async fn after_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Notes that a future is to be polled again.
#[derive(Default)]
struct Woken(Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

fn found(batches: &[Batch]) -> BTreeSet<String> {
    batches.iter().flat_map(ids).collect()
}

/// However much a source holds, a batch has at most as many records as were asked for.
pub(super) async fn a_flood_is_bounded(source: &dyn Source) {
    let numbers: Vec<u64> = (1_000..1_040).collect();
    source.give(&numbers).await;
    let adapter = Opened::new(source);
    if adapter.endpoint().is_some() {
        // A call is answered as a whole and so never divided: its size has a limit of its own, and it comes alone.
        source.give_more(2_000).await;
        let batch = pull(&adapter, None, 7).await;
        match batch.calls.as_slice() {
            [one] if *one > 7 => assert_eq!(*one, numbers.len(), "a call larger than was asked for comes alone"),
            calls => assert!(calls.iter().sum::<usize>() <= 7, "more records than were asked for"),
        }
        return adapter.abandon(&batch.receipt);
    }
    let (batches, _) = drain(&adapter, 7, |batches| found(batches).len() >= numbers.len()).await;
    assert!(batches.iter().all(|batch| batch.records.len() <= 7), "more records than were asked for");
}

/// Something unreadable in the middle does not keep the good records beside it from coming, and comes itself, broken.
pub(super) async fn a_broken_record_does_not_stop_the_others(source: &dyn Source, exempt: &mut Exempt) {
    let exercise = source.give_broken(31, 33).await;
    if !exempt.arranged("broken record", exercise) {
        return;
    }
    let adapter = Opened::new(source);
    let all = |batches: &[Batch]| {
        let good: String = batches.iter().map(content).collect();
        good.contains("31") && good.contains("33") && reasons(batches).next().is_some()
    };
    let (batches, _) = drain(&adapter, MAX_BATCH, all).await;
    for reason in reasons(&batches) {
        assert!(!reason.is_empty() && !reason.contains(MARKER), "a reason without content is needed: {reason}");
    }
}

fn reasons(batches: &[Batch]) -> impl Iterator<Item = &str> {
    batches.iter().flat_map(|batch| &batch.records).filter_map(|record| match &record.body {
        RecordBody::Broken { reason, .. } => Some(reason.as_str()),
        RecordBody::Tree(_) => None,
    })
}

/// A file comes with its record, whole, and is known by its content.
pub(super) async fn files_come_whole(source: &dyn Source, exempt: &mut Exempt) {
    let exercise = source.give_file(35).await;
    if !exempt.arranged("files", exercise) {
        return;
    }
    let batch = pull(&Opened::new(source), None, MAX_BATCH).await;
    let files: Vec<_> = batch.records.iter().flat_map(|record| &record.files).collect();
    assert_eq!(files.iter().map(|file| (file.media_type, &file.bytes[..])).collect::<Vec<_>>(), [("image/png", FILE)]);
}

/// When one confirmation of several fails, the others count, the failure is told, and that record alone comes again.
pub(super) async fn a_record_that_is_not_confirmed_comes_again_alone(source: &dyn Source, exempt: &mut Exempt) {
    source.give(&[41, 42, 43]).await;
    if !exempt.behaves(source, Behaviour::ConfirmsAllBut(42)).await {
        return;
    }
    let adapter = Opened::new(source);
    let batch = pull(&adapter, None, MAX_BATCH).await;
    let told = in_time("confirm", adapter.confirm(&batch.receipt, &outcomes(&batch))).await;
    assert!(told.is_err(), "a confirmation that failed must be told");
    heal(source).await;
    drop(adapter);
    let again = pull(&Opened::new(source), batch.position.as_ref(), MAX_BATCH).await;
    let content = content(&again);
    assert!(content.contains("42") && !content.contains("41") && !content.contains("43"), "{content}");
}

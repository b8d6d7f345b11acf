//! Records that were kept and not decided, because the gateway ended in between: they are mapped by the live pack and decided
//! before any channel starts.

use std::sync::Arc;

use crate::desk::{DeskHandle, Undecided};
use crate::key::RawKey;
use crate::pack::Pack;
use crate::store::{StoreError, StoreHandle, UndecidedView};

/// Records decided in one step.
const PAGE: usize = 256;

/// Decides what was kept. What the live pack has no channel for, or what fails, stays undecided: the ledger counts it.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn decide_undecided(
    store: &StoreHandle,
    desk: &DeskHandle,
    pack: &Arc<Pack>,
) -> Result<(), StoreError> {
    let (mut after, mut decided, mut left) = (RawKey(0), 0, 0);
    loop {
        let page = store.ask(move |store| store.undecided(after, PAGE)).await?;
        let Some(last) = page.last() else { break };
        after = last.raw_id;
        let count = page.len();
        let known: Vec<_> = page.into_iter().filter_map(|view| read(view, pack)).collect();
        left += count - known.len();
        let read = known.len();
        match desk.decide(known, &pack.rules).await {
            Ok(done) => decided += done,
            Err(error) => {
                left += read;
                tracing::error!(%error, "Records that were kept could not be decided; the next start tries again.");
            }
        }
    }
    if decided + left > 0 {
        tracing::warn!(decided, left, "Records that had been kept and not decided were decided now.");
    }
    Ok(())
}

fn read(view: UndecidedView, pack: &Pack) -> Option<Undecided> {
    let UndecidedView { raw_id, channel, record_id, received_at, source_file, body, .. } = view;
    let record = pack.map_kept(&channel, record_id, body, received_at)?;
    Some(Undecided { raw_id, channel, received_at, source_file, record })
}

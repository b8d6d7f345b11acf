//! A store that is moved from its file to a server is the same there, and nowhere else.

use std::path::Path;

use huiliu::key::{ComplaintKey, DeliveryKey};
use huiliu::store::{
    Changes, Database, FindingState, KeyRing, Moving, Opened, StoreError, TransferError, Vault, keep_store, move_store,
    open, open_beside,
};
use tempfile::TempDir;

use crate::agreement::filled;
use crate::rows::lone;
use crate::server::Schema;
use crate::upkeep::wrong;

/// A file with some of everything, and its keys.
fn file() -> (TempDir, Database, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("test.db"));
    let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
    filled(&mut *open(&database, vault.clone()).unwrap().writer);
    (folder, database, vault)
}

#[test]
fn a_store_that_is_moved_says_the_same_of_everything() {
    let Some(schema) = Schema::new() else { return };
    let (_folder, from, vault) = file();
    let mut here = open(&from, vault.clone()).unwrap();
    let (before, faults) = (crate::agreement::said(&mut *here.writer), wrong(&mut *here.writer, false));
    drop(here);
    let mut heard: Vec<Moving> = Vec::new();
    let moved = move_store(&from, &schema.database(), &vault, &mut |moving| heard.push(moving)).unwrap();
    // Random steps leave faults; they are those of the file.
    let found = moved.findings.iter().filter(|finding| finding.state == FindingState::Wrong);
    assert_eq!(found.map(|finding| finding.check).collect::<Vec<_>>(), faults);
    assert!(!moved.is_fine() && moved.ledger.received > 5, "{:?}", moved.ledger);
    assert!(heard.is_sorted_by_key(|moving| moving.done), "{heard:?}");
    assert_eq!(heard.last().map(|moving| moving.done), Some(moved.rows));
    let mut there = open(&schema.database(), vault.clone()).unwrap();
    assert_eq!(crate::agreement::said(&mut *there.writer), before);
    // It goes on there: numbers follow, also those that are given once only.
    there.writer.commit(lone(500)).unwrap();
    assert_eq!(there.writer.complaints(&[ComplaintKey(500)]).unwrap().len(), 1);
    assert_eq!(wrong(&mut *there.writer, false), faults);
    let waiting = there.writer.pending_deliveries("county", DeliveryKey(0), 99, 1_000_000).unwrap();
    assert!(waiting.iter().all(|event| event.id.0 > 0));
    // Not in the file any more, until that is taken back.
    for opened in [open(&from, vault.clone()).map(drop), open_beside(&from, vault.clone()).map(drop)] {
        assert!(matches!(opened, Err(StoreError::Moved { .. })), "{opened:?}");
    }
    let again = move_store(&from, &schema.database(), &vault, &mut |_| ()).map(drop);
    assert!(matches!(again, Err(TransferError::Store(StoreError::Locked { .. }))), "{again:?}");
    drop(there);
    let again = move_store(&from, &schema.database(), &vault, &mut |_| ()).unwrap_err().to_string();
    assert!(again.contains("there is a store in it already"), "{again}");
    keep_store(&from, &vault).unwrap();
    open(&from, vault).unwrap();
}

/// Moving ends when so many rows were told of.
fn interrupted(from: &Database, to: &Database, vault: &Vault, after: u64) {
    let moved = std::panic::catch_unwind(|| {
        move_store(from, to, vault, &mut |moving| assert!(moving.done < after, "enough")).map(|moved| moved.rows)
    });
    assert!(moved.is_err(), "it was interrupted: {moved:?}");
}

#[test]
fn a_move_that_is_interrupted_goes_on_where_it_was() {
    let Some(schema) = Schema::new() else { return };
    let (_folder, from, vault) = file();
    for after in [10, 60] {
        interrupted(&from, &schema.database(), &vault, after);
        for (place, opened) in
            [("file", open(&from, vault.clone())), ("server", open(&schema.database(), vault.clone()))]
        {
            let refused = opened.map(|_opened: Opened| ()).unwrap_err();
            assert!(matches!(refused, StoreError::Moved { .. } | StoreError::Moving { .. }), "{place}: {refused}");
        }
    }
    // Taken back in between, it begins anew: what was there may have changed since.
    keep_store(&from, &vault).unwrap();
    open(&from, vault.clone()).unwrap().writer.commit(lone(600)).unwrap();
    let before = crate::agreement::said(&mut *open(&from, vault.clone()).unwrap().writer);
    interrupted(&from, &schema.database(), &vault, 10);
    interrupted(&from, &schema.database(), &vault, 60);
    let mut first = None;
    let moved = move_store(&from, &schema.database(), &vault, &mut |moving| {
        first.get_or_insert(moving.done);
    })
    .unwrap();
    assert!(first.is_some_and(|done| done >= 10 && done < moved.rows), "{first:?} of {}", moved.rows);
    let mut there = open(&schema.database(), vault).unwrap();
    assert_eq!(crate::agreement::said(&mut *there.writer), before);
}

#[test]
fn what_cannot_be_moved_is_refused_and_stays() {
    let Some(schema) = Schema::new() else { return };
    let (folder, from, vault) = file();
    let quiet = &mut |_: Moving| ();
    let nowhere = Database::Sqlite(Path::new("/nowhere/huiliu.db").to_owned());
    let none = move_store(&nowhere, &schema.database(), &vault, quiet).unwrap_err().to_string();
    assert!(none.contains("there is no such file"), "{none}");
    let other = Database::Sqlite(folder.path().join("other.db"));
    assert!(matches!(move_store(&from, &other, &vault, quiet), Err(TransferError::Engines { .. })));
    let writing = open(&from, vault.clone()).unwrap();
    let busy = move_store(&from, &schema.database(), &vault, quiet).unwrap_err();
    assert!(matches!(busy, TransferError::Store(StoreError::Locked { .. })), "{busy}");
    drop(writing);
    let mut used = open(&schema.database(), vault.clone()).unwrap();
    used.writer.commit(Changes { raw: lone(1).raw, ..Changes::default() }).unwrap();
    drop(used);
    let full = move_store(&from, &schema.database(), &vault, quiet).unwrap_err().to_string();
    assert!(full.contains("raw_record is not empty"), "{full}");
    open(&from, vault).unwrap();
}

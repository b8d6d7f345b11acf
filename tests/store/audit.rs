//! The audit log: entries in their order, with their step or alone; and what shows of a file that somebody has changed.

use huiliu::audit::{Actor, AuditAction, AuditBreak, AuditCheck, AuditEntry, Checkpoint};
use huiliu::key::{ComplaintKey, DeliveryKey};
use huiliu::store::{
    AuditFilter, Changes, Database, DeliveryResult, DeliveryState, Erasure, KeyRing, MAX_AUDIT_LOOKED_AT, Opened, Page,
    Store, TokenRow, Vault, open,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::rows::{NAME, at, delivery, lone, lones};
use crate::upkeep::wrong;

/// Somebody's doing at a second.
pub fn entry(action: AuditAction, name: &str, second: i64) -> AuditEntry {
    let actor = Actor { request: Some(format!("r{second}")), ..Actor::new(name, "operator") };
    AuditEntry::done(action, actor, at(second)).about("ticket", ["T1", "T2"]).counted(2)
}

fn all(store: &mut dyn Store) -> Vec<(i64, AuditEntry)> {
    let found = store.audit(&AuditFilter::default(), Page::first(500)).unwrap();
    found.entries.into_iter().map(|view| (view.number, view.entry)).collect()
}

fn numbers(store: &mut dyn Store, from: Option<i64>, to: Option<i64>, after: Option<i64>, limit: usize) -> Vec<i64> {
    let filter = AuditFilter { from: from.map(at), to: to.map(at), ..AuditFilter::default() };
    store.audit(&filter, Page { after, limit }).unwrap().entries.into_iter().map(|view| view.number).collect()
}

pub fn what_people_do_is_written_with_its_step_or_not_at_all(store: &mut dyn Store) {
    let (split, merge) = (entry(AuditAction::Split, "ann", 1), entry(AuditAction::Merge, "bob", 2).refused());
    store.write_ahead(Changes { audit: vec![split.clone()], ..lone(1) }).unwrap();
    assert_eq!(all(store), []);
    store.commit(Changes { audit: vec![merge.clone()], ..Changes::default() }).unwrap();
    assert_eq!(all(store), [(1, split.clone()), (2, merge.clone())], "whole, as it was written");
    store.commit(Changes { audit: vec![split.clone()], ..lone(1) }).unwrap_err();
    store.write_ahead(Changes { audit: vec![split.clone()], ..Changes::default() }).unwrap();
    store.abandon();
    assert_eq!(all(store).len(), 2, "what was not done was not done by anybody");
    store.note_audit(&[split, merge]).unwrap();
    assert_eq!(numbers(store, None, None, None, 9), [1, 2, 3, 4]);
}

pub fn the_audit_log_is_read_page_by_page_and_by_time(store: &mut dyn Store) {
    let entries: Vec<AuditEntry> = (1..=6).map(|second| entry(AuditAction::Pin, "ann", 10 * second)).collect();
    store.note_audit(&entries).unwrap();
    assert_eq!(numbers(store, None, None, None, 2), [1, 2]);
    assert_eq!(numbers(store, None, None, Some(2), 3), [3, 4, 5]);
    assert_eq!(numbers(store, Some(20), Some(50), None, 9), [2, 3, 4], "from this time on, and before that");
    assert_eq!(numbers(store, Some(20), None, Some(4), 9), [5, 6]);
}

pub fn the_audit_log_is_read_from_its_end_and_by_who_did_what(store: &mut dyn Store) {
    let names = ["ann", "bob", "ann", "ann", "bob"];
    let actions =
        [AuditAction::Pin, AuditAction::Pin, AuditAction::Split, AuditAction::Pin, AuditAction::Login].into_iter();
    let entries: Vec<AuditEntry> = names.iter().zip(actions).map(|(name, action)| entry(action, name, 10)).collect();
    store.note_audit(&entries).unwrap();
    let mut read = |filter: AuditFilter, after: Option<i64>, limit: usize| {
        let part = store.audit(&filter, Page { after, limit }).unwrap();
        (part.entries.iter().map(|view| view.number).collect::<Vec<_>>(), part.next)
    };
    let newest = || AuditFilter { newest_first: true, ..AuditFilter::default() };
    assert_eq!(read(newest(), None, 2), (vec![5, 4], Some(4)));
    assert_eq!(read(newest(), Some(4), 9), (vec![3, 2, 1], None));
    let by_ann = || AuditFilter { actor: Some("ann".into()), ..newest() };
    assert_eq!(read(by_ann(), None, 2), (vec![4, 3], Some(3)), "more may fit behind it");
    assert_eq!(read(by_ann(), Some(3), 2), (vec![1], None));
    let pinned = || AuditFilter { action: Some(AuditAction::Pin), ..by_ann() };
    assert_eq!(read(AuditFilter { newest_first: false, ..pinned() }, None, 9), (vec![1, 4], None));
    assert_eq!(read(AuditFilter { actor: Some("an".into()), ..newest() }, None, 9), (vec![], None), "whole names");
}

pub fn what_is_looked_at_for_one_part_of_the_audit_log_is_limited(store: &mut dyn Store) {
    store.note_audit(&[entry(AuditAction::Pin, "ann", 1)]).unwrap();
    let many: Vec<AuditEntry> = (0..MAX_AUDIT_LOOKED_AT).map(|_| entry(AuditAction::Pin, "bob", 2)).collect();
    store.note_audit(&many).unwrap();
    let by_ann = AuditFilter { actor: Some("ann".into()), newest_first: true, ..AuditFilter::default() };
    let part = store.audit(&by_ann, Page::first(9)).unwrap();
    assert_eq!((part.entries.len(), part.next), (0, Some(2)), "none of these, and there is more");
    let rest = store.audit(&by_ann, Page { after: part.next, limit: 9 }).unwrap();
    assert_eq!((rest.entries.len(), rest.next), (1, None));
}

pub fn the_beginning_of_the_audit_log_is_forgotten_in_time(store: &mut dyn Store) {
    assert_eq!(store.forget_audit(at(9_000)).unwrap(), 0);
    // A clock that was set back: what is behind a younger one stays.
    for second in [10, 20, 40, 30, 50] {
        store.note_audit(&[entry(AuditAction::Pin, "ann", second)]).unwrap();
    }
    assert_eq!(store.forget_audit(at(20)).unwrap(), 1, "before, not at");
    assert_eq!(store.forget_audit(at(35)).unwrap(), 1);
    assert_eq!(numbers(store, None, None, None, 9), [3, 4, 5]);
    let check = store.check_audit(&[]).unwrap();
    assert_eq!((check.entries, check.begins_after, check.end.number, check.broken), (3, 2, 5, None));
    assert_eq!(store.audit_end().unwrap(), check.end);
    assert_eq!(store.forget_audit(at(9_000)).unwrap(), 3);
    store.note_audit(&[entry(AuditAction::Pin, "ann", 60)]).unwrap();
    assert_eq!(numbers(store, None, None, None, 9), [6], "a number is given once");
    assert_eq!(store.check_audit(&[]).unwrap().broken, None);
}

pub fn an_erasure_leaves_the_audit_log_as_it_is(store: &mut dyn Store) {
    lones(store, [1]);
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(9) }];
    let audit = vec![entry(AuditAction::Erase, "ann", 9)];
    store.commit(Changes { erased, audit: audit.clone(), ..Changes::default() }).unwrap();
    assert_eq!(all(store), [(1, audit[0].clone())]);
    assert!(!format!("{:?}", all(store)).contains(NAME));
    assert_eq!(store.check_audit(&[]).unwrap().broken, None);
    assert_eq!(wrong(store, false), Vec::<&str>::new());
}

pub fn tokens_and_deliveries_that_are_tried_again_are_in_the_audit_log(store: &mut dyn Store) {
    let token = TokenRow { name: "n".into(), role: "viewer".into(), hash: vec![1], created_at: at(1) };
    store.put_token(&token, &entry(AuditAction::NewToken, "root", 1)).unwrap();
    let removal = entry(AuditAction::RemoveToken, "root", 2);
    assert!(store.remove_token("n", &removal).unwrap() && !store.remove_token("n", &removal).unwrap());
    store.commit(Changes { deliveries: vec![delivery("county", "d", 1)], ..lone(1) }).unwrap();
    let waiting = store.pending_deliveries("county", DeliveryKey(0), 9, 9_999).unwrap();
    let dead = DeliveryResult { state: DeliveryState::Dead, error: None, proof: None, next_at: None };
    store.mark_deliveries(&[waiting[0].id], &dead, at(3)).unwrap();
    for (destination, retried) in [("county", 1), ("nobody", 0)] {
        let again = entry(AuditAction::RetryDelivery, "ann", 4);
        let of_destinations = store.retry_deliveries(Some(destination), None, at(4), &again).unwrap();
        assert_eq!(of_destinations.values().sum::<u64>(), retried);
    }
    let said: Vec<(&str, Option<u64>, &str)> =
        all(store).iter().map(|(_, entry)| (entry.action.name(), entry.count, entry.outcome.name())).collect();
    assert_eq!(
        said,
        [
            ("token.new", Some(2), "done"),
            ("token.remove", Some(2), "done"),
            ("delivery.retry", Some(1), "done"),
            ("delivery.retry", Some(0), "refused")
        ]
    );
}

/// A log of five entries in a file.
struct Log {
    folder: TempDir,
    ring: KeyRing,
}

impl Log {
    fn new() -> Self {
        let log = Self { folder: tempfile::tempdir().unwrap(), ring: KeyRing::generate().unwrap() };
        let entries: Vec<AuditEntry> = (1..=5).map(|second| entry(AuditAction::Pin, "ann", second)).collect();
        log.opened().writer.note_audit(&entries).unwrap();
        log
    }

    fn opened(&self) -> Opened {
        open(&Database::Sqlite(self.folder.path().join("test.db")), Vault::new(&self.ring).unwrap()).unwrap()
    }

    /// Does what somebody could do who has the file and no keys.
    fn tamper(&self, sql: &str) {
        Connection::open(self.folder.path().join("test.db")).unwrap().execute_batch(sql).unwrap();
    }

    fn check(&self, known: &[Checkpoint]) -> AuditCheck {
        self.opened().writer.check_audit(known).unwrap()
    }

    fn copied_to(&self, name: &str) {
        std::fs::copy(self.folder.path().join("test.db"), self.folder.path().join(name)).unwrap();
    }
}

#[test]
fn a_log_that_nobody_touched_is_whole_also_with_a_new_key() {
    let mut log = Log::new();
    let check = log.check(&[]);
    assert_eq!((check.entries, check.begins_after, check.end.number, check.broken), (5, 0, 5, None));
    assert_eq!(log.check(&[check.end]).broken, None);
    log.ring = log.ring.rotated().unwrap();
    while log.opened().writer.reseal(100).unwrap() > 0 {}
    assert_eq!(log.check(&[check.end]), check, "no link is another than before");
}

#[test]
fn a_forged_a_removed_and_a_cut_off_entry_are_each_found() {
    for (sql, broken) in [
        ("UPDATE audit SET at = at + 1 WHERE number = 3", (3, AuditBreak::Changed)),
        (
            "UPDATE audit SET body = (SELECT body FROM audit WHERE number = 2) WHERE number = 4",
            (4, AuditBreak::Changed),
        ),
        ("UPDATE audit SET body = zeroblob(60) WHERE number = 2", (2, AuditBreak::Unreadable)),
        ("UPDATE audit SET link = zeroblob(32) WHERE number = 5", (5, AuditBreak::Changed)),
        ("UPDATE audit SET link = x'00' WHERE number = 1", (1, AuditBreak::Changed)),
        ("DELETE FROM audit WHERE number = 3", (3, AuditBreak::Missing)),
        ("DELETE FROM audit WHERE number = 1", (1, AuditBreak::Missing)),
        (
            "DELETE FROM audit WHERE number = 3; UPDATE audit SET number = number - 1 WHERE number > 3",
            (3, AuditBreak::Changed),
        ),
        ("DELETE FROM audit WHERE number > 3", (4, AuditBreak::CutOff)),
        ("DELETE FROM audit", (1, AuditBreak::CutOff)),
        ("INSERT INTO audit SELECT 6, at, body, link FROM audit WHERE number = 5", (6, AuditBreak::Changed)),
        (
            "DELETE FROM audit WHERE number > 3;
             UPDATE audit_chain SET last = 3, last_link = (SELECT link FROM audit WHERE number = 3)",
            (0, AuditBreak::EndsForged),
        ),
        (
            "UPDATE audit_chain SET begins_after = 2, before_link = (SELECT link FROM audit WHERE number = 2);
             DELETE FROM audit WHERE number < 3",
            (0, AuditBreak::EndsForged),
        ),
        ("DELETE FROM audit_chain", (0, AuditBreak::EndsForged)),
        ("DELETE FROM audit; DELETE FROM audit_chain", (0, AuditBreak::EndsForged)),
    ] {
        let log = Log::new();
        log.tamper(sql);
        assert_eq!(log.check(&[]).broken, Some(broken), "{sql}");
        assert!(wrong(&mut *log.opened().writer, false).contains(&"audit log"), "doctor: {sql}");
        // Work goes on, and what goes on covers nothing up.
        log.opened().writer.note_audit(&[entry(AuditAction::Pin, "ann", 9)]).unwrap();
        assert!(log.check(&[]).broken.is_some(), "after another entry: {sql}");
    }
}

#[test]
fn an_older_copy_is_found_by_a_checkpoint_that_was_kept_elsewhere() {
    let log = Log::new();
    log.copied_to("older.db");
    log.opened().writer.note_audit(&[entry(AuditAction::Erase, "mallory", 6)]).unwrap();
    let kept = log.check(&[]).end;
    std::fs::copy(log.folder.path().join("older.db"), log.folder.path().join("test.db")).unwrap();
    assert_eq!(log.check(&[]).broken, None, "by itself it was like that once");
    assert_eq!(log.check(&[kept]).broken, Some((6, AuditBreak::NotOfCheckpoint)));
    // Filled up again it is another log.
    log.opened().writer.note_audit(&[entry(AuditAction::Pin, "ann", 6)]).unwrap();
    assert_eq!(log.check(&[kept]).broken, Some((6, AuditBreak::NotOfCheckpoint)));
}

#[test]
fn a_log_made_with_other_keys_is_found() {
    let (log, mut other) = (Log::new(), Log::new());
    let rows = other.folder.path().join("test.db");
    log.tamper(&format!(
        "ATTACH '{}' AS other; DELETE FROM audit; INSERT INTO audit SELECT * FROM other.audit",
        rows.display()
    ));
    assert_eq!(log.check(&[]).broken, Some((1, AuditBreak::Unreadable)));
    other.ring = log.ring.clone();
    assert_eq!(other.check(&[]).broken, Some((0, AuditBreak::EndsForged)));
}

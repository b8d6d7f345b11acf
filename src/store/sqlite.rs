//! The embedded engine: SQLite in WAL mode with `synchronous=FULL`, so that a commit survives a loss of power.

mod admin;
mod document;
mod queues;
mod read;
mod scribe;
mod write;

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite_migration::{M, Migrations};
use serde_json::Value;

use scribe::Scribe;

use super::{
    Changes, ComplaintHead, ComplaintView, Corpus, Counters, DueReminder, Finding, Ledger, MergeEvent, Page,
    PendingMessage, PendingReply, QuarantineView, QueueCounts, RawView, ReplyState, ReplyView, ReviewView, Store,
    StoreError, TicketDetail, TicketFilter, TokenRow, Vault,
};
use crate::merge::{ComplaintKey, TicketKey};
use crate::ticket::Status;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("sqlite/schema.sql")),
    M::up(include_str!("sqlite/recurrence.sql")),
    M::up(include_str!("sqlite/upkeep.sql")),
    M::up(include_str!("sqlite/imprint.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Pages of the database kept in memory, in KiB.
const CACHE_KIB: i64 = 64 << 10;
/// Pages in the write-ahead log from which a commit also copies them into the database (32 MiB). Pages that change again and
/// again are copied once.
const CHECKPOINT_PAGES: i64 = 8_192;
/// How long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A store in one SQLite file.
pub struct SqliteStore {
    connection: Connection,
    vault: Vault,
    /// Writes steps, where this is the writer of a file.
    scribe: Option<Scribe>,
    /// Parts of a step that nobody writes ahead.
    ahead: Vec<Changes>,
    /// Held by the one writer for as long as it lives.
    _lock: Option<File>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

/// Makes the database file readable by its owner only; its journal files take over its rights.
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map(drop).map_err(|error| StoreError::File { path: path.display().to_string(), reason: error.to_string() })
}

/// Statements are compiled once and keep their plans. Without the stability guarantee SQLite compiles a statement with
/// `LIMIT ?` again for every value of the limit, which takes longer than most statements run.
fn keep_plans(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection that writes.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_row| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_row| Ok(()))?;
    // What is erased is overwritten, not only unlinked.
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_row| Ok(()))?;
    keep_plans(&connection)?;
    Ok(connection)
}

impl SqliteStore {
    /// Opens a database file as its one writer, making or migrating it where needed.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, was made by a newer version, or has a writer already.
    pub fn open(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        let lock = File::create(path.with_extension("lock")).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(std::io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        });
        let lock =
            lock.map_err(|error| StoreError::Locked { path: path.display().to_string(), reason: error.to_string() })?;
        let store = Self::open_beside(path, vault.clone())?;
        let scribe = Scribe::start(connect(path)?, vault)
            .map_err(|error| StoreError::File { path: path.display().to_string(), reason: error.to_string() })?;
        Ok(Self { _lock: Some(lock), scribe: Some(scribe), ..store })
    }

    /// A store in memory, gone with its value: for trying things.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory(vault: Vault) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        keep_plans(&connection)?;
        MIGRATIONS.to_latest(&mut connection)?;
        Ok(Self::over(connection, vault))
    }

    fn over(connection: Connection, vault: Vault) -> Self {
        Self { connection, vault, scribe: None, ahead: Vec::new(), _lock: None }
    }

    /// Opens a database file for a few statements beside its writer: tokens, examination.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was made by a newer version.
    pub fn open_beside(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        make_private(path)?;
        let mut connection = connect(path)?;
        MIGRATIONS.to_latest(&mut connection)?;
        Ok(Self::over(connection, vault))
    }

    /// Opens a second connection to a database that is open already, for reading beside the writer.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_reader(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", "ON")?;
        keep_plans(&connection)?;
        Ok(Self::over(connection, vault))
    }
}

/// Milliseconds since 1970, as stored.
fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The time of stored milliseconds.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A hash as SQLite keeps it: the same 64 bits, signed.
fn hash_out(hash: u64) -> i64 {
    i64::from_ne_bytes(hash.to_ne_bytes())
}

/// A hash from SQLite.
fn hash_in(hash: i64) -> u64 {
    u64::from_ne_bytes(hash.to_ne_bytes())
}

/// A count that cannot be negative.
fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl Store for SqliteStore {
    fn counters(&mut self) -> Result<Counters, StoreError> {
        self.read_counters()
    }
    fn corpus(
        &mut self,
        after: ComplaintKey,
        limit: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError> {
        self.read_corpus(after, limit, reading, visit)
    }
    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError> {
        self.read_cannot_links()
    }
    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError> {
        match &self.scribe {
            Some(scribe) => scribe.write_ahead(part)?,
            None => self.ahead.push(part),
        }
        Ok(())
    }
    fn commit(&mut self, rest: Changes) -> Result<(), StoreError> {
        if let Some(scribe) = &self.scribe {
            return scribe.commit(rest);
        }
        let mut parts = std::mem::take(&mut self.ahead);
        parts.push(rest);
        self.write_parts(&parts)
    }
    fn abandon(&mut self) {
        self.ahead.clear();
        if let Some(scribe) = &self.scribe {
            scribe.abandon();
        }
    }
    fn probe(&mut self) -> Result<(), StoreError> {
        self.write_probe()
    }
    fn latest_raw(&mut self, keys: &[(String, String)]) -> Result<HashMap<(String, String), RawView>, StoreError> {
        self.read_latest_raw(keys)
    }
    fn complaints_by_number(
        &mut self,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        self.read_complaints_by_number(keys)
    }
    fn complaint_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError> {
        self.read_complaint_about(channel, about, phone_hash)
    }
    fn raw_body(&mut self, raw_id: i64) -> Result<Option<(String, String, Value)>, StoreError> {
        self.read_raw_body(raw_id)
    }
    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        self.read_tickets(keys, complaints)
    }
    fn ticket_key(&mut self, id: &str) -> Result<Option<TicketKey>, StoreError> {
        self.read_ticket_key(id)
    }
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketDetail>, StoreError> {
        self.read_ticket_list(filter, page)
    }
    fn complaints_of(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        self.read_complaints_of(ticket, usize::MAX)
    }
    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        self.read_merge_events(ticket)
    }
    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        self.read_open_reviews(page)
    }
    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        self.read_answered_reviews(page)
    }
    fn review(&mut self, id: i64) -> Result<Option<ReviewView>, StoreError> {
        self.read_review(id)
    }
    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError> {
        self.read_quarantine(channel, page)
    }
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError> {
        self.read_position(channel)
    }
    fn pending_messages(
        &mut self,
        after: i64,
        limit: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError> {
        self.read_pending_messages(after, limit, wanted)
    }
    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
        self.write_published(ids, at)
    }
    fn due_replies(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PendingReply>, StoreError> {
        self.read_due_replies(now, limit)
    }
    fn mark_reply(
        &mut self,
        id: i64,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write_reply_result(id, state, error, next_at, now)
    }
    fn reply_exists(&mut self, id: i64) -> Result<bool, StoreError> {
        self.read_reply_exists(id)
    }
    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError> {
        self.read_replies(state, page)
    }
    fn due_reminders(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueReminder>, StoreError> {
        self.read_due_reminders(now, limit)
    }
    fn status_known(
        &mut self,
        ticket: TicketKey,
        platform: &str,
        update_id: &str,
    ) -> Result<(Option<i64>, bool), StoreError> {
        self.read_status_known(ticket, platform, update_id)
    }
    fn last_status(&mut self, ticket: TicketKey) -> Result<Option<Status>, StoreError> {
        self.read_last_status(ticket)
    }
    fn complaint(&mut self, id: ComplaintKey) -> Result<Option<ComplaintView>, StoreError> {
        self.read_complaint(id)
    }
    fn complaint_by_receipt(&mut self, receipt: &str) -> Result<Option<ComplaintView>, StoreError> {
        self.read_complaint_by_receipt(receipt)
    }
    fn ledger(&mut self) -> Result<Ledger, StoreError> {
        self.read_ledger()
    }
    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        self.read_queue_counts()
    }
    fn note_settings(&mut self, version: &str, city: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write_settings_version(version, city, at)
    }
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        self.read_tokens()
    }
    fn put_token(&mut self, token: &TokenRow) -> Result<(), StoreError> {
        self.write_token(token)
    }
    fn remove_token(&mut self, name: &str) -> Result<bool, StoreError> {
        self.delete_token(name)
    }
    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        self.run_examination(repair)
    }
    fn erase(&mut self, hashes: &[u64], receipt: Option<&str>, now: Timestamp) -> Result<usize, StoreError> {
        self.erase_personal_data(hashes, receipt, now)
    }
    fn erase_finished(&mut self, before: Timestamp, limit: usize, now: Timestamp) -> Result<usize, StoreError> {
        self.erase_old_personal_data(before, limit, now)
    }
    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.delete_published(before)
    }
    fn reseal(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.reseal_rows(limit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::complaint::Complaint;
    use crate::store::{ComplaintRow, CorpusContent, ImprintRow, KeyRing, NewRaw, RawState};
    use crate::ticket::{Status, Ticket};

    fn store(folder: &Path) -> SqliteStore {
        SqliteStore::open(&folder.join("test.db"), Vault::new(&KeyRing::generate().unwrap()).unwrap()).unwrap()
    }

    fn one_complaint(status: Status) -> Changes {
        let complaint =
            Complaint { channel: "c".into(), number: "1".into(), text: "青鱼滩路".into(), ..Complaint::default() };
        let (category, receipt) = ("other".to_owned(), "R1".to_owned());
        Changes {
            raw: vec![NewRaw {
                id: 1,
                channel: "c".into(),
                record_id: "1".into(),
                digest: [1; 16],
                state: RawState::Complaint,
                complaint: Some(1),
                rule: None,
                received_at: at(1_000),
                settings_version: "v".into(),
                body: serde_json::json!({ "text": "青鱼滩路" }),
            }],
            complaints: vec![Arc::new(ComplaintRow {
                id: 1,
                receipt,
                raw_id: 1,
                ticket: 1,
                district: None,
                category,
                received_at: at(1_000),
                phone_hash: Some(u64::MAX),
                id_hash: None,
                account_hash: None,
                complaint,
            })],
            tickets: vec![(1, Ticket { id: "T1".into(), version: 1, status, complaints: 1, ..Ticket::default() })],
            ..Changes::default()
        }
    }

    #[test]
    fn a_failed_commit_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store(folder.path());
        let mut changes = one_complaint(Status::Open);
        changes.complaints.push(changes.complaints[0].clone());
        assert!(store.commit(changes).is_err());
        assert_eq!(store.ledger().unwrap(), Ledger::default());
    }

    #[test]
    fn what_is_written_ahead_counts_with_the_commit_only() {
        let folder = tempfile::tempdir().unwrap();
        let in_memory = SqliteStore::in_memory(Vault::new(&KeyRing::generate().unwrap()).unwrap()).unwrap();
        for mut store in [store(folder.path()), in_memory] {
            let received = |store: &mut SqliteStore| store.ledger().unwrap().received;
            store.write_ahead(one_complaint(Status::Open)).unwrap();
            store.abandon();
            store.commit(Changes::default()).unwrap();
            assert_eq!(received(&mut store), 0, "an abandoned step leaves nothing");
            store.write_ahead(one_complaint(Status::Open)).unwrap();
            assert_eq!(received(&mut store), 0, "nobody sees half a step");
            assert!(store.commit(one_complaint(Status::Open)).is_err(), "the same complaint again");
            assert_eq!(received(&mut store), 0, "a failed step leaves nothing");
            store.write_ahead(one_complaint(Status::Open)).unwrap();
            store.commit(Changes::default()).unwrap();
            assert_eq!(received(&mut store), 1);
        }
    }

    #[test]
    fn personal_data_past_its_time_goes_and_the_counts_stay() {
        let folder = tempfile::tempdir().unwrap();
        for (status, erased) in [(Status::Open, 0), (Status::Resolved, 1)] {
            let folder = folder.path().join(status.wire());
            std::fs::create_dir(&folder).unwrap();
            let mut store = store(&folder);
            store.commit(one_complaint(status)).unwrap();
            assert_eq!(store.erase_finished(at(2_000), 10, at(3_000)).unwrap(), erased, "{status:?}");
            assert_eq!(store.erase_finished(at(2_000), 10, at(3_000)).unwrap(), 0, "once is enough");
            let view = store.complaint(1).unwrap().unwrap();
            assert_eq!((view.erased, view.complaint.text.contains("青鱼滩路")), (erased == 1, erased == 0));
            assert!(store.ledger().unwrap().balances());
        }
    }

    #[test]
    fn doctor_finds_and_mends_a_wrong_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store(folder.path());
        store.commit(one_complaint(Status::Open)).unwrap();
        store.connection.execute("UPDATE ticket SET complaints = 5", []).unwrap();
        let wrong = |findings: Vec<Finding>| -> Vec<&'static str> {
            let wrong = findings.into_iter().filter(|finding| finding.state == crate::store::FindingState::Wrong);
            wrong.map(|finding| finding.check).collect()
        };
        assert_eq!(wrong(store.examine(false).unwrap()), ["ledger", "complaint counts of tickets"]);
        store.examine(true).unwrap();
        assert_eq!(wrong(store.examine(false).unwrap()), Vec::<&str>::new());
    }

    #[test]
    fn an_imprint_goes_with_its_complaint_and_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ring) = (folder.path().join("test.db"), KeyRing::generate().unwrap());
        let contents = |store: &mut SqliteStore, reading| {
            let mut contents = Vec::new();
            store.corpus(0, 10, reading, &mut |row| contents.push(row.content)).unwrap();
            contents
        };
        let is_imprint = |contents: &[CorpusContent]| match contents {
            [CorpusContent::Imprint(body)] => *body == [1, 2, 3],
            _ => false,
        };
        {
            let mut store = SqliteStore::open(&path, Vault::new(&ring).unwrap()).unwrap();
            let mut changes = one_complaint(Status::Resolved);
            changes.imprints.push(ImprintRow { complaint: 1, reading: u64::MAX, body: vec![1, 2, 3] });
            store.commit(changes).unwrap();
            assert!(is_imprint(&contents(&mut store, Some(u64::MAX))));
            assert!(!is_imprint(&contents(&mut store, Some(7))), "read otherwise");
            assert!(!is_imprint(&contents(&mut store, None)));
        }
        let newer = Vault::new(&ring.rotated().unwrap()).unwrap();
        let mut store = SqliteStore::open(&path, newer).unwrap();
        store.reseal(100).unwrap();
        assert_eq!(store.reseal(100).unwrap(), 0, "all of it is sealed with the new key");
        assert!(is_imprint(&contents(&mut store, Some(u64::MAX))));
        let wrong =
            store.examine(false).unwrap().into_iter().find(|finding| finding.check == "sealed content").unwrap();
        assert_eq!(wrong.state, crate::store::FindingState::Fine, "{}", wrong.message);
        store.connection.execute("UPDATE imprint SET body = zeroblob(40)", []).unwrap();
        assert!(
            matches!(contents(&mut store, Some(u64::MAX)).as_slice(), [CorpusContent::Imprint(none)] if none.is_empty())
        );
        assert_eq!(store.erase_finished(at(2_000), 10, at(3_000)).unwrap(), 1);
        let left: i64 = store.connection.query_row("SELECT count(*) FROM imprint", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    }

    #[test]
    fn a_damaged_document_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store(folder.path());
        store.commit(one_complaint(Status::Open)).unwrap();
        store.connection.execute("UPDATE complaint SET body = zeroblob(40)", []).unwrap();
        let findings = store.examine(false).unwrap();
        assert!(
            findings.iter().any(|finding| finding.check == "sealed content" && finding.message.contains("complaint 1"))
        );
    }

    #[test]
    fn statements_are_compiled_once() {
        let mut store = SqliteStore::in_memory(Vault::new(&KeyRing::generate().unwrap()).unwrap()).unwrap();
        store.commit(one_complaint(Status::Open)).unwrap();
        for limit in 1..20 {
            store.pending_messages(0, limit, &mut |_| true).unwrap();
        }
        let statement = store.connection.prepare_cached(queues::PENDING_MESSAGES).unwrap();
        let count = |what| statement.get_status(what);
        use rusqlite::StatementStatus::{RePrepare, Run};
        assert_eq!((count(Run), count(RePrepare)), (19, 0));
    }

    #[test]
    fn a_second_writer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = store(folder.path());
        let second =
            SqliteStore::open(&folder.path().join("test.db"), Vault::new(&KeyRing::generate().unwrap()).unwrap());
        assert!(matches!(second, Err(StoreError::Locked { .. })));
    }
}

//! The embedded engine: SQLite in WAL mode with `synchronous=FULL`, so that a commit survives a loss of power.

mod answers;
mod audit;
#[cfg(feature = "breaking")]
pub(crate) mod breaking;
mod cells;
mod deliveries;
mod drafts;
mod editions;
mod erase;
mod evaluations;
mod examine;
mod facts;
mod failure;
mod foreign;
mod functions;
mod known;
pub(crate) mod leaving;
mod legs;
mod listings;
mod lists;
mod lives;
mod packs;
mod people;
mod quarantine;
mod queues;
mod remarks;
mod rewards;
mod scope;
mod scribe;
mod search;
mod steps;
mod topics;
mod upkeep;
mod watching;
mod ways;
mod within;
mod words;
mod write;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use scribe::Scribe;

use super::sealed::{Kind, Sealer};
use super::{Changes, StoreError, Vault};

const STEPS: &[M<'static>] = &[
    M::up(include_str!("sqlite/schema/1-tables.sql")),
    M::up(include_str!("sqlite/schema/2-recurrence.sql")),
    M::up(include_str!("sqlite/schema/3-upkeep.sql")),
    M::up(include_str!("sqlite/schema/4-imprint.sql")),
    M::up(include_str!("sqlite/schema/5-decision.sql")),
    M::up(include_str!("sqlite/schema/6-remarks.sql")),
    M::up(include_str!("sqlite/schema/7-identifiers.sql")),
    M::up(include_str!("sqlite/schema/8-told.sql")),
    M::up(include_str!("sqlite/schema/9-deliveries.sql")),
    M::up(include_str!("sqlite/schema/10-foreign-numbers.sql")),
    M::up(include_str!("sqlite/schema/11-statements.sql")),
    M::up(include_str!("sqlite/schema/12-audit.sql")),
    M::up(include_str!("sqlite/schema/13-packs.sql")),
    M::up(include_str!("sqlite/schema/14-drafts.sql")),
    M::up(include_str!("sqlite/schema/15-search.sql")),
    M::up(include_str!("sqlite/schema/16-life.sql")),
    M::up(include_str!("sqlite/schema/17-clocks.sql")),
    M::up(include_str!("sqlite/schema/18-facts.sql")),
    M::up(include_str!("sqlite/schema/19-clocks-due.sql")),
    M::up(include_str!("sqlite/schema/20-waiting.sql")),
    M::up(include_str!("sqlite/schema/21-editions.sql")),
    M::up(include_str!("sqlite/schema/22-ratings.sql")),
    M::up(include_str!("sqlite/schema/23-alerts.sql")),
    M::up(include_str!("sqlite/schema/24-topics.sql")),
    M::up(include_str!("sqlite/schema/25-rewards.sql")),
    M::up(include_str!("sqlite/schema/26-topic-complaints.sql")),
    M::up(include_str!("sqlite/schema/27-people.sql")),
    M::up(include_str!("sqlite/schema/28-lists.sql")),
    M::up(include_str!("sqlite/schema/29-pauses.sql")),
    M::up(include_str!("sqlite/schema/30-answers.sql")),
    M::up(include_str!("sqlite/schema/31-lists.sql")),
    M::up(include_str!("sqlite/schema/32-notices.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The first version of the schema that has nothing in clear.
const FIRST_SEALED: i64 = 7;

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
    sealer: Sealer,
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

/// Makes the folder of the database file.
fn make_folder(path: &Path) -> Result<(), StoreError> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.map_err(|error| StoreError::Unusable { place: path.display().to_string(), source: error.into() })
}

/// Makes the database file readable by its owner only; its journal files take over its rights.
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map(drop).map_err(|error| StoreError::Unusable { place: path.display().to_string(), source: error.into() })
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

/// Brings a database up to date. What stood in clear is overwritten in the file, and in its log.
fn migrate(connection: &mut Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let begun: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // Of a newer version nothing is known, and `to_latest` says so.
    if begun > 0 && MIGRATIONS.pending_migrations(connection)? >= 0 {
        fits(connection, sealer)?;
    }
    functions::register(connection, sealer)?;
    MIGRATIONS.to_latest(connection)?;
    if (1..FIRST_SEALED).contains(&begun) {
        scribe::forget_log(connection);
    }
    Ok(())
}

/// Whether the keys are those of the database: hashed with others, nothing in it would be found again. Reads three rows by their numbers.
fn fits(connection: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let ends = "SELECT body FROM raw_record WHERE length(body) >= 30 AND id IN
        ((SELECT min(id) FROM raw_record), (SELECT max(id) FROM raw_record), (SELECT raw_id FROM complaint ORDER BY id DESC LIMIT 1))";
    let bodies: Vec<Vec<u8>> = connection.prepare(ends)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let opened = bodies.iter().map(|body| sealer.check(Kind::Raw, body)).collect::<Vec<_>>();
    match opened.into_iter().reduce(Result::or) {
        Some(Err(error)) => Err(StoreError::OtherKeys { reason: error.to_string() }),
        _ => Ok(()),
    }
}

impl SqliteStore {
    /// Opens a database file as its one writer, making or migrating it where needed.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, was made by a newer version, or has a writer already.
    pub fn open(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        let store = Self::open_however(path, vault)?;
        store.is_here(path)?;
        Ok(store)
    }

    /// A store that has left its file is not written there any more.
    fn is_here(&self, path: &Path) -> Result<(), StoreError> {
        match leaving::has_left(&self.connection)? {
            true => Err(StoreError::Moved { place: path.display().to_string() }),
            false => Ok(()),
        }
    }

    /// As [`SqliteStore::open`], also where the store has left the file.
    fn open_however(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        make_folder(path)?;
        let lock = File::create(path.with_extension("lock")).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(std::io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        });
        let lock =
            lock.map_err(|error| StoreError::Locked { place: path.display().to_string(), reason: error.to_string() })?;
        let store = Self::open_beside_however(path, vault.clone())?;
        let scribe = Scribe::start(connect(path)?, Sealer::new(vault))
            .map_err(|error| StoreError::Unusable { place: path.display().to_string(), source: error.into() })?;
        Ok(Self { _lock: Some(lock), scribe: Some(scribe), ..store })
    }

    /// A store in memory, gone with its value: for trying things.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory(vault: Vault) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        keep_plans(&connection)?;
        migrate(&mut connection, &Sealer::new(vault.clone()))?;
        Ok(Self::over(connection, vault))
    }

    fn over(connection: Connection, vault: Vault) -> Self {
        Self { connection, sealer: Sealer::new(vault), scribe: None, ahead: Vec::new(), _lock: None }
    }

    /// Opens a database file for a few statements beside its writer: tokens, examination.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was made by a newer version.
    pub fn open_beside(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        let store = Self::open_beside_however(path, vault)?;
        store.is_here(path)?;
        Ok(store)
    }

    fn open_beside_however(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        make_folder(path)?;
        make_private(path)?;
        let mut connection = connect(path)?;
        migrate(&mut connection, &Sealer::new(vault.clone()))?;
        Ok(Self::over(connection, vault))
    }

    /// Whether a database file could be opened by this program and with these keys. Nothing is made or changed; one that is not there
    /// could be.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], but for the writer that there may be.
    pub fn probe(path: &Path, vault: Vault) -> Result<(), StoreError> {
        if !path.exists() {
            return Ok(());
        }
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let begun: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if leaving::has_left(&connection)? {
            return Err(StoreError::Moved { place: path.display().to_string() });
        }
        if MIGRATIONS.pending_migrations(&connection)? < 0 {
            let newer = rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead;
            return Err(rusqlite_migration::Error::MigrationDefinition(newer).into());
        }
        if begun > 0 { fits(&connection, &Sealer::new(vault)) } else { Ok(()) }
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

/// A count that cannot be negative.
fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus::{RePrepare, Run};

    use super::*;
    use crate::{KeyRing, Queues as _};

    fn in_memory() -> SqliteStore {
        SqliteStore::in_memory(Vault::new(&KeyRing::generate().unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn statements_are_compiled_once() {
        let mut store = in_memory();
        for limit in 1..20 {
            store.pending_messages(0, limit, &mut |_| true).unwrap();
        }
        let statement = store.connection.prepare_cached(queues::PENDING_MESSAGES).unwrap();
        let count = |what| statement.get_status(what);
        assert_eq!((count(Run), count(RePrepare)), (19, 0));
    }

    /// A look-up of a step must not read a table from end to end.
    #[test]
    fn look_ups_use_their_indexes() {
        let store = in_memory();
        let shown = format!(
            "SELECT {} FROM json_each('[1]') k JOIN complaint c
                 ON c.id IN (SELECT id FROM complaint WHERE ticket = k.value ORDER BY id LIMIT 2)",
            cells::COMPLAINT
        );
        for sql in [
            known::LATEST_RAW,
            known::RAW_WITH_CONTENT,
            known::CAME_WITH,
            known::HEADS,
            known::STATUSES,
            known::LAST_STATUSES,
            known::PERSON,
            known::STATEMENTS,
            evaluations::RATINGS,
            evaluations::CALL_BACKS,
            evaluations::DUE,
            topics::TOPIC,
            topics::OF_RULE,
            topics::DUE,
            topics::TICKETS,
            topics::OF_TICKET,
            topics::COUNT,
            topics::RANK,
            listings::OPEN_OF_TICKET,
            rewards::OF_COMPLAINT,
            rewards::OF_ACCOUNTS,
            rewards::POINTS,
            watching::SIGHTED,
            watching::SIGHTINGS,
            watching::STANDING,
            watching::WAS_ALERTED,
            watching::ALERTS,
            watching::TICKETS,
            foreign::NUMBERS,
            foreign::WITH_NUMBERS,
            answers::SHOWN,
            lives::MESSAGES,
            lives::DELIVERIES,
            lives::UPDATES,
            lives::WARNINGS,
            lives::OCCURRENCES,
            shown.as_str(),
        ] {
            let first = sql.replace("?1", "'[]'");
            let filled = (2..=6).fold(first, |sql, number| sql.replace(&format!("?{number}"), "1"));
            let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {filled}")).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = rows.collect::<Result<_, _>>().unwrap();
            let scans = plan.iter().filter(|step| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE"));
            assert_eq!(scans.count(), 0, "{sql}\n{}", plan.join("\n"));
        }
    }
}

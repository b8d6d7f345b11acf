//! Opening a store by its address.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

use super::model::Model;
use super::postgres::PostgresStore;
use super::postgres::address::Address;
use super::sqlite::SqliteStore;
use super::{Epoch, Store, StoreError, Vault};

/// Where a store is.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// A SQLite file: `sqlite:<path>`, or the path alone.
    Sqlite(PathBuf),
    /// SQLite without a file, gone with its writer: `sqlite::memory:`. It has no readers.
    SqliteInMemory,
    /// The plain model, gone with its last handle: `memory:`. For tests and for trying things.
    Memory,
    /// A database of PostgreSQL, by its whole address, which may have a password: `postgres://<user>@<host>/<database>`. It is shown without it.
    Postgres(String),
}

/// Why an address of a store cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database {address:?} cannot be used: {reason}; write `sqlite:<path>`, a path, or `postgres://<user>@<host>/<database>`"
)]
pub struct DatabaseError {
    /// The address.
    pub address: String,
    /// What is wrong with it.
    pub reason: String,
}

impl FromStr for Database {
    type Err = DatabaseError;

    fn from_str(address: &str) -> Result<Self, DatabaseError> {
        let refused = |reason: &str| DatabaseError { address: address.to_owned(), reason: reason.to_owned() };
        match address.split_once(':') {
            Some(("sqlite", ":memory:")) => Ok(Self::SqliteInMemory),
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", rest)) => {
                let refused = |reason| DatabaseError { address: without_password(address), reason };
                match Address::read(address) {
                    Ok(_) if rest.starts_with("//") => Ok(Self::Postgres(address.to_owned())),
                    Ok(_) => Err(refused("// is missing behind the name of the engine".to_owned())),
                    Err(error) => Err(refused(error.to_string())),
                }
            }
            _ if address.trim().is_empty() => Err(refused("it is empty")),
            Some(("sqlite" | "memory", _)) => Err(refused("a path is missing")),
            Some((engine, _)) if engine.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                Err(refused("there is no engine of this name"))
            }
            _ => Ok(Self::Sqlite(PathBuf::from(address))),
        }
    }
}

impl TryFrom<String> for Database {
    type Error = DatabaseError;

    fn try_from(address: String) -> Result<Self, DatabaseError> {
        address.parse()
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::SqliteInMemory => f.write_str("sqlite::memory:"),
            Self::Memory => f.write_str("memory:"),
            Self::Postgres(address) => f.write_str(&without_password(address)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

/// An address as it may be shown: without the password, and without what stands behind the name of the database, where one can be too.
pub(super) fn without_password(address: &str) -> String {
    let address = address.split_once('?').map_or(address, |(place, _)| place);
    let Some((engine, place)) = address.split_once("://") else { return address.to_owned() };
    match place.rsplit_once('@') {
        None => address.to_owned(),
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(name, _)| name);
            format!("{engine}://{user}@{host}")
        }
    }
}

/// An opened store: the one writer, and readers beside it.
pub struct Opened {
    /// Writes steps. There is one at a time.
    pub writer: Box<dyn Store>,
    readers: Readers,
}

/// How readers are opened.
enum Readers {
    Sqlite(PathBuf, Vault),
    Model(Model),
    Postgres(String, Vault, Option<Epoch>),
    None,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").finish_non_exhaustive()
    }
}

impl Opened {
    /// Opens a reader: it sees what the writer has committed, and may mark what has left the queues.
    ///
    /// # Errors
    /// The store cannot be opened again.
    pub fn reader(&self) -> Result<Box<dyn Store>, StoreError> {
        match &self.readers {
            Readers::Sqlite(path, vault) => Ok(Box::new(SqliteStore::open_reader(path, vault.clone())?)),
            Readers::Model(model) => Ok(Box::new(model.beside())),
            Readers::Postgres(address, vault, epoch) => {
                Ok(Box::new(PostgresStore::open_reader(address, vault.clone(), *epoch)?))
            }
            Readers::None => Err(StoreError::Unusable {
                place: Database::SqliteInMemory.to_string(),
                source: "a database in memory has no readers".into(),
            }),
        }
    }
}

impl Opened {
    /// Opens a second writer of what is made beside the steps, such as the index of words; it shares the disk with the first one.
    ///
    /// # Errors
    /// The store cannot be opened again.
    pub fn beside(&self) -> Result<Box<dyn Store>, StoreError> {
        match &self.readers {
            Readers::Sqlite(path, vault) => Ok(Box::new(SqliteStore::open_beside(path, vault.clone())?)),
            Readers::Model(_) | Readers::Postgres(..) | Readers::None => self.reader(),
        }
    }
}

/// Whether a store could be opened by this program and with these keys; nothing is made or changed.
///
/// # Errors
/// As [`open`], but for the writer that there may be.
pub fn probe(database: &Database, vault: Vault) -> Result<(), StoreError> {
    match database {
        Database::Sqlite(path) => SqliteStore::probe(path, vault),
        Database::Postgres(address) => PostgresStore::probe(address, vault),
        Database::SqliteInMemory | Database::Memory => Ok(()),
    }
}

/// Opens a store as its one writer, making it or bringing it up to date where needed.
///
/// # Errors
/// The store cannot be made or opened, was written by a newer version, or has a writer already.
pub fn open(database: &Database, vault: Vault) -> Result<Opened, StoreError> {
    open_as(database, vault, None)
}

/// As [`open`], for a node with the lease of an epoch, which everything that it writes proves.
///
/// # Errors
/// As [`open`], or the epoch is past.
pub fn open_as(database: &Database, vault: Vault, epoch: Option<Epoch>) -> Result<Opened, StoreError> {
    Ok(match database {
        Database::Sqlite(path) => Opened {
            writer: Box::new(SqliteStore::open(path, vault.clone())?),
            readers: Readers::Sqlite(path.clone(), vault),
        },
        Database::SqliteInMemory => Opened { writer: Box::new(SqliteStore::in_memory(vault)?), readers: Readers::None },
        Database::Memory => {
            let model = Model::default();
            Opened { writer: Box::new(model.beside()), readers: Readers::Model(model) }
        }
        Database::Postgres(address) => Opened {
            writer: Box::new(PostgresStore::open(address, vault.clone(), epoch)?),
            readers: Readers::Postgres(address.clone(), vault, epoch),
        },
    })
}

/// Opens a store for a few statements beside its writer: tokens, examination.
///
/// # Errors
/// The store cannot be opened, or was written by a newer version.
pub fn open_beside(database: &Database, vault: Vault) -> Result<Box<dyn Store>, StoreError> {
    match database {
        Database::Sqlite(path) => Ok(Box::new(SqliteStore::open_beside(path, vault)?)),
        Database::Postgres(address) => Ok(Box::new(PostgresStore::open_beside(address, vault)?)),
        Database::SqliteInMemory | Database::Memory => Ok(open(database, vault)?.writer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_or_without_its_engine() {
        let sqlite = |path: &str| Ok(Database::Sqlite(PathBuf::from(path)));
        assert_eq!("var/huiliu.db".parse(), sqlite("var/huiliu.db"));
        assert_eq!("sqlite:var/huiliu.db".parse(), sqlite("var/huiliu.db"));
        assert_eq!("sqlite:/var/lib/huiliu.db".parse(), sqlite("/var/lib/huiliu.db"));
        assert_eq!("memory:".parse(), Ok(Database::Memory));
        assert_eq!("sqlite::memory:".parse(), Ok(Database::SqliteInMemory));
    }

    #[test]
    fn another_engine_is_refused_with_its_name() {
        for address in ["postgres:db", "postgres://:x:y/", "mysql://db", "mysql:x", "sqlite:", "", "memory:x"] {
            let refused = address.parse::<Database>().unwrap_err().to_string();
            assert!(refused.contains(&format!("{address:?}")), "{refused}");
        }
    }

    #[test]
    fn an_address_of_postgresql_is_kept_whole_and_shown_without_its_password() {
        for address in
            ["postgres://db/huiliu", "postgresql://huiliu:ge@heim@db:5433/huiliu?password=geheim&sslmode=disable"]
        {
            let database: Database = address.parse().unwrap();
            assert_eq!(database, Database::Postgres(address.to_owned()));
            assert!(!format!("{database} {database:?}").contains("heim"), "{database}");
        }
        let refused = "postgres://huiliu:geheim@db:x/huiliu".parse::<Database>().unwrap_err().to_string();
        assert!(refused.contains("postgres://huiliu@db:x/huiliu") && !refused.contains("geheim"), "{refused}");
    }
}

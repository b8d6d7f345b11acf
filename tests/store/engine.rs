//! The engines under test.

use huiliu::store::{Database, KeyRing, Opened, Store, Vault, open};
use tempfile::TempDir;

use crate::server::Schema;

/// An opened engine with its place.
pub struct Engine {
    pub writer: Box<dyn Store>,
    /// Removed after the store is closed.
    _folder: Option<TempDir>,
    /// Where PostgreSQL keeps it, removed likewise.
    schema: Option<Schema>,
}

pub fn vault() -> Vault {
    Vault::new(&KeyRing::generate().unwrap()).unwrap()
}

impl Engine {
    fn of(database: &Database) -> Self {
        let Opened { writer, .. } = open(database, vault()).unwrap();
        Self { writer, _folder: None, schema: None }
    }

    /// SQLite in a file, written by a thread of its own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Self::of(&Database::Sqlite(folder.path().join("test.db")));
        Self { _folder: Some(folder), ..made }
    }

    /// SQLite without a file, written where it is asked.
    pub fn sqlite_in_memory() -> Self {
        Self::of(&Database::SqliteInMemory)
    }

    pub fn model() -> Self {
        Self::of(&Database::Memory)
    }

    /// PostgreSQL in a schema of its own; none where there is no server, which is said.
    pub fn postgres() -> Option<Self> {
        let schema = Schema::new()?;
        let made = Self::of(&schema.database());
        Some(Self { schema: Some(schema), ..made })
    }

    /// Those that find words by an index.
    pub fn with_words() -> impl Iterator<Item = Self> {
        std::iter::once(Self::sqlite_in_memory()).chain(Self::postgres())
    }

    /// Has PostgreSQL number its next rows as the other engines do, which give the number of a row again when the last one is gone
    /// or was never written.
    pub fn number_alike(&mut self, was_written: bool) {
        if let Some(schema) = &mut self.schema {
            schema.number_alike(was_written);
        }
    }
}

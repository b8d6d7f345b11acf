//! The engines under test.

use huiliu::store::{Database, KeyRing, Opened, Store, Vault, open};
use tempfile::TempDir;

/// An opened engine with its folder.
pub struct Engine {
    pub writer: Box<dyn Store>,
    /// Removed after the store is closed.
    _folder: Option<TempDir>,
}

pub fn vault() -> Vault {
    Vault::new(&KeyRing::generate().unwrap()).unwrap()
}

impl Engine {
    /// SQLite in a file, written by a thread of its own.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Opened { writer, .. } = open(&Database::Sqlite(folder.path().join("test.db")), vault()).unwrap();
        Self { writer, _folder: Some(folder) }
    }

    /// SQLite without a file, written where it is asked.
    pub fn sqlite_in_memory() -> Self {
        Self { writer: open(&Database::SqliteInMemory, vault()).unwrap().writer, _folder: None }
    }

    pub fn model() -> Self {
        Self { writer: open(&Database::Memory, vault()).unwrap().writer, _folder: None }
    }
}

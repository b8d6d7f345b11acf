//! PostgreSQL as an engine: for a city that must not stop, on servers that its people know already.
//!
//! Whoever writes waits for whoever else writes, as in a file: what is kept of answers and topics follows from what several of them write
//! ([`WRITING`]). Readers wait for nobody.

pub(super) mod address;
mod answers;
pub(super) mod arriving;
mod asking;
mod audit;
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
mod known;
pub(super) mod lease;
mod legs;
mod link;
mod listings;
mod lists;
mod lives;
mod migrations;
mod packs;
mod people;
mod quarantine;
mod queues;
mod remarks;
mod rewards;
mod rows;
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

use link::Link;
use scribe::Scribe;

use super::sealed::Sealer;
use super::{Changes, Epoch, StoreError, Vault};

/// Begins a transaction that writes. The locks of rows alone would let two of them each miss what the other one writes.
const WRITING: &str = "BEGIN; SELECT pg_advisory_xact_lock(hashtext(current_schema()), 1)";

/// A store in a database of PostgreSQL.
pub struct PostgresStore {
    link: Link,
    sealer: Sealer,
    /// Writes steps, where this is the writer.
    scribe: Option<Scribe>,
    /// Parts of a step that nobody writes ahead.
    ahead: Vec<Changes>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Opens a database as its one writer, making or migrating its tables where needed.
    ///
    /// # Errors
    /// The server is away or refuses, the tables were made by a newer version, the keys are others, there is a writer already, or the epoch
    /// is past.
    pub fn open(address: &str, vault: Vault, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        // The writer is known before anything is changed.
        let writing = Link::open_writer(address, epoch)?;
        let store = Self::opened(address, vault.clone(), epoch)?;
        let scribe = Scribe::start(writing, Sealer::new(vault)).map_err(StoreError::unavailable)?;
        Ok(Self { scribe: Some(scribe), ..store })
    }

    /// Opens a database for a few statements beside its writer: tokens, examination.
    ///
    /// # Errors
    /// As [`PostgresStore::open`], but for the writer that there may be.
    pub fn open_beside(address: &str, vault: Vault) -> Result<Self, StoreError> {
        Self::opened(address, vault, None)
    }

    fn opened(address: &str, vault: Vault, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        let mut store = Self::open_reader(address, vault, epoch)?;
        migrations::migrate(&mut store.link, &store.sealer)?;
        Ok(store)
    }

    /// Opens a further connection to a database that is open already.
    ///
    /// # Errors
    /// The server is away or refuses, or the epoch is past.
    pub fn open_reader(address: &str, vault: Vault, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        Ok(Self { link: Link::open_for(address, epoch)?, sealer: Sealer::new(vault), scribe: None, ahead: Vec::new() })
    }

    /// Whether a database could be opened by this program and with these keys. Nothing is made or changed.
    ///
    /// # Errors
    /// As [`PostgresStore::open`], but for the writer that there may be.
    pub fn probe(address: &str, vault: Vault) -> Result<(), StoreError> {
        migrations::fits(&mut Link::open(address)?, &Sealer::new(vault))
    }
}

/// A count that cannot be negative.
fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

//! Which node may decide: the one that has the lease.
//!
//! A lease lives in the database and by its time, so that nodes need not agree on anything else. Each time that it goes to somebody its
//! epoch is one higher; whoever takes it has the server end all connections of earlier epochs, a connection proves its epoch when it is
//! made, and every step proves it in its own transaction. So a node that was paused or cut off can write nothing any more, whatever it
//! believes.

use std::time::Duration;

use super::postgres::lease::PostgresLeases;
use super::{Database, StoreError, Vault};

/// How long a lease is good for without being renewed.
pub const LEASE: Duration = Duration::from_secs(8);

/// The right to decide, as a connection proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub i64);

/// How others call and reach a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeAddress {
    /// Its name, for people.
    pub name: String,
    /// Where other nodes reach its listener; empty where they cannot.
    pub url: String,
    /// Where they reach health, metrics and the API, if not there.
    pub management_url: String,
    /// Version of the program.
    pub version: String,
}

/// A node as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// How it is called and reached.
    pub address: NodeAddress,
    /// Milliseconds since it was heard of.
    pub silent_ms: i64,
    /// Whether it has the lease.
    pub decides: bool,
}

/// Who has the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The node.
    pub address: NodeAddress,
    /// Its epoch.
    pub epoch: Epoch,
}

/// The leases of a store that several nodes share.
#[derive(Debug)]
pub struct Leases(PostgresLeases);

impl Leases {
    /// Opens those of a store; none where its engine is of one process.
    ///
    /// # Errors
    /// The store cannot be opened or brought up to date.
    pub fn open(database: &Database, vault: Vault) -> Result<Option<Self>, StoreError> {
        match database {
            Database::Postgres(address) => Ok(Some(Self(PostgresLeases::open(address, vault)?))),
            Database::Sqlite(_) | Database::SqliteInMemory | Database::Memory => Ok(None),
        }
    }

    /// Takes the lease where nobody has it, and has the server end what earlier holders left connected.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn take(&mut self, node: &NodeAddress) -> Result<Option<Epoch>, StoreError> {
        self.0.take(node)
    }

    /// Has the lease for longer; false where it is somebody else's by now, or has run out.
    ///
    /// # Errors
    /// The store cannot be reached: the lease runs out unless it can be soon.
    pub fn renew(&mut self, epoch: Epoch) -> Result<bool, StoreError> {
        self.0.renew(epoch)
    }

    /// Gives the lease back, so that another node can take it at once.
    ///
    /// # Errors
    /// The store cannot be reached: then the lease runs out.
    pub fn give_back(&mut self, epoch: Epoch) -> Result<(), StoreError> {
        self.0.give_back(epoch)
    }

    /// Who has the lease now.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn holder(&mut self) -> Result<Option<Holder>, StoreError> {
        self.0.holder()
    }

    /// Says that a node is there, and lets go of those that were not heard of for a day.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn is_there(&mut self, node: &NodeAddress) -> Result<(), StoreError> {
        self.0.is_there(node)
    }

    /// The nodes that were heard of within a day, by name.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn nodes(&mut self) -> Result<Vec<NodeView>, StoreError> {
        self.0.nodes()
    }
}

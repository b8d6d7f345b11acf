//! A node among several on one store. It decides where it has the lease; else it stands by, and passes on what comes to it.

mod keeper;
mod listeners;

pub use listeners::Listeners;

use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use self::keeper::Keeper;
use crate::catalogue::say;
use crate::config::Config;
use crate::http::{Passing, Relays, Right, Vouching};
use crate::store::{Epoch, Holder, Leases, NodeAddress, StoreError, Vault};

/// How often a node that stands by looks whether the lease is to be had.
const LOOK: Duration = Duration::from_millis(500);
/// How soon a database that cannot be reached is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How many looks there are between two words of a node that it is there.
const LOOKS_PER_WORD: u32 = 10;

/// A node that stands by.
#[derive(Debug)]
pub struct Node {
    leases: Leases,
    address: NodeAddress,
    vouching: Vouching,
    max_connections: usize,
}

/// A node that decides.
#[derive(Debug)]
pub struct Deciding {
    /// What it proves with everything that it writes.
    pub right: Right,
    keeper: Keeper,
    relays: Relays,
}

impl Node {
    /// The node of these settings; none where the store is of one process.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        let vault = Vault::new(&config.key_ring().with_context(|| say!("error-keys"))?)?;
        let vouching = Vouching::of(&vault);
        let mut told = false;
        let leases = loop {
            let (database, vault) = (config.database.clone(), vault.clone());
            match spawn_blocking(move || Leases::open(&database, vault)).await? {
                // A server that is away comes back.
                Err(StoreError::Unavailable { source }) => {
                    if !told {
                        tracing::warn!(error = %source, "The database cannot be reached; it is tried again until it can.");
                    }
                    told = true;
                    tokio::time::sleep(AGAIN).await;
                }
                other => break other.with_context(|| say!("error-database", database = config.database))?,
            }
        };
        let (address, max_connections) = (config.node_address(), config.max_connections);
        Ok(leases.map(|leases| Self { leases, address, vouching, max_connections }))
    }

    /// Waits for the lease; meanwhile everything that comes is passed on to the node that has it. `heard` is told of each look.
    ///
    /// # Errors
    /// The machine gives no thread or socket.
    pub async fn stand_by(
        self,
        listeners: &Listeners,
        mut heard: impl FnMut(Option<&Holder>),
    ) -> anyhow::Result<Deciding> {
        let Self { mut leases, address, vouching, max_connections } = self;
        let (holder, known) = watch::channel(None);
        let passing = Passing { own: address.clone(), vouching: vouching.clone(), max_connections, holder: known };
        let relays = Relays::start(passing, listeners.public()?, listeners.management()?);
        let (mut looks, mut failed) = (0_u32, false);
        loop {
            let (own, is_word) = (address.clone(), looks.is_multiple_of(LOOKS_PER_WORD));
            let looked = spawn_blocking(move || {
                let seen = look(&mut leases, &own, is_word);
                (leases, seen)
            });
            let seen;
            (leases, seen) = looked.await?;
            match seen {
                Ok(Look::Taken(epoch)) => {
                    tracing::info!(epoch = epoch.0, "This node decides.");
                    holder.send_replace(Some(Holder { address: address.clone(), epoch }));
                    let keeper = Keeper::start(leases, address, epoch)?;
                    let right = Right { epoch, vouching, nodes: keeper.nodes.clone() };
                    return Ok(Deciding { right, keeper, relays });
                }
                Ok(Look::Other(seen)) => {
                    if looks == 0 || failed || *holder.borrow() != seen {
                        let name = seen.as_ref().map(|holder| holder.address.name.as_str());
                        tracing::info!(deciding = name, "This node stands by.");
                    }
                    failed = false;
                    heard(seen.as_ref());
                    holder.send_replace(seen);
                }
                // What it knew of the other one is still the best that it knows.
                Err(error) => {
                    if !failed {
                        tracing::warn!(%error, "Whether the lease is to be had cannot be seen.");
                    }
                    failed = true;
                    heard(holder.borrow().as_ref());
                }
            }
            looks = looks.wrapping_add(1);
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What a look at the lease has shown.
enum Look {
    Taken(Epoch),
    Other(Option<Holder>),
}

fn look(leases: &mut Leases, own: &NodeAddress, is_word: bool) -> Result<Look, StoreError> {
    if is_word {
        leases.is_there(own)?;
    }
    match leases.take(own)? {
        Some(epoch) => Ok(Look::Taken(epoch)),
        None => Ok(Look::Other(leases.holder()?)),
    }
}

impl Deciding {
    /// The gateway listens: nothing is passed on any more, but what was taken before.
    pub async fn has_begun(&mut self) {
        self.relays.stop().await;
    }

    /// Waits until the lease is lost. Then nothing may be written any more, and nothing can.
    pub async fn lost(&mut self) {
        self.keeper.lost().await;
    }

    /// Gives the lease back: another node goes on at once.
    pub async fn end(mut self) {
        self.relays.stop().await;
        self.keeper.give_back().await;
    }
}

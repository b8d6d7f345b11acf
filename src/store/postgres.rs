//! PostgreSQL as an engine: for a city that must not stop, on servers that its people know already.

mod failure;
mod link;

use tokio_postgres::Config;

use link::Link;

use super::sealed::Sealer;
use super::{Changes, StoreError, Vault};

/// A store in a database of PostgreSQL.
pub struct PostgresStore {
    link: Link,
    sealer: Sealer,
    /// Parts of a step that are not written yet.
    ahead: Vec<Changes>,
}

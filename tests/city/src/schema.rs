//! Places in a server of PostgreSQL that are a test's alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio_postgres::NoTls;

/// Names the server.
const SERVER: &str = "HULIU_POSTGRES_URL";

/// A schema, gone with this.
#[derive(Debug)]
pub struct Schema {
    name: String,
    address: String,
}

impl Schema {
    /// An empty one on the server of `HULIU_POSTGRES_URL`; none where that is not set.
    ///
    /// # Errors
    /// The server does not make it.
    pub fn new() -> anyhow::Result<Option<Self>> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Ok(server) = std::env::var(SERVER) else { return Ok(None) };
        let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mark = if server.contains('?') { '&' } else { '?' };
        let address = format!("{server}{mark}options=-csearch_path%3D{name}");
        let schema = Self { name, address };
        // One of a test that was killed can be there still.
        schema.run(&format!("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}", schema.name))?;
        Ok(Some(schema))
    }

    /// Its address, for a gateway.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Carries out commands within it, by a connection and on a thread of their own.
    ///
    /// # Errors
    /// The server refuses them, or is away.
    pub fn run(&self, sql: &str) -> anyhow::Result<()> {
        let done = thread::scope(|threads| {
            threads
                .spawn(|| {
                    Builder::new_current_thread().enable_all().build()?.block_on(async {
                        let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await?;
                        tokio::spawn(connection);
                        anyhow::Ok(client.batch_execute(sql).await?)
                    })
                })
                .join()
        });
        done.ok().context("the thread has panicked")?
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // Whoever makes one of this name next drops what could not be dropped.
        let left = self.run(&format!("SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS {} CASCADE", self.name));
        if let Err(error) = left {
            eprintln!("the schema {} is left: {error}", self.name);
        }
    }
}

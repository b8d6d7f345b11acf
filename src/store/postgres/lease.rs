//! The lease of a store, by the server's clock.

use super::asking::first;
use super::cells::cell;
use super::link::Link;
use super::migrations;
use crate::leases::{Epoch, Holder, LEASE, NodeAddress, NodeView};
use crate::sealed::Sealer;
use crate::{StoreError, Vault};

const TAKE: &str = "UPDATE huiliu_lease SET name = $1, url = $2, management_url = $3, version = $4, epoch = epoch + 1,
        until = clock_timestamp() + make_interval(secs => $5)
    WHERE id = 1 AND until <= clock_timestamp() RETURNING epoch";
/// Connections of earlier epochs of this store: none of them may write any more.
const END_OTHERS: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND starts_with(application_name, $1) AND application_name <> $2";
/// Those that have not gone yet.
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND starts_with(application_name, $1) AND application_name <> $2";
const RENEW: &str = "UPDATE huiliu_lease SET until = clock_timestamp() + make_interval(secs => $2)
    WHERE id = 1 AND epoch = $1 AND until > clock_timestamp()";
const GIVE_BACK: &str = "UPDATE huiliu_lease SET until = clock_timestamp() WHERE id = 1 AND epoch = $1";
const HOLDER: &str =
    "SELECT name, url, management_url, version, epoch FROM huiliu_lease WHERE id = 1 AND until > clock_timestamp()";
const IS_THERE: &str = "INSERT INTO huiliu_node (name, url, management_url, version, seen_at) VALUES ($1, $2, $3, $4, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET url = excluded.url, management_url = excluded.management_url, version = excluded.version, seen_at = excluded.seen_at";
const FORGET: &str = "DELETE FROM huiliu_node WHERE seen_at < clock_timestamp() - interval '1 day'";
const NODES: &str = "SELECT n.name, n.url, n.management_url, n.version, (extract(epoch FROM clock_timestamp() - n.seen_at) * 1000)::bigint,
        EXISTS (SELECT FROM huiliu_lease l WHERE l.name = n.name AND l.until > clock_timestamp())
    FROM huiliu_node n WHERE n.seen_at >= clock_timestamp() - interval '1 day' ORDER BY n.name";
/// How often it is looked whether they have gone, and how long between two looks, in seconds.
const LOOKS: usize = 50;
const PAUSE: &str = "SELECT pg_sleep(0.1)";

/// How connections of a store's nodes are named at the server, up to the epoch: at most 63 bytes with it.
pub(super) const NAMED: &str = "SELECT 'huiliu ' || left(md5(current_schema()), 12) || ' '";

/// The lease of a store, over a connection of its own.
pub(crate) struct PostgresLeases(Link);

impl std::fmt::Debug for PostgresLeases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresLeases")
    }
}

impl PostgresLeases {
    pub(crate) fn open(address: &str, vault: Vault) -> Result<Self, StoreError> {
        let mut link = Link::open(address)?;
        migrations::migrate(&mut link, &Sealer::new(vault))?;
        Ok(Self(link))
    }

    pub(crate) fn take(&mut self, node: &NodeAddress) -> Result<Option<Epoch>, StoreError> {
        let NodeAddress { name, url, management_url, version } = node;
        let taken = [&name as _, &url as _, &management_url as _, &version as _, &LEASE.as_secs_f64() as _];
        let Some(epoch) = first::<i64>(&mut self.0, TAKE, &taken)? else { return Ok(None) };
        let named: String = first(&mut self.0, NAMED, &[])?.unwrap_or_default();
        let own = format!("{named}{epoch}");
        self.0.rows(END_OTHERS, &[&named, &own])?;
        // What was on its way is there, or is not, before anything is read.
        for _ in 0..LOOKS {
            if first::<i64>(&mut self.0, OTHERS, &[&named, &own])?.unwrap_or(0) == 0 {
                return Ok(Some(Epoch(epoch)));
            }
            self.0.rows(PAUSE, &[])?;
        }
        Err(StoreError::unavailable("connections of an earlier holder of the lease do not end"))
    }

    pub(crate) fn renew(&mut self, epoch: Epoch) -> Result<bool, StoreError> {
        Ok(self.0.run(RENEW, &[&epoch.0, &LEASE.as_secs_f64()])? > 0)
    }

    pub(crate) fn give_back(&mut self, epoch: Epoch) -> Result<(), StoreError> {
        self.0.run(GIVE_BACK, &[&epoch.0]).map(drop)
    }

    pub(crate) fn holder(&mut self) -> Result<Option<Holder>, StoreError> {
        let rows = self.0.rows(HOLDER, &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let address = NodeAddress {
            name: cell(row, 0)?,
            url: cell(row, 1)?,
            management_url: cell(row, 2)?,
            version: cell(row, 3)?,
        };
        Ok(Some(Holder { address, epoch: Epoch(cell(row, 4)?) }))
    }

    pub(crate) fn is_there(&mut self, node: &NodeAddress) -> Result<(), StoreError> {
        let NodeAddress { name, url, management_url, version } = node;
        self.0.run(IS_THERE, &[name, url, management_url, version])?;
        self.0.run(FORGET, &[]).map(drop)
    }

    pub(crate) fn nodes(&mut self) -> Result<Vec<NodeView>, StoreError> {
        self.0.all(NODES, &[], |row| {
            let (name, url) = (cell(row, 0)?, cell(row, 1)?);
            let address = NodeAddress { name, url, management_url: cell(row, 2)?, version: cell(row, 3)? };
            Ok(NodeView { address, silent_ms: cell(row, 4)?, decides: cell(row, 5)? })
        })
    }
}

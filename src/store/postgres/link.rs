//! One connection to PostgreSQL: statements that are prepared once, asked one by one or many at a time. One that is lost is made again
//! before the next transaction, never within one.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::pin::pin;
use std::thread::scope;

use futures_util::future::try_join_all;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls, Row, Socket, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::failure::{is_gone, not_opened};
use super::lease::NAMED;
use crate::open::without_password;
use crate::{Epoch, StoreError};

/// Most statements that a connection keeps prepared: with more all are prepared anew.
const MAX_PREPARED: usize = 512;

/// How a connection begins: another writer is waited for no longer than in a file, a commit survives a loss of power, short statements
/// are not compiled, and what is held goes within a minute when this side is gone without a word.
const GREETING: &str = "SET lock_timeout = '10s'; SET jit = off;
    SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
/// Held by the connection of the one writer for as long as it lives. One that has just ended is waited for: the server may not have
/// noticed yet.
const WRITER: &str =
    "SET lock_timeout = '3s'; SELECT pg_advisory_lock(hashtext(current_schema()), 2); SET lock_timeout = '10s'";

/// A parameter of a statement.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// The cells of a row that is copied in.
pub(super) type CopiedRow = Vec<Box<dyn ToSql + Sync + Send>>;

/// A statement with its parameters, one of many that go out together.
pub(super) struct Order<'a> {
    pub sql: &'static str,
    pub parameters: Vec<Box<dyn ToSql + Sync + 'a>>,
}

/// Where the messages of a connection are carried out, while somebody waits for them.
struct Waiting(Option<Runtime>);

impl Waiting {
    fn new() -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Self(Some(runtime.map_err(StoreError::unavailable)?)))
    }

    /// Waits for an answer. Where futures are carried out already, as when a store is opened by a program that is asynchronous, another
    /// thread does: a runtime cannot wait within another one.
    fn on<F>(&self, future: F) -> Result<F::Output, StoreError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let runtime = self.0.as_ref().ok_or(StoreError::Stopped)?;
        if Handle::try_current().is_err() {
            return Ok(runtime.block_on(future));
        }
        let joined = scope(|threads| threads.spawn(|| runtime.block_on(future)).join());
        Ok(joined.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where a server is, and how it is spoken to.
struct Way {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// The right to decide, which every connection proves.
    epoch: Option<Epoch>,
}

impl Way {
    fn read(address: &str, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        let unusable = |error| StoreError::Unusable { place: without_password(address), source: Box::new(error) };
        let read = Address::read(address).map_err(unusable)?;
        let tls = read.tls().map_err(unusable)?;
        Ok(Self { config: read.config, tls, epoch })
    }
}

/// A connection. It is used by one thread, which waits for every answer.
pub(super) struct Link {
    waiting: Waiting,
    way: Way,
    is_writer: bool,
    client: Client,
    prepared: HashMap<String, Statement>,
    /// Whether a transaction has begun and not ended.
    is_within: bool,
    /// Whether an answer has said that the connection is gone.
    is_lost: bool,
}

/// Connects to a server by one way of speaking.
async fn met<T>(config: &Config, speaking: T) -> Result<Client, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(speaking).await?;
    // Its failure is told to whoever asks next.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Connects; the one writer only where there is none.
async fn connected(way: &Way, is_writer: bool) -> Result<Client, StoreError> {
    let config = &way.config;
    let client = match &way.tls {
        Some(tls) => met(config, tls.clone()).await?,
        None => met(config, NoTls).await?,
    };
    client.batch_execute(GREETING).await?;
    if let Some(Epoch(epoch)) = way.epoch {
        // Named first: whoever takes the lease after the proof ends it by its name.
        let named = format!(
            "SELECT set_config('application_name', ({NAMED} || '{epoch}'), false); SELECT huiliu_prove({epoch})"
        );
        client.batch_execute(&named).await?;
    }
    if is_writer && let Err(error) = client.batch_execute(WRITER).await {
        if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) {
            return Err(error.into());
        }
        let place = config.get_dbname().unwrap_or("the database").to_owned();
        return Err(StoreError::Locked { place, reason: "its writer's lock is held".to_owned() });
    }
    Ok(client)
}

impl Link {
    /// Connects.
    ///
    /// # Errors
    /// The address is none, or no server of it takes the connection.
    pub(super) fn open(address: &str) -> Result<Self, StoreError> {
        Self::open_as(address, false, None)
    }

    /// Connects as a node that may decide.
    ///
    /// # Errors
    /// As [`Self::open`], or the epoch is past.
    pub(super) fn open_for(address: &str, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        Self::open_as(address, false, epoch)
    }

    /// Connects as the one writer.
    ///
    /// # Errors
    /// As [`Self::open_for`], or there is a writer.
    pub(super) fn open_writer(address: &str, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        Self::open_as(address, true, epoch)
    }

    fn open_as(address: &str, is_writer: bool, epoch: Option<Epoch>) -> Result<Self, StoreError> {
        let way = Way::read(address, epoch)?;
        let waiting = Waiting::new()?;
        let client = waiting.on(connected(&way, is_writer))?.map_err(|error| match error {
            StoreError::Unavailable { source } | StoreError::Unusable { source, .. } => not_opened(address, source),
            StoreError::Locked { reason, .. } => StoreError::Locked { place: without_password(address), reason },
            other => other,
        })?;
        Ok(Self { waiting, way, is_writer, client, prepared: HashMap::new(), is_within: false, is_lost: false })
    }

    /// Makes a lost connection again, where nothing hangs on the old one. The server can hold that for a while, and the writer's lock with it.
    fn mend(&mut self) -> Result<(), StoreError> {
        if self.is_within || !(self.is_lost || self.client.is_closed()) {
            return Ok(());
        }
        let connected = self.waiting.on(connected(&self.way, self.is_writer))?;
        self.client = connected.map_err(|error| match error {
            locked @ StoreError::Locked { .. } => StoreError::unavailable(locked),
            other => other,
        })?;
        self.prepared.clear();
        self.is_lost = false;
        Ok(())
    }

    /// An answer, or what its failure means.
    fn answered<T>(&mut self, answer: Result<Result<T, Error>, StoreError>) -> Result<T, StoreError> {
        answer?.map_err(|error| {
            self.is_lost |= is_gone(&error);
            error.into()
        })
    }

    /// Carries out commands without parameters: migrations, the beginnings and ends of transactions.
    ///
    /// # Errors
    /// The server refuses one of them, or is away.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let (begins, ends) = (sql.starts_with("BEGIN"), matches!(sql, "COMMIT" | "ROLLBACK"));
        self.mend()?;
        self.is_within = (self.is_within || begins) && !ends;
        let done = self.waiting.on(self.client.batch_execute(sql));
        let done = self.answered(done);
        if begins && done.is_err() {
            // It can have begun before what follows it was refused.
            self.is_within = false;
            drop(self.waiting.on(self.client.batch_execute("ROLLBACK")));
        }
        done
    }

    /// Commits the step that has begun. Where the connection goes before the answer comes, the next one is asked whether the step is there:
    /// it bears a mark. The lock of the writer is had only when the old connection has ended, and what was on its way with it.
    ///
    /// # Errors
    /// The step is not there, or nobody can say: then it is to be looked for before it is done again.
    pub(super) fn commit_step(&mut self) -> Result<(), StoreError> {
        let mut mark = [0; 8];
        SystemRandom::new()
            .fill(&mut mark)
            .map_err(|_unspecified| StoreError::unavailable("no random number is to be had"))?;
        let mark = i64::from_ne_bytes(mark);
        let proof = self.way.epoch.map_or_else(String::new, |Epoch(epoch)| format!("SELECT huiliu_prove({epoch}); "));
        let commit = format!("{proof}UPDATE huiliu_step SET mark = {mark}; COMMIT");
        let ended = self.waiting.on(self.client.batch_execute(&commit));
        self.is_within = false;
        let ended = self.answered(ended);
        if ended.is_err() && !self.is_lost {
            // What fails before the commit leaves the transaction open.
            drop(self.waiting.on(self.client.batch_execute("ROLLBACK")));
        }
        if ended.is_err() && (self.is_lost || self.client.is_closed()) {
            let rows = self.rows("SELECT mark FROM huiliu_step", &[]);
            let is_there =
                rows.is_ok_and(|rows| rows.iter().any(|row| row.try_get(0).is_ok_and(|found: i64| found == mark)));
            tracing::warn!(is_there, "The database went away while a step was committed.");
            return if is_there { Ok(()) } else { ended };
        }
        ended
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        self.mend()?;
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        if self.prepared.len() >= MAX_PREPARED {
            self.prepared.clear();
        }
        let prepared = self.waiting.on(self.client.prepare(sql));
        let statement = self.answered(prepared)?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// The server refuses it, or is away.
    pub(super) fn rows(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql)?;
        let rows = self.waiting.on(self.client.query(&statement, parameters));
        self.answered(rows)
    }

    /// The rows of a statement, each as it is read.
    ///
    /// # Errors
    /// As [`Self::rows`], or whatever reading a row gives.
    pub(super) fn all<T>(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
        mut read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.rows(sql, parameters)?.iter().map(&mut read).collect()
    }

    /// Carries out a statement; how many rows it concerned.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(super) fn run(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql)?;
        let concerned = self.waiting.on(self.client.execute(&statement, parameters));
        self.answered(concerned)
    }

    /// Sends rows to a `COPY … FROM STDIN BINARY`; how many there were.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(super) fn copy_in(&mut self, sql: &str, kinds: &[Type], rows: &[CopiedRow]) -> Result<u64, StoreError> {
        let client = &self.client;
        let copied = self.waiting.on(async {
            let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(sql).await?, kinds));
            for row in rows {
                let row: Vec<Parameter<'_>> = row.iter().map(|cell| &**cell as Parameter<'_>).collect();
                writer.as_mut().write(&row).await?;
            }
            writer.finish().await
        });
        self.answered(copied)
    }

    /// Which database it is, for people.
    pub(super) fn place(&self) -> String {
        self.way.config.get_dbname().unwrap_or("the database").to_owned()
    }

    /// Sends statements one after the other without waiting between them; how many rows each concerned. They are carried out in their order.
    ///
    /// # Errors
    /// As [`Self::rows`]: what follows the one that is refused is refused, too, within a transaction.
    pub(super) fn run_all(&mut self, orders: &[Order<'_>]) -> Result<Vec<u64>, StoreError> {
        let statements = orders.iter().map(|order| self.prepare(order.sql)).collect::<Result<Vec<_>, _>>()?;
        let parameters: Vec<Vec<Parameter<'_>>> = orders
            .iter()
            .map(|order| order.parameters.iter().map(|parameter| &**parameter as Parameter<'_>).collect())
            .collect();
        let asked = statements.iter().zip(&parameters).map(|(statement, given)| self.client.execute(statement, given));
        let concerned = self.waiting.on(try_join_all(asked));
        self.answered(concerned)
    }
}

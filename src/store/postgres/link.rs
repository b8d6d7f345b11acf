//! One connection to PostgreSQL: statements that are prepared once, asked one by one or many at a time.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::StoreError;

/// Most statements that a connection keeps prepared: with more all are prepared anew.
const MAX_PREPARED: usize = 512;

/// A parameter of a statement.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A statement with its parameters, one of many that go out together.
pub(super) struct Order<'a> {
    pub sql: &'static str,
    pub parameters: Vec<Box<dyn ToSql + Sync + 'a>>,
}

/// A connection. It is used by one thread, which waits for every answer.
pub(super) struct Link {
    runtime: Runtime,
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl Link {
    /// Connects.
    ///
    /// # Errors
    /// No server of the address takes the connection.
    pub(super) fn open(config: &Config) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(StoreError::unavailable)?;
        let client = runtime.block_on(async {
            let (client, connection) = config.connect(NoTls).await?;
            // Its failure is told to whoever asks next.
            tokio::spawn(async move { drop(connection.await) });
            Ok::<Client, tokio_postgres::Error>(client)
        })?;
        Ok(Self { runtime, client, prepared: HashMap::new() })
    }

    /// Carries out commands without parameters: migrations, the ends of transactions.
    ///
    /// # Errors
    /// The server refuses one of them.
    pub(super) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        if self.prepared.len() >= MAX_PREPARED {
            self.prepared.clear();
        }
        let statement = self.runtime.block_on(self.client.prepare(sql))?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// The server refuses it, or is away.
    pub(super) fn rows(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql)?;
        Ok(self.runtime.block_on(self.client.query(&statement, parameters))?)
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
        Ok(self.runtime.block_on(self.client.execute(&statement, parameters))?)
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
        Ok(self.runtime.block_on(try_join_all(asked))?)
    }
}

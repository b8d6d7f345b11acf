//! A server of PostgreSQL for tests, and places in it that are theirs alone.

use huiliu::store::Database;
use huiliu_city::not_run;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

/// Tables whose numbers no engine gives twice.
const NEVER_AGAIN: &str = "'outbox', 'delivery', 'pack_version', 'pack_draft', 'fact', 'edition', 'alert'";

/// A schema of a test, gone with it.
pub struct Schema {
    runtime: Runtime,
    client: Client,
    /// What the sequences give next whose tables never give a number again.
    next: Vec<(String, i64)>,
    made: huiliu_city::Schema,
}

impl Schema {
    /// An empty one; none where there is no server, which is said.
    pub fn new() -> Option<Self> {
        let Some(made) = huiliu_city::Schema::new().unwrap() else {
            not_run("no server of PostgreSQL: HULIU_POSTGRES_URL is not set");
            return None;
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(made.address(), NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Some(Self { runtime, client, next: Vec::new(), made })
    }

    pub fn database(&self) -> Database {
        self.made.address().parse().unwrap()
    }

    /// Carries out commands within the schema.
    pub fn run(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    /// The first columns of what a query finds, as text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.runtime.block_on(self.client.query(sql, &[])).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Tables of the schema that number their rows, with the column of the numbers and their sequence.
    fn numbered(&self, which: &str) -> Vec<(String, String, String)> {
        let sql = format!(
            "SELECT c.relname::text, a.attname::text, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname {which} ({NEVER_AGAIN})"
        );
        let rows = self.runtime.block_on(self.client.query(&sql, &[])).unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }

    /// Has the next rows numbered as the other engines do, which give a number again where its row is gone or was never written.
    pub fn number_alike(&mut self, was_written: bool) {
        let again = self.numbered("NOT IN");
        let mut sql: Vec<String> = again
            .iter()
            .map(|(table, column, sequence)| {
                format!("SELECT setval('{sequence}', coalesce(max({column}), 0) + 1, false) FROM {table}")
            })
            .collect();
        if was_written {
            let never: Vec<String> = self
                .numbered("IN")
                .iter()
                .map(|(.., sequence)| {
                    format!("SELECT '{sequence}', last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM {sequence}")
                })
                .collect();
            let rows = self.runtime.block_on(self.client.query(&never.join(" UNION ALL "), &[])).unwrap();
            self.next = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        }
        sql.extend(self.next.iter().map(|(sequence, next)| format!("SELECT setval('{sequence}', {next}, false)")));
        self.run(&sql.join("; "));
    }
}

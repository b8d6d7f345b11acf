//! Damage on purpose, for tests.

use std::path::Path;

use super::connect;

/// Overwrites the sealed content of a row.
#[expect(clippy::unwrap_used, reason = "a test that cannot do its damage has failed")]
pub fn break_row(database: &Path, table: &str, id: i64) {
    let sql = format!("UPDATE {table} SET body = x'0001' WHERE rowid = ?1");
    assert_eq!(connect(database).unwrap().execute(&sql, [id]).unwrap(), 1, "the row is there");
}

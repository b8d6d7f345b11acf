//! A migration that is killed, at any point of what it writes, goes on at the next start.
//!
//! The system kills the process when a file would grow beyond a limit, so that every limit is another point: in the middle of a
//! step, between two steps, in the middle of copying the write-ahead log into the database.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{assert_whole, expected, unpack};

/// What takes the database of 0.1.0 back to each of the schemas before it, one step at a time.
const BACK: [&str; 3] = [
    "DROP TABLE imprint",
    "DROP INDEX review_by_complaint; DROP TABLE probe",
    "ALTER TABLE ticket DROP COLUMN recurrence_of; ALTER TABLE ticket DROP COLUMN finished_at",
];
/// Blocks of 512 bytes by which the limit grows: a page and a half of the database, so that it also falls within pages.
const STEP_BLOCKS: usize = 12;
/// Most blocks tried, far above the size of the database.
const MAX_BLOCKS: usize = 4_000;

/// A database of 0.1.0 with the schema of `steps` steps before it.
fn taken_back(steps: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    unpack("0.1.0", folder.path());
    let database = rusqlite::Connection::open(folder.path().join("huiliu.db")).unwrap();
    database.pragma_update_and_check(None, "journal_mode", "DELETE", |_row| Ok(())).unwrap();
    for (step, sql) in BACK.iter().take(steps).enumerate() {
        database.execute_batch(sql).unwrap();
        database.pragma_update(None, "user_version", 3 - i64::try_from(step).unwrap()).unwrap();
    }
    folder
}

/// Opens a copy of the database by `huiliu doctor` in a process that is killed where a file passes the limit.
fn doctor(from: &Path, limit_blocks: Option<usize>) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["huiliu.db", "keys"] {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let output = run(folder.path(), limit_blocks);
    (folder, output)
}

fn run(folder: &Path, limit_blocks: Option<usize>) -> Output {
    let settings: PathBuf = folder.join("huiliu.toml");
    std::fs::write(&settings, "database = \"huiliu.db\"\nkeys = \"keys\"\n").unwrap();
    let limit = limit_blocks.map_or_else(|| "unlimited".to_owned(), |blocks| blocks.to_string());
    Command::new("sh")
        .args(["-c", "ulimit -c 0; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", &limit])
        .args([env!("CARGO_BIN_EXE_huiliu"), "--config"])
        .arg(&settings)
        .arg("doctor")
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn a_migration_that_is_killed_anywhere_goes_on_at_the_next_start() {
    for steps in 0..=BACK.len() {
        let from = taken_back(steps);
        let mut killed = 0;
        for blocks in (0..MAX_BLOCKS).step_by(STEP_BLOCKS) {
            let (folder, output) = doctor(from.path(), Some(blocks));
            let what = format!("{steps} step(s) back, killed at {blocks} blocks");
            if output.status.success() {
                break;
            }
            killed += usize::from(output.status.signal().is_some());
            let said = run(folder.path(), None);
            assert!(said.status.success(), "{what}: {}{}", text(&said.stdout), text(&said.stderr));
            // Held against the facts where the schema had room for all of them.
            if steps < BACK.len() {
                assert_whole(&what, folder.path(), &expected("0.1.0"));
            }
        }
        assert!(killed > 5, "{steps} step(s) back: the process was killed {killed} times only");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

//! Databases written by earlier releases are opened by this one, migrated, and hold what they held; also when the migration is
//! interrupted anywhere. Beside each is how it was made.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod interrupted;
mod opened;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use opened::Opened;
use serde_json::{Value, json};

/// The releases whose databases are kept.
const RELEASES: [&str; 1] = ["0.1.0"];

fn kept(release: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/upgrade/written-by-{release}"))
}

/// Unpacks the database of a release, with its keys, into a folder.
fn unpack(release: &str, folder: &Path) {
    let packed = std::fs::File::open(kept(release).join("huiliu.db.gz")).unwrap();
    let mut database = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut database).unwrap();
    std::fs::write(folder.join("huiliu.db"), database).unwrap();
    std::fs::copy(kept(release).join("keys"), folder.join("keys")).unwrap();
}

/// What the database of a release held when it was written.
fn expected(release: &str) -> Value {
    let text = std::fs::read_to_string(kept(release).join("facts.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Compares fact by fact, so that a failure names the one that is lost.
fn assert_facts(what: &str, found: &Value, expected: &Value) {
    assert!(expected.is_object(), "{what}: facts.json is missing; what is found: {found:#}");
    for (name, expected) in expected.as_object().into_iter().flatten() {
        match (expected, &found[name]) {
            (Value::Object(expected), Value::Object(found)) => {
                for (key, value) in expected {
                    assert_eq!(found.get(key), Some(value), "{what}: {name} {key}");
                }
                assert_eq!(found.len(), expected.len(), "{what}: how many {name}");
            }
            (expected, found) => assert_eq!(found, expected, "{what}: {name}"),
        }
    }
}

fn assert_whole(what: &str, folder: &Path, expected: &Value) {
    let mut opened = Opened::open(folder);
    assert_eq!(opened.wrong(), Vec::<String>::new(), "{what}");
    assert!(opened.balances(), "{what}: the ledger");
    assert_facts(what, &opened.facts(), expected);
}

#[test]
fn what_an_earlier_release_wrote_is_opened_and_balances() {
    for release in RELEASES {
        let folder = tempfile::tempdir().unwrap();
        unpack(release, folder.path());
        assert_whole(release, folder.path(), &expected(release));
        // A second time there is nothing left to migrate.
        assert_whole(release, folder.path(), &expected(release));
    }
}

#[test]
fn it_takes_in_more_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    unpack("0.1.0", folder.path());
    let (sewer, lamp) = ("RC2611260000024", "RC2611260000001");
    take_in_more(folder.path(), sewer, lamp);
}

#[test]
fn an_index_that_reads_every_complaint_again_does_the_same() {
    let folder = tempfile::tempdir().unwrap();
    unpack("0.1.0", folder.path());
    let database = rusqlite::Connection::open(folder.path().join("huiliu.db")).unwrap();
    assert!(database.execute("DELETE FROM imprint", []).unwrap() > 20);
    drop(database);
    take_in_more(folder.path(), "RC2611260000024", "RC2611260000001");
}

/// Hands in what a neighbour says of a matter that is open, and once more a record that is known.
fn take_in_more(folder: &Path, joined: &str, known: &str) {
    let mut opened = Opened::open(folder);
    let (_, _, open) = opened.record_of(joined);
    let (channel, record_id, body) = opened.record_of(known);
    let neighbour = json!({ "number": "NEW", "kind": "投诉", "title": "下水道堵了", "text": open["text"] });
    let outcomes = opened.take_in(&channel, vec![(record_id, body), ("NEW".to_owned(), neighbour)]);
    let [(again, receipt), (fresh, new)] = outcomes.as_slice() else { unreachable!("two records were handed in") };
    assert_eq!((*again, receipt.as_deref()), ("repeated", Some(known)), "P2: an old record is still known");
    assert_eq!(*fresh, "accepted");

    let mut opened = Opened::open(folder);
    assert_eq!(opened.wrong(), Vec::<String>::new());
    assert!(opened.balances());
    let (found, mut expected) = (opened.facts(), expected("0.1.0"));
    let tickets = expected["tickets"].as_object().unwrap();
    let holds =
        |ticket: &Value| ticket["complaints"].as_array().unwrap().iter().any(|complaint| complaint[0] == joined);
    let id = tickets.iter().find(|(_, ticket)| holds(ticket)).unwrap().0.clone();
    let receipts: Vec<&Value> =
        found["tickets"][&id]["complaints"].as_array().unwrap().iter().map(|complaint| &complaint[0]).collect();
    assert_eq!(receipts, [&json!(joined), &json!(new)], "the neighbour joins the ticket of the same matter");
    // Of everything else only what counts has changed.
    expected["tickets"][&id] = found["tickets"][&id].clone();
    for changes in ["ledger", "outbox", "reminders"] {
        expected[changes] = found[changes].clone();
    }
    assert_facts("after one more complaint", &found, &expected);
}

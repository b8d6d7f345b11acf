//! What stands in a SQLite file in clear: nothing that tells who a citizen is or what a source or a platform calls something.

use std::path::Path;

use huiliu::key::{ComplaintKey, DeliveryKey, RawKey, ReplyKey, TicketKey};
use huiliu::store::{
    Changes, Database, DeliveryResult, DeliveryState, Erasure, KeyRing, MergeKind, Opened, RawState, ReplyState, Store,
    StoreError, Vault, Verdict, open,
};
use huiliu::ticket::{Rater, Status};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::rows::{NAME, at, delivery, event, lone, message, rating, raw, reply, statement, ticket, update};
use crate::upkeep::wrong;

/// Every column that is neither a number nor sealed, with why it may be read by whoever has the file. A column that is missing here
/// is one that nobody has judged.
const JUDGED: [(&str, &str); 119] = [
    ("answer.state", "one of a few"),
    ("answer.channel", "the city pack's own name"),
    ("answer_count.state", "one of a few"),
    ("answer_count.channel", "the city pack's own name"),
    ("board.bulletin", "the city pack's own name"),
    ("board.token", "name of a token: a screen"),
    ("edition.report", "the city pack's own name"),
    ("edition_copy.destination", "the city pack's own name"),
    ("edition_file.format", "one of a few"),
    ("fact_key.channel", "the city pack's own name"),
    ("fact_key.kind", "one of a few"),
    ("fact_key.category", "code of the city pack"),
    ("fact_key.domain", "word of the city pack"),
    ("fact_key.district", "code of the city pack"),
    ("fact_key.department", "code of the city pack"),
    ("fact_key.level", "code of the city pack"),
    ("fact_key.grade", "code of the city pack"),
    ("fact.rating", "one of a few"),
    ("fact_day.body", "counts"),
    ("pack_content.digest", "digest of the city pack"),
    ("pack_version.digest", "digest of the city pack"),
    ("pack_version.version", "digest of the city pack"),
    ("pack_version.actor", "name of a token: who works here"),
    ("pack_version.cause", "one of a few"),
    ("pack_draft.created_by", "name of a token: who works here"),
    ("pack_draft.changed_by", "name of a token: who works here"),
    ("pause.channel", "the city pack's own name"),
    ("pause.actor", "name of a token or a person: who works here"),
    ("person.name", "who works here"),
    ("session.hash", "hash of a random token"),
    ("audit.link", "keyed hash"),
    ("audit_chain.before_link", "keyed hash"),
    ("audit_chain.last_link", "keyed hash"),
    ("audit_chain.seal", "keyed hash"),
    ("ticket_unit.unit", "code of the city pack"),
    ("raw_record.channel", "the city pack's own name"),
    ("raw_record.record_mark", "keyed hash"),
    ("raw_record.digest", "keyed hash"),
    ("raw_record.state", "one of a few"),
    ("raw_record.settings_version", "digest of the city pack"),
    ("complaint.channel", "the city pack's own name"),
    ("complaint.number_mark", "keyed hash"),
    ("complaint.receipt", "given by the gateway in its own order"),
    ("complaint.district", "code of the city pack"),
    ("complaint.category", "code of the city pack"),
    ("complaint.state", "one of a few"),
    ("statement.mark", "keyed hash"),
    ("statement.kind", "one of a few"),
    ("rating.rater", "one of a few"),
    ("rating.step", "code of the city pack"),
    ("rating.value", "one of a few"),
    ("rating.consequence", "one of a few"),
    ("call_back.way", "one of a few"),
    ("call_back.state", "one of a few"),
    ("reward.rule", "code of the city pack"),
    ("reward.basis", "one of a few"),
    ("topic_count.category", "code of the city pack"),
    ("topic_ticket.category", "code of the city pack"),
    ("topic.rule", "code of the city pack"),
    ("topic.area", "code of the city pack, or its beginning"),
    ("topic.state", "one of a few"),
    ("sighting.subject", "code of the city pack"),
    ("sighting.district", "code of the city pack"),
    ("alert.kind", "one of a few"),
    ("alert.code", "code of the city pack"),
    ("alert.area", "code of the city pack, or its beginning"),
    ("ticket.id", "given by the gateway in its own order"),
    ("ticket.status", "one of a few"),
    ("ticket.category", "code of the city pack"),
    ("ticket.district", "code of the city pack"),
    ("ticket.department", "code of the city pack"),
    ("ticket.grade", "code of the city pack"),
    ("ticket.successor", "id of a ticket"),
    ("ticket.recurrence_of", "id of a ticket"),
    ("ticket.waits", "code of the city pack"),
    ("merge_event.kind", "one of a few"),
    ("merge_event.actor", "name of a token: who works here"),
    ("merge_event.settings_version", "digest of the city pack"),
    ("cannot_link.actor", "name of a token: who works here"),
    ("review.weight", "a number"),
    ("review.actor", "name of a token: who works here"),
    ("quarantine.number_mark", "keyed hash"),
    ("quarantine.channel", "the city pack's own name"),
    ("alarm.clock", "code of the city pack"),
    ("notice_count.addressee", "code of the city pack"),
    ("notice_count.day", "a day"),
    ("clock_due.clock", "code of the city pack"),
    ("outbox.ticket_id", "id of a ticket"),
    ("outbox.exchange", "name of a setting"),
    ("outbox.routing_key", "codes of the city pack"),
    ("outbox.message_id", "id of a ticket, and its version"),
    ("outbox.kind", "one of a few"),
    ("delivery.destination", "the city pack's own name"),
    ("delivery.ticket_id", "id of a ticket"),
    ("delivery.message_id", "id of a ticket, its version, and the destination"),
    ("delivery.kind", "one of a few"),
    ("delivery.state", "one of a few"),
    ("occurrence.kind", "one of a few"),
    ("occurrence.outcome", "one of a few"),
    ("foreign_number.destination", "the city pack's own name"),
    ("foreign_number.number_mark", "keyed hash"),
    ("status_update.platform_mark", "keyed hash"),
    ("status_update.update_mark", "keyed hash"),
    ("status_update.status", "one of a few"),
    ("status_update.verdict", "one of a few"),
    ("reply.key", "id of a ticket, its version, and a receipt number"),
    ("reply.channel", "the city pack's own name"),
    ("reply.status", "one of a few"),
    ("reply.state", "one of a few"),
    ("position.channel", "the city pack's own name"),
    ("settings_version.version", "digest of the city pack"),
    ("settings_version.city", "name of the city"),
    ("token.name", "who works here"),
    ("token.role", "one of a few"),
    ("token.hash", "hash of 256 random bits"),
    ("warning.channel", "the city pack's own name"),
    ("warning.field", "name of a field"),
    ("source_file.channel", "the city pack's own name"),
    ("source_file.state", "one of a few"),
];

/// Sealed columns: what opens only with the key file.
const SEALED: [&str; 37] = [
    "pause.reason",
    "pack_content.body",
    "pack_version.reason",
    "edition_file.name",
    "edition_file.body",
    "pack_draft.label",
    "pack_draft.body",
    "audit.body",
    "person.body",
    "raw_record.body",
    "raw_record.label",
    "raw_record.rule",
    "complaint.body",
    "ticket.body",
    "merge_event.evidence",
    "review.evidence",
    "quarantine.problems",
    "outbox.body",
    "delivery.body",
    "delivery.error",
    "delivery.proof",
    "foreign_number.body",
    "occurrence.body",
    "status_update.body",
    "reply.body",
    "reply.error",
    "reply.told",
    "imprint.body",
    "file.label",
    "file.body",
    "warning.body",
    "source_file.body",
    "position.body",
    "statement.body",
    "rating.body",
    "topic.body",
    "word_bucket.body",
];

/// What the source, a platform and a channel call things, and what they said.
const RECORD: &str = "record-3710-777";
const PLATFORM: &str = "platform-of-wang";
const UPDATE: &str = "update-13800002222";
const REFUSAL: &str = "no such customer 13800003333";
const RULE: &str = "duplicate of Wang's letter";
const CURSOR: &str = "cursor-20261121-4711";
const CLEAR: [&str; 7] = [RECORD, PLATFORM, UPDATE, REFUSAL, RULE, CURSOR, NAME];

fn opened(folder: &TempDir, ring: &KeyRing) -> Result<Opened, StoreError> {
    open(&Database::Sqlite(folder.path().join("test.db")), Vault::new(ring).unwrap())
}

/// Which of them the files of the database hold.
fn found_in(folder: &Path, sought: &[&'static str]) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        read += bytes.len();
        let holds = |text: &&&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        found.extend(sought.iter().filter(holds).map(|text| (path.display().to_string(), *text)));
    }
    assert!(read > 4_096, "there is a database");
    found
}

/// A complaint with an update, a reply that failed, a discarded record and a position, each called as above.
fn fill(store: &mut dyn Store) {
    let mut changes = lone(1);
    changes.raw = vec![raw(1, RECORD, RawState::Complaint), raw(2, "other", RawState::Discarded)];
    changes.raw[1].rule = Some(RULE.to_owned());
    let mut row = update(1, UPDATE, 1, Status::Resolved, Verdict::Accepted);
    (row.update.platform, row.update.result) = (PLATFORM.to_owned(), Some(format!("已联系{NAME}")));
    changes.statuses = vec![row];
    changes.replies = vec![reply("r", 1, "c", 10)];
    changes.statements = vec![statement(1, 1)];
    changes.ratings = vec![rating(1, Some(1), Rater::Citizen)];
    changes.positions = vec![("c".to_owned(), json!({ "last": CURSOR }), at(5))];
    changes.outbox = vec![message("m", 1)];
    changes.deliveries = vec![delivery("county", "d", 1)];
    store.commit(changes).unwrap();
    let refused = Some(REFUSAL.to_owned());
    let result = DeliveryResult { state: DeliveryState::Dead, error: refused.clone(), proof: refused, next_at: None };
    store.mark_deliveries(&[DeliveryKey(1)], &result, at(12)).unwrap();
    store.mark_reply(ReplyKey(1), ReplyState::Dead, Some(REFUSAL), None, at(12)).unwrap();
}

#[test]
fn every_column_is_judged() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    drop(opened(&folder, &ring).unwrap());
    let database = Connection::open(folder.path().join("test.db")).unwrap();
    let sql = "SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'probe' AND c.type <> 'INTEGER' ORDER BY 1";
    let mut statement = database.prepare(sql).unwrap();
    let columns: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut judged: Vec<&str> = JUDGED.iter().map(|(column, _)| *column).chain(SEALED).collect();
    judged.sort_unstable();
    assert_eq!(columns, judged);
}

#[test]
fn nothing_that_identifies_is_in_the_file_in_clear() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let mut store = opened(&folder, &ring).unwrap();
    fill(&mut *store.writer);
    assert_eq!(found_in(folder.path(), &CLEAR), [], "while it is open, its log included");
    drop(store);
    assert_eq!(found_in(folder.path(), &CLEAR), []);
    let mut store = opened(&folder, &ring).unwrap();
    let store = &mut *store.writer;
    assert_eq!(store.record(RawKey(1)).unwrap().unwrap().record_id, RECORD, "it is shown to who has the keys");
    assert_eq!(
        store.list_replies(ReplyState::Dead, huiliu::store::Page::first(9)).unwrap()[0].last_error.as_deref(),
        Some(REFUSAL)
    );
    assert_eq!(store.position("c").unwrap(), Some(json!({ "last": CURSOR })));
    assert!(store.statuses_known(&[(TicketKey(1), PLATFORM, UPDATE)]).unwrap()[0].repeated);
    assert_eq!(wrong(store, false), Vec::<&str>::new());
}

#[test]
fn after_an_erasure_neither_the_file_nor_the_keys_give_anything_back() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let mut store = opened(&folder, &ring).unwrap();
    let store = &mut *store.writer;
    fill(store);
    // It was moved: what its former ticket told is gone, too.
    let changes = Changes {
        tickets: vec![ticket(2, 1, Status::Open), ticket(1, 0, Status::Absorbed)],
        moves: vec![(ComplaintKey(1), TicketKey(2))],
        merge_events: vec![event(1, MergeKind::Merge, 1, Some(1), 2)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    store.mark_published(&[1], at(13)).unwrap();
    let sealed = |table: &str| {
        let database = Connection::open(folder.path().join("test.db")).unwrap();
        let sql = format!("SELECT body FROM {table} ORDER BY 1");
        let mut statement = database.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let (said, delivered) = (sealed("status_update"), sealed("delivery"));
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(9_000) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert_eq!(found_in(folder.path(), &CLEAR), []);
    assert_eq!(store.record(RawKey(1)).unwrap().unwrap().record_id, "");
    let dead = store.list_replies(ReplyState::Dead, huiliu::store::Page::first(9)).unwrap();
    assert_eq!(dead[0].last_error, None);
    assert!(sealed("outbox").is_empty(), "a former ticket's messages");
    let vault = Vault::new(&ring).unwrap();
    let event = |body: &Vec<u8>| String::from_utf8(vault.open("delivery", body).unwrap()).unwrap();
    assert!(delivered.iter().any(|body| event(body).contains(NAME)), "it was there");
    assert!(!sealed("delivery").iter().any(|body| event(body).contains(NAME)));
    let words = |body: &Vec<u8>| String::from_utf8(vault.open("status", body).unwrap()).unwrap();
    assert!(said.iter().any(|body| words(body).contains(NAME)), "it was there");
    assert!(!sealed("status_update").iter().any(|body| words(body).contains(NAME)));
    // The same record is still recognized, by its keyed hash alone.
    let key = ("c".to_owned(), RECORD.to_owned());
    assert!(store.latest_raw(std::slice::from_ref(&key)).unwrap()[&key].erased);
    assert_eq!(wrong(store, false), Vec::<&str>::new());
}

const EARLIER: [&str; 6] = [
    include_str!("../../src/store/sqlite/schema/1-tables.sql"),
    include_str!("../../src/store/sqlite/schema/2-recurrence.sql"),
    include_str!("../../src/store/sqlite/schema/3-upkeep.sql"),
    include_str!("../../src/store/sqlite/schema/4-imprint.sql"),
    include_str!("../../src/store/sqlite/schema/5-decision.sql"),
    include_str!("../../src/store/sqlite/schema/6-remarks.sql"),
];

/// A database of the schema before, in which identifiers stand in clear.
fn written_before(folder: &TempDir, ring: &KeyRing) {
    let database = Connection::open(folder.path().join("test.db")).unwrap();
    EARLIER.iter().for_each(|script| database.execute_batch(script).unwrap());
    database.pragma_update(None, "user_version", 6).unwrap();
    let vault = Vault::new(ring).unwrap();
    let body = vault.seal("raw", b"{}").unwrap();
    for (id, record, state, rule) in
        [(1, RECORD, "complaint", None), (2, "other", "discarded", Some(RULE)), (3, "gone", "complaint", None)]
    {
        let complaint = (state == "complaint").then_some(id);
        database
            .execute(
                "INSERT INTO raw_record VALUES (?1, 'c', ?2, zeroblob(16), ?3, ?4, ?5, 0, 'v', ?6, NULL)",
                rusqlite::params![id, record, state, complaint, rule, body],
            )
            .unwrap();
    }
    database
        .execute_batch(&format!(
            "INSERT INTO complaint (id, channel, number, receipt, revision, raw_id, ticket, category, received_at, erased_at, body)
                 VALUES (1, 'c', '{RECORD}', 'R1', 1, 1, 1, 'light', 0, NULL, x''), (3, 'c', 'gone', 'R3', 1, 3, 1, 'light', 0, 7, x'');
             INSERT INTO status_update VALUES (1, 1, '{PLATFORM}', 1, '{UPDATE}', 'resolved', 'accepted', 0, 0, x'');
             INSERT INTO reply VALUES (1, 'r', 1, 1, 'c', 'resolved', 'dead', 1, 0, 0, 0, '{REFUSAL}', x'');
             INSERT INTO position VALUES ('c', '\"{CURSOR}\"', 0);
             INSERT INTO ticket (seq, id, version, status, category, district, department, grade, created_at, complaints, pinned, body)
                 VALUES (1, 'T1', 1, 'open', 'light', 'd', 'd', 'g', 0, 2, 0, x'');"
        ))
        .unwrap();
}

#[test]
fn a_database_of_before_is_sealed_and_everything_in_it_is_found_again() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    written_before(&folder, &ring);
    assert_eq!(found_in(folder.path(), &CLEAR).len(), CLEAR.len() - 1, "all but the name");
    let mut store = opened(&folder, &ring).unwrap();
    assert_eq!(found_in(folder.path(), &CLEAR), [], "overwritten, in the file and in its log");
    let store = &mut *store.writer;
    let key = ("c".to_owned(), RECORD.to_owned());
    assert_eq!(store.latest_raw(std::slice::from_ref(&key)).unwrap()[&key].id, RawKey(1));
    assert_eq!(store.heads_by_number(std::slice::from_ref(&key)).unwrap()[&key].id, ComplaintKey(1));
    assert_eq!(store.complaint_about("c", RECORD, 0).unwrap().unwrap().id, ComplaintKey(1));
    let other = ("c".to_owned(), "other".to_owned());
    assert_eq!(store.latest_raw(std::slice::from_ref(&other)).unwrap()[&other].rule.as_deref(), Some(RULE));
    let known = store.statuses_known(&[(TicketKey(1), PLATFORM, UPDATE), (TicketKey(1), PLATFORM, "none")]).unwrap();
    assert_eq!(
        known.iter().map(|known| (known.newest_sequence, known.repeated)).collect::<Vec<_>>(),
        [(Some(1), true), (Some(1), false)]
    );
    assert_eq!(store.position("c").unwrap(), Some(json!(CURSOR)));
    let dead = store.list_replies(ReplyState::Dead, huiliu::store::Page::first(9)).unwrap();
    assert_eq!(dead[0].last_error.as_deref(), Some(REFUSAL));
    let labels = [1, 3].map(|id| store.record(RawKey(id)).unwrap().unwrap().record_id);
    assert_eq!(labels, [RECORD, ""], "what was erased before loses it now");
}

#[test]
fn keys_of_another_database_change_nothing() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    written_before(&folder, &ring);
    let refused = opened(&folder, &KeyRing::generate().unwrap()).unwrap_err();
    assert!(refused.to_string().contains("not that of this database"), "{refused}");
    let mut store = opened(&folder, &ring.rotated().unwrap()).unwrap();
    let key = ("c".to_owned(), RECORD.to_owned());
    assert_eq!(store.writer.latest_raw(std::slice::from_ref(&key)).unwrap().len(), 1, "with the right ones it goes on");
}

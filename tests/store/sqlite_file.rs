//! What only a SQLite file can suffer: damage, another key, another process, another version.

use std::path::Path;
use std::sync::Arc;

use huiliu::audit::AuditAction;
use huiliu::key::{ComplaintKey, RawKey, ReplyKey, TicketKey, TopicKey};
use huiliu::people::{Reach, Scope};
use huiliu::store::{
    Changes, CorpusContent, Database, FindingState, ImprintRow, KeyRing, Listed, MergeKind, Opened, Page, RawState,
    ReplyState, Store, StoreError, TicketFilter, TokenRow, TopicComplaint, Vault, open, probe,
};
use huiliu::ticket::{Status, TopicState};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::audit::entry;
use crate::files::file;
use crate::rows::{at, event, lone, lones, quarantine, raw, reply, ticket, topic};
use crate::upkeep::wrong;

fn opened(folder: &TempDir, ring: &KeyRing) -> Result<Opened, StoreError> {
    open(&Database::Sqlite(folder.path().join("test.db")), Vault::new(ring).unwrap())
}

/// Does something to the file behind the store's back.
fn tamper(folder: &Path, sql: &str) {
    Connection::open(folder.join("test.db")).unwrap().execute_batch(sql).unwrap();
}

fn damaged<T: std::fmt::Debug>(found: Result<T, StoreError>) -> (&'static str, i64) {
    match found {
        Err(StoreError::Damaged { table, row, .. }) => (table, row),
        other => panic!("not damaged: {other:?}"),
    }
}

/// Three complaints; the rows of the second are damaged.
fn second_is_damaged(sql: &str) -> (TempDir, Opened) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = opened(&folder, &KeyRing::generate().unwrap()).unwrap();
    lones(&mut *store.writer, 1..=3);
    let changes = Changes {
        raw: vec![raw(4, "x", RawState::Quarantined), raw(5, "y", RawState::Received)],
        quarantine: vec![quarantine(4)],
        merge_events: vec![event(1, MergeKind::Auto, 2, None, 2)],
        replies: vec![reply("r", 2, "c", 10)],
        files: vec![file(2, 0)],
        ..Changes::default()
    };
    store.writer.commit(changes).unwrap();
    tamper(folder.path(), sql);
    (folder, store)
}

/// Two finished tickets, each with a reply.
fn with_two_answers() -> (TempDir, Opened) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = opened(&folder, &KeyRing::generate().unwrap()).unwrap();
    lones(&mut *store.writer, 1..=2);
    let changes = Changes {
        tickets: vec![ticket(1, 1, Status::Resolved), ticket(2, 1, Status::Resolved)],
        replies: vec![reply("r1", 1, "c", 2_000), reply("r2", 2, "c", 2_000)],
        ..Changes::default()
    };
    store.writer.commit(changes).unwrap();
    (folder, store)
}

#[test]
fn a_reply_that_was_taken_out_of_the_file_is_found_with_its_receipt_number() {
    let (folder, mut store) = with_two_answers();
    store.writer.mark_reply(ReplyKey(1), ReplyState::Sent, None, None, at(2_001)).unwrap();
    store.writer.mark_reply(ReplyKey(2), ReplyState::Sent, None, None, at(2_001)).unwrap();
    assert_eq!(wrong(&mut *store.writer, false), Vec::<&str>::new());
    tamper(folder.path(), "DELETE FROM reply WHERE key = 'r2'");
    let found = store.writer.examine(false).unwrap().into_iter().find(|finding| finding.check == "answers").unwrap();
    assert_eq!(found.state, FindingState::Wrong);
    assert!(found.message.contains("answered 1") && found.message.contains("missing 1"), "{}", found.message);
    let missing = store.writer.unanswered(None, &|_| true, Page::first(9)).unwrap();
    assert!(missing.len() == 1 && found.message.contains(&missing[0].receipt), "{}", found.message);
    // A complaint that is lost altogether is missed, too.
    tamper(folder.path(), "DELETE FROM complaint WHERE id = 1");
    assert!(wrong(&mut *store.writer, false).contains(&"answers"));
}

#[test]
fn what_is_kept_of_answers_is_held_against_what_there_is_and_made_again() {
    let (folder, mut store) = with_two_answers();
    let before = store.writer.answer_ledger(&|_| true).unwrap();
    for sql in [
        "DELETE FROM answer WHERE complaint_id = 2",
        "UPDATE answer SET state = 'answered' WHERE complaint_id = 1",
        "UPDATE answer_count SET complaints = 7",
        "UPDATE finished_count SET complaints = 7",
    ] {
        tamper(folder.path(), sql);
        assert!(wrong(&mut *store.writer, false).contains(&"answers kept"), "{sql}");
        store.writer.examine(true).unwrap();
        assert_eq!(wrong(&mut *store.writer, false), Vec::<&str>::new(), "{sql}");
        assert_eq!(store.writer.answer_ledger(&|_| true).unwrap(), before, "{sql}");
    }
}

#[test]
fn what_is_kept_of_topics_is_held_against_what_there_is_and_made_again() {
    let (folder, mut store) = with_two_answers();
    let of = |complaint| TopicComplaint { topic: TopicKey(1), complaint: ComplaintKey(complaint) };
    let topics = vec![topic(1, TopicState::Open, None)];
    store.writer.commit(Changes { topics, topic_complaints: vec![of(1), of(2)], ..Changes::default() }).unwrap();
    for sql in [
        "DELETE FROM topic_ticket WHERE ticket = 2",
        "UPDATE topic_ticket SET complaints = 7",
        "UPDATE topic_ticket SET category = 'other'",
        "UPDATE topic_count SET tickets = 7",
        "INSERT INTO topic_count VALUES (1, 'other', 1)",
    ] {
        tamper(folder.path(), sql);
        assert!(wrong(&mut *store.writer, false).contains(&"topics kept"), "{sql}");
        store.writer.examine(true).unwrap();
        assert_eq!(wrong(&mut *store.writer, false), Vec::<&str>::new(), "{sql}");
        assert_eq!(store.writer.count_topic(TopicKey(1), &[]).unwrap(), 2, "{sql}");
        assert_eq!(store.writer.tickets_of_topic(TopicKey(1), 9).unwrap(), [TicketKey(2), TicketKey(1)], "{sql}");
    }
}

#[test]
fn a_damaged_row_is_named_and_does_not_hold_up_others() {
    let (_folder, mut store) = second_is_damaged(
        "UPDATE complaint SET body = zeroblob(40) WHERE id = 2; UPDATE ticket SET body = x'00' WHERE seq = 2;
         UPDATE merge_event SET evidence = x''; UPDATE quarantine SET problems = zeroblob(40);
         UPDATE raw_record SET body = zeroblob(40) WHERE id = 5; UPDATE file SET label = zeroblob(40);
         INSERT INTO position VALUES (1, 'c', 0, x'00');",
    );
    let store = &mut *store.writer;
    assert_eq!(damaged(store.complaints(&[ComplaintKey(2)])), ("complaint", 2));
    assert_eq!(damaged(store.members(TicketKey(2))), ("complaint", 2));
    assert_eq!(damaged(store.tickets(&[TicketKey(2)], 0)), ("ticket", 2));
    let listed = store.list_tickets(&TicketFilter::default(), Page::first(9)).unwrap().tickets;
    assert_eq!(listed.iter().map(|detail| detail.key.0).collect::<Vec<_>>(), [3, 1], "it is left out");
    assert_eq!(damaged(store.merge_events(TicketKey(2))), ("merge_event", 1));
    assert_eq!(damaged(store.quarantined(RawKey(4))), ("quarantine", 4));
    assert_eq!(damaged(store.undecided(RawKey(0), 9)), ("raw_record", 5));
    assert_eq!(damaged(store.files_of(ComplaintKey(2))), ("file", 1));
    assert_eq!(damaged(store.position("c")), ("position", 1));
    assert_eq!(damaged(store.due_replies(at(99), 9)), ("reply", 1), "laid at the reply that meets its complaint");
    store.mark_reply(ReplyKey(1), ReplyState::Dead, Some("damaged"), None, at(99)).unwrap();
    assert!(store.due_replies(at(99), 9).unwrap().is_empty(), "given up, it holds up no other");
    assert_eq!(store.complaints(&[ComplaintKey(1), ComplaintKey(3)]).unwrap().len(), 2);
    assert_eq!(store.tickets(&[TicketKey(1), TicketKey(3)], 9).unwrap().len(), 2);
    store.commit(lone(6)).unwrap();
    assert_eq!(wrong(store, false), ["sealed content"]);
}

#[test]
fn an_unknown_name_is_a_damaged_row() {
    let (_folder, mut store) = second_is_damaged(
        "UPDATE raw_record SET state = 'lost' WHERE id = 2; UPDATE ticket SET status = 'gone' WHERE seq = 2;
         UPDATE merge_event SET kind = 'chance'; UPDATE reply SET status = 'gone';
         INSERT INTO status_update VALUES (1, 1, x'00', 1, x'01', 'gone', 'accepted', 0, 0, x'');",
    );
    let store = &mut *store.writer;
    assert_eq!(damaged(store.latest_raw(&[("c".into(), "n2".into())])), ("raw_record", 2));
    assert_eq!(damaged(store.tickets(&[TicketKey(2)], 0)), ("ticket", 2));
    assert_eq!(damaged(store.corpus(ComplaintKey(0), 9, None, &mut |_| {})), ("ticket", 2));
    assert_eq!(damaged(store.merge_events(TicketKey(2))), ("merge_event", 1));
    assert_eq!(damaged(store.due_replies(at(99), 9)), ("reply", 1));
    assert_eq!(damaged(store.last_statuses(&[TicketKey(1)])), ("status_update", 1));
    assert!(!store.ledger().unwrap().balances());
    let found = store.examine(false).unwrap().into_iter().find(|finding| finding.check == "stored names").unwrap();
    assert_eq!(found.state, FindingState::Wrong, "{}", found.message);
}

#[test]
fn a_damaged_complaint_is_erased_like_any_other() {
    let (_folder, mut store) = second_is_damaged("UPDATE complaint SET body = zeroblob(40) WHERE id = 2;");
    let erased = vec![huiliu::store::Erasure { complaint: ComplaintKey(2), at: at(9) }];
    store.writer.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert!(store.writer.complaints(&[ComplaintKey(2)]).unwrap()[0].erased);
    assert_eq!(wrong(&mut *store.writer, false), Vec::<&str>::new());
}

#[test]
fn a_new_key_seals_everything_again() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let mut changes = lone(1);
    changes.imprints.push(ImprintRow { complaint: ComplaintKey(1), reading: 7, body: vec![1, 2, 3] });
    changes.files.push(file(1, 0));
    opened(&folder, &ring).unwrap().writer.commit(changes).unwrap();
    let rotated = ring.rotated().unwrap();
    let mut store = opened(&folder, &rotated).unwrap();
    let store = &mut *store.writer;
    assert_eq!(store.reseal(2).unwrap(), 2, "some at a time");
    while store.reseal(2).unwrap() > 0 {}
    assert_eq!(wrong(store, false), Vec::<&str>::new());
    assert_eq!(store.file(RawKey(1), 0).unwrap().unwrap().bytes, file(1, 0).bytes);
    let mut contents = Vec::new();
    store.corpus(ComplaintKey(0), 9, Some(7), &mut |row| contents.push(row.content)).unwrap();
    assert!(matches!(contents.as_slice(), [CorpusContent::Imprint(body)] if *body == [1, 2, 3]));
    tamper(folder.path(), "UPDATE imprint SET body = zeroblob(40)");
    contents.clear();
    store.corpus(ComplaintKey(0), 9, Some(7), &mut |row| contents.push(row.content)).unwrap();
    assert!(matches!(contents.as_slice(), [CorpusContent::Imprint(none)] if none.is_empty()), "made again");
}

#[test]
fn a_database_of_other_keys_is_refused_alike_by_who_opens_and_who_only_looks() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let rotated = ring.rotated().unwrap();
    opened(&folder, &rotated).unwrap().writer.commit(lone(1)).unwrap();
    for (other, why) in [(ring, "key 2"), (KeyRing::generate().unwrap(), "the key file")] {
        let looked = probe(&Database::Sqlite(folder.path().join("test.db")), Vault::new(&other).unwrap()).unwrap_err();
        let error = opened(&folder, &other).unwrap_err();
        assert!(matches!(error, StoreError::OtherKeys { .. }) && error.to_string().contains(why), "{error}");
        assert_eq!(error.to_string(), looked.to_string());
    }
    opened(&folder, &rotated).unwrap().writer.complaints(&[ComplaintKey(1)]).unwrap();
}

#[test]
fn a_second_writer_is_refused_and_a_reader_sees_what_is_committed() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let mut first = opened(&folder, &ring).unwrap();
    assert!(matches!(opened(&folder, &ring), Err(StoreError::Locked { .. })));
    let mut reader = first.reader().unwrap();
    first.writer.write_ahead(lone(1)).unwrap();
    assert_eq!(reader.ledger().unwrap().received, 0);
    first.writer.commit(Changes::default()).unwrap();
    assert_eq!(reader.ledger().unwrap().received, 1);
    let token = TokenRow { name: "n".into(), role: "viewer".into(), hash: Vec::new(), created_at: at(1) };
    reader.put_token(&token, &entry(AuditAction::NewToken, "ann", 1)).unwrap_err();
}

#[test]
fn a_file_of_a_newer_version_or_of_another_kind_is_refused() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    drop(opened(&folder, &ring).unwrap());
    tamper(folder.path(), "PRAGMA user_version = 99");
    assert!(matches!(opened(&folder, &ring), Err(StoreError::Newer { .. })));
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("test.db"), "not a database".repeat(1_000)).unwrap();
    assert!(matches!(opened(&other, &ring), Err(StoreError::Unusable { .. })));
}

const SCHEMA: [&str; 4] = [
    include_str!("../../src/store/sqlite/schema/1-tables.sql"),
    include_str!("../../src/store/sqlite/schema/2-recurrence.sql"),
    include_str!("../../src/store/sqlite/schema/3-upkeep.sql"),
    include_str!("../../src/store/sqlite/schema/4-imprint.sql"),
];

#[test]
fn a_file_of_every_earlier_schema_is_brought_up_to_date() {
    for applied in 0..=SCHEMA.len() {
        let folder = tempfile::tempdir().unwrap();
        for script in SCHEMA.iter().take(applied) {
            tamper(folder.path(), script);
        }
        tamper(folder.path(), &format!("PRAGMA user_version = {applied}"));
        let mut store = opened(&folder, &KeyRing::generate().unwrap()).unwrap();
        store.writer.commit(lone(1)).unwrap();
        assert_eq!(wrong(&mut *store.writer, false), Vec::<&str>::new(), "{applied}");
    }
}

/// What schema 31 made, taken away again.
const BEFORE_LISTS: &str = "
    DROP TRIGGER topic_gains_complaint; DROP TRIGGER topic_complaint_moves; DROP TRIGGER topic_ticket_counted;
    DROP TRIGGER topic_ticket_discounted; DROP TRIGGER topic_ticket_counted_again; DROP VIEW topic_ticket_now;
    DROP TABLE topic_ticket; DROP TABLE topic_count;
    DROP INDEX occurrence_notices; DROP INDEX review_open_of_ticket; DROP INDEX quarantine_by_number; DROP INDEX quarantine_by_channel;
    ALTER TABLE quarantine DROP COLUMN number_mark; PRAGMA user_version = 30;";

#[test]
fn what_lists_need_is_made_from_what_was_there_before() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), KeyRing::generate().unwrap());
    let mut store = opened(&folder, &ring).unwrap();
    lones(&mut *store.writer, 1..=2);
    let of = |complaint| TopicComplaint { topic: TopicKey(1), complaint: ComplaintKey(complaint) };
    let changes = Changes {
        raw: vec![raw(4, "n1", RawState::Quarantined), raw(5, "x", RawState::Quarantined)],
        quarantine: vec![quarantine(4), quarantine(5)],
        topics: vec![topic(1, TopicState::Open, None)],
        topic_complaints: vec![of(1), of(2)],
        ..Changes::default()
    };
    store.writer.commit(changes).unwrap();
    drop(store);
    tamper(folder.path(), BEFORE_LISTS);
    let mut store = opened(&folder, &ring).unwrap();
    let store: &mut dyn Store = &mut *store.writer;
    assert_eq!((store.count_topic(TopicKey(1), &[]).unwrap(), wrong(store, false)), (2, Vec::new()));
    assert_eq!(store.tickets_of_topic(TopicKey(1), 9).unwrap(), [TicketKey(2), TicketKey(1)]);
    let scope = Scope { categories: vec![String::new()], ..Scope::default() };
    let found = store.within(&Listed::Quarantine(None), &Reach::new(Arc::new(scope), [], []), Page::first(9)).unwrap();
    assert_eq!(found.numbers, [4], "the one that is about a complaint");
}

#[test]
fn old_events_and_erased_records_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    SCHEMA.iter().for_each(|script| tamper(folder.path(), script));
    tamper(
        folder.path(),
        "PRAGMA user_version = 4;
         INSERT INTO merge_event (id, at, kind, complaint_id, from_ticket, to_ticket, actor, settings_version) VALUES
             (1, 5, 'merge', 1, 2, 3, 'a', 'v'), (2, 5, 'auto', 9, NULL, 3, 'a', 'v'), (3, 5, 'merge', 2, 2, 3, 'a', 'v'),
             (4, 6, 'merge', 1, 2, 3, 'a', 'v'), (5, 5, 'auto', 8, NULL, 3, 'a', 'v');
         INSERT INTO raw_record VALUES (1, 'c', 'n', zeroblob(16), 'discarded', NULL, 'erased', 0, 'v', x''),
             (2, 'c', 'm', zeroblob(16), 'discarded', NULL, 'test', 0, 'v', x'');",
    );
    let mut store = opened(&folder, &KeyRing::generate().unwrap()).unwrap();
    let store: &mut dyn Store = &mut *store.writer;
    let decisions: Vec<i64> = store.merge_events(TicketKey(3)).unwrap().iter().map(|event| event.decision.0).collect();
    assert_eq!(decisions, [1, 2, 1, 4, 2]);
    assert_eq!(store.counters().unwrap().decision.0, 5);
    let ledger = store.ledger().unwrap();
    assert_eq!((ledger.erased, ledger.discarded, ledger.balances()), (1, 1, true));
}

//! What only a server of PostgreSQL can do to a store: lose its connection, be another's, hold somebody up.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use huiliu::audit::AuditAction;
use huiliu::key::{ComplaintKey, RawKey};
use huiliu::store::{
    Changes, CorpusContent, Database, Erasure, FindingState, ImprintRow, KeyRing, MergeKind, Opened, RawState,
    StoreError, TokenRow, Vault, open, probe,
};
use huiliu::ticket::Status;
use huiliu_city::not_run;

use crate::audit::entry;
use crate::engine::vault;
use crate::files::file;
use crate::rows::{at, event, lone, lones, quarantine, raw, reply, ticket};
use crate::server::Schema;
use crate::upkeep::wrong;

fn opened(schema: &Schema, ring: &KeyRing) -> Result<Opened, StoreError> {
    open(&schema.database(), Vault::new(ring).unwrap())
}

/// Three complaints.
fn filled() -> Option<(Opened, Schema)> {
    let schema = Schema::new()?;
    let mut store = opened(&schema, &KeyRing::generate().unwrap()).unwrap();
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
    Some((store, schema))
}

#[test]
fn a_connection_that_is_lost_is_made_again_and_nothing_is_written_twice() {
    let Some((mut store, schema)) = filled() else { return };
    let others = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
        WHERE application_name = 'huiliu' AND pid <> pg_backend_pid() AND datname = current_database()
          AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = (hashtext(current_schema())::bigint & 4294967295)::oid)";
    assert_eq!(schema.texts(others), ["true"], "the connection of the writer, by its lock");
    // What is in it when it goes may fail, once; nothing of it is there then.
    let before = store.writer.ledger().map(|ledger| ledger.received);
    let first = store.writer.commit(lone(7));
    let written = u64::from(first.is_ok());
    assert!(matches!(first, Ok(()) | Err(StoreError::Unavailable { .. })), "{first:?}");
    assert_eq!(store.writer.ledger().unwrap().received, before.unwrap_or(5) + written);
    store.writer.commit(lone(8)).unwrap();
    assert_eq!(store.writer.ledger().unwrap().received, 6 + written);
    assert_eq!(wrong(&mut *store.writer, false), Vec::<&str>::new());
}

/// A way to the server that is cut as soon as the server has answered the next commit of a step: the answer does not arrive.
struct Cut {
    port: u16,
    armed: Arc<AtomicBool>,
}

impl Cut {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, armed) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let cuts = Arc::clone(&armed);
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                let is_cut = Arc::new(AtomicBool::new(false));
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (cuts, cut) = (Arc::clone(&cuts), Arc::clone(&is_cut));
                thread::spawn(move || {
                    passed_on(from, to, |bytes| {
                        if bytes.windows(8).any(|part| part == b"; COMMIT") && cuts.swap(false, Ordering::SeqCst) {
                            cut.store(true, Ordering::SeqCst);
                        }
                        true
                    });
                });
                thread::spawn(move || passed_on(server, client, |_bytes| !is_cut.load(Ordering::SeqCst)));
            }
        });
        Self { port, armed }
    }
}

/// Passes on what comes while that may be; then both sides are closed.
fn passed_on(mut from: TcpStream, mut to: TcpStream, mut may: impl FnMut(&[u8]) -> bool) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !may(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    for side in [from, to] {
        drop(side.shutdown(Shutdown::Both));
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_known_to_be_there() {
    let Some(schema) = Schema::new() else { return };
    let Database::Postgres(address) = schema.database() else { panic!("it is one of PostgreSQL") };
    let (before, rest) = address.rsplit_once('@').unwrap();
    let (server, after) = rest.split_once('/').unwrap();
    let cut = Cut::to(server.to_owned());
    let through = format!("{before}@127.0.0.1:{}/{after}", cut.port).parse().unwrap();
    let mut store = open(&through, vault()).unwrap();
    store.writer.commit(lone(1)).unwrap();
    cut.armed.store(true, Ordering::SeqCst);
    store.writer.commit(lone(2)).unwrap();
    assert!(!cut.armed.load(Ordering::SeqCst), "the way was cut");
    store.writer.commit(lone(3)).unwrap();
    assert_eq!(store.writer.ledger().unwrap().received, 3);
}

#[test]
fn a_second_writer_is_refused_and_a_reader_sees_what_is_committed() {
    let Some(schema) = Schema::new() else { return };
    let ring = KeyRing::generate().unwrap();
    let mut first = opened(&schema, &ring).unwrap();
    let refused = opened(&schema, &ring).unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    let mut reader = first.reader().unwrap();
    first.writer.write_ahead(lone(1)).unwrap();
    assert_eq!(reader.ledger().unwrap().received, 0);
    first.writer.commit(Changes::default()).unwrap();
    assert_eq!(reader.ledger().unwrap().received, 1);
    // Whoever writes beside it writes at once: tokens, people, answers of people.
    let token = TokenRow { name: "n".into(), role: "viewer".into(), hash: Vec::new(), created_at: at(1) };
    first.beside().unwrap().put_token(&token, &entry(AuditAction::NewToken, "ann", 1)).unwrap();
    assert_eq!(first.writer.tokens().unwrap().len(), 1);
}

#[test]
fn a_database_of_other_keys_or_of_a_newer_version_is_refused_alike_by_who_opens_and_who_only_looks() {
    let Some(schema) = Schema::new() else { return };
    let ring = KeyRing::generate().unwrap();
    let rotated = ring.rotated().unwrap();
    probe(&schema.database(), Vault::new(&ring).unwrap()).unwrap();
    assert_eq!(
        schema.texts("SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace"),
        [""; 0]
    );
    opened(&schema, &rotated).unwrap().writer.commit(lone(1)).unwrap();
    for (other, why) in [(ring, "key 2"), (KeyRing::generate().unwrap(), "the key file")] {
        let looked = probe(&schema.database(), Vault::new(&other).unwrap()).unwrap_err();
        let error = opened(&schema, &other).unwrap_err();
        assert!(matches!(error, StoreError::OtherKeys { .. }) && error.to_string().contains(why), "{error}");
        assert_eq!(error.to_string(), looked.to_string());
    }
    opened(&schema, &rotated).unwrap().writer.complaints(&[ComplaintKey(1)]).unwrap();
    schema.run("INSERT INTO huiliu_schema (version) VALUES (99)");
    assert!(matches!(opened(&schema, &rotated), Err(StoreError::Newer { .. })));
    assert!(matches!(probe(&schema.database(), Vault::new(&rotated).unwrap()), Err(StoreError::Newer { .. })));
}

#[test]
fn a_new_key_seals_everything_again() {
    let Some(schema) = Schema::new() else { return };
    let ring = KeyRing::generate().unwrap();
    let mut changes = lone(1);
    changes.imprints.push(ImprintRow { complaint: ComplaintKey(1), reading: 7, body: vec![1, 2, 3] });
    changes.files.push(file(1, 0));
    opened(&schema, &ring).unwrap().writer.commit(changes).unwrap();
    let mut store = opened(&schema, &ring.rotated().unwrap()).unwrap();
    let store = &mut *store.writer;
    assert_eq!(store.reseal(2).unwrap(), 2, "some at a time");
    while store.reseal(2).unwrap() > 0 {}
    assert_eq!(wrong(store, false), Vec::<&str>::new());
    assert_eq!(store.file(RawKey(1), 0).unwrap().unwrap().bytes, file(1, 0).bytes);
    let mut contents = Vec::new();
    store.corpus(ComplaintKey(0), 9, Some(7), &mut |row| contents.push(row.content)).unwrap();
    assert!(matches!(contents.as_slice(), [CorpusContent::Imprint(body)] if *body == [1, 2, 3]));
}

#[test]
fn a_damaged_row_is_named_does_not_hold_up_others_and_is_erased_like_any_other() {
    let Some((mut store, schema)) = filled() else { return };
    schema.run("UPDATE complaint SET body = decode(repeat('00', 40), 'hex') WHERE id = 2");
    let store = &mut *store.writer;
    let refused = store.complaints(&[ComplaintKey(2)]).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { table: "complaint", row: 2, .. }), "{refused}");
    assert_eq!(store.complaints(&[ComplaintKey(1), ComplaintKey(3)]).unwrap().len(), 2);
    assert_eq!(wrong(store, false), ["sealed content"]);
    let erased = vec![Erasure { complaint: ComplaintKey(2), at: at(9) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert!(store.complaints(&[ComplaintKey(2)]).unwrap()[0].erased);
    assert_eq!(wrong(store, false), Vec::<&str>::new());
    schema.run("UPDATE ticket SET status = 'so-so' WHERE seq = 1");
    let found = store.examine(false).unwrap().into_iter().find(|finding| finding.check == "stored names").unwrap();
    assert_eq!(found.state, FindingState::Wrong, "{}", found.message);
}

#[test]
fn what_is_kept_of_answers_and_topics_is_held_against_what_there_is_and_made_again() {
    let Some((mut store, schema)) = filled() else { return };
    let store = &mut *store.writer;
    let changes = Changes {
        tickets: vec![ticket(1, 1, Status::Resolved), ticket(3, 1, Status::Resolved)],
        replies: vec![reply("r1", 1, "c", 2_000), reply("r3", 3, "c", 2_000)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    schema.run("UPDATE answer_count SET complaints = complaints + 1");
    assert_eq!(wrong(store, false), ["answers kept", "answers"]);
    store.examine(true).unwrap();
    assert_eq!(wrong(store, false), Vec::<&str>::new());
}

#[test]
fn a_server_proves_by_its_certificate_that_it_is_the_right_one() {
    let Ok(server) = std::env::var("HULIU_POSTGRES_URL") else { return not_run("no server of PostgreSQL") };
    let Ok(authority) = std::env::var("HULIU_POSTGRES_CA") else { return not_run("no authority of the server") };
    let by = |host: &str, query: &str| {
        let address = format!("{}?{query}", server.replace("@127.0.0.1:", &format!("@{host}:")));
        probe(&address.parse::<Database>().unwrap(), vault())
    };
    by("localhost", &format!("sslmode=verify-full&sslrootcert={authority}")).unwrap();
    by("localhost", &format!("sslrootcert={authority}")).unwrap();
    let strange = by("localhost", "sslmode=verify-full").unwrap_err().to_string();
    assert!(strange.contains("certificate") && strange.contains("UnknownIssuer"), "{strange}");
    let none = by("localhost", "sslmode=verify-full&sslrootcert=/nowhere").unwrap_err();
    assert!(none.to_string().contains("sslrootcert cannot be read"), "{none}");
}

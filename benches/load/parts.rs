//! Parts of the pipeline alone, in one thread: mapping, and the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use huiliu::mapping::{Loading, Mapped, Pack, SecretSource};
use huiliu::pipeline::{DeskState, Normalized, normalize};
use huiliu::registry::factories;
use huiliu::store::sqlite::SqliteStore;
use huiliu::store::{Changes, ComplaintRow, KeyRing, NewRaw, OutboxRow, RawState, Store as _, Vault};
use huiliu::ticket::Ticket;
use huiliu_adapter_api::{HttpClient, RawRecord, SystemClock};
use huiliu_city::World;
use jiff::Timestamp;
use serde_json::json;

use crate::Arguments;
use crate::drive::complaint;

/// Measures mapping and store.
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let count = arguments.count.unwrap_or(20_000);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let factories = factories();
    let clock = Arc::new(SystemClock);
    let loading = Loading { factories: &factories, secrets: SecretSource::Optional, client: HttpClient::new(), clock };
    let pack = Pack::read(&folder, &loading).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let channel = pack.channels.get("generic").ok_or_else(|| anyhow::anyhow!("the pack has no generic channel"))?;
    let mut world = World::new(arguments.seed);
    let records: Vec<RawRecord> =
        (0..count).map(|serial| RawRecord::new(serial.to_string(), complaint(&mut world, serial))).collect();
    let began = Instant::now();
    let normalized: Vec<Normalized> = records.iter().map(|record| normalize(channel, record)).collect();
    println!("mapping alone:           {:>9.0} records/s", count as f64 / began.elapsed().as_secs_f64());
    for batch in [1, 16, 64, 256] {
        let folder = tempfile::tempdir_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("target"))?;
        let vault = Vault::new(&KeyRing::generate()?)?;
        let mut store = SqliteStore::open(&folder.path().join("bench.db"), vault.clone())?;
        let count = if batch == 1 { count / 10 } else { count };
        let began = Instant::now();
        for (chunk, records) in normalized.iter().take(count).collect::<Vec<_>>().chunks(batch).enumerate() {
            store.commit(changes(records, chunk * batch))?;
        }
        println!("store alone, {batch:>3} a commit: {:>9.0} records/s", count as f64 / began.elapsed().as_secs_f64());
        if count == records.len() {
            let began = Instant::now();
            let state = DeskState::rebuild(&mut store, vault, &pack, Timestamp::UNIX_EPOCH)?;
            let rate = state.open_complaints() as f64 / began.elapsed().as_secs_f64();
            println!("merge index rebuilt:     {rate:>9.0} complaints/s");
        }
    }
    Ok(())
}

/// What a step writes for new complaints, each on a ticket of its own with one message.
fn changes(records: &[&Normalized], first: usize) -> Changes {
    let mut changes = Changes::default();
    for (index, record) in records.iter().enumerate() {
        let Mapped::Complaint(complaint) = &record.applied.mapped else { continue };
        let id = i64::try_from(first + index + 1).unwrap_or(i64::MAX);
        let (at, receipt) = (Timestamp::UNIX_EPOCH, format!("RC{id:09}"));
        changes.raw.push(NewRaw {
            id,
            channel: "generic".to_owned(),
            record_id: record.record_id.clone(),
            digest: record.digest,
            state: RawState::Complaint,
            complaint: Some(id),
            rule: None,
            received_at: at,
            settings_version: "bench".to_owned(),
            body: record.body.clone(),
        });
        changes.complaints.push(Arc::new(ComplaintRow {
            id,
            receipt: receipt.clone(),
            raw_id: id,
            ticket: id,
            district: None,
            category: "other".to_owned(),
            received_at: at,
            phone_hash: u64::try_from(id).ok(),
            id_hash: None,
            account_hash: None,
            complaint: complaint.as_ref().clone(),
        }));
        let ticket_id = format!("RC-{id}");
        let ticket = Ticket { id: ticket_id.clone(), version: 1, complaints: 1, ..Ticket::default() };
        changes.tickets.push((id, ticket));
        changes.outbox.push(OutboxRow {
            ticket: id,
            version: 1,
            exchange: "huiliu.tickets".to_owned(),
            routing_key: "created.a.b.c".to_owned(),
            message_id: format!("{ticket_id}.1"),
            kind: "created".to_owned(),
            at,
            ticket_id,
            body: json!({ "data": record.body, "receipt": receipt }),
        });
    }
    changes
}

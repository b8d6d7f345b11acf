//! Parts of the engine alone, in one thread: mapping, and the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use huiliu::desk::DeskState;
use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::mapping::{Loading, Mapped};
use huiliu::mapping::{Normalized, normalize};
use huiliu::pack::Pack;
use huiliu::registry::factories;
use huiliu::store::{Changes, ComplaintRow, Database, KeyRing, NewRaw, OutboxRow, RawState, Vault, open};
use huiliu::ticket::Ticket;
use huiliu_adapter_api::{RawRecord, SystemClock};
use huiliu_city::World;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Arguments;
use crate::drive::{complaint, complaint_of};

/// Measures mapping and store.
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let count = arguments.count.unwrap_or(20_000);
    let pack = pack()?;
    let channel = pack.channels.get("generic").ok_or_else(|| anyhow::anyhow!("the pack has no generic channel"))?;
    let mut world = World::new(arguments.seed);
    let records: Vec<RawRecord> =
        (0..count).map(|serial| RawRecord::new(serial.to_string(), complaint(&mut world, serial))).collect();
    let began = Instant::now();
    let normalized: Vec<Normalized> = records.iter().map(|record| normalize(channel, record, Timestamp::MAX)).collect();
    println!("mapping alone:           {:>9.0} records/s", count as f64 / began.elapsed().as_secs_f64());
    for batch in [1, 16, 64, 256] {
        let folder = tempfile::tempdir_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("target"))?;
        let vault = Vault::new(&KeyRing::generate()?)?;
        let mut store = open(&Database::Sqlite(folder.path().join("bench.db")), vault)?.writer;
        let count = if batch == 1 { count / 10 } else { count };
        let began = Instant::now();
        for (chunk, records) in normalized.iter().take(count).collect::<Vec<_>>().chunks(batch).enumerate() {
            store.commit(changes(records, chunk * batch))?;
        }
        println!("store alone, {batch:>3} a commit: {:>9.0} records/s", count as f64 / began.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Measures the start of a gateway with many open complaints: the merge index rebuilt from complaints that merging has not read
/// yet, as after an upgrade that reads otherwise, and from those that it has, as at any other start.
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
pub fn rebuild(arguments: &Arguments) -> anyhow::Result<()> {
    let texts = arguments.texts.as_ref().map(std::fs::read_to_string).transpose()?;
    let mut texts = texts.iter().flat_map(|texts| texts.lines()).map(serde_json::from_str::<Value>);
    let count = match &arguments.texts {
        Some(_) => texts.clone().count(),
        None => arguments.count.unwrap_or(1_000_000),
    };
    let mut pack = pack()?;
    pack.city.merge.most_open = count;
    let channel = pack.channels.get("generic").ok_or_else(|| anyhow::anyhow!("the pack has no generic channel"))?;
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("target"))?;
    let vault = Vault::new(&KeyRing::generate()?)?;
    let mut store = open(&Database::Sqlite(folder.path().join("bench.db")), vault.clone())?.writer;
    let mut world = World::new(arguments.seed);
    for first in (0..count).step_by(COMMITTED) {
        let records = (first..count.min(first + COMMITTED)).map(|serial| -> anyhow::Result<Normalized> {
            let body = match texts.next().transpose()? {
                Some(line) => complaint_of(line["text"].as_str().unwrap_or_default(), serial),
                None => complaint(&mut world, serial),
            };
            Ok(normalize(channel, &RawRecord::new(serial.to_string(), body), Timestamp::MAX))
        });
        let records = records.collect::<anyhow::Result<Vec<Normalized>>>()?;
        store.commit(changes(&records.iter().collect::<Vec<_>>(), first))?;
    }
    for what in ["read for the first time", "read before", "read before, again"] {
        let began = Instant::now();
        let state = DeskState::rebuild(&mut *store, vault.clone(), &pack.rules, Timestamp::UNIX_EPOCH)?;
        let (open, took) = (state.open_complaints(), began.elapsed().as_secs_f64());
        println!("{open} complaints, {what}: {took:.1} s, {:.0} complaints/s", open as f64 / took);
    }
    Ok(())
}

/// Complaints of one commit while the store is filled.
const COMMITTED: usize = 4_096;

fn pack() -> anyhow::Result<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let factories = factories();
    let clock = Arc::new(SystemClock);
    let loading = Loading::away(&factories, clock);
    Pack::read(&folder, &loading).map_err(|problems| anyhow::anyhow!("{problems:?}"))
}

/// What a step writes for new complaints, each on a ticket of its own with one message.
fn changes(records: &[&Normalized], first: usize) -> Changes {
    let mut changes = Changes::default();
    for (index, record) in records.iter().enumerate() {
        let Mapped::Complaint(complaint) = &record.applied.mapped else { continue };
        let id = i64::try_from(first + index + 1).unwrap_or(i64::MAX);
        let (at, receipt) = (Timestamp::UNIX_EPOCH, format!("RC{id:09}"));
        changes.raw.push(NewRaw {
            id: RawKey(id),
            channel: "generic".to_owned(),
            record_id: record.record_id.clone(),
            digest: record.digest,
            state: RawState::Complaint,
            complaint: Some(ComplaintKey(id)),
            rule: None,
            received_at: at,
            settings_version: "bench".to_owned(),
            source_file: None,
            body: record.body.clone(),
        });
        changes.complaints.push(Arc::new(ComplaintRow {
            id: ComplaintKey(id),
            receipt: receipt.clone(),
            raw_id: RawKey(id),
            ticket: TicketKey(id),
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
        changes.tickets.push((TicketKey(id), ticket));
        changes.outbox.push(OutboxRow {
            ticket: TicketKey(id),
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

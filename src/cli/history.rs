//! `huiliu import --history`: matters that were finished before the gateway knew of them, read by a channel's mapping.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use huiliu_adapter_api::{MAX_BATCH, RawRecord};

use super::import::{opened_desk, progress};
use super::view;
use crate::audit::AuditAction;
use crate::catalogue::{Locale, one_of, say};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::desk::{PastFate, PastRecord};
use crate::mapping::{Channel, Normalized, Warning, normalize};

/// Most refused records that are named; the others are counted.
const MAX_NAMED: usize = 100;

/// What came of a file.
#[derive(Debug, Default)]
struct Count {
    taken: u64,
    repeated: u64,
    refused: u64,
    /// Which were refused, and why: the first of them.
    named: Vec<Vec<String>>,
}

impl Count {
    fn refuse(&mut self, (row, id): (u64, &str), reason: String) {
        self.refused += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push(vec![row.to_string(), id.to_owned(), reason]);
        }
    }
}

pub(super) async fn import(config: Config, folder: &Path, id: &str, file: &Path) -> anyhow::Result<ExitCode> {
    let pack = Arc::new(super::load_pack(folder)?);
    let channel = super::import::channel(&pack, id)?;
    if !channel.tells_history() {
        anyhow::bail!(say!("history-none", id = id));
    }
    let desk = opened_desk(&config, &pack)?;
    let mut records = channel.adapter.read_file(file)?;
    let (bar, mut count, mut row) = (progress(), Count::default(), 0_u64);
    loop {
        let (batch, rest) = tokio::task::spawn_blocking(move || {
            let batch: Vec<RawRecord> = records.by_ref().take(MAX_BATCH).collect();
            (batch, records)
        })
        .await?;
        records = rest;
        let (mut past, mut places) = (Vec::new(), Vec::new());
        for record in &batch {
            row += 1;
            match read(channel, record) {
                Ok(read) => {
                    places.push((row, read.record_id.clone()));
                    past.push(read);
                }
                Err(warnings) => count.refuse((row, &record.id), reasons(&warnings)),
            }
        }
        let fates = desk.handle.take_past(id, past, &pack.rules).await?;
        for ((row, id), fate) in places.iter().zip(fates) {
            match fate {
                PastFate::Taken => count.taken += 1,
                PastFate::Repeated => count.repeated += 1,
                PastFate::Live => count.refuse((*row, id), say!("history-live")),
                PastFate::Erased => count.refuse((*row, id), say!("history-erased")),
            }
        }
        bar.inc(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        bar.set_message(say!(
            "history-progress",
            taken = count.taken,
            repeated = count.repeated,
            refused = count.refused
        ));
        if batch.len() < MAX_BATCH {
            break;
        }
    }
    bar.finish_and_clear();
    let rows = usize::try_from(row).unwrap_or(usize::MAX);
    desk.note(super::store::entry(AuditAction::Import).about("channel", [id]).counted(rows)).await?;
    desk.close().await?;
    show(&count);
    Ok(if count.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A record as a finished matter.
fn read(channel: &Channel, record: &RawRecord) -> Result<PastRecord, Vec<Warning>> {
    let now = SystemClock.now();
    let Normalized { record_id, body, digest, applied, .. } = normalize(channel, record, now);
    let past = channel.past(record, &applied, now)?;
    Ok(PastRecord { record_id, body, digest, past })
}

/// Why a record is none, each reason with its place in the pack.
fn reasons(warnings: &[Warning]) -> String {
    let locale = Locale::of_process();
    let one = |warning: &Warning| {
        let (file, line, column) = &warning.place;
        let said = one_of(locale.pick(&warning.zh, &warning.en), locale);
        match line {
            0 => format!("{}: {said}", warning.field),
            _ => format!("{file}:{line}:{column} {}: {said}", warning.field),
        }
    };
    warnings.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn show(count: &Count) {
    let headings = [say!("history-taken"), say!("repeated"), say!("history-refused")];
    let row = [count.taken, count.repeated, count.refused].map(|number| number.to_string()).to_vec();
    view::table(&headings.each_ref().map(String::as_str), vec![row]);
    if count.named.is_empty() {
        return;
    }
    let headings = [say!("history-row"), say!("history-record"), say!("history-reason")];
    view::table(&headings.each_ref().map(String::as_str), count.named.clone());
    let more = count.refused - u64::try_from(count.named.len()).unwrap_or(u64::MAX);
    if more > 0 {
        view::note(&say!("history-more", more = more));
    }
}

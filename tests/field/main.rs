//! What real systems and files send, kind by kind, through a running gateway.
//!
//! `kinds.csv` is the table; a row is one relative of a kind:
//!
//! | column   | meaning |
//! |----------|---------|
//! | kind     | F1 damaged identifiers, F2 files not whole, F3 unreadable records, F4 ends of paging, F5 values not understood, F6 warnings, F7 confidentiality in doubt, F8 technical markup, F9 spellings of time, F10 reasons that point at the setting, also: the rest |
//! | relative | what is sent, in words; unique |
//! | channel  | who sends it: see below |
//! | input    | a file of `files/`, for `test` the place of a test elsewhere |
//! | taken    | source numbers of the complaints that come of it, all of them, in any order |
//! | aside    | how many records are set aside in quarantine |
//! | values   | `;` between `NUMBER field value`: fields of the complaint in the API (`reporter.phone`, `occurred_at` …; `-` is none), with `feed.` in front of what the feed of all tickets was sent; times count as moments, `~x` for "contains x" |
//! | says     | `\|` between pieces that an operator must be shown: by quarantine, warnings, channels, source files; a piece with `!` in front must not be shown anywhere there |
//!
//! Channels: `ledger` (CSV) and `petition` (XLSX) take the file from their folder; with `/done` or `/failed` behind the name the
//! file must end there. `generic` has it posted; `generic/400` must be answered so. `hotline` gives it as the detail of one order, `petition-soap` as
//! answer of its list. A name of `channels/` is a pulled channel of this test. For pulled channels an input `*.scenes.json` is a
//! whole conversation: a list of `{when, times, status, type, body}` ([`Scene`](huiliu_city::Scene)); `body` is text, JSON, or
//! `{"file": name}`. `test` names a test elsewhere as `path::function`, for what no gateway can show.

mod delivery;
mod expected;
mod shown;

use std::collections::BTreeMap;
use std::path::Path;

use expected::{Row, rows};
use futures_util::{StreamExt as _, future, stream};

/// Gateways of one kind that run at once.
const AT_ONCE: usize = 4;
/// Fewest relatives of a kind.
const RELATIVES: usize = 5;

async fn kind(name: &str) -> anyhow::Result<()> {
    let tried = rows()?.into_iter().filter(|row| row.kind == name).map(|row| async move {
        let outcome = if row.channel == "test" { expected::exists(&row) } else { delivery::try_row(&row).await };
        let wrong = outcome.err();
        wrong.map(|error| format!("{}: {} ({} {}): {error:#}", row.kind, row.relative, row.channel, row.input))
    });
    // Most of the time a row waits for its source to be asked again.
    let wrong: Vec<String> = stream::iter(tried).buffered(AT_ONCE).filter_map(future::ready).collect().await;
    anyhow::ensure!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

macro_rules! kinds {
    ($($test:ident $name:literal)*) => {
        const KINDS: &[&str] = &[$($name),*];
        $(#[tokio::test]
        async fn $test() {
            kind($name).await.unwrap();
        })*
    };
}

kinds! {
    damaged_identifiers "F1"
    files_not_whole "F2"
    unreadable_records "F3"
    ends_of_paging "F4"
    values_not_understood "F5"
    warnings_are_seen "F6"
    confidentiality_in_doubt "F7"
    technical_markup "F8"
    spellings_of_time "F9"
    reasons_that_point_at_the_setting "F10"
    the_rest "also"
}

#[test]
fn every_kind_has_its_relatives_and_every_file_its_row() {
    let rows = rows().unwrap();
    let mut relatives: BTreeMap<&str, usize> = BTreeMap::new();
    for Row { kind, .. } in &rows {
        assert!(KINDS.contains(&kind.as_str()), "{kind} is no kind");
        *relatives.entry(kind).or_default() += 1;
    }
    for kind in KINDS {
        assert!(relatives.get(kind).is_some_and(|count| *count >= RELATIVES), "{kind}: too few relatives");
    }
    let mut names: Vec<&str> = rows.iter().map(|row| row.relative.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rows.len(), "a relative is named twice");
    let scenes: String =
        rows.iter().filter_map(|row| std::fs::read_to_string(expected::file(&row.input)).ok()).collect();
    for entry in std::fs::read_dir(expected::file("")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let used =
            rows.iter().any(|row| Path::new(&row.input) == Path::new(&name)) || scenes.contains(&format!("\"{name}\""));
        assert!(used, "files/{name} has no row");
    }
}

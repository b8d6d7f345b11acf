//! Rows of files: several of one file with one number, files that are read again, and what a file gave.

use huiliu_adapter_api::FileReading;

use super::*;
use crate::desk::Undecided;
use crate::desk::job::{DecideUndecided, Discard, Replay};
use crate::desk::replay::Replayed;
use crate::desk::taken::{Fate, Taken};
use crate::key::RawKey;
use crate::store::{Changes, FileCounts, NewRaw, Page, RawState, SourceFileState};

pub(super) const LAMP: &str = "青鱼滩路路灯不亮";
pub(super) const COVER: &str = "松涛街井盖缺失";

/// A row: the adapter's id, the number, the text.
pub(super) type Row<'a> = (&'a str, &'a str, &'a str);

fn reading(name: &str, complete: bool) -> FileReading {
    FileReading {
        name: name.to_owned(),
        size: 4_096,
        modified_ms: 1_764_000_000_000,
        sheets: Vec::new(),
        rows: 3,
        complete,
        failure: None,
        notices: Vec::new(),
    }
}

/// The same row is the same record, whenever it is read.
pub(super) fn record((id, number, text): Row<'_>) -> Normalized {
    let body = json!({ "number": number, "text": text });
    let digest = ring::digest::digest(&ring::digest::SHA256, body.to_string().as_bytes());
    Normalized {
        record_id: id.to_owned(),
        digest: *digest.as_ref().first_chunk().unwrap(),
        body,
        applied: Applied {
            mapped: complaint(number, text),
            statements: Vec::new(),
            warnings: Vec::new(),
            answered: None,
        },
        files: Vec::new(),
        trace: None,
    }
}

impl Town {
    fn read(&mut self, file: &FileReading, rows: &[Row<'_>]) -> Taken {
        let intake = Intake {
            channel: "hotline".to_owned(),
            records: rows.iter().map(|row| record(*row)).collect(),
            prepared: Vec::new(),
            received_at: self.now,
            position: None,
            calls: Vec::new(),
            file: Some(file.clone()),
        };
        self.run(&intake)
    }

    fn fates(&mut self, name: &str, rows: &[Row<'_>]) -> Vec<Fate> {
        let taken = self.read(&reading(name, true), rows);
        assert_eq!(taken.outcomes.len(), taken.fates.len());
        taken.fates
    }

    /// The texts of the complaints there are, in their order.
    pub(super) fn texts(&mut self) -> Vec<String> {
        let keys: Vec<_> = (1..=9).map(crate::key::ComplaintKey).collect();
        self.store.complaints(&keys).unwrap().into_iter().map(|view| view.complaint.text).collect()
    }

    pub(super) fn aside(&mut self) -> Vec<RawKey> {
        self.store.quarantine(None, Page::first(99)).unwrap().iter().map(|view| view.raw_id).collect()
    }

    /// The files of the hotline tell of one matter in several rows.
    pub(super) fn amending(&mut self) {
        let mut rules = read_rules();
        Arc::get_mut(&mut rules).map_or_else(
            || panic!("nobody else has them"),
            |rules| {
                rules.amending.insert("hotline".to_owned());
            },
        );
        self.rules = rules;
    }
}

#[test]
fn rows_of_one_file_with_one_number_are_never_amendments() {
    // By digest, and by number as the adapter's id: in one batch and in several.
    for ids in [["a", "b", "c"], ["1", "1", "1"]] {
        let rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER), (ids[2], "1", "望海路噪音扰民")];
        let mut whole = Town::new();
        assert_eq!(whole.fates("台账.xlsx", &rows), [Fate::Taken, Fate::SetAside, Fate::SetAside]);
        let mut parts = Town::new();
        let fates: Vec<Fate> = rows.iter().flat_map(|row| parts.fates("台账.xlsx", &[*row])).collect();
        assert_eq!(fates, [Fate::Taken, Fate::SetAside, Fate::SetAside]);
        for mut town in [whole, parts] {
            assert_eq!(town.texts(), [LAMP]);
            let aside = town.store.quarantine(None, Page::first(9)).unwrap();
            assert_eq!(aside.len(), 2);
            let problem = &aside[0].problems[0];
            for sentence in ["zh", "en"] {
                let said = problem[sentence].as_str().unwrap();
                assert!(said.contains("same_number = \"amend\"") && !said.contains("  "), "{said}");
            }
            assert_eq!(problem["value"], "1");
            assert!(town.balances());
        }
    }
}

#[test]
fn a_file_that_is_read_again_changes_nothing() {
    for ids in [["a", "b", "c"], ["1", "1", "2"]] {
        let rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER), (ids[2], "2", "望海路噪音扰民"), (ids[0], "1", LAMP)];
        let mut town = Town::new();
        // The first half was stored, then the gateway ended; the file is read from its beginning.
        town.fates("台账.xlsx", &rows[..2]);
        let fates = town.fates("台账.xlsx", &rows);
        assert_eq!(fates, [Fate::Repeated, Fate::Repeated, Fate::Taken, Fate::Repeated]);
        town.state = town.rebuilt();
        assert_eq!(town.fates("台账.xlsx", &rows), [Fate::Repeated; 4]);
        assert_eq!((town.texts(), town.aside().len()), (vec![LAMP.to_owned(), "望海路噪音扰民".to_owned()], 1));
        let ledger = town.store.ledger().unwrap();
        assert_eq!((ledger.received, ledger.amendments, ledger.balances()), (3, 0, true));
    }
}

#[test]
fn the_export_of_another_day_amends() {
    for id in ["a", "1"] {
        let mut town = Town::new();
        assert_eq!(town.fates("1125.xlsx", &[("1", "1", LAMP)]), [Fate::Taken]);
        assert_eq!(town.fates("1126.xlsx", &[(id, "1", "青鱼滩路两盏路灯不亮")]), [Fate::Amended]);
        assert_eq!(town.texts(), ["青鱼滩路两盏路灯不亮"]);
        assert_eq!(town.fates("1126.xlsx", &[("x", "1", COVER)]), [Fate::SetAside], "a second row of that day");
        assert_eq!(town.texts(), ["青鱼滩路两盏路灯不亮"]);
        // The same name with another size or time is another file.
        let other = FileReading { size: 5, ..reading("1126.xlsx", true) };
        assert_eq!(town.read(&other, &[("y", "1", COVER)]).fates, [Fate::Amended]);
    }
}

#[test]
fn a_row_that_was_there_before_counts_for_its_file() {
    for rows in [[("a", "1", LAMP), ("b", "1", COVER)], [("b", "1", COVER), ("a", "1", LAMP)]] {
        let mut town = Town::new();
        town.fates("1125.xlsx", &[("a", "1", LAMP)]);
        let mut fates = town.fates("1126.xlsx", &rows);
        fates.sort_by_key(|fate| *fate == Fate::SetAside);
        assert_eq!(fates, [Fate::Repeated, Fate::SetAside], "whichever comes first");
        assert_eq!(town.texts(), [LAMP]);
    }
    let mut town = Town::new();
    town.fates("1125.xlsx", &[("a", "1", LAMP)]);
    assert_eq!(town.fates("1126.xlsx", &[("a", "1", LAMP)]), [Fate::Repeated]);
    assert_eq!(town.fates("1126.xlsx", &[("b", "1", COVER)]), [Fate::SetAside], "also in a later batch");
}

#[test]
fn a_row_that_is_set_aside_comes_every_day_and_waits_once() {
    let mut town = Town::new();
    let rows = [("1", "1", LAMP), ("1", "1", COVER)];
    for day in ["1125.xlsx", "1126.xlsx", "1127.xlsx", "1128.xlsx"] {
        town.fates(day, &rows);
        assert_eq!((town.texts(), town.aside().len()), (vec![LAMP.to_owned()], 1), "{day}");
    }
}

#[test]
fn the_settings_can_say_that_a_file_tells_of_one_matter_in_several_rows() {
    let mut town = Town::new();
    town.amending();
    let rows = [("z", "1", LAMP), ("a", "1", "青鱼滩路路灯还是不亮"), ("k", "2", COVER)];
    assert_eq!(town.fates("台账.xlsx", &rows), [Fate::Taken, Fate::Amended, Fate::Taken]);
    assert_eq!(town.texts(), ["青鱼滩路路灯还是不亮", COVER], "the later row counts, whatever their ids are");
    assert!(town.aside().is_empty());
}

#[test]
fn a_replay_obeys_the_settings_as_they_are_then() {
    let mut town = Town::new();
    let second = ("b", "1", "青鱼滩路路灯还是不亮");
    town.fates("台账.xlsx", &[("a", "1", LAMP), second]);
    let raw_id = town.aside()[0];
    assert_eq!(town.run(&Replay { raw_id, record: record(second), actor: "clerk".to_owned() }), Replayed::Kept);
    assert_eq!(town.texts(), [LAMP]);
    town.amending();
    assert_eq!(
        town.run(&Replay { raw_id, record: record(second), actor: "clerk".to_owned() }),
        Replayed::Released(RawState::Amendment)
    );
    assert_eq!(town.texts(), ["青鱼滩路路灯还是不亮"]);
    assert!(town.balances() && town.aside().is_empty());
}

#[test]
fn a_row_with_a_mended_number_is_released() {
    let mut town = Town::new();
    town.fates("台账.xlsx", &[("a", "1", LAMP), ("b", "1", COVER)]);
    let raw_id = town.aside()[0];
    assert_eq!(
        town.run(&Replay { raw_id, record: record(("b", "1002", COVER)), actor: "clerk".to_owned() }),
        Replayed::Released(RawState::Complaint)
    );
    assert_eq!(town.texts(), [LAMP, COVER]);
}

#[test]
fn a_record_that_a_person_discards_is_kept_and_is_open_no_more() {
    let mut town = Town::new();
    let rows = [("a", "1", LAMP), ("b", "1", COVER)];
    town.fates("台账.xlsx", &rows);
    let raw_id = town.aside()[0];
    assert!(town.run(&Discard { raw_id, reason: "operator: 重复导出".to_owned() }));
    assert!(!town.run(&Discard { raw_id, reason: "again".to_owned() }), "it is in quarantine no more");
    assert_eq!(town.run(&Replay { raw_id, record: record(rows[1]), actor: "clerk".to_owned() }), Replayed::NotThere);
    let ledger = town.store.ledger().unwrap();
    assert_eq!((ledger.quarantined, ledger.discarded, ledger.balances()), (0, 1, true));
    let again = town.read(&reading("台账.xlsx", true), &rows);
    assert_eq!(again.outcomes[1].state, OutcomeState::Discarded { rule: "operator: 重复导出".to_owned() });
    assert_eq!((town.texts(), town.aside().len()), (vec![LAMP.to_owned()], 0));
}

#[test]
fn a_row_that_is_decided_later_is_doubtful_too() {
    let mut town = Town::new();
    town.fates("台账.xlsx", &[("a", "1", LAMP)]);
    let file = {
        let key = ("hotline".to_owned(), "a".to_owned());
        town.store.latest_raw(std::slice::from_ref(&key)).unwrap().remove(&key).unwrap().source_file
    };
    let later = record(("b", "1", COVER));
    let raw = NewRaw {
        id: RawKey(2),
        channel: "hotline".to_owned(),
        record_id: later.record_id.clone(),
        digest: later.digest,
        state: RawState::Received,
        complaint: None,
        rule: None,
        received_at: town.now,
        settings_version: town.rules.version.clone(),
        source_file: file,
        body: later.body.clone(),
    };
    town.store.commit(Changes { raw: vec![raw], ..Changes::default() }).unwrap();
    let view = town.store.undecided(RawKey(0), 9).unwrap().remove(0);
    let kept = Undecided {
        raw_id: view.raw_id,
        channel: view.channel,
        received_at: view.received_at,
        source_file: view.source_file,
        record: later,
    };
    town.run(&DecideUndecided(vec![kept]));
    assert_eq!((town.texts(), town.aside()), (vec![LAMP.to_owned()], vec![RawKey(2)]));
}

#[test]
fn a_record_that_is_no_row_of_a_file_amends_what_a_file_brought() {
    let mut town = Town::new();
    town.fates("台账.xlsx", &[("1", "1", LAMP)]);
    let outcomes = town.take(vec![complaint("1", COVER)]);
    assert!(matches!(outcomes[0].state, OutcomeState::Amended { .. }));
    assert_eq!(town.texts(), [COVER]);
}

#[test]
fn what_a_file_gave_is_kept_with_its_rows() {
    let mut town = Town::new();
    let rows = [("a", "1", LAMP), ("b", "1", COVER), ("c", "2", COVER)];
    town.read(&reading("台账.xlsx", false), &rows[..1]);
    town.read(&reading("台账.xlsx", true), &rows[1..]);
    town.read(
        &FileReading {
            failure: Some(("内容中断".to_owned(), "the sheet ends".to_owned())),
            ..reading("坏.xlsx", false)
        },
        &[],
    );
    let found = town.store.source_files(Some("hotline"), Page::first(9)).unwrap();
    let states: Vec<_> = found.iter().map(|view| (view.name.as_str(), view.state)).collect();
    assert_eq!(states, [("坏.xlsx", SourceFileState::Failed), ("台账.xlsx", SourceFileState::Done)]);
    assert_eq!(found[1].counts, FileCounts { taken: 2, set_aside: 1, ..FileCounts::default() });
}

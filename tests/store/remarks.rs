//! Warnings of accepted records, source files, and which records came with which file.

use huiliu::key::{ComplaintKey, RawKey};
use huiliu::store::{
    Changes, Erasure, FileCounts, FileMark, Page, Placement, RawState, SeenAgain, SourceFileRow, SourceFileState,
    SourceSheet, Store, WarningRow, WarningSample,
};

use crate::rows::{NAME, at, lone, lones, raw};

pub fn warning(raw: i64, field: &str, zh: &str) -> WarningRow {
    WarningRow {
        raw_id: RawKey(raw),
        channel: "c".into(),
        at: at(1_000 + raw),
        field: field.into(),
        place: format!("channels/c.toml:{raw}:9"),
        zh: zh.into(),
        en: format!("{zh} (en)"),
        value: Some(format!("{NAME} {raw}")),
    }
}

pub fn source_file(mark: u64, second: i64, state: SourceFileState) -> SourceFileRow {
    SourceFileRow {
        channel: "c".into(),
        mark: FileMark(mark),
        name: format!("{NAME}{mark}.xlsx"),
        size_bytes: 4_096,
        modified_at: at(5),
        at: at(second),
        state,
        rows: 256,
        counts: FileCounts { taken: 1, amended: 2, repeated: 3, set_aside: 4, discarded: 5 },
        sheets: vec![SourceSheet {
            name: "说明".into(), rows: 0, left_out: Some(("是说明".into(), "a guide".into()))
        }],
        failure: (state == SourceFileState::Failed).then(|| ("断了".to_owned(), "cut off".to_owned())),
        notices: vec![("列名出现多次".to_owned(), "headings twice".to_owned())],
    }
}

fn warn(store: &mut dyn Store, warnings: Vec<WarningRow>) {
    store.commit(Changes { warnings, ..Changes::default() }).unwrap();
}

pub fn warnings_are_grouped_by_what_they_say(store: &mut dyn Store) {
    lones(store, 1..=3);
    let mut of_other = warning(2, "point", "不懂");
    of_other.channel = "d".into();
    warn(store, vec![warning(1, "occurred_at", "不懂"), warning(2, "occurred_at", "不懂"), of_other]);
    warn(store, vec![warning(3, "occurred_at", "太长"), warning(1, "point", "不懂")]);
    for raw in 1..=3 {
        warn(store, (0..2).map(|_| warning(raw, "title", "太长")).collect());
    }
    let mut listed = |channel, field, after, limit| {
        let found = store.warnings(channel, field, Page { after, limit }).unwrap();
        found.into_iter().map(|group| (group.channel, group.field, group.zh, group.count)).collect::<Vec<_>>()
    };
    let group =
        |channel: &str, field: &str, zh: &str, count| (channel.to_owned(), field.to_owned(), zh.to_owned(), count);
    let all = [
        group("c", "title", "太长", 6),
        group("c", "point", "不懂", 1),
        group("c", "occurred_at", "太长", 1),
        group("d", "point", "不懂", 1),
        group("c", "occurred_at", "不懂", 2),
    ];
    assert_eq!(listed(None, None, None, 9), all, "the one with the newest warning first");
    assert_eq!(listed(Some("d"), None, None, 9), all[3..4]);
    assert_eq!(listed(Some("c"), Some("point"), None, 9), all[1..2]);
    let first = store.warnings(None, None, Page { after: None, limit: 2 }).unwrap();
    let rest = store.warnings(None, None, Page { after: Some(first[1].last), limit: 2 }).unwrap();
    assert_eq!(rest.iter().map(|group| group.field.as_str()).collect::<Vec<_>>(), ["occurred_at", "point"]);
    let newest = &first[0];
    assert_eq!(
        (newest.place.as_str(), newest.en.as_str(), newest.last_at),
        ("channels/c.toml:3:9", "太长 (en)", at(1_003))
    );
    let sample = |raw: i64| WarningSample { raw_id: RawKey(raw), value: Some(format!("{NAME} {raw}")) };
    assert_eq!(newest.samples, [sample(3), sample(3), sample(2), sample(2), sample(1)], "the newest five");
}

pub fn warnings_go_with_their_complaint_and_their_record(store: &mut dyn Store) {
    store.commit(Changes { warnings: vec![warning(1, "title", "太长")], ..lone(1) }).unwrap();
    store.commit(Changes { warnings: vec![warning(2, "title", "太长")], ..lone(2) }).unwrap();
    store.commit(Changes { raw: vec![raw(3, "x", RawState::Discarded)], ..Changes::default() }).unwrap();
    warn(store, vec![warning(3, "title", "太长")]);
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(9) }];
    let (raw_id, settings_version) = (RawKey(3), "v".to_owned());
    let placed = vec![Placement { raw_id, state: RawState::Erased, complaint: None, rule: None, settings_version }];
    store.commit(Changes { erased, placed, ..Changes::default() }).unwrap();
    let left = store.warnings(None, None, Page::first(9)).unwrap();
    assert_eq!(left.iter().map(|group| (group.count, group.samples[0].raw_id)).collect::<Vec<_>>(), [(1, RawKey(2))]);
}

pub fn what_a_file_gave_is_added_up(store: &mut dyn Store) {
    let note = |store: &mut dyn Store, row| {
        store.commit(Changes { source_files: vec![row], ..Changes::default() }).unwrap();
    };
    let mut other = source_file(7, 11, SourceFileState::Failed);
    other.channel = "d".into();
    note(store, SourceFileRow { sheets: Vec::new(), ..source_file(7, 10, SourceFileState::Reading) });
    note(store, other);
    let begun = store.source_files(Some("c"), Page::first(9)).unwrap().remove(0);
    assert_eq!((begun.state, begun.finished_at), (SourceFileState::Reading, None));
    note(store, SourceFileRow { rows: 300, ..source_file(7, 12, SourceFileState::Done) });
    note(store, source_file(8, 13, SourceFileState::Reading));
    let found = store.source_files(None, Page::first(9)).unwrap();
    let shown: Vec<_> = found.iter().map(|view| (view.channel.as_str(), view.state, view.rows)).collect();
    let (reading, failed, done) = (SourceFileState::Reading, SourceFileState::Failed, SourceFileState::Done);
    assert_eq!(shown, [("c", reading, 256), ("d", failed, 256), ("c", done, 300)], "the newest first");
    let first = &found[2];
    assert_eq!(first.counts, FileCounts { taken: 2, amended: 4, repeated: 6, set_aside: 8, discarded: 10 });
    assert_eq!((first.begun_at, first.finished_at, first.modified_at), (at(10), Some(at(12)), at(5)));
    assert_eq!((&first.name, first.size_bytes), (&format!("{NAME}7.xlsx"), 4_096));
    assert_eq!(first.sheets, source_file(7, 12, done).sheets, "what was said last");
    assert_eq!(found[1].failure, Some(("断了".to_owned(), "cut off".to_owned())));
    assert_eq!(found[1].notices[0].1, "headings twice");
    let page = Page { after: Some(found[0].id), limit: 1 };
    assert_eq!(store.source_files(None, page).unwrap(), found[1..2]);
}

pub fn remarks_are_forgotten_in_time(store: &mut dyn Store) {
    lones(store, 1..=3);
    warn(store, (1..=3).map(|raw| warning(raw, "title", "太长")).collect());
    let source_files = vec![source_file(1, 10, SourceFileState::Done), source_file(2, 20, SourceFileState::Reading)];
    store.commit(Changes { source_files, ..Changes::default() }).unwrap();
    assert_eq!(store.forget_warnings(at(1_002)).unwrap(), 1, "before, not at");
    assert_eq!(store.warnings(None, None, Page::first(9)).unwrap()[0].count, 2);
    assert_eq!(store.forget_source_files(at(20)).unwrap(), 1);
    assert_eq!(store.source_files(None, Page::first(9)).unwrap().len(), 1);
}

pub fn a_record_is_found_by_its_content(store: &mut dyn Store) {
    lones(store, [1]);
    let mut again = raw(2, "n1", RawState::Amendment);
    (again.complaint, again.source_file) = (Some(ComplaintKey(1)), Some(FileMark(u64::MAX)));
    let aside = raw(3, "n1", RawState::Quarantined);
    let mut same = raw(4, "n1", RawState::Discarded);
    same.digest = [1; 16];
    store.commit(Changes { raw: vec![again, aside], ..Changes::default() }).unwrap();
    let asked = |id: &str, digest: u8| ("c".to_owned(), id.to_owned(), [digest; 16]);
    let all = [asked("n1", 1), asked("n1", 2), asked("n1", 3), asked("n1", 9), asked("n2", 1)];
    let found = store.raw_with_content(&all).unwrap();
    assert_eq!(found.len(), 3);
    let amended = &found[&all[1]];
    assert_eq!((amended.id, amended.receipt.as_deref()), (RawKey(2), Some("R1")));
    assert_eq!((amended.source_file, found[&all[0]].source_file), (Some(FileMark(u64::MAX)), None));
    assert_eq!(found[&all[2]].state, RawState::Quarantined);
    store.commit(Changes { raw: vec![same], ..Changes::default() }).unwrap();
    assert_eq!(store.raw_with_content(&all[..1]).unwrap()[&all[0]].id, RawKey(4), "the latest with that content");
    assert!(store.raw_with_content(&[]).unwrap().is_empty());
}

pub fn a_complaint_knows_the_files_it_came_with(store: &mut dyn Store) {
    lones(store, [1, 2]);
    let mut again = raw(3, "n1", RawState::Amendment);
    (again.complaint, again.source_file) = (Some(ComplaintKey(1)), Some(FileMark(5)));
    let mut rated = raw(4, "x", RawState::FollowUp);
    (rated.complaint, rated.source_file) = (Some(ComplaintKey(2)), Some(FileMark(5)));
    store.commit(Changes { raw: vec![again, rated], ..Changes::default() }).unwrap();
    let mut came = |complaint, file| store.came_with(ComplaintKey(complaint), FileMark(file)).unwrap();
    assert_eq!((came(1, 5), came(1, 6), came(2, 5)), (true, false, false), "what is said of it makes nothing of it");
    let seen_again = vec![SeenAgain { raw_id: RawKey(3), file: FileMark(6) }];
    store.commit(Changes { seen_again, ..Changes::default() }).unwrap();
    let mut came = |file| store.came_with(ComplaintKey(1), FileMark(file)).unwrap();
    assert_eq!((came(5), came(6)), (false, true), "the file it came with last");
    let waiting = |id: i64, state| {
        let mut row = raw(id, "y", state);
        row.source_file = Some(FileMark(9));
        row
    };
    let changes = Changes {
        raw: vec![waiting(5, RawState::Received), waiting(6, RawState::Quarantined)],
        quarantine: vec![crate::rows::quarantine(6)],
        ..Changes::default()
    };
    store.commit(changes).unwrap();
    assert_eq!(store.undecided(RawKey(0), 9).unwrap()[0].source_file, Some(FileMark(9)));
    assert_eq!(store.quarantined(RawKey(6)).unwrap().unwrap().source_file, Some(FileMark(9)));
}

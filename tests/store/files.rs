//! Files.

use huiliu::key::{ComplaintKey, RawKey};
use huiliu::store::{Changes, Erasure, FileHead, FileRow, Placement, RawState, Store};

use crate::rows::{at, lone, lones, raw};

pub fn file(raw: i64, number: u16) -> FileRow {
    FileRow {
        raw: RawKey(raw),
        number,
        name: "路灯.jpg".into(),
        media_type: "image/jpeg".into(),
        bytes: (0..=255).cycle().take(70_000).collect(),
    }
}

pub fn a_file_comes_back_as_it_came(store: &mut dyn Store) {
    store.commit(Changes { files: vec![file(1, 1), file(1, 0)], ..lone(1) }).unwrap();
    lones(store, [2]);
    let mut again = raw(3, "n1", RawState::Amendment);
    again.complaint = Some(ComplaintKey(1));
    let empty = FileRow { bytes: Vec::new(), ..file(3, 0) };
    store.commit(Changes { raw: vec![again], files: vec![empty], ..Changes::default() }).unwrap();
    let head = |raw, number, size_bytes| FileHead {
        raw: RawKey(raw),
        number,
        name: "路灯.jpg".into(),
        media_type: "image/jpeg".into(),
        size_bytes,
    };
    let expected = [head(1, 0, 70_000), head(1, 1, 70_000), head(3, 0, 0)];
    assert_eq!(store.files_of(ComplaintKey(1)).unwrap(), expected);
    assert!(store.files_of(ComplaintKey(2)).unwrap().is_empty());
    assert_eq!(store.files_of_records(&[RawKey(1), RawKey(2)]).unwrap(), expected[..2]);
    let found = store.file(RawKey(1), 1).unwrap().unwrap();
    assert_eq!((found.head, found.bytes), (expected[1].clone(), file(1, 1).bytes));
    assert!(store.file(RawKey(1), 2).unwrap().is_none());
}

pub fn a_file_goes_with_its_complaint_and_its_record(store: &mut dyn Store) {
    store.commit(Changes { files: vec![file(1, 0)], ..lone(1) }).unwrap();
    store.commit(Changes { files: vec![file(2, 0)], ..lone(2) }).unwrap();
    let waiting = Changes { raw: vec![raw(3, "x", RawState::Received)], files: vec![file(3, 0)], ..Changes::default() };
    store.commit(waiting).unwrap();
    let erased = vec![Erasure { complaint: ComplaintKey(1), at: at(9) }];
    let (raw_id, settings_version) = (RawKey(3), "v".to_owned());
    let placed = vec![Placement { raw_id, state: RawState::Erased, complaint: None, rule: None, settings_version }];
    store.commit(Changes { erased, placed, ..Changes::default() }).unwrap();
    assert!(store.file(RawKey(1), 0).unwrap().is_none() && store.file(RawKey(3), 0).unwrap().is_none());
    assert!(store.file(RawKey(2), 0).unwrap().is_some(), "others keep theirs");
}

//! Records that come, vanish and change places while a list is read.

use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{Beyond, Change, Model};
use super::{NOW, page, read};
use crate::state::State;
use crate::{Notice, Paging};

/// Records on a page of the model. Between two readings of a page, which are up to seven requests apart, fewer vanish.
const PAGE: usize = 10;

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (0usize..3, vec(0usize..200, 0..2));
    let change = change.prop_map(|(inserted, vanished)| Change { inserted, vanished });
    // Lists rest more often than they change.
    vec(prop_oneof![2 => Just(Change::default()), 1 => change], 0..40)
}

fn pagings() -> impl Strategy<Value = Paging> {
    let size = prop_oneof![Just(10u64), Just(50)];
    (0..4, size).prop_map(|(kind, size)| match kind {
        0 => Paging::Number { first: 1, size, overlap: true },
        1 => Paging::Offset { size, overlap: true },
        2 => Paging::LastId,
        _ => Paging::Cursor { next: huiliu_adapter_api::SpannedText::new(0..0, String::new()) },
    })
}

/// Where pages are counted, a record that moves a page up and, before that page is read again, back by one that is inserted leaves
/// both pages as they were: no reading can tell. So lists of this test either grow or shrink while they are paged by count.
fn one_way(changes: Vec<Change>, paging: &Paging, grows: bool) -> Vec<Change> {
    if !matches!(paging, Paging::Number { .. } | Paging::Offset { .. }) {
        return changes;
    }
    let keep = |change: Change| {
        if grows { Change { vanished: Vec::new(), ..change } } else { Change { inserted: 0, ..change } }
    };
    changes.into_iter().map(keep).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever comes, vanishes, is capped or repeats: every pass ends, and what is there in the end has been delivered.
    #[test]
    fn every_record_that_stays_is_delivered_and_every_pass_ends(
        paging in pagings(),
        records in 0i64..120,
        changes in changes(),
        beyond in prop_oneof![Just(Beyond::Nothing), Just(Beyond::LastPage), Just(Beyond::FirstPage)],
        states_total: bool,
        limit in 5usize..20,
        grows: bool,
    ) {
        let changes = one_way(changes, &paging, grows);
        let mut model = Model { beyond, states_total, changes, ..Model::of(records, PAGE) };
        let (mut state, mut delivered) = (State::default(), Vec::new());
        // Passes as long as the list changes, and one after.
        while !model.changes.is_empty() {
            delivered.extend(model.pass(&mut state, &paging, limit).0);
        }
        delivered.extend(model.pass(&mut state, &paging, limit).0);
        let missing = model.missing(&delivered);
        prop_assert!(missing.is_empty(), "{missing:?} of {:?}", model.list);
    }
}

#[test]
fn a_record_that_moves_to_the_page_before_is_found_there() {
    let vanished = Change { inserted: 0, vanished: vec![0] };
    for paging in [Paging::Number { first: 1, size: 3, overlap: true }, Paging::Offset { size: 3, overlap: true }] {
        let mut model = Model { changes: vec![vanished.clone()], ..Model::of(9, 3) };
        let (delivered, _) = model.pass(&mut State::default(), &paging, 100);
        assert_eq!(model.missing(&delivered), [0; 0], "{paging:?}");
    }
}

#[test]
fn a_page_that_is_read_in_two_parts_loses_nothing_when_a_record_of_its_first_part_vanishes() {
    let vanished = Change { inserted: 0, vanished: vec![0] };
    let mut model = Model { changes: vec![vanished], ..Model::of(4, 10) };
    let (delivered, _) = model.pass(&mut State::default(), &Paging::LastId, 2);
    assert_eq!(delivered, [4, 3, 2, 1]);
}

#[test]
fn old_records_pinned_to_the_top_neither_end_a_pass_nor_come_again() {
    let mut state = State::default();
    for (orders, delivered) in
        [(&[2, 9, 8, 7][..], &[2, 9, 8, 7][..]), (&[], &[]), (&[2, 11, 10, 9], &[11, 10]), (&[2, 11, 10, 9], &[])]
    {
        state.begin(&Paging::LastId, None, NOW);
        assert_eq!(read(&mut state, &page(orders), &Paging::LastId, None), delivered);
    }
    assert_eq!((state.watermark, state.disordered), (Some(11), false));
}

#[test]
fn a_new_record_of_a_low_order_is_found_at_the_front() {
    let mut state = State::default();
    for (orders, delivered) in [(&[9, 8, 6][..], &[9, 8, 6][..]), (&[], &[]), (&[9, 8, 7, 6], &[7])] {
        state.begin(&Paging::LastId, None, NOW);
        assert_eq!(read(&mut state, &page(orders), &Paging::LastId, None), delivered);
    }
}

#[test]
fn a_list_that_grows_at_its_end_is_read_to_its_end_and_told() {
    let paging = Paging::Number { first: 1, size: 3, overlap: false };
    let (mut state, mut delivered, mut told) = (State::default(), Vec::new(), Vec::new());
    for pages in [&[&[1, 2, 3][..], &[4, 5, 6], &[]][..], &[&[1, 2, 3], &[4, 5, 6], &[7, 8], &[]]] {
        for orders in pages {
            state.begin(&paging, None, NOW);
            let page = page(orders);
            state.open(&page);
            for entry in &page.entries {
                if !state.is_known(entry, &paging) {
                    delivered.extend(entry.order);
                }
                state.take(entry, false);
            }
            told.extend(state.advance(&page, &paging, None, NOW));
        }
        assert!(state.next.is_none());
    }
    assert_eq!(delivered, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(told, [Notice::Disordered, Notice::Disordered]);
}

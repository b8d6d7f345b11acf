//! Passes over sources that do what real ones do.

mod ends;
mod model;
mod moving;

use jiff::{SignedDuration, Timestamp};

use super::State;
use crate::{Entry, Mark, Next, PageRead, Paging, Rescan};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn entry(order: i64) -> Entry {
    Entry { mark: Mark::of(&order.to_string(), ""), order: Some(order), key: Some(order.to_string()) }
}

fn page(orders: &[i64]) -> PageRead {
    let entries = orders.iter().copied().map(entry).collect();
    PageRead { entries, ordered: true, numbered: true, ..PageRead::default() }
}

/// Reads a page whole; the orders that were delivered.
fn read(state: &mut State, page: &PageRead, paging: &Paging, rescan: Option<Rescan>) -> Vec<i64> {
    let first = state.open(page);
    let mut delivered = Vec::new();
    for entry in page.entries.iter().skip(first) {
        if !state.is_known(entry, paging) {
            delivered.extend(entry.order);
        }
        state.take(entry, false);
    }
    state.advance(page, paging, rescan, NOW);
    delivered
}

#[test]
fn the_watermark_moves_only_when_a_pass_is_complete() {
    let mut state = State { watermark: Some(5), ..State::default() };
    state.begin(&Paging::LastId, None, NOW);
    assert_eq!(read(&mut state, &page(&[9, 8]), &Paging::LastId, None), [9, 8]);
    assert_eq!((state.watermark, state.next.clone()), (Some(5), Some(Next::Last(8))));
    assert_eq!(read(&mut state, &page(&[7, 5]), &Paging::LastId, None), [7]);
    assert_eq!((state.watermark, state.next), (Some(9), None));
}

#[test]
fn a_rescan_reads_beyond_the_watermark_and_then_rests() {
    let rescan = Some(Rescan { every_hours: 1, pages: 2 });
    let mut state = State { watermark: Some(9), ..State::default() };
    state.begin(&Paging::LastId, rescan, NOW);
    assert_eq!(read(&mut state, &page(&[9, 8]), &Paging::LastId, rescan), [9, 8]);
    assert_eq!(read(&mut state, &page(&[7, 6]), &Paging::LastId, rescan), [7, 6]);
    assert!(state.next.is_none() && state.rescanned_at == Some(NOW));
    state.begin(&Paging::LastId, rescan, NOW);
    assert_eq!(read(&mut state, &page(&[9, 8]), &Paging::LastId, rescan), [0; 0]);
}

#[test]
fn windows_overlap_and_catch_up() {
    let paging = Paging::Window { hours: 24, overlap_hours: 2, start: None, size: 10, overlap: true };
    let now = NOW + SignedDuration::from_hours(100);
    let mut state = State { window_to: Some(NOW + SignedDuration::from_hours(10)), ..State::default() };
    state.begin(&paging, None, now);
    let Some(Next::Window { from, to, .. }) = state.next.clone() else { panic!("a window") };
    assert_eq!((from, to), (NOW + SignedDuration::from_hours(8), NOW + SignedDuration::from_hours(34)));
    state.advance(&page(&[]), &paging, None, now);
    assert!(state.next.is_none() && state.has_more(&paging, now));
}

#[test]
fn positions_of_earlier_releases_are_read() {
    let stored = r#"{"watermark":7,"highest":9,"next":{"number":3},"pages":2,"skip":1,"rescanning":false,"etag":"v"}"#;
    let state: State = serde_json::from_str(stored).unwrap();
    assert_eq!((state.watermark, state.next.clone(), state.skip), (Some(7), Some(Next::Number(3)), 1));
    // What was read before is known by its order until the front of the list has been read once.
    assert!(state.is_known(&entry(7), &Paging::Number { first: 1, size: 2, overlap: true }));
}

#[test]
fn what_is_stored_stays_small() {
    let mut state = State::default();
    let paging = Paging::Number { first: 1, size: 500, overlap: true };
    for at in 0..20 {
        state.begin(&paging, None, NOW);
        let orders: Vec<i64> = (0..500).map(|n| 100_000 - at * 500 - n).collect();
        read(&mut state, &page(&orders), &paging, None);
    }
    let stored = serde_json::to_string(&state).unwrap().len();
    assert!(stored < 16_384, "{stored} bytes");
}

//! A list that changes while it is read, behind each way of paging.

use std::collections::BTreeSet;

use super::{NOW, entry, page};
use crate::{Next, Notice, PageRead, Paging, State};

/// What happens between two requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    /// Records that come at the front.
    pub inserted: usize,
    /// Places of records that vanish.
    pub vanished: Vec<usize>,
}

/// What the source answers for pages beyond its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    Nothing,
    LastPage,
    FirstPage,
}

/// A source.
#[derive(Debug)]
pub(super) struct Model {
    /// Orders, newest first.
    pub list: Vec<i64>,
    /// Most records on a page, whatever is asked for.
    pub cap: usize,
    pub beyond: Beyond,
    pub states_total: bool,
    pub changes: Vec<Change>,
    pub requests: usize,
}

impl Model {
    pub fn of(records: i64, cap: usize) -> Self {
        let list = (1..=records).rev().collect();
        Self { list, cap, beyond: Beyond::Nothing, states_total: false, changes: Vec::new(), requests: 0 }
    }

    fn change(&mut self) {
        let Some(change) = self.changes.pop() else { return };
        for place in change.vanished {
            if !self.list.is_empty() {
                self.list.remove(place % self.list.len());
            }
        }
        for _ in 0..change.inserted {
            // The highest is never given again, as with a sequence.
            let highest = self.list.iter().max().copied().unwrap_or(0).max(i64::try_from(self.requests).unwrap() * 100);
            self.list.insert(0, highest + 1);
        }
    }

    fn at(&self, from: usize, size: usize) -> Vec<i64> {
        let size = size.min(self.cap);
        let part = |from: usize| self.list.iter().skip(from).take(size).copied().collect::<Vec<_>>();
        match self.beyond {
            _ if from < self.list.len() || self.list.is_empty() => part(from),
            Beyond::Nothing => Vec::new(),
            Beyond::LastPage => part((self.list.len() - 1) / size * size),
            Beyond::FirstPage => part(0),
        }
    }

    fn older_than(&self, last: i64) -> Vec<i64> {
        self.list.iter().filter(|order| last == 0 || **order < last).take(self.cap).copied().collect()
    }

    fn answer(&mut self, next: &Next, paging: &Paging) -> PageRead {
        self.requests += 1;
        let size = usize::try_from(paging.size()).unwrap();
        let (orders, mut cursor) = match (next, paging) {
            (Next::Last(last), _) => (self.older_than(*last), None),
            (Next::Cursor(cursor), _) => {
                let orders = self.older_than(cursor.parse().unwrap_or(0));
                let next = orders.last().map(ToString::to_string);
                (orders, next)
            }
            (Next::Number(offset), Paging::Offset { .. }) => (self.at(usize::try_from(*offset).unwrap(), size), None),
            (Next::Number(number) | Next::Window { number, .. }, _) => {
                (self.at((usize::try_from(*number).unwrap() - 1) * size.min(self.cap), size), None)
            }
            (Next::Key(_), _) => panic!("orders are numbers"),
        };
        if cursor.as_ref().is_some_and(|last| self.older_than(last.parse().unwrap()).is_empty()) {
            cursor = None;
        }
        let total = self.states_total.then(|| u64::try_from(self.list.len()).unwrap());
        PageRead { cursor, total, ..page(&orders) }
    }

    /// Reads one pass, in batches of at most `limit`; what was delivered, and what was told.
    pub fn pass(&mut self, state: &mut State, paging: &Paging, limit: usize) -> (Vec<i64>, Vec<Notice>) {
        let (mut delivered, mut notices) = (Vec::new(), Vec::new());
        let until = self.requests + 2_000;
        loop {
            state.begin(paging, None, NOW);
            let read = self.answer(&state.next.clone().unwrap(), paging);
            let (first, mut batch) = (state.open(&read), 0);
            let mut whole = true;
            for entry in read.entries.iter().skip(first) {
                if batch == limit {
                    whole = false;
                    break;
                }
                if !state.is_known(entry, paging) {
                    delivered.extend(entry.order);
                    batch += 1;
                }
                state.take(entry, false);
            }
            if whole {
                notices.extend(state.advance(&read, paging, None, NOW));
            }
            // A restart between any two batches.
            *state = serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap();
            self.change();
            if state.next.is_none() {
                return (delivered, notices);
            }
            assert!(self.requests < until, "the pass does not end");
        }
    }

    /// What is there and was never delivered.
    pub fn missing(&self, delivered: &[i64]) -> Vec<i64> {
        let delivered: BTreeSet<i64> = delivered.iter().copied().collect();
        self.list.iter().copied().filter(|order| !delivered.contains(order)).collect()
    }
}

#[test]
fn an_entry_is_its_own_mark() {
    assert_eq!(entry(1).mark, entry(1).mark);
}

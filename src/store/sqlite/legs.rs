//! Ways along lists: parts of indexes, alone or several together, each of which gives numbers of rows in the order of the list.

use std::collections::{BinaryHeap, VecDeque};

use jiff::Timestamp;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::{SqliteStore, limit};
use crate::StoreError;
use crate::sealed::ms;

/// Numbers that are looked at together.
pub(super) const TOGETHER: usize = 500;
/// Fewest numbers that are taken from an index at once, where several go together.
const LEAST: usize = 8;

/// A way along rows: a part of an index. Its first parameters are `values`.
pub(super) struct Leg {
    /// The column with the number: the ticket, or the row.
    pub key: &'static str,
    pub from: &'static str,
    pub values: Vec<Value>,
    /// Whether it goes by its numbers; else it is read whole and sorted.
    pub in_order: bool,
}

impl Leg {
    /// Rows with some codes, by their own numbers.
    pub(super) fn of(key: &'static str, from: &'static str, codes: &[&str]) -> Self {
        let values = codes.iter().map(|code| Value::Text((*code).to_owned())).collect();
        Self { key, from, values, in_order: true }
    }

    fn by(from: &'static str, code: &str) -> Self {
        Self::of("seq", from, &[code])
    }

    pub(super) fn department(code: &str) -> Self {
        Self::by("ticket INDEXED BY ticket_by_department WHERE department = ?1", code)
    }

    pub(super) fn district(code: &str) -> Self {
        Self::by("ticket INDEXED BY ticket_by_district WHERE district = ?1", code)
    }

    pub(super) fn category(code: &str) -> Self {
        Self::by("ticket INDEXED BY ticket_by_category WHERE category = ?1", code)
    }

    pub(super) fn status(name: &str) -> Self {
        Self::by("ticket INDEXED BY ticket_by_status WHERE status = ?1", name)
    }

    pub(super) fn unit(code: &str) -> Self {
        Self { key: "ticket", ..Self::by("ticket_unit INDEXED BY ticket_unit_by_unit WHERE unit = ?1", code) }
    }

    pub(super) fn channel(id: &str) -> Self {
        Self { key: "ticket", ..Self::by("complaint INDEXED BY complaint_by_channel WHERE channel = ?1", id) }
    }

    pub(super) fn waiting() -> Self {
        Self::of("seq", "ticket INDEXED BY ticket_waits WHERE waits IS NOT NULL", &[])
    }

    pub(super) fn all() -> Self {
        Self::of("seq", "ticket WHERE 1", &[])
    }

    fn times(from: &'static str, key: &'static str, values: Vec<Value>) -> Self {
        Self { key, from, values, in_order: false }
    }

    pub(super) fn due(status: &str, from: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        let [from, before] = range(from, before);
        let sql = "ticket INDEXED BY ticket_due WHERE status = ?1 AND due_at >= ?2 AND due_at < ?3";
        Self::times(sql, "seq", vec![Value::Text(status.to_owned()), from.into(), before.into()])
    }

    pub(super) fn clocks(before: Timestamp) -> Self {
        let sql = "clock_due INDEXED BY clock_due_by_time WHERE due_at < ?1";
        Self::times(sql, "ticket", vec![ms(before).into()])
    }

    pub(super) fn made(from: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        let [from, before] = range(from, before);
        let sql = "ticket INDEXED BY ticket_by_creation WHERE created_at >= ?1 AND created_at < ?2";
        Self::times(sql, "seq", vec![from.into(), before.into()])
    }
}

/// The ends of a time, as they are compared with what is kept.
pub(super) fn range(from: Option<Timestamp>, before: Option<Timestamp>) -> [i64; 2] {
    [from.map_or(i64::MIN, ms), before.map_or(i64::MAX, ms)]
}

/// In which order a list goes by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// From high numbers to low ones.
    Newest,
    /// From low numbers to high ones.
    Oldest,
}

impl Order {
    /// Where a list begins.
    pub(super) fn beginning(self) -> i64 {
        match self {
            Self::Newest => i64::MAX,
            Self::Oldest => i64::MIN,
        }
    }

    /// A number by which the first of a list is the highest.
    pub(super) fn rank(self, number: i64) -> i64 {
        match self {
            Self::Newest => number,
            Self::Oldest => number.saturating_neg(),
        }
    }

    /// How what comes later compares, and how it is sorted.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Newest => ("<", "DESC"),
            Self::Oldest => (">", "ASC"),
        }
    }
}

/// Legs together, in the order of a list, each number once.
pub(super) struct Stream<'s> {
    store: &'s SqliteStore,
    order: Order,
    legs: Vec<(Leg, VecDeque<i64>, Option<i64>)>,
    at_once: usize,
    heads: BinaryHeap<(i64, usize, i64)>,
    last: Option<i64>,
}

impl<'s> Stream<'s> {
    /// What comes after a number.
    pub(super) fn new(store: &'s SqliteStore, legs: Vec<Leg>, order: Order, after: i64) -> Result<Self, StoreError> {
        let at_once = (TOGETHER / legs.len().max(1)).max(LEAST);
        let legs: Vec<_> = legs.into_iter().map(|leg| (leg, VecDeque::new(), Some(after))).collect();
        let mut stream = Self { store, order, legs, at_once, heads: BinaryHeap::new(), last: None };
        for leg in 0..stream.legs.len() {
            stream.refill(leg)?;
        }
        Ok(stream)
    }

    /// Puts the next number of a leg among the heads, where there is one.
    fn refill(&mut self, place: usize) -> Result<(), StoreError> {
        let Some((leg, waiting, after)) = self.legs.get_mut(place) else { return Ok(()) };
        if let (true, Some(from)) = (waiting.is_empty(), *after) {
            let most = if leg.in_order { self.at_once } else { usize::MAX };
            let (Leg { key, from: rows, values, .. }, (comes_later, sorted)) = (&*leg, self.order.words());
            let (bound, last) = (values.len() + 1, values.len() + 2);
            let sql = format!(
                "SELECT DISTINCT {key} FROM {rows} AND {key} {comes_later} ?{bound} ORDER BY {key} {sorted} LIMIT ?{last}"
            );
            let bounds = [Value::from(from), Value::from(limit(most))];
            let given = params_from_iter(values.iter().chain(&bounds));
            waiting.extend(self.store.all(&sql, given, |row| Ok(row.get::<_, i64>(0)?))?);
            // Only a full one can have more behind it.
            *after = waiting.back().copied().filter(|_| leg.in_order && waiting.len() >= most);
        }
        let order = self.order;
        self.heads.extend(waiting.pop_front().map(|number| (order.rank(number), place, number)));
        Ok(())
    }

    /// The next numbers.
    pub(super) fn take(&mut self, most: usize) -> Result<Vec<i64>, StoreError> {
        let mut taken = Vec::with_capacity(most);
        while taken.len() < most
            && let Some((_, leg, number)) = self.heads.pop()
        {
            self.refill(leg)?;
            if self.last != Some(number) {
                self.last = Some(number);
                taken.push(number);
            }
        }
        Ok(taken)
    }
}

impl SqliteStore {
    /// How many rows a way has, counted up to a limit for each of its legs, and no further than it has more than `enough`.
    pub(super) fn length(&self, way: &[Leg], most: usize, enough: usize) -> Result<usize, StoreError> {
        let mut rows = 0;
        for leg in way {
            let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {most})", leg.from);
            let mut statement = self.connection.prepare_cached(&sql)?;
            let counted: i64 = statement.query_row(params_from_iter(&leg.values), |row| row.get(0))?;
            rows += usize::try_from(counted).unwrap_or_default();
            if rows >= enough {
                break;
            }
        }
        Ok(rows)
    }
}

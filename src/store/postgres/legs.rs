//! Ways along lists: parts of indexes, alone or several together, each of which gives numbers of rows in the order of the list.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use jiff::Timestamp;

use super::asking::{numbers, only};
use super::cells::{Given, cell};
use super::limit;
use super::link::{Link, Parameter};
use crate::StoreError;
use crate::sealed::ms;

/// Numbers that are looked at together.
pub(super) const TOGETHER: usize = 500;
/// Fewest numbers that are taken from an index at once, where several go together.
const LEAST: usize = 8;

/// A way along rows: a part of an index. Its first parameters are its codes, then its times.
pub(super) struct Leg {
    /// The column with the number: the ticket, or the row.
    pub key: &'static str,
    pub from: &'static str,
    pub codes: Vec<String>,
    pub times: Vec<i64>,
    /// Whether it goes by its numbers; else it is read whole and sorted.
    pub in_order: bool,
}

impl Leg {
    /// Rows with some codes, by their own numbers.
    pub(super) fn of(key: &'static str, from: &'static str, codes: &[&str]) -> Self {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        Self { key, from, codes, times: Vec::new(), in_order: true }
    }

    fn by(from: &'static str, code: &str) -> Self {
        Self::of("seq", from, &[code])
    }

    pub(super) fn department(code: &str) -> Self {
        Self::by("ticket WHERE department = $1", code)
    }

    pub(super) fn district(code: &str) -> Self {
        Self::by("ticket WHERE district = $1", code)
    }

    pub(super) fn category(code: &str) -> Self {
        Self::by("ticket WHERE category = $1", code)
    }

    pub(super) fn status(name: &str) -> Self {
        Self::by("ticket WHERE status = $1", name)
    }

    pub(super) fn unit(code: &str) -> Self {
        Self { key: "ticket", ..Self::by("ticket_unit WHERE unit = $1", code) }
    }

    pub(super) fn channel(id: &str) -> Self {
        Self { key: "ticket", ..Self::by("complaint WHERE channel = $1", id) }
    }

    pub(super) fn waiting() -> Self {
        Self::of("seq", "ticket WHERE waits IS NOT NULL", &[])
    }

    pub(super) fn all() -> Self {
        Self::of("seq", "ticket WHERE TRUE", &[])
    }

    pub(super) fn due(status: &str, from: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        let times = range(from, before).to_vec();
        let leg = Self::by("ticket WHERE status = $1 AND due_at >= $2 AND due_at < $3", status);
        Self { times, in_order: false, ..leg }
    }

    pub(super) fn clocks(before: Timestamp) -> Self {
        let leg = Self::of("ticket", "clock_due WHERE due_at < $1", &[]);
        Self { times: vec![ms(before)], in_order: false, ..leg }
    }

    pub(super) fn made(from: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        let leg = Self::of("seq", "ticket WHERE created_at >= $1 AND created_at < $2", &[]);
        Self { times: range(from, before).to_vec(), in_order: false, ..leg }
    }

    /// Its parameters.
    pub(super) fn parameters(&self) -> Vec<Parameter<'_>> {
        let codes = self.codes.iter().map(|code| code as Parameter<'_>);
        codes.chain(self.times.iter().map(|time| time as Parameter<'_>)).collect()
    }

    /// The code by which it is one of many that are alike but for that.
    fn only_code(&self) -> Option<&str> {
        match (self.codes.as_slice(), self.times.as_slice(), self.in_order) {
            ([code], [], true) => Some(code),
            _ => None,
        }
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

/// A leg as it is gone along: numbers that were read, and behind which the next are.
struct Walk {
    leg: Leg,
    waiting: VecDeque<i64>,
    after: Option<i64>,
}

impl Walk {
    /// Takes what was read; only a full part can have more behind it.
    fn takes(&mut self, read: Vec<i64>, most: usize) {
        self.waiting.extend(read);
        self.after = self.waiting.back().copied().filter(|_| self.leg.in_order && self.waiting.len() >= most);
    }
}

/// Legs together, in the order of a list, each number once.
pub(super) struct Stream {
    order: Order,
    walks: Vec<Walk>,
    at_once: usize,
    heads: BinaryHeap<(i64, usize, i64)>,
    last: Option<i64>,
}

impl Stream {
    /// What comes after a number.
    pub(super) fn new(link: &mut Link, legs: Vec<Leg>, order: Order, after: i64) -> Result<Self, StoreError> {
        let at_once = (TOGETHER / legs.len().max(1)).max(LEAST);
        let walks = legs.into_iter().map(|leg| Walk { leg, waiting: VecDeque::new(), after: Some(after) }).collect();
        let mut stream = Self { order, walks, at_once, heads: BinaryHeap::new(), last: None };
        stream.begin(link, after)?;
        for walk in 0..stream.walks.len() {
            stream.refill(link, walk)?;
        }
        Ok(stream)
    }

    /// Reads the beginnings of legs that are alike with one statement.
    fn begin(&mut self, link: &mut Link, after: i64) -> Result<(), StoreError> {
        let (comes_later, sorted) = self.order.words();
        let most = limit(self.at_once);
        for ((key, from), places) in alike(self.walks.iter().map(|walk| &walk.leg)) {
            let codes: Vec<&str> = places.iter().filter_map(|place| self.walks.get(*place)?.leg.only_code()).collect();
            let sql = format!(
                "SELECT k.place, n.number FROM unnest($1::text[]) WITH ORDINALITY AS k(code, place)
                     CROSS JOIN LATERAL (SELECT DISTINCT {key} AS number FROM {} AND {key} {comes_later} $2
                         ORDER BY {key} {sorted} LIMIT $3) n
                 ORDER BY k.place, n.number {sorted}",
                of_each(from)
            );
            let rows =
                link.all(&sql, &[&codes, &after, &most], |row| Ok((cell::<i64>(row, 0)?, cell::<i64>(row, 1)?)))?;
            for (code, place) in (1..).zip(places) {
                let read = rows.iter().filter(|(of, _)| *of == code).map(|(_, number)| *number).collect();
                if let Some(walk) = self.walks.get_mut(place) {
                    walk.takes(read, self.at_once);
                }
            }
        }
        Ok(())
    }

    /// Puts the next number of a leg among the heads, where there is one.
    fn refill(&mut self, link: &mut Link, place: usize) -> Result<(), StoreError> {
        let Some(walk) = self.walks.get_mut(place) else { return Ok(()) };
        if let (true, Some(from)) = (walk.waiting.is_empty(), walk.after) {
            let (Leg { key, from: rows, .. }, (comes_later, sorted)) = (&walk.leg, self.order.words());
            let (mut given, bound) = (walk.leg.parameters(), limit(self.at_once));
            let place = given.len() + 1;
            let sql = format!("SELECT DISTINCT {key} FROM {rows} AND {key} {comes_later} ${place}");
            given.push(&from);
            let read = if walk.leg.in_order {
                given.push(&bound);
                numbers(link, &format!("{sql} ORDER BY {key} {sorted} LIMIT ${}", place + 1), &given)?
            } else {
                // Sorted here: asked for in order, all rows would be gone along by their numbers.
                let (mut read, order) = (numbers(link, &sql, &given)?, self.order);
                read.sort_unstable_by_key(|number| std::cmp::Reverse(order.rank(*number)));
                read
            };
            walk.takes(read, self.at_once);
        }
        let order = self.order;
        self.heads.extend(walk.waiting.pop_front().map(|number| (order.rank(number), place, number)));
        Ok(())
    }

    /// The next numbers.
    pub(super) fn take(&mut self, link: &mut Link, most: usize) -> Result<Vec<i64>, StoreError> {
        let mut taken = Vec::with_capacity(most.min(TOGETHER));
        while taken.len() < most
            && let Some((_, walk, number)) = self.heads.pop()
        {
            self.refill(link, walk)?;
            if self.last != Some(number) {
                self.last = Some(number);
                taken.push(number);
            }
        }
        Ok(taken)
    }
}

/// The places of legs that are alike but for their one code, by what they go along.
fn alike<'l>(legs: impl Iterator<Item = &'l Leg>) -> BTreeMap<(&'static str, &'static str), Vec<usize>> {
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (place, leg) in legs.enumerate().filter(|(_, leg)| leg.only_code().is_some()) {
        alike.entry((leg.key, leg.from)).or_default().push(place);
    }
    alike
}

/// What a leg goes along, for each of the codes `k`.
fn of_each(from: &str) -> String {
    from.replace("$1", "k.code")
}

/// How many rows a way has, counted up to a limit for each of its legs, and no further than `enough`.
pub(super) fn length(link: &mut Link, way: &[Leg], most: usize, enough: usize) -> Result<usize, StoreError> {
    let most = limit(most);
    let mut counts = Vec::new();
    for ((_, from), places) in alike(way.iter()) {
        let codes: Vec<&str> = places.iter().filter_map(|place| way.get(*place)?.only_code()).collect();
        let each =
            format!("unnest($1::text[]) AS k(code) CROSS JOIN LATERAL (SELECT 1 FROM {} LIMIT $2) l", of_each(from));
        let mut given = Given::behind(0);
        given.add(codes);
        given.add(most);
        counts.push((each, given));
    }
    for leg in way.iter().filter(|leg| leg.only_code().is_none()) {
        let mut given = Given::behind(0);
        leg.codes.iter().for_each(|code| drop(given.add(code)));
        leg.times.iter().for_each(|time| drop(given.add(time)));
        let each = format!("(SELECT 1 FROM {} LIMIT {}) l", leg.from, given.add(most));
        counts.push((each, given));
    }
    let mut rows = 0;
    for (each, mut given) in counts {
        if rows >= enough {
            break;
        }
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {each} LIMIT {}) c", given.add(limit(enough - rows)));
        let counted: i64 = only(link, &sql, &given.with(&[]))?;
        rows += usize::try_from(counted).unwrap_or_default();
    }
    Ok(rows)
}

//! Searching, block by block from the newest complaint on: what the index of words, or a short list, leaves is read and judged.

use std::collections::BTreeSet;

use super::PostgresStore;
use super::asking::numbers;
use super::cells::{COMPLAINT, Given, complaint};
use super::link::Parameter;
use super::scope::fits;
use super::words::{ENDS, ends};
use super::{limit, scope::Codes};
use crate::sealed::ms;
use crate::words::{BLOCK, block_of};
use crate::{ComplaintView, Page, Search, SearchPage, Searches, StoreError, WordsIndexed};

/// Most complaints that are opened for one page.
const MAX_OPENED: usize = 10_000;
/// Most complaints that are looked at for one page: their tickets, and what of them is not sealed.
const MAX_LOOKED_AT: usize = 8_000;
/// Complaints that are read together: a page that is full leaves the rest of them.
const TOGETHER: usize = 200;

impl Searches for PostgresStore {
    fn search(
        &mut self,
        search: &Search,
        page: Page,
        admit: &mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Result<SearchPage, StoreError> {
        // Lists and what changed since they were made are read as of one moment.
        self.snapshot(|store| store.search_now(search, page, admit))
    }

    fn index_words(&mut self, least: u64) -> Result<WordsIndexed, StoreError> {
        self.index_a_block(least)
    }
}

/// The blocks to be looked at, the newest first.
fn blocks(among: Option<&BTreeSet<i64>>, lowest: i64, highest: i64) -> Vec<i64> {
    match among {
        None => (block_of(lowest)..=block_of(highest)).rev().collect(),
        Some(_) if lowest > highest => Vec::new(),
        Some(among) => {
            let blocks: BTreeSet<i64> = among.range(lowest..=highest).map(|id| block_of(*id)).collect();
            blocks.into_iter().rev().collect()
        }
    }
}

/// A search under way.
struct Looking<'a> {
    search: &'a Search,
    /// What must fit beside words, with parameters behind three others.
    fits: String,
    given: Given<'a>,
    page: Page,
    admit: &'a mut dyn FnMut(&ComplaintView) -> bool,
    opened: usize,
    looked_at: usize,
    found: Vec<ComplaintView>,
    next: Option<i64>,
}

impl<'a> Looking<'a> {
    fn new(
        search: &'a Search,
        codes: &'a Codes<'_>,
        page: Page,
        admit: &'a mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Self {
        let mut given = Given::behind(3);
        let mut all = vec![fits(&search.ticket, codes, &mut given)];
        all.extend(search.channel.as_ref().map(|id| format!("c.channel = {}", given.add(id))));
        let times = [("c.received_at >=", search.received_from), ("c.received_at <", search.received_before)];
        for (compared, time) in times {
            all.extend(time.map(|at| format!("{compared} {}", given.add(ms(at)))));
        }
        let fits = all.join(" AND ");
        Self { search, fits, given, page, admit, opened: 0, looked_at: 0, found: Vec::new(), next: None }
    }

    /// Whether enough was looked at for one page, where it goes on below `reached`.
    fn is_enough(&mut self, reached: i64, lowest: i64) -> bool {
        let is_enough = self.looked_at >= MAX_LOOKED_AT && reached > lowest;
        self.next = is_enough.then_some(reached);
        is_enough
    }

    /// Judges a complaint; whether the page is full, or enough was opened for it.
    fn judge(&mut self, view: ComplaintView) -> bool {
        self.opened += 1;
        let id = view.id.0;
        if self.search.is_told_by(&view.complaint) && (self.admit)(&view) {
            if self.found.len() >= self.page.limit {
                self.next = self.found.last().map(|last| last.id.0);
                return true;
            }
            self.found.push(view);
        }
        if self.opened >= MAX_OPENED {
            self.next = Some(id);
        }
        self.next.is_some()
    }
}

impl PostgresStore {
    fn search_now(
        &mut self,
        search: &Search,
        page: Page,
        admit: &mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Result<SearchPage, StoreError> {
        let Some((lowest, highest)) = self.bounds(search, page.after)? else {
            return Ok(SearchPage { complaints: Vec::new(), next: None });
        };
        let among = self.among(search)?;
        let tokens = self.sealer.tokens_at(&search.words, &search.place);
        let codes = self.codes(&search.ticket.reach)?;
        let mut looking = Looking::new(search, &codes, page, admit);
        for block in blocks(among.as_ref(), lowest, highest) {
            let bounds = (lowest.max(block * BLOCK), highest.min(block * BLOCK + BLOCK - 1));
            let marked = if tokens.is_empty() { None } else { self.candidates(block, &tokens)? };
            let marked = marked.map(|places| places.complaints(block));
            let is_done = match (marked, &among) {
                (None, None) => self.look_at_all(bounds, &mut looking)?,
                (Some(marked), None) => self.look_at(&marked, bounds, &mut looking)?,
                (marked, Some(among)) => {
                    let listed = among.range(bounds.0..=bounds.1).rev().copied();
                    let marked = marked.map(|marked| marked.into_iter().collect::<BTreeSet<_>>());
                    let both = listed.filter(|id| marked.as_ref().is_none_or(|marked| marked.contains(id)));
                    self.look_at(&both.collect::<Vec<_>>(), bounds, &mut looking)?
                }
            };
            if is_done || looking.is_enough(bounds.0, lowest) {
                break;
            }
        }
        Ok(SearchPage { complaints: looking.found, next: looking.next })
    }

    /// The lowest and highest number that can be found; none where nothing can.
    fn bounds(&mut self, search: &Search, after: Option<i64>) -> Result<Option<(i64, i64)>, StoreError> {
        let link = &mut self.link;
        let bounds = match (search.received_from.map(ms), search.received_before.map(ms)) {
            (None, None) => ends(link, ENDS, &[])?,
            (from, before) => {
                // By time first: the ends of all complaints would be gone along until one is of that time.
                let sql = "SELECT min(m.id), max(m.id) FROM
                    (SELECT id FROM complaint WHERE received_at >= $1 AND received_at < $2 OFFSET 0) m";
                ends(link, sql, &[&from.unwrap_or(i64::MIN), &before.unwrap_or(i64::MAX)])?
            }
        };
        let Some((lowest, highest)) = bounds else { return Ok(None) };
        let highest = after.map_or(highest, |after| highest.min(after - 1));
        Ok(Some((lowest, highest)).filter(|(lowest, highest)| lowest <= highest))
    }

    /// The few complaints that can be found, where something narrows them: a list, or what their tickets are.
    fn among(&mut self, search: &Search) -> Result<Option<BTreeSet<i64>>, StoreError> {
        let given = search.among.as_ref().map(|keys| keys.iter().map(|key| key.0).collect::<BTreeSet<_>>());
        if given.is_some() {
            return Ok(given);
        }
        let Some(tickets) = self.narrow(&search.ticket)? else { return Ok(None) };
        let tickets: Vec<i64> = tickets.into_iter().collect();
        let sql = "SELECT c.id FROM unnest($1::bigint[]) AS k(ticket) JOIN complaint c ON c.ticket = k.ticket";
        Ok(Some(numbers(&mut self.link, sql, &[&tickets])?.into_iter().collect()))
    }

    /// Looks at complaints by their numbers, the highest first; whether the search is done.
    fn look_at(&mut self, ids: &[i64], bounds: (i64, i64), looking: &mut Looking<'_>) -> Result<bool, StoreError> {
        looking.looked_at += ids.len();
        let (lowest, highest) = bounds;
        let sql = format!(
            "SELECT {COMPLAINT} FROM unnest($1::bigint[]) WITH ORDINALITY AS k(id, place)
                 JOIN complaint c ON c.id = k.id JOIN ticket t ON t.seq = c.ticket
             WHERE c.id BETWEEN $2 AND $3 AND {} ORDER BY k.place",
            looking.fits
        );
        for ids in ids.chunks(TOGETHER) {
            if self.look(&sql, [&ids, &lowest, &highest], looking)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Looks at all complaints between two numbers, the highest first; whether the search is done.
    fn look_at_all(
        &mut self,
        (lowest, mut highest): (i64, i64),
        looking: &mut Looking<'_>,
    ) -> Result<bool, StoreError> {
        looking.looked_at += usize::try_from(highest - lowest).unwrap_or_default();
        let sql = format!(
            "SELECT {COMPLAINT} FROM complaint c JOIN ticket t ON t.seq = c.ticket
             WHERE c.id BETWEEN $1 AND $2 AND {} ORDER BY c.id DESC LIMIT $3",
            looking.fits
        );
        loop {
            let Some(read) = self.look(&sql, [&lowest, &highest, &limit(TOGETHER)], looking)? else { return Ok(true) };
            let Some(last) = read.filter(|(rows, _)| *rows == TOGETHER).map(|(_, last)| last) else {
                return Ok(false);
            };
            highest = last - 1;
        }
    }

    /// Looks at the complaints of a statement: how many there were and which was the last; none where the search is done.
    fn look(
        &mut self,
        sql: &str,
        first: [Parameter<'_>; 3],
        looking: &mut Looking<'_>,
    ) -> Result<Option<Option<(usize, i64)>>, StoreError> {
        let rows = self.link.rows(sql, &looking.given.with(&first))?;
        let mut last = None;
        for row in &rows {
            let view = self.sealer.complaint(complaint(row, 0)?)?;
            last = Some((rows.len(), view.id.0));
            if looking.judge(view) {
                return Ok(None);
            }
        }
        Ok(Some(last))
    }
}

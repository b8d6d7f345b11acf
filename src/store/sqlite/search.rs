//! Searching, block by block from the newest complaint on: what the index of words, or a short list, leaves is read and judged.

use std::collections::BTreeSet;

use rusqlite::{Row, ToSql, params};

use super::SqliteStore;
use super::cells::{COMPLAINT, complaint, list};
use super::scope::{Asked, FITS};
use super::words::ENDS;
use crate::sealed::ms;
use crate::words::{BLOCK, block_of};
use crate::{ComplaintView, Page, Search, SearchPage, Searches, StoreError, WordsIndexed};

/// Most complaints that are opened for one page.
const MAX_OPENED: usize = 10_000;
/// Most complaints that are looked at for one page: their tickets, and what of them is not sealed.
const MAX_LOOKED_AT: usize = 8_000;

/// What must fit beside words and what its ticket is.
const COMES: &str = "(:channel IS NULL OR c.channel = :channel)
    AND (:received_from IS NULL OR c.received_at >= :received_from)
    AND (:received_before IS NULL OR c.received_at < :received_before)";

impl Searches for SqliteStore {
    fn search(
        &mut self,
        search: &Search,
        page: Page,
        admit: &mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Result<SearchPage, StoreError> {
        // Lists and what changed since they were made are read as of one moment.
        let _snapshot = self.connection.unchecked_transaction()?;
        let Some((lowest, highest)) = self.bounds(search, page.after)? else {
            return Ok(SearchPage { complaints: Vec::new(), next: None });
        };
        let among = self.among(search)?;
        let tokens = self.sealer.tokens_at(&search.words, &search.place);
        let asked = Asked::of(&search.ticket, &self.codes(&search.ticket.reach)?)?;
        let mut looking =
            Looking { search, asked, page, admit, opened: 0, looked_at: 0, found: Vec::new(), next: None };
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
    asked: Asked<'a>,
    page: Page,
    admit: &'a mut dyn FnMut(&ComplaintView) -> bool,
    opened: usize,
    looked_at: usize,
    found: Vec<ComplaintView>,
    next: Option<i64>,
}

impl Looking<'_> {
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

impl SqliteStore {
    /// The lowest and highest number that can be found; none where nothing can.
    fn bounds(&self, search: &Search, after: Option<i64>) -> Result<Option<(i64, i64)>, StoreError> {
        let (from, before) = (search.received_from.map(ms), search.received_before.map(ms));
        let bounds = match (from, before) {
            (None, None) => self.all(ENDS, [], bounds)?,
            _ => {
                let sql = "SELECT min(id), max(id) FROM complaint INDEXED BY complaint_by_time
                    WHERE received_at >= ?1 AND received_at < ?2";
                self.all(sql, params![from.unwrap_or(i64::MIN), before.unwrap_or(i64::MAX)], bounds)?
            }
        };
        let Some(Some((lowest, highest))) = bounds.into_iter().next() else { return Ok(None) };
        let highest = after.map_or(highest, |after| highest.min(after - 1));
        Ok(Some((lowest, highest)).filter(|(lowest, highest)| lowest <= highest))
    }

    /// The few complaints that can be found, where something narrows them: a list, or what their tickets are.
    fn among(&self, search: &Search) -> Result<Option<BTreeSet<i64>>, StoreError> {
        let given = search.among.as_ref().map(|keys| keys.iter().map(|key| key.0).collect::<BTreeSet<_>>());
        if given.is_some() {
            return Ok(given);
        }
        let Some(tickets) = self.narrow(&search.ticket)? else { return Ok(None) };
        let sql =
            "SELECT c.id FROM json_each(?1) k JOIN complaint c INDEXED BY complaint_by_ticket ON c.ticket = k.value";
        let found = self.all(sql, params![list(&tickets)?], |row| Ok(row.get(0)?))?;
        Ok(Some(found.into_iter().collect()))
    }

    /// Looks at complaints by their numbers, the highest first; whether the search is done.
    fn look_at(&self, ids: &[i64], bounds: (i64, i64), looking: &mut Looking<'_>) -> Result<bool, StoreError> {
        if ids.is_empty() {
            return Ok(false);
        }
        looking.looked_at += ids.len();
        let sql = format!(
            "SELECT {COMPLAINT} FROM json_each(:ids) k JOIN complaint c ON c.id = k.value JOIN ticket t ON t.seq = c.ticket
             WHERE c.id BETWEEN :lowest AND :highest AND {COMES} AND {FITS} ORDER BY k.key"
        );
        self.look(&sql, bounds, &[(":ids", &list(&ids)?)], looking)
    }

    /// Looks at all complaints between two numbers, the highest first; whether the search is done.
    fn look_at_all(&self, bounds: (i64, i64), looking: &mut Looking<'_>) -> Result<bool, StoreError> {
        looking.looked_at += usize::try_from(bounds.1 - bounds.0).unwrap_or_default();
        let sql = format!(
            "SELECT {COMPLAINT} FROM complaint c JOIN ticket t ON t.seq = c.ticket
             WHERE c.id BETWEEN :lowest AND :highest AND {COMES} AND {FITS} ORDER BY c.id DESC"
        );
        self.look(&sql, bounds, &[], looking)
    }

    fn look(
        &self,
        sql: &str,
        (lowest, highest): (i64, i64),
        more: &[(&str, &dyn ToSql)],
        looking: &mut Looking<'_>,
    ) -> Result<bool, StoreError> {
        let search = looking.search;
        let (from, before) = (search.received_from.map(ms), search.received_before.map(ms));
        let comes: [(&str, &dyn ToSql); 5] = [
            (":channel", &search.channel),
            (":received_from", &from),
            (":received_before", &before),
            (":lowest", &lowest),
            (":highest", &highest),
        ];
        let parameters = looking.asked.with(&comes.iter().chain(more).copied().collect::<Vec<_>>());
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(&*parameters)?;
        while let Some(row) = rows.next()? {
            if looking.judge(self.sealer.complaint(complaint(row, 0)?)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn bounds(row: &Row<'_>) -> Result<Option<(i64, i64)>, StoreError> {
    Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?))
}

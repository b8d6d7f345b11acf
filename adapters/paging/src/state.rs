//! Where the next page is. Pure: position in, position out.

mod advance;
mod order;
mod step;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::memory::Memory;
use crate::page::{Entry, Next, PageRead};
use crate::pass::Pass;
use crate::{Paging, Rescan};

/// Records of a pass that are remembered, to know a page that brings nothing new; with it, what a batch stores stays below 10 KiB.
pub const MAX_SEEN: usize = 300;
/// Records at the front of a list that are remembered from pass to pass: what is new among them is found whatever its order.
pub const MAX_KNOWN: usize = 150;
/// Pages in a row without a new record after which a pass ends: one alone may be what records that were inserted meanwhile have
/// moved on by a page.
pub const MAX_BARREN_PAGES: u32 = 3;
/// Times that two pages are read again because records move between them.
pub const MAX_AGAIN: u32 = 8;
/// Pages of one pass. Where a source has more, its front is read first and then reading goes on where it stopped.
pub const MAX_PASS_PAGES: u32 = 10_000;
/// Pages in a row that are passed over because they cannot be read. More of them are a failure of the source as a whole.
pub const MAX_PAGES_ASIDE: u32 = 3;

/// How far a source has been read.
///
/// A *pass* goes from the newest page backwards until it meets the watermark, the highest order of the last whole pass. The
/// watermark moves only when a pass is complete, so that an interruption leaves no gap.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Highest order of the last complete pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<i64>,
    /// Highest order seen in the pass under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest: Option<i64>,
    /// The next page of the pass under way; none between passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// Pages read in the pass under way, those read again not counted.
    pub pages: u32,
    /// Records of the next page that were delivered already, when a page is longer than a batch.
    pub skip: usize,
    /// Whether the pass under way also reads what was read before.
    pub rescanning: bool,
    /// When older pages were read again last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescanned_at: Option<Timestamp>,
    /// Validators of the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Validators of the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// End of the last complete window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_to: Option<Timestamp>,
    /// What is known of the pass under way.
    pub pass: Pass,
    /// Records at the front of the list that were delivered in earlier passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Memory>,
    /// Whether the list does not come newest first, so that the watermark ends no pass.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disordered: bool,
    /// Where a pass stopped that had read as many pages as it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Next>,
    /// Digests of pages that were set aside lately: they are not tried again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<String>,
}

impl State {
    /// Begins a pass where none is under way.
    pub fn begin(&mut self, paging: &Paging, rescan: Option<Rescan>, now: Timestamp) {
        if self.next.is_some() {
            return;
        }
        (self.pages, self.highest, self.pass) = (0, None, Pass::default());
        self.rescanning = rescan.is_some_and(|rescan| {
            let every = SignedDuration::from_hours(i64::from(rescan.every_hours));
            self.rescanned_at.is_none_or(|at| now.duration_since(at) >= every)
        });
        self.next = Some(match paging {
            Paging::LastId => Next::Last(0),
            Paging::Cursor { .. } => Next::Cursor(String::new()),
            Paging::Number { first, .. } => Next::Number(*first),
            Paging::Offset { .. } => Next::Number(0),
            Paging::Window { hours, overlap_hours, start, .. } => {
                let length = SignedDuration::from_hours(i64::from(*hours));
                let overlap = SignedDuration::from_hours(i64::from(*overlap_hours));
                let configured = start.as_ref().and_then(|start| start.get_ref().parse().ok());
                let from = match self.window_to {
                    Some(to) => to - overlap,
                    None => configured.unwrap_or(now - length),
                };
                Next::Window { from, to: (from + length + overlap).min(now), number: 1 }
            }
        });
    }

    /// The variable `page` of the list call.
    pub fn page(&self, paging: &Paging) -> Value {
        let size = paging.size();
        match &self.next {
            Some(Next::Last(last)) => json!({ "last": last, "size": size }),
            Some(Next::Key(last)) => json!({ "last": last, "size": size }),
            Some(Next::Cursor(cursor)) => json!({ "cursor": cursor, "size": size }),
            Some(Next::Number(number)) => json!({ "number": number, "offset": number, "size": size }),
            Some(Next::Window { from, to, number }) => {
                json!({ "from": from.to_string(), "to": to.to_string(), "number": number, "size": size })
            }
            None => json!({ "size": size }),
        }
    }

    /// Whether the next page is the first of a pass, read for the first time and from its beginning.
    #[must_use]
    pub fn at_front(&self) -> bool {
        self.pages == 0 && self.skip == 0 && self.pass.again.is_none() && !self.pass.tail
    }

    /// Looks at a page that has come; gives the place of the first record on it that was not dealt with.
    pub fn open(&mut self, page: &PageRead) -> usize {
        if self.skip > 0 {
            // Records may have moved since the first part of this page was read.
            return self.pass.seen.latest_in(page.entries.iter().map(|entry| &entry.mark)).map_or(0, |at| at + 1);
        }
        if self.pass.again.is_none() {
            self.judge_order(page);
        }
        0
    }

    /// Whether a record was delivered, in this pass or an earlier one, and is not delivered again.
    pub fn is_known(&self, entry: &Entry, paging: &Paging) -> bool {
        if self.pass.seen.has(&entry.mark) || self.pass.front.has(&entry.mark) {
            return true;
        }
        let old = entry.order.zip(self.watermark).is_some_and(|(order, watermark)| order <= watermark);
        if !old || self.rescanning || self.pass.tail || matches!(paging, Paging::Window { .. }) {
            return false;
        }
        // At the front of the list records are known one by one, since one of a low order may be new; behind, by their order.
        let one_by_one = self.known.as_ref().filter(|_| self.pass.front.len() < MAX_KNOWN);
        let known = self.known.as_ref().is_some_and(|known| known.has_id(&entry.mark));
        known || (one_by_one.is_none() && !self.is_disordered())
    }

    /// Whether this pass has met the record, as far as it remembers.
    #[must_use]
    pub fn was_seen(&self, entry: &Entry) -> bool {
        self.pass.seen.has_id(&entry.mark) || self.pass.front.has_id(&entry.mark)
    }

    /// Takes note of a record that was dealt with; one that is `unsettled` comes again with the next pass that meets it.
    pub fn take(&mut self, entry: &Entry, unsettled: bool) {
        self.skip += 1;
        if self.was_seen(entry) {
            self.pass.met += 1;
        } else {
            self.pass.fresh += 1;
        }
        self.pass.seen.add(&entry.mark, MAX_SEEN);
        // What a second reading finds newly at the front says nothing of what lies between it and the first.
        if self.pass.again.is_none() && !self.pass.tail {
            self.highest = self.highest.max(entry.order);
            if self.pass.front.len() < MAX_KNOWN && !unsettled && !self.pass.front.has_id(&entry.mark) {
                self.pass.front.add(&entry.mark, MAX_KNOWN);
            }
        }
    }

    /// Whether another page can be read right now: a pass is under way, or a later window is already past.
    pub fn has_more(&self, paging: &Paging, now: Timestamp) -> bool {
        match (&self.next, paging, self.window_to) {
            (Some(_), ..) => true,
            (None, Paging::Window { hours, .. }, Some(to)) => to + SignedDuration::from_hours(i64::from(*hours)) <= now,
            _ => false,
        }
    }
}

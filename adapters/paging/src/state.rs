//! Where the next page is. Pure: position in, position out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Paging, Rescan};

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
    /// Pages read in the pass under way.
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
}

/// The next page of a pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// After this order.
    Last(i64),
    /// At this cursor.
    Cursor(String),
    /// This page, or offset.
    Number(u64),
    /// This page of this window.
    Window {
        /// Beginning.
        from: Timestamp,
        /// End.
        to: Timestamp,
        /// Page within it.
        number: u64,
    },
}

impl State {
    /// Begins a pass where none is under way.
    pub fn begin(&mut self, paging: &Paging, rescan: Option<Rescan>, now: Timestamp) {
        if self.next.is_some() {
            return;
        }
        (self.pages, self.highest) = (0, None);
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
        let size = match paging {
            Paging::Number { size, .. } | Paging::Offset { size } | Paging::Window { size, .. } => *size,
            Paging::LastId | Paging::Cursor { .. } => 0,
        };
        match &self.next {
            Some(Next::Last(last)) => json!({ "last": last, "size": size }),
            Some(Next::Cursor(cursor)) => json!({ "cursor": cursor, "size": size }),
            Some(Next::Number(number)) => json!({ "number": number, "offset": number, "size": size }),
            Some(Next::Window { from, to, number }) => {
                json!({ "from": from.to_string(), "to": to.to_string(), "number": number, "size": size })
            }
            None => json!({ "size": size }),
        }
    }

    /// Whether a record of this order was read in an earlier pass and is not read again in this one.
    pub fn is_old(&self, order: Option<i64>, paging: &Paging) -> bool {
        !self.rescanning
            && !matches!(paging, Paging::Window { .. })
            && order.zip(self.watermark).is_some_and(|(order, watermark)| order <= watermark)
    }

    /// Takes note of a page that was read; the pass ends or goes on.
    pub fn advance(&mut self, page: &PageRead, paging: &Paging, rescan: Option<Rescan>, now: Timestamp) {
        self.pages += 1;
        self.skip = 0;
        let rescan_pages = rescan.map_or(0, |rescan| rescan.pages);
        let windowed = matches!(paging, Paging::Window { .. });
        let far_enough = page.reached_watermark && !windowed && (!self.rescanning || self.pages >= rescan_pages);
        let next = if page.count == 0 || far_enough { None } else { self.following(page, paging) };
        if next.is_none() || next == self.next {
            self.finish(paging, now);
        } else {
            self.next = next;
        }
    }

    fn following(&self, page: &PageRead, paging: &Paging) -> Option<Next> {
        match (paging, self.next.as_ref()?) {
            (Paging::LastId, Next::Last(_)) => page.last.map(Next::Last),
            (Paging::Cursor { .. }, Next::Cursor(_)) => page.cursor.clone().map(Next::Cursor),
            (Paging::Number { size, .. }, Next::Number(number)) => {
                (page.count >= *size).then(|| Next::Number(number + 1))
            }
            (Paging::Offset { size }, Next::Number(offset)) => {
                (page.count >= *size).then(|| Next::Number(offset + page.count))
            }
            (Paging::Window { size, .. }, Next::Window { from, to, number }) => {
                (page.count >= *size).then(|| Next::Window { from: *from, to: *to, number: number + 1 })
            }
            _ => None,
        }
    }

    fn finish(&mut self, paging: &Paging, now: Timestamp) {
        self.watermark = self.watermark.max(self.highest);
        if self.rescanning {
            (self.rescanning, self.rescanned_at) = (false, Some(now));
        }
        if let (Paging::Window { .. }, Some(Next::Window { to, .. })) = (paging, &self.next) {
            self.window_to = Some(*to);
        }
        self.next = None;
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

/// What is known of a page that was read.
#[derive(Debug, Clone, Default)]
pub struct PageRead {
    /// Records on it, old ones included.
    pub count: u64,
    /// Order of its last record.
    pub last: Option<i64>,
    /// Cursor of the next page.
    pub cursor: Option<String>,
    /// Whether it held a record at or below the watermark.
    pub reached_watermark: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn page(orders: &[i64], watermark: Option<i64>) -> PageRead {
        PageRead {
            count: orders.len() as u64,
            last: orders.last().copied(),
            cursor: None,
            reached_watermark: watermark.is_some() && orders.last().copied() <= watermark,
        }
    }

    #[test]
    fn the_watermark_moves_only_when_a_pass_is_complete() {
        let mut state = State { watermark: Some(5), ..State::default() };
        state.begin(&Paging::LastId, None, NOW);
        state.highest = Some(9);
        state.advance(&page(&[9, 8], Some(5)), &Paging::LastId, None, NOW);
        assert_eq!((state.watermark, state.next.clone()), (Some(5), Some(Next::Last(8))));
        state.advance(&page(&[7, 5], Some(5)), &Paging::LastId, None, NOW);
        assert_eq!((state.watermark, state.next), (Some(9), None));
    }

    #[test]
    fn a_rescan_reads_beyond_the_watermark_and_then_rests() {
        let rescan = Some(Rescan { every_hours: 1, pages: 2 });
        let mut state = State { watermark: Some(9), ..State::default() };
        state.begin(&Paging::LastId, rescan, NOW);
        assert!(state.rescanning && !state.is_old(Some(3), &Paging::LastId));
        state.advance(&page(&[9, 8], Some(9)), &Paging::LastId, rescan, NOW);
        assert!(state.next.is_some());
        state.advance(&page(&[7, 6], Some(9)), &Paging::LastId, rescan, NOW);
        assert!(state.next.is_none() && state.rescanned_at == Some(NOW));
        state.begin(&Paging::LastId, rescan, NOW);
        assert!(!state.rescanning && state.is_old(Some(9), &Paging::LastId));
    }

    #[test]
    fn windows_overlap_and_catch_up() {
        let paging = Paging::Window { hours: 24, overlap_hours: 2, start: None, size: 10 };
        let now = NOW + SignedDuration::from_hours(100);
        let mut state = State { window_to: Some(NOW + SignedDuration::from_hours(10)), ..State::default() };
        state.begin(&paging, None, now);
        let Some(Next::Window { from, to, .. }) = state.next.clone() else { panic!("a window") };
        assert_eq!((from, to), (NOW + SignedDuration::from_hours(8), NOW + SignedDuration::from_hours(34)));
        state.advance(&PageRead { count: 3, ..PageRead::default() }, &paging, None, now);
        assert!(state.next.is_none() && state.has_more(&paging, now));
    }

    #[test]
    fn a_source_that_repeats_its_page_does_not_hang_the_pass() {
        let mut state = State::default();
        state.begin(&Paging::LastId, None, NOW);
        state.highest = Some(3);
        state.advance(&page(&[3], None), &Paging::LastId, None, NOW);
        state.advance(&page(&[3], None), &Paging::LastId, None, NOW);
        assert_eq!((state.next, state.watermark), (None, Some(3)));
    }
}

//! What follows a page: the next one, the one before once more, or the end of the pass, and why.

use super::{MAX_BARREN_PAGES, State};
use crate::page::{Next, PageRead};
use crate::pass::{End, Step};
use crate::{Notice, Paging};

/// Of how many records of a page one is read again with the next, by offset.
const OVERLAP_PART: u64 = 10;

/// A page, and what it brought.
pub(super) struct Reading<'a> {
    page: &'a PageRead,
    paging: &'a Paging,
    /// Records on it.
    count: u64,
    /// Those that the pass had not seen.
    fresh: u64,
    /// Those that it had.
    met: u64,
}

impl<'a> Reading<'a> {
    pub(super) fn new(page: &'a PageRead, (fresh, met): (u64, u64), paging: &'a Paging) -> Self {
        Self { page, paging, count: u64::try_from(page.entries.len()).unwrap_or(u64::MAX), fresh, met }
    }
}

/// What the first page of a pass shows of the settings.
pub(super) fn first_page(page: &PageRead, paging: &Paging) -> impl Iterator<Item = Notice> {
    let count = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
    let larger = paging.size() > 0 && count > paging.size();
    let unordered = page.ordered && count > 0 && page.entries.iter().all(|entry| entry.order.is_none());
    [larger.then_some(Notice::LargerThanAsked), unordered.then_some(Notice::NoOrder)].into_iter().flatten()
}

impl State {
    /// What follows a page that was read for the first time.
    pub(super) fn step(&mut self, reading: &Reading<'_>, rescan_pages: u32, notices: &mut Vec<Notice>) -> Step {
        let Reading { page, paging, count, fresh, .. } = *reading;
        let position = self.position(paging);
        self.pass.entries += count;
        self.pass.largest = self.pass.largest.max(count);
        self.pass.barren = if fresh == 0 { self.pass.barren + 1 } else { 0 };
        let windowed = matches!(paging, Paging::Window { .. });
        if !windowed && self.reaches_watermark(page) && self.pages >= rescan_pages {
            return Step::End(End::Watermark);
        }
        if windowed && !page.numbered {
            notices.extend((count >= paging.size()).then_some(Notice::WindowFull));
            return Step::End(End::Whole);
        }
        let round = self.goes_round(page);
        if paging.is_keyed() {
            self.by_key(reading, round, notices)
        } else {
            self.by_position(reading, position, round, notices)
        }
    }

    fn by_key(&self, reading: &Reading<'_>, round: bool, notices: &mut Vec<Notice>) -> Step {
        let Some(next) = self.key_behind(reading) else { return self.whole(reading, notices) };
        let stays = Some(&next) == self.next.as_ref();
        let barren = self.pass.barren >= MAX_BARREN_PAGES;
        if reading.count == 0 && (stays || barren) {
            return self.whole(reading, notices);
        }
        // A shorter page that holds no more than the record behind which was asked for is how inclusive lists end.
        if stays && reading.fresh == 0 && reading.count < self.pass.largest {
            return self.whole(reading, notices);
        }
        if stays || round || barren {
            notices.push(Notice::GoesRound);
            return Step::End(End::Cut);
        }
        Step::On(next)
    }

    fn by_position(&mut self, reading: &Reading<'_>, position: u64, round: bool, notices: &mut Vec<Notice>) -> Step {
        let Reading { page, paging, count, fresh, met } = *reading;
        if !self.pass.doubts_total && fresh > 0 && page.total.is_some_and(|total| position >= total) {
            self.pass.doubts_total = true;
            notices.push(Notice::MoreThanStated);
        }
        let total = page.total.filter(|_| !self.pass.doubts_total);
        // As many records on a full first page as are stated in all: the statement may be about the page.
        let doubtful = self.pages == 1 && count >= paging.size();
        let barren = self.pass.barren >= MAX_BARREN_PAGES;
        // A page asked for from within the one before, and nothing on it was seen: more has vanished than overlaps.
        let fell_behind = self.pass.overlaps && met == 0 && (count > 0 || self.pass.barren == 1);
        self.pass.overlaps = false;
        if fell_behind && let Some(Next::Number(offset)) = self.next {
            return Step::On(Next::Number(offset.saturating_sub(self.pass.largest)));
        }
        if !doubtful && total.is_some_and(|total| position + count >= total) {
            return Step::End(End::Whole);
        }
        if (round && fresh > 0) || (barren && count > 0) {
            // A repeated page that is shorter than others is a last page that is given for every number beyond it.
            let full = fresh > 0 || count >= self.pass.largest;
            notices.extend(full.then_some(Notice::Repeats));
            return Step::End(End::Whole);
        }
        if count == 0 && (barren || total.is_none()) {
            return self.whole(reading, notices);
        }
        let overlap = overlap(paging, count);
        self.pass.overlaps = overlap > 0;
        let advance = if count == 0 { paging.size() } else { count - overlap };
        self.onwards(paging, advance).map_or(Step::End(End::Whole), Step::On)
    }

    /// The page before, where records of the page that was just read may have moved to it meanwhile.
    pub(super) fn page_before(&self, reading: &Reading<'_>) -> Option<Next> {
        // Also where the first page without anything new is how the source answers beyond its end.
        let moved = reading.fresh > 0 || reading.count == 0 || self.pass.barren == 1;
        match (reading.paging, self.next.as_ref()?) {
            (Paging::Number { overlap: true, first, .. }, Next::Number(number)) if moved && number > first => {
                Some(Next::Number(number - 1))
            }
            (Paging::Window { overlap: true, .. }, Next::Window { from, to, number })
                if moved && reading.page.numbered && *number > 1 =>
            {
                Some(Next::Window { from: *from, to: *to, number: number - 1 })
            }
            _ => None,
        }
    }

    /// The position behind the page that is asked for, of so many records; none where only the page itself says it.
    pub(super) fn onwards(&self, paging: &Paging, count: u64) -> Option<Next> {
        match self.next.as_ref()? {
            Next::Number(offset) if matches!(paging, Paging::Offset { .. }) => Some(Next::Number(offset + count)),
            Next::Number(number) => Some(Next::Number(number + 1)),
            Next::Window { from, to, number } => Some(Next::Window { from: *from, to: *to, number: number + 1 }),
            Next::Last(_) | Next::Key(_) | Next::Cursor(_) => None,
        }
    }

    fn key_behind(&self, reading: &Reading<'_>) -> Option<Next> {
        if matches!(reading.paging, Paging::Cursor { .. }) {
            return reading.page.cursor.clone().map(Next::Cursor);
        }
        let mut latest = reading.page.entries.iter().rev();
        let number = latest.clone().find_map(|entry| entry.order).map(Next::Last);
        number.or_else(|| latest.find_map(|entry| entry.key.clone()).map(Next::Key))
    }

    /// Records in front of the page that is asked for.
    fn position(&self, paging: &Paging) -> u64 {
        match (paging, &self.next) {
            (Paging::Offset { .. }, Some(Next::Number(offset))) => *offset,
            _ => self.pass.entries,
        }
    }

    /// Whether the page is one that was read already, however long ago in the pass.
    fn goes_round(&mut self, page: &PageRead) -> bool {
        if page.entries.is_empty() {
            return false;
        }
        let round = self.pages > 1 && self.pass.digest == self.pass.mark;
        if self.pages.is_power_of_two() {
            self.pass.mark.clone_from(&self.pass.digest);
        }
        round
    }

    fn whole(&self, reading: &Reading<'_>, notices: &mut Vec<Notice>) -> Step {
        let total = reading.page.total.filter(|_| !self.pass.doubts_total);
        notices.extend(total.is_some_and(|total| self.pass.entries < total).then_some(Notice::FewerThanStated));
        Step::End(End::Whole)
    }
}

/// Records of a page that are read again with the next.
fn overlap(paging: &Paging, count: u64) -> u64 {
    match paging {
        Paging::Offset { overlap: true, .. } => (count / OVERLAP_PART).max(1).min(count.saturating_sub(1)),
        _ => 0,
    }
}

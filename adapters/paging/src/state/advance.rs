//! A page was read, or cannot be: the pass goes on or ends.

use std::mem;

use jiff::Timestamp;

use super::step::{Reading, first_page};
use super::{MAX_AGAIN, MAX_KNOWN, MAX_PAGES_ASIDE, MAX_PASS_PAGES, State};
use crate::memory::{half, page_digest};
use crate::page::{Next, PageRead};
use crate::pass::{Again, End, Pass, Step};
use crate::{Notice, Paging, Rescan};

/// Digests of pages set aside that are remembered.
const MAX_ASIDE_REMEMBERED: usize = 8;

impl State {
    /// Takes note of a page that was read; the pass ends or goes on. Gives what an operator has to know.
    pub fn advance(&mut self, page: &PageRead, paging: &Paging, rescan: Option<Rescan>, now: Timestamp) -> Vec<Notice> {
        let (fresh, met) = (mem::take(&mut self.pass.fresh), mem::take(&mut self.pass.met));
        let mut notices = Vec::new();
        self.skip = 0;
        let digest = page_digest(page.entries.iter().map(|entry| &entry.mark));
        if let Some(again) = self.pass.again.take() {
            self.read_again(again, digest, fresh, paging, now, &mut notices);
            return notices;
        }
        let digest_before = mem::replace(&mut self.pass.digest, digest);
        self.pages += 1;
        self.pass.aside = 0;
        if self.at_front_page() {
            notices.extend(first_page(page, paging));
        }
        let rescan_pages = rescan.filter(|_| self.rescanning).map_or(0, |rescan| rescan.pages);
        let reading = Reading::new(page, (fresh, met), paging);
        let step = self.step(&reading, rescan_pages, &mut notices);
        match self.page_before(&reading).zip(self.next.clone()) {
            Some((before, page)) => {
                self.next = Some(before.clone());
                self.pass.again = Some(Again { step, before, digest: digest_before, page, changes: 0 });
            }
            None => self.follow(step, paging, now, &mut notices),
        }
        notices
    }

    /// One of two pages was read again.
    fn read_again(
        &mut self,
        mut again: Again,
        digest: String,
        fresh: u64,
        paging: &Paging,
        now: Timestamp,
        notices: &mut Vec<Notice>,
    ) {
        if self.next.as_ref() == Some(&again.before) {
            if again.digest == digest || again.changes >= MAX_AGAIN {
                self.next = Some(again.page);
                return self.follow(again.step, paging, now, notices);
            }
            again.changes += 1;
            again.digest = digest;
            self.next = Some(again.page.clone());
        } else {
            self.pass.digest = digest;
            // The end was not the end, if there is something new on it.
            if fresh > 0
                && again.step == Step::End(End::Whole)
                && let Some(next) = self.onwards(paging, 0)
            {
                again.step = Step::On(next);
            }
            self.next = Some(again.before.clone());
        }
        self.pass.again = Some(again);
    }

    /// The digest under which a page that cannot be read is remembered.
    #[must_use]
    pub fn digest(text: &str) -> String {
        half(text.as_bytes())
    }

    /// Whether a page of this digest was set aside lately.
    #[must_use]
    pub fn was_set_aside(&self, digest: &str) -> bool {
        self.aside.iter().any(|known| known == digest)
    }

    /// Whether the page that is asked for can be set aside and reading go on. It cannot when nothing of the source can be read.
    #[must_use]
    pub fn can_pass_over(&self, paging: &Paging, digest: &str) -> bool {
        let nothing_comes = paging.is_keyed() && self.at_front() && self.was_set_aside(digest);
        self.pass.aside < MAX_PAGES_ASIDE && !nothing_comes
    }

    /// Passes over a page that was set aside because it cannot be read: to the next page, or to the end of the pass where the next
    /// is known only from this one. Gives whether reading goes on behind it.
    pub fn pass_over(&mut self, digest: String, paging: &Paging, numbered: bool, now: Timestamp) -> bool {
        (self.skip, self.pass.fresh, self.pass.met) = (0, 0, 0);
        if !self.was_set_aside(&digest) {
            self.aside.push(digest);
            let excess = self.aside.len().saturating_sub(MAX_ASIDE_REMEMBERED);
            self.aside.drain(..excess);
        }
        let step = match self.pass.again.take() {
            Some(again) => {
                self.next = Some(again.page);
                again.step
            }
            None => {
                self.pages += 1;
                self.pass.aside += 1;
                let whole_window = !numbered && matches!(paging, Paging::Window { .. });
                let following = if whole_window { None } else { self.onwards(paging, paging.size()) };
                match following {
                    Some(next) => Step::On(next),
                    None if whole_window => Step::End(End::Whole),
                    None => Step::End(End::Cut),
                }
            }
        };
        let goes_on = step != Step::End(End::Cut);
        self.follow(step, paging, now, &mut Vec::new());
        goes_on
    }

    /// Gives up the pass because what follows cannot be known. The next pass begins anew, and the watermark stays.
    pub fn cut(&mut self) {
        self.finish(End::Cut, None, Timestamp::UNIX_EPOCH);
    }

    fn at_front_page(&self) -> bool {
        self.pages == 1 && !self.pass.tail
    }

    fn follow(&mut self, step: Step, paging: &Paging, now: Timestamp, notices: &mut Vec<Notice>) {
        let end = match step {
            Step::On(next) if self.pages < MAX_PASS_PAGES => {
                self.next = Some(next);
                return;
            }
            Step::On(next) => {
                notices.push(Notice::TooManyPages);
                self.left_at = Some(next);
                End::Limit
            }
            Step::End(end) => end,
        };
        notices.extend(self.pass.rises.then_some(Notice::Disordered));
        self.finish(end, Some(paging), now);
    }

    fn finish(&mut self, end: End, paging: Option<&Paging>, now: Timestamp) {
        let (pass, ended) = (mem::take(&mut self.pass), self.next.take());
        let (highest, rescanned) = (self.highest.take(), mem::take(&mut self.rescanning));
        (self.pages, self.skip) = (0, 0);
        if end == End::Cut {
            // The list is read again although it may not have changed.
            (self.etag, self.last_modified) = (None, None);
            return;
        }
        let whole = end == End::Whole;
        self.disordered = if whole && !pass.tail { pass.rises } else { self.disordered || pass.rises };
        if pass.tail {
            return;
        }
        self.watermark = self.watermark.max(highest);
        self.known = Some(pass.front.followed_by(self.known.take().as_ref(), MAX_KNOWN));
        if rescanned {
            self.rescanned_at = Some(now);
        }
        if let (Some(Paging::Window { .. }), Some(Next::Window { to, .. })) = (paging, ended) {
            self.window_to = Some(to);
        }
        if end != End::Limit
            && let Some(left_at) = self.left_at.take()
        {
            self.next = Some(left_at);
            self.pass = Pass { tail: true, ..Pass::default() };
        }
    }
}

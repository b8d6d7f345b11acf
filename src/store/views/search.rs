//! What is looked for among complaints, and what was found.

use jiff::Timestamp;

use crate::{ComplaintView, Words};
use huiliu_domain::complaint::Complaint;
use huiliu_domain::key::ComplaintKey;
use huiliu_domain::ticket::{Status, Ticket};

/// Which complaints are wanted; all that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Only some of these.
    pub among: Option<Vec<ComplaintKey>>,
    /// Words of title, text, address, street or community.
    pub words: Words,
    /// Words of address, street or community.
    pub place: Words,
    /// The channel it came by.
    pub channel: Option<String>,
    /// Category code of its ticket.
    pub category: Option<String>,
    /// Category codes of tickets whose complaints are as if they were not there.
    pub without: Vec<String>,
    /// Department code of its ticket.
    pub department: Option<String>,
    /// District code of its ticket.
    pub district: Option<String>,
    /// Grade code of its ticket.
    pub grade: Option<String>,
    /// Status of its ticket.
    pub status: Option<Status>,
    /// Received by the gateway at this time or later.
    pub received_from: Option<Timestamp>,
    /// Received by the gateway before this time.
    pub received_before: Option<Timestamp>,
    /// Its ticket is not finished and its deadline was before this time, or a clock of its ticket that goes on was due before it.
    pub overdue_at: Option<Timestamp>,
}

impl Search {
    /// Whether the words that are looked for are what a complaint tells.
    pub(crate) fn is_told_by(&self, complaint: &Complaint) -> bool {
        self.words.are_told_by(complaint) && self.place.are_its_place(complaint)
    }

    /// Whether everything else fits, by the times as they are kept.
    pub(crate) fn fits(&self, view: &ComplaintView, ticket: &Ticket) -> bool {
        let is = |wanted: &Option<String>, code: &str| wanted.as_deref().is_none_or(|wanted| wanted == code);
        let ms = |at: Timestamp| at.as_millisecond();
        let (received, route) = (ms(view.received_at), &ticket.route);
        let is_overdue = |now| {
            (!ticket.status.is_final() && route.due_at.is_some_and(|due| ms(due) < ms(now)))
                || ticket.overdue_clocks(now).next().is_some()
        };
        is(&self.channel, &view.complaint.channel)
            && is(&self.category, &route.category)
            && !self.without.contains(&route.category)
            && is(&self.department, &route.department)
            && is(&self.district, &route.district)
            && is(&self.grade, &route.grade)
            && self.status.is_none_or(|status| status == ticket.status)
            && self.received_from.is_none_or(|from| received >= ms(from))
            && self.received_before.is_none_or(|before| received < ms(before))
            && self.overdue_at.is_none_or(is_overdue)
    }
}

/// A part of what was found.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// The newest first.
    pub complaints: Vec<ComplaintView>,
    /// Where the next part goes on; none where nothing is left. There can be a next part behind an empty one: what is looked at at
    /// once is limited.
    pub next: Option<i64>,
}

/// What indexing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordsIndexed {
    /// Complaints whose texts were indexed.
    pub indexed: u64,
    /// Complaints that a search still has to read one by one, about.
    pub left: u64,
}

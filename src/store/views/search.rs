//! What is looked for among complaints, and what was found.

use jiff::Timestamp;

use crate::{ComplaintView, TicketFilter, Words};
use huiliu_domain::complaint::Complaint;
use huiliu_domain::key::ComplaintKey;
use huiliu_domain::ticket::Ticket;

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
    /// Received by the gateway at this time or later.
    pub received_from: Option<Timestamp>,
    /// Received by the gateway before this time.
    pub received_before: Option<Timestamp>,
    /// What its ticket is.
    pub ticket: TicketFilter,
}

impl Search {
    /// Whether the words that are looked for are what a complaint tells.
    pub(crate) fn is_told_by(&self, complaint: &Complaint) -> bool {
        self.words.are_told_by(complaint) && self.place.are_its_place(complaint)
    }

    /// Whether everything else fits, by the times as they are kept; `channels` are those of its ticket's complaints.
    pub(crate) fn fits(&self, view: &ComplaintView, ticket: &Ticket, channels: &[&str]) -> bool {
        let ms = |at: Timestamp| at.as_millisecond();
        let received = ms(view.received_at);
        self.channel.as_deref().is_none_or(|channel| channel == view.complaint.channel)
            && self.received_from.is_none_or(|from| received >= ms(from))
            && self.received_before.is_none_or(|before| received < ms(before))
            && self.ticket.fits(ticket, channels)
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

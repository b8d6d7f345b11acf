//! The life of one matter, in the order of time: what came in, what was made of it and why, what left, who was told what, and what people
//! decided. Who may not see contacts is shown when something happened, and none of the words.

mod acted;
mod came;
mod decided;
mod left;
mod not_kept;
mod packs;
mod rated;
mod routed;
mod stays;
mod told;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::tickets::{Complaint, Named, Ticket, is_withheld};
use crate::catalogue::Locale;
use crate::city::PackFiles;
use crate::key::{ComplaintKey, TicketKey};
use crate::pack::Pack;
use crate::store::{ComplaintView, Occurrence, OccurrenceKind, Page, Store, StoreError, TicketDetail};
use crate::ticket::Status;
use not_kept::NotKept;
use packs::Earlier;
use stays::Stays;

/// Most rows of one kind of one ticket that a life tells: the latest.
const MAX_OF_A_KIND: usize = 500;
/// Most complaints of a ticket of which its life tells.
const MAX_COMPLAINTS: usize = 100;

/// What an entry can be, in the order of those of one moment.
const WHATS: [&str; 28] = [
    "record",
    "set_aside",
    "replayed",
    "warning",
    "statement",
    "ticket",
    "asked",
    "decided",
    "merge",
    "rerouted",
    "refused_update",
    "update",
    "waiting",
    "act",
    "clock",
    "notice",
    "deadline",
    "reminder",
    "finished",
    "call_back",
    "rating",
    "message",
    "delivery",
    "delivery_attempt",
    "foreign_number",
    "reply",
    "reply_attempt",
    "told",
];

/// The life of one matter.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Life {
    /// The complaints that it is about, as they are now.
    complaints: Vec<Complaint>,
    /// The tickets that they are and were on.
    tickets: Vec<Ticket>,
    /// What happened, the earliest first.
    entries: Vec<Entry>,
    /// What is not told, for there is more of it than the limits allow.
    cut: Vec<Cut>,
    /// What cannot be told, for nothing keeps it.
    not_kept: Vec<NotKept>,
    /// Whether words and contacts are left out, for the caller may not see them.
    masked: bool,
}

/// Something that happened.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LifeEntry")]
struct Entry {
    /// When.
    at: Timestamp,
    /// What.
    #[schemars(extend("enum" = WHATS))]
    #[schemars(example = &"ticket")]
    what: &'static str,
    /// Receipt number of the complaint that it is about; null where it is about the whole ticket.
    receipt_number: Option<String>,
    /// Id of the ticket that it is about; null where it is about none.
    ticket: Option<String>,
    /// What happened, in Chinese, without words of citizens.
    #[schemars(example = &"立为工单 RC-20261122-000001")]
    zh: String,
    /// The same in English.
    #[schemars(example = &"became ticket RC-20261122-000001")]
    en: String,
    /// Everything that is known of it; the members depend on what it is.
    #[schemars(example = serde_json::json!({ "version": 1 }))]
    details: Map<String, Value>,
}

/// Something of which there is more than is told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LifeCut")]
struct Cut {
    /// Id of the ticket.
    ticket: String,
    /// What there is more of.
    #[schemars(example = &"delivery")]
    what: &'static str,
    /// How many are told: the latest.
    told: usize,
}

/// What is told besides the store: by whose rules, and to whom.
pub(in crate::http) struct Teller<'a> {
    /// Whether words and contacts are shown.
    pub contacts: bool,
    /// The live pack.
    pub live: &'a Pack,
    /// Loads an earlier pack of its files, away from the gateway; none where it has problems.
    pub load: &'a dyn Fn(PackFiles) -> Option<Pack>,
}

/// A life that is being told.
struct Telling<'a> {
    store: &'a mut dyn Store,
    teller: &'a Teller<'a>,
    complaints: Vec<ComplaintView>,
    tickets: Vec<TicketDetail>,
    stays: Stays,
    /// Earlier packs that were asked for.
    earlier: Earlier,
    /// Whether none of the complaints behind these tickets, of now and before, is withheld from the caller.
    open: bool,
    entries: Vec<Entry>,
    cut: Vec<Cut>,
    not_kept: Vec<NotKept>,
}

impl Life {
    /// The life of a complaint by its receipt number; none where there is no such complaint.
    pub(in crate::http) fn of_complaint(
        store: &mut dyn Store,
        receipt: &str,
        teller: &Teller<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(view) = store.complaints_by_receipt(&[receipt])?.pop() else { return Ok(None) };
        let stays = Stays::of_complaint(store, &view)?;
        Telling::new(store, teller, vec![view], stays)?.whole().map(Some)
    }

    /// The life of a ticket by its id; none where there is no such ticket.
    pub(in crate::http) fn of_ticket(
        store: &mut dyn Store,
        id: &str,
        teller: &Teller<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(key) = store.ticket_keys(&[id])?.remove(id) else { return Ok(None) };
        let complaints = store.tickets(&[key], MAX_COMPLAINTS)?.pop().map(|detail| detail.complaints);
        Telling::new(store, teller, complaints.unwrap_or_default(), Stays::of_ticket(key))?.whole().map(Some)
    }
}

impl<'a> Telling<'a> {
    fn new(
        store: &'a mut dyn Store,
        teller: &'a Teller<'a>,
        complaints: Vec<ComplaintView>,
        stays: Stays,
    ) -> Result<Self, StoreError> {
        let tickets = store.tickets(&stays.tickets(), Page::MAX)?;
        let mut open = true;
        for detail in tickets.iter().filter(|_| !teller.contacts) {
            let moved: Vec<ComplaintKey> =
                store.merge_events(detail.key)?.iter().filter_map(|event| event.complaint).collect();
            let behind = store.members(detail.key)?.into_iter().chain(store.complaints(&moved)?);
            open &= !behind.into_iter().any(|view| is_withheld(&view, teller.contacts));
        }
        let (earlier, entries, cut, not_kept) = (Earlier::default(), Vec::new(), Vec::new(), vec![NotKept::updates()]);
        Ok(Self { store, teller, complaints, tickets, stays, earlier, open, entries, cut, not_kept })
    }

    fn whole(mut self) -> Result<Life, StoreError> {
        for view in std::mem::take(&mut self.complaints) {
            self.came(&view)?;
            self.asked(&view)?;
            self.told(&view)?;
            self.called_back(&view)?;
            self.complaints.push(view);
        }
        for detail in std::mem::take(&mut self.tickets) {
            if detail.ticket.complaints > MAX_COMPLAINTS as u64 && self.stays.is_whole() {
                self.note_cut(&detail, "complaint", MAX_COMPLAINTS);
            }
            self.decided(&detail)?;
            self.acted(&detail)?;
            self.left(&detail)?;
            self.rated(&detail)?;
            self.tickets.push(detail);
        }
        let rank = |entry: &Entry| WHATS.iter().position(|what| *what == entry.what);
        self.entries.sort_by_key(|entry| (entry.at, rank(entry)));
        let contacts = self.teller.contacts;
        let keys: Vec<TicketKey> = self.tickets.iter().map(|detail| detail.key).filter(|_| !contacts).collect();
        let withheld = super::confidential(self.store, &keys)?;
        let ticket =
            |detail: &TicketDetail| Ticket::of(detail, &self.teller.live.rules.names, withheld.contains(&detail.key));
        Ok(Life {
            complaints: self.complaints.iter().map(|view| Complaint::of(view, contacts)).collect(),
            tickets: self.tickets.iter().map(ticket).collect(),
            entries: self.entries,
            cut: self.cut,
            not_kept: self.not_kept,
            masked: !contacts,
        })
    }

    /// Words as the caller may see them: whole, masked, or not at all where somebody behind the ticket is confidential.
    fn words(&self, text: &str) -> Option<String> {
        match (self.teller.contacts, self.open) {
            (true, _) => Some(text.to_owned()),
            (false, true) => Some(crate::mask::mask_text(text)),
            (false, false) => None,
        }
    }

    /// What only those see who may see contacts.
    fn inner(&self, value: impl Into<Value>) -> Value {
        if self.teller.contacts { value.into() } else { Value::Null }
    }

    fn note_cut(&mut self, detail: &TicketDetail, what: &'static str, told: usize) {
        self.cut.push(Cut { ticket: detail.ticket.id.clone(), what, told });
    }

    /// What happened of one kind to a ticket; that there was more is noted.
    fn happened(
        &mut self,
        kind: OccurrenceKind,
        detail: &TicketDetail,
        what: &'static str,
    ) -> Result<Vec<Occurrence>, StoreError> {
        let rows = self.store.occurrences(kind, &[detail.key.0])?;
        if rows.len() == Occurrence::MAX_OF_A_KIND {
            self.note_cut(detail, what, Occurrence::MAX_OF_A_KIND);
        }
        Ok(rows)
    }

    fn named(
        &mut self,
        complaints: impl IntoIterator<Item = ComplaintKey>,
        tickets: impl IntoIterator<Item = TicketKey>,
    ) -> Result<Named, StoreError> {
        Named::read(self.store, complaints, tickets)
    }

    /// Tells something of a complaint, of a ticket, or of a complaint on a ticket.
    fn tell(
        &mut self,
        (at, what): (Timestamp, &'static str),
        (receipt, ticket): (Option<&str>, Option<&str>),
        (zh, en): (String, String),
        details: Value,
    ) {
        let details = match details {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        let (receipt_number, ticket) = (receipt.map(str::to_owned), ticket.map(str::to_owned));
        self.entries.push(Entry { at, what, receipt_number, ticket, zh, en, details });
    }
}

/// What something is called, in Chinese and in English.
fn called(name: fn(Locale, &str) -> String, of: &str) -> (String, String) {
    (name(Locale::Zh, of), name(Locale::En, of))
}

/// A status in English words.
fn status_en(status: Status) -> String {
    status.wire().replace('_', " ")
}

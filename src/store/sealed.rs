//! Between what the desk knows and what an engine keeps: changes become numbers and bytes, rows become views.
//!
//! An engine holds a [`Sealer`] and hands it what it has read; it never sees a key or a document. What cannot be understood,
//! a broken seal, an unknown name, an impossible time, is a damaged row and says which.

mod acts;
mod audit;
mod cells;
mod changes;
mod clocks;
mod columns;
mod deliveries;
mod documents;
mod drafts;
mod editions;
mod erasure;
mod evaluations;
mod foreign;
mod lives;
mod packs;
mod people;
mod rewards;
mod rows;
mod topics;
mod upkeep;
mod waiting;
mod watching;
mod words;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{StoreError, Vault, VaultError};
use huiliu_domain::ticket::Status;

pub(super) use audit::{AuditCells, Chain, Link, SealedAudit};
pub(super) use cells::{
    ComplaintCells, CorpusCells, DueReplyCells, EventCells, FileCells, MessageCells, QuarantineCells, RawCells,
    RecordCells, ReplyCells, ReviewCells, SourceFileCells, StatementCells, TicketCells, UndecidedCells, WarningCells,
};
pub(super) use columns::{
    SealedAmendment, SealedChanges, SealedComplaint, SealedEvent, SealedFile, SealedImprint, SealedMessage,
    SealedPlacement, SealedPosition, SealedQuarantine, SealedRaw, SealedReply, SealedReview, SealedSourceFile,
    SealedStatement, SealedStatus, SealedTicket, SealedWarning,
};
pub(super) use deliveries::{DeliveryCells, DeliveryViewCells, SealedDelivery};
pub(super) use drafts::DraftCells;
pub(super) use editions::EditionFileCells;
pub(super) use erasure::SealedErasure;
pub(super) use evaluations::{CallBackCells, RatingCells, SealedRating, call_back};
pub(super) use foreign::{ForeignNumberCells, SealedForeignNumber};
pub(super) use lives::{OccurrenceCells, ReplyTimeCells, SealedOccurrence, UpdateCells};
pub(super) use packs::{PackCells, SealedPack};
pub(super) use people::{PersonCells, SessionCells, session};
pub(super) use rewards::{RewardCells, reward};
pub(super) use topics::{SealedTopic, TopicCells};
pub(super) use upkeep::PauseCells;
pub(super) use watching::{AlertCells, alert, seen};
pub(super) use words::BlockReading;

/// Kinds of sealed content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Raw,
    Complaint,
    Ticket,
    Evidence,
    Problems,
    Message,
    Status,
    Reply,
    Imprint,
    File,
    Warning,
    SourceFile,
    Label,
    Rule,
    Error,
    Position,
    Told,
    Delivery,
    Proof,
    Statement,
    ForeignNumber,
    Audit,
    Pack,
    Reason,
    Words,
    Occurrence,
    Edition,
    EditionName,
    Rating,
    Topic,
    Person,
}

impl Kind {
    /// The name that is authenticated with the content; it never changes.
    fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Complaint => "complaint",
            Self::Ticket => "ticket",
            Self::Evidence => "evidence",
            Self::Problems => "problems",
            Self::Message => "outbox",
            Self::Status => "status",
            Self::Reply => "reply",
            Self::Imprint => "imprint",
            Self::File => "file",
            Self::Warning => "warning",
            Self::SourceFile => "source_file",
            Self::Label => "label",
            Self::Rule => "rule",
            Self::Error => "error",
            Self::Position => "position",
            Self::Told => "told",
            Self::Delivery => "delivery",
            Self::Proof => "proof",
            Self::Statement => "statement",
            Self::ForeignNumber => "foreign_number",
            Self::Audit => "audit",
            Self::Pack => "pack",
            Self::Reason => "reason",
            Self::Words => "words",
            Self::Occurrence => "occurrence",
            Self::Edition => "edition",
            Self::EditionName => "edition-name",
            Self::Rating => "rating",
            Self::Topic => "topic",
            Self::Person => "person",
        }
    }
}

/// What stands for the status of an update that is an act alone.
pub(super) const NO_STATUS: &str = "act";

/// A keyed hash that stands for an identifier.
pub(super) type Mark = [u8; 16];

/// A row, for saying which one is damaged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub table: &'static str,
    pub row: i64,
}

impl Place {
    pub(super) fn damaged(self, reason: impl ToString) -> StoreError {
        StoreError::Damaged { table: self.table, row: self.row, reason: reason.to_string() }
    }

    fn time(self, ms: i64) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(ms).map_err(|error| self.damaged(error))
    }

    fn count(self, number: i64) -> Result<u64, StoreError> {
        u64::try_from(number).map_err(|_negative| self.damaged(format!("{number} is no count")))
    }

    fn name<T>(self, found: Option<T>, name: &str) -> Result<T, StoreError> {
        found.ok_or_else(|| self.damaged(format!("{name:?} is not a name this version knows")))
    }

    /// The status of a stored name.
    pub(super) fn status(self, name: &str) -> Result<Status, StoreError> {
        self.name(Status::from_wire(name), name)
    }
}

/// Seals what is written and opens what is read.
#[derive(Debug, Clone)]
pub(super) struct Sealer(Vault);

impl Sealer {
    pub(super) fn new(vault: Vault) -> Self {
        Self(vault)
    }

    /// The bytes that begin whatever the current key has sealed.
    pub(super) fn current_prefix(&self) -> [u8; 2] {
        self.0.current_key().to_be_bytes()
    }

    /// Seals sealed content again, with the current key.
    pub(super) fn reseal(&self, place: Place, kind: Kind, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let content = self.0.open_unpacked(kind.name(), sealed).map_err(|error| place.damaged(error))?;
        self.bytes(kind, &content)
    }

    /// Whether sealed content is whole and can be opened.
    pub(super) fn check(&self, kind: Kind, sealed: &[u8]) -> Result<(), VaultError> {
        self.0.open_unpacked(kind.name(), sealed).map(drop)
    }

    /// Seals a document.
    fn document(&self, kind: Kind, document: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        let text = serde_json::to_vec(document).map_err(StoreError::unavailable)?;
        self.0.seal(kind.name(), &text).map_err(StoreError::unavailable)
    }

    /// Seals bytes as they are.
    fn bytes(&self, kind: Kind, content: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.0.seal_unpacked(kind.name(), content).map_err(StoreError::unavailable)
    }

    /// Seals bytes of a migration as they are.
    pub(super) fn sealed_bytes(&self, kind: Kind, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.0.seal_unpacked(kind.name(), content)
    }

    /// Seals a short text as it is.
    fn text(&self, kind: Kind, text: &str) -> Result<Vec<u8>, StoreError> {
        self.bytes(kind, text.as_bytes())
    }

    /// Opens a short text.
    fn opened_text(&self, place: Place, kind: Kind, sealed: &[u8]) -> Result<String, StoreError> {
        let text = self.0.open_unpacked(kind.name(), sealed).map_err(|error| place.damaged(error))?;
        String::from_utf8(text).map_err(|error| place.damaged(error))
    }

    /// What stands in a look-up for an identifier.
    pub(super) fn mark(&self, kind: &str, parts: &[&[u8]]) -> Mark {
        self.0.mark(kind, parts)
    }

    /// The mark of an adapter's id of a record.
    pub(super) fn record_mark(&self, channel: &str, record_id: &str) -> Mark {
        self.mark("record", &[channel.as_bytes(), record_id.as_bytes()])
    }

    /// The mark of a source's number of a complaint.
    pub(super) fn number_mark(&self, channel: &str, number: &str) -> Mark {
        self.mark("number", &[channel.as_bytes(), number.as_bytes()])
    }

    /// The mark of a platform.
    pub(super) fn platform_mark(&self, platform: &str) -> Mark {
        self.mark("platform", &[platform.as_bytes()])
    }

    /// The mark of a platform's id of an update.
    pub(super) fn update_mark(&self, update_id: &str) -> Mark {
        self.mark("update", &[update_id.as_bytes()])
    }

    /// Opens a document.
    fn opened<T: DeserializeOwned>(&self, place: Place, kind: Kind, sealed: &[u8]) -> Result<T, StoreError> {
        let text = self.0.open(kind.name(), sealed).map_err(|error| place.damaged(error))?;
        serde_json::from_slice(&text).map_err(|error| place.damaged(error))
    }
}

/// A time as engines keep it: milliseconds since 1970.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A hash as engines keep it: the same 64 bits, signed.
pub(super) fn hash_out(hash: u64) -> i64 {
    i64::from_ne_bytes(hash.to_ne_bytes())
}

/// A hash as it was.
fn hash_in(hash: i64) -> u64 {
    u64::from_ne_bytes(hash.to_ne_bytes())
}

/// A count as engines keep it.
fn count_out(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

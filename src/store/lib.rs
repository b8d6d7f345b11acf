//! The store: raw records, complaints, tickets, merge events, outbox, replies.
//!
//! `contract` is what every engine offers; `sqlite` is the embedded one, `postgres` the one on a server, and nothing else knows SQL; `model` is a plain
//! one that tests judge by. `sealed` stands before engines: Everything a
//! step of the desk changes is one [`Changes`] value and one transaction. What is personal is sealed by the [`Vault`] before
//! it reaches a table; only keyed hashes are searchable.

mod changes;
mod codes;
mod contract;
mod examination;
mod failure;
mod handle;
mod keys;
mod leases;
mod links;
mod model;
mod open;
mod postgres;
mod sealed;
mod signing;
mod sqlite;
mod transfer;
mod vault;
mod views;
mod words;

pub use changes::{
    AlarmPlan, AlertChange, AlertRow, Amendment, ByHandReason, CallBackChange, CallBackRow, CannotLink, Changes,
    ComplaintRow, DeliveryResult, DeliveryRow, DeliveryState, DraftContent, Erasure, FileCounts, FileMark, FileRow,
    ImprintRow, LivePack, MergeEvent, MergeKind, NewEdition, NewRaw, Occurrence, OccurrenceKind, OutboxRow, PackCause,
    Placement, QuarantineRow, RatingRow, RawState, ReminderRow, ReplyRow, ReplyState, RetriedReply, ReviewAnswer,
    ReviewRow, RewardChange, SeenAgain, SightingRow, SourceFileRow, SourceFileState, SourceSheet, StatementRow,
    StatusRow, Told, ToldReply, TopicComplaint, TopicRow, Verdict, WarningRow,
};
pub use codes::ReceiptCodes;
pub use contract::{
    Audit, Deliveries, Drafts, Editions, Evaluations, Facts, ForeignNumbers, Known, LOOKED_BACK, Listings, Lives,
    MAX_AUDIT_LOOKED_AT, MAX_PEOPLE, MAX_SESSIONS, Packs, People, Queues, Rewards, Searches, Steps, Store, TopicCount,
    Topics, Upkeep, Watching,
};
pub use failure::StoreError;
pub use handle::{StoreHandle, StoreTask};
pub use keys::{KeyError, KeyRing};
pub use leases::{Epoch, Holder, LEASE, Leases, NodeAddress, NodeView};
pub use links::{Bearer, HandlerLinks, OpenedLink};
pub use open::{Database, DatabaseError, Opened, open, open_as, open_beside, probe};
pub use signing::ProofKey;
#[cfg(feature = "breaking")]
pub use sqlite::breaking::break_row;
pub use transfer::{Moved, Moving, TransferError, keep_store, move_store};
pub use vault::{Vault, VaultError};
pub use views::{
    AlertView, AnswerLedger, AskedView, AuditFilter, AuditPart, AuditView, CallBackView, Came, ComplaintHead,
    ComplaintView, Corpus, CorpusContent, Counters, DeliveredEvent, DeliveryCount, DeliveryView, Draft, DraftEdit,
    DueAlarm, DueReminder, Edition, EditionFile, FileHead, FileView, Finding, FindingState, ForeignNumber, LastSaid,
    Lately, Ledger, Listed, MessageView, Numbers, PackVersion, Page, PauseRow, PendingDelivery, PendingMessage,
    PendingReply, PersonRow, QuarantineView, QueueCounts, RawContent, RawView, RecordView, ReminderView, ReplyTimes,
    ReplyView, ReviewView, Search, SearchPage, SessionRow, SourceFileView, StatusKnown, StoreSize, TicketDetail,
    TicketFilter, TicketPart, TokenRow, Unanswered, UnansweredView, UndecidedView, UpdateView, WarningGroup,
    WarningSample, WordsIndexed,
};
pub use words::{Spelling, Words};

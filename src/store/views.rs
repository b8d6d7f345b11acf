//! What reading the store gives.

mod audit;
mod deliveries;
mod drafts;
mod editions;
mod evaluations;
mod foreign;
mod life;
mod lists;
mod matters;
mod packs;
mod people;
mod queued;
mod records;
mod search;
mod upkeep;
mod watching;

pub use audit::{AuditFilter, AuditPart, AuditView};
pub use deliveries::{DeliveryCount, DeliveryView, PendingDelivery};
pub use drafts::{Draft, DraftEdit};
pub use editions::{Edition, EditionFile};
pub use evaluations::CallBackView;
pub use foreign::{DeliveredEvent, ForeignNumber};
pub use life::{
    AnswerLedger, AskedView, MessageView, ReminderView, ReplyTimes, Unanswered, UnansweredView, UpdateView,
};
pub(crate) use lists::reaches;
pub use lists::{Came, Lately, Listed, Numbers, TicketFilter, TicketPart};
pub use matters::{
    ComplaintHead, ComplaintView, Corpus, CorpusContent, LastSaid, ReviewView, StatusKnown, TicketDetail,
};
pub use packs::PackVersion;
pub use people::{PersonRow, SessionRow};
pub use queued::{DueAlarm, DueReminder, PendingMessage, PendingReply, QueueCounts, ReplyView};
pub use records::{
    FileHead, FileView, QuarantineView, RawContent, RawView, RecordView, SourceFileView, UndecidedView, WarningGroup,
    WarningSample,
};
pub use search::{Search, SearchPage, WordsIndexed};
pub use upkeep::{Counters, Finding, FindingState, Ledger, Page, PauseRow, StoreSize, TokenRow};
pub use watching::AlertView;

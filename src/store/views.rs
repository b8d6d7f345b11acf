//! What reading the store gives.

mod deliveries;
mod foreign;
mod life;
mod matters;
mod queued;
mod records;
mod upkeep;

pub use deliveries::{DeliveryCount, DeliveryView, PendingDelivery};
pub use foreign::{DeliveredEvent, ForeignNumber};
pub use life::{
    AnswerLedger, AskedView, MessageView, ReminderView, ReplyTimes, Unanswered, UnansweredView, UpdateView,
};
pub use matters::{
    ComplaintHead, ComplaintView, Corpus, CorpusContent, LastSaid, ReviewView, StatusKnown, TicketDetail, TicketFilter,
};
pub use queued::{DueReminder, PendingMessage, PendingReply, QueueCounts, ReplyView};
pub use records::{
    FileHead, FileView, QuarantineView, RawContent, RawView, RecordView, SourceFileView, UndecidedView, WarningGroup,
    WarningSample,
};
pub use upkeep::{Counters, Finding, FindingState, Ledger, Page, StoreSize, TokenRow};

//! The JSON forms of the admin API, each a type: what is written here is what the OpenAPI document describes.

mod alerts;
mod answers;
mod evaluations;
mod events;
mod exports;
mod handled;
mod life;
mod queues;
mod rewards;
mod said;
mod state;
mod statements;
mod tickets;
mod topics;

pub(super) use alerts::{AlertDocument, AlertPage, RankedTag, TagRanking};
pub(super) use answers::{AnswerLedgerDocument, UnansweredDocument, UnansweredPage, reasons};
pub(super) use evaluations::{CallBackDocument, CallBackPage, RatingStep};
pub(super) use events::{EventBatch, cursor};
pub(super) use exports::{Citizen, CitizenPage};
pub(super) use handled::{Handled, NoticeDocument, NoticePage, RatingDocument, Reader, SentNotice, TicketActs};
pub(super) use life::{Life, Teller};
pub(super) use queues::{
    Quarantined, QuarantinedPage, Reply, ReplyPage, SourceFile, SourceFilePage, ToldDocument, Warning, WarningPage,
    states,
};
pub(super) use rewards::{ComplaintRewards, RewardsDocument};
pub(super) use said::SaidDocument;
pub(super) use state::{ChannelDocument, ChannelPage, LedgerDocument};
pub(super) use statements::Statement;
pub(super) use tickets::{
    ClockDocument, Complaint, ComplaintPage, Found, MergeEventDocument, Named, Review, ReviewPage, SubmissionDocument,
    Ticket, TicketPage, TicketWhole, confidential, is_withheld, statuses,
};
pub(super) use topics::{RankedTopic, TopicDocument, TopicHead, TopicPage, TopicRanking};

/// The value for `after` that gives the rest, where there is more than fits the page; the rest is taken off.
pub(super) fn next<T>(rows: &mut Vec<T>, limit: usize, number: impl Fn(&T) -> i64) -> Option<String> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more).map(|last| number(last).to_string())
}

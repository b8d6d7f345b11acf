//! What is only read of a disk that fails.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use huiliu::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu::people::Reach;
use huiliu::store::{
    AnswerLedger, AskedView, ComplaintHead, ComplaintView, DeliveryView, FileHead, FileMark, FileView, Known, LastSaid,
    Lately, Ledger, Listed, Listings, Lives, MergeEvent, MessageView, Numbers, Occurrence, OccurrenceKind, Page,
    QuarantineView, QueueCounts, RawView, RecordView, ReminderView, ReplyState, ReplyTimes, ReplyView, ReviewView,
    SourceFileView, StatementRow, StatusKnown, StoreError, TicketDetail, TicketFilter, TicketPart, Unanswered,
    UnansweredView, UndecidedView, UpdateView, WarningGroup, WarningRow,
};
use huiliu::ticket::{Answer, Status};
use jiff::Timestamp;

use super::Disk;

type Keys = [(String, String)];

impl Known for Disk {
    fn latest_raw(&mut self, records: &Keys) -> Result<HashMap<(String, String), RawView>, StoreError> {
        self.read(|store| store.latest_raw(records))
    }
    fn raw_with_content(
        &mut self,
        records: &[(String, String, [u8; 16])],
    ) -> Result<HashMap<(String, String, [u8; 16]), RawView>, StoreError> {
        self.read(|store| store.raw_with_content(records))
    }
    fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError> {
        self.read(|store| store.came_with(complaint, file))
    }
    fn heads_by_number(&mut self, numbers: &Keys) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        self.read(|store| store.heads_by_number(numbers))
    }
    fn complaint_about(&mut self, channel: &str, about: &str, phone: u64) -> Result<Option<ComplaintHead>, StoreError> {
        self.read(|store| store.complaint_about(channel, about, phone))
    }
    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        self.read(|store| store.tickets(keys, complaints))
    }
    fn ticket_keys(&mut self, ids: &[&str]) -> Result<HashMap<String, TicketKey>, StoreError> {
        self.read(|store| store.ticket_keys(ids))
    }
    fn complaints(&mut self, keys: &[ComplaintKey]) -> Result<Vec<ComplaintView>, StoreError> {
        self.read(|store| store.complaints(keys))
    }
    fn complaints_by_receipt(&mut self, receipts: &[&str]) -> Result<Vec<ComplaintView>, StoreError> {
        self.read(|store| store.complaints_by_receipt(receipts))
    }
    fn members(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        self.read(|store| store.members(ticket))
    }
    fn statements_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<StatementRow>, StoreError> {
        self.read(|store| store.statements_of(complaints))
    }
    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        self.read(|store| store.merge_events(ticket))
    }
    fn review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError> {
        self.read(|store| store.review(key))
    }
    fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError> {
        self.read(|store| store.quarantined(raw))
    }
    fn undecided(&mut self, after: RawKey, limit: usize) -> Result<Vec<UndecidedView>, StoreError> {
        self.read(|store| store.undecided(after, limit))
    }
    fn statuses_known(&mut self, updates: &[(TicketKey, &str, &str)]) -> Result<Vec<StatusKnown>, StoreError> {
        self.read(|store| store.statuses_known(updates))
    }
    fn last_statuses(&mut self, tickets: &[TicketKey]) -> Result<HashMap<TicketKey, Status>, StoreError> {
        self.read(|store| store.last_statuses(tickets))
    }
    fn last_said(&mut self, ticket: TicketKey) -> Result<Option<LastSaid>, StoreError> {
        self.read(|store| store.last_said(ticket))
    }
    fn answer_of_reply(&mut self, key: ReplyKey) -> Result<Option<Answer>, StoreError> {
        self.read(|store| store.answer_of_reply(key))
    }
    fn reply_view(&mut self, key: ReplyKey) -> Result<Option<ReplyView>, StoreError> {
        self.read(|store| store.reply_view(key))
    }
    fn files_of_records(&mut self, records: &[RawKey]) -> Result<Vec<FileHead>, StoreError> {
        self.read(|store| store.files_of_records(records))
    }
    fn last_answer(&mut self, complaint: ComplaintKey) -> Result<Option<Answer>, StoreError> {
        self.read(|store| store.last_answer(complaint))
    }
    fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError> {
        self.read(|store| store.complaints_of_person(hashes))
    }
    fn finished_before(&mut self, time: Timestamp, limit: usize) -> Result<Vec<ComplaintKey>, StoreError> {
        self.read(|store| store.finished_before(time, limit))
    }
}

impl Lives for Disk {
    fn messages_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<MessageView>, StoreError> {
        self.read(|store| store.messages_of(ticket, limit))
    }
    fn deliveries_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<DeliveryView>, StoreError> {
        self.read(|store| store.deliveries_of(ticket, limit))
    }
    fn updates_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<UpdateView>, StoreError> {
        self.read(|store| store.updates_of(ticket, limit))
    }
    fn reminders_of(&mut self, ticket: TicketKey) -> Result<Vec<ReminderView>, StoreError> {
        self.read(|store| store.reminders_of(ticket))
    }
    fn reviews_of(&mut self, complaint: ComplaintKey) -> Result<Vec<AskedView>, StoreError> {
        self.read(|store| store.reviews_of(complaint))
    }
    fn warnings_of(&mut self, records: &[RawKey]) -> Result<Vec<WarningRow>, StoreError> {
        self.read(|store| store.warnings_of(records))
    }
    fn versions_of(&mut self, records: &[RawKey]) -> Result<Vec<(RawKey, String)>, StoreError> {
        self.read(|store| store.versions_of(records))
    }
    fn reply_times(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyTimes>, StoreError> {
        self.read(|store| store.reply_times(complaint))
    }
    fn occurrences(&mut self, kind: OccurrenceKind, subjects: &[i64]) -> Result<Vec<Occurrence>, StoreError> {
        self.read(|store| store.occurrences(kind, subjects))
    }
    fn notices(&mut self, page: Page) -> Result<Vec<(i64, Occurrence)>, StoreError> {
        self.read(|store| store.notices(page))
    }
}

impl Listings for Disk {
    fn overdue_clocks(&mut self, now: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read(|store| store.overdue_clocks(now))
    }
    fn answer_ledger(&mut self, sends: &dyn Fn(&str) -> bool) -> Result<AnswerLedger, StoreError> {
        self.read(|store| store.answer_ledger(sends))
    }
    fn unanswered(
        &mut self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
        page: Page,
    ) -> Result<Vec<UnansweredView>, StoreError> {
        self.read(|store| store.unanswered(reason, sends, page))
    }
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError> {
        self.read(|store| store.list_tickets(filter, page))
    }
    fn beyond(&mut self, reach: &Reach, tickets: &[TicketKey]) -> Result<BTreeSet<TicketKey>, StoreError> {
        self.read(|store| store.beyond(reach, tickets))
    }
    fn within(&mut self, list: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError> {
        self.read(|store| store.within(list, reach, page))
    }
    fn lately(&mut self, since: Timestamp, reach: &Reach) -> Result<Lately, StoreError> {
        self.read(|store| store.lately(since, reach))
    }
    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        self.read(|store| store.open_reviews(page))
    }
    fn open_reviews_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<ReviewView>, StoreError> {
        self.read(|store| store.open_reviews_of(ticket, most))
    }
    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError> {
        self.read(|store| store.answered_reviews(page))
    }
    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError> {
        self.read(|store| store.quarantine(channel, page))
    }
    fn warnings(
        &mut self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError> {
        self.read(|store| store.warnings(channel, field, page))
    }
    fn source_files(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<SourceFileView>, StoreError> {
        self.read(|store| store.source_files(channel, page))
    }
    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError> {
        self.read(|store| store.list_replies(state, page))
    }
    fn files_of(&mut self, complaint: ComplaintKey) -> Result<Vec<FileHead>, StoreError> {
        self.read(|store| store.files_of(complaint))
    }
    fn file(&mut self, raw: RawKey, number: u16) -> Result<Option<FileView>, StoreError> {
        self.read(|store| store.file(raw, number))
    }
    fn ledger(&mut self) -> Result<Ledger, StoreError> {
        self.read(|store| store.ledger())
    }
    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        self.read(|store| store.queue_counts())
    }
    fn record(&mut self, raw: RawKey) -> Result<Option<RecordView>, StoreError> {
        self.read(|store| store.record(raw))
    }
    fn records_of(&mut self, complaint: ComplaintKey) -> Result<Vec<RecordView>, StoreError> {
        self.read(|store| store.records_of(complaint))
    }
    fn latest_records(&mut self, channel: Option<&str>, most: usize) -> Result<Vec<RecordView>, StoreError> {
        self.read(|store| store.latest_records(channel, most))
    }
    fn replies_of(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyView>, StoreError> {
        self.read(|store| store.replies_of(complaint))
    }
}

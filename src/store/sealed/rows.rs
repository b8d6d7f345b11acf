//! What the cells of a row mean.

use serde_json::Value;

use super::acts::ActsDocument;
use super::cells::{
    ComplaintCells, CorpusCells, DueReplyCells, EventCells, FileCells, MessageCells, QuarantineCells, RawCells,
    RecordCells, ReplyCells, ReviewCells, SourceFileCells, StatementCells, TicketCells, UndecidedCells, WarningCells,
};
use super::clocks::ClocksDocument;
use super::documents::{
    FileLabel, ReplyDocument, SaidDocument, SheetDocument, SourceFileDocument, StatementDocument, TicketDocument,
    ToldDocument, WarningDocument,
};
use super::evaluations::EvaluationDocument;
use super::waiting::{HoldDocument, SubmissionDocument};
use super::{Kind, Mark, NO_STATUS, Place, Sealer, hash_in};
use crate::{
    ComplaintView, Corpus, CorpusContent, FileCounts, FileHead, FileMark, FileView, LastSaid, MergeEvent, MergeKind,
    PendingMessage, PendingReply, QuarantineView, RawState, RawView, RecordView, ReplyState, ReplyView, ReviewView,
    SourceFileState, SourceFileView, SourceSheet, StatementRow, StoreError, Told, UndecidedView, WarningRow,
};
use huiliu_domain::complaint::{ComplaintState, Satisfaction, StatementKind};
use huiliu_domain::document::ComplaintDocument;
use huiliu_domain::key::{ComplaintKey, DecisionKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::{Answer, AnswerFile, Handler, Route, Ticket};

impl Sealer {
    pub(crate) fn raw_view(&self, cells: RawCells<'_>) -> Result<RawView, StoreError> {
        let place = Place { table: "raw_record", row: cells.id };
        Ok(RawView {
            id: RawKey(cells.id),
            digest: cells.digest,
            state: place.name(RawState::from_name(cells.state), cells.state)?,
            complaint: cells.complaint.map(ComplaintKey),
            rule: cells.rule.map(|sealed| self.opened_text(place, Kind::Rule, sealed)).transpose()?,
            receipt: cells.receipt,
            erased: cells.erased,
            source_file: mark(cells.source_file),
        })
    }

    pub(crate) fn undecided(&self, cells: UndecidedCells<'_>) -> Result<UndecidedView, StoreError> {
        let place = Place { table: "raw_record", row: cells.id };
        Ok(UndecidedView {
            raw_id: RawKey(cells.id),
            channel: cells.channel,
            record_id: self.opened_text(place, Kind::Label, cells.label)?,
            digest: cells.digest,
            received_at: place.time(cells.received_at)?,
            source_file: mark(cells.source_file),
            body: self.opened(place, Kind::Raw, cells.body)?,
        })
    }

    pub(crate) fn complaint(&self, cells: ComplaintCells<'_>) -> Result<ComplaintView, StoreError> {
        let place = Place { table: "complaint", row: cells.id };
        let document: ComplaintDocument = self.opened(place, Kind::Complaint, cells.body)?;
        Ok(ComplaintView {
            id: ComplaintKey(cells.id),
            receipt: cells.receipt,
            ticket: TicketKey(cells.ticket),
            raw_id: RawKey(cells.raw),
            received_at: place.time(cells.received_at)?,
            erased: cells.erased,
            revision: cells.revision,
            state: place.name(ComplaintState::from_name(cells.state), cells.state)?,
            complaint: document.into_complaint(cells.channel).map_err(|reason| place.damaged(reason))?,
        })
    }

    /// What a source stated later.
    pub(crate) fn statement(&self, cells: StatementCells<'_>) -> Result<StatementRow, StoreError> {
        let place = Place { table: "statement", row: cells.id };
        let document: StatementDocument = self.opened(place, Kind::Statement, cells.body)?;
        let satisfaction = document.satisfaction.as_deref();
        Ok(StatementRow {
            complaint: ComplaintKey(cells.complaint),
            raw_id: RawKey(cells.raw),
            mark: cells.mark,
            kind: place.name(StatementKind::from_name(cells.kind), cells.kind)?,
            at: place.time(cells.at)?,
            received_at: place.time(cells.received_at)?,
            text: document.text,
            satisfaction: satisfaction.map(|name| place.name(Satisfaction::from_wire(name), name)).transpose()?,
        })
    }

    pub(crate) fn corpus(&self, cells: CorpusCells<'_>) -> Result<Corpus, StoreError> {
        let place = Place { table: "complaint", row: cells.id };
        let content = match cells.imprint {
            // One that is damaged is none: it is made again from the complaint.
            Some(sealed) => {
                CorpusContent::Imprint(self.0.open_unpacked(Kind::Imprint.name(), sealed).unwrap_or_default())
            }
            None => {
                let body = cells.body.unwrap_or_default();
                let document: ComplaintDocument = self.opened(place, Kind::Complaint, body)?;
                CorpusContent::Whole {
                    district: cells.district,
                    category: cells.category,
                    received_at: place.time(cells.received_at)?,
                    reporter_hashes: cells.hashes.into_iter().flatten().map(hash_in).collect(),
                    complaint: Box::new(
                        document.into_complaint(cells.channel).map_err(|reason| place.damaged(reason))?,
                    ),
                }
            }
        };
        let ticket = Place { table: "ticket", row: cells.ticket };
        Ok(Corpus {
            id: ComplaintKey(cells.id),
            ticket: TicketKey(cells.ticket),
            open: !ticket.status(cells.status)?.is_final(),
            pinned: cells.pinned,
            finished_at: cells.finished_at.map(|at| ticket.time(at)).transpose()?,
            content,
        })
    }

    /// The mark that a complaint with the number of a raw record has, by the sealed label of that.
    pub(crate) fn mark_of_number(&self, raw: i64, channel: &str, label: &[u8]) -> Result<Mark, StoreError> {
        let number = self.opened_text(Place { table: "raw_record", row: raw }, Kind::Label, label)?;
        Ok(self.number_mark(channel, &number))
    }

    /// The units that the acts of a ticket name, by its sealed content.
    pub(crate) fn units_of(&self, key: i64, body: &[u8]) -> Result<Vec<String>, StoreError> {
        let place = Place { table: "ticket", row: key };
        let document: TicketDocument = self.opened(place, Kind::Ticket, body)?;
        let acts = document.acts.map(ActsDocument::into_book).transpose().map_err(|reason| place.damaged(reason))?;
        Ok(acts.iter().flat_map(|acts| acts.units()).map(str::to_owned).collect())
    }

    pub(crate) fn ticket(&self, cells: TicketCells<'_>) -> Result<Ticket, StoreError> {
        let place = Place { table: "ticket", row: cells.key };
        let document: TicketDocument = self.opened(place, Kind::Ticket, cells.body)?;
        Ok(Ticket {
            id: cells.id,
            version: place.count(cells.version)?,
            status: place.status(cells.status)?,
            point: document.point(),
            route: Route {
                category: cells.category,
                district: cells.district,
                department: cells.department,
                basis: document.basis,
                grade: cells.grade,
                due_at: cells.due_at.map(|at| place.time(at)).transpose()?,
                reasons: document.reasons,
            },
            title: document.title,
            text: document.text,
            address: document.address,
            created_at: place.time(cells.created_at)?,
            complaints: place.count(cells.complaints)?,
            pinned: cells.pinned,
            successor: cells.successor,
            finished_at: cells.finished_at.map(|at| place.time(at)).transpose()?,
            extended_until: document.extended_until,
            sent_to: document.sent_to,
            left: document.left,
            tags: document.tags,
            clocks: document
                .clocks
                .map(ClocksDocument::into_book)
                .transpose()
                .map_err(|reason| place.damaged(reason))?
                .unwrap_or_default(),
            hold: document.hold.map(HoldDocument::into_hold),
            submission: document
                .submission
                .map(SubmissionDocument::into_submission)
                .transpose()
                .map_err(|reason| place.damaged(reason))?,
            acts: document
                .acts
                .map(ActsDocument::into_book)
                .transpose()
                .map_err(|reason| place.damaged(reason))?
                .unwrap_or_default(),
            evaluation: document
                .evaluation
                .map(EvaluationDocument::into_evaluation)
                .transpose()
                .map_err(|reason| place.damaged(reason))?
                .unwrap_or_default(),
            restarted_at: document.restarted_at,
            recurrence_of: cells.recurrence_of,
        })
    }

    pub(crate) fn merge_event(&self, cells: EventCells<'_>) -> Result<MergeEvent, StoreError> {
        let place = Place { table: "merge_event", row: cells.id };
        Ok(MergeEvent {
            decision: DecisionKey(cells.decision),
            at: place.time(cells.at)?,
            kind: place.name(MergeKind::from_name(cells.kind), cells.kind)?,
            complaint: cells.complaint.map(ComplaintKey),
            from: cells.from.map(TicketKey),
            to: TicketKey(cells.to),
            actor: cells.actor,
            settings_version: cells.settings_version,
            evidence: cells.evidence.map(|sealed| self.opened(place, Kind::Evidence, sealed)).transpose()?,
        })
    }

    pub(crate) fn review(&self, cells: ReviewCells<'_>) -> Result<ReviewView, StoreError> {
        let place = Place { table: "review", row: cells.id };
        Ok(ReviewView {
            id: ReviewKey(cells.id),
            complaint: ComplaintKey(cells.complaint),
            current_ticket: TicketKey(cells.current_ticket),
            ticket: TicketKey(cells.ticket),
            at: place.time(cells.at)?,
            answer: cells.answer,
            evidence: self.opened(place, Kind::Evidence, cells.evidence)?,
        })
    }

    pub(crate) fn quarantined(&self, cells: QuarantineCells<'_>) -> Result<QuarantineView, StoreError> {
        let place = Place { table: "quarantine", row: cells.raw };
        let raw = Place { table: "raw_record", row: cells.raw };
        Ok(QuarantineView {
            raw_id: RawKey(cells.raw),
            channel: cells.channel,
            record_id: self.opened_text(raw, Kind::Label, cells.label)?,
            at: place.time(cells.at)?,
            problems: self.opened(place, Kind::Problems, cells.problems)?,
            source_file: mark(cells.source_file),
            body: self.opened(raw, Kind::Raw, cells.body)?,
        })
    }

    /// A message whose body is not opened yet.
    pub(crate) fn message(&self, cells: MessageCells) -> Result<PendingMessage, StoreError> {
        let place = Place { table: "outbox", row: cells.id };
        Ok(PendingMessage {
            id: cells.id,
            ticket: TicketKey(cells.ticket),
            ticket_id: cells.ticket_id,
            version: place.count(cells.version)?,
            exchange: cells.exchange,
            routing_key: cells.routing_key,
            message_id: cells.message_id,
            kind: cells.kind,
            at: place.time(cells.at)?,
            body: Vec::new(),
        })
    }

    pub(crate) fn message_body(&self, id: i64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let place = Place { table: "outbox", row: id };
        self.0.open(Kind::Message.name(), sealed).map_err(|error| place.damaged(error))
    }

    pub(crate) fn due_reply(&self, cells: DueReplyCells<'_>) -> Result<PendingReply, StoreError> {
        let place = Place { table: "reply", row: cells.id };
        let raw = Place { table: "raw_record", row: cells.complaint.raw };
        Ok(PendingReply {
            id: ReplyKey(cells.id),
            key: cells.key,
            channel: cells.channel,
            status: place.status(cells.status)?,
            attempts: cells.attempts,
            answer: self.opened::<ReplyDocument>(place, Kind::Reply, cells.body)?.into(),
            complaint: self.complaint(cells.complaint)?,
            record: cells.record.map_or(Ok(Value::Null), |sealed| self.opened(raw, Kind::Raw, sealed))?,
        })
    }

    /// Where a channel is.
    pub(crate) fn position(&self, id: i64, sealed: &[u8]) -> Result<Value, StoreError> {
        let place = Place { table: "position", row: id };
        let text = self.opened_text(place, Kind::Position, sealed)?;
        serde_json::from_str(&text).map_err(|error| place.damaged(error))
    }

    /// What an accepted update said, by its cells: number, status, when it happened, body.
    pub(crate) fn last_said(
        &self,
        (id, status): (i64, &str),
        occurred_at: i64,
        body: &[u8],
    ) -> Result<LastSaid, StoreError> {
        let place = Place { table: "status_update", row: id };
        let SaidDocument { department, result, person, attachments } = self.opened(place, Kind::Status, body)?;
        Ok(LastSaid {
            status: (status != NO_STATUS).then(|| place.status(status)).transpose()?,
            occurred_at: place.time(occurred_at)?,
            result,
            department,
            person: person.map(Handler::from),
            attachments: attachments.into_iter().map(AnswerFile::from).collect(),
        })
    }

    pub(crate) fn answer(&self, reply: i64, body: &[u8]) -> Result<Answer, StoreError> {
        Ok(self.opened::<ReplyDocument>(Place { table: "reply", row: reply }, Kind::Reply, body)?.into())
    }

    pub(crate) fn reply_view(&self, cells: ReplyCells<'_>) -> Result<ReplyView, StoreError> {
        let place = Place { table: "reply", row: cells.id };
        Ok(ReplyView {
            id: ReplyKey(cells.id),
            channel: cells.channel,
            receipt: cells.receipt,
            ticket_id: cells.ticket_id,
            status: place.status(cells.status)?,
            state: place.name(ReplyState::from_name(cells.state), cells.state)?,
            attempts: cells.attempts,
            last_error: cells.error.map(|sealed| self.opened_text(place, Kind::Error, sealed)).transpose()?,
            told: cells.told.map(|sealed| self.told(place, sealed)).transpose()?,
            at: place.time(cells.at)?,
        })
    }

    fn told(&self, place: Place, sealed: &[u8]) -> Result<Told, StoreError> {
        let ToldDocument { by, at, how } = self.opened(place, Kind::Told, sealed)?;
        Ok(Told { by, at, how })
    }

    pub(crate) fn record(&self, cells: RecordCells<'_>) -> Result<RecordView, StoreError> {
        let place = Place { table: "raw_record", row: cells.id };
        let body = self.opened(place, Kind::Raw, cells.body)?;
        Ok(RecordView {
            raw_id: RawKey(cells.id),
            channel: cells.channel,
            record_id: self.opened_text(place, Kind::Label, cells.label)?,
            state: place.name(RawState::from_name(cells.state), cells.state)?,
            received_at: place.time(cells.received_at)?,
            body,
        })
    }

    pub(crate) fn file_head(&self, cells: FileCells<'_>) -> Result<FileHead, StoreError> {
        let place = Place { table: "file", row: cells.id };
        let label: FileLabel = self.opened(place, Kind::File, cells.label)?;
        Ok(FileHead {
            raw: RawKey(cells.raw),
            number: cells.number,
            name: label.name,
            media_type: label.media_type,
            size_bytes: place.count(cells.size_bytes)?,
        })
    }

    pub(crate) fn file(&self, cells: FileCells<'_>, body: &[u8]) -> Result<FileView, StoreError> {
        let place = Place { table: "file", row: cells.id };
        let bytes = self.0.open_unpacked(Kind::File.name(), body).map_err(|error| place.damaged(error))?;
        Ok(FileView { head: self.file_head(cells)?, bytes })
    }

    /// A warning of a group whose channel, field and time are known.
    pub(crate) fn warning(
        &self,
        cells: WarningCells<'_>,
        (channel, field): (&str, &str),
        at: i64,
    ) -> Result<WarningRow, StoreError> {
        let place = Place { table: "warning", row: cells.id };
        let document: WarningDocument = self.opened(place, Kind::Warning, cells.body)?;
        Ok(WarningRow {
            raw_id: RawKey(cells.raw),
            channel: channel.to_owned(),
            at: place.time(at)?,
            field: field.to_owned(),
            place: document.place,
            zh: document.zh,
            en: document.en,
            value: document.value,
        })
    }

    pub(crate) fn source_file(&self, cells: SourceFileCells<'_>) -> Result<SourceFileView, StoreError> {
        let place = Place { table: "source_file", row: cells.id };
        let document: SourceFileDocument = self.opened(place, Kind::SourceFile, cells.body)?;
        let [taken, amended, repeated, set_aside, discarded] = cells.counts;
        let sheet = |sheet: SheetDocument| {
            let SheetDocument { name, rows, left_out } = sheet;
            SourceSheet { name, rows, left_out }
        };
        Ok(SourceFileView {
            id: cells.id,
            channel: cells.channel,
            name: document.name,
            size_bytes: place.count(cells.size_bytes)?,
            modified_at: place.time(cells.modified_at)?,
            begun_at: place.time(cells.begun_at)?,
            finished_at: cells.finished_at.map(|at| place.time(at)).transpose()?,
            state: place.name(SourceFileState::from_name(cells.state), cells.state)?,
            rows: place.count(cells.rows)?,
            counts: FileCounts {
                taken: place.count(taken)?,
                amended: place.count(amended)?,
                repeated: place.count(repeated)?,
                set_aside: place.count(set_aside)?,
                discarded: place.count(discarded)?,
            },
            sheets: document.sheets.into_iter().map(sheet).collect(),
            failure: document.failure.map(|en| (document.failure_zh.unwrap_or_else(|| en.clone()), en)),
            notices: document.notices,
        })
    }
}

fn mark(hash: Option<i64>) -> Option<FileMark> {
    hash.map(|hash| FileMark(hash_in(hash)))
}

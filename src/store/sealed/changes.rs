//! Sealing a part of a step.

use serde_json::json;

use super::columns::{
    SealedAmendment, SealedChanges, SealedComplaint, SealedEvent, SealedFile, SealedImprint, SealedMessage,
    SealedPlacement, SealedPosition, SealedQuarantine, SealedRaw, SealedReply, SealedRetriedReply, SealedReview,
    SealedSourceFile, SealedStatement, SealedStatus, SealedTicket, SealedToldReply, SealedWarning,
};
use super::documents::{
    FileLabel, ReplyDocument, SheetDocument, SourceFileDocument, StatementDocument, StatusDocument, TicketDocument,
    ToldDocument, WarningDocument,
};
use super::{Kind, NO_STATUS, Sealer, count_out, hash_out, ms};
use crate::{
    Amendment, Changes, ComplaintRow, FileRow, MergeEvent, NewRaw, OutboxRow, Placement, RawState, ReplyRow,
    RetriedReply, SourceFileRow, SourceFileState, SourceSheet, StatementRow, StatusRow, StoreError, Told, ToldReply,
    WarningRow,
};
use huiliu_domain::document::ComplaintDocument;
use huiliu_domain::key::TicketKey;
use huiliu_domain::ticket::{Status, Ticket};

fn each<'a, T, S>(rows: &'a [T], seal: impl FnMut(&'a T) -> Result<S, StoreError>) -> Result<Vec<S>, StoreError> {
    rows.iter().map(seal).collect()
}

impl Sealer {
    /// Seals a part of a step.
    pub(crate) fn changes<'a>(&self, changes: &'a Changes) -> Result<SealedChanges<'a>, StoreError> {
        Ok(SealedChanges {
            raw: each(&changes.raw, |raw| self.raw(raw))?,
            files: each(&changes.files, |file| self.new_file(file))?,
            seen_again: &changes.seen_again,
            complaints: each(&changes.complaints, |row| self.new_complaint(row))?,
            amendments: each(&changes.amendments, |row| self.amendment(row))?,
            statements: each(&changes.statements, |row| self.new_statement(row))?,
            ratings: each(&changes.ratings, |row| self.new_rating(row))?,
            call_backs: &changes.call_backs,
            sightings: &changes.sightings,
            alerts: &changes.alerts,
            topics: each(&changes.topics, |row| self.new_topic(row))?,
            rewards: &changes.rewards,
            put_off_topics: &changes.put_off_topics,
            topic_complaints: &changes.topic_complaints,
            states: &changes.states,
            imprints: each(&changes.imprints, |row| {
                // Mostly hashes, which cannot be packed.
                let body = self.bytes(Kind::Imprint, &row.body)?;
                Ok(SealedImprint { complaint: row.complaint.0, reading: hash_out(row.reading), body })
            })?,
            tickets: each(&changes.tickets, |(key, ticket)| self.new_ticket(*key, ticket))?,
            events: each(&changes.merge_events, |event| self.event(event))?,
            reviews: each(&changes.reviews, |row| {
                let evidence = self.document(Kind::Evidence, &row.evidence)?;
                let (complaint, ticket) = (row.complaint.0, row.ticket.0);
                Ok(SealedReview { complaint, ticket, weight: row.evidence.weight, at: ms(row.at), evidence })
            })?,
            quarantine: each(&changes.quarantine, |row| {
                let problems = self.document(Kind::Problems, &row.problems)?;
                Ok(SealedQuarantine { raw: row.raw_id.0, channel: &row.channel, at: ms(row.at), problems })
            })?,
            placed: each(&changes.placed, |placement| self.placement(placement))?,
            warnings: each(&changes.warnings, |row| self.new_warning(row))?,
            messages: each(&changes.outbox, |row| self.new_message(row))?,
            deliveries: each(&changes.deliveries, |row| self.new_delivery(row))?,
            foreign_numbers: each(&changes.foreign_numbers, |row| self.new_foreign_number(row))?,
            statuses: each(&changes.statuses, |row| self.status_update(row))?,
            replies: each(&changes.replies, |row| self.new_reply(row))?,
            occurrences: each(&changes.occurrences, |row| self.new_occurrence(row))?,
            facts: &changes.facts,
            erased: each(&changes.erased, |erasure| self.erasure(*erasure))?,
            files_gone: &changes.files_gone,
            source_files: each(&changes.source_files, |row| self.source_file_part(row))?,
            moves: &changes.moves,
            cannot_links: &changes.cannot_links,
            lifted_links: &changes.lifted_links,
            review_answers: &changes.review_answers,
            retried_replies: each(&changes.retried_replies, |row| self.retried_reply(row))?,
            told_replies: each(&changes.told_replies, |row| self.told_reply(row))?,
            replanned: &changes.replanned,
            reminders: &changes.reminders,
            reminded: &changes.reminded,
            alarms: &changes.alarms,
            noticed: &changes.noticed,
            positions: each(&changes.positions, |(channel, value, at)| {
                Ok(SealedPosition { channel, at: ms(*at), body: self.text(Kind::Position, &value.to_string())? })
            })?,
            audit: each(&changes.audit, |entry| self.audit_entry(entry))?,
        })
    }

    /// Why a reply was not delivered.
    pub(crate) fn reply_error(&self, error: &str) -> Result<Vec<u8>, StoreError> {
        self.text(Kind::Error, error)
    }

    /// What stands in place of erased content.
    pub(super) fn erased_mark(&self, kind: Kind) -> Result<Vec<u8>, StoreError> {
        self.document(kind, &json!({ "erased": true }))
    }

    fn raw<'a>(&self, raw: &'a NewRaw) -> Result<SealedRaw<'a>, StoreError> {
        let (body, label) = match raw.state {
            RawState::Erased => (self.erased_mark(Kind::Raw)?, ""),
            _ => (self.document(Kind::Raw, &raw.body)?, raw.record_id.as_str()),
        };
        Ok(SealedRaw {
            id: raw.id.0,
            channel: &raw.channel,
            record_mark: self.record_mark(&raw.channel, &raw.record_id),
            label: self.text(Kind::Label, label)?,
            digest: &raw.digest,
            state: raw.state.name(),
            complaint: raw.complaint.map(|key| key.0),
            rule: raw.rule.as_deref().map(|rule| self.text(Kind::Rule, rule)).transpose()?,
            received_at: ms(raw.received_at),
            settings_version: &raw.settings_version,
            source_file: raw.source_file.map(|mark| hash_out(mark.0)),
            body,
        })
    }

    fn new_file(&self, file: &FileRow) -> Result<SealedFile, StoreError> {
        let label = FileLabel { name: file.name.clone(), media_type: file.media_type.clone() };
        Ok(SealedFile {
            raw: file.raw.0,
            number: file.number,
            size_bytes: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
            label: self.document(Kind::File, &label)?,
            // Photos and documents are packed already.
            body: self.bytes(Kind::File, &file.bytes)?,
        })
    }

    fn new_complaint<'a>(&self, row: &'a ComplaintRow) -> Result<SealedComplaint<'a>, StoreError> {
        Ok(SealedComplaint {
            id: row.id.0,
            channel: &row.complaint.channel,
            number_mark: self.number_mark(&row.complaint.channel, &row.complaint.number),
            receipt: &row.receipt,
            raw: row.raw_id.0,
            ticket: row.ticket.0,
            district: row.district.as_deref(),
            category: &row.category,
            received_at: ms(row.received_at),
            hashes: [row.phone_hash, row.id_hash, row.account_hash].map(|hash| hash.map(hash_out)),
            body: self.document(Kind::Complaint, &ComplaintDocument::from(&row.complaint))?,
        })
    }

    fn amendment<'a>(&self, row: &'a Amendment) -> Result<SealedAmendment<'a>, StoreError> {
        Ok(SealedAmendment {
            id: row.id.0,
            raw: row.raw_id.0,
            district: row.district.as_deref(),
            category: &row.category,
            hashes: [row.phone_hash, row.id_hash, row.account_hash].map(|hash| hash.map(hash_out)),
            body: self.document(Kind::Complaint, &ComplaintDocument::from(&row.complaint))?,
        })
    }

    fn new_statement(&self, row: &StatementRow) -> Result<SealedStatement, StoreError> {
        let satisfaction = row.satisfaction.map(|satisfaction| satisfaction.wire().to_owned());
        let document = StatementDocument { text: row.text.clone(), satisfaction };
        Ok(SealedStatement {
            complaint: row.complaint.0,
            raw: row.raw_id.0,
            mark: row.mark,
            kind: row.kind.name(),
            at: ms(row.at),
            received_at: ms(row.received_at),
            body: self.document(Kind::Statement, &document)?,
        })
    }

    fn new_ticket<'a>(&self, key: TicketKey, ticket: &'a Ticket) -> Result<SealedTicket<'a>, StoreError> {
        let due = || ticket.running_clocks().map(|run| (run.clock.as_str(), ms(run.due_at))).collect();
        Ok(SealedTicket {
            clocks: (!ticket.clocks.runs.is_empty()).then(due),
            key: key.0,
            id: &ticket.id,
            version: count_out(ticket.version),
            status: ticket.status.wire(),
            category: &ticket.route.category,
            district: &ticket.route.district,
            department: &ticket.route.department,
            grade: &ticket.route.grade,
            due_at: ticket.route.due_at.map(ms),
            created_at: ms(ticket.created_at),
            finished_at: ticket.finished_at.map(ms),
            complaints: count_out(ticket.complaints),
            pinned: ticket.pinned,
            successor: ticket.successor.as_deref(),
            recurrence_of: ticket.recurrence_of.as_deref(),
            waits: ticket.waits().map(|(_, code, _)| code),
            units: ticket.acts.units().collect(),
            body: self.document(Kind::Ticket, &TicketDocument::of(ticket))?,
        })
    }

    fn event<'a>(&self, event: &'a MergeEvent) -> Result<SealedEvent<'a>, StoreError> {
        let evidence = event.evidence.as_ref().map(|evidence| self.document(Kind::Evidence, evidence));
        Ok(SealedEvent {
            decision: event.decision.0,
            at: ms(event.at),
            kind: event.kind.name(),
            complaint: event.complaint.map(|key| key.0),
            from: event.from.map(|key| key.0),
            to: event.to.0,
            actor: &event.actor,
            settings_version: &event.settings_version,
            evidence: evidence.transpose()?,
        })
    }

    fn placement<'a>(&self, placement: &'a Placement) -> Result<SealedPlacement<'a>, StoreError> {
        let erased = placement.state == RawState::Erased;
        Ok(SealedPlacement {
            raw: placement.raw_id.0,
            state: placement.state.name(),
            complaint: placement.complaint.map(|key| key.0),
            rule: placement.rule.as_deref().map(|rule| self.text(Kind::Rule, rule)).transpose()?,
            settings_version: &placement.settings_version,
            leaves_quarantine: placement.state != RawState::Quarantined,
            erased: erased
                .then(|| Ok::<_, StoreError>((self.erased_mark(Kind::Raw)?, self.text(Kind::Label, "")?)))
                .transpose()?,
        })
    }

    fn new_message<'a>(&self, row: &'a OutboxRow) -> Result<SealedMessage<'a>, StoreError> {
        Ok(SealedMessage {
            ticket: row.ticket.0,
            ticket_id: &row.ticket_id,
            version: count_out(row.version),
            exchange: &row.exchange,
            routing_key: &row.routing_key,
            message_id: &row.message_id,
            kind: &row.kind,
            at: ms(row.at),
            body: self.document(Kind::Message, &row.body)?,
        })
    }

    fn status_update(&self, row: &StatusRow) -> Result<SealedStatus, StoreError> {
        Ok(SealedStatus {
            ticket: row.ticket.0,
            platform_mark: self.platform_mark(&row.update.platform),
            sequence: row.update.sequence,
            update_mark: self.update_mark(&row.update.update_id),
            status: row.update.status.map_or(NO_STATUS, Status::wire),
            verdict: row.verdict.name(),
            occurred_at: ms(row.update.occurred_at),
            received_at: ms(row.received_at),
            body: self.document(Kind::Status, &StatusDocument::of(&row.update))?,
        })
    }

    fn new_reply<'a>(&self, row: &'a ReplyRow) -> Result<SealedReply<'a>, StoreError> {
        Ok(SealedReply {
            key: &row.key,
            complaint: row.complaint.0,
            ticket: row.ticket.0,
            channel: &row.channel,
            status: row.status.wire(),
            state: row.first_state().name(),
            error: row.held.as_deref().map(|held| self.text(Kind::Error, held)).transpose()?,
            at: ms(row.at),
            body: self.document(Kind::Reply, &ReplyDocument::from(&row.answer))?,
        })
    }

    fn retried_reply(&self, row: &RetriedReply) -> Result<SealedRetriedReply, StoreError> {
        let body = row.answer.as_ref().map(|answer| self.document(Kind::Reply, &ReplyDocument::from(answer)));
        Ok(SealedRetriedReply { reply: row.reply.0, at: ms(row.at), body: body.transpose()? })
    }

    fn told_reply(&self, row: &ToldReply) -> Result<SealedToldReply, StoreError> {
        let Told { by, at, how } = row.told.clone();
        let told = self.document(Kind::Told, &ToldDocument { by, at, how })?;
        Ok(SealedToldReply { reply: row.reply.0, at: ms(at), told })
    }

    fn new_warning<'a>(&self, row: &'a WarningRow) -> Result<SealedWarning<'a>, StoreError> {
        let WarningRow { zh, en, place, value, .. } = row.clone();
        Ok(SealedWarning {
            raw: row.raw_id.0,
            channel: &row.channel,
            field: &row.field,
            saying: hash_out(self.0.hash("warning", &row.zh)),
            at: ms(row.at),
            body: self.document(Kind::Warning, &WarningDocument { zh, en, place, value })?,
        })
    }

    fn source_file_part<'a>(&self, row: &'a SourceFileRow) -> Result<SealedSourceFile<'a>, StoreError> {
        let sheet = |sheet: &SourceSheet| {
            let SourceSheet { name, rows, left_out } = sheet.clone();
            SheetDocument { name, rows, left_out }
        };
        let (failure_zh, failure) = row.failure.clone().unzip();
        let document = SourceFileDocument {
            name: row.name.clone(),
            sheets: row.sheets.iter().map(sheet).collect(),
            failure,
            failure_zh,
            notices: row.notices.clone(),
        };
        let counts = row.counts;
        Ok(SealedSourceFile {
            channel: &row.channel,
            mark: hash_out(row.mark.0),
            size_bytes: count_out(row.size_bytes),
            modified_at: ms(row.modified_at),
            at: ms(row.at),
            finished: row.state != SourceFileState::Reading,
            state: row.state.name(),
            rows: count_out(row.rows),
            counts: [counts.taken, counts.amended, counts.repeated, counts.set_aside, counts.discarded].map(count_out),
            body: self.document(Kind::SourceFile, &document)?,
        })
    }
}

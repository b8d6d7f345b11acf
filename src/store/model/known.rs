//! Look-ups.

use std::collections::HashMap;

use jiff::Timestamp;

use super::listings::head;
use super::{Model, kept};
use crate::{
    ComplaintHead, ComplaintView, FileHead, FileMark, Known, LastSaid, MergeEvent, NewRaw, QuarantineView, RawContent,
    RawState, RawView, ReplyState, ReplyView, ReviewView, StatementRow, StatusKnown, StatusRow, StoreError,
    TicketDetail, UndecidedView, Verdict,
};
use huiliu_domain::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::{Answer, Status};

impl Known for Model {
    fn latest_raw(&mut self, records: &[(String, String)]) -> Result<HashMap<(String, String), RawView>, StoreError> {
        let contents = self.contents();
        let mut found = HashMap::new();
        for asked in records {
            let of = |raw: &&NewRaw| (&raw.channel, &raw.record_id) == (&asked.0, &asked.1);
            let Some(raw) = contents.raw.values().rev().find(of) else { continue };
            found.insert(asked.clone(), contents.raw_view(raw));
        }
        Ok(found)
    }

    fn raw_with_content(&mut self, records: &[RawContent]) -> Result<HashMap<RawContent, RawView>, StoreError> {
        let contents = self.contents();
        let mut found = HashMap::new();
        for asked in records {
            let of = |raw: &&NewRaw| (&raw.channel, &raw.record_id, raw.digest) == (&asked.0, &asked.1, asked.2);
            let Some(raw) = contents.raw.values().rev().find(of) else { continue };
            found.insert(asked.clone(), contents.raw_view(raw));
        }
        Ok(found)
    }

    fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError> {
        let of = |raw: &NewRaw| {
            raw.complaint == Some(complaint)
                && raw.source_file == Some(file)
                && matches!(raw.state, RawState::Complaint | RawState::Amendment)
        };
        Ok(self.contents().raw.values().any(of))
    }

    fn heads_by_number(
        &mut self,
        numbers: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError> {
        let contents = self.contents();
        let all = contents.complaints.values();
        let named =
            all.map(|kept| ((kept.row.complaint.channel.clone(), kept.row.complaint.number.clone()), kept.head()));
        Ok(named.filter(|(key, _)| numbers.contains(key)).collect())
    }

    fn complaint_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError> {
        let contents = self.contents();
        let all = || contents.complaints.values();
        let of_channel = || all().filter(|kept| kept.row.complaint.channel == channel);
        let found = all()
            .find(|kept| kept.row.receipt == about)
            .or_else(|| of_channel().find(|kept| kept.row.complaint.number == about))
            .or_else(|| of_channel().rfind(|kept| kept.row.phone_hash == Some(phone_hash)));
        Ok(found.map(super::Kept::head))
    }

    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError> {
        let contents = self.contents();
        let detail = |key: &TicketKey| {
            let ticket = contents.tickets.get(key)?.clone();
            let shown = contents.members(*key).into_iter().take(complaints).collect();
            Some(TicketDetail { key: *key, ticket, complaints: shown })
        };
        Ok(keys.iter().filter_map(detail).collect())
    }

    fn ticket_keys(&mut self, ids: &[&str]) -> Result<HashMap<String, TicketKey>, StoreError> {
        let contents = self.contents();
        let wanted = contents.tickets.iter().filter(|(_, ticket)| ids.contains(&ticket.id.as_str()));
        Ok(wanted.map(|(key, ticket)| (ticket.id.clone(), *key)).collect())
    }

    fn complaints(&mut self, keys: &[ComplaintKey]) -> Result<Vec<ComplaintView>, StoreError> {
        let contents = self.contents();
        let wanted = contents.complaints.values().filter(|kept| keys.contains(&kept.row.id));
        Ok(wanted.map(|kept| contents.view(kept)).collect())
    }

    fn complaints_by_receipt(&mut self, receipts: &[&str]) -> Result<Vec<ComplaintView>, StoreError> {
        let contents = self.contents();
        let wanted = contents.complaints.values().filter(|kept| receipts.contains(&kept.row.receipt.as_str()));
        Ok(wanted.map(|kept| contents.view(kept)).collect())
    }

    fn members(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        Ok(self.contents().members(ticket))
    }

    fn statements_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<StatementRow>, StoreError> {
        let contents = self.contents();
        let of = |row: &&StatementRow| complaints.contains(&row.complaint);
        Ok(contents.statements.iter().filter(of).cloned().collect())
    }

    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        let contents = self.contents();
        let of = |event: &&MergeEvent| event.from == Some(ticket) || event.to == ticket;
        Ok(contents.events.iter().filter(of).cloned().collect())
    }

    fn review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError> {
        Ok(self.contents().review(key))
    }

    fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError> {
        Ok(self.contents().quarantined(raw))
    }

    fn undecided(&mut self, after: RawKey, limit: usize) -> Result<Vec<UndecidedView>, StoreError> {
        let contents = self.contents();
        let waiting = contents.raw.values().filter(|raw| raw.state == RawState::Received && raw.id > after);
        let views = waiting.take(limit).map(|raw| UndecidedView {
            raw_id: raw.id,
            channel: raw.channel.clone(),
            record_id: contents.label(raw),
            digest: raw.digest,
            received_at: raw.received_at,
            source_file: raw.source_file,
            body: raw.body.clone(),
        });
        Ok(views.collect())
    }

    fn statuses_known(&mut self, updates: &[(TicketKey, &str, &str)]) -> Result<Vec<StatusKnown>, StoreError> {
        let contents = self.contents();
        let known = |(ticket, platform, update_id): &(TicketKey, &str, &str)| {
            let rows = contents.statuses.iter();
            let theirs: Vec<_> = rows.filter(|row| row.ticket == *ticket && row.update.platform == *platform).collect();
            let taken = |row: &&&StatusRow| matches!(row.verdict, Verdict::Accepted | Verdict::Submitted);
            let accepted = theirs.iter().filter(taken);
            StatusKnown {
                newest_sequence: accepted.map(|row| row.update.sequence).max(),
                repeated: theirs.iter().any(|row| row.update.update_id == *update_id),
            }
        };
        Ok(updates.iter().map(known).collect())
    }

    fn last_statuses(&mut self, tickets: &[TicketKey]) -> Result<HashMap<TicketKey, Status>, StoreError> {
        let contents = self.contents();
        let accepted = contents.statuses.iter().filter(|row| row.verdict == Verdict::Accepted);
        let theirs = accepted.filter(|row| tickets.contains(&row.ticket));
        Ok(theirs.filter_map(|row| Some((row.ticket, row.update.status?))).collect())
    }

    fn last_said(&mut self, ticket: TicketKey) -> Result<Option<LastSaid>, StoreError> {
        let contents = self.contents();
        let accepted = |row: &&StatusRow| row.ticket == ticket && row.verdict == Verdict::Accepted;
        let last = contents.statuses.iter().rev().filter(accepted).find(|row| row.update.status.is_some());
        Ok(last.map(|row| LastSaid {
            status: row.update.status,
            occurred_at: kept(row.update.occurred_at),
            result: row.update.result.clone(),
            department: row.update.department.clone(),
            person: row.update.person.clone(),
            attachments: row.update.attachments.clone(),
        }))
    }

    fn answer_of_reply(&mut self, key: ReplyKey) -> Result<Option<Answer>, StoreError> {
        Ok(self.contents().replies.get(&key).map(|kept| kept.row.answer.clone()))
    }

    fn reply_view(&mut self, key: ReplyKey) -> Result<Option<ReplyView>, StoreError> {
        let contents = self.contents();
        Ok(contents.replies.get(&key).and_then(|reply| contents.reply_view(key, reply)))
    }

    fn files_of_records(&mut self, records: &[RawKey]) -> Result<Vec<FileHead>, StoreError> {
        Ok(self.contents().files.values().filter(|file| records.contains(&file.raw)).map(head).collect())
    }

    fn last_answer(&mut self, complaint: ComplaintKey) -> Result<Option<Answer>, StoreError> {
        let contents = self.contents();
        if contents.complaints.get(&complaint).is_none_or(|kept| kept.erased) {
            return Ok(None);
        }
        let last = contents.replies.values().rev().find(|kept| kept.row.complaint == complaint);
        Ok(last.map(|kept| kept.row.answer.clone()))
    }

    fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError> {
        let theirs = |kept: &&super::Kept| {
            let row = &kept.row;
            [row.phone_hash, row.id_hash].into_iter().flatten().any(|hash| hashes.contains(&hash))
        };
        Ok(self.contents().complaints.values().filter(theirs).map(|kept| kept.row.id).collect())
    }

    fn finished_before(&mut self, time: Timestamp, limit: usize) -> Result<Vec<ComplaintKey>, StoreError> {
        let contents = self.contents();
        let finished = |key: TicketKey| {
            let status = contents.tickets.get(&key).map(|ticket| ticket.status);
            status.is_some_and(|status| status.is_final() && status != Status::Absorbed)
        };
        let waits = |key: ComplaintKey| {
            contents.replies.values().any(|reply| {
                reply.row.complaint == key && matches!(reply.state, ReplyState::Pending | ReplyState::Held)
            })
        };
        let past = contents.complaints.values().filter(|found| {
            let row = &found.row;
            !found.erased && row.received_at < kept(time) && finished(row.ticket) && !waits(row.id)
        });
        Ok(past.map(|found| found.row.id).take(limit).collect())
    }
}

//! Writing a part of a step into its transaction.

use rusqlite::{Params, Transaction, params};

use super::answers::{Finished, come, renew, renew_of, settle};
use super::audit::append;
use super::deliveries::write_delivery;
use super::erase::erase;
use super::evaluations::{write_call_back, write_rating};
use super::facts::write_fact;
use super::foreign::write_foreign_number;
use super::lives::write_occurrence;
use super::quarantine::write_quarantined;
use super::remarks::{write_source_file, write_warning};
use super::rewards::write_reward;
use super::topics::{self, put_off, write_topic, write_topic_complaint};
use super::watching::{write_alert, write_sighting};
use super::words::note_change;
use crate::StoreError;
use crate::sealed::{
    SealedAmendment, SealedChanges, SealedComplaint, SealedEvent, SealedMessage, SealedPlacement, SealedRaw,
    SealedReply, SealedReview, SealedStatement, SealedStatus, SealedTicket, Sealer, hash_out, ms,
};

/// Writes part of a step into its transaction.
pub(super) fn write(tx: &Transaction<'_>, sealer: &Sealer, part: &SealedChanges<'_>) -> Result<(), StoreError> {
    let writer = Writer { tx };
    part.raw.iter().try_for_each(|row| writer.raw(row))?;
    for file in &part.files {
        let sql = "INSERT INTO file (raw_id, number, size_bytes, label, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        writer.run(sql, params![file.raw, file.number, file.size_bytes, file.label, file.body])?;
    }
    for seen in part.seen_again {
        let sql = "UPDATE raw_record SET source_file = ?2 WHERE id = ?1";
        writer.run(sql, params![seen.raw_id.0, hash_out(seen.file.0)])?;
    }
    part.complaints.iter().try_for_each(|row| writer.complaint(row))?;
    part.amendments.iter().try_for_each(|row| writer.amendment(row))?;
    part.statements.iter().try_for_each(|row| writer.statement(row))?;
    part.ratings.iter().try_for_each(|row| write_rating(tx, row))?;
    part.call_backs.iter().try_for_each(|change| write_call_back(tx, change))?;
    write_watched(tx, part)?;
    for (complaint, state) in part.states {
        writer.run("UPDATE complaint SET state = ?2 WHERE id = ?1", params![complaint.0, state.name()])?;
        renew(tx, complaint.0)?;
    }
    for row in &part.imprints {
        let sql = "INSERT INTO imprint (complaint_id, reading, body) VALUES (?1, ?2, ?3)
            ON CONFLICT (complaint_id) DO UPDATE SET reading = excluded.reading, body = excluded.body";
        writer.run(sql, params![row.complaint, row.reading, row.body])?;
    }
    part.tickets.iter().try_for_each(|row| writer.ticket(row))?;
    for (complaint, ticket) in part.moves {
        writer.run("UPDATE complaint SET ticket = ?2 WHERE id = ?1", params![complaint.0, ticket.0])?;
        come(tx, complaint.0, ticket.0, false)?;
    }
    part.events.iter().try_for_each(|row| writer.event(row))?;
    writer.links(part)?;
    part.reviews.iter().try_for_each(|row| writer.review(row))?;
    for answer in part.review_answers {
        let sql = "UPDATE review SET answer = ?2, actor = ?3, answered_at = ?4 WHERE id = ?1 AND answer IS NULL";
        writer.run(sql, params![answer.review.0, answer.same, answer.actor, ms(answer.at)])?;
    }
    part.quarantine.iter().try_for_each(|row| write_quarantined(tx, sealer, row))?;
    part.placed.iter().try_for_each(|row| writer.placement(row))?;
    part.warnings.iter().try_for_each(|row| write_warning(tx, row))?;
    part.messages.iter().try_for_each(|row| writer.message(row))?;
    part.deliveries.iter().try_for_each(|row| write_delivery(tx, row))?;
    part.foreign_numbers.iter().try_for_each(|row| write_foreign_number(tx, row))?;
    part.statuses.iter().try_for_each(|row| writer.status(row))?;
    part.replies.iter().try_for_each(|row| writer.reply(row))?;
    part.occurrences.iter().try_for_each(|row| write_occurrence(tx, row))?;
    part.facts.iter().try_for_each(|fact| write_fact(tx, fact))?;
    writer.replies_again(part)?;
    writer.reminders(part)?;
    part.erased.iter().try_for_each(|erasure| erase(tx, sealer, erasure))?;
    for (raw, number) in part.files_gone {
        writer.run("DELETE FROM file WHERE raw_id = ?1 AND number = ?2", params![raw.0, number])?;
    }
    part.source_files.iter().try_for_each(|row| write_source_file(tx, row))?;
    for position in &part.positions {
        let sql = "INSERT INTO position (channel, at, body) VALUES (?1, ?2, ?3)
            ON CONFLICT (channel) DO UPDATE SET body = excluded.body, at = excluded.at";
        writer.run(sql, params![position.channel, position.at, position.body])?;
    }
    append(tx, sealer, &part.audit)
}

/// What was seen, told of, made a topic, and given points for.
fn write_watched(tx: &Transaction<'_>, part: &SealedChanges<'_>) -> Result<(), StoreError> {
    part.rewards.iter().try_for_each(|change| write_reward(tx, change))?;
    part.sightings.iter().try_for_each(|row| write_sighting(tx, row))?;
    part.alerts.iter().try_for_each(|change| write_alert(tx, change))?;
    part.topics.iter().try_for_each(|row| write_topic(tx, row))?;
    part.put_off_topics.iter().try_for_each(|(topic, at)| put_off(tx, *topic, *at))?;
    part.topic_complaints.iter().try_for_each(|row| write_topic_complaint(tx, *row))
}

struct Writer<'a> {
    tx: &'a Transaction<'a>,
}

impl Writer<'_> {
    fn run(&self, sql: &str, parameters: impl Params) -> Result<(), StoreError> {
        self.tx.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }

    fn raw(&self, row: &SealedRaw<'_>) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO raw_record (id, channel, record_mark, digest, state, complaint_id, rule, received_at,
                 settings_version, body, source_file, label)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                row.id,
                row.channel,
                row.record_mark,
                row.digest,
                row.state,
                row.complaint,
                row.rule,
                row.received_at,
                row.settings_version,
                row.body,
                row.source_file,
                row.label
            ],
        )
    }

    fn complaint(&self, row: &SealedComplaint<'_>) -> Result<(), StoreError> {
        let [phone, id_number, account] = row.hashes;
        self.run(
            "INSERT INTO complaint (id, channel, number_mark, receipt, revision, raw_id, ticket, district, category,
                 received_at, phone_hash, id_hash, account_hash, body)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                row.id,
                row.channel,
                row.number_mark,
                row.receipt,
                row.raw,
                row.ticket,
                row.district,
                row.category,
                row.received_at,
                phone,
                id_number,
                account,
                row.body
            ],
        )?;
        come(self.tx, row.id, row.ticket, true)?;
        topics::come(self.tx, row.id, row.ticket)?;
        note_change(self.tx, row.id)
    }

    fn amendment(&self, row: &SealedAmendment<'_>) -> Result<(), StoreError> {
        let [phone, id_number, account] = row.hashes;
        self.run(
            "UPDATE complaint SET revision = revision + 1, raw_id = ?2, district = ?3, category = ?4, phone_hash = ?5,
                 id_hash = ?6, account_hash = ?7, body = ?8 WHERE id = ?1",
            params![row.id, row.raw, row.district, row.category, phone, id_number, account, row.body],
        )?;
        note_change(self.tx, row.id)
    }

    fn statement(&self, row: &SealedStatement) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO statement (complaint_id, raw_id, mark, kind, at, received_at, body) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
             WHERE NOT EXISTS (SELECT 1 FROM statement WHERE complaint_id = ?1 AND mark = ?3)",
            params![row.complaint, row.raw, row.mark, row.kind, row.at, row.received_at, row.body],
        )
    }

    fn ticket(&self, row: &SealedTicket<'_>) -> Result<(), StoreError> {
        let before = Finished::read(self.tx, row.key)?;
        self.run(
            "INSERT INTO ticket (seq, id, version, status, category, district, department, grade, due_at, created_at,
                 complaints, pinned, successor, body, finished_at, recurrence_of, waits)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT (seq) DO UPDATE SET version = excluded.version, status = excluded.status,
                 grade = excluded.grade, due_at = excluded.due_at, complaints = excluded.complaints,
                 pinned = excluded.pinned, successor = excluded.successor, body = excluded.body,
                 finished_at = excluded.finished_at, waits = excluded.waits",
            params![
                row.key,
                row.id,
                row.version,
                row.status,
                row.category,
                row.district,
                row.department,
                row.grade,
                row.due_at,
                row.created_at,
                row.complaints,
                row.pinned,
                row.successor,
                row.body,
                row.finished_at,
                row.recurrence_of,
                row.waits
            ],
        )?;
        // Said apart: their indexes are written only where it goes elsewhere.
        self.run(
            "UPDATE ticket SET category = ?2, district = ?3, department = ?4 WHERE seq = ?1
                 AND (category, district, department) IS NOT (?2, ?3, ?4)",
            params![row.key, row.category, row.district, row.department],
        )?;
        settle(self.tx, row.key, before)?;
        topics::call(self.tx, row.key, row.category)?;
        self.units(row)?;
        self.clocks(row)
    }

    /// The units that have to do with a ticket by acts, in the place of those that were known.
    fn units(&self, row: &SealedTicket<'_>) -> Result<(), StoreError> {
        self.run("DELETE FROM ticket_unit WHERE ticket = ?1", params![row.key])?;
        for unit in &row.units {
            self.run("INSERT INTO ticket_unit (ticket, unit) VALUES (?1, ?2)", params![row.key, unit])?;
        }
        Ok(())
    }

    /// When the running clocks of a ticket are due, in the place of what was known.
    fn clocks(&self, row: &SealedTicket<'_>) -> Result<(), StoreError> {
        let Some(due) = &row.clocks else { return Ok(()) };
        self.run("DELETE FROM clock_due WHERE ticket = ?1", params![row.key])?;
        for (clock, due_at) in due {
            let sql = "INSERT OR REPLACE INTO clock_due (ticket, clock, due_at) VALUES (?1, ?2, ?3)";
            self.run(sql, params![row.key, clock, due_at])?;
        }
        Ok(())
    }

    fn event(&self, row: &SealedEvent<'_>) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO merge_event (decision, at, kind, complaint_id, from_ticket, to_ticket, actor, settings_version,
                 evidence)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.decision,
                row.at,
                row.kind,
                row.complaint,
                row.from,
                row.to,
                row.actor,
                row.settings_version,
                row.evidence
            ],
        )
    }

    fn links(&self, part: &SealedChanges<'_>) -> Result<(), StoreError> {
        for link in part.cannot_links {
            let (a, b) = (link.a.min(link.b), link.a.max(link.b));
            let sql = "INSERT INTO cannot_link (a, b, at, actor) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            self.run(sql, params![a.0, b.0, ms(link.at), link.actor])?;
        }
        for (a, b) in part.lifted_links {
            self.run("DELETE FROM cannot_link WHERE a = ?1 AND b = ?2", params![a.min(b).0, a.max(b).0])?;
        }
        Ok(())
    }

    fn review(&self, row: &SealedReview) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO review (complaint_id, ticket, weight, at, evidence) SELECT ?1, ?2, ?3, ?4, ?5
             WHERE NOT EXISTS (SELECT 1 FROM review WHERE complaint_id = ?1 AND ticket = ?2)",
            params![row.complaint, row.ticket, row.weight, row.at, row.evidence],
        )
    }

    fn placement(&self, row: &SealedPlacement<'_>) -> Result<(), StoreError> {
        if row.leaves_quarantine {
            self.run("DELETE FROM quarantine WHERE raw_id = ?1", params![row.raw])?;
        }
        if let Some((body, label)) = &row.erased {
            self.run("UPDATE raw_record SET body = ?2, label = ?3 WHERE id = ?1", params![row.raw, body, label])?;
            self.run("DELETE FROM file WHERE raw_id = ?1", params![row.raw])?;
            self.run("DELETE FROM warning WHERE raw_id = ?1", params![row.raw])?;
            let sql = "UPDATE occurrence SET body = NULL WHERE kind = 'set_aside' AND subject = ?1";
            self.run(sql, params![row.raw])?;
        }
        let sql = "UPDATE raw_record SET state = ?2, complaint_id = ?3, rule = ?4, settings_version = ?5 WHERE id = ?1";
        self.run(sql, params![row.raw, row.state, row.complaint, row.rule, row.settings_version])
    }

    fn message(&self, row: &SealedMessage<'_>) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO outbox (ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.ticket,
                row.ticket_id,
                row.version,
                row.exchange,
                row.routing_key,
                row.message_id,
                row.kind,
                row.at,
                row.body
            ],
        )
    }

    fn status(&self, row: &SealedStatus) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO status_update (ticket, platform_mark, sequence, update_mark, status, verdict, occurred_at, received_at,
                 body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.ticket,
                row.platform_mark,
                row.sequence,
                row.update_mark,
                row.status,
                row.verdict,
                row.occurred_at,
                row.received_at,
                row.body
            ],
        )
    }

    fn reply(&self, row: &SealedReply<'_>) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO reply (key, complaint_id, ticket, channel, status, state, attempts, at, next_at, body, error)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7, ?8, ?9) ON CONFLICT (key) DO NOTHING",
            params![
                row.key,
                row.complaint,
                row.ticket,
                row.channel,
                row.status,
                row.state,
                row.at,
                row.body,
                row.error
            ],
        )?;
        renew(self.tx, row.complaint)
    }

    /// Replies that are tried again, and those that a person told.
    fn replies_again(&self, part: &SealedChanges<'_>) -> Result<(), StoreError> {
        for retried in &part.retried_replies {
            // What a citizen was told is not sent again, and of one that was done before its complaint was erased nothing is left to send.
            let sql =
                "UPDATE reply SET state = 'pending', attempts = 0, next_at = ?2, done_at = NULL, body = coalesce(?3, body)
                WHERE id = ?1 AND state NOT IN ('sent', 'told') AND NOT EXISTS (SELECT 1 FROM complaint c
                    WHERE c.id = reply.complaint_id AND c.erased_at >= coalesce(reply.done_at, c.erased_at + 1))";
            self.run(sql, params![retried.reply, retried.at, retried.body])?;
            renew_of(self.tx, retried.reply)?;
        }
        for told in &part.told_replies {
            let sql = "UPDATE reply SET state = 'told', told = ?2, done_at = ?3
                WHERE id = ?1 AND state IN ('by_hand', 'dead', 'held', 'no_route')";
            self.run(sql, params![told.reply, told.told, told.at])?;
            renew_of(self.tx, told.reply)?;
        }
        Ok(())
    }

    fn reminders(&self, part: &SealedChanges<'_>) -> Result<(), StoreError> {
        for ticket in part.replanned {
            self.run("DELETE FROM reminder WHERE ticket = ?1 AND sent = 0", params![ticket.0])?;
        }
        for reminder in part.reminders {
            let sql = "INSERT INTO reminder (ticket, percent, at, sent) VALUES (?1, ?2, ?3, 0)";
            self.run(sql, params![reminder.ticket.0, reminder.percent, ms(reminder.at)])?;
        }
        for key in part.reminded {
            self.run("UPDATE reminder SET sent = 1 WHERE id = ?1", params![key.0])?;
        }
        for plan in part.alarms {
            self.run("DELETE FROM alarm WHERE ticket = ?1", params![plan.ticket.0])?;
            for (clock, at) in &plan.alarms {
                let sql = "INSERT INTO alarm (ticket, clock, at) VALUES (?1, ?2, ?3)";
                self.run(sql, params![plan.ticket.0, clock, ms(*at)])?;
            }
        }
        for (addressee, day) in part.noticed {
            let sql = "INSERT INTO notice_count (addressee, day, count) VALUES (?1, ?2, 1) ON CONFLICT (addressee) DO UPDATE SET
                 count = CASE WHEN day = excluded.day THEN count + 1 ELSE 1 END, day = excluded.day";
            self.run(sql, params![addressee, day.to_string()])?;
        }
        Ok(())
    }
}

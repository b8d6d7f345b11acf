//! A year of tickets, each with one complaint and with what became of it.

use std::sync::Arc;

use huiliu::complaint::{Complaint, Satisfaction};
use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::store::{
    Changes, ComplaintRow, DeliveryRow, NewRaw, OutboxRow, RatingRow, RawState, ReplyRow, StatusRow, Store, Verdict,
};
use huiliu::ticket::{
    Answer, Consequence, Evaluation, Handler, Rater, Route, Sender, Status, StatusUpdate, Ticket, Whistle,
};
use huiliu_city::World;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::UNIT_WITH_FEW;

/// Complaints of one commit.
const TOGETHER: usize = 2_000;
/// How long ago the first ticket was made.
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How long a ticket may take.
const LIMIT: SignedDuration = SignedDuration::from_hours(20 * 24);
/// One in so many of the tickets of long ago is not finished, and one in so many is of the unit with few.
const STUCK: usize = 1_000;
const FEW: usize = 1_000;
/// For one in so many another unit was called.
const CALLED: usize = 50;
const UNITS: [&str; 3] = ["urban-management", "housing", "command-center"];
const STREETS: [&str; 4] = ["371082001", "371082002", "371082003", "371082"];
const CATEGORIES: [&str; 3] = ["lighting", "road", "parking"];
pub(super) const CHANNELS: [&str; 3] = ["generic", "hotline", "sms"];
/// The feed that everything was delivered to.
const FEED: &str = "county";

/// One of some codes; far apart ones do not go together.
pub(super) fn one_of<'c>(codes: &[&'c str], serial: usize, stride: usize) -> &'c str {
    codes.get(serial / stride % codes.len()).copied().unwrap_or_default()
}

/// How many tickets there are, and until when they came.
pub(super) struct Year {
    pub count: usize,
    pub now: Timestamp,
}

impl Year {
    /// When the ticket with a serial number came.
    pub(super) fn at(&self, serial: usize) -> anyhow::Result<Timestamp> {
        let left = i32::try_from(self.count.saturating_sub(serial))?;
        Ok(self.now.checked_sub(YEAR / i32::try_from(self.count)? * left)?)
    }

    /// Writes tickets, each with one complaint: those of long ago finished, but for a few, and those of the last days not yet.
    pub(super) fn tickets(&self, store: &mut dyn Store, seed: u64) -> anyhow::Result<()> {
        let mut world = World::new(seed);
        for first in (0..self.count).step_by(TOGETHER) {
            let mut changes = Changes::default();
            for serial in first..self.count.min(first + TOGETHER) {
                let text = world.complaint_text(serial);
                self.row(serial)?.write(&mut changes, &text)?;
            }
            store.commit(changes)?;
        }
        Ok(())
    }

    fn row(&self, serial: usize) -> anyhow::Result<Row<'static>> {
        let id = i64::try_from(serial + 1)?;
        let is_new = serial >= self.count - self.count / 25;
        let status = match (is_new, serial % STUCK) {
            (true, rest) => [Status::Open, Status::Accepted, Status::InProgress, Status::Resolved][rest % 4],
            (false, 0) => Status::InProgress,
            (false, rest) if rest % 100 == 1 => Status::Resolved,
            (false, _) => Status::Closed,
        };
        Ok(Row {
            id,
            serial,
            receipt: format!("RC{id:010}"),
            channel: one_of(&CHANNELS, serial, 36),
            street: one_of(&STREETS, serial, 3),
            category: one_of(&CATEGORIES, serial, 12),
            unit: if serial % FEW == FEW / 2 { UNIT_WITH_FEW } else { one_of(&UNITS, serial, 1) },
            status,
            at: self.at(serial)?,
            is_new,
        })
    }
}

/// What one complaint, its ticket and its answer have in common.
struct Row<'c> {
    id: i64,
    serial: usize,
    receipt: String,
    channel: &'c str,
    street: &'c str,
    category: &'c str,
    unit: &'c str,
    status: Status,
    at: Timestamp,
    is_new: bool,
}

impl Row<'_> {
    fn write(&self, changes: &mut Changes, text: &str) -> anyhow::Result<()> {
        let title: String = text.chars().take(20).collect();
        self.complain(changes, &title, text);
        changes.tickets.push((TicketKey(self.id), self.ticket(title, text)?));
        self.leave(changes, text);
        self.answer(changes);
        self.rate(changes);
        Ok(())
    }

    fn ticket_id(&self) -> String {
        format!("RC-{:010}", self.id)
    }

    /// What a citizen said of a third of the results.
    fn said(&self) -> Option<Satisfaction> {
        let said = [Satisfaction::Satisfied, Satisfaction::Fair, Satisfaction::Dissatisfied];
        (self.status.is_final() && self.serial.is_multiple_of(3)).then(|| said[self.serial / 3 % 3])
    }

    fn ticket(&self, title: String, text: &str) -> anyhow::Result<Ticket> {
        let mut ticket = Ticket {
            id: self.ticket_id(),
            version: 1,
            status: self.status,
            complaints: 1,
            title,
            text: text.to_owned(),
            created_at: self.at,
            finished_at: self.status.is_final().then_some(self.at),
            route: Route {
                category: self.category.to_owned(),
                district: self.street.to_owned(),
                department: self.unit.to_owned(),
                grade: "green".to_owned(),
                due_at: Some(self.at.checked_add(LIMIT)?),
                ..Route::default()
            },
            evaluation: Evaluation {
                rounds: u32::from(self.status.is_final()),
                citizen: self.said(),
                ..Evaluation::default()
            },
            ..Ticket::default()
        };
        if self.serial.is_multiple_of(CALLED) {
            let unit = one_of(&UNITS, self.serial / CALLED, 1).to_owned();
            let (by, at) = (FEED.to_owned(), self.at);
            ticket.acts.whistles.push(Whistle { unit, by, at, responded_at: Some(at), score: None });
        }
        Ok(ticket)
    }

    /// The event of its making, to a feed that is pulled and, of the last days, to the broker.
    fn leave(&self, changes: &mut Changes, text: &str) {
        let (ticket, ticket_id) = (TicketKey(self.id), self.ticket_id());
        let body: Value = json!({
            "type": "huiliu.ticket.created", "id": format!("{ticket_id}.1"), "time": self.at.to_string(),
            "data": {
                "ticket_id": ticket_id, "version": 1, "status": self.status.wire(), "category": self.category,
                "district": self.street, "department": self.unit, "title": text, "text": text,
                "complaints": [{ "receipt_number": self.receipt, "channel": self.channel, "text": text }],
            },
        });
        if self.is_new {
            changes.outbox.push(OutboxRow {
                ticket,
                version: 1,
                exchange: "tickets".to_owned(),
                routing_key: format!("{}.created", self.category),
                message_id: format!("{ticket_id}.1"),
                kind: "created".to_owned(),
                at: self.at,
                ticket_id: ticket_id.clone(),
                body: body.clone(),
            });
        }
        changes.deliveries.push(DeliveryRow {
            destination: FEED.to_owned(),
            ticket,
            version: 1,
            message_id: format!("{ticket_id}.1.{FEED}"),
            kind: "created".to_owned(),
            at: self.at,
            ticket_id,
            body,
        });
    }

    fn rate(&self, changes: &mut Changes) {
        changes.ratings.extend(self.said().map(|value| RatingRow {
            ticket: TicketKey(self.id),
            complaint: Some(ComplaintKey(self.id)),
            rater: Rater::Citizen,
            round: 1,
            step: "result".to_owned(),
            value,
            consequence: Consequence::Nothing,
            at: self.at,
            by: "反映人".to_owned(),
            words: "路灯亮了，谢谢。".to_owned(),
        }));
    }

    /// What its unit said of it when it was finished; one in a hundred in the words of others.
    fn result(&self) -> String {
        match self.serial % 100 {
            0 => "已转相关部门处理。".to_owned(),
            _ => format!("经现场核实，{}号事项已于当日处理完毕。", self.id),
        }
    }

    fn complain(&self, changes: &mut Changes, title: &str, text: &str) {
        changes.raw.push(NewRaw {
            id: RawKey(self.id),
            channel: self.channel.to_owned(),
            record_id: self.receipt.clone(),
            digest: [0; 16],
            state: RawState::Complaint,
            complaint: Some(ComplaintKey(self.id)),
            rule: None,
            received_at: self.at,
            settings_version: "bench".to_owned(),
            source_file: None,
            body: json!({ "text": text }),
        });
        changes.complaints.push(Arc::new(ComplaintRow {
            id: ComplaintKey(self.id),
            receipt: self.receipt.clone(),
            raw_id: RawKey(self.id),
            ticket: TicketKey(self.id),
            district: Some(self.street.to_owned()),
            category: self.category.to_owned(),
            received_at: self.at,
            phone_hash: u64::try_from(self.id).ok(),
            id_hash: None,
            account_hash: None,
            complaint: Complaint {
                channel: self.channel.to_owned(),
                number: self.receipt.clone(),
                title: title.to_owned(),
                text: text.to_owned(),
                ..Complaint::default()
            },
        }));
    }

    fn answer(&self, changes: &mut Changes) {
        if !self.status.is_final() {
            return;
        }
        changes.statuses.push(StatusRow {
            ticket: TicketKey(self.id),
            verdict: Verdict::Accepted,
            received_at: self.at,
            update: StatusUpdate {
                update_id: format!("{}-1", self.id),
                platform: FEED.to_owned(),
                ticket_id: self.ticket_id(),
                sequence: 1,
                status: Some(self.status),
                act: None,
                occurred_at: self.at,
                department: Some(self.unit.to_owned()),
                result: Some(self.result()),
                results: Vec::new(),
                person: Some(Handler { name: "王建国".to_owned(), unit: None, phone: None }),
                attachments: Vec::new(),
                satisfaction: None,
                rating: None,
                due_at: None,
                sender: Sender::Token(FEED.to_owned()),
                trace: None,
            },
        });
        changes.replies.push(ReplyRow {
            key: self.receipt.clone(),
            complaint: ComplaintKey(self.id),
            ticket: TicketKey(self.id),
            channel: self.channel.to_owned(),
            status: self.status,
            at: self.at,
            answer: Answer {
                text: self.result(),
                department: self.unit.to_owned(),
                person: None,
                attachments: Vec::new(),
                at: self.at,
                ticket_id: self.ticket_id(),
            },
            held: None,
        });
    }
}

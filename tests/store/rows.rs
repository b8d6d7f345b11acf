//! Rows as the desk makes them.

use std::sync::Arc;

use huiliu::complaint::{AccountHash, Complaint, Reporter, RewardBasis, RewardEntry, Satisfaction, StatementKind};
use huiliu::key::{ComplaintKey, DecisionKey, RawKey, ReplyKey, TicketKey, TopicKey};
use huiliu::merge::{Contribution, Evidence};
use huiliu::store::{AlertRow, SightingRow, TopicRow};
use huiliu::store::{
    CallBackRow, Changes, ComplaintRow, DeliveryRow, MergeEvent, MergeKind, NewRaw, OutboxRow, QuarantineRow,
    RatingRow, RawState, ReplyRow, ReviewRow, StatementRow, StatusRow, Store, Told, ToldReply, Verdict,
};
use huiliu::ticket::AlertKind;
use huiliu::ticket::{
    Answer, AnswerFile, CallBackWay, Consequence, Every, Handler, Rater, Sender, Status, StatusUpdate, Ticket, Topic,
    TopicState, TopicStep,
};
use jiff::Timestamp;
use serde_json::json;

/// A moment, in seconds since 1970.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// What only the person knows; it must be gone after an erasure.
pub const NAME: &str = "欧阳青鱼";

pub fn raw(id: i64, record_id: &str, state: RawState) -> NewRaw {
    NewRaw {
        id: RawKey(id),
        channel: "c".into(),
        record_id: record_id.into(),
        digest: [u8::try_from(id).unwrap_or(0); 16],
        state,
        complaint: matches!(state, RawState::Complaint | RawState::Amendment | RawState::FollowUp)
            .then_some(ComplaintKey(id)),
        rule: (state == RawState::Discarded).then(|| "test".to_owned()),
        received_at: at(1_000 + id),
        settings_version: "v".into(),
        source_file: None,
        body: json!({ "id": record_id, "name": NAME }),
    }
}

/// Complaint `id` with number `n<id>` and receipt `R<id>` on a ticket; its record is the raw record of the same number.
pub fn complaint(id: i64, ticket: i64) -> ComplaintRow {
    let reporter = Reporter { name: Some(NAME.into()), phone: Some("13800001111".into()), ..Reporter::default() };
    ComplaintRow {
        id: ComplaintKey(id),
        receipt: format!("R{id}"),
        raw_id: RawKey(id),
        ticket: TicketKey(ticket),
        district: Some("d1".into()),
        category: "light".into(),
        received_at: at(1_000 + id),
        phone_hash: Some(u64::MAX - u64::try_from(id).unwrap_or(0)),
        id_hash: Some(7_000 + u64::try_from(id).unwrap_or(0)),
        account_hash: None,
        complaint: Complaint {
            channel: "c".into(),
            number: format!("n{id}"),
            title: "路灯不亮".into(),
            text: format!("{NAME}家门口的路灯不亮（{id}）"),
            reporter,
            ..Complaint::default()
        },
    }
}

/// Ticket `key` with id `T<key>`.
pub fn ticket(key: i64, complaints: u64, status: Status) -> (TicketKey, Ticket) {
    let ticket = Ticket {
        id: format!("T{key}"),
        version: 1,
        status,
        title: "路灯不亮".into(),
        text: "门口的路灯不亮".into(),
        created_at: at(1_000 + key),
        complaints,
        finished_at: status.is_final().then(|| at(2_000)),
        extended_until: Some(at(9_000)),
        sent_to: Some(vec!["urban".into()]),
        left: vec!["wages".into()],
        ..Ticket::default()
    };
    (TicketKey(key), ticket)
}

/// Complaint `id` with its record, alone on the open ticket of the same number.
pub fn lone(id: i64) -> Changes {
    Changes {
        raw: vec![raw(id, &format!("n{id}"), RawState::Complaint)],
        complaints: vec![Arc::new(complaint(id, id))],
        tickets: vec![ticket(id, 1, Status::Open)],
        ..Changes::default()
    }
}

/// Several complaints, each alone on its ticket.
pub fn lones(store: &mut dyn Store, ids: impl IntoIterator<Item = i64>) {
    ids.into_iter().for_each(|id| store.commit(lone(id)).unwrap());
}

pub fn evidence(weight: f64) -> Evidence {
    let contribution = Contribution {
        comparison: "title".into(),
        level: "same".into(),
        weight,
        zh: format!("都写到{NAME}"),
        en: format!("both name {NAME}"),
    };
    Evidence {
        settings_version: "v".into(),
        matched_complaint: 1,
        prior: -8.0,
        contributions: vec![contribution],
        passages: vec![NAME.into()],
        support: 0.0,
        weight,
        core_weight: weight,
        guard: None,
        auto_weight: 20.0,
        review_weight: 10.0,
    }
}

pub fn event(decision: i64, kind: MergeKind, complaint: i64, from: Option<i64>, to: i64) -> MergeEvent {
    MergeEvent {
        decision: DecisionKey(decision),
        at: at(3_000),
        kind,
        complaint: Some(ComplaintKey(complaint)),
        from: from.map(TicketKey),
        to: TicketKey(to),
        actor: "huiliu".into(),
        settings_version: "v".into(),
        evidence: Some(evidence(25.0)),
    }
}

pub fn review(complaint: i64, ticket: i64, weight: f64) -> ReviewRow {
    ReviewRow {
        complaint: ComplaintKey(complaint),
        ticket: TicketKey(ticket),
        at: at(3_000),
        evidence: evidence(weight),
    }
}

pub fn quarantine(raw: i64) -> QuarantineRow {
    QuarantineRow {
        raw_id: RawKey(raw),
        channel: "c".into(),
        at: at(1_000 + raw),
        problems: json!([{ "field": "text" }]),
    }
}

pub fn message(id: &str, ticket: i64) -> OutboxRow {
    OutboxRow {
        ticket: TicketKey(ticket),
        version: 1,
        exchange: "tickets".into(),
        routing_key: "created.d1".into(),
        message_id: id.into(),
        kind: "created".into(),
        at: at(3_000),
        ticket_id: format!("T{ticket}"),
        body: json!({ "id": id, "text": NAME }),
    }
}

pub fn delivery(destination: &str, id: &str, ticket: i64) -> DeliveryRow {
    let complaint = json!({ "receipt_number": format!("R{ticket}"), "title": NAME, "text": NAME });
    DeliveryRow {
        destination: destination.into(),
        ticket: TicketKey(ticket),
        ticket_id: format!("T{ticket}"),
        version: 1,
        message_id: id.into(),
        kind: "created".into(),
        at: at(3_000),
        body: json!({ "id": id, "data": { "ticket_id": "T", "text": NAME, "complaints": [complaint] } }),
    }
}

pub fn reply(key: &str, complaint: i64, channel: &str, second: i64) -> ReplyRow {
    ReplyRow {
        key: key.into(),
        complaint: ComplaintKey(complaint),
        ticket: TicketKey(complaint),
        channel: channel.into(),
        status: Status::Resolved,
        at: at(second),
        answer: Answer {
            text: format!("{NAME}：已修好"),
            department: "城管局".into(),
            person: Some(Handler {
                name: "王工".into(),
                unit: Some("照明科".into()),
                phone: Some("0631-7562345".into()),
            }),
            attachments: vec![AnswerFile { url: "https://p.example/a.jpg".into(), name: None, media_type: None }],
            at: at(second),
            ticket_id: format!("T{complaint}"),
        },
        held: None,
    }
}

pub fn update(ticket: i64, id: &str, sequence: i64, status: Status, verdict: Verdict) -> StatusRow {
    StatusRow {
        ticket: TicketKey(ticket),
        verdict,
        received_at: at(4_000),
        update: StatusUpdate {
            update_id: id.into(),
            platform: "p".into(),
            ticket_id: format!("T{ticket}"),
            sequence,
            status: Some(status),
            act: None,
            occurred_at: at(4_000),
            department: None,
            result: None,
            results: Vec::new(),
            person: None,
            attachments: Vec::new(),
            satisfaction: None,
            rating: None,
            due_at: None,
            sender: Sender::User(None),
            trace: None,
        },
    }
}

/// What a source states of a complaint; the mark is the one given.
pub fn statement(complaint: i64, mark: u8) -> StatementRow {
    StatementRow {
        complaint: ComplaintKey(complaint),
        raw_id: RawKey(complaint),
        mark: [mark; 16],
        kind: StatementKind::Rating,
        at: at(3_000),
        received_at: at(3_001),
        text: format!("{NAME}：不满意"),
        satisfaction: Some(Satisfaction::Dissatisfied),
    }
}

/// What the citizen of a complaint, or a supervisor of the whole ticket, says of its result.
pub fn rating(ticket: i64, complaint: Option<i64>, rater: Rater) -> RatingRow {
    RatingRow {
        ticket: TicketKey(ticket),
        complaint: complaint.map(ComplaintKey),
        rater,
        round: 2,
        step: "very-bad".into(),
        value: Satisfaction::Dissatisfied,
        consequence: Consequence::Restarted,
        at: at(4_000),
        by: "ann".into(),
        words: format!("{NAME}：没有人来过"),
    }
}

pub fn call_back(complaint: i64, second: i64) -> CallBackRow {
    CallBackRow {
        complaint: ComplaintKey(complaint),
        ticket: TicketKey(complaint),
        round: 1,
        way: CallBackWay::Person,
        at: at(second),
    }
}

pub fn sighting(subject: &str, complaint: i64, district: &str, second: i64) -> SightingRow {
    let (subject, district) = (subject.to_owned(), district.to_owned());
    SightingRow { subject, complaint: ComplaintKey(complaint), district, at: at(second) }
}

/// Two points by a rule, of a complaint and an account.
pub fn reward(complaint: i64, rule: &str, round: u32, account: u64, second: i64) -> RewardEntry {
    RewardEntry {
        complaint: ComplaintKey(complaint),
        rule: rule.to_owned(),
        round,
        account: AccountHash(account),
        basis: RewardBasis::Accepted,
        points: 2,
        at: at(second),
        taken_back_at: None,
    }
}

pub fn topic(id: i64, state: TopicState, follow_up: Option<i64>) -> TopicRow {
    let step = TopicStep { at: at(30), by: "ann".to_owned(), state: Some(state), words: format!("{NAME}来会商过") };
    let topic = Topic {
        rule: Some("bus".to_owned()),
        area: "440308001".to_owned(),
        title: format!("{NAME}说的公交"),
        state,
        every: Some(Every::Quarter),
        follow_up_at: follow_up.map(at),
        made_at: at(20),
        changed_at: at(30),
        steps: vec![step],
    };
    TopicRow { id: TopicKey(id), topic }
}

pub fn alert(kind: AlertKind, area: &str, second: i64, complaints: &[i64]) -> AlertRow {
    AlertRow {
        kind,
        code: "rule".to_owned(),
        area: area.to_owned(),
        at: at(second),
        count: 3,
        usual_tenths: Some(7),
        ticket: TicketKey(1),
        stands: kind == AlertKind::Surge,
        complaints: complaints.iter().copied().map(ComplaintKey).collect(),
    }
}

pub fn told(reply: i64, second: i64) -> ToldReply {
    let told = Told { by: "ann".into(), at: at(second), how: "电话告知本人".into() };
    ToldReply { reply: ReplyKey(reply), told }
}

//! Every event on the wire, for every kind of reader, as V1 has it for ever: these files may only gain members.
//!
//! `HULIU_GOLDEN=write cargo nextest run -p huiliu -E 'test(golden::)'` writes them anew; the difference is what consumers will see.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use huiliu::clock::SystemClock;
use huiliu::complaint::{
    Attachment, AttachmentSource, Complaint, ComplaintState, Kind, Place, Point, Reporter, Satisfaction,
};
use huiliu::forward::wire::v1::read_status_update;
use huiliu::forward::{Event, Outlets, messages};
use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::mapping::Loading;
use huiliu::pack::Pack;
use huiliu::registry::factories;
use huiliu::store::{ComplaintView, TicketDetail};
use huiliu::ticket::{
    ActBook, ActKind, Addressee, Alert, AlertKind, AnswerFile, Asked, Assignment, CallBack, CallBackWay, Change, Claim,
    ClockBook, ClockRun, Consequence, DayEnd, Deed, Evaluation, EventKind, Extension, Handler, Hold, Instruction,
    Notice, NoticedClock, Outside, Rater, Rating, Route, RouteKey, RunEnd, Score, Status, Submission, Ticket,
    TimeLimit, TimeUnit, ToldTopic, TopicState, Whistle,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::contract::published;
use crate::town::pack;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn complaint(number: i64, reporter: Reporter) -> ComplaintView {
    ComplaintView {
        id: ComplaintKey(number),
        receipt: format!("RC261118000000{number}"),
        ticket: TicketKey(1),
        raw_id: RawKey(number),
        received_at: at(number),
        erased: false,
        revision: 0,
        state: ComplaintState::Open,
        complaint: Complaint {
            channel: "hotline".to_owned(),
            number: format!("2026111800{number}"),
            kind: Kind::ALL[0].0,
            title: "青鱼滩路路灯不亮".to_owned(),
            text: "青鱼滩路12号门前路灯不亮，请回电13800001111。".to_owned(),
            reporter,
            publish: number == 1,
            place: Place {
                address: Some("青鱼滩路12号".to_owned()),
                street: Some("崖头街道".to_owned()),
                community: Some("青鱼滩社区".to_owned()),
                point: Some(Point { lat: 37.165, lng: 122.486 }),
                ..Place::default()
            },
            occurred_at: Some(at(-3_600)),
            received_at: Some(at(-1_800)),
            source_deadline: Some(at(86_400)),
            extra: vec![("work_id".to_owned(), "W-1".to_owned()), ("note".to_owned(), "回电13800001111".to_owned())],
            attachments: vec![Attachment {
                source: AttachmentSource::Url("https://example.invalid/1.jpg".to_owned()),
                name: Some("王小明13800001111.jpg".to_owned()),
            }],
            ..Complaint::default()
        },
    }
}

/// Clocks: one that was kept, one that stands still.
fn clocks() -> Vec<ClockRun> {
    let run = |clock: &str, unit, amount| ClockRun {
        clock: clock.to_owned(),
        started_at: at(0),
        limit: TimeLimit { amount, unit, until: DayEnd::SameTime, counts_first_day: false },
        pauses: Vec::new(),
        paused_at: None,
        due_at: at(7_200),
        told: vec![(0, 0)],
        ended: None,
        reasons: vec!["签收：自 2026-11-18 08:00 起，2 小时，至 2026-11-18 10:00".to_owned()],
    };
    vec![
        ClockRun { ended: Some((at(60), RunEnd::Stopped)), ..run("sign", TimeUnit::Minutes, 120) },
        ClockRun { paused_at: Some(at(100)), ..run("contact", TimeUnit::WorkingDays, 1) },
    ]
}

/// A ticket with two complaints, one of somebody who asked for secrecy.
fn detail(status: Status) -> TicketDetail {
    let open = Reporter {
        name: Some("王小明".to_owned()),
        phone: Some("13800001111".to_owned()),
        id_number: Some("110101199003070134".to_owned()),
        ..Reporter::default()
    };
    let secret = Reporter { secret: true, ..open.clone() };
    let ticket = Ticket {
        id: "RC-20261118-000001".to_owned(),
        version: 3,
        status,
        route: Route {
            category: "lighting".to_owned(),
            district: "371082".to_owned(),
            department: "urban-management".to_owned(),
            basis: Some("法定".to_owned()),
            grade: "blue".to_owned(),
            due_at: Some(at(400_000)),
            reasons: vec!["事项：路灯".to_owned(), "区划：荣成市".to_owned()],
        },
        title: "青鱼滩路路灯不亮".to_owned(),
        text: "青鱼滩路12号门前路灯不亮，请回电13800001111。".to_owned(),
        address: Some("青鱼滩路12号".to_owned()),
        point: Some(Point { lat: 37.16, lng: 122.48 }),
        created_at: at(0),
        complaints: 2,
        successor: (status == Status::Absorbed).then(|| "RC-20261118-000002".to_owned()),
        recurrence_of: Some("RC-20260101-000009".to_owned()),
        clocks: ClockBook { runs: clocks(), seen: Some(status), facts: String::new() },
        evaluation: match status {
            Status::Resolved => Evaluation {
                rounds: 2,
                restarts: 1,
                citizen: Some(Satisfaction::Dissatisfied),
                supervisor: Some(Satisfaction::Fair),
                ..Evaluation::default()
            },
            _ => Evaluation::default(),
        },
        ..Ticket::default()
    };
    TicketDetail { key: TicketKey(1), ticket, complaints: vec![complaint(1, open), complaint(2, secret)] }
}

/// What a ticket keeps of acts.
fn acts() -> ActBook {
    let (unit, by) = ("housing".to_owned(), "command".to_owned());
    let reason = "承办单位：住房和城乡建设局，command 指派".to_owned();
    let assigned = Assignment { unit: unit.clone(), kind: ActKind::Assign, by: Some(by.clone()), at: at(10), reason };
    let score = Some(Score { speed: 5, quality: 4 });
    ActBook {
        assigned: Some(assigned),
        co_units: vec!["power".to_owned()],
        whistles: vec![Whistle { unit, by, at: at(20), responded_at: Some(at(30)), score }],
        instructions: vec![Instruction { author: "王副市长".to_owned(), at: at(40) }],
        claim: Some(Claim { leader: "李书记".to_owned(), at: at(45) }),
        extension: Some(Extension {
            at: at(46),
            until: Some(at(500)),
            before: Status::Accepted,
            state: Asked::Refused,
        }),
        outside: Some(Outside { to: "petition".to_owned(), number: Some("XF-1".to_owned()), at: at(50) }),
        ..ActBook::default()
    }
}

/// What an act changed, and what was said with it.
fn act(kind: ActKind) -> (Status, Change) {
    let deed = Deed { by: Some("command".to_owned()), ..Deed::of(kind) };
    let unit = Some("housing".to_owned());
    let deed = match kind {
        ActKind::Assign => {
            Deed { unit, former_unit: Some("urban-management".to_owned()), units: vec!["power".to_owned()], ..deed }
        }
        ActKind::Escalate => Deed { unit: Some("command-center".to_owned()), by: None, ..deed },
        ActKind::Whistle => Deed { units: vec!["housing".to_owned()], ..deed },
        ActKind::Respond => Deed { unit, in_time: Some(true), ..deed },
        ActKind::Score => Deed { unit, score: Some(Score { speed: 5, quality: 4 }), ..deed },
        _ => Deed { leader: Some("王副市长".to_owned()), ..deed },
    };
    let note = Some("请尽快，电话13800001111".to_owned());
    (Status::InProgress, Change { note, deed: Some(deed), ..Change::default() })
}

/// What a citizen said in a call-back.
fn rated(receipt: Option<String>) -> Change {
    let rating = Rating {
        rater: Rater::CallBack,
        round: 2,
        step: "dissatisfied".to_owned(),
        step_name: "不满意".to_owned(),
        points: Some(0),
        value: Satisfaction::Dissatisfied,
        instead_of: None,
        consequence: Consequence::TooOften,
    };
    let (satisfaction, note) = (Some(Satisfaction::Dissatisfied), Some("没有修好".to_owned()));
    Change { receipt, satisfaction, note, rating: Some(rating), ..Change::default() }
}

/// Who is to call a citizen back.
fn called_back(receipt: Option<String>) -> Change {
    let to = Addressee {
        code: "desk".to_owned(),
        name: "督查值班室".to_owned(),
        role: "desk".to_owned(),
        unit: "command-center".to_owned(),
        phone: Some("13900000009".to_owned()),
        is_copy: false,
    };
    let call_back = CallBack { way: CallBackWay::Person, round: 1, to: vec![to] };
    Change { receipt, call_back: Some(call_back), ..Change::default() }
}

/// What watching tells.
fn alerted(kind: AlertKind) -> Change {
    let is_surge = kind == AlertKind::Surge;
    let (code, name) = if is_surge { ("school-bus", "公交班次突增") } else { ("epidemic", "疫情预警") };
    let alert = Alert {
        kind,
        code: code.to_owned(),
        name: name.to_owned(),
        tag: is_surge.then(|| "traffic".to_owned()),
        category: None,
        district: is_surge.then(|| "371082001".to_owned()),
        count: if is_surge { 5 } else { 1 },
        hours: is_surge.then_some(24),
        usual_tenths: is_surge.then_some(12),
        tickets: vec!["RC-20261118-000001".to_owned()],
    };
    Change { alert: Some(alert), ..Change::default() }
}

/// A topic that was decided on.
fn gathered() -> Change {
    let topic = ToldTopic {
        id: 7,
        title: "公交班次，王先生13800001111反映".to_owned(),
        rule: Some("bus".to_owned()),
        state: TopicState::Decided,
        tickets: 12,
        follow_up_at: Some(at(4_000)),
    };
    Change { topic: Some(topic), ..Change::default() }
}

fn change(kind: EventKind) -> (Status, Change) {
    let receipt = Some("RC2611180000002".to_owned());
    let other_ticket = Some("RC-20261118-000002".to_owned());
    match kind {
        EventKind::Created => (Status::Open, Change { receipt, ..Change::default() }),
        EventKind::Joined | EventKind::Split => (Status::Open, Change { receipt, other_ticket, ..Change::default() }),
        EventKind::Amended => (Status::InProgress, Change { receipt, ..Change::default() }),
        EventKind::Absorbed => (Status::Absorbed, Change { other_ticket, ..Change::default() }),
        EventKind::Status => {
            let note = Some("已修复，联系13800001111".to_owned());
            let phone = Some("13800003333".to_owned());
            let person = Some(Handler { name: "王工".to_owned(), unit: Some("照明科".to_owned()), phone });
            let (name, media_type) = (Some("修好后.jpg".to_owned()), Some("image/jpeg".to_owned()));
            let attachments = vec![AnswerFile { url: "https://p.example/a.jpg".to_owned(), name, media_type }];
            let satisfaction = Some(Satisfaction::Satisfied);
            (Status::Resolved, Change { note, satisfaction, person, attachments, ..Change::default() })
        }
        EventKind::Notice => {
            let to = |code: &str, is_copy| Addressee {
                code: code.to_owned(),
                name: "李局".to_owned(),
                role: "leader".to_owned(),
                unit: "urban-management".to_owned(),
                phone: Some("13900000003".to_owned()),
                is_copy,
            };
            let notice = Notice {
                code: "supervise".to_owned(),
                title: "督办单".to_owned(),
                clock: Some(NoticedClock { code: "sign".to_owned(), name: "签收".to_owned(), due_at: at(400) }),
                text: "【督办单】工单 RC-20261118-000001：签收时限已于 2026-11-18 10:00 超时（2 小时）。".to_owned(),
                round: 1,
                to: vec![to("leader", false), to("desk", true)],
                tickets: Vec::new(),
            };
            (Status::Open, Change { notice: Some(notice), ..Change::default() })
        }
        EventKind::Reminder => (Status::Accepted, Change { percent_of_time: Some(80), ..Change::default() }),
        EventKind::Rated => (Status::Resolved, rated(receipt)),
        EventKind::CallbackDue => (Status::Resolved, called_back(receipt)),
        EventKind::Reopened => (Status::Reopened, Change { note: Some("重新办理".to_owned()), ..Change::default() }),
        EventKind::Urged => {
            let (note, count) = (Some("请尽快，13800001111".to_owned()), Some(2));
            (Status::InProgress, Change { receipt, note, count, stated_at: Some(at(50)), ..Change::default() })
        }
        EventKind::Withdrawn => {
            let note = Some("已自行解决".to_owned());
            (Status::Closed, Change { receipt, note, stated_at: Some(at(50)), ..Change::default() })
        }
        EventKind::Closed => (Status::InProgress, Change { receipt, ..Change::default() }),
        EventKind::Assigned => act(ActKind::Assign),
        EventKind::Escalated => act(ActKind::Escalate),
        EventKind::Whistled => act(ActKind::Whistle),
        EventKind::Responded => act(ActKind::Respond),
        EventKind::Scored => act(ActKind::Score),
        EventKind::Instructed => act(ActKind::Instruct),
        EventKind::Claimed => act(ActKind::Claim),
        EventKind::Surge => (Status::Open, alerted(AlertKind::Surge)),
        EventKind::Warned => (Status::Open, alerted(AlertKind::Warning)),
        EventKind::Topic => (Status::Open, gathered()),
        EventKind::Held => (Status::Open, Change { receipt, ..Change::default() }),
        EventKind::Submitted => (Status::InProgress, Change::default()),
        EventKind::SentBack => {
            (Status::InProgress, Change { note: Some("请写明时间，联系13800001111".to_owned()), ..Change::default() })
        }
        EventKind::Left => (Status::Accepted, Change { receipt, ..Change::default() }),
    }
}

/// An answer that waits for approval: nobody is told its words.
fn submission() -> Submission {
    let update = json!({
        "update_id": "u1", "platform": "command", "ticket_id": "RC-20261118-000001", "sequence": 3,
        "status": "resolved", "occurred_at": "2026-11-18T09:00:00+08:00", "result": "还没有人看过的话",
    });
    let update = read_status_update(update.to_string().as_bytes()).unwrap();
    Submission { code: "look".to_owned(), since: at(50), update }
}

/// Moves the ticket to the water works; where it was before. Both feeds had it.
fn leave(ticket: &mut Ticket) -> RouteKey {
    let former = RouteKey::from(&ticket.route);
    ticket.sent_to = Some(vec!["urban".to_owned(), "command".to_owned()]);
    "water".clone_into(&mut ticket.route.category);
    "water".clone_into(&mut ticket.route.department);
    former
}

/// The messages of an event, by the name of their golden file.
fn written(kind: EventKind, rules: &huiliu::pack::Rules) -> Vec<(String, Value)> {
    let outlets = Outlets { tickets: "huiliu.tickets".to_owned(), feeds: "huiliu.feeds".to_owned(), files: None };
    let (status, change) = change(kind);
    let mut detail = detail(status);
    if change.deed.is_some() {
        detail.ticket.acts = acts();
    }
    match kind {
        EventKind::Held => detail.ticket.hold = Some(Hold { code: "look".to_owned(), since: at(5) }),
        EventKind::Submitted => detail.ticket.submission = Some(submission()),
        _ => {}
    }
    if kind == EventKind::Withdrawn {
        detail.complaints[1].state = ComplaintState::Withdrawn;
    }
    let former = (kind == EventKind::Left).then(|| leave(&mut detail.ticket));
    // A ticket leaves by an event of another kind, which its new place gets.
    let happened = if former.is_some() { EventKind::Amended } else { kind };
    let trace = (kind == EventKind::Created).then_some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let event = Event { kind: happened, detail: &detail, about: None, change, former, at: at(60), trace };
    let audience = |exchange: &str, key: &str| match key.split('.').next() {
        _ if exchange == "huiliu.tickets" => "public",
        Some("command") => "full",
        _ => "masked",
    };
    let rows = messages(&event, &rules.feeds, &outlets).outbox;
    rows.into_iter()
        .map(|row| {
            let came = if kind == EventKind::Left && !row.kind.contains(".left.") { "-came" } else { "" };
            let name = format!("{}{came}.{}.json", kind.word(), audience(&row.exchange, &row.routing_key));
            let properties = json!({
                "exchange": row.exchange, "routing_key": row.routing_key, "message_id": row.message_id, "type": row.kind,
            });
            (name, json!({ "properties": properties, "body": row.body }))
        })
        .collect()
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/golden").join(name)
}

#[test]
fn every_event_is_what_it_was() {
    let factories = factories();
    let loading = Loading::away(&factories, Arc::new(SystemClock));
    let pack = Pack::read(&pack(), &loading).unwrap();
    let write = std::env::var("HULIU_GOLDEN").is_ok_and(|word| word == "write");
    let schema = published("ticket-v1.schema.json");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let mut names = Vec::new();
    for kind in EventKind::ALL {
        for (name, message) in written(kind, &pack.rules) {
            let errors: Vec<String> = validator
                .iter_errors(&message["body"]["data"])
                .map(|error| format!("{error} {}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            assert_eq!(message["body"]["dataschema"], schema["$id"], "{name}");
            if write {
                std::fs::write(golden(&name), format!("{}\n", serde_json::to_string_pretty(&message).unwrap()))
                    .unwrap();
            }
            let known: Value = serde_json::from_str(&std::fs::read_to_string(golden(&name)).unwrap()).unwrap();
            assert_eq!(known, message, "{name}: V1 only gains members; see the head of this file");
            names.push(name);
        }
    }
    assert_eq!(
        names.len(),
        78 + 4,
        "26 events for three readers, and of one that waits for none; a move for those who lose and those who gain the ticket"
    );
}

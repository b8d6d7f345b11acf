//! How long each page of the console takes for somebody who sees the whole city, and for people with narrow scopes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use huiliu::clock::{Clock as _, SystemClock};
use huiliu::complaint::Complaint;
use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::store::{Changes, ComplaintRow, Database, KeyRing, NewRaw, RawState, ReplyRow, Store, Vault, open};
use huiliu::ticket::{Answer, Route, Status, Ticket};
use huiliu_adapter_http::HttpClient;
use huiliu_city::World;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::Arguments;
use crate::target::Target;

/// Complaints of one commit.
const TOGETHER: usize = 2_000;
/// How long ago the first ticket was made.
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How long a ticket may take.
const LIMIT: SignedDuration = SignedDuration::from_hours(20 * 24);
/// One in so many of the tickets of long ago is not finished, and one in so many is of the unit with few.
const STUCK: usize = 1_000;
const FEW: usize = 1_000;
const UNITS: [&str; 3] = ["urban-management", "housing", "command-center"];
const UNIT_WITH_FEW: &str = "human-resources";
const STREETS: [&str; 4] = ["371082001", "371082002", "371082003", "371082"];
const CATEGORIES: [&str; 3] = ["lighting", "road", "parking"];
const CHANNELS: [&str; 3] = ["generic", "hotline", "sms"];
const PASSWORD: &str = "Seven-Roads-7788";
const PATIENCE: Duration = Duration::from_secs(300);

/// Who looks: a name, and the arguments with which they are added.
const PEOPLE: [(&str, &[&str]); 3] = [
    ("whole city", &["whole", "--role", "operator"]),
    ("one unit, 0.1 %", &["unit", "--role", "clerk", "--department", UNIT_WITH_FEW]),
    ("one street, 25 %", &["street", "--role", "clerk", "--district", "371082003"]),
];

/// The pages, below `/console`. `TICKET` is the newest that somebody sees, words are those of a page about lamps.
const PAGES: [&str; 26] = [
    "",
    "/tickets",
    "/tickets?status=closed",
    "/tickets?status=in_progress",
    "/tickets?overdue=true",
    "/tickets?department=human-resources",
    "/tickets?channel=sms&category=road&status=resolved",
    "/tickets?received_from=FROM&received_before=BEFORE",
    "/tickets?due_from=FROM&due_before=BEFORE&status=closed",
    "/tickets?words=%E8%B7%AF%E7%81%AF",
    "/tickets?words=%E8%B7%AF%E7%81%AF&status=in_progress",
    "/tickets/TICKET",
    "/search",
    "/search?words=%E8%B7%AF%E7%81%AF",
    "/search?overdue=true",
    "/review",
    "/handling",
    "/callbacks",
    "/alerts",
    "/topics",
    "/unanswered",
    "/channels",
    "/replies?state=sent",
    "/deliveries",
    "/quarantine",
    "/bulletins",
];

/// Fills a store, starts a gateway over it, and asks for every page.
#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let count = arguments.count.unwrap_or(1_000_000);
    let mut target = Target::prepare(arguments, "pages").await?;
    let began = Instant::now();
    let folder = target.sandbox.folder.clone();
    let vault = Vault::new(&KeyRing::read(&folder.join("var/keys"))?)?;
    let now = SystemClock.now();
    let database = folder.join("var/huiliu.db");
    {
        let mut store = open(&Database::Sqlite(database.clone()), vault)?.writer;
        fill(&mut *store, arguments.seed, count, now)?;
        while store.index_words(1)?.indexed > 0 {}
    }
    // A reply to each is written as one that was sent: one attempt after the other would take hours.
    rusqlite::Connection::open(&database)?
        .execute_batch("UPDATE reply SET state = 'sent', done_at = at; PRAGMA wal_checkpoint(TRUNCATE);")?;
    let bytes = std::fs::metadata(&database)?.len();
    println!("{count} tickets were written in {} s; {} MiB", began.elapsed().as_secs(), bytes >> 20);
    let passwords = people(&target).await?;
    target.sandbox.start().await?;
    for ((who, added), first) in PEOPLE.iter().zip(passwords) {
        let name = added.first().copied().unwrap_or_default();
        let token = sign_in(&target, name, &first).await?;
        println!(
            "\n{who}\n{:<58} {:>6} {:>8} {:>8} {:>8} {:>8}",
            "page", "status", "p50 ms", "p95 ms", "p99 ms", "KiB"
        );
        let newest = ask(&target, &token, "/api/v1/tickets?limit=1").await?;
        let newest: Value = serde_json::from_slice(&newest.1)?;
        let newest = newest["tickets"][0]["id"].as_str().unwrap_or_default().to_owned();
        let day = |ago: i64| {
            let at = now.checked_sub(SignedDuration::from_hours(ago * 24)).unwrap_or(now);
            at.strftime("%Y-%m-%d").to_string()
        };
        for page in PAGES {
            let path = page.replace("TICKET", &newest).replace("FROM", &day(200)).replace("BEFORE", &day(170));
            measure(&target, &token, &path, arguments.seconds).await?;
        }
    }
    target.sandbox.stop().await?;
    Ok(())
}

async fn people(target: &Target) -> anyhow::Result<Vec<String>> {
    let mut passwords = Vec::new();
    for (_, added) in PEOPLE {
        let told = target.sandbox.command(&[&["people", "add"], added].concat()).await?;
        passwords.push(told.trim().rsplit(' ').next().unwrap_or_default().to_owned());
    }
    Ok(passwords)
}

async fn sign_in(target: &Target, name: &str, first: &str) -> anyhow::Result<String> {
    let answer = post(target, "", "sessions", &json!({ "name": name, "password": first })).await?;
    let token = answer["token"].as_str().unwrap_or_default().to_owned();
    anyhow::ensure!(!token.is_empty(), "{name} is not let in: {answer}");
    post(target, &token, "me/password", &json!({ "old": first, "new": PASSWORD })).await?;
    Ok(token)
}

async fn post(target: &Target, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = Request::builder()
        .method("POST")
        .uri(format!("{}/api/v1/{path}", target.sandbox.url))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))?;
    Ok(serde_json::from_slice(&HttpClient::new().send(request, PATIENCE).await?.body)?)
}

async fn ask(target: &Target, token: &str, path: &str) -> anyhow::Result<(u16, Bytes)> {
    let request = Request::builder()
        .uri(format!("{}{path}", target.sandbox.url))
        .header("authorization", format!("Bearer {token}"))
        .header("cookie", format!("huiliu_session={token}"))
        .body(Bytes::new())?;
    let answer = HttpClient::new().send(request, PATIENCE).await?;
    Ok((answer.status.as_u16(), answer.body))
}

#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
async fn measure(target: &Target, token: &str, path: &str, times: u64) -> anyhow::Result<()> {
    let (mut took, mut last) = (Vec::new(), (0, Bytes::new()));
    for _ in 0..times.max(1) {
        let began = Instant::now();
        last = ask(target, token, &format!("/console{path}")).await?;
        took.push(began.elapsed().as_micros() as f64 / 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len() - 1)).copied().unwrap_or_default();
    let (p50, p95, p99, kib) = (at(50), at(95), at(99), last.1.len() / 1_024);
    println!("{:<58} {:>6} {p50:>8.1} {p95:>8.1} {p99:>8.1} {kib:>8}", path, last.0);
    Ok(())
}

/// Writes tickets, each with one complaint: those of long ago finished, but for a few, and those of the last days not yet.
fn fill(store: &mut dyn Store, seed: u64, count: usize, now: Timestamp) -> anyhow::Result<()> {
    let mut world = World::new(seed);
    for first in (0..count).step_by(TOGETHER) {
        let mut changes = Changes::default();
        for serial in first..count.min(first + TOGETHER) {
            let text = world.complaint_text(serial);
            add(&mut changes, serial, count, now, text)?;
        }
        store.commit(changes)?;
    }
    Ok(())
}

/// One of some codes; far apart ones do not go together.
fn one_of<'c>(codes: &[&'c str], serial: usize, stride: usize) -> &'c str {
    codes.get(serial / stride % codes.len()).copied().unwrap_or_default()
}

/// What one complaint, its ticket and its answer have in common.
struct Row<'c> {
    id: i64,
    receipt: String,
    channel: &'c str,
    street: &'c str,
    category: &'c str,
    unit: &'c str,
    status: Status,
    at: Timestamp,
}

impl Row<'_> {
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
        if self.status.is_final() {
            changes.replies.push(ReplyRow {
                key: self.receipt.clone(),
                complaint: ComplaintKey(self.id),
                ticket: TicketKey(self.id),
                channel: self.channel.to_owned(),
                status: self.status,
                at: self.at,
                answer: Answer {
                    text: "已经修好了。".to_owned(),
                    department: self.unit.to_owned(),
                    person: None,
                    attachments: Vec::new(),
                    at: self.at,
                    ticket_id: format!("RC-{:010}", self.id),
                },
                held: None,
            });
        }
    }
}

fn add(changes: &mut Changes, serial: usize, count: usize, now: Timestamp, text: String) -> anyhow::Result<()> {
    let id = i64::try_from(serial + 1)?;
    let left = i32::try_from(count - serial)?;
    let at = now.checked_sub(YEAR / i32::try_from(count)? * left)?;
    let is_new = serial >= count - count / 25;
    let status = match (is_new, serial % STUCK) {
        (true, rest) => [Status::Open, Status::Accepted, Status::InProgress, Status::Resolved][rest % 4],
        (false, 0) => Status::InProgress,
        (false, rest) if rest % 100 == 1 => Status::Resolved,
        (false, _) => Status::Closed,
    };
    let unit = if serial % FEW == FEW / 2 { UNIT_WITH_FEW } else { one_of(&UNITS, serial, 1) };
    let (street, category) = (one_of(&STREETS, serial, 3), one_of(&CATEGORIES, serial, 12));
    let channel = one_of(&CHANNELS, serial, 36);
    let title: String = text.chars().take(20).collect();
    let (key, receipt) = (TicketKey(id), format!("RC{id:010}"));
    let row = Row { id, receipt, channel, street, category, unit, status, at };
    row.complain(changes, &title, &text);
    let due_at = at.checked_add(LIMIT)?;
    let ticket = Ticket {
        id: format!("RC-{id:010}"),
        version: 1,
        status,
        complaints: 1,
        title,
        text,
        created_at: at,
        finished_at: status.is_final().then_some(at),
        route: Route {
            category: category.to_owned(),
            district: street.to_owned(),
            department: unit.to_owned(),
            grade: "green".to_owned(),
            due_at: Some(due_at),
            ..Route::default()
        },
        ..Ticket::default()
    };
    changes.tickets.push((key, ticket));
    row.answer(changes);
    Ok(())
}

//! How long each page of the console takes for somebody who sees the whole city, and for people with narrow scopes.

mod beside;
mod fill;

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use huiliu::clock::{Clock as _, SystemClock};
use huiliu::store::{Database, KeyRing, Vault, open};
use huiliu_adapter_http::HttpClient;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::Arguments;
use crate::target::Target;

const UNIT_WITH_FEW: &str = "human-resources";
const PASSWORD: &str = "Seven-Roads-7788";
const PATIENCE: Duration = Duration::from_secs(300);

/// Somebody who looks: who it is, the name and the arguments with which they are added, and at which pages.
struct Person {
    who: &'static str,
    name: &'static str,
    added: &'static [&'static str],
    pages: &'static [&'static str],
}

const PEOPLE: [Person; 5] = [
    Person { who: "whole city", name: "whole", added: &["--role", "operator"], pages: &PAGES },
    Person {
        who: "one unit, 0.1 %",
        name: "unit",
        added: &["--role", "operator", "--department", UNIT_WITH_FEW],
        pages: &PAGES,
    },
    Person {
        who: "one street, 25 %",
        name: "street",
        added: &["--role", "operator", "--district", "371082003"],
        pages: &PAGES,
    },
    Person { who: "auditor", name: "auditor", added: &["--role", "auditor"], pages: &AUDITED },
    Person { who: "who looks after people", name: "security", added: &["--role", "security"], pages: &["/people"] },
];

/// The pages, below `/console`. `TICKET` and `REPLY` are the newest that somebody sees, words are those of a page about lamps, topic 1 is
/// the one with most supporters.
const PAGES: [&str; 54] = [
    "",
    "/tickets",
    "/tickets?status=closed",
    "/tickets?status=in_progress",
    "/tickets?overdue=true",
    "/tickets?waits=true",
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
    "/review?after=5000",
    "/handling",
    "/handling?department=housing",
    "/notices",
    "/callbacks",
    "/callbacks?after=1000",
    "/alerts",
    "/topics",
    "/topics?state=open",
    "/topics?after=1000",
    "/topics/1",
    "/topics/2",
    "/unanswered",
    "/unanswered?reason=dead",
    "/channels",
    "/channels/sms",
    "/feeds",
    "/replies?state=sent",
    "/replies?state=dead",
    "/replies/REPLY",
    "/deliveries",
    "/deliveries?state=sent",
    "/deliveries?state=sent&destination=county",
    "/deliveries?state=dead",
    "/files",
    "/warnings",
    "/warnings?channel=sms",
    "/quarantine",
    "/quarantine?channel=sms",
    "/quarantine?after=QUARANTINED",
    "/reports",
    "/reports/domains",
    "/bulletins",
    "/bulletins/community",
    "/reply-checks",
    "/reply-checks?from=FROM&to=BEFORE",
    "/reply-checks?department=human-resources",
];
const AUDITED: [&str; 3] = ["/audit", "/audit?action=ticket.look", "/audit?from=FROM&to=BEFORE"];

/// The feed that deliveries are for.
const PULLED: &str = "
[[feed]]
name = \"county\"
carrier = \"http\"
token = \"county\"
";

/// What was sent, and what could not be, is written so: one attempt after the other would take hours. Of replies and deliveries one in a
/// thousand was given up; of deliveries the last hundredth waits. What is kept of answers follows.
const SETTLED: &str = "
    UPDATE reply SET state = CASE id % 1000 WHEN 0 THEN 'dead' WHEN 1 THEN 'by_hand' ELSE 'sent' END, done_at = at;
    DELETE FROM answer;
    DELETE FROM answer_count;
    INSERT INTO answer (complaint_id, state, channel, reply) SELECT complaint_id, state, channel, reply FROM answer_now;
    UPDATE delivery SET state = CASE id % 1000 WHEN 0 THEN 'dead' ELSE 'sent' END, attempts = 1, done_at = at
        WHERE id <= (SELECT max(id) - max(id) / 100 FROM delivery);
    UPDATE outbox SET published_at = at;
    PRAGMA wal_checkpoint(TRUNCATE);";

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
        let year = fill::Year { count, now };
        year.tickets(&mut *store, arguments.seed)?;
        beside::write(&mut *store, &year)?;
        while store.index_words(1)?.indexed > 0 {}
    }
    rusqlite::Connection::open(&database)?.execute_batch(SETTLED)?;
    let bytes = std::fs::metadata(&database)?.len();
    println!("{count} tickets were written in {} s; {} MiB", began.elapsed().as_secs(), bytes >> 20);
    let city = target.sandbox.pack.join("city.toml");
    std::fs::write(&city, std::fs::read_to_string(&city)? + PULLED)?;
    let passwords = people(&target).await?;
    target.sandbox.start().await?;
    for (person, first) in PEOPLE.iter().zip(passwords) {
        let token = sign_in(&target, person.name, &first).await?;
        println!(
            "\n{}\n{:<58} {:>6} {:>8} {:>8} {:>8} {:>8}",
            person.who, "page", "status", "p50 ms", "p95 ms", "p99 ms", "KiB"
        );
        let newest = first_of(&target, &token, "tickets?limit=1", "/tickets/0/id").await?;
        let reply = first_of(&target, &token, "replies?state=sent&limit=1", "/replies/0/id").await?;
        let day = |ago: i64| {
            let at = now.checked_sub(SignedDuration::from_hours(ago * 24)).unwrap_or(now);
            at.strftime("%Y-%m-%d").to_string()
        };
        let known = [
            ("TICKET", newest),
            ("REPLY", reply),
            ("FROM", day(200)),
            ("BEFORE", day(170)),
            ("QUARANTINED", (count + beside::of_a_million(count, beside::ASIDE) / 2).to_string()),
        ];
        for page in person.pages {
            let path = known.iter().fold((*page).to_owned(), |path, (name, value)| path.replace(name, value));
            measure(&target, &token, &path, arguments.seconds).await?;
        }
    }
    target.sandbox.stop().await?;
    Ok(())
}

async fn people(target: &Target) -> anyhow::Result<Vec<String>> {
    let mut passwords = Vec::new();
    for Person { name, added, .. } in PEOPLE {
        let told = target.sandbox.command(&[&["people", "add", name], added].concat()).await?;
        passwords.push(told.trim().rsplit(' ').next().unwrap_or_default().to_owned());
    }
    Ok(passwords)
}

async fn sign_in(target: &Target, name: &str, first: &str) -> anyhow::Result<String> {
    let answer = post(target, "", "sessions", &json!({ "name": name, "password": first })).await?;
    let token = answer["token"].as_str().unwrap_or_default().to_owned();
    anyhow::ensure!(!token.is_empty(), "{name} is not let in: {answer}");
    let changed = post(target, &token, "me/password", &json!({ "old": first, "new": PASSWORD })).await?;
    Ok(changed["token"].as_str().unwrap_or_default().to_owned())
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

/// What the first of a list says, as text; empty where there is none, or where this is not for them.
async fn first_of(target: &Target, token: &str, path: &str, place: &str) -> anyhow::Result<String> {
    let (_, body) = ask(target, token, &format!("/api/v1/{path}")).await?;
    let list: Value = serde_json::from_slice(&body)?;
    let said = list.pointer(place).cloned().unwrap_or_default();
    Ok(said.as_str().map_or_else(|| said.as_i64().map(|number| number.to_string()).unwrap_or_default(), str::to_owned))
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

//! Destinations: events posted to systems that are away, slow, broken, or say strange things.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use futures_util::stream;
use huiliu::destinations::SigningKey;
use huiliu_city::{Wire, eventually};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What the other side does with a request; without a word it takes it.
#[derive(Clone)]
enum Say {
    Status(u16),
    /// HTTP 200 with a body that says something else.
    Refused,
    /// HTTP 410 with what it knows of the sender, as pages for debugging have it.
    Echo,
    /// It has taken it, and the answer is lost.
    Lost,
    /// It answers after a very long time.
    Never,
}

/// A request that was taken.
#[derive(Clone)]
pub struct Taken {
    id: String,
    pub event: Value,
}

/// A system that tickets are sent to.
#[derive(Clone, Default)]
pub struct Province {
    script: Arc<Mutex<VecDeque<Say>>>,
    taken: Arc<Mutex<Vec<Taken>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Province {
    /// Starts it; where it listens.
    pub async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new().route("/events", post(receive)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn say(&self, script: &[Say]) {
        self.script.lock().unwrap().extend(script.iter().cloned());
    }

    fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub async fn until(&self, count: usize) -> Vec<Taken> {
        let look = || async { Some(self.taken()).filter(|taken| taken.len() >= count) };
        eventually(&format!("{count} events"), PATIENCE, look).await.unwrap()
    }
}

async fn receive(State(province): State<Province>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let expected = SigningKey::read(SECRET).unwrap().sign(&id, at.parse().unwrap(), &body);
    if header("webhook-signature") != expected || header("x-own") != "kept" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    province.requests.lock().unwrap().push(id.clone());
    let said = province.script.lock().unwrap().pop_front();
    match &said {
        Some(Say::Status(status)) => return StatusCode::from_u16(*status).unwrap().into_response(),
        Some(Say::Refused) => return r#"{"ok":false,"message":"busy"}"#.into_response(),
        Some(Say::Echo) => return (StatusCode::GONE, format!("gone; your key: {SECRET}")).into_response(),
        Some(Say::Never) => std::future::pending::<()>().await,
        Some(Say::Lost) | None => {}
    }
    let event = serde_json::from_slice(&body).unwrap();
    province.taken.lock().unwrap().push(Taken { id, event });
    match said {
        Some(Say::Lost) => Body::from_stream(stream::iter([Err::<Bytes, _>("gone")])).into_response(),
        _ => r#"{"ok":true,"number":"P-1"}"#.into_response(),
    }
}

pub fn file(address: &str, more: &str) -> String {
    format!(
        r#"
name = "省平台"
carrier = "webhook"
{more}
[secrets]
signing = {{ env = "HULIU_PROVINCE_SIGNING" }}
[retry]
first_s = 1
most_s = 2
[settings]
url = "http://{address}/events"
headers = {{ x-own = "kept" }}
sign_with = ["signing"]
success = "answer.ok"
timeout_s = 5
"#
    )
}

/// A town with destinations, which is not started yet.
async fn with(name: &str, destinations: &[(&str, String)]) -> Town {
    let mut town = Town::prepare(name).await;
    let folder = town.sandbox.pack.join("destinations");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in destinations {
        std::fs::write(folder.join(format!("{name}.toml")), text).unwrap();
    }
    town.sandbox.set("HULIU_PROVINCE_SIGNING", SECRET);
    town
}

async fn lamp(town: &Town, number: &str) {
    town.accept(number, &format!("青鱼滩路{number}号路灯不亮"), &format!("第{number}盏路灯坏了，已经一周。")).await;
}

fn tickets(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|one| one.event["subject"].as_str().unwrap()).collect()
}

/// Versions of each ticket grow: nothing overtook an earlier one.
fn in_order(taken: &[Taken]) -> bool {
    let version = |one: &Taken| one.event["data"]["version"].as_u64().unwrap();
    let pairs = taken.iter().enumerate().flat_map(|(at, one)| taken[..at].iter().map(move |before| (before, one)));
    pairs.filter(|(a, b)| a.event["subject"] == b.event["subject"]).all(|(a, b)| version(a) <= version(b))
}

#[tokio::test]
async fn a_destination_gets_signed_events_and_wrong_and_lost_answers_lose_nothing() {
    let province = Province::default();
    let address = province.start().await;
    let mut town = with("webhook", &[("province", file(&address, ""))]).await;
    province.say(&[Say::Status(500), Say::Refused, Say::Lost]);
    town.sandbox.start().await.unwrap();
    lamp(&town, "1").await;
    let twice = province.until(2).await;
    assert_eq!(twice[0].id, twice[1].id, "an answer that was lost: the same key again");
    assert_eq!(province.requests.lock().unwrap().len(), 4, "500, not ok, lost, taken");
    assert!(!twice[0].event.to_string().contains("13800001111"), "masked as any feed is");
    town.until("delivered", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    let sent = town.sandbox.get("/api/v1/deliveries?state=sent").await.unwrap();
    let proof = &sent["deliveries"][0];
    assert_eq!(proof["proof"], r#"HTTP 200 {"ok":true,"number":"P-1"}"#, "{sent}");
    assert_eq!((&proof["attempts"], &proof["message_id"]), (&json!(4), &json!(twice[0].id)));
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_destination_that_is_away_loses_nothing_delays_nobody_and_drains_in_order_also_after_a_kill() {
    let (away, here) = (Province::default(), Province::default());
    let wire = Wire::start(away.start().await).await.unwrap();
    wire.cut();
    let both = [("away", file(&wire.address.to_string(), "")), ("here", file(&here.start().await, ""))];
    let mut town = with("away", &both).await;
    town.sandbox.start().await.unwrap();
    for number in 1..=8 {
        lamp(&town, &number.to_string()).await;
    }
    let others = here.until(8).await;
    assert!(away.taken().is_empty());
    let waits = |health: &Value| health["deliveries"][0]["pending"] == 8 && health["deliveries"][1]["pending"] == 0;
    town.until("it waits", "/healthz", waits).await;
    town.sandbox.kill().await.unwrap();
    town.sandbox.start().await.unwrap();
    town.until("it still waits", "/healthz", waits).await;
    wire.mend();
    let drained = away.until(8).await;
    let (mut found, mut expected) = (tickets(&drained), tickets(&others));
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert!(in_order(&drained));
    town.until("nothing waits", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn in_one_order_nothing_overtakes_what_fails_and_a_slow_destination_holds_up_no_other() {
    let (slow, strict) = (Province::default(), Province::default());
    slow.say(&vec![Say::Never; 99]);
    strict.say(&[Say::Status(503), Say::Status(503)]);
    let strictly = file(&strict.start().await, "order = \"destination\"");
    let mut town = with("strict", &[("slow", file(&slow.start().await, "")), ("strict", strictly)]).await;
    town.sandbox.start().await.unwrap();
    for number in 1..=4 {
        lamp(&town, &number.to_string()).await;
    }
    let taken = strict.until(4).await;
    let requests = strict.requests.lock().unwrap().clone();
    assert_eq!(
        requests[..3],
        [taken[0].id.clone(), taken[0].id.clone(), taken[0].id.clone()],
        "the first, until taken"
    );
    let mut sorted = tickets(&taken);
    sorted.sort_unstable();
    assert_eq!(tickets(&taken), sorted, "in the order in which tickets were made");
    assert!(slow.taken().is_empty());
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_the_other_side_will_never_take_is_listed_and_tried_again_by_wish() {
    let province = Province::default();
    province.say(&[Say::Echo]);
    let mut town = with("gone", &[("province", file(&province.start().await, ""))]).await;
    town.sandbox.start().await.unwrap();
    lamp(&town, "1").await;
    let dead = town.until("given up", "/healthz", |health| health["deliveries"][0]["dead"] == 1).await;
    let alarm = dead["deliveries"][0]["alarms"][0]["en"].as_str().unwrap().to_owned();
    assert!(alarm.contains("huiliu deliveries retry"), "{alarm}");
    lamp(&town, "2").await;
    province.until(1).await;
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    let listed = town.sandbox.command(&["deliveries", "list", "province"]).await.unwrap();
    assert!(listed.contains("410"), "{listed}");
    let kept = town.sandbox.get("/api/v1/deliveries?state=dead").await.unwrap();
    assert_eq!(kept["deliveries"][0]["proof"], "HTTP 410 gone; your key: ***", "no secret is kept: {kept}");
    let retried = town.sandbox.command(&["deliveries", "retry", "province"]).await.unwrap();
    assert!(retried.contains('1'), "{retried}");
    province.until(2).await;
    let status = town.sandbox.command(&["status"]).await.unwrap();
    assert!(status.contains("province"), "{status}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn tickets_of_before_are_told_to_a_destination_that_is_new_and_again_to_one_that_lost_them() {
    let province = Province::default();
    let address = province.start().await;
    let mut town = with("webhook-backfill", &[]).await;
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    town.sandbox.start().await.unwrap();
    for number in 1..=3 {
        lamp(&town, &number.to_string()).await;
    }
    std::fs::write(town.sandbox.pack.join("destinations/province.toml"), file(&address, "")).unwrap();
    town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
    assert!(province.taken().is_empty());
    let said = town.sandbox.command(&["deliveries", "send", "province", "--since", "2020-01-01"]).await.unwrap();
    assert!(said.contains('3'), "{said}");
    let all = province.until(3).await;
    assert!(all.iter().all(|taken| taken.event["data"]["change"]["event"] == "created"), "new to who has nothing");
    let mut different = tickets(&all);
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 3);
    // It has lost the first: the same event again, by the same key, whose ticket has not changed.
    let ticket = all[0].event["data"]["ticket_id"].as_str().unwrap().to_owned();
    let said = town.sandbox.command(&["deliveries", "send", "province", &ticket]).await.unwrap();
    assert!(said.contains(&ticket), "{said}");
    let again = province.until(4).await;
    assert_eq!(again[3].id, all[0].id);
    assert_eq!(again[3].event["data"]["version"], all[0].event["data"]["version"]);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_destination_file_is_checked_whole_and_one_that_is_off_gets_nothing() {
    let province = Province::default();
    let address = province.start().await;
    let off = file(&address, "enabled = false");
    let mut town = with("checked", &[("province", off)]).await;
    let path = town.sandbox.pack.join("destinations/province.toml");
    let folder = town.sandbox.pack.display().to_string();
    for (change, said) in [
        ("order = \"never\"", "unknown variant `never`"),
        ("surprise = 1", "unknown field `surprise`"),
        ("filter = \"ticket.colour == 1\"", "colour"),
        ("without = [\"nothing.here\"]", "nothing"),
    ] {
        std::fs::write(&path, file(&address, change)).unwrap();
        let found = town.sandbox.run_any(&["check", &folder]).await;
        assert!(found.contains("destinations/province.toml") && found.contains(said), "{change}: {found}");
    }
    for (from, to, said) in [
        ("carrier = \"webhook\"", "carrier = \"pigeon\"", "carrier must be webhook"),
        ("sign_with = [\"signing\"]", "sign_with = [\"other\"]", "no such secret"),
        ("first_s = 1", "first_s = 0", "first_s must be"),
        ("timeout_s = 5", "timeout_s = 0", "timeout_s must be"),
        ("http://", "ftp://", "url must be"),
        ("success = \"answer.ok\"", "success = \"answr.ok\"", "answr"),
    ] {
        std::fs::write(&path, file(&address, "").replace(from, to)).unwrap();
        let found = town.sandbox.run_any(&["check", &folder]).await;
        assert!(found.contains(said), "{to}: {found}");
    }
    let feed = town.sandbox.feed_queue("urban").replace("huiliu.feed.", "");
    let twin = path.with_file_name(format!("{feed}.toml"));
    std::fs::write(&twin, file(&address, "")).unwrap();
    let found = town.sandbox.run_any(&["check", &folder]).await;
    assert!(found.contains("is the name of a feed already"), "{found}");
    std::fs::remove_file(twin).unwrap();
    std::fs::write(&path, file(&address, "enabled = false")).unwrap();
    town.sandbox.start().await.unwrap();
    lamp(&town, "1").await;
    town.until("published", "/healthz", |health| health["queues"]["outbox"] == 0).await;
    let health = town.sandbox.get("/healthz").await.unwrap();
    assert_eq!(health["deliveries"], json!([]), "{health}");
    assert!(province.requests.lock().unwrap().is_empty());
    town.sandbox.finish().await.unwrap();
}

//! Platforms that do not speak AMQP: they pull their feed, acknowledge it, and send status updates by REST.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::{Answer, HttpClient};
use serde_json::{Value, json};

use crate::town::Town;

/// A platform that knows a URL and its token.
pub struct Puller {
    url: String,
    token: String,
}

impl Puller {
    async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        HttpClient::new().send(request, Duration::from_secs(60)).await.unwrap()
    }

    async fn events(&self, query: &str) -> Vec<Value> {
        let answer = self.send("GET", &format!("/feeds/county/events?{query}"), "").await;
        assert_eq!(answer.status.as_u16(), 200, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.headers["content-type"], "application/cloudevents-batch+json");
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Waits for so many events that are not acknowledged.
    pub async fn until(&self, count: usize) -> Vec<Value> {
        loop {
            let events = self.events("").await;
            if events.len() >= count {
                return events;
            }
            let last = events.last().map_or("0", |event| event["sequence"].as_str().unwrap());
            assert!(!self.events(&format!("after={last}&wait_s=60")).await.is_empty(), "{count} events in a minute");
        }
    }

    async fn acknowledge(&self, through: &Value) -> (u16, Value) {
        let answer = self.send("POST", "/feeds/county/acknowledge", &json!({ "through": through }).to_string()).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
    }

    pub async fn status(&self, update: &Value) -> (u16, Value) {
        let answer = self.send("POST", "/status", &update.to_string()).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
    }
}

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}

fn update(ticket: &str, sequence: i64, status: &str) -> Value {
    json!({
        "update_id": format!("u{sequence}"), "platform": "county", "ticket_id": ticket, "sequence": sequence,
        "status": status, "occurred_at": "2026-11-22T16:20:00+08:00", "result": "已修复",
    })
}

/// A town with a feed that the county pulls, and which is not started yet.
pub async fn with_county(name: &str) -> (Town, Puller) {
    let town = Town::prepare(name).await;
    let city = town.sandbox.pack.join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    let feed = "\n[[feed]]\nname = \"county\"\ncarrier = \"http\"\ntoken = \"county-office\"\n";
    std::fs::write(city, text + feed).unwrap();
    let token = town.sandbox.command(&["token", "new", "county-office", "--role", "platform"]).await.unwrap();
    let puller = Puller { url: town.sandbox.url.clone(), token: token.trim().to_owned() };
    (town, puller)
}

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。");
const WATER: (&str, &str) = ("听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。");

#[tokio::test]
async fn a_pulled_feed_gives_every_event_again_until_it_is_acknowledged_also_after_a_kill() {
    let (mut town, county) = with_county("pulled").await;
    town.sandbox.start().await.unwrap();
    assert_eq!(county.events("").await, Vec::<Value>::new());
    // Who waits is answered as soon as there is something.
    let (waited, _) = tokio::join!(county.events("wait_s=60"), town.accept("W1", LAMP.0, LAMP.1));
    assert_eq!((waited.len(), &waited[0]["data"]["version"]), (1, &json!(1)), "{waited:?}");
    assert!(!waited[0].to_string().contains("13800001111"), "masked as any feed is: {waited:?}");
    town.accept("W2", WATER.0, WATER.1).await;
    let events = county.until(2).await;
    assert_eq!(ids(&events)[0], waited[0]["id"].as_str().unwrap());
    town.sandbox.kill().await.unwrap();
    town.sandbox.start().await.unwrap();
    assert_eq!(county.until(2).await, events, "the same, with the same ids and cursors");
    assert_eq!(county.events("limit=1").await, events[..1]);
    assert_eq!(county.acknowledge(&events[0]["sequence"]).await, (200, json!({ "acknowledged": 1 })));
    assert_eq!(county.acknowledge(&events[0]["sequence"]).await, (200, json!({ "acknowledged": 0 })));
    assert_eq!(county.events("").await, events[1..]);
    assert_eq!(county.acknowledge(&json!("999999999")).await.0, 409, "what was never given");
    town.sandbox.kill().await.unwrap();
    town.sandbox.start().await.unwrap();
    assert_eq!(county.events("").await, events[1..], "an acknowledgement outlives the gateway");
    let health = town.sandbox.get("/healthz").await.unwrap();
    let waits = &health["deliveries"][0];
    assert_eq!(
        (&waits["destination"], &waits["carrier"], &waits["pending"]),
        (&json!("county"), &json!("http"), &json!(1))
    );
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_status_by_rest_is_judged_as_one_by_amqp_and_a_repeat_is_told_so() {
    let (mut town, county) = with_county("rest-status").await;
    town.sandbox.start().await.unwrap();
    town.accept("W3", LAMP.0, LAMP.1).await;
    let event = county.until(1).await.remove(0);
    let ticket = event["subject"].as_str().unwrap();
    let accepted = county.status(&update(ticket, 5, "in_progress")).await;
    let result = |verdict: &str, version: u64, status: &str| json!({ "verdict": verdict, "ticket_id": ticket, "ticket_version": version, "ticket_status": status });
    assert_eq!(accepted, (200, result("accepted", 2, "in_progress")));
    assert_eq!(county.status(&update(ticket, 5, "in_progress")).await, (200, result("repeated", 2, "in_progress")));
    assert_eq!(county.status(&update(ticket, 4, "resolved")).await, (200, result("late", 2, "in_progress")));
    assert_eq!(county.status(&update(ticket, 6, "resolved")).await, (200, result("accepted", 4, "resolved")));
    let events = county.until(4).await;
    let versions: Vec<_> = events.iter().map(|event| event["data"]["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4], "in the order of the ticket; the last is the call-back that is due");
    assert_eq!(events[2]["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    // The reading is the one of AMQP: everything that is wrong is said at once.
    let mut wrong = update(ticket, -1, "finished");
    wrong["occurred_at"] = json!("yesterday");
    let (status, problem) = county.status(&wrong).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("invalid_request")), "{problem}");
    assert_eq!(problem["reasons"].as_array().unwrap().len(), 3, "{problem}");
    for (change, wanted) in [
        (json!({ "ticket_id": "RC-20200101-000001" }), 404),
        (json!({ "platform": "nobody" }), 403),
        (json!({ "occurred_at": "2199-01-01T00:00:00+08:00" }), 400),
    ] {
        let mut other = update(ticket, 7, "closed");
        other.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, problem) = county.status(&other).await;
        assert_eq!((status, problem["reasons"].as_array().map(Vec::len)), (wanted, Some(1)), "{problem}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_platforms_token_opens_its_own_feed_and_nothing_else() {
    let (mut town, county) = with_county("own-feed").await;
    let command = town.sandbox.feed_queue("command").replace("huiliu.feed.", "");
    let token = town.sandbox.command(&["token", "new", "other", "--role", "platform"]).await.unwrap();
    let other = Puller { url: county.url.clone(), token: token.trim().to_owned() };
    town.sandbox.start().await.unwrap();
    let amqp = town.platform().await;
    town.accept("W4", LAMP.0, LAMP.1).await;
    let ticket = town.ticket(&amqp, "W4").await;
    county.until(1).await;
    for path in ["/tickets", "/channels", "/ledger", &format!("/tickets/{ticket}"), "/replies", "/quarantine"] {
        assert_eq!(county.send("GET", path, "").await.status.as_u16(), 403, "{path}");
    }
    let admin = Puller { url: county.url.clone(), token: town.sandbox.token.clone() };
    for stranger in [&other, &admin] {
        assert_eq!(stranger.send("GET", "/feeds/county/events", "").await.status.as_u16(), 404);
        assert_eq!(stranger.acknowledge(&json!("1")).await.0, 404);
        let (status, problem) = stranger.status(&update(&ticket, 1, "closed")).await;
        assert_eq!(status, 403, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("its own access token"), "{problem}");
    }
    let nobody = Puller { url: county.url.clone(), token: "hl_x".to_owned() };
    assert_eq!(nobody.send("GET", "/feeds/county/events", "").await.status.as_u16(), 401);
    // The feed of another platform has no token, and its name is nobody's to use.
    let mut foreign = update(&ticket, 1, "closed");
    foreign["platform"] = json!(command);
    assert_eq!(county.status(&foreign).await.0, 403);
    assert_eq!(county.send("GET", &format!("/feeds/{command}/events"), "").await.status.as_u16(), 404);
    // By AMQP nobody may speak for a feed that is pulled and names no user.
    amqp.send_raw(&update(&ticket, 1, "closed")).await.unwrap();
    town.until("refused", "/healthz", |health| health["broker"]["refused"] == 1).await;
    let found = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(found["status"], "open", "{found}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_a_citizen_has_erased_leaves_the_events_that_wait() {
    let (mut town, county) = with_county("erased-waits").await;
    town.sandbox.start().await.unwrap();
    let receipt = town.accept("W5", LAMP.0, LAMP.1).await;
    let before = county.until(1).await;
    assert!(before[0].to_string().contains("青鱼滩路"), "{before:?}");
    let erased = town.sandbox.post("/api/v1/erase", &json!({ "receipt_number": receipt })).await.unwrap();
    assert!(erased.status.is_success());
    let after = county.until(1).await;
    assert_eq!((ids(&after), &after[0]["sequence"]), (ids(&before), &before[0]["sequence"]), "it is still told");
    let said = after[0]["data"].to_string();
    assert!(!said.contains("青鱼滩路") && !said.contains("138****1111"), "{said}");
    let schema: Value = serde_json::from_str(include_str!("../../deploy/schemas/ticket-v1.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&after[0]["data"]), "{said}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_pulled_feed_without_a_token_is_a_problem_of_the_pack() {
    let (town, _) = with_county("no-token").await;
    let city = town.sandbox.pack.join("city.toml");
    let (text, folder) = (std::fs::read_to_string(&city).unwrap(), town.sandbox.pack.display().to_string());
    std::fs::write(&city, text.replace("token = \"county-office\"\n", "")).unwrap();
    let said = town.sandbox.run_any(&["check", &folder]).await;
    assert!(said.contains("a feed with carrier = \"http\" needs token"), "{said}");
    std::fs::write(&city, text.replace("carrier = \"http\"", "carrier = \"post\"")).unwrap();
    let said = town.sandbox.run_any(&["check", &folder]).await;
    assert!(said.contains("unknown variant `post`, expected one of `amqp`, `http`, `console`"), "{said}");
}

#[tokio::test]
async fn a_new_feed_is_told_what_was_there_before_it() {
    let (mut town, county) = with_county("backfill").await;
    let city = town.sandbox.pack.join("city.toml");
    let with_feed = std::fs::read_to_string(&city).unwrap();
    let without = with_feed.split("\n[[feed]]\nname = \"county\"").next().unwrap().to_owned();
    std::fs::write(&city, &without).unwrap();
    town.sandbox.start().await.unwrap();
    let command = town.platform().await;
    town.accept("B1", LAMP.0, LAMP.1).await;
    town.accept("B2", WATER.0, WATER.1).await;
    let lamp = town.ticket(&command, "B1").await;
    assert_ne!(lamp, town.ticket(&command, "B2").await);
    std::fs::write(&city, with_feed + "filter = \"ticket.department != 'water'\"\n").unwrap();
    assert!(town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap().status.is_success());
    assert_eq!(county.events("").await, Vec::<Value>::new(), "it is told of what comes, not of what was");
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    let said = town.sandbox.command(&["deliveries", "send", "county", "--since", "2020-01-01"]).await.unwrap();
    let events = county.until(1).await;
    let told: Vec<_> = events.iter().map(|event| event["subject"].as_str().unwrap()).collect();
    assert_eq!(told, [lamp.as_str()], "what the filter does not want is passed over: {said}");
    assert_eq!(events[0]["type"], "cn.huiliu.ticket.created.v1");
    // It may speak of it now, and can be told once more.
    assert_eq!(county.status(&update(&lamp, 1, "accepted")).await.0, 200);
    town.sandbox.command(&["deliveries", "send", "county", &lamp]).await.unwrap();
    let events = county.until(3).await;
    assert_eq!(
        (&events[2]["id"], &events[2]["type"]),
        (&events[1]["id"], &json!("cn.huiliu.ticket.created.v1")),
        "as it is now, by the key of its last event"
    );
    let unknown = town.sandbox.command(&["deliveries", "send", "nobody", &lamp]).await.unwrap_err().to_string();
    assert!(unknown.contains("there is no feed or destination"), "{unknown}");
    town.sandbox.finish().await.unwrap();
}

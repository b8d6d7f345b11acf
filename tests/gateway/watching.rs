//! Surges and topics, from complaints by HTTP to events at a platform: each is told once, also over restarts.

use huiliu_city::{Platform, eventually};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town};

const WATCHED: &str = "
[[tag]]
code = \"few-buses\"
name = \"公交太少\"
words = [\"公交太少\"]

[[surge]]
code = \"few-buses\"
name = \"公交班次突增\"
tag = \"few-buses\"
count = 3
hours = 24
to = [\"handler\"]

[[topic]]
code = \"few-buses\"
name = \"公交班次\"
tag = \"few-buses\"
tickets = 3
days = 90
every = \"weekly\"
to = [\"handler\"]
";

const BUSES: [&str; 4] = [
    "第二实验小学门口放学时公交太少，孩子要等一个小时才上得了车",
    "石岛管理区人民医院站早上公交太少，病人挤不上去请加车",
    "成山头景区末班五点就收，游客说公交太少打车又贵",
    "虎山镇集市那天公交太少，老人提着菜走了六里路",
];

/// Changes of some kind that the platform was told, in order.
fn told(platform: &Platform, kind: &str) -> Vec<Value> {
    let events = platform.events().into_iter().map(|event| event["data"]["change"].clone());
    events.filter(|change| change["event"] == kind).collect()
}

/// Waits until so many changes of a kind were told; all of them.
async fn until_told(platform: &Platform, kind: &str, count: usize) -> Vec<Value> {
    let enough = || async { Some(told(platform, kind)).filter(|changes| changes.len() >= count) };
    eventually(kind, PATIENCE, enough).await.unwrap()
}

impl Town {
    async fn miss_bus(&self, number: usize) {
        self.accept(&format!("BUS-{number}"), "公交太少", BUSES[number]).await;
    }

    async fn decide_topic(&self, state: &str) -> u16 {
        let body = json!({ "state": state, "words": "九月起加开两班" });
        self.sandbox.post("/api/v1/topics/1/decision", &body).await.unwrap().status.as_u16()
    }

    async fn topic(&self) -> Value {
        self.sandbox.get("/api/v1/topics/1").await.unwrap()["topic"].clone()
    }
}

#[tokio::test]
async fn a_surge_and_its_topic_are_told_once_listed_decided_on_and_outlive_the_gateway() {
    let mut town = Town::prepare("surge").await;
    let watch = town.sandbox.pack.join("watch.toml");
    let text = std::fs::read_to_string(&watch).unwrap();
    std::fs::write(&watch, text + WATCHED).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    for number in 0..3 {
        town.miss_bus(number).await;
    }
    let surges = until_told(&platform, "surge", 1).await;
    assert_eq!((surges.len(), &surges[0]["alert"]["count"]), (1, &json!(3)), "{surges:?}");
    let topics = until_told(&platform, "topic", 1).await;
    assert_eq!((&topics[0]["topic"]["state"], &topics[0]["topic"]["tickets"]), (&json!("open"), &json!(3)));
    let listed = town.sandbox.get("/api/v1/alerts?kind=surge").await.unwrap();
    let alert = &listed["alerts"][0];
    assert_eq!((listed["alerts"].as_array().unwrap().len(), &alert["count"]), (1, &json!(3)), "{listed}");
    assert_eq!((alert["tickets"].as_array().unwrap().len(), &alert["stands"]), (3, &json!(true)), "{listed}");
    assert_eq!(town.topic().await["ticket_count"], 3);
    assert_eq!(town.decide_topic("decided").await, 200);
    assert_eq!(town.decide_topic("open").await, 409, "it is not over");
    assert_eq!(until_told(&platform, "topic", 2).await[1]["topic"]["state"], "decided");
    town.sandbox.kill().await.unwrap();
    town.sandbox.start().await.unwrap();
    let same =
        json!({ "number": "BUS-0", "kind": "投诉", "title": "公交太少", "text": BUSES[0], "phone": "13800001111" });
    assert_eq!(town.post(&same).await.1["outcomes"][0]["state"], "repeated");
    town.miss_bus(3).await;
    let topics = until_told(&platform, "topic", 3).await;
    assert_eq!((topics.len(), &topics[2]["topic"]["tickets"]), (3, &json!(4)), "{topics:?}");
    assert_eq!(told(&platform, "surge").len(), 1, "it stands, and is not told again");
    assert_eq!(town.sandbox.get("/api/v1/alerts?kind=surge").await.unwrap()["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(town.decide_topic("closed").await, 200);
    let topics = until_told(&platform, "topic", 4).await;
    assert_eq!(topics[3]["topic"]["follow_up_at"], Value::Null, "what is over is not looked at again: {topics:?}");
    let follow_up = json!({ "every": "monthly" });
    let refused = town.sandbox.post("/api/v1/topics/1/follow-up", &follow_up).await.unwrap();
    assert_eq!(refused.status.as_u16(), 409);
    assert_eq!(town.decide_topic("open").await, 200);
    let again = town.sandbox.post("/api/v1/topics/1/follow-up", &follow_up).await.unwrap();
    assert_eq!(again.status.as_u16(), 200);
    let topic = town.topic().await;
    assert_eq!((&topic["every"], topic["follow_up_at"].is_string()), (&json!("monthly"), true), "{topic}");
    // Its time comes while the gateway is away.
    town.sandbox.stop().await.unwrap();
    let database = rusqlite::Connection::open(town.sandbox.folder.join("var/huiliu.db")).unwrap();
    assert_eq!(database.execute("UPDATE topic SET follow_up_at = 1000", []).unwrap(), 1);
    drop(database);
    town.sandbox.start().await.unwrap();
    let is_next = |topic: &Value| topic["topic"]["follow_up_at"].as_str().is_some_and(|at| !at.starts_with("1970"));
    town.until("it was looked at", "/api/v1/topics/1", is_next).await;
    let of_topic = || told(&platform, "notice").into_iter().filter(|told| told["notice"]["code"] == "topic").count();
    eventually("the notice", PATIENCE, || async { (of_topic() > 0).then_some(()) }).await.unwrap();
    town.sandbox.kill().await.unwrap();
    town.sandbox.start().await.unwrap();
    assert_eq!(town.decide_topic("consulted").await, 200);
    eventually("what came behind it", PATIENCE, || async {
        told(&platform, "topic").last().filter(|told| told["topic"]["state"] == "consulted").cloned()
    })
    .await
    .unwrap();
    assert_eq!((of_topic(), told(&platform, "surge").len()), (1, 1), "each once");
    town.sandbox.finish().await.unwrap();
}

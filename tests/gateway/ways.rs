//! Ways to citizens and between platforms: who comes late hears what was said, who follows up elsewhere is known, what people told by
//! hand is noted, and a ticket that goes elsewhere is followed.

use std::time::Duration;

use futures_util::StreamExt as _;
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Platform, Sandbox, eventually};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use serde_json::{Value, json};

use crate::senders::refused;
use crate::town::{PATIENCE, Town, amqp};

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上很黑。");
const WATER: (&str, &str) = ("听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。");

/// A town whose generic channel tells its citizens by SMS, of acceptance too; `sms` reads whom a message is about.
pub async fn by_sms(name: &str) -> (Town, Platform) {
    let mut town = Town::prepare(name).await;
    let change = |file: &str, from: &str, to: &str| {
        let path = town.sandbox.pack.join("channels").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    };
    change("generic.toml", "by_hand = true", "through = \"sms\"");
    change("generic.toml", "on = [\"resolved\"", "on = [\"accepted\", \"resolved\"");
    change(
        "sms.toml",
        "about = \"record.phone_number | phone\"",
        "about = \"(record.about | text) or (record.phone_number | phone)\"",
    );
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    (town, platform)
}

impl Town {
    pub async fn accept_from(&self, number: &str, (title, text): (&str, &str), phone: &str) -> String {
        let complaint = json!({ "number": number, "kind": "投诉", "title": title, "text": text, "phone": phone });
        let (status, answer) = self.post(&complaint).await;
        assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("accepted")), "{answer}");
        answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned()
    }

    /// A message by SMS, about the sender's latest complaint or the one that is named.
    pub async fn sms(&self, number: &str, phone: &str, content: &str, about: &str) {
        let message = json!([{
            "sequence_id": number, "phone_number": phone, "content": content, "about": about,
            "send_time": "2026-11-26 09:00:00", "dest_code": "1069",
        }]);
        let url = format!("{}/in/sms?token={}", self.sandbox.url, Sandbox::SMS_TOKEN);
        let request = http::Request::post(url).header("content-type", "application/json");
        let request = request.body(bytes::Bytes::from(message.to_string())).unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(10)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 200, "{:?}", answer.body);
    }

    /// What a citizen was told by SMS, once it is so much.
    pub async fn told(&self, phone: &str, count: usize) -> Vec<String> {
        let told = || async { self.callbacks.told().get(phone).filter(|told| told.len() >= count).cloned() };
        eventually("told by SMS", PATIENCE, told).await.unwrap()
    }

    /// The value of a series on the page of metrics.
    async fn metric(&self, series: &str) -> f64 {
        let request = http::Request::get(format!("{}/metrics", self.sandbox.url)).body(bytes::Bytes::new()).unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(10)).await.unwrap();
        let page = String::from_utf8(answer.body.to_vec()).unwrap();
        let value = page.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok());
        assert!(value.is_some(), "{series}: {page}");
        value.unwrap()
    }

    pub async fn has_status(&self, ticket: &str, status: &str) {
        let path = format!("/api/v1/tickets/{ticket}");
        self.until(status, &path, |ticket| ticket["status"] == status).await;
    }
}

#[tokio::test]
async fn who_joins_late_is_told_what_the_platform_said_last_and_only_once() {
    let (town, platform) = by_sms("late").await;
    town.accept_from("L1", LAMP, "13800001111").await;
    let ticket = town.ticket(&platform, "L1").await;
    platform.send(&ticket, "accepted", Some("维修队已出发")).await.unwrap();
    assert!(town.told("13800001111", 1).await[0].contains("维修队已出发"));
    town.accept_from("L2", LAMP, "13700002222").await;
    assert_eq!(town.ticket(&platform, "L2").await, ticket);
    let late = town.told("13700002222", 1).await;
    assert!(late[0].contains("维修队已出发"), "{late:?}");
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    for phone in ["13800001111", "13700002222"] {
        let told = town.told(phone, 2).await;
        assert!(told.len() == 2 && told[1].contains("已换灯"), "{phone}: {told:?}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_citizen_follows_up_on_another_channel_and_a_stranger_cannot() {
    let (town, platform) = by_sms("across").await;
    let receipt = town.accept_from("A1", LAMP, "13800001111").await;
    let ticket = town.ticket(&platform, "A1").await;
    for (round, about) in ["", receipt.as_str(), "A1"].into_iter().enumerate() {
        // The city opens a matter again twice; the third time it is noted.
        let then = if round < 2 { "reopened" } else { "resolved" };
        platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
        town.has_status(&ticket, "resolved").await;
        let followed = town.ledger().await["follow_ups"].clone();
        town.sms(&format!("90{round}"), "13900009999", "3", if about.is_empty() { "13800001111" } else { about }).await;
        assert_eq!(town.ledger().await["follow_ups"], followed, "a stranger who names {about:?}");
        let found = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
        assert_eq!(found["status"], "resolved", "a stranger who names {about:?}");
        town.sms(&format!("91{round}"), "13800001111", "3", about).await;
        town.has_status(&ticket, then).await;
        let followed = followed.as_u64().unwrap() + 1;
        town.until("followed", "/api/v1/ledger", |ledger| ledger["follow_ups"] == followed).await;
    }
    let quarantine = town.sandbox.get("/api/v1/quarantine?channel=sms").await.unwrap();
    assert_eq!(quarantine["quarantine"].as_array().map(Vec::len), Some(3), "{quarantine}");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

/// What reaches a queue that is bound to one department of the public stream, until a ticket has left.
async fn bound(town: &Town, department: &str) -> tokio::task::JoinHandle<Vec<(String, Value)>> {
    let connection = Connection::connect(&amqp(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let queue = format!("bound-{}", town.sandbox.tickets_exchange());
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.as_str().into(), options, FieldTable::default()).await.unwrap();
    let (exchange, key) = (town.sandbox.tickets_exchange(), format!("*.*.{department}.*"));
    channel
        .queue_bind(
            queue.as_str().into(),
            exchange.into(),
            key.as_str().into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .unwrap();
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let mut consumer = channel.basic_consume(queue.as_str().into(), "".into(), options, arguments).await.unwrap();
    let bound_to = department.to_owned();
    tokio::spawn(async move {
        let mut found = Vec::new();
        while let Some(Ok(delivery)) = consumer.next().await {
            delivery.ack(BasicAckOptions::default()).await.unwrap();
            let event: Value = serde_json::from_slice(&delivery.data).unwrap();
            // A grade that changes is a key that changes, too; here the department counts.
            let elsewhere = event["data"]["department"] != bound_to.as_str();
            let is_last = event["data"]["change"]["event"] == "left" && elsewhere;
            found.push((delivery.routing_key.to_string(), event));
            if is_last {
                break;
            }
        }
        connection.close(200, "done".into()).await.unwrap();
        found
    })
}

#[tokio::test]
async fn a_ticket_that_goes_elsewhere_is_followed_by_those_it_leaves_and_those_it_comes_to() {
    let (town, command) = Town::start("elsewhere").await;
    let queue = town.sandbox.feed_queue("urban");
    let urban = Platform::start(&amqp(), &queue, town.sandbox.status_exchange()).await.unwrap();
    let bound = bound(&town, "urban-management").await;
    let receipt = town.accept("E1", LAMP.0, LAMP.1).await;
    let ticket = town.ticket(&urban, "E1").await;
    let other = town.accept("E2", WATER.0, WATER.1).await;
    town.ticket(&command, "E2").await;
    urban.send(&ticket, "accepted", None).await.unwrap();
    town.has_status(&ticket, "accepted").await;
    // A person finds that the ticket is the water works' matter, and that the lamp is another one.
    for (path, body) in [
        (format!("/api/v1/complaints/{other}/move"), json!({ "into": ticket })),
        (format!("/api/v1/complaints/{receipt}/split"), json!({})),
    ] {
        let (status, answer) = town.asked(&path, &body).await;
        assert_eq!(status, 200, "{answer}");
    }
    let left = || async {
        let is_left = |event: &Value| event["data"]["change"]["event"] == "left";
        urban.events().into_iter().find(is_left)
    };
    let left = eventually("the feed learns of it", PATIENCE, left).await.unwrap();
    assert_eq!((&left["subject"], &left["data"]["complaints"]), (&json!(ticket), &json!([])));
    assert_eq!(left["data"]["change"]["former"]["department"], "urban-management");
    assert_ne!(left["data"]["department"], "urban-management");
    refused(&town, &urban, &ticket, &format!("the ticket {ticket} has left the feed {}", urban.feed())).await;
    command.send(&ticket, "in_progress", None).await.unwrap();
    town.has_status(&ticket, "in_progress").await;
    let seen = tokio::time::timeout(PATIENCE.0, bound).await.unwrap().unwrap();
    let (key, event) = seen.last().unwrap();
    assert!(key.starts_with("left.") && key.contains(".urban-management."), "{key}");
    let id = event["id"].as_str().unwrap();
    assert_eq!(id, format!("{ticket}.{}-left", event["data"]["version"]));
    assert_eq!(event["data"]["complaints"].as_array().map(Vec::len), Some(1), "the public stream shows it whole");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_a_person_tells_by_hand_is_noted_once_counted_and_erased() {
    let (mut town, platform) = Town::start("by-hand").await;
    let receipt = town.accept_from("H1", LAMP, "13800001111").await;
    let ticket = town.ticket(&platform, "H1").await;
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    let by_hand = "/api/v1/replies?state=by_hand";
    let listed = town.until("waits", by_hand, |found| found["replies"][0].is_object()).await;
    let id = listed["replies"][0]["id"].to_string();
    let health = town.sandbox.get("/healthz").await.unwrap();
    assert_eq!(health["queues"]["replies_by_hand"], 1);
    assert!(health["queues"]["by_hand_since"].is_string(), "{health}");
    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    let status = town.sandbox.run_any(&["status"]).await;
    assert!(status.contains("1 replies wait to be told by hand"), "{status}");
    let doctor = town.sandbox.run_any(&["doctor"]).await;
    assert!(doctor.contains("1 citizen(s) wait to be told by hand"), "{doctor}");
    assert!(town.metric("huiliu_by_hand_oldest_age_seconds").await > 0.0);
    assert!((town.metric("huiliu_queue_length{queue=\"replies_by_hand\"}").await - 1.0).abs() < f64::EPSILON);
    assert!(town.sandbox.command(&["replies", "list"]).await.unwrap().contains(&receipt));
    let how = "电话13800001111告知本人";
    let said = town.sandbox.command(&["replies", "told", &id, "--how", how]).await.unwrap();
    assert!(said.contains(": noted: ") && said.contains("电话") && said.contains("告知本人"), "{said}");
    let again = town.sandbox.command(&["replies", "told", &id, "--how", "又说了一次"]).await.unwrap();
    assert!(again.contains("noted before") && !again.contains("又说了一次"), "{again}");
    let (code, _, refused) = town.sandbox.ended(&["replies", "told", "99", "--how", "电话"]).await.unwrap();
    assert!(code != 0 && refused.contains("99"), "{refused}");
    let told = town.sandbox.get("/api/v1/replies?state=told").await.unwrap();
    let told = &told["replies"][0]["told"];
    assert!(
        told["by"].is_string() && told["at"].is_string() && told["how"].as_str().unwrap().contains("告知本人"),
        "{told}"
    );
    assert_eq!(town.sandbox.get("/healthz").await.unwrap()["queues"]["replies_by_hand"], 0);
    assert!(town.metric("huiliu_by_hand_oldest_age_seconds").await.abs() < f64::EPSILON);
    let (status, exported) = town.asked("/api/v1/export", &json!({ "phone": "13800001111" })).await;
    assert_eq!((status, &exported["complaints"][0]["replies"][0]["told_how"]), (200, &json!(how)), "{exported}");
    assert_eq!(town.asked("/api/v1/erase", &json!({ "phone": "13800001111" })).await.0, 200);
    let told = town.sandbox.get("/api/v1/replies?state=told").await.unwrap();
    assert_eq!((&told["replies"][0]["id"].to_string(), &told["replies"][0]["told"]), (&id, &Value::Null), "{told}");
    town.sandbox.finish().await.unwrap();
}

//! Who may say something of a ticket: the platform it was sent to, as the broker's user that the city names.

use huiliu_city::{Platform, eventually};
use lapin::options::{BasicGetOptions, BasicPublishOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town, amqp};

/// The user of the tests' broker.
fn user() -> String {
    let rest = amqp().split("://").nth(1).unwrap().to_owned();
    rest.split([':', '@']).next().unwrap().to_owned()
}

/// A dead letter of the status exchange: its reasons and its properties.
async fn dead_letter(town: &Town) -> (String, BasicProperties) {
    let connection = Connection::connect(&amqp(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let queue = format!("{}.dead", town.sandbox.status_exchange());
    let look =
        || async { channel.basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true }).await.ok().flatten() };
    let letter = eventually("a dead letter", PATIENCE, look).await.unwrap();
    let headers = letter.properties.headers().clone().unwrap_or_default();
    let Some(AMQPValue::LongString(reasons)) = headers.inner().get("x-huiliu-reasons") else {
        return Default::default();
    };
    let found = (reasons.to_string(), letter.properties.clone());
    connection.close(200, "done".into()).await.unwrap();
    found
}

pub async fn refused(town: &Town, platform: &Platform, ticket: &str, says: &str) {
    platform.send(ticket, "in_progress", None).await.unwrap();
    let (reasons, _) = dead_letter(town).await;
    assert!(reasons.contains(says), "{says}: {reasons}");
}

#[tokio::test]
async fn only_the_platform_that_a_ticket_was_sent_to_may_close_it() {
    let (town, command) = Town::start("sent-to").await;
    // A matter of the water works: the city administration's feed does not get it.
    town.accept("S1", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    let water = town.ticket(&command, "S1").await;
    let queue = town.sandbox.feed_queue("urban");
    let urban = Platform::start(&amqp(), &queue, town.sandbox.status_exchange()).await.unwrap();
    refused(&town, &urban, &water, &format!("{water} was not sent to the feed {}", urban.feed())).await;
    town.accept("S2", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let lamp = town.ticket(&urban, "S2").await;
    urban.send(&lamp, "resolved", Some("已修复")).await.unwrap();
    town.until("resolved", &format!("/api/v1/tickets/{lamp}"), |ticket| ticket["status"] == "resolved").await;
    let ticket = town.sandbox.get(&format!("/api/v1/tickets/{water}")).await.unwrap();
    assert_eq!(ticket["status"], "open", "{ticket}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_feed_with_a_user_believes_no_other() {
    let mut town = Town::prepare("users").await;
    let city = town.sandbox.pack.join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    let own = |feed: &str, user: &str| {
        let name = format!("name = \"{}\"\n", town.sandbox.feed_queue(feed).replace("huiliu.feed.", ""));
        (name.clone(), format!("{name}user = \"{user}\"\n"))
    };
    let (command, urban) = (own("command", &user()), own("urban", "city-administration"));
    std::fs::write(city, text.replace(&command.0, &command.1).replace(&urban.0, &urban.1)).unwrap();
    town.sandbox.start().await.unwrap();
    let command = town.platform().await;
    let queue = town.sandbox.feed_queue("urban");
    let urban = Platform::start(&amqp(), &queue, town.sandbox.status_exchange()).await.unwrap();
    town.accept("S3", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let lamp = town.ticket(&urban, "S3").await;
    refused(&town, &command, &lamp, "its own user").await;
    refused(&town, &urban.signing_as(&user()), &lamp, "its own user").await;
    command.signing_as(&user()).send(&lamp, "accepted", None).await.unwrap();
    town.until("accepted", &format!("/api/v1/tickets/{lamp}"), |ticket| ticket["status"] == "accepted").await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_refused_update_keeps_its_properties_and_is_counted_and_named() {
    let (town, platform) = Town::start("letters").await;
    let connection = Connection::connect(&amqp(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let mut headers = FieldTable::default();
    headers.insert("x-own".into(), AMQPValue::LongString("kept".into()));
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_correlation_id("c-1".into())
        .with_reply_to("replies".into())
        .with_app_id("cases/2".into())
        .with_type("status".into())
        .with_message_id("m-1".into())
        .with_timestamp(1_795_000_000)
        .with_user_id(user().as_str().into())
        .with_expiration("600000".into())
        .with_headers(headers);
    let update = json!({
        "ticket_id": "RC-20261122-000001", "platform": platform.feed(), "result": "张三 13800001111 已答复",
        "sequence": "张三",
    });
    let (status, options) = (town.sandbox.status_exchange(), BasicPublishOptions::default());
    let body = update.to_string().into_bytes();
    channel.basic_publish(status.into(), "x".into(), options, &body, properties).await.unwrap().await.unwrap();
    let (_, kept) = dead_letter(&town).await;
    let short = |value: &Option<lapin::types::ShortString>| value.as_ref().map(|value| value.as_str().to_owned());
    assert_eq!(
        [kept.content_type(), kept.correlation_id(), kept.reply_to(), kept.app_id(), kept.kind(), kept.message_id()]
            .map(short),
        ["application/json", "c-1", "replies", "cases/2", "status", "m-1"].map(|text| Some(text.to_owned()))
    );
    assert_eq!((*kept.timestamp(), short(kept.user_id()), short(kept.expiration())), (Some(1_795_000_000), None, None));
    let headers = kept.headers().clone().unwrap();
    let header = |name: &str| match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(
        ["x-own", "x-huiliu-user-id", "x-huiliu-expiration", "x-huiliu-exchange"].map(header),
        ["kept", user().as_str(), "600000", status]
    );
    let log = town.sandbox.log();
    let line = log.lines().find(|line| line.contains("A status update was refused")).unwrap_or_default();
    for named in ["m-1", "RC-20261122-000001", platform.feed()] {
        assert!(line.contains(named), "{named}: {line}");
    }
    assert!(!log.contains("张三") && !log.contains("13800001111"), "{log}");
    let request = http::Request::get(format!("{}/metrics", town.sandbox.url)).body(bytes::Bytes::new()).unwrap();
    let client = huiliu_adapter_http::HttpClient::new();
    let metrics = client.send(request, std::time::Duration::from_secs(10)).await.unwrap();
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("huiliu_status_updates_total{verdict=\"refused\"} 1"), "{metrics}");
    connection.close(200, "done".into()).await.unwrap();
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn an_update_from_the_future_is_refused() {
    let (town, platform) = Town::start("future").await;
    town.accept("S4", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let ticket = town.ticket(&platform, "S4").await;
    let update = |at: &str, due_at: Value| {
        json!({
            "update_id": "f", "platform": platform.feed(), "ticket_id": ticket, "sequence": 1, "status": "extended",
            "occurred_at": at, "due_at": due_at,
        })
    };
    for (sent, says) in [
        (update("2099-01-01T00:00:00+08:00", Value::Null), "in the future"),
        (update("2026-01-01T00:00:00+08:00", json!("2025-12-31T00:00:00+08:00")), "before occurred_at"),
        (update("2026-01-01T00:00:00+08:00", json!("2099-12-31T00:00:00+08:00")), "more than ten years"),
    ] {
        platform.send_raw(&sent).await.unwrap();
        let (reasons, _) = dead_letter(&town).await;
        assert!(reasons.contains(says), "{says}: {reasons}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn refused_updates_are_listed_shown_and_discarded_by_their_names() {
    let (town, platform) = Town::start("refused-letters").await;
    assert_eq!(town.sandbox.command(&["refused", "list"]).await.unwrap(), "", "nothing was refused yet");
    for ticket in ["RC-20261122-000091", "RC-20261122-000092"] {
        platform.send(ticket, "resolved", Some("已修复")).await.unwrap();
    }
    town.until("both are refused", "/healthz", |health| health["broker"]["refused"] == 2).await;
    let listed = town.sandbox.command(&["refused", "list"]).await.unwrap();
    let named = |text: &str| -> Vec<String> {
        let words = text.split_whitespace().filter(|word| word.starts_with("body-"));
        words.map(str::to_owned).collect()
    };
    let names = named(&listed);
    assert_eq!(names.len(), 2, "{listed}");
    assert!(listed.contains("RC-20261122-000091") && listed.contains("RC-20261122-000092"), "{listed}");
    assert_eq!(named(&town.sandbox.command(&["refused", "list", "--limit", "1"]).await.unwrap()), names[..1]);
    let (code, shown, notes) = town.sandbox.ended(&["refused", "show", &names[1]]).await.unwrap();
    assert!(code == 0 && shown.contains("\"ticket_id\": \"RC-20261122-000092\""), "{shown}{notes}");
    assert!(!shown.contains("RC-20261122-000091\""), "{shown}");
    assert!(town.sandbox.command(&["refused", "show", "no-such-message"]).await.is_err());
    // Looking takes nothing away.
    assert_eq!(named(&town.sandbox.command(&["refused", "list"]).await.unwrap()), names);
    assert!(town.sandbox.command(&["refused", "discard", "no-such-message"]).await.is_err());
    town.sandbox.command(&["refused", "discard", &names[0]]).await.unwrap();
    assert_eq!(named(&town.sandbox.command(&["refused", "list"]).await.unwrap()), names[1..]);
    town.sandbox.command(&["refused", "discard", "--all"]).await.unwrap();
    assert_eq!(town.sandbox.command(&["refused", "list"]).await.unwrap(), "");
    town.sandbox.finish().await.unwrap();
}

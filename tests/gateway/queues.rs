//! Queues that exist with other arguments, fill, or are looked into.

use huiliu_city::{Platform, eventually};
use lapin::options::{
    BasicAckOptions, BasicGetOptions, BasicRejectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use serde_json::Value;

use crate::town::{PATIENCE, Town, amqp};

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。");

async fn channel() -> (Connection, Channel) {
    let connection = Connection::connect(&amqp(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

#[tokio::test]
async fn one_feed_with_a_broken_queue_stops_no_other() {
    let mut town = Town::prepare("broken").await;
    let (connection, channel) = channel().await;
    let urban = town.sandbox.feed_queue("urban");
    let options = QueueDeclareOptions::durable();
    channel.queue_declare(urban.as_str().into(), options, FieldTable::default()).await.unwrap();
    town.sandbox.start().await.unwrap();
    let command = town.platform().await;
    town.accept("Q1", LAMP.0, LAMP.1).await;
    let ticket = town.ticket(&command, "Q1").await;
    command.send(&ticket, "accepted", None).await.unwrap();
    town.until("heard", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "accepted").await;
    let health = town.until("one in the outbox", "/healthz", |health| health["queues"]["outbox"] == 2).await;
    assert_eq!(health["broker"]["stopped_feeds"][0], urban.replace("huiliu.feed.", ""), "{health}");
    let alarm = &health["broker"]["alarms"][0];
    assert!(
        alarm["en"].as_str().unwrap().contains(&urban) && alarm["zh"].as_str().unwrap().contains("已停"),
        "{alarm}"
    );
    let shown = town.sandbox.run_any(&["status", "--token", &town.sandbox.token]).await;
    assert!(shown.contains("is stopped") && shown.contains(&urban), "{shown}");
    assert!(town.sandbox.log().contains("is stopped"), "{}", town.sandbox.log());
    // Deleted, it is declared again by itself, and what waited goes out in order.
    channel.queue_delete(urban.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
    town.until("well again", "/healthz", |health| {
        health["queues"]["outbox"] == 0 && health["broker"]["stopped_feeds"] == serde_json::json!([])
    })
    .await;
    let platform = Platform::start(&amqp(), &urban, town.sandbox.status_exchange()).await.unwrap();
    town.ticket(&platform, "Q1").await;
    assert_eq!(platform.out_of_order(), 0);
    connection.close(200, "done".into()).await.unwrap();
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn queues_and_exchanges_of_an_older_gateway_do_not_stop_the_start() {
    let mut town = Town::prepare("older").await;
    let (connection, channel) = channel().await;
    let (unrouted, status) = (town.sandbox.unrouted().to_owned(), town.sandbox.status_exchange().to_owned());
    let mut quorum = FieldTable::default();
    quorum.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    for queue in [unrouted.clone(), format!("{status}.dead")] {
        channel.queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), quorum.clone()).await.unwrap();
    }
    // A feed that gives up messages to the exchange of all cities.
    let urban = town.sandbox.feed_queue("urban");
    let mut earlier = quorum.clone();
    earlier.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(20));
    earlier.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("huiliu.dead".into()));
    channel.queue_declare(urban.as_str().into(), QueueDeclareOptions::durable(), earlier).await.unwrap();
    // The public exchange without its alternate.
    let tickets = town.sandbox.tickets_exchange().to_owned();
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let none = FieldTable::default();
    channel.exchange_declare(tickets.as_str().into(), ExchangeKind::Topic, durable, none).await.unwrap();
    town.sandbox.start().await.unwrap();
    let ready = town.sandbox.get("/readyz").await.unwrap();
    let told: Vec<&str> =
        ready["broker"]["alarms"].as_array().unwrap().iter().filter_map(|alarm| alarm["en"].as_str()).collect();
    for name in [&unrouted, &format!("{status}.dead"), &tickets, &urban] {
        assert!(
            told.iter().any(|told| told.contains(name.as_str()) && told.contains("used as it is")),
            "{name}: {told:?}"
        );
    }
    let platform = town.platform().await;
    town.accept("Q2", LAMP.0, LAMP.1).await;
    town.ticket(&platform, "Q2").await;
    let platform = Platform::start(&amqp(), &urban, &status).await.unwrap();
    town.ticket(&platform, "Q2").await;
    connection.close(200, "done".into()).await.unwrap();
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_is_set_aside_is_counted_told_shown_and_given_back() {
    let (town, _platform) = Town::start("aside").await;
    town.accept("Q3", LAMP.0, LAMP.1).await;
    // Nobody has bound the public stream, and the city administration gives its message up.
    let (connection, channel) = channel().await;
    let urban = town.sandbox.feed_queue("urban");
    let fetch = || async { channel.basic_get(urban.as_str().into(), BasicGetOptions::default()).await.ok().flatten() };
    let given_up = eventually("the feed's message", PATIENCE, fetch).await.unwrap();
    let given_up_name = given_up.properties.message_id().as_ref().unwrap().as_str().to_owned();
    given_up.delivery.reject(BasicRejectOptions { requeue: false }).await.unwrap();
    let ready =
        town.until("counted", "/readyz", |ready| ready["broker"]["unrouted"] == 1 && ready["broker"]["dead"] == 1);
    let ready = ready.await;
    let told = ready["broker"]["alarms"].to_string();
    assert!(told.contains("huiliu dead list") && told.contains("huiliu unrouted list"), "{told}");
    let listed = town.sandbox.command(&["dead", "list"]).await.unwrap();
    assert!(listed.contains(".1.urban") && listed.contains("rejected") && listed.contains(&urban), "{listed}");
    assert!(!listed.contains(LAMP.0), "a list holds no citizen's words: {listed}");
    let name = given_up_name.as_str();
    let shown = town.sandbox.command(&["dead", "show", name]).await.unwrap();
    assert!(shown.contains(LAMP.0), "{shown}");
    assert!(town.sandbox.command(&["dead", "return", "no-such-message"]).await.is_err());
    town.sandbox.command(&["dead", "return", "--all"]).await.unwrap();
    let again = eventually("the message again", PATIENCE, fetch).await.unwrap();
    let event: Value = serde_json::from_slice(&again.delivery.data).unwrap();
    assert_eq!(event["data"]["title"], LAMP.0);
    again.delivery.ack(BasicAckOptions::default()).await.unwrap();
    let public = given_up_name.trim_end_matches(&format!(".{}", feed_of(&urban)));
    // A place in the queue is none to go by: whoever has looked has changed it.
    assert!(town.sandbox.command(&["unrouted", "discard", "1"]).await.is_err());
    town.sandbox.command(&["unrouted", "show", public]).await.unwrap();
    town.sandbox.command(&["unrouted", "discard", public]).await.unwrap();
    town.until("emptied", "/readyz", |ready| ready["broker"]["unrouted"] == 0 && ready["broker"]["dead"] == 0).await;
    let unnamed = town.sandbox.run_any(&["unrouted", "list"]).await;
    assert!(unnamed.contains("is empty"), "{unnamed}");
    connection.close(200, "done".into()).await.unwrap();
    town.sandbox.finish().await.unwrap();
}

/// The name of a feed by that of its queue.
fn feed_of(queue: &str) -> &str {
    queue.trim_start_matches("huiliu.feed.")
}

//! The broker goes away, comes back, asks for certificates, loses a queue.

use std::time::Duration;

use huiliu_adapter_http::HttpClient;
use huiliu_city::{Wire, eventually, not_run};
use lapin::options::{BasicGetOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};

use crate::town::{PATIENCE, Town, amqp};

/// Host and port of an AMQP URL.
fn authority(url: &str) -> String {
    let authority = url.rsplit('@').next().unwrap_or_default().split('/').next().unwrap_or_default();
    if authority.contains(':') { authority.to_owned() } else { format!("{authority}:5672") }
}

#[tokio::test]
async fn the_outbox_keeps_everything_in_order_while_the_broker_is_away() {
    let mut town = Town::prepare("away").await;
    let wire = Wire::start(authority(&amqp())).await.unwrap();
    town.sandbox.set("HULIU_AMQP_URL", &amqp().replace(&authority(&amqp()), &wire.address.to_string()));
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    for index in 0..30 {
        match index {
            10 => wire.cut(),
            20 => {
                // While it is away, complaints are taken and answered all the same.
                town.until("away", "/readyz", |ready| ready["broker"]["connected"] == false).await;
                let ask = http::Request::get(format!("{}/readyz", town.sandbox.url)).body(bytes::Bytes::new()).unwrap();
                let answer = HttpClient::new().send(ask, Duration::from_secs(10)).await.unwrap();
                assert_eq!(answer.status.as_u16(), 503, "{:?}", answer.body);
                wire.mend();
            }
            _ => {}
        }
        town.accept(&format!("W{index}"), "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，请安排维修。")
            .await;
    }
    for index in 0..30 {
        town.ticket(&platform, &format!("W{index}")).await;
    }
    assert_eq!(platform.out_of_order(), 0);
    let ticket = town.ticket(&platform, "W0").await;
    let mut versions: Vec<u64> = platform
        .events()
        .iter()
        .filter(|event| event["data"]["ticket_id"] == ticket.as_str())
        .map(|event| event["data"]["version"].as_u64().unwrap())
        .collect();
    versions.dedup();
    let whole: Vec<u64> = (1..=versions.last().copied().unwrap()).collect();
    assert_eq!(versions, whole, "every version, in order; repeats only beside each other");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_deleted_queue_is_declared_again_and_misses_nothing() {
    let (town, platform) = Town::start("deleted").await;
    town.accept("X1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    town.ticket(&platform, "X1").await;
    // A consumer of the old queue would be handed what the new one of that name gets, until its channel closes.
    platform.close().await.unwrap();
    let connection = Connection::connect(&amqp(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let queue = town.sandbox.feed_queue("command");
    channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
    town.accept("X2", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    // Each look has a channel of its own: the broker closes a channel that asks for a queue that is not there.
    let look = || async {
        let channel = connection.create_channel().await.ok()?;
        let found = channel.basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true }).await.ok()??;
        let event: serde_json::Value = serde_json::from_slice(&found.data).ok()?;
        Some(event["data"]["complaints"][0]["source_number"].clone())
    };
    let found = eventually("the message in the new queue", PATIENCE, look).await.unwrap();
    assert_eq!(found, "X2");
    town.until("outbox empty", "/healthz", |health| health["queues"]["outbox"] == 0).await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn another_node_of_the_broker_is_asked_where_the_first_one_does_not_answer() {
    let mut town = Town::prepare("cluster").await;
    let url = amqp();
    let (before, rest) = url.rsplit_once('@').unwrap();
    let (host, vhost) = rest.split_once('/').unwrap();
    town.sandbox.set("HULIU_AMQP_URL", &format!("{before}@127.0.0.1:1/{vhost}"));
    town.sandbox.configure(&format!("hosts = [\"127.0.0.1:2\", \"{host}\"]\n")).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    town.accept("C1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    town.ticket(&platform, "C1").await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn amqps_with_a_client_certificate() {
    let (Ok(url), Ok(tls)) = (std::env::var("HULIU_AMQPS_URL"), std::env::var("HULIU_TLS_DIR")) else {
        return not_run(
            "HULIU_AMQPS_URL and HULIU_TLS_DIR are set only where deploy/services started the broker itself",
        );
    };
    let mut town = Town::prepare("tls").await;
    town.sandbox.set("HULIU_AMQP_URL", &url);
    let settings = format!(
        "tls = {{ ca_file = \"{tls}/ca.pem\", certificate_file = \"{tls}/client.pem\", key_file = \"{tls}/client.key\" }}\n"
    );
    town.sandbox.configure(&settings).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    town.accept("T1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    town.ticket(&platform, "T1").await;
    town.sandbox.finish().await.unwrap();
}

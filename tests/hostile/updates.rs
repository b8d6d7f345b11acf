//! Status updates that cannot be used.

use huiliu_city::eventually;
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde_json::{Value, json};

use crate::town::{PATIENCE, amqp};
use crate::victim::{MAX_COST_MIB, Victim};

fn update(feed: &str, ticket: &str, sequence: i64) -> Value {
    json!({
        "update_id": format!("h{sequence}"), "platform": feed, "ticket_id": ticket, "sequence": sequence,
        "status": "in_progress", "occurred_at": "2026-11-22T09:00:00+08:00",
    })
}

fn with(ticket: &str, name: &str, value: Value) -> Vec<u8> {
    let mut update = update("command", ticket, 1);
    update[name] = value;
    update.to_string().into_bytes()
}

#[tokio::test]
async fn every_bad_update_becomes_a_dead_letter_with_its_reason_and_holds_up_no_other() {
    let victim = Victim::start("updates").await;
    victim.town.accept("U1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let ticket = victim.town.ticket(&victim.platform, "U1").await;
    let connection = Connection::connect(&amqp(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let status = victim.town.sandbox.status_exchange();
    let attacks: Vec<(&str, Vec<u8>)> = vec![
        ("not JSON", b"{".to_vec()),
        ("not JSON", Vec::new()),
        ("not JSON", "[".repeat(10_000).into_bytes()),
        ("not an object", b"[]".to_vec()),
        ("unknown field", with(&ticket, &"x".repeat(140_000), json!(1))),
        ("status", with(&ticket, "status", json!("s".repeat(140_000)))),
        ("sequence", with(&ticket, "sequence", json!(i64::MAX))),
        ("sequence", with(&ticket, "sequence", json!(-1))),
        ("department", with(&ticket, "department", json!("d".repeat(1 << 20)))),
        ("result", with(&ticket, "result", json!("r".repeat(10 << 20)))),
        ("occurred_at", with(&ticket, "occurred_at", json!("昨天"))),
        ("due_at", with(&ticket, "due_at", json!("9999-12-30T00:00:00Z"))),
        ("there is no ticket", update(victim.platform.feed(), "RC-00000000-999999", 1).to_string().into_bytes()),
        ("there is no feed", update("nobody", &ticket, 1).to_string().into_bytes()),
    ];
    let mut headers = FieldTable::default();
    headers.insert("x-own".into(), AMQPValue::LongString("h".repeat(120_000).into()));
    let publish = async |body: Vec<u8>, headers: FieldTable| {
        let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
        let options = BasicPublishOptions::default();
        channel.basic_publish(status.into(), "x".into(), options, &body, properties).await.unwrap().await.unwrap();
    };
    let count = attacks.len() + 1;
    let expected: Vec<&str> = attacks.iter().map(|(says, _)| *says).chain(["not JSON"]).collect();
    let attack = async {
        for (_, body) in attacks {
            publish(body, FieldTable::default()).await;
        }
        publish(b"x".to_vec(), headers).await;
        // A good one behind them all.
        publish(update(victim.platform.feed(), &ticket, 7).to_string().into_bytes(), FieldTable::default()).await;
        let path = format!("/api/v1/tickets/{ticket}");
        victim.town.until("the good update is applied", &path, |document| document["status"] == "in_progress").await;
    };
    let ((), cost) = victim.cost(attack).await;
    assert!(cost <= MAX_COST_MIB, "{cost} MiB");
    let dead = format!("{status}.dead");
    let mut reasons = Vec::new();
    while reasons.len() < count {
        let look =
            || async { channel.basic_get(dead.as_str().into(), BasicGetOptions { no_ack: true }).await.ok().flatten() };
        let letter = eventually("a dead letter", PATIENCE, look).await.unwrap();
        let headers = letter.properties.headers().clone().unwrap_or_default();
        let Some(AMQPValue::LongString(reason)) = headers.inner().get("x-huiliu-reasons") else { panic!("no reason") };
        let reason = reason.to_string();
        assert!(reason.len() < 20_000, "{}", reason.len());
        reasons.push(reason);
    }
    for (reason, says) in reasons.iter().zip(expected) {
        assert!(reason.contains(says), "{says}: {reason}");
    }
    connection.close(200, "done".into()).await.unwrap();
    victim.is_well("U2").await;
    victim.finish().await;
}

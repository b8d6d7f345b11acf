//! The published contract is what the code speaks.

use std::path::Path;

use huiliu::forward::wire::v1::{asyncapi, read_status_update, schemas};
use huiliu::http::openapi;
use serde_json::{Value, json};

use crate::town::Town;

fn published(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schemas").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_published_documents_are_those_of_the_code() {
    let made = schemas().into_iter().chain([("asyncapi.json", asyncapi()), ("openapi.json", openapi())]);
    for (name, document) in made {
        assert_eq!(published(name), document, "{name}: run `huiliu schemas deploy/schemas`");
    }
}

#[test]
fn the_schema_and_the_reader_of_status_updates_agree() {
    let validator = jsonschema::validator_for(&published("status-update-v1.schema.json")).unwrap();
    let valid = json!({
        "update_id": "u1", "platform": "urban", "ticket_id": "RC-1", "sequence": 1, "status": "resolved",
        "occurred_at": "2026-11-22T09:00:00+08:00", "result": "已修复",
    });
    let mut cases = vec![(valid.clone(), true)];
    for (member, value) in
        [("status", json!("absorbed")), ("sequence", json!(-1)), ("update_id", json!("")), ("surprise", json!(1))]
    {
        let mut case = valid.clone();
        case[member] = value;
        cases.push((case, false));
    }
    for (case, expected) in cases {
        let read = read_status_update(case.to_string().as_bytes()).is_ok();
        assert_eq!((validator.is_valid(&case), read), (expected, expected), "{case}");
    }
}

#[tokio::test]
async fn every_event_on_the_wire_is_valid_and_masked_as_its_feed_asks() {
    let (town, platform) = Town::start("wire").await;
    town.accept("V1", "青鱼滩路路灯不亮", "青鱼滩路路灯不亮，联系13800001111").await;
    let ticket = town.ticket(&platform, "V1").await;
    platform.send(&ticket, "accepted", None).await.unwrap();
    town.until("accepted", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "accepted").await;
    let (broker, queue) = (crate::town::amqp(), town.sandbox.feed_queue("urban"));
    let urban = huiliu_city::Platform::start(&broker, &queue, town.sandbox.status_exchange()).await.unwrap();
    town.ticket(&urban, "V1").await;
    let validator = jsonschema::validator_for(&published("ticket-v1.schema.json")).unwrap();
    let (full, masked) = (platform.events(), urban.events());
    for event in full.iter().chain(&masked) {
        let errors: Vec<String> = validator.iter_errors(&event["data"]).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!((&event["specversion"], &event["subject"]), (&json!("1.0"), &json!(ticket)));
    }
    assert_eq!(full[0]["data"]["complaints"][0]["reporter"]["phone"], "13800001111");
    let masked = Value::Array(masked).to_string();
    assert!(masked.contains("138****1111") && !masked.contains("13800001111"), "{masked}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn the_described_operations_are_those_that_answer() {
    let (town, _platform) = Town::start("openapi").await;
    let document = town.sandbox.get("/api/v1/openapi.json").await.unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let concrete = path.replace("{raw_id}", "1").replace("{receipt}", "X").replace("{id}", "1");
        for method in operations.as_object().unwrap().keys() {
            if concrete.ends_with("/reload") || concrete.ends_with("/erase") {
                continue;
            }
            let answer = match method.as_str() {
                "get" => town.sandbox.get(&format!("/api/v1{concrete}")).await.unwrap(),
                _ => serde_json::from_slice(
                    &town.sandbox.post(&format!("/api/v1{concrete}"), &json!({})).await.unwrap().body,
                )
                .unwrap(),
            };
            assert!(answer.is_object(), "{method} {path}: {answer}");
        }
    }
    town.sandbox.finish().await.unwrap();
}

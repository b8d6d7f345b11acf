//! The published contract is what the code speaks.

use std::path::Path;

use huiliu::forward::wire::v1::{asyncapi, schemas};
use huiliu::http::openapi;
use serde_json::{Value, json};

use crate::town::Town;

pub fn published(name: &str) -> Value {
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

#[tokio::test]
async fn the_published_documents_are_served_to_everybody() {
    let (town, _platform) = Town::start("schemas").await;
    let client = huiliu_adapter_http::HttpClient::new();
    let get = async |name: &str| {
        let request = http::Request::get(format!("{}/schemas/{name}", town.sandbox.url)).body(bytes::Bytes::new());
        client.send(request.unwrap(), std::time::Duration::from_secs(10)).await.unwrap()
    };
    for name in ["ticket-v1.schema.json", "status-update-v1.schema.json", "asyncapi.json", "openapi.json"] {
        let answer = get(name).await;
        assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), published(name), "{name}");
    }
    assert_eq!(get("ticket-v1.schema.json").await.headers["content-type"], "application/schema+json");
    assert_eq!(get("ticket-v2.schema.json").await.status.as_u16(), 404);
    town.sandbox.finish().await.unwrap();
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
async fn a_trace_goes_from_the_call_to_the_messages_and_from_an_update_to_what_follows() {
    let (town, platform) = Town::start("trace").await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let body = json!([{ "number": "T1", "kind": "投诉", "title": "青鱼滩路路灯不亮", "text": "青鱼滩路公交站附近的路灯已经一周不亮。" }]);
    let request = http::Request::post(format!("{}/in/generic", town.sandbox.url))
        .header("content-type", "application/json")
        .header("x-api-key", huiliu_city::Sandbox::GENERIC_KEY)
        .header("traceparent", trace)
        .body(bytes::Bytes::from(body.to_string()))
        .unwrap();
    let client = huiliu_adapter_http::HttpClient::new();
    assert!(client.send(request, std::time::Duration::from_secs(10)).await.unwrap().status.is_success());
    let ticket = town.ticket(&platform, "T1").await;
    assert_eq!(platform.events()[0]["traceparent"], trace);
    // The header says the same; the message lies in the other feed's queue.
    let connection =
        lapin::Connection::connect(&crate::town::amqp(), lapin::ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let queue = town.sandbox.feed_queue("urban");
    let options = lapin::options::BasicGetOptions { no_ack: true };
    let fetch = || async { channel.basic_get(queue.as_str().into(), options).await.ok().flatten() };
    let message = huiliu_city::eventually("the feed's message", crate::town::PATIENCE, fetch).await.unwrap();
    let headers = message.properties.headers().clone().unwrap_or_default();
    assert_eq!(headers.inner().get("traceparent"), Some(&lapin::types::AMQPValue::LongString(trace.into())));
    connection.close(200, "done".into()).await.unwrap();
    // Nobody gave one: it is made, and valid.
    platform.send(&ticket, "accepted", None).await.unwrap();
    let two = || async { platform.events().get(1).cloned() };
    let event = huiliu_city::eventually("the status event", crate::town::PATIENCE, two).await.unwrap();
    let made = event["traceparent"].as_str().unwrap_or_default();
    assert!(huiliu_adapter_api::is_traceparent(made) && made != trace, "{made}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn the_described_operations_are_those_that_answer() {
    let (town, _platform) = Town::start("openapi").await;
    let document = town.sandbox.get("/api/v1/openapi.json").await.unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let concrete = path.replace("{raw_id}", "1").replace("{receipt}", "X").replace("{id}", "1");
        let concrete = concrete.replace("{channel}", "no-such").replace("{rest}", "x");
        for method in operations.as_object().unwrap().keys() {
            if concrete.ends_with("/reload") {
                continue;
            }
            let answer = match method.as_str() {
                "get" => town.sandbox.get(&concrete).await.unwrap(),
                _ => serde_json::from_slice(&town.sandbox.post(&concrete, &json!({})).await.unwrap().body).unwrap(),
            };
            assert!(answer.is_object(), "{method} {path}: {answer}");
        }
    }
    town.sandbox.finish().await.unwrap();
}

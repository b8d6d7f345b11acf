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

/// A schema of the OpenAPI document, which finds the others.
fn validator(schema: &Value, document: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(&json!({ "components": document["components"], "allOf": [schema] })).unwrap()
}

#[test]
fn every_parameter_body_and_answer_has_an_example_that_its_own_schema_accepts() {
    let document = published("openapi.json");
    let (mut seen, mut wrong) = (0, Vec::new());
    let mut judge = |place: String, example: Option<&Value>, schema: &Value| {
        seen += 1;
        match example {
            None => wrong.push(format!("{place} has no example")),
            Some(example) => {
                let errors = validator(schema, &document);
                wrong.extend(errors.iter_errors(example).map(|error| format!("{place}: {error}")));
            }
        }
    };
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                judge(format!("{method} {path} {}", parameter["name"]), parameter.get("example"), &parameter["schema"]);
            }
            let answers =
                operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
            let sides = answers.map(|(_, answer)| answer).chain(operation.get("requestBody"));
            for (kind, media) in sides.flat_map(|side| side["content"].as_object().into_iter().flatten()) {
                judge(format!("{method} {path} {kind}"), media.get("example"), &media["schema"]);
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            // What is a document of its own has its examples there.
            if schema.to_string().contains("\"$ref\"") {
                continue;
            }
            judge(format!("{name}.{member}"), schema["examples"].get(0), schema);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 800, "everything was looked at: {seen}");
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
    let urban = town.urban().await;
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

impl Town {
    /// The platform of the city administration.
    async fn urban(&self) -> huiliu_city::Platform {
        let (broker, queue) = (crate::town::amqp(), self.sandbox.feed_queue("urban"));
        huiliu_city::Platform::start(&broker, &queue, self.sandbox.status_exchange()).await.unwrap()
    }
}

#[tokio::test]
async fn a_feed_sees_in_texts_the_kinds_of_personal_data_that_its_city_shows_it_and_no_others() {
    let mut town = Town::prepare("shows").await;
    let city = town.sandbox.pack.join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    let shows = text.replace("contact = \"masked\"\n", "contact = \"masked\"\nshow = [\"plate\"]\n");
    assert_ne!(shows, text);
    std::fs::write(&city, shows).unwrap();
    town.sandbox.start().await.unwrap();
    let said = "青鱼滩路路灯不亮，灯杆是车牌鲁K12345的车撞的，联系13800002222，邮箱lamp@example.com。";
    town.accept("S1", "青鱼滩路路灯不亮", said).await;
    let urban = town.urban().await;
    town.ticket(&urban, "S1").await;
    let shown = Value::Array(urban.events()).to_string();
    assert!(shown.contains("鲁K12345"), "{shown}");
    for hidden in ["13800002222", "13800001111", "lamp@example.com"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    town.sandbox.stop().await.unwrap();
    std::fs::write(&city, text).unwrap();
    town.sandbox.start().await.unwrap();
    town.accept("S2", "松涛街路灯不亮", &said.replace("青鱼滩路", "松涛街")).await;
    town.ticket(&urban, "S2").await;
    let masked = urban.events();
    let masked = masked.iter().find(|event| event["data"]["title"] == "松涛街路灯不亮").unwrap().to_string();
    assert!(!masked.contains("鲁K12345"), "without the setting: {masked}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn street_and_further_fields_of_a_record_reach_the_feeds() {
    let mut town = Town::prepare("fields").await;
    let generic = town.sandbox.pack.join("channels/generic.toml");
    let text = std::fs::read_to_string(&generic).unwrap();
    let mapping = "street = \"record.street | text\"\ncommunity = \"record.community | text\"\n";
    let extra = "[extra]\nwork_id = \"record.order.id\"\nnote = \"record.order.note\"\n";
    let text = text.replace("[mapping]\n", &format!("[mapping]\n{mapping}"));
    std::fs::write(&generic, text.replace("[reply]\n", &format!("{extra}[reply]\n"))).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    let complaint = json!({
        "number": "F1", "kind": "投诉", "title": "青鱼滩路路灯不亮", "text": "青鱼滩路公交站附近的路灯已经一周不亮。",
        "street": "崖头街道", "community": "青鱼滩社区", "order": { "id": "W-17", "note": "回电13800002222" },
    });
    let (status, answer) = town.post(&complaint).await;
    assert_eq!((status, &answer["outcomes"][0]["state"]), (200, &json!("accepted")), "{answer}");
    town.ticket(&platform, "F1").await;
    let place = json!({ "street": "崖头街道", "community": "青鱼滩社区" });
    let whole = &platform.events()[0]["data"]["complaints"][0];
    let extra = json!({ "work_id": "W-17", "note": "回电13800002222" });
    assert_eq!((&whole["place"], &whole["extra"]), (&place, &extra), "{whole}");
    let urban = town.urban().await;
    town.ticket(&urban, "F1").await;
    let masked = &urban.events()[0]["data"]["complaints"][0];
    let extra = json!({ "work_id": "W-17", "note": "回电138****2222" });
    assert_eq!((&masked["place"], &masked["extra"]), (&place, &extra), "{masked}");
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

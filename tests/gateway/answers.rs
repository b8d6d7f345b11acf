//! What became of tickets at a destination comes back by a channel that brings answers only: pushed, or fetched by SOAP.

use huiliu_city::{Scene, Scripted};
use serde_json::{Value, json};

use crate::town::Town;

/// A destination that gives no number: its answers name our mark.
const DESTINATION: &str =
    "name = \"12345\"\ncarrier = \"file\"\n[settings]\nfolder = \"/nowhere/huiliu\"\nevery = \"24h\"\n";

/// What both channels read of a row.
const ROWS: &str = r#"
[answers]
destination = "orders"
only = true
mark = "record.mark"
status = "record.state"
result = "record.reply"
at = "record.at | datetime"
[reply]
by_hand = true
"#;

/// A town with the destination and one ticket; its id.
async fn with_ticket(name: &str) -> (Town, String) {
    let mut town = Town::prepare(name).await;
    let folder = town.sandbox.pack.join("destinations");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("orders.toml"), DESTINATION).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    town.accept("1", "路灯不亮", "青鱼滩路18号对面的路灯不亮。").await;
    let ticket = town.ticket(&platform, "1").await;
    (town, ticket)
}

/// Has a channel run that was not there before.
async fn connect(town: &Town, channel: &str) {
    std::fs::write(town.sandbox.pack.join("channels/answers.toml"), format!("{channel}{ROWS}")).unwrap();
    let reloaded = town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
    assert_eq!(reloaded.status.as_u16(), 200, "{}", String::from_utf8_lossy(&reloaded.body));
}

/// The ticket is resolved, its citizen is to be told, and nothing has become a complaint.
async fn is_answered(town: &Town, ticket: &str) {
    let resolved = |whole: &Value| whole["status"] == "resolved";
    town.until("it is resolved", &format!("/api/v1/tickets/{ticket}"), resolved).await;
    let told = |page: &Value| page["replies"][0]["ticket"] == ticket;
    let replies = town.until("the answer", "/api/v1/replies?state=by_hand", told).await;
    let reply = &replies["replies"][0];
    assert_eq!(reply["by_hand_reason"], "by_setting", "{replies}");
    assert_eq!(town.ledger().await["complaint_records"], 1);
}

#[tokio::test]
async fn answers_that_are_pushed_resolve_tickets_and_are_answered_themselves() {
    let (mut town, ticket) = with_ticket("answers-pushed").await;
    let channel = r#"
name = "12345 回流"
adapter = "http-push"
[format]
kind = "json"
records = "payload.rows"
id = "record.no"
[settings.auth.addresses]
allow = ["127.0.0.1"]
"#;
    connect(&town, channel).await;
    let push = async |rows: Value| {
        let answer = town.sandbox.post("/in/answers", &json!({ "rows": rows })).await.unwrap();
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status.as_u16(), said["outcomes"][0].clone())
    };
    let row = |state: &str, at: &str, mark: &str| json!([{ "no": format!("{state}{at}"), "mark": mark, "state": state, "reply": "已修好。", "at": at }]);
    let (status, outcome) = push(row("resolved", "昨天", &ticket)).await;
    assert_eq!((status, &outcome["state"]), (200, &json!("quarantined")), "a time that is none: {outcome}");
    let (_, outcome) = push(row("resolved", "2026-11-26 08:00:00", "nobody")).await;
    assert_eq!(outcome["state"], "quarantined", "nobody's: {outcome}");
    let (status, outcome) = push(row("resolved", "2026-11-26 08:00:00", &ticket)).await;
    assert_eq!(
        (status, &outcome["state"], &outcome["rule"]),
        (200, &json!("discarded"), &json!("answer")),
        "{outcome}"
    );
    is_answered(&town, &ticket).await;
    let viewer = town.sandbox.command(&["token", "new", "clerk", "--role", "viewer"]).await.unwrap();
    town.sandbox.token = viewer.trim().to_owned();
    let less = town.sandbox.get("/api/v1/replies?state=by_hand").await.unwrap();
    let reply = &less["replies"][0];
    assert_eq!((&reply["last_error"], &reply["by_hand_reason"]), (&Value::Null, &json!("by_setting")), "{less}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn answers_that_are_fetched_by_soap_resolve_tickets_once() {
    let (town, ticket) = with_ticket("answers-soap").await;
    let row = format!(
        "<row><no>7</no><mark>{ticket}</mark><state>resolved</state><reply>已修好。</reply><at>2026-11-26 08:00:00</at></row>"
    );
    let body = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><listResponse>{row}</listResponse></s:Body></s:Envelope>"
    );
    let content_type = "text/xml; charset=utf-8".to_owned();
    let scene = Scene { when: "<list".to_owned(), times: None, status: 200, content_type, body: body.into_bytes() };
    let orders = Scripted::start(vec![scene]).await.unwrap();
    let channel = format!(
        r#"
name = "12345 回流"
adapter = "soap"
pace = {{ every_s = 1, per_minute = 600, batch = 10 }}
[format]
kind = "xml"
records = "payload.listResponse.row"
id = "record.no"
[settings]
endpoint = "{}"
[settings.list]
body = "<list xmlns=\"urn:o\"><from>{{{{ page.offset }}}}</from></list>"
"#,
        orders.url
    );
    connect(&town, &channel).await;
    is_answered(&town, &ticket).await;
    let asked = orders.asked().len() + 2;
    town.until("it is listed again", "/healthz", |_| orders.asked().len() >= asked).await;
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(whole["version"], 3, "made, resolved once, and to be called back about: {whole}");
    town.sandbox.finish().await.unwrap();
}

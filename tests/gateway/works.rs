//! Channels are paused, go on, are pulled at once and tried by those who look after the machine; how it stands.

use huiliu_city::{Sandbox, post_generic};
use serde_json::{Value, json};

use crate::town::Town;

const ROWS: &str = "工单编号,受理时间,工单类型,标题,内容,诉求地址\n\
    L1,2026/11/21 09:12,投诉,路灯不亮,青鱼滩路路灯不亮,青鱼滩路\n\
    ,2026/11/21 09:13,投诉,井盖破损,,海湾路\n";

fn state(channel: &Value) -> &str {
    channel["health"]["state"].as_str().unwrap_or_default()
}

impl Town {
    async fn channel(&self, id: &str) -> Value {
        let page = self.sandbox.get("/api/v1/channels").await.unwrap();
        page["channels"].as_array().unwrap().iter().find(|channel| channel["id"] == id).unwrap().clone()
    }

    async fn ordered(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.sandbox.post(&format!("/api/v1/{path}"), &body).await.unwrap();
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

#[tokio::test]
async fn a_paused_channel_takes_nothing_over_a_restart_and_loses_nothing() {
    let (mut town, _platform) = Town::start("paused").await;
    let (status, paused) = town.ordered("channels/generic/pause", json!({ "reason": "对方升级" })).await;
    assert_eq!((status, state(&paused)), (200, "paused"), "{paused}");
    assert_eq!(paused["health"]["paused"]["reason"], "对方升级");
    let (_, again) = town.ordered("channels/generic/pause", json!({ "reason": "又一次" })).await;
    assert_eq!(again["health"]["paused"], paused["health"]["paused"], "who did it first, and why, stays");
    let body = json!([{ "number": "P1", "kind": "投诉", "title": "路灯不亮", "text": "青鱼滩路路灯不亮" }]).to_string();
    for is_restarted in [false, true] {
        if is_restarted {
            town.sandbox.stop().await.unwrap();
            town.sandbox.start().await.unwrap();
        }
        assert_eq!(state(&town.channel("generic").await), "paused");
        let refused = post_generic(&town.sandbox.url, Sandbox::GENERIC_KEY, body.clone().into_bytes()).await.unwrap();
        assert_eq!((refused.status.as_u16(), &refused.headers["retry-after"]), (503, &"300".parse().unwrap()));
        assert_eq!(town.ledger().await["received"], 0, "nothing of it is kept");
    }
    let reloaded = town.ordered("pack/reload", json!({})).await;
    assert_eq!((reloaded.0, state(&town.channel("generic").await)), (200, "paused"), "{}", reloaded.1);
    let page = town.sandbox.fetch("/metrics").await.unwrap();
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(text.contains("huiliu_channel_state{channel=\"generic\",state=\"paused\"} 1"), "{text}");
    let (status, running) = town.ordered("channels/generic/resume", json!({})).await;
    assert_eq!((status, running["health"]["paused"].is_null()), (200, true), "{running}");
    town.accept("P1", "路灯不亮", "青鱼滩路路灯不亮").await;
    assert_eq!(town.ordered("channels/none/pause", json!({})).await.0, 404);
    assert_eq!(town.ordered("channels/generic/pull", json!({})).await.0, 409, "its source pushes");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_channel_is_tried_without_a_trace_and_pulled_at_once() {
    let mut town = Town::prepare("tried").await;
    let ledger = town.sandbox.pack.join("channels/ledger.toml");
    let text = std::fs::read_to_string(&ledger).unwrap();
    std::fs::write(
        &ledger,
        text.replacen("every_s = 2", "every_s = 3600", 1).replacen("settle_s = 1\n", "settle_s = 0\n", 1),
    )
    .unwrap();
    town.sandbox.start().await.unwrap();
    town.until("a first look", "/api/v1/channels", |page| {
        page["channels"].as_array().unwrap().iter().any(|one| one["id"] == "ledger" && state(one) == "running")
    })
    .await;
    let (_, nothing) = town.ordered("channels/ledger/test", json!({})).await;
    assert_eq!((&nothing["works"], &nothing["records"]), (&json!(true), &json!([])), "{nothing}");
    let file = town.sandbox.folder.join("var/ledger/台账.csv");
    std::fs::write(&file, ROWS).unwrap();
    let (status, tested) = town.ordered("channels/ledger/test", json!({})).await;
    assert_eq!((status, &tested["works"]), (200, &json!(false)), "{tested}");
    let becomes: Vec<&str> =
        tested["records"].as_array().unwrap().iter().map(|record| record["becomes"].as_str().unwrap()).collect();
    assert_eq!(becomes, ["complaint", "set_aside"], "{tested}");
    assert!(!tested["records"][1]["problems"].as_array().unwrap().is_empty(), "{tested}");
    assert_eq!(town.ledger().await["received"], 0, "nothing is kept");
    assert!(file.exists(), "and nothing moved");
    town.ordered("channels/ledger/pause", json!({})).await;
    assert_eq!(town.ordered("channels/ledger/pull", json!({})).await.0, 409, "paused");
    let (_, paused) = town.ordered("channels/ledger/test", json!({})).await;
    assert!(paused["found"].as_array().unwrap().iter().any(|one| one["en"].as_str().unwrap().contains("paused")));
    std::fs::remove_file(&file).unwrap();
    town.ordered("channels/ledger/resume", json!({})).await;
    town.until("that it goes on", "/api/v1/channels", |page| {
        page["channels"].as_array().unwrap().iter().any(|one| one["id"] == "ledger" && state(one) == "running")
    })
    .await;
    std::fs::write(&file, ROWS).unwrap();
    let (status, pulled) = town.ordered("channels/ledger/pull", json!({})).await;
    assert_eq!(status, 200, "{pulled}");
    town.until("what was dropped", "/api/v1/ledger", |ledger| ledger["received"] == 2).await;
    let soon = town.sandbox.post("/api/v1/channels/ledger/pull", &json!({})).await.unwrap();
    assert!(soon.status == 429 && soon.headers.contains_key("retry-after"), "{}", soon.status);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn whoever_is_bound_to_some_matters_works_at_no_channel_and_all_that_is_done_is_in_the_audit_log() {
    let (town, _platform) = Town::start("bound").await;
    let bound = town.signed_in(&["op", "--role", "operator", "--department", "urban-management"]).await;
    let sms = town.signed_in(&["sms", "--role", "operator", "--channel", "sms"]).await;
    let viewer = town.signed_in(&["guest", "--role", "viewer"]).await;
    for act in ["pause", "resume", "pull", "test"] {
        let path = format!("channels/generic/{act}");
        let asked = [bound.post(&path, json!({})).await.0, sms.post(&path, json!({})).await.0];
        assert_eq!(asked, [403, 404], "{act}");
        assert_eq!(viewer.post(&path, json!({})).await.0, 403, "{act}");
    }
    let (status, tested) = sms.post("channels/sms/test", json!({})).await;
    assert_eq!(
        (status, tested["records"].is_null()),
        (200, true),
        "what is not sorted is for the whole city: {tested}"
    );
    assert_eq!(sms.post("channels/sms/pause", json!({})).await.0, 200);
    assert_eq!(sms.post("channels/sms/resume", json!({})).await.0, 200);
    let actions: Vec<String> = town
        .audit_of("sms")
        .await
        .iter()
        .filter(|entry| entry["subject"] == "channel:sms")
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(actions, ["channel.resume", "channel.pause", "channel.test"], "the newest first");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn how_the_machine_stands_is_told_by_feed() {
    let (town, platform) = Town::start("stands").await;
    town.accept("H1", "路灯不亮", "青鱼滩路路灯不亮").await;
    town.ticket(&platform, "H1").await;
    let stands = town
        .until("that it went out", "/api/v1/health", |stands| !stands["broker"]["last_published_at"].is_null())
        .await;
    assert_eq!((&stands["broker"]["state"], &stands["store"]["writable"]), (&json!("connected"), &json!(true)));
    assert!(stands["broker"]["since"].is_string() && stands["store"]["database_bytes"].as_u64() > Some(0), "{stands}");
    let feeds = stands["feeds"].as_array().unwrap();
    let public = feeds.iter().find(|feed| feed["name"].is_null()).unwrap();
    assert_eq!((&public["carrier"], &public["state"]), (&json!("amqp"), &json!("running")), "{stands}");
    let command =
        feeds.iter().find(|feed| feed["name"].as_str().is_some_and(|name| name.starts_with("command"))).unwrap();
    assert!(command["last_success_at"].is_string() && command["waiting"] == 0, "{stands}");
    town.sandbox.finish().await.unwrap();
}

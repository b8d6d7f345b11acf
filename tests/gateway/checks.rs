//! What `huiliu check` refuses, `huiliu run` refuses; and answers of channels without a way back.

use std::time::Duration;

use bytes::Bytes;
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Sandbox, eventually};
use serde_json::json;

use crate::town::{PATIENCE, Town};

/// Whether both commands refuse, with the same words.
async fn both_refuse(town: &Town, said: &str) {
    let pack = town.sandbox.pack.to_string_lossy().into_owned();
    let checked = town.sandbox.command(&["check", &pack]).await.unwrap_err().to_string();
    let run = town.sandbox.command(&["run", "--pack", &pack]).await.unwrap_err().to_string();
    assert!(checked.contains(said) && run.contains(said), "{said}:\ncheck: {checked}\nrun: {run}");
}

/// Does something with a file changed, and changes it back.
async fn with_change(path: std::path::PathBuf, from: &str, to: &str, then: impl AsyncFnOnce()) {
    let before = std::fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{from}");
    std::fs::write(&path, before.replacen(from, to, 1)).unwrap();
    then().await;
    std::fs::write(&path, before).unwrap();
}

#[tokio::test]
async fn what_check_refuses_run_refuses() {
    let mut town = Town::prepare("checks").await;
    let (pack, settings) = (town.sandbox.pack.clone(), town.sandbox.folder.join("huiliu.toml"));
    let folder = pack.to_string_lossy().into_owned();
    town.sandbox.command(&["check", &folder]).await.unwrap();
    for (path, from, to, said) in [
        (pack.join("city.toml"), "ticket.department in", "ticket.deparment in", "ticket has no member deparment"),
        (pack.join("channels/generic.toml"), "by_hand = true", "", "[reply] has no way to send"),
        (pack.join("cases/generic/full.out.json"), "\"number\": \"", "\"number\": \"x", "cases/generic/full"),
        (settings.clone(), "[amqp]\n", "[amqp]\ntls = { certificate_file = \"c.pem\" }\n", "key_file is missing"),
        (settings.clone(), "[amqp]\n", "[amqp]\nwindow = 0\n", "huiliu.toml:3:1: amqp.window: "),
        (settings.clone(), "[amqp]\n", "database = \"sqlite::memory:\"\n[amqp]\n", "opened once only"),
        (town.sandbox.folder.join("var/keys"), "hash ", "hush ", "the keys cannot be used"),
    ] {
        with_change(path, from, to, async || both_refuse(&town, said).await).await;
    }
    foreign_databases_are_refused(&town).await;
    town.sandbox.set("HULIU_SMS_TOKEN", "");
    both_refuse(&town, "secret token is not set (environment variable HULIU_SMS_TOKEN)").await;
    std::fs::remove_file(town.sandbox.folder.join("var/keys")).unwrap();
    both_refuse(&town, "the keys cannot be used").await;
    let away = town.sandbox.run_any(&["check", &folder, "--away"]).await;
    assert!(away.contains("channels/sms.toml:6:1: ") && away.contains("0 not passed"), "{away}");
    assert!(away.contains("has no user: whoever may publish"), "{away}");
}

/// A file that is no database, one of a newer program, one of other keys.
async fn foreign_databases_are_refused(town: &Town) {
    let path = town.sandbox.folder.join("var/huiliu.db");
    std::fs::write(&path, "no database at all, however long this text may be made".repeat(40)).unwrap();
    both_refuse(town, "cannot be used").await;
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    both_refuse(town, "newer version").await;
    std::fs::remove_file(&path).unwrap();
    let (pack, keys) = (town.sandbox.pack.to_string_lossy().into_owned(), town.sandbox.folder.join("var/keys"));
    let sample = town.sandbox.folder.join("sample.json");
    std::fs::write(&sample, "[{\"number\": \"1\", \"title\": \"路灯不亮\", \"text\": \"路灯三天不亮\"}]").unwrap();
    town.sandbox.command(&["import", "--pack", &pack, "generic", &sample.to_string_lossy()]).await.unwrap();
    let own = std::fs::read(&keys).unwrap();
    std::fs::remove_file(&keys).unwrap();
    town.sandbox.command(&["keys", "new"]).await.unwrap();
    both_refuse(town, "the database sqlite:var/huiliu.db cannot be used").await;
    std::fs::write(&keys, own).unwrap();
}

#[tokio::test]
async fn a_channel_that_only_receives_answers_through_another() {
    let (town, platform) = Town::start("through").await;
    let url = format!("{}/in/sms-huawei?token={}", town.sandbox.url, Sandbox::SMS_TOKEN);
    let text = "%E9%9D%92%E9%B1%BC%E6%BB%A9%E8%B7%AF%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE";
    let send = async |number: &str, from: &str| {
        let body =
            format!("smsMsgId={number}&from={from}&to=10690&body={text}{number}&createTime=2026-11-26T01%3A00%3A00Z");
        let request = http::Request::post(&url).header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Bytes::from(body)).unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(10)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 200, "{:?}", answer.body);
        let key = ("sms-huawei".to_owned(), number.to_owned());
        eventually("on a ticket", PATIENCE, || async { platform.ticket_of().get(&key).cloned() }).await.unwrap()
    };
    let ticket = send("HW1", "%2B8613900002222").await;
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    let told = || async { town.callbacks.told().get("13900002222").cloned() };
    let told = eventually("told by the other channel", PATIENCE, told).await.unwrap();
    assert!(told[0].contains("已换灯") && told[0].contains("满意回1"), "{told:?}");
    town.until("sent", "/api/v1/replies?state=sent", |list| list["replies"][0]["channel"] == "sms-huawei").await;
    let silent = send("HW2", "unknown").await;
    if silent != ticket {
        platform.send(&silent, "resolved", Some("已换灯")).await.unwrap();
    }
    let waiting = "/api/v1/replies?state=by_hand";
    let waiting = town.until("a reply for a person", waiting, |list| list["replies"][0].is_object()).await;
    assert_eq!(waiting["replies"][0]["channel"], "sms-huawei", "no number to tell the citizen at");
    assert_eq!(town.sandbox.get("/api/v1/replies?state=dead").await.unwrap()["replies"], json!([]));
    town.sandbox.finish().await.unwrap();
}

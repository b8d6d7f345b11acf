//! Packs are checked whole, exchanged whole, and told apart.

use huiliu_city::eventually;
use serde_json::json;

use crate::town::{PATIENCE, Town};

#[tokio::test]
async fn a_faulty_pack_stays_out_and_a_good_one_goes_live() {
    let (town, platform) = Town::start("reload").await;
    let version = town.sandbox.get("/healthz").await.unwrap()["pack"]["version"].clone();
    let file = town.sandbox.pack.join("channels/generic.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replace("record.title | text", "record.title | txet")).unwrap();
    let answer = town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status.as_u16(), 422, "{said}");
    assert!(said.contains("channels/generic.toml:19:25") && said.contains("did you mean text"), "{said}");
    let health = town.sandbox.get("/healthz").await.unwrap();
    assert_eq!((&health["pack"]["version"], &health["pack"]["last_reload_problems"]), (&version, &json!(1)));
    town.accept("R1", "旧配置", "青鱼滩路路灯不亮").await;
    // Cases guard the mapping: without them the change would be refused as well.
    std::fs::remove_dir_all(town.sandbox.pack.join("cases/generic")).unwrap();
    std::fs::write(&file, good.replace("title = \"record.title | text\"", "title = \"'新：' ~ record.title\""))
        .unwrap();
    town.sandbox.hangup().await.unwrap();
    town.until("a new version is live", "/healthz", |health| health["pack"]["version"] != version).await;
    town.accept("R2", "配置", "听涛嘉园停水两天，没有通知").await;
    let ticket = town.ticket(&platform, "R2").await;
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(document["title"], "新：配置");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn records_pushed_during_reloads_are_all_kept() {
    let (town, _platform) = Town::start("reloads").await;
    let pushing = async {
        for index in 0..60 {
            let number = format!("P{index}");
            let complaint =
                json!({ "number": number, "title": "测试", "text": format!("第{index}件：建设路路灯不亮") });
            // 503 is an answer too: send again.
            let sent = || async { (town.post(&complaint).await.0 == 200).then_some(()) };
            eventually(&number, PATIENCE, sent).await.unwrap();
        }
    };
    let reloading = async {
        for index in 0..4 {
            let city = town.sandbox.pack.join("city.toml");
            let text = std::fs::read_to_string(&city).unwrap();
            std::fs::write(&city, format!("{text}\n# {index}\n")).unwrap();
            let answer = town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
            assert_eq!(answer.status.as_u16(), 200);
        }
    };
    tokio::join!(pushing, reloading);
    assert_eq!(town.ledger().await["complaints"], 60);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn keys_rotate_and_two_writers_are_refused() {
    let (mut town, platform) = Town::start("keys").await;
    town.accept("K1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let ticket = town.ticket(&platform, "K1").await;
    let refused = town.sandbox.command(&["keys", "rotate"]).await.unwrap_err().to_string();
    assert!(refused.contains("in use by another huiliu process"), "{refused}");
    town.sandbox.stop().await.unwrap();
    let said = town.sandbox.command(&["keys", "rotate"]).await.unwrap();
    assert!(said.contains("sealed again"), "{said}");
    // Without the old key everything still opens.
    let keys = town.sandbox.folder.join("var/keys");
    let kept: String = std::fs::read_to_string(&keys)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("1 "))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&keys, kept).unwrap();
    town.sandbox.start().await.unwrap();
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(document["title"], "青鱼滩路路灯不亮");
    town.sandbox.finish().await.unwrap();
}

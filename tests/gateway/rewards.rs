//! Points and stars of citizens who take part, as the city's own pages and a clerk at the terminal read them.

use serde_json::{Value, json};

use crate::town::Town;

const RULES: &str = r#"
channels = ["generic"]

[[rule]]
code = "report"
name = "反映事项被受理"
on = "accepted"
points = 2

[[rule]]
code = "second"
name = "同一件事已有人反映"
on = "duplicate"
points = -1

[[rule]]
code = "done"
name = "反映的事项办结"
on = "resolved"
points = 3

[stars]
at = [1, 5, 100]
months = 12
"#;
const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。");

impl Town {
    async fn lamp_of(&self, number: &str, phone: &str) -> String {
        let complaint = json!({ "number": number, "kind": "投诉", "title": LAMP.0, "text": LAMP.1, "phone": phone });
        let (status, answer) = self.post(&complaint).await;
        assert_eq!(status, 200, "{answer}");
        answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned()
    }

    async fn points_of(&self, phone: &str) -> Value {
        let (status, answer) = self.asked("/api/v1/rewards", &json!({ "phone": phone })).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

/// What entries are for and how many points each is, the newest first.
fn listed(answer: &Value) -> Vec<(&str, i64)> {
    let entry = |entry: &'_ Value| entry["points"].as_i64().unwrap();
    let entries = answer["entries"].as_array().unwrap();
    entries.iter().map(|one| (one["rule"].as_str().unwrap(), entry(one))).collect()
}

#[tokio::test]
async fn a_citizen_has_points_and_stars_for_taking_part_and_who_looks_is_noted() {
    let mut town = Town::prepare("rewards").await;
    town.sandbox.set("HULIU_LANG", "zh");
    std::fs::write(town.sandbox.pack.join("rewards.toml"), RULES).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    let receipt = town.lamp_of("E1", "13700002222").await;
    assert_eq!(town.lamp_of("E1", "13700002222").await, receipt, "delivered again");
    town.lamp_of("E2", "13700003333").await;
    let ticket = town.ticket(&platform, "E1").await;
    assert_eq!(town.ticket(&platform, "E2").await, ticket, "one matter");
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    town.until("resolved", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "resolved").await;

    let first = town.points_of("+86 137-0000-2222").await;
    assert_eq!((&first["points"], &first["stars"], &first["points_to_next"]), (&json!(5), &json!(2), &json!(95)));
    assert_eq!(listed(&first), [("done", 3), ("report", 2)]);
    assert_eq!(first["entries"][1]["receipt_number"], json!(receipt));
    assert_eq!(first["entries"][1]["rule_name"], json!("反映事项被受理"));
    assert_eq!((&first["has_more"], first["counted_since"].is_string()), (&json!(false), true));
    let second = town.points_of("13700003333").await;
    assert_eq!((&second["points"], &second["stars"]), (&json!(4), &json!(1)), "{second}");
    let nobody = town.points_of("13700004444").await;
    assert_eq!((&nobody["points"], &nobody["stars"], listed(&nobody)), (&json!(0), &json!(0), Vec::new()));
    let (status, refused) = town.asked("/api/v1/rewards", &json!({ "account": "a" })).await;
    assert_eq!((status, &refused["code"]), (400, &json!("invalid_request")), "{refused}");
    assert_eq!(town.asked("/api/v1/rewards", &json!({})).await.0, 400, "nobody is named");

    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    let (code, shown, said) = town.sandbox.ended(&["rewards", "show", "--phone", "13700002222"]).await.unwrap();
    assert!(code == 0 && shown.contains("积分 5，2 星；再得 95 分升一星"), "{shown}{said}");
    assert!(shown.contains("反映的事项办结") && shown.contains(&receipt), "{shown}");

    let (status, _) = town.asked("/api/v1/erase", &json!({ "phone": "13700002222" })).await;
    assert_eq!(status, 200);
    assert_eq!(town.points_of("13700002222").await["points"], json!(0), "erased");
    assert_eq!(town.points_of("13700003333").await["points"], json!(4), "another's stay");
    let viewer = town.sandbox.command(&["token", "new", "page", "--role", "viewer"]).await.unwrap();
    let inspector = town.sandbox.command(&["token", "new", "inspector", "--role", "auditor"]).await.unwrap();
    town.sandbox.token = viewer.trim().to_owned();
    assert_eq!(town.asked("/api/v1/rewards", &json!({ "phone": "13700003333" })).await.0, 403);
    town.sandbox.token = inspector.trim().to_owned();
    let audit = town.sandbox.get("/api/v1/audit?action=reward.look&limit=50").await.unwrap();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 6, "{audit}");
    assert!(!audit.to_string().contains("1370000"), "no number stands in the log: {audit}");
    town.sandbox.token = token;
    town.sandbox.finish().await.unwrap();
}

//! Results that are rated, and citizens who are called back, through a running gateway.

use serde_json::{Value, json};

use crate::town::Town;

const LAMP: (&str, &str) = ("路灯不亮", "青鱼滩路12号门前路灯不亮，夜里看不清路。");

/// What entries of a life are of one kind, the earliest first.
fn entries(life: &Value, what: &str) -> Vec<Value> {
    let entries = life["entries"].as_array().unwrap().iter();
    entries.filter(|entry| entry["what"] == what).map(|entry| entry["details"].clone()).collect()
}

#[tokio::test]
async fn a_citizen_is_called_back_and_a_supervisor_rates_apart_from_that() {
    let (mut town, platform) = Town::start("callbacks").await;
    let receipt = town.accept_from("C1", LAMP, "13800001111").await;
    let ticket = town.ticket(&platform, "C1").await;
    let (status, _) = town.asked(&format!("/api/v1/callbacks/{receipt}"), &json!({ "rating": "fair" })).await;
    assert_eq!(status, 409, "there is no result yet");
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    let listed = town.until("due", "/api/v1/callbacks", |found| found["call_backs"][0].is_object()).await;
    let due = &listed["call_backs"][0];
    assert_eq!((&due["receipt_number"], &due["ticket"]), (&json!(receipt), &json!(ticket)));
    assert_eq!((&due["department"], &due["department_name"]), (&json!("urban-management"), &json!("综合行政执法局")));
    let shown = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let said = &shown["said"][0];
    assert_eq!(
        (&said["status"], &said["words"]),
        (&json!("resolved"), &json!("已换灯")),
        "who phones knows what was told"
    );
    assert_eq!((&due["way"], &due["round"], &due["phone"]), (&json!("person"), &json!(1), &json!("13800001111")));
    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    assert!(town.sandbox.command(&["callback", "list"]).await.unwrap().contains(&receipt));

    let words = "灯还是不亮，打13800001111";
    let noted = ["callback", "note", &receipt, "--rating", "dissatisfied", "--words", words];
    assert!(town.sandbox.command(&noted).await.unwrap().contains(&ticket));
    town.has_status(&ticket, "reopened").await;
    let (status, answer) = town.asked(&format!("/api/v1/tickets/{ticket}/rating"), &json!({ "rating": "fair" })).await;
    assert_eq!(status, 409, "{answer}");
    platform.send(&ticket, "resolved", Some("换了新线")).await.unwrap();
    town.has_status(&ticket, "resolved").await;
    let rate = ["ticket", "rate", &ticket, "--rating", "satisfied", "--words", "到场核实"];
    assert!(town.sandbox.command(&rate).await.unwrap().contains(&ticket));
    assert!(town.sandbox.command(&["callback", "note", &receipt, "--unreached"]).await.unwrap().contains(&ticket));
    let (code, _, said) = town.sandbox.ended(&["callback", "note", &receipt, "--unreached"]).await.unwrap();
    assert!(code != 0 && said.contains("no call-back"), "{said}");

    let shown = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!((&shown["rounds"], &shown["restarts"]), (&json!(2), &json!(1)));
    assert_eq!((&shown["rating"], &shown["supervisor_rating"]), (&json!("dissatisfied"), &json!("satisfied")));
    let life = town.sandbox.get(&format!("/api/v1/complaints/{receipt}/life")).await.unwrap();
    let ratings = entries(&life, "rating");
    let [first, second] = [0, 1].map(|at| &ratings[at]);
    assert_eq!(
        (&first["rater"], &first["consequence"], &first["words"]),
        (&json!("call_back"), &json!("restarted"), &json!(words))
    );
    assert_eq!(
        (&second["rater"], &second["round"], &second["value"]),
        (&json!("supervisor"), &json!(2), &json!("satisfied"))
    );
    let calls: Vec<Value> = entries(&life, "call_back").iter().map(|entry| entry["state"].clone()).collect();
    assert_eq!(calls, ["heard", "heard", "unreached", "unreached"], "begun and ended, twice");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

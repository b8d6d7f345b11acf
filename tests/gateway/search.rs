//! Searching through the API and on the terminal: finished matters too, by words, by how tickets stand, and within what a role may see.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::town::Town;

/// A text as it stands in a query.
fn in_query(text: &str) -> String {
    text.bytes().fold(String::new(), |mut query, byte| {
        let _infallible = write!(query, "%{byte:02X}");
        query
    })
}

fn receipts(page: &Value) -> Vec<String> {
    let complaints = page["complaints"].as_array().map(Vec::as_slice).unwrap_or_default();
    complaints.iter().map(|complaint| complaint["receipt_number"].as_str().unwrap().to_owned()).collect()
}

impl Town {
    async fn find(&self, query: &str) -> Value {
        self.sandbox.get(&format!("/api/v1/complaints?{query}")).await.unwrap()
    }
}

#[tokio::test]
async fn complaints_are_found_by_words_and_by_how_their_tickets_stand() {
    let (mut town, platform) = Town::start("search").await;
    let text = "青鱼滩路公交站附近的路灯，\n不亮三天了，联系13800001111";
    let lamp = town.accept("S1", "青鱼滩路路灯不亮", text).await;
    let body = json!({
        "number": "S2", "kind": "投诉", "title": "听涛嘉园停水两天", "text": "从前天开始停水，没有通知，只好在路灯下取水。",
        "address": "听涛嘉园5号楼",
    });
    let (_, answer) = town.post(&body).await;
    let water = answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned();
    let ticket = town.ticket(&platform, "S1").await;
    platform.send(&ticket, "resolved", Some("已修好。")).await.unwrap();
    town.until("finished", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "resolved").await;

    let words = |words: &str| format!("words={}", in_query(words));
    let of_lamp = &town.find(&format!("receipt={lamp}")).await["complaints"][0];
    let department = of_lamp["department"].as_str().unwrap();
    let both = vec![water.clone(), lamp.clone()];
    for (query, expected) in [
        (words("路灯"), both.clone()),
        (words("灯"), both.clone()),
        (words("路灯不亮三天"), vec![lamp.clone()]),
        (words("路燈　聽濤"), vec![water.clone()]),
        (words("路灯取水"), vec![]),
        (words("13800001111"), vec![lamp.clone()]),
        (format!("address={}", in_query("5号楼")), vec![water.clone()]),
        (format!("{}&status=resolved", words("路灯")), vec![lamp.clone()]),
        (format!("status=resolved&department={department}&channel=generic"), vec![lamp.clone()]),
        (format!("category={}&grade={}", text_of(of_lamp, "category"), text_of(of_lamp, "grade")), vec![lamp.clone()]),
        ("channel=none".to_owned(), vec![]),
        ("overdue=true".to_owned(), vec![]),
        ("overdue=false".to_owned(), both.clone()),
        ("received_from=2020-01-01T00:00:00Z&received_before=2200-01-01T00:00:00Z".to_owned(), both.clone()),
        ("received_before=2020-01-01T00:00:00Z".to_owned(), vec![]),
        (format!("source_number=S1&{}", words("停水")), vec![]),
    ] {
        let page = town.find(&query).await;
        assert_eq!((receipts(&page), &page["next"]), (expected, &Value::Null), "{query}: {page}");
    }
    let standing = (&of_lamp["ticket_status"], &of_lamp["overdue"], of_lamp["department_name"].is_string());
    assert_eq!(standing, (&json!("resolved"), &json!(false), true), "{of_lamp}");
    let first = town.find(&format!("{}&limit=1", words("路灯"))).await;
    let second = town.find(&format!("{}&limit=1&after={}", words("路灯"), text_of(&first, "next"))).await;
    assert_eq!((receipts(&first), receipts(&second)), (vec![water.clone()], vec![lamp.clone()]));
    assert_eq!(second["next"], Value::Null);
    let too_long = words(&"灯".repeat(101));
    for refused in [
        "words=%20%2C",
        "status=lost",
        "category=nowhere",
        "grade=lost&words=none",
        "received_from=yesterday",
        "overdue=perhaps",
        too_long.as_str(),
    ] {
        assert_eq!(town.find(refused).await["status"], 400, "{refused}");
    }
    assert_eq!(receipts(&town.find("").await), both, "with nothing given the newest");
    let by_name = words(text_of(of_lamp, "department_name")).replacen("words", "department", 1);
    assert!(receipts(&town.find(&by_name).await).contains(&lamp), "by the name of a code: {by_name}");
    let nearest = town.find("category=lightning").await;
    assert!(text_of(&nearest, "detail").contains("nearest: lighting"), "{nearest}");
    on_the_terminal(&town, &water, &lamp).await;
    what_a_viewer_finds(&mut town, &lamp).await;
    let log = town.sandbox.log();
    assert!(log.contains("words") && !log.contains("路灯") && !log.contains("13800001111"), "{log}");
    town.sandbox.finish().await.unwrap();
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

async fn on_the_terminal(town: &Town, water: &str, lamp: &str) {
    let access = ["--url", &town.sandbox.url, "--token", &town.sandbox.token];
    let find = async |given: &[&str]| town.sandbox.run_any(&[&["find"], given, &access].concat()).await;
    let told = find(&["--words", "路灯", "--since", "2020-01-01", "--status", "resolved"]).await;
    assert!(told.contains(lamp) && !told.contains(water), "{told}");
    let told = find(&["--words", "路灯", "--limit", "1"]).await;
    assert!(told.contains(water) && !told.contains(lamp) && told.contains("--limit"), "{told}");
    let told = find(&["--address", "听涛嘉园", "--json"]).await;
    let found: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&found[0]["receipt_number"], found.as_array().map(Vec::len)), (&json!(water), Some(1)));
    let told = find(&["--words", "路灯", "--until", "2020-01-01"]).await;
    assert!(!told.contains(lamp), "{told}");
}

/// Whoever sees no numbers finds nothing by them.
async fn what_a_viewer_finds(town: &mut Town, lamp: &str) {
    let token = town.sandbox.command(&["token", "new", "looker", "--role", "viewer"]).await.unwrap();
    token.trim().clone_into(&mut town.sandbox.token);
    for (sought, expected) in [("13800001111", vec![]), ("138****1111", vec![lamp]), ("路灯不亮三天", vec![lamp])]
    {
        let page = town.find(&format!("words={}", in_query(sought))).await;
        assert_eq!(receipts(&page), expected, "{sought}: {page}");
        assert!(!page.to_string().contains("13800001111"), "{page}");
    }
}

//! Pairs in doubt, answered by keys.

use std::collections::HashMap;
use std::time::Duration;

use huiliu_adapter_http::HttpClient;
use huiliu_city::eventually;
use serde_json::{Value, json};

use crate::driver::{Browser, LANGUAGES, Language, Screen, is_there};
use crate::people;
use crate::town::{PATIENCE, Town};

/// Pairs that are answered in a row.
const PAIRS: usize = 50;
const PLACES: [&str; 13] = [
    "青松路",
    "白鹭街",
    "云溪巷",
    "石桥路",
    "南湖街",
    "东岭路",
    "望海街",
    "梧桐巷",
    "银杏路",
    "紫荆街",
    "落霞路",
    "听涛街",
    "翠屏路",
];
const MATTERS: [(&str, &str); 4] = [
    ("路灯不亮", "的路灯已经一周不亮，晚上走路看不清，请安排维修。"),
    ("井盖破损", "的井盖破损下陷，电动车经过时容易摔倒，请尽快更换。"),
    ("夜间施工", "的工地夜间施工到凌晨两点，噪音太大，孩子无法休息。"),
    ("垃圾没有清运", "的垃圾三天没有清运，异味很大，请尽快清走。"),
];
/// Notes when the next pair stands on the page, in milliseconds after the key.
const WATCH: &str = "window.took = []; addEventListener('keydown', (event) => { if (event.repeat) return; const began = performance.now();
    requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - began))); }, true);";

/// The numbers of the open reviews.
async fn open(town: &Town) -> Vec<i64> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = town.sandbox.get(&format!("/api/v1/reviews?limit=100{after}")).await.unwrap();
        all.extend(page["reviews"].as_array().unwrap().iter().map(|review| review["id"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { return all };
        after = format!("&after={next}");
    }
}

/// What was answered, by the audit log: the numbers of reviews, and whether it was the same.
async fn said(town: &Town) -> Vec<(i64, bool)> {
    let told = town.sandbox.command(&["token", "new", "inspector", "--role", "auditor", "--replace"]).await.unwrap();
    let request = http::Request::get(format!("{}/api/v1/audit?action=review.answer&limit=500", town.sandbox.url))
        .header("authorization", format!("Bearer {}", told.trim()))
        .body(bytes::Bytes::new());
    let answer = HttpClient::new().send(request.unwrap(), Duration::from_secs(30)).await.unwrap();
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    let said = |entry: &Value| {
        assert_eq!(entry["outcome"], "done", "{entry}");
        let (review, answer) = entry["subject"].as_str().unwrap().split_once(' ').unwrap();
        (review.trim_start_matches("review:").parse().unwrap(), answer.contains("answer:same"))
    };
    page["entries"].as_array().unwrap().iter().map(said).collect()
}

/// Complaints that tell of the same, of tickets that are pinned: somebody is asked about each.
async fn doubtful(town: &Town) {
    for (number, (place, (title, text))) in
        PLACES.iter().flat_map(|place| MATTERS.iter().map(move |matter| (place, matter))).enumerate()
    {
        let (title, text) = (format!("{place}{title}"), format!("{place}{text}"));
        let receipt = town.accept(&format!("A{number}"), &title, &text).await;
        let found = town.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
        let ticket = found["complaints"][0]["ticket"].as_str().unwrap();
        let pinned = town.sandbox.post(&format!("/api/v1/tickets/{ticket}/pin"), &json!({ "pinned": true })).await;
        assert_eq!(pinned.unwrap().status.as_u16(), 200);
        town.accept(&format!("B{number}"), &format!("反映{title}"), &text).await;
    }
}

#[tokio::test]
async fn fifty_pairs_in_a_row_are_answered_by_keys_and_nothing_is_lost_on_key_repeat() {
    if !is_there() {
        return;
    }
    for Language { code, short, .. } in LANGUAGES {
        let mut town = Town::prepare(&format!("keys-{short}")).await;
        town.sandbox.start().await.unwrap();
        doubtful(&town).await;
        let asked = open(&town).await;
        assert!(asked.len() > PAIRS, "{} pairs", asked.len());
        let browser = Browser::start(code, Screen::Desk).await;
        people::enter(&browser, &town.sandbox, "reviewer", &["--role", "operator"]).await;
        browser.open(&format!("{}/console/review", town.sandbox.url)).await;
        browser.look("review").await;
        browser.script(WATCH, Vec::new()).await;
        let mut answers = HashMap::new();
        for number in 0..PAIRS {
            let id: i64 = browser.attribute(".pair.shown", "data-id").await.parse().unwrap();
            // A second thought: another answer, taken back.
            if number % 10 == 3 {
                browser.press('d').await;
                browser.press('u').await;
                assert_eq!(browser.attribute(".pair.shown", "data-id").await, id.to_string(), "back at it");
            }
            let key = if number % 3 == 0 { 'd' } else { 's' };
            // A key that is held down repeats; it is one answer.
            if number % 5 == 0 {
                browser.hold(key).await
            } else {
                browser.press(key).await
            }
            assert!(answers.insert(id, key == 's').is_none(), "{id} is asked twice");
        }
        let sent = browser.attribute("#sending", "data-sent").await;
        let all = || async { (browser.text_of("#sending").await == sent).then_some(()) };
        eventually("all but the last are sent", PATIENCE, all).await.unwrap();
        assert_eq!(browser.text_of("#refused").await, "", "no answer is refused");
        let took = browser.script("return window.took.sort((a, b) => a - b)", Vec::new()).await;
        let took: Vec<f64> = serde_json::from_value(took).unwrap();
        eprintln!("key to next pair: median {:.0} ms, longest {:.0} ms", took[took.len() / 2], took[took.len() - 1]);
        // The last answer is sent when the page is left.
        browser.open(&format!("{}/console", town.sandbox.url)).await;
        let all = || async {
            let said = said(&town).await;
            (said.len() >= PAIRS).then_some(said)
        };
        let said = eventually("all answers are taken", PATIENCE, all).await.unwrap();
        assert_eq!(said.len(), PAIRS, "each was taken once");
        assert_eq!(said.into_iter().collect::<HashMap<_, _>>(), answers);
        assert!(open(&town).await.iter().all(|id| !answers.contains_key(id)), "and none is asked again");
        browser.close().await;
        town.sandbox.finish().await.unwrap();
    }
}

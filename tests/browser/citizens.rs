//! A citizen files with a photo on a phone, sees the answer, and says how good it was.

use huiliu_city::{Until, eventually};

use crate::driver::{Browser, LANGUAGES, Language, Screen, is_there};
use crate::points;
use crate::town::PATIENCE;

const REWARDS: &str = r#"
channels = ["web"]
[[rule]]
code = "report"
name = "反映事项被受理"
on = "accepted"
points = 2
[[rule]]
code = "done"
name = "反映的事项办结"
on = "resolved"
points = 3
[stars]
at = [1, 5, 100]
"#;
const RESULT: &str = "路灯的电缆已经更换，今晚起恢复照明。";

#[tokio::test]
async fn a_citizen_files_with_a_photo_on_a_phone_and_sees_the_answer() {
    if !is_there() {
        return;
    }
    for Language { code, short, .. } in LANGUAGES {
        let (town, platform) = points::town_with(&format!("phone-{short}"), &[("rewards.toml", REWARDS)]).await;
        let browser = Browser::start(code, Screen::Phone).await;
        browser.open(&format!("{}/f/RC-0001", town.sandbox.url)).await;
        browser.look("form").await;
        let photo = town.sandbox.folder.join("photo.png");
        std::fs::write(&photo, browser.client.screenshot().await.unwrap()).unwrap();
        browser.choose("#category", "lighting").await;
        browser.fill("#text", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清。").await;
        browser.one("#photo").await.send_keys(photo.to_str().unwrap()).await.unwrap();
        browser.fill("#phone", "13800001111").await;
        // Without consent the form is not sent.
        browser.click("main form button").await;
        assert_eq!(browser.count("dl.numbers").await, 0);
        browser.click("input[name=consent]").await;
        browser.go("main form button").await;
        let receipt = browser.text_of("dl.numbers dd").await;
        browser.look("filed").await;
        browser.go("main form button").await;
        browser.look("progress").await;
        let path = format!("/api/v1/complaints?receipt={receipt}");
        let found = town.until("has a ticket", &path, |found| found["complaints"][0]["ticket"].is_string()).await;
        let ticket = found["complaints"][0]["ticket"].as_str().unwrap();
        let heard = || async { platform.ticket_of().values().any(|id| id == ticket).then_some(()) };
        eventually("the platform has it", PATIENCE, heard).await.unwrap();
        for (status, result) in [("accepted", None), ("resolved", Some(RESULT))] {
            platform.send(ticket, status, result).await.unwrap();
            town.until(status, &format!("/api/v1/tickets/{ticket}"), |found| found["status"] == status).await;
        }
        // Reading the page again sends the form again, as a person's reload does.
        let answered = || async {
            browser.client.refresh().await.ok()?;
            browser.text().await.contains(RESULT).then_some(())
        };
        eventually("the citizen reads the answer", Until(std::time::Duration::from_secs(30)), answered).await.unwrap();
        let page = browser.text().await;
        assert!(
            page.contains("反映事项被受理") && page.contains("反映的事项办结"),
            "what there are points for: {page}"
        );
        browser.look("progress-answered").await;
        browser.click("input[name=rating][value=satisfied]").await;
        browser.fill("#words", "很快，谢谢").await;
        browser.go("form[action*='/rating'] button").await;
        assert!(!browser.text_of(".said").await.is_empty(), "thanked");
        browser.look("rated").await;
        let rated = |ticket: &serde_json::Value| ticket["rating"] == "satisfied";
        town.until("rated", &format!("/api/v1/tickets/{ticket}"), rated).await;
        browser.close().await;
        town.sandbox.finish().await.unwrap();
    }
}

//! What was joined is taken apart on the ticket's page, and that is undone.

use crate::driver::{Browser, LANGUAGES, Language, Screen, is_there};
use crate::people;
use crate::town::Town;

#[tokio::test]
async fn a_complaint_is_split_off_and_that_is_undone() {
    if !is_there() {
        return;
    }
    for Language { code, short, .. } in LANGUAGES {
        let (town, platform) = Town::start(&format!("split-{short}")).await;
        let text = "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。";
        let first = town.accept("L1", "青鱼滩路路灯不亮", text).await;
        let second = town.accept("L2", "反映青鱼滩路路灯不亮", text).await;
        let ticket = town.ticket(&platform, "L1").await;
        let path = format!("/api/v1/tickets/{ticket}");
        town.until("joined", &path, |ticket| ticket["complaints"] == 2).await;
        let browser = Browser::start(code, Screen::Desk).await;
        people::enter(&browser, &town.sandbox, "operator", &["--role", "operator"]).await;
        browser.open(&format!("{}/console/tickets/{ticket}", town.sandbox.url)).await;
        assert!(browser.text().await.contains(&first) && browser.text().await.contains(&second));
        browser.look("ticket").await;
        browser.open_details().await;
        browser.deed_of("split", "receipt", &second).await;
        browser.one(".done").await;
        let alone = town.until("split off", &path, |ticket| ticket["complaints"] == 1).await;
        assert_eq!(alone["complaint_list"][0]["receipt_number"], first.as_str());
        browser.open(&format!("{}/console/tickets/{ticket}", town.sandbox.url)).await;
        browser.look("ticket-split").await;
        browser.deed("undo").await;
        browser.one(".done").await;
        town.until("joined again", &path, |ticket| ticket["complaints"] == 2).await;
        browser.close().await;
        town.sandbox.finish().await.unwrap();
    }
}

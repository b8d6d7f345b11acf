//! A handler opens a matter on a phone by the link of a text and asks for more time.

use crate::county::County;
use crate::driver::{Browser, LANGUAGES, Language, Screen, is_there};

#[tokio::test]
async fn a_handler_asks_for_more_time_on_a_phone() {
    if !is_there() {
        return;
    }
    for Language { code, short, .. } in LANGUAGES {
        let county = County::start(&format!("handler-{short}")).await;
        let (receipt, _) = county.file("m-1", "金河路村道护栏断了，很危险。").await;
        let id = county.ticket(&receipt).await["id"].as_str().unwrap().to_owned();
        let link = county.text(&id, &[]).await.link().unwrap();
        let browser = Browser::start(code, Screen::Phone).await;
        browser.open(&format!("{}{link}", county.town.sandbox.url)).await;
        browser.look("handler").await;
        browser.go("form:has(input[value=called]) button").await;
        browser.go("form:has(input[value=met]) button").await;
        // What is done seldom is folded up, and opens without a script.
        browser.click("details:has(input[value=extension]) summary").await;
        browser.fill("#extension-days", "3").await;
        browser.fill("#extension-words", "护栏要等厂家送货").await;
        browser.look("handler-extension").await;
        browser.go("form:has(input[value=extension]) button").await;
        assert!(!browser.text_of(".said").await.is_empty(), "asked for");
        assert_eq!(county.ticket(&receipt).await["status"], "extension_requested");
        browser.look("handler-asked").await;
        browser.close().await;
        county.town.sandbox.finish().await.unwrap();
    }
}

//! A mapping that does not fit is mended as a draft, tried, published, and what was quarantined is read again.

use serde_json::json;

use crate::driver::{Browser, LANGUAGES, Language, Screen, is_there};
use crate::people;
use crate::town::Town;

const FILE: &str = "channels/generic.toml";
const OLD: &str = "number = \"record.number | text\"";
const BROKEN: &str = "number = \"record.number | txet\"";
const MENDED: &str = "number = \"(record.number or record.serial) | text\"";

/// Changes the file that is open, and saves it.
async fn replace(browser: &Browser, from: &str, to: &str) {
    let script = "const text = document.getElementById('text'); const before = text.value;
        text.value = before.replace(arguments[0], arguments[1]); return before !== text.value";
    let changed = browser.script(script, vec![json!(from), json!(to)]).await;
    assert_eq!(changed, true, "{from} stands in the file");
    browser.go("button[name=what][value=save]").await;
}

#[tokio::test]
async fn a_mapping_is_mended_as_a_draft_and_what_was_quarantined_is_read_again() {
    if !is_there() {
        return;
    }
    for Language { code, short, .. } in LANGUAGES {
        let mut town = Town::prepare(&format!("mend-{short}")).await;
        town.sandbox.start().await.unwrap();
        let odd =
            json!({ "serial": "S1", "kind": "投诉", "title": "听涛街路灯不亮", "text": "听涛街的路灯已经一周不亮。" });
        let (_, answer) = town.post(&odd).await;
        assert_eq!(answer["outcomes"][0]["state"], "quarantined", "{answer}");
        let browser = Browser::start(code, Screen::Desk).await;
        people::enter(&browser, &town.sandbox, "mapper", &["--role", "admin"]).await;
        browser.open(&format!("{}/console/quarantine", town.sandbox.url)).await;
        browser.look("quarantine").await;
        browser.open(&format!("{}/console/packs", town.sandbox.url)).await;
        browser.fill_in("draft-new", "label", "编号也叫 serial").await;
        browser.deed("draft-new").await;
        let draft = browser.address().await.split('?').next().unwrap().to_owned();
        browser.open(&format!("{draft}?path={FILE}")).await;
        replace(&browser, OLD, BROKEN).await;
        browser.go("button[name=what][value=check]").await;
        assert!(browser.text().await.contains("txet"), "the filter that there is not is named");
        browser.look("draft-problems").await;
        browser.open(&format!("{draft}?path={FILE}")).await;
        replace(&browser, BROKEN, MENDED).await;
        browser.fill("input[name=channel]", "generic").await;
        browser.fill("#sample", &odd.to_string()).await;
        browser.go("button[name=what][value=try]").await;
        assert!(browser.text_of("pre").await.contains("听涛街路灯不亮"), "what becomes of it is shown");
        browser.look("draft-tried").await;
        browser.deed("draft-publish").await;
        browser.sure().await;
        browser.one(".done").await;
        browser.open(&format!("{}/console/quarantine", town.sandbox.url)).await;
        browser.deed("quarantine-replay").await;
        town.until("no longer quarantined", "/api/v1/quarantine", |list| list["quarantine"] == json!([])).await;
        let found = town.sandbox.get("/api/v1/complaints?source_number=S1").await.unwrap();
        assert!(found["complaints"][0]["ticket"].is_string(), "{found}");
        browser.close().await;
        town.sandbox.finish().await.unwrap();
    }
}

#[tokio::test]
async fn rules_are_changed_as_tables_tried_on_what_came_and_published() {
    if !is_there() {
        return;
    }
    for Language { code, short, .. } in LANGUAGES {
        let mut town = Town::prepare(&format!("rules-{short}")).await;
        town.sandbox.start().await.unwrap();
        town.accept("1", "12 路公交车久等不来", "青鱼滩站的 12 路公交车早上等了一个小时不来。").await;
        let browser = Browser::start(code, Screen::Desk).await;
        people::enter(&browser, &town.sandbox, "ruler", &["--role", "admin"]).await;
        browser.open(&format!("{}/console/rules?of=categories", town.sandbox.url)).await;
        browser.look("rules").await;
        browser.go("form[action='/console/rules'] button").await;
        let tables = browser.address().await;
        browser.open(&format!("{tables}&q=bus")).await;
        browser.go("td a[href*='row=']").await;
        browser.look("rules-row").await;
        browser.fill("#cell-3", "red").await;
        browser.go("#row button[value=set]").await;
        browser.one(".done").await;
        let draft = tables.split("/tables").next().unwrap().to_owned();
        browser.open(&draft).await;
        browser.go("button[value=preview]").await;
        assert!(browser.text().await.contains("(red)"), "the grade that it would have is shown");
        browser.look("draft-preview").await;
        browser.deed("draft-publish").await;
        browser.sure().await;
        browser.one(".done").await;
        browser.open(&format!("{}/console/rules?of=categories&q=bus", town.sandbox.url)).await;
        assert!(browser.text_of("tbody").await.contains("red"), "it is live");
        browser.close().await;
        town.sandbox.finish().await.unwrap();
    }
}

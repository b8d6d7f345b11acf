//! Drafts of the city pack: two editors, checked and tried without being live, published as a version.

use std::path::Path;

use huiliu::city::PackFiles;
use serde_json::{Value, json};

use crate::town::Town;

const NOTES: &str = "tables/notes.csv";

/// What a draft is at, by the API.
async fn draft(town: &Town) -> Value {
    town.sandbox.get("/api/v1/pack/drafts/1").await.unwrap()
}

async fn put(town: &Town, revision: u64, files: Value) -> (u16, Value) {
    let body = json!({ "revision": revision, "files": files });
    let answer = town.sandbox.post("/api/v1/pack/drafts/1/files", &body).await.unwrap();
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
}

async fn post(town: &Town, action: &str, body: &Value) -> (u16, Value) {
    let answer = town.sandbox.post(&format!("/api/v1/pack/drafts/1/{action}"), body).await.unwrap();
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
}

#[tokio::test]
async fn two_editors_never_overwrite_each_other_and_nothing_is_live_before_it_is_published() {
    let (mut town, _platform) = Town::start("drafts").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let live = PackFiles::read(&town.sandbox.pack).unwrap();
    let (one, two) = (town.sandbox.folder.join("one"), town.sandbox.folder.join("two"));
    let (first, second) = (one.display().to_string(), two.display().to_string());
    town.sandbox.command(&["pack", "draft", "new", "新区路由", "--folder", &first]).await.unwrap();
    town.sandbox.command(&["pack", "draft", "pull", "1", &second]).await.unwrap();
    assert_eq!(PackFiles::read(&one).unwrap().digest(), live.digest(), "byte for byte");
    std::fs::create_dir_all(one.join("tables")).unwrap();
    std::fs::write(one.join(NOTES), "code,name\r\n1,一\r\n").unwrap();
    let pushed = town.sandbox.command(&["pack", "draft", "push", &first]).await.unwrap();
    assert!(pushed.contains('1') && pushed.contains('2'), "one file, revision 2: {pushed}");
    std::fs::write(two.join("tables/other.csv"), "code,name\n").unwrap();
    let (code, _, said) = town.sandbox.ended(&["pack", "draft", "push", &second]).await.unwrap();
    assert!(code == 1 && said.contains("city"), "the second editor is told who was faster: {said}");
    let (code, _, said) = town.sandbox.ended(&["pack", "draft", "pull", "1", &second]).await.unwrap();
    assert!(code == 1 && said.contains("--force"), "what is not pushed is not thrown away unasked: {said}");
    overtaken(&town, &second).await;
    let seen = draft(&town).await;
    assert_eq!((&seen["revision"], &seen["base"], &seen["label"]), (&json!(2), &json!(1), &json!("新区路由")));
    let shown = town.sandbox.command(&["pack", "draft", "diff", "1"]).await.unwrap();
    assert!(shown.contains("+1,一") && shown.contains(NOTES) && !shown.contains("other.csv"), "{shown}");
    assert_eq!(PackFiles::read(&town.sandbox.pack).unwrap().digest(), live.digest(), "nothing is live");
    let listed = town.sandbox.command(&["pack", "draft", "list"]).await.unwrap();
    assert!(listed.contains("新区路由"), "{listed}");
    town.sandbox.finish().await.unwrap();
}

/// Whoever was slower is told how to keep what they changed, and that works; what is pulled over is kept beside it.
async fn overtaken(town: &Town, folder: &str) {
    let (_, _, said) = town.sandbox.ended(&["pack", "draft", "push", folder]).await.unwrap();
    let newer = format!("{folder}.new");
    assert!(said.contains(&format!("pull 1 {newer}")) && said.contains(&format!("push {newer}")), "{said}");
    town.sandbox.command(&["pack", "draft", "pull", "1", &newer]).await.unwrap();
    assert!(Path::new(&newer).join(NOTES).exists(), "the newer version stands beside");
    assert!(Path::new(folder).join("tables/other.csv").exists());
    let (code, _, said) = town.sandbox.ended(&["pack", "draft", "pull", "1", folder, "--force"]).await.unwrap();
    assert!(code == 0 && said.contains("tables/other.csv") && said.contains(".kept"), "{said}");
    assert!(!Path::new(folder).join("tables/other.csv").exists());
    assert_eq!(std::fs::read_to_string(format!("{folder}.kept/tables/other.csv")).unwrap(), "code,name\n");
    let (code, _, said) =
        town.sandbox.ended(&["pack", "draft", "try", "1", "generic", "/nonexist/x.json"]).await.unwrap();
    assert!(code == 1 && said.contains("/nonexist/x.json"), "{said}");
}

#[tokio::test]
async fn a_draft_is_checked_tried_brought_up_to_date_and_published() {
    let (town, _platform) = Town::start("publishing").await;
    town.sandbox.post("/api/v1/pack/drafts", &json!({ "label": "a" })).await.unwrap();
    for path in ["../x", "/etc/passwd", ".git/config", "city.toml/x"] {
        let (status, said) =
            put(&town, 1, json!([{ "path": "ok.csv", "text": "" }, { "path": path, "text": "" }])).await;
        assert_eq!((status, said["code"].as_str()), (400, Some("invalid_request")), "{path}: {said}");
    }
    assert_eq!(put(&town, 1, json!([])).await.0, 400, "a change changes something");
    let (status, _) = put(&town, 1, json!([{ "path": "city.toml", "text": "name = " }])).await;
    assert_eq!(status, 200);
    let (status, said) = post(&town, "check", &json!({})).await;
    assert_eq!((status, said["code"].as_str()), (422, Some("pack_has_problems")), "{said}");
    assert!(said["detail"].as_str().is_some_and(|detail| detail.contains("city.toml")), "{said}");
    let (status, said) = post(&town, "publish", &json!({ "revision": 2 })).await;
    assert_eq!((status, said["code"].as_str()), (422, Some("pack_has_problems")), "{said}");
    let live = PackFiles::read(&town.sandbox.pack).unwrap();
    let city = String::from_utf8(live.get("city.toml").unwrap().to_vec()).unwrap();
    put(&town, 2, json!([{ "path": "city.toml", "text": city }, { "path": NOTES, "text": "code,name\n1,一\n" }])).await;
    let (status, checked) = post(&town, "check", &json!({})).await;
    assert_eq!((status, &checked["revision"]), (200, &json!(3)), "{checked}");
    let sample = "[{\"number\": \"1\", \"title\": \"路灯不亮\", \"text\": \"路灯不亮三天\"}]";
    let (status, tried) = post(&town, "try", &json!({ "channel": "generic", "name": "a.json", "text": sample })).await;
    assert_eq!(status, 200, "{tried}");
    assert_eq!(tried["outcomes"][0]["complaint"]["title"], "路灯不亮", "{tried}");
    for (channel, name, status) in [("nobody", "a.json", 404), ("generic", "../a.json", 400), ("generic", "a", 200)] {
        let body = json!({ "channel": channel, "name": name, "text": sample });
        assert_eq!(post(&town, "try", &body).await.0, status, "{channel} {name}");
    }
    assert!(town.sandbox.get("/api/v1/tickets").await.unwrap()["tickets"].as_array().unwrap().is_empty());
    std::fs::write(town.sandbox.pack.join("tables/more.csv"), "code,name\n2,二\n").unwrap();
    let reload = town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
    assert_eq!(reload.status.as_u16(), 200);
    let (status, said) = post(&town, "publish", &json!({ "revision": 3 })).await;
    assert_eq!(status, 409, "another pack is live by now: {said}");
    let (status, draft) = post(&town, "rebase", &json!({ "revision": 3 })).await;
    assert_eq!((status, &draft["base"], &draft["revision"]), (200, &json!(2), &json!(4)), "{draft}");
    assert_eq!(post(&town, "publish", &json!({ "revision": 3 })).await.0, 409, "not what was seen");
    let (status, published) = post(&town, "publish", &json!({ "revision": 4, "reason": "新区" })).await;
    assert_eq!(status, 200, "{published}");
    let now = PackFiles::read(&town.sandbox.pack).unwrap();
    let wanted = live.with("tables/more.csv", "code,name\n2,二\n".into()).with(NOTES, "code,name\n1,一\n".into());
    assert_eq!(now.digest(), wanted.digest());
    let versions = town.sandbox.get("/api/v1/pack/versions").await.unwrap();
    let newest = &versions["versions"][0];
    assert_eq!(
        (&newest["cause"], &newest["reason"], &newest["live"]),
        (&json!("publish"), &json!("新区"), &json!(true))
    );
    assert_eq!(newest["version"], published["version"]);
    assert_eq!(
        town.sandbox.get("/api/v1/pack/drafts/1").await.unwrap()["code"],
        "not_found",
        "a published draft is gone"
    );
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn remarks_are_logged_of_a_pack_that_goes_live_and_not_of_a_draft_that_is_checked() {
    let (mut town, _platform) = Town::start("remarks").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let remarks = |log: &str| log.matches("A remark on the city pack").count();
    let at_start = remarks(&town.sandbox.log());
    assert!(at_start > 0, "the pack of the project has remarks");
    town.sandbox.command(&["pack", "draft", "new", "试"]).await.unwrap();
    assert_eq!(post(&town, "check", &json!({})).await.0, 200);
    assert_eq!(remarks(&town.sandbox.log()), at_start);
    town.sandbox.command(&["pack", "reload"]).await.unwrap();
    assert_eq!(remarks(&town.sandbox.log()), 2 * at_start);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_draft_of_rules_is_tried_on_the_newest_records_without_showing_whose_they_are() {
    let (mut town, platform) = Town::start("previews").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    town.accept("1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let odd = json!({ "number": "2", "kind": "投诉", "title": "", "text": "" });
    town.post(&odd).await;
    let receipt = town.accept("3", "听涛街路面坑洼", "听涛街路面坑洼，雨天积水。").await;
    town.ticket(&platform, "3").await;
    town.sandbox.command(&["pack", "draft", "new", "等级"]).await.unwrap();
    let (status, same) = post(&town, "preview", &json!({})).await;
    assert_eq!((status, &same["records"], &same["changed"]), (200, &json!(3), &json!(0)), "{same}");
    let file = async |path: &str| {
        let found = town.sandbox.get(&format!("/api/v1/pack/drafts/1?path={path}")).await.unwrap();
        found["files"][0]["text"].as_str().unwrap().to_owned()
    };
    let categories = file("tables/categories.csv").await;
    let grids = huiliu::pack::grids("tables/categories.csv", &categories).unwrap();
    let row = grids[0].rows.iter().position(|row| row.cells[0] == "road").unwrap();
    let mut cells = grids[0].rows[row].cells.clone();
    let column = |name: &str| grids[0].columns.iter().position(|known| known == name).unwrap();
    cells[column("grade")] = "red".to_owned();
    cells[column("department")] = "housing".to_owned();
    let edit = huiliu::pack::GridEdit::Set(row, cells);
    let changed = huiliu::pack::regridded("tables/categories.csv", &categories, "", edit).unwrap();
    let generic = file("channels/generic.toml").await.replace("record.title", "record.title ~ '。'");
    let edits = json!([
        { "path": "tables/categories.csv", "text": changed }, { "path": "channels/generic.toml", "text": generic },
    ]);
    assert_eq!(put(&town, 1, edits).await.0, 200);
    let (status, seen) = post(&town, "preview", &json!({ "records": 1, "channel": "generic" })).await;
    assert_eq!((status, &seen["records"], &seen["changed"], &seen["revision"]), (200, &json!(1), &json!(1), &json!(2)));
    let change = &seen["changes"][0];
    assert_eq!((&change["receipt"], &change["channel"]), (&json!(receipt), &json!("generic")), "{seen}");
    let differs = |member: &str| {
        let all = change["differs"].as_array().unwrap();
        all.iter().find(|one| one["member"] == member).unwrap_or_else(|| unreachable!("{member}: {seen}")).clone()
    };
    assert!(differs("grade")["draft"].as_str().unwrap().contains("(red)"), "{seen}");
    assert!(differs("department")["draft"].as_str().unwrap().contains("(housing)"), "{seen}");
    assert_ne!(differs("clock:finish")["live"], differs("clock:finish")["draft"], "clocks run by the grade");
    assert_eq!(differs("complaint.title"), json!({ "member": "complaint.title", "live": null, "draft": null }));
    assert!(!seen.to_string().contains("听涛街") && !seen.to_string().contains("13800001111"), "{seen}");
    for (body, status) in [
        (json!({ "records": 0 }), 400),
        (json!({ "records": 1_001 }), 400),
        (json!({ "channel": "nobody" }), 404),
        (json!({ "records": 5, "more": 1 }), 400),
        (json!([5, null]), 400),
    ] {
        assert_eq!(post(&town, "preview", &body).await.0, status, "{body}");
    }
    let told = town.sandbox.command(&["pack", "draft", "preview", "1", "--records", "1"]).await.unwrap();
    assert!(told.contains("(red)") && told.contains(&receipt), "{told}");
    put(&town, 2, json!([{ "path": "city.toml", "text": "name = " }])).await;
    let (status, said) = post(&town, "preview", &json!({})).await;
    assert_eq!((status, said["code"].as_str()), (422, Some("pack_has_problems")), "{said}");
    let live = town.sandbox.get("/api/v1/tickets").await.unwrap();
    assert!(!live.to_string().contains("\"red\""), "nothing was changed: {live}");
    town.sandbox.finish().await.unwrap();
}

//! Reports and bulletins as people get them.

use std::fs::OpenOptions;
use std::io::Write as _;

use huiliu::clock::{Clock as _, SystemClock};
use huiliu_city::Platform;
use serde_json::{Value, json};

use crate::town::Town;

const DAYS: &str = "from=2020-01-01&to=2029-12-31";
const BULLETINS: &str = r#"
[[bulletin]]
name = "village"
title = "民情公示"
days = 7
[[bulletin.board]]
token = "board-city"
[[bulletin.board]]
token = "board-elsewhere"
district = "371082001"

[[bulletin]]
name = "silent"
title = "办理情况"
without_consent = "without-words"
person = "nobody"
"#;

/// A town with bulletins, whose generic channel hears who agrees to publication, and two finished matters: of one who agrees, and of
/// one who does not.
async fn town(name: &str) -> (Town, Platform) {
    let mut town = Town::prepare(name).await;
    let mut file = OpenOptions::new().append(true).open(town.sandbox.pack.join("reports.toml")).unwrap();
    file.write_all(BULLETINS.as_bytes()).unwrap();
    let channel = town.sandbox.pack.join("channels/generic.toml");
    let mapping = std::fs::read_to_string(&channel).unwrap();
    let hears = "address = \"record.address | text\"\npublish = \"record.publish | flag\"";
    std::fs::write(&channel, mapping.replace("address = \"record.address | text\"", hears)).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    for (number, title, publish) in [("P1", "青鱼滩路路灯不亮", true), ("P2", "菜市场垃圾无人清运", false)]
    {
        let text = format!("{title}，请尽快处理，我的电话13800001111，找王建国。");
        let complaint = json!({ "number": number, "kind": "投诉", "title": title, "text": text, "name": "王建国",
            "phone": "13800001111", "publish": publish });
        assert_eq!(town.post(&complaint).await.0, 200);
        let ticket = town.ticket(&platform, number).await;
        let update = json!({ "update_id": format!("{ticket}-0"), "platform": platform.feed(), "ticket_id": ticket, "sequence": 0,
            "status": "in_progress", "occurred_at": SystemClock.now().to_string(), "person": { "name": "李建设" } });
        platform.send_raw(&update).await.unwrap();
        platform.send(&ticket, "resolved", Some("已修好，已电话13800001111告知王建国。")).await.unwrap();
        let path = format!("/api/v1/tickets/{ticket}");
        town.until("finished", &path, |ticket| ticket["status"] == "resolved").await;
    }
    (town, platform)
}

async fn token(town: &Town, name: &str, role: &str) -> String {
    town.sandbox.command(&["token", "new", name, "--role", role]).await.unwrap().trim().to_owned()
}

/// Status, content type, disposition, policy, and the body as text.
async fn fetched(town: &Town, path: &str) -> (u16, String, String, String, String) {
    let answer = town.sandbox.fetch(path).await.unwrap();
    let header =
        |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let (kind, disposition) = (header("content-type"), header("content-disposition"));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    (answer.status.as_u16(), kind, disposition, header("content-security-policy"), body)
}

#[tokio::test]
async fn a_report_is_a_page_a_table_a_workbook_or_a_document_for_the_same_people() {
    let (mut town, _platform) = town("report-forms").await;
    let path = format!("/api/v1/reports/units?{DAYS}");
    let document = town.sandbox.get(&path).await.unwrap();
    assert!(document["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{document}");
    let (status, kind, disposition, policy, page) = fetched(&town, &format!("{path}&format=html")).await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(disposition.starts_with("inline;") && disposition.contains("filename*=UTF-8''%E5%8D%95"), "{disposition}");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.ends_with("frame-ancestors 'none'"));
    assert!(page.contains("<h1>单位排名</h1>") && page.contains("<svg") && !page.contains("<script"), "{page}");
    let (_, _, _, _, english) = fetched(&town, &format!("{path}&format=html&language=en")).await;
    assert!(english.contains("<html lang=\"en\">") && english.contains("Finished in time"), "{english}");
    let (status, kind, disposition, _, table) = fetched(&town, &format!("{path}&format=csv")).await;
    assert_eq!((status, kind.as_str()), (200, "text/csv; charset=utf-8"));
    assert!(disposition.starts_with("attachment; filename=\"report.csv\""), "{disposition}");
    assert!(table.starts_with("\u{feff}自,至,承办单位,工单,") && table.contains("合计"), "{table}");
    let (status, kind, _, _, workbook) = fetched(&town, &format!("{path}&format=xlsx")).await;
    let wanted = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!((status, kind.as_str(), workbook.get(..2)), (200, wanted, Some("PK")));
    assert_eq!(fetched(&town, &format!("{path}&format=pdf")).await.0, 400);
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let file = town.sandbox.folder.join("units.html").display().to_string();
    let words = ["report", "units", "--from", "2020-01-01", "--to", "2029-12-31", "--format", "html", "-o", &file];
    town.sandbox.command(&words).await.unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().contains("<h1>单位排名</h1>"));
    for (role, wanted) in [("viewer", 200), ("platform", 403), ("auditor", 403)] {
        town.sandbox.token = token(&town, role, role).await;
        assert_eq!(fetched(&town, &format!("{path}&format=html")).await.0, wanted, "{role}");
    }
    // The auditor's token is the last one.
    let log = town.sandbox.get("/api/v1/audit?limit=500").await.unwrap();
    let looked = log["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == "report.look").count();
    assert_eq!(looked, 7, "each form of it, by each who got it: {log}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_board_shows_what_may_be_shown_and_is_listed_when_it_does_not_come() {
    let (mut town, _platform) = town("bulletins").await;
    let admin = town.sandbox.token.clone();
    let complaint = town.sandbox.get("/api/v1/complaints?source_number=P1").await.unwrap();
    let receipt = complaint["complaints"][0]["receipt_number"].as_str().unwrap();
    let heard = town.sandbox.post(&format!("/api/v1/callbacks/{receipt}"), &json!({ "rating": "satisfied" })).await;
    assert_eq!(heard.unwrap().status.as_u16(), 200);
    let village = town.sandbox.get("/api/v1/bulletins/village").await.unwrap();
    let [notice] = village["notices"].as_array().unwrap().as_slice() else { panic!("one may be shown: {village}") };
    assert_eq!((&notice["status"], &village["without_consent"]), (&json!("resolved"), &json!(1)), "{village}");
    assert_eq!(notice["person"], "李某", "named while it was handled, and not taken back: {notice}");
    assert_eq!(notice["satisfaction"], "satisfied", "as it was heard in a call-back: {notice}");
    assert!(notice["words"].as_str().is_some_and(|words| words.contains("青鱼滩路路灯不亮")), "{notice}");
    assert!(notice["result"].as_str().is_some_and(|result| result.starts_with("已修好")), "{notice}");
    let silent = town.sandbox.get("/api/v1/bulletins/silent").await.unwrap();
    let words: Vec<bool> =
        silent["notices"].as_array().unwrap().iter().map(|notice| notice["words"].is_null()).collect();
    assert_eq!(words, [true, false], "newest first; of who did not agree no words: {silent}");
    for told in [&village, &silent] {
        assert!(!told.to_string().contains("王建国") && !told.to_string().contains("1380000"), "{told}");
    }
    let check = town.sandbox.get("/api/v1/reply-checks?from=2020-01-01&to=2020-12-31").await.unwrap();
    assert_eq!(check["units"], json!([]), "nothing was answered then: {check}");
    let today = village["made_at"].as_str().unwrap().split('T').next().unwrap();
    let days = format!("from={today}&to={}", today.parse::<jiff::civil::Date>().unwrap().tomorrow().unwrap());
    let check = town.sandbox.get(&format!("/api/v1/reply-checks?{days}")).await.unwrap();
    let finished: u64 = check["units"].as_array().unwrap().iter().filter_map(|unit| unit["finished"].as_u64()).sum();
    assert_eq!((finished, &check["findings"]), (2, &json!([])), "two of the same are not stale yet: {check}");
    let board = token(&town, "board-city", "platform").await;
    let other = token(&town, "somebody", "platform").await;
    let elsewhere = token(&town, "board-elsewhere", "platform").await;
    let boards = |list: &Value| -> Vec<(bool, bool)> {
        let boards = list["boards"].as_array().unwrap().iter();
        boards.map(|board| (board["fetched_at"].is_null(), board["late"] == true)).collect()
    };
    let list = town.sandbox.get("/api/v1/bulletins/village/boards").await.unwrap();
    assert_eq!(boards(&list), [(true, true), (true, true)], "nobody came yet");
    for (who, wanted) in [(&board, 200), (&other, 403), (&admin, 403), (&"hl_no".to_owned(), 401)] {
        town.sandbox.token.clone_from(who);
        assert_eq!(fetched(&town, "/api/v1/boards/village?format=html").await.0, wanted);
    }
    town.sandbox.token.clone_from(&board);
    let (_, _, _, _, page) = fetched(&town, "/api/v1/boards/village?format=html").await;
    assert!(page.contains("<h1>民情公示</h1>") && page.contains("路灯不亮") && !page.contains("菜市场"), "{page}");
    assert_eq!(fetched(&town, "/api/v1/boards/silent").await.0, 403, "it is no board of this one");
    assert_eq!(fetched(&town, "/api/v1/bulletins/village").await.0, 403);
    town.sandbox.token.clone_from(&elsewhere);
    let none = town.sandbox.get("/api/v1/boards/village").await.unwrap();
    assert_eq!((&none["notices"], &none["district"]), (&json!([]), &json!("371082001")), "its own division only");
    town.sandbox.token.clone_from(&admin);
    let list = town.sandbox.get("/api/v1/bulletins/village/boards").await.unwrap();
    assert_eq!(boards(&list), [(false, false), (false, false)]);
    town.sandbox.set("HULIU_TOKEN", &admin);
    let shown = town.sandbox.command(&["bulletin", "village", "--boards"]).await.unwrap();
    assert!(shown.contains("board-city") && !shown.contains("超时未取"), "{shown}");
    let shown = town.sandbox.command(&["bulletin", "village"]).await.unwrap();
    assert!(shown.contains("路灯不亮") && !shown.contains("王建国"), "{shown}");
    town.sandbox.finish().await.unwrap();
}

/// Files of a folder that are there, by name.
fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_scheduled_report_is_made_once_kept_and_sent_also_after_a_restart() {
    let mut town = Town::prepare("editions").await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let destinations = town.sandbox.pack.join("destinations");
    std::fs::create_dir_all(&destinations).unwrap();
    let place = format!(
        "name = \"档案\"\nfilter = \"false\"\ncarrier = \"file\"\n[settings]\nfolder = \"{}\"\nat = [\"03:00\"]\n[settings.table]\n\
         columns = [[\"工单号\", \"ticket.ticket_id\"]]\n",
        out.display()
    );
    std::fs::write(destinations.join("archive.toml"), place).unwrap();
    let reports = town.sandbox.pack.join("reports.toml");
    let known = std::fs::read_to_string(&reports).unwrap();
    let sent = "at = \"00:00\"\nto = [\"archive\"]\n";
    std::fs::write(&reports, known.replace("at = \"08:00\"\n", sent)).unwrap();
    town.sandbox.start().await.unwrap();
    let path = "/api/v1/editions?report=units";
    let is_one = |list: &Value| list["editions"].as_array().is_some_and(|editions| editions.len() == 1);
    let list = town.until("it is made", path, is_one).await;
    assert_eq!(list["editions"][0]["formats"], json!(["html", "xlsx"]), "{list}");
    assert_eq!(list["editions"][0]["copies"][0]["sent_at"], Value::Null, "the folder is not there: it waits");
    town.sandbox.kill().await.unwrap();
    std::fs::create_dir(&out).unwrap();
    town.sandbox.start().await.unwrap();
    let went = |list: &Value| is_one(list) && list["editions"][0]["copies"][0]["sent_at"].is_string();
    let list = town.until("it went", path, went).await;
    let edition = &list["editions"][0];
    let (from, to) = (edition["from"].as_str().unwrap(), edition["to"].as_str().unwrap());
    let names = ["html", "xlsx"].map(|format| format!("单位排名-{from}-{to}.{format}"));
    assert_eq!(files(&out), names);
    let path = format!("/api/v1/editions/{}?format=html", edition["id"]);
    let (status, kind, disposition, _, page) = fetched(&town, &path).await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(disposition.starts_with("inline;") && page.contains("这些日子没有记录"), "{disposition} {page}");
    assert_eq!(std::fs::read_to_string(out.join(&names[0])).unwrap(), page, "what was sent is what is kept");
    for (wrong, wanted) in [("1?format=csv", 404), ("99?format=html", 404), ("1?format=pdf", 400)] {
        assert_eq!(fetched(&town, &format!("/api/v1/editions/{wrong}")).await.0, wanted, "{wrong}");
    }
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    let shown = town.sandbox.command(&["report", "units", "--kept"]).await.unwrap();
    assert!(shown.contains("archive") && !shown.contains("待投送"), "{shown}");
    // A place that takes no files is refused with the place of its name.
    std::fs::write(&reports, known.replace("at = \"08:00\"\n", "to = [\"nowhere\"]\n")).unwrap();
    let pack = town.sandbox.pack.display().to_string();
    let (code, out, said) = town.sandbox.ended(&["check", &pack]).await.unwrap();
    assert!(code != 0 && format!("{out}{said}").contains("reports.toml"), "{out}{said}");
    std::fs::write(&reports, known).unwrap();
    town.sandbox.finish().await.unwrap();
}

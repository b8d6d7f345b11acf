//! The life of one matter, whole, in the order of time, and as a signed file that openssl verifies; and every citizen accounted for.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::town::Town;
use crate::ways::by_sms;

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上很黑。");
const PHONE: &str = "13700002222";

/// The entries of one kind.
fn of<'a>(life: &'a Value, what: &str) -> Vec<&'a Value> {
    life["entries"].as_array().into_iter().flatten().filter(|entry| entry["what"] == what).collect()
}

/// One detail of the entries of one kind.
fn each(life: &Value, what: &str, detail: &str) -> Vec<Value> {
    of(life, what).into_iter().map(|entry| entry["details"][detail].clone()).collect()
}

/// Whether openssl verifies a file with the signature beside it.
fn is_verified(folder: &Path, file: &str) -> bool {
    let arguments = ["pkeyutl", "-verify", "-pubin", "-inkey", "huiliu.pem", "-rawin", "-in", file, "-sigfile"];
    let signature = "life.json.sig";
    Command::new("openssl").args(arguments).arg(signature).current_dir(folder).output().unwrap().status.success()
}

impl Town {
    async fn decide(&self, path: &str, body: Value) {
        let answer = self.sandbox.post(&format!("/api/v1/{path}"), &body).await.unwrap();
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }
}

/// A complaint that was merged, amended, split, answered after two failures, rated badly and handled again, over a restart.
async fn lived(name: &str) -> (Town, String, [String; 2]) {
    let (mut town, platform) = by_sms(name).await;
    town.accept_from("V1", LAMP, "13800001111").await;
    let receipt = town.accept_from("V2", LAMP, PHONE).await;
    let first = town.ticket(&platform, "V2").await;
    assert_eq!(town.ticket(&platform, "V1").await, first, "the two are one matter");
    let more = format!("{}补充：已经两周。", LAMP.1);
    let amended = json!({ "number": "V2", "kind": "投诉", "title": LAMP.0, "text": more, "phone": PHONE });
    assert_eq!(town.post(&amended).await.1["outcomes"][0]["receipt_number"], receipt);
    town.until("amended", "/api/v1/ledger", |ledger| ledger["amendments"] == 1).await;
    town.decide(&format!("complaints/{receipt}/split"), json!({})).await;
    let found = town.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
    let second = found["complaints"][0]["ticket"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    let ahead = json!({
        "update_id": "early", "platform": platform.feed(), "ticket_id": second, "sequence": 90, "status": "resolved",
        "occurred_at": "2099-01-01T00:00:00Z", "result": "已换灯",
    });
    platform.send_raw(&ahead).await.unwrap();
    town.callbacks.busy_next(2);
    platform.send(&second, "resolved", Some("已换灯")).await.unwrap();
    assert!(town.told(PHONE, 1).await[0].contains("已换灯"), "after two failures");
    town.sandbox.stop().await.unwrap();
    town.sandbox.start().await.unwrap();
    town.sms("9001", PHONE, "3", "").await;
    town.has_status(&second, "reopened").await;
    platform.send(&second, "resolved", Some("已重装")).await.unwrap();
    assert!(town.told(PHONE, 2).await[1].contains("已重装"));
    let waiting = |ledger: &Value| ledger["answered"] == 1;
    town.until("answered", "/api/v1/answers", waiting).await;
    (town, receipt, [first, second])
}

#[tokio::test]
async fn the_life_of_a_complaint_is_whole_in_one_trace() {
    let (mut town, receipt, [first, second]) = lived("life").await;
    let path = format!("/api/v1/complaints/{receipt}/life");
    let confirmed = |life: &Value| {
        let messages = each(life, "message", "confirmed_at");
        !messages.is_empty() && !messages.contains(&Value::Null)
    };
    let life = town.until("all is confirmed", &path, confirmed).await;
    let times: Vec<jiff::Timestamp> = life["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["at"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(times.is_sorted(), "in the order of time");
    assert_eq!(each(&life, "record", "state"), ["complaint", "amendment", "follow_up"]);
    let fields = &of(&life, "record")[1]["details"]["fields"];
    let text = fields.as_array().unwrap().iter().find(|made| made["field"] == "text").unwrap();
    assert!(text["expression"].as_str().unwrap().contains("record.text"), "{text}");
    assert!(text["line"].as_u64().unwrap() > 0 && text["value"].as_str().unwrap().contains("两周"), "{text}");
    assert_eq!(each(&life, "record", "satisfaction")[2], "dissatisfied");
    assert_eq!(each(&life, "merge", "kind"), ["auto", "split"]);
    assert!(each(&life, "merge", "card")[0].as_str().unwrap().contains("青鱼滩路"), "texts, not numbers alone");
    let reasons = &each(&life, "ticket", "reasons")[0];
    assert!(reasons.as_array().is_some_and(|reasons| !reasons.is_empty()), "{life}");
    let messages = of(&life, "message");
    let on = |ticket: &str| messages.iter().filter(|entry| entry["ticket"] == ticket).count();
    assert!(on(&first) >= 2 && on(&second) >= 4, "{messages:#?}");
    assert_eq!(each(&life, "update", "verdict"), ["accepted", "accepted"]);
    assert_eq!(each(&life, "update", "result"), ["已换灯", "已重装"]);
    assert_eq!(each(&life, "refused_update", "refusal"), ["ahead"]);
    assert_eq!(each(&life, "reply", "state"), ["sent", "sent"]);
    assert_eq!(each(&life, "reply", "text"), ["已换灯", "已重装"]);
    assert_eq!(each(&life, "reply_attempt", "outcome"), ["pending", "pending", "sent", "sent"]);
    assert!(each(&life, "reply_attempt", "answer")[0].as_str().unwrap().contains("503"), "the channel's answer");
    assert_eq!(each(&life, "finished", "status"), ["resolved"]);
    for what in ["deadline", "reminder"] {
        assert!(of(&life, what).iter().all(|entry| entry["ticket"] == second.as_str()), "{what}");
    }
    assert!(!of(&life, "deadline").is_empty() && life["cut"] == json!([]), "{life}");
    // The ticket that it left tells of both, and of its leaving.
    let of_first = town.sandbox.get(&format!("/api/v1/tickets/{first}/life")).await.unwrap();
    assert_eq!(each(&of_first, "merge", "kind"), ["auto", "split"]);
    // A viewer sees when, and neither records nor contacts.
    let viewer = town.sandbox.command(&["token", "new", "guest", "--role", "viewer"]).await.unwrap();
    town.sandbox.token = viewer.trim().to_owned();
    let masked = town.sandbox.get(&path).await.unwrap();
    assert_eq!(of(&masked, "reply_attempt").len(), 4);
    assert!(!masked.to_string().contains(PHONE), "{masked}");
    assert!(masked["masked"] == true && each(&masked, "record", "record").iter().all(Value::is_null), "{masked}");
    let none = town.sandbox.get("/api/v1/complaints/RC-0/life").await.unwrap();
    assert_eq!(none["status"], 404);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_signed_life_is_verified_by_openssl_and_every_citizen_is_accounted_for() {
    let (mut town, receipt, [_, second]) = lived("signed").await;
    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    for matter in [receipt.as_str(), second.as_str(), "V2", PHONE] {
        let shown = town.sandbox.command(&["trace", matter]).await.unwrap();
        assert!(shown.contains("sum (auto") || matter == second, "{matter}: the evidence in words");
        assert!(!shown.contains("in_progress") && shown.contains("accepted"), "{matter}: states in words: {shown}");
        assert!(shown.contains("已换灯") && shown.contains(&second), "{matter}: {shown}");
    }
    assert_eq!(town.sandbox.ended(&["trace", "RC-0"]).await.unwrap().0, 1);
    let folder = town.sandbox.folder.clone();
    let said = town.sandbox.command(&["trace", &receipt, "--signed", "life.json"]).await.unwrap();
    assert!(said.contains("openssl pkeyutl -verify"), "{said}");
    let key = town.sandbox.command(&["keys", "public"]).await.unwrap();
    let known = town.sandbox.get("/api/v1/signing-key").await.unwrap();
    assert_eq!(known["public_key_pem"], key, "by the API as on the terminal");
    std::fs::write(folder.join("huiliu.pem"), &key).unwrap();
    assert!(is_verified(&folder, "life.json"));
    let text = std::fs::read_to_string(folder.join("life.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["format"], &document["key"]), (&json!("huiliu.life.v1"), &known["key"]));
    assert_eq!(each(&document["life"], "reply", "text"), ["已换灯", "已重装"]);
    std::fs::write(folder.join("forged.json"), text.replace("已换灯", "已拆灯")).unwrap();
    assert!(!is_verified(&folder, "forged.json"), "a changed word is found");
    let ledger = town.sandbox.get("/api/v1/answers").await.unwrap();
    assert_eq!(ledger, json!({ "finished": 1, "answered": 1, "unanswered": [], "balances": true }));
    let said = town.sandbox.command(&["replies", "unanswered"]).await.unwrap();
    assert!(said.contains('1'), "{said}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_record_that_was_set_aside_and_mended_tells_by_whom() {
    let (town, _platform) = Town::start("mended").await;
    town.post(&json!({ "number": "M1", "phone": PHONE })).await;
    let aside = town.until("set aside", "/api/v1/quarantine", |list| list["quarantine"][0].is_object()).await;
    let raw_id = &aside["quarantine"][0]["raw_id"];
    let mended = json!({ "record": { "number": "M1", "title": LAMP.0, "text": LAMP.1, "phone": PHONE } });
    town.decide(&format!("quarantine/{raw_id}/replay"), mended).await;
    let found = town.sandbox.get("/api/v1/complaints?source_number=M1").await.unwrap();
    let receipt = found["complaints"][0]["receipt_number"].as_str().unwrap();
    let life = town.sandbox.get(&format!("/api/v1/complaints/{receipt}/life")).await.unwrap();
    let problems = &each(&life, "set_aside", "problems")[0];
    assert!(problems.to_string().contains("没有正文"), "{problems}");
    let replayed = &of(&life, "replayed")[0]["details"];
    assert_eq!((&replayed["became"], &replayed["mended"]), (&json!("complaint"), &json!(true)));
    assert!(replayed["actor"].as_str().is_some_and(|actor| !actor.is_empty()), "{replayed}");
    let record = &of(&life, "record")[0]["details"];
    assert!(record["fields"] == json!([]) && record["note"].as_str().unwrap().contains("mended"), "{record}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn fields_are_told_by_the_pack_that_made_them_also_when_another_is_live() {
    let (mut town, platform) = Town::start("earlier").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let receipt = town.accept("E1", LAMP.0, LAMP.1).await;
    town.ticket(&platform, "E1").await;
    let path = town.sandbox.pack.join("channels/generic.toml");
    let channel = std::fs::read_to_string(&path).unwrap();
    let (before, after) = ("record.address | text", "record.place | text");
    assert!(channel.contains(before));
    std::fs::write(&path, channel.replace(before, after)).unwrap();
    std::fs::remove_dir_all(town.sandbox.pack.join("cases/generic")).unwrap();
    town.sandbox.command(&["pack", "reload", "--reason", "换字段"]).await.unwrap();
    let record = async || {
        let life = town.sandbox.get(&format!("/api/v1/complaints/{receipt}/life")).await.unwrap();
        of(&life, "record")[0]["details"].clone()
    };
    let told = record().await;
    let field = |name: &str| told["fields"].as_array().unwrap().iter().find(|made| made["field"] == name).cloned();
    let address = field("address").unwrap();
    assert_eq!(address["expression"], before, "{address}");
    assert!(address["line"].as_u64().unwrap() > 0, "{address}");
    assert_eq!(field("text").unwrap()["value"], LAMP.1);
    assert_eq!((&told["pack_is_live"], &told["note"]), (&json!(false), &Value::Null), "{told}");
    let database = rusqlite::Connection::open(town.sandbox.folder.join("var/huiliu.db")).unwrap();
    database.execute("DELETE FROM pack_content WHERE id = 1", []).unwrap();
    let told = record().await;
    assert_eq!(told["fields"], json!([]));
    assert!(told["note"].as_str().unwrap().contains("no longer kept"), "{told}");
    assert!(told["note_zh"].as_str().unwrap().contains("不再保存"), "{told}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_trace_says_who_moved_who_came_late_what_could_not_be_read_and_what_waits_for_its_channel() {
    let (mut town, platform) = by_sms("waits").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    town.accept_from("W1", LAMP, "13800001111").await;
    let ticket = town.ticket(&platform, "W1").await;
    platform.send(&ticket, "accepted", Some("维修队已出发")).await.unwrap();
    town.told("13800001111", 1).await;
    let receipt = town.accept_from("W2", LAMP, PHONE).await;
    town.told(PHONE, 1).await;
    platform.send_raw(&json!({ "ticket_id": ticket, "platform": platform.feed(), "status": "done" })).await.unwrap();
    let path = format!("/api/v1/complaints/{receipt}/life");
    let noted = |life: &Value| each(life, "refused_update", "refusal") == ["unreadable"];
    let life = town.until("the unreadable update is noted", &path, noted).await;
    assert!(each(&life, "refused_update", "reason")[0].as_str().unwrap().contains("update_id"), "{life}");
    assert_eq!(each(&life, "reply", "told_late"), [true]);
    assert_eq!(each(&life, "reply", "waits_for"), [Value::Null]);
    let gaps: Vec<&Value> = life["not_kept"].as_array().unwrap().iter().map(|gap| &gap["what"]).collect();
    assert_eq!(gaps, ["updates_without_ticket", "earlier_routes"], "what nothing keeps is said");
    let generic = town.sandbox.pack.join("channels/generic.toml");
    let text = std::fs::read_to_string(&generic).unwrap();
    let off = text.replacen("adapter = \"http-push\"", "adapter = \"http-push\"\nenabled = false", 1);
    assert_ne!(text, off);
    std::fs::write(&generic, off).unwrap();
    town.sandbox.command(&["pack", "reload"]).await.unwrap();
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    let waits = |life: &Value| each(life, "reply", "waits_for") == [Value::Null, json!("channel_off")];
    town.until("the reply waits", &path, waits).await;
    let ledger = town.sandbox.get("/api/v1/answers").await.unwrap();
    assert_eq!(ledger["unanswered"], json!([{ "reason": "channel_off", "complaints": 2 }]), "{ledger}");
    let listed = town.sandbox.get("/api/v1/answers/missing?reason=channel_off").await.unwrap();
    assert_eq!(listed["unanswered"].as_array().unwrap().len(), 2, "{listed}");
    // So wide that no line of the table is broken.
    town.sandbox.set("COLUMNS", "900");
    for (language, off, late) in
        [("zh", "等待发送：渠道没有启用", "补告最新一次"), ("en", "the channel is switched off", "joined late")]
    {
        let shown = town.sandbox.command(&["trace", &receipt, "--lang", language]).await.unwrap();
        assert!(shown.contains("title: record.title | text → 青鱼滩路路灯不亮"), "fields and their values: {shown}");
        assert!(shown.contains(late), "{late}: {shown}");
        assert!(shown.contains(off), "{off}: {shown}");
    }
    town.sandbox.stop().await.unwrap();
}

#[tokio::test]
async fn a_ticket_that_went_elsewhere_tells_where_it_was_and_why() {
    let (town, platform) = Town::start("moved").await;
    let first = town.accept("M1", LAMP.0, LAMP.1).await;
    let second = town.accept("M2", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    let ticket = town.ticket(&platform, "M1").await;
    town.ticket(&platform, "M2").await;
    let path = format!("/api/v1/tickets/{ticket}");
    let before = town.sandbox.get(&path).await.unwrap();
    town.decide(&format!("complaints/{second}/move"), json!({ "into": ticket })).await;
    town.decide(&format!("complaints/{first}/split"), json!({})).await;
    let life = town.sandbox.get(&format!("{path}/life")).await.unwrap();
    assert_eq!(each(&life, "rerouted", "event"), ["joined", "split"], "first more urgent, then another's");
    let (first, moved) = (&each(&life, "rerouted", "from")[0], &of(&life, "rerouted")[1]["details"]);
    assert_eq!((&first["department"], &first["reasons"]), (&before["department"], &before["reasons"]));
    assert_eq!(moved["from"]["department"], before["department"]);
    let now = town.sandbox.get(&path).await.unwrap();
    assert_eq!((&moved["to"]["department"], &moved["to"]["reasons"]), (&now["department"], &now["reasons"]));
    assert_ne!(moved["from"]["department"], moved["to"]["department"]);
    let made = &of(&life, "ticket")[0];
    assert_eq!(made["details"]["department"], before["department"], "as it was made: {made}");
    assert!(made["zh"].as_str().unwrap().contains(before["department_name"].as_str().unwrap()), "by its name: {made}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn roles_see_what_is_theirs_and_are_told_what_is_not() {
    let (mut town, platform) = by_sms("roles").await;
    let admin = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &admin);
    let receipt = town.accept_from("R1", LAMP, PHONE).await;
    town.ticket(&platform, "R1").await;
    let (code, _, said) = town.sandbox.ended(&["trace", &receipt, "--signed", "/nonexist/x"]).await.unwrap();
    assert!(code == 1 && said.contains("/nonexist/x") && said.contains("make it first"), "{said}");
    town.accept_from("R2", ("听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。"), PHONE).await;
    let (code, shown, said) = town.sandbox.ended(&["trace", PHONE, "--signed", "x.json"]).await.unwrap();
    assert!(code == 1 && shown.contains(&receipt) && said.contains("a signed file is of one matter"), "{shown}{said}");
    assert!(!town.sandbox.folder.join("x.json").exists());
    let mut as_role = async |role: &str, matter: &str| {
        let token = town.sandbox.command(&["token", "new", role, "--role", role, "--replace"]).await.unwrap();
        town.sandbox.set("HULIU_TOKEN", token.trim());
        town.sandbox.ended(&["trace", matter]).await.unwrap()
    };
    let (code, _, said) = as_role("viewer", PHONE).await;
    assert!(code == 1 && said.contains("telephone needs a token with role operator"), "{said}");
    let (code, _, said) = as_role("viewer", "RC-none").await;
    assert!(code == 1 && !said.contains("operator") && said.contains("nothing has this"), "{said}");
    for role in ["viewer", "auditor"] {
        let (code, shown, said) = as_role(role, &receipt).await;
        assert!(code == 0 && shown.contains(&receipt) && !shown.contains(PHONE), "{role}: {shown}{said}");
        assert!(said.contains("may not see words and contacts"), "{role}: {said}");
    }
    let (code, _, said) = as_role("platform", &receipt).await;
    assert!(code == 1 && said.contains("viewer or auditor"), "{said}");
    town.sandbox.token =
        town.sandbox.command(&["token", "new", "second", "--role", "auditor"]).await.unwrap().trim().to_owned();
    let log = town.sandbox.get("/api/v1/audit?action=life.look").await.unwrap();
    let looked: Vec<&Value> = log["entries"].as_array().unwrap().iter().map(|entry| &entry["actor"]).collect();
    assert_eq!(looked, ["auditor"], "an inspection is one entry, and a viewer's masked look none: {log}");
    town.sandbox.stop().await.unwrap();
}

//! What people decide, what platforms say, and who may do what.

use huiliu_city::eventually;
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town};

const LAMP_1: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。");
const LAMP_2: (&str, &str) = ("反映青鱼滩路路灯故障", "青鱼滩路公交站附近几盏路灯坏了，夜里一片漆黑，希望尽快修好。");

#[tokio::test]
async fn a_split_undoes_a_merge_and_the_pair_stays_apart() {
    let (town, platform) = Town::start("split").await;
    town.accept("A1", LAMP_1.0, LAMP_1.1).await;
    let receipt = town.accept("A2", LAMP_2.0, LAMP_2.1).await;
    let ticket = town.ticket(&platform, "A2").await;
    assert_eq!(town.ticket(&platform, "A1").await, ticket, "the two are one matter");
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let card = document["merge_events"][0]["card"].as_str().unwrap();
    assert!(card.contains("青鱼滩路") && card.contains("合计"), "{card}");
    let answer = town.sandbox.post(&format!("/api/v1/complaints/{receipt}/split"), &json!({})).await.unwrap();
    assert_eq!(answer.status.as_u16(), 200, "{}", String::from_utf8_lossy(&answer.body));
    let apart = || async { (town.ticket(&platform, "A2").await != ticket).then_some(()) };
    eventually("A2 has a ticket of its own", PATIENCE, apart).await.unwrap();
    // The same record again, and one with new content, change nothing about that.
    let own = town.ticket(&platform, "A2").await;
    let again = json!({ "number": "A2", "kind": "投诉", "title": LAMP_2.0, "text": format!("{}补充：已经两周。", LAMP_2.1), "phone": "13800001111" });
    assert_eq!(town.post(&again).await.1["outcomes"][0]["receipt_number"], receipt);
    let kept = town.until("amended", "/api/v1/ledger", |ledger| ledger["amendments"] == 1).await;
    assert_eq!(kept["balances"], true);
    let document = town.sandbox.get(&format!("/api/v1/tickets/{own}")).await.unwrap();
    assert_eq!(
        (&document["complaints"], &document["complaint_list"][0]["receipt_number"]),
        (&json!(1), &json!(receipt))
    );
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn an_absorbed_ticket_answers_with_its_successor_and_comes_back_by_a_split() {
    let (town, platform) = Town::start("absorb").await;
    town.accept("B1", LAMP_1.0, LAMP_1.1).await;
    let receipt = town.accept("B2", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    let (first, second) = (town.ticket(&platform, "B1").await, town.ticket(&platform, "B2").await);
    assert_ne!(first, second);
    let merge = town.sandbox.post(&format!("/api/v1/tickets/{second}/merge"), &json!({ "into": first })).await.unwrap();
    assert_eq!(merge.status.as_u16(), 200, "{}", String::from_utf8_lossy(&merge.body));
    let absorbed = town.sandbox.get(&format!("/api/v1/tickets/{second}")).await.unwrap();
    assert_eq!((&absorbed["status"], &absorbed["successor"]), (&json!("absorbed"), &json!(first)));
    town.ledger().await;
    town.sandbox.post(&format!("/api/v1/complaints/{receipt}/split"), &json!({})).await.unwrap();
    let back = town.sandbox.get(&format!("/api/v1/tickets/{second}")).await.unwrap();
    assert_eq!((&back["status"], &back["successor"], &back["complaints"]), (&json!("open"), &Value::Null, &json!(1)));
    let rest = town.sandbox.get(&format!("/api/v1/tickets/{first}")).await.unwrap();
    assert_eq!((&rest["title"], &rest["complaints"]), (&json!(LAMP_1.0), &json!(1)));
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_pinned_ticket_is_left_alone() {
    let (town, platform) = Town::start("pin").await;
    town.accept("C1", LAMP_1.0, LAMP_1.1).await;
    let ticket = town.ticket(&platform, "C1").await;
    town.sandbox.post(&format!("/api/v1/tickets/{ticket}/pin"), &json!({ "pinned": true })).await.unwrap();
    town.accept("C2", LAMP_2.0, LAMP_2.1).await;
    assert_ne!(town.ticket(&platform, "C2").await, ticket);
    let reviews = town.sandbox.get("/api/v1/reviews").await.unwrap();
    let review = &reviews["reviews"][0];
    assert_eq!(review["evidence"]["guard"], "ticket_is_pinned", "{reviews}");
    let answer =
        town.sandbox.post(&format!("/api/v1/reviews/{}", review["id"]), &json!({ "same": true })).await.unwrap();
    assert_eq!(answer.status.as_u16(), 200);
    let together = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(together["complaints"], 2);
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn late_repeated_and_unusable_status_updates_are_recognized() {
    let (town, platform) = Town::start("status").await;
    town.accept("D1", LAMP_1.0, LAMP_1.1).await;
    let ticket = town.ticket(&platform, "D1").await;
    let update = |id: &str, sequence: i64, status: &str| {
        json!({
            "update_id": id, "platform": platform.feed(), "ticket_id": ticket, "sequence": sequence, "status": status,
            "occurred_at": "2026-11-22T09:00:00+08:00", "result": "已修复",
        })
    };
    for sent in [
        update("u2", 2, "in_progress"),
        update("u2", 2, "in_progress"),
        update("u1", 1, "accepted"),
        update("u3", 3, "resolved"),
    ] {
        platform.send_raw(&sent).await.unwrap();
    }
    platform.send_raw(&json!({ "nonsense": true })).await.unwrap();
    let mut unknown = update("u9", 9, "resolved");
    unknown["ticket_id"] = json!("RC-0");
    platform.send_raw(&unknown).await.unwrap();
    let resolved =
        town.until("resolved", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "resolved").await;
    assert_eq!(
        resolved["version"], 4,
        "created, in progress, resolved, call-back due: late and repeated ones change nothing"
    );
    let metrics = || async {
        let text = reqwest_text(&town).await?;
        let has = |line: &str| text.lines().any(|known| known == line);
        (has("huiliu_status_updates_total{verdict=\"accepted\"} 2")
            && has("huiliu_status_updates_total{verdict=\"late\"} 1")
            && has("huiliu_status_updates_total{verdict=\"repeated\"} 1")
            && has("huiliu_status_updates_total{verdict=\"refused\"} 2"))
        .then_some(())
    };
    eventually("verdicts in the metrics", PATIENCE, metrics).await.unwrap();
    // The generic channel has no way back, by its setting: the answer waits for a person, and is not among the dead ones.
    let listed = "/api/v1/replies?state=by_hand";
    let waiting = town.until("a reply for a person", listed, |list| list["replies"][0].is_object()).await;
    assert_eq!(waiting["replies"][0]["status"], "resolved");
    assert_eq!(town.sandbox.get("/api/v1/replies?state=dead").await.unwrap()["replies"], json!([]));
    town.sandbox.finish().await.unwrap();
}

async fn reqwest_text(town: &Town) -> Option<String> {
    let request = http::Request::get(format!("{}/metrics", town.sandbox.url)).body(bytes::Bytes::new()).ok()?;
    let answer = huiliu_adapter_http::HttpClient::new().send(request, std::time::Duration::from_secs(10)).await.ok()?;
    String::from_utf8(answer.body.to_vec()).ok()
}

#[tokio::test]
async fn dissatisfaction_by_sms_opens_the_ticket_again() {
    let (town, platform) = Town::start("rating").await;
    let mut report = crate::town::reports(3, 1).remove(0);
    (report.number, report.phone) = ("77001".to_owned(), "13800007777".to_owned());
    let send = async |report: &huiliu_city::Report| {
        let answer =
            huiliu_city::post_sms(&town.sandbox.url, huiliu_city::Sandbox::SMS_TOKEN, std::slice::from_ref(report))
                .await
                .unwrap();
        assert_eq!(answer.body.as_ref(), "{\"code\":0,\"msg\":\"接收成功\"}".as_bytes());
    };
    send(&report).await;
    let key = ("sms".to_owned(), "77001".to_owned());
    let ticket =
        eventually("on a ticket", PATIENCE, || async { platform.ticket_of().get(&key).cloned() }).await.unwrap();
    platform.send(&ticket, "resolved", Some("已处理")).await.unwrap();
    let told = || async { town.callbacks.told().get("13800007777").cloned() };
    let told = eventually("told by SMS", PATIENCE, told).await.unwrap();
    assert!(told[0].contains("荣成") && told[0].contains("已处理") && told[0].contains("不满意回3"), "{told:?}");
    (report.number, report.text) = ("77002".to_owned(), "3".to_owned());
    send(&report).await;
    town.until("reopened", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "reopened").await;
    (report.number, report.text) = ("77003".to_owned(), "TD".to_owned());
    send(&report).await;
    let ledger = town.ledger().await;
    assert_eq!((&ledger["follow_ups"], &ledger["discarded"], &ledger["complaints"]), (&json!(1), &json!(1), &json!(1)));
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn tokens_have_roles_and_erasure_leaves_the_counts() {
    let (mut town, platform) = Town::start("roles").await;
    let admin = town.sandbox.token.clone();
    town.accept("E1", LAMP_1.0, &format!("{}联系电话13800001111", LAMP_1.1)).await;
    let ticket = town.ticket(&platform, "E1").await;
    let viewer = town.sandbox.command(&["token", "new", "clerk", "--role", "viewer"]).await.unwrap();
    town.sandbox.token = viewer.trim().to_owned();
    let path = format!("/api/v1/tickets/{ticket}");
    let seen = town.sandbox.get(&path).await.unwrap().to_string();
    assert!(seen.contains("138****1111") && !seen.contains("13800001111"), "a viewer sees masked contacts: {seen}");
    let refused = town.sandbox.post("/api/v1/erase", &json!({ "phone": "13800001111" })).await.unwrap();
    assert_eq!(refused.status.as_u16(), 403);
    town.sandbox.token = "hl_unknown".to_owned();
    assert!(town.sandbox.get(&path).await.unwrap()["detail"].as_str().unwrap().contains("token"));
    town.sandbox.token = admin;
    let erased = town.sandbox.post("/api/v1/erase", &json!({ "phone": "13800001111" })).await.unwrap();
    let erased: Value = serde_json::from_slice(&erased.body).unwrap();
    let told = json!({ "phone": "138****1111", "id_number": null, "receipt_number": null });
    assert_eq!(erased, json!({ "looked_for": told, "found_complaints": 1, "erased_complaints": 1, "quarantined": [] }));
    let document = town.sandbox.get(&path).await.unwrap();
    assert!(!document.to_string().contains("青鱼滩路公交站"), "{document}");
    assert_eq!(document["complaint_list"][0]["erased"], true);
    // The source's own copy does not bring it back.
    let (_, again) = town
        .post(&json!({ "number": "E1", "kind": "投诉", "title": LAMP_1.0, "text": LAMP_1.1, "phone": "13800001111" }))
        .await;
    assert_ne!(again["outcomes"][0]["state"], "accepted", "{again}");
    let document = town.sandbox.get(&path).await.unwrap();
    assert!(!document.to_string().contains("青鱼滩路公交站"), "{document}");
    assert_eq!(town.ledger().await["complaints"], 1);
    town.sandbox.finish().await.unwrap();
}

/// What a ticket covers and shows, without its version and times.
async fn shown(town: &Town, ticket: &str) -> Value {
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let receipts: Vec<&Value> =
        document["complaint_list"].as_array().unwrap().iter().map(|complaint| &complaint["receipt_number"]).collect();
    json!([
        document["title"],
        document["text"],
        document["status"],
        document["successor"],
        document["complaints"],
        document["grade"],
        document["due_at"],
        document["reasons"],
        receipts
    ])
}

#[tokio::test]
async fn every_decision_can_be_taken_back() {
    let (town, platform) = Town::start("undo").await;
    town.accept("U1", LAMP_1.0, LAMP_1.1).await;
    let second = town.accept("U2", LAMP_2.0, LAMP_2.1).await;
    let water = town.accept("U3", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    let (lamp, pipe) = (town.ticket(&platform, "U1").await, town.ticket(&platform, "U3").await);
    assert_eq!(town.ticket(&platform, "U2").await, lamp);
    let before = [shown(&town, &lamp).await, shown(&town, &pipe).await];
    let post = |path: String, body: Value| {
        let town = &town;
        async move {
            let answer = town.sandbox.post(&path, &body).await.unwrap();
            (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned())
        }
    };
    let decisions = [
        (format!("/api/v1/complaints/{second}/split"), json!({})),
        (format!("/api/v1/complaints/{second}/move"), json!({ "into": pipe })),
        (format!("/api/v1/complaints/{water}/move"), json!({ "into": lamp })),
        (format!("/api/v1/tickets/{pipe}/merge"), json!({ "into": lamp })),
        (format!("/api/v1/tickets/{lamp}/pin"), json!({ "pinned": true })),
    ];
    for (path, body) in decisions {
        assert_eq!(post(path.clone(), body).await.0, 200, "{path}");
        town.ledger().await;
        assert_eq!(post(format!("/api/v1/tickets/{lamp}/undo"), json!({})).await.0, 200, "undo of {path}");
        assert_eq!([shown(&town, &lamp).await, shown(&town, &pipe).await], before, "after the undo of {path}");
        town.ledger().await;
    }
    // An absorbed ticket answers with its successor: nothing is moved into it.
    let merge = format!("/api/v1/tickets/{pipe}/merge");
    assert_eq!(post(merge, json!({ "into": lamp })).await.0, 200);
    let into_absorbed = post(format!("/api/v1/complaints/{second}/move"), json!({ "into": pipe })).await;
    assert_eq!(into_absorbed.0, 409, "{}", into_absorbed.1);
    assert_eq!(post(format!("/api/v1/tickets/{lamp}/undo"), json!({})).await.0, 200);
    // Nothing is kept apart any more: the same words from a third citizen join as they would have.
    town.accept("U4", LAMP_2.0, LAMP_2.1).await;
    assert_eq!(town.ticket(&platform, "U4").await, lamp);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn two_complaints_are_explained_the_same_way_twice() {
    let (mut town, _platform) = Town::start("explain").await;
    let first = town.accept("E1", LAMP_1.0, LAMP_1.1).await;
    let second = town.accept("E2", LAMP_2.0, LAMP_2.1).await;
    let path = format!("/api/v1/explain?a={second}&b={first}");
    let explained = town.sandbox.get(&path).await.unwrap();
    assert_eq!(town.sandbox.get(&path).await.unwrap(), explained);
    assert_eq!(town.sandbox.get(&format!("/api/v1/explain?a={first}&b={second}")).await.unwrap(), explained);
    let card = explained["card"].as_str().unwrap();
    assert!(card.contains("青鱼滩路") && card.contains("都写到"), "{card}");
    let sum: f64 = explained["evidence"]["contributions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contribution| contribution["weight"].as_f64().unwrap())
        .sum();
    let evidence = &explained["evidence"];
    let whole = evidence["prior"].as_f64().unwrap() + sum + evidence["support"].as_f64().unwrap();
    assert!((whole - evidence["weight"].as_f64().unwrap()).abs() < 1e-9, "{evidence}");
    let by_number = town.sandbox.get(&format!("/api/v1/explain?a=E2&b={first}")).await.unwrap();
    assert_eq!(by_number, explained, "by a source's number, too");
    let said = async |town: &Town, a: &str, b: &str| {
        let refused = town.sandbox.get(&format!("/api/v1/explain?a={a}&b={b}")).await.unwrap();
        assert_eq!(refused["status"], 404, "{refused}");
        refused["detail"].as_str().unwrap().to_owned()
    };
    let unknown = said(&town, "RC0", "RC1").await;
    assert!(unknown.contains("RC0") && unknown.contains("RC1"), "{unknown}");
    let unknown = said(&town, "E1", "RC1").await;
    assert!(!unknown.contains("E1") && unknown.contains("RC1"), "which of both is not known: {unknown}");
    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    let shown = town.sandbox.command(&["explain", "E1"]).await.unwrap();
    assert!(shown.contains(&second) || shown.contains(&first), "the ticket of a source's number: {shown}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn an_amended_complaint_is_looked_at_again() {
    let (town, platform) = Town::start("amended").await;
    town.accept("M1", LAMP_1.0, LAMP_1.1).await;
    let receipt = town.accept("M2", "有个情况", "这里有点问题，请来看看，谢谢。").await;
    let (lamp, vague) = (town.ticket(&platform, "M1").await, town.ticket(&platform, "M2").await);
    assert_ne!(lamp, vague);
    let told = json!({ "number": "M2", "kind": "投诉", "title": LAMP_2.0, "text": LAMP_2.1, "phone": "13800001111" });
    assert_eq!(town.post(&told).await.1["outcomes"][0]["receipt_number"], receipt);
    let together = town.until("together", &format!("/api/v1/tickets/{lamp}"), |ticket| ticket["complaints"] == 2).await;
    assert_eq!(together["complaint_list"][1]["receipt_number"], receipt);
    let absorbed = town.sandbox.get(&format!("/api/v1/tickets/{vague}")).await.unwrap();
    assert_eq!((&absorbed["status"], &absorbed["successor"]), (&json!("absorbed"), &json!(lamp)));
    let event = together["merge_events"][0].clone();
    assert_eq!((&event["kind"], &event["actor"]), (&json!("auto"), &json!("huiliu")));
    assert!(event["card"].as_str().unwrap().contains("青鱼滩路"), "{event}");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_matter_that_comes_again_names_the_finished_ticket() {
    let (mut town, platform) = Town::start("again").await;
    town.accept("R1", LAMP_1.0, LAMP_1.1).await;
    let first = town.ticket(&platform, "R1").await;
    platform.send(&first, "resolved", Some("已修复")).await.unwrap();
    town.until("resolved", &format!("/api/v1/tickets/{first}"), |ticket| ticket["status"] == "resolved").await;
    // Also after a restart.
    town.sandbox.stop().await.unwrap();
    town.sandbox.start().await.unwrap();
    town.accept("R2", LAMP_2.0, LAMP_2.1).await;
    let second = town.ticket(&platform, "R2").await;
    assert_ne!(second, first);
    let again = town.sandbox.get(&format!("/api/v1/tickets/{second}")).await.unwrap();
    assert_eq!(again["recurrence_of"], first.as_str());
    let told = |event: &Value| event["data"]["ticket_id"] == second.as_str();
    let event = platform.events().into_iter().find(|event| told(event)).unwrap();
    assert_eq!(event["data"]["recurrence_of"], first.as_str(), "platforms are told too");
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn erasure_reaches_the_evidence_and_the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (town, platform) = Town::start("erase").await;
    town.accept("X1", LAMP_1.0, LAMP_1.1).await;
    town.accept("X2", LAMP_2.0, LAMP_2.1).await;
    let ticket = town.ticket(&platform, "X2").await;
    let path = format!("/api/v1/tickets/{ticket}");
    let before = town.sandbox.get(&path).await.unwrap()["merge_events"][0].clone();
    assert!(before["card"].as_str().unwrap().contains("青鱼滩路"), "{before}");
    let erased = town.sandbox.post("/api/v1/erase", &json!({ "phone": "13800001111" })).await.unwrap();
    let erased: Value = serde_json::from_slice(&erased.body).unwrap();
    assert_eq!(erased["erased_complaints"], 2, "{erased}");
    let after = town.sandbox.get(&path).await.unwrap();
    let event = &after["merge_events"][0];
    assert_eq!(event["evidence"]["weight"], before["evidence"]["weight"], "the weights stay");
    assert!(!after.to_string().contains("青鱼滩"), "{after}");
    let mode = std::fs::metadata(town.sandbox.folder.join("var/huiliu.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    town.sandbox.finish().await.unwrap();
}

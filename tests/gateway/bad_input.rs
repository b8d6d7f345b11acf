//! Bad input of each kind ends where it should: refused with a reason, or in quarantine and replayable.

use huiliu_city::{Sandbox, eventually, post_generic, post_sms};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town, reports};

#[tokio::test]
async fn what_cannot_be_accepted_is_refused_with_a_reason() {
    let (town, _platform) = Town::start("refused").await;
    let url = &town.sandbox.url;
    let refused = async |key: &str, body: Vec<u8>| {
        let answer = post_generic(url, key, body).await.unwrap();
        (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned())
    };
    let cut = b"[{\"number\": ".to_vec();
    for _ in 0..2 {
        let (status, reason) = refused(Sandbox::GENERIC_KEY, cut.clone()).await;
        assert!(status == 400 && reason.contains("line 1") && reason.contains("kept"), "{status} {reason}");
    }
    let (status, reason) = refused("wrong", b"[]".to_vec()).await;
    assert!(status == 401 && reason.contains("API key"), "{status} {reason}");
    let (status, reason) = refused(Sandbox::GENERIC_KEY, vec![b' '; 2 << 20]).await;
    assert!(status == 413 && reason.contains("1048576"), "{status} {reason}");
    let (status, reason) = refused(Sandbox::GENERIC_KEY, [&[b'"', 0xC2, 0xB7][..], &[0xFF; 6], b"\""].concat()).await;
    assert!(status == 400 && reason.contains("undecodable"), "{status} {reason}");
    let answer = post_sms(url, "wrong", &reports(1, 1)).await.unwrap();
    assert_eq!(answer.status.as_u16(), 401);
    let ledger = town.ledger().await;
    assert_eq!(
        (&ledger["received"], &ledger["quarantined"]),
        (&json!(2), &json!(2)),
        "what could not be read, once each"
    );
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_mapped_is_quarantined_and_replayed() {
    let (town, platform) = Town::start("quarantine").await;
    let (status, answer) = town.post(&json!({ "kind": "投诉", "title": "没有编号", "text": "建设路路灯不亮" })).await;
    assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("quarantined")), "{answer}");
    let listed =
        town.until("the record is listed", "/api/v1/quarantine", |list| list["quarantine"][0].is_object()).await;
    let entry = &listed["quarantine"][0];
    assert_eq!(entry["problems"][0]["field"], "number");
    assert!(entry["problems"][0]["zh"].as_str().unwrap().contains("编号"), "{entry}");
    let path = format!("/api/v1/quarantine/{}/replay", entry["raw_id"]);
    assert_eq!(town.ledger().await["quarantined"], 1);
    // Unmended it stays; mended it becomes a ticket; a second time it is not counted twice.
    let replay = async |body: Value| {
        let answer = town.sandbox.post(&path, &body).await.unwrap();
        serde_json::from_slice::<Value>(&answer.body).unwrap()["released"].as_u64()
    };
    assert_eq!(replay(json!({})).await, Some(0));
    let mended = json!({ "record": { "number": "Q1", "kind": "投诉", "title": "补上编号", "text": "建设路路灯不亮" } });
    assert_eq!(replay(mended.clone()).await, Some(1));
    assert_eq!(replay(mended).await, None, "it is not in quarantine any more");
    town.ticket(&platform, "Q1").await;
    let ledger = town.ledger().await;
    assert_eq!((&ledger["quarantined"], &ledger["complaints"]), (&json!(0), &json!(1)));
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn unknown_codes_and_bad_fields_cost_only_the_field() {
    let (town, _platform) = Town::start("fields").await;
    let complaint = json!({
        "number": "F1", "kind": "没见过的类型", "title": "路灯不亮", "text": "建设路路灯不亮", "phone": "138****1111",
        "occurred_at": "昨天", "point": { "lat": 999, "lng": 1 }, "anonymous": "也许",
    });
    let (status, answer) = town.post(&complaint).await;
    assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("accepted")), "{answer}");
    // A wish that is not understood makes it confidential: its number is on no feed.
    let found = town.sandbox.get("/api/v1/complaints?source_number=F1").await.unwrap();
    let ticket = found["complaints"][0]["ticket"].as_str().unwrap();
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(document["complaint_list"][0]["kind"], "other");
    assert_eq!(document["complaint_list"][0]["reporter"]["phone"], Value::Null);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_broken_row_of_a_gb18030_file_quarantines_that_row_only() {
    let (town, _platform) = Town::start("rows").await;
    let mut file = Vec::new();
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    file.extend(gb("12345工单编号,12345受理时间,12345工单类型,12345内容描述,12345诉求地址\r\n"));
    file.extend(gb("SH2026112100001,46347.3833,投诉举报类,建设路路灯不亮,建设路1号\r\n"));
    file.extend(gb("SH2026112100002,46347.3833,投诉举报类,多了一列,人民路,多余,的,列\r\n"));
    file.extend(b"SH2026112100003,46347.3833,x,\xff\xff\xff,y\r\n");
    file.extend(gb("SH2026112100004,2026/11/21 09:12,求助类,海湾路井盖破损,海湾路\r\n"));
    std::fs::write(town.sandbox.folder.join("var/ledger/台账.csv"), file).unwrap();
    let ledger = town.until("four rows", "/api/v1/ledger", |ledger| ledger["received"] == 4).await;
    assert_eq!((&ledger["complaints"], &ledger["quarantined"]), (&json!(2), &json!(2)));
    let done = town.sandbox.folder.join("var/ledger/done/台账.csv");
    eventually("the file is put away", PATIENCE, || async { done.exists().then_some(()) }).await.unwrap();
    let listed = town.sandbox.get("/api/v1/quarantine").await.unwrap();
    let reasons = listed["quarantine"].to_string();
    assert!(reasons.contains("row 3") && reasons.contains("row 4"), "{reasons}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_source_that_is_busy_or_ends_in_faults_is_tried_again() {
    let mut town = Town::prepare("busy").await;
    town.board.busy(2);
    town.hotline.fail_next(2);
    town.board.put(1, "建设路路灯不亮", "建设路路灯不亮一周了", "网友甲");
    town.hotline.take(huiliu_city::Order {
        order_id: "H1".to_owned(),
        title: "海湾路井盖破损".to_owned(),
        content: "海湾路井盖破损，请更换 <急> & 谢谢".to_owned(),
        name: "张某某".to_owned(),
        phone: "13800001111".to_owned(),
        address: "海湾路".to_owned(),
        kind: "投诉".to_owned(),
    });
    town.sandbox.start().await.unwrap();
    town.until("both arrive", "/api/v1/ledger", |ledger| ledger["complaints"] == 2).await;
    let signed = || async { (town.hotline.signed().get("H1") == Some(&1)).then_some(()) };
    eventually("signed once", PATIENCE, signed).await.unwrap();
    town.sandbox.finish().await.unwrap();
}

//! Confidential complaints (保密): nothing of their words, places, people and numbers shows to those who may not see it, in answers of
//! the API, on the terminal, in the log, in replies and in feeds without permission.

use serde_json::{Value, json};

use crate::destinations::{self, Province};
use crate::platforms::with_county;
use crate::town::Town;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const WITNESS: &str =
    "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，是电工赵某拆走了灯头，我住3栋2单元501室，请尽快来人修理";
/// What nobody may learn who may not see contacts.
const HIDDEN: [&str; 7] = ["灯头", "赵某", "孙晓燕", "13800005555", "2单元501", "天鹅湖路", "HIDDEN-47"];

impl Town {
    /// Hands in a complaint; its receipt number.
    async fn say(&self, number: &str, text: &str, secret: bool) -> String {
        let mut complaint = json!({ "number": number, "kind": "投诉", "title": "青鱼滩路路灯不亮", "text": text });
        if secret {
            complaint["title"] = json!("电工赵某拆走路灯灯头");
            complaint["secret"] = json!("是");
            (complaint["name"], complaint["phone"]) = (json!("孙晓燕"), json!("13800005555"));
            complaint["address"] = json!("天鹅湖路18号3栋2单元501室");
        }
        let (status, answer) = self.post(&complaint).await;
        assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("accepted")), "{answer}");
        answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned()
    }

    /// The id of the ticket of a complaint.
    async fn of(&self, receipt: &str) -> String {
        let found = self.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
        found["complaints"][0]["ticket"].as_str().unwrap().to_owned()
    }

    /// Looks at every answer that a viewer can get: nothing hidden is in it. What was asked for is not given back, either.
    async fn assert_hidden(&self, matter: &Matter) {
        let Matter { open, first, second, lamp, ticket } = matter;
        let of_matter = [
            format!("complaints/{open}/life"),
            format!("complaints/{first}/life"),
            format!("complaints/{second}/life/signed"),
            format!("tickets/{ticket}/life"),
            format!("tickets/{lamp}/life/signed"),
            format!("tickets/{ticket}"),
            format!("tickets/{lamp}"),
            format!("complaints?receipt={first}"),
            format!("complaints?receipt={first}&source_number=HIDDEN-471"),
            format!("explain?a={open}&b={first}"),
            format!("explain?a={second}&b={first}"),
        ];
        let lists = [
            "tickets",
            "complaints?source_number=HIDDEN-471",
            // 灯头, 天鹅湖路, and what shows how tickets stand alone.
            "complaints?words=%E7%81%AF%E5%A4%B4",
            "complaints?address=%E5%A4%A9%E9%B9%85%E6%B9%96%E8%B7%AF",
            "complaints?channel=generic",
            "reviews",
            "replies?state=dead",
            "replies?state=by_hand",
            "replies?state=held",
            "replies?state=pending",
            "replies/1",
            "warnings",
            "answers",
            "answers/missing",
            "quarantine",
            "source-files",
            "channels",
        ];
        for path in of_matter.iter().map(String::as_str).chain(lists) {
            let seen = self.sandbox.get(&format!("/api/v1/{path}")).await.unwrap();
            assert_hidden(path, &seen.to_string());
        }
        assert_hidden("/healthz", &self.sandbox.get("/healthz").await.unwrap().to_string());
        assert_hidden("the log", &self.sandbox.log());
    }

    /// An open complaint, and two confidential ones of the same lamp.
    async fn matter(&self) -> Matter {
        let open = self.say("OPEN-1", LAMP, false).await;
        let first = self.say("HIDDEN-471", WITNESS, true).await;
        let second = self.say("HIDDEN-472", WITNESS, true).await;
        let (lamp, ticket) = (self.of(&open).await, self.of(&first).await);
        assert_eq!(
            (self.of(&second).await, lamp != ticket),
            (ticket.clone(), true),
            "with its like, and with no other"
        );
        Matter { open, first, second, lamp, ticket }
    }

    async fn viewer(&self) -> String {
        let token = self.sandbox.command(&["token", "new", "guest", "--role", "viewer"]).await.unwrap();
        token.trim().to_owned()
    }
}

/// Receipt numbers of complaints, and ids of their tickets.
struct Matter {
    open: String,
    first: String,
    second: String,
    lamp: String,
    ticket: String,
}

/// Nothing hidden is in a text.
fn assert_hidden(place: &str, text: &str) {
    let shown: Vec<_> = HIDDEN.iter().filter(|hidden| text.contains(**hidden)).collect();
    assert!(shown.is_empty(), "{place} shows {shown:?}: {text}");
}

#[tokio::test]
async fn nothing_of_a_confidential_complaint_shows_to_those_who_may_not_see_it() {
    let (mut town, _platform) = Town::start("hidden").await;
    let matter = town.matter().await;
    let Matter { open, first, ticket, .. } = &matter;
    // Whoever may see it sees it, with its evidence.
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert!(whole["merge_events"][0]["evidence"].is_object(), "{whole}");
    let life = town.sandbox.get(&format!("/api/v1/tickets/{ticket}/life")).await.unwrap();
    assert!(life.to_string().contains("灯头") && life["masked"] == false, "{life}");
    assert!(whole["complaint_list"][0]["withheld"] == false && whole.to_string().contains("灯头"), "{whole}");
    let asked = town.sandbox.get("/api/v1/reviews").await.unwrap();
    assert!(asked["reviews"].as_array().is_some_and(|reviews| !reviews.is_empty()), "{asked}");
    town.sandbox.token = town.viewer().await;
    town.assert_hidden(&matter).await;
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let (event, complaint) = (&whole["merge_events"][0], &whole["complaint_list"][0]);
    let words = (&whole["withheld"], &whole["title"], &whole["reasons"]);
    assert_eq!(words, (&json!(true), &json!(""), &json!([])), "{whole}");
    assert_eq!((&event["withheld"], &event["evidence"]), (&json!(true), &Value::Null), "{whole}");
    assert!(event["card"].as_str().unwrap().contains("保密") && event["matched_receipt_number"].is_null(), "{whole}");
    assert_eq!((&complaint["withheld"], &complaint["receipt_number"]), (&json!(true), &json!(first)), "{whole}");
    let asked = town.sandbox.get("/api/v1/reviews").await.unwrap();
    assert_eq!(asked["reviews"], json!([]));
    let sought = town.sandbox.get("/api/v1/complaints?source_number=HIDDEN-471").await.unwrap();
    assert_eq!(sought["complaints"], json!([]), "its number is not confirmed");
    for words in ["words=%E7%81%AF%E5%A4%B4", "address=%E5%A4%A9%E9%B9%85%E6%B9%96%E8%B7%AF"] {
        let sought = town.sandbox.get(&format!("/api/v1/complaints?{words}")).await.unwrap();
        assert_eq!(sought["complaints"], json!([]), "its words are not confirmed");
    }
    let refused = town.sandbox.get(&format!("/api/v1/explain?a={open}&b={first}")).await.unwrap();
    assert_eq!((&refused["status"], &refused["code"]), (&json!(403), &json!("forbidden")));
    // The same on the terminal.
    let viewer = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &viewer);
    let typed = [
        &["explain", ticket][..],
        &["explain", open, first],
        &["review"],
        &["find", "--receipt", first],
        &["trace", first],
        &["status"],
    ];
    for arguments in typed {
        assert_hidden(arguments[0], &town.sandbox.run_any(arguments).await);
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_a_person_puts_to_others_still_shows_nothing_of_itself() {
    let (mut town, platform) = Town::start("mixed").await;
    let matter = town.matter().await;
    let Matter { lamp, ticket, .. } = &matter;
    let merged = town.sandbox.post(&format!("/api/v1/tickets/{lamp}/merge"), &json!({ "into": ticket })).await.unwrap();
    assert_eq!(merged.status.as_u16(), 200, "{}", String::from_utf8_lossy(&merged.body));
    town.ticket(&platform, "OPEN-1").await;
    // What the platform says of its citizen waits, and is told to nobody else.
    platform.send(ticket, "resolved", Some("已与孙晓燕（138-0000-5555）核实，路灯修好")).await.unwrap();
    let held = |replies: &Value| replies["replies"].as_array().is_some_and(|replies| !replies.is_empty());
    town.until("the words wait", "/api/v1/replies?state=held", held).await;
    town.sandbox.token = town.viewer().await;
    town.assert_hidden(&matter).await;
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let words = (&whole["withheld"], &whole["title"]);
    assert_eq!(words, (&json!(false), &json!("青鱼滩路路灯不亮")), "the others' words");
    // Feeds have no permission: people, doors and numbers of it are in none of their events.
    let events = serde_json::to_string(&platform.events()).unwrap();
    for hidden in ["孙晓燕", "13800005555", "天鹅湖路18号3栋2单元501", "2单元501", "HIDDEN-47"] {
        assert!(!events.contains(hidden), "{hidden}: {events}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_pulled_feed_and_a_destination_learn_of_a_confidential_complaint_only_that_it_is_there() {
    let (mut town, county) = with_county("carried").await;
    let province = Province::default();
    let folder = town.sandbox.pack.join("destinations");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("province.toml"), destinations::file(&province.start().await, "")).unwrap();
    town.sandbox.set("HULIU_PROVINCE_SIGNING", destinations::SECRET);
    town.sandbox.start().await.unwrap();
    let Matter { first, second, lamp, ticket, .. } = town.matter().await;
    // What it is about stands at its ticket, masked, until somebody else is behind it.
    let merged = town.sandbox.post(&format!("/api/v1/tickets/{lamp}/merge"), &json!({ "into": ticket })).await.unwrap();
    assert_eq!(merged.status.as_u16(), 200, "{}", String::from_utf8_lossy(&merged.body));
    let pulled = county.until(5).await;
    let sent: Vec<Value> = province.until(5).await.into_iter().map(|taken| taken.event).collect();
    for (way, events) in [("the pulled feed", &pulled), ("the destination", &sent)] {
        let said = serde_json::to_string(events).unwrap();
        for hidden in ["孙晓燕", "13800005555", "天鹅湖路18号3栋2单元501", "2单元501", "HIDDEN-47"] {
            assert!(!said.contains(hidden), "{way} shows {hidden}: {said}");
        }
        let of_ticket = |event: &&Value| event["subject"] == json!(ticket);
        let complaints =
            events.iter().filter(of_ticket).flat_map(|event| event["data"]["complaints"].as_array().unwrap());
        let is_ours =
            |complaint: &&Value| [&first, &second].iter().any(|receipt| complaint["receipt_number"] == ***receipt);
        let ours: Vec<&Value> = complaints.filter(is_ours).collect();
        assert_eq!(ours.len(), 5, "{way}: alone, together, and with the other: {said}");
        for complaint in ours {
            let members: Vec<&str> = complaint.as_object().unwrap().keys().map(String::as_str).collect();
            let there = [
                "receipt_number",
                "channel",
                "source_number",
                "kind",
                "title",
                "text",
                "withheld",
                "received_at",
                "publish",
            ];
            assert_eq!(members, there, "{way}: {complaint}");
            let words = ["source_number", "title", "text"].map(|member| &complaint[member]);
            assert_eq!(words, [&json!(""); 3], "{way}: {complaint}");
        }
        let last = events.iter().rfind(of_ticket).unwrap();
        assert_eq!(last["data"]["title"], "青鱼滩路路灯不亮", "the other's words: {last}");
        assert_hidden(way, &last.to_string());
    }
    town.sandbox.finish().await.unwrap();
}

/// Every look that leads to the matter of a receipt number, and what people do with it.
fn looks(receipt: &str, ticket: &str) -> Vec<String> {
    let of_matter = [
        format!("tickets/{ticket}"),
        format!("tickets/{ticket}/life"),
        format!("tickets/{ticket}/life/signed"),
        format!("complaints/{receipt}/life"),
        format!("life?matter={receipt}"),
        format!("life?matter={ticket}"),
        format!("complaints?receipt={receipt}"),
    ];
    let lists = [
        "tickets",
        "complaints?channel=generic",
        // 路灯.
        "complaints?words=%E8%B7%AF%E7%81%AF",
        "reviews",
        "replies?state=pending",
        "answers/missing",
        "deliveries?state=pending",
        "reply-checks?from=2026-01-01&to=2026-01-31",
    ];
    of_matter.into_iter().chain(lists.map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_matter_of_a_confidential_kind_is_there_for_those_alone_who_are_named() {
    let (mut town, county) = with_county("kinds").await;
    let city = town.sandbox.pack.join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    let kinds = "\n[confidential]\ncategories = [\"lighting\"]\ntokens = [\"lamp-clerk\"]\npeople = [\"desk\", \"center-leader\", \"discipline-desk\"]\n";
    std::fs::write(city, text + kinds).unwrap();
    town.sandbox.start().await.unwrap();
    let clerk = town.sandbox.command(&["token", "new", "lamp-clerk", "--role", "operator"]).await.unwrap();
    let admin = std::mem::replace(&mut town.sandbox.token, clerk.trim().to_owned());
    let receipt = town.say("LAMP-1", LAMP, false).await;
    let ticket = town.of(&receipt).await;
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!((&whole["category"], &whole["id"]), (&json!("lighting"), &json!(ticket)), "the clerk is named: {whole}");
    town.sandbox.token = admin;
    for path in looks(&receipt, &ticket) {
        let seen = town.sandbox.get(&format!("/api/v1/{path}")).await.unwrap().to_string();
        assert!(!seen.contains("\"lighting\"") && !seen.contains("路灯不亮"), "{path}: {seen}");
        let asked_for = path.contains(&receipt) || path.contains(&ticket);
        assert!(asked_for || !(seen.contains(&receipt) || seen.contains(&ticket)), "{path}: {seen}");
    }
    for (path, body) in [("pin", json!({ "pinned": true })), ("send", json!({ "to": "county" })), ("undo", json!({}))] {
        let refused = town.sandbox.post(&format!("/api/v1/tickets/{ticket}/{path}"), &body).await.unwrap();
        assert_eq!(refused.status.as_u16(), 404, "{path}: as if there were none");
    }
    town.accept("WATER-1", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    let pulled = county.until(1).await;
    let said = serde_json::to_string(&pulled).unwrap();
    assert!(said.contains("停水") && !said.contains(&ticket), "the feed is not named: {said}");
    town.sandbox.finish().await.unwrap();
}

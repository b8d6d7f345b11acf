//! Matters of confidential kinds, door by door: each operation of the published document is asked by somebody who may not know of such a
//! matter. A new operation stands here with how it is asked, or with the reason why it tells of no matter.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::HttpClient;
use serde_json::{Value, json};

use crate::contract::published;
use crate::platforms::{Puller, with_county};
use crate::town::Town;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const OTHER: &str = "成山大道中学门口的路灯坏了一排，学生下晚自习看不见路";
/// Words that stand in what nobody may see.
const WORDS: &str = "路灯";
const WATCHED: &str = "
[[warning]]
code = \"lamps\"
name = \"路灯预警\"
words = [\"路灯\"]
to = [\"handler\"]
";
const CONFIDENTIAL: &str = "\n[confidential]\ncategories = [\"lighting\"]\ntokens = [\"lamp-clerk\"]\npeople = [\"desk\", \"center-leader\", \"discipline-desk\"]\n";

/// Numbers by which a matter can be asked for.
#[derive(Clone)]
struct Numbers {
    ticket: String,
    other: String,
    receipt: String,
    second: String,
    source: String,
    phone: String,
    review: i64,
    reply: i64,
    delivery: i64,
    topic: i64,
    raw: i64,
}

impl Numbers {
    /// Numbers of the same forms that nothing has.
    fn of_nothing() -> Self {
        Self {
            ticket: "RC-20991231-000991".to_owned(),
            other: "RC-20991231-000992".to_owned(),
            receipt: "RC9912310000991".to_owned(),
            second: "RC9912310000992".to_owned(),
            source: "NONE-9".to_owned(),
            phone: "13877775555".to_owned(),
            review: 900_001,
            reply: 900_002,
            delivery: 900_003,
            topic: 900_004,
            raw: 900_005,
        }
    }

    /// An answer without what was asked for.
    fn taken_out(&self, mut answer: Value) -> Value {
        if let Some(members) = answer.as_object_mut() {
            members.remove("request_id");
        }
        let mut text = answer.to_string();
        for number in [&self.ticket, &self.other, &self.receipt, &self.second, &self.source, &self.phone] {
            text = text.replace(number.as_str(), "…");
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// How an operation is asked.
enum Asked {
    /// By numbers: path and body of each way.
    By(Vec<(String, Value)>),
    /// For a listing: path and the member with its rows; whether whoever may know of the matter finds it there.
    List(&'static str, &'static str, bool),
    /// It is not: why it tells of no matter.
    TellsOfNone(&'static str),
}

fn get(path: String) -> (String, Value) {
    (path, Value::Null)
}

/// How an operation is asked about a matter, by its id in the document.
fn asked(operation: &str, of: &Numbers) -> Asked {
    let Numbers { ticket, other, receipt, second, source, phone, review, reply, delivery, topic, raw } = of;
    let post = |path: String, body: Value| Asked::By(vec![(path, body)]);
    let of_ticket = |act: &str, body: Value| post(format!("tickets/{ticket}/{act}"), body);
    match operation {
        "getTicket" => Asked::By(vec![get(format!("tickets/{ticket}"))]),
        "getTicketLife" => Asked::By(vec![get(format!("tickets/{ticket}/life"))]),
        "getSignedTicketLife" => Asked::By(vec![get(format!("tickets/{ticket}/life/signed"))]),
        "getComplaintLife" => Asked::By(vec![get(format!("complaints/{receipt}/life"))]),
        "getSignedComplaintLife" => Asked::By(vec![get(format!("complaints/{receipt}/life/signed"))]),
        "getLife" => {
            Asked::By([ticket, receipt, source, phone].map(|number| get(format!("life?matter={number}"))).to_vec())
        }
        "explain" => Asked::By(vec![
            get(format!("explain?a={receipt}&b={second}")),
            get(format!("explain?a={source}&b={receipt}")),
        ]),
        "getTicketChoices" => Asked::By(vec![get(format!("tickets/{ticket}/choices"))]),
        "updateTicket" => of_ticket("updates", json!({ "update_id": "1", "status": "accepted" })),
        "pinTicket" => of_ticket("pin", json!({ "pinned": true })),
        "mergeTicket" => of_ticket("merge", json!({ "into": other })),
        "undoTicket" => of_ticket("undo", json!({})),
        "releaseTicket" => of_ticket("release", json!({})),
        "approveAnswer" => of_ticket("approve", json!({ "update_id": "1" })),
        "sendBackAnswer" => of_ticket("send-back", json!({ "update_id": "1", "reason": "请写明路段" })),
        "rateTicket" => of_ticket("rating", json!({ "rating": "satisfied" })),
        "sendTicket" => of_ticket("send", json!({ "to": "county" })),
        "splitComplaint" => post(format!("complaints/{receipt}/split"), json!({})),
        "moveComplaint" => post(format!("complaints/{receipt}/move"), json!({ "into": other })),
        "noteCallBack" => post(format!("callbacks/{receipt}"), json!({ "rating": "satisfied" })),
        "answerReview" => {
            Asked::By([true, false].map(|same| (format!("reviews/{review}"), json!({ "same": same }))).to_vec())
        }
        "getReply" => Asked::By(vec![get(format!("replies/{reply}"))]),
        "retryReply" => post(format!("replies/{reply}/retry"), json!({})),
        "markReplyTold" => post(format!("replies/{reply}/told"), json!({ "how": "电话告知本人" })),
        "retryDelivery" => post(format!("deliveries/{delivery}/retry"), json!({})),
        "showTopic" => Asked::By(vec![get(format!("topics/{topic}"))]),
        "makeTopic" => post("topics".to_owned(), json!({ "title": "照明", "tickets": [ticket] })),
        "addToTopic" => post(format!("topics/{topic}/tickets"), json!({ "tickets": [ticket] })),
        "decideTopic" => post(format!("topics/{topic}/decision"), json!({ "state": "closed", "words": "已办" })),
        "followTopic" => post(format!("topics/{topic}/follow-up"), json!({ "every": "weekly" })),
        "getQuarantined" => Asked::By(vec![get(format!("quarantine/{raw}"))]),
        "replayQuarantined" => post(format!("quarantine/{raw}/replay"), json!({})),
        "discardQuarantined" => post(format!("quarantine/{raw}/discard"), json!({ "reason": "测试" })),
        "listTickets" => Asked::List("tickets?", "tickets", true),
        // 路灯.
        "findComplaints" => Asked::List("complaints?words=%E8%B7%AF%E7%81%AF", "complaints", true),
        "listReviews" => Asked::List("reviews?", "reviews", true),
        "listNotices" => Asked::List("notices?", "notices", false),
        "listReplies" => Asked::List("replies?state=by_hand", "replies", true),
        "listUnanswered" => Asked::List("answers/missing?", "unanswered", true),
        "listCallBacks" => Asked::List("callbacks?", "call_backs", false),
        "listDeliveries" => Asked::List("deliveries?state=pending", "deliveries", true),
        "listAlerts" => Asked::List("alerts?kind=warning", "alerts", true),
        "listTopics" => Asked::List("topics?", "topics", true),
        "listWarnings" => Asked::List("warnings?", "warnings", true),
        "listQuarantine" => Asked::List("quarantine?", "quarantine", true),
        other => Asked::TellsOfNone(tells_of_none(other)),
    }
}

/// Why an operation tells of no matter, or of one that its caller has a right to.
fn tells_of_none(operation: &str) -> &'static str {
    match operation {
        "pushToChannel" | "pushToChannelPath" => "a source speaks of its own records",
        "pullEvents" | "acknowledgeEvents" | "sendStatus" => {
            "a platform has what its feed was sent; the test asks for a matter that it was not"
        }
        "fetchBulletin" | "listBulletins" | "getBulletin" | "listBoards" => "bulletins show no confidential matter",
        "getHealth" | "getReadiness" | "getLedger" | "getAnswerLedger" | "listChannels" => "counts of all matters",
        "getLately" => "counts of what is in sight: `lists::what_came_lately…` looks at them",
        "listReports" | "getReport" | "listEditions" | "getEdition" => "figures of what the city has counted",
        "checkReplies" => "findings by unit: `confidential::a_matter_of_a_confidential_kind…` looks at them",
        "rankTags" => "counts of tags: a matter of a confidential kind is not counted",
        "showRewards" => "points of one citizen, who gets none for such a matter",
        "getHandlerPhoto" => "photos that handlers took: `phones::a_county_without_a_platform…` looks at scopes",
        "listForms" | "getForm" | "listWords" => "what the city asks, and its names",
        "getPoint" => "counts by kind near a point: confidential kinds are not counted",
        "fileComplaint" => "tells its sender the numbers of what was just sent",
        "showProgress" | "rateResult" => "for who has the second secret: the citizen's own matter",
        "showOwnRewards" => "points of who is meant by a signed claim",
        "rankTopics" => "by topics; the test looks at it apart",
        "listSourceFiles" => "files of a source, whatever is in them",
        "retryDeliveries" | "discardDeliveries" | "replayQuarantine" => "all there is of a kind, by how many",
        "pauseChannel" | "resumeChannel" | "pullChannel" => {
            "a channel with all that it brings: `works::*` looks at scopes"
        }
        "testChannel" => "numbers of records for whom what is unsorted is shown: `works::*` looks at it",
        "getStanding" => "counts and lags; the other side's words for whom what is unsorted is shown",
        "traceChannel" => "calls of a source; the test looks at it apart",
        "erase" | "export" => "the two rights of a citizen, which admins see to and the audit log holds",
        "signIn" | "signOut" | "getMe" | "setPassword" | "offerSecondFactor" | "setSecondFactor" => "oneself",
        "listPeople" | "putPerson" | "removePerson" | "resetPerson" => "people who may sign in",
        "getSigningKey" | "getOpenapi" => "says nothing of matters",
        "listAudit" | "checkAudit" => "the auditor's, who watches those who may know of a matter",
        "reloadPack" | "listPackVersions" | "getPackVersion" | "comparePacks" | "rollBackPack" | "listDrafts"
        | "newDraft" | "getDraft" | "changeDraft" | "removeDraft" | "checkDraft" | "tryDraft" | "rebaseDraft"
        | "publishDraft" => "the city's settings",
        "previewDraft" => "codes and times of records of which the caller may know",
        // A new operation: how is it asked for a matter of which its caller may not know? The test wants a reason.
        _ => "",
    }
}

impl Town {
    /// What an operation answers: its status and its document.
    async fn answer(&self, method: &str, (path, body): &(String, Value)) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/{path}", self.sandbox.url))
            .header("authorization", format!("Bearer {}", self.sandbox.token))
            .header("content-type", "application/json")
            .body(Bytes::from(if body.is_null() { String::new() } else { body.to_string() }))
            .unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(60)).await.unwrap();
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// All rows of a listing, taken one by one; no page but the first is empty.
    async fn rows(&self, path: &str, member: &str) -> Vec<Value> {
        let (mut rows, mut after) = (Vec::new(), String::new());
        loop {
            let (status, page) = self.answer("GET", &get(format!("{path}&limit=1{after}"))).await;
            assert_eq!(status, 200, "{path}: {page}");
            let found = page[member].as_array().unwrap().clone();
            assert!(!found.is_empty() || (after.is_empty() && page["next"].is_null()), "{path}: a gap: {page}");
            rows.extend(found);
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return rows,
            }
        }
    }

    async fn new_token(&self, name: &str) -> String {
        let token = self.sandbox.command(&["token", "new", name, "--role", "admin"]).await.unwrap();
        token.trim().to_owned()
    }

    async fn first(&self, path: &str, member: &str, number: &str) -> i64 {
        let found = self.until(path, &format!("/api/v1/{path}"), |page| page[member][0].is_object()).await;
        found[member][0][number].as_i64().unwrap()
    }

    async fn ticket_of(&self, receipt: &str) -> String {
        let found = self.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
        found["complaints"][0]["ticket"].as_str().unwrap().to_owned()
    }

    /// Matters of lamps in every list there is, and one of water; only then lamps are of a confidential kind.
    async fn with_lamps(&mut self) -> Numbers {
        let watch = self.sandbox.pack.join("watch.toml");
        let text = std::fs::read_to_string(&watch).unwrap();
        std::fs::write(&watch, text + WATCHED).unwrap();
        self.sandbox.start().await.unwrap();
        let platform = self.platform().await;
        self.accept("WATER-1", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
        let lamp = json!({ "number": "LAMP-1", "kind": "投诉", "title": "青鱼滩路路灯不亮", "text": LAMP,
            "phone": "13800005555", "occurred_at": "昨天晚上" });
        let (_, answer) = self.post(&lamp).await;
        let receipt = answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned();
        let second = self.accept("LAMP-2", "成山大道路灯坏了", OTHER).await;
        // What asks for secrecy is put to nobody else's by itself: a person is asked.
        let like =
            json!({ "number": "LAMP-3", "kind": "投诉", "title": "青鱼滩路路灯不亮", "text": LAMP, "secret": "是" });
        assert_eq!(self.post(&like).await.1["outcomes"][0]["state"], "accepted");
        let broken = json!({ "number": "LAMP-1", "kind": "投诉" });
        assert_eq!(self.post(&broken).await.1["outcomes"][0]["state"], "quarantined");
        let (ticket, other) = (self.ticket_of(&receipt).await, self.ticket_of(&second).await);
        self.ticket(&platform, "LAMP-2").await;
        platform.send(&other, "resolved", Some("路灯已修好")).await.unwrap();
        let made = json!({ "title": "照明", "tickets": [ticket, other] });
        let (status, made) = self.answer("POST", &("topics".to_owned(), made)).await;
        assert_eq!(status, 200, "{made}");
        let numbers = Numbers {
            review: self.first("reviews", "reviews", "id").await,
            reply: self.first("replies?state=by_hand", "replies", "id").await,
            delivery: self.first("deliveries?state=pending", "deliveries", "id").await,
            topic: made["id"].as_i64().unwrap(),
            raw: self.first("quarantine", "quarantine", "raw_id").await,
            source: "LAMP-1".to_owned(),
            phone: "13800005555".to_owned(),
            ..Numbers { ticket, other, receipt, second, ..Numbers::of_nothing() }
        };
        self.sandbox.stop().await.unwrap();
        let city = self.sandbox.pack.join("city.toml");
        let text = std::fs::read_to_string(&city).unwrap();
        std::fs::write(city, text + CONFIDENTIAL).unwrap();
        self.sandbox.start().await.unwrap();
        numbers
    }
}

#[tokio::test]
async fn whoever_may_not_know_of_a_matter_finds_no_door_to_it() {
    let (mut town, county) = with_county("doors").await;
    let hidden = town.with_lamps().await;
    let (clerk, nothing) = (town.new_token("lamp-clerk").await, Numbers::of_nothing());
    let other = town.sandbox.token.clone();
    let document = published("openapi.json");
    let operations: Vec<(String, String)> =
        document["paths"].as_object().unwrap().values().flat_map(operations).collect();
    assert!(operations.len() > 80, "{}", operations.len());
    for (method, id) in &operations {
        match (asked(id, &hidden), asked(id, &nothing)) {
            (Asked::By(ways), Asked::By(of_nothing)) => {
                for (way, none) in ways.iter().zip(&of_nothing) {
                    town.sandbox.token.clone_from(&other);
                    let (found, missing) = (town.answer(method, way).await, town.answer(method, none).await);
                    let told = (found.0, hidden.taken_out(found.1));
                    assert_eq!(told, (missing.0, nothing.taken_out(missing.1)), "{id} {way:?}");
                    assert!(told.0 == 404, "{id} {way:?}: {told:?}");
                    if method == "GET" {
                        town.sandbox.token.clone_from(&clerk);
                        assert_eq!(town.answer(method, way).await.0, 200, "whoever is named sees it: {id} {way:?}");
                    }
                }
            }
            (Asked::List(path, member, is_there), _) => {
                town.sandbox.token.clone_from(&other);
                let seen = json!(town.rows(path, member).await).to_string();
                let shown = |text: &str| {
                    let numbers = [&hidden.ticket, &hidden.other, &hidden.receipt, &hidden.second];
                    text.contains(WORDS) || text.contains("LAMP-") || numbers.iter().any(|n| text.contains(n.as_str()))
                };
                assert!(!shown(&seen), "{id}: {seen}");
                town.sandbox.token.clone_from(&clerk);
                let seen = json!(town.rows(path, member).await).to_string();
                assert!(
                    !is_there || shown(&seen) || seen.contains("照明") || seen.contains("occurred_at"),
                    "{id}: {seen}"
                );
            }
            (Asked::TellsOfNone(why), _) => assert!(!why.is_empty(), "{id} is asked nowhere"),
            (Asked::By(_), _) => unreachable!("an operation is asked in one way"),
        }
    }
    // By receipt and source number, as by words.
    town.sandbox.token.clone_from(&other);
    for by in [format!("receipt={}", hidden.receipt), "source_number=LAMP-1".to_owned(), "phone=13800005555".to_owned()]
    {
        assert_eq!(town.rows(&format!("complaints?{by}"), "complaints").await, Vec::<Value>::new(), "{by}");
    }
    let ranked = town.answer("GET", &get("topics/ranking?days=30".to_owned())).await;
    assert_eq!((ranked.0, &ranked.1["topics"]), (200, &json!([])));
    let trace = get("channels/generic/trace".to_owned());
    assert_eq!(town.answer("GET", &trace).await.0, 200, "it is on from now on");
    town.accept("LAMP-TRACED", "路灯坏了", "海湾路路灯坏了，请修。").await;
    let seen = town.answer("GET", &trace).await.1;
    let bodies = |seen: &Value| seen["calls"][0]["request"]["body"].clone();
    assert!(
        seen["calls"][0].is_object() && bodies(&seen).is_null() && !seen.to_string().contains("LAMP-TRACED"),
        "{seen}"
    );
    town.sandbox.token.clone_from(&clerk);
    let seen = town.answer("GET", &trace).await.1;
    assert!(
        bodies(&seen).as_str().is_some_and(|body| body.contains("LAMP-TRACED")),
        "whoever is named reads it: {seen}"
    );
    let same = town.answer("POST", &(format!("reviews/{}", hidden.review), json!({ "same": true }))).await;
    assert_eq!(same.0, 200, "whoever is named answers it: {}", same.1);
    a_platform_hears_of_no_other_matter(&town, &county).await;
    town.sandbox.finish().await.unwrap();
}

fn operations(path: &Value) -> Vec<(String, String)> {
    let operations = path.as_object().unwrap().iter();
    operations.map(|(method, told)| (method.to_uppercase(), told["operationId"].as_str().unwrap().to_owned())).collect()
}

/// A platform that asks about a confidential matter which it was not sent is answered as about one that is not there.
async fn a_platform_hears_of_no_other_matter(town: &Town, county: &Puller) {
    let receipt = town.accept("LAMP-9", "寻山街道路灯不亮", "寻山街道卫生院门口路灯不亮一周了").await;
    let ticket = town.ticket_of(&receipt).await;
    let mut told = Vec::new();
    for id in [ticket, Numbers::of_nothing().ticket] {
        let update = json!({ "ticket_id": id, "platform": "county", "update_id": "u1", "sequence": 1, "status": "accepted",
            "occurred_at": "2026-01-01T00:00:00Z" });
        let (status, mut answer) = county.status(&update).await;
        answer.as_object_mut().unwrap().remove("request_id");
        told.push((status, answer.to_string().replace(&id, "…")));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].0, 404);
}

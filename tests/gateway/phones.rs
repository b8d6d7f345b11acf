//! A county without any platform: a matter comes by its form, the handler hears of it by SMS and handles it on a phone, and the citizen has
//! the answer; and what is tried with links by those who should not have them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, Request};
use huiliu::clock::{Clock as _, SystemClock};
use huiliu::key::TicketKey;
use huiliu::store::{Bearer, HandlerLinks, KeyRing, Vault};
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Scene, Scripted, eventually};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::forms::between;
use crate::town::{PATIENCE, Town, amqp};

const HOSTILE: &str = "<script>alert(1)</script>\"'";
const CITIZEN: &str = "13800001111";
/// A point of the county, and its name.
const POINT: &str = "GX-00002";

/// What a browser is answered.
struct Page {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A text that was sent.
#[derive(Debug, Clone, PartialEq)]
struct Text {
    phone: String,
    words: String,
}

impl Text {
    /// The path of the link in it.
    fn link(&self) -> Option<String> {
        let (_, rest) = self.words.split_once("/h/")?;
        let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        Some(format!("/h/{token}"))
    }
}

/// The county with the operator of its SMS.
struct County {
    town: Town,
    operator: Scripted,
}

fn gongxian() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/gongxian")
}

impl County {
    async fn start(name: &str) -> Self {
        let mut town = Town::prepare_of(name, &amqp(), &gongxian()).await;
        let taken = br#"{"result":0,"errmsg":"OK"}"#.to_vec();
        let (content_type, when) = ("application/json".to_owned(), String::new());
        let scene = Scene { when, times: None, status: 200, content_type, body: taken };
        let operator = Scripted::start(vec![scene]).await.unwrap();
        let secrets = std::fs::read_to_string(gongxian().join("secrets.env.example")).unwrap();
        for (name, value) in
            secrets.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='))
        {
            town.sandbox.set(name, value);
        }
        town.sandbox.set("HULIU_GONGXIAN_SMS_URL", &operator.url);
        town.sandbox.set("HULIU_LOG", "debug,lapin=off,hyper=off,h2=off");
        let bulletin = town.sandbox.pack.join("destinations/bulletin.toml");
        let own = town.sandbox.folder.join("var").display().to_string();
        let text = std::fs::read_to_string(&bulletin).unwrap().replace("/srv/share/gongxian/bulletin", &own);
        std::fs::write(bulletin, text).unwrap();
        let settings = town.sandbox.folder.join("huiliu.toml");
        let mut text = std::fs::read_to_string(&settings).unwrap();
        text.push_str(&format!("[handlers]\npublic_url = \"{}\"\nlink_hours = 48\n", town.sandbox.url));
        std::fs::write(settings, text).unwrap();
        town.sandbox.start().await.unwrap();
        Self { town, operator }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.town.sandbox.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body)).unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(60)).await.unwrap();
        Page { status: answer.status.as_u16(), headers: answer.headers, body: answer.body }
    }

    async fn page(&self, path: &str) -> Page {
        self.ask("GET", path, &[], Vec::new()).await
    }

    async fn multipart(&self, path: &str, parts: &[(&str, &[u8])], headers: &[(&str, &str)]) -> Page {
        let mut body = Vec::new();
        for (name, content) in parts {
            let file = if *name == "photo" { "; filename=\"a.jpg\"\r\nContent-Type: image/jpeg" } else { "" };
            body.extend(format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        let kind = ("content-type", "multipart/form-data; boundary=limit");
        self.ask("POST", path, &[&[kind], headers].concat(), body).await
    }

    /// Says one thing on a page, as it is shown now.
    async fn say(&self, link: &str, what: &str, words: &str, photo: &[u8]) -> Page {
        let shown = self.page(link).await.text();
        let once = between(&shown, "name=\"once\" value=\"", "\"").to_owned();
        let parts: [(&str, &[u8]); 5] = [
            ("what", what.as_bytes()),
            ("once", once.as_bytes()),
            ("at", b""),
            ("words", words.as_bytes()),
            ("photo", photo),
        ];
        self.multipart(link, &parts, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Files a matter by the form at the point; its two numbers.
    async fn file(&self, id: &str, text: &str) -> (String, String) {
        self.file_of(id, text, (POINT, "village-road", CITIZEN)).await
    }

    async fn file_of(&self, id: &str, text: &str, (point, category, phone): (&str, &str, &str)) -> (String, String) {
        let photo = photo();
        let parts: [(&str, &[u8]); 8] = [
            ("id", id.as_bytes()),
            ("point", point.as_bytes()),
            ("category", category.as_bytes()),
            ("text", text.as_bytes()),
            ("phone", phone.as_bytes()),
            ("consent", b"1"),
            ("publish", b"1"),
            ("photo", &photo),
        ];
        let filed = self.multipart(&format!("/f/{point}"), &parts, &[]).await;
        let text = filed.text();
        assert_eq!(filed.status, 200, "{text}");
        let value = |name: &str| between(&text, &format!("name=\"{name}\" value=\""), "\"").to_owned();
        (value("receipt_number"), value("code"))
    }

    fn texts(&self) -> Vec<Text> {
        let asked = self.operator.asked().into_iter();
        let read = |call: String| {
            let body: Value = serde_json::from_str(call.split_once('\n').unwrap().1).unwrap();
            let word = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            Text { phone: word("/tel/mobile"), words: word("/msg") }
        };
        asked.map(read).collect()
    }

    /// Waits for a text about a ticket to somebody who is not among these.
    async fn text(&self, ticket: &str, known: &[&str]) -> Text {
        eventually("a text with a link", PATIENCE, || async {
            let mut texts = self.texts().into_iter();
            texts.find(|text| {
                text.words.contains(ticket) && text.link().is_some() && !known.contains(&text.phone.as_str())
            })
        })
        .await
        .unwrap()
    }

    async fn ticket(&self, receipt: &str) -> Value {
        let found = self.town.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
        let id = found["complaints"][0]["ticket"].as_str().unwrap().to_owned();
        self.town.sandbox.get(&format!("/api/v1/tickets/{id}")).await.unwrap()
    }

    /// What the screens in the villages have pulled.
    async fn screen(&self) -> Value {
        let token = ["token", "new", "gongxian-screens", "--role", "platform", "--replace"];
        let token = self.town.sandbox.command(&token).await.unwrap().trim().to_owned();
        let bearer = format!("Bearer {token}");
        let events = self.ask("GET", "/api/v1/feeds/screens/events", &[("authorization", &bearer)], Vec::new()).await;
        assert_eq!(events.status, 200, "{}", events.text());
        serde_json::from_slice(&events.body).unwrap()
    }

    /// What the audit log says of somebody.
    async fn audit_of(&self, actor: &str) -> Vec<(String, String)> {
        let auditor = ["token", "new", "inspector", "--role", "auditor", "--replace"];
        let token = self.town.sandbox.command(&auditor).await.unwrap().trim().to_owned();
        let bearer = format!("Bearer {token}");
        let path = format!("/api/v1/audit?limit=500&actor={actor}");
        let page = self.ask("GET", &path, &[("authorization", &bearer)], Vec::new()).await;
        let page: Value = serde_json::from_slice(&page.body).unwrap();
        let entries = page["entries"].as_array().unwrap();
        let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        entries.iter().map(|entry| (word(entry, "action"), word(entry, "role"))).collect()
    }

    /// Whether something stands in the log or in the files of the database.
    fn is_kept(&self, sought: &str) -> bool {
        let in_log = self.town.sandbox.log().contains(sought);
        let files = std::fs::read_dir(self.town.sandbox.folder.join("var")).unwrap().flatten();
        let found = files.filter(|file| file.path().is_file()).any(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            bytes.windows(sought.len()).any(|window| window == sought.as_bytes())
        });
        in_log || found
    }
}

/// A photo with a place in it.
fn photo() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xFE, b"GPS28.43N104.71E"),
        segment(0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 3, 0xFF, 0xD9],
    ]
    .concat()
}

fn has_place(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| window == b"GPS")
}

/// How a clock of a ticket stands: how it ended, and whether it was kept.
fn clock(ticket: &Value, code: &str) -> (Value, Value) {
    let clocks = ticket["clocks"].as_array().unwrap();
    let found = clocks.iter().find(|clock| clock["clock"] == code);
    found.map(|clock| (clock["ended"].clone(), clock["kept"].clone())).unwrap_or_default()
}

#[tokio::test]
async fn a_county_without_a_platform_answers_by_the_phones_of_its_handlers() {
    let county = County::start("phones-whole").await;
    let (receipt, code) = county.file("m-1", "金河路通往三组的村道塌方，车过不去。").await;
    let ticket = county.ticket(&receipt).await;
    let id = ticket["id"].as_str().unwrap().to_owned();
    let text = county.text(&id, &[]).await;
    let link = text.link().unwrap();
    assert!(text.phone.starts_with("139"), "{text:?}");

    let shown = county.page(&link).await;
    let page = shown.text();
    assert_eq!(shown.status, 200, "{page}");
    for told in ["村道塌方", "tel:13800001111", "签收", "办结", &id, "enctype=\"multipart/form-data\""] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let header = |name: &str| shown.headers[name].to_str().unwrap();
    assert!(header("content-security-policy").starts_with("default-src 'none'") && !page.contains("<script"));
    assert_eq!((header("cache-control"), header("referrer-policy")), ("no-store", "no-referrer"));
    assert!(!shown.headers.contains_key("set-cookie"));
    assert!(!page.contains("value=\"met\"") && !page.contains("value=\"resolved\""), "first somebody calls: {page}");
    assert!(page.contains("<img src=\""), "{page}");
    let picture = county.page(&format!("{link}/0")).await;
    assert_eq!((picture.status, picture.headers["content-type"].to_str().unwrap()), (200, "image/jpeg"));
    assert!(!has_place(&picture.body));

    // It was called: the clock of signing stops; then they met, and this is the result.
    let called = county.say(&link, "called", "", b"").await;
    assert!(called.status == 200 && called.text().contains("已记录"), "{}", called.text());
    let ticket = county.ticket(&receipt).await;
    assert_eq!((&ticket["status"], clock(&ticket, "sign")), (&json!("accepted"), (json!("stopped"), json!(true))));
    let met = county.say(&link, "met", "已到现场查看。", &photo()).await;
    assert!(met.status == 200 && met.text().contains("已记录"), "{}", met.text());
    assert_eq!(county.say(&link, "resolved", "", b"").await.status, 400, "a result says something");
    let done = county.say(&link, "resolved", "塌方已清理，村道恢复通车。", &photo()).await;
    assert!(done.status == 200 && done.text().contains("结果已提交"), "{}", done.text());
    let ticket = county.ticket(&receipt).await;
    assert_eq!(ticket["status"], "resolved");
    for code in ["sign", "meet", "finish"] {
        assert_eq!(clock(&ticket, code), (json!("stopped"), json!(true)), "{code}");
    }

    // The citizen has the answer on the channel of the form; the photo stands under its address, without the place.
    let numbers = format!("receipt_number={receipt}&code={code}").into_bytes();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let progress = county.ask("POST", "/q", &form, numbers).await.text();
    assert!(progress.contains("塌方已清理，村道恢复通车。"), "{progress}");
    let events = county.screen().await.to_string();
    let taken = format!("/h/photos/{}", between(&events, "/h/photos/", "\""));
    let picture = county.page(&taken).await;
    assert!(picture.status == 200 && !has_place(&picture.body) && !picture.body.is_empty());
    assert_eq!(county.page(&format!("{taken}x")).await.status, 404, "an address that was changed");

    // The link is over; what was done stands in the audit log, and the token nowhere.
    let over = county.page(&link).await;
    assert!(over.status == 410 && over.text().contains("已经办结"), "{}", over.text());
    let handlers = std::fs::read_to_string(gongxian().join("tables/handlers.csv")).unwrap();
    let row = handlers.lines().find(|line| line.ends_with(&text.phone)).unwrap();
    let audited = county.audit_of(row.split(',').next().unwrap()).await;
    assert_eq!(audited.iter().filter(|(action, role)| action == "ticket.update" && role == "handler").count(), 3);
    assert!(
        audited.iter().any(|(action, _)| action == "ticket.look")
            && audited.iter().any(|(action, _)| action == "file.fetch")
    );
    let verified = county.town.sandbox.command(&["audit", "verify"]).await.unwrap();
    assert!(!verified.is_empty());
    let token = link.strip_prefix("/h/").unwrap();
    for kept in [token, token.get(..24).unwrap(), CITIZEN] {
        assert!(!county.is_kept(kept), "{kept} stands in the log or in the database");
    }
    county.town.ledger().await;
    county.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_link_opens_its_own_ticket_for_its_own_unit_and_for_its_time() {
    let county = County::start("phones-links").await;
    let (first, _) = county.file("m-1", &format!("金河路村道护栏断了{HOSTILE}")).await;
    let (second, _) =
        county.file_of("m-2", "自来水停了两天，没有通知。", ("GX-00001", "village-water", "13800002222")).await;
    let (first, second) = (county.ticket(&first).await, county.ticket(&second).await);
    let [id, other] = [&first, &second].map(|ticket| ticket["id"].as_str().unwrap().to_owned());
    assert_ne!(id, other, "two matters");
    let text = county.text(&id, &[]).await;
    let link = text.link().unwrap();
    let page = county.page(&link).await.text();
    assert!(page.contains(&id) && !page.contains(&other), "{page}");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "what citizens type is text: {page}");

    // Forged: changed, made up, sealed by somebody else. All are told the same.
    let flipped = link.replacen("/h/A", "/h/B", 1);
    let made_up = format!("/h/{}", URL_SAFE_NO_PAD.encode([7; 62]));
    let (head, tail) = link.split_at(40);
    let changed =
        format!("{head}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, tail.chars().skip(1).collect::<String>());
    let unknown = county.page("/h/x").await;
    assert_eq!(unknown.status, 404);
    for path in [flipped, made_up, changed, format!("/h/{}", "h".repeat(4_000))] {
        let answer = county.page(&path).await;
        assert_eq!((answer.status, answer.text()), (404, unknown.text()), "{path}");
        let said = county.multipart(&path, &[("what", b"called"), ("once", b"v1")], &[]).await;
        assert_eq!(said.status, 404, "{path}");
    }

    // Expired: made by the gateway's own keys, long ago.
    let keys = KeyRing::read(&county.town.sandbox.folder.join("var/keys")).unwrap();
    let old = HandlerLinks::new("", SignedDuration::from_hours(48), Arc::new(Vault::new(&keys).unwrap()));
    let handlers = std::fs::read_to_string(gongxian().join("tables/handlers.csv")).unwrap();
    let row: Vec<&str> = handlers.lines().find(|line| line.ends_with(&text.phone)).unwrap().split(',').collect();
    let bearer = Bearer { unit: row[3], handler: row[0], phone: &text.phone };
    let at = |hours| SystemClock.now() - SignedDuration::from_hours(hours);
    let fresh = old.address(TicketKey(1), &bearer, at(0)).unwrap();
    assert_eq!(county.page(&fresh).await.status, 200, "the same keys");
    let expired = county.page(&old.address(TicketKey(1), &bearer, at(49)).unwrap()).await;
    assert!(expired.status == 410 && expired.text().contains("链接已过期"), "{}", expired.text());
    let stranger = Bearer { phone: "13900000000", ..bearer };
    assert_eq!(county.page(&old.address(TicketKey(1), &stranger, at(0)).unwrap()).await.status, 410);
    assert_eq!(county.page(&old.address(TicketKey(99), &bearer, at(0)).unwrap()).await.status, 404);

    // Handed over by the center: the link of before is void, and the other unit has one of its own.
    let to = if row[3] == "water" { "housing" } else { "water" };
    let given = json!({ "update_id": "give", "feed": "center", "act": { "kind": "assign", "unit": to } });
    let answer = county.town.sandbox.post(&format!("/api/v1/tickets/{id}/updates"), &given).await.unwrap();
    assert_eq!(answer.status.as_u16(), 200, "{}", String::from_utf8_lossy(&answer.body));
    let replayed = county.multipart(&link, &[("what", b"called"), ("once", b"v1")], &[]).await;
    assert!(replayed.status == 410 && replayed.text().contains("不由您办理"), "{}", replayed.text());
    assert_eq!(county.page(&link).await.status, 410);
    let theirs = county.text(&id, &[&text.phone]).await;
    assert_eq!(county.page(&theirs.link().unwrap()).await.status, 200, "{theirs:?}");
    let now = county.town.sandbox.get(&format!("/api/v1/tickets/{id}")).await.unwrap();
    assert_eq!((&now["status"], &now["department"]), (&json!("open"), &json!(to)));
    county.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn the_link_of_a_matter_that_was_merged_leads_to_the_one_that_has_it_or_says_so() {
    let county = County::start("phones-merged").await;
    let (first, _) = county.file("m-1", "金河路通往三组的村道塌方，车过不去。").await;
    let bus = "南街招呼站的班车三天没有来，赶集的人回不了家。";
    let (second, _) = county.file_of("m-2", bus, ("GX-00007", "bus", "13800002222")).await;
    let (first, second) = (county.ticket(&first).await, county.ticket(&second).await);
    let [gone, stays] = [&first, &second].map(|ticket| ticket["id"].as_str().unwrap().to_owned());
    assert_ne!(gone, stays, "two matters");
    let link = county.text(&gone, &[]).await.link().unwrap();
    let merged = format!("/api/v1/tickets/{gone}/merge");
    let merged = county.town.sandbox.post(&merged, &json!({ "into": stays })).await.unwrap();
    assert_eq!(merged.status.as_u16(), 200, "{}", String::from_utf8_lossy(&merged.body));
    let page = county.page(&link).await;
    assert!(
        page.status == 200 && page.text().contains(&stays) && page.text().contains("班车三天没有来"),
        "{}",
        page.text()
    );

    // A page that was opened before speaks of the matter that it showed.
    let say = async |ticket: &str| {
        let parts: [(&str, &[u8]); 3] = [("what", b"called"), ("once", b"v9"), ("ticket", ticket.as_bytes())];
        county.multipart(&link, &parts, &[]).await
    };
    for shown in ["", &gone] {
        let refused = say(shown).await;
        assert!(refused.status == 409 && refused.text().contains("刚刚并入另一件"), "{}", refused.text());
    }
    let noted = say(&stays).await;
    assert!(noted.status == 200 && noted.text().contains("已记录"), "{}", noted.text());
    let now = county.town.sandbox.get(&format!("/api/v1/tickets/{stays}")).await.unwrap();
    let (status, unit) = (&now["status"], now["department"].as_str().unwrap());
    assert_eq!(status, "accepted");

    let to = if unit == "water" { "housing" } else { "water" };
    let given = json!({ "update_id": "give", "feed": "center", "act": { "kind": "assign", "unit": to } });
    let answer = county.town.sandbox.post(&format!("/api/v1/tickets/{stays}/updates"), &given).await.unwrap();
    assert_eq!(answer.status.as_u16(), 200, "{}", String::from_utf8_lossy(&answer.body));
    let over = county.page(&link).await;
    assert!(over.status == 410 && over.text().contains("已并入另一件"), "{}", over.text());
    county.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_does_not_come_from_the_page_or_is_no_photo_changes_nothing() {
    let county = County::start("phones-attacks").await;
    let (receipt, _) = county.file("m-1", "金河路村道护栏断了，很危险。").await;
    let id = county.ticket(&receipt).await["id"].as_str().unwrap().to_owned();
    let link = county.text(&id, &[]).await.link().unwrap();
    let once = between(&county.page(&link).await.text(), "name=\"once\" value=\"", "\"").to_owned();
    let called: [(&str, &[u8]); 2] = [("what", b"called"), ("once", once.as_bytes())];
    for from in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let answer = county.multipart(&link, &called, &[from]).await;
        assert_eq!(answer.status, 403, "{from:?}: {}", answer.text());
    }
    let unread = county.multipart(&link, &[("what", b"gone"), ("once", b"v1")], &[]).await.text();
    assert!(unread.contains("没有读懂这次提交") && !unread.contains("variant"), "{unread}");
    let svg: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    for (photo, status) in [(svg, 400), (b"\xFF\xD8\xFFcut".as_slice(), 400), (&vec![0xFF; (5 << 20) + 1], 413)] {
        let answer = county.multipart(&link, &[called[0], called[1], ("photo", photo)], &[]).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let huge = vec![0; 17 << 20];
    let answer = county.multipart(&link, &[called[0], called[1], ("photo", &huge)], &[]).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    let many = photo();
    let photos: Vec<(&str, &[u8])> = called.into_iter().chain([("photo", many.as_slice()); 4]).collect();
    assert_eq!(county.multipart(&link, &photos, &[]).await.status, 400);
    for (what, once, at) in
        [("gone", "v1", ""), ("called", "", ""), ("called", "v 1", ""), ("called", "v1", "tomorrow")]
    {
        let parts = [("what", what.as_bytes()), ("once", once.as_bytes()), ("at", at.as_bytes())];
        assert_eq!(county.multipart(&link, &parts, &[]).await.status, 400, "{what} {once} {at}");
    }
    // What the county's rules do not allow now is refused by the desk as a platform's update is.
    let early = county.multipart(&link, &[("what", b"resolved"), ("once", b"v1"), ("words", b"x")], &[]).await;
    assert_eq!(early.status, 409, "{}", early.text());
    assert_eq!(county.ticket(&receipt).await["status"], "open");

    // Sent twice it is noted once.
    for said in ["已记录", "已经记录过"] {
        let answer = county.multipart(&link, &called, &[]).await;
        assert!(answer.status == 200 && answer.text().contains(said), "{said}: {}", answer.text());
    }
    let ticket = county.ticket(&receipt).await;
    assert_eq!((&ticket["status"], clock(&ticket, "sign").0), (&json!("accepted"), json!("stopped")));

    // Each thing is said once, whatever the number of the form, and of several results on the way at a time one is taken.
    let again = county.multipart(&link, &[("what", b"called"), ("once", b"other")], &[]).await;
    assert!(again.status == 409 && again.text().contains("已经记过了"), "{}", again.text());
    assert_eq!(county.multipart(&link, &[("what", b"met"), ("once", b"v2")], &[]).await.status, 200);
    let back = county.multipart(&link, &[("what", b"called"), ("once", b"v3")], &[]).await;
    assert_eq!(back.status, 409, "who was met with was called: {}", back.text());
    let result = async |once: &str| {
        let parts: [(&str, &[u8]); 3] = [("what", b"resolved"), ("once", once.as_bytes()), ("words", once.as_bytes())];
        county.multipart(&link, &parts, &[]).await.status
    };
    let (a, b, c, d) = tokio::join!(result("r1"), result("r2"), result("r3"), result("r4"));
    let taken = [a, b, c, d].into_iter().filter(|status| *status == 200).count();
    assert_eq!(taken, 1, "{:?}", [a, b, c, d]);
    county.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_matter_of_cadres_conduct_is_told_without_a_link() {
    let county = County::start("phones-conduct").await;
    let (_, _) = county.file("m-1", "村主任办低保的时候吃拿卡要。").await;
    let told = eventually("the commission is told", PATIENCE, || async {
        county.texts().into_iter().find(|text| text.words.contains("请登录查看"))
    });
    let told = told.await.unwrap();
    assert_eq!((told.link(), told.phone.as_str()), (None, "13900030003"));
    assert!(county.texts().iter().all(|text| text.link().is_none()));
    county.town.sandbox.finish().await.unwrap();
}

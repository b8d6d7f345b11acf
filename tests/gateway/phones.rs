//! A county without any platform: a matter comes by its form, the handler hears of it by SMS and handles it on a phone, and the citizen has
//! the answer; and what is tried with links by those who should not have them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huiliu::clock::{Clock as _, SystemClock};
use huiliu::key::TicketKey;
use huiliu::store::{Bearer, HandlerLinks, KeyRing, Vault};
use huiliu_city::eventually;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::county::{CITIZEN, County, gongxian, photo};
use crate::town::{PATIENCE, between};

const HOSTILE: &str = "<script>alert(1)</script>\"'";

fn has_place(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| window == b"GPS")
}

/// How a clock of a ticket stands: how it ended, and whether it was kept.
fn clock(ticket: &Value, code: &str) -> (Value, Value) {
    let clocks = ticket["clocks"].as_array().unwrap();
    let found = clocks.iter().find(|clock| clock["clock"] == code);
    found.map(|clock| (clock["ended"].clone(), clock["kept"].clone())).unwrap_or_default()
}

/// The page of a matter that nobody has begun with, and its photo without the place.
async fn the_page_shows_the_matter_and_nothing_else(county: &County, link: &str, id: &str) {
    let shown = county.page(link).await;
    let page = shown.text();
    assert_eq!(shown.status, 200, "{page}");
    for told in ["村道塌方", "tel:13800001111", "签收", "办结", id, "enctype=\"multipart/form-data\""] {
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
}

/// The photos of the way there and of the result, and the notice, as people in the console see them.
async fn photos_and_notices_are_for_who_may_know(county: &County, receipt: &str, ticket: &Value, picture: &[u8]) {
    let id = ticket["id"].as_str().unwrap();
    let photos = ticket["photos"].as_array().unwrap();
    assert_eq!(
        photos.iter().map(|photo| photo["status"].as_str().unwrap()).collect::<Vec<_>>(),
        ["in_progress", "resolved"]
    );
    let bearer = format!("Bearer {}", county.town.sandbox.token);
    let path = |number: &Value| format!("/api/v1/tickets/{id}/photos/{}/{number}", photos[0]["record"]);
    let own = county.ask("GET", &path(&photos[1]["number"]), &[("authorization", &bearer)], Vec::new()).await;
    assert_eq!((own.status, &own.body[..]), (200, picture));
    // What the citizen sent is listed by the receipt number, and is not among what was never sent.
    let pictures = &ticket["pictures"][0];
    assert_eq!((&pictures["receipt_number"], &pictures["number"]), (&json!(receipt), &json!(0)), "{ticket}");
    let sent = format!("/api/v1/tickets/{id}/photos/{}/0", pictures["record"]);
    let sent = county.ask("GET", &sent, &[("authorization", &bearer)], Vec::new()).await;
    assert_eq!((sent.status, has_place(&sent.body)), (200, false));
    let never = county.ask("GET", &path(&json!(1)), &[("authorization", &bearer)], Vec::new()).await;
    assert_eq!(never.status, 404, "there is no such picture");
    // Who may not know of the matter finds no photo of it, and who sees no telephone numbers sees none.
    let elsewhere = county.town.signed_in(&["li", "--role", "clerk", "--department", "discipline"]).await;
    let looked = path(&photos[1]["number"]).strip_prefix("/api/v1/").unwrap().to_owned();
    assert_eq!(elsewhere.get(&looked).await.0, 404);
    let viewer = county.town.signed_in(&["wang", "--role", "viewer"]).await;
    assert_eq!(viewer.get(&looked).await.0, 403);
    // The notice is in the list of all: masked for who sees no numbers, and not there for who may not know of the matter.
    let (_, notices) = viewer.get("notices").await;
    let notice = &notices["notices"].as_array().unwrap()[0];
    assert_eq!((&notice["ticket"], notice["to"].is_array()), (&json!(id), true), "{notices}");
    assert!(!notice["text"].to_string().contains("13800001111") && !notice["department_name"].is_null(), "{notice}");
    assert_eq!(elsewhere.get("notices").await.1["notices"], json!([]));
    let count = async |narrowed: &str| {
        let (status, found) = viewer.get(&format!("notices?{narrowed}")).await;
        (status, found["notices"].as_array().map(Vec::len))
    };
    let (unit, code) = (notice["department"].as_str().unwrap(), notice["code"].as_str().unwrap());
    let all = count("").await;
    assert_eq!(
        count(&format!("department={unit}&code={code}&from=2020-01-01T00:00:00Z")).await,
        (200, Some(1)),
        "{notice}"
    );
    for none in ["department=discipline", "code=no-such", "to=2020-01-01T00:00:00Z"] {
        assert_eq!(count(none).await, (200, Some(0)), "{none} of {all:?}");
    }
    assert_eq!(count("department=nowhere").await.0, 400);
    assert_eq!(viewer.get(&format!("tickets/{id}")).await.1["photos"], json!([]));
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

    the_page_shows_the_matter_and_nothing_else(&county, &link, &id).await;

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
    let shown = between(&progress, "<img src=\"", "\"").replace("&#x2f;", "/");
    assert_eq!(progress.matches("<img ").count(), 1, "of the result, and not of the way there: {progress}");
    let picture = county.page(&shown).await;
    let header = |name: &str| picture.headers[name].to_str().unwrap();
    assert_eq!(
        (picture.status, header("content-type"), header("x-content-type-options")),
        (200, "image/jpeg", "nosniff")
    );
    assert!(header("content-security-policy").starts_with("default-src 'none'") && !has_place(&picture.body));
    photos_and_notices_are_for_who_may_know(&county, &receipt, &ticket, &picture.body).await;
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
async fn a_handler_asks_for_more_time_and_sends_back_what_is_not_the_units() {
    let county = County::start("phones-back").await;
    let (receipt, _) = county.file("m-1", "金河路村道护栏断了，很危险。").await;
    let ticket = county.ticket(&receipt).await;
    let (id, due_at) = (ticket["id"].as_str().unwrap().to_owned(), ticket["due_at"].clone());
    let link = county.text(&id, &[]).await.link().unwrap();
    let say = async |parts: &[(&str, &str)]| {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        county.multipart(&link, &parts, &[("sec-fetch-site", "same-origin")]).await
    };
    assert_eq!(say(&[("what", "called"), ("once", "c1")]).await.status, 200);
    let page = county.page(&link).await.text();
    assert!(!page.contains("value=\"extension\""), "more time is no way around meeting: {page}");
    assert_eq!(say(&[("what", "met"), ("once", "b1")]).await.status, 200);
    let page = county.page(&format!("{link}?lang=zh")).await.text();
    assert!(page.contains("申请延期") && page.contains("退回派单的单位") && !page.contains("<script"), "{page}");
    let english = county.page(&format!("{link}?lang=en")).await.text();
    assert!(english.contains("Ask for more time") && english.contains("Send it back"), "{english}");
    for (days, words, status) in [("", "等材料", 400), ("3", "", 400), ("0", "等材料", 400), ("40", "等材料", 400)]
    {
        let parts = [("what", "extension"), ("once", "e1"), ("days", days), ("words", words)];
        let answer = say(&parts).await;
        assert_eq!(answer.status, status, "{days} {words}: {}", answer.text());
    }
    assert_eq!(county.ticket(&receipt).await["status"], "in_progress");
    let asked = say(&[("what", "extension"), ("once", "e1"), ("days", "3"), ("words", "等材料")]).await;
    assert!(asked.status == 200 && asked.text().contains("等待审批"), "{}", asked.text());
    assert!(!asked.text().contains("value=\"extension\""), "it is asked for once: {}", asked.text());
    let ticket = county.ticket(&receipt).await;
    assert_eq!(ticket["status"], "extension_requested");
    let moment = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let until = moment(&ticket["acts"]["extension"]["until"]);
    // Documents show whole seconds.
    let longer = until.duration_since(moment(&due_at)) - SignedDuration::from_hours(3 * 24);
    assert!(longer.abs() < SignedDuration::from_secs(1), "{longer}");

    let (receipt, _) =
        county.file_of("m-2", "自来水停了两天，没有通知。", ("GX-00001", "village-water", "13800002222")).await;
    let id = county.ticket(&receipt).await["id"].as_str().unwrap().to_owned();
    let link = county.text(&id, &[]).await.link().unwrap();
    let parts: [(&str, &[u8]); 3] = [("what", b"returned"), ("once", b"r1"), ("words", "不归本村管".as_bytes())];
    let wordless = county.multipart(&link, &parts[..2], &[]).await;
    assert_eq!(wordless.status, 400, "{}", wordless.text());
    let back = county.multipart(&link, &parts, &[]).await;
    assert!(back.status == 200 && back.text().contains("已退回") && !back.text().contains("<form"), "{}", back.text());
    let ticket = county.ticket(&receipt).await;
    assert_eq!((&ticket["status"], &ticket["department"]), (&json!("open"), &json!("command-center")), "{ticket}");
    assert_eq!(county.page(&link).await.status, 410, "another unit has it");
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

//! A citizen files by a page at a point, sees what became of it, and says how good that was; and what strangers try there.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use huiliu::clock::{Clock as _, SystemClock};
use huiliu_adapter_http::HttpClient;
use huiliu_city::eventually;
use ring::hmac;
use serde_json::{Value, json};

use crate::points::{CLAIMS, DESK_KEY, town, town_with};
use crate::town::{PATIENCE, Town, between};

const HOSTILE: &str = "<script>alert(1)</script>\"'";

/// What a browser is answered: status, header fields, page.
struct Page {
    status: u16,
    headers: http::HeaderMap,
    text: String,
}

impl Town {
    async fn ask(&self, method: &str, path: &str, kind: Option<&str>, body: impl Into<Bytes>) -> Page {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.sandbox.url));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let answer = HttpClient::new().send(request.body(body.into()).unwrap(), Duration::from_secs(30)).await.unwrap();
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Page { status: answer.status.as_u16(), headers: answer.headers, text }
    }

    async fn page(&self, path: &str) -> Page {
        self.ask("GET", path, None, Bytes::new()).await
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.ask("POST", path, Some("application/x-www-form-urlencoded"), body.join("&")).await
    }

    async fn multipart(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Page {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file =
                file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: image/jpeg")).unwrap_or_default();
            body.extend(format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        self.ask("POST", path, Some("multipart/form-data; boundary=limit"), body).await
    }

    async fn json(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.ask("POST", path, Some("application/json"), body.to_string()).await;
        (answer.status, serde_json::from_str(&answer.text).unwrap_or_default())
    }

    /// Files by the API what has to be accepted; its two numbers.
    async fn filed(&self, form: &Value) -> (String, String) {
        let (status, filed) = self.json("/citizens/v1/forms/web/complaints", form).await;
        assert_eq!((status, &filed["state"]), (200, &json!("accepted")), "{filed}");
        let text = |name: &str| filed[name].as_str().unwrap().to_owned();
        (text("receipt_number"), text("code"))
    }

    /// The ticket of a receipt number.
    async fn ticket_behind(&self, receipt: &str) -> Value {
        let found = self.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
        let id = found["complaints"][0]["ticket"].as_str().unwrap().to_owned();
        self.sandbox.get(&format!("/api/v1/tickets/{id}")).await.unwrap()
    }
}

/// What the city's own program says of who uses it, signed with a secret.
fn signed(claim: &Value, secret: &str) -> String {
    let text =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claim.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// A photo as a phone takes it: turned, with its place.
fn photo() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    let tables = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS37.16N122.42E";
    [
        vec![0xFF, 0xD8],
        segment(0xE1, tables),
        segment(0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 3, 0xFF, 0xD9],
        b"<script>GPS</script>".to_vec(),
    ]
    .concat()
}

fn lamp() -> Value {
    json!({ "point": "RC-0001", "category": "lighting", "text": "青鱼滩路路灯不亮已经三天", "phone": "13800001111", "consent": true })
}

/// Whoever rates a matter that is not done is told that it is no rating.
async fn early_words_are_no_rating(town: &Town, numbers: &[(&str, &str)], id: &str) {
    let rating = [numbers, &[("rating", "满意"), ("words", "还没有人来")]].concat();
    let early = town.form(&format!("/q/{}/rating", numbers[0].1), &rating).await;
    assert!(early.status == 200 && early.text.contains("还没有办结"), "{}", early.text);
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{id}")).await.unwrap();
    assert_eq!((&whole["ratings"], &whole["status"]), (&json!([]), &json!("open")), "{whole}");
}

#[tokio::test]
async fn a_matter_filed_by_a_page_is_seen_and_rated_by_who_has_its_two_numbers() {
    let (town, platform) = town("forms-round").await;
    let blank = town.page("/f/RC-0001").await;
    assert_eq!(blank.status, 200);
    for shown in ["青鱼滩便民点", "公共照明", "所填内容只用于办理本事项。", "enctype=\"multipart/form-data\""]
    {
        assert!(blank.text.contains(shown), "{shown}");
    }
    let policy = blank.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; form-action 'self'"), "{policy}");
    assert!(!blank.headers.contains_key("set-cookie") && !blank.text.contains("<script"));
    let style = between(&blank.text, "rel=\"stylesheet\" href=\"", "\"");
    assert_eq!(town.page(style).await.headers["content-type"], "text/css; charset=utf-8");
    let id = between(&blank.text, "name=\"id\" value=\"", "\"").to_owned();

    let photo = photo();
    let parts: Vec<(&str, Option<&str>, &[u8])> = vec![
        ("id", None, id.as_bytes()),
        ("point", None, b"RC-0001"),
        ("category", None, b"lighting"),
        ("text", None, "青鱼滩路路灯不亮已经三天".as_bytes()),
        ("phone", None, b"13800001111"),
        ("consent", None, b"1"),
        ("photo", Some("../../现场.html"), &photo),
    ];
    let filed = town.multipart("/f/RC-0001", &parts).await;
    assert_eq!(filed.status, 200, "{}", filed.text);
    let receipt = between(&filed.text, "name=\"receipt_number\" value=\"", "\"").to_owned();
    let code = between(&filed.text, "name=\"code\" value=\"", "\"").to_owned();
    let again = town.multipart("/f/RC-0001", &parts).await;
    assert!(again.text.contains(&receipt) && again.text.contains(&code), "the same form again is the same complaint");

    let ticket = town.ticket_behind(&receipt).await;
    assert_eq!((&ticket["category"], &ticket["district"]), (&json!("lighting"), &json!("371082001")));
    let kept = town.sandbox.post("/api/v1/export", &json!({ "receipt_number": receipt })).await.unwrap();
    let kept = String::from_utf8_lossy(&kept.body).into_owned();
    assert!(kept.contains("photo-1.jpg") && !kept.contains("现场.html"), "{kept}");

    let id = ticket["id"].as_str().unwrap();
    let numbers = [("receipt_number", receipt.as_str()), ("code", code.as_str())];
    let open = town.form(&format!("/q/{receipt}"), &numbers).await;
    assert!(open.status == 200 && open.text.contains("还没有答复") && !open.text.contains("/rating"), "{}", open.text);
    early_words_are_no_rating(&town, &numbers, id).await;
    platform.send(id, "in_progress", Some("已派人去看")).await.unwrap();
    town.until("seen to", &format!("/api/v1/tickets/{id}"), |ticket| ticket["status"] == "in_progress").await;
    let under_way = town.form("/q", &numbers).await.text;
    assert!(under_way.contains("办理进展") && !under_way.contains("办理结果"), "no result yet: {under_way}");
    platform.send(id, "resolved", Some("路灯已修复")).await.unwrap();
    town.until("resolved", &format!("/api/v1/tickets/{id}"), |ticket| ticket["status"] == "resolved").await;

    let lower = code.to_lowercase();
    let typed = [("receipt_number", receipt.as_str()), ("code", lower.as_str())];
    let done = town.form("/q", &typed).await;
    for shown in ["办好了", "路灯已修复", "已见面，办理中", "综合行政执法局", "/rating"] {
        assert!(done.text.contains(shown), "{shown}: {}", done.text);
    }
    let mut rating = numbers.to_vec();
    rating.extend([("rating", "不满意"), ("words", "又灭了")]);
    let rated = town.form(&format!("/q/{receipt}/rating"), &rating).await;
    assert!(rated.status == 200 && rated.text.contains("您的评价已经收到"), "{}", rated.text);
    let reopened =
        town.until("reopened", &format!("/api/v1/tickets/{id}"), |ticket| ticket["status"] == "reopened").await;
    assert!(reopened.to_string().contains("dissatisfied"), "{reopened}");
    let english = town.page("/q?lang=en").await;
    assert!(english.text.contains("Receipt number"));
    town.ledger().await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_photo_has_lost_its_place_before_it_is_stored() {
    let (town, _platform) = town("forms-photo").await;
    let form = json!({ "category": "lighting", "text": "路灯不亮已经三天", "phone": "13800004444", "consent": true, "photos": [{ "content": STANDARD.encode(photo()) }] });
    town.filed(&form).await;
    for (content, status) in [
        (&b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..], 415),
        (b"<html>", 415),
        (b"\xFF\xD8\xFF<script>", 415),
        (&[0xFF; 6 << 20], 413),
    ] {
        let form = json!({ "category": "lighting", "text": "路灯不亮已经三天", "consent": true, "photos": [{ "content": STANDARD.encode(content) }] });
        let (answered, problem) = town.json("/citizens/v1/forms/web/complaints", &form).await;
        assert_eq!(answered, status, "{problem}");
    }
    let kept = town.sandbox.post("/api/v1/export", &json!({ "phone": "13800004444" })).await.unwrap();
    let kept: Value = serde_json::from_slice(&kept.body).unwrap();
    let photo = kept["complaints"][0]["files"][0]["content_base64"].as_str().unwrap_or_else(|| panic!("{kept}"));
    let photo = STANDARD.decode(photo).unwrap();
    assert!(!photo.windows(3).any(|found| found == b"GPS"), "neither its place nor what follows its end");
    assert!(photo.windows(3).any(|found| found == [1, 2, 3]), "the picture is all there");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_strangers_type_is_shown_as_text_and_tells_them_nothing() {
    let (town, _platform) = town("forms-hostile").await;
    let hostile = [
        ("id", None, HOSTILE.as_bytes()),
        ("point", None, HOSTILE.as_bytes()),
        ("category", None, HOSTILE.as_bytes()),
        ("text", None, HOSTILE.as_bytes()),
        ("address", None, HOSTILE.as_bytes()),
        ("name", None, HOSTILE.as_bytes()),
        ("phone", None, HOSTILE.as_bytes()),
    ];
    let refused = town.multipart("/f", &hostile).await;
    assert_eq!(refused.status, 400);
    assert!(!refused.text.contains("<script") && refused.text.contains("&lt;script"), "{}", refused.text);
    let (receipt, code) = town
        .filed(&json!({ "category": "lighting", "text": format!("{HOSTILE}路灯不亮"), "title": HOSTILE, "address": HOSTILE, "name": HOSTILE, "consent": true }))
        .await;
    let seen = town.form("/q", &[("receipt_number", &receipt), ("code", &code)]).await;
    assert!(seen.status == 200 && seen.text.contains("&lt;script") && !seen.text.contains("<script"), "{}", seen.text);

    // A wrong code, a number that nobody has and one of another complaint are told in the same words.
    let (other, _) = town.filed(&lamp()).await;
    let mut answers = Vec::new();
    for (receipt, code) in
        [(receipt.as_str(), "22222222"), ("RC2611229999999", "22222222"), (&other, &code), ("", ""), (&receipt, "")]
    {
        let (status, problem) =
            town.json("/citizens/v1/progress", &json!({ "receipt_number": receipt, "code": code })).await;
        assert_eq!(status, 404);
        answers.push((problem["detail"].clone(), problem["error_zh"].clone()));
        let body = json!({ "receipt_number": receipt, "code": code, "rating": "满意" });
        assert_eq!(town.json("/citizens/v1/forms/web/ratings", &body).await.0, 404, "{receipt}");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let tried = async |number: u32| {
        let body = json!({ "receipt_number": receipt, "code": format!("{number:08}") });
        town.json("/citizens/v1/progress", &body).await.0
    };
    let mut refusals = 0;
    for number in 0..320 {
        refusals += u32::from(tried(number).await == 429);
    }
    assert!(refusals > 0, "guessing comes to an end");
    assert_eq!(town.form("/q", &[("receipt_number", &receipt), ("code", &code)]).await.status, 429, "for this address");
    for path in ["/f/RC-9999", "/f/..%2F..%2Fetc%2Fpasswd", "/d/web", "/d/nothing", "/f/assets/other.css"] {
        assert_eq!(town.page(path).await.status, 404, "{path}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn open_matters_near_a_point_are_counted_and_nothing_is_told_of_them() {
    let (town, _platform) = town("forms-near").await;
    town.filed(&lamp()).await;
    let mut secret = lamp();
    secret["text"] = json!("斥山路路灯不亮，不要说是我讲的");
    secret["point"] = json!("RC-0002");
    secret["secret"] = json!(true);
    town.filed(&secret).await;
    let near: Value = serde_json::from_str(&town.page("/citizens/v1/forms/web/points/RC-0001").await.text).unwrap();
    assert_eq!(near["nearby"], json!([{ "category": "lighting", "category_name": "公共照明", "count": 1 }]));
    let far: Value = serde_json::from_str(&town.page("/citizens/v1/forms/web/points/RC-0002").await.text).unwrap();
    assert_eq!(far["nearby"], json!([]), "what somebody wants kept secret is not counted");
    let page = town.page("/f/RC-0001").await;
    assert!(page.text.contains("附近正在办理的") && !page.text.contains("三天"), "{}", page.text);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn staff_enter_for_somebody_and_programs_sign_for_their_users() {
    let (town, _platform) = town("forms-desk").await;
    let blank = town.page("/d/room").await;
    assert!(blank.status == 200 && blank.text.contains("name=\"staff_key\" type=\"password\""), "{}", blank.text);
    let fields = |key: &'static str| -> Vec<(&'static str, Option<&'static str>, &'static [u8])> {
        vec![
            ("staff", None, b"S-017"),
            ("staff_key", None, key.as_bytes()),
            ("text", None, "李大爷家门口路灯不亮".as_bytes()),
            ("name", None, "李大爷".as_bytes()),
            ("phone", None, b"13800002222"),
            ("consent", None, b"1"),
        ]
    };
    let refused = town.multipart("/d/room", &fields("wrong")).await;
    assert!(
        refused.status == 401 && refused.text.contains("李大爷") && !refused.text.contains("value=\"wrong\""),
        "{}",
        refused.text
    );
    let filed = town.multipart("/d/room", &fields(DESK_KEY)).await;
    assert_eq!(filed.status, 200, "{}", filed.text);

    let now = SystemClock.now().as_second();
    let user = json!({ "sub": "openid-1", "exp": now + 600, "name": "王芳", "phone_number": "13800003333" });
    let old = json!({ "sub": "openid-1", "exp": now - 600 });
    let mut form = lamp();
    for forged in [signed(&user, "another-secret-of-thirty-two-bytes!"), signed(&old, CLAIMS), "a.b.c".to_owned()] {
        form["claim"] = json!(forged);
        assert_eq!(town.json("/citizens/v1/forms/web/complaints", &form).await.0, 401, "{forged}");
        assert_eq!(town.json("/citizens/v1/forms/web/rewards", &json!({ "claim": forged })).await.0, 401);
    }
    form["claim"] = json!(signed(&user, CLAIMS));
    form.as_object_mut().unwrap().remove("phone");
    let (receipt, _) = town.filed(&form).await;
    let complaint = town.ticket_behind(&receipt).await.to_string();
    assert!(complaint.contains("13800003333"), "the claim says who it is: {complaint}");
    let (status, rewards) =
        town.json("/citizens/v1/forms/web/rewards", &json!({ "claim": signed(&user, CLAIMS) })).await;
    assert_eq!((status, &rewards["points"]), (200, &json!(0)), "{rewards}");
    town.sandbox.finish().await.unwrap();
}

const REWARDS: &str = r#"
channels = ["web"]
[[rule]]
code = "report"
name = "反映事项被受理"
on = "accepted"
points = 2
[[rule]]
code = "done"
name = "反映的事项办结"
on = "resolved"
points = 3
[stars]
at = [1, 5, 100]
"#;
const SCALE: &str = r#"
[[evaluation.scale]]
code = "great"
name = "非常满意"
value = "satisfied"
[[evaluation.scale]]
code = "poor"
name = "很不满意"
value = "dissatisfied"
"#;

#[tokio::test]
async fn a_citizen_sees_the_points_for_a_matter_all_points_where_the_program_is_sure_and_the_scale_of_the_city() {
    let (town, platform) = town_with("forms-points", &[("rewards.toml", REWARDS), ("handling.toml", SCALE)]).await;
    let end = SystemClock.now().as_second() + 600;
    let claim = |account: &str, sure: Option<bool>| {
        let user = json!({ "sub": account, "exp": end, "phone_number": "13800007777", "phone_number_verified": sure });
        signed(&user, CLAIMS)
    };
    let mut form = lamp();
    form.as_object_mut().unwrap().remove("phone");
    form["claim"] = json!(claim("openid-1", Some(true)));
    let (receipt, code) = town.filed(&form).await;
    // Somebody else writes the same number into a profile, and into the form.
    form["text"] = json!("斥山路路面塌了一个坑");
    form["claim"] = json!(claim("openid-2", None));
    form["phone"] = json!("13800007777");
    let other = town.filed(&form).await;
    let ticket = town.ticket_behind(&receipt).await["id"].as_str().unwrap().to_owned();
    platform.send(&ticket, "resolved", Some("已换灯")).await.unwrap();
    town.until("resolved", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["status"] == "resolved").await;

    let (_, shown) = town.json("/citizens/v1/progress", &json!({ "receipt_number": receipt, "code": code })).await;
    let rewards = &shown["rewards"];
    let rules: Vec<&str> =
        rewards["entries"].as_array().unwrap().iter().filter_map(|one| one["rule_name"].as_str()).collect();
    assert_eq!((&rewards["points"], rules), (&json!(5), vec!["反映事项被受理", "反映的事项办结"]), "{shown}");
    assert_eq!(rewards["standing"], json!({ "points": 7, "stars": 2, "points_to_next": 93 }));
    let of_other = json!({ "receipt_number": other.0, "code": other.1 });
    let (_, shown) = town.json("/citizens/v1/progress", &of_other).await;
    assert_eq!((&shown["rewards"]["points"], &shown["rewards"]["standing"]), (&json!(2), &Value::Null), "{shown}");
    for (sure, points) in [(None, 0), (Some(true), 7)] {
        let (_, own) = town.json("/citizens/v1/forms/web/rewards", &json!({ "claim": claim("openid-2", sure) })).await;
        assert_eq!(own["points"], json!(points), "a number that nobody made sure of shows nobody's points: {own}");
    }

    let numbers = [("receipt_number", receipt.as_str()), ("code", code.as_str())];
    let page = town.form("/q?lang=zh", &numbers).await.text;
    for words in ["反映的事项办结：3 分", "这件事合计 5 分", "您现在共有 7 分，2 星", "value=\"great\"", "很不满意"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("基本满意") && page.find("非常满意") < page.find("很不满意"), "{page}");
    let rate =
        |rating: &'static str| [("receipt_number", receipt.as_str()), ("code", code.as_str()), ("rating", rating)];
    let refused = town.form(&format!("/q/{receipt}/rating?lang=zh"), &rate("fair")).await;
    assert!(refused.status == 400 && refused.text.contains("非常满意、很不满意"), "{}", refused.text);
    assert_eq!(town.form(&format!("/q/{receipt}/rating"), &rate("great")).await.status, 200);
    let whole =
        town.until("rated", &format!("/api/v1/tickets/{ticket}"), |ticket| ticket["rating"] == "satisfied").await;
    assert_eq!(whole["ratings"][0]["step_name"], "非常满意", "{whole}");
    assert_eq!(
        whole["scale"],
        json!([{ "code": "great", "name": "非常满意" }, { "code": "poor", "name": "很不满意" }])
    );
    let (status, refused) = town.asked(&format!("/api/v1/callbacks/{receipt}"), &json!({ "rating": "fair" })).await;
    assert!(status == 409 && refused.to_string().contains("非常满意（great）"), "{status} {refused}");
    town.sandbox.finish().await.unwrap();
}

/// What a program, which says that it wants JSON, or a browser is answered.
async fn asked(town: &Town, (method, path): (&str, &str), headers: &[(&str, &str)], body: Vec<u8>) -> Page {
    let mut request = Request::builder().method(method).uri(format!("{}{path}", town.sandbox.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::from(body)).unwrap();
    let answer = HttpClient::new().send(request, Duration::from_secs(30)).await.unwrap();
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    Page { status: answer.status.as_u16(), headers: answer.headers, text }
}

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const PROGRAM: (&str, &str) = ("accept", "application/json");
const SMALL: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn a_browser_is_refused_by_a_page_and_a_program_by_a_document() {
    let (town, _platform) = town("forms-refused").await;
    let is_page = |answer: &Page| {
        answer.headers["content-type"].to_str().unwrap().starts_with("text/html")
            && answer.text.contains("lang=\"zh-CN\"")
    };
    for (asks, headers, size, status, said) in [
        (("POST", "/f"), vec![SMALL], (24 << 20) + 1, 413, "没有提交成功"),
        (("POST", "/q"), vec![("content-type", "text/plain")], 1, 415, "读不了"),
        (("GET", "/q/a/b"), vec![], 0, 404, "没有这个页面"),
        (("DELETE", "/q"), vec![], 0, 405, "没有这个页面"),
    ] {
        let shown = asked(&town, asks, &[&headers[..], &[BROWSER]].concat(), vec![b'x'; size]).await;
        assert!(shown.status == status && is_page(&shown) && shown.text.contains(said), "{asks:?}: {}", shown.text);
        assert!(shown.headers.contains_key("x-request-id"), "{asks:?}");
        let told = asked(&town, asks, &[&headers[..], &[PROGRAM]].concat(), vec![b'x'; size]).await;
        assert!(told.status == status && !is_page(&told), "{asks:?}: {}", told.text);
    }

    // Two forms that are announced and not sent are all that one address may have under way.
    let place = town.sandbox.url.strip_prefix("http://").unwrap();
    let mut announced = Vec::new();
    for _ in 0..2 {
        let mut connection = tokio::net::TcpStream::connect(place).await.unwrap();
        let head = format!("POST /f HTTP/1.1\r\nhost: {place}\r\ncontent-length: {}\r\n\r\n", 24 << 20);
        tokio::io::AsyncWriteExt::write_all(&mut connection, head.as_bytes()).await.unwrap();
        announced.push(connection);
    }
    let full = eventually("too many at once", PATIENCE, || async {
        let answer = asked(&town, ("POST", "/q"), &[SMALL, BROWSER], b"receipt_number=a&code=b".to_vec()).await;
        (answer.status == 503).then_some(answer)
    });
    let full = full.await.unwrap();
    assert!(is_page(&full) && full.text.contains("现在提交的人太多"), "{}", full.text);
    assert!(full.headers.contains_key("retry-after"));
    let told = asked(&town, ("POST", "/q"), &[SMALL, PROGRAM], b"receipt_number=a&code=b".to_vec()).await;
    let problem: Value = serde_json::from_str(&told.text).unwrap();
    assert_eq!((told.status, &problem["code"]), (503, &json!("unavailable")));
    drop(announced);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_paused_form_says_so_before_it_is_filled_in_and_gives_back_what_was_typed_before() {
    let (town, _platform) = town("forms-paused").await;
    let paused = town.sandbox.post("/api/v1/channels/web/pause", &json!({ "reason": "升级" })).await.unwrap();
    assert_eq!(paused.status.as_u16(), 200);
    for path in ["/f", "/f/RC-0001"] {
        let page = town.page(path).await;
        assert!(page.status == 503 && page.text.contains("暂不受理") && !page.text.contains("<form"), "{}", page.text);
        assert_eq!(page.headers["retry-after"], "300");
    }
    let typed = [("text", None, "路灯三天不亮了".as_bytes()), ("consent", None, b"1".as_slice())];
    let back = town.multipart("/f/RC-0001", &typed).await;
    assert!(back.status == 503 && back.text.contains("路灯三天不亮了"), "{}", back.text);
    assert_eq!(back.headers["retry-after"], "300");
    let listed: Value = serde_json::from_str(&town.page("/citizens/v1/forms").await.text).unwrap();
    let of =
        |id: &str| listed["forms"].as_array().unwrap().iter().find(|form| form["id"] == id).unwrap()["paused"].clone();
    assert_eq!((of("web"), of("room")), (json!(true), json!(false)));
    assert_eq!(town.page("/d/room").await.status, 200, "another one goes on");
    town.sandbox.post("/api/v1/channels/web/resume", &json!({})).await.unwrap();
    assert_eq!(town.page("/f/RC-0001").await.status, 200);
    town.sandbox.finish().await.unwrap();
}

//! What citizens send, and what they are told.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use huiliu_adapter_api::{
    Adapter, AdapterError, AskedNumber, CountedNonces, Factory as _, FormRating, ManualClock, Opening, Outcome,
    OutcomeState, Progress, PushRequest, RawRecord, Receipts, RecordBody, RecordFormat, Reply, Secrets, Sent, Settings,
    WayBack,
};
use huiliu_expression::{CodeTable, Language};
use huiliu_form::FormFactory;
use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

const FILE: &str = r#"
[format]
kind = "json"
[settings]
title = "群众有话说"
consent = "用于办理本事项"
category = "required"
name = "optional"
phone = "required"
points = "points"
group = "domain"
statuses = "status"
[settings.photos]
count = 2
bytes = 65536
[settings.limits]
address_per_hour = 20
point_per_hour = 3
"#;

/// The smallest JPEG-like picture: a frame, and a scan.
const PHOTO: &[u8] = &[
    0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xFF, 0xFE, 0, 8, b'S', b'E', b'C', b'R', b'E', b'T',
    0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 0xFF, 0xD9,
];

#[derive(Debug)]
struct Codes;

#[async_trait]
impl Receipts for Codes {
    async fn progress(&self, _asked: &AskedNumber) -> Result<Option<Progress>, AdapterError> {
        Ok(None)
    }

    fn code(&self, receipt_number: &str) -> Option<String> {
        Some(format!("code-of-{receipt_number}"))
    }
}

fn table(header: &[&str], rows: &[&[&str]]) -> CodeTable {
    let rows = rows.iter().enumerate().map(|(line, cells)| (line + 2, cells.to_vec()));
    CodeTable::from_rows(rows).unwrap().headed(&header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
}

fn language(points: CodeTable) -> Language {
    let tables = HashMap::from([
        ("points".to_owned(), points),
        (
            "categories".to_owned(),
            table(&["code", "name", "domain"], &[&["lamp", "路灯", "市政"], &["bus", "公交", "交通"]]),
        ),
        ("districts".to_owned(), table(&["code", "name"], &[&["511526100", "巡场镇"]])),
        ("status".to_owned(), table(&["code", "value"], &[&["in_progress", "已见面，办理中"]])),
    ]);
    Language::new(jiff::tz::TimeZone::UTC, Arc::new(tables))
}

fn points() -> CodeTable {
    let row = ["GX-0001", "金河社区便民点", "金河路1号", "511526100", "28.43", "104.71"];
    table(&["code", "name", "address", "district", "lat", "lng"], &[&row])
}

fn opened(file: &str, points: CodeTable) -> Result<Arc<dyn Adapter>, Vec<huiliu_adapter_api::SettingsProblem>> {
    opened_with(file, points, FormRating::common())
}

fn opened_with(
    file: &str,
    points: CodeTable,
    ratings: Vec<FormRating>,
) -> Result<Arc<dyn Adapter>, Vec<huiliu_adapter_api::SettingsProblem>> {
    let language = language(points);
    let whole = DeTable::parse(file).unwrap();
    let part = |name: &str| {
        let value = whole.get_ref().get(name).cloned();
        Settings::new(file, value.unwrap_or_else(|| toml::Spanned::new(0..0, DeValue::Table(DeTable::new()))))
    };
    FormFactory.open(Opening {
        channel: "web",
        settings: part("settings"),
        format: RecordFormat::compile(&part("format"), &language).unwrap(),
        language: &language,
        secrets: Secrets::new(BTreeMap::from([("desk".to_owned(), "open-sesame".to_owned())])),
        clock: Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap())),
        nonces: Arc::new(CountedNonces::default()),
        receipts: Arc::new(Codes),
        ratings,
    })
}

fn post(path: &str, kind: &str, body: impl Into<Bytes>) -> PushRequest {
    PushRequest {
        method: http::Method::POST,
        path: path.to_owned(),
        query: String::new(),
        headers: [(http::header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect(),
        peer: Some("10.1.2.3".parse().unwrap()),
        body: body.into(),
    }
}

fn json_form(form: &Value) -> PushRequest {
    post("", "application/json", form.to_string())
}

fn good() -> Value {
    json!({ "id": "f-1", "category": "lamp", "text": "路灯不亮已经三天", "phone": "13800001111", "consent": true })
}

fn with(change: &Value) -> Value {
    let mut form = good();
    form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    form
}

/// What a form is answered, and the record that was made of it.
async fn send(adapter: &Arc<dyn Adapter>, request: PushRequest) -> (u16, Value, Option<RawRecord>) {
    let endpoint = adapter.endpoint().unwrap();
    let calling = async { endpoint.handle(request).await };
    let storing = async {
        let batch = adapter.pull(None, 10).await.unwrap();
        let accepted = OutcomeState::Accepted { receipt_number: "GX1".to_owned() };
        let outcomes: Vec<Outcome> =
            batch.records.iter().map(|record| Outcome { id: record.id.clone(), state: accepted.clone() }).collect();
        adapter.confirm(&batch.receipt, &outcomes).await.unwrap();
        batch.records.into_iter().next()
    };
    tokio::pin!(calling);
    let (response, record) = tokio::select! {
        biased;
        response = &mut calling => (response, None),
        record = storing => (calling.await, record),
    };
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap(), record)
}

fn tree(record: Option<RawRecord>) -> Value {
    let RecordBody::Tree(tree) = record.unwrap().body else { return Value::Null };
    tree
}

fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> PushRequest {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: image/jpeg")).unwrap_or_default();
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    post("", "multipart/form-data; boundary=b", body)
}

#[tokio::test]
async fn a_form_is_a_record_with_plain_photos_and_its_sender_has_two_numbers() {
    let adapter = opened(FILE, points()).unwrap();
    let (status, answer, record) = send(
        &adapter,
        multipart(&[
            ("point", None, b"GX-0001"),
            ("category", None, b"lamp"),
            ("text", None, "路灯不亮\r\n已经三天".as_bytes()),
            ("phone", None, b"13800001111"),
            ("consent", None, b"1"),
            ("photo", Some("../../etc/passwd.html"), PHOTO),
            ("photo", Some(""), b""),
            ("of_the_page", None, b"x"),
        ]),
    )
    .await;
    assert_eq!(
        (status, &answer),
        (200, &json!({ "state": "accepted", "receipt_number": "GX1", "code": "code-of-GX1" }))
    );
    let record = record.unwrap();
    let files: Vec<_> = record.files.iter().map(|file| (file.name.as_str(), file.media_type)).collect();
    assert_eq!(files, [("photo-1.jpg", "image/jpeg")]);
    assert!(!record.files[0].bytes.windows(6).any(|found| found == b"SECRET"));
    let tree = tree(Some(record));
    assert_eq!(tree["text"], "路灯不亮\n已经三天");
    assert_eq!(
        tree["point"],
        json!({ "code": "GX-0001", "name": "金河社区便民点", "address": "金河路1号", "district": "511526100", "at": { "lat": 28.43, "lng": 104.71 } })
    );
}

#[tokio::test]
async fn the_same_form_again_is_the_same_record_and_nobody_writes_over_anothers() {
    let adapter = opened(FILE, points()).unwrap();
    let (_, _, one) = send(&adapter, json_form(&good())).await;
    let (_, _, again) = send(&adapter, json_form(&good())).await;
    let (_, _, other) = send(&adapter, json_form(&with(&json!({ "text": "别的内容别的内容" })))).await;
    let (_, _, unnumbered) = send(&adapter, json_form(&with(&json!({ "id": "" })))).await;
    let ids = [one, again, other, unnumbered].map(|record| record.unwrap().id);
    assert_eq!(ids[0], ids[1]);
    assert!(ids[0] != ids[2] && ids[0] != ids[3]);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told_and_nothing_is_taken() {
    let adapter = opened(FILE, points()).unwrap();
    for (change, status, said) in [
        (json!({ "text": " 短" }), 400, "text is missing"),
        (json!({ "text": "长".repeat(2_001) }), 400, "at most 2000"),
        (json!({ "consent": false }), 400, "consent is missing"),
        (json!({ "phone": "no number" }), 400, "phone is missing"),
        (json!({ "category": "" }), 400, "category is missing"),
        (json!({ "category": "invented" }), 400, "no such category"),
        (json!({ "point": "GX-9999" }), 400, "no such point"),
        (json!({ "location": { "lat": 200.0, "lng": 0.0 } }), 400, "no place"),
        (json!({ "id": "../x" }), 400, "id has at most"),
        (json!({ "unknown": 1 }), 400, "unknown"),
        (json!({ "claim": "a.b.c" }), 401, "takes no claims"),
        (json!({ "photos": [{ "content": "PHN2Zz4=" }] }), 415, "a photo is a JPEG"),
        (json!({ "photos": [{ "content": "!" }] }), 400, "cannot be read"),
    ] {
        let (code, answer, record) = send(&adapter, json_form(&with(&change))).await;
        assert_eq!((code, record), (status, None), "{change}: {answer}");
        assert!(answer["detail"].as_str().unwrap().contains(said), "{change}: {answer}");
    }
    let large = vec![0xFF; 70_000];
    let (code, ..) = send(&adapter, multipart(&[("photo", Some("a.jpg"), &large)])).await;
    assert_eq!(code, 413);
    let three = [("photo", Some("a.jpg"), PHOTO); 3];
    assert_eq!(send(&adapter, multipart(&three)).await.0, 413);
    assert_eq!(send(&adapter, post("", "text/html", "<form>")).await.0, 415);
    assert_eq!(send(&adapter, post("", "multipart/form-data", "x")).await.0, 400, "without a boundary");
}

#[tokio::test]
async fn who_has_both_numbers_rates_and_nobody_else() {
    let adapter = opened(FILE, points()).unwrap();
    let rating = |code: &str| {
        let body = json!({ "receipt_number": "GX1", "code": code, "rating": "不满意", "words": "没修好" });
        post("ratings", "application/json", body.to_string())
    };
    for wrong in ["", "code-of-GX2", "CODE-OF-GX1"] {
        let (status, _, record) = send(&adapter, rating(wrong)).await;
        assert_eq!((status, record), (404, None), "{wrong}");
    }
    let (status, _, record) = send(&adapter, rating("code-of-GX1")).await;
    let tree = tree(record);
    assert_eq!((status, &tree["rating"], &tree["words"]), (200, &json!("不满意"), &json!("没修好")));
    assert!(!tree.to_string().contains("code-of"), "the second secret is not kept");
    for other in ["5", "很好", "Satisfied"] {
        let body = json!({ "receipt_number": "GX1", "code": "code-of-GX1", "rating": other });
        let (status, said, record) = send(&adapter, post("ratings", "application/json", body.to_string())).await;
        assert!(status == 400 && record.is_none() && said.to_string().contains("dissatisfied"), "{other}: {said}");
    }
}

#[tokio::test]
async fn a_city_with_a_scale_of_its_own_is_told_its_own_words_and_no_others() {
    let step = |code: &str, name: &str| FormRating {
        code: code.to_owned(),
        name: name.to_owned(),
        words: vec![code.to_owned(), name.to_owned()],
    };
    let scale = vec![step("very-good", "非常好"), step("bad", "不好")];
    let adapter = opened_with(FILE, points(), scale.clone()).unwrap();
    assert_eq!(adapter.form().unwrap().asks().ratings, scale);
    for (said, is_taken) in [("非常好", true), ("bad", true), ("基本满意", false), ("satisfied", false), ("", false)]
    {
        let body = json!({ "receipt_number": "GX1", "code": "code-of-GX1", "rating": said });
        let (status, told, record) = send(&adapter, post("ratings", "application/json", body.to_string())).await;
        assert_eq!((status == 200, record.is_some()), (is_taken, is_taken), "{said}: {told}");
        if !is_taken {
            assert!(told.to_string().contains("请选择评价：非常好、不好"), "{told}");
            assert!(told.to_string().contains("very-good, bad"), "{told}");
        }
    }
}

#[tokio::test]
async fn one_address_and_one_point_have_their_share() {
    let adapter = opened(FILE, points()).unwrap();
    let endpoint = adapter.endpoint().unwrap();
    let admitted = (0..50).filter(|_| endpoint.admit(&json_form(&good())).is_ok()).count();
    assert_eq!(admitted, 20);
    let mut other = json_form(&good());
    other.peer = Some("10.9.9.9".parse().unwrap());
    assert!(endpoint.admit(&other).is_ok());
    let mut codes = Vec::new();
    for number in 0..5 {
        let form = with(&json!({ "id": format!("n-{number}"), "point": "GX-0001" }));
        codes.push(send(&adapter, json_form(&form)).await.0);
    }
    assert_eq!(codes, [200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn staff_show_a_key_and_say_who_they_are() {
    let file = format!("{FILE}[settings.staff]\nkey = \"desk\"\n");
    let adapter = opened(&file, points()).unwrap();
    assert!(adapter.form().unwrap().asks().for_staff);
    for (change, status) in [
        (json!({ "staff": "S-1" }), 401),
        (json!({ "staff": "S-1", "staff_key": "wrong" }), 401),
        (json!({ "staff_key": "open-sesame" }), 400),
    ] {
        assert_eq!(send(&adapter, json_form(&with(&change))).await.0, status, "{change}");
    }
    let form = with(&json!({ "staff": "S-1", "staff_key": "open-sesame", "name": "李大爷" }));
    let (status, _, record) = send(&adapter, json_form(&form)).await;
    let tree = tree(record);
    assert_eq!((status, &tree["staff"], &tree["name"]), (200, &json!("S-1"), &json!("李大爷")));
    assert!(!tree.to_string().contains("sesame"));
}

#[tokio::test]
async fn a_reply_needs_no_way_back_but_where_people_are_told_otherwise() {
    let reply = Reply {
        key: "k".to_owned(),
        source_number: "1".to_owned(),
        receipt_number: "GX1".to_owned(),
        status: "resolved".to_owned(),
        status_zh: "已办结".to_owned(),
        text: String::new(),
        department: String::new(),
        person: None,
        attachments: Vec::new(),
        at: String::new(),
        phone: None,
        record: Value::Null,
    };
    for (setting, back, sent) in
        [("", WayBack::OwnRecords, Sent::Taken), ("told_elsewhere = true\n", WayBack::None, Sent::NoRoute)]
    {
        let adapter = opened(&FILE.replace("[settings]\n", &format!("[settings]\n{setting}")), points()).unwrap();
        assert_eq!((adapter.way_back(), adapter.reply(&reply).await.unwrap()), (back, sent));
    }
}

#[test]
fn a_form_knows_its_points_its_categories_and_the_citys_words() {
    let form = opened(FILE, points()).unwrap().form().unwrap();
    let names: Vec<_> = form.asks().categories.iter().map(|one| (one.group.as_str(), one.name.as_str())).collect();
    assert_eq!(names, [("市政", "路灯"), ("交通", "公交")]);
    assert_eq!(form.point("GX-0001").unwrap().at, Some((28.43, 104.71)));
    assert_eq!((form.point("GX-0002"), form.points().count()), (None, 1));
    assert_eq!(form.status_word("in_progress").as_deref(), Some("已见面，办理中"));
}

#[test]
fn what_is_wrong_with_the_settings_is_said() {
    let refused = |file: &str, points: CodeTable| -> String {
        opened(file, points).err().unwrap().iter().map(|problem| format!("{}\n", problem.en)).collect()
    };
    let header = ["code", "name", "district", "lat", "lng"];
    let rows: [&[&str]; 3] = [&["a/b", "x"], &["b", "x", "9"], &["c", "x", "", "north", "1"]];
    let said = refused(FILE, table(&header, &rows));
    for wanted in ["a/b", "district 9 of point b", "lat and lng of point c"] {
        assert!(said.contains(wanted), "{said}");
    }
    for (from, to, wanted) in [
        ("consent = \"用于办理本事项\"", "consent = \" \"", "consent is empty"),
        ("category = \"required\"", "category = \"maybe\"", "no, optional or required"),
        ("points = \"points\"", "points = \"place\"", "no tables/place.csv"),
        ("group = \"domain\"", "group = \"kind\"", "no such column"),
        ("group = \"domain\"", "only = [\"lamp\", \"x\"]", "no such code"),
        ("count = 2", "count = 10", "0 to 9"),
    ] {
        let said = refused(&FILE.replace(from, to), points());
        assert!(said.contains(wanted), "{to}: {said}");
    }
}

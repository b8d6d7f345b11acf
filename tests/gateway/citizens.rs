//! Citizens who ask for their data, or for its erasure, while the gateway runs and while it does not.

use serde_json::{Value, json};

use crate::town::Town;

const TEXTS: [(&str, &str); 3] = [
    ("青鱼滩路公交站路灯不亮", "青鱼滩路公交站旁路灯三天不亮，晚上看不见路。"),
    ("听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。"),
    ("海湾南路井盖松动", "海湾南路与成山大道路口的井盖松动，车过有响声。"),
];

impl Town {
    pub async fn asked(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.sandbox.post(path, body).await.unwrap();
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap())
    }

    /// Complaints of one number, each in a spelling of its own; their receipt numbers.
    async fn complain(&self, phones: &[&str]) -> Vec<String> {
        let mut receipts = Vec::new();
        for (index, phone) in phones.iter().enumerate() {
            let (title, text) = TEXTS[index % TEXTS.len()];
            let complaint = json!({ "number": format!("Z{index}"), "kind": "投诉", "title": title, "text": text, "name": "张三丰",
                "phone": phone, "address": "青鱼滩路12号" });
            let (status, answer) = self.post(&complaint).await;
            assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("accepted")), "{answer}");
            receipts.push(answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned());
        }
        receipts
    }
}

#[tokio::test]
async fn a_telephone_number_is_found_in_any_spelling_wherever_it_is_looked_for() {
    let (town, _platform) = Town::start("spelling").await;
    for (round, spelling) in
        ["+86 137-0000-2222", "１３７００００２２２２", "013700002222", "tel: 13700002222", "13700002222（李先生）"]
            .into_iter()
            .enumerate()
    {
        let receipt = town
            .accept_of(&format!("P{round}"), TEXTS[0], if round % 2 == 0 { "13700002222" } else { "137 0000 2222" })
            .await;
        let query: String = url_encoded(spelling);
        let found = town.sandbox.get(&format!("/api/v1/complaints?phone={query}")).await.unwrap();
        assert_eq!(found["complaints"][0]["receipt_number"], receipt, "{spelling}: {found}");
        let (status, exported) = town.asked("/api/v1/export", &json!({ "phone": spelling })).await;
        assert_eq!((status, &exported["complaints"][0]["receipt_number"]), (200, &json!(receipt)), "{exported}");
        let (status, erased) = town.asked("/api/v1/erase", &json!({ "phone": spelling })).await;
        assert_eq!((status, &erased["looked_for"]["phone"]), (200, &json!("137****2222")), "{erased}");
        assert_eq!((&erased["found_complaints"], &erased["erased_complaints"]), (&json!(1), &json!(1)), "{erased}");
        // Nobody of this number is left: that is no success.
        let (status, nobody) = town.asked("/api/v1/erase", &json!({ "phone": spelling })).await;
        assert_eq!((status, &nobody["code"]), (404, &json!("not_found")), "{nobody}");
        assert!(
            nobody["error_zh"].as_str().unwrap().contains("没有找到 137****2222 的诉求，没有删除任何内容"),
            "{nobody}"
        );
        // One that was erased before is found by its receipt number.
        let (status, before) = town.asked("/api/v1/erase", &json!({ "receipt_number": receipt })).await;
        assert_eq!((status, &before["found_complaints"], &before["erased_complaints"]), (200, &json!(1), &json!(0)));
    }
    let log = town.sandbox.log();
    assert!(log.contains("A citizen's data was exported.") && log.contains("Erasure of a citizen's personal data"));
    // The last digits alone stand in times and digests by chance.
    for spelling in ["00002222", "0000 2222", "0000-2222", "*2222", "００００２２２２"] {
        assert!(!log.contains(spelling), "numbers are not logged, not even masked: {spelling}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn erasure_works_while_the_gateway_runs_and_while_it_does_not() {
    let (mut town, _platform) = Town::start("running").await;
    town.sandbox.set("HULIU_LANG", "zh");
    town.complain(&["13700002222", "13700003333", "13700004444"]).await;
    // The gateway has the database: without a token it is said what is needed.
    let (code, _, said) = town.sandbox.ended(&["erase", "--phone", "+86 137-0000-2222"]).await.unwrap();
    assert!(code == 1 && said.contains("网关正在使用数据库") && said.contains("HULIU_TOKEN"), "{code} {said}");
    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    let (code, found, said) = town.sandbox.ended(&["erase", "--phone", "+86 137-0000-2222"]).await.unwrap();
    assert!(code == 0 && found.contains("查找 137****2222：找到 1 件诉求，删除了 1 件"), "{code} {found} {said}");
    let (code, found, said) = town.sandbox.ended(&["erase", "--phone", "13700002222"]).await.unwrap();
    assert_eq!((code, found.as_str()), (3, ""), "nobody found is no success: {said}");
    assert!(said.contains("没有找到 137****2222 的诉求"), "{said}");
    // A record that was not understood is named: a person has to say whose it is.
    assert_eq!(town.post(&json!({ "phone": "137 0000 2222", "x": "没有编号" })).await.0, 200);
    let (code, _, said) = town.sandbox.ended(&["erase", "--phone", "13700002222"]).await.unwrap();
    assert!(code == 3 && said.contains("待修复区里有记录含有这个号码：[4]"), "{code} {said}");
    let (code, _, said) = town.sandbox.ended(&["erase", "--phone", "138****1111"]).await.unwrap();
    assert!(code == 1 && said.contains("不是可用的电话号码"), "{code} {said}");
    let (code, ..) = town.sandbox.ended(&["erase"]).await.unwrap();
    assert_eq!(code, 2, "nobody is named");
    town.sandbox.stop().await.unwrap();
    let (code, found, said) = town.sandbox.ended(&["erase", "--phone", "１３７００００３３３３"]).await.unwrap();
    assert!(code == 0 && found.contains("查找 137****3333：找到 1 件诉求，删除了 1 件"), "{code} {found} {said}");
    let (code, found, said) = town.sandbox.ended(&["erase", "--phone", "13700003333"]).await.unwrap();
    assert_eq!((code, found.as_str()), (3, ""), "{said}");
    town.sandbox.start().await.unwrap();
    let ledger = town.ledger().await;
    assert_eq!(ledger["complaints"], 3, "counts stay");
    let left = town.sandbox.get("/api/v1/complaints?phone=13700004444").await.unwrap();
    assert_eq!(left["complaints"].as_array().unwrap().len(), 1, "another's data stays");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_citizen_is_given_everything_that_is_kept_of_him_and_nothing_of_others() {
    let (mut town, platform) = Town::start("export").await;
    let own = town.complain(&["+86 137-0000-2222"]).await.remove(0);
    let other = town.accept("OTHER-1", TEXTS[0].0, "青鱼滩路公交站旁的路灯三天不亮了，晚上看不见路。别人的话。").await;
    let ticket = town.ticket(&platform, "OTHER-1").await;
    platform.send(&ticket, "resolved", Some("路灯已修好")).await.unwrap();
    let sent = |replies: &Value| replies["replies"].as_array().is_some_and(|replies| replies.len() == 2);
    town.until("both are answered", "/api/v1/replies?state=by_hand", sent).await;
    let token = town.sandbox.token.clone();
    town.sandbox.set("HULIU_TOKEN", &token);
    let printed = town.sandbox.command(&["export", "--phone", "13700002222"]).await.unwrap();
    let exported: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(exported["looked_for"]["phone"], "137****2222");
    let complaints = exported["complaints"].as_array().unwrap();
    assert_eq!(complaints.len(), 1, "{exported}");
    let complaint = &complaints[0];
    assert_eq!((&complaint["receipt_number"], &complaint["source_number"]), (&json!(own), &json!("Z0")));
    assert_eq!(
        (&complaint["reporter"]["name"], &complaint["reporter"]["phone"]),
        (&json!("张三丰"), &json!("13700002222"))
    );
    assert_eq!(complaint["records"][0]["record"]["phone"], "+86 137-0000-2222", "as it was delivered: {exported}");
    assert_eq!(
        (&complaint["records"][0]["record_id"], &complaint["records"][0]["state"]),
        (&json!("Z0"), &json!("complaint"))
    );
    assert_eq!((&complaint["ticket"]["id"], &complaint["ticket"]["status"]), (&json!(ticket), &json!("resolved")));
    assert_eq!(complaint["replies"][0]["text"], "路灯已修好");
    for of_others in [other.as_str(), "OTHER-1", "别人的话", "13800001111"] {
        assert!(!printed.contains(of_others), "{of_others}: {printed}");
    }
    let (code, found, said) = town.sandbox.ended(&["export", "--phone", "13700009999"]).await.unwrap();
    assert_eq!((code, found.as_str()), (3, ""), "{said}");
    // Operators may not take everything of a citizen with them.
    let operator = town.sandbox.command(&["token", "new", "clerk", "--role", "operator"]).await.unwrap();
    town.sandbox.token = operator.trim().to_owned();
    for path in ["/api/v1/export", "/api/v1/erase"] {
        assert_eq!(town.asked(path, &json!({ "phone": "13700002222" })).await.0, 403, "{path}");
    }
    town.sandbox.finish().await.unwrap();
}

impl Town {
    async fn accept_of(&self, number: &str, (title, text): (&str, &str), phone: &str) -> String {
        let complaint = json!({ "number": number, "kind": "投诉", "title": title, "text": text, "phone": phone });
        let (status, answer) = self.post(&complaint).await;
        assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("accepted")), "{answer}");
        answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned()
    }
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Which of these texts the files of the database hold: the database, its write-ahead log, whatever lies beside it.
fn held(town: &Town, sought: &[&str]) -> Vec<String> {
    let mut held = Vec::new();
    for entry in std::fs::read_dir(town.sandbox.folder.join("var")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        let holds = |text: &&&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        held.extend(sought.iter().filter(holds).map(|text| format!("{}: {text}", path.display())));
    }
    held
}

#[tokio::test]
async fn after_an_erasure_nothing_of_it_is_in_the_database_file() {
    let (mut town, platform) = Town::start("gone").await;
    let (title, text) = TEXTS[0];
    let receipt = town.accept_of("SOURCE-4711", (title, text), "13700002222").await;
    let ticket = town.ticket(&platform, "SOURCE-4711").await;
    platform.send(&ticket, "resolved", Some("已联系137-0000-2222，路灯修好")).await.unwrap();
    let answered = |replies: &Value| replies["replies"].as_array().is_some_and(|replies| !replies.is_empty());
    town.until("answered", "/api/v1/replies?state=by_hand", answered).await;
    let sought = ["SOURCE-4711", "13700002222", "137-0000-2222", title, text, "路灯修好"];
    assert_eq!(held(&town, &sought), Vec::<String>::new(), "nothing is in clear before, either");
    let (status, erased) = town.asked("/api/v1/erase", &json!({ "phone": "137 0000 2222" })).await;
    assert_eq!(status, 200, "{erased}");
    assert_eq!(held(&town, &sought), Vec::<String>::new());
    let replies = town.sandbox.get("/api/v1/replies?state=by_hand").await.unwrap();
    let reply = &replies["replies"][0];
    assert_eq!(reply["ticket"], json!(ticket), "{replies}");
    let words = town.sandbox.get(&format!("/api/v1/replies/{}", reply["id"])).await.unwrap();
    assert_eq!(
        words,
        json!({ "id": reply["id"], "text": null, "department": null, "person": null, "attachments": [], "ticket_id": null })
    );
    // Nor do the keys give it back: all that is kept of the citizen.
    let (_, left) = town.asked("/api/v1/export", &json!({ "receipt_number": receipt })).await;
    let left = left.to_string();
    let shown: Vec<_> = sought.iter().filter(|text| left.contains(**text)).collect();
    assert_eq!(shown, [&"SOURCE-4711"], "the number is kept sealed, for answers that are under way: {left}");
    town.sandbox.stop().await.unwrap();
    assert_eq!(held(&town, &sought), Vec::<String>::new(), "after the last checkpoint");
    town.sandbox.start().await.unwrap();
    // The source's own copy does not bring it back: it is recognized by its keyed hash.
    let again =
        json!({ "number": "SOURCE-4711", "kind": "投诉", "title": title, "text": text, "phone": "13700002222" });
    assert_eq!(town.post(&again).await.0, 200);
    assert_eq!(town.ledger().await["complaints"], 1);
    let (status, _) = town.asked("/api/v1/erase", &json!({ "phone": "13700002222" })).await;
    assert_eq!(status, 404, "nothing of the citizen came back");
    town.sandbox.finish().await.unwrap();
}

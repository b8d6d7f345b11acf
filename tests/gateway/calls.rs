//! Destinations by call: SOAP, a text by an SMS channel, and settings that contradict themselves.

use huiliu_city::{Scene, Scripted, eventually};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town};

/// A hotline that takes orders by SOAP 1.2, with a user and a password.
const SOAP: &str = r#"
name = "省热线"
carrier = "soap"
filter = "event in ['created', 'status']"
contact = "full"

[secrets]
url = { env = "HULIU_SOAP_URL" }
user = { env = "HULIU_SOAP_USER" }
password = { env = "HULIU_SOAP_PASSWORD" }

[retry]
first_s = 1
most_s = 2

[settings]
version = "1.2"
endpoint = "{{ secrets.url }}"
security = { user = "user", password = "password" }

[[settings.call]]
name = "create"
when = "event == 'created'"
number = "answer.createResponse.orderId"
[settings.call.request]
action = "urn:create"
body = "<create xmlns=\"urn:o\"><mark>{{ mark }}</mark><text>{{ ticket.text }}</text></create>"
success = "answer.createResponse.code == '0'"
retry = "answer.createResponse.code == '9'"

[[settings.call]]
name = "close"
when = "ticket.status == 'resolved'"
[settings.call.request]
body = "<close xmlns=\"urn:o\"><orderId>{{ number }}</orderId><reply>{{ ticket.change.note }}</reply></close>"
"#;

/// Who is told by SMS.
const SMS: &str = r#"
name = "值班短信"
carrier = "sms"
filter = "event == 'created'"

[secrets]
chief = { env = "HULIU_CHIEF" }

[settings]
channel = "sms"
to = ["{{ secrets.chief }}", "13900002222"]
text = "新工单 {{ mark }}：{{ ticket.title }}"
"#;

/// A system whose number later calls use; `LOOK` stands for how a matter is looked for there.
const NUMBERED: &str = r#"
name = "市热线"
carrier = "http"
filter = "event in ['created', 'status']"

[secrets]
url = { env = "HULIU_ORDERS_URL" }

[retry]
first_s = 1
most_s = 2

[[settings.call]]
name = "create"
when = "event == 'created'"
number = "answer.no"
LOOK
[settings.call.request]
method = "POST"
url = "{{ secrets.url }}/create"
headers = { content-type = "application/json" }
body = '{"mark": {{ mark }}}'
success = "answer.code == 0"
FIND

[[settings.call]]
name = "close"
when = "ticket.status == 'resolved'"
[settings.call.request]
method = "POST"
url = "{{ secrets.url }}/close/{{ number }}"
headers = { content-type = "application/json" }
body = '{"reply": {{ ticket.change.note }}}'
success = "answer.code == 0"
"#;
const FIND: &str = "[settings.call.find]\nurl = \"{{ secrets.url }}/find?mark={{ mark | urlencode }}\"";

async fn with(name: &str, files: &[(&str, &str)]) -> Town {
    let town = Town::prepare(name).await;
    let folder = town.sandbox.pack.join("destinations");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(format!("{name}.toml")), text).unwrap();
    }
    town
}

/// A SOAP answer to requests with this piece in them.
fn answer(when: &str, times: Option<usize>, body: &str) -> Scene {
    let body =
        format!("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>{body}</s:Body></s:Envelope>");
    let (when, content_type) = (when.to_owned(), "application/soap+xml".to_owned());
    Scene { when, times, status: 200, content_type, body: body.into_bytes() }
}

#[tokio::test]
async fn a_soap_call_makes_an_order_whose_number_later_calls_use() {
    let made = "<createResponse xmlns=\"urn:o\"><code>0</code><orderId>S-77</orderId></createResponse>";
    let busy = "<createResponse xmlns=\"urn:o\"><code>9</code></createResponse>";
    let scenes = vec![answer("<create", Some(1), busy), answer("<create", None, made), answer("<close", None, "<ok/>")];
    let hotline = Scripted::start(scenes).await.unwrap();
    let mut town = with("soap-call", &[("province", SOAP)]).await;
    town.sandbox.set("HULIU_SOAP_URL", &hotline.url);
    town.sandbox.set("HULIU_SOAP_USER", "rongcheng");
    town.sandbox.set("HULIU_SOAP_PASSWORD", "p<&>ss");
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    town.accept("1", "路灯不亮", "青鱼滩路 <18> 号 & 对面的路灯不亮。").await;
    let ticket = town.ticket(&platform, "1").await;
    let known = |whole: &Value| whole["foreign_numbers"][0]["number"] == "S-77";
    town.until("the number", &format!("/api/v1/tickets/{ticket}"), known).await;
    platform.send(&ticket, "resolved", Some("已修好。")).await.unwrap();
    let closed = || async { hotline.asked().iter().find(|asked| asked.contains("<close")).cloned() };
    let close = eventually("it is closed there", PATIENCE, closed).await.unwrap();
    assert!(close.contains("<orderId>S-77</orderId><reply>已修好。</reply>"), "{close}");
    assert!(
        close.contains("<wsse:Username>rongcheng</wsse:Username>") && close.contains("p&lt;&amp;&gt;ss"),
        "{close}"
    );
    let creates: Vec<String> = hotline.asked().into_iter().filter(|asked| asked.contains("<create")).collect();
    assert_eq!(creates.len(), 2, "busy, then taken");
    let said = format!("<mark>{ticket}</mark><text>青鱼滩路 &lt;18&gt; 号 &amp; 对面的路灯不亮。</text>");
    assert!(creates[0].contains(&said), "{}", creates[0]);
    let found = town.sandbox.get("/api/v1/complaints?foreign_number=S-77").await.unwrap();
    assert_eq!(found["complaints"][0]["ticket"], json!(ticket), "{found}");
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    let (code, said, _) = town.sandbox.ended(&["find", "--foreign-number", "S-77"]).await.unwrap();
    assert!(code == 0 && said.contains(&ticket), "{said}");
    town.sandbox.finish().await.unwrap();
}

/// An answer in JSON to requests with this piece in them.
fn json_answer(when: &str, body: &str) -> Scene {
    let (when, content_type) = (when.to_owned(), "application/json".to_owned());
    Scene { when, times: None, status: 200, content_type, body: body.as_bytes().to_vec() }
}

#[tokio::test]
async fn an_answer_without_the_number_that_is_needed_is_no_success_and_is_looked_for() {
    let scenes = vec![
        json_answer("/source/create", r#"{"code": 0, "no": ""}"#),
        json_answer("/source/find", r#"{"no": "N-9"}"#),
        json_answer("/source/close/N-9", r#"{"code": 0}"#),
    ];
    let orders = Scripted::start(scenes).await.unwrap();
    let file = NUMBERED.replace("LOOK", "find_number = \"answer.no\"").replace("FIND", FIND);
    let mut town = with("no-number", &[("orders", &file)]).await;
    town.sandbox.set("HULIU_ORDERS_URL", &orders.url);
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    town.accept("1", "路灯不亮", "青鱼滩路18号对面的路灯不亮。").await;
    let ticket = town.ticket(&platform, "1").await;
    let known = |whole: &Value| whole["foreign_numbers"][0]["number"] == "N-9";
    town.until("the number", &format!("/api/v1/tickets/{ticket}"), known).await;
    platform.send(&ticket, "resolved", Some("已修好。")).await.unwrap();
    let closed = || async { orders.asked().iter().any(|asked| asked.contains("/close/N-9")).then_some(()) };
    eventually("it is closed there", PATIENCE, closed).await.unwrap();
    let creates = || orders.asked().iter().filter(|asked| asked.contains("/create")).count();
    assert_eq!(creates(), 1, "it was found, and not made again");
    // The other system finds the first one again: a number of another ticket.
    town.accept("2", "井盖缺失", "松涛街与望海路交叉口的井盖缺失，有人摔伤。").await;
    let dead = |page: &Value| page["deliveries"][0].is_object();
    let dead = town.until("given up", "/api/v1/deliveries?state=dead", dead).await;
    let reason = dead["deliveries"][0]["last_error"].as_str().unwrap();
    assert!(reason.contains("a number that another ticket has"), "{dead}");
    assert_eq!(dead["deliveries"][0]["proof"], "it was there already, found by our mark as N-9");
    assert_eq!(creates(), 2, "each once");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn an_answer_without_a_number_where_nothing_can_be_looked_for_is_for_a_person() {
    let orders = Scripted::start(vec![json_answer("/source/create", r#"{"code": 0}"#)]).await.unwrap();
    let file = NUMBERED.replace("LOOK", "").replace("FIND", "");
    let mut town = with("no-find", &[("orders", &file)]).await;
    town.sandbox.set("HULIU_ORDERS_URL", &orders.url);
    town.sandbox.start().await.unwrap();
    town.accept("1", "路灯不亮", "青鱼滩路18号对面的路灯不亮。").await;
    let dead = town.until("given up", "/healthz", |health| health["deliveries"][0]["dead"] == 1).await;
    assert!(dead["deliveries"][0]["alarms"][0]["en"].as_str().unwrap().contains("given up"), "{dead}");
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    let listed = town.sandbox.command(&["deliveries", "list", "orders", "--json"]).await.unwrap();
    assert!(listed.contains("没有可用的编号") && listed.contains("no usable number"), "{listed}");
    assert_eq!(orders.asked().len(), 1, "it is not made twice");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_text_is_sent_by_a_channel_to_stated_numbers() {
    let mut town = with("sms-call", &[("duty", SMS)]).await;
    town.sandbox.set("HULIU_CHIEF", "139 0000 1111");
    town.sandbox.start().await.unwrap();
    town.accept("1", "路灯不亮", "青鱼滩路18号对面的路灯不亮。").await;
    let sent = |sent: &Value| sent["deliveries"][0]["state"] == "sent";
    let sent = town.until("it is sent", "/api/v1/deliveries?state=sent", sent).await;
    let proof = sent["deliveries"][0]["proof"].as_str().unwrap();
    assert!(proof.starts_with("sms: 139****1111, 139****2222"), "{proof}");
    let told = town.callbacks.told();
    let text = |phone: &str| told.get(phone).map(|texts| texts.join("|")).unwrap_or_default();
    for phone in ["13900001111", "13900002222"] {
        assert!(text(phone).starts_with("新工单 ") && text(phone).ends_with("：路灯不亮"), "{phone}: {}", text(phone));
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn contradictions_in_destinations_by_call_are_refused_where_they_stand() {
    let town = with("call-checks", &[("province", SOAP), ("duty", SMS)]).await;
    let (pack, folder) = (town.sandbox.pack.to_string_lossy().into_owned(), town.sandbox.pack.join("destinations"));
    let check = async || town.sandbox.run_any(&["check", &pack, "--away"]).await;
    let fine = check().await;
    assert!(fine.contains("0 not passed"), "{fine}");
    for (file, from, to, said) in [
        ("province", "{{ mark }}", "{{ number }}", "these contradict each other"),
        ("province", "name = \"close\"", "name = \"create\"", "there are two calls with this name"),
        ("province", "number = \"answer", "find_number = \"answer", "find_number has no effect without find"),
        ("province", "event == 'created'", "event == 'made'", "made"),
        ("province", "{{ ticket.text }}", "{{ ticket.texte }}", "texte"),
        ("province", "carrier = \"soap\"", "carrier = \"pigeon\"", "carrier must be"),
        ("duty", "channel = \"sms\"", "channel = \"sms-huawei\"", "can send to any telephone number"),
        ("duty", "to = [\"{{ secrets.chief }}\", \"13900002222\"]", "to = []", "1 to 20 numbers"),
    ] {
        let path = folder.join(format!("{file}.toml"));
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{from}");
        std::fs::write(&path, before.replacen(from, to, 1)).unwrap();
        let refused = check().await;
        assert!(refused.contains(&format!("destinations/{file}.toml:")) && refused.contains(said), "{said}: {refused}");
        std::fs::write(&path, before).unwrap();
    }
    let channel = town.sandbox.pack.join("channels/generic.toml");
    let before = std::fs::read_to_string(&channel).unwrap();
    for (table, said) in [
        ("destination = \"nobody\"\nnumber = \"record.a\"", "there is no enabled destination nobody"),
        ("destination = \"province\"", "[answers] needs number"),
        ("destination = \"province\"\nmark = \"record.a\"\nat = \"record.b\"", "have no effect"),
        ("destination = \"duty\"\nnumber = \"record.a\"", "nothing can be recognized"),
    ] {
        std::fs::write(&channel, format!("{before}\n[answers]\n{table}\n")).unwrap();
        let refused = check().await;
        assert!(refused.contains("channels/generic.toml:") && refused.contains(said), "{said}: {refused}");
    }
}

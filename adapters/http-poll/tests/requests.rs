//! Requests as sources want them: signed, in GBK, as forms and in several parts.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, AdapterError, ManualClock, Problems, Reply, Sent};
use huiliu_conformance::open_at;
use huiliu_conformance::scripted::{Asked, Scripted, json};
use huiliu_http_poll::HttpPollFactory;

fn opened(url: &str, reply: &str) -> Result<Arc<dyn Adapter>, Problems> {
    let file = format!(
        "[format]\nkind = \"json\"\n[settings]\npaging = {{ number = {{ size = 10 }} }}\n[settings.list]\nurl = \
         \"{{{{ secrets.url }}}}/list\"\n[settings.reply]\n{reply}\n"
    );
    let secrets = [("url", url.to_owned()), ("key", "k1".to_owned())];
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    open_at(&HttpPollFactory::default(), &file, &secrets, clock)
}

fn reply(text: &str) -> Reply {
    Reply {
        key: "k".to_owned(),
        source_number: "1".to_owned(),
        receipt_number: "R1".to_owned(),
        status: "resolved".to_owned(),
        status_zh: "已办结".to_owned(),
        text: text.to_owned(),
        department: "城管局".to_owned(),
        at: "2026-11-21T09:00:00+08:00".to_owned(),
        phone: None,
        record: serde_json::Value::Null,
    }
}

/// What the source is sent for a reply of this text.
async fn sent(settings: &str, text: &str) -> Asked {
    let source = Scripted::start(|_, _| json("{}")).await;
    let adapter = opened(&source.url, settings).unwrap();
    assert_eq!(adapter.reply(&reply(text)).await, Ok(Sent::Taken));
    source.asked("/reply").remove(0)
}

#[tokio::test]
async fn a_request_is_signed_over_time_nonce_and_its_own_body() {
    let request = sent(
        r#"
url = "{{ secrets.url }}/reply"
headers = { content-type = "application/json", x-time = "{{ now | localtime('%s%3f') }}", x-nonce = "{{ nonce }}", x-sign = "{{ (nonce ~ body) | hmac_sha256(secrets.key) }}" }
body = '{"text": {{ reply.text }}, "nonce": {{ nonce }} }'
"#,
        "已修好",
    )
    .await;
    let nonce = "00000000000000000000000000000001";
    assert_eq!((request.header("x-time"), request.header("x-nonce")), ("1795222800000", nonce));
    assert_eq!(request.text(), format!("{{\"text\": \"已修好\", \"nonce\": \"{nonce}\" }}"));
    // By another implementation.
    assert_eq!(request.header("x-sign"), "faa7939791e3bb2ace670b878b257d16beb36b1973672b39572af2429afdaf3b");
}

#[tokio::test]
async fn a_form_is_escaped_by_its_content_type() {
    let form = |more: &str| {
        format!(
            "url = \"{{{{ secrets.url }}}}/reply\"\nheaders = {{ content-type = \"application/x-www-form-urlencoded\" }}\nbody = \
             \"id={{{{ reply.source_number }}}}&text={{{{ reply.text }}}}\"\n{more}"
        )
    };
    assert_eq!(
        sent(&form(""), "修好&已复查=是 1+1").await.text(),
        "id=1&text=%E4%BF%AE%E5%A5%BD%26%E5%B7%B2%E5%A4%8D%E6%9F%A5%3D%E6%98%AF%201%2B1"
    );
    assert_eq!(sent(&form("body_encoding = \"gbk\""), "修好").await.text(), "id=1&text=%D0%DE%BA%C3");
    assert_eq!(sent(&form("escape = \"none\""), "ok").await.text(), "id=1&text=ok");
    // What the template itself has beyond ASCII, names among it.
    let own = form("").replace("id=", "编号=受理");
    assert_eq!(sent(&own, "修").await.text(), "%E7%BC%96%E5%8F%B7=%E5%8F%97%E7%90%861&text=%E4%BF%AE");
    let own = form("body_encoding = \"gbk\"").replace("id=", "编号=受理");
    assert_eq!(sent(&own, "修").await.text(), "%B1%E0%BA%C5=%CA%DC%C0%ED1&text=%D0%DE");
}

#[tokio::test]
async fn bodies_are_written_in_gbk_and_gb18030() {
    let body = |encoding: &str, content: &str| {
        format!(
            "url = \"{{{{ secrets.url }}}}/reply?t={{{{ reply.text | urlencode('{encoding}') }}}}\"\nheaders = {{ content-type = \
             \"{content}\" }}\nbody = '<t>{{{{ reply.text }}}}</t>'\nbody_encoding = \"{encoding}\"\n"
        )
    };
    let source = Scripted::start(|_, _| json("{}")).await;
    for (encoding, text, query, bytes) in [
        ("gbk", "修", "%D0%DE", b"<t>\xd0\xde</t>".as_slice()),
        ("gb18030", "㐀", "%819%EE9", b"<t>\x81\x39\xee\x39</t>".as_slice()),
        ("gbk", "😀", "%3F", b"<t>&#128512;</t>".as_slice()),
    ] {
        let adapter = opened(&source.url, &body(encoding, "text/xml; charset=GBK")).unwrap();
        assert_eq!(adapter.reply(&reply(text)).await, Ok(Sent::Taken));
        let path = format!("/reply?t={query}");
        let asked = source.asked(&path);
        assert_eq!(asked.last().map(|asked| asked.body.as_slice()), Some(bytes), "{encoding} {text} {path}");
    }
}

#[tokio::test]
async fn a_body_of_parts_carries_fields_and_files() {
    let request = sent(
        r#"
url = "{{ secrets.url }}/reply"
[[settings.reply.part]]
name = "text"
value = "{{ reply.text }}"
[[settings.reply.part]]
name = "file"
file_name = "答复\"{{ reply.source_number }}.txt"
content_type = "text/plain; charset=utf-8"
value = "{{ reply.text | base64 }}"
base64 = true
"#,
        "修好",
    )
    .await;
    let boundary = "huiliu-00000000000000000000000000000001";
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("content-type"), format!("multipart/form-data; boundary={boundary}"));
    let wanted = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n修好\r\n--{boundary}\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"答复%221.txt\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n修好\r\n--{boundary}--\r\n"
    );
    assert_eq!(request.text(), wanted);
}

#[tokio::test]
async fn a_part_that_is_no_base64_is_refused() {
    let source = Scripted::start(|_, _| json("{}")).await;
    let settings = "url = \"{{ secrets.url }}/reply\"\npart = [{ name = \"f\", value = \"路\", base64 = true }]\n";
    let failed = opened(&source.url, settings).unwrap().reply(&reply("x")).await;
    assert!(matches!(&failed, Err(AdapterError::Refused { reason }) if reason.contains("not base64")), "{failed:?}");
}

#[test]
fn bodies_that_contradict_each_other_are_told() {
    let told = |settings: &str| {
        let problems =
            opened("http://127.0.0.1:9", &format!("url = \"http://x\"\n{settings}")).err().unwrap_or_default();
        problems.into_iter().map(|problem| problem.en).collect::<Vec<_>>().join("; ")
    };
    let part = "part = [{ name = \"f\", value = \"v\" }]\n";
    assert_eq!(told(part), "");
    let bare = opened("http://127.0.0.1:9", "url = \"board.example/{{ reply.source_number }}\"\n");
    assert!(bare.err().unwrap()[0].en.contains("begins with http://"));
    assert!(told(&format!("{part}body = \"x\"\n")).contains("only one of body and part"));
    assert!(told(&format!("{part}method = \"GET\"\n")).contains("method is GET"));
    assert!(told(&format!("{part}headers = {{ content-type = \"text/plain\" }}\n")).contains("content-type"));
    assert!(told("body_encoding = \"gbk\"\n").contains("no effect"));
    assert!(told("body = \"x\"\nbody_encoding = \"big5\"\n").contains("must be one of utf-8"));
}

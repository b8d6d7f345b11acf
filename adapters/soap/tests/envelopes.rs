//! SOAP as sources want it: 1.1 and 1.2, headers, WS-Security, a login before the calls, answers in several parts.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Judged, ManualClock, RecordBody};
use huiliu_conformance::open_at;
use huiliu_conformance::scripted::{Asked, Said, Scripted};
use huiliu_payload::parse_xml;
use huiliu_soap::SoapFactory;
use serde_json::Value;

/// A channel with further settings.
fn opened(source: &Scripted, settings: &str) -> Arc<dyn Adapter> {
    let file = format!(
        r#"
[format]
kind = "xml"
records = "payload.ListResponse.order"
id = "record.id"
[settings]
endpoint = "{{{{ secrets.url }}}}/ws"
{settings}
[settings.list]
action = "urn:list"
body = '<List xmlns="urn:x"/>'
"#
    );
    let secrets = [("url", source.url.clone()), ("user", "gw&co".to_owned()), ("password", "pass<1>".to_owned())];
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    open_at(&SoapFactory::default(), &file, &secrets, clock).unwrap()
}

fn orders(version: &str) -> Said {
    let body = format!(
        "<e:Envelope xmlns:e=\"{version}\"><e:Body><ListResponse><order><id>1</id><text>路灯</text></order></ListResponse></e:Body></e:Envelope>"
    );
    (200, vec![("content-type", "text/xml".to_owned())], body)
}

const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";

async fn asked(version: &'static str, settings: &str) -> Asked {
    let source = Scripted::start(move |_, _| orders(version)).await;
    let batch = opened(&source, settings).pull(None, 10).await.unwrap();
    assert_eq!(batch.records.len(), 1);
    source.asked("/ws").remove(0)
}

#[tokio::test]
async fn both_versions_say_their_action_where_it_belongs() {
    let request = asked(SOAP_1_1, "").await;
    assert_eq!(
        (request.header("content-type"), request.header("soapaction")),
        ("text/xml; charset=utf-8", "\"urn:list\"")
    );
    assert!(
        request.text().contains(&format!("<soap:Envelope xmlns:soap=\"{SOAP_1_1}\"><soap:Body><List")),
        "{}",
        request.text()
    );
    let request = asked(SOAP_1_2, "version = \"1.2\"").await;
    assert_eq!(request.header("content-type"), "application/soap+xml; charset=utf-8; action=\"urn:list\"");
    assert_eq!(request.header("soapaction"), "");
    assert!(request.text().contains(&format!("xmlns:soap=\"{SOAP_1_2}\"")));
}

#[tokio::test]
async fn headers_are_written_into_the_envelope() {
    let header = "header = '<Auth><u>{{ secrets.user }}</u><t>{{ now | localtime(\"%Y%m%d%H%M%S\") }}</t></Auth>'";
    let text = asked(SOAP_1_1, header).await.text();
    assert!(
        text.contains("<soap:Header><Auth><u>gw&amp;co</u><t>20261121010000</t></Auth></soap:Header><soap:Body>"),
        "{text}"
    );
}

#[tokio::test]
async fn a_username_token_as_text_and_as_digest() {
    let token = |request: &Asked| -> Value {
        parse_xml(&request.text()).unwrap()["Envelope"]["Header"]["Security"]["UsernameToken"].clone()
    };
    let security = "security = { user = \"user\", password = \"password\" }";
    let text = token(&asked(SOAP_1_1, security).await);
    assert_eq!((&text["Username"], &text["Password"]["#text"]), (&"gw&co".into(), &"pass<1>".into()));
    let security = "security = { user = \"user\", password = \"password\", kind = \"digest\" }";
    let digest = token(&asked(SOAP_1_2, &format!("version = \"1.2\"\n{security}")).await);
    // SHA-1 of `00000000000000000000000000000001` + `2026-11-21T01:00:00.000Z` + `pass<1>`, by another implementation.
    assert_eq!(digest["Password"]["#text"], "msf8Ju2eGxNBvAxTvUkzlc22n2A=");
    assert_eq!(digest["Nonce"]["#text"], "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDE=");
    assert_eq!(digest["Created"], "2026-11-21T01:00:00.000Z");
}

#[tokio::test]
async fn a_fault_that_says_the_session_is_over_makes_another_login() {
    let source = Scripted::start(|asked, before| {
        let text = asked.text();
        if asked.path == "/login" {
            return (
                200,
                Vec::new(),
                format!("<Envelope><Body><LoginResponse>s-{}</LoginResponse></Body></Envelope>", before + 1),
            );
        }
        assert!(text.contains("<sid>s-"), "{text}");
        if text.contains("s-2") {
            return orders(SOAP_1_1);
        }
        let fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>SESSION_TIMEOUT</faultstring></s:Fault>";
        (500, Vec::new(), format!("<s:Envelope xmlns:s=\"{SOAP_1_1}\"><s:Body>{fault}</s:Body></s:Envelope>"))
    })
    .await;
    let settings = r#"
header = "<sid>{{ session.id }}</sid>"
[settings.login]
expired = "'SESSION' in answer.Envelope.Body.Fault.faultstring"
[[settings.login.step]]
url = "{{ secrets.url }}/login"
headers = { content-type = "text/xml; charset=utf-8" }
body = "<Envelope><Body><Login><p>{{ secrets.password }}</p></Login></Body></Envelope>"
answer = "xml"
names = { id = "answer.Envelope.Body.LoginResponse" }
"#;
    let batch = opened(&source, settings).pull(None, 10).await.unwrap();
    assert_eq!((batch.records.len(), source.asked("/login").len(), source.asked("/ws").len()), (1, 2, 2));
    assert!(source.asked("/login")[0].text().contains("<p>pass&lt;1&gt;</p>"));
}

#[tokio::test]
async fn an_answer_in_several_parts_is_read_with_them() {
    let envelope = format!(
        "<e:Envelope xmlns:e=\"{SOAP_1_1}\"><e:Body><ListResponse><order><id>1</id><photo><xop:Include \
         xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:p1@x\"/></photo></order></ListResponse></e:Body></e:Envelope>"
    );
    let source = Scripted::start(move |_, _| {
        let body = format!(
            "--B\r\nContent-Type: application/xop+xml\r\nContent-ID: <root@x>\r\n\r\n{envelope}\r\n--B\r\nContent-Type: \
             image/jpeg\r\nContent-ID: <p1@x>\r\n\r\nJPEG\r\n--B--\r\n"
        );
        let kind = "multipart/related; type=\"application/xop+xml\"; start=\"<root@x>\"; boundary=\"B\"";
        (200, vec![("content-type", kind.to_owned())], body)
    })
    .await;
    let batch = opened(&source, "").pull(None, 10).await.unwrap();
    let RecordBody::Tree(tree) = &batch.records[0].body else { panic!("the record is read") };
    assert_eq!(tree["photo"], "SlBFRw==");
}

#[tokio::test]
async fn a_request_that_is_written_is_the_one_that_is_sent_and_calls_are_followed() {
    let source = Scripted::start(|_, _| orders(SOAP_1_2)).await;
    let settings = "version = \"1.2\"\nsecurity = { user = \"user\", password = \"password\", kind = \"digest\" }";
    let written = opened(&source, settings).request_of("list", &serde_json::Map::new()).unwrap();
    let adapter = opened(&source, settings);
    adapter.trace().unwrap().keep_on("2026-11-21T01:00:00Z".parse().unwrap());
    adapter.pull(None, 10).await.unwrap();
    let sent = source.asked("/ws").remove(0);
    assert_eq!(sent.text(), String::from_utf8_lossy(written.body()));
    assert_eq!(sent.headers.get("content-type"), written.headers().get("content-type"));
    let calls = adapter.trace().unwrap().since(0);
    assert_eq!((calls.len(), calls[0].call.as_str(), calls[0].judged), (1, "list", Judged::Success));
    let body = calls[0].request.body.as_deref().unwrap();
    assert!(body.contains("PasswordDigest") && !body.contains("gw&amp;co"), "the user is a secret here: {body}");
    assert!(calls[0].answer.as_ref().unwrap().body.as_deref().unwrap().contains("ListResponse"));
}

#[test]
fn a_body_that_is_no_xml_and_a_prefix_that_nobody_declares_are_refused() {
    for (body, said) in [("<List>", "well-formed XML"), ("<x:List/>", "prefix x is not declared")] {
        let file = format!(
            "[format]\nkind = \"xml\"\n[settings]\nendpoint = \"{{{{ secrets.url }}}}\"\n[settings.list]\nbody = '{body}'\n"
        );
        let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
        let secrets = [("url", "http://source.example".to_owned())];
        let problems = open_at(&SoapFactory::default(), &file, &secrets, clock).err().unwrap();
        assert!(problems.len() == 1 && problems[0].en.contains(said), "{body}: {problems:?}");
    }
}

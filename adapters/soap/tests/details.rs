//! Entries fetched several at a time, and sources that speak GBK.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use huiliu_adapter_api::{Adapter, Batch, ManualClock, Outcome, Problems, RecordBody};
use huiliu_conformance::open_at;
use huiliu_conformance::scripted::{Scripted, json};
use huiliu_soap::SoapFactory;

const DETAIL: &str = "items = \"answer.ListResponse.i\"\n[settings.detail]\nbody = '<Get>{{ item }}</Get>'\n";

fn opened(url: &str, encoding: &str, settings: &str) -> Result<Arc<dyn Adapter>, Problems> {
    let file = format!(
        "[format]\nkind = \"xml\"\nencoding = \"{encoding}\"\nrecords = \"payload.GetResponse\"\nid = \"record.id\"\n[settings]\nendpoint = \"{{{{ \
         secrets.url }}}}/ws\"\n{settings}\n[settings.list]\nbody = '<List>荣成</List>'\n"
    );
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    open_at(&SoapFactory::default(), &file, &[("url", url.to_owned())], clock)
}

fn envelope(body: &str) -> String {
    format!("<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>{body}</e:Body></e:Envelope>")
}

fn ids(batch: &Batch) -> Vec<&str> {
    batch.records.iter().map(|record| record.id.as_str()).collect()
}

/// The entry that a detail call asks for.
fn asked_for(body: &str) -> Option<&str> {
    body.split_once("<Get>")?.1.split_once("</Get>").map(|(item, _)| item)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn details_are_fetched_several_at_a_time_up_to_the_limit() {
    let most = Arc::new(AtomicUsize::new(0));
    let (under_way, seen, barrier) = (AtomicUsize::new(0), Arc::clone(&most), std::sync::Barrier::new(4));
    let source = Scripted::start(move |asked, _| {
        let text = asked.text();
        let Some(item) = asked_for(&text) else {
            let items: String = (1..=8).map(|item| format!("<i>{item}</i>")).collect();
            return json(&envelope(&format!("<ListResponse>{items}</ListResponse>")));
        };
        seen.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        barrier.wait();
        under_way.fetch_sub(1, Ordering::SeqCst);
        json(&envelope(&format!("<GetResponse><id>{item}</id></GetResponse>")))
    })
    .await;
    let adapter = opened(&source.url, "auto", &format!("details_at_once = 4\n{DETAIL}")).unwrap();
    let batch = adapter.pull(None, 10).await.unwrap();
    assert_eq!(ids(&batch), ["1", "2", "3", "4", "5", "6", "7", "8"], "in the order of the list");
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn one_that_fails_among_several_keeps_those_behind_it_for_the_next_pull() {
    let signed = Arc::new(Mutex::new(Vec::new()));
    let (noted, failed) = (Arc::clone(&signed), AtomicUsize::new(0));
    let source = Scripted::start(move |asked, _| {
        let text = asked.text();
        if let Some((_, item)) = text.split_once("<Sign>") {
            noted.lock().unwrap().push(item.chars().take(1).collect::<String>());
            return json(&envelope("<SignResponse/>"));
        }
        match asked_for(&text) {
            None => {
                let done = noted.lock().unwrap().clone();
                let items: String = ["1", "2", "3", "4"]
                    .iter()
                    .filter(|item| !done.iter().any(|done| done == *item))
                    .map(|item| format!("<i>{item}</i>"))
                    .collect();
                json(&envelope(&format!("<ListResponse>{items}</ListResponse>")))
            }
            Some("3") if failed.fetch_add(1, Ordering::SeqCst) == 0 => (503, Vec::new(), String::new()),
            Some(item) => json(&envelope(&format!("<GetResponse><id>{item}</id></GetResponse>"))),
        }
    })
    .await;
    let sign = "[settings.sign]\nbody = '<Sign>{{ item }}</Sign>'\n";
    let adapter = opened(&source.url, "auto", &format!("details_at_once = 4\n{DETAIL}{sign}")).unwrap();
    let first = adapter.pull(None, 10).await.unwrap();
    assert_eq!(ids(&first), ["1", "2"], "what lies behind a failure is not passed over");
    let none: [Outcome; 0] = [];
    adapter.confirm(&first.receipt, &none).await.unwrap();
    let second = adapter.pull(first.position.as_ref(), 10).await.unwrap();
    assert_eq!(ids(&second), ["3", "4"]);
    adapter.confirm(&second.receipt, &none).await.unwrap();
    assert_eq!(*signed.lock().unwrap(), ["1", "2", "3", "4"]);
}

/// What came to a source that speaks GBK.
type Came = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A source that answers in GBK with a text that is valid UTF-8, too, by chance.
async fn in_gbk() -> (String, Came) {
    let came = Came::default();
    let noted = Arc::clone(&came);
    let router = Router::new().fallback(async move |headers: HeaderMap, body: Bytes| {
        let kind = headers["content-type"].to_str().unwrap().to_owned();
        noted.lock().unwrap().push((kind, body.to_vec()));
        let text = "<ListResponse/><GetResponse><id>1</id><t>联通</t></GetResponse>";
        let page = format!("<?xml version=\"1.0\" encoding=\"GBK\"?>{}", envelope(text));
        ([("content-type", "text/xml")], encoding_rs::GBK.encode(&page).0.into_owned())
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, came)
}

#[tokio::test]
async fn envelopes_are_written_and_read_in_gbk() {
    for (version, kind) in [("1.1", "text/xml; charset=gbk"), ("1.2", "application/soap+xml; charset=gbk")] {
        let (url, came) = in_gbk().await;
        let adapter = opened(&url, "gbk", &format!("version = \"{version}\"\nbody_encoding = \"gbk\"\n")).unwrap();
        let batch = adapter.pull(None, 10).await.unwrap();
        let RecordBody::Tree(record) = &batch.records[0].body else { panic!("{batch:?}") };
        assert_eq!(record["t"], "联通");
        let (named, body) = came.lock().unwrap().remove(0);
        assert_eq!(named, kind);
        let (text, _, broken) = encoding_rs::GBK.decode(&body);
        assert!(!broken && text.starts_with("<?xml version=\"1.0\" encoding=\"GBK\"?>"), "{text}");
        assert!(text.contains("<List>荣成</List>") && std::str::from_utf8(&body).is_err(), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_told_once() {
    for (settings, words) in [
        ("body_encoding = \"big5\"\n", "gb18030"),
        ("details_at_once = 4\n", "needs detail"),
        (&format!("details_at_once = 17\n{DETAIL}"), "1 to 16"),
    ] {
        let problems = opened("http://127.0.0.1:1", "auto", settings).err().unwrap();
        let told: Vec<&str> = problems.iter().map(|problem| problem.en.as_str()).collect();
        assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
    }
}

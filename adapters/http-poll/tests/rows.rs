//! Records one by one: signed after the commit, completed several at a time.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use huiliu_adapter_api::{Adapter, AdapterError, Batch, Outcome, OutcomeState, Position, RecordBody};
use huiliu_conformance::open;
use huiliu_conformance::scripted::{Scripted, json};
use huiliu_http_poll::HttpPollFactory;

fn opened(url: &str, settings: &str) -> Arc<dyn Adapter> {
    let file = format!(
        "[format]\nkind = \"json\"\nrecords = \"payload.rows\"\nid = \"record.id\"\n[settings]\nconditional = false\norder = \"record.n\"\npaging = {{ cursor = \
         {{ next = \"answer.next\" }} }}\n{settings}\n"
    );
    open(&HttpPollFactory::default(), &file, &[("url", url.to_owned())]).unwrap()
}

fn ids(batch: &Batch) -> Vec<&str> {
    batch.records.iter().map(|record| record.id.as_str()).collect()
}

async fn confirm(adapter: &Arc<dyn Adapter>, batch: &Batch) -> Result<(), AdapterError> {
    let stored = |id: &String| OutcomeState::Accepted { receipt_number: format!("R-{id}") };
    let outcomes: Vec<Outcome> =
        batch.records.iter().map(|record| Outcome { id: record.id.clone(), state: stored(&record.id) }).collect();
    adapter.confirm(&batch.receipt, &outcomes).await
}

const SIGN: &str = r#"
[settings.list]
url = "{{ secrets.url }}/list"
[settings.sign]
url = "{{ secrets.url }}/sign"
headers = { content-type = "application/json" }
body = '{"id": {{ record.id }}, "no": {{ outcome.receipt_number }}, "state": {{ outcome.state }} }'
success = "answer.code == 0"
"#;

#[tokio::test]
async fn each_record_is_signed_after_the_commit_and_again_where_that_failed() {
    // The list shows what is not signed; the first attempt to sign B fails.
    let signed = Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
    let kept = Arc::clone(&signed);
    let source = Scripted::start(move |asked, before| {
        let mut signed = kept.lock().unwrap();
        if asked.path == "/sign" {
            let id = if asked.text().contains("\"A\"") { "A" } else { "B" };
            let fails = id == "B" && before < 2;
            if !fails {
                signed.push(id.to_owned());
            }
            return if fails { (503, Vec::new(), String::new()) } else { json(r#"{"code":0}"#) };
        }
        let rows = ["A", "B"].iter().filter(|id| !signed.iter().any(|signed| signed == *id));
        let rows: Vec<String> =
            rows.map(|id| format!(r#"{{"id":"{id}","n":{}}}"#, if *id == "A" { 2 } else { 1 })).collect();
        json(&format!(r#"{{"rows":[{}]}}"#, rows.join(",")))
    })
    .await;
    let adapter = opened(&source.url, SIGN);
    let first = adapter.pull(None, 10).await.unwrap();
    assert_eq!((ids(&first), source.asked("/sign").len()), (vec!["A", "B"], 0), "nothing is signed before the commit");
    assert!(matches!(confirm(&adapter, &first).await, Err(AdapterError::Transient { .. })));
    assert_eq!(source.asked("/sign")[0].text(), r#"{"id": "A", "no": "R-A", "state": "accepted" }"#);
    let position: Option<Position> = first.position;
    let second = adapter.pull(position.as_ref(), 10).await.unwrap();
    assert_eq!(ids(&second), ["B"], "still listed, so it comes again");
    assert_eq!(confirm(&adapter, &second).await, Ok(()));
    assert_eq!(*signed.lock().unwrap(), ["A", "B"]);
    let third = adapter.pull(second.position.as_ref(), 10).await.unwrap();
    assert!(third.records.is_empty() && confirm(&adapter, &third).await.is_ok());
    assert_eq!(source.asked("/sign").len(), 3);
}

#[tokio::test]
async fn a_list_that_goes_on_showing_what_is_signed_is_not_signed_again() {
    let source = Scripted::start(|asked, _| match asked.path.as_str() {
        "/sign" => json(r#"{"code":0}"#),
        _ => json(r#"{"rows":[{"id":"A","n":2,"signed":1},{"id":"B","n":1,"signed":1}]}"#),
    })
    .await;
    let adapter = opened(&source.url, &format!("unsigned = \"record.signed == 0\"\n{SIGN}"));
    let first = adapter.pull(None, 10).await.unwrap();
    assert_eq!(confirm(&adapter, &first).await, Ok(()));
    let second = adapter.pull(first.position.as_ref(), 10).await.unwrap();
    assert!(second.records.is_empty(), "{second:?}");
    assert_eq!(source.asked("/sign").len(), 2);
}

const DETAIL: &str = r#"
[settings.list]
url = "{{ secrets.url }}/list"
[settings.detail]
url = "{{ secrets.url }}/detail/{{ record.id }}"
"#;

/// A source of eight records, each with a detail that waits until `at_once` of them are asked for.
async fn meeting(at_once: usize) -> (Scripted, Arc<AtomicUsize>) {
    let most = Arc::new(AtomicUsize::new(0));
    let (under_way, seen) = (AtomicUsize::new(0), Arc::clone(&most));
    let barrier = std::sync::Barrier::new(at_once);
    let source = Scripted::start(move |asked, _| {
        if asked.path == "/list" {
            let rows: Vec<String> = (1..=8).map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
            return json(&format!(r#"{{"rows":[{}]}}"#, rows.join(",")));
        }
        seen.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        barrier.wait();
        under_way.fetch_sub(1, Ordering::SeqCst);
        json(&format!(r#"{{"of":"{}"}}"#, asked.path))
    })
    .await;
    (source, most)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn details_are_fetched_several_at_a_time_up_to_the_limit() {
    let (source, most) = meeting(4).await;
    let adapter = opened(&source.url, &format!("details_at_once = 4\n{DETAIL}"));
    let batch = adapter.pull(None, 10).await.unwrap();
    assert_eq!(ids(&batch), ["1", "2", "3", "4", "5", "6", "7", "8"], "in the order of the list");
    assert_eq!(most.load(Ordering::SeqCst), 4);
    for record in &batch.records {
        let RecordBody::Tree(tree) = &record.body else { continue };
        assert_eq!(tree["detail"]["of"], format!("/detail/{}", record.id));
    }
}

#[tokio::test]
async fn a_refused_detail_is_tried_again_with_the_next_pass() {
    let source = Scripted::start(|asked, before| match (asked.path.as_str(), before) {
        ("/list", _) => json(r#"{"rows":[{"id":"A","n":2},{"id":"B","n":1}]}"#),
        ("/detail/A", 0) => (403, Vec::new(), String::new()),
        _ => json("{}"),
    })
    .await;
    let adapter = opened(&source.url, &format!("details_at_once = 2\n{DETAIL}"));
    let first = adapter.pull(None, 10).await.unwrap();
    let broken = |batch: &Batch| -> Vec<bool> {
        batch.records.iter().map(|record| matches!(record.body, RecordBody::Broken { .. })).collect()
    };
    assert_eq!((ids(&first), broken(&first)), (vec!["A", "B"], vec![true, false]));
    let second = adapter.pull(first.position.as_ref(), 10).await.unwrap();
    assert_eq!((ids(&second), broken(&second)), (vec!["A"], vec![false]));
}

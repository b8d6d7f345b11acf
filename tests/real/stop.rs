//! SIGTERM under load: callers on kept connections are answered or told to come again, and the gateway ends soon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::HttpClient;
use huiliu_city::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::town::Town;

/// Callers that push, each on a connection that it keeps.
const PUSHERS: usize = 8;
/// Longest time from SIGTERM to the end of the process.
const MOST: Duration = Duration::from_secs(3);
/// How long callers push before the gateway is told to stop.
const LOAD: Duration = Duration::from_millis(400);

/// How the callers of one stop fared.
#[derive(Default)]
struct Fates {
    accepted: Vec<String>,
    told_to_come_again: usize,
    /// The connection was closed before an answer: what was sent then was not taken, or is recognized when it comes again.
    cut: usize,
    other: Vec<String>,
}

/// Stops in one run: three, or as many as `HULIU_STOPS` says.
fn stops() -> usize {
    std::env::var("HULIU_STOPS").ok().and_then(|stops| stops.parse().ok()).unwrap_or(3)
}

/// Pushes one complaint after the other until the gateway is gone.
async fn push(url: String, who: String, fates: Arc<Mutex<Fates>>) {
    // A client of its own keeps a connection of its own.
    let client = HttpClient::new();
    for serial in 0_usize.. {
        let number = format!("{who}-{serial}");
        let complaint = json!([complaint(&number)]);
        let request = Request::post(format!("{url}/in/generic"))
            .header("content-type", "application/json")
            .header("x-api-key", Sandbox::GENERIC_KEY)
            .body(Bytes::from(complaint.to_string()))
            .unwrap();
        let answer = client.send(request, Duration::from_secs(40)).await;
        let mut fates = fates.lock().await;
        match answer {
            Err(_gone) => {
                fates.cut += 1;
                return;
            }
            Ok(answer) if answer.status.is_success() => fates.accepted.push(number),
            Ok(answer) if answer.status.as_u16() == 503 && answer.headers.contains_key("retry-after") => {
                fates.told_to_come_again += 1;
                return;
            }
            Ok(answer) => {
                fates.other.push(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
                return;
            }
        }
    }
}

/// A caller whose request is not whole when the gateway stops; what it is told.
async fn wait(url: String) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /in/generic HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-api-key: {}\r\ncontent-length: 900\r\n\r\n[",
        Sandbox::GENERIC_KEY
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    // What was read before the connection was closed counts.
    drop(stream.read_to_end(&mut told).await);
    String::from_utf8_lossy(&told).to_lowercase()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_is_short_answers_all_who_wait_and_loses_nothing() {
    let mut town = Town::prepare("stop").await;
    let mut took = Vec::new();
    for round in 0..stops() {
        town.sandbox.start().await.unwrap();
        let (fates, mut pushers) = (Arc::new(Mutex::new(Fates::default())), JoinSet::new());
        for pusher in 0..PUSHERS {
            pushers.spawn(push(town.sandbox.url.clone(), format!("r{round}p{pusher}"), Arc::clone(&fates)));
        }
        let waiting = tokio::spawn(wait(town.sandbox.url.clone()));
        tokio::time::sleep(LOAD).await;
        let began = Instant::now();
        town.sandbox.stop().await.unwrap();
        let this = began.elapsed();
        while let Some(ended) = pushers.join_next().await {
            ended.unwrap();
        }
        let told = waiting.await.unwrap();
        assert!(told.starts_with("http/1.1 503") && told.contains("retry-after: 5"), "stop {round}: {told:?}");
        let fates = fates.lock().await;
        println!(
            "stop {round}: {} ms, {} accepted, {} told to come again, {} cut",
            this.as_millis(),
            fates.accepted.len(),
            fates.told_to_come_again,
            fates.cut
        );
        assert!(fates.other.is_empty(), "{:?}", fates.other);
        assert!(this <= MOST, "stop {round} took {this:?}:\n{}", town.sandbox.log());
        took.push((this, fates.accepted.clone()));
    }
    town.sandbox.start().await.unwrap();
    let accepted: usize = took.iter().map(|(_, accepted)| accepted.len()).sum();
    let ledger = town.ledger().await;
    let stored = ledger["complaints"].as_u64().and_then(|stored| usize::try_from(stored).ok()).unwrap();
    assert!(stored >= accepted && accepted > 0, "{accepted} were accepted, {ledger}");
    for (_, accepted) in &took {
        let last = accepted.last().unwrap();
        let (status, answer) = town.post(&complaint(last)).await;
        assert_eq!((status, &answer["outcomes"][0]["state"]), (200, &json!("repeated")), "{last}: {answer}");
    }
    let longest = took.iter().map(|(took, _)| took.as_millis()).max().unwrap();
    println!("{} stops, the longest {longest} ms, {accepted} accepted, none lost", took.len());
    town.sandbox.finish().await.unwrap();
}

fn complaint(number: &str) -> Value {
    json!({ "number": number, "kind": "投诉", "title": format!("{number} 号路灯不亮"), "text": format!("{number} 号路灯已经一周不亮，请维修。") })
}

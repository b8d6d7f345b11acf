//! Several nodes on one server of PostgreSQL: one decides, the others pass on what comes and take over.

use std::time::{Duration, Instant};

use huiliu_city::{Sandbox, Until, eventually, not_run, post_generic};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town};

/// A town on a server, whose first node decides, and a second one that stands by.
async fn two_nodes(name: &str) -> Option<(Town, Sandbox, tempfile::TempDir)> {
    let mut town = Town::prepare(name).await;
    if !town.sandbox.on_postgres().await.unwrap() {
        not_run("no server of PostgreSQL: HULIU_POSTGRES_URL is not set");
        return None;
    }
    town.sandbox.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut second = town.sandbox.another_node(folder.path()).unwrap();
    second.launch().unwrap();
    stands_by(&second).await;
    Some((town, second, folder))
}

async fn stands_by(node: &Sandbox) {
    let standing = || async { (node.get("/healthz").await.ok()?["role"] == "standby").then_some(()) };
    eventually("the node stands by", PATIENCE, standing).await.unwrap();
}

async fn decides(node: &Sandbox) {
    let deciding = || async { node.get("/healthz").await.ok()?.get("broker").map(drop) };
    eventually("the node decides", PATIENCE, deciding).await.unwrap();
}

/// Hands a complaint in at a node; status and outcome.
async fn hand_in(node: &Sandbox, number: &str) -> (u16, String) {
    let complaint = json!([{ "number": number, "kind": "投诉", "title": "路灯不亮", "text": format!("{number} 号路口的路灯不亮。"), "phone": "13800001111" }]);
    let answer = post_generic(&node.url, Sandbox::GENERIC_KEY, serde_json::to_vec(&complaint).unwrap()).await.unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status.as_u16(), body["outcomes"][0]["state"].as_str().unwrap_or_default().to_owned())
}

async fn status(node: &Sandbox) -> String {
    node.command(&["status", "--url", &node.url, "--token", &node.token]).await.unwrap()
}

fn accepted() -> (u16, String) {
    (200, "accepted".to_owned())
}

async fn stays_whole(node: &Sandbox, received: u64) {
    let ledger = node.get("/api/v1/ledger").await.unwrap();
    assert_eq!((&ledger["balances"], &ledger["received"]), (&json!(true), &json!(received)), "{ledger}");
    let doctor = node.command(&["doctor"]).await.unwrap();
    assert!(!doctor.contains("WRONG"), "{doctor}");
}

#[tokio::test]
async fn a_node_that_stands_by_passes_on_and_takes_over_when_the_other_one_is_gone() {
    let Some((mut town, mut second, _folder)) = two_nodes("nodes-kill").await else { return };
    let platform = town.platform().await;
    assert_eq!(hand_in(&second, "n-1").await, accepted(), "passed on");
    assert_eq!(hand_in(&second, "n-1").await, (200, "repeated".to_owned()), "the same is the same");
    town.ticket(&platform, "n-1").await;
    assert_eq!(second.get("/api/v1/me").await.unwrap()["role"], "admin", "people use any node");
    let ready = second.get("/readyz").await.unwrap();
    assert_eq!((&ready["ready"], &ready["deciding"]), (&json!(true), &json!(town.sandbox.url.replace("http://", ""))));
    town.sandbox.kill().await.unwrap();
    let began = Instant::now();
    assert_eq!(hand_in(&second, "n-2").await, accepted(), "held until the node has taken over");
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    decides(&second).await;
    town.ticket(&platform, "n-2").await;
    let health = second.get("/healthz").await.unwrap();
    let known: Vec<_> =
        health["nodes"].as_array().unwrap().iter().map(|node| (&node["url"], &node["decides"])).collect();
    assert_eq!(known.len(), 2, "{health}");
    assert!(known.contains(&(&json!(second.url), &json!(true))), "{health}");
    let (metrics, shown) = (second.fetch("/metrics").await.unwrap(), status(&second).await);
    assert!(String::from_utf8_lossy(&metrics.body).contains("huiliu_node_decides 1"));
    assert!(shown.contains("decides") && shown.contains(&second.url), "{shown}");
    // The first one comes back, and stands by.
    town.sandbox.launch().unwrap();
    stands_by(&town.sandbox).await;
    let metrics = town.sandbox.fetch("/metrics").await.unwrap();
    assert!(String::from_utf8_lossy(&metrics.body).contains("huiliu_node_decides 0"));
    let shown = status(&town.sandbox).await;
    assert!(shown.contains("stands by"), "{shown}");
    assert_eq!(hand_in(&town.sandbox, "n-3").await, accepted());
    town.ticket(&platform, "n-3").await;
    stays_whole(&second, 3).await;
    second.stop().await.unwrap();
    decides(&town.sandbox).await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_node_that_was_paused_beyond_its_lease_can_do_nothing_and_stands_by() {
    let Some((town, mut second, _folder)) = two_nodes("nodes-stop").await else { return };
    assert_eq!(hand_in(&town.sandbox, "s-1").await, accepted());
    town.sandbox.signal("-STOP").await.unwrap();
    assert_eq!(hand_in(&second, "s-2").await, accepted(), "taken over");
    decides(&second).await;
    town.sandbox.signal("-CONT").await.unwrap();
    stands_by(&town.sandbox).await;
    assert!(town.sandbox.log().contains("The lease could not be kept"), "{}", town.sandbox.log());
    assert_eq!(hand_in(&second, "s-3").await, accepted());
    stays_whole(&second, 3).await;
    second.stop().await.unwrap();
    decides(&town.sandbox).await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn nothing_is_refused_while_nodes_are_started_again_one_after_the_other() {
    let Some((mut town, mut second, _folder)) = two_nodes("nodes-roll").await else { return };
    let mut number = 0;
    // Whoever hands in goes to a node that is not being stopped, as behind a proxy that is told.
    for _round in 0..2 {
        for stops_first in [true, false] {
            let (stopping, staying) =
                if stops_first { (&mut town.sandbox, &mut second) } else { (&mut second, &mut town.sandbox) };
            let handing = async {
                let mut refused = Vec::new();
                for _ in 0..20 {
                    number += 1;
                    let outcome = hand_in(staying, &format!("r-{number}")).await;
                    if outcome != accepted() {
                        refused.push(outcome);
                    }
                }
                refused
            };
            let (stopped, refused) = tokio::join!(stopping.stop(), handing);
            stopped.unwrap();
            assert_eq!(refused, Vec::new());
            decides(staying).await;
            stopping.launch().unwrap();
            stands_by(stopping).await;
        }
    }
    let balanced = || async { (second.get("/api/v1/ledger").await.ok()?["received"] == number).then_some(()) };
    eventually("everything is there", Until(Duration::from_secs(30)), balanced).await.unwrap();
    stays_whole(&second, number).await;
    second.stop().await.unwrap();
    decides(&town.sandbox).await;
    town.sandbox.finish().await.unwrap();
}

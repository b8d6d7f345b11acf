//! Three nodes behind HAProxy, started again one after the other while callers go on handing in.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Port, Sandbox, eventually, not_run};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::town::{PATIENCE, Town};

const HAPROXY: &str = "/usr/sbin/haproxy";
/// Callers, each on a connection of its own.
const CALLERS: usize = 4;

/// HAProxy with the project's settings, at other addresses.
async fn proxy(folder: &Path, port: u16, nodes: [&str; 3]) -> Child {
    let settings = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy/nodes/haproxy.cfg"));
    let mut settings = settings.unwrap().replace("bind :8310", &format!("bind 127.0.0.1:{port}"));
    for (number, node) in (1..).zip(nodes) {
        let place = format!("10.0.0.{number}:8311");
        assert!(settings.contains(&place), "{place} in {settings}");
        settings = settings.replace(&place, node.trim_start_matches("http://"));
    }
    let path = folder.join("haproxy.cfg");
    std::fs::write(&path, settings).unwrap();
    let checked = Command::new(HAPROXY).args(["-c", "-q", "-f"]).arg(&path).status().await.unwrap();
    assert!(checked.success(), "HAProxy takes the settings");
    let mut command = Command::new(HAPROXY);
    command.arg("-db").arg("-f").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().unwrap()
}

async fn has_role(node: &Sandbox, stands_by: bool) {
    let has = || async {
        let health = node.get("/healthz").await.ok()?;
        ((health["role"] == "standby") == stands_by).then_some(())
    };
    eventually("the node has its role", PATIENCE, has).await.unwrap();
}

/// Hands in one complaint after the other until told to stop; how many, and what was not accepted.
async fn hand_in(url: String, caller: usize, ends: Arc<AtomicBool>, handed_in: Arc<AtomicU64>) -> Vec<String> {
    let (client, mut refused) = (HttpClient::new(), Vec::new());
    for serial in 0_usize.. {
        if ends.load(Ordering::SeqCst) {
            break;
        }
        let number = format!("{caller}-{serial}");
        let complaint = json!([{ "number": number, "kind": "投诉", "title": "路灯不亮", "text": format!("{number} 号路口的路灯不亮。"), "phone": "13800001111" }]);
        let request = Request::post(format!("{url}/in/generic"))
            .header("content-type", "application/json")
            .header("x-api-key", Sandbox::GENERIC_KEY)
            .body(Bytes::from(complaint.to_string()))
            .unwrap();
        match client.send(request, Duration::from_secs(60)).await {
            Err(error) => refused.push(format!("{number}: {error}")),
            Ok(answer) => {
                let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                // What came twice is known: it was accepted the first time.
                let state = said["outcomes"][0]["state"].as_str().unwrap_or_default();
                if ["accepted", "repeated"].contains(&state) {
                    handed_in.fetch_add(1, Ordering::SeqCst);
                } else {
                    refused.push(format!("{number}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
                }
            }
        }
    }
    refused
}

#[tokio::test]
async fn nothing_is_refused_behind_haproxy_while_three_nodes_are_started_again() {
    if !Path::new(HAPROXY).exists() {
        return not_run("HAProxy is not installed");
    }
    let mut town = Town::prepare("rolling").await;
    if !town.sandbox.on_postgres().await.unwrap() {
        return not_run("no server of PostgreSQL: HULIU_POSTGRES_URL is not set");
    }
    town.sandbox.start().await.unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [mut second, mut third] = folders.each_ref().map(|folder| town.sandbox.another_node(folder.path()).unwrap());
    for node in [&mut second, &mut third] {
        node.launch().unwrap();
        has_role(node, true).await;
    }
    let port = Port::choose().unwrap();
    let _proxy = proxy(folders[0].path(), port.number(), [&town.sandbox.url, &second.url, &third.url]).await;
    let url = format!("http://127.0.0.1:{}", port.number());
    let ready = || async {
        HttpClient::new()
            .send(Request::get(format!("{url}/readyz")).body(Bytes::new()).unwrap(), Duration::from_secs(5))
            .await
            .ok()
            .filter(|answer| answer.status.is_success())
    };
    eventually("HAProxy has nodes", PATIENCE, ready).await.unwrap();
    let (ends, handed_in) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(hand_in(url.clone(), caller, Arc::clone(&ends), Arc::clone(&handed_in)));
    }
    // Those that stand by, then the one that decides.
    for node in [&mut second, &mut third, &mut town.sandbox] {
        node.stop().await.unwrap();
        node.launch().unwrap();
        has_role(node, true).await;
        let before = handed_in.load(Ordering::SeqCst);
        let more = || async { (handed_in.load(Ordering::SeqCst) > before + 20).then_some(()) };
        eventually("callers go on", PATIENCE, more).await.unwrap();
    }
    ends.store(true, Ordering::SeqCst);
    let refused = callers.join_all().await.concat();
    assert_eq!(refused, Vec::<String>::new());
    let total = handed_in.load(Ordering::SeqCst);
    let ledger = second.get("/api/v1/ledger").await.unwrap();
    assert_eq!((&ledger["balances"], &ledger["received"]), (&json!(true), &json!(total)), "{ledger}");
    println!("{total} complaints, none refused");
    for node in [&mut second, &mut third] {
        node.stop().await.unwrap();
    }
    has_role(&town.sandbox, false).await;
    town.sandbox.finish().await.unwrap();
}

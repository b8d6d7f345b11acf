//! The page of metrics: formats, names, series that are there before their first event, and what the tools of Prometheus say.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use huiliu_adapter_http::HttpClient;
use huiliu_city::not_run;

use crate::platforms::with_county;
use crate::town::Town;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

fn deployed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

/// The page and its content type.
async fn page(town: &Town, accept: &str) -> (String, String) {
    let request = http::Request::get(format!("{}/metrics", town.sandbox.url)).header("accept", accept);
    let answer = HttpClient::new().send(request.body(bytes::Bytes::new()).unwrap(), PATIENCE).await.unwrap();
    let kind = answer.headers["content-type"].to_str().unwrap().to_owned();
    (kind, String::from_utf8(answer.body.to_vec()).unwrap())
}

/// Names that are described on a page in the Prometheus text format.
fn described(page: &str) -> BTreeSet<String> {
    page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).map(str::to_owned).collect()
}

/// Value of a series on a page.
fn value(page: &str, series: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// Names of ours that a text mentions.
fn mentioned(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("huiliu_") || word.starts_with("process_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_series_is_there_from_the_start_in_the_format_that_is_asked_for() {
    let (town, _platform) = Town::start("series").await;
    let (kind, plain) = page(&town, "*/*").await;
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    for zero in [
        "huiliu_records_total{channel=\"hotline\",outcome=\"accepted\"}",
        "huiliu_channel_errors_total{channel=\"board\",error=\"refused\"}",
        "huiliu_source_alarms_total{channel=\"petition\",alarm=\"unreadable_file\"}",
        "huiliu_warnings_total{channel=\"hotline\",field=\"occurred_at\"}",
        "huiliu_status_updates_total{verdict=\"late\"}",
        "huiliu_replies_total{state=\"dead\"}",
        "huiliu_reloads_total{result=\"failure\"}",
        "huiliu_http_requests_total{method=\"POST\",route=\"/in/{channel}\",status=\"5xx\"}",
        "huiliu_http_request_duration_seconds_count{route=\"/api/v1/tickets/{id}\"}",
        "huiliu_messages_returned_total",
        "huiliu_queue_length{queue=\"dead\"}",
        "huiliu_outbox_oldest_age_seconds",
        "huiliu_channel_state{channel=\"hotline\",state=\"down\"}",
        &format!(
            "huiliu_feed_stopped{{feed=\"{}\"}}",
            town.sandbox.feed_queue("urban").trim_start_matches("huiliu.feed.")
        ),
    ] {
        assert_eq!(value(&plain, zero), Some(0.0), "{zero} in\n{plain}");
    }
    for (series, wanted) in [
        ("huiliu_ledger_balanced", 1.0),
        ("huiliu_broker_connected", 1.0),
        ("huiliu_pack_last_reload_successful", 1.0),
        ("huiliu_build_info{version=\"0.1.0\"}", 1.0),
    ] {
        assert_eq!(value(&plain, series), Some(wanted), "{series}");
    }
    for positive in [
        "huiliu_database_size_bytes",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(value(&plain, positive).is_some_and(|value| value > 0.0), "{positive} in\n{plain}");
    }
    let (kind, open) = page(&town, "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3").await;
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.contains("# TYPE huiliu_records counter\n") && open.ends_with("# EOF\n"), "{open}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn requests_and_reloads_are_counted_where_they_happen() {
    let (town, _platform) = Town::start("counted").await;
    town.accept("M1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let (status, _) = town.post(&serde_json::json!("no complaint")).await;
    assert_eq!(status, 200);
    town.sandbox.get("/api/v1/tickets/none").await.unwrap();
    town.sandbox.get("/who/ever/named/13800001111").await.unwrap();
    let city = town.sandbox.pack.join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    std::fs::write(&city, "broken").unwrap();
    assert_eq!(town.sandbox.post("/api/v1/pack/reload", &serde_json::json!({})).await.unwrap().status.as_u16(), 422);
    let (_, refused) = page(&town, "").await;
    std::fs::write(&city, text).unwrap();
    assert_eq!(town.sandbox.post("/api/v1/pack/reload", &serde_json::json!({})).await.unwrap().status.as_u16(), 200);
    let (_, plain) = page(&town, "").await;
    for (page, series, wanted) in [
        (&plain, "huiliu_records_total{channel=\"generic\",outcome=\"accepted\"}", 1.0),
        (&plain, "huiliu_records_total{channel=\"generic\",outcome=\"quarantined\"}", 1.0),
        (&plain, "huiliu_http_requests_total{method=\"POST\",route=\"/in/{channel}\",status=\"2xx\"}", 2.0),
        (&plain, "huiliu_http_request_duration_seconds_count{route=\"/in/{channel}\"}", 2.0),
        (&plain, "huiliu_http_requests_total{method=\"GET\",route=\"/api/v1/tickets/{id}\",status=\"4xx\"}", 1.0),
        (&plain, "huiliu_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"4xx\"}", 1.0),
        (&plain, "huiliu_reloads_total{result=\"success\"}", 1.0),
        (&plain, "huiliu_reloads_total{result=\"failure\"}", 1.0),
        (&plain, "huiliu_pack_last_reload_successful", 1.0),
        (&refused, "huiliu_pack_last_reload_successful", 0.0),
        (&plain, "huiliu_queue_length{queue=\"quarantine\"}", 1.0),
    ] {
        assert_eq!(value(page, series), Some(wanted), "{series} in\n{page}");
    }
    assert!(value(&refused, "huiliu_pack_last_reload_problems").is_some_and(|problems| problems > 0.0));
    assert!(!plain.contains("13800001111"), "a path that nobody answers is no label");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn the_guide_and_the_alerts_know_the_names_and_no_others() {
    // With something of everything that has series of its own.
    let (mut town, _county) = with_county("names").await;
    town.sandbox.start().await.unwrap();
    let (_, plain) = page(&town, "").await;
    let names = described(&plain);
    let guide = std::fs::read_to_string(deployed("guides/metrics.md")).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(documented, names);
    let rules = std::fs::read_to_string(deployed("prometheus/huiliu.rules.yml")).unwrap();
    let strange: Vec<_> =
        mentioned(&rules).into_iter().filter(|name| !names.contains(name.trim_end_matches("_bucket"))).collect();
    assert!(strange.is_empty(), "{strange:?}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn promtool_finds_nothing_to_say() {
    if Command::new("promtool").arg("--version").output().is_err() {
        return not_run("promtool is not installed (package prometheus)");
    }
    let (town, _platform) = Town::start("promtool").await;
    let (_, plain) = page(&town, "text/plain").await;
    let mut check = Command::new("promtool");
    check.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut check = check.spawn().unwrap();
    check.stdin.take().unwrap().write_all(plain.as_bytes()).unwrap();
    let checked = check.wait_with_output().unwrap();
    let rules = deployed("prometheus/huiliu.rules.yml");
    let ruled = Command::new("promtool").args(["check", "rules"]).arg(rules).output().unwrap();
    let tried = deployed("prometheus/huiliu.rules.test.yml");
    let tried = Command::new("promtool").args(["test", "rules"]).arg(tried).output().unwrap();
    for output in [checked, ruled, tried] {
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
    town.sandbox.finish().await.unwrap();
}

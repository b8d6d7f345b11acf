//! Manners of the command at a terminal: pipes that end, exit codes, times, addresses.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::town::{PATIENCE, Town};
use huiliu_city::eventually;

/// A line for a shell, in the folder of the gateway: `huiliu` is the program.
fn shell(town: &Town, line: &str) -> Output {
    let binary = env!("CARGO_BIN_EXE_huiliu");
    let folder = std::path::Path::new(binary).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.args(["-c", &format!("set -o pipefail; {line}")]).current_dir(&town.sandbox.folder);
    command.env("PATH", path).env("HULIU_TOKEN", &town.sandbox.token).env("HULIU_AMQP_URL", town.sandbox.amqp());
    command.env("HULIU_LANG", "zh");
    command.env_remove("COLUMNS").output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn a_command_ends_quietly_when_its_reader_has_gone() {
    let (town, platform) = Town::start("pipes").await;
    for number in ["P1", "P2"] {
        town.accept(number, "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
        town.ticket(&platform, number).await;
    }
    // Nothing comes any more: the reader goes away while the command waits.
    let tail = shell(&town, "timeout 60 huiliu tail | true; echo ${PIPESTATUS[0]}");
    assert_eq!(said(&tail).0, "141\n", "{:?}", said(&tail));
    for line in ["huiliu status | head -1", "huiliu check ./pack --away | head -1", "huiliu status --json | head -1"] {
        let output = shell(&town, &format!("{line} >/dev/null; echo ${{PIPESTATUS[0]}}"));
        let (code, errors) = said(&output);
        assert!(["0\n", "141\n"].contains(&code.as_str()), "{line}: {code} {errors}");
        assert!(!errors.contains("panic") && !errors.contains("Broken pipe"), "{line}: {errors}");
    }
    // What cannot be written has not arrived.
    for line in ["huiliu status", "huiliu check ./pack --away"] {
        let (code, errors) = said(&shell(&town, &format!("{line} >/dev/full; echo $?")));
        assert_eq!(code, "1\n", "{line}: {errors}");
        assert!(!errors.is_empty(), "{line}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn status_says_by_its_code_whether_the_gateway_is_ready() {
    let mut town = Town::prepare("codes").await;
    let away = town.sandbox.run_any(&["status", "--token", "x"]).await;
    assert!(away.contains("no answer from") && away.matches("refused").count() == 1, "{away}");
    town.sandbox.set("HULIU_AMQP_URL", "amqp://guest:guest@127.0.0.1:1/%2f");
    town.sandbox.launch().unwrap();
    let answers = || async { town.sandbox.get("/healthz").await.ok() };
    eventually("the gateway answers", PATIENCE, answers).await.unwrap();
    let output = shell(&town, "huiliu status");
    let (shown, errors) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}{errors}");
    assert!(errors.contains("未就绪") && shown.contains("总账"), "{shown}{errors}");
    let output = shell(&town, "huiliu status --json");
    let document: Value = serde_json::from_str(&said(&output).0).unwrap();
    assert_eq!((output.status.code(), &document["readiness"]["ready"]), (Some(1), &Value::Bool(false)));
    assert!(document["ledger"]["balances"] == true && document["channels"].is_array());
    let last = document["health"]["broker"]["last_error"].as_str().unwrap();
    town.sandbox.stop().await.unwrap();
    // What went wrong is said once, with its causes.
    let output = shell(&town, "HULIU_AMQP_URL=amqp://guest:guest@127.0.0.1:1/%2f huiliu tail");
    let errors = said(&output).1;
    assert_eq!(errors.matches("efused").count(), 1, "{errors}\n{last}");
}

#[tokio::test]
async fn addresses_colors_times_and_narrow_screens() {
    let (town, _platform) = Town::start("screens").await;
    town.accept("S1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let output = shell(&town, &format!("huiliu status --url {}/", town.sandbox.url));
    let (shown, errors) = said(&output);
    assert!(output.status.success(), "{shown}{errors}");
    // City time, to the second: no UTC, no fraction.
    let since = shown.lines().next().unwrap().rsplit("  ").next().unwrap().trim_start_matches("自 ");
    assert!(since.len() == 19 && since.is_ascii() && !since.contains('T'), "{shown}");
    let narrow = said(&shell(&town, "COLUMNS=40 huiliu status")).0;
    for line in narrow.lines() {
        assert!(console_width(line) <= 40 || line.starts_with("荣成市"), "{line}\n{narrow}");
    }
    // On a terminal: colors, unless they are not wanted.
    if Command::new("script").arg("--version").output().is_ok() {
        let on_terminal =
            |before: &str| said(&shell(&town, &format!("script -qec '{before} huiliu status' /dev/null"))).0;
        assert!(on_terminal("TERM=xterm NO_COLOR=").contains('\u{1b}'));
        assert!(!on_terminal("TERM=xterm NO_COLOR=1").contains('\u{1b}'));
        assert!(!on_terminal("TERM=dumb").contains('\u{1b}'));
    }
    town.sandbox.finish().await.unwrap();
}

/// Every list that a command shows.
const LISTS: [&str; 24] = [
    "status",
    "deliveries list",
    "deliveries list --state pending",
    "warnings",
    "files",
    "quarantine list",
    "replies list",
    "replies list --state pending",
    "replies unanswered",
    "callback list",
    "find --channel generic",
    "find --channel nobody",
    "review",
    "unrouted list",
    "dead list",
    "refused list",
    "pack list",
    "pack show 1",
    "pack draft list",
    "audit list",
    "token list",
    "doctor",
    "check ./pack --away",
    "trace RECEIPT",
];

/// What stands above or below a list and is no part of it.
const SENTENCES: [&str; 5] =
    ["荣成市", "检查通过", "Check passed", "办结工单的诉求", "complaints behind finished tickets"];

#[tokio::test]
async fn no_list_is_wider_than_a_narrow_screen_whether_something_is_in_it_or_not() {
    let mut town = Town::prepare("narrow").await;
    let city = town.sandbox.pack.join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    std::fs::write(
        city,
        text + "\n[[feed]]\nname = \"county-platform-of-the-province\"\ncarrier = \"http\"\ntoken = \"x\"\n",
    )
    .unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    narrow(&town, "RC0");
    let nameless = json!({ "title": "没有编号的一条记录，标题很长很长很长很长很长很长", "text": "青鱼滩路路灯不亮。" });
    assert_eq!(town.post(&nameless).await.1["outcomes"][0]["state"], "quarantined");
    let warned = json!({ "number": "N0", "kind": "投诉", "title": "松涛街井盖缺失", "text": "松涛街口的井盖不见了。", "occurred_at": "昨天晚上" });
    assert_eq!(town.post(&warned).await.1["outcomes"][0]["state"], "accepted");
    let receipt = town.accept("N1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    let ticket = town.ticket(&platform, "N1").await;
    platform.send(&ticket, "resolved", Some("已修复")).await.unwrap();
    platform.send("RC-20261122-000091", "resolved", Some("已修复")).await.unwrap();
    let settled = |health: &Value| health["broker"]["refused"] == 1 && health["queues"]["replies_by_hand"] == 1;
    town.until("both are judged", "/healthz", settled).await;
    narrow(&town, &receipt);
    town.sandbox.finish().await.unwrap();
}

/// Shows every list on a screen of 40 columns, in both languages.
fn narrow(town: &Town, receipt: &str) {
    let mut wide = Vec::new();
    for list in LISTS.map(|list| list.replace("RECEIPT", receipt)) {
        for language in ["zh", "en"] {
            let output = shell(town, &format!("COLUMNS=40 HULIU_LANG={language} huiliu {list}"));
            let (shown, errors) = said(&output);
            assert!(!errors.contains("Usage:"), "{list}: {errors}");
            let is_list = |line: &&str| !SENTENCES.iter().any(|begins| line.starts_with(begins));
            let lines = shown.lines().filter(is_list).filter(|line| console_width(line) > 40);
            wide.extend(lines.map(|line| format!("{list} in {language}: {line}")));
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
}

/// Columns of a line: a Chinese character has two, an arrow or a line of a table one.
fn console_width(line: &str) -> usize {
    line.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

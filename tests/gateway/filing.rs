//! Destinations that get files and mails: a folder, a real SFTP server, a real SMTP server.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use huiliu::clock::{Clock as _, SystemClock};
use huiliu_city::eventually;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::sshd::{Server, not_run};
use crate::town::{PATIENCE, Town};

/// A town with one destination, which is not started yet.
async fn with(name: &str, destination: &str) -> Town {
    let mut town = Town::prepare(name).await;
    let folder = town.sandbox.pack.join("destinations");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("bureau.toml"), destination).unwrap();
    town.sandbox.set("HULIU_TOKEN", &town.sandbox.token.clone());
    town
}

/// Complaints of as many matters, and their events waiting.
async fn lamps(town: &Town, numbers: std::ops::RangeInclusive<usize>) {
    let most = *numbers.end();
    for number in numbers {
        let (title, text) = (format!("青鱼滩路{number}号路灯不亮"), format!("第{number}盏路灯坏了，已经一周。"));
        town.accept(&number.to_string(), &title, &text).await;
    }
    let waits =
        |health: &Value| health["deliveries"][0]["pending"].as_u64().is_some_and(|waiting| waiting as usize >= most);
    let _health = town.until("it waits", "/healthz", waits).await;
}

/// What a folder has, by name; what begins with a point is not there yet.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path));
    let there = named.filter(|(name, _)| !name.starts_with('.'));
    there.map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
}

/// Tickets in the rows of all files.
fn tickets(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let tables = files.iter().filter(|(name, _)| name.ends_with(".csv"));
    let texts = tables.map(|(_, content)| encoding_rs::GBK.decode(content).0.into_owned());
    let rows = texts.flat_map(|text| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>());
    rows.map(|row| row.split(',').next().unwrap().to_owned()).collect()
}

/// A set time that is half a day away, whenever the test runs.
fn far() -> String {
    let then = SystemClock.now() + jiff::SignedDuration::from_hours(12);
    let then = then.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
    format!("at = [\"{}\"]", then.strftime("%H:%M"))
}

fn file_settings(place: &str) -> String {
    format!(
        r#"
name = "区局"
{place}
{far}
[settings.table]
charset = "gbk"
columns = [["工单号", "ticket.ticket_id"], ["标题", "ticket.title"], ["电话", "(ticket.complaints | first).reporter.phone"]]
max_rows = 4
"#,
        far = far()
    )
}

#[tokio::test]
async fn a_gateway_that_is_killed_between_a_file_and_its_mark_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let place = format!("carrier = \"file\"\n[settings]\nfolder = \"{}\"", out.display());
    let mut town = with("files", &file_settings(&place)).await;
    town.sandbox.start().await.unwrap();
    lamps(&town, 1..=10).await;
    assert!(files(&out).is_empty(), "no set time has come");
    let mut seen: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for _ in 0..4 {
        town.sandbox.command(&["deliveries", "retry", "bureau"]).await.unwrap();
        // As soon as one more file is there, the gateway dies.
        let before = seen.len();
        eventually("one more file", PATIENCE, || async { (files(&out).len() > before).then_some(()) }).await.unwrap();
        town.sandbox.kill().await.unwrap();
        for (name, content) in files(&out) {
            let earlier = seen.insert(name.clone(), content.clone());
            assert!(earlier.is_none_or(|earlier| earlier == content), "{name} has changed");
        }
        town.sandbox.start().await.unwrap();
        if seen.keys().filter(|name| name.ends_with(".csv")).count() == 3 {
            break;
        }
    }
    town.sandbox.command(&["deliveries", "retry", "bureau"]).await.unwrap_or_default();
    town.until("all is delivered", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    let found = files(&out);
    let rows = tickets(&found);
    let mut different = rows.clone();
    different.sort();
    different.dedup();
    assert_eq!((rows.len(), different.len()), (10, 10), "{:?}", found.keys());
    assert!(rows.is_sorted(), "in order: {rows:?}");
    assert_eq!(found.len(), 6, "three files with a manifest each: {:?}", found.keys());
    for (name, manifest) in found.iter().filter(|(name, _)| name.ends_with(".json")) {
        let manifest: Value = serde_json::from_slice(manifest).unwrap();
        let table = &found[name.strip_suffix(".manifest.json").unwrap()];
        assert_eq!(manifest["files"][0]["bytes"], json!(table.len()), "{name}");
    }
    let text = encoding_rs::GBK.decode(&found[found.keys().next().unwrap()]).0.into_owned();
    assert!(text.contains("138****1111") && !text.contains("13800001111"), "masked as any feed is: {text}");
    let sent = town.sandbox.get("/api/v1/deliveries?state=sent").await.unwrap();
    assert!(sent["deliveries"][0]["proof"].as_str().unwrap().contains("2 rows"), "{sent}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_destination_whose_file_is_gone_is_discarded_with_a_reason_and_never_before() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("carrier = \"file\"\n[settings]\nfolder = \"{}\"", folder.path().display());
    let mut town = with("discard", &file_settings(&place)).await;
    town.sandbox.start().await.unwrap();
    lamps(&town, 1..=2).await;
    let discard = ["deliveries", "discard", "bureau", "--reason", "区局已撤并"];
    let refused = town.sandbox.run_any(&discard).await;
    assert!(refused.contains("bureau") && refused.contains("--dead"), "{refused}");
    std::fs::remove_file(town.sandbox.pack.join("destinations/bureau.toml")).unwrap();
    town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
    let gone = |health: &Value| health["deliveries"][0]["carrier"] == "none";
    let health = town.until("the alarm", "/healthz", gone).await;
    let alarm = health["deliveries"][0]["alarms"][0]["en"].as_str().unwrap();
    assert!(alarm.contains("huiliu deliveries discard"), "{alarm}");
    let done = town.sandbox.command(&discard).await.unwrap();
    assert!(done.contains('2'), "{done}");
    let health = town.sandbox.get("/healthz").await.unwrap();
    assert_eq!(health["deliveries"], json!([]), "{health}");
    let log = town.sandbox.log();
    assert!(log.contains("Deliveries were discarded") && log.contains("区局已撤并"), "the log says so");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn files_come_whole_to_an_sftp_server_and_wait_while_it_is_away() {
    let Some(mut server) = Server::start().await else { return };
    let place = format!(
        "carrier = \"sftp\"\n[secrets]\nlogin = {{ file = \"{}\" }}\n[retry]\nfirst_s = 1\n[settings.server]\n{}[settings]\nfolder = \"{}\"",
        server.path("login").display(),
        server.settings(),
        server.files.display(),
    );
    let mut town = with("sftp", &file_settings(&place)).await;
    town.sandbox.start().await.unwrap();
    lamps(&town, 1..=6).await;
    server.stop().await;
    town.sandbox.command(&["deliveries", "retry", "bureau"]).await.unwrap();
    // The oldest is in the first file, and they are listed newest first.
    let failed = |page: &Value| page["deliveries"][5]["last_error"].is_string();
    let waiting = town.until("it failed", "/api/v1/deliveries?state=pending", failed).await;
    assert!(waiting["deliveries"][5]["last_error"].as_str().unwrap().contains("127.0.0.1"), "{waiting}");
    server.start_again().await;
    town.sandbox.command(&["deliveries", "retry", "bureau"]).await.unwrap();
    town.until("all is delivered", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    let found = files(&server.files);
    assert_eq!((found.len(), tickets(&found).len()), (4, 6), "{:?}", found.keys());
    town.sandbox.finish().await.unwrap();
}

/// A mail server.
struct Post {
    port: u16,
    mails: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Post {
    /// Starts it; `None` where it is not installed.
    async fn start() -> Option<Self> {
        const PYTHON: &str = "/usr/bin/python3";
        let found = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status().await;
        if !found.is_ok_and(|status| status.success()) {
            not_run("no SMTP server is installed (package python3-aiosmtpd)");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/adapters/mail/tests/smtp/server.py");
        let mut command = Command::new(PYTHON);
        let mut process =
            command.args([script, "none", "-", "-"]).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut mails = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = mails.next_line().await.unwrap().unwrap().parse().unwrap();
        Some(Self { port, mails, _process: process })
    }

    async fn next_mail(&mut self) -> Value {
        serde_json::from_str(&self.mails.next_line().await.unwrap().unwrap()).unwrap()
    }

    /// The settings of a destination that gets mails.
    fn settings(&self, more: &str) -> String {
        format!(
            r#"
name = "区局"
carrier = "mail"
[settings]
to = ["值班室 <duty@bureau.example>"]
cc = ["head@bureau.example"]
{more}
[settings.server]
host = "127.0.0.1"
port = {}
security = "none"
from = "汇流 <gateway@city.example>"
"#,
            self.port
        )
    }
}

#[tokio::test]
async fn each_event_is_a_mail_masked_as_feeds_are_and_known_by_its_id() {
    let Some(mut post) = Post::start().await else { return };
    let mut town = with("mail", &post.settings("subject = \"【{{ ticket.grade }}】{{ ticket.title }}\"")).await;
    town.sandbox.start().await.unwrap();
    town.accept("1", "青鱼滩路路灯不亮", "请回电13800001111。").await;
    let mail = post.next_mail().await;
    assert!(mail["subject"].as_str().unwrap().ends_with("】青鱼滩路路灯不亮"), "{mail}");
    assert_eq!(mail["to"], json!(["duty@bureau.example", "head@bureau.example"]), "{mail}");
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("138****1111") && !text.contains("13800001111"), "{text}");
    town.until("sent", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    let sent = town.sandbox.get("/api/v1/deliveries?state=sent").await.unwrap();
    let delivery = &sent["deliveries"][0];
    assert_eq!(mail["id"], json!(format!("<{}@city.example>", delivery["message_id"].as_str().unwrap())));
    assert_eq!(delivery["proof"], "2.0.0 Ok: queued as 4F1");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_a_mail_server_refuses_for_now_comes_later_and_what_it_refuses_for_ever_is_listed() {
    let Some(mut post) = Post::start().await else { return };
    for (to, is_ever_taken) in [("busy@bureau.example", true), ("unknown@bureau.example", false)] {
        let settings = post.settings("").replace("carrier = \"mail\"", "carrier = \"mail\"\n[retry]\nfirst_s = 1");
        let settings =
            settings.replace("值班室 <duty@bureau.example>", to).replace("cc = [\"head@bureau.example\"]\n", "");
        let mut town = with(if is_ever_taken { "mail-4xx" } else { "mail-5xx" }, &settings).await;
        town.sandbox.start().await.unwrap();
        town.accept("1", "青鱼滩路路灯不亮", "请尽快修理。").await;
        if is_ever_taken {
            assert_eq!(post.next_mail().await["to"], json!([to]), "451, then taken");
            let sent = |page: &Value| page["deliveries"][0]["attempts"] == 2;
            town.until("sent", "/api/v1/deliveries?state=sent", sent).await;
        } else {
            let listed = |page: &Value| page["deliveries"][0].is_object();
            let dead = town.until("given up", "/api/v1/deliveries?state=dead", listed).await;
            let delivery = &dead["deliveries"][0];
            assert_eq!(delivery["attempts"], 1, "at once: {dead}");
            let reason = delivery["last_error"].as_str().unwrap();
            assert!(reason.contains("550") && !reason.contains("13800001111"), "masked: {reason}");
        }
        town.sandbox.finish().await.unwrap();
    }
}

#[tokio::test]
async fn tickets_of_before_come_as_a_file_to_a_destination_that_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("carrier = \"file\"\n[settings]\nfolder = \"{}\"", folder.path().display());
    let settings = file_settings(&place);
    let mut town = with("backfilled", &settings).await;
    let file = town.sandbox.pack.join("destinations/bureau.toml");
    std::fs::remove_file(&file).unwrap();
    town.sandbox.start().await.unwrap();
    for number in 1..=3 {
        town.accept(&number.to_string(), &format!("青鱼滩路{number}号路灯不亮"), &format!("第{number}盏灯坏了。"))
            .await;
    }
    std::fs::write(&file, settings).unwrap();
    town.sandbox.post("/api/v1/pack/reload", &json!({})).await.unwrap();
    assert!(files(folder.path()).is_empty());
    let said = town.sandbox.command(&["deliveries", "send", "bureau", "--since", "2020-01-01"]).await.unwrap();
    assert!(said.contains('3'), "{said}");
    town.sandbox.command(&["deliveries", "retry", "bureau"]).await.unwrap();
    town.until("all is delivered", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    assert_eq!(tickets(&files(folder.path())).len(), 3, "each once");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn the_events_of_a_set_time_come_with_one_mail() {
    let Some(mut post) = Post::start().await else { return };
    let table = format!("{}\n[settings.table]\nformat = \"xlsx\"", far());
    let mut town = with("mailed", &post.settings(&table)).await;
    town.sandbox.start().await.unwrap();
    lamps(&town, 1..=3).await;
    town.sandbox.command(&["deliveries", "retry", "bureau"]).await.unwrap();
    let mail = post.next_mail().await;
    assert!(mail["subject"].as_str().unwrap().ends_with("：3 条"), "{mail}");
    let file = &mail["files"][0];
    let name = file["name"].as_str().unwrap();
    assert!(name.starts_with("bureau-") && name.ends_with(".xlsx"), "{name}");
    assert_eq!(file["type"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assert!(mail["id"].as_str().unwrap().starts_with("<bureau-"), "{mail}");
    town.until("sent", "/healthz", |health| health["deliveries"][0]["pending"] == 0).await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn settings_of_files_and_mails_that_contradict_each_other_are_refused_with_their_place() {
    let place = "carrier = \"file\"\n[settings]\nfolder = \"/srv/out\"";
    let town = with("files-checked", &file_settings(place)).await;
    let (path, pack) = (town.sandbox.pack.join("destinations/bureau.toml"), town.sandbox.pack.display().to_string());
    let mail = "name = \"区局\"\ncarrier = \"mail\"\n[settings]\nto = [\"a@b.example\"]\n[settings.server]\nhost = \"127.0.0.1\"\n\
                security = \"none\"\nfrom = \"c@d.example\"\n";
    let files = file_settings(place);
    let times = files.lines().find(|line| line.starts_with("at = ")).unwrap();
    let sftp = files.replace("carrier = \"file\"\n", "carrier = \"sftp\"\n");
    for (text, said) in [
        (files.clone(), "is in order"),
        (mail.to_owned(), "is in order"),
        (files.replace(times, ""), "either at"),
        (files.replace(times, "every = \"24h\"\nat = [\"06:00\"]"), "either at"),
        (files.replace("/srv/out", "out"), "folder must be an absolute path"),
        (files.replace("ticket.title", "ticket.titel"), "titel"),
        (files.replace("\"gbk\"", "\"gbk\"\nformat = \"xlsx\""), "charset is for csv only"),
        (files.replace("max_rows = 4", "name = \"a.csv\""), "needs {{ first }}"),
        (files.replace("max_rows = 4", "name = \"{{ first }}.csv\""), "needs {{ digest }}"),
        (sftp, "missing field `server`"),
        (mail.replace("a@b.example", "nobody"), "no address of mail"),
        (
            mail.replace("[settings.server]", "[settings.table]\nformat = \"csv\"\n[settings.server]"),
            "goes with at or every",
        ),
        (mail.replace("[settings.server]", "weekdays = [\"mon\"]\n[settings.server]"), "either at"),
        (mail.replace("[settings.server]", "text = \"{{ ticket.txt }}\"\n[settings.server]"), "txt"),
    ] {
        std::fs::write(&path, text).unwrap();
        let found = town.sandbox.run_any(&["check", &pack]).await;
        let is_fault = said != "is in order";
        assert_eq!(found.contains("destinations/bureau.toml:"), is_fault, "{said}: {found}");
        assert!(!is_fault || found.contains(said), "{said}: {found}");
    }
    town.sandbox.finish().await.unwrap();
}

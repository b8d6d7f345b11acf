//! Files at set times: bounded, in order, none lost and none doubled by a gateway that dies between a file and its mark.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use huiliu_adapter_api::SystemClock;
use huiliu_expression::{Language, Shape, Variables};
use jiff::tz::TimeZone;
use tokio::time::sleep;

use super::{Site, store};
use crate::deliver::collector::Collector;
use crate::destinations::Destination;
use crate::mapping::Loading;
use crate::store::DeliveryState;

fn destination(folder: &Path, more: &str) -> Arc<Destination> {
    let source = format!(
        "name = \"区局\"\ncarrier = \"file\"\n[retry]\nfirst_s = 60\n[settings]\nfolder = \"{}\"\nevery = \"1h\"\n\
         [settings.table]\ncharset = \"utf-8\"\ncolumns = [[\"工单号\", \"ticket.ticket_id\"], [\"版本\", \"ticket.version\"]]\n{more}",
        folder.display()
    );
    let language = Language::new(TimeZone::get("Asia/Shanghai").unwrap(), Arc::new(HashMap::new()));
    let variables = Variables::default().with("ticket", Shape::Open).with("event", Shape::Single);
    let loading = Loading::away(&[], Arc::new(SystemClock));
    let loaded =
        Destination::load("bureau", "bureau.toml", &source, (&language, &variables), &loading, &mut Vec::new());
    loaded.map(|loaded| loaded.destination.unwrap()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The files of a folder without their manifests.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let names = std::fs::read_dir(folder).unwrap().map(name).filter(|name| !name.ends_with(".manifest.json"));
    names.map(|name| (name.clone(), std::fs::read_to_string(folder.join(name)).unwrap())).collect()
}

/// Rows below the headings, file after file.
fn rows(files: &BTreeMap<String, String>) -> Vec<String> {
    files.values().flat_map(|file| file.lines().skip(1).map(str::to_owned)).collect()
}

/// Names without what follows from content.
fn beginnings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.rsplit_once('-').unwrap().0.to_owned()).collect()
}

async fn happen(site: &Site, tickets: std::ops::RangeInclusive<i64>) {
    for ticket in tickets {
        site.happen(&["bureau"], ticket, 1).await;
    }
}

fn of(tickets: std::ops::RangeInclusive<i64>) -> Vec<String> {
    tickets.map(|ticket| format!("T{ticket},1")).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_there_at_a_set_time_becomes_files_of_bounded_size_in_order() {
    let (site, folder) = (Site::new("2026-11-26T08:10"), tempfile::tempdir().unwrap());
    site.deliver("bureau", Collector::new(destination(folder.path(), "max_rows = 10")));
    happen(&site, 1..=25).await;
    site.until("2026-11-26T08:59").await;
    assert!(files(folder.path()).is_empty(), "not before its time");
    site.until("2026-11-26T09:00").await;
    let found = files(folder.path());
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = ["00000001", "00000011", "00000021"].map(|first| format!("bureau-20261126-0900-{first}"));
    assert_eq!(beginnings(&names), expected);
    assert_eq!(rows(&found), of(1..=25));
    let sent = site.standing("bureau", DeliveryState::Sent).await;
    assert_eq!(sent.len(), 25);
    assert!(
        sent[0].proof.as_deref().unwrap().ends_with(&format!("{}: 10 rows, 79 bytes", names[0])),
        "{:?}",
        sent[0].proof
    );
    let manifest = std::fs::read_to_string(folder.path().join(format!("{}.manifest.json", names[0]))).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!((&manifest["files"][0]["rows"], &manifest["files"][0]["bytes"]), (&10.into(), &79.into()));
    site.until("2026-11-26T10:00").await;
    assert_eq!(files(folder.path()).len(), 3, "nothing has happened, so nothing is written");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_before_its_mark_makes_the_same_file_again() {
    let (site, folder) = (Site::new("2026-11-26T08:10"), tempfile::tempdir().unwrap());
    happen(&site, 1..=15).await;
    site.until("2026-11-26T09:00").await;
    // Results reach no store: the file is in its place, and nothing is marked.
    let (dead_end, work) = store();
    drop(work);
    let dying = site.deliver_marking("bureau", Collector::new(destination(folder.path(), "max_rows = 10")), dead_end);
    sleep(Duration::from_secs(60)).await;
    dying.abort();
    drop(dying.await);
    let before = files(folder.path());
    assert_eq!(rows(&before), of(1..=10), "the first file was there, and no second before its mark");
    assert_eq!(site.standing("bureau", DeliveryState::Pending).await.len(), 15, "nothing was marked");
    happen(&site, 16..=18).await;
    site.until("2026-11-26T11:00").await;
    site.deliver("bureau", Collector::new(destination(folder.path(), "max_rows = 10")));
    sleep(Duration::from_secs(60)).await;
    let after = files(folder.path());
    assert_eq!(rows(&after), of(1..=18), "nothing is lost, and nothing is in two files");
    let (name, content) = before.first_key_value().unwrap();
    assert_eq!(after.get(name), Some(content), "the same file under the same name, though later events wait too");
    assert_eq!(after.len(), 3, "{:?}", after.keys());
    assert_eq!(site.standing("bureau", DeliveryState::Sent).await.len(), 18);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_was_taken_never_has_another_content() {
    let (site, folder) = (Site::new("2026-11-26T08:10"), tempfile::tempdir().unwrap());
    happen(&site, 1..=5).await;
    // Somebody wants the file before its time, and the gateway dies between the file and its mark.
    let (dead_end, work) = store();
    drop(work);
    let dying = site.deliver_marking("bureau", Collector::new(destination(folder.path(), "")), dead_end);
    site.retries.ask(&["bureau".to_owned()]);
    sleep(Duration::from_secs(60)).await;
    dying.abort();
    drop(dying.await);
    let before = files(folder.path());
    assert_eq!(rows(&before), of(1..=5));
    happen(&site, 6..=8).await;
    site.deliver("bureau", Collector::new(destination(folder.path(), "")));
    site.until("2026-11-26T09:00").await;
    let after = files(folder.path());
    assert_eq!(site.standing("bureau", DeliveryState::Sent).await.len(), 8, "nothing is lost");
    let (name, content) = before.first_key_value().unwrap();
    assert_eq!(after.get(name), Some(content), "who has taken it has what it says");
    assert_eq!(after.len(), 2, "what has come since is under a name of its own: {:?}", after.keys());
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_missing_holds_files_back_and_people_need_not_wait_for_the_next_attempt() {
    let (site, folder) = (Site::new("2026-11-26T08:10"), tempfile::tempdir().unwrap());
    let share = folder.path().join("share");
    site.deliver("bureau", Collector::new(destination(&share, "")));
    happen(&site, 1..=3).await;
    site.until("2026-11-27T08:00").await;
    let waiting = site.standing("bureau", DeliveryState::Pending).await;
    assert_eq!(waiting.len(), 3);
    assert!(waiting[0].last_error.as_deref().unwrap().contains("share"), "{:?}", waiting[0].last_error);
    assert!(waiting[0].attempts < 50, "{}", waiting[0].attempts);
    std::fs::create_dir(&share).unwrap();
    happen(&site, 4..=4).await;
    site.retries.ask(&["bureau".to_owned()]);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(rows(&files(&share)), of(1..=4), "also what no set time has come for");
    assert_eq!(site.standing("bureau", DeliveryState::Sent).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn where_settings_want_it_a_set_time_without_events_has_an_empty_file() {
    let (site, folder) = (Site::new("2026-11-26T08:10"), tempfile::tempdir().unwrap());
    let collector = || Collector::new(destination(folder.path(), "empty = true"));
    let first = site.deliver("bureau", collector());
    happen(&site, 1..=1).await;
    site.until("2026-11-26T10:00").await;
    first.abort();
    // A gateway that starts knows that the last set time had none, and writes the same file.
    site.deliver("bureau", collector());
    site.until("2026-11-26T10:30").await;
    let found = files(folder.path());
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = ["bureau-20261126-0800-00000000", "bureau-20261126-0900-00000001", "bureau-20261126-1000-00000000"];
    assert_eq!(beginnings(&names), expected);
    assert_eq!(rows(&found), of(1..=1));
}

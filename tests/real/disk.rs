//! Disks that are full, cannot be written to, or have lost something.

use std::path::{Path, PathBuf};
use std::process::Command;

use huiliu_city::{eventually, not_run};
use serde_json::json;

use crate::town::{PATIENCE, Town};

/// A small file system in memory, mounted for one test; `None` where that is not allowed.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).output();
        mounted.ok()?.status.success().then(|| Self(at.to_owned()))
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A town whose database is on a small disk of its own.
async fn town_on(name: &str, size: &str) -> Option<(Town, SmallDisk)> {
    let town = Town::prepare(name).await;
    let folder = town.sandbox.folder.join("small");
    let disk = SmallDisk::mount(&folder, size)?;
    let path = town.sandbox.folder.join("huiliu.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("database = \"small/huiliu.db\"\nkeys = \"var/keys\"\n{settings}")).unwrap();
    let mut town = town;
    town.sandbox.new_token().await.unwrap();
    Some((town, disk))
}

fn text(number: usize) -> String {
    // Hardly to be packed: the disk is to become full.
    let mut dice = huiliu_city::World::new(u64::try_from(number).unwrap_or(0) + 1);
    (0..3_000)
        .map(|_| char::from_u32(0x4E00 + u32::try_from(dice.below(20_000)).unwrap_or(0)).unwrap_or('一'))
        .collect()
}

#[tokio::test]
async fn a_full_disk_refuses_keeps_all_and_recovers_without_a_restart() {
    let Some((mut town, disk)) = town_on("full", "12m").await else {
        return not_run("mounting a small disk needs root");
    };
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    let mut accepted = Vec::new();
    let refused = loop {
        let number = format!("D{}", accepted.len());
        let complaint = json!({ "number": number, "kind": "投诉", "title": "路灯不亮", "text": text(accepted.len()) });
        match town.post(&complaint).await {
            (200, _) => accepted.push(number),
            refused => break refused,
        }
        assert!(accepted.len() < 2_000, "the disk does not become full");
    };
    assert_eq!(refused.0, 503, "{}", refused.1);
    assert!(accepted.len() > 20, "the empty store leaves too little of the disk: {} accepted", accepted.len());
    assert!(town.sandbox.log().contains("full"), "the log says why");
    let health = town.sandbox.get("/healthz").await;
    assert!(health.is_ok(), "health is still told");
    disk.remount("size=80m");
    let number = format!("D{}", accepted.len());
    let complaint = json!({ "number": number, "kind": "投诉", "title": "路灯不亮", "text": text(accepted.len()) });
    let again = || async { (town.post(&complaint).await.0 == 200).then_some(()) };
    eventually("accepted again, without a restart", PATIENCE, again).await.unwrap();
    accepted.push(number);
    for number in &accepted {
        town.ticket(&platform, number).await;
    }
    assert_eq!(town.ledger().await["complaints"], accepted.len());
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_read_only_database_is_refused_at_the_start_with_its_name() {
    let Some((mut town, disk)) = town_on("frozen", "40m").await else {
        return not_run("mounting a small disk needs root");
    };
    disk.remount("ro");
    let error = town.sandbox.command(&["doctor"]).await.unwrap_or_else(|error| error.to_string());
    assert!(error.contains("huiliu.db") || error.contains("read-only") || error.contains("readonly"), "{error}");
    town.sandbox.launch().unwrap();
    let ended = || async { town.sandbox.log().contains("ead-only").then_some(()) };
    eventually("the gateway says why it does not start", PATIENCE, ended).await.unwrap();
    disk.remount("rw");
    town.sandbox.kill().await.unwrap();
    town.sandbox.start().await.unwrap();
    town.accept("Z1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn doctor_says_what_is_wrong_with_a_damaged_store() {
    let mut town = Town::prepare("damaged").await;
    town.sandbox.start().await.unwrap();
    for number in 0..60 {
        town.accept(&format!("A{number}"), "青鱼滩路路灯不亮", &text(number)).await;
    }
    town.sandbox.stop().await.unwrap();
    assert!(!town.sandbox.command(&["doctor"]).await.unwrap().contains("WRONG"));
    let path = town.sandbox.folder.join("var/huiliu.db");
    let whole = std::fs::read(&path).unwrap();
    // A page in the middle is lost; the end of the file is lost; it is another file altogether.
    let mut page = whole.clone();
    let middle = whole.len() / 2 / 4_096 * 4_096;
    page.get_mut(middle..middle + 4_096).unwrap().fill(0xA5);
    let cut = whole.get(..whole.len() * 2 / 3).unwrap().to_vec();
    for (what, content) in
        [("a lost page", page), ("a cut file", cut), ("another file", b"not a database".repeat(1_000))]
    {
        std::fs::write(&path, content).unwrap();
        for journal in ["var/huiliu.db-wal", "var/huiliu.db-shm"] {
            let _ = std::fs::remove_file(town.sandbox.folder.join(journal));
        }
        let said = town.sandbox.command(&["doctor"]).await.unwrap_or_else(|error| format!("{error:#}"));
        let told = ["WRONG", "malformed", "not a database", "damaged"].iter().any(|word| said.contains(word));
        assert!(told && !said.contains("panicked"), "{what}: {said}");
    }
    std::fs::write(&path, whole).unwrap();
    assert!(!town.sandbox.command(&["doctor"]).await.unwrap().contains("WRONG"), "restored, all is well");
    town.sandbox.finish().await.unwrap();
}

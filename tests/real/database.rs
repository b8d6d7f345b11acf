//! A PostgreSQL of this test's own, killed under load and started again.

use std::path::{Path, PathBuf};

use huiliu_city::{Sandbox, eventually, not_run, post_generic};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::town::{PATIENCE, Town, amqp};

/// Complaints before the database is lost, while it is away, and after it has come back.
const BEFORE: u32 = 10;
const AWAY: u32 = 20;
const AFTER: u32 = 30;

/// A server of our own.
struct Server {
    home: PathBuf,
    url: String,
}

impl Server {
    /// Starts it; none where PostgreSQL is given by a URL and not installed here.
    async fn start() -> Option<Self> {
        let given = std::env::var("HULIU_POSTGRES_URL").is_ok() && std::env::var("HULIU_OWN_POSTGRES").is_err();
        if given && !Path::new("/usr/lib/postgresql").exists() {
            return None;
        }
        // Whoever runs PostgreSQL has to be able to enter it, which is not root.
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres-{}", std::process::id()));
        let mut server = Self { home, url: String::new() };
        let said = server.services(&["start"]).await;
        let url = said.split_whitespace().find_map(|word| word.strip_prefix("HULIU_POSTGRES_URL=")).unwrap();
        url.clone_into(&mut server.url);
        Some(server)
    }

    async fn services(&self, arguments: &[&str]) -> String {
        let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/services"))
            .args(arguments)
            .env("HULIU_AMQP_URL", amqp())
            .env_remove("HULIU_OWN_BROKER")
            .env_remove("HULIU_POSTGRES_URL")
            .env_remove("HULIU_OWN_POSTGRES")
            .env("HULIU_SERVICES", &self.home)
            .env("HULIU_SERVICES_POSTGRES", "1")
            .env("HULIU_SERVICES_POSTGRES_PORT", "5529")
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "deploy/services {}: {said}", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Also when the test fails: no process and no data is left behind.
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/services");
        let stopped = std::process::Command::new(services)
            .arg("stop")
            .env("HULIU_SERVICES", &self.home)
            .stderr(std::process::Stdio::null())
            .status();
        // Where whoever runs PostgreSQL cannot enter the folder its data is elsewhere.
        let elsewhere = std::fs::read_to_string(self.home.join("postgres-home")).unwrap_or_default();
        let removed = [self.home.as_path(), Path::new(elsewhere.trim())].map(std::fs::remove_dir_all);
        drop((stopped, removed));
    }
}

/// Hands a complaint in once; whether it was accepted, or was there already.
async fn is_taken(town: &Town, number: u32) -> bool {
    let text = format!("{number} 号路口的路灯不亮，夜里看不清路。");
    let complaint = json!({ "number": format!("d-{number}"), "kind": "投诉", "title": "路灯不亮", "text": text, "phone": "13800001111" });
    let body = serde_json::to_vec(&json!([complaint])).unwrap();
    // While the database is away the gateway may begin anew.
    let Ok(answer) = post_generic(&town.sandbox.url, Sandbox::GENERIC_KEY, body).await else { return false };
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    ["accepted", "repeated"].contains(&said["outcomes"][0]["state"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_database_that_is_killed_and_comes_back_has_lost_nothing() {
    let Some(server) = Server::start().await else {
        return not_run("a PostgreSQL that can be killed has to be installed here");
    };
    let mut town = Town::prepare("database").await;
    town.sandbox.on_database(&server.url).await.unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    for number in 0..BEFORE {
        assert!(is_taken(&town, number).await);
    }
    server.services(&["kill", "postgres"]).await;
    for number in BEFORE..AWAY {
        assert!(!is_taken(&town, number).await, "nothing is taken that cannot be kept");
    }
    server.services(&["start"]).await;
    for number in BEFORE..AFTER {
        eventually("it is taken", PATIENCE, || async { is_taken(&town, number).await.then_some(()) }).await.unwrap();
    }
    for number in 0..AFTER {
        town.ticket(&platform, &format!("d-{number}")).await;
    }
    let ledger = town.ledger().await;
    assert_eq!(ledger["received"], AFTER, "{ledger}");
    let doctor = town.sandbox.command(&["doctor"]).await.unwrap();
    assert!(!doctor.contains("WRONG"), "{doctor}");
    town.sandbox.finish().await.unwrap();
}

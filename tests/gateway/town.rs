//! A gateway with its channels, for one test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use huiliu_city::{Board, Callbacks, Hotline, Platform, Report, Sandbox, Until, World, eventually, post_generic};
use serde_json::{Value, json};

/// How long a step of a test may take.
pub const PATIENCE: Until = Until(Duration::from_secs(60));

/// A gateway with its channels.
pub struct Town {
    pub sandbox: Sandbox,
    pub hotline: Hotline,
    pub board: Board,
    pub callbacks: Callbacks,
    _folder: tempfile::TempDir,
}

/// The broker that the tests use.
pub fn amqp() -> String {
    std::env::var("HULIU_AMQP_URL").unwrap_or_else(|_unset| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned())
}

/// The pack of the project.
pub fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")
}

impl Town {
    /// Prepares a town; `name` is used once in all tests.
    pub async fn prepare(name: &str) -> Self {
        Self::prepare_at(name, &amqp()).await
    }

    /// As [`Town::prepare`], at a broker of one's own.
    pub async fn prepare_at(name: &str, amqp: &str) -> Self {
        Self::prepare_of(name, amqp, &pack()).await
    }

    /// As [`Town::prepare_at`], with another pack than the usual one.
    pub async fn prepare_of(name: &str, amqp: &str, pack: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (hotline, board, callbacks) =
            (Hotline::start().await.unwrap(), Board::start().await.unwrap(), Callbacks::start().await.unwrap());
        let run = format!("{name}-{}", std::process::id());
        let binary = Path::new(env!("CARGO_BIN_EXE_huiliu"));
        let channels = (&hotline, &board, &callbacks);
        let sandbox = Sandbox::prepare(binary, pack, folder.path(), amqp, &run, channels).await.unwrap();
        Self { sandbox, hotline, board, callbacks, _folder: folder }
    }

    /// Prepares and starts a town, with a platform on its feed of all tickets.
    pub async fn start(name: &str) -> (Self, Platform) {
        let mut town = Self::prepare(name).await;
        town.sandbox.start().await.unwrap();
        let platform = town.platform().await;
        (town, platform)
    }

    /// A platform on the feed of all tickets.
    pub async fn platform(&self) -> Platform {
        Platform::start(&amqp(), &self.sandbox.feed_queue("command"), self.sandbox.status_exchange()).await.unwrap()
    }

    /// Posts a complaint to the generic channel; status and answer.
    pub async fn post(&self, complaint: &Value) -> (u16, Value) {
        let body = serde_json::to_vec(&json!([complaint])).unwrap();
        let answer = post_generic(&self.sandbox.url, Sandbox::GENERIC_KEY, body).await.unwrap();
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Posts a complaint that must be accepted; its receipt number.
    pub async fn accept(&self, number: &str, title: &str, text: &str) -> String {
        let complaint =
            json!({ "number": number, "kind": "投诉", "title": title, "text": text, "phone": "13800001111" });
        let (status, answer) = self.post(&complaint).await;
        assert_eq!((status, answer["outcomes"][0]["state"].as_str()), (200, Some("accepted")), "{answer}");
        answer["outcomes"][0]["receipt_number"].as_str().unwrap().to_owned()
    }

    /// Waits until the platform has seen the complaint; its ticket.
    pub async fn ticket(&self, platform: &Platform, number: &str) -> String {
        let key = ("generic".to_owned(), number.to_owned());
        eventually(number, PATIENCE, || async { platform.ticket_of().get(&key).cloned() }).await.unwrap()
    }

    /// Waits until a path of the API gives what is wanted.
    pub async fn until(&self, what: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let asked = || async { self.sandbox.get(path).await.ok().filter(|answer| wanted(answer)) };
        eventually(what, PATIENCE, asked).await.unwrap()
    }

    /// The ledger, which must balance.
    pub async fn ledger(&self) -> Value {
        let ledger = self.sandbox.get("/api/v1/ledger").await.unwrap();
        assert_eq!(ledger["balances"], true, "{ledger}");
        ledger
    }
}

/// Reports of a seeded city.
pub fn reports(seed: u64, matters: usize) -> Vec<Report> {
    World::new(seed).reports(matters)
}

/// What stands between two texts of a page.
pub fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let found = page.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found);
    assert!(found.is_some(), "{before} … {after}: {page}");
    found.unwrap()
}

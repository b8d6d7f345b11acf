//! Legacy systems that no adapter was written for, connected by the channel files of `mappings/examples` alone: complaints come in, tickets go
//! out over AMQP, and the answer to the citizen is taken by the system's double, which holds us to the description at its head.

mod guide;
mod polled;
mod pushing;

use std::path::Path;

use huiliu_city::{Board, Callbacks, Hotline, Notes, Platform, Sandbox, eventually};

use crate::town::{PATIENCE, amqp};

/// What a platform says at the end of every matter here.
const RESULT: &str = "已派人到现场修复，请您再看一看。";

/// A gateway with one channel of the examples.
struct Connected {
    sandbox: Sandbox,
    platform: Platform,
    channel: &'static str,
    _folder: tempfile::TempDir,
}

impl Connected {
    /// Starts a gateway with a channel and its secrets.
    async fn start(channel: &'static str, secrets: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (hotline, board, callbacks) =
            (Hotline::start().await.unwrap(), Board::start().await.unwrap(), Callbacks::start().await.unwrap());
        let run = format!("legacy-{channel}-{}", std::process::id());
        let (binary, pack) = (Path::new(env!("CARGO_BIN_EXE_huiliu")), "mappings/examples");
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join(pack);
        let servers = (&hotline, &board, &callbacks);
        let mut sandbox = Sandbox::prepare(binary, &pack, folder.path(), &amqp(), &run, servers).await.unwrap();
        for entry in std::fs::read_dir(sandbox.pack.join("channels")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().unwrap() != channel {
                std::fs::remove_file(path).unwrap();
                continue;
            }
            // Nobody waits a minute in a test; nothing else of the file is changed.
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(
                &path,
                text.replace("every_s = 60", "every_s = 1").replace("per_minute = 120", "per_minute = 6000"),
            )
            .unwrap();
        }
        for (name, value) in secrets {
            sandbox.set(name, value);
        }
        sandbox.start().await.unwrap();
        let queue = sandbox.feed_queue("command");
        let platform = Platform::start(&amqp(), &queue, sandbox.status_exchange()).await.unwrap();
        Self { sandbox, platform, channel, _folder: folder }
    }

    /// Waits until a complaint of this number is on a ticket that came over AMQP; the ticket.
    async fn ticket(&self, number: &str) -> String {
        let key = (self.channel.to_owned(), number.to_owned());
        let found = || async { self.platform.ticket_of().get(&key).cloned() };
        eventually(&format!("{number} is on a ticket"), PATIENCE, found)
            .await
            .unwrap_or_else(|late| panic!("{late}\n{}", self.sandbox.log()))
    }

    /// A complaint as tickets carry it.
    async fn complaint(&self, number: &str) -> serde_json::Value {
        let ticket = self.ticket(number).await;
        let path = format!("/api/v1/tickets/{ticket}");
        let document = self.sandbox.get(&path).await.unwrap();
        let complaints = document["complaint_list"].as_array().unwrap();
        complaints.iter().find(|complaint| complaint["source_number"] == number).unwrap().clone()
    }

    /// A complaint as it went out over AMQP.
    async fn sent(&self, number: &str) -> serde_json::Value {
        self.ticket(number).await;
        let events = self.platform.events();
        let complaints = events.iter().rev().filter_map(|event| event.pointer("/data/complaints")?.as_array());
        complaints.flatten().find(|complaint| complaint["source_number"] == number).unwrap().clone()
    }

    /// Has matters resolved by their platform, and waits until the system has taken each reply, once.
    async fn resolve(&self, notes: &Notes, numbers: &[&str], told: &str) {
        for number in numbers {
            let ticket = self.ticket(number).await;
            self.platform.send(&ticket, "resolved", Some(RESULT)).await.unwrap();
        }
        let all = || async { numbers.iter().all(|number| notes.replies().contains_key(*number)).then_some(()) };
        let waited = eventually("every citizen is answered", PATIENCE, all).await;
        waited.unwrap_or_else(|late| panic!("{late}\n{:?}\n{}", notes.refused(), self.sandbox.log()));
        for number in numbers {
            assert_eq!(notes.replies()[*number], [told.to_owned()], "{number}");
        }
    }

    /// The books balance, nothing is set aside, and no citizen's words are in the log.
    async fn finish(self) {
        let ledger = self.sandbox.get("/api/v1/ledger").await.unwrap();
        assert_eq!(ledger["balances"], true, "{ledger}");
        let log = self.sandbox.log();
        assert!(!log.contains("13800001111") && !log.contains("panicked"), "{log}");
        self.platform.close().await.unwrap();
        self.sandbox.finish().await.unwrap();
    }
}

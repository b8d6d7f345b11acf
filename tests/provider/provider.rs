//! The provider's process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use huiliu_city::not_run;
use serde_json::Value;

use crate::browser::Browser;

/// A running provider.
pub struct Provider {
    process: Child,
    pub issuer: String,
}

impl Provider {
    /// Starts one that sends people back to the console of a gateway; none where it is not installed.
    pub fn start(gateway: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = root.join("target/provider");
        if !folder.join("node_modules/oidc-provider").exists() {
            not_run("the identity provider is not installed: run tests/provider/install");
            return None;
        }
        let mut process = Command::new("node")
            .arg(root.join("tests/provider/provider.mjs"))
            .arg(&folder)
            .arg(format!("{gateway}/console/sign-in/back"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| line.trim().parse::<u16>().ok()).unwrap();
        Some(Self { process, issuer: format!("http://127.0.0.1:{port}") })
    }

    /// Has it do something of which people know nothing.
    pub async fn order(&self, order: Value) {
        let seen =
            Browser::default().get(&format!("{}/control?order={}", self.issuer, escaped(&order.to_string()))).await;
        assert_eq!(seen.status, 200, "{}", seen.body);
    }

    /// Ends it.
    pub fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have been stopped before.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

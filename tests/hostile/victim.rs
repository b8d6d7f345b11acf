//! A gateway under attack, and what it costs.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use huiliu_city::Platform;

use crate::town::Town;

/// Most memory that any single attack may cost, in MiB, above what the gateway took before it. A debug build, idle, takes
/// about 40 MiB.
pub const MAX_COST_MIB: u64 = 400;

/// A gateway under attack.
pub struct Victim {
    pub town: Town,
    pub platform: Platform,
    address: String,
}

impl Victim {
    pub async fn start(name: &str) -> Self {
        let (town, platform) = Town::start(name).await;
        let address = town.sandbox.url.trim_start_matches("http://").to_owned();
        Self { town, platform, address }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(50))).unwrap();
        stream
    }

    /// Sends bytes as they are, then reads until the other side closes; the status of the first answer (0 for none) and all
    /// that came.
    pub async fn raw(&self, bytes: Vec<u8>, half_close: bool) -> (u16, String) {
        let mut stream = self.connect();
        tokio::task::spawn_blocking(move || {
            // A gateway that has seen enough closes before all is sent.
            let _ = stream.write_all(&bytes);
            if half_close {
                let _ = stream.shutdown(Shutdown::Write);
            }
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            let answer = String::from_utf8_lossy(&answer).into_owned();
            (answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0), answer)
        })
        .await
        .unwrap()
    }

    /// Posts a body to a channel, as a caller would that closes afterwards.
    pub async fn post(&self, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        self.raw([head.as_bytes(), body].concat(), false).await
    }

    /// Runs an attack and gives what it cost in memory, in MiB.
    pub async fn cost<T>(&self, attack: impl Future<Output = T>) -> (T, u64) {
        let pid = self.town.sandbox.pid().unwrap();
        // Writing 5 sets the peak to the present size (proc(5)).
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
        let before = memory_mib(pid, "VmRSS");
        let result = attack.await;
        (result, memory_mib(pid, "VmHWM").saturating_sub(before))
    }

    /// An honest citizen is served as ever.
    pub async fn is_well(&self, number: &str) {
        self.town.accept(number, "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，请安排维修。").await;
        self.town.ticket(&self.platform, number).await;
        self.town.ledger().await;
    }

    pub async fn finish(self) {
        let log = self.town.sandbox.log();
        assert!(!log.contains("panicked"), "{log}");
        self.town.sandbox.finish().await.unwrap();
    }
}

fn memory_mib(pid: u32, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap() / 1_024
}

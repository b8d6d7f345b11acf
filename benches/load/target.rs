//! The gateway that is measured.

use std::path::Path;

use huiliu_city::{Board, Callbacks, Hotline, Sandbox};

use crate::Arguments;

/// A gateway process with a folder of its own.
pub struct Target {
    pub sandbox: Sandbox,
    _folder: tempfile::TempDir,
    _sources: (Hotline, Board, Callbacks),
}

/// Takes out of a pack's rules of handling who may do what: acts and extensions are those of feeds.
fn without_feeds(handling: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(handling)?;
    let mut is_of_feeds = false;
    let left = text.lines().filter(|line| {
        if line.starts_with('[') {
            is_of_feeds = ["[acts]", "[extension]"].contains(line);
        }
        !is_of_feeds
    });
    let left: Vec<&str> = left.collect();
    Ok(std::fs::write(handling, left.join("\n"))?)
}

impl Target {
    pub async fn start(arguments: &Arguments, run: &str) -> anyhow::Result<Self> {
        let mut target = Self::prepare(arguments, run).await?;
        target.sandbox.start().await?;
        Ok(target)
    }

    /// One that is not started yet.
    pub async fn prepare(arguments: &Arguments, run: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("target"))?;
        let sources = (Hotline::start().await?, Board::start().await?, Callbacks::start().await?);
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
        let binary = Path::new(env!("CARGO_BIN_EXE_huiliu"));
        let run = format!("load-{run}-{}", std::process::id());
        let mut sandbox =
            Sandbox::prepare(binary, &pack, folder.path(), &arguments.amqp, &run, (&sources.0, &sources.1, &sources.2))
                .await?;
        let city = sandbox.pack.join("city.toml");
        let mut text = std::fs::read_to_string(&city)?;
        // Lists of a pack name its feeds: pages are shown by the whole pack.
        if !arguments.feeds
            && arguments.only != "pages"
            && let Some(at) = text.find("[[feed]]")
        {
            text.truncate(at);
            without_feeds(&sandbox.pack.join("handling.toml"))?;
        }
        if let Some(open) = arguments.open {
            text = text.replace("[merge]\n", &format!("[merge]\nmost_open = {open}\n"));
            anyhow::ensure!(text.contains("most_open"), "the pack has no [merge] table");
        }
        std::fs::write(city, text)?;
        // Callers of a benchmark are one caller, more eager than the default allows.
        let path = sandbox.pack.join("channels/generic.toml");
        let text = std::fs::read_to_string(&path)?
            .replace("[settings.auth.api_key]", "[settings]\ncalls_per_minute = 100000000\n\n[settings.auth.api_key]")
            .replace("adapter = \"http-push\"", "adapter = \"http-push\"\npace = { per_minute = 60000 }");
        std::fs::write(path, text)?;
        sandbox.set("HULIU_LOG", "warn,lapin=off");
        Ok(Self { sandbox, _folder: folder, _sources: sources })
    }

    /// Resident memory, in MiB.
    pub fn memory_mib(&self) -> u64 {
        let status = self.sandbox.pid().map(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")));
        let status = status.and_then(Result::ok).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
    }

    /// Processor seconds that the gateway has used.
    pub fn processor_s(&self) -> f64 {
        let stat = self.sandbox.pid().map(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")));
        let stat = stat.and_then(Result::ok).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
        // Fields 14 and 15 of proc(5), in hundredths of a second.
        (ticks(11) + ticks(12)) / 100.0
    }

    pub fn tickets_exchange(&self) -> String {
        self.sandbox.status_exchange().replace("status", "tickets")
    }
}

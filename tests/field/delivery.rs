//! One row is sent to a gateway of its own, and what comes of it is held against the table.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use huiliu_city::{Board, Callbacks, Hotline, Platform, Sandbox, Scene, Scripted, Until, eventually, post_generic};
use serde_json::Value;

use crate::expected::{Row, channel, file};
use crate::shown::Shown;

/// Towns so far, so that no two have one name.
static TOWNS: AtomicU32 = AtomicU32::new(0);
/// How long a step may take.
const PATIENCE: Until = Until(Duration::from_secs(30));
/// Times that a pulled source is asked again before what has come is all that comes.
const QUIET_CALLS: usize = 3;
/// The list of the hotline with one order, as it answers until that is signed.
const ORDER: &str = "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><ns2:A5QueryNewOrderResponse xmlns:ns2=\"http://webservice/\"><return><userObjectsID>A5ProcessInfo,90000001</userObjectsID></return></ns2:A5QueryNewOrderResponse></S:Body></S:Envelope>";
const NO_ORDER: &str = "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><ns2:A5QueryNewOrderResponse xmlns:ns2=\"http://webservice/\"/></S:Body></S:Envelope>";
const SIGNED: &str = "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><ns2:A5SignOrderResponse xmlns:ns2=\"http://webservice/\"><return>true</return></ns2:A5SignOrderResponse></S:Body></S:Envelope>";

fn amqp() -> String {
    std::env::var("HULIU_AMQP_URL").unwrap_or_else(|_unset| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned())
}

/// A gateway, and the source that it pulls.
struct Town {
    sandbox: Sandbox,
    source: Option<Scripted>,
    _folder: tempfile::TempDir,
}

/// Sends one row and compares.
///
/// # Errors
/// What came of it is not what the table says.
pub async fn try_row(row: &Row) -> anyhow::Result<()> {
    let mut town = Town::prepare(row).await?;
    town.sandbox.start().await?;
    let platform =
        Platform::start(&amqp(), &town.sandbox.feed_queue("command"), town.sandbox.status_exchange()).await?;
    let outcome = match town.send(row).await {
        Ok(()) => town.compare(row, &platform).await,
        Err(error) => Err(error),
    };
    platform.close().await?;
    let log = town.sandbox.log();
    town.sandbox.finish().await?;
    anyhow::ensure!(!log.contains("panicked"), "the gateway panicked:\n{log}");
    outcome
}

impl Town {
    async fn prepare(row: &Row) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (hotline, board, callbacks) = (Hotline::start().await?, Board::start().await?, Callbacks::start().await?);
        let run = format!("field-{}-{}", std::process::id(), TOWNS.fetch_add(1, Ordering::Relaxed));
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
        let binary = Path::new(env!("CARGO_BIN_EXE_huiliu"));
        let servers = (&hotline, &board, &callbacks);
        let mut sandbox = Sandbox::prepare(binary, &pack, folder.path(), &amqp(), &run, servers).await?;
        let source = match scenes(row)? {
            Some(scenes) => Some(Scripted::start(scenes).await?),
            None => None,
        };
        if let Some(source) = &source {
            let name = match row.channel.as_str() {
                "hotline" => "HULIU_HOTLINE_URL",
                "petition-soap" => "HULIU_PETITION_URL",
                _ => "HULIU_SCRIPTED_URL",
            };
            sandbox.set(name, &source.url);
        }
        sandbox.set("HULIU_PETITION_PASSWORD", "city-petition-password");
        settings(&sandbox.pack.join("channels"), row)?;
        Ok(Self { sandbox, source, _folder: folder })
    }

    async fn send(&self, row: &Row) -> anyhow::Result<()> {
        let bytes = std::fs::read(file(&row.input)).context(row.input.clone())?;
        let (name, end) = row.channel.split_once('/').unwrap_or((&row.channel, ""));
        match name {
            "generic" => {
                let answer = post_generic(&self.sandbox.url, Sandbox::GENERIC_KEY, bytes).await?;
                let wanted = if end.is_empty() { "200" } else { end };
                let said = String::from_utf8_lossy(&answer.body);
                anyhow::ensure!(answer.status.as_str() == wanted, "answered {}: {said}", answer.status);
            }
            "ledger" | "petition" => {
                let folder = self.sandbox.folder.join("var").join(name);
                std::fs::write(folder.join(&row.input), bytes)?;
                let ends: Vec<&str> = if end.is_empty() { vec!["done", "failed"] } else { vec![end] };
                let there =
                    || async { ends.iter().any(|end| folder.join(end).join(&row.input).exists()).then_some(()) };
                eventually(&format!("the file is in {}", ends.join(" or ")), PATIENCE, there).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn compare(&self, row: &Row, platform: &Platform) -> anyhow::Result<()> {
        let mut shown = Shown::now(&self.sandbox, row).await?;
        let complete = async || {
            let shown = Shown::now(&self.sandbox, row).await.ok()?;
            shown.lacks(row).is_none().then_some(shown)
        };
        // What is missing is told by what is there at the end.
        match eventually("it comes", PATIENCE, complete).await {
            Ok(found) => shown = found,
            Err(_late) => shown = Shown::now(&self.sandbox, row).await.unwrap_or(shown),
        }
        if let Some(lack) = shown.lacks(row) {
            anyhow::bail!("{lack}");
        }
        if let Some(source) = &self.source {
            let asked = source.asked().len();
            let again = || async { (source.asked().len() >= asked + QUIET_CALLS).then_some(()) };
            eventually("the source is asked again", PATIENCE, again).await?;
            shown = Shown::now(&self.sandbox, row).await?;
        }
        shown.lacks(row).map_or(Ok(()), |lack| Err(anyhow::anyhow!("{lack}")))?;
        shown.values(row, platform, PATIENCE).await
    }
}

/// The row's channel as the test wants it: without waiting, and enabled.
fn settings(channels: &Path, row: &Row) -> anyhow::Result<()> {
    let name = row.channel.split('/').next().unwrap_or_default();
    let own: PathBuf = channels.join(format!("{name}.toml"));
    if let Some(path) = channel(name) {
        std::fs::copy(path, &own)?;
    }
    let text = std::fs::read_to_string(&own).with_context(|| format!("no channel {name}"))?;
    let text = text.replace("enabled = false", "enabled = true").replace("settle_s = 1", "settle_s = 0");
    let every = regex::Regex::new("every_s = [0-9]+")?;
    let text = every.replace(&text, "every_s = 1").into_owned();
    let paced = if text.contains("every_s") || name == "generic" {
        text
    } else {
        text.replacen("adapter =", "pace = { every_s = 1, per_minute = 6000, batch = 100 }\nadapter =", 1)
    };
    Ok(std::fs::write(own, paced)?)
}

/// What the row's source answers, for pulled ones.
fn scenes(row: &Row) -> anyhow::Result<Option<Vec<Scene>>> {
    let name = row.channel.split('/').next().unwrap_or_default();
    if ["generic", "ledger", "petition"].contains(&name) {
        return Ok(None);
    }
    let bytes = std::fs::read(file(&row.input)).context(row.input.clone())?;
    if row.input.ends_with(".scenes.json") {
        let listed: Vec<Value> = serde_json::from_slice(&bytes)?;
        return listed.iter().map(scene).collect::<anyhow::Result<_>>().map(Some);
    }
    let content_type = if bytes.starts_with(b"--") {
        "multipart/related; boundary=\"uuid:1\"; type=\"application/xop+xml\"; start-info=\"text/xml\""
    } else if row.input.ends_with(".json") {
        "application/json"
    } else {
        "text/xml; charset=utf-8"
    };
    let answer = |when: &str, times: Option<usize>, body: &[u8]| Scene {
        when: when.to_owned(),
        times,
        status: if row.input.contains("fault") { 500 } else { 200 },
        content_type: content_type.to_owned(),
        body: body.to_vec(),
    };
    let text = |when: &str, times, body: &str| Scene {
        status: 200,
        content_type: "text/xml; charset=utf-8".to_owned(),
        ..answer(when, times, body.as_bytes())
    };
    Ok(Some(match name {
        "hotline" => vec![
            text("A5QueryNewOrder", Some(1), ORDER),
            text("A5QueryNewOrder", None, NO_ORDER),
            text("A5SignOrder", None, SIGNED),
            answer("A5QueryOrder", None, &bytes),
        ],
        _ => vec![answer("", None, &bytes)],
    }))
}

fn scene(value: &Value) -> anyhow::Result<Scene> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let body = match value.get("body") {
        None => Vec::new(),
        Some(Value::String(text)) => text.as_bytes().to_vec(),
        Some(Value::Object(members)) if members.len() == 1 && members.contains_key("file") => {
            std::fs::read(file(members.get("file").and_then(Value::as_str).unwrap_or_default()))?
        }
        Some(json) => serde_json::to_vec(json)?,
    };
    Ok(Scene {
        when: text("when").unwrap_or_default().to_owned(),
        times: value.get("times").and_then(Value::as_u64).map(usize::try_from).transpose()?,
        status: value.get("status").and_then(Value::as_u64).map_or(Ok(200), u16::try_from)?,
        content_type: text("type").unwrap_or("application/json").to_owned(),
        body,
    })
}

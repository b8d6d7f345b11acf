//! The gateway of a place, in a folder of its own, by a clock that is turned by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::{Answer, HttpClient};
use jiff::Timestamp;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::book::OVERHEARD;
use crate::{Port, Until, eventually};

/// Longest wait for an answer, in real time.
const TIMEOUT: Duration = Duration::from_secs(40);

/// What runs.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    /// `huiliu`, for keys, tokens and commands.
    pub huiliu: PathBuf,
    /// The gateway by a clock that is turned by hand.
    pub clockwork: PathBuf,
    /// URL of the broker.
    pub amqp: String,
}

/// A running gateway.
pub(super) struct Turned {
    programs: Programs,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    url: String,
    token: String,
    client: HttpClient,
    process: Option<(Child, ChildStdin, Lines<BufReader<ChildStdout>>)>,
    updates: u64,
    /// Tokens of others than the admin, by their names.
    others: BTreeMap<String, String>,
    _port: Port,
}

impl Turned {
    /// Prepares a folder: the pack, settings, keys, a token. Addresses in the pack's list of secrets lead to `outside`.
    pub(super) async fn prepare(
        programs: &Programs,
        pack: &Path,
        folder: &Path,
        outside: &str,
    ) -> anyhow::Result<Self> {
        let port = Port::choose()?;
        copy_pack(pack, &folder.join("pack"), folder)?;
        std::fs::create_dir_all(folder.join("var"))?;
        let port_number = port.number();
        let settings = format!(
            "listen = \"127.0.0.1:{port_number}\"\n[log]\nfilter = \"warn,lapin=off\"\n[handlers]\npublic_url = \"http://127.0.0.1:{port_number}\"\nlink_hours = 720\n"
        );
        std::fs::write(folder.join("huiliu.toml"), settings)?;
        let mut environment =
            vec![("HULIU_AMQP_URL".to_owned(), programs.amqp.clone()), ("HULIU_LANG".to_owned(), "en".to_owned())];
        environment.extend(secrets(&std::fs::read_to_string(pack.join("secrets.env.example"))?, outside));
        let mut gateway = Self {
            programs: programs.clone(),
            folder: folder.to_owned(),
            environment,
            url: format!("http://127.0.0.1:{}", port.number()),
            token: String::new(),
            client: HttpClient::new(),
            process: None,
            updates: 0,
            others: BTreeMap::new(),
            _port: port,
        };
        gateway.command(&["keys", "new"]).await?;
        gateway.token = gateway.command(&["token", "new", "city", "--role", "admin"]).await?.trim().to_owned();
        Ok(gateway)
    }

    /// Makes a token for somebody else than the admin, before the gateway starts.
    pub(super) async fn let_in(&mut self, name: &str, role: &str) -> anyhow::Result<()> {
        let token = self.command(&["token", "new", name, "--role", role]).await?.trim().to_owned();
        self.others.insert(name.to_owned(), token);
        Ok(())
    }

    /// The secret that a channel of the pack has, by the name of its variable.
    pub(super) fn secret(name: &str) -> String {
        format!("secret-of-{name}")
    }

    async fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.programs.huiliu);
        command.arg("--config").arg("huiliu.toml").args(arguments);
        let output = command.current_dir(&self.folder).envs(self.environment.iter().cloned()).output().await?;
        let [found, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        anyhow::ensure!(output.status.success(), "huiliu {}: {found}{said}", arguments.join(" "));
        Ok(found)
    }

    /// Starts it at a time of the city.
    pub(super) async fn start(&mut self, at: Timestamp) -> anyhow::Result<()> {
        let log = std::fs::File::create(self.folder.join("gateway.log"))?;
        let mut command = Command::new(&self.programs.clockwork);
        command.args(["--config", "huiliu.toml", "--pack", "pack", "--at", &at.to_string()]);
        command.current_dir(&self.folder).envs(self.environment.iter().cloned()).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdin = child.stdin.take().context("a process has an input")?;
        let stdout = child.stdout.take().context("a process has an output")?;
        self.process = Some((child, stdin, BufReader::new(stdout).lines()));
        self.turn(at).await?;
        eventually("the gateway is ready", Until(Duration::from_secs(60)), || async {
            let ready = self.get("/readyz").await.ok()?;
            (ready["ready"] == true).then_some(())
        })
        .await
        .with_context(|| self.log())
    }

    /// What it logged.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("gateway.log")).unwrap_or_default()
    }

    /// Turns its clock, and waits until all that had to happen by then has happened and has left it.
    pub(super) async fn turn(&mut self, to: Timestamp) -> anyhow::Result<()> {
        let (_, stdin, lines) = self.process.as_mut().context("the gateway runs")?;
        stdin.write_all(format!("{to}\n").as_bytes()).await?;
        stdin.flush().await?;
        let line = lines.next_line().await?;
        line.map(drop).with_context(|| format!("the gateway has ended:\n{}", self.log()))
    }

    /// Waits until it has taken one more status update.
    pub(super) async fn taken(&mut self) -> anyhow::Result<()> {
        self.updates += 1;
        let wanted = self.updates;
        eventually("a status update is taken", Until(TIMEOUT), || async {
            let metrics = self.request("GET", "/metrics", None).await.ok()?;
            let text = String::from_utf8_lossy(&metrics.body).into_owned();
            let counts = text.lines().filter(|line| line.starts_with("huiliu_status_updates_total{"));
            let taken: u64 = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
            (taken >= wanted).then_some(())
        })
        .await
        .with_context(|| self.log())
    }

    /// GET with an admin's token.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.request("GET", path, None).await?;
        anyhow::ensure!(answer.status.is_success(), "GET {path}: {}", String::from_utf8_lossy(&answer.body));
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// POST with an admin's token; refused only with an error.
    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.request("POST", path, Some(body)).await?;
        anyhow::ensure!(answer.status.is_success(), "POST {path}: {}", String::from_utf8_lossy(&answer.body));
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// POST by somebody, the admin where nobody is named; the status of the answer.
    pub(super) async fn post_as(&self, name: Option<&str>, path: &str, body: &Value) -> anyhow::Result<u16> {
        let token = name.and_then(|name| self.others.get(name)).unwrap_or(&self.token);
        let request = Request::post(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Bytes::from(serde_json::to_vec(body)?))?;
        self.answered(path, request).await
    }

    /// Sends a form of a page, as a browser does; the status of the answer.
    pub(super) async fn send_page(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<u16> {
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str(&format!("--form\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
        }
        body.push_str("--form--\r\n");
        let request = Request::post(format!("{}{path}", self.url))
            .header("content-type", "multipart/form-data; boundary=form")
            .body(Bytes::from(body))?;
        self.answered(path, request).await
    }

    async fn answered(&self, path: &str, request: Request<Bytes>) -> anyhow::Result<u16> {
        let answer = self.client.send(request, TIMEOUT).await?;
        let status = answer.status;
        // What the rules of the place refuse is refused to anybody; anything else is a fault.
        anyhow::ensure!(
            status.is_success() || matches!(status.as_u16(), 403 | 409 | 410),
            "{path}: {status} {}",
            String::from_utf8_lossy(&answer.body)
        );
        Ok(status.as_u16())
    }

    async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let bytes = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Bytes::from(bytes))?;
        Ok(self.client.send(request, TIMEOUT).await?)
    }

    /// Hands something in on a channel, as its system does.
    pub(super) async fn hand_in(&self, path: &str, headers: &[(String, String)], body: Vec<u8>) -> anyhow::Result<()> {
        let mut request = Request::post(format!("{}{path}", self.url)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = self.client.send(request.body(Bytes::from(body))?, TIMEOUT).await?;
        anyhow::ensure!(
            answer.status.is_success(),
            "{path}: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(())
    }

    /// Ends it in order.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        let Some((mut child, stdin, _lines)) = self.process.take() else { return Ok(()) };
        drop(stdin);
        let status = tokio::time::timeout(TIMEOUT, child.wait()).await.context("the gateway does not stop")??;
        anyhow::ensure!(status.success(), "the gateway ended with {status}:\n{}", self.log());
        Ok(())
    }
}

/// The variables of a pack's list: addresses with another host, everything else a secret of its own.
fn secrets(list: &str, outside: &str) -> Vec<(String, String)> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let of = |(name, value): (&str, &str)| {
        let path = value.split_once("://").map(|(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        let value = path.map_or_else(|| Turned::secret(name), |path| format!("http://{outside}/{path}"));
        (name.to_owned(), value)
    };
    lines.filter_map(|line| line.split_once('=')).map(of).collect()
}

/// Copies a pack: users of the broker, which a city makes for itself, and folders outside are not those of the city; sources are asked once an
/// hour, as fast as they answer; and its cases stay behind: a place judges by what happens, also where they would let nothing happen.
fn copy_pack(from: &Path, to: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if name == "cases" {
            continue;
        }
        if path.is_dir() {
            copy_pack(&path, &to.join(name), folder)?;
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let Ok(text) = String::from_utf8(bytes.clone()) else {
            std::fs::write(to.join(name), bytes)?;
            continue;
        };
        let own = |line: &str| match line.split_once(" = ") {
            Some(("user", _)) if path.ends_with("city.toml") => String::new(),
            Some(("pace", _)) => "pace = { every_s = 3600, per_minute = 6000, batch = 256 }".to_owned(),
            Some(("folder", place)) if place.starts_with("\"/srv/") => {
                let here = folder.join(place.trim_matches('"').trim_start_matches('/'));
                drop(std::fs::create_dir_all(&here));
                format!("folder = \"{}\"", here.display())
            }
            Some(("folder" | "reply_folder", place)) if place.starts_with("\"var/") => {
                drop(std::fs::create_dir_all(folder.join(place.trim_matches('"'))));
                line.to_owned()
            }
            _ => line.to_owned(),
        };
        let text: Vec<String> = if name.to_string_lossy().ends_with(".toml") {
            text.lines().map(own).collect()
        } else {
            text.lines().map(str::to_owned).collect()
        };
        let text = text.join("\n") + "\n";
        let text = if path.ends_with("city.toml") { overheard(&text) } else { text };
        std::fs::write(to.join(name), text)?;
    }
    Ok(())
}

/// Adds for each feed of the console one that is only read, with the same tickets, so that a city that works at the console is listened to.
fn overheard(city: &str) -> String {
    let mut added = String::new();
    let mut names = Vec::new();
    for block in city.split("[[feed]]\n").skip(1) {
        let own: Vec<&str> = block.lines().take_while(|line| !line.starts_with('[')).collect();
        let named = own.iter().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        let Some(name) = named.filter(|_| own.contains(&"carrier = \"console\"")) else { continue };
        added.push_str(&format!("\n[[feed]]\nname = \"{OVERHEARD}{name}\"\nread_only = true\n"));
        let kept = |line: &&&str| ["filter", "contact", "secret"].iter().any(|word| line.starts_with(word));
        own.iter().filter(kept).for_each(|line| added.push_str(&format!("{line}\n")));
        names.push(name);
    }
    // Matters of confidential kinds go to those feeds only that are named for them.
    let confidential = |line: &str| match line.strip_prefix("feeds = [") {
        Some(_) => names.iter().fold(line.to_owned(), |line, name| {
            line.replace(&format!("\"{name}\","), &format!("\"{name}\", \"{OVERHEARD}{name}\","))
        }),
        None => line.to_owned(),
    };
    let text: Vec<String> = city.lines().map(confidential).collect();
    text.join("\n") + "\n" + &added
}

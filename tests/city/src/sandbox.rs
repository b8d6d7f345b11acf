//! A gateway process of its own: folder, keys, token, ports, secrets. It ends with its owner.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::{Answer, HttpClient};
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::{Board, Callbacks, Hotline, Port, Schema};

/// How long something may take before a run gives up waiting for it.
#[derive(Debug, Clone, Copy)]
pub struct Until(pub Duration);

/// Waits until `found` gives something.
///
/// # Errors
/// It did not within the limit.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    until: Until,
    mut found: impl FnMut() -> F,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + until.0;
    loop {
        if let Some(found) = found().await {
            return Ok(found);
        }
        anyhow::ensure!(Instant::now() < deadline, "{what}: not within {} s", until.0.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The file of what the gateway prints for people.
const PRINTED: &str = "gateway.out";

/// A gateway in a folder of its own.
#[derive(Debug)]
pub struct Sandbox {
    binary: PathBuf,
    run: String,
    /// Folder of the pack.
    pub pack: PathBuf,
    /// The folder.
    pub folder: PathBuf,
    environment: Vec<(String, String)>,
    process: Option<Child>,
    /// Base URL of the gateway.
    pub url: String,
    /// An admin's token.
    pub token: String,
    amqp: String,
    names: Names,
    /// Kept for it over restarts.
    ports: Vec<Port>,
    /// Where its data is, where that is a server.
    schema: Option<Schema>,
}

/// Has every sandbox keep its data on a server of PostgreSQL.
const ON_POSTGRES: &str = "HULIU_TEST_POSTGRES";

/// Names on the broker, so that runs do not meet.
#[derive(Debug, Clone)]
struct Names {
    tickets: String,
    feeds: String,
    status: String,
    unrouted: String,
    dead: String,
}

impl Sandbox {
    /// Secret of the SMS channels.
    pub const SMS_TOKEN: &str = "city-sms-token";
    /// Key of the mini-program.
    pub const SNAPSHOT_KEY: &str = "city-snapshot-key";
    /// Key of the generic channel.
    pub const GENERIC_KEY: &str = "city-generic-key";

    /// Prepares a folder: settings, keys, token. `run` distinguishes this run's exchanges from others'; empty for the
    /// names of the contract.
    ///
    /// # Errors
    /// The folder or the keys cannot be made.
    pub async fn prepare(
        binary: &Path,
        pack: &Path,
        folder: &Path,
        amqp: &str,
        run: &str,
        channels: (&Hotline, &Board, &Callbacks),
    ) -> anyhow::Result<Self> {
        let ports = vec![Port::choose()?];
        let port = ports[0].number();
        let suffix = if run.is_empty() { String::new() } else { format!(".{run}") };
        let names = Names {
            tickets: format!("huiliu.tickets{suffix}"),
            feeds: format!("huiliu.feeds{suffix}"),
            status: format!("huiliu.status{suffix}"),
            unrouted: format!("huiliu.unrouted.371082{suffix}"),
            dead: format!("huiliu.dead.371082{suffix}"),
        };
        std::fs::create_dir_all(folder.join("var"))?;
        for drop in ["petition", "ledger", "visits"] {
            std::fs::create_dir_all(folder.join("var").join(drop))?;
        }
        let settings = format!(
            "listen = \"127.0.0.1:{port}\"\n[amqp]\ntickets_exchange = \"{}\"\nfeeds_exchange = \"{}\"\nstatus = \"{}\"\nunrouted = \"{}\"\ndead = \"{}\"\n[log]\nfilter = \"info,lapin=off\"\n",
            names.tickets, names.feeds, names.status, names.unrouted, names.dead
        );
        std::fs::write(folder.join("huiliu.toml"), settings)?;
        let (hotline, board, callbacks) = channels;
        let environment = [
            ("HULIU_AMQP_URL", amqp),
            ("HULIU_LANG", "en"),
            ("HULIU_HOTLINE_URL", &hotline.url),
            ("HULIU_HOTLINE_DELEGATE", Hotline::DELEGATE),
            ("HULIU_BOARD_URL", &board.url),
            ("HULIU_BOARD_TOKEN", Board::TOKEN),
            ("HULIU_SMS_TOKEN", Self::SMS_TOKEN),
            ("HULIU_SMS_CALLBACK", &callbacks.sms_url),
            ("HULIU_SNAPSHOT_KEY", Self::SNAPSHOT_KEY),
            ("HULIU_SNAPSHOT_CALLBACK", &callbacks.snapshot_url),
            ("HULIU_MAILBOX_SECRET", "city-mailbox-secret"),
            ("HULIU_GENERIC_KEY", Self::GENERIC_KEY),
        ];
        let pack = pack.canonicalize().with_context(|| pack.display().to_string())?;
        let pack = if run.is_empty() { pack } else { own_pack(&pack, &folder.join("pack"), run)? };
        let mut sandbox = Self {
            binary: binary.canonicalize().with_context(|| binary.display().to_string())?,
            run: run.to_owned(),
            pack,
            folder: folder.to_owned(),
            environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            process: None,
            url: format!("http://127.0.0.1:{port}"),
            token: String::new(),
            amqp: amqp.to_owned(),
            names,
            ports,
            schema: None,
        };
        sandbox.command(&["keys", "new"]).await?;
        if std::env::var_os(ON_POSTGRES).is_some_and(|value| value == "1") {
            let is_there = sandbox.on_postgres().await?;
            anyhow::ensure!(is_there, "{ON_POSTGRES} is set, and there is no server of PostgreSQL");
        } else {
            sandbox.new_token().await?;
        }
        Ok(sandbox)
    }

    /// Has its data on the server of `HULIU_POSTGRES_URL` from now on, with a token of its own; false where there is none.
    ///
    /// # Errors
    /// The server cannot be used.
    pub async fn on_postgres(&mut self) -> anyhow::Result<bool> {
        let Some(schema) = Schema::new()? else { return Ok(false) };
        self.set("HULIU_DATABASE", schema.address());
        self.schema = Some(schema);
        self.new_token().await?;
        Ok(true)
    }

    /// Has its data in this database from now on, with a token of its own.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn on_database(&mut self, address: &str) -> anyhow::Result<()> {
        self.set("HULIU_DATABASE", address);
        self.new_token().await
    }

    /// Where its data is on a server.
    #[must_use]
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// Another node on the same store, with the same pack and keys, in a folder and at a port of its own.
    ///
    /// # Errors
    /// The folder cannot be made, or no port is free.
    pub fn another_node(&self, folder: &Path) -> anyhow::Result<Self> {
        let chosen = Port::choose()?;
        let port = chosen.number();
        std::fs::create_dir_all(folder.join("var"))?;
        std::fs::copy(self.folder.join("var/keys"), folder.join("var/keys"))?;
        let settings = std::fs::read_to_string(self.folder.join("huiliu.toml"))?;
        let (_, rest) = settings.split_once('\n').context("the settings begin with a socket")?;
        std::fs::write(folder.join("huiliu.toml"), format!("listen = \"127.0.0.1:{port}\"\n{rest}"))?;
        Ok(Self {
            binary: self.binary.clone(),
            run: self.run.clone(),
            pack: self.pack.clone(),
            folder: folder.to_owned(),
            environment: self.environment.clone(),
            process: None,
            url: format!("http://127.0.0.1:{port}"),
            token: self.token.clone(),
            amqp: self.amqp.clone(),
            names: self.names.clone(),
            ports: vec![chosen],
            schema: None,
        })
    }

    /// Sends the gateway a signal.
    ///
    /// # Errors
    /// The gateway does not run.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        signal(self.process.as_ref().context("the gateway does not run")?, name).await
    }

    /// Makes an admin's token, in the database that the settings file names now.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn new_token(&mut self) -> anyhow::Result<()> {
        self.token = self.command(&["token", "new", "city", "--role", "admin"]).await?.trim().to_owned();
        Ok(())
    }

    /// Sets an environment variable of the gateway.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Adds to the settings file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn configure(&self, settings: &str) -> anyhow::Result<()> {
        let path = self.folder.join("huiliu.toml");
        let text = std::fs::read_to_string(&path)?;
        Ok(std::fs::write(path, text.replace("[amqp]\n", &format!("[amqp]\n{settings}")))?)
    }

    /// Has health, metrics and the API at a port of their own; its base URL, which is the one of the sandbox from now on.
    ///
    /// # Errors
    /// The settings cannot be written, or no port is free.
    pub fn manage_apart(&mut self) -> anyhow::Result<String> {
        let path = self.folder.join("huiliu.toml");
        let chosen = Port::choose()?;
        let port = chosen.number();
        self.ports.push(chosen);
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&path, format!("management_listen = \"127.0.0.1:{port}\"\n{text}"))?;
        self.url = format!("http://127.0.0.1:{port}");
        Ok(self.url.clone())
    }

    /// URL of the broker.
    #[must_use]
    pub fn amqp(&self) -> &str {
        &self.amqp
    }

    /// Exchange of the public stream.
    #[must_use]
    pub fn tickets_exchange(&self) -> &str {
        &self.names.tickets
    }

    /// Exchange and queue of what consumers of feeds gave up.
    #[must_use]
    pub fn dead(&self) -> &str {
        &self.names.dead
    }

    /// Exchange and queue of what nobody has bound a queue for.
    #[must_use]
    pub fn unrouted(&self) -> &str {
        &self.names.unrouted
    }

    /// Exchange of status updates.
    #[must_use]
    pub fn status_exchange(&self) -> &str {
        &self.names.status
    }

    /// Runs `huiliu` in the folder and gives its standard output.
    ///
    /// # Errors
    /// It failed; the error has all that it said.
    pub async fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.base_command(arguments).output().await?;
        let [found, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        anyhow::ensure!(output.status.success(), "huiliu {}: {found}{said}", arguments.join(" "));
        Ok(found)
    }

    /// Runs `huiliu` in the folder and gives all that it said, however it ended.
    pub async fn run_any(&self, arguments: &[&str]) -> String {
        match self.base_command(arguments).output().await {
            Ok(output) => {
                [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()
            }
            Err(error) => error.to_string(),
        }
    }

    /// Runs `huiliu` in the folder and gives its exit code with its standard output and its standard error.
    ///
    /// # Errors
    /// It cannot be started, or was ended by a signal.
    pub async fn ended(&self, arguments: &[&str]) -> anyhow::Result<(i32, String, String)> {
        let output = self.base_command(arguments).output().await?;
        let [found, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        Ok((output.status.code().context("ended by a signal")?, found, said))
    }

    fn base_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(self.folder.join("huiliu.toml")).args(arguments);
        command.current_dir(&self.folder).envs(self.environment.iter().cloned()).kill_on_drop(true);
        command
    }

    /// Starts `huiliu tail` on this terminal; it ends with the child that is given back.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn tail(&self, count: u64) -> anyhow::Result<Child> {
        Ok(self.base_command(&["tail", "--count", &count.to_string()]).spawn()?)
    }

    /// Starts the gateway and does not wait for anything.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn launch(&mut self) -> anyhow::Result<()> {
        let open = |name: &str| std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join(name));
        let (log, printed) = (open("gateway.log")?, open(PRINTED)?);
        let pack = self.pack.to_string_lossy().into_owned();
        let child = self.base_command(&["run", "--pack", &pack]).stdout(printed).stderr(log).spawn()?;
        self.process = Some(child);
        Ok(())
    }

    /// Starts the gateway and waits until it is ready.
    ///
    /// # Errors
    /// It does not become ready; its log is in `gateway.log`.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.launch()?;
        let mut child = self.process.take().context("the gateway was launched")?;
        let ready = eventually("the gateway is ready", Until(Duration::from_secs(60)), || async {
            let answer = self.get("/readyz").await.ok()?;
            let ready = answer.pointer("/ready").and_then(Value::as_bool);
            (ready == Some(true)).then_some(())
        });
        let outcome = tokio::select! {
            ready = ready => ready,
            ended = child.wait() => Err(anyhow::anyhow!("the gateway has ended: {ended:?}")),
        };
        self.process = Some(child);
        outcome.with_context(|| self.log())
    }

    /// What the gateway has printed for people, which is no log.
    #[must_use]
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.folder.join(PRINTED)).unwrap_or_default()
    }

    /// Process id of the gateway, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref()?.id()
    }

    /// What the gateway logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("gateway.log")).unwrap_or_default()
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// It does not stop, or says that it failed.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        signal(&child, "-TERM").await?;
        let status = tokio::time::timeout(Duration::from_secs(60), child.wait())
            .await
            .context("the gateway does not stop")??;
        anyhow::ensure!(status.success(), "the gateway ended with {status}:\n{}", self.log());
        Ok(())
    }

    /// Ends it without warning, as a loss of power would.
    ///
    /// # Errors
    /// It cannot be ended.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.process.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Sends SIGHUP.
    ///
    /// # Errors
    /// The gateway does not run.
    pub async fn hangup(&self) -> anyhow::Result<()> {
        signal(self.process.as_ref().context("the gateway does not run")?, "-HUP").await
    }

    /// Queue of a feed of the pack, in this run.
    #[must_use]
    pub fn feed_queue(&self, feed: &str) -> String {
        if self.run.is_empty() { format!("huiliu.feed.{feed}") } else { format!("huiliu.feed.{feed}-{}", self.run) }
    }

    /// Stops the gateway and takes this run's exchanges and queues off the broker.
    ///
    /// # Errors
    /// The gateway or the broker fails.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        self.stop().await?;
        let connection = Connection::connect(&self.amqp, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let dead = format!("{}.dead", self.names.status);
        let feeds = ["command", "urban"].map(|feed| self.feed_queue(feed));
        let (unrouted, given_up) = (&self.names.unrouted, &self.names.dead);
        for queue in feeds.iter().chain([&self.names.status, &dead, unrouted, given_up]) {
            channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
        }
        for exchange in [&self.names.tickets, &self.names.feeds, &self.names.status, &dead, unrouted, given_up] {
            channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await?;
        }
        Ok(connection.close(200, "done".into()).await?)
    }

    /// GET with the admin's token.
    ///
    /// # Errors
    /// No answer, or one that is not JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.request("GET", path, None).await?.body)?)
    }

    /// GET with the admin's token: the answer with its header fields, whatever it is.
    ///
    /// # Errors
    /// No answer came.
    pub async fn fetch(&self, path: &str) -> anyhow::Result<Answer> {
        self.request("GET", path, None).await
    }

    /// POST with the admin's token.
    ///
    /// # Errors
    /// No answer came.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.request("POST", path, Some(body)).await
    }

    async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let bytes = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Bytes::from(bytes))?;
        Ok(HttpClient::new().send(request, Duration::from_secs(40)).await?)
    }
}

/// A copy of a pack whose feeds carry the run's name, so that runs beside each other do not share queues, and whose folders take a file after one
/// second.
fn own_pack(from: &Path, to: &Path, run: &str) -> anyhow::Result<PathBuf> {
    copy_folder(from, to)?;
    let city = to.join("city.toml");
    let mut text = std::fs::read_to_string(&city)?;
    for feed in ["command", "urban"] {
        text = text.replace(&format!("name = \"{feed}\""), &format!("name = \"{feed}-{run}\""));
    }
    std::fs::write(city, text)?;
    // Rules of handling, and their cases, name feeds too.
    let cases = std::fs::read_dir(to.join("cases/handling")).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in cases.chain([to.join("handling.toml")]).filter(|path| path.exists()) {
        let mut text = std::fs::read_to_string(&path)?;
        for feed in ["command", "urban"] {
            text = text.replace(&format!("[\"{feed}\"]"), &format!("[\"{feed}-{run}\"]"));
            text = text.replace(&format!("by = \"{feed}\""), &format!("by = \"{feed}-{run}\""));
        }
        std::fs::write(path, text)?;
    }
    for entry in std::fs::read_dir(to.join("channels"))?.flatten() {
        let text = std::fs::read_to_string(entry.path())?;
        if text.contains("settle_s = 10\n") {
            std::fs::write(entry.path(), text.replace("settle_s = 10\n", "settle_s = 1\n"))?;
        }
    }
    Ok(to.to_owned())
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

async fn signal(child: &Child, name: &str) -> anyhow::Result<()> {
    let pid = child.id().context("the gateway has ended")?;
    let status = Command::new("kill").arg(name).arg(pid.to_string()).status().await?;
    anyhow::ensure!(status.success(), "kill {name} {pid} failed");
    Ok(())
}

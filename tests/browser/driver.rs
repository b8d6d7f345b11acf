//! Chromium and its driver.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use huiliu_city::eventually;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::guides;
use crate::town::PATIENCE;

/// What the driver prints before its port.
const STARTED: &str = "started successfully on port ";
/// Impacts of axe-core that no page may have.
const SERIOUS: [&str; 2] = ["serious", "critical"];

/// A language in which pages are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Language {
    /// As browsers name it.
    pub code: &'static str,
    /// A short name.
    pub short: &'static str,
    /// The words with which one signs out: the page is in this language.
    pub sign_out: &'static str,
}

pub const LANGUAGES: [Language; 2] = [
    Language { code: "zh-CN", short: "zh", sign_out: "退出" },
    Language { code: "en", short: "en", sign_out: "Sign out" },
];

/// The screens on which pages are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// A desk: 1366 × 768.
    Desk,
    /// A telephone: 390 × 844.
    Phone,
}

/// The driver's program.
fn program() -> String {
    std::env::var("HULIU_CHROMEDRIVER").unwrap_or_else(|_unset| "chromedriver".to_owned())
}

/// Whether there is a browser and axe-core; says what is missing.
pub fn is_there() -> bool {
    let driver = std::process::Command::new(program()).arg("--version").stdout(Stdio::null()).status().is_ok();
    let there = driver && axe().exists();
    if !there {
        huiliu_city::not_run("chromedriver or axe-core is missing: tests/browser/install installs them");
    }
    there
}

/// A browser in one language.
pub struct Browser {
    pub client: Client,
    driver: Child,
    /// What the browser leaves behind; goes with it.
    _folder: tempfile::TempDir,
    language: &'static str,
    screen: Screen,
}

impl Browser {
    /// A browser whose person reads `language`: `zh-CN` or `en`.
    pub async fn start(language: &'static str, screen: Screen) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut driver = Command::new(program())
            .arg("--port=0")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some((_, port)) = line.split_once(STARTED) {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                format!("--lang={language}"), "--window-size=1366,768",
            ],
            "prefs": { "intl.accept_languages": language },
        });
        if screen == Screen::Phone {
            let metrics = json!({ "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { client, driver, _folder: folder, language, screen }
    }

    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// The first element that a selector of CSS finds.
    pub async fn one(&self, css: &str) -> Element {
        self.client.wait().for_element(Locator::Css(css)).await.unwrap_or_else(|error| unreachable!("{css}: {error}"))
    }

    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Types into a field, in place of what stands there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.one(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub async fn click(&self, css: &str) {
        self.one(css).await.click().await.unwrap();
    }

    /// Clicks on what leads to another page, and waits until that is there.
    pub async fn go(&self, css: &str) {
        self.script("window.isLeft = true", Vec::new()).await;
        self.click(css).await;
        let there = "return window.isLeft !== true && document.readyState === 'complete'";
        let asked = || async { (self.client.execute(there, Vec::new()).await.ok()? == true).then_some(()) };
        eventually("the next page", PATIENCE, asked).await.unwrap();
    }

    /// Chooses in a list.
    pub async fn choose(&self, css: &str, value: &str) {
        self.one(css).await.select_by_value(value).await.unwrap();
    }

    /// The form of a deed.
    fn form(deed: &str) -> String {
        format!("form.deed:has(input[name=deed][value='{deed}'])")
    }

    /// Fills in a field of the form of a deed.
    pub async fn fill_in(&self, deed: &str, field: &str, text: &str) {
        self.fill(&format!("{} [name={field}]", Self::form(deed)), text).await;
    }

    /// Does what the first form of this deed on the page is for.
    pub async fn deed(&self, deed: &str) {
        self.go(&format!("{} button", Self::form(deed))).await;
    }

    /// Does what the form of this deed is for whose member has a value.
    pub async fn deed_of(&self, deed: &str, member: &str, value: &str) {
        self.go(&format!("{}:has(input[name={member}][value='{value}']) button", Self::form(deed))).await;
    }

    /// Is sure, on the page that asks.
    pub async fn sure(&self) {
        self.go("form.deed:has(input[name=sure]) button.main").await;
    }

    /// Opens all that can be unfolded.
    pub async fn open_details(&self) {
        self.script("for (const one of document.querySelectorAll('details')) one.open = true", Vec::new()).await;
    }

    /// What a person reads on the page.
    pub async fn text(&self) -> String {
        self.text_of("body").await
    }

    pub async fn text_of(&self, css: &str) -> String {
        self.one(css).await.text().await.unwrap()
    }

    pub async fn attribute(&self, css: &str, name: &str) -> String {
        self.one(css).await.attr(name).await.unwrap().unwrap_or_default()
    }

    pub async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Paths and queries of the links on the page that begin so, but for those to files.
    pub async fn links(&self, start: &str) -> Vec<String> {
        let script =
            "return [...document.querySelectorAll('a[href]:not([download])')].filter((link) => link.origin === location.origin)
            .map((link) => link.pathname + link.search).filter((path) => path.startsWith(arguments[0]))";
        let found = self.script(script, vec![json!(start)]).await;
        serde_json::from_value(found).unwrap()
    }

    /// A key, pressed and let go.
    pub async fn press(&self, key: char) {
        self.keys(vec![KeyAction::Down { value: key }, KeyAction::Up { value: key }]).await;
    }

    /// A key, held down for so long that it repeats. The driver's keys do not repeat: the events are those that browsers send.
    pub async fn hold(&self, key: char) {
        self.keys(vec![KeyAction::Down { value: key }]).await;
        let repeat = "for (let i = 0; i < 5; i += 1) document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key: arguments[0], repeat: true, bubbles: true, cancelable: true }));";
        self.script(repeat, vec![json!(key.to_string())]).await;
        self.keys(vec![KeyAction::Up { value: key }]).await;
    }

    async fn keys(&self, actions: Vec<KeyAction>) {
        let keys = actions.into_iter().fold(KeyActions::new("keys".to_owned()), |keys, action| keys.then(action));
        self.client.perform_actions(keys).await.unwrap();
    }

    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Leaves a picture of the page, and finds it accessible.
    pub async fn look(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
        std::fs::create_dir_all(&folder).unwrap();
        let screen = if self.screen == Screen::Phone { "-phone" } else { "" };
        let language = self.language.split('-').next().unwrap_or_default();
        let picture = self.client.screenshot().await.unwrap();
        let file = format!("{name}{screen}.{language}.png");
        guides::keep(&file, &picture);
        std::fs::write(folder.join(file), picture).unwrap();
        self.is_accessible(name).await;
        let wide = self.script("return document.documentElement.scrollWidth - window.innerWidth", Vec::new()).await;
        assert!(wide.as_i64().unwrap_or_default() <= 0, "{name} is wider than the screen by {wide}");
    }

    async fn is_accessible(&self, name: &str) {
        self.script(&std::fs::read_to_string(axe()).unwrap(), Vec::new()).await;
        let run = "const done = arguments[arguments.length - 1]; axe.run().then(done, error => done({ error: String(error) }))";
        let found = self.client.execute_async(run, Vec::new()).await.unwrap();
        let violations = found["violations"].as_array().unwrap_or_else(|| unreachable!("{name}: {found}"));
        let serious: Vec<String> = violations
            .iter()
            .filter(|one| one["impact"].as_str().is_some_and(|impact| SERIOUS.contains(&impact)))
            .map(|one| format!("{}: {} {}", one["id"], one["help"], one["nodes"][0]["html"]))
            .collect();
        assert!(serious.is_empty(), "{name} ({}):\n{}", self.language, serious.join("\n"));
    }

    pub async fn close(mut self) {
        self.client.close().await.unwrap();
        self.driver.kill().await.unwrap();
    }
}

/// The file of axe-core.
fn axe() -> PathBuf {
    let installed = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser/node_modules/axe-core/axe.min.js");
    std::env::var_os("HULIU_AXE").map_or_else(installed, PathBuf::from)
}

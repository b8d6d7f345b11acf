//! A county without any platform, with the operator of its SMS: what handlers are texted, what their pages are asked and say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Scene, Scripted, eventually};
use serde_json::Value;

use crate::town::{PATIENCE, Town, amqp, between};

pub const CITIZEN: &str = "13800001111";
/// A point of the county, and its name.
pub const POINT: &str = "GX-00002";

/// What a browser is answered.
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A text that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub phone: String,
    pub words: String,
}

impl Text {
    /// The path of the link in it.
    pub fn link(&self) -> Option<String> {
        let (_, rest) = self.words.split_once("/h/")?;
        let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        Some(format!("/h/{token}"))
    }
}

/// The county with the operator of its SMS.
pub struct County {
    pub town: Town,
    pub operator: Scripted,
}

pub fn gongxian() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/gongxian")
}

impl County {
    pub async fn start(name: &str) -> Self {
        let mut town = Town::prepare_of(name, &amqp(), &gongxian()).await;
        let taken = br#"{"result":0,"errmsg":"OK"}"#.to_vec();
        let (content_type, when) = ("application/json".to_owned(), String::new());
        let scene = Scene { when, times: None, status: 200, content_type, body: taken };
        let operator = Scripted::start(vec![scene]).await.unwrap();
        let secrets = std::fs::read_to_string(gongxian().join("secrets.env.example")).unwrap();
        for (name, value) in
            secrets.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='))
        {
            town.sandbox.set(name, value);
        }
        town.sandbox.set("HULIU_GONGXIAN_SMS_URL", &operator.url);
        town.sandbox.set("HULIU_LOG", "debug,lapin=off,hyper=off,h2=off");
        let bulletin = town.sandbox.pack.join("destinations/bulletin.toml");
        let own = town.sandbox.folder.join("var").display().to_string();
        let text = std::fs::read_to_string(&bulletin).unwrap().replace("/srv/share/gongxian/bulletin", &own);
        std::fs::write(bulletin, text).unwrap();
        let settings = town.sandbox.folder.join("huiliu.toml");
        let mut text = std::fs::read_to_string(&settings).unwrap();
        text.push_str(&format!("[handlers]\npublic_url = \"{}\"\nlink_hours = 48\n", town.sandbox.url));
        std::fs::write(settings, text).unwrap();
        town.sandbox.start().await.unwrap();
        Self { town, operator }
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.town.sandbox.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body)).unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(60)).await.unwrap();
        Page { status: answer.status.as_u16(), headers: answer.headers, body: answer.body }
    }

    pub async fn page(&self, path: &str) -> Page {
        self.ask("GET", path, &[], Vec::new()).await
    }

    pub async fn multipart(&self, path: &str, parts: &[(&str, &[u8])], headers: &[(&str, &str)]) -> Page {
        let mut body = Vec::new();
        for (name, content) in parts {
            let file = if *name == "photo" { "; filename=\"a.jpg\"\r\nContent-Type: image/jpeg" } else { "" };
            body.extend(format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        let kind = ("content-type", "multipart/form-data; boundary=limit");
        self.ask("POST", path, &[&[kind], headers].concat(), body).await
    }

    /// Says one thing on a page, as it is shown now.
    pub async fn say(&self, link: &str, what: &str, words: &str, photo: &[u8]) -> Page {
        let shown = self.page(link).await.text();
        let once = between(&shown, "name=\"once\" value=\"", "\"").to_owned();
        let parts: [(&str, &[u8]); 5] = [
            ("what", what.as_bytes()),
            ("once", once.as_bytes()),
            ("at", b""),
            ("words", words.as_bytes()),
            ("photo", photo),
        ];
        self.multipart(link, &parts, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Files a matter by the form at the point; its two numbers.
    pub async fn file(&self, id: &str, text: &str) -> (String, String) {
        self.file_of(id, text, (POINT, "village-road", CITIZEN)).await
    }

    pub async fn file_of(
        &self,
        id: &str,
        text: &str,
        (point, category, phone): (&str, &str, &str),
    ) -> (String, String) {
        let photo = photo();
        let parts: [(&str, &[u8]); 8] = [
            ("id", id.as_bytes()),
            ("point", point.as_bytes()),
            ("category", category.as_bytes()),
            ("text", text.as_bytes()),
            ("phone", phone.as_bytes()),
            ("consent", b"1"),
            ("publish", b"1"),
            ("photo", &photo),
        ];
        let filed = self.multipart(&format!("/f/{point}"), &parts, &[]).await;
        let text = filed.text();
        assert_eq!(filed.status, 200, "{text}");
        let value = |name: &str| between(&text, &format!("name=\"{name}\" value=\""), "\"").to_owned();
        (value("receipt_number"), value("code"))
    }

    pub fn texts(&self) -> Vec<Text> {
        let asked = self.operator.asked().into_iter();
        let read = |call: String| {
            let body: Value = serde_json::from_str(call.split_once('\n').unwrap().1).unwrap();
            let word = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            Text { phone: word("/tel/mobile"), words: word("/msg") }
        };
        asked.map(read).collect()
    }

    /// Waits for a text about a ticket to somebody who is not among these.
    pub async fn text(&self, ticket: &str, known: &[&str]) -> Text {
        eventually("a text with a link", PATIENCE, || async {
            let mut texts = self.texts().into_iter();
            texts.find(|text| {
                text.words.contains(ticket) && text.link().is_some() && !known.contains(&text.phone.as_str())
            })
        })
        .await
        .unwrap()
    }

    pub async fn ticket(&self, receipt: &str) -> Value {
        let found = self.town.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
        let id = found["complaints"][0]["ticket"].as_str().unwrap().to_owned();
        self.town.sandbox.get(&format!("/api/v1/tickets/{id}")).await.unwrap()
    }

    /// What the screens in the villages have pulled.
    pub async fn screen(&self) -> Value {
        let token = ["token", "new", "gongxian-screens", "--role", "platform", "--replace"];
        let token = self.town.sandbox.command(&token).await.unwrap().trim().to_owned();
        let bearer = format!("Bearer {token}");
        let events = self.ask("GET", "/api/v1/feeds/screens/events", &[("authorization", &bearer)], Vec::new()).await;
        assert_eq!(events.status, 200, "{}", events.text());
        serde_json::from_slice(&events.body).unwrap()
    }

    /// What the audit log says of somebody.
    pub async fn audit_of(&self, actor: &str) -> Vec<(String, String)> {
        let auditor = ["token", "new", "inspector", "--role", "auditor", "--replace"];
        let token = self.town.sandbox.command(&auditor).await.unwrap().trim().to_owned();
        let bearer = format!("Bearer {token}");
        let path = format!("/api/v1/audit?limit=500&actor={actor}");
        let page = self.ask("GET", &path, &[("authorization", &bearer)], Vec::new()).await;
        let page: Value = serde_json::from_slice(&page.body).unwrap();
        let entries = page["entries"].as_array().unwrap();
        let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        entries.iter().map(|entry| (word(entry, "action"), word(entry, "role"))).collect()
    }

    /// Whether something stands in the log or in the files of the database.
    pub fn is_kept(&self, sought: &str) -> bool {
        let in_log = self.town.sandbox.log().contains(sought);
        let files = std::fs::read_dir(self.town.sandbox.folder.join("var")).unwrap().flatten();
        let found = files.filter(|file| file.path().is_file()).any(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            bytes.windows(sought.len()).any(|window| window == sought.as_bytes())
        });
        in_log || found
    }
}

/// A photo with a place in it.
pub fn photo() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xFE, b"GPS28.43N104.71E"),
        segment(0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 3, 0xFF, 0xD9],
    ]
    .concat()
}

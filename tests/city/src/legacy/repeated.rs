//! A PHP site on which citizens report by a page, and which passes each report on as the page gave it.
//!
//! **What it posts**: a form in UTF-8 with `token`, `id`, `content`, `mobile`, and `kind` and `photo` **as often as the citizen has ticked a box or added
//! a picture**: none, one or several times under the same name (`kind[]` as PHP writes it is sent as `kind%5B%5D`).
//!
//! **What it wants**: HTTP 200 and `OK`; anything else is posted again at night.
//!
//! **Replies** go to `POST /done.php` as a form with `token`, `id`, `msg`, and `kind%5B%5D` once for each kind that the report had, in their order. The answer is
//! `OK`, or `ERR` and a word.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::routing::post;

use super::{Matter, Notes, serve};

const TOKEN: &str = "city-php-token";

/// A site that passes pages on.
#[derive(Debug, Clone)]
pub struct RepeatedKeys {
    kinds: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Where it takes replies.
    pub url: String,
}

impl RepeatedKeys {
    /// The token that both sides show.
    pub const TOKEN: &str = TOKEN;

    /// Starts its reply page on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let mut site = Self { kinds: Arc::default(), notes: Notes::default(), url: String::new() };
        let router = Router::new().route("/done.php", post(reply)).with_state(site.clone());
        site.url = serve(router).await?;
        Ok(site)
    }

    /// Passes a report on with its kinds and pictures.
    ///
    /// # Errors
    /// It is not answered with `OK`.
    pub async fn post(&self, gateway: &str, report: &Matter, kinds: &[&str], photos: &[&str]) -> anyhow::Result<()> {
        let id = format!("P{}", report.number);
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), kinds.clone());
        let mut pairs = vec![
            format!("token={TOKEN}"),
            format!("id={id}"),
            format!("content={}", encoded(&report.text)),
            format!("mobile={}", report.phone),
        ];
        pairs.extend(kinds.iter().map(|kind| format!("kind%5B%5D={}", encoded(kind))));
        pairs.extend(photos.iter().map(|photo| format!("photo={}", encoded(photo))));
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=UTF-8")];
        let answer =
            super::post(&format!("{gateway}/in/repeated-keys"), &headers, pairs.join("&").into_bytes()).await?;
        anyhow::ensure!(answer.status.as_u16() == 200 && answer.body.as_ref() == b"OK", "{answer:?}");
        Ok(())
    }
}

/// As PHP's `urlencode` writes it.
fn encoded(text: &str) -> String {
    let written = text.bytes().map(|byte| match byte {
        b' ' => "+".to_owned(),
        b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    written.collect()
}

/// A value as PHP's `urldecode` reads it; none where it is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let tree = huiliu_payload::parse_form(format!("v={text}").as_bytes(), huiliu_payload::Charset::Utf8).ok()?;
    tree.get("v")?.as_str().map(str::to_owned)
}

async fn reply(State(site): State<RepeatedKeys>, body: String) -> String {
    let mut fields: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in body.split('&').filter_map(|pair| pair.split_once('=')) {
        fields.entry(name).or_default().push(decoded(value).unwrap_or_default());
    }
    let one = |name: &str| match fields.get(name).map(Vec::as_slice) {
        Some([value]) => value.clone(),
        _ => String::new(),
    };
    let kinds = fields.get("kind%5B%5D").cloned().unwrap_or_default();
    let known = site.kinds.lock().unwrap_or_else(PoisonError::into_inner).get(&one("id")).cloned();
    if one("token") != TOKEN || one("msg").is_empty() || known.as_ref() != Some(&kinds) || !body.is_ascii() {
        site.notes.refuse(body);
        return "ERR fields".to_owned();
    }
    site.notes.replied(&one("id"), &one("msg"));
    "OK".to_owned()
}

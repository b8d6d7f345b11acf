//! Doubles of legacy systems for which no adapter was written. The head of each file is the description that its vendor would hand over; the
//! double holds every caller to it, and answers what is against it as such systems do. What it was told, and what it had to refuse, is noted
//! for tests.

mod caller;
mod created;
mod gbk;
mod orders;
mod portal;
mod repeated;
mod rows;
mod secured;
mod signed;
mod tokened;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use bytes::Bytes;
use http::Request;
use huiliu_adapter_api::{Clock as _, SystemClock};
use huiliu_adapter_http::HttpClient;
use jiff::Timestamp;
use tokio::net::TcpListener;

pub use caller::{Caller, Fault};
pub use created::Created;
pub use gbk::GbkForms;
pub use orders::Orders;
pub use portal::Portal;
pub use repeated::RepeatedKeys;
pub use rows::Rows;
pub use secured::Secured;
pub use signed::Signed;
pub use tokened::Tokened;

/// Longest wait for the gateway.
const TIMEOUT: Duration = Duration::from_secs(40);

/// What a citizen wrote to a system.
#[derive(Debug, Clone)]
pub struct Matter {
    /// The system's own number.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// Name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
}

impl Matter {
    /// A matter of an invented citizen.
    #[must_use]
    pub fn of(number: u64, title: &str, text: &str) -> Self {
        let (title, text) = (title.to_owned(), text.to_owned());
        Self { number, title, text, name: "王小明".to_owned(), phone: "13800001111".to_owned() }
    }
}

#[derive(Debug, Default)]
struct Written {
    replies: BTreeMap<String, Vec<String>>,
    refused: Vec<String>,
    signed: Vec<String>,
}

/// What a system was told, and what it had to refuse. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Written>>);

impl Notes {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replied(&self, number: &str, text: &str) {
        self.written().replies.entry(number.to_owned()).or_default().push(text.to_owned());
    }

    fn refuse(&self, why: impl Into<String>) {
        self.written().refused.push(why.into());
    }

    fn sign(&self, number: &str) {
        self.written().signed.push(number.to_owned());
    }

    /// The replies that were right, by the system's number.
    #[must_use]
    pub fn replies(&self) -> BTreeMap<String, Vec<String>> {
        self.written().replies.clone()
    }

    /// Why callers were refused, in their order.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        self.written().refused.clone()
    }

    /// The numbers that were signed for, in their order.
    #[must_use]
    pub fn signed(&self) -> Vec<String> {
        self.written().signed.clone()
    }
}

/// Serves a double on a free port; its base URL.
async fn serve(router: Router) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// Posts a body to the gateway as a system does that knows no retry.
async fn post(url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> anyhow::Result<huiliu_adapter_http::Answer> {
    let mut request = Request::post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(HttpClient::new().send(request.body(Bytes::from(body))?, TIMEOUT).await?)
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// One header field, or nothing.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// One cookie, or nothing.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let pairs = header(headers, "cookie").split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(found, _)| *found == name).map(|(_, value)| value).next().unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

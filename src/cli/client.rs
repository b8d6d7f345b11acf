//! Asking a running gateway.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use http::Request;
use huiliu_adapter_http::{Answer, HttpClient};
use huiliu_expression::is_invisible;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::cause;
use crate::catalogue::{Locale, say};
use crate::config::Config;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where the gateway is and who asks.
#[derive(Debug, Args)]
pub(super) struct Gateway {
    #[arg(long, global = true)]
    url: Option<String>,
    #[arg(long, global = true)]
    token: Option<String>,
}

/// A gateway that answers.
pub(super) struct Client {
    http: HttpClient,
    base: String,
    token: String,
}

/// The gateway refused, and said why.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    /// HTTP status.
    pub(super) status: u16,
    message: String,
}

impl Gateway {
    /// Whether a gateway is named on the command line.
    pub(super) fn is_named(&self) -> bool {
        self.url.is_some()
    }

    pub(super) fn client(self, config: &Config) -> anyhow::Result<Client> {
        let listen = config.management_listen.unwrap_or(config.listen);
        let base = self.url.unwrap_or_else(|| format!("http://{listen}")).trim_end_matches('/').to_owned();
        let is_url = base.parse::<http::Uri>().is_ok_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
        });
        anyhow::ensure!(is_url, say!("error-url", url = base));
        let token = self.token.or_else(|| std::env::var("HULIU_TOKEN").ok()).with_context(|| say!("error-no-token"))?;
        Ok(Client { http: HttpClient::new(), base, token })
    }
}

/// The time zone that a health document names.
pub(super) fn zone_of(health: &Value) -> TimeZone {
    let name = health["pack"]["zone"].as_str().unwrap_or_default();
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

impl Client {
    /// The gateway of this machine, for what needs no token.
    pub(super) fn of_settings(config: &Config) -> Self {
        let listen = config.management_listen.unwrap_or(config.listen);
        Self { http: HttpClient::new(), base: format!("http://{listen}"), token: String::new() }
    }
}

/// A value as it stands in the query of a URL.
pub(super) fn in_query(value: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(value, NON_ALPHANUMERIC)
}

impl Client {
    /// The time zone of the city, in which times are shown.
    pub(super) async fn zone(&self) -> anyhow::Result<TimeZone> {
        let health = self.get("/healthz").await?;
        Ok(zone_of(&health))
    }

    /// How the gateway stands: its document also where it says that it is not ready.
    pub(super) async fn readiness(&self) -> anyhow::Result<Value> {
        let request = Request::get(format!("{}/readyz", self.base)).body(Bytes::new())?;
        let answer = self.answer(request).await?;
        serde_json::from_slice(&answer.body)
            .with_context(|| say!("error-answer", path = "/readyz", status = answer.status.as_u16()))
    }

    async fn answer(&self, request: Request<Bytes>) -> anyhow::Result<Answer> {
        self.http.send(request, TIMEOUT).await.with_context(|| say!("error-no-answer", url = self.base))
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Request::get(format!("{}{path}", self.base)), Bytes::new(), path).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = Request::post(format!("{}{path}", self.base)).header("content-type", "application/json");
        self.send(request, Bytes::from(body.to_string()), path).await
    }

    async fn send(&self, request: http::request::Builder, body: Bytes, path: &str) -> anyhow::Result<Value> {
        let mut document = serde_json::from_slice(&self.fetch(request, body, path).await?)?;
        calm(&mut document);
        Ok(document)
    }

    /// What is no document: a page or a file.
    pub(super) async fn get_file(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = Request::get(format!("{}{path}", self.base));
        Ok(self.fetch(request, Bytes::new(), path).await?.to_vec())
    }

    async fn fetch(&self, request: http::request::Builder, body: Bytes, path: &str) -> anyhow::Result<Bytes> {
        let request = request.header("authorization", format!("Bearer {}", self.token)).body(body)?;
        let answer = self.answer(request).await?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        // The path alone: a query may name a citizen.
        let path = path.split('?').next().unwrap_or_default();
        let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let part = |name: &str| problem[name].as_str().unwrap_or_default();
        let status = answer.status.as_u16();
        let message = match Locale::of_process().pick(part("error_zh"), part("detail")) {
            "" => {
                let said = say!("error-answer", path = path, status = status);
                cause::foreign(&said, &format!("{said}: {}", String::from_utf8_lossy(&answer.body)))
            }
            said => say!("error-refused", said = said, path = path, status = status, request = part("request_id")),
        };
        Err(Refused { status, message }.into())
    }
}

/// Takes out of words what would steer a terminal instead of being read on it: other people wrote them.
fn calm(value: &mut Value) {
    let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || is_invisible(c);
    match value {
        Value::String(text) if text.contains(steers) => text.retain(|c| !steers(c)),
        Value::Array(values) => values.iter_mut().for_each(calm),
        Value::Object(members) => members.values_mut().for_each(calm),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_others_wrote_steers_no_terminal() {
        let mut said = json!({ "title": "a\u{1b}]0;x\u{7}b\nc\u{202e}d", "list": ["\u{0}e"], "count": 1 });
        calm(&mut said);
        assert_eq!(said, json!({ "title": "a]0;xb\ncd", "list": ["e"], "count": 1 }));
    }
}

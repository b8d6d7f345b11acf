//! What a case expects of a message: method, URL, status, header fields, body, of which those count that are written down.

use std::collections::BTreeMap;

use http::HeaderMap;
use huiliu_payload::{Charset, decode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::calls::Words;
use super::difference::compare;

/// `expect` of a case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// HTTP method.
    method: Option<String>,
    /// URL.
    url: Option<String>,
    /// HTTP status of an answer.
    status: Option<u16>,
    /// All header fields that the channel sets.
    headers: Option<BTreeMap<String, String>>,
    /// The body: a text is compared as it stands, a table or a list as JSON.
    body: Option<Value>,
    /// Encoding of the body; default `utf-8`.
    encoding: Option<String>,
    /// How many records a push brings.
    records: Option<usize>,
}

/// What was made.
pub(super) struct Made<'a> {
    pub method: Option<&'a str>,
    pub url: Option<String>,
    pub status: Option<u16>,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub records: Option<usize>,
}

impl Expected {
    /// What differs; what cannot be compared is a problem. Where nothing is expected, what was made is shown as a case would write it.
    pub(super) fn difference(expected: Option<&Self>, made: &Made<'_>) -> Result<String, Words> {
        let encoding = expected.and_then(|expected| expected.encoding.as_deref()).unwrap_or("utf-8");
        let charset = Charset::from_name(encoding).ok_or_else(|| {
            let known = Charset::NAMES;
            (
                format!("未知的编码 {encoding}；可用：{known}"),
                format!("unknown encoding {encoding}; known are: {known}"),
            )
        })?;
        let body = match decode(made.body, charset) {
            Ok(decoded) => decoded.text,
            Err(_) => String::from_utf8_lossy(made.body).into_owned(),
        };
        let pairs = expected.map(|expected| expected.pairs(made, &body)).unwrap_or_default();
        // What compares nothing can never fail.
        if pairs.is_empty() {
            let written = made.written(&body);
            return Err((
                format!("没有写 expect，或 expect 里什么也没有。现在得到的是（请看过再抄进用例）：\n{written}"),
                format!(
                    "there is no expect, or nothing in it; this is what comes now (read it before you copy it into the case):\n{written}"
                ),
            ));
        }
        let mut difference = String::new();
        for (name, (wanted, got)) in pairs {
            compare(&mut difference, &format!(".{name}"), &wanted, &got);
        }
        Ok(difference)
    }

    /// What is expected beside what was made, by name.
    fn pairs(&self, made: &Made<'_>, body: &str) -> Vec<(&'static str, (Value, Value))> {
        let mut pairs = Vec::new();
        let mut add =
            |name, wanted: Option<Value>, got: Value| pairs.extend(wanted.map(|wanted| (name, (wanted, got))));
        add("method", self.method.as_ref().map(|method| json!(method)), json!(made.method));
        add("url", self.url.as_ref().map(|url| json!(url)), json!(made.url));
        add("status", self.status.map(|status| json!(status)), json!(made.status));
        add("records", self.records.map(|records| json!(records)), json!(made.records));
        let lower = |headers: &BTreeMap<String, String>| {
            let of = |(name, value): (&String, &String)| (name.to_ascii_lowercase(), json!(value));
            Value::Object(headers.iter().map(of).collect())
        };
        add("headers", self.headers.as_ref().map(lower), made.headers());
        let as_tree = self.body.as_ref().filter(|wanted| !wanted.is_string());
        let tree = as_tree.and_then(|_| serde_json::from_str(body).ok());
        add("body", self.body.clone(), tree.unwrap_or_else(|| json!(body)));
        pairs
    }
}

impl Made<'_> {
    /// Header fields by their names; several values of one name joined.
    fn headers(&self) -> Value {
        let of = |name: &http::HeaderName| {
            let values = self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            values.collect::<Vec<_>>().join(", ")
        };
        Value::Object(
            self.headers.keys().map(|name| (name.as_str().to_owned(), json!(of(name)))).collect::<Map<_, _>>(),
        )
    }

    /// As a case would write it.
    fn written(&self, body: &str) -> String {
        let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut lines = Vec::new();
        lines.extend(self.method.map(|method| format!("method = {}", text(method))));
        lines.extend(self.url.as_ref().map(|url| format!("url = {}", text(url))));
        lines.extend(self.status.map(|status| format!("status = {status}")));
        lines.extend(self.records.map(|records| format!("records = {records}")));
        if let Value::Object(headers) = self.headers() {
            let one = |(name, value): (&String, &Value)| {
                format!("{} = {}", text(name), text(value.as_str().unwrap_or_default()))
            };
            lines.push(format!("headers = {{ {} }}", headers.iter().map(one).collect::<Vec<_>>().join(", ")));
        }
        lines.push(format!("body = {}", text(body)));
        lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

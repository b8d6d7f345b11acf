//! A request as the expressions and templates of a channel see it.

use huiliu_adapter_api::PushRequest;
use huiliu_payload::Charset;
use serde_json::{Value, json};

/// The parts of a request, as values.
pub(crate) struct Viewed {
    method: Value,
    path: Value,
    query: Value,
    headers: Value,
}

impl Viewed {
    pub(crate) fn of(request: &PushRequest) -> Self {
        let query = huiliu_payload::parse_form(request.query.as_bytes(), Charset::Utf8).unwrap_or_default();
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), json!(String::from_utf8_lossy(value.as_bytes()))));
        let headers = Value::Object(headers.collect());
        Self { method: json!(request.method.as_str()), path: json!(request.path), query, headers }
    }

    pub(crate) fn variables(&self) -> [(&str, &Value); 4] {
        [("method", &self.method), ("path", &self.path), ("query", &self.query), ("headers", &self.headers)]
    }

    /// The variable `request` of answers: `method`, `path`, `query`, `headers`, `body`.
    pub(crate) fn to_value(&self, body: &Value) -> Value {
        let Self { method, path, query, headers } = self;
        json!({ "method": method, "path": path, "query": query, "headers": headers, "body": body })
    }
}

//! How an answer says that a login no longer holds.

use http::{HeaderMap, StatusCode};
use huiliu_expression::Context;
use huiliu_payload::{FormatKind, Instead, guess, instead};
use serde_json::{Value, json};

use super::Login;
use crate::call::Call;
use crate::client::Answer;

impl Login {
    /// Whether an answer to a later call says that the login no longer holds.
    pub fn has_expired(&self, answer: &Answer, call: &Call) -> bool {
        if !self.steps.is_empty() && call.declares() != FormatKind::Text && is_login_page(&answer.body) {
            return true;
        }
        let Some(expired) = &self.expired else {
            return answer.status == StatusCode::UNAUTHORIZED && !self.steps.is_empty();
        };
        let tree = call.tree_of(answer).unwrap_or_else(|| Value::String(text_of(&answer.body)));
        let (status, headers) = (json!(answer.status.as_u16()), headers_value(&answer.headers));
        let context = Context::new([("status", &status), ("headers", &headers), ("answer", &tree)]);
        expired.eval(&context).is_ok_and(|found| found.is_true())
    }
}

/// Header fields as expressions see them: names in lower case; of several values of one name the first.
pub(crate) fn headers_value(headers: &HeaderMap) -> Value {
    let of = |name: &http::HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    Value::Object(headers.keys().map(|name| (name.as_str().to_owned(), json!(of(name)))).collect())
}

fn text_of(body: &[u8]) -> String {
    guess(body).decode(body).0.into_owned()
}

/// Whether a web page came that asks for a password.
fn is_login_page(body: &[u8]) -> bool {
    /// Bytes of the page that are looked at.
    const HEAD_BYTES: usize = 200_000;
    let head = body.get(..HEAD_BYTES).unwrap_or(body);
    matches!(instead(head), Some(Instead::Page { .. })) && {
        let lower = text_of(head).to_ascii_lowercase();
        ["type=\"password\"", "type='password'", "type=password"].iter().any(|mark| lower.contains(mark))
    }
}

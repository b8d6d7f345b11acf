//! What the trace of a channel shows of a call: without secrets, cut, and of a login neither bodies nor queries.

use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, PROXY_AUTHORIZATION};
use huiliu_adapter_api::{AdapterError, Judged, MAX_TRACED_BYTES, ShownRequest, TracedMessage};
use huiliu_payload::guess;

use crate::CallError;
use crate::mask::{MASK, without_secrets};

/// Words in the names of header fields whose values are secrets, whoever sends them.
const SECRET_NAMES: [&str; 8] = ["auth", "cookie", "token", "secret", "password", "passwd", "api-key", "apikey"];
/// Bytes of a body that secrets are looked for in, before it is cut.
const SEARCHED_BYTES: usize = 16 * MAX_TRACED_BYTES;

/// Header fields and the beginning of a body, without secrets; of a login neither values of header fields nor a body.
pub(crate) fn message(headers: &HeaderMap, body: &[u8], hidden: &[String], login: bool) -> TracedMessage {
    let mut left = MAX_TRACED_BYTES;
    let mut shown = Vec::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let value = match login && name != CONTENT_TYPE {
            true => MASK.to_owned(),
            false => cut(header(name.as_str(), value, hidden), left),
        };
        left = left.saturating_sub(name.as_str().len() + value.len());
        shown.push((name.as_str().to_owned(), value));
    }
    let body_shown = (!login).then(|| text(body, hidden));
    TracedMessage { headers: shown, body: body_shown, bytes: body.len() }
}

/// The value of a header field, without secrets; of credentials their scheme alone.
fn header(name: &str, value: String, hidden: &[String]) -> String {
    let lower = name.to_ascii_lowercase();
    if lower == AUTHORIZATION.as_str() || lower == PROXY_AUTHORIZATION.as_str() {
        return value.split_once(' ').map_or_else(|| MASK.to_owned(), |(scheme, _)| format!("{scheme} {MASK}"));
    }
    if lower != "www-authenticate" && SECRET_NAMES.iter().any(|secret| lower.contains(secret)) {
        return MASK.to_owned();
    }
    without_secrets(value, hidden)
}

/// The first bytes of a body as text.
fn text(body: &[u8], hidden: &[String]) -> String {
    let head = body.get(..SEARCHED_BYTES.min(body.len())).unwrap_or(body);
    cut(without_secrets(guess(head).decode(head).0.into_owned(), hidden), MAX_TRACED_BYTES)
}

/// A URL without secrets; of a login without its query, which may hold more of them.
pub(crate) fn url(url: &str, hidden: &[String], login: bool) -> String {
    let shown = match url.split_once('?') {
        Some((path, _)) if login => format!("{path}?{MASK}"),
        _ => url.to_owned(),
    };
    cut(without_secrets(shown, hidden), MAX_TRACED_BYTES)
}

fn cut(mut text: String, most_bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(most_bytes));
    text
}

/// A request as people are shown it.
pub(crate) fn shown(request: &http::Request<bytes::Bytes>, hidden: &[String]) -> ShownRequest {
    ShownRequest {
        method: request.method().to_string(),
        url: url(&request.uri().to_string(), hidden, false),
        message: message(request.headers(), request.body(), hidden, false),
    }
}

/// How a call was judged, and why.
pub(crate) fn judged(error: &CallError, answered: bool) -> (Judged, String) {
    let judged = match error {
        CallError::Unreadable(_) | CallError::Damaged { .. } => Judged::Unreadable,
        CallError::Failed(AdapterError::Transient { .. }) if !answered => Judged::NoAnswer,
        CallError::Failed(AdapterError::Transient { .. }) => Judged::Busy,
        CallError::Failed(AdapterError::Refused { .. }) => Judged::Refused,
        CallError::Failed(AdapterError::Misconfigured { .. }) => Judged::Misconfigured,
        CallError::Failed(AdapterError::Gone { .. }) => Judged::Gone,
    };
    (judged, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_hidden_whoever_sends_them() {
        let hidden = ["geheim1".to_owned()];
        let of = |name: &str, value: &str| header(name, value.to_owned(), &hidden);
        assert_eq!(of("authorization", "Bearer abcd"), "Bearer ***");
        assert_eq!(of("authorization", "abcd"), "***");
        for name in ["cookie", "set-cookie", "x-api-key", "access_token", "X-Auth"] {
            assert_eq!(of(name, "abcd"), "***", "{name}");
        }
        assert_eq!(of("x-trace", "a-geheim1"), "a-***");
        assert_eq!(of("www-authenticate", "Bearer realm=\"r\""), "Bearer realm=\"r\"");
    }

    #[test]
    fn bodies_are_cut_and_those_of_logins_are_not_shown() {
        let body = format!("geheim1{}", "路".repeat(2 * MAX_TRACED_BYTES));
        let shown = message(&HeaderMap::new(), body.as_bytes(), &["geheim1".to_owned()], false);
        let text = shown.body.unwrap();
        assert!(text.starts_with("***路") && text.len() <= MAX_TRACED_BYTES, "{}", text.len());
        assert_eq!(shown.bytes, body.len());
        assert_eq!(message(&HeaderMap::new(), b"token", &[], true).body, None);
        assert_eq!(url("http://a/login?user=x", &[], true), "http://a/login?***");
    }
}

//! Who may call: API key, signed request, or a static secret as legacy systems have it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use huiliu_adapter_api::{Clock, Opening, Problems, PushRequest, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Expression};
use ring::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

/// Most nonces remembered; more calls than that within the window are refused.
const MAX_NONCES: usize = 100_000;
/// Shortest nonce.
const MIN_NONCE_CHARS: usize = 8;
/// Longest nonce.
const MAX_NONCE_CHARS: usize = 128;

/// The `auth` table: exactly one of its members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum AuthSettings {
    /// A key in a header.
    ApiKey {
        /// Header name; default `x-api-key`.
        header: Option<SpannedText>,
        /// Name of the secret.
        secret: SpannedText,
    },
    /// HMAC-SHA256 over time, nonce and body.
    Hmac {
        /// Name of the secret.
        secret: SpannedText,
        /// How far the caller's clock may be off, in seconds, 1 to 3,600; default 300.
        window_s: Option<u32>,
    },
    /// A secret that the caller puts somewhere: an expression over `query`, `headers`, `path` and `body` gives it.
    Static {
        /// The expression, e.g. `query.token` or `body.ValidateData`.
        value: SpannedText,
        /// Name of the secret.
        secret: SpannedText,
    },
}

/// Checks callers.
pub(crate) enum Auth {
    ApiKey { header: http::HeaderName, secret: String },
    Hmac { key: hmac::Key, window_s: i64, nonces: Mutex<Nonces>, clock: Arc<dyn Clock> },
    Static { value: Expression, secret: String },
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ApiKey { .. } => "ApiKey",
            Self::Hmac { .. } => "Hmac",
            Self::Static { .. } => "Static",
        })
    }
}

/// Nonces seen within the window, and the second in which each may be forgotten.
#[derive(Default)]
pub(crate) struct Nonces {
    seen: HashMap<String, i64>,
    by_second: BTreeSet<(i64, String)>,
}

impl Nonces {
    /// Notes a nonce until `forget_at`; false when it was seen before or too many are remembered.
    fn take(&mut self, nonce: &str, now: i64, forget_at: i64) -> bool {
        while let Some((second, _)) = self.by_second.first()
            && *second < now
        {
            if let Some((_, nonce)) = self.by_second.pop_first() {
                self.seen.remove(&nonce);
            }
        }
        if self.seen.len() >= MAX_NONCES || self.seen.contains_key(nonce) {
            return false;
        }
        self.seen.insert(nonce.to_owned(), forget_at);
        self.by_second.insert((forget_at, nonce.to_owned()))
    }

    /// Forgets a nonce, so that its request may be made again.
    fn give_back(&mut self, nonce: &str) {
        if let Some(forget_at) = self.seen.remove(nonce) {
            self.by_second.remove(&(forget_at, nonce.to_owned()));
        }
    }
}

impl Auth {
    pub(crate) fn compile(settings: &AuthSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        let mut secret = |name: &SpannedText| {
            let found = opening.secrets.get(name.get_ref()).map(str::to_owned);
            if found.is_none() {
                let known: Vec<&str> = opening.secrets.names().collect();
                let known = known.join(", ");
                problems.push(SettingsProblem::new(
                    name.span(),
                    format!("[secrets] 里没有这个密钥；有：{known}"),
                    format!("there is no such secret in [secrets]; there are: {known}"),
                ));
            }
            found
        };
        match settings {
            AuthSettings::ApiKey { header, secret: name } => {
                let secret = secret(name);
                let header_name = header.as_ref().map_or("x-api-key", |header| header.get_ref().as_str());
                let Ok(header) = http::HeaderName::try_from(header_name) else {
                    problems.push(SettingsProblem::new(name.span(), "请求头名称无效", "not a valid header name"));
                    return None;
                };
                Some(Self::ApiKey { header, secret: secret? })
            }
            AuthSettings::Hmac { secret: name, window_s } => {
                let secret = secret(name)?;
                let window_s = window_s.unwrap_or(300);
                if !(1..=3_600).contains(&window_s) {
                    problems.push(SettingsProblem::new(
                        name.span(),
                        "window_s 应在 1 到 3600 之间",
                        "window_s must be 1 to 3600",
                    ));
                }
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                Some(Self::Hmac {
                    key,
                    window_s: i64::from(window_s),
                    nonces: Mutex::default(),
                    clock: Arc::clone(&opening.clock),
                })
            }
            AuthSettings::Static { value, secret: name } => {
                let secret = secret(name);
                let variables = &["query", "headers", "path", "body"];
                let value = opening.settings.expression(opening.language, value, variables, problems);
                Some(Self::Static { value: value?, secret: secret? })
            }
        }
    }

    /// Lets a signed request be made again that could not be stored.
    pub(crate) fn give_back(&self, request: &PushRequest) {
        if let (Self::Hmac { nonces, .. }, Some(nonce)) = (self, request.headers.get("x-huiliu-nonce")) {
            let nonce = String::from_utf8_lossy(nonce.as_bytes());
            nonces.lock().unwrap_or_else(PoisonError::into_inner).give_back(&nonce);
        }
    }

    /// Whether the secret may stand in the body, so that the body has to be read before it can be checked.
    pub(crate) fn reads_body(&self) -> bool {
        matches!(self, Self::Static { value, .. } if value.source().contains("body"))
    }

    /// Whether a request may pass; if not, what the caller is told. The texts say nothing about the secret.
    pub(crate) fn check(&self, request: &PushRequest, body: &Value) -> Result<(), &'static str> {
        match self {
            Self::ApiKey { header, secret } => {
                let given = request.headers.get(header).map(http::HeaderValue::as_bytes).unwrap_or_default();
                equal(given, secret.as_bytes()).then_some(()).ok_or("the API key is missing or wrong")
            }
            Self::Static { value, secret } => {
                let query = huiliu_payload::parse_form(request.query.as_bytes(), huiliu_payload::Charset::Utf8);
                let headers: serde_json::Map<String, Value> = request
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str().to_owned(), json!(String::from_utf8_lossy(value.as_bytes()))))
                    .collect();
                let (query, headers, path) = (query.unwrap_or_default(), Value::Object(headers), json!(request.path));
                let context = Context::new([("query", &query), ("headers", &headers), ("path", &path), ("body", body)]);
                let given = value
                    .eval(&context)
                    .ok()
                    .and_then(|found| found.understood().ok()?.into_text().ok().flatten())
                    .unwrap_or_default();
                equal(given.as_bytes(), secret.as_bytes()).then_some(()).ok_or("the secret is missing or wrong")
            }
            Self::Hmac { key, window_s, nonces, clock } => {
                let header =
                    |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
                let (time, nonce) = (header("x-huiliu-time"), header("x-huiliu-nonce"));
                let signature = decode_hex(header("x-huiliu-signature"))
                    .ok_or("x-huiliu-signature is missing or not hexadecimal")?;
                let at: i64 = time.parse().map_err(|_error| "x-huiliu-time must be seconds since 1970")?;
                let mut signed = format!("{time}\n{nonce}\n").into_bytes();
                signed.extend_from_slice(&request.body);
                hmac::verify(key, &signed, &signature).map_err(|_unspecified| "the signature is wrong")?;
                let now = clock.now().as_second();
                if now.abs_diff(at) > window_s.unsigned_abs() {
                    return Err("x-huiliu-time is outside the window; check the clock");
                }
                if !(MIN_NONCE_CHARS..=MAX_NONCE_CHARS).contains(&nonce.chars().count()) {
                    return Err("x-huiliu-nonce must have 8 to 128 characters");
                }
                let mut nonces = nonces.lock().unwrap_or_else(PoisonError::into_inner);
                nonces.take(nonce, now, at + window_s + 1).then_some(()).ok_or("this request was made before")
            }
        }
    }
}

/// Comparison in constant time, by tags of both; an empty secret never matches.
fn equal(given: &[u8], secret: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    !secret.is_empty() && hmac::verify(&key, given, hmac::sign(&key, secret).as_ref()).is_ok()
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_and_forgotten_after_its_window() {
        let mut nonces = Nonces::default();
        assert!(nonces.take("a", 100, 105));
        assert!(!nonces.take("a", 104, 109));
        assert!(nonces.take("b", 104, 109));
        assert!(nonces.take("a", 106, 111));
        assert_eq!(nonces.seen.len(), 2);
        nonces.give_back("a");
        assert_eq!((nonces.seen.len(), nonces.by_second.len()), (1, 1));
        assert!(nonces.take("a", 107, 112), "given back, and good once more");
        assert!(!nonces.take("a", 111, 116), "and no more");
    }

    #[test]
    fn an_empty_secret_opens_nothing() {
        assert!(!equal(b"", b""));
        assert!(equal(b"x", b"x") && !equal(b"x", b"y"));
    }
}

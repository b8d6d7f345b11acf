//! Who may call: API key, signed request, or a static secret as legacy systems have it.

mod addresses;
mod nonces;
mod signature;

use std::sync::{Arc, Mutex, PoisonError};

use huiliu_adapter_api::{
    Clock, Opening, Problems, PushRequest, RefusalCode, SettingsProblem, SpannedText, is_same_secret,
};
use huiliu_expression::{Context, Expression, Shape, Variables};
use ring::hmac;
use serde::Deserialize;
use serde_json::Value;

use addresses::Addresses;
use nonces::Nonces;
pub(crate) use nonces::SeenNonces;
use signature::Signature;

use crate::view::Viewed;

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
    /// A signature that the caller computes in its own way.
    Signature(signature::SignatureSettings),
    /// No authentication but the address that a call comes from.
    Addresses(addresses::AddressSettings),
}

/// Why a caller may not pass. The texts say nothing about the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerFault {
    ApiKey,
    Secret,
    NoSignature,
    Time,
    OutsideWindow,
    NonceLength,
    Signature,
    Repeated,
    TooManyNonces,
    SignedTime,
    SignedNonce,
    Address,
}

impl CallerFault {
    /// The status's reason, and the sentences in Chinese and English.
    pub(crate) fn told(self) -> (RefusalCode, &'static str, &'static str) {
        let (zh, en) = match self {
            Self::ApiKey => ("API 密钥缺失或错误", "the API key is missing or wrong"),
            Self::Secret => ("密钥缺失或错误", "the secret is missing or wrong"),
            Self::NoSignature => {
                ("缺少 x-huiliu-signature，或不是十六进制", "x-huiliu-signature is missing or not hexadecimal")
            }
            Self::Time => ("x-huiliu-time 应为 1970 年以来的秒数", "x-huiliu-time must be seconds since 1970"),
            Self::OutsideWindow => {
                ("x-huiliu-time 超出时间窗口，请校准时钟", "x-huiliu-time is outside the window; check the clock")
            }
            Self::NonceLength => {
                ("x-huiliu-nonce 应为 8 到 128 个字符", "x-huiliu-nonce must have 8 to 128 characters")
            }
            Self::Signature => ("签名错误", "the signature is wrong"),
            Self::SignedTime => (
                "签名的时间缺失、读不懂或超出时间窗口，请校准时钟",
                "the time of the signature is missing, unreadable or outside the window; check the clock",
            ),
            Self::SignedNonce => {
                ("签名的一次性值（nonce）缺失或过长", "the nonce of the signature is missing or too long")
            }
            Self::Address => {
                let en = "calls from this address are not taken";
                return (RefusalCode::Forbidden, "不接受来自这个地址的调用", en);
            }
            Self::Repeated => {
                return (
                    RefusalCode::RequestRepeated,
                    "这个请求已经收到过。如果没有收到上次的应答，请用新的 x-huiliu-time、x-huiliu-nonce 和签名把同样的内容再发一次：\
                     已存下的记录会被识别，不会重复，应答与上次相同",
                    "this request was made before; if its answer was lost, send the same body again with a new x-huiliu-time, \
                     x-huiliu-nonce and signature: records that are stored are recognized, and the answer is that of the first time",
                );
            }
            Self::TooManyNonces => {
                return (
                    RefusalCode::TooManyRequests,
                    "时间窗口内的签名请求过多，请稍后再发",
                    "too many signed requests within the window; send it later",
                );
            }
        };
        (RefusalCode::Unauthorized, zh, en)
    }
}

/// What a request that may pass has used up.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    nonce: Option<String>,
}

/// Checks callers.
pub(crate) enum Auth {
    ApiKey { header: http::HeaderName, secret: String },
    Hmac { key: hmac::Key, window_s: i64, nonces: Arc<Mutex<Nonces>>, clock: Arc<dyn Clock> },
    Static { value: Expression, secret: String },
    Signature(Box<Signature>),
    Addresses(Addresses),
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ApiKey { .. } => "ApiKey",
            Self::Hmac { .. } => "Hmac",
            Self::Static { .. } => "Static",
            Self::Signature(_) => "Signature",
            Self::Addresses(_) => "Addresses",
        })
    }
}

impl Auth {
    /// Compiles the table; nonces are remembered in `seen`.
    pub(crate) fn compile(
        settings: &AuthSettings,
        seen: &SeenNonces,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let nonces = || seen.of(opening.channel, opening.clock.now().as_second());
        let mut secret = |name: &SpannedText| opening.secrets.named(name, problems).map(str::to_owned);
        match settings {
            AuthSettings::Signature(read) => {
                Some(Self::Signature(Box::new(Signature::compile(read, nonces(), opening, problems)?)))
            }
            AuthSettings::Addresses(read) => Some(Self::Addresses(Addresses::compile(read, opening, problems)?)),
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
                    nonces: nonces(),
                    clock: Arc::clone(&opening.clock),
                })
            }
            AuthSettings::Static { value, secret: name } => {
                let secret = secret(name);
                let variables = Variables::from(&["query", "headers", "body"]).with("path", Shape::Single);
                let value = opening.settings.expression(opening.language, value, variables, problems);
                Some(Self::Static { value: value?, secret: secret? })
            }
        }
    }

    /// Lets a signed request be made again that could not be stored.
    pub(crate) fn give_back(&self, used: &Passed) {
        let Some(nonce) = &used.nonce else { return };
        let nonces = match self {
            Self::Hmac { nonces, .. } => nonces,
            Self::Signature(signature) => &signature.nonces,
            Self::ApiKey { .. } | Self::Static { .. } | Self::Addresses(_) => return,
        };
        nonces.lock().unwrap_or_else(PoisonError::into_inner).give_back(nonce);
    }

    /// What `huiliu check` says of the choice.
    pub(crate) fn remarks(&self) -> Vec<SettingsProblem> {
        match self {
            Self::Addresses(addresses) => vec![addresses.remark()],
            Self::Signature(signature) => signature.remarks(),
            Self::ApiKey { .. } | Self::Hmac { .. } | Self::Static { .. } => Vec::new(),
        }
    }

    /// Whether the secret may stand in the body, so that the body has to be read before it can be checked.
    pub(crate) fn reads_body(&self) -> bool {
        match self {
            Self::Static { value, .. } => value.source().contains("body"),
            Self::Signature(_) => true,
            Self::ApiKey { .. } | Self::Hmac { .. } | Self::Addresses(_) => false,
        }
    }

    /// Whether a request may pass by what stands before its body. What stands in the body, or is made of it, is checked later.
    pub(crate) fn admit(&self, request: &PushRequest) -> Result<(), CallerFault> {
        match self {
            Self::Hmac { window_s, clock, .. } => {
                SignedHead::of(request)?.is_within(*window_s, clock.now().as_second())
            }
            Self::Static { .. } if self.reads_body() => Ok(()),
            Self::Signature(_) => Ok(()),
            Self::ApiKey { .. } | Self::Static { .. } | Self::Addresses(_) => {
                self.check(request, &Value::Null).map(|_passed| ())
            }
        }
    }

    /// Whether a request may pass.
    pub(crate) fn check(&self, request: &PushRequest, body: &Value) -> Result<Passed, CallerFault> {
        match self {
            Self::Signature(signature) => signature.check(request, body),
            Self::Addresses(addresses) => addresses.check(request).map(|()| Passed::default()),
            Self::ApiKey { header, secret } => {
                let given = request.headers.get(header).map(http::HeaderValue::as_bytes).unwrap_or_default();
                is_same_secret(given, secret.as_bytes()).then(Passed::default).ok_or(CallerFault::ApiKey)
            }
            Self::Static { value, secret } => {
                let given = given_secret(value, request, body);
                is_same_secret(given.as_bytes(), secret.as_bytes()).then(Passed::default).ok_or(CallerFault::Secret)
            }
            Self::Hmac { key, window_s, nonces, clock } => {
                let head = SignedHead::of(request)?;
                let mut signed = format!("{}\n{}\n", head.time, head.nonce).into_bytes();
                signed.extend_from_slice(&request.body);
                hmac::verify(key, &signed, &head.signature).map_err(|_unspecified| CallerFault::Signature)?;
                let now = clock.now().as_second();
                head.is_within(*window_s, now)?;
                let mut nonces = nonces.lock().unwrap_or_else(PoisonError::into_inner);
                nonces.take(head.nonce, now, head.at + window_s + 1)?;
                Ok(Passed { nonce: Some(head.nonce.to_owned()) })
            }
        }
    }

    /// What a caller that is not known is told to bring (`WWW-Authenticate`).
    pub(crate) fn challenge(&self) -> &'static str {
        match self {
            Self::ApiKey { .. } => "ApiKey realm=\"huiliu\"",
            Self::Hmac { .. } => {
                "HMAC-SHA256 realm=\"huiliu\", headers=\"x-huiliu-time x-huiliu-nonce x-huiliu-signature\""
            }
            Self::Static { .. } => "Secret realm=\"huiliu\"",
            Self::Signature(_) => "Signature realm=\"huiliu\"",
            Self::Addresses(_) => "Address realm=\"huiliu\"",
        }
    }
}

/// The secret as a caller gives it; empty where there is none.
fn given_secret(value: &Expression, request: &PushRequest, body: &Value) -> String {
    let viewed = Viewed::of(request);
    let context = Context::new(viewed.variables().into_iter().chain([("body", body)]));
    let found = value.eval(&context).ok().and_then(|found| found.understood().ok()?.into_text().ok().flatten());
    found.unwrap_or_default()
}

/// The headers of a signed request.
struct SignedHead<'a> {
    time: &'a str,
    at: i64,
    nonce: &'a str,
    signature: Vec<u8>,
}

impl<'a> SignedHead<'a> {
    fn of(request: &'a PushRequest) -> Result<Self, CallerFault> {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (time, nonce) = (header("x-huiliu-time"), header("x-huiliu-nonce"));
        let signature = decode_hex(header("x-huiliu-signature")).ok_or(CallerFault::NoSignature)?;
        let at = time.parse().map_err(|_error| CallerFault::Time)?;
        if !(MIN_NONCE_CHARS..=MAX_NONCE_CHARS).contains(&nonce.chars().count()) {
            return Err(CallerFault::NonceLength);
        }
        Ok(Self { time, at, nonce, signature })
    }

    fn is_within(&self, window_s: i64, now: i64) -> Result<(), CallerFault> {
        if now.abs_diff(self.at) > window_s.unsigned_abs() { Err(CallerFault::OutsideWindow) } else { Ok(()) }
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

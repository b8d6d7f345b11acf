//! A signature that a caller computes in its own way: over time, nonce, body or fields.

use std::sync::{Arc, Mutex, PoisonError};

use huiliu_adapter_api::{Clock, Opening, Problems, PushRequest, SettingsProblem, SpannedText, is_same_secret};
use huiliu_expression::{Context, Expression, Shape, Variables, raw_text};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::nonces::Nonces;
use super::{CallerFault, MAX_NONCE_CHARS, Passed};
use crate::view::Viewed;

/// Widest window of time, in seconds.
const MAX_WINDOW_S: u32 = 3_600;
/// Window of time where nothing is said, in seconds.
const WINDOW_S: u32 = 300;

/// `[settings.auth.signature]`. Its expressions see `method`, `path`, `query`, `headers`, `body` (the tree) and `text` (the body as it
/// came, byte for byte).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureSettings {
    /// Expression that gives the signature as the caller sends it.
    value: SpannedText,
    /// Expression, over `secrets` too, that gives the signature as it has to be.
    expected: SpannedText,
    /// Expression that gives the time that was signed: seconds or milliseconds since 1970, or RFC 3339 (`| datetime('%Y%m%d%H%M%S')`).
    time: Option<SpannedText>,
    /// How far the caller's clock may be off, in seconds, 1 to 3,600; default 300.
    window_s: Option<u32>,
    /// Expression that gives a value that is used once within the window.
    nonce: Option<SpannedText>,
}

/// Checks signatures.
pub(crate) struct Signature {
    value: Expression,
    expected: Expression,
    time: Option<Expression>,
    window_s: i64,
    nonce: Option<Expression>,
    secrets: Value,
    pub(super) nonces: Arc<Mutex<Nonces>>,
    clock: Arc<dyn Clock>,
    at: std::ops::Range<usize>,
    signed_at: std::ops::Range<usize>,
    joined_at: Option<std::ops::Range<usize>>,
}

impl Signature {
    pub(super) fn compile(
        read: &SignatureSettings,
        nonces: Arc<Mutex<Nonces>>,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let given = || {
            let own = Variables::from(&["query", "headers", "body"]).with("path", Shape::Single);
            own.with("method", Shape::Single).with("text", Shape::Single)
        };
        let mut compile = |text: &SpannedText, variables: Variables| {
            opening.settings.expression(opening.language, text, variables, problems)
        };
        let value = compile(&read.value, given());
        let expected = compile(&read.expected, given().with("secrets", opening.secrets.shape()));
        let time = read.time.as_ref().and_then(|text| compile(text, given()));
        let nonce = read.nonce.as_ref().and_then(|text| compile(text, given()));
        if !read.expected.get_ref().contains("secrets") {
            problems.push(SettingsProblem::new(
                read.expected.span(),
                "expected 没有用到密钥（secrets.…）：这样任何人都能算出签名",
                "expected uses no secret (secrets.…): anybody could compute the signature",
            ));
        }
        let window_s = read.window_s.unwrap_or(WINDOW_S);
        let (zh, en) = match (&read.time, &read.nonce) {
            _ if !(1..=MAX_WINDOW_S).contains(&window_s) => {
                ("window_s 应在 1 到 3600 之间", "window_s must be 1 to 3600")
            }
            (None, _) if read.window_s.is_some() => {
                ("没有 time，window_s 不起作用；请删去", "window_s has no effect without time; remove it")
            }
            (None, Some(_)) => (
                "nonce 需要 time：否则无法知道一次性值要记多久",
                "nonce needs time: otherwise nobody knows how long it is to be remembered",
            ),
            _ => ("", ""),
        };
        if !en.is_empty() {
            problems.push(SettingsProblem::new(read.expected.span(), zh, en));
        }
        Some(Self {
            value: value?,
            expected: expected?,
            time,
            window_s: i64::from(window_s),
            nonce,
            secrets: opening.secrets.to_value(),
            nonces,
            clock: Arc::clone(&opening.clock),
            at: read.value.span(),
            signed_at: read.expected.span(),
            joined_at: joins_as_they_are(read.expected.get_ref()).then(|| read.expected.span()),
        })
    }

    /// Whether the signature is right, its time within the window, and its nonce new.
    pub(super) fn check(&self, request: &PushRequest, body: &Value) -> Result<Passed, CallerFault> {
        // Not decoded: what was signed are bytes, a byte order mark and damaged ones among them.
        let (viewed, text) = (Viewed::of(request), json!(raw_text(&request.body)));
        let own = [("body", body), ("text", &text), ("secrets", &self.secrets)];
        let context = Context::new(viewed.variables().into_iter().chain(own));
        let found = |expression: &Expression| {
            expression.eval(&context).ok().and_then(|found| found.understood().ok()?.into_text().ok().flatten())
        };
        let (given, expected) = (found(&self.value).unwrap_or_default(), found(&self.expected).unwrap_or_default());
        let (given, expected) = (given.trim().to_owned(), expected.trim().to_owned());
        let is_hex = !expected.is_empty() && expected.bytes().all(|byte| byte.is_ascii_hexdigit());
        let fits = if is_hex {
            is_same_secret(given.to_ascii_lowercase().as_bytes(), expected.to_ascii_lowercase().as_bytes())
        } else {
            is_same_secret(given.as_bytes(), expected.as_bytes())
        };
        if !fits {
            return Err(CallerFault::Signature);
        }
        let Some(time) = &self.time else { return Ok(Passed::default()) };
        let at = found(time).as_deref().and_then(moment).ok_or(CallerFault::SignedTime)?;
        let now = self.clock.now().as_second();
        if now.abs_diff(at) > self.window_s.unsigned_abs() {
            return Err(CallerFault::SignedTime);
        }
        let Some(nonce) = &self.nonce else { return Ok(Passed::default()) };
        let nonce = found(nonce).filter(|nonce| nonce.chars().count() <= MAX_NONCE_CHARS);
        let nonce = nonce.ok_or(CallerFault::SignedNonce)?;
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        nonces.take(&nonce, now, at + self.window_s + 1)?;
        Ok(Passed { nonce: Some(nonce) })
    }

    /// What is weak in the way in which the caller signs.
    pub(super) fn remarks(&self) -> Vec<SettingsProblem> {
        let given = ["method", "path", "query", "headers", "body", "text"];
        let side_by_side = self.expected.joins_side_by_side(&given).then(|| {
            SettingsProblem::new(
                self.signed_at.clone(),
                "签名把调用方给的几个值直接连在一起，中间没有分隔：ab 接 c 与 a 接 bc 的签名相同，截获的请求可以这样改动。请来源在值之间加分隔符或字段名；来源改不了就保持现状",
                "the signature joins values of the caller with nothing between them: ab with c is signed like a with bc, so a request that was \
                 intercepted can be changed in this way; have the source put separators or names between them, and leave it where it cannot",
            )
        });
        let timeless = self.time.is_none().then(|| {
            SettingsProblem::new(
                self.at.clone(),
                "签名里没有时间（time）：截获的请求可以一直重放；内容相同的重放不会改变什么，但请来源尽量加上时间",
                "the signature has no time: a request that was intercepted can be repeated for ever, which changes nothing; have the source sign the time",
            )
        });
        let joined = self.joined_at.clone().map(|at| {
            SettingsProblem::new(
                at,
                "参数按原值相连（多数系统如此）：值里的 & 和 = 不受保护，截获的请求可以把一个值拆成几个参数而签名不变。来源能按编码后的值签名时，请用 \
                 sorted_params(encode='url')（或 encode='form'）",
                "parameters are joined as they are, as most systems do: & and = in values are not guarded, and somebody who has intercepted a request can \
                 make several parameters of one value under the same signature; where the source can sign encoded values, use \
                 sorted_params(encode='url') (or encode='form')",
            )
        });
        timeless.into_iter().chain(side_by_side).chain(joined).collect()
    }
}

/// Whether an expression joins parameters whose values may hold what stands between them.
fn joins_as_they_are(expected: &str) -> bool {
    expected.contains("sorted_params") && !expected.contains("encode=")
}

/// A moment in seconds since 1970, from seconds, milliseconds or RFC 3339.
fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.parse::<i64>() {
        // Until the year 5138 seconds have at most 11 digits, and milliseconds have more since 1973.
        Ok(number) if text.len() <= 11 => Some(number),
        Ok(number) => Some(number.div_euclid(1_000)),
        Err(_) => text.parse::<Timestamp>().ok().map(Timestamp::as_second),
    }
}

//! The `[settings]` table of a webhook.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_adapter_http::{HttpClient, ProxySettings, TlsSettings};
use huiliu_expression::{Context, Escape, Expression, Shape, Variables};
use serde::Deserialize;

use super::Webhook;
use crate::destinations::SigningKey;
use crate::destinations::file::keep;

/// Longest wait for an answer where the file does not say, in seconds.
const DEFAULT_TIMEOUT_S: u64 = 30;
/// Longest wait for an answer that can be set, in seconds.
const MAX_TIMEOUT_S: u64 = 300;

/// The `[settings]` table of a webhook.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookSettings {
    /// Template over `secrets`.
    url: SpannedText,
    /// Templates over `secrets`.
    #[serde(default)]
    headers: BTreeMap<String, SpannedText>,
    /// Names of the secrets that sign, the current one first.
    #[serde(default)]
    sign_with: Vec<SpannedText>,
    success: Option<SpannedText>,
    end: Option<SpannedText>,
    timeout_s: Option<u64>,
    tls: Option<TlsSettings>,
    proxy: Option<ProxySettings>,
}

impl Webhook {
    /// Reads the settings of a webhook; none, and what is wrong is told, where they have problems.
    pub(in crate::destinations) fn compile(opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        let before = problems.len();
        let read: WebhookSettings = keep(opening.settings.read(), problems)?;
        let url = rendered(opening, &read.url, problems).and_then(|text| url(&text, &read.url, problems));
        let mut headers = Vec::new();
        for (name, template) in &read.headers {
            let value = rendered(opening, template, problems).and_then(|text| HeaderValue::try_from(text.trim()).ok());
            match (HeaderName::try_from(name.as_str()), value) {
                (Ok(name), Some(mut value)) => {
                    value.set_sensitive(true);
                    headers.push((name, value));
                }
                _ => problems.push(SettingsProblem::new(template.span(), "请求头无效", "not a valid header field")),
            }
        }
        let keys = read.sign_with.iter().filter_map(|name| signing_key(opening, name, problems)).collect();
        let judging = Variables::from(&["answer"]).with("status", Shape::Single);
        let mut test = |text: &Option<SpannedText>| -> Option<Expression> {
            opening.settings.expression(opening.language, text.as_ref()?, &judging, problems)
        };
        let (success, end) = (test(&read.success), test(&read.end));
        let timeout_s = read.timeout_s.unwrap_or(DEFAULT_TIMEOUT_S);
        if !(1..=MAX_TIMEOUT_S).contains(&timeout_s) {
            problems.push(SettingsProblem::new(
                read.url.span(),
                format!("timeout_s 应在 1 到 {MAX_TIMEOUT_S} 之间"),
                format!("timeout_s must be 1 to {MAX_TIMEOUT_S}"),
            ));
        }
        let client = HttpClient::new().reaching(read.tls.as_ref(), read.proxy.as_ref(), opening, problems);
        if problems.len() > before {
            return None;
        }
        let timeout = Duration::from_secs(timeout_s);
        let secrets = opening.secrets.names().filter_map(|name| opening.secrets.get(name).map(str::to_owned)).collect();
        Some(Self { client, url: url?, headers, keys, secrets, success, end, timeout })
    }
}

/// A template over the secrets, as it is with them.
fn rendered(opening: &Opening<'_>, text: &SpannedText, problems: &mut Problems) -> Option<String> {
    let variables = Variables::default().with("secrets", opening.secrets.shape());
    let template = opening.settings.template(opening.language, text, &variables, Escape::None, problems)?;
    let secrets = opening.secrets.to_value();
    template.render(&Context::of("secrets", &secrets)).ok()
}

fn url(text: &str, place: &SpannedText, problems: &mut Problems) -> Option<Uri> {
    let text = text.trim();
    let of_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    // A secret that is not there when a pack is checked away from its gateway is said where it is missing.
    let found = text.parse().ok().filter(of_web);
    if found.is_none() && place.get_ref().contains("secrets") && !text.contains("://") {
        return Some(Uri::from_static("http://0.0.0.0/"));
    }
    if found.is_none() {
        problems.push(SettingsProblem::new(
            place.span(),
            "url 应为 http:// 或 https:// 网址",
            "url must be an http:// or https:// URL",
        ));
    }
    found
}

fn signing_key(opening: &Opening<'_>, name: &SpannedText, problems: &mut Problems) -> Option<SigningKey> {
    let secret = opening.secrets.named(name, problems)?;
    let key = SigningKey::read(secret);
    if key.is_none() && !secret.is_empty() {
        problems.push(SettingsProblem::new(
            name.span(),
            "签名密钥应为 Base64（24 到 64 字节），可带前缀 whsec_",
            "a signing secret is Base64 of 24 to 64 bytes, with whsec_ before it or without",
        ));
    }
    key
}

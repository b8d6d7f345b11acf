//! A destination file becomes a destination and what is written for it, or a list of what is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use huiliu_adapter_api::{Opening, Problems, RecordFormat, Secrets, Settings, SettingsProblem, SpannedText};
use huiliu_adapter_http::{HttpClient, ProxySettings, TlsSettings};
use huiliu_expression::{Context, Escape, Expression, Language, Shape, Variables};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Destination, DestinationPace, Order, Retry, SigningKey, Webhook};
use crate::city::{Carrier, Contact, FeedSettings, Problem, is_key_word, toml_problems};
use crate::mapping::{Loading, SecretReference, SecretSource};
use crate::mask::PersonalData;

/// Longest wait for an answer where the file does not say, in seconds.
const DEFAULT_TIMEOUT_S: u64 = 30;
/// Longest wait for an answer that can be set, in seconds.
const MAX_TIMEOUT_S: u64 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationFile {
    name: String,
    #[serde(default = "yes")]
    enabled: bool,
    carrier: Spanned<String>,
    filter: Option<Spanned<String>>,
    #[serde(default)]
    contact: Contact,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    files: bool,
    show: Option<Spanned<Vec<PersonalData>>>,
    #[serde(default)]
    without: Vec<Spanned<String>>,
    token: Option<Spanned<String>>,
    #[serde(default)]
    order: Order,
    pace: Option<Spanned<DestinationPace>>,
    retry: Option<Spanned<Retry>>,
    #[serde(default)]
    secrets: BTreeMap<Spanned<String>, SecretReference>,
    #[expect(dead_code, reason = "read again with its place")]
    settings: toml::Value,
}

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

fn yes() -> bool {
    true
}

/// What stands in a destination file.
pub struct Loaded {
    /// The destination; none where it is not enabled.
    pub destination: Option<Arc<Destination>>,
    /// What is written for it, as for a feed.
    pub feed: FeedSettings,
}

impl Destination {
    /// Reads one destination file.
    ///
    /// # Errors
    /// All its problems.
    pub fn load(
        id: &str,
        file: &str,
        source: &str,
        language: &Language,
        loading: &Loading<'_>,
        notes: &mut Vec<Problem>,
    ) -> Result<Loaded, Vec<Problem>> {
        let mut problems = Problems::new();
        let loaded = compile((id, file), source, language, loading, notes, &mut problems);
        match loaded {
            Some(loaded) if problems.is_empty() => Ok(loaded),
            _ => Err(problems.iter().map(|problem| Problem::at_span(file, source, problem)).collect()),
        }
    }
}

fn compile(
    (id, file): (&str, &str),
    source: &str,
    language: &Language,
    loading: &Loading<'_>,
    notes: &mut Vec<Problem>,
    problems: &mut Problems,
) -> Option<Loaded> {
    let table = keep(DeTable::parse(source).map_err(toml_problems), problems)?;
    let whole = Settings::new(source, Spanned::new(table.span(), DeValue::Table(table.get_ref().clone())));
    let read: DestinationFile = keep(whole.read(), problems)?;
    if !is_key_word(id) {
        problems.push(SettingsProblem::new(
            0..0,
            "投送文件名只能用小写字母、数字和连字符",
            "a destination file's name has lower-case letters, digits and hyphens",
        ));
    }
    if read.carrier.get_ref() != "webhook" {
        problems.push(SettingsProblem::new(read.carrier.span(), "carrier 应为 webhook", "carrier must be webhook"));
    }
    let (pace, retry) = (read_pace(read.pace.as_ref(), problems), read_retry(read.retry.as_ref(), problems));
    // A destination that nothing is sent to needs no secrets.
    let source_of_secrets = if read.enabled { loading.secrets } else { SecretSource::Optional };
    let secrets = Secrets::new(source_of_secrets.read((file, source), &read.secrets, notes, problems));
    let settings = table.get_ref().get("settings").cloned()?;
    let settings = Settings::new(source, settings);
    let format = keep(no_format(language), problems)?;
    let (clock, nonces, receipts) =
        (Arc::clone(&loading.clock), Arc::clone(&loading.nonces), Arc::clone(&loading.receipts));
    let opening = Opening { channel: id, settings, format, language, secrets, clock, nonces, receipts };
    let webhook = compile_webhook(&opening, problems);
    let destination = webhook.filter(|_| read.enabled).map(|webhook| {
        let (id, name) = (id.to_owned(), read.name);
        Arc::new(Destination { id, name, order: read.order, pace, retry, webhook })
    });
    let feed = FeedSettings {
        name: Spanned::new(0..0, id.to_owned()),
        filter: read.filter,
        contact: read.contact,
        secret: read.secret,
        files: read.files,
        show: read.show.unwrap_or_else(|| Spanned::new(0..0, Vec::new())),
        without: read.without,
        user: None,
        carrier: Carrier::Sent,
        token: read.token,
    };
    Some(Loaded { destination, feed })
}

/// What channels say of records, and destinations have no use for.
fn no_format(language: &Language) -> Result<RecordFormat, Problems> {
    const JSON: &str = "kind = \"json\"";
    let table = DeTable::parse(JSON).map_err(toml_problems)?;
    RecordFormat::compile(
        &Settings::new(JSON, Spanned::new(table.span(), DeValue::Table(table.into_inner()))),
        language,
    )
}

fn compile_webhook(opening: &Opening<'_>, problems: &mut Problems) -> Option<Webhook> {
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
    Some(Webhook { client, url: url?, headers, keys, secrets, success, end, timeout })
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

fn read_pace(pace: Option<&Spanned<DestinationPace>>, problems: &mut Problems) -> DestinationPace {
    let Some(pace) = pace else { return DestinationPace::default() };
    let read = *pace.get_ref();
    if !(1..=60_000).contains(&read.per_minute) || !(1..=64).contains(&read.at_once) {
        problems.push(SettingsProblem::new(
            pace.span(),
            "per_minute 应在 1 到 60000 之间，at_once 应在 1 到 64 之间",
            "per_minute must be 1 to 60000, and at_once 1 to 64",
        ));
    }
    read
}

fn read_retry(retry: Option<&Spanned<Retry>>, problems: &mut Problems) -> Retry {
    let Some(retry) = retry else { return Retry::default() };
    let read = *retry.get_ref();
    let fits = (1..=3_600).contains(&read.first_s)
        && (read.first_s..=86_400).contains(&read.most_s)
        && (1..=8_760).contains(&read.give_up_after_h);
    if !fits {
        problems.push(SettingsProblem::new(
            retry.span(),
            "first_s 应在 1 到 3600 之间，most_s 不小于 first_s 且不超过 86400，give_up_after_h 应在 1 到 8760 之间",
            "first_s must be 1 to 3600, most_s first_s to 86400, and give_up_after_h 1 to 8760",
        ));
    }
    read
}

fn keep<T>(read: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    read.map_err(|found| problems.extend(found)).ok()
}

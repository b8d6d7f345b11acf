//! A destination file becomes a destination and what is written for it, or a list of what is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use huiliu_adapter_api::{Problems, RecordFormat, Settings, SettingsProblem};
use huiliu_expression::{Language, Variables};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Destination, DestinationPace, Order, Retry, Way};
use crate::city::{Carrier, Contact, FeedSettings, Problem, is_key_word, toml_problems};
use crate::mapping::{Loading, SecretReference, SecretSource};
use crate::mask::PersonalData;

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
    #[serde(default)]
    held: bool,
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
    /// Reads one destination file. `variables` is what is known of the events that are for it.
    ///
    /// # Errors
    /// All its problems.
    pub fn load(
        id: &str,
        file: &str,
        source: &str,
        (language, variables): (&Language, &Variables),
        loading: &Loading<'_>,
        notes: &mut Vec<Problem>,
    ) -> Result<Loaded, Vec<Problem>> {
        let mut problems = Problems::new();
        let loaded = compile((id, file), source, (language, variables), loading, notes, &mut problems);
        match loaded {
            Some(loaded) if problems.is_empty() => Ok(loaded),
            _ => Err(problems.iter().map(|problem| Problem::at_span(file, source, problem)).collect()),
        }
    }
}

fn compile(
    (id, file): (&str, &str),
    source: &str,
    (language, variables): (&Language, &Variables),
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
    let (pace, retry) = (read_pace(read.pace.as_ref(), problems), read_retry(read.retry.as_ref(), problems));
    // A destination that nothing is sent to needs no secrets.
    let source_of_secrets = if read.enabled { loading.secrets } else { SecretSource::Optional };
    let secrets = source_of_secrets.read((file, source), &read.secrets, notes, problems);
    let settings = table.get_ref().get("settings").cloned()?;
    let settings = Settings::new(source, settings);
    let format = keep(no_format(language), problems)?;
    let opening = loading.opening(id, settings, (format, language), secrets);
    let way = Way::compile(&read.carrier, &opening, variables, problems);
    let destination = way.filter(|_| read.enabled).map(|way| {
        let (id, name) = (id.to_owned(), read.name);
        Arc::new(Destination { id, name, order: read.order, pace, retry, way })
    });
    let feed = FeedSettings {
        name: Spanned::new(0..0, id.to_owned()),
        filter: read.filter,
        contact: read.contact,
        secret: read.secret,
        files: read.files,
        held: read.held,
        show: read.show.unwrap_or_else(|| Spanned::new(0..0, Vec::new())),
        without: read.without,
        user: None,
        carrier: Carrier::Sent,
        role: None,
        phone: None,
        token: read.token,
        read_only: false,
    };
    Some(Loaded { destination, feed })
}

/// What channels say of records, and destinations have no use for.
pub(super) fn no_format(language: &Language) -> Result<RecordFormat, Problems> {
    const JSON: &str = "kind = \"json\"";
    let table = DeTable::parse(JSON).map_err(toml_problems)?;
    RecordFormat::compile(
        &Settings::new(JSON, Spanned::new(table.span(), DeValue::Table(table.into_inner()))),
        language,
    )
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

/// What was read, or nothing where it has problems.
pub(super) fn keep<T>(read: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    read.map_err(|found| problems.extend(found)).ok()
}

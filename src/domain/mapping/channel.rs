//! `channels/*.toml`: one channel, its adapter and its mapping.

mod history;
mod rules;
mod statements;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use huiliu_adapter_api::{Adapter, Opening, Problems, RecordFormat, Settings, SettingsProblem, SpannedText};
use huiliu_expression::Language;

pub(super) use self::history::HistoryRule;
use self::history::{HistoryFile, compile_history};
pub use self::rules::FIELDS;
pub(super) use self::rules::{Discard, Field, FollowUpRule};
use self::rules::{DiscardRule, FollowUpFile, compile_discards, compile_field, compile_fields, compile_follow_up};
pub(super) use self::statements::StatementRule;
use self::statements::{StatementFile, compile_statements};
use super::answers::{self, AnswersFile, AnswersRule};
use super::known::Known;
use super::loading::{Loading, SecretReference, SecretSource};
use super::reply::{self, ReplyFile, ReplyRule, ReplyWay};
use crate::city::Problem;
use crate::city::toml_problems;

/// What becomes of a channel whose secret is missing where the gateway runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MissingSecret {
    /// The pack does not go live.
    #[default]
    Refuse,
    /// The channel is off, and a remark of every load says so; the others run.
    Off,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelFile {
    name: String,
    adapter: Spanned<String>,
    #[serde(default = "yes")]
    enabled: bool,
    /// What becomes of the channel where one of its secrets is missing.
    #[serde(default)]
    missing_secret: MissingSecret,
    #[serde(default)]
    protect_identity: bool,
    #[serde(default)]
    same_number: SameNumber,
    #[serde(default)]
    pace: Option<Spanned<ChannelPace>>,
    #[serde(default)]
    secrets: BTreeMap<Spanned<String>, SecretReference>,
    #[expect(dead_code, reason = "read again with its place by RecordFormat")]
    format: toml::Value,
    #[expect(dead_code, reason = "read again with its place by the adapter")]
    settings: Option<toml::Value>,
    /// May be missing where the records only state something of complaints of another channel, or only bring answers.
    #[serde(default)]
    mapping: BTreeMap<Spanned<String>, SpannedText>,
    #[serde(default)]
    extra: BTreeMap<String, SpannedText>,
    #[serde(default)]
    discard: Vec<DiscardRule>,
    #[serde(default)]
    statement: Vec<StatementFile>,
    follow_up: Option<FollowUpFile>,
    history: Option<HistoryFile>,
    answers: Option<AnswersFile>,
    reply: Option<Spanned<ReplyFile>>,
}

fn yes() -> bool {
    true
}

/// What is made of a number that is doubtful: several records of one file, one call or one page have it with different content, or another
/// citizen says under it what has nothing in common with the complaint it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameNumber {
    /// The number is doubtful where several records with it come at once, or where another citizen says something else under it: what comes
    /// after the first is set aside.
    #[default]
    SetAside,
    /// The source tells of one complaint in several records, or changes its complaints altogether: a later one amends it.
    Amend,
}

/// How often and how fast a channel is spoken to.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelPace {
    /// Seconds between pulls that found nothing, 1 to 86,400.
    pub every_s: u64,
    /// Most requests of any kind to the source in a minute, 1 to 60,000.
    pub per_minute: u32,
    /// Most records in one batch, 1 to 256.
    pub batch: usize,
}

impl Default for ChannelPace {
    fn default() -> Self {
        Self { every_s: 30, per_minute: 600, batch: 256 }
    }
}

/// One channel of the pack, ready to run.
pub struct Channel {
    /// Name of the file without its ending; used in URLs, metrics and the store.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Name of the adapter.
    pub adapter_name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// How often and how fast.
    pub pace: ChannelPace,
    /// The adapter.
    pub adapter: Arc<dyn Adapter>,
    /// What its citizens are told.
    pub reply: Option<ReplyRule>,
    /// On which way they are told.
    pub reply_way: ReplyWay,
    /// What is made of a doubtful number.
    pub same_number: SameNumber,
    /// Every complaint of this channel counts as secret (petitions).
    pub(super) protect_identity: bool,
    /// Zone of dates without a time.
    pub(super) zone: jiff::tz::TimeZone,
    /// What the city's tables know.
    pub(super) known: Arc<Known>,
    pub(super) file: String,
    pub(super) source: String,
    pub(super) fields: BTreeMap<String, Field>,
    pub(super) extra: Vec<(String, Field)>,
    pub(super) discards: Vec<Discard>,
    pub(super) statements: Vec<StatementRule>,
    pub(super) follow_up: Option<FollowUpRule>,
    pub(super) history: Option<HistoryRule>,
    /// How its records speak of what their system was sent.
    pub(crate) answers: Option<AnswersRule>,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("id", &self.id).field("adapter", &self.adapter_name).finish_non_exhaustive()
    }
}

impl Channel {
    /// Names of the fields that its mapping gives.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().chain(self.extra.iter().map(|(name, _)| name)).map(String::as_str)
    }

    /// Whether its records may state something later of complaints.
    #[must_use]
    pub fn states_later(&self) -> bool {
        !self.statements.is_empty()
    }

    /// The area code with which its mapping completes telephone numbers of fixed lines.
    #[must_use]
    pub fn area_code(&self) -> Option<&str> {
        self.fields.get("reporter_phone")?.expression.argument_of_last("phone")
    }

    /// Has what the city's tables do not know remarked.
    pub(crate) fn knowing(self, known: &Arc<Known>) -> Self {
        Self { known: Arc::clone(known), ..self }
    }

    /// Reads one channel file.
    pub(crate) fn load(
        id: &str,
        file: &str,
        source: &str,
        language: &Language,
        loading: &Loading<'_>,
        notes: &mut Vec<Problem>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new();
        let loaded = Self::compile(id, file, source, language, loading, notes, &mut problems);
        match loaded {
            Some(channel) if problems.is_empty() => Ok(channel),
            _ => Err(problems.iter().map(|problem| Problem::at_span(file, source, problem)).collect()),
        }
    }

    fn compile(
        id: &str,
        file: &str,
        source: &str,
        language: &Language,
        loading: &Loading<'_>,
        notes: &mut Vec<Problem>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let table = keep(DeTable::parse(source).map_err(toml_problems), problems)?;
        let part = |name: &str| {
            let found = table.get_ref().get(name).cloned();
            let value = found.unwrap_or_else(|| Spanned::new(table.span(), DeValue::Table(DeTable::new())));
            Settings::new(source, value)
        };
        let whole = Settings::new(source, Spanned::new(table.span(), DeValue::Table(table.get_ref().clone())));
        let read: ChannelFile = keep(whole.read(), problems)?;
        check_name(id, problems);
        let pace = read_pace(read.pace.as_ref(), problems);
        let (secrets, enabled) = secrets_of(&read, (file, source), loading, notes, problems);
        let format = keep(RecordFormat::compile(&part("format"), language), problems);
        let adapter = format.and_then(|format| {
            let opening = loading.opening(id, part("settings"), (format, language), secrets);
            open(&read.adapter, opening, loading, problems)
        });
        let settings = part("mapping");
        // A channel that brings nothing but answers, or only states something of another's complaints, maps nothing.
        let has_others = !read.statement.is_empty() || read.answers.as_ref().is_some_and(|answers| answers.only);
        let makes_none = read.mapping.is_empty() && has_others;
        let fields = match makes_none {
            true => BTreeMap::new(),
            false => compile_fields(&read.mapping, &settings, language, problems),
        };
        let extra = read
            .extra
            .iter()
            .filter_map(|(name, text)| Some((name.clone(), compile_field(text, &settings, language, problems)?)))
            .collect();
        let discards = compile_discards(&read.discard, &settings, language, problems);
        let statements = compile_statements(&read.statement, &settings, language, problems);
        let follow_up = read.follow_up.as_ref().and_then(|rule| compile_follow_up(rule, &settings, language, problems));
        let history = read.history.as_ref().and_then(|rule| compile_history(rule, &settings, language, problems));
        let answers = read.answers.as_ref().and_then(|answers| answers.compile(&settings, language, problems));
        if let Some(rule) = answers.as_ref().filter(|rule| rule.is_without_mark() && read.enabled) {
            notes.push(Problem::at_span(file, source, &answers::without_mark(rule)));
        }
        let adapter = adapter?;
        if enabled {
            notes.extend(adapter.remarks().iter().map(|remark| Problem::at_span(file, source, remark)));
        }
        let (reply, reply_way) = reply::read(read.reply.as_ref(), adapter.as_ref(), &settings, language, problems);
        if reply.is_none() && !makes_none && reply_way == ReplyWay::ByHand && read.enabled {
            notes.push(Problem::at_span(file, source, &reply::nothing_said(read.adapter.span())));
        }
        Some(Self {
            id: id.to_owned(),
            name: read.name,
            adapter_name: read.adapter.into_inner(),
            enabled,
            pace,
            adapter,
            reply,
            reply_way,
            same_number: read.same_number,
            protect_identity: read.protect_identity,
            zone: language.zone().clone(),
            known: Arc::default(),
            file: file.to_owned(),
            source: source.to_owned(),
            fields,
            extra,
            discards,
            statements,
            follow_up,
            history,
            answers,
        })
    }
}

/// A channel file's name stands in URLs.
fn check_name(id: &str, problems: &mut Problems) {
    if !crate::city::is_key_word(id) {
        problems.push(SettingsProblem::new(
            0..0,
            "渠道文件名只能用小写字母、数字和连字符",
            "a channel file's name has lower-case letters, digits and hyphens",
        ));
    }
}

/// The secrets of a channel, and whether it runs with them.
fn secrets_of(
    read: &ChannelFile,
    (file, source): (&str, &str),
    loading: &Loading<'_>,
    notes: &mut Vec<Problem>,
    problems: &mut Problems,
) -> (BTreeMap<String, String>, bool) {
    // A channel that does not run needs no secrets.
    let may_be_off = read.missing_secret == MissingSecret::Off && loading.secrets == SecretSource::Required;
    let needs = read.enabled && !may_be_off;
    let given = matches!(loading.secrets, SecretSource::Given(_));
    let from = if needs || given { loading.secrets } else { SecretSource::Optional };
    let secrets = from.read((file, source), &read.secrets, notes, problems);
    let is_off = read.enabled && may_be_off && secrets.values().any(String::is_empty);
    if is_off {
        notes.push(Problem::at_span(file, source, &off(&read.adapter)));
    }
    (secrets, read.enabled && !is_off)
}

/// A channel that is off because a secret is missing.
fn off(adapter: &Spanned<String>) -> SettingsProblem {
    SettingsProblem::new(
        adapter.span(),
        "渠道已停用：缺少密钥（missing_secret = \"off\"）。不收诉求，也不发答复；补上密钥后重新加载",
        "THE CHANNEL IS OFF: a secret is missing (missing_secret = \"off\"). Nothing is taken in and no reply is sent; set the secret and reload",
    )
}

fn keep<T>(result: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    result.map_err(|found| problems.extend(found)).ok()
}

fn read_pace(read: Option<&Spanned<ChannelPace>>, problems: &mut Problems) -> ChannelPace {
    let Some(read) = read else { return ChannelPace::default() };
    let pace = *read.get_ref();
    if !(1..=86_400).contains(&pace.every_s)
        || !(1..=60_000).contains(&pace.per_minute)
        || !(1..=huiliu_adapter_api::MAX_BATCH).contains(&pace.batch)
    {
        problems.push(SettingsProblem::new(
            read.span(),
            "[pace] 超出范围：every_s 1–86400，per_minute 1–60000，batch 1–256",
            "[pace] is out of range: every_s 1 to 86400, per_minute 1 to 60000, batch 1 to 256",
        ));
    }
    pace
}

fn open(
    name: &Spanned<String>,
    opening: Opening<'_>,
    loading: &Loading<'_>,
    problems: &mut Problems,
) -> Option<Arc<dyn Adapter>> {
    match loading.factories.iter().find(|factory| factory.name() == name.get_ref()) {
        Some(factory) => {
            let opened = match loading.secrets {
                SecretSource::Given(_) => factory.open_apart(opening),
                SecretSource::Required | SecretSource::Optional => factory.open(opening),
            };
            keep(opened, problems)
        }
        None => {
            let known: Vec<&str> = loading.factories.iter().map(|factory| factory.name()).collect();
            problems.push(SettingsProblem::new(
                name.span(),
                format!("没有这个适配器；可用：{}", known.join("、")),
                format!("no such adapter; known are: {}", known.join(", ")),
            ));
            None
        }
    }
}

//! `channels/*.toml`: one channel, its adapter and its mapping.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use huiliu_adapter_api::{Adapter, Opening, Problems, RecordFormat, Secrets, Settings, SettingsProblem, SpannedText};
use huiliu_expression::{Expression, Language, Shape, Variables};

use super::known::Known;
use super::loading::{Loading, SecretReference, SecretSource};
use super::reply::{self, ReplyFile, ReplyRule, ReplyWay};
use crate::city::Problem;
use crate::city::toml_problems;

/// The fields of a complaint that a mapping can give, each with what it means.
pub const FIELDS: [(&str, &str); 23] = [
    ("number", "来源系统自己的编号（必填）"),
    ("kind", "诉求类型：投诉 求助 咨询 建议 举报 表扬 其他"),
    ("title", "标题，最多 200 字；缺省取正文开头"),
    ("text", "正文，最多 20000 字（必填）"),
    ("reporter_name", "诉求人姓名"),
    ("reporter_phone", "诉求人电话，用 | phone 规范"),
    ("reporter_id_number", "诉求人身份证号，用 | idnumber 规范"),
    ("reporter_account", "来源系统里的用户标识，如 openid"),
    ("anonymous", "匿名，用 | flag"),
    ("secret", "保密，用 | flag"),
    ("publish", "同意公开，用 | flag"),
    ("district", "区划代码，六位以上，须在 tables/districts.csv 中"),
    ("street", "街道、镇"),
    ("community", "社区、村"),
    ("address", "事发地址"),
    ("point", "坐标 {lat, lng}，WGS-84，用 | wgs84('gcj02')"),
    ("category", "来源的事项分类（代码或文字），供分派参考"),
    ("urgency", "来源的紧急程度文字，供定级参考"),
    ("deadline", "来源给定的办理时限，用 | datetime"),
    ("occurred_at", "发生或提交时间，用 | datetime"),
    ("received_at", "来源受理时间，用 | datetime"),
    ("attachments", "附件：网址列表，或 {url, name} 列表"),
    ("duplicate_mark", "来源自己的重复标记，如首件编号"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelFile {
    name: String,
    adapter: Spanned<String>,
    #[serde(default = "yes")]
    enabled: bool,
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
    mapping: BTreeMap<Spanned<String>, SpannedText>,
    #[serde(default)]
    extra: BTreeMap<String, SpannedText>,
    #[serde(default)]
    discard: Vec<DiscardRule>,
    follow_up: Option<FollowUpFile>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscardRule {
    name: String,
    when: SpannedText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FollowUpFile {
    when: SpannedText,
    about: SpannedText,
    satisfaction: Option<SpannedText>,
    text: Option<SpannedText>,
}

/// A rule by which records are kept but not made complaints.
#[derive(Debug)]
pub(super) struct Discard {
    pub name: String,
    pub when: Expression,
}

/// How a channel's records tell that they follow up an earlier complaint.
#[derive(Debug)]
pub(super) struct FollowUpRule {
    pub when: Expression,
    pub about: Expression,
    pub satisfaction: Option<Expression>,
    pub text: Option<Expression>,
}

/// One expression of the mapping with its place.
#[derive(Debug)]
pub(super) struct Field {
    pub expression: Expression,
    pub place: SpannedText,
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
    pub(super) follow_up: Option<FollowUpRule>,
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
        if !crate::city::is_key_word(id) {
            problems.push(SettingsProblem::new(
                0..0,
                "渠道文件名只能用小写字母、数字和连字符",
                "a channel file's name has lower-case letters, digits and hyphens",
            ));
        }
        let pace = read_pace(read.pace.as_ref(), problems);
        // A channel that does not run needs no secrets.
        let source_of_secrets = if read.enabled { loading.secrets } else { SecretSource::Optional };
        let secrets = source_of_secrets.read((file, source), &read.secrets, notes, problems);
        let format = keep(RecordFormat::compile(&part("format"), language), problems);
        let adapter = format.and_then(|format| {
            let opening = Opening {
                channel: id,
                settings: part("settings"),
                format,
                language,
                secrets: Secrets::new(secrets),
                clock: Arc::clone(&loading.clock),
                receipts: Arc::clone(&loading.receipts),
            };
            open(&read.adapter, opening, loading, problems)
        });
        let settings = part("mapping");
        let fields = compile_fields(&read, &settings, language, problems);
        let extra = read
            .extra
            .iter()
            .filter_map(|(name, text)| Some((name.clone(), compile_field(text, &settings, language, problems)?)))
            .collect();
        let discards = compile_discards(&read.discard, &settings, language, problems);
        let follow_up = read.follow_up.as_ref().and_then(|rule| compile_follow_up(rule, &settings, language, problems));
        let adapter = adapter?;
        let (reply, reply_way) = reply::read(read.reply.as_ref(), adapter.as_ref(), &settings, language, problems);
        if reply.is_none() && reply_way == ReplyWay::ByHand && read.enabled {
            notes.push(Problem::at_span(file, source, &reply::nothing_said(read.adapter.span())));
        }
        Some(Self {
            id: id.to_owned(),
            name: read.name,
            adapter_name: read.adapter.into_inner(),
            enabled: read.enabled,
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
            follow_up,
        })
    }
}

/// Variables that a mapping sees.
fn of_record() -> Variables {
    Variables::from(&["record"]).with("channel", Shape::Single)
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
        Some(factory) => keep(factory.open(opening), problems),
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

fn compile_field(
    text: &SpannedText,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<Field> {
    let expression = settings.expression(language, text, of_record(), problems)?;
    Some(Field { expression, place: text.clone() })
}

fn compile_fields(
    read: &ChannelFile,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> BTreeMap<String, Field> {
    let mut fields = BTreeMap::new();
    for (name, text) in &read.mapping {
        if !FIELDS.iter().any(|(field, _)| field == name.get_ref()) {
            let near = FIELDS
                .iter()
                .map(|(field, _)| (strsim::jaro_winkler(field, name.get_ref()), field))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map_or("-", |(_, field)| *field);
            problems.push(SettingsProblem::new(
                name.span(),
                format!("没有这个字段，是否想写 {near}？来源的其他字段请放在 [extra] 里"),
                format!("no such field; did you mean {near}? Other fields of the source belong in [extra]"),
            ));
            continue;
        }
        if let Some(field) = compile_field(text, settings, language, problems) {
            fields.insert(name.get_ref().clone(), field);
        }
    }
    for required in ["number", "text"] {
        if !read.mapping.keys().any(|name| name.get_ref() == required) {
            problems.push(SettingsProblem::new(
                settings.span(),
                format!("缺少必填字段 {required}"),
                format!("the field {required} is required"),
            ));
        }
    }
    fields
}

fn compile_discards(
    rules: &[DiscardRule],
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Vec<Discard> {
    let compile = |rule: &DiscardRule| {
        let when = settings.expression(language, &rule.when, of_record(), problems)?;
        Some(Discard { name: rule.name.clone(), when })
    };
    rules.iter().filter_map(compile).collect()
}

fn compile_follow_up(
    rule: &FollowUpFile,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<FollowUpRule> {
    let when = settings.expression(language, &rule.when, of_record(), problems);
    let about = settings.expression(language, &rule.about, of_record(), problems);
    let mut optional = |text: &Option<SpannedText>| {
        text.as_ref().and_then(|text| settings.expression(language, text, of_record(), problems))
    };
    let (satisfaction, text) = (optional(&rule.satisfaction), optional(&rule.text));
    Some(FollowUpRule { when: when?, about: about?, satisfaction, text })
}

//! What a channel file says of its records: the fields of a complaint, what is discarded, what follows up an earlier complaint.

use std::collections::BTreeMap;

use huiliu_adapter_api::{Problems, Settings, SettingsProblem, SpannedText};
use huiliu_expression::{Expression, Language, Shape, Variables};
use serde::Deserialize;
use toml::Spanned;

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

/// `[[discard]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscardRule {
    name: String,
    when: SpannedText,
}

/// `[follow_up]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FollowUpFile {
    when: SpannedText,
    about: SpannedText,
    satisfaction: Option<SpannedText>,
    text: Option<SpannedText>,
    #[serde(default)]
    trusted: bool,
}

/// A rule by which records are kept but not made complaints.
#[derive(Debug)]
pub(in crate::mapping) struct Discard {
    pub name: String,
    pub when: Expression,
}

/// How a channel's records tell that they follow up an earlier complaint.
#[derive(Debug)]
pub(in crate::mapping) struct FollowUpRule {
    pub when: Expression,
    pub about: Expression,
    pub satisfaction: Option<Expression>,
    pub text: Option<Expression>,
    pub trusted: bool,
}

/// One expression of the mapping with its place.
#[derive(Debug)]
pub(in crate::mapping) struct Field {
    pub expression: Expression,
    pub place: SpannedText,
}

/// Variables that a mapping sees.
fn of_record() -> Variables {
    Variables::from(&["record"]).with("channel", Shape::Single)
}

/// Compiles one expression over a record.
pub(super) fn compile_field(
    text: &SpannedText,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<Field> {
    let expression = settings.expression(language, text, of_record(), problems)?;
    Some(Field { expression, place: text.clone() })
}

/// Compiles the fields of a complaint; a name that is none is a problem, as is a required field that is missing.
pub(super) fn compile_fields(
    mapping: &BTreeMap<Spanned<String>, SpannedText>,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> BTreeMap<String, Field> {
    let mut fields = BTreeMap::new();
    for (name, text) in mapping {
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
        if !mapping.keys().any(|name| name.get_ref() == required) {
            problems.push(SettingsProblem::new(
                settings.span(),
                format!("缺少必填字段 {required}"),
                format!("the field {required} is required"),
            ));
        }
    }
    fields
}

/// Compiles the rules by which records are no complaints.
pub(super) fn compile_discards(
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

/// Compiles the rule by which records follow up.
pub(super) fn compile_follow_up(
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
    Some(FollowUpRule { when: when?, about: about?, satisfaction, text, trusted: rule.trusted })
}

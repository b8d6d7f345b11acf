//! The `[[statement]]` tables of a channel file: which records state something later of a complaint that is there, and what.

use huiliu_adapter_api::{Problems, Settings, SettingsProblem, SpannedText};
use huiliu_expression::Language;
use serde::Deserialize;
use toml::Spanned;

use super::rules::{Field, compile_field};
use crate::complaint::StatementKind;

/// `[[statement]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementFile {
    /// Name of the kind.
    means: Spanned<String>,
    when: SpannedText,
    about: Option<SpannedText>,
    text: Option<SpannedText>,
    at: Option<SpannedText>,
    satisfaction: Option<SpannedText>,
    id: Option<SpannedText>,
    /// The channel whose complaints it is about.
    of: Option<SpannedText>,
    #[serde(default)]
    with_content: bool,
}

/// How a channel's records tell that they state something later of a complaint.
#[derive(Debug)]
pub(in crate::mapping) struct StatementRule {
    pub kind: StatementKind,
    pub when: Field,
    /// None: the complaint is the one that the record tells of itself.
    pub about: Option<Field>,
    pub text: Option<Field>,
    pub at: Option<Field>,
    pub satisfaction: Option<Field>,
    pub id: Option<Field>,
    /// The channel whose complaints it is about, where it is another one.
    pub of: Option<SpannedText>,
    /// Whether the record is the content of the complaint as well.
    pub with_content: bool,
}

/// Compiles the rules by which records state something later.
pub(super) fn compile_statements(
    rules: &[StatementFile],
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Vec<StatementRule> {
    rules.iter().filter_map(|rule| compile(rule, settings, language, problems)).collect()
}

fn compile(
    rule: &StatementFile,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<StatementRule> {
    let kind = kind(&rule.means, problems);
    rule.complain(kind, problems);
    let when = compile_field(&rule.when, settings, language, problems);
    let mut optional =
        |text: &Option<SpannedText>| text.as_ref().and_then(|text| compile_field(text, settings, language, problems));
    let (about, text, at) = (optional(&rule.about), optional(&rule.text), optional(&rule.at));
    let (satisfaction, id) = (optional(&rule.satisfaction), optional(&rule.id));
    let (of, with_content) = (rule.of.clone(), rule.with_content);
    Some(StatementRule { kind: kind?, when: when?, about, text, at, satisfaction, id, of, with_content })
}

fn kind(name: &Spanned<String>, problems: &mut Problems) -> Option<StatementKind> {
    let found = StatementKind::from_name(name.get_ref());
    if found.is_none() {
        let zh: Vec<String> = StatementKind::ALL.iter().map(|(_, zh, name)| format!("{name}（{zh}）")).collect();
        let en: Vec<&str> = StatementKind::ALL.iter().map(|(.., name)| *name).collect();
        problems.push(SettingsProblem::new(
            name.span(),
            format!("没有这种后续消息；可用：{}", zh.join("、")),
            format!("no such statement; known are: {}", en.join(", ")),
        ));
    }
    found
}

impl StatementFile {
    fn complain(&self, kind: Option<StatementKind>, problems: &mut Problems) {
        let mut complain = |span, zh: &str, en: &str| problems.push(SettingsProblem::new(span, zh, en));
        if self.about.is_none() && !self.with_content {
            complain(
                self.means.span(),
                "缺少 about：说的是哪一件诉求（来源编号）；如果这条记录同时就是诉求本身，请写 with_content = true",
                "about is missing: the number of the complaint that it is about; where the record is the complaint itself, write with_content = true",
            );
        }
        if let (true, Some(of)) = (self.with_content, &self.of) {
            complain(
                of.span(),
                "with_content = true 的记录就是本渠道的诉求，不能再写 of",
                "a record with with_content = true is a complaint of this channel; remove of",
            );
        }
        match (kind, &self.satisfaction) {
            (Some(StatementKind::Rating), None) => complain(
                self.means.span(),
                "rating 需要 satisfaction（满意、基本满意、不满意）",
                "a rating needs satisfaction (满意, 基本满意, 不满意)",
            ),
            (Some(StatementKind::Rating) | None, _) | (_, None) => {}
            (Some(_), Some(satisfaction)) => complain(
                satisfaction.span(),
                "只有 means = \"rating\" 才有 satisfaction",
                "only means = \"rating\" has a satisfaction",
            ),
        }
    }
}

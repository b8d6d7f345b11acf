//! The `[history]` table of a channel file: how its records tell of matters that were finished before the gateway knew of them.

use huiliu_adapter_api::{Problems, Settings, SpannedText};
use huiliu_expression::Language;
use serde::Deserialize;

use super::rules::{Field, compile_field};

/// `[history]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryFile {
    status: Option<SpannedText>,
    finished_at: SpannedText,
}

/// How a channel's records tell of finished matters.
#[derive(Debug)]
pub(in crate::mapping) struct HistoryRule {
    /// How it ended; none: it was resolved.
    pub status: Option<Field>,
    /// When it was finished.
    pub finished_at: Field,
}

/// Compiles the rule.
pub(super) fn compile_history(
    rule: &HistoryFile,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<HistoryRule> {
    let status = rule.status.as_ref().and_then(|text| compile_field(text, settings, language, problems));
    let finished_at = compile_field(&rule.finished_at, settings, language, problems)?;
    Some(HistoryRule { status, finished_at })
}

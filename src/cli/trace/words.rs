//! The words of an entry of a life: of a record its fields, of a reply what it tells, of a decision its evidence and reasons.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::catalogue::{Locale, one_of, say};
use crate::cli::status::items;
use crate::cli::view;
use crate::merge::Evidence;

/// Most characters of a value that are shown.
const MAX_VALUE_CHARS: usize = 2_000;

/// Warnings by the raw record and field that they are about.
pub(super) struct Warnings(BTreeMap<(i64, String), Vec<String>>);

impl Warnings {
    /// The warnings of a life, but those about a field that no record of it shows.
    pub(super) fn of(life: &Value) -> Self {
        let shown = |entry: &&Value| entry["what"] == "record";
        let fields = items(life, "/entries").filter(shown).flat_map(|entry| {
            let raw = entry["details"]["raw_id"].as_i64().unwrap_or_default();
            items(entry, "/details/fields").map(move |made| (raw, field_of(made)))
        });
        let mut warnings: BTreeMap<(i64, String), Vec<String>> = fields.map(|field| (field, Vec::new())).collect();
        for entry in items(life, "/entries").filter(|entry| entry["what"] == "warning") {
            if let Some(of_field) = warnings.get_mut(&key_of(entry)) {
                let (said, value) = (said(&entry["details"]), &entry["details"]["value"]);
                let value = if value.is_null() { String::new() } else { format!("（{}）", plain(value)) };
                of_field.push(say!("trace-warned", said = format!("{said}{value}")));
            }
        }
        Self(warnings)
    }

    /// Whether a warning stands with its field.
    pub(super) fn is_shown(&self, entry: &Value) -> bool {
        self.0.contains_key(&key_of(entry))
    }
}

fn key_of(warning: &Value) -> (i64, String) {
    (warning["details"]["raw_id"].as_i64().unwrap_or_default(), field_of(&warning["details"]))
}

fn field_of(details: &Value) -> String {
    details["field"].as_str().unwrap_or_default().to_owned()
}

/// The words of an entry in the language of the reader.
pub(super) fn words_of(entry: &Value, warnings: &Warnings, zone: &TimeZone) -> String {
    let (details, locale) = (&entry["details"], Locale::of_process());
    match entry["what"].as_str().unwrap_or_default() {
        "record" => record(details, warnings),
        "warning" => said(details),
        "merge" => evidence(details),
        "asked" => text(&details[locale.pick("card", "card_en")]),
        "ticket" => reasons(details),
        "rerouted" => reasons(&details["to"]),
        "deadline" | "clock" => due(details, zone),
        _ => one(details),
    }
}

/// The fields of a record: what each expression made of it, and what is to be said of that.
fn record(details: &Value, warnings: &Warnings) -> String {
    let raw = details["raw_id"].as_i64().unwrap_or_default();
    let line = |made: &Value| {
        let (field, expression) = (field_of(made), text(&made["expression"]));
        let value = if made["value"].is_null() { "—".to_owned() } else { plain(&made["value"]) };
        let warned = warnings.0.get(&(raw, field.clone())).into_iter().flatten().map(|said| format!("\n  {said}"));
        let warned: String = warned.collect();
        format!("{field}: {expression} → {value}{warned}")
    };
    let mut lines: Vec<String> = items(details, "/fields").map(line).collect();
    let note = text(&details[Locale::of_process().pick("note_zh", "note")]);
    lines.extend(Some(note).filter(|note| !note.is_empty()));
    if items(details, "/fields").next().is_none() && !details["record"].is_null() {
        lines.push(plain(&details["record"]));
    }
    lines.join("\n")
}

/// A value as it is read: a text without quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    let whole = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut shown: String = whole.chars().take(MAX_VALUE_CHARS).collect();
    if shown.len() < whole.len() {
        shown.push('…');
    }
    shown
}

/// Evidence in the language of the reader; where that is not told, the lines that are.
fn evidence(details: &Value) -> String {
    match serde_json::from_value::<Evidence>(details["evidence"].clone()) {
        Ok(evidence) => evidence.card(Locale::of_process()),
        Err(_) => one(details),
    }
}

fn reasons(details: &Value) -> String {
    items(details, "/reasons").filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// By when something is due, and how that came about.
fn due(details: &Value, zone: &TimeZone) -> String {
    let due_at = details["due_at"].as_str().map(|at| say!("trace-due", at = view::time(at, zone)));
    let lines = due_at.into_iter().chain(Some(reasons(details)).filter(|reasons| !reasons.is_empty()));
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands in details in both languages.
fn said(details: &Value) -> String {
    text(&details[Locale::of_process().pick("zh", "en")])
}

/// The first of the members that hold words.
fn one(details: &Value) -> String {
    let members = ["text", "answer", "card", "result", "reason", "error", "how"];
    let found = members.into_iter().filter_map(|name| details[name].as_str()).find(|text| !text.is_empty());
    found.map_or_else(|| reasons(details), |text| one_of(text, Locale::of_process()).to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_shows_each_field_with_its_expression_value_and_warnings() {
        let life = json!({ "entries": [
            { "what": "record", "details": { "raw_id": 7, "record": { "t": 1 }, "fields": [
                { "field": "title", "expression": "record.title", "value": "路灯不亮" },
                { "field": "occurred_at", "expression": "record.time | time", "value": null },
            ] } },
            { "what": "warning", "details": { "raw_id": 7, "field": "occurred_at", "value": "soon", "zh": "不是时间", "en": "no time" } },
            { "what": "warning", "details": { "raw_id": 8, "field": "occurred_at", "zh": "不是时间", "en": "no time" } },
        ] });
        let warnings = Warnings::of(&life);
        let shown = |index: usize| words_of(&life["entries"][index], &warnings, &TimeZone::UTC);
        let record = shown(0);
        assert!(
            record.starts_with("title: record.title → 路灯不亮\noccurred_at: record.time | time → —\n"),
            "{record}"
        );
        assert!(record.contains("soon") && !record.contains("\"t\""), "{record}");
        assert!(warnings.is_shown(&life["entries"][1]) && !warnings.is_shown(&life["entries"][2]));
        assert!(!shown(2).is_empty());
    }

    #[test]
    fn a_record_whose_fields_are_not_told_shows_itself_and_why() {
        let entry = json!({ "what": "record", "details": { "raw_id": 7, "fields": [], "note": "kept no longer", "note_zh": "不再保存",
            "record": { "title": "路灯不亮" } } });
        let shown = words_of(&entry, &Warnings(BTreeMap::new()), &TimeZone::UTC);
        assert!(shown.ends_with("{\"title\":\"路灯不亮\"}") && shown.lines().count() == 2, "{shown}");
    }
}

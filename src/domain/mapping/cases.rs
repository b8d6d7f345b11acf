//! Cases of a channel: real-shaped payloads with the complaints they must become, and what leaves it (`calls`): requests that it must
//! send, answers that it must give.

mod calls;
mod difference;
mod expected;
mod push;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use huiliu_adapter_api::Factory;
use huiliu_expression::Language;
use serde_json::{Value, json};

use crate::complaint::Statement;
use crate::document::ComplaintDocument;
use crate::mapping::{Answered, Applied, Channel, Mapped};

use difference::compare;

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// `cases/<channel>/NAME`, with line and column where a file has several; `cases/handling/NAME` of handling rules.
    pub name: String,
    /// What differs, line by line, or why it cannot be run, in Chinese and in English; none when it passed.
    pub failure: Option<(String, String)>,
}

/// What cases need of the pack to open its channels with a time, nonces and secrets of their own.
#[derive(Clone, Copy)]
pub struct CaseParts<'a> {
    /// The expression language with the pack's tables.
    pub language: &'a Language,
    /// Name of the city.
    pub city: &'a str,
    /// The adapters there are.
    pub factories: &'a [Box<dyn Factory>],
}

/// What is said of a sample in which the channel finds no record, in Chinese and in English.
pub const NO_RECORDS: (&str, &str) = (
    "样例里一条记录也没有找到：JSON、XML 请检查 [format] 的 records 是否指向记录列表；CSV、XLSX 请检查 [settings] 的 header_row（表头在第几行）和 sheet（哪个工作表）",
    "no record is found in the sample: for JSON and XML check whether records in [format] points at the list of records; for CSV and XLSX check header_row and sheet in [settings]",
);

/// Runs all cases of the channels of a pack that lies in `folder`.
#[must_use]
pub fn run_cases(channels: &BTreeMap<String, Arc<Channel>>, folder: &Path, parts: CaseParts<'_>) -> Vec<CaseResult> {
    let mut results = Vec::new();
    for channel in channels.values() {
        let cases = folder.join("cases").join(&channel.id);
        for input in inputs(&cases) {
            let name = case_name(&input);
            let shown = format!("cases/{}/{name}", channel.id);
            let difference =
                run_case(channel, &input, &cases.join(format!("{name}.out.json"))).unwrap_or_else(|problem| problem);
            let failure = (!difference.is_empty()).then(|| (difference.clone(), difference));
            results.push(CaseResult { name: shown, failure });
        }
        for file in in_folder(&cases, |name| name.ends_with(calls::ENDING)) {
            results.extend(calls::run_file(channel, &file, parts));
        }
    }
    results
}

/// Writes a case from a sample: the file becomes NAME.in.*, what the mapping makes of it NAME.out.json.
///
/// # Errors
/// The sample cannot be read by the channel or holds no record, or the case cannot be written.
pub fn accept_case(channel: &Channel, folder: &Path, sample: &Path, name: &str) -> Result<PathBuf, String> {
    let cases = folder.join("cases").join(&channel.id);
    let extension =
        sample.extension().map_or_else(|| "txt".into(), |extension| extension.to_string_lossy().into_owned());
    let document = outcome_document(channel, sample, usize::MAX)?;
    if document.as_array().is_none_or(Vec::is_empty) {
        let shown = sample.display();
        return Err(format!("{shown}：{}（{shown}: {}）", NO_RECORDS.0, NO_RECORDS.1));
    }
    std::fs::create_dir_all(&cases).map_err(|error| format!("{}: {error}", cases.display()))?;
    let input = cases.join(format!("{name}.in.{extension}"));
    if input != sample {
        std::fs::copy(sample, &input).map_err(|error| format!("{}: {error}", input.display()))?;
    }
    let output = cases.join(format!("{name}.out.json"));
    let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    std::fs::write(&output, text + "\n").map_err(|error| format!("{}: {error}", output.display()))?;
    Ok(output)
}

/// What a channel makes of the first `most` records of a file, as a list of outcomes; the same at any time.
///
/// # Errors
/// The channel cannot read the file.
pub fn outcome_document(channel: &Channel, file: &Path, most: usize) -> Result<Value, String> {
    let records = channel.adapter.read_file(file).map_err(|error| error.to_string())?;
    let outcomes = records.take(most).map(|record| {
        let Applied { mapped, statements, warnings, answered } = channel.apply(&record, jiff::Timestamp::MAX);
        let mut outcome = match mapped {
            Mapped::Complaint(complaint) => json!({ "complaint": ComplaintDocument::from(&*complaint) }),
            Mapped::FollowUp(follow_up) => json!({ "follow_up": {
                "about": follow_up.about, "text": follow_up.text,
                "satisfaction": follow_up.satisfaction.map(crate::complaint::Satisfaction::wire),
            } }),
            Mapped::Discarded(rule) => json!({ "discarded": rule }),
            Mapped::Stated => json!({}),
            // Nothing is mapped where the channel brings answers only.
            Mapped::Quarantined if answered.as_ref().is_some_and(|answered| answered.only) => json!({}),
            Mapped::Quarantined => json!({ "quarantined": true }),
        };
        if let (Some(answered), Some(outcome)) = (&answered, outcome.as_object_mut()) {
            outcome.insert("answered".to_owned(), answered_document(answered));
        }
        if let (false, Some(outcome)) = (statements.is_empty(), outcome.as_object_mut()) {
            outcome.insert("statements".to_owned(), statements.iter().map(statement_document).collect());
        }
        if let (false, Some(outcome)) = (warnings.is_empty(), outcome.as_object_mut()) {
            let shown = warnings.iter().map(|warning| format!("{}: {}", warning.field, warning.zh)).collect::<Vec<_>>();
            outcome.insert("warnings".to_owned(), json!(shown));
        }
        outcome
    });
    Ok(Value::Array(outcomes.collect()))
}

/// What a record says of something that its system may have been sent, as JSON: what is not there is left out. Whether a ticket has the
/// number or the mark is known to a gateway only.
#[must_use]
pub fn answered_document(answered: &Answered) -> Value {
    let mut document = json!({ "destination": answered.destination });
    let mut optional = vec![("number", answered.number.clone()), ("mark", answered.mark.clone())];
    match &answered.said {
        Ok(Some(said)) => optional.extend([
            ("status", Some(said.status.wire().to_owned())),
            ("at", said.at.map(|at| at.to_string())),
            ("due_at", said.due_at.map(|at| at.to_string())),
            ("department", said.department.clone()),
            ("result", said.result.clone()),
        ]),
        Ok(None) => {}
        Err((zh, _)) => optional.push(("problem", Some(zh.clone()))),
    }
    for (name, value) in optional {
        if let (Some(value), Some(document)) = (value, document.as_object_mut()) {
            document.insert(name.to_owned(), value.into());
        }
    }
    document
}

/// What a record states later, as JSON: what is not there is left out.
#[must_use]
pub fn statement_document(statement: &Statement) -> Value {
    let mut document = json!({ "means": statement.kind.name(), "of": statement.channel, "about": statement.about });
    let optional = [
        ("id", statement.id.clone()),
        ("at", statement.at.map(|at| at.to_string())),
        ("text", Some(statement.text.clone()).filter(|text| !text.is_empty())),
        ("satisfaction", statement.satisfaction.map(|satisfaction| satisfaction.wire().to_owned())),
    ];
    for (name, value) in optional {
        if let (Some(value), Some(document)) = (value, document.as_object_mut()) {
            document.insert(name.to_owned(), value.into());
        }
    }
    document
}

fn run_case(channel: &Channel, input: &Path, expected: &Path) -> Result<String, String> {
    let made = outcome_document(channel, input, usize::MAX)?;
    let text = std::fs::read_to_string(expected).map_err(|error| format!("{}: {error}", expected.display()))?;
    let expected: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", expected.display()))?;
    let mut difference = String::new();
    compare(&mut difference, "", &expected, &made);
    Ok(difference)
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    in_folder(folder, |name| name.rsplit_once('.').is_some_and(|(stem, _)| stem.ends_with(".in")))
}

fn in_folder(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())))
        .collect();
    found.sort();
    found
}

fn case_name(input: &Path) -> String {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    stem.strip_suffix(".in").unwrap_or(&stem).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Loading;
    use crate::pack::Pack;

    #[test]
    fn a_sample_without_records_makes_no_case() {
        let factories = crate::registry::factories();
        let loading = Loading::away(&factories, Arc::new(huiliu_adapter_api::SystemClock));
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
        let channels = Pack::read(&pack, &loading).unwrap().channels;
        let folder = tempfile::tempdir().unwrap();
        let sample = folder.path().join("empty.json");
        std::fs::write(&sample, "[]").unwrap();
        let refused = accept_case(&channels["generic"], folder.path(), &sample, "empty").unwrap_err();
        for setting in ["records", "header_row", "sheet"] {
            assert!(refused.contains(setting), "{refused}");
        }
        assert!(!folder.path().join("cases").exists(), "nothing is written");
        std::fs::write(&sample, "[{\"number\": \"1\", \"text\": \"路灯不亮\"}]").unwrap();
        accept_case(&channels["generic"], folder.path(), &sample, "one").unwrap();
        assert!(folder.path().join("cases/generic/one.out.json").exists());
    }
}

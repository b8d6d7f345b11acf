//! `huiliu mapping try` and `huiliu mapping accept`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use huiliu_adapter_api::RecordBody;
use serde_json::{Value, json};

use super::reply::TriedReply;
use super::view;
use crate::catalogue::{Locale, one_of, say};
use crate::clock::{Clock as _, SystemClock};
use crate::complaint::Statement;
use crate::document::ComplaintDocument;
use crate::mapping::{
    Answered, Applied, Channel, Mapped, NO_RECORDS, Warning, accept_case, answered_document, statement_document,
};
use crate::pack::Pack;

fn channel<'a>(pack: &'a Pack, id: &str) -> anyhow::Result<&'a Arc<Channel>> {
    pack.channels.get(id).ok_or_else(|| {
        let known: Vec<&str> = pack.channels.keys().map(String::as_str).collect();
        anyhow::anyhow!(say!("no-channel", id = id, known = known.join(&say!("list-comma"))))
    })
}

pub(super) fn try_file(
    pack: &Path,
    (id, file): (&str, &Path),
    as_json: bool,
    most: usize,
    reply: &TriedReply,
) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(pack)?;
    let channel = channel(&pack, id)?;
    let now = SystemClock.now();
    let (mut found, mut quarantined) = (0, 0);
    let mut documents = Vec::new();
    for record in channel.adapter.read_file(file)?.take(most) {
        let raw = match &record.body {
            RecordBody::Tree(tree) => tree.clone(),
            RecordBody::Broken { text, reason, .. } => json!({ "broken": text, "reason": reason }),
        };
        let Applied { mapped, statements, warnings, answered } = channel.apply(&record, now);
        found += 1;
        let answers_only = answered.as_ref().is_some_and(|answered| answered.only);
        let is_not_understood = answered.as_ref().is_some_and(|answered| answered.said.is_err());
        quarantined += usize::from((mapped == Mapped::Quarantined && !answers_only) || is_not_understood);
        let made = match &mapped {
            Mapped::Complaint(complaint) => serde_json::to_value(ComplaintDocument::from(&**complaint))?,
            Mapped::FollowUp(follow_up) => json!({ "跟进": follow_up.about }),
            Mapped::Stated => statements.iter().map(statement_document).collect(),
            Mapped::Discarded(rule) => json!({ "按规则舍弃": rule }),
            Mapped::Quarantined if answers_only => Value::Null,
            Mapped::Quarantined => json!("待修复"),
        };
        let tried = match &mapped {
            Mapped::Complaint(complaint) => reply.to((&record, complaint), (channel, &pack), now),
            _ => None,
        };
        if as_json {
            let problems: Vec<Value> = warnings.iter().map(Warning::to_value).collect();
            let stated: Vec<Value> = statements.iter().map(statement_document).collect();
            let mut document = json!({
                "id": record.id, "raw": raw, "normalized": made, "statements": stated, "problems": problems,
            });
            if let (Some(answered), Some(members)) = (&answered, document.as_object_mut()) {
                members.insert("answered".to_owned(), answered_document(answered));
            }
            if let (Some(tried), Some(members)) = (&tried, document.as_object_mut()) {
                members.insert("reply".to_owned(), tried.to_value());
            }
            documents.push(document);
            continue;
        }
        view::line(&say!("mapping-record", id = record.id));
        let made = if answers_only { say!("mapping-answers-only") } else { made_text(&mapped, &made) };
        view::table(&[&say!("raw-record"), &say!("complaint")], vec![vec![pretty(&raw), made]]);
        answered.iter().for_each(show_answered);
        statements.iter().for_each(show_statement);
        warnings.iter().for_each(|warning| show_warning(&mapped, warning));
        if let Some(tried) = tried {
            tried.show();
        }
    }
    if as_json {
        view::line(&serde_json::to_string_pretty(&documents)?);
    }
    if found == 0 && most > 0 {
        view::problem(&say!(
            "named",
            name = file.display(),
            said = Locale::of_process().pick(NO_RECORDS.0, NO_RECORDS.1)
        ));
        return Ok(ExitCode::FAILURE);
    }
    Ok(if quarantined == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a record says of something that its system may have been sent.
fn show_answered(answered: &Answered) {
    let none = || "—".to_owned();
    let (number, mark) = (answered.number.clone().unwrap_or_else(none), answered.mark.clone().unwrap_or_else(none));
    let destination = answered.destination.as_str();
    match &answered.said {
        Ok(said) => {
            let status = said.as_ref().map_or_else(none, |said| said.status.wire().to_owned());
            let at = said.as_ref().and_then(|said| said.at).map_or_else(none, |at| at.to_string());
            let words = said.as_ref().and_then(|said| said.result.clone()).unwrap_or_else(none);
            view::line(&say!(
                "mapping-answered",
                destination = destination,
                number = number,
                mark = mark,
                status = status,
                at = at,
                words = words
            ));
        }
        Err((zh, en)) => {
            let place = format!("[answers] {destination} {number} {mark}");
            view::problem(&say!("mapping-problem", place = place, said = Locale::of_process().pick(zh, en)));
        }
    }
}

fn show_statement(statement: &Statement) {
    let kind = Locale::of_process().pick(statement.kind.zh(), statement.kind.name());
    view::line(&say!("mapping-stated", kind = kind, about = &statement.about));
}

fn show_warning(mapped: &Mapped, warning: &Warning) {
    let (file, line, column) = &warning.place;
    let place = format!("{file}:{line}:{column} {}", warning.field);
    let locale = Locale::of_process();
    let said = one_of(locale.pick(&warning.zh, &warning.en), locale);
    view::problem(&match (mapped, &warning.value) {
        (Mapped::Quarantined, None) => say!("mapping-problem", place = place, said = said),
        (Mapped::Quarantined, Some(value)) => {
            say!("mapping-problem-value", place = place, said = said, value = value)
        }
        (_, None) => say!("mapping-warning", place = place, said = said),
        (_, Some(value)) => say!("mapping-warning-value", place = place, said = said, value = value),
    });
}

/// What was made of a record, for people; the members of a complaint are those of documents.
fn made_text(mapped: &Mapped, made: &Value) -> String {
    match mapped {
        Mapped::Complaint(_) => pretty(made),
        Mapped::FollowUp(follow_up) => say!("mapping-follow-up", about = follow_up.about),
        Mapped::Stated => pretty(made),
        Mapped::Discarded(rule) => say!("mapping-discarded", rule = rule),
        Mapped::Quarantined => say!("quarantined"),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

pub(super) fn accept(folder: &Path, id: &str, file: &Path, name: Option<&str>) -> anyhow::Result<ExitCode> {
    let pack = super::load_pack(folder)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.unwrap_or_else(|| stem.strip_suffix(".in").unwrap_or(&stem));
    let written = accept_case(channel(&pack, id)?, folder, file, name).map_err(|error| anyhow::anyhow!(error))?;
    view::line(&say!("mapping-written", path = written.display()));
    Ok(ExitCode::SUCCESS)
}

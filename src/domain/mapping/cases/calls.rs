//! `cases/<channel>/NAME.calls.toml`: requests that a channel must send (`[[call]]`), and answers that it must give to those who push
//! (`[[answer]]`), each with a time and a nonce of its own, and with secrets that are none.
//!
//! The channel is opened anew for each case with these, and writes what it would send by the code that sends it. Nothing is sent.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::{
    AdapterError, FixedNonce, ManualClock, NoReceipts, Problems, Reply, ReplyFile, ReplyPerson, Settings,
    SettingsProblem, wording,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expected::{Expected, Made};
use super::push::{self, GivenPush};
use super::{CaseParts, CaseResult};
use crate::city::{Problem, toml_problems};
use crate::mapping::{Channel, Loading, SecretSource};
use crate::ticket::Status;

/// How names of such files end.
pub(super) const ENDING: &str = ".calls.toml";

/// Something said in Chinese and in English.
pub(super) type Words = (String, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallsFile {
    /// Secrets of the cases; one that is not here is `secret-NAME`.
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default)]
    call: Vec<Spanned<Case<Map<String, Value>>>>,
    #[serde(default)]
    answer: Vec<Spanned<Case<GivenPush>>>,
}

/// One case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<G> {
    /// Of a call its name: `list`, `detail`, `sign`, `reply`, `login.1`…; of an answer what it is about.
    name: String,
    /// The time; default 2026-01-01T00:00:00Z.
    now: Option<String>,
    /// The nonce; default 31 zeros and a one.
    nonce: Option<String>,
    #[serde(default)]
    given: G,
    expect: Option<Expected>,
}

const NOW: &str = "2026-01-01T00:00:00Z";
const NONCE: &str = "00000000000000000000000000000001";

/// Runs the cases of one file.
pub(super) fn run_file(channel: &Channel, path: &Path, parts: CaseParts<'_>) -> Vec<CaseResult> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let shown = format!("cases/{}/{file}", channel.id);
    let unreadable = |zh: String, en: String| vec![CaseResult { name: shown.clone(), failure: Some((zh, en)) }];
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => {
            return unreadable(format!("文件读不了{}", wording::of_system(&error)), format!("cannot be read: {error}"));
        }
    };
    let read = match read(&source) {
        Ok(read) => read,
        Err(problems) => {
            let of = |problem: &SettingsProblem| {
                let problem = Problem::at_span(&shown, &source, problem);
                CaseResult { name: problem.place(), failure: Some((problem.zh, problem.en)) }
            };
            return problems.iter().map(of).collect();
        }
    };
    let place = |at: std::ops::Range<usize>, name: &str| {
        let problem = Problem::at_span(&shown, &source, &SettingsProblem::new(at, "", ""));
        format!("{} {name}", problem.place())
    };
    let folder = path.parent().unwrap_or(path);
    let mut results = Vec::new();
    for case in &read.call {
        let failure = outcome(run_call(channel, case.get_ref(), &read.secrets, parts));
        results.push(CaseResult { name: place(case.span(), &case.get_ref().name), failure });
    }
    for case in &read.answer {
        let failure = outcome(run_answer(channel, case.get_ref(), &read.secrets, (parts, folder)));
        results.push(CaseResult { name: place(case.span(), &case.get_ref().name), failure });
    }
    results
}

fn read(source: &str) -> Result<CallsFile, Problems> {
    let table = DeTable::parse(source).map_err(toml_problems)?;
    let at = table.span();
    Settings::new(source, Spanned::new(at, DeValue::Table(table.into_inner()))).read()
}

fn outcome(difference: Result<String, Words>) -> Option<Words> {
    match difference {
        Ok(difference) => (!difference.is_empty()).then(|| (difference.clone(), difference)),
        Err(words) => Some(words),
    }
}

/// The channel with a time, a nonce and secrets of the case.
fn opened<G>(
    channel: &Channel,
    case: &Case<G>,
    secrets: &BTreeMap<String, String>,
    parts: CaseParts<'_>,
) -> Result<Channel, Words> {
    let now = case.now.as_deref().unwrap_or(NOW);
    let now: Timestamp = now.parse().map_err(|error| {
        (format!("now 应为 2026-01-01T00:00:00Z 这样的时间\n原文：{error}"), format!("now is no time: {error}"))
    })?;
    let loading = Loading {
        factories: parts.factories,
        secrets: SecretSource::Given(secrets),
        clock: Arc::new(ManualClock::at(now)),
        nonces: Arc::new(FixedNonce(case.nonce.as_deref().unwrap_or(NONCE).to_owned())),
        receipts: Arc::new(NoReceipts),
        ratings: channel.adapter.form().map(|form| form.asks().ratings.clone()).unwrap_or_default(),
    };
    let (id, file, source) = (&channel.id, &channel.file, &channel.source);
    Channel::load(id, file, source, parts.language, &loading, &mut Vec::new()).map_err(|problems| {
        let said = |pick: fn(&Problem) -> &str| problems.iter().map(pick).collect::<Vec<_>>().join("\n");
        (said(|problem| &problem.zh), said(|problem| &problem.en))
    })
}

fn run_call(
    channel: &Channel,
    case: &Case<Map<String, Value>>,
    secrets: &BTreeMap<String, String>,
    parts: CaseParts<'_>,
) -> Result<String, Words> {
    let channel = opened(channel, case, secrets, parts)?;
    let mut given = case.given.clone();
    if case.name == "reply" {
        let reply = channel.told_by(&channel, reply_of(&given)?, parts.city).map_err(|error| (error.clone(), error))?;
        given.insert("reply".to_owned(), reply.to_value());
        given.insert("record".to_owned(), reply.record);
    }
    let request = channel.adapter.request_of(&case.name, &given).map_err(|error| in_both(&error))?;
    let made = Made {
        method: Some(request.method().as_str()),
        url: Some(request.uri().to_string()),
        status: None,
        headers: request.headers(),
        body: request.body(),
        records: None,
    };
    Expected::difference(case.expect.as_ref(), &made)
}

/// The reply of a case; members that it does not give are empty.
fn reply_of(given: &Map<String, Value>) -> Result<Reply, Words> {
    let empty = Map::new();
    let members = given.get("reply").and_then(Value::as_object).unwrap_or(&empty);
    let known: Vec<&str> = Reply::MEMBERS.into_iter().chain(["person", "attachments"]).collect();
    if let Some(unknown) = members.keys().find(|name| !known.contains(&name.as_str())) {
        let known = known.join(", ");
        return Err((
            format!("reply 没有成员 {unknown}；有：{known}"),
            format!("reply has no member {unknown}; it has: {known}"),
        ));
    }
    for (name, known) in [("person", &["name", "unit", "phone"]), ("attachments", &["url", "name", "media_type"])] {
        let given = members.get(name).unwrap_or(&Value::Null);
        let each = given.as_array().map_or_else(|| std::slice::from_ref(given), Vec::as_slice);
        let mut names = each.iter().filter_map(Value::as_object).flat_map(Map::keys);
        if let Some(unknown) = names.find(|name| !known.contains(&name.as_str())) {
            let known = known.join(", ");
            return Err((
                format!("reply.{name} 没有成员 {unknown}；有：{known}"),
                format!("reply.{name} has no member {unknown}; it has: {known}"),
            ));
        }
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let status = Status::from_wire(&text("status"));
    let status_zh = members.get("status_zh").and_then(Value::as_str).map(str::to_owned);
    let of = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
    let person = members.get("person").filter(|person| person.is_object()).map(|person| ReplyPerson {
        name: of(person, "name").unwrap_or_default(),
        unit: of(person, "unit"),
        phone: of(person, "phone"),
    });
    let files = members.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let file = |file: &Value| ReplyFile {
        url: of(file, "url").unwrap_or_default(),
        name: of(file, "name"),
        media_type: of(file, "media_type"),
    };
    Ok(Reply {
        key: text("key"),
        source_number: text("source_number"),
        receipt_number: text("receipt_number"),
        status: text("status"),
        status_zh: status_zh.or_else(|| status.map(|status| status.zh().to_owned())).unwrap_or_default(),
        text: text("text"),
        department: text("department"),
        person,
        attachments: files.map(file).collect(),
        at: text("at"),
        phone: members.get("phone").and_then(Value::as_str).map(str::to_owned),
        record: given.get("record").cloned().unwrap_or_default(),
    })
}

fn run_answer(
    channel: &Channel,
    case: &Case<GivenPush>,
    secrets: &BTreeMap<String, String>,
    (parts, folder): (CaseParts<'_>, &Path),
) -> Result<String, Words> {
    let channel = opened(channel, case, secrets, parts)?;
    let answered = push::answered(&channel, &case.given, folder)?;
    let made = Made {
        method: None,
        url: None,
        status: Some(answered.response.status().as_u16()),
        headers: answered.response.headers(),
        body: answered.response.body(),
        records: Some(answered.records),
    };
    Expected::difference(case.expect.as_ref(), &made)
}

/// An error of the adapter, in both languages where it has both.
pub(super) fn in_both(error: &AdapterError) -> Words {
    let text = error.to_string();
    match wording::parts(&text) {
        Some((zh, en)) => (zh.to_owned(), en.to_owned()),
        None => (format!("请求写不出来{}", wording::original(&text)), text),
    }
}

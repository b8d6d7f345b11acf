//! Cases of what is watched: complaints, the tags that each must bear, and the surges and warnings that must be told as it comes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use huiliu_adapter_api::wording::of_system;
use jiff::Timestamp;
use serde::Deserialize;

use super::rehearsal::{Coming, Rehearsal};
use super::rules::Watch;
use crate::city::toml_words;
use crate::complaint::{Complaint, Kind};
use crate::ticket::Route;

/// How the files of cases end.
const ENDING: &str = ".case.toml";
/// Most complaints of a case.
const MAX_COMPLAINTS: usize = 200;

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchCase {
    /// `cases/watch/NAME`.
    pub name: String,
    /// What differs, or why it cannot be run, in Chinese and in English; none when it passed.
    pub failure: Option<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(rename = "complaint")]
    complaints: Vec<CaseComplaint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseComplaint {
    #[serde(default)]
    title: String,
    text: String,
    /// Category as its source says it.
    category: Option<String>,
    /// Urgency as its source says it.
    urgency: Option<String>,
    /// Kind, by either name.
    kind: Option<String>,
    #[serde(default)]
    channel: String,
    /// District code.
    district: Option<String>,
    street: Option<String>,
    community: Option<String>,
    address: Option<String>,
    /// The tags that it must bear: all of them. Where nothing is said they are not looked at.
    tags: Option<BTreeSet<String>>,
    /// When its source received it. With this, what it brings about is looked at.
    at: Option<Timestamp>,
    /// When it comes, where that is later.
    arrives: Option<Timestamp>,
    /// A name of the ticket that it comes to; none: one of its own.
    ticket: Option<String>,
    /// Codes of the surges and warnings that must be told as it comes: all of them.
    told: Option<BTreeSet<String>>,
    /// Codes of the rules whose topics it begins: all of them.
    topics: Option<BTreeSet<String>>,
}

/// Runs all cases of a pack that lies in `folder`; `route` says where a complaint goes.
#[must_use]
pub fn run_watch_cases(rules: &Watch, route: &dyn Fn(&Complaint) -> Route, folder: &Path) -> Vec<WatchCase> {
    let run = |file: PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let failure = match std::fs::read_to_string(&file) {
            Ok(text) => run_case(rules, route, &text).err(),
            Err(error) => Some((format!("读不了{}", of_system(&error)), format!("cannot be read: {error}"))),
        };
        WatchCase { name: format!("cases/watch/{}", name.trim_end_matches(ENDING)), failure }
    };
    let Ok(entries) = std::fs::read_dir(folder.join("cases/watch")) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
    files.sort();
    files.into_iter().map(run).collect()
}

/// Runs the text of one case.
pub(super) fn run_case(rules: &Watch, route: &dyn Fn(&Complaint) -> Route, text: &str) -> Result<(), (String, String)> {
    let case: CaseFile = toml::from_str(text).map_err(|error| toml_words(text, error))?;
    if case.complaints.len() > MAX_COMPLAINTS {
        return Err((format!("超过 {MAX_COMPLAINTS} 条诉求"), format!("more than {MAX_COMPLAINTS} complaints")));
    }
    let mut differing = Differing::default();
    let mut rehearsal = Rehearsal::new(rules);
    for (number, given) in (1..).zip(case.complaints) {
        let (tags, told) = (given.tags.clone(), given.told.clone());
        let topics = given.topics.clone();
        let (at, arrives, ticket) = (given.at, given.arrives, given.ticket.clone());
        if at.is_none() && (arrives.is_some() || ticket.is_some() || told.is_some() || topics.is_some()) {
            return Err((
                format!("第 {number} 条诉求写了 arrives、ticket、told 或 topics，应同时写 at（时间）"),
                format!("complaint {number} has arrives, ticket, told or topics: at (its time) belongs to them"),
            ));
        }
        let complaint = given.into_complaint()?;
        let route = route(&complaint);
        if let Some(expected) = &tags {
            differing.note(number, ("标签", "tags"), expected, &rules.tags(&complaint, &route));
        }
        if let Some(at) = at {
            let coming = Coming { complaint: &complaint, route: &route, at, arrives: arrives.unwrap_or(at), ticket };
            let came = rehearsal.comes(coming);
            differing.note(number, ("预警", "alerts"), &told.unwrap_or_default(), &came.told);
            differing.note(number, ("专题", "topics"), &topics.unwrap_or_default(), &came.topics);
        }
    }
    differing.finish()
}

/// What differs in a case.
#[derive(Default)]
struct Differing {
    zh: Vec<String>,
    en: Vec<String>,
}

impl Differing {
    fn note(&mut self, number: i64, (zh, en): (&str, &str), expected: &BTreeSet<String>, found: &BTreeSet<String>) {
        if expected != found {
            self.zh.push(format!("  第 {number} 条诉求的{zh}\n    - {expected:?}\n    + {found:?}"));
            self.en.push(format!("  {en} of complaint {number}\n    - {expected:?}\n    + {found:?}"));
        }
    }

    fn finish(self) -> Result<(), (String, String)> {
        if self.en.is_empty() { Ok(()) } else { Err((self.zh.join("\n"), self.en.join("\n"))) }
    }
}

impl CaseComplaint {
    fn into_complaint(self) -> Result<Complaint, (String, String)> {
        let kind = match self.kind {
            None => Kind::default(),
            Some(name) => Kind::from_name(&name)
                .ok_or_else(|| (format!("没有诉求类型 {name}"), format!("there is no kind of complaint {name}")))?,
        };
        let mut complaint = Complaint {
            channel: self.channel,
            kind,
            title: self.title,
            text: self.text,
            category_hint: self.category,
            urgency_hint: self.urgency,
            ..Complaint::default()
        };
        let place = &mut complaint.place;
        (place.district, place.street) = (self.district, self.street);
        (place.community, place.address) = (self.community, self.address);
        Ok(complaint)
    }
}

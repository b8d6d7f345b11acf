//! Cases of tags: complaints, and the tags that each must bear.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use huiliu_adapter_api::wording::of_system;
use serde::Deserialize;

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
    /// The tags that it must bear: all of them.
    tags: BTreeSet<String>,
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
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for (number, given) in (1..).zip(case.complaints) {
        let expected = given.tags.clone();
        let complaint = given.into_complaint()?;
        let found = rules.tags(&complaint, &route(&complaint));
        if found != expected {
            zh.push(format!("  第 {number} 条诉求的标签\n    - {expected:?}\n    + {found:?}"));
            en.push(format!("  tags of complaint {number}\n    - {expected:?}\n    + {found:?}"));
        }
    }
    if en.is_empty() { Ok(()) } else { Err((zh.join("\n"), en.join("\n"))) }
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

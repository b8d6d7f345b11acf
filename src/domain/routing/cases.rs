//! Cases of routing: complaints, and where each must go, by which grade and until when.

use std::path::{Path, PathBuf};

use huiliu_adapter_api::wording::of_system;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;

use super::Routing;
use crate::city::toml_words;
use crate::complaint::{Complaint, Kind};

/// How the files of cases end.
const ENDING: &str = ".case.toml";
/// Most complaints of a case.
const MAX_COMPLAINTS: usize = 200;
/// How cases write a time, in the city's zone.
const TIME: &str = "%Y-%m-%d %H:%M";

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingCase {
    /// `cases/routing/NAME`.
    pub name: String,
    /// What differs, or why it cannot be run, in Chinese and in English; none when it passed.
    pub failure: Option<(String, String)>,
}

/// Why a case does not pass, in Chinese and in English.
type Differs = (String, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(rename = "complaint")]
    complaints: Vec<CaseComplaint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseComplaint {
    /// When it came, in the city's time: `2026-11-23 11:00`.
    at: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    /// Category as its source says it.
    hint: Option<String>,
    /// Urgency as its source says it.
    urgency: Option<String>,
    /// Kind, by either name.
    kind: Option<String>,
    #[serde(default)]
    channel: String,
    street: Option<String>,
    community: Option<String>,
    address: Option<String>,
    /// Division as its source says it: a code.
    place: Option<String>,
    /// What must come of it, as far as it is said.
    category: Option<String>,
    district: Option<String>,
    department: Option<String>,
    grade: Option<String>,
    due: Option<String>,
}

/// Runs all cases of a pack that lies in `folder`.
#[must_use]
pub fn run_routing_cases(routing: &Routing, folder: &Path) -> Vec<RoutingCase> {
    let run = |file: PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let failure = match std::fs::read_to_string(&file) {
            _ if !name.ends_with(ENDING) => Some((
                format!("用例的文件名应以 {ENDING} 结尾，这个没有运行"),
                format!("a case's file name ends with {ENDING}; this one was not run"),
            )),
            Ok(text) => run_case(routing, &text).err(),
            Err(error) => Some((format!("读不了{}", of_system(&error)), format!("cannot be read: {error}"))),
        };
        RoutingCase { name: format!("cases/routing/{name}"), failure }
    };
    let Ok(entries) = std::fs::read_dir(folder.join("cases/routing")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.into_iter().map(run).collect()
}

/// Runs the text of one case.
fn run_case(routing: &Routing, text: &str) -> Result<(), Differs> {
    let case: CaseFile = toml::from_str(text).map_err(|error| toml_words(text, error))?;
    if case.complaints.len() > MAX_COMPLAINTS {
        return Err((format!("超过 {MAX_COMPLAINTS} 条诉求"), format!("more than {MAX_COMPLAINTS} complaints")));
    }
    let mut differs = Differs::default();
    for (number, given) in (1..).zip(&case.complaints) {
        given.run(routing, number, &mut differs)?;
    }
    let lines = |text: String| text.trim_start_matches('\n').to_owned();
    if differs.1.is_empty() { Ok(()) } else { Err((lines(differs.0), lines(differs.1))) }
}

impl CaseComplaint {
    fn run(&self, routing: &Routing, number: usize, differs: &mut Differs) -> Result<(), Differs> {
        let zone = &routing.zone;
        let at = DateTime::strptime(TIME, &self.at).ok().and_then(|at| at.to_zoned(zone.clone()).ok());
        let at = at.ok_or_else(|| {
            let at = &self.at;
            (format!("“{at}”不是时间，应如 2026-11-23 11:00"), format!("{at:?} is no time; write 2026-11-23 11:00"))
        })?;
        let route = routing.route(&self.complaint()?, at.timestamp());
        let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime(TIME).to_string();
        let due = route.due_at.map_or_else(|| "-".to_owned(), shown);
        let found = [
            (("事项分类", "category"), &self.category, &route.category),
            (("区划", "district"), &self.district, &route.district),
            (("承办单位", "department"), &self.department, &route.department),
            (("等级", "grade"), &self.grade, &route.grade),
            (("办理时限", "due"), &self.due, &due),
        ];
        if found.iter().all(|(_, expected, _)| expected.is_none()) {
            return Err((format!("第 {number} 条诉求没有写应有的结果"), format!("complaint {number} expects nothing")));
        }
        for ((zh, en), expected, found) in found {
            let Some(expected) = expected.as_ref().filter(|expected| *expected != found) else { continue };
            differs.0.push_str(&format!("\n  第 {number} 条诉求的{zh}\n    - {expected}\n    + {found}"));
            differs.1.push_str(&format!("\n  {en} of complaint {number}\n    - {expected}\n    + {found}"));
        }
        Ok(())
    }

    fn complaint(&self) -> Result<Complaint, Differs> {
        let kind = match &self.kind {
            None => Kind::default(),
            Some(name) => Kind::from_name(name)
                .ok_or_else(|| (format!("没有诉求类型 {name}"), format!("there is no kind of complaint {name}")))?,
        };
        let mut complaint = Complaint {
            channel: self.channel.clone(),
            kind,
            title: self.title.clone(),
            text: self.text.clone(),
            category_hint: self.hint.clone(),
            urgency_hint: self.urgency.clone(),
            ..Complaint::default()
        };
        let place = &mut complaint.place;
        (place.district, place.street) = (self.place.clone(), self.street.clone());
        (place.community, place.address) = (self.community.clone(), self.address.clone());
        Ok(complaint)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use huiliu_adapter_api::ManualClock;

    use super::*;
    use crate::mapping::Loading;
    use crate::pack::Pack;
    use crate::registry::factories;

    const CASE: &str = "[[complaint]]\nat = \"2026-11-23 09:00\"\nhint = \"道路破损\"\nurgency = \"特急\"\nplace = \"371082001\"
category = \"road\"\ndistrict = \"371082001\"\ndepartment = \"urban-management\"\ngrade = \"red\"\ndue = \"2026-11-24 09:00\"\n";

    #[test]
    fn cases_hold_routing_to_what_they_say() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
        let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00+08:00".parse().unwrap()));
        let pack = Pack::read(&folder, &Loading::away(&factories(), clock)).unwrap();
        let run = |text: &str| run_case(&pack.rules.routing, text);
        assert_eq!(run(CASE), Ok(()));
        for (from, to, said) in [
            ("\"road\"", "\"parking\"", "category of complaint 1\n    - parking\n    + road"),
            ("district = \"371082001\"", "district = \"371082\"", "district of complaint 1"),
            ("\"urban-management\"", "\"housing\"", "department of complaint 1"),
            ("\"red\"", "\"green\"", "- green\n    + red"),
            ("2026-11-24", "2026-11-26", "due of complaint 1"),
            ("2026-11-23 09:00", "yesterday", "is no time"),
            ("hint =", "kind = \"诉苦\"\nhint =", "no kind of complaint"),
            ("hint =", "hints =", "unknown field"),
        ] {
            assert!(CASE.contains(from), "{from}");
            let failed = run(&CASE.replacen(from, to, 1)).expect_err(said);
            assert!(failed.1.contains(said) && !failed.0.is_empty(), "{said}: {failed:?}");
        }
        let nothing = "[[complaint]]\nat = \"2026-11-23 09:00\"\ntext = \"路灯\"\n";
        assert!(run(nothing).unwrap_err().1.contains("complaint 1 expects nothing"));
    }
}

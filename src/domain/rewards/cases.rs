//! Cases of points: what happens to complaints, one after the other, which rules must give and take by it, and what their citizens have
//! then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use huiliu_adapter_api::wording::of_system;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::rehearsal::{Happens, Rehearsal};
use super::{About, Happening, Rewards};
use crate::city::toml_words;
use crate::complaint::AccountHash;
use crate::key::ComplaintKey;

/// How the files of cases end.
const ENDING: &str = ".case.toml";
/// Most happenings of a case.
const MAX_HAPPENINGS: usize = 500;

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardCase {
    /// `cases/rewards/NAME`.
    pub name: String,
    /// What differs, or why it cannot be run, in Chinese and in English; none when it passed.
    pub failure: Option<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(rename = "complaint")]
    complaints: Vec<CaseComplaint>,
    #[serde(rename = "happening")]
    happenings: Vec<CaseHappening>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseComplaint {
    /// By what happenings name it.
    name: String,
    /// Id of its channel.
    channel: String,
    /// Code of its category.
    #[serde(default)]
    category: String,
    /// Codes of its tags.
    #[serde(default)]
    tags: Vec<String>,
    /// A name of its citizen; none: not known.
    citizen: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseHappening {
    at: Timestamp,
    /// Name of the complaint.
    complaint: String,
    what: String,
    /// Round of handling that a rating is of.
    round: Option<u32>,
    /// Codes of the rules that give or take points for it: all of them.
    #[serde(default)]
    gives: BTreeSet<String>,
    /// Codes of the rules whose points are taken back: all of them.
    #[serde(default)]
    takes: BTreeSet<String>,
    /// Points that its citizen has then. Where nothing is said they are not looked at.
    points: Option<i64>,
    /// Stars that its citizen has then.
    stars: Option<u8>,
}

/// Runs all cases of a pack that lies in `folder`.
#[must_use]
pub fn run_reward_cases(rules: &Rewards, zone: &TimeZone, folder: &Path) -> Vec<RewardCase> {
    let run = |file: PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let failure = match std::fs::read_to_string(&file) {
            Ok(text) => run_case(rules, zone, &text).err(),
            Err(error) => Some((format!("读不了{}", of_system(&error)), format!("cannot be read: {error}"))),
        };
        RewardCase { name: format!("cases/rewards/{}", name.trim_end_matches(ENDING)), failure }
    };
    let Ok(entries) = std::fs::read_dir(folder.join("cases/rewards")) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
    files.sort();
    files.into_iter().map(run).collect()
}

/// Runs the text of one case.
pub(super) fn run_case(rules: &Rewards, zone: &TimeZone, text: &str) -> Result<(), (String, String)> {
    let case: CaseFile = toml::from_str(text).map_err(|error| toml_words(text, error))?;
    if case.happenings.len() > MAX_HAPPENINGS {
        return Err((format!("超过 {MAX_HAPPENINGS} 件事"), format!("more than {MAX_HAPPENINGS} happenings")));
    }
    let mut citizens: BTreeMap<&str, AccountHash> = BTreeMap::new();
    for citizen in case.complaints.iter().filter_map(|complaint| complaint.citizen.as_deref()) {
        let next = AccountHash(u64::try_from(citizens.len()).unwrap_or(u64::MAX));
        citizens.entry(citizen).or_insert(next);
    }
    let keys = (1..).map(ComplaintKey).zip(&case.complaints);
    let complaints: BTreeMap<&str, _> = keys.map(|(key, known)| (known.name.as_str(), (key, known))).collect();
    let mut rehearsal = Rehearsal::new(rules, zone);
    let mut differing = Differing::default();
    for (number, given) in (1..).zip(&case.happenings) {
        let Some((complaint, known)) = complaints.get(given.complaint.as_str()) else {
            let name = &given.complaint;
            return Err((
                format!("第 {number} 件事：没有诉求 {name}"),
                format!("happening {number}: no complaint {name}"),
            ));
        };
        let Some(what) = Happening::from_name(&given.what) else {
            let names = Happening::ALL.map(|(_, name)| name);
            return Err((
                format!("第 {number} 件事：what 应为 {} 之一", names.join("、")),
                format!("happening {number}: what is one of {}", names.join(", ")),
            ));
        };
        let account = known.citizen.as_ref().and_then(|citizen| citizens.get(citizen.as_str()).copied());
        let about = About { channel: &known.channel, category: &known.category, tags: &known.tags };
        let round = given.round.unwrap_or(1);
        let came = rehearsal.happens(Happens { what, complaint: *complaint, round, account, about, at: given.at });
        differing.note(number, ("得分的规则", "rules that give"), &given.gives, &came.gives);
        differing.note(number, ("扣回的规则", "rules that take back"), &given.takes, &came.takes);
        let standing = account.map(|account| rehearsal.standing(account, given.at));
        differing.note(number, ("积分", "points"), &given.points, &given.points.and(standing.map(|had| had.points)));
        differing.note(number, ("星级", "stars"), &given.stars, &given.stars.and(standing.map(|had| had.stars)));
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
    fn note<T: PartialEq + std::fmt::Debug>(&mut self, number: i64, (zh, en): (&str, &str), expected: &T, found: &T) {
        if expected != found {
            self.zh.push(format!("  第 {number} 件事的{zh}\n    - {expected:?}\n    + {found:?}"));
            self.en.push(format!("  {en} of happening {number}\n    - {expected:?}\n    + {found:?}"));
        }
    }

    fn finish(self) -> Result<(), (String, String)> {
        if self.en.is_empty() { Ok(()) } else { Err((self.zh.join("\n"), self.en.join("\n"))) }
    }
}

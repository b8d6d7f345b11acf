//! Merging as one city has it: the part of its pack that decides which complaints are one matter.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::reading::{Areas, Facts, Profile, reading_version};
use super::settings::MergeSettings;
use crate::complaint::Complaint;

/// What merging needs of a city pack.
#[derive(Debug)]
pub struct Merging {
    /// Thresholds, limits and weights.
    pub settings: MergeSettings,
    /// Version of the settings, stored with every decision.
    pub version: String,
    /// Names of districts, which are cut out of texts.
    areas: Areas,
    /// Code of the category that counts as none.
    default_category: String,
    /// Codes of categories whose complaints are confidential, whatever the citizen asked for.
    confidential: BTreeSet<String>,
    reading: u64,
}

impl From<MergeSettings> for Merging {
    /// Settings without a version, and without names or categories of a city.
    fn from(settings: MergeSettings) -> Self {
        Self::new(settings, String::new(), Areas::default(), String::new())
    }
}

impl Default for Merging {
    fn default() -> Self {
        Self::from(MergeSettings::default())
    }
}

impl Merging {
    /// The part of a pack; `default_category` is the code of the category that counts as none.
    #[must_use]
    pub fn new(settings: MergeSettings, version: String, areas: Areas, default_category: String) -> Self {
        let reading = reading_version(&areas, &default_category, &BTreeSet::new());
        Self { settings, version, areas, default_category, confidential: BTreeSet::new(), reading }
    }

    /// The same for a city where these categories are confidential: their complaints merge with none of another kind.
    #[must_use]
    pub fn keeping_apart(self, confidential: BTreeSet<String>) -> Self {
        let reading = reading_version(&self.areas, &self.default_category, &confidential);
        Self { confidential, reading, ..self }
    }

    /// Which version of reading an imprint was made by: imprints of another one are not used.
    #[must_use]
    pub fn reading(&self) -> u64 {
        self.reading
    }

    /// Whether a complaint is confidential whatever its citizen asked for.
    pub(super) fn is_confidential_by_kind(&self, facts: &Facts) -> bool {
        self.confidential.iter().any(|code| facts.has_category(code))
    }

    /// What merging knows of a complaint that was routed: its district, where it is known, and its category.
    #[must_use]
    pub fn profile(
        &self,
        complaint: &Complaint,
        district: Option<&str>,
        category: &str,
        reporter_hashes: Vec<u64>,
        received_at: Timestamp,
    ) -> Profile {
        let by_kind = self.confidential.contains(category);
        let category = (category != self.default_category).then_some(category);
        let profile = Profile::of(complaint, district, category, reporter_hashes, received_at, &self.areas);
        if by_kind { profile.confidential() } else { profile }
    }
}

//! Of which matters somebody may know.

use serde::{Deserialize, Serialize};

use crate::complaint::Division;

/// Bounds: the divisions, units, categories and channels whose matters somebody may know of. Bounds of different kinds hold together;
/// none of a kind sets none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Codes of divisions, with what they hold.
    pub districts: Vec<String>,
    /// Codes of units, with those below them.
    pub departments: Vec<String>,
    /// Codes of categories.
    pub categories: Vec<String>,
    /// Ids of channels.
    pub channels: Vec<String>,
}

/// What of a matter a scope is held against.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Code of its division.
    pub district: &'a str,
    /// Codes of its category.
    pub category: &'a str,
    /// Codes of the units that have to do with it (responsible, helping, called), and of those above the responsible one.
    pub departments: &'a [&'a str],
    /// Ids of the channels by which its complaints came.
    pub channels: &'a [&'a str],
}

impl Scope {
    /// Whether it sets no bound at all.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        [&self.districts, &self.departments, &self.categories, &self.channels].iter().all(|bounds| bounds.is_empty())
    }

    /// Whether a matter lies in it.
    #[must_use]
    pub fn holds(&self, matter: Known<'_>) -> bool {
        self.holds_district(matter.district)
            && self.holds_units(matter.departments)
            && self.holds_category(matter.category)
            && self.holds_channels(matter.channels)
    }

    /// Whether a division lies in it, as far as divisions go.
    #[must_use]
    pub fn holds_district(&self, code: &str) -> bool {
        let own = Division::of(code);
        within(&self.districts, |district| Division::of(district).holds(own))
    }

    /// Whether one of some units is one of its own, as far as units go.
    #[must_use]
    pub fn holds_units(&self, codes: &[&str]) -> bool {
        within(&self.departments, |unit| codes.contains(&unit))
    }

    /// Whether a category lies in it, as far as categories go.
    #[must_use]
    pub fn holds_category(&self, code: &str) -> bool {
        within(&self.categories, |category| category == code)
    }

    /// Whether one of some channels is one of its own, as far as channels go.
    #[must_use]
    pub fn holds_channels(&self, ids: &[&str]) -> bool {
        within(&self.channels, |channel| ids.contains(&channel))
    }
}

/// Whether one of some bounds fits; none sets none.
fn within(bounds: &[String], fits: impl Fn(&str) -> bool) -> bool {
    bounds.is_empty() || bounds.iter().any(|bound| fits(bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATTER: Known<'static> = Known {
        district: "371082001003",
        category: "lighting",
        departments: &["street", "power", "county"],
        channels: &["hotline", "sms"],
    };

    fn scope(toml: &str) -> Scope {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn bounds_of_different_kinds_hold_together_and_none_sets_none() {
        assert!(Scope::default().is_whole() && Scope::default().holds(MATTER));
        for (bounds, wanted) in [
            ("districts = ['371082001']", true),
            ("districts = ['371082002', '371082']", true),
            ("districts = ['371082002']", false),
            ("departments = ['county']", true),
            ("departments = ['housing']", false),
            ("categories = ['lighting', 'noise']\nchannels = ['sms']", true),
            ("categories = ['lighting']\nchannels = ['board']", false),
        ] {
            assert_eq!(scope(bounds).holds(MATTER), wanted, "{bounds}");
        }
        assert!(!scope("channels = ['sms']").is_whole());
        assert!(toml::from_str::<Scope>("streets = ['x']").is_err());
    }
}

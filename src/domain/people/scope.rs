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
        let within = |bounds: &[String], is_there: &dyn Fn(&str) -> bool| {
            bounds.is_empty() || bounds.iter().any(|bound| is_there(bound))
        };
        let own = Division::of(matter.district);
        within(&self.districts, &|district| Division::of(district).holds(own))
            && within(&self.departments, &|unit| matter.departments.contains(&unit))
            && within(&self.categories, &|category| category == matter.category)
            && within(&self.channels, &|channel| matter.channels.contains(&channel))
    }
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

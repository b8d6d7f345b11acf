//! Of which matters somebody may know.

use serde::{Deserialize, Serialize};

use crate::complaint::Division;

/// Bounds: the divisions, units, categories and channels whose matters somebody may know of. Bounds of different kinds hold together;
/// none of a kind sets none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
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

    /// Whether whoever has it acts for a unit, given with those above it: for the units that it names and those below them. One that names
    /// none sets no bound to whoever works for the whole city or is of the `center`, which hands matters out; whoever else is bounded by
    /// divisions, categories or channels alone may know of their matters, and speaks for no unit: it is not said for which.
    #[must_use]
    pub fn acts_for<'u>(&self, unit_and_above: impl IntoIterator<Item = &'u str>, center: bool) -> bool {
        match self.departments.as_slice() {
            [] => center || self.is_whole(),
            own => unit_and_above.into_iter().any(|unit| own.iter().any(|bound| bound == unit)),
        }
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

    /// Whether a record of a channel lies in it that is no matter yet: nobody knows of which place, kind and unit it is.
    #[must_use]
    pub fn holds_unplaced(&self, channel: &str) -> bool {
        [&self.districts, &self.departments, &self.categories].iter().all(|bounds| bounds.is_empty())
            && self.holds_channels(&[channel])
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
        for (bounds, center, wanted) in [
            ("", false, true),
            ("departments = ['county']", false, true),
            ("departments = ['housing']", true, false),
            ("districts = ['371082001']", false, false),
            ("districts = ['371082001']", true, true),
            ("districts = ['371082001']\ndepartments = ['street']", false, true),
        ] {
            assert_eq!(scope(bounds).acts_for(["street", "county"], center), wanted, "{bounds} {center}");
        }
        assert!(!scope("channels = ['sms']").is_whole());
        assert!(toml::from_str::<Scope>("streets = ['x']").is_err());
    }
}

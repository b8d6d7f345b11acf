//! Of which tickets somebody may know: their scope, held against what a ticket says of itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Scope;

/// A scope with what the city adds to it: which units lie below those of the scope, and of which categories nothing may be known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reach {
    scope: Arc<Scope>,
    below: BTreeSet<String>,
    hidden: BTreeSet<String>,
}

/// What of a ticket is held against it.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// Code of its division.
    pub district: &'a str,
    /// Code of its category.
    pub category: &'a str,
    /// Code of the responsible unit.
    pub responsible: &'a str,
    /// Codes of the other units that have to do with it: assigned, helping, called.
    pub others: &'a [&'a str],
    /// Ids of the channels by which its complaints came.
    pub channels: &'a [&'a str],
}

impl Reach {
    /// A scope, with the codes of all units below its own and of the categories that are hidden.
    pub fn new(
        scope: Arc<Scope>,
        below: impl IntoIterator<Item = String>,
        hidden: impl IntoIterator<Item = String>,
    ) -> Self {
        Self { scope, below: below.into_iter().collect(), hidden: hidden.into_iter().collect() }
    }

    /// Whether nothing is beyond it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.scope.is_whole() && self.hidden.is_empty()
    }

    /// The scope.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Codes of the categories of which nothing may be known.
    #[must_use]
    pub fn hidden(&self) -> &BTreeSet<String> {
        &self.hidden
    }

    /// Codes of the units whose matters lie in it as far as units go: those of the scope and all below them; none where no unit bounds it.
    #[must_use]
    pub fn responsible(&self) -> Option<BTreeSet<&str>> {
        let own = &self.scope.departments;
        (!own.is_empty()).then(|| own.iter().chain(&self.below).map(String::as_str).collect())
    }

    /// Whether a ticket lies in it.
    #[must_use]
    pub fn holds(&self, matter: Matter<'_>) -> bool {
        let Matter { district, category, responsible, others, channels } = matter;
        !self.hidden.contains(category)
            && self.scope.holds_district(district)
            && self.scope.holds_category(category)
            && (self.below.contains(responsible) || self.scope.holds_units(&[&[responsible], others].concat()))
            && self.scope.holds_channels(channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATTER: Matter<'static> = Matter {
        district: "371082001003",
        category: "lighting",
        responsible: "street",
        others: &["power"],
        channels: &["hotline"],
    };

    fn reach(bounds: &str, below: &[&str], hidden: &[&str]) -> Reach {
        let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        Reach::new(Arc::new(toml::from_str(bounds).unwrap()), owned(below), owned(hidden))
    }

    #[test]
    fn units_below_those_of_the_scope_are_in_it_where_they_are_responsible() {
        for (bounds, below, wanted) in [
            ("departments = ['county']", &["street"][..], true),
            ("departments = ['county']", &["power"], false),
            ("departments = ['power']", &[], true),
            ("departments = ['street']", &[], true),
            ("departments = ['street']\ncategories = ['noise']", &[], false),
            ("departments = ['county']\nchannels = ['sms']", &["street"], false),
        ] {
            assert_eq!(reach(bounds, below, &[]).holds(MATTER), wanted, "{bounds}");
        }
        let county = reach("departments = ['county']", &["street"], &[]);
        assert_eq!(county.responsible(), Some(BTreeSet::from(["county", "street"])));
        assert_eq!(Reach::default().responsible(), None, "no unit bounds it");
    }

    #[test]
    fn of_a_hidden_category_nothing_is_in_it() {
        assert!(Reach::default().is_whole() && Reach::default().holds(MATTER));
        let blind = reach("", &[], &["lighting"]);
        assert!(!blind.is_whole() && !blind.holds(MATTER));
        assert!(blind.holds(Matter { category: "noise", ..MATTER }));
    }
}

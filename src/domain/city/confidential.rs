//! Kinds of matters that concern nobody but those whom the city names (干部作风 …). What a citizen asks to be kept confidential is
//! another matter: that stands with the complaint.

use std::collections::{BTreeSet, HashMap};

use huiliu_adapter_api::{Problems, SettingsProblem};
use serde::Deserialize;
use toml::Spanned;

/// `[confidential]` of `city.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfidentialSettings {
    /// Codes of the categories.
    pub categories: Vec<Spanned<String>>,
    /// Names of the feeds and destinations that get such a matter, as far as their filters want it; default none.
    pub feeds: Vec<Spanned<String>>,
    /// Names of the access tokens whose holders may know of it, as far as their role goes; default none.
    pub tokens: Vec<Spanned<String>>,
    /// Codes of those in `handlers.csv` who are told of such a matter although they are not of the unit that is responsible for it;
    /// default none.
    pub people: Vec<Spanned<String>>,
}

/// Which kinds are confidential, and who may know of such a matter.
#[derive(Debug, Clone, Default)]
pub struct Confidential {
    categories: BTreeSet<String>,
    feeds: BTreeSet<String>,
    tokens: BTreeSet<String>,
    people: BTreeSet<String>,
}

impl From<&ConfidentialSettings> for Confidential {
    fn from(settings: &ConfidentialSettings) -> Self {
        let set = |words: &[Spanned<String>]| words.iter().map(|word| word.get_ref().clone()).collect();
        Self {
            categories: set(&settings.categories),
            feeds: set(&settings.feeds),
            tokens: set(&settings.tokens),
            people: set(&settings.people),
        }
    }
}

impl Confidential {
    /// Whether matters of a category are.
    #[must_use]
    pub fn covers(&self, category: &str) -> bool {
        self.categories.contains(category)
    }

    /// Whether a feed or destination gets the matters of a category.
    #[must_use]
    pub fn lets_feed(&self, feed: &str, category: &str) -> bool {
        !self.covers(category) || self.feeds.contains(feed)
    }

    /// Whether the holder of an access token may know of the matters of a category.
    #[must_use]
    pub fn lets_token(&self, token: &str, category: &str) -> bool {
        !self.covers(category) || self.tokens.contains(token)
    }

    /// Whether the holder of an access token may read what is not sorted into kinds yet: matters of every kind can be in it.
    #[must_use]
    pub fn lets_read_unsorted(&self, token: &str) -> bool {
        self.categories.is_empty() || self.tokens.contains(token)
    }

    /// Whether somebody of another unit than the responsible one is told of the matters of a category.
    #[must_use]
    pub fn lets_person(&self, handler: &str, category: &str) -> bool {
        !self.covers(category) || self.people.contains(handler)
    }

    /// Codes of the categories.
    #[must_use]
    pub fn categories(&self) -> &BTreeSet<String> {
        &self.categories
    }
}

impl ConfidentialSettings {
    /// Categories, feeds and people that there are not; `feeds` knows each feed and destination, also those that are not enabled.
    pub(crate) fn check(
        &self,
        categories: &HashMap<String, String>,
        feeds: impl Fn(&str) -> bool,
        people: impl Fn(&str) -> bool,
        problems: &mut Problems,
    ) {
        for category in self.categories.iter().filter(|code| !categories.contains_key(code.get_ref())) {
            let code = category.get_ref();
            problems.push(SettingsProblem::new(
                category.span(),
                format!("没有事项分类 {code}：请写 tables/categories.csv 里的编码"),
                format!("there is no category {code}: give a code of tables/categories.csv"),
            ));
        }
        for feed in self.feeds.iter().filter(|name| !feeds(name.get_ref())) {
            let name = feed.get_ref();
            problems.push(SettingsProblem::new(
                feed.span(),
                format!("没有订阅流或投送目的地 {name}"),
                format!("there is no feed or destination {name}"),
            ));
        }
        for person in self.people.iter().filter(|code| !people(code.get_ref())) {
            let code = person.get_ref();
            problems.push(SettingsProblem::new(
                person.span(),
                format!("没有承办人 {code}：请写 tables/handlers.csv 里的编码"),
                format!("there is no handler {code}: give a code of tables/handlers.csv"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_who_is_not_named_gets_a_confidential_kind_and_all_others_are_for_everybody() {
        let settings =
            toml::from_str("categories = ['cadre-conduct']\nfeeds = ['discipline']\ntokens = ['discipline-clerk']");
        let confidential = Confidential::from(&settings.unwrap());
        assert!(confidential.lets_feed("discipline", "cadre-conduct"));
        assert!(!confidential.lets_feed("center", "cadre-conduct"));
        assert!(confidential.lets_token("discipline-clerk", "cadre-conduct"));
        assert!(!confidential.lets_token("admin", "cadre-conduct"));
        assert!(confidential.lets_feed("center", "bus") && confidential.lets_token("admin", "bus"));
        assert!(confidential.lets_read_unsorted("discipline-clerk") && !confidential.lets_read_unsorted("admin"));
        assert!(Confidential::default().lets_read_unsorted("admin"), "there are no confidential kinds");
        assert!(!confidential.lets_person("desk-1", "cadre-conduct") && confidential.lets_person("desk-1", "bus"));
        let settings = toml::from_str("categories = ['cadre-conduct']\npeople = ['desk-1']");
        assert!(Confidential::from(&settings.unwrap()).lets_person("desk-1", "cadre-conduct"));
        assert!(!Confidential::default().covers("cadre-conduct"));
    }
}

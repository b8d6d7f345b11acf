//! Feeds (订阅流): what each downstream platform receives.

use std::sync::Arc;

use huiliu_adapter_api::{Problems, SettingsProblem};
use huiliu_expression::{Expression, Language};
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::{City, Names};
use crate::mask::PersonalData;

/// What one downstream platform receives (订阅流).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// Name: lower-case letters, digits and hyphens. The queue is `huiliu.feed.<name>`.
    pub name: Spanned<String>,
    /// Expression over `ticket` and `event` that is true for what the feed gets; default: everything.
    pub filter: Option<Spanned<String>>,
    /// How much of the reporter the feed gets; default `masked`.
    #[serde(default)]
    pub contact: Contact,
    /// Explicit permission to receive the identity of petitioners and of those who asked for secrecy, as far as `contact`
    /// allows; default no.
    #[serde(default)]
    pub secret: bool,
    /// Permission to fetch the files that citizens sent (photos, documents), by addresses that expire; default no.
    #[serde(default)]
    pub files: bool,
    /// Kinds of personal data in texts that are not masked although `contact` is not `full`, e.g. `["plate", "door"]`; default
    /// none.
    #[serde(default)]
    pub show: Vec<PersonalData>,
    /// Members of `data` the feed does not get, e.g. `["text", "place.point"]`.
    #[serde(default)]
    pub without: Vec<String>,
    /// The broker's user that may send status updates for this feed, compared with the property `user_id`, which the broker
    /// checks. Without one, whoever may publish to the status exchange is believed.
    pub user: Option<String>,
}

/// How much of the reporter a feed gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contact {
    /// Nothing.
    None,
    /// Surname and a masked number: 张**, 138****1111.
    #[default]
    Masked,
    /// Name and telephone number in full, except of those who asked for secrecy. Never the identity number.
    Full,
}

/// One feed, ready to be written for.
#[derive(Debug)]
pub struct Feed {
    /// Name; the queue is `huiliu.feed.<name>`.
    pub name: String,
    /// True for what the feed gets; none: everything.
    pub filter: Option<Expression>,
    /// How much of the reporter it gets.
    pub contact: Contact,
    /// Whether it may receive the identity of those who asked for secrecy.
    pub secret: bool,
    /// Whether it may fetch the files that citizens sent.
    pub files: bool,
    /// Kinds of personal data in texts that are not masked for it.
    pub show: Vec<PersonalData>,
    /// Members of `data` it does not get.
    pub without: Vec<String>,
    /// The broker's user that may send status updates for it; none: anyone who may publish them.
    pub user: Option<String>,
}

/// All feeds of a city, with what their documents say of the city.
#[derive(Debug)]
pub struct Feeds {
    /// The city's own code of GB/T 2260.
    pub city_code: String,
    /// The zone in which times are written.
    pub zone: TimeZone,
    /// Names of codes.
    pub names: Arc<Names>,
    /// Kinds of personal data in texts that the public stream shows.
    pub public_shows: Vec<PersonalData>,
    /// The feeds, in the order of `city.toml`.
    pub feeds: Vec<Feed>,
}

impl Feeds {
    /// Compiles the feeds of `city.toml`; what is wrong with a filter becomes a problem.
    pub(crate) fn compile(
        city: &City,
        source: &str,
        language: &Language,
        zone: TimeZone,
        names: Arc<Names>,
        problems: &mut Problems,
    ) -> Self {
        let compile = |settings: &FeedSettings| Feed {
            name: settings.name.get_ref().clone(),
            filter: settings.compile_filter(language, source, problems),
            contact: settings.contact,
            secret: settings.secret,
            files: settings.files,
            show: settings.show.clone(),
            without: settings.without.clone(),
            user: settings.user.clone(),
        };
        let (city_code, public_shows) = (city.code.clone(), city.public.show.clone());
        Self { city_code, zone, names, public_shows, feeds: city.feeds.iter().map(compile).collect() }
    }

    /// A feed by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.name == name)
    }

    /// Names of the feeds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.feeds.iter().map(|feed| feed.name.as_str())
    }
}

impl FeedSettings {
    fn compile_filter(&self, language: &Language, source: &str, problems: &mut Problems) -> Option<Expression> {
        let filter = self.filter.as_ref()?;
        let compiled = language.expression(filter.get_ref(), &["ticket", "event"]);
        let place = |faults: Vec<huiliu_expression::Fault>| {
            problems.extend(faults.iter().map(|fault| SettingsProblem::from_fault(fault, &filter.span(), source)));
        };
        compiled.map_err(place).ok()
    }
}

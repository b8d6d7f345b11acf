//! Feeds (订阅流): what each downstream platform receives.

pub(crate) mod members;

use std::sync::Arc;

use huiliu_adapter_api::{Problems, SettingsProblem};
use huiliu_expression::{Expression, Language, Shape, Variables};
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
    #[serde(default = "none_shown")]
    pub show: Spanned<Vec<PersonalData>>,
    /// Members of `data` the feed does not get, e.g. `["text", "place.lat", "complaints.reporter"]`.
    #[serde(default)]
    pub without: Vec<Spanned<String>>,
    /// The broker's user that may send status updates for this feed, compared with the property `user_id`, which the broker
    /// checks. Without one, whoever may publish to the status exchange is believed.
    pub user: Option<String>,
}

fn none_shown() -> Spanned<Vec<PersonalData>> {
    Spanned::new(0..0, Vec::new())
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
    /// Compiles the feeds of `city.toml`; what is wrong with them becomes a problem, what is doubtful a remark.
    pub(crate) fn compile(
        city: &City,
        source: &str,
        language: &Language,
        zone: TimeZone,
        names: Arc<Names>,
        (problems, notes): (&mut Problems, &mut Problems),
    ) -> Self {
        let (variables, ticket) = (members::variables(city, &names), members::ticket(city, &names));
        check_names(&city.feeds, problems);
        for feed in &city.feeds {
            feed.check(&ticket, problems);
            notes.extend(feed.remark());
        }
        let compile = |settings: &FeedSettings| Feed {
            name: settings.name.get_ref().clone(),
            filter: settings.compile_filter(language, source, &variables, problems),
            contact: settings.contact,
            secret: settings.secret,
            files: settings.files,
            show: settings.show.get_ref().clone(),
            without: settings.without.iter().map(|path| path.get_ref().clone()).collect(),
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
    fn compile_filter(
        &self,
        language: &Language,
        source: &str,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Expression> {
        let filter = self.filter.as_ref()?;
        let compiled = language.expression(filter.get_ref(), variables);
        let place = |faults: Vec<huiliu_expression::Fault>| {
            problems.extend(faults.iter().map(|fault| SettingsProblem::from_fault(fault, &filter.span(), source)));
        };
        compiled.map_err(place).ok()
    }

    fn check(&self, ticket: &Shape, problems: &mut Problems) {
        for path in &self.without {
            if let Err((word, known)) = ticket.at(path.get_ref()) {
                problems.push(SettingsProblem::new(
                    path.span(),
                    format!("工单里没有 {word}，去不掉任何内容；可用：{}", known.join("、")),
                    format!("a ticket has no {word}, so nothing is left out; there are: {}", known.join(", ")),
                ));
            }
        }
        if self.contact == Contact::Full && !self.show.get_ref().is_empty() {
            problems.push(SettingsProblem::new(
                self.show.span(),
                "contact = \"full\" 的订阅流正文本来不遮蔽，show 不起作用；请删去其一",
                "texts of a feed with contact = \"full\" are not masked, so show has no effect; remove one of them",
            ));
        }
    }

    fn remark(&self) -> Option<SettingsProblem> {
        let name = self.name.get_ref();
        self.user.is_none().then(|| {
            SettingsProblem::new(
                self.name.span(),
                format!(
                    "订阅流 {name} 没有写 user：凡能向办理状态交换机发消息的用户，都可以以它的名义办结工单。请写明平台的 AMQP 用户"
                ),
                format!(
                    "the feed {name} has no user: whoever may publish to the status exchange can close tickets in its name. Name \
                     the platform's user of the broker"
                ),
            )
        })
    }
}

/// Two feeds of one name would share a queue.
fn check_names(feeds: &[FeedSettings], problems: &mut Problems) {
    for (at, feed) in feeds.iter().enumerate() {
        let name = feed.name.get_ref();
        if feeds.iter().take(at).any(|earlier| earlier.name.get_ref() == name) {
            problems.push(SettingsProblem::new(
                feed.name.span(),
                format!("订阅流 {name} 写了两次"),
                format!("there are two feeds with the name {name}"),
            ));
        }
    }
}

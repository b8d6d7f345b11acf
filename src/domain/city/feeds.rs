//! Feeds (订阅流): what each downstream platform receives.

pub(crate) mod members;

use std::sync::Arc;

use huiliu_adapter_api::{Problems, SettingsProblem};
use huiliu_expression::{Expression, Language, Shape, Variables};
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::{City, Confidential, Names};
use crate::mask::PersonalData;
use crate::ticket::{Status, Ticket};

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
    /// Whether the feed also gets tickets that wait for a person before they are dispatched; default no.
    #[serde(default)]
    pub held: bool,
    /// Members of `data` the feed does not get, e.g. `["text", "place.lat", "complaints.reporter"]`.
    #[serde(default)]
    pub without: Vec<Spanned<String>>,
    /// The broker's user that may send status updates for this feed, compared with the property `user_id`, which the broker
    /// checks. Without one, whoever may publish to the status exchange is believed.
    pub user: Option<String>,
    /// How it is carried; default by AMQP.
    #[serde(default)]
    pub carrier: Carrier,
    /// Name of the access token (role `platform`) with which the platform pulls the feed and sends status updates by REST. Without
    /// one there are no updates by REST.
    pub token: Option<Spanned<String>>,
    /// Whether it is only read, as by a screen or an archive: whoever has it speaks of no ticket, whatever its user or token; default no.
    #[serde(default)]
    pub read_only: bool,
    /// With `carrier = "console"`: the least role that speaks in its name; default `clerk`.
    pub role: Option<Spanned<Speaker>>,
    /// With `carrier = "console"`: whoever is told of its tickets by SMS handles them on a page of the phone, by a link in the text; default:
    /// there are no such pages.
    pub phone: Option<Spanned<PhonePages>>,
}

/// What handlers say on the pages of their phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhonePages {
    /// The status by which a handler says that the citizen was called (已联系).
    pub called: ContactStatus,
    /// The status by which a handler says that they met (已见面).
    pub met: ContactStatus,
}

impl Default for PhonePages {
    fn default() -> Self {
        Self { called: ContactStatus::Accepted, met: ContactStatus::InProgress }
    }
}

impl PhonePages {
    /// Whether a handler need not and may not say this of a ticket that stands so: it stands there already, it is finished, or who was met with
    /// was called before.
    #[must_use]
    pub fn was_said(self, now: Status, said: Status) -> bool {
        let (called, met) = (Status::from(self.called), Status::from(self.met));
        now.is_final() || said == now || said == called && now == met
    }
}

/// A status by which somebody says that a citizen was met with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactStatus {
    /// Signed.
    Accepted,
    /// In progress.
    InProgress,
}

impl From<ContactStatus> for Status {
    fn from(status: ContactStatus) -> Self {
        match status {
            ContactStatus::Accepted => Self::Accepted,
            ContactStatus::InProgress => Self::InProgress,
        }
    }
}

/// The least role that speaks in the name of a feed of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Who acts for units.
    #[default]
    Clerk,
    /// Who looks after matters.
    Operator,
    /// Who looks after the city pack.
    Admin,
}

/// How the events of a feed come to its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// By a queue of the broker.
    #[default]
    Amqp,
    /// The platform pulls them from the API.
    Http,
    /// Nothing is carried: people see its tickets at the console, and speak of them there.
    Console,
    /// The gateway sends them, by a file of `destinations/`.
    #[serde(skip)]
    Sent,
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
    /// Whether it gets tickets that wait for a person before they are dispatched.
    pub held: bool,
    /// Kinds of personal data in texts that are not masked for it.
    pub show: Vec<PersonalData>,
    /// Members of `data` it does not get.
    pub without: Vec<String>,
    /// The broker's user that may send status updates for it; none: anyone who may publish them, if it is carried by AMQP, else
    /// nobody.
    pub user: Option<String>,
    /// How it is carried.
    pub carrier: Carrier,
    /// Name of the access token of its platform.
    pub token: Option<String>,
    /// Whether it is only read: there are no status updates for it.
    pub read_only: bool,
    /// The least role that speaks in its name at the console.
    pub role: Speaker,
    /// What handlers say on the pages of their phones, where there are such.
    pub phone: Option<PhonePages>,
}

impl Feed {
    /// Whether a user of the broker may send status updates for it.
    #[must_use]
    pub fn believes_user(&self, user: Option<&str>) -> bool {
        match &self.user {
            Some(own) => user == Some(own),
            None => self.carrier == Carrier::Amqp,
        }
    }

    /// Whether people speak in its name at the console.
    #[must_use]
    pub fn is_of_people(&self) -> bool {
        self.carrier == Carrier::Console
    }

    /// Whether an access token is that of its platform.
    #[must_use]
    pub fn believes_token(&self, token: &str) -> bool {
        self.token.as_deref() == Some(token)
    }
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
    /// Which matters only feeds get that are named for them.
    pub confidential: Arc<Confidential>,
    /// The feeds, in the order of `city.toml`.
    pub feeds: Vec<Feed>,
}

impl Feeds {
    /// Whether any feed goes by a queue of the broker: where people work at the console alone nobody listens there.
    #[must_use]
    pub fn go_by_broker(&self) -> bool {
        self.feeds.iter().any(|feed| feed.carrier == Carrier::Amqp)
    }

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
        let (city_code, public_shows) = (city.code.clone(), city.public.show.clone());
        let compile = |settings: &FeedSettings| settings.compile(source, language, &variables, problems);
        let feeds = city.feeds.iter().map(compile).collect();
        let confidential = Arc::new(Confidential::from(&city.confidential));
        Self { city_code, zone, names, public_shows, confidential, feeds }
    }

    /// Adds what is written for a destination, as for a feed; what is wrong with it becomes a problem of its file `source`. One that
    /// is not enabled is checked all the same, and nothing is written for it.
    pub(crate) fn add(
        &mut self,
        settings: &FeedSettings,
        enabled: bool,
        city: &City,
        (source, language): (&str, &Language),
        problems: &mut Problems,
    ) {
        let name = settings.name.get_ref();
        if self.get(name).is_some() {
            problems.push(SettingsProblem::new(
                settings.name.span(),
                format!("{name} 已是订阅流的名字，请换一个文件名"),
                format!("{name} is the name of a feed already; give the file another one"),
            ));
        }
        let (variables, ticket) = (members::variables(city, &self.names), members::ticket(city, &self.names));
        settings.check(&ticket, problems);
        let feed = settings.compile(source, language, &variables, problems);
        self.feeds.extend(enabled.then_some(feed));
    }

    /// What is known of the events that feeds and destinations get: `ticket`, with further fields of sources, and `event`.
    pub(crate) fn variables(&self, city: &City) -> Variables {
        members::of_events(city, &self.names)
    }

    /// A feed by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.name == name)
    }

    /// The feeds in whose name people speak at the console.
    pub fn of_people(&self) -> impl Iterator<Item = &Feed> {
        self.feeds.iter().filter(|feed| feed.is_of_people())
    }

    /// The feed in whose name a handler of a ticket speaks on a phone, with what is said there.
    #[must_use]
    pub fn on_phones(&self, ticket: &Ticket) -> Option<(&Feed, PhonePages)> {
        self.of_people().filter(|feed| ticket.was_sent_to(&feed.name)).find_map(|feed| Some((feed, feed.phone?)))
    }

    /// Names of the feeds that are carried by AMQP: each has a queue.
    pub fn queues(&self) -> impl Iterator<Item = &str> {
        self.carried(|carrier| carrier == Carrier::Amqp)
    }

    /// Names of the feeds and destinations that are carried otherwise.
    pub fn delivered(&self) -> impl Iterator<Item = &str> {
        self.carried(|carrier| matches!(carrier, Carrier::Http | Carrier::Sent))
    }

    fn carried(&self, by: impl Fn(Carrier) -> bool) -> impl Iterator<Item = &str> {
        self.feeds.iter().filter(move |feed| by(feed.carrier)).map(|feed| feed.name.as_str())
    }
}

impl FeedSettings {
    fn compile(&self, source: &str, language: &Language, variables: &Variables, problems: &mut Problems) -> Feed {
        Feed {
            name: self.name.get_ref().clone(),
            filter: self.compile_filter(language, source, variables, problems),
            contact: self.contact,
            secret: self.secret,
            files: self.files,
            held: self.held,
            show: self.show.get_ref().clone(),
            without: self.without.iter().map(|path| path.get_ref().clone()).collect(),
            user: self.user.clone(),
            carrier: self.carrier,
            token: self.token.as_ref().map(|token| token.get_ref().clone()),
            read_only: self.read_only,
            role: self.role.as_ref().map_or_else(Speaker::default, |role| *role.get_ref()),
            phone: self.phone.as_ref().map(|phone| *phone.get_ref()),
        }
    }

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
        if self.carrier == Carrier::Http && self.token.is_none() {
            problems.push(SettingsProblem::new(
                self.name.span(),
                "carrier = \"http\" 的订阅流要写 token：平台令牌的名字（huiliu token new 名字 --role platform）",
                "a feed with carrier = \"http\" needs token: the name of its platform's token (huiliu token new NAME --role platform)",
            ));
        }
        if let Some(token) = self.token.as_ref().filter(|token| token.get_ref().trim().is_empty()) {
            problems.push(SettingsProblem::new(
                token.span(),
                "token 是令牌的名字，不能为空",
                "token is the name of an access token; it cannot be empty",
            ));
        }
        if let Some(role) = self.role.as_ref().filter(|_| self.carrier != Carrier::Console) {
            problems.push(SettingsProblem::new(
                role.span(),
                "role 只用于 carrier = \"console\" 的订阅流",
                "role is for feeds with carrier = \"console\" alone",
            ));
        }
        let is_of_handlers = self.carrier == Carrier::Console && !self.read_only && self.role.is_none();
        if let Some(phone) = self.phone.as_ref().filter(|_| !is_of_handlers) {
            problems.push(SettingsProblem::new(
                phone.span(),
                "phone 只用于 carrier = \"console\"、经办人可以代表（不写 role、read_only）的订阅流",
                "phone is for feeds with carrier = \"console\" in whose name clerks speak: without role and read_only",
            ));
        }
        if let Some(token) = self.token.as_ref().filter(|_| self.carrier == Carrier::Console) {
            problems.push(SettingsProblem::new(
                token.span(),
                "carrier = \"console\" 的订阅流由登录的人办理，不用 token",
                "people who sign in speak for a feed with carrier = \"console\"; it has no token",
            ));
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
        (self.carrier == Carrier::Amqp && self.user.is_none()).then(|| {
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

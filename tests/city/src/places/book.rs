//! What a place says of itself: units, levels, limits, notices, how people rate. Written by hand from what the place publishes, so that what its
//! pack makes of it can be held against it.

use jiff::Timestamp;

use super::calendar::{Calendar, Length, after_quiet};
use super::log::Log;
use super::watched::Watched;

/// A place.
pub(super) struct Book {
    /// Name of its pack.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Code of its division.
    pub code: &'static str,
    /// When the run begins, local time.
    pub begins: &'static str,
    /// For how many days citizens report.
    pub days: i64,
    /// How many matters they have.
    pub matters: usize,
    /// Its feeds over AMQP; the first gets all tickets and reports on them, unless a unit has a feed of its own.
    pub feeds: &'static [&'static str],
    /// Whether it has no platform: these feeds are of people at the console, who speak there and on their phones.
    pub by_console: bool,
    /// Units that report on another feed.
    pub own_feeds: &'static [(&'static str, &'static str)],
    /// Code, parent and level of units.
    pub units: &'static [(&'static str, &'static str, &'static str)],
    /// Its levels, lowest first.
    pub levels: &'static [&'static str],
    /// What people report.
    pub items: &'static [Item],
    /// How they report it.
    pub ways: &'static [Way],
    /// Grades and how long each has.
    pub grades: &'static [(&'static str, Length)],
    /// Days and hours.
    pub calendar: Calendar,
    /// Its clocks.
    pub clocks: &'static [Clock],
    /// Notices that wait for the morning: code, begin and end as minutes of the day.
    pub quiet: &'static [(&'static str, (i64, i64))],
    /// Notices that are told together, at every so many minutes of the hour.
    pub grouped: &'static [(&'static str, i64)],
    /// Notices of a clock that are not told once a graver one was: the graver and the other.
    pub inhibits: &'static [(&'static str, &'static str)],
    /// The clock that stops when somebody gets in touch with the citizen.
    pub contact: Option<&'static str>,
    /// Hours in which a matter is to be signed, for the figures.
    pub sign_hours: i64,
    /// How ratings count.
    pub ratings: Ratings,
    /// Answers are looked at before they count.
    pub review: bool,
    /// Where returned matters go: to the parent from these levels, else to this unit.
    pub returned: Option<(&'static [&'static str], &'static str)>,
    /// What people at the place do besides.
    pub habits: Habits,
    /// Reports that are held against the truth.
    pub reports: &'static [Report],
    /// Whether handlers get notices by SMS.
    pub sms: bool,
    /// Bulletins that the public sees.
    pub bulletins: &'static [&'static str],
    /// Whether its citizens agree that their words are published.
    pub publishes: bool,
    /// What it watches for surges and warnings.
    pub watched: &'static [Watched],
    /// What else must be so.
    pub besides: fn(&Log) -> Vec<String>,
}

/// How the names of feeds begin by which one listens to what people see at a console: only read, one for each of the console's.
pub(super) const OVERHEARD: &str = "overheard-";

/// Something that people report again and again at different spots.
pub(super) struct Item {
    /// What citizens choose or staff enter.
    pub word: &'static str,
    /// What they write; `{}` is the spot.
    pub text: &'static str,
    /// Town or street, and village or community.
    pub place: (&'static str, &'static str),
    /// Code of the division, where the channel gives it.
    pub division: &'static str,
    /// A unit below that the center gives such matters to.
    pub down: &'static str,
    /// The unit that it belongs to.
    pub unit: &'static str,
    /// Its grade, and the word for it where the citizen says it.
    pub grade: (&'static str, &'static str),
    /// Only for named feeds, and never outside.
    pub secret: bool,
}

/// A channel.
pub(super) struct Way {
    /// Name of its file.
    pub channel: &'static str,
    /// What its system posts.
    pub post: fn(&Told<'_>) -> Post,
    /// How its citizens rate; `None`: they do not.
    pub rate: Option<fn(&Told<'_>, &str, Step) -> Post>,
    /// What is in the call by which the answer reaches this citizen; `None`: people tell it.
    pub answer: Option<fn(&Told<'_>) -> Mark>,
}

/// What tells a call: a part of its path, and words in its body.
pub(super) type Mark = (&'static str, String);

/// A complaint on its way.
pub(super) struct Told<'a> {
    pub item: &'a Item,
    pub number: String,
    pub name: String,
    pub phone: String,
    pub title: String,
    pub text: String,
    pub spot: String,
    pub at: Timestamp,
}

impl Told<'_> {
    /// The time of the city as systems write it.
    pub(super) fn local(&self, format: &str) -> String {
        self.at.to_zoned(super::calendar::shanghai()).strftime(format).to_string()
    }
}

/// What a system posts.
pub(super) struct Post {
    pub path: String,
    pub seal: Seal,
    pub body: serde_json::Value,
}

/// How it shows who it is; names are those of the variables that hold the secrets.
pub(super) enum Seal {
    /// A key in a header.
    Key(&'static str, &'static str),
    /// Signed over time, nonce and body, with the usual header names.
    Signed(&'static str),
    /// The same under the system's own names, as (signature, time, nonce).
    SignedAs(&'static str, (&'static str, &'static str, &'static str)),
    /// A token in the address.
    Token(&'static str),
}

/// What somebody thinks of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Satisfied,
    Fair,
    Dissatisfied,
}

impl Step {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Fair => "fair",
            Self::Dissatisfied => "dissatisfied",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Satisfied => "满意",
            Self::Fair => "基本满意",
            Self::Dissatisfied => "不满意",
        }
    }
}

/// How ratings count.
pub(super) struct Ratings {
    /// Whether somebody asks each citizen after this unit has finished.
    pub call_back: fn(&str) -> bool,
    /// Whether the place's own staff asks, by the list of call-backs.
    pub staff_asks: bool,
    /// Most restarts; `None`: no limit.
    pub most: Option<u32>,
    /// Days after closing in which a rating restarts.
    pub within_days: Option<i64>,
    /// The notice of the second dissatisfaction.
    pub second: Option<&'static str>,
}

/// What happens there besides signing and resolving, in percent of tickets.
pub(super) struct Habits {
    pub signs_late: usize,
    pub finishes_late: usize,
    pub returns: usize,
    pub whistles: usize,
    pub instructs: usize,
    pub claims: usize,
    /// Given to the unit below that the matter names.
    pub downs: usize,
    /// Not solved by a unit below before its time is over.
    pub rises: usize,
    pub sent_back: usize,
    pub dissatisfied: usize,
}

/// Of people who do nothing but sign and resolve in time.
pub(super) const HABITS: Habits = Habits {
    signs_late: 0,
    finishes_late: 0,
    returns: 0,
    whistles: 0,
    instructs: 0,
    claims: 0,
    downs: 0,
    rises: 0,
    sent_back: 0,
    dissatisfied: 0,
};

/// What rules see of a ticket.
pub(super) struct Stand<'a> {
    pub grade: &'a str,
    pub unit: &'a str,
    pub level: &'a str,
    pub recurring: bool,
}

/// A clock as the place describes it.
pub(super) struct Clock {
    pub code: &'static str,
    pub start: &'static [&'static str],
    pub stop: &'static [&'static str],
    pub pause: &'static [&'static str],
    pub resume: &'static [&'static str],
    pub again: bool,
    pub when: fn(&Stand<'_>) -> bool,
    pub limit: fn(&Stand<'_>) -> Length,
    pub alarms: &'static [Alarm],
}

/// A clock of every ticket, begun anew whenever it starts again.
pub(super) const CLOCK: Clock = Clock {
    code: "",
    start: &[],
    stop: &["finished"],
    pause: &[],
    resume: &[],
    again: true,
    when: |_| true,
    limit: |_| Length::Deadline,
    alarms: &[],
};

/// An item that is for everybody, at one grade.
pub(super) const ITEM: Item =
    Item { word: "", text: "", place: ("", ""), division: "", down: "", unit: "", grade: ("", ""), secret: false };

/// What happens when.
pub(super) struct Alarm {
    pub at: When,
    pub notice: Option<&'static str>,
    pub repeat: Option<(Length, u32)>,
    pub escalates: bool,
}

/// A moment of a clock.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// Percent of the limit.
    Share(i64),
    /// Minutes before it is over; at the start where the limit is shorter.
    Before(i64),
    /// So long after it is over.
    After(Length),
}

/// A notice at a share of the limit.
pub(super) const fn at(share: i64, notice: &'static str) -> Alarm {
    Alarm { at: When::Share(share), notice: Some(notice), repeat: None, escalates: false }
}

/// A notice so many minutes before the limit is over.
pub(super) const fn before(minutes: i64, notice: &'static str) -> Alarm {
    Alarm { at: When::Before(minutes), notice: Some(notice), repeat: None, escalates: false }
}

/// A notice as soon as the clock starts.
pub(super) const fn at_once(notice: &'static str) -> Alarm {
    before(60 * 24 * 366, notice)
}

/// A notice some time after the limit.
pub(super) const fn after(length: Length, notice: &'static str) -> Alarm {
    Alarm { at: When::After(length), notice: Some(notice), repeat: None, escalates: false }
}

impl Alarm {
    /// The same, again and again.
    pub(super) const fn again(self, every: Length, times: u32) -> Self {
        Self { at: self.at, notice: self.notice, repeat: Some((every, times)), escalates: self.escalates }
    }

    /// The same, and the ticket goes to the parent unit.
    pub(super) const fn rising(self) -> Self {
        Self { at: self.at, notice: self.notice, repeat: self.repeat, escalates: true }
    }
}

/// A report of the place and how it is compared.
pub(super) struct Report {
    pub name: &'static str,
    /// Its one dimension.
    pub by: By,
    pub figures: &'static [&'static str],
    /// Score of a row by its figures, groups by tickets, and how many of each are named.
    pub score: Option<Score>,
}

/// What rows are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Unit,
    Level,
    Channel,
    /// One row for everything.
    Place,
}

/// Gives a figure by its name.
pub(super) type Figure<'a> = dyn Fn(&str) -> Option<f64> + 'a;

/// A score.
pub(super) struct Score {
    /// By the value of a figure; `None` where one is missing that the formula needs.
    pub formula: fn(&Figure<'_>) -> Option<f64>,
    /// Names of groups and the least tickets of each, greatest first.
    pub groups: &'static [(&'static str, u32)],
    /// How many are named at the end of each group.
    pub last: usize,
}

impl Book {
    pub(super) fn unit(&self, code: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
        self.units.iter().find(|unit| unit.0 == code)
    }

    pub(super) fn level(&self, unit: &str) -> &'static str {
        self.unit(unit).map_or("", |unit| unit.2)
    }

    pub(super) fn parent(&self, unit: &str) -> &'static str {
        self.unit(unit).map_or("", |unit| unit.1)
    }

    pub(super) fn grade(&self, code: &str) -> Length {
        self.grades.iter().find(|grade| grade.0 == code).map_or(Length::AtOnce, |grade| grade.1)
    }

    /// When a notice is told that is due at a moment: with others, and not when people rest.
    pub(super) fn told_at(&self, notice: &str, at: Timestamp) -> Timestamp {
        let every = self.grouped.iter().find(|grouped| grouped.0 == notice).map_or(1, |grouped| grouped.1 * 60);
        let second = at.as_second();
        let together = Timestamp::from_second(second + (every - second % every) % every).unwrap_or(at);
        after_quiet(together, self.quiet(notice))
    }

    fn quiet(&self, notice: &str) -> Option<(i64, i64)> {
        self.quiet.iter().find(|quiet| quiet.0 == notice).map(|quiet| quiet.1)
    }

    /// Names of the queues by which it is listened to.
    pub(super) fn queues(&self) -> Vec<String> {
        let overheard = if self.by_console { OVERHEARD } else { "" };
        self.feeds.iter().map(|feed| format!("{overheard}{feed}")).collect()
    }

    /// The feed that reports on a unit's tickets.
    pub(super) fn feed(&self, unit: &str) -> &'static str {
        let own = self.own_feeds.iter().find(|own| own.0 == unit).map(|own| own.1);
        own.or_else(|| self.feeds.first().copied()).unwrap_or_default()
    }
}

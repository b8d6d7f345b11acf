//! Which surges and warnings a place must tell, counted again from the complaints that were handed in, and whether each was told once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::book::Book;
use super::log::{Entry, Log, text};

/// The longest that it may be told later than the complaint that made it.
const LATE: SignedDuration = SignedDuration::from_secs(30);
/// How far what is usual may be from what is told of it: it is told in tenths.
const CLOSE: f64 = 0.051;

/// What a place watches, as it describes it.
pub(super) struct Watched {
    pub code: &'static str,
    /// Words of the items that are about it.
    pub items: &'static [&'static str],
    pub tells: Tells,
}

/// When it is told.
pub(super) enum Tells {
    /// Of every ticket, by the first complaint about it.
    Warning,
    /// Of so many of it in one area.
    Surge(Surge),
}

/// A surge.
pub(super) struct Surge {
    /// Whether tickets are counted; else complaints are.
    pub of_tickets: bool,
    pub count: usize,
    pub hours: i64,
    /// How many digits of a division's code say which area it lies in.
    pub digits: usize,
    /// How many times what is usual, and over how many days before it is seen what that is.
    pub usual: Option<(f64, i64)>,
    /// After how many hours one that goes on is told again.
    pub rest_hours: Option<i64>,
}

/// A complaint about what is watched.
struct Seen<'a> {
    at: Timestamp,
    ticket: &'a str,
}

/// What is told once.
#[derive(Debug, Clone)]
struct Told {
    event: &'static str,
    code: String,
    area: String,
    ticket: String,
    at: Timestamp,
    count: u64,
    usual: Option<f64>,
    tickets: BTreeSet<String>,
}

/// What must be told of all that is watched.
#[derive(Default)]
struct Expected {
    told: Vec<Told>,
    /// Complaints that would have told of a surge again, had it not been told before.
    kept: usize,
}

/// What came of watching.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub surges: usize,
    pub warnings: usize,
    /// Complaints of surges that went on.
    pub kept: usize,
    pub findings: Vec<String>,
}

/// Holds what was told of surges and warnings against what had to be. `tickets`: the ticket of each complaint.
pub(super) fn judge(book: &Book, log: &Log, tickets: &BTreeMap<usize, String>) -> Judged {
    let mut expected = Expected::default();
    for watched in book.watched {
        for (area, seen) in seen(book, log, tickets, watched) {
            match &watched.tells {
                Tells::Warning => expected.told.extend(warnings(watched, &seen)),
                Tells::Surge(surge) => expected.surges(watched, surge, &area, &seen),
            }
        }
    }
    let of = |event: &str| expected.told.iter().filter(|told| told.event == event).count();
    let mut judged = Judged { surges: of("surge"), warnings: of("warned"), kept: expected.kept, findings: Vec::new() };
    let has_surges = book.watched.iter().any(|watched| matches!(watched.tells, Tells::Surge(_)));
    if has_surges && (judged.surges == 0 || judged.kept == 0) {
        let (surges, kept) = (judged.surges, judged.kept);
        judged
            .findings
            .push(format!("{surges} surges, {kept} complaints while one went on: nothing is shown of surges"));
    }
    if judged.warnings == 0 && book.watched.iter().any(|watched| matches!(watched.tells, Tells::Warning)) {
        judged.findings.push("nobody had to be warned: nothing is shown of warnings".to_owned());
    }
    judged.findings.extend(compare(&expected.told, found(book, log)));
    judged
}

/// The complaints about something, by area, in the order in which they were handed in.
fn seen<'a>(
    book: &Book,
    log: &Log,
    tickets: &'a BTreeMap<usize, String>,
    watched: &Watched,
) -> BTreeMap<String, Vec<Seen<'a>>> {
    let mut areas: BTreeMap<String, Vec<Seen<'a>>> = BTreeMap::new();
    for (at, entry) in &log.entries {
        let Entry::Reported(index) = entry else { continue };
        let item = &book.items[log.complaints[*index].item];
        let Some(ticket) = tickets.get(index).filter(|_| watched.items.contains(&item.word)) else { continue };
        let digits = if let Tells::Surge(surge) = &watched.tells { surge.digits } else { 0 };
        areas.entry(item.division.chars().take(digits).collect()).or_default().push(Seen { at: *at, ticket });
    }
    areas
}

fn warnings<'a>(watched: &'a Watched, seen: &'a [Seen<'a>]) -> impl Iterator<Item = Told> + 'a {
    let mut warned = BTreeSet::new();
    let first = seen.iter().filter(move |seen| warned.insert(seen.ticket));
    first.map(|seen| Told {
        event: "warned",
        code: watched.code.to_owned(),
        area: String::new(),
        ticket: seen.ticket.to_owned(),
        at: seen.at,
        count: 1,
        usual: None,
        tickets: BTreeSet::from([seen.ticket.to_owned()]),
    })
}

impl Expected {
    fn surges(&mut self, watched: &Watched, surge: &Surge, area: &str, seen: &[Seen<'_>]) {
        let mut stands: Option<Timestamp> = None;
        for (place, new) in seen.iter().enumerate() {
            let before = &seen[..place];
            let since = new.at - SignedDuration::from_hours(surge.hours);
            let others: Vec<&Seen<'_>> = before.iter().filter(|seen| seen.at > since).collect();
            // It is over when half of those that make one have gone, and is told again after its rest.
            let is_over = surge.count_of(&others) * 2 < surge.count;
            let rested = |told: Timestamp| {
                surge.rest_hours.is_some_and(|hours| new.at.duration_since(told) >= SignedDuration::from_hours(hours))
            };
            stands = stands.filter(|told| !is_over && !rested(*told));
            let window: Vec<&Seen<'_>> = others.into_iter().chain([new]).collect();
            let count = surge.count_of(&window);
            let usual = surge.usual.map(|(_, days)| surge.usual_before(before, since, days));
            let is_much = count >= surge.count
                && surge.usual.zip(usual).is_none_or(|((times, _), usual)| number(count) >= times * usual);
            if !is_much {
                continue;
            }
            if stands.is_some() {
                self.kept += 1;
                continue;
            }
            stands = Some(new.at);
            self.told.push(Told {
                event: "surge",
                code: watched.code.to_owned(),
                area: area.to_owned(),
                ticket: new.ticket.to_owned(),
                at: new.at,
                count: u64::try_from(count).unwrap_or(u64::MAX),
                usual,
                tickets: window.iter().map(|seen| seen.ticket.to_owned()).collect(),
            });
        }
    }
}

impl Surge {
    fn count_of(&self, seen: &[&Seen<'_>]) -> usize {
        if self.of_tickets { seen.iter().map(|seen| seen.ticket).collect::<BTreeSet<_>>().len() } else { seen.len() }
    }

    /// How many there usually were in as many hours, in the days before a moment.
    fn usual_before(&self, before: &[Seen<'_>], until: Timestamp, days: i64) -> f64 {
        let from = until - SignedDuration::from_hours(24 * days);
        let earlier: Vec<&Seen<'_>> = before.iter().filter(|seen| seen.at > from && seen.at <= until).collect();
        number(self.count_of(&earlier)) * number(usize::try_from(self.hours).unwrap_or(1))
            / number(usize::try_from(days * 24).unwrap_or(1))
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What the events tell.
fn found(book: &Book, log: &Log) -> Vec<Told> {
    let mut found = Vec::new();
    for (heard, entry) in &log.entries {
        let Entry::Event { feed, event } = entry else { continue };
        let (data, alert) = (&event["data"], &event["data"]["change"]["alert"]);
        let kind = ["surge", "warned"].into_iter().find(|kind| *kind == text(data, "/change/event"));
        let Some(event_kind) = kind.filter(|_| book.feed(text(data, "/department")) == feed) else { continue };
        let ids = alert["tickets"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.push(Told {
            event: event_kind,
            code: text(alert, "/code").to_owned(),
            area: text(alert, "/district").to_owned(),
            ticket: text(data, "/ticket_id").to_owned(),
            at: text(event, "/time").parse().unwrap_or(*heard),
            count: alert["count"].as_u64().unwrap_or_default(),
            usual: alert["usual"].as_f64(),
            tickets: ids.map(str::to_owned).collect(),
        });
    }
    found
}

fn compare(expected: &[Told], mut found: Vec<Told>) -> Vec<String> {
    let mut wrong = Vec::new();
    for told in expected {
        let Told { event, code, area, ticket, at, .. } = told;
        let is = |other: &Told| {
            (other.event, &other.code, &other.ticket) == (event, code, ticket)
                && other.at.duration_since(*at).abs() <= LATE
        };
        let Some(place) = found.iter().position(is) else {
            wrong.push(format!("{ticket}: {event} {code} of {area} was to be told at {at}, and was not"));
            continue;
        };
        let other = found.remove(place);
        let is_usual = match (told.usual, other.usual) {
            (Some(one), Some(two)) => (one - two).abs() < CLOSE,
            (one, two) => one.is_none() && two.is_none(),
        };
        if !is_usual || (&other.area, other.count, &other.tickets) != (area, told.count, &told.tickets) {
            wrong.push(format!("{ticket}: {event} {code} was told as {other:?}, in truth {told:?}"));
        }
    }
    for Told { event, code, area, ticket, at, .. } in &found {
        let was_told = expected.iter().any(|told| (&told.code, &told.area) == (code, area) && told.at <= *at);
        let what = if was_told { "told again" } else { "told" };
        wrong.push(format!("{ticket}: {event} {code} of {area} was {what} at {at}, and had not to be"));
    }
    wrong
}

//! What templates can say: messages, moments, and what people call states and kinds.

use std::collections::BTreeMap;

use huiliu_domain::catalogue::{Catalogue, Locale, say, states};
use huiliu_domain::merge::Guard;
use huiliu_domain::ticket::Status;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, State, Value, context};
use percent_encoding::utf8_percent_encode;

use crate::api::PART;
use crate::assets;
use crate::visit::Visit;

/// What stands for nothing.
const NOTHING: &str = "—";
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;
const DAY_S: i64 = 24 * HOUR_S;

/// What pieces of a page share with it.
const SHARED: [&str; 8] = ["when", "left", "late", "form", "deed", "deed_label", "operator", "here"];

/// What does not depend on who looks.
pub(super) fn add(environment: &mut Environment<'static>, locale: Locale) {
    environment.add_function("t", move |id: &str, given: Kwargs| said(locale, id, &given));
    environment.add_function("asset", |name: &str| Value::from_safe_string(assets::address(name)));
    environment.add_function("word", move |kind: &str, name: Option<&str>| {
        name.map_or_else(|| NOTHING.to_owned(), |name| word(locale, kind, name))
    });
    environment.add_function(
        "percent",
        |part: f64, whole: f64| if whole > 0.0 { (100.0 * part / whole).round() } else { 0.0 },
    );
    environment.add_function("figure", figure);
    environment.add_function("line", |text: &str, at: usize| {
        text.lines().nth(at.saturating_sub(1)).unwrap_or_default().to_owned()
    });
    environment.add_function("part", part);
    environment
        .add_filter("urlencode", |part: &Value| utf8_percent_encode(&part.to_string(), PART).to_string());
    environment.add_filter("json", |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default());
    environment.add_global("english", locale.pick(false, true));
}

/// What depends on who looks: `when(at)`, a moment as people of the city read it, and `left(at)`, how long it is until then.
pub(super) fn of_visit(visit: &Visit) -> Value {
    let (zone, now, locale) = (visit.zone(), visit.now(), visit.locale());
    context! {
        when => Value::from_function(move |at: Option<&str>| at.map_or_else(|| NOTHING.to_owned(), |at| when(&zone, at))),
        left => Value::from_function(move |at: &str| left(locale, now, at)),
        late => Value::from_function(move |at: &str| at.parse::<Timestamp>().is_ok_and(|at| at < now)),
        here => visit.here(),
        operator => visit.may(crate::sections::Role::Operator),
    }
}

/// A piece of a page with what it is about, `part('pager.html', list=list)`; it can call what the page can.
fn part(state: &State, name: &str, given: Kwargs) -> Result<Value, Error> {
    let about: BTreeMap<String, Value> =
        given.args().map(|name| Ok((name.to_owned(), given.get(name)?))).collect::<Result<_, Error>>()?;
    let shared: BTreeMap<&str, Option<Value>> = SHARED.into_iter().map(|name| (name, state.lookup(name))).collect();
    let view = context! { ..Value::from(about), ..super::data(shared) };
    Ok(Value::from_safe_string(state.env().get_template(name)?.render(view)?))
}

/// A figure of a report, by what it measures.
fn figure(value: Option<f64>, measure: &str) -> String {
    let Some(value) = value else { return NOTHING.to_owned() };
    match measure {
        "share" => format!("{:.1} %", 100.0 * value),
        "hours" | "mark" => format!("{value:.1}"),
        _ => format!("{value}"),
    }
}

/// A message of the catalogue, `t('console-tickets', count=3)`.
fn said(locale: Locale, id: &str, given: &Kwargs) -> Result<String, Error> {
    let arguments: Vec<(&str, String)> =
        given.args().map(|name| Ok((name, given.get::<Value>(name)?.to_string()))).collect::<Result<_, Error>>()?;
    let unknown = || Error::new(ErrorKind::InvalidOperation, format!("there is no message {id}"));
    Catalogue::of(locale).find(id, &arguments).ok_or_else(unknown)
}

/// `2026-11-27 09:30`; what is no moment stays as it is.
fn when(zone: &TimeZone, at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_owned(),
    }
}

/// How long it is until then, or has been since: in days from two days on, in hours from two hours on, else in minutes.
fn left(locale: Locale, now: Timestamp, at: &str) -> String {
    let Ok(at) = at.parse::<Timestamp>() else { return NOTHING.to_owned() };
    let seconds = at.as_second().saturating_sub(now.as_second());
    let long = match seconds.abs() {
        long if long < MINUTE_S => return say!(in locale; "console-just-now"),
        long if long >= 2 * DAY_S => say!(in locale; "console-days", count = long / DAY_S),
        long if long >= 2 * HOUR_S => say!(in locale; "console-hours", count = long / HOUR_S),
        long => say!(in locale; "console-minutes", count = long / MINUTE_S),
    };
    match seconds < 0 {
        true => say!(in locale; "console-ago", long = long),
        false => say!(in locale; "console-to-go", long = long),
    }
}

/// What people call a state or a kind, by the name that it has in documents.
fn word(locale: Locale, kind: &str, name: &str) -> String {
    match kind {
        "status" => locale.pick(
            Status::from_wire(name).map_or_else(|| name.to_owned(), |known| known.zh().to_owned()),
            name.replace('_', " "),
        ),
        "reply" => states::reply(locale, name),
        "topic" => states::topic(locale, name),
        "delivery" => states::delivery(locale, name),
        "merge" => states::merge_event(locale, name),
        "audit" => states::audit_action(locale, name),
        "channel" => channel(locale, name),
        "unanswered" => unanswered(locale, name),
        "guard" => Guard::named(name).map_or_else(|| name.to_owned(), |guard| locale.pick(guard.zh(), guard.en()).to_owned()),
        "rating" => rating(locale, name),
        "change" => change(locale, name),
        "rhythm" => rhythm(locale, name),
        "file" => file(locale, name),
        _ => locale.pick(name.to_owned(), name.replace('_', " ")),
    }
}

fn channel(locale: Locale, name: &str) -> String {
    match name {
        "starting" => say!(in locale; "console-is-starting"),
        "running" => say!(in locale; "console-is-running"),
        "failing" => say!(in locale; "console-is-failing"),
        "down" => say!(in locale; "console-is-down"),
        "stopped" => say!(in locale; "console-is-stopped"),
        other => other.to_owned(),
    }
}

fn unanswered(locale: Locale, name: &str) -> String {
    match name {
        "waiting" => say!(in locale; "console-why-waiting"),
        "channel_off" => say!(in locale; "console-why-channel-off"),
        "held" => say!(in locale; "console-why-held"),
        "dead" => say!(in locale; "console-why-dead"),
        "by_hand" => say!(in locale; "console-why-by-hand"),
        "no_route" => say!(in locale; "console-why-no-route"),
        "erased" => say!(in locale; "console-why-erased"),
        "withdrawn" => say!(in locale; "console-why-withdrawn"),
        "closed" => say!(in locale; "console-why-closed"),
        "past" => say!(in locale; "console-why-past"),
        "missing" => say!(in locale; "console-why-missing"),
        other => other.to_owned(),
    }
}

fn rating(locale: Locale, name: &str) -> String {
    match name {
        "satisfied" => say!(in locale; "console-satisfied"),
        "fair" => say!(in locale; "console-fair"),
        "dissatisfied" => say!(in locale; "console-dissatisfied"),
        "citizen" => say!(in locale; "console-by-citizen"),
        "supervisor" => say!(in locale; "console-by-supervisor"),
        "call_back" => say!(in locale; "console-by-call-back"),
        "restarted" => say!(in locale; "console-restarted"),
        "too_often" => say!(in locale; "console-too-often"),
        "too_late" => say!(in locale; "console-too-late"),
        "noted" => say!(in locale; "console-noted"),
        other => other.to_owned(),
    }
}

fn change(locale: Locale, name: &str) -> String {
    match name {
        "added" => say!(in locale; "console-added"),
        "removed" => say!(in locale; "console-removed"),
        "changed" => say!(in locale; "console-changed"),
        "start" => say!(in locale; "console-cause-start"),
        "reload" => say!(in locale; "console-cause-reload"),
        "rollback" => say!(in locale; "console-cause-rollback"),
        "publish" => say!(in locale; "console-cause-publish"),
        "done" => say!(in locale; "console-outcome-done"),
        "refused" => say!(in locale; "console-outcome-refused"),
        "new" => say!(in locale; "console-trend-new"),
        "up" => say!(in locale; "console-trend-up"),
        "level" => say!(in locale; "console-trend-level"),
        "down" => say!(in locale; "console-trend-down"),
        other => other.to_owned(),
    }
}

fn rhythm(locale: Locale, name: &str) -> String {
    match name {
        "day" => say!(in locale; "console-day"),
        "week" => say!(in locale; "console-week"),
        "month" => say!(in locale; "console-month"),
        "quarter" => say!(in locale; "console-quarter"),
        "half" => say!(in locale; "console-half"),
        "year" => say!(in locale; "console-year"),
        "weekly" => say!(in locale; "console-weekly"),
        "monthly" => say!(in locale; "console-monthly"),
        "quarterly" => say!(in locale; "console-quarterly"),
        "half_yearly" => say!(in locale; "console-half-yearly"),
        "yearly" => say!(in locale; "console-yearly"),
        other => other.to_owned(),
    }
}

fn file(locale: Locale, name: &str) -> String {
    match name {
        "reading" => say!(in locale; "console-file-reading"),
        "done" => say!(in locale; "console-file-done"),
        "failed" => say!(in locale; "console-file-failed"),
        other => other.to_owned(),
    }
}

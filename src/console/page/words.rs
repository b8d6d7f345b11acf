//! What templates can say: messages, moments, and what people call states and kinds.

use std::collections::BTreeMap;

use huiliu_domain::catalogue::{Catalogue, Locale, one_of, say};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, State, Value, context};
use percent_encoding::utf8_percent_encode;

use super::called::word;
use crate::api::PART;
use crate::assets;
use crate::sections::Role;
use crate::visit::Visit;

/// What stands for nothing.
const NOTHING: &str = "—";
/// Lines of a field, at most.
const MAX_LINES: usize = 12;
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
    environment.add_filter("urlencode", |part: &Value| utf8_percent_encode(&part.to_string(), PART).to_string());
    environment.add_filter("lines", |text: &str| text.lines().count().clamp(1, MAX_LINES));
    environment.add_filter("own", move |text: &str| one_of(text, locale).to_owned());
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
        operator => visit.may(Role::Operator),
        moment => visit.now().as_microsecond().to_string(),
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

//! What a person does: one address for all of it. A form names a deed; what the API is asked for it stands in one table. What cannot be
//! taken back is asked about first, on a page of its own, so that it works without scripts too.

mod deeds;
mod members;
mod said;

use axum::response::{IntoResponse as _, Redirect, Response};
use huiliu_domain::catalogue::say;
use minijinja::value::Kwargs;
use minijinja::{Error, ErrorKind, State, Value as View, context};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use crate::ADDRESS;
use crate::api::PART;
use crate::form::Form;
use crate::page::data;
use crate::trouble::{Refused, Trouble};
use crate::visit::Visit;
use deeds::Deed;
use members::Given;

/// Longest address that a form goes back to, in bytes.
const MAX_BACK_BYTES: usize = 2_000;
/// Members of a form that are no part of the deed.
const OWN: [&str; 4] = ["form_token", "deed", "back", "sure"];

/// Counts of outcomes that are added up where a deed is done to several.
const COUNTED: [&str; 2] = ["released", "kept"];

/// What templates make forms of: `form(deed, member=value)` begins one, `deed(name, member=value)` is one that has only a button.
pub(crate) fn forms(visit: &Visit) -> View {
    let (token, back, locale) = (visit.session().form_token(), visit.here().to_owned(), visit.locale());
    let write = move |state: &State, name: &str, given: &Kwargs, whole: bool| -> Result<View, Error> {
        let unknown = || Error::new(ErrorKind::InvalidOperation, format!("there is no deed {name}"));
        let deed = Deed::named(name).ok_or_else(unknown)?;
        let members = given.args().map(|name| Ok((name.to_owned(), given.get::<View>(name)?.to_string())));
        let members: Vec<(String, String)> = members.collect::<Result<_, Error>>()?;
        let (label, heavy) = (deed.label(locale), deed.asks());
        let view = context! { token => &token, back => &back, name, members => data(members), whole, label, heavy };
        Ok(View::from_safe_string(state.env().get_template("form.html")?.render(view)?))
    };
    let begin = write.clone();
    context! {
        form_token => visit.session().form_token(),
        form => View::from_function(move |state: &State, name: &str, given: Kwargs| begin(state, name, &given, false)),
        deed => View::from_function(move |state: &State, name: &str, given: Kwargs| write(state, name, &given, true)),
        deed_label => View::from_function(move |name: &str| Deed::named(name).map(|deed| deed.label(locale))),
    }
}

/// What was done a moment ago, in words.
pub(crate) fn done(visit: &Visit) -> Option<String> {
    let locale = visit.locale();
    let label = Deed::named(visit.asked("done")?)?.label(locale);
    let count = |name: &str| visit.asked(name).and_then(|count| count.parse::<u64>().ok());
    Some(match (count("count"), count("kept")) {
        (Some(count), Some(kept)) if kept > 0 => {
            say!(in locale; "console-done-partly", what = label, count = count, kept = kept)
        }
        (Some(count), _) => say!(in locale; "console-done-count", what = label, count = count),
        _ => say!(in locale; "console-done", what = label),
    })
}

pub(crate) async fn act(visit: Visit, Form(given): Form<Vec<(String, String)>>) -> Response {
    let given: Given = given.into_iter().collect();
    visit.told(work(&visit, &given).await)
}

async fn work(visit: &Visit, given: &Given) -> Result<Response, Trouble> {
    let member = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    visit.check(member("form_token"))?;
    let deed = Deed::named(member("deed")).ok_or(Trouble::NotFound)?;
    let back = safe(member("back"));
    if deed.asks() && member("sure") != "yes" {
        return Ok(ask(visit, deed, given, back));
    }
    let (mut answer, mut sums) = (Value::Null, Map::new());
    for given in deed.each(given) {
        let body = deed.body(&given, &visit.zone()).ok_or_else(|| Trouble::Refused(Refused::unreadable()))?;
        answer = match visit.post(deed.address(&given), &body).await {
            Ok(answer) => answer,
            Err(Trouble::Refused(refused)) => return Ok(not_done(visit, deed, &refused, back)),
            Err(trouble) => return Err(trouble),
        };
        for name in COUNTED {
            let sum = sums.get(name).and_then(Value::as_u64).unwrap_or_default();
            sums.extend(answer[name].as_u64().map(|count| (name.to_owned(), Value::from(sum + count))));
        }
    }
    let outcome = Value::Object(answer.as_object().cloned().into_iter().flatten().chain(sums).collect());
    Ok(Redirect::to(&then(deed, &outcome, back)).into_response())
}

/// The page that says why something was not done.
fn not_done(visit: &Visit, deed: &Deed, refused: &Refused, back: &str) -> Response {
    let locale = visit.locale();
    let heading = say!(in locale; "console-refused");
    let view = context! { heading => &heading, back, said => refused.said(locale), what => deed.label(locale) };
    let mut page = visit.show("", "refused.html", &heading, view);
    *page.status_mut() = refused.status;
    page
}

/// The page that asks whether somebody is sure.
fn ask(visit: &Visit, deed: &Deed, given: &Given, back: &str) -> Response {
    let locale = visit.locale();
    let members: Vec<(&str, &str)> = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !OWN.contains(name))
        .collect();
    let what = deed.label(locale);
    let view = context! { what => &what, back, members => data(members), name => deed.name(), warning => deed.warning(locale) };
    visit.show("", "sure.html", &what, view)
}

/// Where somebody is after a deed: where its outcome is, else where the form was; with what was done.
fn then(deed: &Deed, answer: &Value, back: &str) -> String {
    let mut path = deed.then(answer).map_or_else(|| without_outcome(back), |path| format!("{ADDRESS}{path}"));
    let mut add = |name: &str, value: &str| {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(&format!("{name}={}", utf8_percent_encode(value, PART)));
    };
    add("done", deed.name());
    let counted = ["retried", "discarded", "released"].into_iter().find_map(|name| answer[name].as_u64());
    if let Some(count) = counted {
        add("count", &count.to_string());
    }
    if let Some(kept) = answer["kept"].as_u64() {
        add("kept", &kept.to_string());
    }
    path
}

/// An address of the console, whatever a form says; without a fragment.
fn safe(back: &str) -> &str {
    let own = back.strip_prefix(ADDRESS).is_some_and(|rest| rest.starts_with('/') && !rest.starts_with("//"));
    let plain =
        back.len() <= MAX_BACK_BYTES && back.chars().all(|char| char.is_ascii_graphic() && !matches!(char, '\\' | '#'));
    if own && plain { back } else { ADDRESS }
}

/// An address without what it said of an earlier deed.
fn without_outcome(back: &str) -> String {
    let (path, query) = back.split_once('?').unwrap_or((back, ""));
    let earlier = |part: &&str| !["done=", "count=", "kept="].iter().any(|name| part.starts_with(name));
    let kept: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).filter(earlier).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

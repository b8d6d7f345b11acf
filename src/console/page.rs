//! Pages: one frame, templates, and what templates can call.

use std::sync::LazyLock;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse as _, Response};
use huiliu_domain::catalogue::{Catalogue, Locale, say};
use huiliu_domain::ticket::Status;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, context};
use serde::Serialize;

use crate::assets;
use crate::session::Session;

/// The templates by name. `.html` makes everything escaped that is not marked as safe.
const TEMPLATES: [(&str, &str); 7] = [
    ("frame.html", include_str!("templates/frame.html")),
    ("plain.html", include_str!("templates/plain.html")),
    ("sign-in.html", include_str!("templates/sign-in.html")),
    ("today.html", include_str!("templates/today.html")),
    ("tickets.html", include_str!("templates/tickets.html")),
    ("ticket.html", include_str!("templates/ticket.html")),
    ("review.html", include_str!("templates/review.html")),
];

/// What a browser may do with a page: show it with the console's own style and script, and send its forms back here.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The sections in the order of the page's head: the last part of their address, and what they are called.
fn sections(locale: Locale) -> Vec<(&'static str, String)> {
    vec![
        ("", say!(in locale; "console-today")),
        ("tickets", say!(in locale; "console-tickets")),
        ("review", say!(in locale; "console-review")),
    ]
}

static CHINESE: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Locale::Zh));
static ENGLISH: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Locale::En));

fn environment(locale: Locale) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, template) in TEMPLATES {
        // A test writes every page.
        let _known = environment.add_template(name, template);
    }
    environment.add_function("t", move |id: &str, given: Kwargs| said(locale, id, &given));
    environment.add_function("asset", |name: &str| assets::address(name));
    environment.add_function("status_word", move |word: &str| status_word(locale, word));
    environment.add_global("english", locale.pick(false, true));
    environment
}

/// How people call a status.
fn status_word(locale: Locale, word: &str) -> String {
    locale.pick(
        Status::from_wire(word).map_or_else(|| word.to_owned(), |known| known.zh().to_owned()),
        word.replace('_', " "),
    )
}

/// A message of the catalogue, `t('console-tickets', count=3)`.
fn said(locale: Locale, id: &str, given: &Kwargs) -> Result<String, Error> {
    let arguments: Vec<(&str, String)> =
        given.args().map(|name| Ok((name, given.get::<Value>(name)?.to_string()))).collect::<Result<_, Error>>()?;
    let unknown = || Error::new(ErrorKind::InvalidOperation, format!("there is no message {id}"));
    Catalogue::of(locale).find(id, &arguments).ok_or_else(unknown)
}

/// What is the same on every page of a session.
#[derive(Serialize)]
struct Frame<'a> {
    language: &'static str,
    title: &'a str,
    section: &'a str,
    sections: Vec<(&'static str, String)>,
    form_token: &'a str,
    body: &'a str,
}

/// A page of a session.
pub(crate) fn show(
    session: &Session,
    zone: &TimeZone,
    (section, template, title): (&str, &str, &str),
    view: &impl Serialize,
) -> Response {
    let form_token = session.form_token();
    let locale = session.locale();
    let environment = in_language(locale);
    let written = environment.get_template(template).and_then(|template| {
        let zone = zone.clone();
        let view = context! { form_token => &form_token, when => Value::from_function(move |at: &str| when(&zone, at)), ..Value::from(Serde(view)) };
        let body = template.render(view)?;
        let language = locale.pick("zh-CN", "en");
        let frame = Frame { language, title, section, sections: sections(locale), form_token: &form_token, body: &body };
        environment.get_template("frame.html")?.render(Serde(frame))
    });
    finished(written, locale)
}

/// A page without a session: signing in, and what keeps a page from being shown.
pub(crate) fn plain(locale: Locale, heading: &str, said: &str) -> Response {
    unsigned(locale, "plain.html", heading, &context! { heading, said })
}

/// A page of a template without a session.
pub(crate) fn unsigned(locale: Locale, template: &str, title: &str, view: &Value) -> Response {
    let environment = in_language(locale);
    let written = environment.get_template(template).and_then(|template| {
        let body = template.render(view)?;
        let language = locale.pick("zh-CN", "en");
        let frame = Frame { language, title, section: "sign-in", sections: Vec::new(), form_token: "", body: &body };
        environment.get_template("frame.html")?.render(Serde(frame))
    });
    finished(written, locale)
}

fn in_language(locale: Locale) -> &'static Environment<'static> {
    match locale {
        Locale::Zh => &CHINESE,
        Locale::En => &ENGLISH,
    }
}

fn finished(written: Result<String, Error>, locale: Locale) -> Response {
    match written {
        Ok(page) => with_policy(Html(page).into_response()),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "A page of the console could not be written.");
            let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            let said = format!("{}: {}", say!(in locale; "console-broken"), say!(in locale; "console-broken-do"));
            (status, said).into_response()
        }
    }
}

/// A page tells nobody where it was, is kept by nobody, and is in no frame of another.
fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        let _replaced = headers.insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(CACHE_CONTROL, "no-store");
    set(REFERRER_POLICY, "no-referrer");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(CONTENT_TYPE, "text/html; charset=utf-8");
    response
}

/// A moment as people of the city read it: `2026-11-27 09:30`; what is no moment stays as it is.
fn when(zone: &TimeZone, at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_owned(),
    }
}

#[cfg(test)]
mod tests;

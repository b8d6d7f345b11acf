//! Pages: one frame, templates, and what templates can call.

use std::sync::LazyLock;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use huiliu_domain::catalogue::{Catalogue, Locale, say};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, context};
use serde::Serialize;
use serde_json::json;

use crate::api::NoAnswer;
use crate::assets;
use crate::visitor::Visitor;

/// The templates by name. `.html` makes everything escaped that is not marked as safe.
const TEMPLATES: [(&str, &str); 6] = [
    ("frame.html", include_str!("templates/frame.html")),
    ("form.html", include_str!("templates/form.html")),
    ("filed.html", include_str!("templates/filed.html")),
    ("progress.html", include_str!("templates/progress.html")),
    ("plain.html", include_str!("templates/plain.html")),
    ("handler.html", include_str!("templates/handler.html")),
];

/// What a browser may do with a page: show it with its own style and pictures, and send its form back here. Nothing else, and no script at
/// all.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

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
    environment.add_function("style", || Value::from_safe_string(assets::style()));
    environment
        .add_function("status", move |wire: &str, word: &str| locale.pick(word.to_owned(), wire.replace('_', " ")));
    environment.add_global("english", locale.pick(false, true));
    environment
}

/// A message of the catalogue, `t('citizens-text-help', most=2000)`.
fn said(locale: Locale, id: &str, given: &Kwargs) -> Result<String, Error> {
    let arguments: Vec<(&str, String)> =
        given.args().map(|name| Ok((name, given.get::<Value>(name)?.to_string()))).collect::<Result<_, Error>>()?;
    let unknown = || Error::new(ErrorKind::InvalidOperation, format!("there is no message {id}"));
    Catalogue::of(locale).find(id, &arguments).ok_or_else(unknown)
}

/// A page with this status.
pub(crate) fn show(
    (visitor, status): (&Visitor, StatusCode),
    zone: &TimeZone,
    (template, title): (&str, &str),
    view: &impl Serialize,
) -> Response {
    let locale = visitor.locale;
    let environment = match locale {
        Locale::Zh => &*CHINESE,
        Locale::En => &*ENGLISH,
    };
    let zone = zone.clone();
    let written = environment.get_template(template).and_then(|template| {
        let view = context! {
            suffix => visitor.suffix(), when => Value::from_function(move |at: &str| when(&zone, at)), ..Value::from(Serde(view))
        };
        let body = template.render(view)?;
        let language = locale.pick("zh-CN", "en");
        environment.get_template("frame.html")?.render(context! { language, title, body })
    });
    match written {
        Ok(page) => with_policy((status, Html(page)).into_response()),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "A page for citizens could not be written.");
            let said = format!("{}: {}", say!(in locale; "citizens-broken"), say!(in locale; "citizens-broken-do"));
            (StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
        }
    }
}

/// A page that says why there is no other.
pub(crate) fn trouble(visitor: &Visitor, zone: &TimeZone, reason: &NoAnswer) -> Response {
    let locale = visitor.locale;
    let (status, heading, said) = match reason {
        NoAnswer::NotFound => (
            StatusCode::NOT_FOUND,
            say!(in locale; "citizens-nothing-here"),
            say!(in locale; "citizens-nothing-here-do"),
        ),
        NoAnswer::Refused(refused) => {
            (refused.status, say!(in locale; "citizens-refused"), refused.said(locale).to_owned())
        }
        NoAnswer::Broken => {
            (StatusCode::BAD_GATEWAY, say!(in locale; "citizens-broken"), say!(in locale; "citizens-broken-do"))
        }
    };
    let may_file = *reason == NoAnswer::NotFound;
    let after = match reason {
        NoAnswer::Refused(refused) => refused.after.clone(),
        NoAnswer::NotFound | NoAnswer::Broken => None,
    };
    again_after(plain((visitor, status), zone, (&heading, &said), may_file), after)
}

/// A page that says one thing; `may_file`: with a way to the form.
pub(crate) fn plain(
    (visitor, status): (&Visitor, StatusCode),
    zone: &TimeZone,
    (heading, said): (&str, &str),
    may_file: bool,
) -> Response {
    let view = json!({ "heading": heading, "said": said, "may_file": may_file });
    show((visitor, status), zone, ("plain.html", heading), &view)
}

/// A page that also tells a browser after which time it is worth trying again.
pub(crate) fn again_after(mut page: Response, after: Option<HeaderValue>) -> Response {
    page.headers_mut().extend(after.map(|after| (RETRY_AFTER, after)));
    page
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

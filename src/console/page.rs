//! Pages: one frame, templates, and what templates can call.

mod called;
mod charts;
mod columns;
mod passages;
mod templates;
mod words;

use std::sync::LazyLock;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use huiliu_domain::catalogue::{Locale, say};
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value, context};
use serde::Serialize;

use crate::doing;
use crate::sections::{self, Link};
use crate::visit::Visit;

/// What a browser may do with a page: show it with the console's own style and script, and send its forms back here.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static CHINESE: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Locale::Zh));
static ENGLISH: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Locale::En));

fn environment(locale: Locale) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, template) in templates::ALL {
        // A test writes every page.
        let _known = environment.add_template(name, template);
    }
    words::add(&mut environment, locale);
    charts::add(&mut environment);
    passages::add(&mut environment);
    environment
}

/// What is the same on every page of a session.
#[derive(Serialize)]
struct Frame<'a> {
    language: &'static str,
    title: &'a str,
    sections: Vec<Link>,
    pages: Vec<Link>,
    form_token: &'a str,
    who: &'a str,
    done: Option<String>,
    body: &'a str,
}

/// What templates can read, of anything that can be written as a document.
pub(crate) fn data(of: impl Serialize) -> Value {
    Value::from(Serde(of))
}

/// A page of a session.
pub(crate) fn show(visit: &Visit, (place, template, title): (&str, &str, &str), view: Value) -> Response {
    let locale = visit.locale();
    let environment = in_language(locale);
    let written = environment.get_template(template).and_then(|template| {
        let form_token = visit.session().form_token();
        let view = context! { ..words::of_visit(visit), ..doing::forms(visit), ..view };
        let body = template.render(view)?;
        let (sections, pages) = sections::seen(visit, place);
        let (language, done) = (locale.pick("zh-CN", "en"), doing::done(visit));
        let frame =
            Frame { language, title, sections, pages, form_token: &form_token, who: visit.name(), done, body: &body };
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
        let (language, sections, pages) = (locale.pick("zh-CN", "en"), Vec::new(), Vec::new());
        let frame = Frame { language, title, sections, pages, form_token: "", who: "", done: None, body: &body };
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
            let said = format!("{}: {}", say!(in locale; "console-broken"), say!(in locale; "console-broken-do"));
            (StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_show_what_somebody_wrote_as_text() {
        let drawn = |picture: &str| {
            let counts = data([("<b>'x", 9.0), ("b", 2.5)]);
            let picture = format!("{{{{ {picture}('<i>', counts) }}}}");
            in_language(Locale::Zh).render_named_str("picture.html", &picture, context! { counts }).unwrap()
        };
        for picture in ["bars", "columns", "squares"] {
            let drawn = drawn(picture);
            assert!(drawn.contains("&lt;b&gt;&#x27;x") && drawn.contains("&lt;i&gt;"), "{picture}: {drawn}");
            assert!(drawn.contains("<svg") && !drawn.contains("<b>'x") && !drawn.contains("<i>"), "{picture}: {drawn}");
        }
        // A quarter of the greatest count is half its side.
        let squares =
            in_language(Locale::En).render_named_str("a.html", "{{ squares('', [['a', 8], ['b', 2]]) }}", ()).unwrap();
        assert!(squares.contains("width=\"100.0\"") && squares.contains("width=\"50.0\""), "{squares}");
    }
}

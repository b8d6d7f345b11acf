//! Signing in and out, and the language.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::{Locale, say};
use minijinja::context;
use serde::Deserialize;
use serde_json::json;

use crate::Site;
use crate::api::Address;
use crate::form::Form;
use crate::page;
use crate::session::{Session, Stranger};
use crate::to;
use crate::trouble::Trouble;

/// What somebody types who signs in.
#[derive(Deserialize)]
pub(crate) struct Entry {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

/// A choice of language.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
}

/// A form with nothing but its token.
#[derive(Deserialize)]
pub(crate) struct Bare {
    form_token: String,
}

/// What is written into answers that hold somebody's cookies: nobody keeps them.
pub(crate) const NOT_KEPT: (axum::http::HeaderName, &str) = (CACHE_CONTROL, "no-store");

pub(crate) async fn page(State(site): State<Arc<Site>>, Stranger { locale, .. }: Stranger) -> Response {
    form(&site, locale, "", "")
}

/// The page on which somebody signs in, with what was wrong.
pub(crate) fn form(site: &Site, locale: Locale, name: &str, wrong: &str) -> Response {
    let title = say!(in locale; "console-sign-in");
    let (provider, passwords) = (site.doors.provider.as_deref(), site.doors.passwords);
    page::unsigned(locale, "sign-in.html", &title, &context! { name, wrong, provider, passwords })
}

pub(crate) async fn enter(
    State(site): State<Arc<Site>>,
    Stranger { locale, carried, .. }: Stranger,
    Form(entry): Form<Entry>,
) -> Result<Response, Trouble> {
    let Entry { name, password, code } = entry;
    let code = Some(code.trim()).filter(|code| !code.is_empty());
    let body = json!({ "name": name, "password": password, "code": code });
    match site.api.knock(carried, Address::of(["sessions"]), &body).await {
        Ok(session) => {
            let token = session["token"].as_str().ok_or(Trouble::Broken)?;
            // Whoever has something to do before anything else does it there.
            let first = if session["must"].is_string() { "/me" } else { "" };
            Ok(([NOT_KEPT], [(SET_COOKIE, site.keeper.session(token))], to(first)).into_response())
        }
        Err(Trouble::Refused(refused)) => {
            let mut response = form(&site, locale, &name, refused.said(locale));
            *response.status_mut() = refused.status;
            Ok(response)
        }
        Err(Trouble::SignIn) => {
            let mut response = form(&site, locale, &name, &say!(in locale; "console-wrong-password"));
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            Ok(response)
        }
        Err(trouble) => Ok(trouble.page(locale)),
    }
}

pub(crate) async fn leave(
    State(site): State<Arc<Site>>,
    session: Session,
    Form(Bare { form_token }): Form<Bare>,
) -> Result<Response, Trouble> {
    session.check(&form_token)?;
    match site.api.delete(&session, Address::of(["sessions", "current"])).await {
        Ok(_) | Err(Trouble::SignIn) => {
            Ok(([NOT_KEPT], [(SET_COOKIE, site.keeper.ended())], to("/sign-in")).into_response())
        }
        Err(trouble) => Ok(trouble.page(session.locale())),
    }
}

pub(crate) async fn language(State(site): State<Arc<Site>>, Form(Choice { language }): Form<Choice>) -> Response {
    let locale = Locale::named(&language).unwrap_or_default();
    ([NOT_KEPT], [(SET_COOKIE, site.keeper.language(locale))], to("")).into_response()
}

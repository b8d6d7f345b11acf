//! Signing in by the city's own identity provider: somebody is sent there, and comes back.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, SET_COOKIE};
use axum::response::{IntoResponse as _, Redirect, Response};
use huiliu_domain::catalogue::{Locale, say};
use minijinja::context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::Address;
use crate::form::Form;
use crate::session::Stranger;
use crate::sign_in::{NOT_KEPT, form};
use crate::trouble::Trouble;
use crate::{ADDRESS, Site, page};

/// Tells a browser to go on by itself. A redirect would not do: a cookie that no other site can send does not go with one that began there.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// What somebody brings back.
#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// A code of the second factor.
#[derive(Deserialize)]
pub(crate) struct Code {
    code: String,
}

pub(crate) async fn begin(State(site): State<Arc<Site>>, stranger: Stranger) -> Response {
    let Stranger { locale, carried, .. } = stranger;
    let sent = site.api.knock(carried, Address::of(["provided"]), &Value::Null).await;
    let told = sent.and_then(|sent| match (sent["address"].as_str(), sent["attempt"].as_str()) {
        (Some(address), Some(attempt)) => {
            Ok(([NOT_KEPT], [(SET_COOKIE, site.keeper.away(attempt))], Redirect::to(address)).into_response())
        }
        _ => Err(Trouble::Broken),
    });
    told.unwrap_or_else(|trouble| kept_out(&site, locale, &trouble))
}

pub(crate) async fn come_back(
    State(site): State<Arc<Site>>,
    stranger: Stranger,
    back: Result<Query<Back>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Stranger { locale, carried, away } = stranger;
    let Ok(Query(Back { state, code, error, iss })) = back else { return kept_out(&site, locale, &Trouble::NotFound) };
    let attempt = away.unwrap_or_default();
    let body = json!({ "attempt": attempt, "state": state, "code": code, "error": error, "issuer": iss });
    entered(&site, locale, site.api.knock(carried, Address::of(["provided", "back"]), &body).await)
}

pub(crate) async fn with_code(
    State(site): State<Arc<Site>>,
    stranger: Stranger,
    Form(Code { code }): Form<Code>,
) -> Response {
    let Stranger { locale, carried, away } = stranger;
    let body = json!({ "attempt": away.unwrap_or_default(), "code": code.trim() });
    entered(&site, locale, site.api.knock(carried, Address::of(["provided", "code"]), &body).await)
}

fn entered(site: &Site, locale: Locale, answer: Result<Value, Trouble>) -> Response {
    let token = match &answer {
        Ok(session) => session["token"].as_str().ok_or(&Trouble::Broken),
        Err(trouble) => Err(trouble),
    };
    match token {
        Ok(token) => {
            let cookies = [(SET_COOKIE, site.keeper.session(token)), (SET_COOKIE, site.keeper.back())];
            let (heading, said) = (say!(in locale; "console-entered"), say!(in locale; "console-entered-do"));
            let [session, back] = cookies.map(|cookie| axum::response::AppendHeaders([cookie]));
            (session, back, [(REFRESH, format!("0; url={ADDRESS}"))], page::plain(locale, &heading, &said))
                .into_response()
        }
        Err(Trouble::Refused(refused)) if refused.needs_code() => {
            let title = say!(in locale; "console-code-title");
            let mut response =
                page::unsigned(locale, "sign-in-code.html", &title, &context! { wrong => refused.said(locale) });
            *response.status_mut() = refused.status;
            response
        }
        Err(trouble) => kept_out(site, locale, trouble),
    }
}

/// The page on which they can try again, with the reason.
fn kept_out(site: &Site, locale: Locale, trouble: &Trouble) -> Response {
    let (status, said) = match trouble {
        Trouble::Refused(refused) => (refused.status, refused.said(locale).to_owned()),
        Trouble::SignIn => (StatusCode::UNAUTHORIZED, say!(in locale; "console-wrong-password")),
        other => {
            let (status, heading, said) = other.told(locale);
            (status, format!("{heading}: {said}"))
        }
    };
    let mut response = form(site, locale, "", &said);
    *response.status_mut() = status;
    response
}

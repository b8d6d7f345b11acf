//! Who has signed in: what they may, their password, their second factor.

use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::say;
use minijinja::context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::Address;
use crate::form::Form;
use crate::page::data;
use crate::sign_in::NOT_KEPT;
use crate::to;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// What the page shows besides who it is.
#[derive(Default)]
struct Shown {
    /// A second factor that is offered.
    offered: Value,
    /// What is wrong with what was sent, by its form: `password` or `second`.
    wrong: Option<(&'static str, String)>,
}

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(shown(&visit, Shown::default()).await)
}

async fn shown(visit: &Visit, Shown { offered, wrong }: Shown) -> Result<Response, Trouble> {
    let (locale, me) = (visit.locale(), visit.get(Address::of(["me"])).await?);
    let (form, wrong) = wrong.unzip();
    let changed = visit.asked("changed");
    let view = context! { me => data(&me), offered => data(&offered), form_wrong => form, wrong, changed };
    Ok(visit.show("me", "account.html", &say!(in locale; "account"), view))
}

/// Another password.
#[derive(Deserialize)]
pub(crate) struct NewPassword {
    form_token: String,
    old: String,
    new: String,
    again: String,
}

pub(crate) async fn set_password(visit: Visit, Form(given): Form<NewPassword>) -> Response {
    visit.told(password(&visit, given).await)
}

async fn password(visit: &Visit, given: NewPassword) -> Result<Response, Trouble> {
    let NewPassword { form_token, old, new, again } = given;
    visit.check(&form_token)?;
    let locale = visit.locale();
    if new != again {
        let wrong = Some(("password", say!(in locale; "account-not-again")));
        return shown(visit, Shown { wrong, ..Shown::default() }).await;
    }
    match visit.post(Address::of(["me", "password"]), &json!({ "old": old, "new": new })).await {
        Ok(done) => Ok(renewed(visit, &done, "/me?changed=password")),
        Err(Trouble::Refused(refused)) => {
            let wrong = Some(("password", refused.said(locale).to_owned()));
            shown(visit, Shown { wrong, ..Shown::default() }).await
        }
        Err(trouble) => Err(trouble),
    }
}

/// Leads on with the token by which the session goes on: that of before is good for nothing any more.
fn renewed(visit: &Visit, done: &Value, further: &str) -> Response {
    match done["token"].as_str() {
        Some(token) => ([NOT_KEPT], [(SET_COOKIE, visit.cookie(token))], to(further)).into_response(),
        None => to(further).into_response(),
    }
}

/// A form with nothing but its token.
#[derive(Deserialize)]
pub(crate) struct Bare {
    pub(super) form_token: String,
}

pub(crate) async fn offer_second(visit: Visit, Form(Bare { form_token }): Form<Bare>) -> Response {
    visit.told(offer(&visit, &form_token).await)
}

async fn offer(visit: &Visit, form_token: &str) -> Result<Response, Trouble> {
    visit.check(form_token)?;
    let offered = visit.post(Address::of(["me", "second-factor"]), &Value::Null).await?;
    shown(visit, Shown { offered, ..Shown::default() }).await
}

/// A second factor that is confirmed, or taken away.
#[derive(Deserialize)]
pub(crate) struct Second {
    form_token: String,
    password: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    code: String,
}

pub(crate) async fn set_second(visit: Visit, Form(given): Form<Second>) -> Response {
    visit.told(second(&visit, given).await)
}

async fn second(visit: &Visit, given: Second) -> Result<Response, Trouble> {
    let Second { form_token, password, secret, address, code } = given;
    visit.check(&form_token)?;
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let body = json!({ "password": password, "secret": said(&secret), "code": said(&code) });
    match visit.put(Address::of(["me", "second-factor"]), &body).await {
        Ok(done) => Ok(renewed(visit, &done, "/me?changed=second")),
        Err(Trouble::Refused(refused)) => {
            let offered = said(&secret).map_or(Value::Null, |secret| json!({ "secret": secret, "address": address }));
            let wrong = Some(("second", refused.said(visit.locale()).to_owned()));
            shown(visit, Shown { offered, wrong }).await
        }
        Err(trouble) => Err(trouble),
    }
}

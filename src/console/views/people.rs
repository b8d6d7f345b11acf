//! People, for whoever looks after them.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::say;
use minijinja::context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Bare;
use crate::api::Address;
use crate::form::Form;
use crate::listing::Filters;
use crate::page::data;
use crate::to;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// The roles that people can have, as the API names them.
const ROLES: [&str; 6] = ["viewer", "clerk", "operator", "admin", "security", "auditor"];

/// What the page shows besides the list.
#[derive(Default)]
struct Shown {
    /// Name and first password of somebody, told once.
    first: Option<(String, String)>,
    /// What is wrong with what was sent, and what was sent.
    wrong: Option<(String, Change)>,
}

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(shown(&visit, Shown::default()).await)
}

async fn shown(visit: &Visit, Shown { first, wrong }: Shown) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let list = Filters::none().whole(visit, Address::of(["people"]), "people").await?;
    let words = data(visit.get(Address::of(["words"])).await?);
    let (wrong, given) = wrong.map_or((None, Change::default()), |(wrong, given)| (Some(wrong), given));
    let (name, password) = first.unzip();
    let view = context! { list, words, roles => ROLES, name, password, wrong, given => data(given) };
    Ok(visit.show("people", "people.html", &say!(in locale; "people-page"), view))
}

/// What is to be known of somebody.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Change {
    #[serde(skip_serializing)]
    form_token: String,
    name: String,
    title: String,
    role: String,
    districts: String,
    departments: String,
    categories: String,
    channels: String,
    barred: Option<String>,
    /// That somebody is added.
    new: Option<String>,
}

impl Change {
    fn body(&self) -> Value {
        let codes = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        json!({
            "title": self.title.trim(),
            "role": self.role,
            "barred": self.barred.is_some(),
            "new": self.new.is_some(),
            "scope": {
                "districts": codes(&self.districts),
                "departments": codes(&self.departments),
                "categories": codes(&self.categories),
                "channels": codes(&self.channels),
            },
        })
    }
}

pub(crate) async fn put(visit: Visit, Form(change): Form<Change>) -> Response {
    visit.told(write(&visit, change).await)
}

async fn write(visit: &Visit, change: Change) -> Result<Response, Trouble> {
    visit.check(&change.form_token)?;
    let name = change.name.trim().to_owned();
    match visit.put(Address::of(["people", &name]), &change.body()).await {
        Ok(done) => told(visit, name, &done).await,
        Err(Trouble::Refused(refused)) => {
            let wrong = Some((refused.said(visit.locale()).to_owned(), change));
            shown(visit, Shown { wrong, ..Shown::default() }).await
        }
        Err(trouble) => Err(trouble),
    }
}

/// The first password, where there is one; else the list again.
async fn told(visit: &Visit, name: String, done: &Value) -> Result<Response, Trouble> {
    match done["first_password"].as_str() {
        Some(password) => {
            let first = Some((name, password.to_owned()));
            shown(visit, Shown { first, ..Shown::default() }).await
        }
        None => Ok(to("/people").into_response()),
    }
}

pub(crate) async fn reset(visit: Visit, Path(name): Path<String>, Form(form): Form<Bare>) -> Response {
    visit.told(given_again(&visit, name, &form.form_token).await)
}

async fn given_again(visit: &Visit, name: String, form_token: &str) -> Result<Response, Trouble> {
    visit.check(form_token)?;
    let done = visit.post(Address::of(["people", &name, "reset"]), &Value::Null).await?;
    told(visit, name, &done).await
}

pub(crate) async fn remove(visit: Visit, Path(name): Path<String>, Form(form): Form<Bare>) -> Response {
    visit.told(gone(&visit, &name, &form.form_token).await)
}

async fn gone(visit: &Visit, name: &str, form_token: &str) -> Result<Response, Trouble> {
    visit.check(form_token)?;
    visit.delete(Address::of(["people", name])).await?;
    Ok(to("/people").into_response())
}

//! One request of somebody who has signed in: who it is, what the address says, and how a page is made of what the API answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::Locale;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::{Value as View, context};
use serde_json::Value;

use crate::api::{Address, Download};
use crate::page;
use crate::sections::{Me, Role};
use crate::session::Session;
use crate::trouble::Trouble;
use crate::{ADDRESS, Site, to};

/// One request.
pub(crate) struct Visit {
    site: Arc<Site>,
    session: Session,
    me: Me,
    query: BTreeMap<String, String>,
    here: String,
}

/// Rows of a list, and where it goes on.
pub(crate) struct Rows {
    pub(crate) rows: Vec<Value>,
    pub(crate) next: Option<String>,
}

impl Rows {
    /// The rows of a member of an answer.
    pub(crate) fn of(mut answer: Value, member: &str) -> Self {
        let next = answer["next"].as_str().map(str::to_owned);
        let rows = match answer[member].take() {
            Value::Array(rows) => rows,
            _ => Vec::new(),
        };
        Self { rows, next }
    }
}

impl FromRequestParts<Arc<Site>> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        let session = Session::from_request_parts(parts, site).await?;
        let Query(query) =
            Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_other| Trouble::NotFound)?;
        let here = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
        // Below the console's address the path has lost it.
        let here = if here.starts_with(ADDRESS) { here.to_owned() } else { format!("{ADDRESS}{here}") };
        let query = query.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        let me = Me::of(&site.api, &session).await?;
        Ok(Self { site: Arc::clone(site), session, me, query, here })
    }
}

impl Visit {
    /// What the API tells.
    pub(crate) async fn get(&self, address: Address) -> Result<Value, Trouble> {
        self.site.api.get(&self.session, address).await
    }

    /// The cookie of the session that goes on with this token.
    pub(crate) fn cookie(&self, token: &str) -> String {
        self.site.keeper.session(token)
    }

    /// What comes of something that is done.
    pub(crate) async fn post(&self, address: Address, body: &Value) -> Result<Value, Trouble> {
        self.site.api.post(&self.session, address, body).await
    }

    /// Makes something what it is said to be.
    pub(crate) async fn put(&self, address: Address, body: &Value) -> Result<Value, Trouble> {
        self.site.api.put(&self.session, address, body).await
    }

    /// Takes something away.
    pub(crate) async fn delete(&self, address: Address) -> Result<Value, Trouble> {
        self.site.api.delete(&self.session, address).await
    }

    /// A file, as it comes.
    pub(crate) async fn file(&self, address: Address) -> Result<Download, Trouble> {
        self.site.api.file(&self.session, address).await
    }

    /// A list.
    pub(crate) async fn rows(&self, address: Address, member: &str) -> Result<Rows, Trouble> {
        Ok(Rows::of(self.get(address).await?, member))
    }

    /// What the API tells whoever has at least this role: nobody else asks, so that no refused look stands in the audit log.
    pub(crate) async fn if_allowed(&self, least: Role, address: Address) -> Result<Option<Value>, Trouble> {
        if !self.may(least) {
            return Ok(None);
        }
        match self.get(address).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Trouble::Refused(refused)) if refused.code == "forbidden" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// What others call this person.
    pub(crate) fn name(&self) -> &str {
        &self.me.name
    }

    /// Whether this person's role reaches that far.
    pub(crate) fn may(&self, least: Role) -> bool {
        self.me.may(least)
    }

    /// That a form comes from a page of this session.
    pub(crate) fn check(&self, form_token: &str) -> Result<(), Trouble> {
        self.session.check(form_token)
    }

    /// A member of the address.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// All members of the address.
    pub(crate) fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn locale(&self) -> Locale {
        self.session.locale()
    }

    /// Address of this page with what was asked, for whoever comes back to it.
    pub(crate) fn here(&self) -> &str {
        &self.here
    }

    pub(crate) fn zone(&self) -> TimeZone {
        (self.site.zone)()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.site.now)()
    }

    /// A page: its place among the sections, its template, its title, and what is on it. One whose list the API refused has the
    /// status of that.
    pub(crate) fn show(&self, place: &str, template: &str, title: &str, view: View) -> Response {
        let is_refused =
            view.get_attr("list").and_then(|list| list.get_attr("refused")).is_ok_and(|said| said.is_true());
        let mut page = page::show(self, (place, template, title), view);
        if is_refused && page.status().is_success() {
            *page.status_mut() = StatusCode::BAD_REQUEST;
        }
        page
    }

    /// The page, or the one that says why there is none.
    pub(crate) fn told(&self, page: Result<Response, Trouble>) -> Response {
        page.unwrap_or_else(|trouble| match trouble {
            Trouble::SignIn => trouble.page(self.locale()),
            // What has to be done before anything else is done there.
            Trouble::Refused(refused) if refused.is_of_oneself() => to("/me").into_response(),
            other => self.without(&other),
        })
    }

    fn without(&self, trouble: &Trouble) -> Response {
        let (status, heading, said) = trouble.told(self.locale());
        let mut page = self.show("", "plain.html", &heading, context! { heading => &heading, said });
        *page.status_mut() = status;
        page
    }
}

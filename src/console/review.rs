//! Doubtful merges: two complaints side by side, answered by keys. The next pairs are on the page already; what was answered goes to the
//! gateway behind the eyes of whoever answers, one after the other, and says when it could not.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::say;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Site;
use crate::api::Address;
use crate::page;
use crate::session::Session;
use crate::to;
use crate::trouble::Trouble;

/// Pairs of a page.
const PAIRS: u8 = 20;

/// Where the list goes on.
#[derive(Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    after: String,
}

#[derive(Serialize)]
struct View {
    pairs: Vec<Value>,
    next: Option<String>,
    english: bool,
}

/// An answer.
#[derive(Deserialize)]
pub(crate) struct Verdict {
    form_token: String,
    same: bool,
    /// Whether a script sent it, which stays on its page.
    #[serde(default)]
    quiet: bool,
}

pub(crate) async fn page(
    State(site): State<Arc<Site>>,
    session: Session,
    Query(From { after }): Query<From>,
) -> Result<Response, Trouble> {
    let address = Address::of(["reviews"]).with("limit", Some(PAIRS)).with("after", Some(&after));
    let mut list = match site.api.get(&session, address).await {
        Ok(list) => list,
        Err(trouble) => return Ok(trouble.page(session.locale())),
    };
    let next = list["next"].as_str().map(str::to_owned);
    let pairs = match list["reviews"].take() {
        Value::Array(pairs) => pairs,
        _ => Vec::new(),
    };
    let view = View { pairs, next, english: session.locale().pick(false, true) };
    let title = say!(in session.locale(); "console-review");
    Ok(page::show(&session, &(site.zone)(), ("review", "review.html", &title), &view))
}

pub(crate) async fn answer(
    State(site): State<Arc<Site>>,
    session: Session,
    Path(id): Path<String>,
    Form(verdict): Form<Verdict>,
) -> Result<Response, Trouble> {
    session.check(&verdict.form_token)?;
    let said = site.api.post(&session, Address::of(["reviews", &id]), &json!({ "same": verdict.same })).await;
    match said {
        Ok(_) if verdict.quiet => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(_) => Ok(to("/review").into_response()),
        Err(Trouble::Refused(refused)) if verdict.quiet => {
            Ok((refused.status, refused.said(session.locale()).to_owned()).into_response())
        }
        Err(trouble) => Ok(trouble.page(session.locale())),
    }
}

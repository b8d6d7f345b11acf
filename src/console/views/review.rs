//! Doubtful merges: two complaints side by side, answered by keys or by buttons. The next pairs are on the page already; what was
//! answered goes to the gateway behind the eyes of whoever answers, one after the other, and says when it could not.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::say;
use minijinja::context;
use serde::Deserialize;
use serde_json::json;

use crate::api::Address;
use crate::form::Form;
use crate::listing::Filters;
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::{Rows, Visit};

/// Pairs of a page.
const PAIRS: u8 = 12;

/// An answer that a script sends, which stays on its page.
#[derive(Deserialize)]
pub(crate) struct Verdict {
    form_token: String,
    same: bool,
}

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(pairs(&visit).await)
}

async fn pairs(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let address = Address::of(["reviews"]);
    let asked = address.clone().with("limit", Some(PAIRS)).with("after", visit.asked("after"));
    let Rows { rows, next } = visit.rows(asked, "reviews").await?;
    let pairs = data(rows);
    let list = Filters::none().around(visit, &address, &pairs, next.clone());
    let view = context! { pairs, next, list };
    Ok(visit.show("review", "review.html", &say!(in locale; "console-review"), view))
}

pub(crate) async fn answer(visit: Visit, Path(id): Path<String>, Form(verdict): Form<Verdict>) -> Response {
    let said = async {
        visit.check(&verdict.form_token)?;
        visit.post(Address::of(["reviews", &id]), &json!({ "same": verdict.same })).await
    };
    match said.await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(Trouble::Refused(refused)) => (refused.status, refused.said(visit.locale()).to_owned()).into_response(),
        Err(trouble) => trouble.page(visit.locale()),
    }
}

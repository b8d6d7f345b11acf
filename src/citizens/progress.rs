//! What became of a complaint, and what its citizen says of that. Both numbers come in the body of a form, never in an address: addresses stay in
//! the memory of a browser and in the logs of proxies. The receipt number alone, which stands in the address, tells nothing.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use huiliu_domain::catalogue::say;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{NoAnswer, address, path};
use crate::visitor::Visitor;
use crate::{Site, page};

/// Longest receipt number that is shown again, in characters.
const MAX_SHOWN_CHARS: usize = 64;

/// The two numbers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TwoNumbers {
    receipt_number: String,
    code: String,
}

/// What somebody says of a result.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rating {
    receipt_number: String,
    code: String,
    rating: String,
    words: String,
}

pub(crate) async fn ask(State(site): State<Arc<Site>>, visitor: Visitor) -> Response {
    shown(&site, (&visitor, StatusCode::OK), &Value::Null, ("", "", ""))
}

pub(crate) async fn ask_for(State(site): State<Arc<Site>>, visitor: Visitor, Path(receipt): Path<String>) -> Response {
    let receipt: String = receipt.chars().take(MAX_SHOWN_CHARS).collect();
    shown(&site, (&visitor, StatusCode::OK), &Value::Null, (&receipt, "", ""))
}

pub(crate) async fn look(State(site): State<Arc<Site>>, visitor: Visitor, Form(numbers): Form<TwoNumbers>) -> Response {
    looked(&site, &visitor, (&numbers.receipt_number, &numbers.code), "").await
}

pub(crate) async fn rate(State(site): State<Arc<Site>>, visitor: Visitor, Form(rating): Form<Rating>) -> Response {
    let numbers = (rating.receipt_number.as_str(), rating.code.as_str());
    match sent(&site, &visitor, &rating).await {
        Ok(filed) => {
            // What is said of a matter that is not done is kept, and counts for nothing: whoever said it is told so.
            let said = match filed["counts"] == false && filed["state"] != "repeated" {
                true => say!(in visitor.locale; "citizens-rated-early"),
                false => say!(in visitor.locale; "citizens-rated"),
            };
            looked(&site, &visitor, numbers, &said).await
        }
        Err(NoAnswer::NotFound) => wrong(&site, &visitor, numbers.0),
        Err(reason) => page::trouble(&visitor, &(site.zone)(), &reason),
    }
}

/// Hands a rating in, by the form that is for everybody.
async fn sent(site: &Site, visitor: &Visitor, rating: &Rating) -> Result<Value, NoAnswer> {
    let listed = site.api.get(visitor, address(["forms"])).await?;
    let forms = listed["forms"].as_array().into_iter().flatten();
    let usual = forms.filter(|form| form["for_staff"] == false).find_map(|form| form["id"].as_str());
    let channel = usual.ok_or(NoAnswer::NotFound)?;
    let Rating { receipt_number, code, rating, words } = rating;
    let document = json!({ "receipt_number": receipt_number, "code": code, "rating": rating, "words": words });
    site.api.post(visitor, address(["forms", channel, "ratings"]), &document).await
}

async fn looked(site: &Site, visitor: &Visitor, (receipt, code): (&str, &str), said: &str) -> Response {
    let asked = json!({ "receipt_number": receipt, "code": code });
    match site.api.post(visitor, address(["progress"]), &asked).await {
        Ok(progress) => {
            let receipt = progress["receipt_number"].as_str().unwrap_or_default().to_owned();
            let photos: Vec<&str> = progress["photos"].as_array().into_iter().flatten().filter_map(photo).collect();
            let view = json!({
                "progress": progress, "photos": photos, "receipt": receipt, "code": code, "said": said, "wrong": "",
                "at": path(["q", &receipt]),
            });
            let title = say!(in visitor.locale; "citizens-progress");
            page::show((visitor, StatusCode::OK), &(site.zone)(), ("progress.html", &title), &view)
        }
        // A number that nobody has and a code that is wrong are told in the same words.
        Err(NoAnswer::NotFound) => wrong(site, visitor, receipt),
        Err(reason) => page::trouble(visitor, &(site.zone)(), &reason),
    }
}

/// The path of a photo: the page shows pictures of its own place only, wherever handlers reach it.
fn photo(address: &Value) -> Option<&str> {
    let address = address.as_str()?;
    address.get(address.find("/h/photos/")?..)
}

fn wrong(site: &Site, visitor: &Visitor, receipt: &str) -> Response {
    let said = say!(in visitor.locale; "citizens-wrong");
    let receipt: String = receipt.chars().take(MAX_SHOWN_CHARS).collect();
    shown(site, (visitor, StatusCode::NOT_FOUND), &Value::Null, (&receipt, "", &said))
}

fn shown(
    site: &Site,
    (visitor, status): (&Visitor, StatusCode),
    progress: &Value,
    (receipt, code, wrong): (&str, &str, &str),
) -> Response {
    let view = json!({ "progress": progress, "photos": [], "receipt": receipt, "code": code, "said": "", "wrong": wrong, "at": "/q" });
    let title = say!(in visitor.locale; "citizens-progress");
    page::show((visitor, status), &(site.zone)(), ("progress.html", &title), &view)
}

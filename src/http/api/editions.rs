//! Reports that were made at their set times.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::shown::PeopleFile;
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents;
use crate::http::extract::{Path, Query, page};
use crate::http::problem::Problem;
use crate::report::Format;
use crate::store::{Edition, Page};

/// Which editions are wanted.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Name of a report: only its editions.
    #[schemars(example = &"units")]
    report: Option<String>,
}

/// An edition by its number.
#[derive(Deserialize, JsonSchema)]
pub(super) struct EditionPath {
    /// Its number.
    #[schemars(range(min = 1))]
    #[schemars(example = 12)]
    id: i64,
}

/// In which form an edition is wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FormQuery {
    /// One of its formats.
    #[schemars(extend("enum" = Format::ALL.map(|(_, word)| word)))]
    #[schemars(example = &"html")]
    format: String,
}

/// Editions.
#[derive(Serialize, JsonSchema)]
pub(super) struct EditionPage {
    /// The newest first.
    editions: Vec<EditionDocument>,
    /// `after` of the next page; null on the last.
    next: Option<String>,
}

/// A report that was made at its set time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edition")]
struct EditionDocument {
    /// Its number.
    #[schemars(example = 12)]
    id: i64,
    /// Name of the report.
    #[schemars(example = &"units")]
    report: String,
    /// First day.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// Last day.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// When it was made.
    made_at: Timestamp,
    /// The forms in which it is kept.
    #[schemars(example = ["html", "xlsx"])]
    formats: Vec<String>,
    /// Where it was to go.
    copies: Vec<CopyDocument>,
}

/// Where an edition was to go.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EditionCopy")]
struct CopyDocument {
    /// Name of the destination.
    destination: String,
    /// When it went there; null: it waits.
    sent_at: Option<Timestamp>,
}

impl From<Edition> for EditionDocument {
    fn from(edition: Edition) -> Self {
        let copy = |(destination, sent_at)| CopyDocument { destination, sent_at };
        let Edition { id, report, from, to, made_at, formats, copies } = edition;
        Self { id, report, from, to, made_at, formats, copies: copies.into_iter().map(copy).collect() }
    }
}

pub(super) async fn list(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<EditionQuery>,
) -> Answer<EditionPage> {
    let Page { after, limit } = page(query.after.as_deref(), query.limit)?;
    let more = Page { after, limit: limit + 1 };
    let mut found = site.reader.ask(move |store| store.editions(query.report.as_deref(), more)).await?;
    let next = documents::next(&mut found, limit, |edition| edition.id);
    Ok(Json(EditionPage { editions: found.into_iter().map(Into::into).collect(), next }))
}

pub(super) async fn one(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(EditionPath { id }): Path<EditionPath>,
    Query(query): Query<FormQuery>,
) -> Result<PeopleFile, Problem> {
    let format = Format::from_word(&query.format)
        .ok_or_else(|| Problem::invalid(&format!("there is no format {}", query.format)))?;
    let found = site.reader.ask(move |store| store.edition(id)).await?;
    let (edition, files) = found.ok_or_else(Problem::not_found)?;
    let file = files.into_iter().find(|file| file.format == format.word()).ok_or_else(Problem::not_found)?;
    let looked = site.entry(AuditAction::LookReport, caller.actor()).about("report", [&edition.report]);
    site.note(looked.about("edition", [id])).await?;
    Ok(PeopleFile { format, name: file.name, content: file.content })
}

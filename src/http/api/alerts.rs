//! Surges and warnings that were told.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, AlertDocument, AlertPage};
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::store::Page;
use crate::ticket::AlertKind;
use crate::watch::MAX_TICKETS_TOLD;

/// A part of a listing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertQuery {
    /// surge or warning.
    #[schemars(extend("enum" = AlertKind::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"surge")]
    kind: String,
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

pub(super) async fn alerts(
    Viewer(_): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<AlertQuery>,
) -> Answer<AlertPage> {
    let Page { after, limit } = page(query.after.as_deref(), query.limit)?;
    let Some(kind) = AlertKind::from_name(&query.kind) else {
        return Err(Problem::invalid("kind is surge or warning"));
    };
    let more = Page { after, limit: limit + 1 };
    let rules = site.rules();
    let found = site.reader.ask(move |store| {
        let mut views = store.alerts(kind, more)?;
        let next = documents::next(&mut views, limit, |view| view.id);
        let mut alerts = Vec::with_capacity(views.len());
        for view in views {
            let mut keys = store.tickets_of_alert(view.id, MAX_TICKETS_TOLD)?;
            keys.push(view.ticket);
            let tickets = store.tickets(&keys, 0)?;
            alerts.push(AlertDocument::of(&view, &tickets, &rules));
        }
        Ok((alerts, next))
    });
    let (alerts, next) = found.await?;
    Ok(Json(AlertPage { alerts, next }))
}

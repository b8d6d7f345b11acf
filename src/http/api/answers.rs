//! The ledger per citizen.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, AnswerLedgerDocument, UnansweredDocument, UnansweredPage};
use crate::http::extract::{Nothing, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::mapping::Off;
use crate::store::{Listed, Unanswered};

/// A part of the list, for one reason or for all.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnansweredQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only for this reason.
    #[schemars(extend("enum" = documents::reasons()))]
    reason: Option<String>,
}

pub(super) async fn ledger(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<AnswerLedgerDocument> {
    let pack = site.supervisor.pack();
    let sends = move |channel: &str| Off::of(&pack.channels, channel).is_none();
    let ledger = site.reader.ask(move |store| store.answer_ledger(&sends)).await?;
    Ok(Json(AnswerLedgerDocument::from(&ledger)))
}

pub(super) async fn unanswered(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<UnansweredQuery>,
) -> Answer<UnansweredPage> {
    let reason = match &query.reason {
        None => None,
        Some(name) => {
            Some(Unanswered::from_name(name).ok_or_else(|| Problem::invalid(&format!("there is no reason {name}")))?)
        }
    };
    let part = page(query.after.as_deref(), query.limit)?;
    let pack = site.supervisor.pack();
    let is_on = |channel: &&String| Off::of(&pack.channels, channel).is_none();
    let sending: Vec<String> = pack.channels.keys().filter(is_on).cloned().collect();
    let sight = Sight::of(&site, &caller);
    let listed = site.reader.ask(move |store| {
        let sends = |channel: &str| sending.iter().any(|known| known == channel);
        sight::listed(
            store,
            (&sight, &Listed::Unanswered(reason, &sending)),
            part,
            |store, page| store.unanswered(reason, &sends, page),
            |view| view.complaint.0,
            |store, found| sight.seen(store, found, |view| &view.ticket_id),
        )
    });
    let (found, next) = listed.await?;
    let channels = site.supervisor.channels();
    let running: BTreeSet<&str> = channels.iter().map(|running| running.channel.id.as_str()).collect();
    let document = |view| {
        let runs = |view: &crate::store::UnansweredView| running.contains(view.channel.as_str());
        let channel_runs = runs(&view);
        UnansweredDocument::of(view, channel_runs)
    };
    Ok(Json(UnansweredPage { unanswered: found.into_iter().map(document).collect(), next }))
}

//! Surges and warnings that were told, and which tags are most spoken of.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{AlertDocument, AlertPage, RankedTag, TagRanking};
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::TicketKey;
use crate::store::{AlertView, Listed, Store, StoreError, TicketDetail};
use crate::ticket::AlertKind;
use crate::watch::{MAX_TICKETS_TOLD, Subject, rank};

/// Most days of a ranking.
const MAX_DAYS: i32 = 366;

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
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<AlertQuery>,
) -> Answer<AlertPage> {
    let part = page(query.after.as_deref(), query.limit)?;
    let Some(kind) = AlertKind::from_name(&query.kind) else {
        return Err(Problem::invalid("kind is surge or warning"));
    };
    let (rules, sight) = (site.rules(), Sight::of(&site, &caller));
    let found = site.reader.ask(move |store| {
        sight::listed(
            store,
            (&sight, &Listed::Alerts(kind)),
            part,
            |store, page| {
                let alerts = store.alerts(kind, page)?.into_iter();
                Ok(alerts.map(|view| (view, Vec::new())).collect())
            },
            |(view, _)| view.id,
            |store, alerts| with_tickets(store, &sight, alerts.into_iter().map(|(view, _)| view)),
        )
    });
    let (found, next) = found.await?;
    let alerts = found.iter().map(|(view, tickets)| AlertDocument::of(view, tickets, &rules)).collect();
    Ok(Json(AlertPage { alerts, next }))
}

/// Alerts with the tickets behind each, and the one of which it was told, as far as whoever asks may know of them: all of these are read
/// together. An alert of which all tickets are hidden tells of nothing else.
fn with_tickets(
    store: &mut dyn Store,
    sight: &Sight,
    alerts: impl Iterator<Item = AlertView>,
) -> Result<Vec<(AlertView, Vec<TicketDetail>)>, StoreError> {
    let mut behind = Vec::new();
    for view in alerts {
        let mut keys = store.tickets_of_alert(view.id, MAX_TICKETS_TOLD)?;
        keys.push(view.ticket);
        behind.push((view, keys));
    }
    let all: BTreeSet<TicketKey> = behind.iter().flat_map(|(_, keys)| keys).copied().collect();
    let hidden = sight.hidden(store, all.iter().copied())?;
    let seen: Vec<TicketKey> = all.difference(&hidden).copied().collect();
    let tickets = store.tickets(&seen, 0)?.into_iter().map(|detail| (detail.key, detail));
    let tickets: HashMap<TicketKey, TicketDetail> = tickets.collect();
    behind.retain(|(_, keys)| keys.iter().any(|key| !hidden.contains(key)));
    let with = |(view, keys): (AlertView, Vec<TicketKey>)| {
        let own = keys.iter().filter_map(|key| tickets.get(key).cloned()).collect();
        (view, own)
    };
    Ok(behind.into_iter().map(with).collect())
}

/// Of what a ranking is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RankingQuery {
    /// Its first day, by the city's days.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// Its last day; included. At most 366 days.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// Code of a division: only of what lies in it.
    #[schemars(length(min = 1, max = 40))]
    district: Option<String>,
}

pub(super) async fn ranking(
    Viewer(_): Viewer,
    State(site): State<Arc<Site>>,
    Query(RankingQuery { from, to, district }): Query<RankingQuery>,
) -> Answer<TagRanking> {
    let rules = site.rules();
    let days = from.until(to).map_or(-1, |span| span.get_days()).saturating_add(1);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(Problem::invalid(&format!("from and to are 1 to {MAX_DAYS} days")));
    }
    let beginning = |day: Date| {
        let midnight = day.to_zoned(rules.numbering.zone.clone()).ok()?.timestamp();
        // What comes at midnight is of the day that begins: spans begin after their first moment.
        midnight.checked_sub(1.millisecond()).ok()
    };
    let edge = |days: i32| from.checked_add(days.days()).ok().and_then(beginning);
    let (Some(before), Some(first), Some(last)) = (edge(-days), edge(0), edge(days)) else {
        return Err(Problem::invalid("there are no such days"));
    };
    let area = district.clone().unwrap_or_default();
    let tags = Subject::Tag(String::new()).key();
    let counted = site.reader.ask(move |store| {
        let mut count = |span: (Timestamp, Timestamp)| store.count_each((&tags, &area), span);
        Ok((count((first, last))?, count((before, first))?, tags))
    });
    let (counts, before, tags) = counted.await?;
    let codes = |counts: std::collections::BTreeMap<String, u64>| {
        counts
            .into_iter()
            .filter_map(|(subject, count)| Some((subject.strip_prefix(&tags)?.to_owned(), count)))
            .collect()
    };
    let ranked = rank(&codes(counts), &codes(before));
    let tags = ranked.into_iter().map(|row| RankedTag::of(row, &rules.names)).collect();
    Ok(Json(TagRanking { from, to, tags }))
}

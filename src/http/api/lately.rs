//! What came and went in the last hours: the course of a day.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::store::Lately;

/// How far back it is counted.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// From when on is counted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LatelyQuery {
    /// The first moment, at most seven days ago.
    #[schemars(example = &"2026-11-27T00:00:00+08:00")]
    since: Timestamp,
}

/// What came and went since a moment, of what the caller may know of.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Lately")]
pub(super) struct LatelyDocument {
    /// The first moment. Hours are whole ones from then on, the first is 0.
    since: Timestamp,
    /// Complaints that came, by hour and channel; without what is none.
    came: Vec<CameDocument>,
    /// Citizens that were answered, by hour and channel.
    answered: Vec<AnsweredDocument>,
    /// Events of tickets that were published to platforms, by hour.
    published: Vec<PublishedDocument>,
    /// Whether more came than is counted at once: then the newest are counted.
    cut: bool,
}

/// Complaints of an hour and a channel.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CameLately")]
pub(super) struct CameDocument {
    /// The hour.
    #[schemars(example = 8)]
    hour: u32,
    /// Id of the channel.
    #[schemars(example = &"hotline")]
    channel: String,
    /// Complaints that came.
    #[schemars(example = 31)]
    complaints: u64,
    /// Those of them that joined a ticket that was there.
    #[schemars(example = 4)]
    joined: u64,
}

/// Answers of an hour and a channel.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AnsweredLately")]
pub(super) struct AnsweredDocument {
    /// The hour.
    #[schemars(example = 8)]
    hour: u32,
    /// Id of the channel.
    #[schemars(example = &"hotline")]
    channel: String,
    /// Citizens.
    #[schemars(example = 12)]
    complaints: u64,
}

/// Events of an hour.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PublishedLately")]
pub(super) struct PublishedDocument {
    /// The hour.
    #[schemars(example = 8)]
    hour: u32,
    /// Events.
    #[schemars(example = 58)]
    events: u64,
}

impl LatelyDocument {
    fn of(since: Timestamp, lately: Lately) -> Self {
        let Lately { came, answered, left, cut } = lately;
        let came = came.into_iter().map(|came| CameDocument {
            hour: came.hour,
            channel: came.channel,
            complaints: came.complaints,
            joined: came.joined,
        });
        let answered = answered.into_iter();
        Self {
            since,
            came: came.collect(),
            answered: answered
                .map(|(hour, channel, complaints)| AnsweredDocument { hour, channel, complaints })
                .collect(),
            published: left.into_iter().map(|(hour, events)| PublishedDocument { hour, events }).collect(),
            cut,
        }
    }
}

pub(super) async fn lately(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(LatelyQuery { since }): Query<LatelyQuery>,
) -> Answer<LatelyDocument> {
    if site.clock.now().duration_since(since) > MAX_AGE {
        return Err(Problem::invalid("since must be at most seven days ago"));
    }
    let reach = Sight::of(&site, &caller).reach();
    let lately = site.reader.ask(move |store| store.lately(since, &reach)).await?;
    Ok(Json(LatelyDocument::of(since, lately)))
}

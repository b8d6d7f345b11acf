//! Topics: matters that come back, what was decided on them, and when they are looked at again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::decisions::asked;
use crate::audit::AuditAction;
use crate::desk::{Acted, Action};
use crate::http::Site;
use crate::http::caller::{Caller, Operator, Viewer};
use crate::http::documents::{RankedTopic, TopicDocument, TopicHead, TopicPage, TopicRanking};
use crate::http::extract::{self, Nothing, Path, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::TopicKey;
use crate::store::{Listed, Store, TopicRow};
use crate::ticket::{Every, TopicState};

/// Longest title, and longest words of a step, in characters.
const MAX_TITLE_CHARS: usize = 100;
const MAX_WORDS_CHARS: usize = 2_000;
/// Most tickets that one call gathers, and most that a topic shows.
const MAX_TICKETS: usize = 200;
/// Most days of a ranking, and days where nothing is said.
const MAX_DAYS: u32 = 366;
const DAYS: u32 = 30;
/// Most topics of a ranking.
const MAX_RANKED: usize = 100;

/// A topic by its number.
#[derive(Deserialize, JsonSchema)]
pub(super) struct TopicPath {
    /// Number.
    #[schemars(example = 7)]
    id: i64,
}

/// A part of a listing.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicQuery {
    /// Only topics in this state.
    #[schemars(extend("enum" = TopicState::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"open")]
    state: Option<String>,
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

/// Of what a ranking is.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicRankingQuery {
    /// The last so many days; default 30.
    #[schemars(range(min = 1, max = 366))]
    #[schemars(example = 30)]
    days: Option<u32>,
}

/// A topic that a person makes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTopicBody {
    /// Its title, 1 to 100 characters: no name and no number of a citizen.
    #[schemars(length(min = 1, max = 100))]
    #[schemars(example = &"外国语学校门口公交班次")]
    title: String,
    /// Ids of its tickets, 1 to 200.
    #[schemars(length(min = 1, max = 200))]
    tickets: Vec<String>,
}

/// More tickets of a topic.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicTicketsBody {
    /// Ids of tickets, 1 to 200.
    #[schemars(length(min = 1, max = 200))]
    tickets: Vec<String>,
}

/// What was decided.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicDecisionBody {
    /// The state that the topic comes into.
    #[schemars(extend("enum" = TopicState::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"decided")]
    state: String,
    /// What was decided, 1 to 2,000 characters.
    #[schemars(length(min = 1, max = 2_000))]
    #[schemars(example = &"九月起放学时段加开两班")]
    words: String,
}

/// When a topic is looked at again, or what was found.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicFollowUpBody {
    /// How often it is looked at from now on; null: as before.
    #[schemars(extend("enum" = ["weekly", "monthly", "quarterly", "half_yearly", "yearly", null]))]
    #[schemars(example = &"monthly")]
    every: Option<String>,
    /// What was found, at most 2,000 characters.
    #[schemars(length(max = 2_000))]
    #[schemars(example = &"加开的两班坐满，没有新的反映")]
    words: Option<String>,
}

/// It is done.
#[derive(Serialize, JsonSchema)]
pub(super) struct TopicDone {
    /// Number of the topic.
    #[schemars(example = 7)]
    id: i64,
    /// Ids of the tickets that came to it.
    tickets: Vec<String>,
}

pub(super) async fn list(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<TopicQuery>,
) -> Answer<TopicPage> {
    let part = page(query.after.as_deref(), query.limit)?;
    let state = query.state.as_deref().map(state).transpose()?;
    let (rules, sight) = (site.rules(), Sight::of(&site, &caller));
    let found = site.reader.ask(move |store| {
        let see = |store: &mut dyn Store, mut rows: Vec<TopicRow>| {
            sight.keep_topics(store, &mut rows)?;
            Ok(rows)
        };
        let list = (&sight, &Listed::Topics(state));
        let (rows, next) =
            sight::listed(store, list, part, |store, page| store.topics(state, page), |row| row.id.0, see)?;
        let mut heads = Vec::with_capacity(rows.len());
        for row in &rows {
            heads.push(TopicHead::of(row, store.count_topic(row.id, &sight.without())?, &rules));
        }
        Ok((heads, next))
    });
    let (topics, next) = found.await?;
    Ok(Json(TopicPage { topics, next }))
}

pub(super) async fn one(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(TopicPath { id }): Path<TopicPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<TopicDocument> {
    let (rules, sight) = (site.rules(), Sight::of(&site, &caller));
    let found = site.reader.ask(move |store| {
        if !sight.sees_topic(store, TopicKey(id))? {
            return Ok(None);
        }
        let Some(row) = store.topic(TopicKey(id))? else { return Ok(None) };
        let keys = store.tickets_of_topic(row.id, MAX_TICKETS)?;
        let mut tickets = store.tickets(&keys, 0)?;
        sight.keep(store, &mut tickets)?;
        let head = TopicHead::of(&row, store.count_topic(row.id, &sight.without())?, &rules);
        Ok(Some(TopicDocument::of(&row, &tickets, head)))
    });
    let found = found.await?;
    let entry = site.entry(AuditAction::LookTopic, caller.actor());
    let Some(topic) = found else {
        site.note(entry.refused()).await?;
        return Err(Problem::new(RefusalCode::NotFound, "没有这个专题", "there is no such topic"));
    };
    site.note(entry.about("topic", [id.to_string()])).await?;
    Ok(Json(topic))
}

pub(super) async fn ranking(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<TopicRankingQuery>,
) -> Answer<TopicRanking> {
    let days = query.days.unwrap_or(DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(Problem::invalid(&format!("days is 1 to {MAX_DAYS}")));
    }
    let until = site.clock.now();
    let back = |times: i64| {
        until.checked_sub(SignedDuration::from_hours(24 * i64::from(days) * times)).unwrap_or(Timestamp::MIN)
    };
    let (from, before, sight) = (back(1), back(2), Sight::of(&site, &caller));
    let found = site.reader.ask(move |store| {
        let mut topics = Vec::new();
        for (place, counted) in (1..).zip(store.rank_topics((before, from, until), &sight.without(), MAX_RANKED)?) {
            topics.extend(store.topic(counted.topic)?.map(|row| RankedTopic::of(place, counted, &row)));
        }
        Ok(topics)
    });
    Ok(Json(TopicRanking { days, topics: found.await? }))
}

pub(super) async fn make(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(NewTopicBody { title, tickets }): extract::Json<NewTopicBody>,
) -> Answer<TopicDone> {
    let title = said("title", &title, MAX_TITLE_CHARS)?;
    few(&tickets)?;
    act(&site, &caller, Action::NewTopic { title, tickets }).await
}

pub(super) async fn add(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TopicPath { id }): Path<TopicPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(TopicTicketsBody { tickets }): extract::Json<TopicTicketsBody>,
) -> Answer<TopicDone> {
    few(&tickets)?;
    act(&site, &caller, Action::AddToTopic { topic: TopicKey(id), tickets }).await
}

pub(super) async fn decide(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TopicPath { id }): Path<TopicPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(body): extract::Json<TopicDecisionBody>,
) -> Answer<TopicDone> {
    let words = said("words", &body.words, MAX_WORDS_CHARS)?;
    act(&site, &caller, Action::DecideTopic { topic: TopicKey(id), state: state(&body.state)?, words }).await
}

pub(super) async fn follow_up(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(TopicPath { id }): Path<TopicPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(TopicFollowUpBody { every, words }): extract::Json<TopicFollowUpBody>,
) -> Answer<TopicDone> {
    let rhythm = |name: &str| {
        Every::from_name(name)
            .ok_or_else(|| Problem::invalid("every is weekly, monthly, quarterly, half_yearly or yearly"))
    };
    let every = every.as_deref().map(rhythm).transpose()?;
    let words = words.as_deref().map(|words| said("words", words, MAX_WORDS_CHARS)).transpose()?;
    if every.is_none() && words.is_none() {
        return Err(Problem::invalid("say how often the topic is looked at (every), or what was found (words)"));
    }
    act(&site, &caller, Action::FollowTopic { topic: TopicKey(id), every, words }).await
}

fn state(name: &str) -> Result<TopicState, Problem> {
    TopicState::from_name(name)
        .ok_or_else(|| Problem::invalid("state is open, consulted, decided, adopted, rejected or closed"))
}

/// Words without blanks around them, if there are some and not too many.
fn said(what: &str, words: &str, most: usize) -> Result<String, Problem> {
    let words = words.trim();
    match (1..=most).contains(&words.chars().count()) {
        true => Ok(words.to_owned()),
        false => Err(Problem::invalid(&format!("{what} has 1 to {most} characters"))),
    }
}

fn few(tickets: &[String]) -> Result<(), Problem> {
    match (1..=MAX_TICKETS).contains(&tickets.len()) {
        true => Ok(()),
        false => Err(Problem::invalid(&format!("tickets has 1 to {MAX_TICKETS} ids"))),
    }
}

async fn act(site: &Site, caller: &Caller, action: Action) -> Answer<TopicDone> {
    let action = asked(site, caller, action).await?;
    match site.desk.act(action, caller.actor(), &site.rules()).await? {
        Acted::Topic { topic, tickets } => Ok(Json(TopicDone { id: topic.0, tickets })),
        Acted::Unknown(zh, en) => Err(Problem::new(RefusalCode::NotFound, zh, en)),
        Acted::Refused(zh, en) => Err(Problem::new(RefusalCode::Conflict, zh, en)),
        // No action on topics is answered so.
        Acted::Done(_) | Acted::Told { .. } | Acted::Erased(_) => Ok(Json(TopicDone { id: 0, tickets: Vec::new() })),
    }
}

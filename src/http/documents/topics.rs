//! Topics, as people read them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::pack::Rules;
use crate::store::{TicketDetail, TopicCount, TopicRow};
use crate::ticket::{Every, TopicState};
use crate::watch::Trend;

/// Topics.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TopicPage {
    /// The newest first.
    pub topics: Vec<TopicHead>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

/// A topic without what was done with it.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TopicHead {
    /// Number.
    #[schemars(example = 7)]
    id: i64,
    /// Title.
    #[schemars(example = &"公交班次·沙头角街道")]
    title: String,
    /// Code of the rule that gathered it; null where a person did.
    #[schemars(example = &"bus")]
    rule: Option<String>,
    /// Code of the division of the rule, or the beginning that the codes of its parts have; null: the whole city, or none.
    district: Option<String>,
    /// Name of the division, where it is known.
    district_name: Option<String>,
    /// Where it stands.
    #[schemars(extend("enum" = TopicState::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"decided")]
    state: &'static str,
    /// How many tickets it has.
    #[schemars(example = 12)]
    ticket_count: u64,
    /// How often it is looked at again; null: never.
    #[schemars(extend("enum" = ["weekly", "monthly", "quarterly", "half_yearly", "yearly", null]))]
    #[schemars(example = &"monthly")]
    every: Option<&'static str>,
    /// When it is looked at again next.
    follow_up_at: Option<Timestamp>,
    /// When it was made.
    made_at: Timestamp,
    /// When it last came into a state.
    changed_at: Timestamp,
}

impl TopicHead {
    /// A topic, with how many tickets of it are shown.
    pub(in crate::http) fn of(row: &TopicRow, ticket_count: u64, rules: &Rules) -> Self {
        let topic = &row.topic;
        let district = (!topic.area.is_empty()).then(|| topic.area.clone());
        Self {
            id: row.id.0,
            title: topic.title.clone(),
            rule: topic.rule.clone(),
            district_name: district.as_deref().and_then(|code| rules.names.area(code)).map(str::to_owned),
            district,
            state: topic.state.name(),
            ticket_count,
            every: topic.every.map(Every::name),
            follow_up_at: topic.follow_up_at,
            made_at: topic.made_at,
            changed_at: topic.changed_at,
        }
    }
}

/// A topic with what was done with it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Topic")]
pub(in crate::http) struct TopicDocument {
    /// The topic.
    topic: TopicHead,
    /// What was done with it, in order.
    steps: Vec<TopicStepDocument>,
    /// Its tickets, at most the newest 200.
    tickets: Vec<TopicTicketDocument>,
}

/// What was done with a topic.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TopicStep")]
pub(in crate::http) struct TopicStepDocument {
    /// When.
    at: Timestamp,
    /// Who: the name of a token, or huiliu.
    by: String,
    /// The state that it came into; null where it was looked at again.
    #[schemars(extend("enum" = ["open", "consulted", "decided", "adopted", "rejected", "closed", null]))]
    #[schemars(example = &"decided")]
    state: Option<&'static str>,
    /// What was decided or found.
    #[schemars(example = &"九月起放学时段加开两班")]
    words: String,
}

/// A ticket of a topic.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TopicTicket")]
pub(in crate::http) struct TopicTicketDocument {
    /// Id.
    #[schemars(example = &"RC-20261122-000001")]
    id: String,
    /// Where it stands.
    status: &'static str,
    /// Code of the unit responsible.
    department: String,
    /// When it was made.
    created_at: Timestamp,
}

impl TopicDocument {
    /// A topic with those of its tickets that can be read.
    pub(in crate::http) fn of(row: &TopicRow, tickets: &[TicketDetail], topic: TopicHead) -> Self {
        let steps = row.topic.steps.iter().map(|step| TopicStepDocument {
            at: step.at,
            by: step.by.clone(),
            state: step.state.map(TopicState::name),
            words: step.words.clone(),
        });
        let ticket = |detail: &TicketDetail| TopicTicketDocument {
            id: detail.ticket.id.clone(),
            status: detail.ticket.status.wire(),
            department: detail.ticket.route.department.clone(),
            created_at: detail.ticket.created_at,
        };
        Self { topic, steps: steps.collect(), tickets: tickets.iter().map(ticket).collect() }
    }
}

/// Which topics are most spoken of.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TopicRanking {
    /// The last so many days, and as many before them.
    #[schemars(example = 30)]
    pub days: u32,
    /// Those with most complaints first, at most 100.
    pub topics: Vec<RankedTopic>,
}

/// A topic in its place.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct RankedTopic {
    /// Its place, from 1.
    #[schemars(example = 1)]
    place: u32,
    /// Number of the topic.
    #[schemars(example = 7)]
    id: i64,
    /// Its title.
    #[schemars(example = &"公交班次·沙头角街道")]
    title: String,
    /// Where it stands.
    #[schemars(extend("enum" = TopicState::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"decided")]
    state: &'static str,
    /// How many complaints of its tickets came in these days.
    #[schemars(example = 11)]
    count: u64,
    /// How many came in as many days before.
    #[schemars(example = 8)]
    before: u64,
    /// Against the days before: new: there was none; up, down: by a tenth or more; level.
    #[schemars(extend("enum" = Trend::ALL.map(|(_, name)| name)))]
    #[schemars(example = &"up")]
    trend: &'static str,
}

impl RankedTopic {
    /// A topic in a place.
    pub(in crate::http) fn of(place: u32, counted: TopicCount, row: &TopicRow) -> Self {
        let TopicCount { count, before, .. } = counted;
        Self {
            place,
            id: row.id.0,
            title: row.topic.title.clone(),
            state: row.topic.state.name(),
            count,
            before,
            trend: Trend::of(count, before).name(),
        }
    }
}

//! Topics: codes and times in the clear, title and words sealed. Renaming a member here is a migration of the store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Kind, Place, Sealer, ms};
use crate::{StoreError, TopicRow};
use huiliu_domain::complaint::ERASED;
use huiliu_domain::key::TopicKey;
use huiliu_domain::ticket::{Every, Topic, TopicState, TopicStep};

/// What a topic's row seals.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct TopicDocument {
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    steps: Vec<StepDocument>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct StepDocument {
    at: Timestamp,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
}

pub(crate) struct SealedTopic<'a> {
    pub id: i64,
    pub rule: Option<&'a str>,
    pub area: &'a str,
    pub state: &'static str,
    pub made_at: i64,
    pub changed_at: i64,
    pub follow_up_at: Option<i64>,
    pub body: Vec<u8>,
}

pub(crate) struct TopicCells<'r> {
    pub id: i64,
    pub rule: Option<String>,
    pub area: String,
    pub state: &'r str,
    pub made_at: i64,
    pub changed_at: i64,
    pub follow_up_at: Option<i64>,
    pub body: &'r [u8],
}

impl Sealer {
    pub(super) fn new_topic<'a>(&self, row: &'a TopicRow) -> Result<SealedTopic<'a>, StoreError> {
        let topic = &row.topic;
        let step = |step: &TopicStep| StepDocument {
            at: step.at,
            by: step.by.clone(),
            state: step.state.map(|state| state.name().to_owned()),
            words: step.words.clone(),
        };
        let document = TopicDocument {
            title: topic.title.clone(),
            every: topic.every.map(|every| every.name().to_owned()),
            steps: topic.steps.iter().map(step).collect(),
        };
        Ok(SealedTopic {
            id: row.id.0,
            rule: topic.rule.as_deref(),
            area: &topic.area,
            state: topic.state.name(),
            made_at: ms(topic.made_at),
            changed_at: ms(topic.changed_at),
            follow_up_at: topic.follow_up_at.map(ms),
            body: self.document(Kind::Topic, &document)?,
        })
    }

    /// The content of a topic without what people typed; of one that people made, its title goes too. Damaged content is emptied.
    pub(crate) fn topic_without_words(&self, row: i64, body: &[u8], is_of_rule: bool) -> Result<Vec<u8>, StoreError> {
        let place = Place { table: "topic", row };
        let mut document = match self.opened::<TopicDocument>(place, Kind::Topic, body) {
            Err(error) if error.is_damage() => TopicDocument::default(),
            document => document?,
        };
        if !is_of_rule {
            document.title = ERASED.to_owned();
        }
        document.steps.iter_mut().for_each(|step| step.words.clear());
        self.document(Kind::Topic, &document)
    }

    pub(crate) fn topic(&self, cells: TopicCells<'_>) -> Result<TopicRow, StoreError> {
        let place = Place { table: "topic", row: cells.id };
        let TopicDocument { title, every, steps } = self.opened(place, Kind::Topic, cells.body)?;
        let state = |name: &str| place.name(TopicState::from_name(name), name);
        let step = |step: StepDocument| {
            let state = step.state.as_deref().map(state).transpose()?;
            Ok(TopicStep { at: step.at, by: step.by, state, words: step.words })
        };
        let topic = Topic {
            rule: cells.rule,
            area: cells.area,
            title,
            state: state(cells.state)?,
            every: every.as_deref().map(|name| place.name(Every::from_name(name), name)).transpose()?,
            follow_up_at: cells.follow_up_at.map(|at| place.time(at)).transpose()?,
            made_at: place.time(cells.made_at)?,
            changed_at: place.time(cells.changed_at)?,
            steps: steps.into_iter().map(step).collect::<Result<_, StoreError>>()?,
        };
        Ok(TopicRow { id: TopicKey(cells.id), topic })
    }
}

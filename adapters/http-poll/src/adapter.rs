//! One pull is one page.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderName, HeaderValue, StatusCode};
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Call, Clock, Delivery, HttpClient, Opening, Outcome, Position, RawRecord, Receipt,
    RecordBody, RecordFormat, Records, Reply,
};
use huiliu_expression::{Context, Expression};
use serde_json::{Value, json};

use crate::paging::{PageRead, State};
use crate::settings::Compiled;

/// A source that is asked over HTTP.
pub(crate) struct HttpPoll {
    compiled: Compiled,
    format: RecordFormat,
    client: HttpClient,
    clock: Arc<dyn Clock>,
    secrets: Value,
    channel: Value,
}

impl HttpPoll {
    pub(crate) fn new(opening: Opening<'_>, compiled: Compiled) -> Self {
        Self {
            compiled,
            secrets: opening.secrets.to_value(),
            channel: json!(opening.channel),
            format: opening.format,
            client: opening.client,
            clock: opening.clock,
        }
    }

    fn order(&self, record: &RawRecord) -> Option<i64> {
        let (expression, RecordBody::Tree(tree)) = (self.compiled.order.as_ref()?, &record.body) else { return None };
        let text = expression.eval(&Context::of("record", tree)).ok()?.into_text().ok()??;
        text.parse::<i64>().ok()
    }

    fn validators(&self, state: &State) -> Vec<(HeaderName, HeaderValue)> {
        if !self.compiled.conditional || state.pages > 0 || state.skip > 0 || state.rescanning {
            return Vec::new();
        }
        let header =
            |name: HeaderName, value: &Option<String>| Some((name, HeaderValue::try_from(value.as_ref()?).ok()?));
        [header(IF_NONE_MATCH, &state.etag), header(IF_MODIFIED_SINCE, &state.last_modified)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Puts the answer of the detail call to a record.
    async fn complete(&self, record: RawRecord) -> Result<RawRecord, AdapterError> {
        let (Some(detail), RecordBody::Tree(Value::Object(mut fields))) = (&self.compiled.detail, record.body.clone())
        else {
            return Ok(record);
        };
        let tree = Value::Object(fields.clone());
        let variables = [("record", &tree), ("secrets", &self.secrets), ("channel", &self.channel)];
        match detail.send(&self.client, &variables).await {
            Ok(answer) => {
                fields.insert("detail".to_owned(), answer.tree);
                Ok(RawRecord { id: record.id, body: RecordBody::Tree(Value::Object(fields)) })
            }
            // A record whose detail is gone or refused is still a record: without it the channel would stand still.
            Err(AdapterError::Gone { .. } | AdapterError::Refused { .. }) => Ok(record),
            Err(error) => Err(error),
        }
    }

    fn cursor(&self, answer: &Value) -> Option<String> {
        let expression: &Expression = self.compiled.next_cursor.as_ref()?;
        expression.eval(&Context::of("answer", answer)).ok()?.into_text().ok()?
    }
}

#[async_trait]
impl Adapter for HttpPoll {
    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let compiled = &self.compiled;
        let now = self.clock.now();
        let mut state: State = match position {
            Some(position) => serde_json::from_value(position.0.clone())
                .map_err(|error| AdapterError::refused(format!("the stored position cannot be read: {error}")))?,
            None => State::default(),
        };
        state.begin(&compiled.paging, compiled.rescan, now);
        let page = state.page(&compiled.paging);
        let variables = [("page", &page), ("secrets", &self.secrets), ("channel", &self.channel)];
        let answer = compiled.list.send_with(&self.client, &variables, &self.validators(&state)).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(Batch::default());
        }
        if state.pages == 0 {
            let header =
                |name: HeaderName| answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            (state.etag, state.last_modified) = (header(ETAG), header(LAST_MODIFIED));
        }
        let cursor = self.cursor(&answer.tree);
        let found: Vec<(RawRecord, Option<i64>)> = self
            .format
            .split(answer.tree)?
            .into_iter()
            .map(|record| {
                let order = self.order(&record);
                (record, order)
            })
            .collect();
        let read = page_read(&found, cursor, state.watermark);
        let mut records = Vec::new();
        let mut taken = 0;
        for (record, order) in found.into_iter().skip(state.skip) {
            if records.len() >= limit.max(1) {
                break;
            }
            if !state.is_old(order, &compiled.paging) {
                match self.complete(record).await {
                    Ok(record) => records.push(record),
                    // What was fetched before the failure is delivered; this record is the first of the next pull.
                    Err(_) if !records.is_empty() => break,
                    Err(error) => return Err(error),
                }
            }
            taken += 1;
            state.highest = state.highest.max(order);
        }
        state.skip += taken;
        if u64::try_from(state.skip).unwrap_or(u64::MAX) >= read.count {
            state.advance(&read, &compiled.paging, compiled.rescan, now);
        }
        let more = state.has_more(&compiled.paging, now);
        let position = serde_json::to_value(&state).map_err(|error| AdapterError::refused(error.to_string()))?;
        Ok(Batch { records, position: Some(Position(position)), receipt: Receipt::default(), more })
    }

    async fn confirm(&self, _receipt: &Receipt, _outcomes: &[Outcome]) -> Result<(), AdapterError> {
        Ok(())
    }

    async fn reply(&self, reply: &Reply) -> Result<Delivery, AdapterError> {
        Call::carry(self.compiled.reply.as_ref(), &self.client, &self.secrets, &self.channel, reply).await
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path)
    }
}

/// What a page says about the pass it belongs to.
fn page_read(found: &[(RawRecord, Option<i64>)], cursor: Option<String>, watermark: Option<i64>) -> PageRead {
    let last = found.iter().rev().find_map(|(_, order)| *order);
    PageRead {
        count: u64::try_from(found.len()).unwrap_or(u64::MAX),
        last,
        cursor,
        // The last one decides: an old thread pinned to the top of the list is not the end of what is new.
        reached_watermark: last.zip(watermark).is_some_and(|(last, watermark)| last <= watermark),
    }
}

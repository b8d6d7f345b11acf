//! One pull is one page.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderName, HeaderValue, StatusCode};
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Clock, Delivery, Outcome, Position, RawRecord, Receipt, RecordBody, RecordFormat,
    Records, Reply, Sent,
};
use huiliu_adapter_http::{CallError, Caller, PULL_BUDGET};
use huiliu_adapter_paging::{PageRead, State};
use huiliu_expression::{Context, Expression};
use serde_json::Value;
use tokio::time::Instant;

use crate::settings::Compiled;

/// A source that is asked over HTTP.
pub(crate) struct HttpPoll {
    pub compiled: Compiled,
    pub caller: Caller,
    pub format: RecordFormat,
    pub clock: Arc<dyn Clock>,
}

impl HttpPoll {
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

    /// Puts the answer of the detail call to a record. A detail that cannot be read makes a broken record of it: waiting for it
    /// would keep all that follow from coming.
    async fn complete(&self, mut record: RawRecord) -> Result<RawRecord, AdapterError> {
        let (Some(detail), RecordBody::Tree(tree @ Value::Object(_))) = (&self.compiled.detail, &record.body) else {
            return Ok(record);
        };
        match self.caller.call(detail, &[("record", tree)]).await {
            Ok(answer) => {
                if let RecordBody::Tree(Value::Object(fields)) = &mut record.body {
                    fields.insert("detail".to_owned(), answer.tree);
                }
                Ok(record)
            }
            // A record whose detail is gone or refused is still a record: without it the channel would stand still.
            Err(CallError::Failed(AdapterError::Gone { .. } | AdapterError::Refused { .. })) => Ok(record),
            Err(CallError::Unreadable(reason)) => {
                let text = tree.to_string();
                Ok(RawRecord::broken(record.id, text, format!("the detail cannot be used: {reason}")))
            }
            Err(CallError::Failed(error)) => Err(error),
        }
    }

    /// Makes records of at most `limit` entries that were not read before, each with its detail. Gives how many entries were
    /// dealt with.
    async fn take(
        &self,
        found: Vec<(RawRecord, Option<i64>)>,
        state: &mut State,
        limit: usize,
    ) -> Result<(Vec<RawRecord>, usize), AdapterError> {
        let began = Instant::now();
        let (mut records, mut taken) = (Vec::new(), 0);
        for (record, order) in found.into_iter().skip(state.skip) {
            if records.len() >= limit.max(1) || (!records.is_empty() && began.elapsed() >= PULL_BUDGET) {
                break;
            }
            if !state.is_old(order, &self.compiled.paging) {
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
        Ok((records, taken))
    }

    fn cursor(&self, answer: &Value) -> Option<String> {
        let expression: &Expression = self.compiled.next_cursor.as_ref()?;
        expression.eval(&Context::of("answer", answer)).ok()?.into_text().ok()?
    }
}

#[async_trait]
impl Adapter for HttpPoll {
    fn delivery(&self) -> Delivery {
        Delivery::Pulled
    }

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
        let answer = self.caller.call_with(&compiled.list, &[("page", &page)], &self.validators(&state)).await?;
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
        let (records, taken) = self.take(found, &mut state, limit).await?;
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

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        self.caller.carry(self.compiled.reply.as_ref(), reply).await
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path, Ok)
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

//! One pull lists what is new and fetches some of it whole.

use std::path::Path;

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Delivery, Outcome, Position, RawRecord, Receipt, RecordBody, RecordFormat, Records,
    Reply, Sent,
};
use huiliu_adapter_http::{Call, CallError, Caller, PULL_BUDGET};
use huiliu_expression::Context;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::envelope::body_of;
use crate::settings::Compiled;

/// A source that speaks SOAP 1.1.
pub(crate) struct Soap {
    pub compiled: Compiled,
    pub caller: Caller,
    pub format: RecordFormat,
}

impl Soap {
    async fn send(&self, call: &Call, name: &str, value: &Value) -> Result<Value, CallError> {
        self.caller.call(call, &[(name, value)]).await.map(|answer| answer.tree)
    }

    /// The entries of the list.
    fn items(&self, answer: &Value) -> Result<Vec<Value>, AdapterError> {
        let Some(items) = &self.compiled.items else { return Ok(Vec::new()) };
        let found = items
            .eval(&Context::of("answer", answer))
            .map_err(|fault| AdapterError::refused(format!("the entries of the list cannot be found: {}", fault.en)))?;
        Ok(match found.value {
            Value::Null => Vec::new(),
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::Array(items) => items,
            single => vec![single],
        })
    }

    /// The records of an entry, each with the entry as its member `item`.
    fn records(&self, payload: Value, item: &Value) -> Result<Vec<RawRecord>, AdapterError> {
        let mut records = self.format.split(payload)?;
        for record in &mut records {
            if let RecordBody::Tree(Value::Object(members)) = &mut record.body {
                members.insert("item".to_owned(), item.clone());
            }
        }
        Ok(records)
    }

    /// Fetches entries whole. An entry that is refused or cannot be read becomes a broken record, so that it is seen and does
    /// not stop the others; it is not signed, so that the source keeps it.
    async fn fetch(&self, items: Vec<Value>, limit: usize) -> Result<Fetched, AdapterError> {
        let began = Instant::now();
        let mut fetched = Fetched::default();
        for item in items {
            let late = fetched.seen > 0 && began.elapsed() >= PULL_BUDGET;
            if late || fetched.signable.len() >= limit.min(self.compiled.details_per_pull) {
                break;
            }
            let found = match &self.compiled.detail {
                None => vec![self.format.record(item.clone())],
                Some(detail) => match self.send(detail, "item", &item).await {
                    Ok(payload) => self.records(payload, &item)?,
                    // Withdrawn between list and detail: nothing to keep, nothing to sign.
                    Err(CallError::Failed(AdapterError::Gone { .. })) => Vec::new(),
                    Err(CallError::Failed(AdapterError::Refused { reason }) | CallError::Unreadable(reason)) => {
                        let RawRecord { id, .. } = RawRecord::without_id(item.clone());
                        fetched.records.push(RawRecord::broken(id, item.to_string(), reason));
                        fetched.seen += 1;
                        continue;
                    }
                    // What was fetched before the failure is delivered; the rest is listed again.
                    Err(_) if !fetched.records.is_empty() => break,
                    Err(error) => return Err(error.into()),
                },
            };
            if fetched.records.len() + found.len() > limit && !fetched.records.is_empty() {
                break;
            }
            fetched.seen += 1;
            if !found.is_empty() {
                fetched.records.extend(found);
                fetched.signable.push(item);
            }
        }
        Ok(fetched)
    }
}

/// What was made of a list's entries.
#[derive(Default)]
struct Fetched {
    records: Vec<RawRecord>,
    signable: Vec<Value>,
    seen: usize,
}

#[async_trait]
impl Adapter for Soap {
    fn delivery(&self) -> Delivery {
        Delivery::Pulled
    }

    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let offset = position.and_then(|position| position.0.get("offset")).and_then(Value::as_u64).unwrap_or(0);
        let page = json!({ "offset": offset, "size": self.compiled.page_size });
        let answer = self.send(&self.compiled.list, "page", &page).await?;
        if self.compiled.items.is_none() {
            let mut records = self.format.split(answer)?;
            let more = records.len() > limit;
            records.truncate(limit);
            return Ok(Batch { records, position: None, receipt: Receipt::default(), more });
        }
        let items = self.items(&answer)?;
        let listed = items.len();
        let Fetched { records, signable, seen } = self.fetch(items, limit).await?;
        // Signed entries leave the list; the offset walks past those that stay, and begins again at the end.
        let signs = self.compiled.sign.is_some();
        let stay = if signs { seen - signable.len() } else { seen };
        let next = if listed == 0 { 0 } else { offset + u64::try_from(stay).unwrap_or(0) };
        let more = seen > 0 && (seen < listed || u64::try_from(listed).unwrap_or(0) >= self.compiled.page_size);
        let position = (next != offset || position.is_none()).then(|| Position(json!({ "offset": next })));
        let receipt = if signs { Receipt(Value::Array(signable)) } else { Receipt::default() };
        Ok(Batch { records, position, receipt, more })
    }

    async fn confirm(&self, receipt: &Receipt, _outcomes: &[Outcome]) -> Result<(), AdapterError> {
        let (Some(sign), Value::Array(items)) = (&self.compiled.sign, &receipt.0) else { return Ok(()) };
        let mut failed = None;
        for item in items {
            match self.send(sign, "item", item).await {
                Ok(_) | Err(CallError::Failed(AdapterError::Gone { .. })) => {}
                Err(error) => failed = Some(error.into()),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        self.caller.carry(self.compiled.reply.as_ref(), reply).await
    }

    /// Reads an answer as the source gives it, envelope and all.
    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path, |tree| Ok(body_of(tree)?))
    }
}

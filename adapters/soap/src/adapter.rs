//! One pull lists what is new and fetches some of it whole.

use std::path::Path;

use async_trait::async_trait;
use futures_util::future::join_all;
use huiliu_adapter_api::{
    Adapter, AdapterError, AlarmKind, Batch, Delivery, Outcome, OutgoingRequest, Position, RawRecord, Receipt,
    RecordBody, RecordFormat, Records, Reply, Sent, ShownRequest, SourceAlarm, Trace, WayBack,
};
use huiliu_adapter_http::{Call, CallError, Caller, MAX_PAGE_TRIES, PULL_BUDGET, Tries, page_alarm, page_aside};
use huiliu_expression::{Context, Evaluated};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::settings::Compiled;
use huiliu_adapter_envelope::body_of;

/// A source that speaks SOAP.
pub(crate) struct Soap {
    pub compiled: Compiled,
    pub caller: Caller,
    pub format: RecordFormat,
    pub tries: Tries,
}

impl Soap {
    async fn send(&self, call: &Call, name: &str, value: &Value) -> Result<Value, CallError> {
        self.caller.call(call, &[(name, value)]).await.map(|answer| answer.tree)
    }

    fn named_calls(&self) -> [Option<&Call>; 4] {
        let Compiled { list, detail, sign, reply, .. } = &self.compiled;
        [Some(list), detail.as_ref(), sign.as_ref(), reply.as_ref()]
    }

    /// The entries of the list.
    fn items(&self, answer: &Value) -> Result<Vec<Value>, AdapterError> {
        let Some(items) = &self.compiled.items else { return Ok(Vec::new()) };
        let found = items
            .eval(&Context::of("answer", answer))
            .and_then(Evaluated::understood)
            .map_err(|fault| AdapterError::refused(format!("the entries of the list cannot be found: {}", fault.en)))?;
        Ok(match found.value {
            Value::Null => Vec::new(),
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::Array(items) => items.into_iter().filter(|item| !item.is_null()).collect(),
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

    /// The records of a list that is answered whole, some at a time; behind the last it begins anew.
    fn whole_list(&self, answer: Value, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let taken = member(position, "taken");
        let skip = usize::try_from(taken).unwrap_or(usize::MAX);
        let mut records = self.format.split(answer)?;
        let more = records.len() > skip.saturating_add(limit);
        let next = if more { taken + u64::try_from(limit).unwrap_or(u64::MAX) } else { 0 };
        records = records.into_iter().skip(skip).take(limit).collect();
        let position = (next != taken).then(|| Position(json!({ "taken": next })));
        Ok(Batch { records, position, more, ..Batch::default() })
    }

    /// A list answer that comes like this: it is asked for again, then set aside and passed over, unless nothing else comes.
    fn damaged(
        &self,
        position: Option<&Position>,
        (offset, page): (u64, &Value),
        reason: String,
        text: String,
    ) -> Result<Batch, AdapterError> {
        let (place, aside) = (page.to_string(), member(position, "aside"));
        if self.tries.failed(&place) < MAX_PAGE_TRIES || aside >= MAX_PAGES_ASIDE {
            return Err(AdapterError::transient(reason));
        }
        self.tries.over();
        let goes_on = self.compiled.items.is_some();
        let RawRecord { id: digest, .. } = RawRecord::without_id(json!([&place, &text]));
        let next = if goes_on { offset + self.compiled.page_size } else { offset };
        let records = vec![page_aside(text, &digest, &place, &reason)];
        let position = Some(Position(json!({ "offset": next, "aside": aside + 1 })));
        Ok(Batch { records, position, alarms: vec![page_alarm(&place, goes_on)], ..Batch::default() })
    }

    /// Fetches entries whole. An entry that is refused or cannot be read becomes a broken record, so that it is seen and does
    /// not stop the others; it is not signed, so that the source keeps it.
    async fn fetch(&self, items: Vec<Value>, limit: usize) -> Result<Fetched, AdapterError> {
        let began = Instant::now();
        let (mut fetched, mut items) = (Fetched::default(), items.into_iter());
        loop {
            let late = fetched.seen > 0 && began.elapsed() >= PULL_BUDGET;
            let left = limit.min(self.compiled.details_per_pull).saturating_sub(fetched.signable.len());
            let at_once = if late { 0 } else { left.min(self.compiled.details_at_once) };
            let group: Vec<Value> = items.by_ref().take(at_once).collect();
            if group.is_empty() {
                return Ok(fetched);
            }
            let whole = join_all(group.iter().map(|item| self.whole(item))).await;
            for (item, whole) in group.iter().zip(whole) {
                match whole {
                    Ok(Whole::Records(found)) => {
                        if fetched.records.len() + found.len() > limit && !fetched.records.is_empty() {
                            return Ok(fetched);
                        }
                        fetched.take(item, found);
                    }
                    Ok(Whole::Aside(reason)) => fetched.set_aside(item, reason),
                    // What was fetched before the failure is delivered; the rest is listed again.
                    Err(_) if !fetched.records.is_empty() => return Ok(fetched),
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// One entry, whole. Only a failure that passes is an error.
    async fn whole(&self, item: &Value) -> Result<Whole, AdapterError> {
        let Some(detail) = &self.compiled.detail else {
            return Ok(Whole::Records(vec![self.format.record(item.clone())]));
        };
        match self.send(detail, "item", item).await {
            Ok(payload) => Ok(match self.records(payload, item) {
                Ok(records) => Whole::Records(records),
                Err(error) => Whole::Aside(error.to_string()),
            }),
            // Withdrawn between list and detail: nothing to keep, nothing to sign.
            Err(CallError::Failed(AdapterError::Gone { .. })) => Ok(Whole::Records(Vec::new())),
            Err(
                CallError::Failed(AdapterError::Refused { reason })
                | CallError::Unreadable(reason)
                | CallError::Damaged { reason, .. },
            ) => Ok(Whole::Aside(reason)),
            Err(error) => Err(error.into()),
        }
    }
}

/// What came of fetching one entry.
enum Whole {
    Records(Vec<RawRecord>),
    /// Why it cannot be had.
    Aside(String),
}

/// List answers in a row that are passed over because they cannot be read. More of them are a failure of the source as a whole.
const MAX_PAGES_ASIDE: u64 = 3;

/// A number of the position.
fn member(position: Option<&Position>, name: &str) -> u64 {
    position.and_then(|position| position.0.get(name)).and_then(Value::as_u64).unwrap_or(0)
}

/// What an operator has to know of a list that does not heed the offset.
fn repeats() -> SourceAlarm {
    SourceAlarm {
        kind: AlarmKind::NoProgress,
        zh: "来源对不同的偏移返回同一页，列表读取到此为止，下次从头再读。请核对 list 的 body 是否带上了 page.offset".to_owned(),
        en: "the source gives the same page for another offset, so the list ends here and is read anew next time: check that the body of list sends page.offset".to_owned(),
    }
}

/// What was made of a list's entries.
#[derive(Default)]
struct Fetched {
    records: Vec<RawRecord>,
    signable: Vec<Value>,
    seen: usize,
}

impl Fetched {
    fn take(&mut self, item: &Value, found: Vec<RawRecord>) {
        self.seen += 1;
        if !found.is_empty() {
            self.records.extend(found);
            self.signable.push(item.clone());
        }
    }

    fn set_aside(&mut self, item: &Value, reason: String) {
        let RawRecord { id, .. } = RawRecord::without_id(item.clone());
        self.records.push(RawRecord::broken(id, item.to_string(), reason));
        self.seen += 1;
    }
}

#[async_trait]
impl Adapter for Soap {
    fn delivery(&self) -> Delivery {
        Delivery::Pulled
    }

    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let offset = member(position, "offset");
        let page = json!({ "offset": offset, "size": self.compiled.page_size });
        let answer = match self.send(&self.compiled.list, "page", &page).await {
            Ok(answer) => answer,
            Err(CallError::Damaged { reason, text }) => return self.damaged(position, (offset, &page), reason, text),
            Err(error) => return Err(error.into()),
        };
        self.tries.over();
        if self.compiled.items.is_none() {
            return self.whole_list(answer, position, limit);
        }
        let items = self.items(&answer)?;
        let listed = items.len();
        let signs = self.compiled.sign.is_some();
        let RawRecord { id: digest, .. } = RawRecord::without_id(Value::Array(items.clone()));
        let before = position.and_then(|position| position.0.get("page")).and_then(Value::as_str);
        if !signs && offset > 0 && listed > 0 && before == Some(digest.as_str()) {
            // The list begins anew after the channel's wait: asked at once, it would be the same again and again.
            let position = Some(Position(json!({ "offset": 0 })));
            return Ok(Batch { position, alarms: vec![repeats()], ..Batch::default() });
        }
        let Fetched { records, signable, seen } = self.fetch(items, limit).await?;
        // Signed entries leave the list; the offset walks past those that stay, and begins again at the end.
        let stay = if signs { seen - signable.len() } else { seen };
        let next = if listed == 0 { 0 } else { offset + u64::try_from(stay).unwrap_or(0) };
        let more = seen > 0 && (seen < listed || u64::try_from(listed).unwrap_or(0) >= self.compiled.page_size);
        let whole = !signs && seen == listed && listed > 0;
        let new = if whole { json!({ "offset": next, "page": digest }) } else { json!({ "offset": next }) };
        let changed = next != offset || position.is_none() || member(position, "aside") > 0;
        let position = changed.then_some(Position(new));
        let receipt = if signs { Receipt(Value::Array(signable)) } else { Receipt::default() };
        Ok(Batch { records, position, receipt, more, ..Batch::default() })
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

    fn way_back(&self) -> WayBack {
        Call::way_back(self.compiled.reply.as_ref())
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        self.caller.carry(self.compiled.reply.as_ref(), reply).await
    }

    /// Reads an answer as the source gives it, envelope and all.
    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path, |tree| Ok(body_of(tree)?))
    }

    fn calls(&self) -> Vec<String> {
        self.caller.call_names(&self.named_calls())
    }

    fn request_of(&self, call: &str, given: &Map<String, Value>) -> Result<OutgoingRequest, AdapterError> {
        let first = || ("page", json!({ "offset": 0, "size": self.compiled.page_size }));
        let page = (call == self.compiled.list.name()).then(first);
        self.caller.request_of(&self.named_calls(), call, given, page.as_slice())
    }

    fn shown(&self, request: &OutgoingRequest) -> Option<ShownRequest> {
        Some(self.caller.shown(request))
    }

    fn trace(&self) -> Option<&Trace> {
        Some(self.caller.trace())
    }
}

//! One pull is one page.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use huiliu_adapter_api::wording::both;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Clock, Delivery, Outcome, OutgoingRequest, Position, RawRecord, Receipt, RecordBody,
    RecordFormat, Records, Reply, Sent, ShownRequest, SourceAlarm, Trace, WayBack,
};
use huiliu_adapter_http::{Call, Caller, MAX_KEPT_CHARS, MAX_PAGE_TRIES, PULL_BUDGET, Tries, page_alarm, page_aside};
use huiliu_adapter_paging::{Entry, Mark, Next, Notice, PageRead, State};
use huiliu_expression::{Context, Expression};
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::detail::{Completed, Details};
use crate::settings::Compiled;
use crate::sign::signable;
use crate::unreadable::{Damaged, NoPage, cursor_refused};

/// A source that is asked over HTTP.
pub(crate) struct HttpPoll {
    pub compiled: Compiled,
    pub caller: Caller,
    pub format: RecordFormat,
    pub clock: Arc<dyn Clock>,
    pub tries: Tries,
}

/// A page that was fetched and read.
struct Page {
    headers: HeaderMap,
    records: Vec<RawRecord>,
    read: PageRead,
}

/// What was made of a page's records.
#[derive(Default)]
struct Taken {
    records: Vec<RawRecord>,
    alarms: Vec<SourceAlarm>,
    /// The records that are signed after the commit, each behind its id.
    signable: Vec<Value>,
    /// Whether the page was gone through to its end.
    whole: bool,
}

impl Taken {
    fn add(&mut self, Completed { record, missing, alarm }: Completed, signs: bool) {
        if signs && !missing {
            self.signable.extend(signable(&record));
        }
        self.records.push(record);
        if !alarm.as_ref().is_some_and(|alarm| self.alarms.contains(alarm)) {
            self.alarms.extend(alarm);
        }
    }
}

impl HttpPoll {
    /// Whether a record was delivered before: in this pass, or in an earlier one and the source does not hold it as not signed.
    fn is_done(&self, record: &RawRecord, entry: &Entry, state: &State) -> bool {
        state.is_known(entry, &self.compiled.paging) && (state.was_seen(entry) || !self.is_unsigned(record))
    }

    fn entry(&self, record: &RawRecord) -> Entry {
        let (content, key) = match &record.body {
            RecordBody::Tree(tree) => (tree.to_string(), text_of(self.compiled.order.as_ref(), "record", tree)),
            RecordBody::Broken { text, .. } => (text.clone(), None),
        };
        let order = key.as_ref().and_then(|key| key.trim().parse::<i64>().ok());
        Entry { mark: Mark::of(&record.id, &content), order, key }
    }

    fn validators(&self, state: &State) -> Vec<(HeaderName, HeaderValue)> {
        if !self.compiled.conditional || !state.at_front() || state.rescanning {
            return Vec::new();
        }
        let header =
            |name: HeaderName, value: &Option<String>| Some((name, HeaderValue::try_from(value.as_ref()?).ok()?));
        [header(IF_NONE_MATCH, &state.etag), header(IF_MODIFIED_SINCE, &state.last_modified)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Fetches the page that is next; none when the list has not changed.
    async fn fetch(&self, state: &State) -> Result<Option<Page>, NoPage> {
        let compiled = &self.compiled;
        let page = state.page(&compiled.paging);
        let answer = self.caller.call_with(&compiled.list, &[("page", &page)], &self.validators(state)).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let cursor = text_of(compiled.next_cursor.as_ref(), "answer", &answer.tree);
        let total = text_of(compiled.total.as_ref(), "answer", &answer.tree);
        let whole = answer.tree.to_string();
        let records = self.format.split(answer.tree).map_err(|error| match error {
            // Every page would be like this one.
            AdapterError::Misconfigured { .. } => NoPage::Failed(error),
            error => {
                let text = whole.chars().take(MAX_KEPT_CHARS).collect();
                NoPage::Damaged(Damaged { reason: error.to_string(), text })
            }
        })?;
        let read = PageRead {
            entries: records.iter().map(|record| self.entry(record)).collect(),
            cursor,
            total: total.and_then(|total| total.trim().parse().ok()),
            ordered: compiled.order.is_some(),
            numbered: compiled.numbered,
        };
        Ok(Some(Page { headers: answer.headers, records, read }))
    }

    /// Makes records of at most `limit` entries that were not read before, each with its detail.
    async fn take(&self, page: Page, state: &mut State, limit: usize) -> Result<(Taken, PageRead), AdapterError> {
        let (began, mut taken) = (Instant::now(), Taken::default());
        let details = Details {
            caller: &self.caller,
            call: self.compiled.detail.as_ref(),
            without: self.compiled.without_detail,
        };
        let details = &details;
        let first = state.open(&page.read);
        let mut rest = page.records.into_iter().zip(&page.read.entries).skip(first).peekable();
        while rest.peek().is_some() {
            let left = limit.max(1).saturating_sub(taken.records.len());
            if left == 0 || (!taken.records.is_empty() && began.elapsed() >= PULL_BUDGET) {
                return Ok((taken, page.read));
            }
            let mut group = Vec::new();
            while group.len() < left.min(self.compiled.details_at_once)
                && let Some((record, entry)) = rest.next()
            {
                if self.is_done(&record, entry, state) {
                    // What was not asked for before it comes first: a failure there must not pass over it.
                    match group.is_empty() {
                        true => state.take(entry, false),
                        false => group.push((None, entry)),
                    }
                    continue;
                }
                group.push((Some(record), entry));
            }
            let completed = join_all(group.into_iter().map(|(record, entry)| async move {
                match record {
                    Some(record) => (entry, Some(details.complete(record).await)),
                    None => (entry, None),
                }
            }));
            for (entry, completed) in completed.await {
                match completed {
                    None => state.take(entry, false),
                    Some(Ok(completed)) => {
                        // Where nothing is read again at intervals, what has no detail yet is asked for with every pass.
                        state.take(entry, completed.missing && self.compiled.rescan.is_none());
                        taken.add(completed, self.compiled.sign.is_some());
                    }
                    // What was fetched before the failure is delivered; this record is the first of the next pull.
                    Some(Err(_)) if !taken.records.is_empty() => return Ok((taken, page.read)),
                    Some(Err(error)) => return Err(error),
                }
            }
        }
        taken.whole = true;
        Ok((taken, page.read))
    }

    /// A page that comes like this: it is asked for again, and then set aside, where reading can go on at all.
    fn unreadable(&self, damaged: Damaged, state: &mut State, now: Timestamp) -> Result<Batch, AdapterError> {
        let compiled = &self.compiled;
        let place = state.page(&compiled.paging).to_string();
        let digest = State::digest(if damaged.text.is_empty() { &place } else { &damaged.text });
        let tries = if state.was_set_aside(&digest) { MAX_PAGE_TRIES } else { self.tries.failed(&place) };
        if tries < MAX_PAGE_TRIES || !state.can_pass_over(&compiled.paging, &digest) {
            return Err(AdapterError::transient(damaged.reason));
        }
        self.tries.over();
        let record = page_aside(damaged.text, &digest, &place, &damaged.reason);
        let goes_on = state.pass_over(digest, &compiled.paging, compiled.numbered, now);
        self.batch(vec![record], vec![page_alarm(&place, goes_on)], state, now)
    }

    /// A failure of the list call. A cursor of a pass under way that is refused for good would stop the channel: the pass begins anew.
    fn failed(&self, error: AdapterError, state: &mut State, now: Timestamp) -> Result<Batch, AdapterError> {
        let refused = matches!(error, AdapterError::Refused { .. } | AdapterError::Gone { .. });
        match &state.next {
            Some(Next::Cursor(cursor)) if refused && !cursor.is_empty() => {
                if self.tries.failed(cursor) < MAX_PAGE_TRIES {
                    return Err(error);
                }
                self.tries.over();
                state.cut();
                self.batch(Vec::new(), vec![cursor_refused()], state, now)
            }
            _ => Err(error),
        }
    }

    fn named_calls(&self) -> [Option<&Call>; 4] {
        let Compiled { list, detail, sign, reply, .. } = &self.compiled;
        [Some(list), detail.as_ref(), sign.as_ref(), reply.as_ref()]
    }

    fn batch(
        &self,
        records: Vec<RawRecord>,
        alarms: Vec<SourceAlarm>,
        state: &State,
        now: Timestamp,
    ) -> Result<Batch, AdapterError> {
        let more = state.has_more(&self.compiled.paging, now);
        let position = serde_json::to_value(state)
            .map_err(|error| AdapterError::refused(both("读到的位置无法保存", "the position cannot be kept", error)))?;
        Ok(Batch { records, position: Some(Position(position)), more, alarms, ..Batch::default() })
    }
}

/// What an expression over one variable gives, as text.
fn text_of(expression: Option<&Expression>, name: &str, value: &Value) -> Option<String> {
    expression?.eval(&Context::of(name, value)).ok()?.understood().ok()?.into_text().ok()?
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
            Some(position) => serde_json::from_value(position.0.clone()).map_err(|error| {
                AdapterError::refused(both("保存的位置读不了", "the stored position cannot be read", error))
            })?,
            None => State::default(),
        };
        state.begin(&compiled.paging, compiled.rescan, now);
        let page = match self.fetch(&state).await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(Batch::default()),
            Err(NoPage::Failed(error)) => return self.failed(error, &mut state, now),
            Err(NoPage::Damaged(damaged)) => return self.unreadable(damaged, &mut state, now),
        };
        self.tries.over();
        if state.at_front() {
            let header =
                |name: HeaderName| page.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            (state.etag, state.last_modified) = (header(ETAG), header(LAST_MODIFIED));
        }
        let (Taken { records, mut alarms, signable, whole }, read) = self.take(page, &mut state, limit).await?;
        if whole {
            let notices = state.advance(&read, &compiled.paging, compiled.rescan, now);
            alarms.extend(notices.into_iter().map(Notice::alarm));
        }
        let batch = self.batch(records, alarms, &state, now)?;
        let receipt = if signable.is_empty() { Receipt::default() } else { Receipt(Value::Array(signable)) };
        Ok(Batch { receipt, ..batch })
    }

    async fn confirm(&self, receipt: &Receipt, outcomes: &[Outcome]) -> Result<(), AdapterError> {
        self.sign_all(receipt, outcomes).await
    }

    fn way_back(&self) -> WayBack {
        Call::way_back(self.compiled.reply.as_ref())
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        self.caller.carry(self.compiled.reply.as_ref(), reply).await
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path, Ok)
    }

    fn calls(&self) -> Vec<String> {
        self.caller.call_names(&self.named_calls())
    }

    fn request_of(&self, call: &str, given: &Map<String, Value>) -> Result<OutgoingRequest, AdapterError> {
        let mut first = State::default();
        first.begin(&self.compiled.paging, self.compiled.rescan, self.clock.now());
        let page = (call == self.compiled.list.name()).then(|| ("page", first.page(&self.compiled.paging)));
        self.caller.request_of(&self.named_calls(), call, given, page.as_slice())
    }

    fn shown(&self, request: &OutgoingRequest) -> Option<ShownRequest> {
        Some(self.caller.shown(request))
    }

    fn trace(&self) -> Option<&Trace> {
        Some(self.caller.trace())
    }
}

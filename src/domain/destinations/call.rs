//! Destinations by call: an event becomes one call of the other system, by HTTP or in SOAP's envelope, and its answer can give the
//! other system's number. It neither loops nor tries again.
//!
//! Which call an event becomes is said by conditions, in the order of the file. A call that gives the number makes the matter known
//! there: it is not made where the number is known already, and before it is repeated it is looked for there by our mark, where the
//! file says how. An answer without the number that later calls need is no success: they could never be made.

mod settings;

pub(super) use settings::told_to_templates;

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_api::wording::before;
use huiliu_adapter_http::{Call, CallAnswer, CallError, Caller};
use huiliu_expression::{Context, Expression};
use serde_json::{Value, json};

use super::outcome::{Failure, MAX_PROOF_CHARS, Outcome};
use super::{Parcel, hops};
use crate::ticket::EventKind;

/// Longest number of another system that is kept, in characters.
const MAX_NUMBER_CHARS: usize = 100;

/// How a destination is called.
#[derive(Debug)]
pub struct Calls {
    caller: Caller,
    calls: Vec<NamedCall>,
}

/// One kind of call.
#[derive(Debug)]
struct NamedCall {
    name: String,
    /// True for the events that it is made for; none: all that come to it.
    when: Option<Expression>,
    request: Call,
    /// What of its answer is the other system's number.
    number: Option<Expression>,
    /// Asked before the call is repeated, with what of its answer is the number; without a number the matter is not there.
    find: Option<(Call, Expression)>,
    /// Whether the request needs the other system's number.
    needs_number: bool,
}

/// The variables of one delivery.
struct Told<'a>(Vec<(&'static str, Value)>, Parcel<'a>);

impl Calls {
    /// Whether its calls give or need numbers of the other system.
    #[must_use]
    pub fn knows_numbers(&self) -> bool {
        self.calls.iter().any(|call| call.begins() || call.needs_number)
    }

    /// Makes the call of an event.
    pub async fn make(&self, parcel: Parcel<'_>) -> Outcome {
        let told = match Told::of(parcel) {
            Ok(told) => told,
            Err(reason) => return end(reason),
        };
        let Some(call) = self.calls.iter().find(|call| call.is_meant(&told)) else {
            return Outcome::taken(match parcel.number {
                Some(number) => format!("nothing to call: it is known there as {number}"),
                None => "no call is stated for this event".to_owned(),
            });
        };
        if call.needs_number && parcel.number.is_none() {
            let reason = format!("the call {} needs the other system's number, which is not known yet", call.name);
            return Outcome::Waits { reason };
        }
        match self.found(call, &told).await {
            Ok(Some(number)) => {
                let answer = format!("it was there already, found by our mark as {number}");
                return Outcome::Taken { answer, number: Some(number) };
            }
            Ok(None) => {}
            Err(error) => return failed(error, "find"),
        }
        match self.caller.call(&call.request, &told.variables()).await {
            Ok(answer) => self.taken(call, &answer),
            Err(error) => failed(error, &call.name),
        }
    }

    /// The number of what an earlier attempt has made there, where that is known.
    async fn found(&self, call: &NamedCall, told: &Told<'_>) -> Result<Option<String>, CallError> {
        let Some((find, number)) = call.find.as_ref().filter(|_| told.1.may_be_there) else { return Ok(None) };
        match self.caller.call(find, &told.variables()).await {
            Ok(answer) => Ok(number_in(number, &answer)),
            Err(CallError::Failed(AdapterError::Gone { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn taken(&self, call: &NamedCall, answer: &CallAnswer) -> Outcome {
        let number = call.number.as_ref().and_then(|number| number_in(number, answer));
        let said = match &answer.tree {
            Value::String(text) => text.clone(),
            tree => tree.to_string(),
        };
        let said = self.caller.without_secrets(format!("{}: HTTP {} {said}", call.name, answer.status.as_u16()));
        let answer = said.chars().take(MAX_PROOF_CHARS).collect();
        let is_missed = call.number.is_some() && number.is_none() && self.calls.iter().any(|call| call.needs_number);
        match is_missed {
            true => Outcome::Failed(without_number(call, answer)),
            false => Outcome::Taken { answer, number },
        }
    }
}

impl NamedCall {
    /// Whether it makes a matter known there.
    fn begins(&self) -> bool {
        self.number.is_some() || self.find.is_some()
    }

    /// Whether it is the call of an event. One that makes a matter known is not made for a matter that is known.
    fn is_meant(&self, told: &Told<'_>) -> bool {
        let is_known = self.begins() && told.1.number.is_some();
        let holds = |when: &Expression| when.eval(&Context::new(told.variables())).is_ok_and(|found| found.is_true());
        !is_known && self.when.as_ref().is_none_or(holds)
    }
}

impl<'a> Told<'a> {
    fn of(parcel: Parcel<'a>) -> Result<Self, String> {
        Ok(Self(told(parcel)?, parcel))
    }

    fn variables(&self) -> Vec<(&str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value)).collect()
    }
}

/// What templates see of a delivery; why it goes nowhere, where it has gone far enough or cannot be read.
pub(super) fn told(parcel: Parcel<'_>) -> Result<Vec<(&'static str, Value)>, String> {
    let event: Value =
        serde_json::from_slice(parcel.event).map_err(|error| format!("the event cannot be read: {error}"))?;
    let data = event.get("data").cloned().unwrap_or_default();
    let hops = hops::counted(&event)?;
    let kind =
        EventKind::ALL.iter().map(|kind| kind.word()).find(|word| parcel.kind.split('.').any(|part| part == *word));
    let complaints = data.get("complaints").cloned().unwrap_or_else(|| json!([]));
    Ok(vec![
        ("message", event),
        ("ticket", data),
        ("complaints", complaints),
        ("event", json!(kind)),
        ("number", json!(parcel.number)),
        ("mark", json!(parcel.ticket_id)),
        ("hops", json!(hops)),
        ("message_id", json!(parcel.message_id)),
        ("attempts", json!(parcel.attempts)),
    ])
}

/// The number that an answer gives, if it gives one.
fn number_in(number: &Expression, answer: &CallAnswer) -> Option<String> {
    let status = json!(answer.status.as_u16());
    let context = Context::new([("status", &status), ("answer", &answer.tree)]);
    let found = number.eval(&context).ok()?.into_text().ok().flatten()?;
    let found = found.trim();
    (!found.is_empty() && found.chars().count() <= MAX_NUMBER_CHARS).then(|| found.to_owned())
}

/// A call was taken, and its answer has no number by which the matter could be spoken of there. It is looked for where the file says how;
/// where it does not, nobody but a person can tell whether the matter is there, and a repetition could make it twice.
fn without_number(call: &NamedCall, answer: String) -> Failure {
    let is_end = call.find.is_none();
    let (zh, en) = match is_end {
        true => (
            "对方收下了，应答里却没有可用的编号，后续调用用不了；没有写 find，无法自动查找。请到对方系统核对，并改正 number 或写 find，再重试",
            "it was taken, and its answer has no usable number, which later calls need; there is no find to look for it. See whether it              is there, mend `number` or write `find`, then retry",
        ),
        false => (
            "对方收下了，应答里却没有可用的编号，后续调用用不了；重试前先用 find 查找",
            "it was taken, and its answer has no usable number, which later calls need; it is looked for with find before it is repeated",
        ),
    };
    let name = call.name.as_str();
    Failure { reason: format!("{name}：{zh}（{name}: {en}）"), answer: Some(answer), is_end, retry_after: None }
}

fn end(reason: String) -> Outcome {
    Outcome::Failed(Failure { reason, answer: None, is_end: true, retry_after: None })
}

/// What is refused was answered, and is given up in time; what is busy, away or not let in is not.
fn failed(error: CallError, what: &str) -> Outcome {
    let error = AdapterError::from(error);
    let text = before(what, what, &error.to_string());
    let (answer, is_end, retry_after) = match error {
        AdapterError::Transient { retry_after, .. } => (None, false, retry_after),
        AdapterError::Misconfigured { .. } => (None, false, None),
        AdapterError::Refused { .. } => (Some(text.clone()), false, None),
        AdapterError::Gone { .. } => (Some(text.clone()), true, None),
    };
    let reason = if is_end { before("对方不会再收", "it will never be taken", &text) } else { text };
    Outcome::Failed(Failure { reason, answer, is_end, retry_after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::DeliveryKey;

    fn parcel(event: &[u8]) -> Parcel<'_> {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let (message_id, ticket_id, kind) = ("T1.1.d", "T1", "cn.huiliu.ticket.created.v1");
        let (delivery, version) = (DeliveryKey(1), 1);
        Parcel {
            delivery,
            message_id,
            ticket_id,
            version,
            kind,
            at,
            attempts: 0,
            number: None,
            may_be_there: false,
            event,
        }
    }

    fn event(hops: &Value) -> Vec<u8> {
        json!({ "hops": hops, "data": { "complaints": [] } }).to_string().into_bytes()
    }

    #[test]
    fn a_matter_that_several_gateways_hand_on_ends() {
        let hops = |hops: Value| {
            let told = told(parcel(&event(&hops)))?;
            Ok::<_, String>(told.into_iter().find(|(name, _)| *name == "hops").map(|(_, hops)| hops))
        };
        assert_eq!(hops(json!(null)).unwrap(), Some(json!(1)));
        assert_eq!(hops(json!(3)).unwrap(), Some(json!(4)));
        assert_eq!(hops(json!(7)).unwrap(), Some(json!(8)));
        assert!(hops(json!(8)).is_err());
    }

    #[test]
    fn the_kind_is_the_word_of_the_type() {
        let told = told(parcel(b"{}")).unwrap();
        assert!(told.contains(&("event", json!("created"))) && told.contains(&("mark", json!("T1"))));
        assert!(super::told(parcel(b"no event")).is_err());
    }
}

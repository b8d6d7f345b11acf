//! Telling the source, record by record and after the commit, that it was taken. A record whose signature failed is delivered again as long
//! as the source lists it as not signed, which changes nothing here, and is signed then.

use huiliu_adapter_api::{AdapterError, Outcome, RawRecord, Receipt, RecordBody};
use huiliu_adapter_http::CallError;
use huiliu_expression::Context;
use serde_json::{Value, json};

use crate::adapter::HttpPoll;

/// What signing a record needs after the commit; none where the record is broken.
pub(crate) fn signable(record: &RawRecord) -> Option<Value> {
    match &record.body {
        RecordBody::Tree(tree) => Some(json!([record.id, tree])),
        RecordBody::Broken { .. } => None,
    }
}

impl HttpPoll {
    /// Whether the source holds a listed record as not signed.
    pub(crate) fn is_unsigned(&self, record: &RawRecord) -> bool {
        let (Some(_), RecordBody::Tree(tree)) = (&self.compiled.sign, &record.body) else { return false };
        self.compiled
            .unsigned
            .as_ref()
            .is_none_or(|unsigned| unsigned.eval(&Context::of("record", tree)).is_ok_and(|found| found.is_true()))
    }

    /// Signs each record of a receipt. One that fails does not keep the others from being signed.
    pub(crate) async fn sign_all(&self, receipt: &Receipt, outcomes: &[Outcome]) -> Result<(), AdapterError> {
        let (Some(sign), Value::Array(records)) = (&self.compiled.sign, &receipt.0) else { return Ok(()) };
        let mut failed = None;
        for record in records {
            let (id, tree) = (record[0].as_str().unwrap_or_default(), &record[1]);
            let outcome = outcomes.iter().find(|outcome| outcome.id == id).map(Outcome::to_value);
            let outcome = outcome.unwrap_or_else(|| json!({ "id": id }));
            match self.caller.call(sign, &[("record", tree), ("outcome", &outcome)]).await {
                Ok(_) | Err(CallError::Failed(AdapterError::Gone { .. })) => {}
                Err(error) => failed = Some(error.into()),
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

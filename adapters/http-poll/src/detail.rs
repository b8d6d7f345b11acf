//! A record of the list is completed by its detail. Without one it is never taken in silence: what the list shows of it may be a
//! title alone.

use huiliu_adapter_api::wording::before;
use huiliu_adapter_api::{AdapterError, AlarmKind, RawRecord, RecordBody, SourceAlarm};
use huiliu_adapter_http::{Call, CallError, Caller};
use serde::Deserialize;
use serde_json::Value;

/// What becomes of a record whose detail is refused or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WithoutDetail {
    /// It is set aside with the source's reason.
    #[default]
    SetAside,
    /// It is taken as the list shows it, and an alarm says so.
    Take,
}

/// A record that has been completed as far as its source allows.
pub(crate) struct Completed {
    /// The record, broken where its detail is missing and it is to be set aside.
    pub record: RawRecord,
    /// Whether its detail is missing.
    pub missing: bool,
    /// What an operator has to know of it.
    pub alarm: Option<SourceAlarm>,
}

/// How records are completed.
pub(crate) struct Details<'a> {
    pub caller: &'a Caller,
    pub call: Option<&'a Call>,
    pub without: WithoutDetail,
}

impl Details<'_> {
    /// Puts the answer of the detail call to a record. Only a failure that passes is an error: waiting for any other would keep all
    /// that follow from coming.
    pub(crate) async fn complete(&self, mut record: RawRecord) -> Result<Completed, AdapterError> {
        let whole = |record| Ok(Completed { record, missing: false, alarm: None });
        let (Some(detail), RecordBody::Tree(tree @ Value::Object(_))) = (self.call, &record.body) else {
            return whole(record);
        };
        let reason = match self.caller.call(detail, &[("record", tree)]).await {
            Ok(answer) => {
                if let RecordBody::Tree(Value::Object(fields)) = &mut record.body {
                    fields.insert("detail".to_owned(), answer.tree);
                }
                return whole(record);
            }
            Err(CallError::Failed(error @ AdapterError::Transient { .. })) => return Err(error),
            Err(CallError::Failed(AdapterError::Gone { reason })) => {
                before("详情已不在", "the detail is gone", &reason)
            }
            Err(CallError::Failed(AdapterError::Refused { reason } | AdapterError::Misconfigured { reason })) => {
                before("详情被拒绝", "the detail is refused", &reason)
            }
            Err(CallError::Unreadable(reason) | CallError::Damaged { reason, .. }) => {
                before("详情不能用", "the detail cannot be used", &reason)
            }
        };
        Ok(match self.without {
            WithoutDetail::SetAside => {
                let record = RawRecord::broken(record.id, tree.to_string(), reason);
                Completed { record, missing: true, alarm: None }
            }
            WithoutDetail::Take => Completed { record, missing: true, alarm: Some(taken_without()) },
        })
    }
}

fn taken_without() -> SourceAlarm {
    SourceAlarm {
        kind: AlarmKind::Unexpected,
        zh: "有记录的详情被来源拒绝、不存在或无法读取，已按设置 without_detail = \"take\" 只收下列表中的内容。请核对 detail 请求".to_owned(),
        en: "details were refused, gone or unreadable; their records were taken as the list shows them, by without_detail = \"take\": check the detail call".to_owned(),
    }
}

//! A record of a matter that was finished before the gateway knew of it.

use huiliu_adapter_api::{RawRecord, RecordBody};
use huiliu_expression::Context;
use jiff::Timestamp;
use serde_json::Value;

use super::{Applied, Applying, Mapped, Warning};
use crate::complaint::Complaint;
use crate::mapping::channel::{Channel, HistoryRule};
use crate::ticket::Status;

/// Longest text of a status or a time, in characters.
const MAX_CHARS: usize = 200;

/// A matter that was finished before the gateway knew of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The complaint.
    pub complaint: Complaint,
    /// How it ended.
    pub status: Status,
    /// When its source received it.
    pub received_at: Timestamp,
    /// When it was finished.
    pub finished_at: Timestamp,
}

impl Channel {
    /// Whether its file says how its records tell of finished matters.
    #[must_use]
    pub fn tells_history(&self) -> bool {
        self.history.is_some()
    }

    /// Reads a record, mapped at `now`, as a matter that is finished.
    ///
    /// # Errors
    /// Why it is none: everything that the mapping has remarked, and what is missing of a finished matter.
    pub fn past(&self, record: &RawRecord, applied: &Applied, now: Timestamp) -> Result<Past, Vec<Warning>> {
        let refused = |warnings: &[Warning], zh: &str, en: &str| {
            let own = self.warning("history", None, zh, en, None);
            Err(warnings.iter().cloned().chain([own]).collect())
        };
        let Some(rule) = &self.history else {
            return refused(&[], "渠道文件没有 [history]", "the channel file has no [history]");
        };
        let (Mapped::Complaint(complaint), RecordBody::Tree(tree)) = (&applied.mapped, &record.body) else {
            return refused(&applied.warnings, "这条记录不是诉求", "the record makes no complaint");
        };
        let channel = Value::String(self.id.clone());
        let context = Context::new([("record", tree), ("channel", &channel)]);
        let mut applying = Applying { channel: self, tree, context, now, warnings: Vec::new() };
        let ended = applying.ended(rule);
        let warnings = applying.warnings;
        let Some((status, finished_at)) = ended else { return Err(warnings) };
        let Some(received_at) = complaint.received_at.or(complaint.occurred_at) else {
            return refused(
                &warnings,
                "没有 received_at，也没有 occurred_at，不知道是什么时候的事",
                "neither received_at nor occurred_at: it is not known when it was",
            );
        };
        if finished_at < received_at || finished_at > now {
            return refused(
                &warnings,
                "办结时间早于受理时间，或晚于现在",
                "it was finished before it was received, or later than now",
            );
        }
        Ok(Past { complaint: Complaint::clone(complaint), status, received_at, finished_at })
    }
}

impl Applying<'_> {
    /// How and when a matter ended; none where that is not clear, remarked.
    fn ended(&mut self, rule: &HistoryRule) -> Option<(Status, Timestamp)> {
        let status = match &rule.status {
            None => Some(Status::Resolved),
            Some(field) => {
                let name = self.words("history.status", field, MAX_CHARS).unwrap_or_default();
                let named = Status::ALL.into_iter().find(|(_, zh, wire)| name == *zh || name == *wire);
                let ended = named.map(|(status, ..)| status);
                let ended = ended.filter(|status| status.is_final() && *status != Status::Absorbed);
                if ended.is_none() {
                    let (zh, en) = (
                        "不是办结的状态（resolved 已办结、closed 已结案、rejected 不予受理）；未办结的件请走正常渠道。可用对照表转换",
                        "no status of a finished matter (resolved, closed, rejected); what is not finished comes by its channel. Convert it with a table",
                    );
                    self.warnings.push(self.channel.warning("history.status", Some(field), zh, en, Some(name)));
                }
                ended
            }
        };
        let text = self.words("history.finished_at", &rule.finished_at, MAX_CHARS);
        let finished_at = match text {
            Some(text) => self.moment("history.finished_at", text),
            None => {
                let (zh, en) = ("没有办结时间", "no time at which it was finished");
                let warning = self.channel.warning("history.finished_at", Some(&rule.finished_at), zh, en, None);
                self.warnings.push(warning);
                None
            }
        };
        Some((status?, finished_at?))
    }
}

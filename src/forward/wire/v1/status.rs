//! `StatusUpdateV1`: a status update as platforms write it, and its one reader.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::complaint::Satisfaction;
use crate::ticket::{Status, StatusUpdate};

/// Longest text of an update, in characters.
const MAX_TEXT_CHARS: usize = 20_000;
/// Longest of the other fields, in characters.
const MAX_FIELD_CHARS: usize = 200;
/// Longest reason, in characters: a reason may quote what was sent.
const MAX_REASON_CHARS: usize = 300;
/// Greatest sequence: the greatest whole number that every JSON reader keeps exactly.
const MAX_SEQUENCE: i64 = 1 << 53;
/// Furthest deadline of an extension, in days after the update.
const MAX_EXTENSION_DAYS: i64 = 3_660;

/// Version 1 of a status update, sent to the exchange `huiliu.status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusUpdateV1 {
    /// The platform's own id of this update; the same update sent again has the same id. 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub update_id: String,
    /// Name of the platform. 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub platform: String,
    /// Ticket id.
    #[schemars(length(min = 1, max = 200))]
    pub ticket_id: String,
    /// The platform's counter for this ticket, growing with every update; an update that is not above the last one is late.
    #[schemars(range(min = 0, max = 9_007_199_254_740_992_i64))]
    pub sequence: i64,
    /// accepted, in_progress, extension_requested, extended, returned, rejected, resolved, closed or reopened.
    #[schemars(extend("enum" = ["accepted", "in_progress", "extension_requested", "extended", "returned", "rejected", "resolved", "closed", "reopened"]))]
    pub status: String,
    /// When it happened, RFC 3339 with offset.
    #[schemars(extend("format" = "date-time"))]
    pub occurred_at: String,
    /// Name of the department that acts, for the citizen. At most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub department: Option<String>,
    /// What the citizen is told. Required for rejected, resolved and closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20_000))]
    pub result: Option<String>,
    /// Satisfaction found in a call-back: satisfied, fair or dissatisfied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["satisfied", "fair", "dissatisfied", null]))]
    pub satisfaction: Option<String>,
    /// New deadline with status extended, RFC 3339 with offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub due_at: Option<String>,
}

/// Reads an update: the bare document, or a CloudEvents envelope with it as `data`.
///
/// # Errors
/// Every reason why it cannot be used, for the sender.
pub fn read_status_update(body: &[u8]) -> Result<StatusUpdate, Vec<String>> {
    read(body).map_err(|reasons| reasons.into_iter().map(shortened).collect())
}

fn shortened(reason: String) -> String {
    match reason.char_indices().nth(MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()),
        None => reason,
    }
}

fn read(body: &[u8]) -> Result<StatusUpdate, Vec<String>> {
    let mut value: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| vec![format!("not JSON: {error}")])?;
    if value.get("specversion").is_some() {
        value = value
            .get_mut("data")
            .map(serde_json::Value::take)
            .ok_or_else(|| vec!["the envelope has no data".to_owned()])?;
    }
    let update: StatusUpdateV1 =
        serde_json::from_value(value).map_err(|error| vec![format!("not a StatusUpdateV1: {error}")])?;
    update.parse()
}

/// Collects what is wrong with an update while its values are read.
struct Reading {
    reasons: Vec<String>,
}

impl Reading {
    fn bounded(&mut self, name: &str, text: String) -> String {
        if text.is_empty() || text.chars().count() > MAX_FIELD_CHARS {
            self.reasons.push(format!("{name} must have 1 to {MAX_FIELD_CHARS} characters"));
        }
        text
    }

    fn time(&mut self, name: &str, text: &str) -> Option<Timestamp> {
        let time = text.parse().ok();
        if time.is_none() {
            self.reasons.push(format!("{name} is not an RFC 3339 time with offset"));
        }
        time
    }

    fn status(&mut self, name: &str, result: Option<&str>) -> Option<Status> {
        let status = Status::from_wire(name).filter(|status| Status::SET_BY_PLATFORMS.contains(status));
        match status {
            None => self.reasons.push(format!("status {name:?} is not one that a platform may set")),
            Some(status) if status.is_final() && result.unwrap_or_default().trim().is_empty() => {
                self.reasons.push(format!("status {name} needs a result for the citizen"));
            }
            Some(_) => {}
        }
        status
    }

    fn satisfaction(&mut self, name: Option<&str>) -> Option<Satisfaction> {
        let name = name?;
        let satisfaction = Satisfaction::from_wire(name);
        if satisfaction.is_none() {
            self.reasons.push("satisfaction must be satisfied, fair or dissatisfied".to_owned());
        }
        satisfaction
    }
}

impl StatusUpdateV1 {
    /// Reads every value once; what cannot be read is a reason.
    fn parse(self) -> Result<StatusUpdate, Vec<String>> {
        let mut reading = Reading { reasons: Vec::new() };
        let update_id = reading.bounded("update_id", self.update_id);
        let platform = reading.bounded("platform", self.platform);
        let ticket_id = reading.bounded("ticket_id", self.ticket_id);
        if !(0..=MAX_SEQUENCE).contains(&self.sequence) {
            reading.reasons.push(format!("sequence must be 0 to {MAX_SEQUENCE}"));
        }
        if self.department.as_ref().is_some_and(|name| name.chars().count() > MAX_FIELD_CHARS) {
            reading.reasons.push(format!("department is longer than {MAX_FIELD_CHARS} characters"));
        }
        let occurred_at = reading.time("occurred_at", &self.occurred_at);
        let due_at = self.due_at.as_ref().and_then(|due_at| reading.time("due_at", due_at));
        if occurred_at.zip(due_at).is_some_and(|(at, due)| due.duration_since(at).as_hours() > 24 * MAX_EXTENSION_DAYS)
        {
            reading.reasons.push(format!("due_at is more than {MAX_EXTENSION_DAYS} days after occurred_at"));
        }
        let status = reading.status(&self.status, self.result.as_deref());
        if self.result.as_ref().is_some_and(|result| result.chars().count() > MAX_TEXT_CHARS) {
            reading.reasons.push(format!("result is longer than {MAX_TEXT_CHARS} characters"));
        }
        let satisfaction = reading.satisfaction(self.satisfaction.as_deref());
        match (status, occurred_at) {
            (Some(status), Some(occurred_at)) if reading.reasons.is_empty() => Ok(StatusUpdate {
                update_id,
                platform,
                ticket_id,
                sequence: self.sequence,
                status,
                occurred_at,
                department: self.department,
                result: self.result,
                satisfaction,
                due_at,
            }),
            _ => Err(reading.reasons),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn valid() -> serde_json::Value {
        json!({
            "update_id": "u1", "platform": "urban", "ticket_id": "RC-20261121-000001", "sequence": 1,
            "status": "resolved", "occurred_at": "2026-11-22T09:00:00+08:00", "result": "已修复",
        })
    }

    #[test]
    fn bare_and_enveloped_updates_are_the_same() {
        let bare = read_status_update(valid().to_string().as_bytes()).unwrap();
        let enveloped = json!({"specversion": "1.0", "data": valid()});
        assert_eq!(read_status_update(enveloped.to_string().as_bytes()).unwrap(), bare);
    }

    #[test]
    fn every_reason_is_given_at_once() {
        let mut update = valid();
        update["status"] = json!("finished");
        update["occurred_at"] = json!("yesterday");
        update["sequence"] = json!(-1);
        assert_eq!(read_status_update(update.to_string().as_bytes()).unwrap_err().len(), 3);
        let mut silent = valid();
        silent["result"] = json!(" ");
        assert_eq!(
            read_status_update(silent.to_string().as_bytes()).unwrap_err(),
            ["status resolved needs a result for the citizen"]
        );
        let mut huge = valid();
        (huge["status"], huge["department"]) = (json!("s".repeat(140_000)), json!("d".repeat(201)));
        (huge["sequence"], huge["due_at"]) = (json!(i64::MAX), json!("2126-11-22T09:00:00Z"));
        let reasons = read_status_update(huge.to_string().as_bytes()).unwrap_err();
        assert!(reasons.len() == 4 && reasons.iter().all(|reason| reason.len() < 400), "{reasons:?}");
        assert!(read_status_update(b"{").unwrap_err()[0].starts_with("not JSON"));
        assert!(read_status_update(br#"{"a":1}"#).unwrap_err()[0].contains("unknown field"));
    }
}

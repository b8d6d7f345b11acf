//! What platforms, and rules of the city, did with a ticket besides setting its status.

use serde_json::{Value, json};

use super::Telling;
use crate::store::{Occurrence, OccurrenceKind, StoreError, TicketDetail};
use crate::ticket::ActKind;

impl Telling<'_> {
    pub(super) fn acted(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        for row in self.store.occurrences(OccurrenceKind::Act, &[detail.key.0])? {
            if self.stays.has(detail.key, row.at) {
                self.deed(detail, &row);
            }
        }
        Ok(())
    }

    fn deed(&mut self, detail: &TicketDetail, row: &Occurrence) {
        let known = |name: &str| row.details[name].clone();
        let words = row.details["words"].as_str().and_then(|words| self.words(words));
        let details = json!({
            "kind": row.outcome, "by": known("by"), "unit": known("unit"), "former_unit": known("former_unit"),
            "units": known("units"), "speed": known("speed"), "quality": known("quality"), "in_time": known("in_time"),
            "leader": known("leader"), "to": known("to"), "number": self.inner(known("number")), "words": words,
        });
        let said = said(row);
        self.tell((row.at, "act"), (None, Some(&detail.ticket.id)), said, details);
    }
}

/// Who did what, and to whom, without what was said.
fn said(row: &Occurrence) -> (String, String) {
    let text = |name: &str| row.details[name].as_str().map(str::to_owned);
    let units = row.details["units"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let parties: Vec<String> = ["leader", "unit", "to"].into_iter().filter_map(text).collect();
    let parties: Vec<String> = parties.into_iter().chain(units.map(str::to_owned)).collect();
    let known = ActKind::from_wire(&row.outcome);
    let kind = known.map_or(row.outcome.as_str(), |kind| kind.zh());
    let by = text("by");
    let (zh, en) = (by.as_deref().unwrap_or("按规定"), by.as_deref().unwrap_or("by rule"));
    (format!("{zh} {kind}：{}", parties.join("、")), format!("{en}: {}: {}", row.outcome, parties.join(", ")))
}

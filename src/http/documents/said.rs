//! What was said of a ticket, update by update.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Reader;
use super::tickets::OwnWords;
use crate::store::{UpdateView, Verdict};
use crate::ticket::{ActKind, Status};

/// What was said of a ticket: that it came into a status, what its citizens are told, why it takes longer or goes back.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketSaid")]
pub(in crate::http) struct SaidDocument {
    /// When it came.
    at: Timestamp,
    /// How it was taken: accepted; submitted, it waits or waited for approval; late, it changed nothing.
    #[schemars(extend("enum" = ["accepted", "submitted", "late"]))]
    #[schemars(example = &"accepted")]
    verdict: &'static str,
    /// The feed in whose name it was said; null once it was erased.
    #[schemars(example = &"units")]
    by: Option<String>,
    /// The status that was set; null: none was.
    #[schemars(extend("type" = ["string", "null"]), example = &"resolved")]
    status: Option<&'static str>,
    /// What was done besides; null: nothing.
    #[schemars(example = None::<&str>)]
    act: Option<&'static str>,
    /// The department that acts, as citizens are told.
    #[schemars(example = &"综合行政执法局")]
    department: Option<String>,
    /// Who handles it; null below operator.
    #[schemars(example = &"李工")]
    handler: Option<String>,
    /// The words; masked below operator, null where a complaint is withheld.
    #[schemars(example = &"路灯已于今日修复。")]
    words: Option<String>,
    /// What single citizens are told instead; empty below operator.
    results: Vec<OwnWords>,
    /// The deadline that was asked for, or set.
    #[schemars(example = None::<&str>)]
    due_at: Option<Timestamp>,
}

impl SaidDocument {
    /// What was said, in the order in which it came.
    pub(in crate::http) fn all(updates: &[UpdateView], reader: Reader) -> Vec<Self> {
        updates
            .iter()
            .filter(|update| update.verdict != Verdict::Repeated)
            .map(|update| Self::of(update, reader))
            .collect()
    }

    fn of(update: &UpdateView, reader: Reader) -> Self {
        let said = &update.said;
        let words = said.result.as_deref().filter(|words| !words.is_empty() && !reader.withheld);
        let own = update.results.iter().filter(|_| reader.contacts && !reader.withheld);
        Self {
            at: update.received_at,
            verdict: update.verdict.name(),
            by: Some(update.platform.clone()).filter(|platform| !platform.is_empty()),
            status: said.status.map(Status::wire),
            act: update.act.map(ActKind::wire),
            department: said.department.clone(),
            handler: said.person.as_ref().map(|person| person.name.clone()).filter(|_| reader.contacts),
            words: words.map(|words| reader.text(words)),
            results: own.map(|(receipt, words)| OwnWords::new(receipt, words)).collect(),
            due_at: update.due_at,
        }
    }
}

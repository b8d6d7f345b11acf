//! What sources have stated later of complaints, as people see it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::tickets::is_withheld;
use crate::complaint::{Satisfaction, StatementKind};
use crate::mask::mask_text;
use crate::store::{ComplaintView, StatementRow};

/// What a source has stated later of a complaint.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Statement {
    /// Receipt number of the complaint.
    receipt_number: String,
    /// urging 催办, withdrawal 撤单, closing 办结, rating 评价.
    #[schemars(extend("enum" = StatementKind::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"urging")]
    kind: &'static str,
    /// The same in Chinese.
    #[schemars(example = &"催办")]
    kind_zh: &'static str,
    /// When it was said, as the source has it.
    at: Timestamp,
    /// When the gateway took it in.
    received_at: Timestamp,
    /// The words; masked below operator, empty where the complaint is withheld.
    #[schemars(example = &"两天了还没有人来")]
    text: String,
    /// satisfied, fair or dissatisfied, in ratings.
    #[schemars(example = None::<&str>)]
    satisfaction: Option<&'static str>,
    /// Number of the raw record that it came with.
    raw_id: i64,
}

impl Statement {
    /// The statements of these complaints, in their order; with `contacts` in full, else masked.
    pub(in crate::http) fn all(rows: &[StatementRow], views: &[ComplaintView], contacts: bool) -> Vec<Self> {
        let of = |row: &StatementRow| {
            let view = views.iter().find(|view| view.id == row.complaint)?;
            Some(Self::of(row, view, contacts))
        };
        rows.iter().filter_map(of).collect()
    }

    fn of(row: &StatementRow, view: &ComplaintView, contacts: bool) -> Self {
        let text = match (is_withheld(view, contacts), contacts) {
            (true, _) => String::new(),
            (false, true) => row.text.clone(),
            (false, false) => mask_text(&row.text),
        };
        Self {
            receipt_number: view.receipt.clone(),
            kind: row.kind.name(),
            kind_zh: row.kind.zh(),
            at: row.at,
            received_at: row.received_at,
            text,
            satisfaction: row.satisfaction.map(Satisfaction::wire),
            raw_id: row.raw_id.0,
        }
    }
}

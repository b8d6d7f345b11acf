//! A table without the headings of the settings: what an operator is told.

use super::continued::are_like_records;
use super::seeming::{are_bare_words, filled, is_like_headings};
use crate::event::Reason;

/// Most headings that are named in a message.
const MAX_NAMED: usize = 20;

/// What the rows seem to have instead of the headings `wanted` in row `row`, and whether they look like a table at all.
pub(super) fn no_headings(rows: &[(usize, Vec<String>)], row: usize, wanted: &str) -> (Reason, bool) {
    let declared = rows.iter().find(|(number, cells)| *number == row && are_bare_words(cells));
    // Of rows that are as wide, the first.
    let like = rows.iter().rev().filter(|(_, cells)| is_like_headings(cells));
    let seeming = declared.or_else(|| like.max_by_key(|(_, cells)| filled(cells)));
    let wide = rows.iter().filter(|(_, cells)| filled(cells) >= 3).count();
    let is_table = (seeming.is_some() && wide >= 2) || are_like_records(rows);
    let reason = match seeming {
        Some((number, cells)) if *number == row => other_names(row, cells, wanted),
        Some((number, _)) => Reason::new(
            format!(
                "第 {row} 行及其下没有列名（需要：{wanted}）；第 {number} 行像是列名：请设置 header_row = {number}，列名不同时在 aliases 里写明"
            ),
            format!(
                "row {row} and those below have none of the headings ({wanted}); row {number} seems to be the headings: set header_row = {number}, and name other headings in aliases"
            ),
        ),
        None => {
            let last = rows.last().map_or(0, |(number, _)| *number);
            Reason::new(
                format!("前 {last} 行没有列名（需要：{wanted}）；请检查 header_row、sheet、aliases、encoding"),
                format!(
                    "the first {last} rows have none of the headings ({wanted}); see to header_row, sheet, aliases and encoding"
                ),
            )
        }
    };
    (reason, is_table)
}

/// The headings are where they should be, and have other names.
fn other_names(row: usize, cells: &[String], wanted: &str) -> Reason {
    let there = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let there = there.take(MAX_NAMED).collect::<Vec<_>>().join("、");
    Reason::new(
        format!(
            "第 {row} 行的列名（{there}）与设置不同（需要：{wanted}）；请在 aliases 里写明，或改映射里的列名；若列名在别的行，请改 header_row"
        ),
        format!(
            "the headings of row {row} ({there}) are not those of the settings ({wanted}): name them in aliases or in the mapping; if they are in another row, set header_row"
        ),
    )
}

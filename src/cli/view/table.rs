//! Tables, and lists of the same where the screen is too narrow for them.

use comfy_table::{ContentArrangement, Table, presets};
use console::{AnsiCodeIterator, measure_text_width};

use super::{line, width};
use huiliu_adapter_api::wording::has_chinese;

/// Columns that a column of a table needs so that its text can be read.
const READABLE: usize = 8;

/// A table with headings; Chinese is aligned. Where the screen is too narrow for one, each row is a list.
pub(in crate::cli) fn table(headings: &[&str], rows: Vec<Vec<String>>) {
    line(&drawn(headings, rows, width()));
}

fn drawn(headings: &[&str], rows: Vec<Vec<String>>, width: u16) -> String {
    if fits(headings, &rows, usize::from(width)) {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        table.set_header(headings.iter().map(ToString::to_string).collect::<Vec<_>>());
        for row in rows {
            table.add_row(row);
        }
        return table.to_string();
    }
    if rows.is_empty() {
        let named = headings.iter().filter(|heading| !heading.is_empty());
        return named.flat_map(|heading| broken(heading, usize::from(width))).collect::<Vec<_>>().join("\n");
    }
    let listed = rows.iter().map(|row| listed(headings, row, usize::from(width)));
    listed.collect::<Vec<_>>().join("\n\n")
}

/// Whether each column can have what it needs, or is wide enough to be read.
fn fits(headings: &[&str], rows: &[Vec<String>], width: usize) -> bool {
    let widest = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index)).flat_map(|cell| cell.lines());
        cells.chain(headings.get(index).copied()).map(measure_text_width).max().unwrap_or_default()
    };
    // A border and two blanks stand at each column.
    let needed: usize = (0..headings.len()).map(|index| widest(index).min(READABLE) + 3).sum();
    needed < width
}

/// A row as lines of heading and value.
fn listed(headings: &[&str], row: &[String], width: usize) -> String {
    let named = headings.iter().zip(row).filter(|(_, value)| !value.is_empty());
    let lines = named.flat_map(|(heading, value)| {
        let separator = match *heading {
            "" => "",
            heading if has_chinese(heading) => "：",
            _ => ": ",
        };
        format!("{heading}{separator}{value}").lines().flat_map(|line| broken(line, width)).collect::<Vec<_>>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line in pieces that fit. Codes of colors take no columns, and stay whole.
fn broken(line: &str, width: usize) -> Vec<String> {
    let (mut pieces, mut piece, mut used) = (Vec::new(), String::new(), 0);
    for (part, is_code) in AnsiCodeIterator::new(line) {
        if is_code {
            piece.push_str(part);
            continue;
        }
        for c in part.chars() {
            let columns = measure_text_width(c.encode_utf8(&mut [0; 4]));
            if used + columns > width {
                pieces.push(std::mem::take(&mut piece));
                used = 0;
            }
            used += columns;
            piece.push(c);
        }
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_does_not_fit_is_a_list() {
        let rows = vec![vec!["hotline".to_owned(), "12345 热线".to_owned(), "running".to_owned()]];
        let wide = drawn(&["渠道", "名称", "状态"], rows.clone(), 80);
        assert!(wide.contains('│') && wide.lines().count() == 5, "{wide}");
        let headings = ["渠道", "名称", "适配器", "状态", "记录", "距上次成功(秒)", "最近错误"];
        let long = "连接被拒绝，请检查地址与防火墙设置，并确认对方系统正在运行".to_owned();
        let row =
            ["hotline", "12345 热线", "soap", "down", "0", "-"].map(str::to_owned).into_iter().chain([long]).collect();
        let narrow = drawn(&headings, vec![row], 40);
        assert!(narrow.starts_with("渠道：hotline\n名称：12345 热线\n"), "{narrow}");
        assert!(narrow.lines().all(|line| measure_text_width(line) <= 40), "{narrow}");
    }

    #[test]
    fn nothing_is_wider_than_the_screen() {
        let headings = ["编号", "Delivery", "工单", "Version of the ticket", "时间", "次数", "", "最近错误"];
        let cells = [
            "",
            "17",
            "RC-20261122-000001",
            "2026-11-22 09:30:00",
            "连接被拒绝，请检查地址",
            "a\n\u{1b}[31m路灯不亮，请尽快来人修理\u{1b}[0m\n",
        ];
        for width in [20, 40, 41, 80] {
            for columns in 1..=headings.len() {
                for rows in 0..3 {
                    for first in 0..cells.len() {
                        let row = |row: usize| {
                            (0..columns).map(|column| cells[(first + row + column) % cells.len()].to_owned()).collect()
                        };
                        let drawn = drawn(&headings[..columns], (0..rows).map(row).collect(), width);
                        let widest = drawn.lines().map(measure_text_width).max().unwrap_or_default();
                        assert!(widest <= usize::from(width), "{widest} of {width}:\n{drawn}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_is_broken_where_the_screen_ends() {
        assert_eq!(broken("\u{1b}[31mabc\u{1b}[0m", 2), ["\u{1b}[31mab", "c\u{1b}[0m"]);
        assert_eq!(broken("路灯不亮，请修", 6), ["路灯不", "亮，请", "修"]);
        assert_eq!(broken("", 6), [""]);
        assert_eq!(broken("abc", 2), ["ab", "c"]);
    }
}

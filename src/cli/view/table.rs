//! Tables, and lists of the same where the screen is too narrow for them.

use comfy_table::{ContentArrangement, Table, presets};
use console::measure_text_width;

use super::{line, width};
use huiliu_adapter_api::wording::has_chinese;

/// Columns that a column of a table needs so that its text can be read.
const READABLE: usize = 8;

/// A table with headings; Chinese is aligned. Where the screen is too narrow for one, each row is a list.
pub(in crate::cli) fn table(headings: &[&str], rows: Vec<Vec<String>>) {
    line(&drawn(headings, rows, width()));
}

fn drawn(headings: &[&str], rows: Vec<Vec<String>>, width: u16) -> String {
    if rows.is_empty() || fits(headings, &rows, usize::from(width)) {
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

/// A line in pieces that fit. One with colors is left whole: its codes take no columns.
fn broken(line: &str, width: usize) -> Vec<String> {
    if line.contains('\u{1b}') {
        return vec![line.to_owned()];
    }
    let (mut pieces, mut used) = (vec![String::new()], 0);
    for c in line.chars() {
        let columns = measure_text_width(c.encode_utf8(&mut [0; 4]));
        if used + columns > width {
            pieces.push(String::new());
            used = 0;
        }
        used += columns;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
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
    fn a_line_is_broken_where_the_screen_ends() {
        assert_eq!(broken("路灯不亮，请修", 6), ["路灯不", "亮，请", "修"]);
        assert_eq!(broken("", 6), [""]);
        assert_eq!(broken("abc", 2), ["ab", "c"]);
    }
}

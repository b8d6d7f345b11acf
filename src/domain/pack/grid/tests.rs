//! Rows are read, changed, added, removed and moved, and all else stays as it was written.

use super::*;

const GRADES: &str = r#"# 白银市。
name = "白银市" # 全称
code = "620400"

# 紧急的先办。
[[grade]]
code = "urgent"
name = "紧急"
due = { hours = 24 }
words = ["紧急", "特急"]
remind_percent = []

# 其余三日。
[[grade]]
code = "general"
name = "一般"
due = { working_days = 3 }
words = ["一般"]
above = 5

[office]
hours = ["08:30-12:00", "14:00-17:30"]

[office.summer]
hours = ["08:30-12:00"]
"#;

/// A part of the text from the first time that something stands there to the first time of something else.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap();
    let end = if to.is_empty() { text.len() } else { text.find(to).unwrap() };
    text.get(start..end).unwrap()
}

fn cells(of: &[&str]) -> Vec<String> {
    of.iter().map(|&cell| cell.to_owned()).collect()
}

fn toml(table: &str, edit: GridEdit) -> Result<String, GridRefusal> {
    regridded("city.toml", GRADES, table, edit)
}

fn table<'g>(grids: &'g [Grid], name: &str) -> &'g Grid {
    grids.iter().find(|grid| grid.name == name).unwrap()
}

#[test]
fn a_file_is_its_top_its_tables_and_its_lists() {
    let grids = grids("city.toml", GRADES).unwrap();
    let names: Vec<_> = grids.iter().map(|grid| (grid.name.as_str(), grid.many)).collect();
    assert_eq!(names, [("", false), ("grade", true), ("office", false), ("office.summer", false)]);
    let grade = table(&grids, "grade");
    assert_eq!(grade.columns, ["code", "name", "due", "words", "remind_percent", "above"]);
    assert_eq!(grade.rows[0].cells, cells(&["urgent", "紧急", "hours = 24", "紧急、特急", "[]", ""]));
    assert_eq!(grade.rows[1].cells, cells(&["general", "一般", "working_days = 3", "一般", "", "5"]));
    let lines = |row: &GridRow| (row.line, row.until);
    assert_eq!(grade.rows.iter().map(lines).collect::<Vec<_>>(), [(6, 14), (14, 21)], "what follows is not theirs");
    assert_eq!(table(&grids, "").rows.iter().map(lines).collect::<Vec<_>>(), [(1, 6)]);
    assert_eq!(table(&grids, "").rows[0].cells, cells(&["白银市", "620400"]));
}

#[test]
fn a_cell_is_changed_and_nothing_else() {
    let edit = GridEdit::Set(0, cells(&["urgent", "特急", "hours = 12", "紧急，特急、加急", "[]", ""]));
    let expected = GRADES
        .replace("name = \"紧急\"", "name = \"特急\"")
        .replace("hours = 24", "hours = 12")
        .replace("[\"紧急\", \"特急\"]", "[\"紧急\", \"特急\", \"加急\"]");
    assert_eq!(toml("grade", edit).unwrap(), expected);
    let same = GridEdit::Set(1, cells(&["general", "一般", "working_days = 3", "一般", "", "5"]));
    assert_eq!(toml("grade", same).unwrap(), GRADES);
    let named = toml("", GridEdit::Set(0, cells(&["白银", "620400"]))).unwrap();
    assert_eq!(named, GRADES.replace("name = \"白银市\" # 全称", "name = \"白银\" # 全称"));
    let gone = GridEdit::Set(1, cells(&["general", "一般", "working_days = 3", "一般", "", ""]));
    assert_eq!(toml("grade", gone).unwrap(), GRADES.replace("above = 5\n", ""));
}

#[test]
fn line_ends_of_windows_stay() {
    let text = GRADES.replace('\n', "\r\n");
    for (edit, changed) in [
        (GridEdit::Set(1, cells(&["general", "普通", "working_days = 3", "一般", "", "5"])), "普通"),
        (GridEdit::Add(cells(&["low", "从缓", "", "", "", ""])), "从缓"),
    ] {
        let done = regridded("city.toml", &text, "grade", edit).unwrap();
        assert!(done.contains(changed) && done.matches('\n').count() == done.matches("\r\n").count(), "{done:?}");
        assert!(done.starts_with("# 白银市。\r\nname = \"白银市\" # 全称\r\n"), "{done:?}");
    }
}

#[test]
fn a_row_is_added_behind_the_last_with_the_types_of_its_columns() {
    let added =
        toml("grade", GridEdit::Add(cells(&["low", "从\"缓\"", "working_days = 9", "从缓、不急", "", "7"]))).unwrap();
    let row = "above = 5\n\n[[grade]]\ncode = \"low\"\nname = '从\"缓\"'\ndue = { working_days = 9 }\nwords = [\"从缓\", \"不急\"]\nabove = 7\n\n[office]";
    assert_eq!(added, GRADES.replace("above = 5\n\n[office]", row));
}

#[test]
fn rows_are_removed_and_moved_with_the_remarks_above_them() {
    let less = toml("grade", GridEdit::Remove(0)).unwrap();
    let (urgent, general) = (part(GRADES, "# 紧急的先办", "# 其余三日"), part(GRADES, "# 其余三日", "[office]"));
    let (head, tail) = (part(GRADES, "# 白银", "# 紧急的先办"), part(GRADES, "[office]", ""));
    assert_eq!(less, format!("{head}{general}{tail}"));
    assert_eq!(toml("grade", GridEdit::Up(1)).unwrap(), format!("{head}{general}{urgent}{tail}"));
    assert_eq!(toml("grade", GridEdit::Up(0)).unwrap_err(), GridRefusal::Missing);
    assert_eq!(toml("office", GridEdit::Remove(0)).unwrap_err(), GridRefusal::Missing);
}

#[test]
fn what_is_no_value_is_refused_with_its_column() {
    for (number, typed) in [(2, "hours = "), (5, "five"), (5, "5\nname = 6"), (2, "hours = 1 }\nx = { y = 2")] {
        let mut row = cells(&["general", "一般", "working_days = 3", "一般", "", "5"]);
        row[number] = typed.to_owned();
        let refusal = toml("grade", GridEdit::Set(1, row)).unwrap_err();
        assert!(matches!(&refusal, GridRefusal::Typed { .. }), "{typed}: {refusal}");
        assert!(refusal.zh().contains(typed.get(..3).unwrap()), "{}", refusal.zh());
    }
    assert_eq!(toml("none", GridEdit::Add(Vec::new())).unwrap_err(), GridRefusal::Missing);
    assert_eq!(toml("grade", GridEdit::Set(1, cells(&["x"]))).unwrap_err(), GridRefusal::Missing);
    assert_eq!(toml("grade", GridEdit::Set(9, cells(&["x"; 6]))).unwrap_err(), GridRefusal::Missing);
    assert!(matches!(grids("city.toml", "name = "), Err(GridRefusal::Form(_))));
    assert!(matches!(grids("cases/a.json", "{}"), Err(GridRefusal::Form(_))));
}

const UNITS: &str = "\u{feff}code,name,parent\r\n# 中心\r\ncenter,\"治理,中心\",\r\n\r\nroads,交通局,center\r\n# 街道\r\nstreet,崖头街道,center";

fn csv(edit: GridEdit) -> Result<String, GridRefusal> {
    regridded("tables/departments.csv", UNITS, "", edit)
}

#[test]
fn rows_of_a_csv_file_lie_between_remarks_that_stay() {
    let grid = grids("tables/departments.csv", UNITS).unwrap().remove(0);
    assert_eq!(grid.columns, ["code", "name", "parent"]);
    let lines: Vec<_> = grid.rows.iter().map(|row| (row.line, row.until, row.cells[0].as_str())).collect();
    assert_eq!(lines, [(3, 4, "center"), (5, 6, "roads"), (7, 8, "street")]);
    assert_eq!(grid.rows[0].cells[1], "治理,中心");
    let set = csv(GridEdit::Set(1, cells(&["roads", "交通\"运输\"局", "center"]))).unwrap();
    assert_eq!(set, UNITS.replace("roads,交通局,center", "roads,\"交通\"\"运输\"\"局\",center"));
    assert_eq!(csv(GridEdit::Set(2, cells(&["street", "崖头街道", "center"]))).unwrap(), UNITS);
    let added = csv(GridEdit::Add(cells(&["#new", "", ""]))).unwrap();
    assert_eq!(added, format!("{UNITS}\n\"#new\",,\r\n"));
    assert_eq!(grids("a.csv", &added).unwrap()[0].rows.len(), 4);
    assert_eq!(csv(GridEdit::Remove(1)).unwrap(), UNITS.replace("roads,交通局,center\r\n", ""));
    let moved = csv(GridEdit::Up(2)).unwrap();
    let expected = "\u{feff}code,name,parent\r\n# 中心\r\ncenter,\"治理,中心\",\r\n\r\nstreet,崖头街道,center\n# 街道\r\nroads,交通局,center\r\n";
    assert_eq!(moved, expected);
    assert!(matches!(csv(GridEdit::Add(cells(&["", " ", ""]))), Err(GridRefusal::Typed { .. })));
    assert_eq!(csv(GridEdit::Remove(3)).unwrap_err(), GridRefusal::Missing);
    for short in [&["roads", "交通局"][..], &[]] {
        assert_eq!(csv(GridEdit::Set(1, cells(short))).unwrap_err(), GridRefusal::Missing, "no cell goes unsaid");
    }
    assert!(grids("tables/a.csv", "").unwrap().is_empty());
}

#[test]
fn what_is_shown_is_what_counts() {
    for text in ["a;b\n1;2,3\n", "a\tb\n1\t2\n", "a,b\n1\n2,3,4\n", "\n# r\na,b\n1,2\n", "a,b\n\"1\n\",2\n"] {
        let grid = &grids("x.csv", text).unwrap()[0];
        let table = crate::city::Table::read("x.csv", text.as_bytes()).unwrap();
        let rows: Vec<Vec<&str>> = table.rows().map(|row| row.cells().iter().map(String::as_str).collect()).collect();
        let shown = |row: &GridRow, wide: usize| row.cells.iter().take(wide).cloned().collect::<Vec<_>>();
        for (row, expected) in grid.rows.iter().zip(&rows) {
            assert_eq!(shown(row, expected.len()), *expected, "{text:?}");
        }
        assert_eq!(grid.rows.len(), rows.len(), "{text:?}");
        assert_eq!(grid.columns.get(..table.header().len()).unwrap(), table.header());
    }
}

//! What is written is read again by the project's own readers, and comes out as it went in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its file cannot be written or read")]

use std::collections::BTreeMap;
use std::sync::Arc;

use huiliu_adapter_api::{RecordBody, RecordFormat, Settings};
use huiliu_expression::Language;
use huiliu_sheet::{CUT_MARK, Cell, Charset, MAX_CELL_CHARS, Sheet, SheetError, SheetKind};
use huiliu_table::{Event, Headings, Table, open_file};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

const KINDS: [SheetKind; 5] = [
    SheetKind::Csv(Charset::Utf8),
    SheetKind::Csv(Charset::Utf8Mark),
    SheetKind::Csv(Charset::Gb18030),
    SheetKind::JsonLines,
    SheetKind::Xlsx,
];

fn write(kind: SheetKind, columns: &[&str], rows: &[Vec<Cell>]) -> Vec<u8> {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let mut sheet = Sheet::new(kind, &columns).unwrap();
    for row in rows {
        sheet.push(row).unwrap();
    }
    let finished = sheet.finish().unwrap();
    assert_eq!((finished.rows, finished.cut), (rows.len(), 0));
    finished.content
}

/// The records of a file, as a channel `file-drop` would read them.
fn read(kind: SheetKind, content: &[u8]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("delivery.{}", kind.ending()));
    std::fs::write(&path, content).unwrap();
    let name = match kind {
        SheetKind::Csv(_) => "csv",
        SheetKind::JsonLines => "json-lines",
        SheetKind::Xlsx => "xlsx",
    };
    let source = format!("kind = \"{name}\"\n");
    let table = toml::de::DeTable::parse(&source).unwrap();
    let span = table.span();
    let settings = Settings::new(&source, toml::Spanned::new(span, toml::de::DeValue::Table(table.into_inner())));
    let language = Language::new(TimeZone::UTC, Arc::default());
    let format = RecordFormat::compile(&settings, &language).unwrap();
    let headings = Headings::new(&BTreeMap::new(), None).unwrap();
    let events = open_file(&path, &format, &Table { sheet: None, header_row: 1, headings }).unwrap();
    events
        .filter_map(|event| match event {
            Event::Row(record) => match record.body {
                RecordBody::Tree(tree) => Some(tree),
                RecordBody::Broken { reason, .. } => panic!("{kind:?}: {reason}"),
            },
            Event::Failed(reason) => panic!("{kind:?}: {}", reason.en),
            Event::Notice { reason, .. } => panic!("{kind:?}: {}", reason.en),
            Event::Sheet { .. } | Event::Headings => None,
        })
        .collect()
}

#[test]
fn texts_of_citizens_come_out_as_they_went_in() {
    let texts = [
        "解放路12号路灯不亮，三天了",
        "他说\"明天来\"，没来",
        "第一行\n第二行，带逗号",
        "生僻字：𠮷、㛃、囧；符号：€ 😀",
        "尾随空格之前",
        "a;b|c\td",
        "<table><tr>",
        "{\"json\": true}",
        "_x000D_ 不是换行",
    ];
    for kind in KINDS {
        let rows: Vec<Vec<Cell>> =
            texts.iter().enumerate().map(|(n, text)| vec![Cell::from(format!("TS-{n}")), Cell::from(*text)]).collect();
        let records = read(kind, &write(kind, &["工单编号", "诉求内容"], &rows));
        let read: Vec<&str> = records.iter().map(|record| record["诉求内容"].as_str().unwrap()).collect();
        assert_eq!(read, texts, "{kind:?}");
    }
}

#[test]
fn numbers_that_are_names_keep_every_digit() {
    let names = [
        "007",
        "13800138000",
        "110101199003077758",
        "20261126000000000123",
        "1E5",
        "1.10",
        "05718888",
        "+8613800138000",
        "-5",
    ];
    for kind in KINDS {
        let rows: Vec<Vec<Cell>> = names.iter().map(|name| vec![Cell::from(*name), Cell::from("路灯不亮")]).collect();
        let records = read(kind, &write(kind, &["工单编号", "诉求内容"], &rows));
        let read: Vec<&str> = records.iter().map(|record| record["工单编号"].as_str().unwrap()).collect();
        assert_eq!(read, names, "{kind:?}");
    }
}

#[test]
fn numbers_that_are_counted_are_numbers() {
    let row = vec![
        Cell::Integer(42),
        Cell::Decimal(30.25),
        Cell::Flag(true),
        Cell::Empty,
        Cell::Integer(1_234_567_890_123_456_789),
    ];
    let columns = ["件数", "纬度", "超期", "备注", "流水号"];
    let json = read(SheetKind::JsonLines, &write(SheetKind::JsonLines, &columns, std::slice::from_ref(&row)));
    let expected =
        json!({"件数": 42, "纬度": 30.25, "超期": true, "备注": null, "流水号": 1_234_567_890_123_456_789_i64});
    assert_eq!(json, [expected]);
    for kind in [SheetKind::Xlsx, SheetKind::Csv(Charset::Utf8Mark)] {
        let read = read(kind, &write(kind, &columns, std::slice::from_ref(&row)));
        assert_eq!(read[0]["件数"], "42", "{kind:?}");
        assert_eq!(read[0]["纬度"], "30.25", "{kind:?}");
        assert_eq!(read[0]["超期"], "是", "{kind:?}");
        assert_eq!(read[0]["流水号"], "1234567890123456789", "{kind:?}: more digits than a spreadsheet keeps");
    }
    assert!(
        read(
            SheetKind::JsonLines,
            &write(SheetKind::JsonLines, &["值", "号"], &[vec![Cell::Decimal(f64::NAN), Cell::from("1")]])
        )[0]["值"]
            .is_null()
    );
}

#[test]
fn no_text_of_a_citizen_is_a_formula() {
    let formula = "=HYPERLINK(\"http://x.example\",\"点我\")";
    let rows = [vec![Cell::from("TS-1"), Cell::from(formula)]];
    let columns = ["工单编号", "=标题"];
    let csv = String::from_utf8(write(SheetKind::Csv(Charset::Utf8), &columns, &rows)).unwrap();
    assert_eq!(csv, "工单编号,'=标题\r\nTS-1,\"'=HYPERLINK(\"\"http://x.example\"\",\"\"点我\"\")\"\r\n");
    // In a workbook the kind of a cell says that it is a text.
    assert_eq!(
        read(SheetKind::Xlsx, &write(SheetKind::Xlsx, &["工单编号", "诉求内容"], &rows))[0]["诉求内容"],
        formula
    );
}

#[test]
fn the_mark_is_there_where_it_is_wanted_and_old_systems_get_their_encoding() {
    let rows = [vec![Cell::from("1"), Cell::from("路灯")]];
    let of = |charset| write(SheetKind::Csv(charset), &["号", "内容"], &rows);
    assert!(of(Charset::Utf8Mark).starts_with(b"\xEF\xBB\xBF"));
    assert!(!of(Charset::Utf8).starts_with(b"\xEF\xBB\xBF"));
    assert!(of(Charset::Gb18030).starts_with(b"\xBA\xC5,"), "号 in GB18030");
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let rows = [vec![Cell::from("TS-1"), Cell::from("路灯")]];
    for kind in KINDS {
        assert_eq!(write(kind, &["号", "内容"], &rows), write(kind, &["号", "内容"], &rows), "{kind:?}");
    }
}

#[test]
fn a_text_longer_than_a_cell_is_cut_visibly_and_counted() {
    let columns = ["号".to_owned(), "内容".to_owned()];
    let long = "😀".repeat(MAX_CELL_CHARS);
    let mut sheet = Sheet::new(SheetKind::Xlsx, &columns).unwrap();
    sheet.push(&[Cell::from("1"), Cell::from(long.clone())]).unwrap();
    let finished = sheet.finish().unwrap();
    assert_eq!(finished.cut, 1);
    let read_text = read(SheetKind::Xlsx, &finished.content)[0]["内容"].as_str().unwrap().to_owned();
    assert!(read_text.ends_with(CUT_MARK) && read_text.encode_utf16().count() <= MAX_CELL_CHARS);
    let kind = SheetKind::Csv(Charset::Utf8);
    assert_eq!(
        read(kind, &write(kind, &["号", "内容"], &[vec![Cell::from("1"), Cell::from(long.clone())]]))[0]["内容"],
        long
    );
}

#[test]
fn rows_and_headings_that_do_not_fit_are_refused() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for wrong in [names(&[]), names(&["a", " a"]), names(&["a", ""]), names(&["x"; 501])] {
        assert!(matches!(Sheet::new(SheetKind::JsonLines, &wrong), Err(SheetError::Columns)));
    }
    let mut sheet = Sheet::new(SheetKind::JsonLines, &names(&["a"])).unwrap();
    let wide = sheet.push(&[Cell::Empty, Cell::Empty]);
    assert!(matches!(wide, Err(SheetError::Width { row: 1, cells: 2, columns: 1 })));
    let half = Cell::from("x".repeat(33 << 20));
    sheet.push(std::slice::from_ref(&half)).unwrap();
    assert!(matches!(sheet.push(std::slice::from_ref(&half)), Err(SheetError::TooLarge)));
    sheet.push(&[Cell::from("small")]).unwrap();
    assert_eq!(sheet.finish().unwrap().rows, 2);
}

#[test]
fn a_file_without_rows_says_so_with_its_headings() {
    for kind in [SheetKind::Csv(Charset::Utf8Mark), SheetKind::Xlsx] {
        assert!(read(kind, &write(kind, &["工单编号", "诉求内容"], &[])).is_empty(), "{kind:?}");
    }
}

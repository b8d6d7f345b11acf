//! Files that are cut, or whose shape is not what it should be: nothing goes without a word.

use serde_json::json;

use crate::room::{Room, Told};

async fn ledger(name: &str, content: &[u8]) -> Told {
    let room = Room::ledger("endings = [\".csv\", \".xls\", \".xlsx\"]");
    room.put(name, content);
    room.pull(256).await
}

#[tokio::test]
async fn a_carriage_return_inside_a_cell_ends_no_row() {
    let told =
        ledger("a.csv", "工单编号,内容,电话\n1,a\rb,13800001111\n2,\"c\rd\",13800002222\r\n3,e,f\r\r\n".as_bytes())
            .await;
    assert_eq!(told.ids(), ["1", "2", "3"], "{:?}", told.aside());
    assert_eq!((told.field("1", "内容"), told.field("1", "电话")), (json!("a\rb"), json!("13800001111")));
    assert_eq!((told.field("2", "内容"), told.field("2", "电话")), (json!("c\rd"), json!("13800002222")));
    assert_eq!(told.field("3", "电话"), json!("f"));
}

/// Records of an XLS without a compound file around them.
fn biff(rows: &[&[&str]]) -> Vec<u8> {
    let mut stream = vec![0x09, 0x08, 0x08, 0x00, 0x00, 0x05, 0x10, 0x00, 0, 0, 0, 0];
    for (row, cells) in (0_u16..).zip(rows) {
        for (column, cell) in (0_u16..).zip(*cells) {
            let length = u16::try_from(cell.len()).unwrap();
            for number in [0x0204, 8 + length, row, column, 0, length] {
                stream.extend(number.to_le_bytes());
            }
            stream.extend(cell.as_bytes());
        }
    }
    stream
}

#[tokio::test]
async fn an_xls_without_its_end_is_not_whole() {
    let mut stream = biff(&[&["工单编号", "内容"], &["1", "a"], &["2", "b"]]);
    let cuts = [Vec::new(), vec![0x0A], vec![0x04, 0x02, 0x0A]];
    for cut in cuts {
        let told = ledger("a.xls", &[&stream[..], &cut].concat()).await;
        assert_eq!((told.ids(), told.failed), (vec!["1"], true), "{cut:?}");
        assert!(told.alarms.contains("第 3 行"), "{}", told.alarms);
    }
    stream.extend([0x0A, 0, 0, 0]);
    let told = ledger("a.xls", &stream).await;
    assert_eq!((told.ids(), told.failed), (vec!["1", "2"], false));
}

#[tokio::test]
async fn a_page_that_is_cut_is_not_whole() {
    let whole = "<html><body><table><tr><td>工单编号</td><td>内容</td></tr><tr><td>1</td><td>a</td></tr>";
    for cut in [
        "",
        "<tr><td>2</td>",
        "<tr><td>2</td><td>b",
        "<tr><td>2</td><td sty",
        "<tr><td>2</td><!-- b</td></tr></table></body></html>",
        "<style>td {<tr><td>2</td><td>b</td></tr></table></html>",
        "<script>var a = 1;<tr><td>2</td><td>b</td></tr></table></html>",
    ] {
        let told = ledger("a.xls", format!("{whole}{cut}").as_bytes()).await;
        assert_eq!((told.ids(), told.failed), (vec!["1"], true), "{cut}");
        assert!(told.alarms.contains("不完整"), "{cut}: {}", told.alarms);
    }
    for end in ["</table></body></html>", "</table>", "<tr><td>2<td>b</table>", "</body>", "</TABLE >\n"] {
        let told = ledger("a.xls", format!("{whole}{end}").as_bytes()).await;
        assert!(!told.failed && told.aside().is_empty(), "{end}: {:?}", told.aside());
    }
    let rows = "<tr><td>工单编号</td><td>内容</td></tr><tr><td>1</td><td>a</td></tr>";
    assert!(!ledger("a.xls", rows.as_bytes()).await.failed, "rows without a table");
    assert!(ledger("a.xls", format!("{rows}<tr><td>2").as_bytes()).await.failed, "a row without its end");
}

#[tokio::test]
async fn a_cell_of_several_rows_stands_in_each() {
    let page = "<table><tr><th>工单编号</th><th>街道</th><th>内容</th><th>电话</th></tr>\
        <tr><td>1</td><td rowspan=\"2\" data-colspan='3'>崖头</td><td>a</td><td ROWSPAN = 3>138</td></tr>\
        <tr><td>2</td><td>b</td></tr>\
        <tr><td>3</td><td title=\"colspan=2\" colspan=1>石岛</td><td>c</td></tr>\
        <tr><td>4</td><td colspan=2>d</td><td>139</td></tr></table>";
    let told = ledger("a.xls", page.as_bytes()).await;
    assert_eq!(told.ids(), ["1", "2", "3", "4"]);
    let row = |id: &str| ["街道", "内容", "电话"].map(|field| told.field(id, field));
    assert_eq!(row("1"), [json!("崖头"), json!("a"), json!("138")]);
    assert_eq!(row("2"), [json!("崖头"), json!("b"), json!("138")]);
    assert_eq!(row("3"), [json!("石岛"), json!("c"), json!("138")]);
    assert_eq!(row("4"), [json!("d"), json!(null), json!("139")]);
}

#[tokio::test]
async fn a_row_without_cells_is_one_of_those_that_a_cell_takes() {
    let page = "<table><tr><th>内容</th><th>工单编号</th></tr><tr><td rowspan=2>a</td><td>1</td></tr><tr></tr>\
        <tr><td>b</td><td>2</td></tr></table>";
    let told = ledger("a.xls", page.as_bytes()).await;
    assert_eq!((told.ids(), told.field("2", "内容")), (vec!["1", "2"], json!("b")));
}

#[tokio::test]
async fn sheets_beyond_the_bound_are_told() {
    let sheet = |number: usize| {
        let cell = |text: &str| format!("<Cell><Data ss:Type=\"String\">{text}</Data></Cell>");
        let row = |texts: [&str; 2]| format!("<Row>{}</Row>", texts.map(cell).concat());
        let rows = row(["工单编号", "内容"]) + &row([&number.to_string(), "a"]);
        format!("<Worksheet ss:Name=\"s{number}\"><Table>{rows}</Table></Worksheet>")
    };
    let sheets: String = (1..=503).map(sheet).collect();
    let book = format!(
        "<?xml version=\"1.0\"?><Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">{sheets}</Workbook>"
    );
    let room = Room::ledger("endings = [\".xls\"]");
    room.put("a.xls", book.as_bytes());
    let told = room.pull(1_000).await;
    assert_eq!(told.ids().len(), 500);
    assert!(told.alarms.contains("s501") && told.file.contains("503"), "{}", told.alarms);
    let room = Room::ledger("endings = [\".xls\"]\nsheet = \"s503\"");
    room.put("a.xls", book.as_bytes());
    let told = room.pull(1_000).await;
    assert_eq!((told.ids(), told.alarms.as_str()), (vec!["503"], ""));
}

#[tokio::test]
async fn a_line_that_cannot_be_read_whole_keeps_what_can() {
    let room = Room::new("kind = \"json-lines\"\nid = \"record.id\"", "");
    let long = format!("{{\"id\":2,\"a\":\"{}\"}}\n", "x".repeat(1 << 20));
    room.put("a.jsonl", &[b"{\"id\":1,\"a\":\"\xE8\xB7\xAF\xE7\x81\"}\n", long.as_bytes(), b"{\"id\":3}"].concat());
    let told = room.pull(9).await;
    assert_eq!((told.ids(), told.field("1", "a")), (vec!["1", "3"], json!("路\u{FFFD}")));
    let beginning = told.records.iter().any(|record| format!("{:?}", record.body).contains("\\\"id\\\":2"));
    assert!(beginning && told.aside().len() == 1, "{:?}", told.aside());
}

#[tokio::test]
async fn rows_are_counted_as_spreadsheets_show_them() {
    let told = ledger("a.csv", "sep=,\n工单编号,内容\n1,a\n2,b\u{FFFD}\n3,c,d\n".as_bytes()).await;
    assert_eq!(told.ids(), ["1"]);
    assert!(told.aside()[0].starts_with("第 3 行") && told.aside()[1].starts_with("第 4 行"), "{:?}", told.aside());
}

#[tokio::test]
async fn a_row_with_a_telephone_is_no_total() {
    let rows = "内容,电话,工单编号\n累计3次,13800001111,\n合计,,5386666\n合计,3,12.50\n";
    assert_eq!(ledger("a.csv", rows.as_bytes()).await.rows, 2);
}

#[tokio::test]
async fn an_xml_workbook_shows_what_its_styles_say() {
    let cell = |style: &str, kind: &str, text: &str| {
        format!("<Cell ss:StyleID=\"{style}\"><Data ss:Type=\"{kind}\">{text}</Data></Cell>")
    };
    let head = ["工单编号", "内容", "时间"].map(|text| cell("d", "String", text)).concat();
    let row = |number: &str| {
        let cells =
            cell("z", "Number", number) + &cell("d", "String", "a") + &cell("t", "DateTime", "1899-12-31T09:12:05.000");
        format!("<Row>{cells}</Row>")
    };
    let sheet = |name: &str, number: &str, state: &str| {
        let options = format!("<WorksheetOptions><Visible>{state}</Visible></WorksheetOptions>");
        format!("<Worksheet ss:Name=\"{name}\"><Table><Row>{head}</Row>{}</Table>{options}</Worksheet>", row(number))
    };
    let styles = "<Styles><Style ss:ID=\"z\"><NumberFormat ss:Format=\"00000000\"/></Style>\
        <Style ss:ID=\"d\"><NumberFormat/></Style></Styles>";
    let sheets =
        sheet("一", "42", "SheetVisible") + &sheet("二", "43", "SheetHidden") + &sheet("三", "44", "SheetVeryHidden");
    let book = format!(
        "<?xml version=\"1.0\"?><Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">{styles}{sheets}</Workbook>"
    );
    let told = ledger("a.xls", book.as_bytes()).await;
    assert_eq!((told.ids(), told.field("00000042", "时间")), (vec!["00000042"], json!("09:12:05")));
    assert!(told.file.contains("隐藏"), "{}", told.file);
}

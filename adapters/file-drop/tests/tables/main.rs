//! What files of real systems give: their records, what is set aside, what is told.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod damaged;
mod pieces;
mod room;
mod writing;

use std::sync::Arc;

use huiliu_adapter_api::Adapter;
use huiliu_file_drop::FileDropFactory;
use serde_json::json;

use crate::room::{Room, Told, files};

async fn read(name: &str) -> Told {
    let room = Room::of(name);
    room.put(name, &std::fs::read(files().join(name)).unwrap());
    room.pull(256).await
}

async fn check(name: &str, ids: &[&str], aside: usize, says: &[&str], failed: bool) -> Told {
    let told = read(name).await;
    assert_eq!(told.ids(), ids, "{name}: {:?}", told.aside());
    assert_eq!(told.aside().len(), aside, "{name}: {:?}", told.aside());
    let words = format!("{:?} {} {}", told.aside(), told.alarms, told.file);
    for piece in says {
        assert!(words.contains(piece), "{name}: {piece} is not said: {words}");
    }
    assert_eq!(told.failed, failed, "{name}: {words}");
    told
}

#[tokio::test]
async fn numbers_are_what_cells_show() {
    let told = check(
        "shown.xlsx",
        &["002611210001", "XF0007", "20261121000123", "20261121000124", "2611-2100"],
        0,
        &[],
        false,
    )
    .await;
    assert_eq!(told.field("XF0007", "登记时间"), json!("2026-11-21 09:12:05"));
    assert_eq!(told.field("XF0007", "限办截止"), json!("2026-11-28"));
    let told = check("old.xls", &["XL1", "XL2", "002611210003"], 0, &["填报说明", "旧数据", "隐藏"], false).await;
    assert_eq!(told.field("XL1", "登记时间"), json!("2026-11-21 09:12:05"));
}

#[tokio::test]
async fn digits_are_those_of_the_file_or_none() {
    check("id16.xlsx", &["2026112100012341", "2026112100012342", "2026112100012343"], 0, &[], false).await;
    let rounded = ["2.02611210001234E+15", "2.02611210001234E+15", "2.02611210001235E+17", "3.70101199003071E+17"];
    check("rounded.xlsx", &rounded, 0, &[], false).await;
    let exact = ["20261121000123", "20261121000124", "2026112100012345", "202611210001234567"];
    check("exponents.xlsx", &exact, 0, &[], false).await;
}

#[tokio::test]
async fn marks_invisible_characters_and_errors_are_no_part_of_a_number() {
    check("protect.csv", &["20261121000123", "20261121000124", "20261121000125"], 0, &[], false).await;
    let numbers = ["20261121000301", "20261121000302", "20261121000303", "20261121000304", "20261121000305"];
    check("invisible.csv", &numbers, 0, &[], false).await;
    for (name, good) in [("na.xlsx", "XF3"), ("nothing.csv", "20261121000311")] {
        let told = read(name).await;
        assert_eq!(told.ids().iter().filter(|id| !id.starts_with("sha256:")).collect::<Vec<_>>(), [&good], "{name}");
        assert!(told.records.iter().all(|record| !format!("{:?}", record.body).contains('#')), "{name}");
    }
}

#[tokio::test]
async fn totals_headings_and_signatures_are_no_records() {
    check("total.xlsx", &["XF2611210001"], 0, &[], false).await;
    check("joined.csv", &["JN1", "JN2"], 0, &[], false).await;
    check("pages.csv", &["20261121000321", "20261121000322"], 1, &["说明"], false).await;
}

#[tokio::test]
async fn every_sheet_with_the_headings_is_read_and_the_others_are_told() {
    let told = check("twosheets.xlsx", &["MS1", "MS2", "MS3"], 0, &["崖头街道", "石岛街道"], false).await;
    assert_eq!(told.rows, 3);
    check("cover.xlsx", &["CV1", "CV2"], 0, &["填报说明"], false).await;
    let told =
        check("strangers.xlsx", &["OT1"], 0, &["石岛街道", "aliases", "header_row", "空表", "隐藏"], false).await;
    assert!(told.alarms.contains("石岛街道"), "{}", told.alarms);
    let room = Room::petition("sheet = \"隐藏\"");
    room.put("strangers.xlsx", &std::fs::read(files().join("strangers.xlsx")).unwrap());
    assert_eq!(room.pull(9).await.ids(), ["OT9"]);
    let room = Room::petition("sheet = \"没有\"");
    room.put("strangers.xlsx", &std::fs::read(files().join("strangers.xlsx")).unwrap());
    let told = room.pull(9).await;
    assert!(
        told.failed && told.aside()[0].contains("sheet") && told.aside()[0].contains("崖头街道"),
        "{:?}",
        told.aside()
    );
}

#[tokio::test]
async fn files_are_what_their_content_is() {
    let told = check("page.xls", &["HT1", "HT2"], 0, &[], false).await;
    assert_eq!(told.field("HT1", "投诉内容"), json!("文化路三盏\n路灯不亮 & 井盖丢失"));
    assert_eq!(told.field("HT1", "手机号"), json!("13800001111"));
    assert_eq!(told.field("HT2", "投诉内容"), json!("广场舞噪音 <扰民>"));
    let told = check("sheet2003.xls", &["XM1", "20261121000123", "XM3"], 0, &["石岛街道"], false).await;
    assert_eq!(told.field("XM1", "登记时间"), json!("2026-11-21 09:12:05"));
    let told = check("records.xls", &["PH1"], 0, &[], false).await;
    assert_eq!(told.field("PH1", "手机号"), json!("13800001111"));
    check("text.xls", &["TX1"], 0, &[], false).await;
    check("renamed.xlsx", &["RN1"], 0, &[], false).await;
    check("report.xlsx", &[], 1, &["PDF", "另存为", "failed/"], true).await;
    check("letter.xlsx", &[], 1, &["Word", "failed/"], true).await;
    check("password.xlsx", &[], 1, &["密码", "failed/"], true).await;
}

#[tokio::test]
async fn a_file_that_is_not_whole_or_gives_nothing_is_told() {
    check("half.xlsx", &[], 1, &["另存为", "failed/"], true).await;
    let told = check("breaks.xlsx", &["BR0", "BR1"], 1, &["failed/", "failure: Some"], true).await;
    assert_eq!(told.rows, 2);
    check("empty.csv", &[], 1, &["空的", "failed/"], true).await;
    check("nil.csv", &[], 0, &["rows: 0", "failure: None"], false).await;
    check("unclosed.csv", &["20261121000331", "20261121000333", "20261121000334"], 1, &["引号"], false).await;
    check("cutchar.csv", &["20261121000123", "20261121000125"], 1, &["encoding"], false).await;
}

#[tokio::test]
async fn texts_of_any_encoding_and_delimiter_are_read() {
    check("utf16.csv", &["20261121000341", "20261121000342"], 0, &[], false).await;
    check("mac.csv", &["20261121000351", "20261121000352"], 0, &[], false).await;
    check("semicolon.csv", &["20261121000361"], 0, &[], false).await;
    check("sep.csv", &["20261121000123"], 0, &[], false).await;
    check("latin.csv", &["20261121000391"], 1, &["encoding"], false).await;
}

#[tokio::test]
async fn headings_are_found_or_the_setting_is_named() {
    let told = check("dirtyheader.xlsx", &["XF1"], 0, &[], false).await;
    assert_eq!((told.field("XF1", "投诉内容"), told.field("XF1", "姓名\n(可空)")), (json!("路灯不亮"), json!("王某")));
    let told = check("stars.csv", &["20261121000371"], 0, &[], false).await;
    assert_eq!(told.field("20261121000371", "受理时间"), json!("2026/11/21 9:12"));
    check("title.xlsx", &["XF2611210001"], 0, &[], false).await;
    check("titlerow.csv", &["20261121000123"], 0, &[], false).await;
    check("foreign.csv", &[], 1, &["header_row = 2", "aliases", "工单编号"], true).await;
    check("ragged.csv", &["20261121000382"], 1, &["header_row"], false).await;
    check("titles.xlsx", &["TT1"], 1, &["填写示例"], false).await;
}

#[tokio::test]
async fn reading_goes_on_in_the_middle_of_a_file_and_tells_the_same() {
    for name in ["twosheets.xlsx", "pages.csv", "breaks.xlsx", "old.xls"] {
        let room = Room::of(name);
        room.put(name, &std::fs::read(files().join(name)).unwrap());
        let whole = read(name).await;
        let told = room.pull(1).await;
        assert_eq!(
            told.records.iter().map(|record| &record.body).collect::<Vec<_>>(),
            whole.records.iter().map(|record| &record.body).collect::<Vec<_>>(),
            "{name}"
        );
        let room = Room::of(name);
        room.put(name, &std::fs::read(files().join(name)).unwrap());
        let first = room.adapter.pull(None, 1).await.unwrap();
        let again = reopened(&room);
        let rest = again.pull(first.position.as_ref(), 256).await.unwrap();
        assert_eq!(first.records.len() + rest.records.len(), whole.records.len(), "{name}");
        assert_eq!(rest.file.unwrap().rows, whole.rows, "{name}");
    }
}

/// The same folder after a restart.
fn reopened(room: &Room) -> Arc<dyn Adapter> {
    let path = room.folder.path().display();
    let file = format!(
        "[format]\nkind = \"xlsx\"\nid = \"record.信访件编号\"\n[settings]\nfolder = \"{path}\"\nsettle_s = 0\nendings = [\".csv\", \".xls\", \".xlsx\"]\n[settings.aliases]\n\"信访件编号\" = [\"工单编号\"]\n\"投诉内容\" = [\"内容\"]\n"
    );
    huiliu_conformance::open(&FileDropFactory, &file, &[]).unwrap()
}

#[tokio::test]
async fn a_position_of_before_is_read_and_its_file_once_more() {
    let room = Room::ledger("");
    room.put("a.csv", "工单编号,内容\n1,路灯\n合计,2\n2,井盖\n".as_bytes());
    let first = room.adapter.pull(None, 1).await.unwrap();
    let mut position = first.position.unwrap();
    let members = position.0.as_object_mut().unwrap();
    members.remove("counting");
    members.insert("row".to_owned(), json!(2));
    let again = room.adapter.pull(Some(&position), 9).await.unwrap();
    assert_eq!(again.records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
}

#[tokio::test]
async fn lines_and_documents_are_told_too() {
    let room = Room::new("kind = \"json-lines\"\nid = \"record.id\"", "");
    room.put("a.jsonl", "\u{FEFF}{\"id\":1}\n{\"id\":\n\n{\"id\":3}".as_bytes());
    let told = room.pull(9).await;
    assert_eq!((told.ids(), told.aside().len(), told.failed), (vec!["1", "3"], 1, false));
    for (format, name, content) in [
        ("kind = \"json-lines\"", "a.jsonl", "\n\n"),
        ("kind = \"json\"\nrecords = \"payload.rows\"", "a.json", "{\"list\": [1]}"),
        ("kind = \"xml\"\nrecords = \"payload.a.b\"", "a.xml", "<a/>"),
        ("kind = \"json\"", "a.json", "{"),
    ] {
        let room = Room::new(format, "");
        room.put(name, content.as_bytes());
        let told = room.pull(9).await;
        assert!(told.failed && told.aside().len() == 1 && told.alarms.contains(name), "{format} {content}");
    }
}

//! Rows that are cut, numbers that were rounded, sheets and headings that are not as they should be.

use serde_json::json;

use crate::room::{Room, Told};

async fn ledger(content: &str) -> Told {
    let room = Room::ledger("endings = [\".csv\", \".xls\"]");
    let name = if content.starts_with('<') { "a.xls" } else { "a.csv" };
    room.put(name, content.as_bytes());
    room.pull(256).await
}

const HEAD: &str = "工单编号,内容,姓名,电话,备注\n";

#[tokio::test]
async fn pieces_of_a_row_are_no_complaints() {
    let whole = "20261121000123,路灯,王某,13800001111,无\n";
    for (cut, aside) in [
        ("20261121000124,井盖\n丢失,李某,13800002222,无\n", 2),
        ("20261121000124,井盖\n丢失\n三天,李某,13800002222,无\n", 3),
        ("20261121000124,井盖,李某\n,13800002222,无\n", 2),
        ("20261121000124,井盖,李某\n13800002222,无\n", 2),
        ("20261121000124,井盖,丢失,李某,13800002222,无\n", 1),
        ("20261121000124,井盖,丢失,李某,13800002222,\n", 1),
    ] {
        let told = ledger(&format!("{HEAD}{whole}{cut}{}", whole.replace("0123,", "0125,"))).await;
        assert_eq!(told.ids(), ["20261121000123", "20261121000125"], "{cut}");
        assert_eq!(told.aside().len(), aside, "{cut}: {:?}", told.aside());
        assert!(told.aside()[0].contains("引号") && told.aside()[0].contains("第 3 行"), "{:?}", told.aside());
    }
    let only = ledger(&format!("{HEAD}20261121000124,井盖\n丢失,李某,13800002222,无\n")).await;
    assert_eq!((only.ids().len(), only.aside().len()), (0, 2));
    for (more, aside) in [("还有井盖\n", 2), ("还有井盖\n和树\n", 3)] {
        let last = ledger(&format!("{HEAD}{whole}{more}{}", whole.replace("0123,", "0125,"))).await;
        assert_eq!((last.ids(), last.aside().len()), (vec!["20261121000125"], aside), "the text of the last column");
        assert!(last.aside()[0].contains("第 2 行"), "{:?}", last.aside());
    }
}

#[tokio::test]
async fn a_file_that_ends_within_its_last_row_keeps_that_row_aside() {
    let whole = "20261121000123,路灯,王某,13800001111,无\n";
    for cut in ["20261121000124", "20261121000124,井", "20261121000124,井盖,李某,138"] {
        for rows in [whole.to_owned(), whole.replace('\n', "\r\n"), format!("{whole}{}", whole.replace("0123", "0122"))]
        {
            let told = ledger(&format!("{HEAD}{rows}{cut}")).await;
            assert!(told.ids().contains(&"20261121000123") && !told.ids().contains(&"20261121000124"), "{rows}{cut}");
            assert!(told.aside()[0].contains("中间断了"), "{:?}", told.aside());
        }
    }
    let whole_end = ledger(&format!("{HEAD}{whole}20261121000124,井盖,李某,13800002222,无")).await;
    assert_eq!((whole_end.ids().len(), whole_end.aside().len()), (2, 0), "only the line end is missing");
    let trimmed = ledger(&format!("{HEAD}{whole}20261121000124,井盖\n20261121000125,树")).await;
    assert_eq!((trimmed.ids().len(), trimmed.aside().len()), (3, 0), "short rows are usual in this file");
}

#[tokio::test]
async fn rows_without_their_empty_ends_are_rows() {
    for rows in [
        "20261121000123,a\n20261121000124,b\n20261121000125,c,王某\n",
        "20261121000123,a,王某,13800001111\n20261121000124,b\n20261121000125,c,李某\n",
        "20261121000123,a,王某,13800001111,无,\n20261121000124,b,,,,\n20261121000125,c,,,,\n",
        "20261121000123,a,王某,13800001111,无\n20261121000124,b\n\n20261121000125,c\n合计,2\n",
        "20261121000123,a\n20261121000124,b\n20261121000125,c\n制表人：张某\n",
    ] {
        let told = ledger(&format!("{HEAD}{rows}")).await;
        assert_eq!(told.ids(), ["20261121000123", "20261121000124", "20261121000125"], "{rows}: {:?}", told.aside());
        assert!(told.aside().is_empty(), "{rows}: {:?}", told.aside());
    }
}

#[tokio::test]
async fn numbers_that_a_spreadsheet_rounded_are_set_aside() {
    let told = ledger("工单编号,内容\n202611210001234000,a\n202611210001235000,b\n20261121000123,c\n").await;
    assert_eq!((told.ids(), told.aside().len()), (vec!["20261121000123"], 2));
    assert!(told.aside()[0].contains("15 位") && told.aside()[0].contains("文本"), "{:?}", told.aside());
    let told = ledger("工单编号,内容\n2026112100012340,a\n2026112100012341,b\n").await;
    assert_eq!(told.ids().len(), 2);
    assert_eq!(ledger("工单编号,内容\n2026112100012340,a\n").await.ids().len(), 1, "one zero alone is a digit");
}

fn page(sheets: &[&[&[&str]]]) -> String {
    let cell = |cell: &&str| format!("<Cell><Data ss:Type=\"String\">{cell}</Data></Cell>");
    let row = |cells: &&[&str]| format!("<Row>{}</Row>", cells.iter().map(cell).collect::<String>());
    let table = |(number, rows): (usize, &&[&[&str]])| {
        let rows = rows.iter().map(row).collect::<String>();
        format!("<Worksheet ss:Name=\"s{number}\"><Table>{rows}</Table></Worksheet>")
    };
    let sheets = sheets.iter().enumerate().map(table).collect::<String>();
    format!(
        "<?xml version=\"1.0\"?><Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">{sheets}</Workbook>"
    )
}

#[tokio::test]
async fn a_sheet_that_goes_on_is_read_and_one_that_does_not_is_told() {
    let first: &[&[&str]] = &[&["工单编号", "内容", "电话"], &["20261121000123", "a", "13800001111"]];
    let told = ledger(&page(&[first, &[&["20261121000124", "b", "13800002222"]]])).await;
    assert_eq!((told.ids(), told.rows), (vec!["20261121000123", "20261121000124"], 2), "{}", told.file);
    assert_eq!(told.field("20261121000124", "电话"), json!("13800002222"));
    assert!(told.file.contains("没有列名") && told.alarms.is_empty() && !told.failed, "{}", told.file);
    let told = ledger(&page(&[first, &[&["1", "20261121000124", "b"], &["2", "20261121000125", "c"]]])).await;
    assert_eq!(told.ids(), ["20261121000123"]);
    assert!(told.alarms.contains("没有读"), "{}", told.alarms);
    let told = ledger(&page(&[first, &[&["填报说明：每日 9 时前报送"], &["一", "电话必填"]]])).await;
    assert_eq!((told.ids().len(), told.alarms.as_str()), (1, ""));
}

#[tokio::test]
async fn headings_that_stand_twice_or_in_two_rows_are_told_or_read() {
    let told = ledger("工单编号,内容,电话,电话\n1,a,138,139\n").await;
    assert_eq!((told.field("1", "电话"), told.field("1", "电话_2")), (json!("138"), json!("139")));
    assert!(told.file.contains("电话_2") && told.alarms.is_empty(), "{} {}", told.file, told.alarms);
    let told = ledger("工单编号,内容,,工单编号,内容\n1,a,,2,b\n").await;
    assert!(told.alarms.contains("并排") && told.file.contains("并排"), "{} {}", told.alarms, told.file);
    let told = ledger("工单编号,反映人,,内容\n,姓名,电话,\n1,王某,138,a\n").await;
    assert_eq!((told.field("1", "姓名"), told.field("1", "电话")), (json!("王某"), json!("138")));
    assert_eq!((told.ids(), told.aside().len()), (vec!["1"], 0));
    let told = ledger("工单编号,内容\n待编号,a\n").await;
    assert_eq!(told.rows, 1);
    for head in ["工单编号", "编号\n工单编号"] {
        let told = ledger(&format!("{head}\n待编号\n")).await;
        assert_eq!((told.ids(), told.failed), (vec!["待编号"], false), "{} {:?}", told.file, told.aside());
    }
}

#[tokio::test]
async fn rows_that_are_no_records_are_counted_with_the_file() {
    let told = ledger("工单编号,内容,电话\n1,a,138\n工单编号,内容,电话\n2,b,139\n合计,2\n制表人：张某\n").await;
    assert_eq!(told.ids(), ["1", "2"]);
    for part in
        ["跳过 3 行", "重复的列名 1 行（第 3 行）", "汇总 1 行（第 5 行）", "落款与页码 1 行（第 6 行）", "3 rows"]
    {
        assert!(told.file.contains(part), "{part}: {}", told.file);
    }
    assert!(told.alarms.is_empty(), "{}", told.alarms);
}

#[tokio::test]
async fn one_row_with_other_delimiters_and_bytes_of_nothing() {
    let told = ledger("工单编号|内容\n20261121000123|路灯,不亮\n").await;
    assert_eq!((told.ids(), told.field("20261121000123", "内容")), (vec!["20261121000123"], json!("路灯,不亮")));
    let told = ledger("工单编号,内容\n20261121000123,路灯\0不亮\n").await;
    assert_eq!((told.rows, told.failed), (1, false), "{} {:?}", told.file, told.aside());
}

#[tokio::test]
async fn a_table_below_is_read_by_its_own_headings_or_not_at_all() {
    let first = "工单编号,姓名,电话,内容\n20261121000123,王某,13800001111,路灯不亮\n";
    let moved = "\n工单编号,内容,姓名,电话\n20261121000124,停水三天,李某,13800002222\n";
    let told = ledger(&format!("{first}{moved}")).await;
    assert_eq!(told.ids(), ["20261121000123", "20261121000124"], "{:?}", told.aside());
    assert_eq!(told.field("20261121000124", "内容"), json!("停水三天"));

    let other = "信访件编号,姓名,投诉内容,地址\nSF1,张某,井盖丢失,花园路\nSF2,刘某,噪音,花园路\n";
    let told = ledger(&format!("{first}{other}{first}")).await;
    assert_eq!(told.ids(), ["20261121000123", "20261121000123"], "{:?}", told.aside());
    assert_eq!(told.aside().len(), 3, "with the headings");
    assert!(told.aside()[0].contains("第 3 行起像是另一张表"), "{:?}", told.aside());
    for pending in ["待编号", "系统自动编号", "无单号", "暂无编号"] {
        let told =
            ledger(&format!("{HEAD}{pending},路灯,王某,姓名不详,无\n{}", "20261121000126,树,李某,13800002222,无\n"))
                .await;
        assert_eq!(told.ids(), [pending, "20261121000126"], "{:?}", told.aside());
    }
    let narrow = "信访件编号,姓名,投诉内容,电话\nXF1,张某,井盖丢失,13800001111\nXF2,刘某,夜间噪音,13800002222\n";
    let told = ledger(&format!("{HEAD}20261121000123,路灯,王某,13800001111,无\n\n{narrow}")).await;
    assert_eq!((told.ids(), told.aside().len()), (vec!["20261121000123"], 3));
    assert!(told.aside().iter().all(|reason| reason.contains("第 4 行起像是另一张表")), "{:?}", told.aside());
    let units = "部门代码,部门名称,负责人,联系电话\n371082001,城建局,张某,7561234\n";
    let told = ledger(&format!("{first}\n{units}")).await;
    assert_eq!((told.ids(), told.aside().len()), (vec!["20261121000123"], 2), "its headings are kept too");
}

#[tokio::test]
async fn one_cell_at_the_end_is_a_remark_and_takes_no_record_with_it() {
    let whole = "20261121000123,路灯,王某,13800001111,无\n";
    for remark in ["以下无正文", "数据来源：市热线", "(1 行受影响)", "\n以上共2件，均已办结"]
    {
        let told = ledger(&format!("{HEAD}{whole}{remark}\n")).await;
        assert_eq!(
            (told.ids(), told.aside().len() <= 1),
            (vec!["20261121000123"], true),
            "{remark} {:?}",
            told.aside()
        );
    }
    let commas = "20261121000124,路灯坏了\n三天没人管,也没人来,李某,13800002222,无\n";
    let told = ledger(&format!("{HEAD}{whole}{commas}{}", whole.replace("0123,", "0125,"))).await;
    assert_eq!(told.ids(), ["20261121000123", "20261121000125"], "{:?}", told.aside());
}

#[tokio::test]
async fn headings_with_other_names_are_named() {
    for (content, wanted) in [
        ("登记序号,诉求详情,来电人\nX1,路灯不亮,王某\n", "第 1 行的列名（登记序号、诉求详情、来电人）与设置不同"),
        ("登记序号,诉求详情\nX1,路灯不亮\nX2,井盖,丢失\nX4,x\n", "第 1 行的列名（登记序号、诉求详情）与设置不同"),
        ("登记序号,诉求详情,来电人\nX1,\"路灯不亮,王某\nX2,井盖丢失,李某\n", "aliases"),
        ("说明\n\n登记序号,诉求详情,来电人\nX1,路灯不亮,王某\n", "header_row = 3"),
    ] {
        let told = ledger(content).await;
        assert!(told.failed && told.ids().is_empty(), "{content} {} {:?} {}", told.file, told.aside(), told.alarms);
        assert!(told.alarms.contains(wanted), "{content}: {}", told.alarms);
    }
}

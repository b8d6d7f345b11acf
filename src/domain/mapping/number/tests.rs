use super::*;

#[test]
fn marks_are_taken_off_and_the_number_stays() {
    for (seen, expected) in [
        ("=\"20261121000123\"", "20261121000123"),
        ("'20261121000124", "20261121000124"),
        ("\t20261121000125", "20261121000125"),
        ("\u{FEFF}AB\u{200B}12\u{AD}3\u{202C}", "AB123"),
        ("\u{A0}12\u{A0}3 ", "123"),
        ("000123", "000123"),
        ("20261121000123.0", "20261121000123"),
        ("=\"'00012\"", "00012"),
        ("'=\"00012\"", "00012"),
        ("信访〔2026〕15号", "信访〔2026〕15号"),
        ("第3号", "第3号"),
        ("2026-11-21-0001", "2026-11-21-0001"),
        ("2026112100000", "2026112100000"),
        ("20261121000000", "20261121000000"),
        ("〔二〇二六〕第三号", "〔二〇二六〕第三号"),
        ("甲字十二号", "甲字十二号"),
        ("TEST-0001", "TEST-0001"),
        ("NO-2026-1", "NO-2026-1"),
        ("合计划2026-1", "合计划2026-1"),
        ("A-\u{2460}", "A-\u{2460}"),
    ] {
        assert_eq!(read(seen, []), Ok(Some(expected.to_owned())), "{seen}");
    }
    assert_eq!(read(" \u{200B}\t", []), Ok(None));
    assert_eq!(read("='", []), Err(Doubt::Nothing));
}

#[test]
fn what_programs_people_and_typesetters_leave_is_doubtful() {
    for (text, wanted) in [
        ("2.02611 × 10^15", Doubt::Scientific),
        ("2.02611·10¹⁵", Doubt::Scientific),
        ("2.02611D+15", Doubt::Scientific),
        ("2.02611e15L", Doubt::Scientific),
        ("20.26万亿", Doubt::Amount),
        ("21-11-2026", Doubt::Time),
        ("2026. 11. 21.", Doubt::Time),
        ("20261121000123至126", Doubt::Several),
        ("20261121000123~126", Doubt::Several),
        ("20261121000123等3件", Doubt::Several),
        ("&nbsp;", Doubt::Nothing),
        ("-nan(ind)", Doubt::Nothing),
        ("GDundefined", Doubt::Nothing),
        ("Error 2015", Doubt::Nothing),
        ("timeout", Doubt::Nothing),
        ("test", Doubt::Nothing),
        ("missing value", Doubt::Nothing),
        ("Row(id=1)", Doubt::Dump),
        ("ID", Doubt::Heading),
        ("No.", Doubt::Heading),
        ("GDBH", Doubt::Heading),
        ("orderNo", Doubt::Heading),
        ("complaint_no", Doubt::Heading),
        ("127.0.0.1", Doubt::Address),
        ("C:\\data\\1.xls", Doubt::Address),
        ("张三", Doubt::Text),
        ("三天没人管", Doubt::Text),
    ] {
        assert_eq!(read(text, []), Err(wanted), "{text}");
    }
}

#[test]
fn what_may_be_another_ones_number_is_doubtful() {
    for (seen, doubt) in [
        ("2.02611E+13", Doubt::Scientific),
        ("2E+13", Doubt::Scientific),
        ("2.02611E13", Doubt::Scientific),
        ("2.02611E 15", Doubt::Scientific),
        ("2026110000000000", Doubt::Scientific),
        ("2026110000000000.0", Doubt::Scientific),
        ("202611000000", Doubt::Scientific),
        ("1900-01-00", Doubt::Time),
        ("0001-01-01", Doubt::Time),
        ("2026-11-21 09:12:05+08:00", Doubt::Time),
        ("1.#INF", Doubt::Nothing),
        ("=\"2.0E+13\"", Doubt::Scientific),
        ("2026112100012345.0", Doubt::Rounded),
        ("#N/A", Doubt::ErrorCell),
        ("#REF!", Doubt::ErrorCell),
        ("#name?", Doubt::ErrorCell),
        ("#DIV/0!", Doubt::ErrorCell),
        ("########", Doubt::ErrorCell),
        ("#名称?", Doubt::ErrorCell),
        ("#ERROR!", Doubt::ErrorCell),
        ("=A2+1", Doubt::ErrorCell),
        ("0", Doubt::Nothing),
        ("同上", Doubt::Nothing),
        ("(null)", Doubt::Nothing),
        ("Infinity", Doubt::Nothing),
        ("[object Object]", Doubt::Nothing),
        ("System.Int64", Doubt::Nothing),
        ("合计", Doubt::Total),
        ("合 计：12件", Doubt::Total),
        ("共1件", Doubt::Total),
        ("共计 12 条", Doubt::Total),
        ("Total", Doubt::Total),
        ("小计", Doubt::Total),
        ("工单编号", Doubt::Heading),
        ("12345工单编号", Doubt::Heading),
        ("*编号(必填)", Doubt::Heading),
        ("制表人：王某", Doubt::Note),
        ("备注：以上为本月", Doubt::Note),
        ("第 1 页", Doubt::Note),
        ("-", Doubt::Nothing),
        ("——", Doubt::Nothing),
        ("????", Doubt::Nothing),
        ("NULL", Doubt::Nothing),
        ("无", Doubt::Nothing),
        ("2026\u{FFFD}1", Doubt::Unreadable),
        ("5e10", Doubt::Scientific),
        ("1E5", Doubt::Scientific),
        ("2E13", Doubt::Scientific),
        ("2.02611E-13", Doubt::Scientific),
        ("2,02611E+13", Doubt::Scientific),
        ("GD2.02E+11", Doubt::Scientific),
        ("信访2.02611E13", Doubt::Scientific),
        ("2.02611E+13号", Doubt::Scientific),
        ("2.03×10^13", Doubt::Scientific),
        ("２.０２Ｅ＋１１", Doubt::Scientific),
    ] {
        assert_eq!(read(seen, []), Err(doubt), "{seen}");
    }
    assert_eq!(read("ID", ["ID", "标题"]), Err(Doubt::Heading));
    assert_eq!(read("\u{FEFF}xfjbh", ["xfjbh"]), Err(Doubt::Heading));
    assert_eq!(read("1", ["1", "2"]), Ok(Some("1".to_owned())), "columns without names");
    assert_eq!(read(&"9".repeat(501), []), Err(Doubt::Long));
}

/// Holds every text against its doubt.
fn doubtful(doubt: Doubt, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(text, []), Err(doubt), "{text}");
    }
}

#[test]
fn ends_of_types_and_placeholders_stand_for_numbers_that_were_not_kept() {
    doubtful(
        Doubt::Limit,
        &[
            "2147483647",
            "-2147483648",
            "4294967295",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "9223372036854776000",
            "18446744073709551615",
            "1.7976931348623157E+308",
            "9.223372036854776E18",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "２１４７４８３６４７",
        ],
    );
    doubtful(
        Doubt::Placeholder,
        &[
            "99999999",
            "999999999999",
            "11111111",
            "00000000-0000-0000-0000-000000000000",
            "{00000000-0000-0000-0000-000000000000}",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "{ffffffff-ffff-ffff-ffff-ffffffffffff}",
            "ffffffffffffffffffffffffffffffff",
            "0xFFFFFFFF",
            "XXXX",
        ],
    );
    doubtful(Doubt::Negative, &["-1", "-99", "－1", "−1", "-2026112100012", "(15)"]);
}

#[test]
fn dates_times_decimals_and_amounts_are_other_columns_or_damaged_ones() {
    doubtful(
        Doubt::Time,
        &[
            "2026/11/21",
            "2026-11-21",
            "2026-1-2",
            "2026.11.21",
            "Nov-21",
            "21-Nov",
            "Nov-2026",
            "21-Nov-2026",
            "Nov 21, 2026",
            "Sat Nov 21 15:04:05 CST 2026",
            "11月21日",
            "2026年11月21日",
            "2026年11月",
            "2026-11-21 09:12:05",
            "2026-11-21T09:12:05.000+08:00",
            "2026-11-21T01:12:05Z",
            "2026/11/21 上午 9:12",
            "2026年11月21日 9时12分",
            "2026年11月21日 星期六",
            "11/21/2026",
            "21/11/2026 9:12",
            "46347.38",
            "09:12:05",
            "9:12 AM",
            "/Date(1795223520000)/",
        ],
    );
    doubtful(Doubt::Decimal, &["12.5", "1.10", "202611210009.00", "2026.15", "20261121.000", ".5"]);
    doubtful(Doubt::Rounded, &["2026112100012345.0", "20261121000123456.00"]);
    doubtful(
        Doubt::Amount,
        &["1400%", "14.0％", "¥12.00", "￥12", "$5", "12.50元", "3万元", "1,400", "2,026,112,100,012", "12件", "3天"],
    );
}

#[test]
fn what_programs_print_is_no_number() {
    doubtful(
        Doubt::Dump,
        &[
            "java.lang.Long@1f",
            "com.foo.Order@6d06d69c",
            "Order@6d06d69c",
            "[B@1f2e3d",
            "<Order 12>",
            "<__main__.Order object at 0x7f>",
            "{\"id\":12}",
            "{id=12, name=x}",
            "[\"A12\"]",
            "[1, 2]",
            "(12, 'A')",
            "function () { return 1 }",
            "() => { return 1 }",
            "Optional[12]",
            "Optional.empty",
            "ObjectId(\"6745a1b2c3d4e5f60718293a\")",
            "Decimal('12')",
            "Array",
        ],
    );
    doubtful(
        Doubt::Template,
        &["${id}", "{{ id }}", "#{id}", "%s", "GD%d", "$id", "@Model.Id", "<%= id %>", "{id}", "{0}", ":id", "%ID%"],
    );
    doubtful(
        Doubt::Nothing,
        &[
            "None",
            "NaT",
            "<null>",
            "\\N",
            "DBNull",
            "System.DBNull",
            "<NA>",
            "null-null",
            "GD-null-12",
            "undefined2026",
            "nullnull",
            "待编号",
            "未编号",
            "暂未编号",
            "待分配",
            "编号待定",
            "尚未编号",
            "无编号",
            "待生成",
            "未分配编号",
            "自动编号",
            "系统自动生成",
            "待定",
            "草稿",
        ],
    );
    doubtful(Doubt::Address, &["http://12345.example.cn/order/15", "https://a.cn/?id=1", "www.example.cn"]);
}

#[test]
fn hidden_several_and_spoken_are_not_one_number() {
    doubtful(
        Doubt::Masked,
        &[
            "2026****0001",
            "2026＊＊0001",
            "2026*0001",
            "202611XX0001",
            "GD202611xxxx0001",
            "20261121XXXX",
            "2026●●0001",
            "202611…",
            "2026...0001",
            "202611××01",
        ],
    );
    doubtful(
        Doubt::Several,
        &[
            "A1,A2",
            "A1、A2",
            "A1;A2",
            "A1，A2",
            "A1；A2",
            "A1\nA2",
            "20261121000123\r\n20261121000124",
            "20261121000123 20261121000124",
            "GD2611210001/GD2611210002",
            "XF2611210001和XF2611210002",
        ],
    );
    doubtful(
        Doubt::Text,
        &[
            "文化路三盏路灯不亮。",
            "文化路三盏路灯不亮，晚上看不见路",
            "请尽快处理！",
            "信访件",
            "路灯不亮",
            &"文化路12号".repeat(20),
        ],
    );
    doubtful(Doubt::Unreadable, &["??2026?15?", "GD?20261121"]);
}

/// Formats of numbers that systems of cities have.
const NUMBERS_OF_SYSTEMS: &[&str] = &[
    "1",
    "15",
    "000123",
    "20261121",
    "2026112101",
    "20261121000123",
    "20261121091205",
    "202611210912050001",
    "2026112109120512345678",
    "1859203847561203712",
    "1795223520000",
    "65535",
    "32767",
    "999999",
    "12345",
    "12345-20261121-00001",
    "GD20261121-0001",
    "GD-20261121-0001",
    "GD202611210001",
    "XF2611210001",
    "WB-2026-000015",
    "WB4998273645012345",
    "RX2611210001",
    "SZ_20261121_000017",
    "DH:20261121:17",
    "110101-2026-000123",
    "371082202611210001",
    "37108220261121000123",
    "[2026]0123号",
    "（2026）第15号",
    "〔2026〕15",
    "信访〔2026〕15号",
    "沪信访2026-15",
    "威信字〔二○二六〕第十五号",
    "鲁K信2026年第15号",
    "信访〔2026、2027〕15号",
    "举报（市场,价格）2026-15",
    "2026-15",
    "2026-11",
    "2026/15",
    "2026-11-0021",
    "2026-1121-0009",
    "1.2.3",
    "3.12.1.4",
    "A-1.2",
    "V2026.15",
    "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
    "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}",
    "6f9619ff8b86d011b42d00cf4fc964ff",
    "12e4567890abcdef12e4567890abcdef",
    "12E34",
    "1E5F",
    "0E12AB",
    "26E11",
    "6745a1b2c3d4e5f60718293e",
    "01JDA7Q3XX5F8M2N4P6R8S0T2V",
    "oX5a_0w7XXkq-3JHd",
    "d9Xx0aB1",
    "AAAA0001==",
    "ORDER_0000000001",
    "2026 0001 15",
    "GD 20261121 0001",
    "2026112100012*",
    "A5ProcessInfo,90000001",
    "<20261121.0001@mail.example.cn>",
    "SMS-17-3a",
    "No.15",
    "№15",
    "甲字第三号",
    "第15号",
    "工单20261121-15",
    "0631-2026-00015",
    "nullah-15",
    "INFO-15",
    "Nanhai2026-15",
    "12件-2026",
    "E2026112100001",
    "ID=15",
    "A&B-15",
    "a/b/15",
    "10086_20261121_15",
    "ＧＤ２０２６１１２１",
];

#[test]
fn numbers_of_real_systems_are_believed() {
    let doubted: Vec<_> =
        NUMBERS_OF_SYSTEMS.iter().filter(|number| read(number, []) != Ok(Some((**number).to_owned()))).collect();
    assert!(doubted.is_empty(), "{doubted:?}");
}

#[test]
fn numbers_of_persons_are_told_from_others() {
    assert_eq!(personal("13800001111"), Some(shapes::Personal::Mobile));
    assert_eq!(personal("11010519491231002X"), Some(shapes::Personal::Identity));
    for number in ["371082202611210001", "20261121000", "11800001111", "1380000111", "138000011112"] {
        assert_eq!(personal(number), None, "{number}");
    }
}

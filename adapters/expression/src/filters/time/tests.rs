use super::*;

fn reading(text: &str, formats: &[&str]) -> Result<String, Unclear> {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let formats: Vec<String> = formats.iter().map(|format| (*format).to_owned()).collect();
    let read = understand(&plain(text), &formats, &zone);
    let whole = super::read(text, &formats, &zone);
    assert_eq!(read.is_ok(), whole.is_ok());
    read.map(|_| whole.unwrap())
}

fn check(expected: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(reading(text, &[]).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn every_spelling_met_in_channels() {
    check(
        "2026-11-21T09:12:00+08:00",
        &[
            "2026-11-21 09:12:00",
            "2026-11-21 09:12",
            "2026/11/21 9:12",
            "2026/11/21 9:12:00",
            "2026年11月21日 9时12分",
            "20261121091200",
            "2026-11-21T09:12:00.000",
            "2026-11-21T01:12:00Z",
            "２０２６-11-21 09:12",
            "202611210912",
            "2026-11-21 09时12分",
            "2026-11-21T09:12:00+08",
            "2026-11-21 09:12:00 +0800 CST",
            "2026/11/21  09:12:00",
            "2026-11-21 09：12：00",
            "2026-11-21\u{A0}09:12:00",
            "2026.11.21 09:12:00",
            "20261121 09:12:00",
            "20261121T091200+0800",
            "20261121 091200",
            "2026年11月21日09点12分00秒",
            "2026-11-21 9:12:00 AM",
            "11/21/2026 9:12",
            "21/11/2026 09:12:00",
            "2026-11-21 上午 9:12:00",
            "2026-11-21 星期六 09:12",
            "2026年11月21日 (周六) 上午9点12分",
            "Nov 21, 2026 9:12:00 AM",
            "21-NOV-2026 09:12:00",
            "Sat, 21 Nov 2026 01:12:00 GMT",
            "1795223520",
            "1795223520000",
            "1795223520000.0",
            "1795223520000000",
            "46347.3833",
            "/Date(1795223520000+0800)/",
            "/Date(1795223520000)/",
            "\\/Date(1795223520000)\\/",
            "Sat Nov 21 2026 09:12:00 GMT+0800 (中国标准时间)",
            "2026-11-21-09.12.00.000000",
            "2026-11-21T09:12:00+08:00[Asia/Shanghai]",
            "二〇二六年十一月二十一日九时十二分",
            "26年11月21日 9:12",
            "2026-11-21T01:12:00.000+0000",
            "2026-11-21T09:12:00.0000000",
            "20261121091200000",
            "20261121091200+0800",
            "20261121011200Z",
        ],
    );
}

#[test]
fn seconds_parts_of_the_day_and_the_end_of_a_day() {
    check(
        "2026-11-21T15:04:05+08:00",
        &[
            "2026-11-21 15:04:05.0",
            "2026-11-21T15:04:05.000+0800",
            "Sat Nov 21 15:04:05 CST 2026",
            "Sat, 21 Nov 2026 15:04:05 +0800",
            "2026-11-21 3:04:05 PM",
            "2026/11/21 下午 3:04:05",
            "2026-11-21 PM 3:04:05",
            "2026-11-21 15:04:05.123456789",
            "Sat Nov 21 07:04:05 UTC 2026",
            "11/21/2026 3:04:05 p.m.",
            "2026-11-21 下午 15:04:05",
        ],
    );
    check(
        "2026-11-22T00:00:00+08:00",
        &["2026/11/21 24:00:00", "2026-11-21 24:00", "20261121240000", "2026年11月21日24时"],
    );
    check(
        "2026-11-21T15:00:00+08:00",
        &["2026年11月21日 下午3点", "2026年11月21日下午3时整", "2026-11-21 15点", "2026-11-21 3PM"],
    );
    check("2026-11-21T15:04:00+08:00", &["2026年11月21日15时4分", "2026年11月21日 15点04分", "2026年11月21日 15点04"]);
    check("2026-11-21T00:05:00+08:00", &["2026-11-21 上午 12:05", "2026-11-21 12:05 AM", "2026-11-21 凌晨0点5分"]);
    // With a colon it is a program's spelling, with 点 a person's, who may mean noon.
    check("2026-11-21T00:30:00+08:00", &["2026-11-21 12:30 上午", "2026-11-21 上午 12:30:00", "2026-11-21 12:30 AM"]);
    assert_eq!(reading("2026-11-21 上午12点30分", &[]), Err(Unclear::HalfDay));
    check("2026-11-21T12:20:00+08:00", &["2026-11-21 下午 12:20", "2026-11-21 12:20 PM", "2026-11-21 中午12点20分"]);
    check("2026-11-21T20:30:00+08:00", &["2026-11-21 晚上8点半", "2026年11月21日晚上 8:30"]);
    check("2026-09-03T09:05:00+08:00", &["2026-9-3 9:5"]);
}

#[test]
fn a_date_alone_stays_a_date() {
    check(
        "2026-11-21",
        &[
            "2026-11-21",
            "2026/11/21",
            "2026年11月21日",
            "20261121",
            "2026.11.21",
            "2026-11-21Z",
            "2026-11-21+08:00",
            "46347",
            "46347.0",
            "二〇二六年十一月二十一日",
            "2026年11月21日 星期六",
            "Nov 21, 2026",
            "21.11.2026",
            "20261121.0",
        ],
    );
    for (format, text) in [("%Y-%m-%d", "2026-11-21"), ("excel", "46347"), ("%y%m%d", "261121")] {
        assert_eq!(reading(text, &[format]).as_deref(), Ok("2026-11-21"), "{format}");
    }
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let day = GivenTime::read("2026-11-21").unwrap();
    assert_eq!(day.beginning(&zone).unwrap().to_string(), "2026-11-20T16:00:00Z");
    assert_eq!(day.end(&zone).unwrap().to_string(), "2026-11-21T15:59:59Z");
    assert_eq!(write("2026-11-21", "%H:%M", &zone), Ok("00:00".to_owned()));
    assert!(write("2026/11/21", "%H:%M", &zone).is_err());
}

#[test]
fn named_formats_go_first_and_the_usual_spellings_follow() {
    let expected = Ok("2026-11-21T09:12:00+08:00");
    for (text, formats) in [
        ("2611210912", &["%y%m%d%H%M"][..]),
        ("46347.3833", &["%Y-%m-%d", "excel"]),
        ("1795223520", &["epoch_s"]),
        ("1795223520000", &["epoch_s"]),
        ("2026年11月21日 9时12分", &["%Y-%m-%d %H:%M:%S", "excel"]),
        ("26/11/21 9:12", &["%y/%m/%d %H:%M"]),
    ] {
        assert_eq!(reading(text, formats).as_deref(), expected, "{text}");
    }
    assert_eq!(reading("1900-01-01 00:00:00", &["%Y-%m-%d %H:%M:%S"]), Err(Unclear::Placeholder));
    assert_eq!(reading("2026-11-21 09:12:60", &["%Y-%m-%d %H:%M:%S"]), Err(Unclear::Nonexistent));
    assert_eq!(reading("11/12/2026", &["%d/%m/%Y"]).as_deref(), Ok("2026-12-11"));
}

#[test]
fn what_stands_for_no_time_is_none() {
    for text in [
        "0001-01-01T00:00:00",
        "0000-00-00 00:00:00",
        "0000-00-00",
        "1900-01-01 00:00:00",
        "1900-01-01",
        "1970-01-01 00:00:00",
        "1970-01-01 08:00:00",
        "1970-01-01T00:00:00Z",
        "9999-12-31",
        "9999-12-31 23:59:59",
        "-",
        "无",
        "null",
        "NULL",
        "N/A",
        "00000000000000",
        "1/1/0001 12:00:00 AM",
        "1753-01-01",
        "/Date(-62135596800000)/",
        "1899/12/30",
        "0",
        "#N/A",
        "NaT",
        "/Date(0)/",
    ] {
        assert_eq!(reading(text, &[]), Err(Unclear::Placeholder), "{text}");
    }
}

#[test]
fn what_could_mean_two_times_is_none() {
    for (text, reason) in [
        ("昨天上午", Unclear::Spelling),
        ("1899-01-01", Unclear::Year),
        ("26/11/21 9:12", Unclear::TwoDigitYear),
        ("11/12/2026", Unclear::DayOrMonth),
        ("2611210912", Unclear::Digits),
        ("1812010912", Unclear::Digits),
        ("2026112109", Unclear::Digits),
        ("26325", Unclear::Digits),
        ("12345", Unclear::Digits),
        ("1.79522E+12", Unclear::Scientific),
        ("2026-11-31 09:12:00", Unclear::Nonexistent),
        ("2026-11-21 09:12:60", Unclear::Nonexistent),
        ("2026-11-21 24:01", Unclear::Nonexistent),
        ("2026-11-21 25:00", Unclear::Nonexistent),
        ("2026-11-21 上午 15:04", Unclear::HalfDay),
        ("2026年11月21日 上午12点", Unclear::HalfDay),
        ("2026-11-21 晚上12点", Unclear::HalfDay),
        ("2026-11-21 周一 09:12", Unclear::Nonexistent),
        ("2026-11-21 09:12 左右", Unclear::Spelling),
        ("2026-11-21 9", Unclear::Spelling),
        ("2026年11月", Unclear::Spelling),
        ("2026-11-21至2026-11-22", Unclear::Spelling),
        ("2026-11-21 09:12:00 EST", Unclear::Spelling),
        ("13/13/2026", Unclear::Nonexistent),
        ("2026-11/21", Unclear::Spelling),
        ("2026-11-211", Unclear::Spelling),
        ("09:12", Unclear::Spelling),
        ("2026-11-21T", Unclear::Spelling),
        ("2026-11-21 下午", Unclear::Spelling),
        ("17952235200001", Unclear::Digits),
    ] {
        assert_eq!(reading(text, &[]), Err(reason), "{text}");
    }
}

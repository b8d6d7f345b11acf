use std::sync::Arc;

use huiliu_expression::Language;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::catalogue::Locale;
use crate::city::Names;
use crate::complaint::Satisfaction;
use crate::report::{Cell, Fact, FactKind, Format, Key, Reports, Table, Tally};

const UNITS: &str = r#"
[[report]]
name = "units"
title = "单位排名 <月报>"
period = "month"
by = ["department"]
figures = ["tickets", "closed", "satisfaction", "finish_median"]
charts = ["score", "satisfaction"]
[report.score]
formula = "satisfaction * 100"
last = 1
[[report.score.group]]
name = "甲组"
from = 0
base = 60
bonus = 90
"#;

fn reports(source: &str) -> Reports {
    Reports::load(source, &Language::new(TimeZone::UTC, Arc::default()), &Names::default()).unwrap()
}

fn names() -> Names {
    let departments = [("a", "综合行政执法局"), ("b", "<b>住房和城乡建设局</b>")];
    Names {
        city: "荣成市".to_owned(),
        departments: departments.map(|(code, name)| (code.to_owned(), name.to_owned())).into(),
        ..Names::default()
    }
}

/// So many tickets of a unit that came, were finished and were rated in a month.
fn handled(department: &str, month: i8, satisfied: usize, dissatisfied: usize) -> Cell {
    let (day, key) = (date(2026, month, 3), Key { department: department.to_owned(), ..Key::default() });
    let mut tally = Tally::default();
    let ratings = std::iter::repeat_n(Satisfaction::Satisfied, satisfied)
        .chain(std::iter::repeat_n(Satisfaction::Dissatisfied, dissatisfied));
    for rating in ratings {
        let fact = Fact {
            day,
            kind: FactKind::Created,
            key: key.clone(),
            kept: true,
            again: false,
            rating: Some(rating),
            seconds: 7_200,
        };
        for kind in [FactKind::Created, FactKind::Finished, FactKind::Rated] {
            tally.add(&Fact { kind, ..fact.clone() });
        }
    }
    Cell { day, key, tally }
}

fn page(source: &str, cells: &[Cell], days: (Date, Date), locale: Locale) -> String {
    let reports = reports(source);
    let report = &reports.reports[0];
    let table = report.table(cells, days, None);
    Edition { report, table: &table, days, district: None, names: &names(), locale }.page().unwrap()
}

fn november(locale: Locale) -> String {
    let cells = [handled("a", 11, 9, 1), handled("b", 11, 1, 3)];
    page(UNITS, &cells, (date(2026, 11, 1), date(2026, 11, 30)), locale)
}

#[test]
fn a_page_says_who_did_what_and_nothing_runs_in_it() {
    let page = november(Locale::Zh);
    for wanted in [
        "<html lang=\"zh-CN\">",
        "<h1>单位排名 &lt;月报&gt;</h1>",
        "荣成市",
        "2026-11-01 至 2026-11-30",
        "<dt>工单</dt><dd>14</dd>",
        "<dt>满意率</dt><dd>71.4%</dd>",
        "<dt>办结用时中位数（小时）</dt><dd>2.0</dd>",
        // The one who is named, in the list and in the table.
        "<li>&lt;b&gt;住房和城乡建设局&lt;&#x2f;b&gt; · 甲组 · 25</li>",
        "<tr class=\"last\"><td>&lt;b&gt;住房和城乡建设局&lt;&#x2f;b&gt;</td>",
        "<td class=\"n\">90.0%</td>",
        "达到加分线",
        "低于基准线",
        "<tr class=\"all\"><td>合计</td>",
    ] {
        assert!(page.contains(wanted), "{wanted} is not in\n{page}");
    }
    for unwanted in ["<script", "style=\"", "onload", "http://", "<b>", "<img", "<link"] {
        // The name of SVG is no address that anybody fetches.
        let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!page.contains(unwanted), "{unwanted} is in\n{page}");
    }
    assert_eq!(page.matches("<svg").count(), 2, "the charts that the city names");
    assert!(!page.contains("走势"), "one period has no course");
}

#[test]
fn changes_are_told_between_whole_periods_only() {
    let cells = [handled("a", 10, 4, 4), handled("a", 11, 9, 1), handled("b", 11, 5, 1)];
    let whole = page(UNITS, &cells, (date(2026, 10, 1), date(2026, 11, 30)), Locale::Zh);
    assert!(whole.contains("较上期 +100.0%") && whole.contains("较上期 +37.5 个百分点"), "{whole}");
    assert!(whole.contains("走势") && whole.contains("2026-10"), "{whole}");
    assert_eq!(whole.matches("<table>").count(), 2, "a table for each period");
    let part = page(UNITS, &cells, (date(2026, 10, 1), date(2026, 11, 29)), Locale::Zh);
    assert!(!part.contains("较上期"), "{part}");
}

#[test]
fn a_page_is_in_the_language_of_its_reader() {
    let page = november(Locale::En);
    for wanted in
        ["<html lang=\"en\">", "Named last", "Satisfaction", "2026-11-01 to 2026-11-30", "below the base line"]
    {
        assert!(page.contains(wanted), "{wanted} is not in\n{page}");
    }
}

#[test]
fn a_page_that_nobody_reads_is_refused() {
    let reports = reports(UNITS);
    let (report, days) = (&reports.reports[0], (date(2026, 11, 1), date(2026, 11, 30)));
    let mut table = report.table(&[handled("a", 11, 1, 0)], days, None);
    table.rows = std::iter::repeat_n(table.rows[0].clone(), MAX_ROWS + 1).collect();
    let edition = Edition { report, table: &table, days, district: None, names: &names(), locale: Locale::Zh };
    assert!(matches!(edition.page(), Err(NotDrawn::TooLarge)));
    assert!(edition.written(Format::Csv).is_ok());
}

#[test]
fn days_without_anything_say_so() {
    let page = page(UNITS, &[], (date(2026, 11, 1), date(2026, 11, 30)), Locale::Zh);
    assert!(page.contains("这些日子没有记录。") && !page.contains("<svg") && !page.contains("<table"), "{page}");
}

#[test]
fn files_have_the_rows_of_the_table_and_names_for_codes() {
    let reports = reports(UNITS);
    let (report, days) = (&reports.reports[0], (date(2026, 11, 1), date(2026, 11, 30)));
    let cells = [handled("a", 11, 9, 1), handled("", 11, 1, 3)];
    let table: Table = report.table(&cells, days, None);
    let edition =
        Edition { report, table: &table, days, district: Some("371082"), names: &names(), locale: Locale::Zh };
    let csv = String::from_utf8(edition.written(Format::Csv).unwrap()).unwrap();
    assert_eq!(
        csv.trim_start_matches('\u{feff}').lines().collect::<Vec<_>>(),
        [
            "自,至,承办单位,工单,办结率,满意率,办结用时中位数（小时）,得分,组,名次,评定,基准线与加分线,末位",
            "2026-11-01,2026-11-30,综合行政执法局,10,1,0.9,2.01,90,甲组,1,,达到加分线,",
            "2026-11-01,2026-11-30,（无）,4,1,0.25,2.01,25,甲组,2,,低于基准线,通报",
            "2026-11-01,2026-11-30,合计,14,1,0.7143,2.01,,,,,,",
        ]
    );
    assert!(edition.written(Format::Xlsx).unwrap().starts_with(b"PK"));
    assert_eq!(edition.file_name(Format::Xlsx), "单位排名 _月报_-371082-2026-11-01-2026-11-30.xlsx");
}

use std::sync::Arc;

use huiliu_expression::Language;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::*;
use crate::city::Names;
use crate::complaint::Satisfaction;
use crate::report::{Fact, FactKind, Figure, Line, Reports};

fn language() -> Language {
    Language::new(TimeZone::UTC, Arc::default())
}

fn key(department: &str, district: &str) -> Key {
    Key { department: department.into(), district: district.into(), channel: "hotline".into(), ..Key::default() }
}

fn fact(day: Date, key: &Key, kind: FactKind) -> Fact {
    Fact { day, kind, key: key.clone(), kept: true, again: false, rating: None, seconds: 0 }
}

/// A cell for each fact: reports must not care how facts are rolled up.
fn cells(facts: &[Fact]) -> Vec<Cell> {
    let cell = |fact: &Fact| {
        let mut tally = Tally::default();
        tally.add(fact);
        Cell { day: fact.day, key: fact.key.clone(), tally }
    };
    facts.iter().map(cell).collect()
}

/// So many matters of a unit, each finished in time and rated.
fn handled(department: &str, satisfied: u32, dissatisfied: u32) -> Vec<Fact> {
    let (day, key) = (date(2026, 11, 3), key(department, "371082"));
    let ratings = (0..satisfied + dissatisfied).map(|at| match at < satisfied {
        true => Satisfaction::Satisfied,
        false => Satisfaction::Dissatisfied,
    });
    let matter = |rating| {
        let rated = Fact { rating: Some(rating), ..fact(day, &key, FactKind::Rated) };
        [fact(day, &key, FactKind::Created), fact(day, &key, FactKind::Finished), rated]
    };
    ratings.flat_map(matter).collect()
}

const EVERYTHING: &str = r#"
[[report]]
name = "all"
title = "全部"
period = "month"
figures = ["complaints", "tickets", "share", "merged", "signs", "signed", "finishes", "finished_share", "closed", "in_time", "settled", "returns",
  "returned", "restarts", "restarted", "ratings", "satisfaction", "first_solved",
  "contacts", "contacted", "sign_median", "sign_p90", "finish_median",
  "finish_p90", "responses", "responded", "speed", "quality", "transfers", "sent_back", "instructions", "claims"]
"#;

#[test]
fn every_figure_of_a_small_month() {
    use FactKind::*;
    let (day, key) = (date(2026, 11, 3), key("urban", "371082"));
    let of = |kind| fact(day, &key, kind);
    let hours = |kind, hours: u32, kept, again| Fact { seconds: hours * 3_600, kept, again, ..of(kind) };
    let rated = |rating| Fact { rating: Some(rating), ..of(Rated) };
    let mark = |kind, mark| Fact { seconds: mark, ..of(kind) };
    let facts = [
        [of(Created), of(Created), of(Created), of(Joined), of(Joined), of(Separated), of(Absorbed)].as_slice(),
        &[hours(Signed, 1, true, false), hours(Signed, 2, true, false), hours(Signed, 48, false, false)],
        &[hours(Finished, 10, true, false), hours(Finished, 90, false, false), hours(Finished, 4, true, true)],
        &[of(Settled), of(Returned), of(Restarted), of(SentBack)],
        &[Fact { kept: true, ..of(Contacted) }, Fact { kept: false, ..of(Contacted) }],
        &[rated(Satisfaction::Satisfied), rated(Satisfaction::Fair), rated(Satisfaction::Dissatisfied)],
        &[of(Responded), Fact { kept: false, ..of(Responded) }, of(Transferred)],
        &[of(Instructed), of(Instructed), of(Claimed)],
        &[mark(ScoredSpeed, 5), mark(ScoredQuality, 4), mark(ScoredSpeed, 2), mark(ScoredQuality, 5)],
    ]
    .concat();
    let reports = Reports::load(EVERYTHING, &language(), &Names::default()).unwrap();
    let table = reports.get("all").unwrap().table(&cells(&facts), (date(2026, 11, 1), date(2026, 11, 30)), None);
    let [row] = table.rows.as_slice() else { panic!("one row: {table:?}") };
    assert_eq!((row.from, row.to, &row.codes), (date(2026, 11, 1), date(2026, 11, 30), &None));
    let third = 1.0 / 3.0;
    let wanted = [
        5.0,
        3.0,
        1.0,
        0.4,
        3.0,
        2.0 * third,
        3.0,
        1.0,
        0.75,
        2.0 * third,
        1.0,
        1.0,
        third,
        1.0,
        third,
        3.0,
        2.0 * third,
        0.5,
        2.0,
        0.5,
        2.0,
        48.0,
        10.0,
        90.0,
        2.0,
        0.5,
        3.5,
        4.5,
        1.0,
        0.25,
        2.0,
        1.0,
    ];
    for (((figure, word, ..), told), wanted) in Figure::ALL.iter().zip(&row.figures).zip(wanted) {
        let told = told.unwrap();
        assert!((told - wanted).abs() <= wanted * 0.016, "{word} ({figure:?}) is {told}, not {wanted}");
    }
}

#[test]
fn nothing_is_told_of_what_did_not_happen() {
    let reports = Reports::load(EVERYTHING, &language(), &Names::default()).unwrap();
    let whole = Tally::default();
    for figure in &reports.reports[0].figures {
        let told = figure.of(&whole, &whole);
        match figure.measure() {
            crate::report::Measure::Number => assert_eq!(told, Some(0.0), "{}", figure.word()),
            _ => assert_eq!(told, None, "{}", figure.word()),
        }
    }
}

#[test]
fn periods_are_clipped_and_divisions_hold_what_lies_in_them() {
    let source = EVERYTHING.replace("\"month\"", "\"week\"\nby = [\"district\"]");
    let reports = Reports::load(&source, &language(), &Names::default()).unwrap();
    let days = [date(2026, 11, 2), date(2026, 11, 8), date(2026, 11, 9), date(2026, 11, 12)];
    let districts = ["371082001", "371082002001", "371081", "371082001"];
    let facts: Vec<Fact> = days
        .iter()
        .zip(districts)
        .map(|(day, district)| fact(*day, &key("urban", district), FactKind::Created))
        .collect();
    let range = (date(2026, 11, 3), date(2026, 11, 11));
    let rows = |district| reports.reports[0].table(&cells(&facts), range, district).rows;
    let told = |district| -> Vec<(Date, Date, Option<String>)> {
        rows(district).into_iter().map(|row| (row.from, row.to, row.codes.map(|codes| codes.concat()))).collect()
    };
    let (first, second) = ((date(2026, 11, 3), date(2026, 11, 8)), (date(2026, 11, 9), date(2026, 11, 11)));
    assert_eq!(
        told(None),
        [
            (first.0, first.1, Some("371082002001".into())),
            (first.0, first.1, None),
            (second.0, second.1, Some("371081".into())),
            (second.0, second.1, None),
        ]
    );
    assert_eq!(told(Some("371082")).len(), 2);
    assert_eq!(told(Some("371082001")), [], "its matters are outside of the days");
}

#[test]
fn units_are_scored_grouped_and_the_last_are_named() {
    let source = r#"
[[report]]
name = "units"
title = "单位排名"
period = "month"
by = ["department"]
figures = ["tickets", "satisfaction"]
[report.score]
formula = "satisfaction * 70 + closed * 20 - returned * 10"
last = 1
[[report.score.group]]
name = "甲"
from = 4
base = 50
bonus = 85
[[report.score.group]]
name = "乙"
from = 0
[[report.score.grade]]
name = "优秀"
from = 85
[[report.score.grade]]
name = "一般"
from = 0
"#;
    let reports = Reports::load(source, &language(), &Names::default()).unwrap();
    let mut facts =
        [handled("a", 5, 0), handled("b", 2, 2), handled("c", 1, 3), handled("d", 1, 0), handled("e", 2, 0)].concat();
    // Nobody has rated it: no score, and so no rank.
    facts.push(fact(date(2026, 11, 3), &key("f", "371082"), FactKind::Created));
    let table = reports.reports[0].table(&cells(&facts), (date(2026, 11, 1), date(2026, 11, 30)), None);
    let told: Vec<String> = table
        .rows
        .iter()
        .filter_map(|row| {
            let standing = row.standing.as_ref()?;
            let line = match standing.line {
                Line::BelowBase => "below",
                Line::Between => "-",
                Line::Bonus => "bonus",
            };
            let last = if standing.is_last { " last" } else { "" };
            Some(format!(
                "{} {:?} {} {:?} {} {line}{last}",
                row.codes.as_ref()?.concat(),
                standing.score,
                standing.group.as_deref()?,
                standing.rank,
                standing.grade.as_deref().unwrap_or("-"),
            ))
        })
        .collect();
    let wanted = [
        "a Some(90.0) 甲 Some(1) 优秀 bonus",
        "e Some(90.0) 乙 Some(1) 优秀 -",
        "d Some(90.0) 乙 Some(1) 优秀 -",
        "b Some(55.0) 甲 Some(2) 一般 -",
        "c Some(37.5) 甲 Some(3) 一般 below last",
        "f None 乙 None - -",
    ];
    assert_eq!(told, wanted, "of those who all score the same nobody is last");
}

#[test]
fn every_mistake_of_the_file_has_its_place() {
    let check = |source: &str, wanted: &[(&str, &str)]| {
        let problems = Reports::load(source, &language(), &Names::default()).unwrap_err();
        let told: Vec<_> =
            problems.iter().map(|problem| (source.get(problem.span.clone()).unwrap(), problem.en.as_str())).collect();
        assert_eq!(told.len(), wanted.len(), "{told:?}");
        for ((at, en), (place, words)) in told.iter().zip(wanted) {
            assert!(at.contains(place) && en.contains(words), "{at}: {en}; wanted {place}: {words}");
        }
    };
    check(
        "sign_within_hours = 0\n[[report]]\nname = \"A\"\ntitle = \"\"\nperiod = \"decade\"\nby = [\"unit\"]\nfigures = [\"x\", \"share\", \"share\"]\n",
        &[
            ("0", "the time to sign"),
            ("\"A\"", "lower-case letters"),
            ("decade", "no period decade; known are: day, week"),
            ("unit", "no dimension unit; known are: channel"),
            ("\"x\"", "no figure x; known are: complaints"),
            ("share", "named twice"),
        ],
    );
    check(
        "first_contact = \"call\"\n[[report]]\nname = \"a\"\ntitle = \"\"\nperiod = \"day\"\nfigures = [\"share\"]\ncharts = [\"score\", \"tickets\"]\n\
         [report.schedule]\nevery = \"night\"\nat = \"8:00\"\nformats = [\"pdf\"]\nto = [\"b\", \"b\"]\n",
        &[
            ("call", "no clock call"),
            ("score", "no chart score; known are: share"),
            ("tickets", "no chart tickets"),
            ("night", "no period night"),
            ("8:00", "08:30"),
            ("\"b\"", "named twice"),
            ("pdf", "no format pdf; known are: html"),
        ],
    );
    check(
        "[[report]]\nname = \"list\"\ntitle = \"\"\nperiod = \"day\"\nfigures = [\"share\"]",
        &[("list", "names none")],
    );
    check(
        "[[report]]\nname = \"a\"\ntitle = \"\"\nperiod = \"day\"\nfigures = []\nformat = 1",
        &[("format", "unknown field")],
    );
    check(
        "[[report]]\nname = \"a\"\ntitle = \"\"\nperiod = \"day\"\nfigures = []\n[report.score]\nformula = \"satisfaction * voume\"\n[[report.score.grade]]\nname = \"低\"\nfrom = 1\n[[report.score.grade]]\nname = \"高\"\nfrom = 2\n",
        &[("[]", "at least one figure"), ("satisfaction", "say by"), ("voume", "voume"), ("高", "from falls")],
    );
}

const RANKED: &str = r#"
[[report]]
name = "units"
title = "单位"
period = "month"
by = ["department"]
figures = ["satisfaction"]
[report.score]
formula = "satisfaction * 100"
last = 1
[[report.score.step]]
in_a_row = 2
name = "约谈"
[[report.score.step]]
in_a_row = 3
name = "问责"
"#;

#[test]
fn who_is_named_again_and_again_is_told_how_often_and_what_follows() {
    let reports = Reports::load(RANKED, &language(), &Names::default()).unwrap();
    let report = &reports.reports[0];
    // The unit that is last of each month; none: nothing came in that month.
    let months = |last: [Option<&str>; 6]| -> Vec<Cell> {
        let month = |(at, last): (usize, Option<&str>)| -> Vec<Fact> {
            let day = date(2026, 6 + i8::try_from(at).unwrap(), 3);
            let Some(last) = last else { return Vec::new() };
            let facts = ["a", "b", "c"].map(|unit| handled(unit, 4, u32::from(unit == last)));
            facts.into_iter().flatten().map(|fact| Fact { day, ..fact }).collect()
        };
        last.into_iter().enumerate().flat_map(|at| cells(&month(at))).collect()
    };
    let named = |last, from: Date| {
        let to = date(2026, 11, 30);
        let (cells, since) = (months(last), report.looks_back_to(from));
        let read: Vec<Cell> = cells.into_iter().filter(|cell| (since..=to).contains(&cell.day)).collect();
        let rows = report.table(&read, (from, to), None).rows;
        let row = |row: &Row| {
            assert!(row.from >= from, "only the months that were asked for");
            let standing = row.standing.as_ref().filter(|standing| standing.is_last)?;
            Some((row.from.month(), row.codes.clone()?[0].clone(), standing.in_a_row, standing.step.clone()))
        };
        rows.iter().filter_map(row).collect::<Vec<_>>()
    };
    let of = |month, unit: &str, times, step: Option<&str>| (month, unit.to_owned(), times, step.map(str::to_owned));
    let november = date(2026, 11, 1);
    assert_eq!(named([Some("a"); 6], november), [of(11, "a", 6, Some("问责"))]);
    assert_eq!(
        named([Some("b"), Some("a"), Some("a"), Some("b"), Some("a"), Some("a")], date(2026, 9, 1)),
        [of(9, "b", 1, None), of(10, "a", 1, None), of(11, "a", 2, Some("约谈"))],
        "a month as another's ends the run",
    );
    assert_eq!(named([Some("a"), Some("a"), Some("a"), Some("a"), None, Some("a")], november), [of(11, "a", 1, None)]);
    // A period that begins in its middle: its days before do not count, its run does.
    assert_eq!(named([Some("a"); 6], date(2026, 11, 2)), [of(11, "a", 6, Some("问责"))]);
    assert_eq!(report.looks_back_to(november), date(2025, 12, 1));
}

#[test]
fn steps_that_never_come_are_refused() {
    let problem = |settings: &str| {
        let problems = Reports::load(settings, &language(), &Names::default()).unwrap_err();
        problems.iter().map(|problem| problem.zh.clone()).collect::<Vec<_>>().join("; ")
    };
    assert!(problem(&RANKED.replace("last = 1\n", "")).contains("last"), "nobody is named");
    assert!(problem(&RANKED.replace("in_a_row = 2", "in_a_row = 1")).contains("in_a_row"));
    assert!(problem(&RANKED.replace("in_a_row = 3", "in_a_row = 13")).contains("in_a_row"));
    assert!(problem(&RANKED.replace("in_a_row = 3", "in_a_row = 2")).contains("in_a_row"));
}

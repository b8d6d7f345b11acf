//! Editions of reports, and boards.

use huiliu::store::{Edition, EditionFile, NewEdition, Page, Store};
use jiff::civil::{Date, date};

use crate::rows::at;

/// An edition of a report of one day.
pub fn edition(report: &str, day: Date, destinations: &[&str]) -> NewEdition {
    let file = |format: &str| EditionFile {
        format: format.to_owned(),
        name: format!("日报.{format}"),
        content: format!("{report} {day} {format}").into_bytes(),
    };
    NewEdition {
        report: report.to_owned(),
        from: day,
        to: day,
        made_at: at(5),
        files: vec![file("html"), file("csv")],
        destinations: destinations.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn ids(editions: &[Edition]) -> Vec<i64> {
    editions.iter().map(|edition| edition.id).collect()
}

pub fn of_a_report_and_a_period_there_is_one_edition(store: &mut dyn Store) {
    let (first, second) = (date(2026, 11, 1), date(2026, 11, 2));
    assert_eq!(store.last_edition("daily").unwrap(), None);
    assert!(store.keep_edition(&edition("daily", second, &["county", "archive"])).unwrap());
    assert!(store.keep_edition(&edition("daily", first, &[])).unwrap());
    assert!(store.keep_edition(&edition("units", second, &[])).unwrap());
    assert!(!store.keep_edition(&edition("daily", second, &["elsewhere"])).unwrap(), "what was made stays");
    assert_eq!(store.last_edition("daily").unwrap(), Some(second), "by period, not by when it was made");
    assert_eq!(ids(&store.editions(None, Page::first(9)).unwrap()), [3, 2, 1]);
    assert_eq!(ids(&store.editions(Some("daily"), Page::first(1)).unwrap()), [2]);
    assert_eq!(ids(&store.editions(Some("daily"), Page { after: Some(2), limit: 9 }).unwrap()), [1]);
    let (head, files) = store.edition(1).unwrap().unwrap();
    assert_eq!((head.from, head.to, head.made_at), (second, second, at(5)));
    assert_eq!(head.copies, [("archive".to_owned(), None), ("county".to_owned(), None)]);
    assert_eq!(head.formats, ["csv", "html"]);
    assert_eq!(files[1].content, b"daily 2026-11-02 html");
    assert_eq!(files[0].name, "日报.csv");
    assert_eq!(store.edition(9).unwrap(), None);
}

pub fn an_edition_waits_until_it_went_and_the_old_ones_go(store: &mut dyn Store) {
    let day = |number: i64| date(2025, 1, 1).saturating_add(jiff::Span::new().days(number));
    store.keep_edition(&edition("daily", day(0), &["county", "archive"])).unwrap();
    store.keep_edition(&edition("daily", day(1), &["county"])).unwrap();
    assert_eq!(store.waiting_editions("county", 9).unwrap(), [1, 2]);
    assert_eq!(store.waiting_editions("county", 1).unwrap(), [1]);
    store.note_edition_sent(2, "county", at(7)).unwrap();
    store.note_edition_sent(1, "county", at(8)).unwrap();
    assert_eq!(
        (store.waiting_editions("county", 9).unwrap(), store.waiting_editions("archive", 9).unwrap()),
        (vec![], vec![1])
    );
    assert_eq!(store.edition(2).unwrap().unwrap().0.copies, [("county".to_owned(), Some(at(7)))]);
    for number in 2..402 {
        store.keep_edition(&edition("daily", day(number), &[])).unwrap();
    }
    assert!(store.edition(1).unwrap().is_some(), "it still waits for one of its places");
    assert!(store.edition(2).unwrap().is_none() && store.edition(3).unwrap().is_some(), "400 of them stay");
}

pub fn a_board_is_known_by_when_it_came_last(store: &mut dyn Store) {
    assert_eq!(store.boards("village").unwrap(), []);
    for (bulletin, token, second) in [("village", "b", 1), ("village", "a", 2), ("city", "a", 3), ("village", "b", 4)] {
        store.note_board(bulletin, token, at(second)).unwrap();
    }
    assert_eq!(store.boards("village").unwrap(), [("a".to_owned(), at(2)), ("b".to_owned(), at(4))]);
}

//! Files of events: what is in them, and that the same events give the same file.

use std::collections::HashMap;
use std::sync::Arc;

use huiliu_expression::{Language, Shape, Variables};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::*;

fn table(settings: &str) -> Result<Table, Vec<String>> {
    let language = Language::new(TimeZone::get("Asia/Shanghai").unwrap(), Arc::new(HashMap::new()));
    let variables = Variables::default().with("ticket", Shape::Open).with("event", Shape::Single);
    let parsed = DeTable::parse(settings).unwrap();
    let whole =
        huiliu_adapter_api::Settings::new(settings, Spanned::new(parsed.span(), DeValue::Table(parsed.into_inner())));
    let read: TableSettings =
        whole.read().map_err(|problems| problems.into_iter().map(|one| one.en).collect::<Vec<_>>())?;
    let mut problems = Vec::new();
    crate::destinations::tests::opening(whole, &language, |opening| {
        read.compile(opening, &variables, true, &mut problems)
    })
    .ok_or_else(|| problems.into_iter().map(|one| one.en).collect())
}

/// An event of one of two tickets.
struct Event(i64, &'static str, Vec<u8>);

impl Event {
    fn parcel(&self) -> Parcel<'_> {
        Parcel {
            delivery: DeliveryKey(self.0),
            number: None,
            may_be_there: false,
            message_id: "T.1.bureau",
            ticket_id: self.1,
            version: 1,
            kind: "",
            at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            event: &self.2,
        }
    }
}

fn title(id: i64, ticket: &'static str, title: &str) -> Event {
    let body = json!({ "data": { "title": title, "change": { "event": "created" } } });
    Event(id, ticket, body.to_string().into_bytes())
}

fn broken(id: i64, ticket: &'static str) -> Event {
    Event(id, ticket, b"no json".to_vec())
}

fn collect(table: &Table, events: &[Event]) -> Collection {
    let parcels: Vec<Parcel<'_>> = events.iter().map(Event::parcel).collect();
    table.collect("bureau", &six(), &parcels).unwrap()
}

fn six() -> Zoned {
    "2026-11-26T06:00:00+08:00[Asia/Shanghai]".parse().unwrap()
}

fn text(collection: &Collection) -> String {
    String::from_utf8(collection.file.clone().unwrap().table.content).unwrap()
}

const TWO: &str = "charset = \"utf-8\"\ncolumns = [[\"事件\", \"event\"], [\"标题\", \"ticket.title\"]]\n";

#[test]
fn the_same_events_give_the_same_file_whose_name_says_where_it_begins() {
    let table = table(TWO).unwrap();
    let events = [title(42, "T1", "=1+1"), title(43, "T2", "路灯，坏了")];
    let first = collect(&table, &events);
    assert_eq!(first, collect(&table, &events));
    let file = first.file.clone().unwrap();
    assert_eq!(file.name, format!("bureau-20261126-0600-00000042-{}.csv", file.digest));
    assert_eq!(text(&first), "事件,标题\r\ncreated,'=1+1\r\ncreated,路灯，坏了\r\n", "no formula comes of a title");
    let (manifest, content) = file.manifest.unwrap();
    assert_eq!(manifest, format!("{}.manifest.json", file.name));
    let content: serde_json::Value = serde_json::from_slice(&content).unwrap();
    assert_eq!((&content["files"][0]["rows"], &content["made_at"]), (&json!(2), &json!("2026-11-26T06:00:00+08:00")));
    let nothing = table.without_rows("bureau", &six()).unwrap();
    assert!(nothing.name.starts_with("bureau-20261126-0600-00000000-") && nothing.table.rows == 0, "{}", nothing.name);
}

#[test]
fn one_name_has_one_content_in_every_format() {
    for format in ["csv", "xlsx", "jsonl"] {
        let table = table(&format!("format = \"{format}\"")).unwrap();
        let name = |events: &[Event]| collect(&table, events).file.unwrap().name;
        let [one, two] = [|| title(7, "T1", "a"), || title(8, "T2", "b")];
        let first = name(&[one()]);
        assert_eq!(first, name(&[one()]), "{format}: the same again");
        assert_ne!(first, name(&[one(), two()]), "{format}: more has come");
        assert_ne!(first, name(&[title(7, "T1", "erased")]), "{format}: it says something else");
    }
}

#[test]
fn an_event_without_a_row_is_named_and_holds_up_no_other() {
    let table =
        table(&format!("{TWO}last_only = false\n").replace("ticket.title\"", "ticket.title | upper\"")).unwrap();
    let found = collect(&table, &[broken(7, "T1"), title(8, "T2", "a")]);
    assert_eq!(found.within, [DeliveryKey(8)]);
    assert_eq!(found.impossible[0].0, DeliveryKey(7));
    assert!(text(&found).contains("created,A"), "{}", text(&found));
}

#[test]
fn of_each_ticket_the_newest_event_that_can_be_shown_is_enough_where_settings_say_so() {
    let table = table(&format!("{TWO}last_only = true\n")).unwrap();
    let events = [title(6, "T1", "old"), title(7, "T2", "only"), title(8, "T1", "new"), broken(9, "T2")];
    let found = collect(&table, &events);
    assert_eq!(text(&found), "事件,标题\r\ncreated,only\r\ncreated,new\r\n");
    assert_eq!(found.within, [6, 7, 8].map(DeliveryKey), "what a newer one stands for is done with it");
    assert_eq!(found.impossible.len(), 1);
}

#[test]
fn gbk_and_workbooks_and_lines_of_json_come_with_default_columns() {
    for (settings, ending) in [
        ("format = \"csv\"\ncharset = \"gbk\"", ".csv"),
        ("format = \"xlsx\"", ".xlsx"),
        ("format = \"jsonl\"", ".jsonl"),
    ] {
        let found = collect(&table(settings).unwrap(), &[title(1, "T1", "路灯")]);
        let file = found.file.unwrap();
        assert!(file.name.ends_with(ending), "{}", file.name);
        if ending == ".csv" {
            let (decoded, _, bad) = encoding_rs::GBK.decode(&file.table.content);
            assert!(decoded.contains("工单号") && decoded.contains("路灯") && !bad, "{decoded}");
        }
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (settings, said) in [
        ("format = \"ods\"", "format must be"),
        ("format = \"xlsx\"\ncharset = \"gbk\"", "charset is for csv only"),
        ("name = \"{{ date }}.csv\"", "needs {{ first }}"),
        ("name = \"{{ first }}.csv\"", "needs {{ digest }}"),
        ("name = \"out/{{ first }}-{{ digest }}.csv\"", "plain file name"),
        ("name = \".{{ first }}{{ digest }}\"", "plain file name"),
        ("name = \"{{ firts }}.csv\"", "firts"),
        ("columns = []", "heading"),
        ("columns = [[\"a\", \"event\"], [\"a\", \"event\"]]", "heading"),
        ("columns = [[\"a\", \"evnt\"]]", "evnt"),
        ("max_rows = 0", "max_rows"),
        ("max_rows = 50001", "max_rows"),
        ("surprise = 1", "surprise"),
    ] {
        let problems = table(settings).unwrap_err();
        assert!(problems.iter().any(|problem| problem.contains(said)), "{settings}: {problems:?}");
    }
}

//! Where records are found in payloads, and what is said where they are not.

use std::sync::Arc;

use serde_json::json;
use toml::de::{DeTable, DeValue};

use super::*;
use crate::RecordBody;

fn format(table: &str) -> RecordFormat {
    let parsed = DeTable::parse(table).unwrap();
    let value = toml::Spanned::new(0..table.len(), DeValue::Table(parsed.into_inner()));
    let language = Language::new(jiff::tz::TimeZone::UTC, Arc::default());
    RecordFormat::compile(&Settings::new(table, value), &language).unwrap()
}

/// Ids of the records of a payload, of broken ones their text.
fn check(table: &str, payload: &[u8], wanted: &[&str]) {
    let format = format(table);
    let records = format.parse(payload, None).and_then(|payload| format.split(payload)).unwrap();
    let told = |record: RawRecord| match record.body {
        RecordBody::Tree(_) => record.id,
        RecordBody::Broken { text, .. } => format!("!{text}"),
    };
    assert_eq!(records.into_iter().map(told).collect::<Vec<_>>(), wanted, "{}", String::from_utf8_lossy(payload));
}

const ROWS: &str = "kind = \"json\"\nrecords = \"payload.data.rows\"\nid = \"record.n\"\n";
const LIST: &str = "kind = \"json\"\nid = \"record.n\"\n";
const XML: &str = "kind = \"xml\"\nrecords = \"payload.r.list.item\"\nid = \"record.n\"\n";

#[test]
fn records_beside_damaged_ones_are_found() {
    check(
        ROWS,
        br#"{"data":{"rows":[{"n":1},{"n":2,"t":"a" b"},{"n":3}]},"ok":[1]}"#,
        &["1", r#"!{"n":2,"t":"a" b"}"#, "3"],
    );
    check(
        LIST,
        b"[{\"n\":1,\"t\":\"\\ud83d\"},{\"n\":2,\"t\":\"a\nb\"},{\"n\":3,\"t\":\"\xE8\xB7\xAF\xE7\x81\"}]",
        &["1", "2", "3"],
    );
    check(
        "kind = \"json\"\nrecords = \"payload.data\"\nid = \"record.n\"\n",
        br#"{"data":{"rows":1}}"#,
        &[&format("kind = \"json\"").record(json!({"rows": 1})).id],
    );
    let mixed = [
        format!("[{{\"n\":1,\"t\":\"{}\"}},{{\"n\":2,\"t\":\"", "路灯不亮".repeat(9)).as_bytes(),
        &[0xC2, 0xB7, 0xB5, 0xC6, 0xB2, 0xBB, 0xC1, 0xC1],
        b"\"}]",
    ]
    .concat();
    let format = format(LIST);
    let records = format.parse(&mixed, None).and_then(|payload| format.split(payload)).unwrap();
    assert!(matches!(&records[1].body, RecordBody::Broken { reason, .. } if reason.contains("encoding")));
    assert_eq!(records[0].id, "1");
}

#[test]
fn damage_outside_of_the_records_is_damage_of_the_whole() {
    let format = format(ROWS);
    for payload in [
        &br#"{"data":{"rows":[{"n":1}]},"other":[x]}"#[..],
        br#"{"data":{"rows":[{"n":1},{"n":2"#,
        b"<html>busy</html>",
    ] {
        assert!(format.parse(payload, None).is_err(), "{}", String::from_utf8_lossy(payload));
    }
}

#[test]
fn a_list_of_nothing_has_no_records() {
    for rows in ["null", "[]", "{}", "\"\"", "\"null\"", "[null]", "[{\"@nil\":\"true\"}]", "{\"@nil\":true}"] {
        check(ROWS, format!("{{\"data\":{{\"rows\":{rows}}}}}").as_bytes(), &[]);
    }
    for rows in [
        "",
        "<list/>",
        "<list><item i:nil='true'/></list>",
        "<list i:nil='1'/>",
        "<list><item i:nil='true'/><item i:nil='true'/></list>",
        "<list> </list>",
    ] {
        check(XML, format!("<r xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>{rows}</r>").as_bytes(), &[]);
    }
}

#[test]
fn one_record_and_a_list_with_gaps_are_lists() {
    check(ROWS, br#"{"data":{"rows":{"n":1}}}"#, &["1"]);
    check(ROWS, br#"{"data":{"rows":{"0":{"n":1},"2":{"n":3}}}}"#, &["1", "3"]);
    check(XML, b"<r><list><item><n>1</n></item></list></r>", &["1"]);
    check(XML, b"<r><list><item><n>1</n></item><item><n>2</n></item></list></r>", &["1", "2"]);
    check(LIST, b"{}", &[&format(LIST).record(json!({})).id]);
}

#[test]
fn an_envelope_of_an_empty_list_is_no_record() {
    const EITHER: &str = "kind = \"json\"\nrecords = \"payload.rows or payload\"\nid = \"record.n\"\n";
    for payload in [r#"{"rows":[]}"#, r#"{"code":0,"msg":"成功","rows":[],"page":null}"#] {
        check(EITHER, payload.as_bytes(), &[]);
        check(LIST, payload.as_bytes(), &[]);
    }
    check(EITHER, br#"{"n":1,"files":[]}"#, &["1"]);
    let unnumbered = json!({"files": [], "title": "x"});
    check(EITHER, unnumbered.to_string().as_bytes(), &[&format(EITHER).record(unnumbered.clone()).id]);
}

/// What the error says of a payload whose list is elsewhere; none where it is read.
fn check_hint(table: &str, payload: &Value, wanted: Option<&str>) {
    let told = format(table).find(payload.clone()).err().map(|error| error.to_string());
    match wanted {
        None => assert_eq!(told, None, "{payload}"),
        Some(piece) => assert!(told.as_ref().is_some_and(|told| told.contains(piece)), "{payload}: {told:?}"),
    }
}

#[test]
fn records_in_a_list_beside_are_no_loss_that_nobody_sees() {
    const EITHER: &str = "kind = \"json\"\nrecords = \"payload.rows or payload\"\nid = \"record.n\"\n";
    let more = r#"![{"n":2,"t":"b"}]"#;
    for payload in [
        r#"{"rows":[{"n":1,"t":"a"}],"data":[{"n":2,"t":"b"}]}"#,
        r#"{"Rows":[{"n":1,"t":"a"},{"n":2,"t":"b"}],"rows":[{"n":1,"t":"a"}]}"#,
        r#"{"data":{"list":[{"n":2,"t":"b"}]},"rows":[{"n":1,"t":"a"}]}"#,
    ] {
        check(EITHER, payload.as_bytes(), &["1", more]);
    }
    check(EITHER, br#"{"rows":[{"n":1,"t":"a"}],"rows":[{"n":2,"t":"b"}]}"#, &["1", "2"]);
    for beside in [
        r#"[{"N":2,"T":"b"}]"#,
        r#"[{"t":"b","n":null}]"#,
        r#"{"n":2,"t":"b"}"#,
        r#"{"0":{"n":2,"t":"b"}}"#,
        r#"[{"unit":"x","list":[{"n":2,"t":"b"}]}]"#,
        r#"[[{"n":2,"t":"b"}]]"#,
        r#"{"a":{"b":{"c":{"list":[{"n":2,"t":"b"}]}}}}"#,
        r#"[{"n":1,"t":"other"}]"#,
    ] {
        let payload: Value =
            serde_json::from_str(&format!(r#"{{"rows":[{{"n":1,"t":"a"}}],"data":{beside}}}"#)).unwrap();
        let found = format(EITHER).find(payload).unwrap();
        assert_eq!(found.len(), 2, "{beside}: {found:?}");
        assert!(broken::parts(&found[1]).is_some_and(|(_, reason)| reason.contains("payload.data")), "{beside}");
    }
    let ignored = format!("{EITHER}beside = \"ignore\"\n");
    check(&ignored, br#"{"rows":[{"n":1,"t":"a"}],"data":[{"n":2,"t":"b"}]}"#, &["1"]);
    for payload in [
        r#"{"rows":[{"n":1,"t":"a"}],"latest":[{"n":1,"t":"a"}]}"#,
        r#"{"rows":[{"n":1,"t":"a","p":"x"}],"units":[{"n":2,"name":"b"}]}"#,
        r#"{"rows":[{"n":1,"t":"a"}],"top":{"n":1,"t":"a"}}"#,
        r#"{"rows":[{"n":1,"t":"a","p":"x"}],"newest":[{"n":1,"t":"a"}]}"#,
        r#"{"n":1,"t":"a","log":[{"n":3,"t":"c"}]}"#,
    ] {
        check(EITHER, payload.as_bytes(), &["1"]);
    }
}

#[test]
fn long_lists_beside_each_other_are_compared_by_their_ids() {
    let list = |from: usize| (from..from + 20_000).map(|n| json!({"n": n, "t": "a"})).collect::<Vec<_>>();
    let payload = json!({"data": {"rows": list(0)}, "more": list(10_000)});
    let found = format(ROWS).find(payload).unwrap();
    let (text, _) = broken::parts(&found[20_000]).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Value>>(text).unwrap().len(), 10_000);
}

#[test]
fn a_list_that_is_elsewhere_is_named() {
    let list = json!([{"n": 1}, {"n": 2}]);
    let text = json!({"rows": list}).to_string();
    for (payload, wanted) in [
        (json!({"value": list}), "records = \"payload.value\""),
        (json!({"$values": list, "$id": "1"}), "records = \"payload['$values']\""),
        (json!({"code": 0, "result": {"list": list}}), "body has code, result"),
        (json!({"code": 0, "result": {"list": list}}), "records = \"payload.result.list\""),
        (json!({"data": text}), "payload.data is JSON written as a text"),
        (json!(text), "payload is JSON written as a text"),
        (json!([{"count": 2, "rows": list}]), "records = \"payload[0].rows\""),
        (list.clone(), "records = \"payload\""),
        (json!({"data": {"rows": {"total": 2, "list": list}}}), "records = \"payload.data.rows.list\""),
    ] {
        check_hint(ROWS, &payload, Some(wanted));
    }
    check_hint(LIST, &json!({"count": 2, "list": list}), Some("records = \"payload.list\""));
    check_hint(LIST, &json!([{"count": 2, "list": list}]), Some("records = \"payload[0].list\""));
    check_hint(LIST, &json!(text), Some("JSON written as a text"));
}

#[test]
fn an_empty_list_and_a_record_with_lists_are_not_elsewhere() {
    for payload in [
        json!({"code": 0, "total": 0}),
        json!({"data": null, "log": [{"n": 1}]}),
        json!({"data": {"rows": null}, "columns": [{"n": 1}]}),
        json!({"columns": [{"name": "n"}], "total": 0}),
        json!({"data": {"rows": {"n": 1, "files": [{"n": 2}]}}}),
        json!({"data": {"rows": [{"files": [{"n": 2}]}]}}),
    ] {
        check_hint(ROWS, &payload, None);
    }
    check_hint(ROWS, &json!({"data": {"rows": [null]}, "list": [{"n": 1}]}), Some("records = \"payload.list\""));
    check_hint(
        ROWS,
        &json!({"data": {"rows": []}, "list": [{"n": 1}], "total": 1}),
        Some("records = \"payload.list\""),
    );
    check_hint(ROWS, &json!({"data": {"rows": []}, "columns": [{"n": 1}], "total": 0}), None);
    check_hint(LIST, &json!({"n": 1, "files": [{"n": 2}]}), None);
    check_hint(LIST, &json!({"title": "x", "files": [{"name": "y"}]}), None);
    // Its number is missing, but it is a record, and the files have numbers of their own.
    for record in [json!({"title": "x", "files": [{"n": 1}, {"n": 2}]}), json!([{"title": "x", "files": [{"n": 1}]}])] {
        check_hint(LIST, &record, None);
        check_hint(ROWS, &json!({"data": {"rows": record}}), None);
    }
    check_hint(ROWS, &json!({"data": {"total": 0, "columns": [{"n": 1}]}}), None);
    check_hint(ROWS, &json!({"totalCount": "0", "columns": [{"n": 1}]}), None);
}

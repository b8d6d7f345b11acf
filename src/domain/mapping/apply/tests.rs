mod history;
mod statements;

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::mapping::Loading;
use crate::pack::Pack;

const NOW: &str = "2026-11-26T01:00:00Z";

/// What the generic channel of the sample pack makes of a record.
fn applied(record: Value) -> Applied {
    let factories = crate::registry::factories();
    let loading = Loading::away(&factories, Arc::new(huiliu_adapter_api::SystemClock));
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
    let channels = Pack::read(&pack, &loading).unwrap().channels;
    channels["generic"].apply(&RawRecord::new("1", record), NOW.parse().unwrap())
}

fn fields(applied: &Applied) -> Vec<&str> {
    applied.warnings.iter().map(|warning| warning.field.as_str()).collect()
}

#[test]
fn a_time_that_cannot_have_been_is_none() {
    for (time, taken) in [
        ("2026-11-26 09:00:00", true),
        ("2026-11-27 08:59:00", true),
        ("2026-11-27 09:01:00", false),
        ("2027-11-26", false),
        ("2099-01-01 00:00:00", false),
        ("1990-01-02", true),
        ("1989-12-31 23:00:00", false),
        ("1980-01-01", false),
    ] {
        let applied = applied(json!({ "number": "1", "text": "路灯不亮", "occurred_at": time }));
        let Mapped::Complaint(complaint) = &applied.mapped else { panic!("{applied:?}") };
        assert_eq!(complaint.occurred_at.is_some(), taken, "{time}");
        assert_eq!(fields(&applied).contains(&"occurred_at"), !taken, "{time}");
    }
}

#[test]
fn words_for_nothing_and_garbled_texts_are_no_texts() {
    for text in [
        "null",
        "undefined",
        "NaN",
        "[object Object]",
        "None",
        "\\N",
        "null, null",
        "锟斤拷锟斤拷锟斤拷",
        "è·¯ç¯ä¸äº®",
        "??????",
    ] {
        let applied = applied(json!({ "number": "1", "text": text }));
        assert_eq!(applied.mapped, Mapped::Quarantined, "{text}");
        assert!(fields(&applied).contains(&"text"), "{text}");
    }
    let beside = applied(json!({ "number": "1", "title": "路灯不亮", "text": "è·¯ç¯ä¸äº®" }));
    assert_eq!(beside.mapped, Mapped::Quarantined, "the title would hide that the text was lost");
    assert!(beside.warnings.iter().any(|warning| warning.zh.contains("encoding")));
    for title in ["null", "烫烫烫烫烫烫", "è·¯ç¯ä¸äº®"] {
        let applied = applied(json!({ "number": "1", "title": title, "text": "路灯不亮" }));
        let Mapped::Complaint(complaint) = &applied.mapped else { panic!("{applied:?}") };
        assert_eq!(complaint.title, "路灯不亮");
        assert_eq!(fields(&applied), ["title"]);
    }
    let some = applied(json!({ "number": "1", "text": "文化路三盏路灯不亮，晚上看不见锟斤拷" }));
    assert!(matches!(some.mapped, Mapped::Complaint(_)));
    assert_eq!(fields(&some), ["text"]);
}

#[test]
fn a_number_that_looks_like_a_telephone_is_taken_with_a_warning() {
    let applied = applied(json!({ "number": "13800001111", "text": "路灯不亮" }));
    assert!(matches!(&applied.mapped, Mapped::Complaint(complaint) if complaint.number == "13800001111"));
    assert_eq!(fields(&applied), ["number"]);
}

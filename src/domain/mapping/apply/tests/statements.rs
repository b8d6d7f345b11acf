//! What records state later, by the rules of a channel.

use super::*;
use crate::city::PackFiles;
use crate::complaint::{Satisfaction, StatementKind};

const RULES: &str = r#"
[[statement]]
means = "urging"
when = "record.type == '催办'"
about = "record.order | text"
text = "record.words | text"
at = "record.time | datetime"

[[statement]]
means = "withdrawal"
when = "record.state == '撤单'"
with_content = true

[[statement]]
means = "closing"
when = "record.state == '办结'"
id = "record.times"
with_content = true

[[statement]]
means = "rating"
when = "record.state == '办结'"
satisfaction = "record.rating | text"
with_content = true
"#;

/// The generic channel of the sample pack with more in its file.
fn stating(rules: &str, record: Value) -> Applied {
    let factories = crate::registry::factories();
    let loading = Loading::away(&factories, Arc::new(huiliu_adapter_api::SystemClock));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
    let files = PackFiles::read(&folder).unwrap();
    let file = "channels/generic.toml";
    let text = format!("{}\n{rules}", String::from_utf8_lossy(files.get(file).unwrap()));
    let channels = Pack::load(files.with(file, text.into_bytes()), &loading).unwrap().channels;
    channels["generic"].apply(&RawRecord::new("1", record), NOW.parse().unwrap())
}

#[test]
fn a_message_that_carries_a_number_and_a_word_is_no_content() {
    let urging = json!({ "type": "催办", "order": "A-1", "words": "请尽快", "time": "2026-11-25 09:00:00" });
    let found = stating(RULES, urging);
    assert_eq!((&found.mapped, found.warnings.len()), (&Mapped::Stated, 0), "{found:?}");
    let statement = &found.statements[0];
    assert_eq!((statement.kind, statement.channel.as_str()), (StatementKind::Urging, "generic"));
    assert_eq!((statement.about.as_str(), statement.text.as_str()), ("A-1", "请尽快"));
    assert_eq!(statement.at.unwrap().to_string(), "2026-11-25T01:00:00Z");
}

#[test]
fn a_record_can_be_content_and_state_several_things() {
    let closed = json!({ "number": "A-1", "text": "路灯不亮", "state": "办结", "rating": "基本满意", "times": 2 });
    let found = stating(RULES, closed);
    assert!(matches!(&found.mapped, Mapped::Complaint(complaint) if complaint.number == "A-1"));
    let kinds: Vec<_> = found.statements.iter().map(|said| (said.kind, said.about.as_str(), said.id.clone())).collect();
    assert_eq!(kinds, [(StatementKind::Closing, "A-1", Some("2".to_owned())), (StatementKind::Rating, "A-1", None)]);
    assert_eq!(found.statements[1].satisfaction, Some(Satisfaction::Fair));
    let unrated = json!({ "number": "A-1", "text": "路灯不亮", "state": "办结", "rating": "" });
    assert_eq!(stating(RULES, unrated).statements.len(), 1, "nothing was rated");
    let plain = stating(RULES, json!({ "number": "A-1", "text": "路灯不亮", "state": "在办" }));
    assert!(matches!(plain.mapped, Mapped::Complaint(_)) && plain.statements.is_empty());
}

#[test]
fn what_is_not_clear_is_set_aside_and_never_content() {
    for (record, field) in [
        (json!({ "type": "催办", "number": "A-1", "text": "催" }), "statement.urging.about"),
        (json!({ "type": "催办", "order": "null", "number": "A-1", "text": "催" }), "statement.urging.about"),
        (json!({ "type": "催办", "order": 1.2e20, "number": "A-1", "text": "催" }), "statement.urging.about"),
        (json!({ "type": "催办", "order": ["A-1", "A-2"], "number": "A-1", "text": "催" }), "statement.urging.about"),
        (json!({ "state": "撤单", "number": "", "text": "路灯" }), "number"),
    ] {
        let found = stating(RULES, record.clone());
        assert_eq!((&found.mapped, found.statements.len()), (&Mapped::Quarantined, 0), "{record}");
        assert!(fields(&found).contains(&field), "{record} {found:?}");
    }
    let odd = stating(RULES, json!({ "type": "催办", "order": "A-1", "time": "2099-01-01" }));
    assert_eq!((odd.mapped.clone(), odd.statements[0].at), (Mapped::Stated, None), "a time that cannot be is none");
    assert_eq!(fields(&odd), ["statement.urging.at"]);
}

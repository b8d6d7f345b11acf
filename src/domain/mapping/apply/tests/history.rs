//! Records of matters that were finished before.

use super::*;
use crate::mapping::Past;
use crate::ticket::Status;

/// What the ledger of the sample pack makes of a row as history.
fn past(row: Value) -> Result<Past, Vec<Warning>> {
    let factories = crate::registry::factories();
    let loading = Loading::away(&factories, Arc::new(huiliu_adapter_api::SystemClock));
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
    let channels = Pack::read(&pack, &loading).unwrap().channels;
    let (record, now) = (RawRecord::new("1", row), NOW.parse().unwrap());
    channels["ledger"].past(&record, &channels["ledger"].apply(&record, now), now)
}

fn row(status: &str, received: &str, ended: &str) -> Value {
    json!({ "工单编号": "20251121000123", "内容": "路灯不亮", "受理时间": received, "办件状态": status, "办结时间": ended })
}

#[test]
fn a_finished_matter_has_its_status_and_its_dates() {
    let read = past(row("已办结", "2025-11-21 09:00:00", "2025-11-25 10:00:00")).unwrap();
    assert_eq!((read.status, read.complaint.number.as_str()), (Status::Resolved, "20251121000123"));
    assert_eq!(read.received_at.to_string(), "2025-11-21T01:00:00Z");
    assert_eq!(read.finished_at.to_string(), "2025-11-25T02:00:00Z");
    assert_eq!(past(row("closed", "2025-11-21 09:00", "2025-11-21 09:00:00")).unwrap().status, Status::Closed);
}

#[test]
fn what_is_not_finished_or_has_no_dates_is_refused_with_the_reason() {
    for (status, received, ended, said) in [
        ("办理中", "2025-11-21 09:00:00", "2025-11-25 10:00:00", "no status of a finished matter"),
        ("已并入", "2025-11-21 09:00:00", "2025-11-25 10:00:00", "no status of a finished matter"),
        ("", "2025-11-21 09:00:00", "2025-11-25 10:00:00", "no status of a finished matter"),
        ("已办结", "2025-11-21 09:00:00", "", "no time at which it was finished"),
        ("已办结", "", "2025-11-25 10:00:00", "neither received_at nor occurred_at"),
        ("已办结", "2025-11-26 09:00:00", "2025-11-25 10:00:00", "before it was received"),
        ("已办结", "2025-11-21 09:00:00", "2026-11-27 10:00:00", "more than a day in the future"),
    ] {
        let warnings = past(row(status, received, ended)).unwrap_err();
        assert!(warnings.iter().any(|warning| warning.en.contains(said)), "{said}: {warnings:?}");
    }
    let broken = past(json!({ "工单编号": "", "内容": "路灯不亮" })).unwrap_err();
    assert!(broken.iter().any(|warning| warning.field == "number"), "what the mapping said: {broken:?}");
}

//! Warnings of records that are accepted all the same.

use super::*;
use crate::desk::job::Replay;
use crate::key::RawKey;
use crate::mapping::Warning;
use crate::store::{Page, WarningGroup};

fn warning(field: &str, value: &str) -> Warning {
    Warning {
        field: field.to_owned(),
        place: ("channels/hotline.toml".to_owned(), 12, 5),
        zh: "不是时间".to_owned(),
        en: "not a time".to_owned(),
        value: Some(value.to_owned()),
    }
}

impl Town {
    fn warned(&mut self, mapped: Mapped, warnings: Vec<Warning>) {
        let mut record = self.record(mapped);
        record.applied.warnings = warnings;
        let intake = Intake {
            channel: "hotline".to_owned(),
            records: vec![record],
            prepared: Vec::new(),
            received_at: self.now,
            position: None,
            calls: Vec::new(),
            file: None,
        };
        self.run(&intake);
    }

    fn warnings(&mut self) -> Vec<WarningGroup> {
        self.store.warnings(None, None, Page::first(9)).unwrap()
    }
}

#[test]
fn warnings_are_kept_of_what_is_accepted_and_of_nothing_else() {
    let mut town = Town::new();
    town.warned(complaint("1", "青鱼滩路路灯不亮"), vec![warning("occurred_at", "昨天")]);
    town.warned(complaint("1", "青鱼滩路路灯还是不亮"), vec![warning("occurred_at", "前天")]);
    town.warned(Mapped::Quarantined, vec![warning("occurred_at", "大前天")]);
    town.warned(complaint("2", "松涛街井盖缺失"), Vec::new());
    let found = town.warnings();
    assert_eq!((found.len(), found[0].count), (1, 2));
    assert_eq!(found[0].place, "channels/hotline.toml:12:5");
    let values: Vec<_> = found[0].samples.iter().map(|sample| sample.value.as_deref().unwrap()).collect();
    assert_eq!(values, ["前天", "昨天"]);
}

#[test]
fn a_record_that_is_released_with_a_warning_keeps_it() {
    let mut town = Town::new();
    town.warned(Mapped::Quarantined, vec![warning("number", "没有")]);
    let mut record = town.record(complaint("1", "青鱼滩路路灯不亮"));
    record.applied.warnings = vec![warning("occurred_at", "昨天")];
    town.run(&Replay { raw_id: RawKey(1), record, actor: "clerk".to_owned() });
    assert_eq!(town.warnings()[0].samples[0].raw_id, RawKey(1));
}

#[test]
fn long_values_and_many_warnings_are_cut() {
    let mut town = Town::new();
    let many = (0..99).map(|_| warning("occurred_at", &"长".repeat(9_999))).collect();
    town.warned(complaint("1", "青鱼滩路路灯不亮"), many);
    let found = town.warnings();
    assert_eq!(found[0].count, 32);
    assert_eq!(found[0].samples[0].value.as_ref().unwrap().chars().count(), 200);
}

#[test]
fn what_is_nearly_a_telephone_number_is_masked_in_samples() {
    let mut town = Town::new();
    let warnings = vec![warning("reporter_phone", "1380000111"), warning("reporter_phone", "13800001111转2")];
    town.warned(complaint("1", "青鱼滩路路灯不亮"), warnings);
    let found = town.warnings();
    let mut values: Vec<_> = found[0].samples.iter().map(|sample| sample.value.as_deref().unwrap()).collect();
    values.sort_unstable();
    assert_eq!(values, ["13******11", "138****1111转2"]);
}

#[test]
fn warnings_go_when_a_citizen_is_erased() {
    let mut town = Town::new();
    town.warned(complaint("1", "青鱼滩路路灯不亮"), vec![warning("reporter_phone", "一三八")]);
    let receipt = town.store.complaints(&[crate::key::ComplaintKey(1)]).unwrap().remove(0).receipt;
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipt) });
    assert!(town.warnings().is_empty());
}

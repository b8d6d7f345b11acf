//! Batches of records.

use super::*;

fn states(town: &mut Town, records: &[(&str, &str)]) -> Vec<OutcomeState> {
    let mapped = records.iter().map(|(number, text)| complaint(number, text)).collect();
    town.take(mapped).into_iter().map(|outcome| outcome.state).collect()
}

#[test]
fn several_records_of_one_complaint_in_one_batch_amend_it() {
    let mut town = Town::new();
    let first = states(&mut town, &[("1", "青鱼滩路路灯不亮")]);
    let [OutcomeState::Accepted { receipt_number }] = first.as_slice() else { panic!("{first:?}") };
    let again = OutcomeState::Amended { receipt_number: receipt_number.clone() };
    let known = states(&mut town, &[("1", "青鱼滩路路灯还是不亮"), ("1", "青鱼滩路两盏路灯不亮")]);
    assert_eq!(known, [again.clone(), again.clone()]);
    let mixed = states(
        &mut town,
        &[
            ("2", "松涛街井盖缺失"),
            ("2", "松涛街井盖缺失，很危险"),
            ("1", "青鱼滩路路灯修好了又坏了"),
            ("3", "望海路噪音"),
            ("2", "松涛街井盖缺失，有人受伤"),
        ],
    );
    let accepted = |state: &OutcomeState| matches!(state, OutcomeState::Accepted { .. });
    assert_eq!(mixed.iter().map(accepted).collect::<Vec<_>>(), [true, false, false, true, false]);
    assert_eq!(mixed.get(2), Some(&again));
    let store = &mut town.store;
    let ledger = store.ledger().unwrap();
    assert_eq!((ledger.complaints, ledger.amendments, ledger.balances()), (3, 5, true));
}

#[test]
fn the_same_record_twice_in_one_batch_is_one() {
    let mut town = Town::new();
    let record = town.record(complaint("1", "青鱼滩路路灯不亮"));
    let records = vec![record.clone(), record];
    let received_at = town.now;
    let intake = Intake {
        channel: "hotline".to_owned(),
        records,
        prepared: Vec::new(),
        received_at,
        position: None,
        calls: Vec::new(),
        file: None,
    };
    let outcomes = town.run(&intake).outcomes;
    let receipt = receipt_of(outcomes[0].clone());
    assert_eq!(outcomes[1].state, OutcomeState::Repeated { receipt_number: Some(receipt) });
    assert!(town.balances());
}

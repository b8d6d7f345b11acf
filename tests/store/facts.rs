//! Facts and their sums.

use huiliu::complaint::Satisfaction;
use huiliu::report::{Cell, Fact, FactKind, Key, Tally};
use huiliu::store::{Changes, Store};
use jiff::civil::{Date, date};

pub fn fact(day: Date, department: &str, kind: FactKind, seconds: u32) -> Fact {
    let key = Key { department: department.into(), grade: "red".into(), channel: "hotline".into(), ..Key::default() };
    let rating = (kind == FactKind::Rated).then_some(Satisfaction::Fair);
    Fact { day, kind, key, kept: seconds < 100, again: seconds == 7, rating, seconds }
}

fn some() -> Vec<Fact> {
    let (one, two) = (date(2026, 11, 30), date(2026, 12, 1));
    let kinds = FactKind::ALL.iter().map(|(kind, _)| *kind);
    let first = kinds.map(|kind| fact(one, "urban", kind, 7));
    let durations = (0..40_u32).map(|at| fact(one, "urban", FactKind::Finished, at * at * 100));
    let others = [fact(one, "water", FactKind::Created, 0), fact(two, "urban", FactKind::Created, 0)];
    first.chain(durations).chain(others).collect()
}

fn sums(facts: &[Fact]) -> Vec<Cell> {
    let of = |day, department: &str| {
        let meant: Vec<&Fact> =
            facts.iter().filter(|fact| fact.day == day && fact.key.department == department).collect();
        let mut tally = Tally::default();
        meant.iter().for_each(|fact| tally.add(fact));
        Cell { day, key: meant[0].key.clone(), tally }
    };
    let (one, two) = (date(2026, 11, 30), date(2026, 12, 1));
    vec![of(one, "urban"), of(one, "water"), of(two, "urban")]
}

fn write(store: &mut dyn Store, facts: &[Fact]) {
    store.commit(Changes { facts: facts.to_vec(), ..Changes::default() }).unwrap();
}

pub fn facts_come_to_the_same_however_far_they_are_summed_up(store: &mut dyn Store) {
    let (facts, year) = (some(), (date(2026, 1, 1), date(2026, 12, 31)));
    write(store, &facts);
    let wanted = sums(&facts);
    assert_eq!(store.facts(year.0, year.1).unwrap(), wanted);
    for (most, summed) in [(5, 5), (20, 20), (100, facts.len() - 25), (100, 0)] {
        assert_eq!(store.sum_facts(most).unwrap(), summed);
        assert_eq!(store.facts(year.0, year.1).unwrap(), wanted);
    }
    assert_eq!(store.facts(date(2026, 12, 1), date(2026, 12, 1)).unwrap(), wanted[2..], "both ends are included");
    assert_eq!(store.facts(date(2026, 12, 2), date(2026, 12, 31)).unwrap(), []);
}

pub fn rows_of_facts_go_when_they_are_old_and_in_the_sums(store: &mut dyn Store) {
    let (facts, year) = (some(), (date(2026, 1, 1), date(2026, 12, 31)));
    write(store, &facts);
    assert_eq!(store.forget_facts(date(2027, 1, 1)).unwrap(), 0, "none is in a sum");
    assert_eq!(store.sum_facts(10).unwrap(), 10);
    assert_eq!(store.forget_facts(date(2027, 1, 1)).unwrap(), 10);
    assert_eq!(store.sum_facts(usize::MAX).unwrap(), facts.len() - 10);
    assert_eq!(store.forget_facts(date(2026, 12, 1)).unwrap(), facts.len() - 11, "those of the day itself stay");
    assert_eq!(store.facts(year.0, year.1).unwrap(), sums(&facts));
    // What comes later on a day that was summed up is counted, too.
    write(store, &facts);
    let twice: Vec<Fact> = facts.iter().chain(&facts).cloned().collect();
    assert_eq!(store.facts(year.0, year.1).unwrap(), sums(&twice));
    assert_eq!(store.sum_facts(usize::MAX).unwrap(), facts.len());
    assert_eq!(store.facts(year.0, year.1).unwrap(), sums(&twice));
}

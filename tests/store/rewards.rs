//! Points of citizens who take part.

use huiliu::complaint::{AccountHash, RewardBasis, RewardEntry};
use huiliu::key::ComplaintKey;
use huiliu::store::{Changes, Erasure, RewardChange, Store};

use crate::rows::{at, lone, reward};

fn commit(store: &mut dyn Store, rewards: Vec<RewardChange>) {
    store.commit(Changes { rewards, ..Changes::default() }).unwrap();
}

/// An account whose hash is negative as a signed number.
const HIGH: u64 = u64::MAX - 3;

pub fn points_come_back_by_complaint_and_by_account(store: &mut dyn Store) {
    let entries = [reward(1, "report", 0, HIGH, 10), reward(1, "rate", 2, HIGH, 20), reward(2, "report", 0, 5, 30)];
    commit(store, entries.iter().cloned().map(RewardChange::Is).collect());
    let of = |store: &mut dyn Store, key| store.rewards_of_complaint(ComplaintKey(key)).unwrap();
    assert_eq!(of(store, 1), [entries[1].clone(), entries[0].clone()], "by rule and round");
    assert_eq!(of(store, 3), []);
    let accounts = |store: &mut dyn Store, hashes: &[u64], limit| {
        let hashes: Vec<AccountHash> = hashes.iter().copied().map(AccountHash).collect();
        store.rewards_of(&hashes, limit).unwrap()
    };
    assert_eq!(accounts(store, &[HIGH], 9), [entries[1].clone(), entries[0].clone()], "the newest first");
    assert_eq!(accounts(store, &[HIGH, 5], 1), [entries[2].clone()]);
    assert_eq!(accounts(store, &[], 9), []);
    for (basis, _) in RewardBasis::ALL {
        let entry = RewardEntry { basis, ..reward(4, "each", 0, 9, 40) };
        commit(store, vec![RewardChange::Is(entry.clone())]);
        assert_eq!(of(store, 4), [entry], "the last one counts");
    }
}

pub fn points_count_by_rule_and_time_unless_they_were_taken_back(store: &mut dyn Store) {
    let gone = RewardEntry { taken_back_at: Some(at(50)), ..reward(3, "report", 0, HIGH, 30) };
    let rows =
        [reward(1, "report", 0, HIGH, 10), reward(2, "rate", 1, HIGH, 20), gone.clone(), reward(4, "report", 0, 5, 30)];
    commit(store, rows.iter().cloned().map(RewardChange::Is).collect());
    let sum = |store: &mut dyn Store, hashes: &[u64], rule, second| {
        let hashes: Vec<AccountHash> = hashes.iter().copied().map(AccountHash).collect();
        store.reward_points(&hashes, rule, at(second)).unwrap()
    };
    assert_eq!((sum(store, &[HIGH], None, 0), sum(store, &[HIGH, 5], None, 0)), (4, 6));
    assert_eq!((sum(store, &[HIGH], Some("report"), 10), sum(store, &[HIGH], Some("report"), 11)), (2, 0));
    assert_eq!((sum(store, &[HIGH], Some("none"), 0), sum(store, &[], None, 0)), (0, 0));
    commit(store, vec![RewardChange::Is(RewardEntry { taken_back_at: None, ..gone })]);
    assert_eq!(sum(store, &[HIGH], None, 0), 6, "it counts again");
}

pub fn points_go_with_their_complaint_and_when_they_are_old(store: &mut dyn Store) {
    (1..=3).for_each(|id| store.commit(lone(id)).unwrap());
    let rows = [reward(1, "report", 0, 5, 10), reward(2, "report", 0, 5, 20), reward(3, "report", 0, 5, 30)];
    commit(store, rows.into_iter().map(RewardChange::Is).collect());
    let left = |store: &mut dyn Store| store.reward_points(&[AccountHash(5)], None, at(0)).unwrap();
    let erased = vec![Erasure { complaint: ComplaintKey(3), at: at(60) }];
    store.commit(Changes { erased, ..Changes::default() }).unwrap();
    assert_eq!((left(store), store.rewards_of_complaint(ComplaintKey(3)).unwrap().len()), (4, 0));
    assert_eq!((store.forget_rewards(at(20)).unwrap(), left(store)), (1, 2));
    commit(store, vec![RewardChange::Gone(ComplaintKey(2)), RewardChange::Is(reward(1, "done", 0, 5, 40))]);
    assert_eq!((left(store), store.rewards_of_complaint(ComplaintKey(2)).unwrap()), (2, Vec::new()));
}

//! Records of one call or one page with one number: the first is taken, different ones are set aside, later calls amend.

use super::files::{COVER, LAMP, Row, record};
use super::*;
use crate::desk::job::Discard;
use crate::store::Page;

impl Town {
    /// Takes records that were pushed in these calls, or pulled as one page; what became of each.
    fn push(&mut self, calls: &[usize], rows: &[Row<'_>]) -> Vec<&'static str> {
        self.deliver(calls, rows.iter().map(|row| record(*row)).collect())
    }

    fn deliver(&mut self, calls: &[usize], records: Vec<Normalized>) -> Vec<&'static str> {
        let intake = Intake {
            channel: "hotline".to_owned(),
            records,
            prepared: Vec::new(),
            received_at: self.now,
            position: None,
            calls: calls.to_vec(),
            file: None,
        };
        let outcomes = self.run(&intake).outcomes;
        assert!(self.balances());
        outcomes.iter().map(|outcome| state(&outcome.state)).collect()
    }
}

fn state(outcome: &OutcomeState) -> &'static str {
    match outcome {
        OutcomeState::Accepted { .. } => "accepted",
        OutcomeState::Amended { .. } => "amended",
        OutcomeState::FollowUp { .. } => "follow_up",
        OutcomeState::Repeated { .. } => "repeated",
        OutcomeState::Quarantined { .. } => "quarantined",
        OutcomeState::Discarded { .. } => "discarded",
    }
}

/// Ids that are digests, in an order that is not that of arrival, and ids that are the number.
const IDS: [[&str; 2]; 2] = [["z", "a"], ["1", "1"]];

#[test]
fn two_records_of_one_call_or_page_with_one_number_are_no_amendment() {
    for ids in IDS {
        for calls in [&[2][..], &[]] {
            let mut town = Town::new();
            let rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER)];
            assert_eq!(town.push(calls, &rows), ["accepted", "quarantined"], "{ids:?}");
            assert_eq!(town.texts(), [LAMP], "the first counts, whatever their ids are");
            let aside = town.store.quarantine(None, Page::first(9)).unwrap();
            assert!(aside[0].problems.to_string().contains("same_number"));
            // The call is made again, the page is read again: also after a restart.
            assert_eq!(town.push(calls, &rows), ["repeated", "quarantined"]);
            town.state = town.rebuilt();
            assert_eq!(town.push(calls, &rows), ["repeated", "quarantined"]);
            assert_eq!((town.texts(), town.aside().len()), (vec![LAMP.to_owned()], 1));
            assert_eq!(town.store.ledger().unwrap().received, 2, "nothing was kept twice");
        }
    }
}

#[test]
fn a_record_that_was_there_before_counts_for_its_page() {
    for ids in IDS {
        for turned in [false, true] {
            let mut town = Town::new();
            town.push(&[], &[(ids[0], "1", LAMP)]);
            let mut rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER)];
            if turned {
                rows.reverse();
            }
            town.push(&[], &rows);
            town.push(&[], &rows);
            town.push(&[], &[(ids[0], "1", LAMP), (ids[1], "1", COVER), ("k", "2", "望海路噪音扰民")]);
            assert_eq!(town.texts().len(), 2);
            assert_eq!(town.aside().len(), 1, "{ids:?} {turned}");
        }
    }
}

#[test]
fn the_same_content_twice_is_harmless() {
    for ids in IDS {
        let mut town = Town::new();
        let rows = [(ids[0], "1", LAMP), (ids[1], "1", LAMP)];
        assert_eq!(town.push(&[2], &rows), ["accepted", "repeated"]);
        assert_eq!(town.push(&[1, 1], &rows), ["repeated", "repeated"]);
        assert!(town.aside().is_empty());
    }
}

#[test]
fn a_later_call_amends_and_its_answer_says_so() {
    for ids in IDS {
        let rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER)];
        let mut together = Town::new();
        assert_eq!(together.push(&[1, 1], &rows), ["accepted", "amended"], "two calls that wait at the same time");
        let mut apart = Town::new();
        assert_eq!(apart.push(&[1], &rows[..1]), ["accepted"]);
        assert_eq!(apart.push(&[1], &rows[1..]), ["amended"]);
        assert_eq!(apart.push(&[1], &rows[1..]), ["repeated"]);
        assert_eq!(apart.texts(), [COVER]);
        assert_eq!(together.texts(), [COVER]);
    }
}

#[test]
fn what_was_set_aside_and_comes_alone_later_is_what_its_source_says_now() {
    for ids in IDS {
        let rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER)];
        for calls in [&[1][..], &[]] {
            for restarted in [false, true] {
                let mut town = Town::new();
                assert_eq!(town.push(&[], &rows), ["accepted", "quarantined"]);
                if restarted {
                    town.state = town.rebuilt();
                }
                assert_eq!(town.push(calls, &rows[1..]), ["amended"], "{ids:?}");
                assert_eq!((town.texts(), town.aside().len()), (vec![COVER.to_owned()], 0));
                // What came before changes nothing more.
                assert_eq!(town.push(calls, &rows[1..]), ["repeated"]);
                assert_eq!(town.push(&[], &rows), ["repeated", "repeated"]);
                assert_eq!(town.texts(), [COVER]);
                assert_eq!(town.store.ledger().unwrap().received, 2);
            }
        }
    }
}

#[test]
fn a_call_with_one_of_them_that_waits_behind_theirs_amends_too() {
    for ids in IDS {
        let mut town = Town::new();
        let rows = [(ids[0], "1", LAMP), (ids[1], "1", COVER), (ids[1], "1", COVER)];
        let answers = town.push(&[2, 1], &rows);
        assert_eq!(
            (answers[0], town.texts(), town.aside().len()),
            ("accepted", vec![COVER.to_owned()], 0),
            "{answers:?}"
        );
    }
}

#[test]
fn what_a_person_discarded_stays_discarded_when_it_comes_alone() {
    let mut town = Town::new();
    let rows = [("1", "1", LAMP), ("1", "1", COVER)];
    town.push(&[], &rows);
    let aside = town.store.quarantine(None, Page::first(9)).unwrap()[0].raw_id;
    assert!(town.run(&Discard { raw_id: aside, reason: "重复".to_owned(), actor: "tester".into() }));
    assert_eq!(town.push(&[], &rows[1..]), ["discarded"]);
    assert_eq!(town.texts(), [LAMP]);
}

#[test]
fn the_settings_can_say_that_a_call_tells_of_one_matter_in_several_records() {
    for ids in IDS {
        let mut town = Town::new();
        town.amending();
        assert_eq!(town.push(&[2], &[(ids[0], "1", LAMP), (ids[1], "1", COVER)]), ["accepted", "amended"]);
        assert_eq!(town.texts(), [COVER]);
    }
}

#[test]
fn a_page_that_is_read_again_ends_with_its_last_content_also_where_its_source_states_later() {
    for ids in IDS {
        let mut town = Town::new();
        town.amending();
        Arc::get_mut(&mut town.rules).unwrap().stating.insert("hotline".to_owned());
        for _ in 0..3 {
            town.push(&[], &[(ids[0], "1", LAMP), (ids[1], "1", COVER)]);
            assert_eq!(town.texts(), [COVER], "{ids:?}");
            town.state = town.rebuilt();
        }
    }
}

#[test]
fn a_word_about_a_complaint_in_its_call_is_no_clash() {
    let mut town = Town::new();
    let mut word = record(("z", "1", "催办：还没有修"));
    word.applied.mapped = dissatisfied("1");
    let records = vec![record(("a", "1", LAMP)), word];
    assert_eq!(town.deliver(&[2], records), ["accepted", "follow_up"]);
    assert!(town.aside().is_empty());
}

//! Where lists end, and lists that do not.

use super::model::{Beyond, Model};
use super::{NOW, page, read};
use crate::{MAX_PAGES_ASIDE, MAX_PASS_PAGES, Next, Notice, PageRead, Paging, State};

fn number(size: u64) -> Paging {
    Paging::Number { first: 1, size, overlap: true }
}

fn cursor() -> Paging {
    Paging::Cursor { next: toml_text("answer.next") }
}

fn toml_text(text: &str) -> huiliu_adapter_api::SpannedText {
    huiliu_adapter_api::SpannedText::new(0..0, text.to_owned())
}

fn whole(mut model: Model, paging: &Paging) -> Vec<Notice> {
    let mut state = State::default();
    let (mut delivered, notices) = model.pass(&mut state, paging, 7);
    let all = model.list.clone();
    assert_eq!(model.missing(&delivered), [0; 0]);
    delivered.sort_unstable_by(|one, other| other.cmp(one));
    delivered.dedup();
    assert_eq!(delivered, all, "nothing else");
    assert_eq!(state.watermark, all.first().copied());
    // The next pass stops where this one began.
    let before = model.requests;
    assert_eq!(model.pass(&mut state, paging, 7).0, [0; 0]);
    assert_eq!(model.requests - before, 1);
    notices
}

#[test]
fn a_source_that_caps_the_size_is_read_to_its_end() {
    for paging in [number(100), Paging::Offset { size: 100, overlap: true }] {
        assert_eq!(whole(Model::of(25, 10), &paging), []);
    }
}

#[test]
fn a_short_page_in_the_middle_is_not_the_end() {
    let mut state = State::default();
    let paging = Paging::Number { first: 1, size: 3, overlap: false };
    for (orders, more) in [(&[9, 8, 7][..], true), (&[6], true), (&[5, 4, 3], true), (&[], false)] {
        state.begin(&paging, None, NOW);
        assert_eq!(read(&mut state, &page(orders), &paging, None), orders);
        assert_eq!(state.next.is_some(), more, "{orders:?}");
    }
}

#[test]
fn a_last_page_that_repeats_ends_the_pass() {
    let short = Model { beyond: Beyond::LastPage, ..Model::of(25, 10) };
    assert_eq!(whole(short, &number(10)), [], "a shorter last page is known as one");
    let full = Model { beyond: Beyond::LastPage, ..Model::of(20, 10) };
    assert_eq!(whole(full, &number(10)), [Notice::Repeats]);
    let stated = Model { beyond: Beyond::LastPage, states_total: true, ..Model::of(20, 10) };
    assert_eq!(whole(stated, &number(10)), []);
}

#[test]
fn a_first_page_that_is_given_for_every_number_beyond_the_end_ends_the_pass() {
    for records in [20, 25, 1_000] {
        let model = Model { beyond: Beyond::FirstPage, ..Model::of(records, 10) };
        assert_eq!(whole(model, &number(10)), [Notice::Repeats], "{records}");
    }
}

#[test]
fn an_empty_page_before_a_stated_total_is_not_the_end() {
    let mut state = State::default();
    let paging = Paging::Number { first: 1, size: 2, overlap: false };
    for (orders, more) in [(&[9, 8][..], true), (&[], true), (&[7, 6], false)] {
        state.begin(&paging, None, NOW);
        read(&mut state, &PageRead { total: Some(4), ..page(orders) }, &paging, None);
        assert_eq!(state.next.is_some(), more, "{orders:?}");
    }
}

#[test]
fn a_total_that_is_less_than_what_comes_is_not_believed_and_told() {
    let (mut state, paging, mut notices) = (State::default(), number(2), Vec::new());
    for orders in [&[9, 8][..], &[7, 6], &[9, 8], &[5], &[7, 6], &[], &[5]] {
        state.begin(&paging, None, NOW);
        let page = PageRead { total: Some(2), ..page(orders) };
        for entry in &page.entries {
            state.take(entry, false);
        }
        notices.extend(state.advance(&page, &paging, None, NOW));
    }
    assert_eq!((state.next, notices), (None, vec![Notice::MoreThanStated]));
}

#[test]
fn cursors_that_go_round_or_stay_end_the_pass_without_moving_the_watermark() {
    let round = [("a", [9, 8]), ("b", [7, 6]), ("a", [5, 4]), ("b", [7, 6]), ("a", [5, 4]), ("b", [7, 6])];
    let stays = [("a", [9, 8]), ("a", [7, 6])];
    for answers in [&round[..], &stays[..]] {
        let (mut state, mut told) = (State { watermark: Some(1), ..State::default() }, Vec::new());
        for (cursor, orders) in answers {
            state.begin(&self::cursor(), None, NOW);
            let page = PageRead { cursor: Some((*cursor).to_owned()), ..page(orders) };
            state.open(&page);
            for entry in &page.entries {
                state.take(entry, false);
            }
            told.extend(state.advance(&page, &self::cursor(), None, NOW));
            if state.next.is_none() {
                break;
            }
        }
        assert_eq!((state.next, state.watermark, told), (None, Some(1), vec![Notice::GoesRound]));
    }
}

#[test]
fn an_empty_page_with_another_cursor_is_not_the_end() {
    let mut state = State::default();
    for (cursor, orders, more) in [("a", &[9][..], true), ("b", &[], true), ("c", &[8], true), ("c", &[], false)] {
        state.begin(&self::cursor(), None, NOW);
        let page = PageRead { cursor: Some(cursor.to_owned()), ..page(orders) };
        read(&mut state, &page, &self::cursor(), None);
        assert_eq!(state.next.is_some(), more, "{cursor}");
    }
}

#[test]
fn an_inclusive_last_id_ends_with_the_record_that_was_asked_for() {
    let mut state = State::default();
    for (orders, more) in [(&[9, 8, 7][..], true), (&[7, 6, 5], true), (&[5], false)] {
        state.begin(&Paging::LastId, None, NOW);
        read(&mut state, &page(orders), &Paging::LastId, None);
        assert_eq!(state.next.is_some(), more, "{orders:?}");
    }
    assert_eq!(state.watermark, Some(9));
}

#[test]
fn ids_that_are_no_numbers_are_followed_as_they_are_written() {
    let text = |orders: &[i64]| {
        let mut page = page(orders);
        for entry in &mut page.entries {
            (entry.key, entry.order) = (entry.order.map(|order| format!("GD{order}")), None);
        }
        page
    };
    let mut state = State::default();
    state.begin(&Paging::LastId, None, NOW);
    let first = text(&[9, 8]);
    state.take(&first.entries[0], false);
    state.take(&first.entries[1], false);
    assert_eq!(state.advance(&first, &Paging::LastId, None, NOW), [Notice::NoOrder]);
    assert_eq!(state.next, Some(Next::Key("GD8".to_owned())));
    assert_eq!(state.page(&Paging::LastId)["last"], "GD8");
}

#[test]
fn an_endless_source_is_left_and_gone_on_with_after_its_front() {
    let paging = Paging::Number { first: 1, size: 1, overlap: false };
    let (mut state, mut told) = (State::default(), Vec::new());
    for at in 0..i64::from(MAX_PASS_PAGES) {
        state.begin(&paging, None, NOW);
        let page = page(&[1_000_000 - at]);
        state.open(&page);
        state.take(&page.entries[0], false);
        told.extend(state.advance(&page, &paging, None, NOW));
    }
    let stopped = Next::Number(u64::from(MAX_PASS_PAGES) + 1);
    assert_eq!((state.next.clone(), told), (None, vec![Notice::TooManyPages]));
    state.begin(&paging, None, NOW);
    read(&mut state, &page(&[1_000_000]), &paging, None);
    assert_eq!(state.next, Some(stopped), "the front has nothing new");
    assert_eq!(read(&mut state, &page(&[3]), &paging, None), [3], "what lies behind is not known");
}

#[test]
fn pages_that_cannot_be_read_are_passed_over_as_long_as_it_is_not_all_of_them() {
    let (mut state, paging) = (State::default(), number(2));
    state.begin(&paging, None, NOW);
    for at in 0..u64::from(MAX_PAGES_ASIDE) {
        let digest = State::digest(&at.to_string());
        assert!(state.can_pass_over(&paging, &digest));
        assert!(state.pass_over(digest, &paging, true, NOW));
        assert_eq!(state.next, Some(Next::Number(at + 2)));
    }
    assert!(!state.can_pass_over(&paging, "another"));
}

#[test]
fn a_page_that_holds_the_only_key_cuts_the_pass() {
    let mut state = State { watermark: Some(3), ..State::default() };
    state.begin(&Paging::LastId, None, NOW);
    read(&mut state, &page(&[9, 8]), &Paging::LastId, None);
    assert!(!state.pass_over(State::digest("x"), &Paging::LastId, true, NOW));
    assert_eq!((state.next, state.watermark), (None, Some(3)));
}

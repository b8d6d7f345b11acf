//! Questions about tickets that went into others before they were answered.

use super::confidential::confidential;
use super::files::LAMP;
use super::*;
use crate::key::ReviewKey;
use crate::store::Page;

/// A question whether a complaint belongs to a ticket, and that ticket put into another one: the question, the receipt numbers of
/// the complaint and of the one that it was like, and the ticket that the latter is in now.
fn asked(town: &mut Town) -> (ReviewKey, [String; 2], TicketKey) {
    let matched = town.complain(&[("1", LAMP)]).remove(0);
    let asked = receipt_of(town.take(vec![confidential("2", LAMP)]).remove(0));
    let other = town.complain(&[("3", "成山大道工地拖欠农民工工资三个月，老板一直推脱，请劳动部门处理。")]).remove(0);
    let review = town.store.open_reviews(Page::first(9)).unwrap().remove(0);
    let (from, into) = (town.ticket_of(&matched).ticket.id, town.ticket_of(&other).ticket.id);
    assert!(matches!(town.act(Action::Merge { from, into }), Acted::Done(_)));
    (review.id, [asked, matched], town.ticket_of(&other).key)
}

#[test]
fn another_matter_stays_apart_from_the_one_that_it_was_like() {
    let mut town = Town::new();
    let (review, [asked, matched], _) = asked(&mut town);
    assert!(matches!(town.act(Action::Review { review, same: false }), Acted::Done(_)));
    let (asked, matched) = (town.store_view(&asked).id, town.store_view(&matched).id);
    let links = town.store.cannot_links().unwrap();
    assert!(links.iter().any(|(a, b)| [*a, *b].contains(&asked) && [*a, *b].contains(&matched)), "{links:?}");
}

#[test]
fn the_same_matter_goes_where_the_one_is_now_that_it_was_like() {
    let mut town = Town::new();
    let matched = town.complain(&[("1", LAMP)]).remove(0);
    let ticket = town.ticket_of(&matched).ticket.id;
    assert!(matches!(town.act(Action::Pin { ticket: ticket.clone(), pinned: true }), Acted::Done(_)));
    let asked = town.complain(&[("2", LAMP)]).remove(0);
    let review = town.store.open_reviews(Page::first(9)).unwrap().remove(0);
    let other = town.complain(&[("3", "成山大道工地拖欠农民工工资三个月，老板一直推脱，请劳动部门处理。")]).remove(0);
    let into = town.ticket_of(&other).ticket.id;
    assert!(matches!(town.act(Action::Merge { from: ticket, into }), Acted::Done(_)));
    assert!(matches!(town.act(Action::Review { review: review.id, same: true }), Acted::Done(_)));
    assert_eq!(town.store_view(&asked).ticket, town.ticket_of(&other).key);
}

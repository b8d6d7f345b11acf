//! Ratings, and call-backs from when they are due.

use huiliu::complaint::Satisfaction;
use huiliu::key::{ComplaintKey, TicketKey};
use huiliu::store::{CallBackChange, CallBackView, Changes, Page, RatingRow, Store};
use huiliu::ticket::{CallBackState, Evaluation, Rater, Status, Ticket};

use crate::rows::{at, call_back, rating, ticket};

fn commit(store: &mut dyn Store, call_backs: Vec<CallBackChange>) {
    store.commit(Changes { call_backs, ..Changes::default() }).unwrap();
}

fn done(complaint: i64, state: CallBackState, second: i64) -> CallBackChange {
    CallBackChange::Done { complaint: ComplaintKey(complaint), state, at: at(second) }
}

pub fn ratings_come_back_in_their_order_by_ticket(store: &mut dyn Store) {
    let ratings = vec![
        rating(2, Some(1), Rater::Citizen),
        rating(1, None, Rater::Supervisor),
        rating(2, Some(3), Rater::CallBack),
        rating(2, Some(1), Rater::Citizen),
    ];
    store.commit(Changes { ratings: ratings.clone(), ..Changes::default() }).unwrap();
    let of = |store: &mut dyn Store, tickets: &[TicketKey]| store.ratings_of(tickets).unwrap();
    assert_eq!(of(store, &[TicketKey(1)]), [ratings[1].clone()]);
    assert_eq!(of(store, &[TicketKey(2), TicketKey(1)]), ratings, "said twice it is there twice");
    assert_eq!(of(store, &[]), []);
    for row in &ratings {
        let about = store.ratings_about(row.ticket, row.complaint).unwrap();
        let wanted = |other: &&RatingRow| (other.ticket, other.complaint) == (row.ticket, row.complaint);
        assert_eq!(about, ratings.iter().filter(wanted).cloned().collect::<Vec<_>>());
    }
    assert_eq!(store.ratings_about(TicketKey(9), None).unwrap(), []);
}

pub fn a_complaint_has_one_call_back_that_is_due(store: &mut dyn Store) {
    let due = |complaint, second| CallBackChange::Due(call_back(complaint, second));
    commit(store, vec![due(2, 20), due(1, 21), due(2, 22)]);
    let listed = |store: &mut dyn Store, page| -> Vec<(i64, i64)> {
        let due = store.due_call_backs(page).unwrap();
        due.iter().map(|view: &CallBackView| (view.id, view.complaint.0)).collect()
    };
    assert_eq!(listed(store, Page::first(9)), [(1, 2), (2, 1)]);
    assert_eq!(listed(store, Page::first(1)), [(1, 2)]);
    assert_eq!(listed(store, Page { after: Some(1), limit: 9 }), [(2, 1)]);
    commit(store, vec![done(2, CallBackState::Heard, 30), done(7, CallBackState::Heard, 30), due(2, 31)]);
    assert_eq!(listed(store, Page::first(9)), [(2, 1), (3, 2)], "the next result is asked about again");
    commit(store, vec![done(2, CallBackState::Dropped, 32), done(2, CallBackState::Unreached, 33)]);
    let states = |view: CallBackView| (view.state, view.at, view.done_at);
    let of_two: Vec<_> = store.call_backs_of(&[ComplaintKey(2)]).unwrap().into_iter().map(states).collect();
    let (heard, dropped) = (CallBackState::Heard, CallBackState::Dropped);
    assert_eq!(of_two, [(heard, at(20), Some(at(30))), (dropped, at(31), Some(at(32)))], "what ended stays so");
}

pub fn the_evaluation_of_a_ticket_comes_back_as_it_was(store: &mut dyn Store) {
    let (key, kept) = ticket(1, 1, Status::Resolved);
    let some = Evaluation {
        rounds: 3,
        restarts: 2,
        dissatisfied: 2,
        refused: 1,
        dissatisfied_round: Some(2),
        citizen: Some(Satisfaction::Fair),
        supervisor: Some(Satisfaction::Dissatisfied),
        notice_at: Some(at(77)),
    };
    for evaluation in [some, Evaluation::default()] {
        let tickets = vec![(key, Ticket { evaluation: evaluation.clone(), ..kept.clone() })];
        store.commit(Changes { tickets, ..Changes::default() }).unwrap();
        assert_eq!(store.tickets(&[key], 1).unwrap()[0].ticket.evaluation, evaluation);
    }
}

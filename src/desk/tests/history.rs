//! Matters that were finished before the gateway knew of them.

use super::super::history::{PastFate, PastRecord, TakePast};
use super::*;
use crate::complaint::ComplaintState;
use crate::mapping::Past;
use crate::store::{FindingState, Page};

const LAMP: &str = "青鱼滩路与松涛街交叉口东侧第三盏路灯已经三天不亮，晚上行人看不清路面，请尽快维修";
const NOISE: &str = "望海路八号工地夜间十一点以后仍在施工，噪音扰民，影响老人和学生休息";

impl Town {
    /// A matter that was finished so many hours ago.
    fn past(&self, number: &str, text: &str, hours_ago: i64) -> PastRecord {
        let Mapped::Complaint(complaint) = complaint(number, text) else { panic!("a complaint") };
        let ago = |hours| self.now.saturating_sub(SignedDuration::from_hours(hours)).unwrap();
        let past = Past {
            complaint: *complaint,
            status: Status::Resolved,
            received_at: ago(hours_ago + 48),
            finished_at: ago(hours_ago),
        };
        let digest = u128::from(number.bytes().map(u64::from).sum::<u64>()).to_be_bytes();
        PastRecord { record_id: number.to_owned(), body: json!({ "number": number }), digest, past }
    }

    fn take_past(&mut self, records: Vec<PastRecord>) -> Vec<PastFate> {
        self.run(&TakePast { channel: "hotline".to_owned(), records })
    }

    fn complaint_of(&mut self, number: &str) -> crate::store::ComplaintView {
        let store = &mut self.store;
        let heads = store.heads_by_number(&[("hotline".into(), number.into())]).unwrap();
        let key = heads.into_values().next().unwrap().id;
        store.complaints(&[key]).unwrap().remove(0)
    }
}

#[test]
fn history_is_silent_and_known_to_merging() {
    let mut town = Town::new();
    let past = vec![town.past("H1", LAMP, 100), town.past("H2", NOISE, 90_000)];
    assert_eq!(town.take_past(past), [PastFate::Taken; 2]);
    let now = town.now;
    let view = town.complaint_of("H1");
    let ticket = town.ticket(view.ticket).ticket;
    assert_eq!((view.state, ticket.status, ticket.complaints), (ComplaintState::Past, Status::Resolved, 1));
    assert_eq!(ticket.created_at, now.saturating_sub(SignedDuration::from_hours(148)).unwrap());
    assert_eq!(ticket.finished_at, Some(now.saturating_sub(SignedDuration::from_hours(100)).unwrap()));
    let store = &mut town.store;
    assert!(store.pending_messages(0, 9, &mut |_| true).unwrap().0.is_empty(), "no event");
    assert!(store.due_replies(now, 9).unwrap().is_empty(), "no reply");
    let far = Timestamp::from_second(4_000_000_000).unwrap();
    assert!(store.due_reminders(far, 9).unwrap().is_empty(), "no clock");
    let wrong = store.examine(false).unwrap().into_iter().filter(|found| found.state == FindingState::Wrong);
    assert_eq!(wrong.count(), 0);
    assert!(town.balances());
    let (live, rebuilt) = (town.state.index().listings(), town.rebuilt().index().listings());
    assert_eq!(live, rebuilt, "the live index is the one that a start would make");
    let again = town.complain(&[("N1", LAMP), ("N2", NOISE)]);
    assert_eq!(town.ticket_of(&again[0]).ticket.recurrence_of, Some(ticket.id), "the matter has come again");
    assert_eq!(town.ticket_of(&again[1]).ticket.recurrence_of, None, "it was too long ago");
}

#[test]
fn history_is_taken_once_and_never_made_of_what_came_by_its_channel() {
    let mut town = Town::new();
    let live = town.complain(&[("L1", LAMP)]).remove(0);
    let past = |town: &Town| vec![town.past("H1", NOISE, 100), town.past("L1", LAMP, 100)];
    let records = past(&town);
    assert_eq!(town.take_past(records), [PastFate::Taken, PastFate::Live]);
    let records = past(&town);
    assert_eq!(town.take_past(records), [PastFate::Repeated, PastFate::Live]);
    let (view, ticket) = (town.store_view(&live), town.ticket_of(&live).ticket);
    assert_eq!((view.state, view.revision, ticket.status), (ComplaintState::Open, 1, Status::Open));
    let receipt = town.complaint_of("H1").receipt;
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipt) });
    let records = past(&town);
    assert_eq!(town.take_past(records), [PastFate::Erased, PastFate::Live]);
    let store = &mut town.store;
    assert!(store.quarantine(None, Page::first(9)).unwrap().is_empty());
    assert!(town.balances());
}

#[test]
fn a_citizen_who_is_not_satisfied_with_a_past_matter_waits_for_an_answer_again() {
    let mut town = Town::new();
    let records = vec![town.past("H1", LAMP, 100)];
    town.take_past(records);
    town.take(vec![dissatisfied("H1")]);
    let view = town.complaint_of("H1");
    let ticket = town.ticket(view.ticket).ticket;
    assert_eq!((view.state, ticket.status), (ComplaintState::Open, Status::Reopened));
    town.set(&ticket.id, Status::Resolved).unwrap();
    let now = town.now;
    let store = &mut town.store;
    assert_eq!(store.due_replies(now, 9).unwrap().len(), 1);
    assert!(town.balances());
}

//! Replies that people gave by hand.

use super::*;
use crate::key::ReplyKey;
use crate::store::{ReplyState, Told};

impl Town {
    /// A reply that no channel can give.
    fn left_to_people(&mut self) -> (String, ReplyKey) {
        let receipt = self.complain(&[("1", "松涛街井盖缺失")]).remove(0);
        let ticket = self.ticket_of(&receipt).ticket.id;
        self.set(&ticket, Status::Resolved).unwrap();
        let reply = self.store.due_replies(self.now, 9).unwrap().remove(0).id;
        (receipt, reply)
    }

    fn tell(&mut self, reply: ReplyKey, how: &str, at: Option<Timestamp>) -> Acted {
        self.act(Action::Told { reply, how: how.to_owned(), at })
    }
}

#[test]
fn a_citizen_is_told_by_hand_once_and_said_again_the_first_time_stays() {
    let mut town = Town::new();
    let (_, reply) = town.left_to_people();
    assert!(matches!(town.tell(reply, "电话", None), Acted::Refused(..)), "its channel still tries");
    town.store.mark_reply(reply, ReplyState::ByHand, Some("no way back"), None, town.now).unwrap();
    town.wait_hours(2);
    let (early, late) = (town.now - SignedDuration::from_hours(9), town.now + SignedDuration::from_hours(1));
    for at in [early, late] {
        assert!(matches!(town.tell(reply, "电话", Some(at)), Acted::Refused(..)), "{at}");
    }
    let at = town.now - SignedDuration::from_hours(1);
    let Acted::Told { told: Some(told), before: false, .. } = town.tell(reply, "电话告知本人", Some(at)) else {
        panic!("noted")
    };
    assert_eq!(told, Told { by: "tester".into(), at, how: "电话告知本人".into() });
    let Acted::Told { told: again, before: true, .. } = town.tell(reply, "又去了一次", None) else {
        panic!("noted")
    };
    assert_eq!(again, Some(told), "the first time stays");
    assert_eq!(town.store.queue_counts().unwrap().replies_by_hand, 0);
    assert!(matches!(town.tell(ReplyKey(99), "电话", None), Acted::Unknown(..)));
}

#[test]
fn how_an_erased_citizen_was_told_is_not_kept() {
    let mut town = Town::new();
    let (receipt, reply) = town.left_to_people();
    town.store.mark_reply(reply, ReplyState::Dead, Some("refused"), None, town.now).unwrap();
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipt) });
    let Acted::Told { told: Some(told), .. } = town.tell(reply, "打了13800001111", None) else { panic!("noted") };
    assert_eq!(told.how, "");
}

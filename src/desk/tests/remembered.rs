//! What is remembered for whoever asks later how it came about: moves, who was told late, and what could not be read.

use serde_json::Value;

use super::*;
use crate::desk::remembered::UnreadableUpdate;
use crate::store::{Occurrence, OccurrenceKind};

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";

impl Town {
    fn happened(&mut self, kind: OccurrenceKind, subject: i64) -> Vec<Occurrence> {
        self.store.occurrences(kind, &[subject]).unwrap()
    }

    fn moves(&mut self, receipt: &str) -> Vec<Occurrence> {
        let key = self.ticket_of(receipt).key;
        self.happened(OccurrenceKind::Rerouted, key.0)
    }
}

#[test]
fn where_a_ticket_was_before_it_went_elsewhere_is_remembered_with_the_reasons() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", "听涛嘉园5号楼从前天开始停水，没有通知")]);
    let (first, second) = (town.ticket_of(&receipts[0]).ticket, town.ticket_of(&receipts[1]).ticket);
    town.act(Action::Move { receipt: receipts[1].clone(), into: first.id.clone() });
    let joined = town.moves(&receipts[0]);
    assert_eq!(joined.iter().map(|moved| moved.outcome.as_str()).collect::<Vec<_>>(), ["joined"], "more urgent");
    assert_eq!(joined[0].details["from"]["reasons"], json!(first.route.reasons));
    let before = town.ticket_of(&receipts[1]).ticket.route;
    let key = town.ticket_of(&receipts[1]).key;
    town.act(Action::Split { receipt: receipts[0].clone() });
    let after = town.ticket(key).ticket.route;
    assert_eq!(after.department, second.route.department, "the first complaint has left");
    let moves = town.moves(&receipts[1]);
    let [_, moved] = moves.as_slice() else { panic!("one more move: {moves:?}") };
    let (from, to) = (&moved.details["from"], &moved.details["to"]);
    assert_eq!((moved.outcome.as_str(), moved.at), ("split", town.now));
    assert_eq!((&from["department"], &to["department"]), (&json!(before.department), &json!(after.department)));
    assert_ne!(from["department"], to["department"]);
    assert_eq!((&from["reasons"], &to["reasons"]), (&json!(before.reasons), &json!(after.reasons)));
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipts[0].clone()) });
    let moves = town.moves(&receipts[1]);
    assert!(!moves.is_empty() && moves.iter().all(|moved| moved.details == Value::Null), "reasons quote: {moves:?}");
}

#[test]
fn an_update_that_cannot_be_read_is_noted_with_the_ticket_that_stands_in_it() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let detail = town.ticket_of(&receipt);
    let unreadable = |ticket_id: &str| UnreadableUpdate {
        ticket_id: ticket_id.to_owned(),
        platform: Some("command".to_owned()),
        sent_by: None,
        reasons: vec!["sequence: missing".to_owned(), "status: no such status".to_owned()],
    };
    town.run(&unreadable("RC-none"));
    town.run(&unreadable(&detail.ticket.id));
    let noted = town.happened(OccurrenceKind::UpdateRefused, detail.key.0);
    let [noted] = noted.as_slice() else { panic!("{noted:?}") };
    assert_eq!((noted.outcome.as_str(), &noted.details["platform"]), ("unreadable", &json!("command")));
    assert_eq!(noted.details["reason"], "sequence: missing; status: no such status");
    assert_eq!(town.ticket(detail.key).ticket, detail.ticket, "nothing changed");
}

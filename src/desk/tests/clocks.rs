//! What the rules of handling make of updates, and what clocks tell, through the desk and its store.

use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::SystemClock;

use super::super::action::Action;
use super::super::job::Ring;
use super::super::status::Refusal;
use super::Town;
use crate::city::PackFiles;
use crate::key::TicketKey;
use crate::mapping::Loading;
use crate::pack::{Pack, Rules};
use crate::ticket::{RunEnd, Status};

const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路。";

/// What the example city says of acts: its own tests say their own.
const OF_ACTS: [&str; 5] = ["acts", "returned", "extension", "whistle", "outside"];

/// The example city with something else said of acts, and more, in its handling rules.
pub(super) fn rules(more: &str) -> Arc<Rules> {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
    let mut known: toml::Table =
        toml::from_str(std::str::from_utf8(files.get("handling.toml").unwrap()).unwrap()).unwrap();
    known.retain(|member, _| !OF_ACTS.contains(&member));
    let files = files.with("handling.toml", format!("{known}\n{more}").into_bytes());
    Arc::clone(&Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap().rules)
}

impl Town {
    /// Everything that clocks have to tell now is told; how much that was.
    pub(super) fn ring(&mut self) -> usize {
        let due = self.store.due_alarms(self.now, 100).unwrap();
        let count = due.len();
        self.run(&Ring(due));
        count
    }

    fn ended(&mut self, ticket: TicketKey, clock: &str) -> Vec<(RunEnd, Option<bool>)> {
        let runs = self.ticket(ticket).ticket.clocks.runs;
        let ended = runs.iter().filter(|run| run.clock == clock).filter_map(|run| Some((run.ended?.1, run.was_kept())));
        ended.collect()
    }

    fn open_clocks(&mut self, ticket: TicketKey) -> usize {
        self.ticket(ticket).ticket.clocks.runs.iter().filter(|run| run.is_open()).count()
    }
}

#[test]
fn a_status_that_may_not_follow_is_refused_and_says_what_may() {
    let mut town = Town::new();
    town.rules = rules("[moves]\nopen = [\"accepted\", \"returned\"]\n");
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    let refused = town.set(&ticket, Status::Resolved).unwrap_err();
    let allowed = vec![Status::Accepted, Status::Returned];
    assert_eq!(refused, Refusal::NotAllowed { from: Status::Open, to: Status::Resolved, allowed });
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Open);
    assert_eq!(town.reply_count(), 0, "the citizen hears nothing of it");
    town.set(&ticket, Status::Accepted).unwrap();
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Resolved);
}

#[test]
fn clocks_tell_once_stop_with_the_matter_and_outlive_a_merge() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", "人和小区3号楼电梯停了三天，物业没有人来修。")]);
    let [first, second] = [0, 1].map(|at| town.ticket_of(&receipts[at]));
    let (ticket, other) = (first.ticket.id, second.ticket.id);
    assert_ne!(first.key, second.key);
    town.wait_hours(24 * 40);
    assert!(town.ring() >= 4, "signing and finishing of both are long overdue");
    assert_eq!(town.ring(), 0, "told once");
    // What is merged into another is told of no more, and goes on once it is freed.
    let before = town.open_clocks(second.key);
    assert!(before > 0);
    town.act(Action::Merge { from: other, into: ticket.clone() });
    let due = town.store.due_alarms(jiff::Timestamp::MAX, 100).unwrap();
    assert!(due.iter().all(|due| due.ticket == first.key), "{due:?}");
    town.act(Action::Undo { ticket: ticket.clone() });
    assert_eq!(town.open_clocks(second.key), before);
    town.set(&ticket, Status::Accepted).unwrap();
    town.set(&ticket, Status::Resolved).unwrap();
    assert_eq!(town.ended(first.key, "finish"), [(RunEnd::Stopped, Some(false))]);
    assert!(town.ticket(first.key).ticket.clocks.open("call-back").is_some());
}

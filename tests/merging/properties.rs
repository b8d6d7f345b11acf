//! What holds of the index whatever is done to it, found by random changes beside a model that is too simple to be wrong.

use std::collections::BTreeMap;

use huiliu::key::{ComplaintKey, TicketKey};
use huiliu::merge::{Decision, Guard, MergeIndex, MergeSettings, Merging, Profile, Zone};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{key, own, profile};

/// Matters that have nothing in common: a copy of one finds this one and no other.
const MATTERS: [(&str, &str); 6] = [
    ("听涛嘉园停水", "听涛嘉园从前天开始停水，没有任何通知，老人用水困难，请尽快恢复。"),
    ("松涛街井盖缺失", "松涛街与望海路口的井盖不见了，晚上很危险，已有电动车摔倒。"),
    ("锦绣华庭电梯停运", "锦绣华庭七栋的升降机坏掉一周，物业公司始终没来维修。"),
    ("青鱼滩公园路灯不亮", "青鱼滩公园西侧步道漆黑一片，散步跳操都看不清脚下。"),
    ("石岛中学门口拥堵", "石岛中学放学时段车辆乱停，家长接送排成长龙，需要交警疏导。"),
    ("幸福里烧烤油烟", "幸福里底商烧烤摊每晚营业至凌晨，浓烟呛人，窗户无法打开。"),
];

/// Tickets that complaints are moved among.
const TICKETS: usize = 4;

fn original(matter: usize) -> Profile {
    let (title, text) = MATTERS[matter];
    profile(matter, title, text)
}

/// Nothing is kept apart by likeness to a whole ticket: members of one ticket are of any matters here.
fn merging() -> Merging {
    Merging::from(MergeSettings { core_weight: f64::MIN, ..MergeSettings::default() })
}

#[derive(Debug, Clone)]
enum Change {
    Insert(usize, usize),
    Remove(usize),
    Move(usize, usize),
    Pin(usize, bool),
    Finish(usize),
    Reopen(usize),
    Forget(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let (matter, ticket) = (0..MATTERS.len(), 0..TICKETS);
    prop_oneof![
        4 => (matter.clone(), ticket.clone()).prop_map(|(matter, ticket)| Change::Insert(matter, ticket)),
        2 => matter.clone().prop_map(Change::Remove),
        4 => (matter, ticket.clone()).prop_map(|(matter, ticket)| Change::Move(matter, ticket)),
        2 => (ticket.clone(), any::<bool>()).prop_map(|(ticket, pinned)| Change::Pin(ticket, pinned)),
        2 => ticket.clone().prop_map(Change::Finish),
        1 => ticket.clone().prop_map(Change::Reopen),
        1 => ticket.prop_map(Change::Forget),
    ]
}

/// Where complaints are, and what is known of tickets that have any.
#[derive(Debug, Default)]
struct Model {
    ticket_of: BTreeMap<usize, usize>,
    standing: BTreeMap<usize, (bool, bool)>,
}

impl Model {
    fn apply(&mut self, change: &Change) {
        match *change {
            Change::Insert(matter, ticket) => {
                // One that comes again leaves its ticket as it was.
                let before = self.standing.get(&ticket).copied();
                self.ticket_of.insert(matter, ticket);
                self.standing.entry(ticket).or_insert(before.unwrap_or_default());
            }
            Change::Remove(matter) => _ = self.ticket_of.remove(&matter),
            Change::Move(matter, ticket) => {
                if let Some(known) = self.ticket_of.get_mut(&matter)
                    && *known != ticket
                {
                    *known = ticket;
                    self.standing.entry(ticket).or_default();
                }
            }
            Change::Pin(ticket, pinned) => self.standing.entry(ticket).or_default().0 = pinned,
            Change::Finish(ticket) => self.standing.entry(ticket).or_default().1 = true,
            Change::Reopen(ticket) => self.standing.entry(ticket).or_default().1 = false,
            Change::Forget(ticket) => self.ticket_of.retain(|_, known| *known != ticket),
        }
        // A ticket without complaints is forgotten.
        self.standing.retain(|ticket, _| self.ticket_of.values().any(|known| known == ticket));
    }

    /// Zone, ticket, guard and the ticket that it recurs, for a copy of a matter.
    fn expected(&self, matter: usize) -> (Zone, Option<TicketKey>, Option<Guard>, Option<TicketKey>) {
        let Some(ticket) = self.ticket_of.get(&matter) else { return (Zone::New, None, None, None) };
        let key = own(*ticket);
        match self.standing.get(ticket).copied().unwrap_or_default() {
            (true, true) => (Zone::New, None, None, None),
            (false, true) => (Zone::New, None, None, Some(key)),
            (true, false) => (Zone::Review, Some(key), Some(Guard::TicketIsPinned), None),
            (false, false) => (Zone::Auto, Some(key), None, None),
        }
    }
}

fn apply(index: &mut MergeIndex, change: &Change) {
    match *change {
        Change::Insert(matter, ticket) => index.insert(key(matter), own(ticket), &original(matter)),
        Change::Remove(matter) => index.remove(key(matter)),
        Change::Move(matter, ticket) => index.reassign(key(matter), own(ticket)),
        Change::Pin(ticket, pinned) => index.pin(own(ticket), pinned),
        Change::Finish(ticket) => index.finish_ticket(own(ticket), Timestamp::UNIX_EPOCH),
        Change::Reopen(ticket) => index.reopen_ticket(own(ticket)),
        Change::Forget(ticket) => index.remove_ticket(own(ticket)),
    }
}

/// An index that has counted every matter and holds none.
fn learned() -> MergeIndex {
    let mut index = MergeIndex::new();
    (0..MATTERS.len()).for_each(|matter| index.learn(&original(matter)));
    index
}

/// What would be decided on a copy of each matter.
fn decisions(index: &mut MergeIndex) -> Vec<Decision> {
    (0..MATTERS.len()).map(|matter| index.reconsider(&original(matter), None, &merging())).collect()
}

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn an_index_decides_as_a_model_says(changes in prop::collection::vec(change(), 0..24)) {
        let (mut index, mut model) = (learned(), Model::default());
        for change in &changes {
            apply(&mut index, change);
            model.apply(change);
            prop_assert_eq!(index.len(), model.ticket_of.len());
            for (matter, decision) in decisions(&mut index).into_iter().enumerate() {
                let guard = decision.evidence.as_ref().and_then(huiliu::merge::Evidence::guard);
                let found = (decision.zone, decision.ticket, guard, decision.recurs);
                prop_assert_eq!(found, model.expected(matter), "matter {} after {:?}", matter, change);
            }
        }
    }

    #[test]
    fn the_order_of_insertion_decides_nothing(order in Just((0..MATTERS.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let insert = |index: &mut MergeIndex, matter: usize| index.insert(key(matter), own(matter % TICKETS), &original(matter));
        let (mut rising, mut shuffled) = (learned(), learned());
        (0..MATTERS.len()).for_each(|matter| insert(&mut rising, matter));
        order.iter().for_each(|matter| insert(&mut shuffled, *matter));
        prop_assert_eq!(decisions(&mut rising), decisions(&mut shuffled));
    }

    #[test]
    fn what_is_inserted_twice_is_there_once(tickets in prop::collection::vec(0..TICKETS, MATTERS.len()), again in any::<Index>()) {
        let (mut once, mut twice) = (learned(), learned());
        for (matter, ticket) in tickets.iter().enumerate() {
            once.insert(key(matter), own(*ticket), &original(matter));
            twice.insert(key(matter), own(*ticket), &original(matter));
        }
        let matter = again.index(MATTERS.len());
        twice.insert(key(matter), own(tickets[matter]), &original(matter));
        prop_assert_eq!(once.len(), twice.len());
        prop_assert_eq!(decisions(&mut once), decisions(&mut twice));
    }

    #[test]
    fn a_split_undoes_a_merge(
        tickets in prop::collection::vec(0..TICKETS, MATTERS.len()),
        (from, into) in (0..TICKETS, 0..TICKETS),
    ) {
        let mut index = learned();
        for (matter, ticket) in tickets.iter().enumerate() {
            index.insert(key(matter), own(*ticket), &original(matter));
        }
        let before = decisions(&mut index);
        let moved: Vec<ComplaintKey> =
            tickets.iter().enumerate().filter(|(_, ticket)| **ticket == from).map(|(matter, _)| key(matter)).collect();
        moved.iter().for_each(|complaint| index.reassign(*complaint, own(into)));
        let merged = decisions(&mut index);
        for complaint in &moved {
            let decision = merged.get(usize::try_from(complaint.0).unwrap()).unwrap();
            prop_assert_eq!(decision.ticket, Some(own(into)));
        }
        moved.iter().for_each(|complaint| index.reassign(*complaint, own(from)));
        prop_assert_eq!(decisions(&mut index), before);
    }

    /// A cannot-link holds for the pair and nobody else, and is lifted whole.
    #[test]
    fn what_is_forbidden_is_allowed_again(
        (own_matter, other) in (select((0..MATTERS.len()).collect::<Vec<_>>()), 0..MATTERS.len()),
    ) {
        let mut index = learned();
        (0..MATTERS.len()).for_each(|matter| index.insert(key(matter), own(matter), &original(matter)));
        let copy = key(100);
        let decide = |index: &mut MergeIndex| index.reconsider(&original(own_matter), Some(copy), &merging());
        let before = decide(&mut index);
        index.forbid(copy, key(other));
        prop_assert_eq!(decide(&mut index).zone, if own_matter == other { Zone::New } else { Zone::Auto });
        index.allow(key(other), copy);
        prop_assert_eq!(decide(&mut index), before);
    }
}

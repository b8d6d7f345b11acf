//! What waits for a person: who hears of it while it does, and what becomes of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::SystemClock;
use serde_json::Value;

use super::super::action::{Acted, Action};
use super::super::job::{ApplyUpdates, Ring};
use super::{Town, dissatisfied};
use crate::city::PackFiles;
use crate::mapping::Loading;
use crate::pack::{Pack, Rules};
use crate::store::{Page, TicketFilter, Verdict};
use crate::ticket::{OwnResult, Sender, Status, StatusUpdate};

const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路。";
const LIFT: &str = "人和小区3号楼电梯停了三天，物业没有人来修。";

const HOLDS: &str = r#"
[[clock]]
code = "look"
name = "审理"
start = ["held"]
stop = ["created", "finished"]
limit = [{ hours = 2 }]

[[clock]]
code = "review"
name = "办结审核"
start = ["submitted"]
stop = ["sent_back", "finished"]
again = true
limit = [{ working_days = 1 }]

[[hold]]
code = "lamps"
name = "路灯审理"
before = "dispatch"
when = "ticket.category == 'lighting'"

[[hold]]
code = "answers"
name = "办结审核"
before = "closing"
when = "true"
by = ["tester", "organization"]
"#;

const FEED: &str = r#"
[[feed]]
name = "desk"
user = "desk"
held = true
"#;

fn rules(holds: &str) -> Arc<Rules> {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
    let more = |file: &str, more: &str| {
        let known = String::from_utf8(files.get(file).unwrap().to_vec()).unwrap();
        format!("{known}\n{more}").into_bytes()
    };
    let (handling, city) = (more("handling.toml", holds), more("city.toml", FEED));
    let files = files.with("handling.toml", handling).with("city.toml", city);
    Arc::clone(&Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap().rules)
}

impl Town {
    fn with_holds() -> Self {
        let mut town = Self::new();
        town.rules = rules(HOLDS);
        town
    }

    /// What everybody was told of a ticket: where, and the event with the list in which it waits.
    fn told_of(&mut self, ticket: &str) -> Vec<(String, String)> {
        let (rows, _) = self.store.pending_messages(0, 1_000, &mut |_| true).unwrap();
        let own = rows.into_iter().filter(|row| row.ticket_id == ticket);
        own.map(|row| {
            let body: Value = serde_json::from_slice(&row.body).unwrap();
            let to = if row.exchange == "tickets" { "public" } else { row.routing_key.split('.').next().unwrap() };
            (to.to_owned(), body["data"]["change"]["event"].as_str().unwrap().to_owned())
        })
        .collect()
    }

    fn events_of(&mut self, ticket: &str, to: &str) -> Vec<String> {
        self.told_of(ticket).into_iter().filter(|(feed, _)| feed == to).map(|(_, event)| event).collect()
    }

    fn waiting(&mut self) -> Vec<String> {
        let filter = TicketFilter { waits: true, ..TicketFilter::default() };
        self.store
            .list_tickets(&filter, Page::first(50))
            .unwrap()
            .tickets
            .into_iter()
            .map(|found| found.ticket.id)
            .collect()
    }

    fn submission(&mut self, receipt: &str) -> Option<String> {
        Some(self.ticket_of(receipt).ticket.submission?.update.update_id)
    }

    fn decide(&mut self, ticket: &str, update_id: &str, reason: Option<&str>) -> Acted {
        let (ticket, update_id) = (ticket.to_owned(), update_id.to_owned());
        self.act(match reason {
            None => Action::Approve { ticket, update_id },
            Some(reason) => Action::SendBack { ticket, update_id, reason: reason.to_owned() },
        })
    }
}

#[test]
fn a_ticket_that_waits_is_told_to_nobody_but_those_who_may_see_it_and_is_new_to_all_when_it_is_released() {
    let mut town = Town::with_holds();
    let receipts = town.complain(&[("1", LAMP), ("2", LAMP), ("3", LIFT)]);
    let [lamp, lift] = [0, 2].map(|at| town.ticket_of(&receipts[at]).ticket.id);
    assert_eq!(town.ticket_of(&receipts[1]).ticket.id, lamp, "the same matter joins it all the same");
    assert_eq!(town.told_of(&lamp).iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["desk", "desk"]);
    assert_eq!(town.events_of(&lamp, "desk"), ["held", "joined"]);
    assert_eq!(town.events_of(&lift, "public"), ["created"], "nothing is said of lifts");
    assert_eq!(town.waiting(), std::slice::from_ref(&lamp));
    assert!(town.set(&lamp, Status::Accepted).unwrap_err().to_string().contains("was not sent"), "nobody has it");
    let open = town.ticket_of(&receipts[0]).ticket.clocks;
    assert!(open.open("look").is_some() && open.open("sign").is_none(), "signing begins when it can be signed");

    assert_eq!(town.act(Action::Release { ticket: lamp.clone() }), Acted::Done(vec![lamp.clone()]));
    assert_eq!(town.events_of(&lamp, "public"), ["created"]);
    assert_eq!(town.events_of(&lamp, "desk"), ["held", "joined", "created"]);
    assert!(town.events_of(&lamp, "command").contains(&"created".to_owned()));
    assert_eq!(town.waiting(), Vec::<String>::new());
    assert!(matches!(town.act(Action::Release { ticket: lamp.clone() }), Acted::Refused(..)), "once");
    let open = town.ticket_of(&receipts[0]).ticket.clocks;
    assert!(open.open("look").is_none() && open.open("sign").is_some());
    town.set(&lamp, Status::Accepted).unwrap();
}

#[test]
fn what_platforms_know_is_not_hidden_again_and_what_leaves_a_waiting_ticket_waits_on() {
    let mut town = Town::with_holds();
    let receipts = town.complain(&[("1", LAMP), ("2", LAMP), ("3", LIFT)]);
    let [lamp, lift] = [0, 2].map(|at| town.ticket_of(&receipts[at]).ticket.id);
    town.act(Action::Split { receipt: receipts[1].clone() });
    let apart = town.ticket_of(&receipts[1]).ticket.id;
    assert_ne!(apart, lamp);
    assert_eq!(town.waiting().len(), 2);
    assert_eq!(town.events_of(&apart, "public"), Vec::<String>::new());
    town.act(Action::Merge { from: lift.clone(), into: lamp.clone() });
    assert_eq!(town.events_of(&lamp, "public"), ["created"], "the lift was known, so what answers for it is");
    assert_eq!(town.waiting(), std::slice::from_ref(&apart));
    // What waits and goes to a known one is known with it.
    town.act(Action::Merge { from: apart.clone(), into: lamp.clone() });
    assert_eq!(town.waiting(), Vec::<String>::new());
    assert_eq!(town.events_of(&apart, "public"), Vec::<String>::new());
    assert_eq!(town.ticket_of(&receipts[1]).ticket.id, lamp);
}

#[test]
fn an_answer_that_waits_is_heard_by_nobody_before_it_is_approved() {
    let mut town = Town::with_holds();
    let receipt = town.complain(&[("3", LIFT)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    town.set(&ticket, Status::Accepted).unwrap();
    let before = town.reply_count();
    assert_eq!(town.set(&ticket, Status::Resolved), Ok(Verdict::Submitted));
    let first = town.submission(&receipt).unwrap();
    assert_eq!((town.ticket_of(&receipt).ticket.status, town.reply_count()), (Status::Accepted, before));
    assert_eq!(town.events_of(&ticket, "command").last().unwrap(), "submitted");
    assert_eq!(town.waiting(), std::slice::from_ref(&ticket));
    // Sent back with a reason; then again, and again while it was being read.
    assert_eq!(town.decide(&ticket, &first, Some("请写明时间")), Acted::Done(vec![ticket.clone()]));
    assert_eq!(town.events_of(&ticket, "command").last().unwrap(), "sent_back");
    assert!(matches!(town.decide(&ticket, &first, None), Acted::Refused(..)), "it waits no more");
    town.set(&ticket, Status::Resolved).unwrap();
    let second = town.submission(&receipt).unwrap();
    town.set(&ticket, Status::Resolved).unwrap();
    let Acted::Refused(_, said) = town.decide(&ticket, &second, None) else { panic!("another one waits") };
    let third = town.submission(&receipt).unwrap();
    assert!(said.contains(&third) && said.contains("read it"), "{said}");
    assert_eq!(town.decide(&ticket, &third, None), Acted::Done(vec![ticket.clone()]));
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Resolved);
    assert_eq!(town.reply_count(), before + 1);
    let ended = town.ticket_of(&receipt).ticket.clocks.runs;
    assert!(ended.iter().any(|run| run.clock == "finish" && run.was_kept() == Some(true)));
    // New words wait again; nothing new is said by closing what citizens have heard.
    assert_eq!(town.set(&ticket, Status::Closed), Ok(Verdict::Submitted));
    let silent = StatusUpdate { result: None, ..town.update(&ticket, Status::Closed) };
    assert_eq!(town.run(&ApplyUpdates(vec![silent])).remove(0), Ok(Verdict::Accepted));
    assert_eq!(town.reply_count(), before + 1, "the words are heard by nobody");
}

#[test]
fn a_platform_takes_its_answer_back_and_a_dissatisfied_citizen_gets_another_look() {
    let mut town = Town::with_holds();
    let receipt = town.complain(&[("3", LIFT)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    town.set(&ticket, Status::Resolved).unwrap();
    town.set(&ticket, Status::InProgress).unwrap();
    assert_eq!(town.submission(&receipt), None, "it is handled further");
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::InProgress);
    let mut update = town.update(&ticket, Status::Resolved);
    assert_eq!(town.run(&ApplyUpdates(vec![update.clone()])).remove(0), Ok(Verdict::Submitted));
    assert_eq!(town.run(&ApplyUpdates(vec![update.clone()])).remove(0), Ok(Verdict::Repeated));
    update.update_id = "older".to_owned();
    assert_eq!(town.run(&ApplyUpdates(vec![update.clone()])).remove(0), Ok(Verdict::Late));
    let id = town.submission(&receipt).unwrap();
    town.decide(&ticket, &id, None);
    town.take(vec![dissatisfied("3")]);
    assert_eq!(town.ticket_of(&receipt).ticket.status, Status::Reopened);
    town.set(&ticket, Status::Resolved).unwrap();
    assert!(town.submission(&receipt).is_some(), "each answer is looked at");
}

#[test]
fn only_those_who_are_named_decide_and_words_for_who_has_left_go_nowhere() {
    let mut town = Town::with_holds();
    let receipts = town.complain(&[("3", LIFT), ("4", LIFT)]);
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    let own = vec![OwnResult { receipt: receipts[1].clone(), text: "您楼下的电梯已修好。".to_owned() }];
    let update = StatusUpdate { results: own, ..town.update(&ticket, Status::Resolved) };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    let id = town.submission(&receipts[0]).unwrap();
    town.act(Action::Split { receipt: receipts[1].clone() });
    let Acted::Refused(_, said) = town.decide(&ticket, &id, None) else { panic!("one has left") };
    assert!(said.contains(&receipts[1]), "{said}");
    town.rules = rules(&HOLDS.replace("\"tester\", ", ""));
    let Acted::Refused(_, said) = town.decide(&ticket, &id, Some("重写")) else { panic!("another's") };
    assert!(said.contains("organization"), "{said}");
    assert!(town.submission(&receipts[0]).is_some());
}

#[test]
fn an_erased_citizens_answer_is_written_anew() {
    let mut town = Town::with_holds();
    let receipt = town.complain(&[("3", LIFT)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    town.set(&ticket, Status::Resolved).unwrap();
    town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipt.clone()) });
    assert_eq!(town.submission(&receipt), None);
    assert_eq!(town.events_of(&ticket, "command").last().unwrap(), "sent_back");
}

#[test]
fn what_the_source_ends_needs_no_dispatch_and_a_held_ticket_is_sent_to_nobody_by_hand() {
    let mut town = Town::with_holds();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    let send = |to: &str| Action::Send { ticket: ticket.clone(), to: to.to_owned() };
    assert!(matches!(town.act(send("command")), Acted::Refused(..)));
    assert_eq!(town.act(send("desk")), Acted::Done(vec![ticket.clone()]));
    // Who may see it may also answer it.
    let update = StatusUpdate {
        platform: "desk".to_owned(),
        sender: Sender::User(Some("desk".to_owned())),
        ..town.update(&ticket, Status::Rejected)
    };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    let id = town.submission(&receipt).unwrap();
    town.decide(&ticket, &id, None);
    assert_eq!(town.waiting(), Vec::<String>::new());
    assert!(matches!(town.act(Action::Release { ticket: ticket.clone() }), Acted::Refused(..)), "it is over");
    assert_eq!(town.events_of(&ticket, "public"), Vec::<String>::new());
    // Handled again, it waits again.
    town.take(vec![dissatisfied("1")]);
    assert_eq!(town.waiting(), std::slice::from_ref(&ticket));
    assert_eq!(town.events_of(&ticket, "public"), Vec::<String>::new());
    town.act(Action::Release { ticket: ticket.clone() });
    assert_eq!(town.events_of(&ticket, "public"), ["created"]);
}

#[test]
fn a_person_has_so_many_notices_of_a_day_and_no_more() {
    let mut town = Town::with_holds();
    town.rules = rules(&format!("{HOLDS}\n[notices]\nper_day = 2\n"));
    town.complain(&[
        ("5", LIFT),
        ("6", "幸福里小区门口垃圾堆了一周没人清运。"),
        ("7", "学府街施工队夜里十二点还在打桩。"),
    ]);
    for _ in 0..24 * 12 {
        town.wait_hours(1);
        let due = town.store.due_alarms(town.now, 100).unwrap();
        town.run(&Ring(due));
    }
    let (rows, _) = town.store.pending_messages(0, 10_000, &mut |_| true).unwrap();
    let mut counted: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.exchange == "tickets") {
        let body: Value = serde_json::from_slice(&row.body).unwrap();
        let day: String = body["time"].as_str().unwrap().chars().take(10).collect();
        for to in body["data"]["change"]["notice"]["to"].as_array().into_iter().flatten() {
            *counted.entry((to["code"].as_str().unwrap().to_owned(), day.clone())).or_default() += 1;
        }
    }
    assert!(counted.values().any(|count| *count == 2), "{counted:?}");
    assert!(counted.values().all(|count| *count <= 2), "{counted:?}");
}

#[test]
fn who_may_not_release_a_ticket_makes_it_known_by_no_other_way() {
    let mut town = Town::with_holds();
    let by = HOLDS.replace(
        "when = \"ticket.category == 'lighting'\"",
        "when = \"ticket.category == 'lighting'\"\nby = [\"organization\"]",
    );
    town.rules = rules(&by);
    let receipts = town.complain(&[("1", LAMP), ("2", LIFT)]);
    let [lamp, lift] = [0, 1].map(|at| town.ticket_of(&receipts[at]).ticket.id);
    let [lamp_receipt, lift_receipt] = [receipts[0].clone(), receipts[1].clone()];
    for action in [
        Action::Release { ticket: lamp.clone() },
        Action::Merge { from: lamp.clone(), into: lift.clone() },
        Action::Merge { from: lift.clone(), into: lamp.clone() },
        Action::Move { receipt: lamp_receipt, into: lift.clone() },
        Action::Move { receipt: lift_receipt, into: lamp.clone() },
    ] {
        let Acted::Refused(_, said) = town.act(action) else { panic!("another's to release") };
        assert!(said.contains("organization"), "{said}");
    }
    assert_eq!(town.waiting(), std::slice::from_ref(&lamp));
    assert_eq!(town.events_of(&lamp, "public"), Vec::<String>::new());
}

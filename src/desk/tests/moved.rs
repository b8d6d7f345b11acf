//! A ticket that goes elsewhere: the key and the feeds that it leaves, and those that it comes to, learn of it.

use serde_json::Value;

use super::*;
use crate::city::PackFiles;
use crate::desk::status::Refusal;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const WATER: &str = "听涛嘉园5号楼从前天开始停水，没有通知";

/// A message that waits: its routing key, id and body.
pub(super) type Message = (String, String, Value);

fn urgent(number: &str, text: &str) -> Mapped {
    let Mapped::Complaint(mut complaint) = complaint(number, text) else { panic!("a complaint") };
    complaint.urgency_hint = Some("特急".to_owned());
    Mapped::Complaint(complaint)
}

impl Town {
    pub(super) fn messages(&mut self) -> Vec<Message> {
        let (rows, _) = self.store.pending_messages(0, 1_000, &mut |_| true).unwrap();
        let body = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
        rows.into_iter().map(|row| (row.routing_key, row.message_id, body(&row.body))).collect()
    }

    /// What is new since so many messages, of one destination: a feed, or the public stream.
    pub(super) fn since(&mut self, count: usize, feed: Option<&str>) -> Vec<Message> {
        let messages = self.messages().into_iter().skip(count);
        let prefix =
            |key: &str| ["urban.", "command."].into_iter().find(|feed| key.starts_with(feed)).map(str::to_owned);
        messages.filter(|(key, ..)| prefix(key) == feed.map(|feed| format!("{feed}."))).collect()
    }

    fn amended(&mut self, number: &str, text: &str) {
        self.take(vec![complaint(number, text)]);
    }
}

fn keys(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|(key, ..)| key.as_str()).collect()
}

#[test]
fn both_keys_of_the_public_stream_learn_that_a_ticket_is_more_urgent() {
    let mut town = Town::new();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let count = town.messages().len();
    town.take(vec![urgent("2", LAMP)]);
    let public = town.since(count, None);
    let ticket = town.ticket_of(&receipt).ticket;
    let place = format!("{}.{}", ticket.route.district, ticket.route.department);
    assert_eq!(keys(&public), [format!("joined.{place}.red"), format!("left.{place}.green")]);
    let ids: Vec<&str> = public.iter().map(|(_, id, _)| id.as_str()).collect();
    assert_eq!(ids, [format!("{}.2", ticket.id), format!("{}.2-left", ticket.id)]);
    for (key, id, body) in &public {
        assert_eq!((&body["id"], &body["data"]["version"]), (&json!(id), &json!(2)));
        assert_eq!(body["data"]["grade"], "red", "where it is now: {key}");
        assert_eq!(body["data"]["change"]["former"]["grade"], "green");
        assert_eq!(body["data"]["complaints"].as_array().unwrap().len(), 2, "whole for who never saw it");
    }
    assert_eq!(public[0].2["data"]["change"]["entered"], true);
    assert_eq!(
        (&public[1].2["type"], &public[1].2["data"]["change"]["event"]),
        (&json!("cn.huiliu.ticket.left.v1"), &json!("left"))
    );
    // What follows goes to the new key alone.
    let count = town.messages().len();
    town.amended("1", "青鱼滩路路灯不亮四天了，夜里行人经过很不安全，请尽快来人修理");
    assert_eq!(keys(&town.since(count, None)), [format!("amended.{place}.red")]);
    assert_eq!(town.since(count, None)[0].2["data"]["change"]["former"], Value::Null);
}

#[test]
fn a_feed_that_no_longer_wants_a_ticket_is_told_once_and_its_platform_has_no_say() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP), ("2", WATER)]);
    let (lamp, water) = (town.ticket_of(&receipts[0]).ticket, town.ticket_of(&receipts[1]).ticket);
    assert_eq!((lamp.is_with("urban"), water.is_with("urban")), (Some(true), Some(false)));
    let accepted = StatusUpdate { platform: "urban".into(), ..town.update(&lamp.id, Status::Accepted) };
    assert!(town.run(&ApplyUpdates(vec![accepted.clone()])).remove(0).is_ok());
    // The first complaint is a matter of the water works after all: split from the rest, its ticket is re-routed.
    assert!(matches!(town.act(Action::Move { receipt: receipts[1].clone(), into: lamp.id.clone() }), Acted::Done(_)));
    let count = town.messages().len();
    assert!(matches!(town.act(Action::Split { receipt: receipts[0].clone() }), Acted::Done(_)));
    let urban = town.since(count, Some("urban"));
    let left = urban.iter().find(|(key, ..)| key.starts_with("urban.left.")).expect("the feed learns that it left");
    assert_eq!(left.1, format!("{}.{}.urban", lamp.id, left.2["data"]["version"]));
    let data = &left.2["data"];
    assert_eq!((&data["ticket_id"], &data["change"]["event"]), (&json!(lamp.id), &json!("left")));
    assert_eq!((&data["text"], &data["complaints"], &data["place"]), (&json!(""), &json!([]), &Value::Null));
    assert_ne!(data["department"], data["change"]["former"]["department"], "from where to where");
    // A split ticket that was never created anywhere is whole, and marked.
    let new = urban.iter().find(|(key, ..)| key.starts_with("urban.split.")).expect("the lamp's new ticket");
    assert_eq!((&new.2["data"]["change"]["entered"], &new.2["data"]["version"]), (&json!(true), &json!(1)));
    // Once: what follows is nothing to the feed, and its platform has no say any more.
    let count = town.messages().len();
    town.set(&lamp.id, Status::InProgress).unwrap();
    assert_eq!(town.since(count, Some("urban")), []);
    let update = StatusUpdate { platform: "urban".into(), ..town.update(&lamp.id, Status::Resolved) };
    let refusal = town.run(&ApplyUpdates(vec![update])).remove(0).unwrap_err();
    assert_eq!(refusal, Refusal::Left { ticket: lamp.id.clone(), feed: "urban".into() });
    assert!(refusal.to_string().contains("has left the feed urban"), "{refusal}");
    let again = town.run(&ApplyUpdates(vec![accepted.clone()])).remove(0);
    assert_eq!(again, Ok(crate::store::Verdict::Repeated), "what was accepted before is known");
    // An answer to its sender would show how the ticket stands now.
    let answered = town.run(&ApplyUpdate(accepted));
    assert_eq!(answered.unwrap_err(), Refusal::Left { ticket: lamp.id.clone(), feed: "urban".into() });
    // And back: the feed gets it whole, and its platform speaks again.
    let count = town.messages().len();
    assert!(matches!(town.act(Action::Move { receipt: receipts[0].clone(), into: lamp.id.clone() }), Acted::Done(_)));
    let back = town.since(count, Some("urban"));
    let joined = back.iter().find(|(_, _, body)| body["data"]["ticket_id"] == json!(lamp.id)).expect("it is back");
    assert_eq!(joined.2["data"]["change"]["entered"], true);
    assert_eq!(joined.2["data"]["complaints"].as_array().unwrap().len(), 2);
    let update = StatusUpdate { platform: "urban".into(), ..town.update(&lamp.id, Status::Accepted) };
    assert!(town.run(&ApplyUpdates(vec![update])).remove(0).is_ok());
}

#[test]
fn a_feed_without_a_filter_never_loses_a_ticket() {
    let mut town = Town::new();
    let receipts = town.complain(&[("1", LAMP)]);
    town.take(vec![urgent("2", LAMP)]);
    town.act(Action::Split { receipt: receipts[0].clone() });
    let messages = town.messages();
    let command: Vec<_> = messages.iter().filter(|(key, ..)| key.starts_with("command.")).collect();
    assert!(command.iter().all(|(key, ..)| !key.starts_with("command.left.")), "{command:?}");
    let ids: std::collections::BTreeSet<&str> = messages.iter().map(|(_, id, _)| id.as_str()).collect();
    assert_eq!(ids.len(), messages.len(), "every message has an id of its own");
}

/// A town whose feed of the city administration has another filter.
fn filtered(filter: &str) -> Town {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let files = PackFiles::read(&folder).unwrap();
    let city = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap();
    let known = "ticket.department in ['urban-management', 'housing']";
    assert!(city.contains(known));
    let files = files.with("city.toml", city.replace(known, filter).into_bytes());
    let factories = crate::registry::factories();
    let pack = Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap();
    Town { rules: Arc::clone(&pack.rules), ..Town::new() }
}

#[test]
fn a_platform_keeps_its_say_in_a_ticket_that_leaves_its_feed_by_its_status() {
    let mut town = filtered("ticket.status in ['open', 'accepted']");
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    let mut say = |status: Status| {
        let count = town.messages().len();
        let update = StatusUpdate { platform: "urban".into(), ..town.update(&ticket, status) };
        town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
        let urban = town.since(count, Some("urban"));
        urban.iter().filter_map(|(key, ..)| key.split('.').nth(1).map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(say(Status::Accepted), ["status"]);
    assert_eq!(say(Status::Resolved), ["left"]);
    assert_eq!(say(Status::Closed), [""; 0], "told once");
    assert_eq!(say(Status::Reopened), [""; 0]);
    assert_eq!(say(Status::Accepted), ["status"], "it is the feed's again");
}

#[test]
fn a_filter_that_chooses_events_says_nothing_of_where_a_ticket_is() {
    for filter in ["event == 'created'", "ticket.version == 1", "not ticket.change.note"] {
        let mut town = filtered(filter);
        let receipt = town.complain(&[("1", LAMP)]).remove(0);
        let ticket = town.ticket_of(&receipt).ticket.id;
        town.take(vec![urgent("2", LAMP)]);
        town.set(&ticket, Status::Resolved).unwrap();
        let messages = town.since(0, Some("urban"));
        assert!(keys(&messages).iter().all(|key| !key.starts_with("urban.left.")), "{filter}: {:?}", keys(&messages));
    }
}

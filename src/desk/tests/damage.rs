//! Rows that cannot be read, as after a flipped bit: none keeps anybody from the others.

use super::super::action::{Acted, Action};
use super::super::job::{FollowTopics, Remind, Ring};
use super::*;
use crate::key::TopicKey;
use crate::store::{DeliveryState, Page, ReplyState, TicketFilter, break_row};
use crate::ticket::Every;

const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路";
const NOISE: &str = "望海路八号工地夜间十一点以后仍在施工，噪音扰民，影响老人和学生休息";

impl Town {
    /// Ids of tickets of which an event was told.
    fn tickets_told(&mut self, kind: &str) -> Vec<String> {
        let messages = self.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
        let public = messages.iter().filter(|message| message.exchange == "tickets");
        let events = public.map(|message| serde_json::from_slice::<serde_json::Value>(&message.body).unwrap());
        let of_kind = events.filter(|event| event["data"]["change"]["event"] == kind);
        of_kind.map(|event| event["subject"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_topic_that_cannot_be_read_is_left_out_and_keeps_no_other_from_being_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db");
    let mut town = Town::over(&Database::Sqlite(database.clone()));
    let receipts = town.complain(&[("1", LAMP), ("2", NOISE)]);
    for (receipt, topic) in receipts.iter().zip(1..) {
        let ticket = town.ticket_of(receipt).ticket.id;
        let made = Action::NewTopic { title: format!("专题{topic}"), tickets: vec![ticket] };
        assert!(matches!(town.act(made), Acted::Topic { .. }));
        let every = Action::FollowTopic { topic: TopicKey(topic), every: Some(Every::Week), words: None };
        assert!(matches!(town.act(every), Acted::Topic { .. }));
    }
    break_row(&database, "topic", 1);
    town.wait_hours(24 * 8);
    let due = town.store.due_topics(town.now, 9).unwrap();
    assert_eq!(due, [TopicKey(1), TopicKey(2)]);
    town.run(&FollowTopics(due));
    let follow_up = town.store.topic(TopicKey(2)).unwrap().unwrap().topic.follow_up_at;
    assert!(follow_up > Some(town.now), "the other one was looked at: {follow_up:?}");
    assert_eq!(town.store.due_topics(town.now, 9).unwrap(), [], "it is tried again another day");
    town.wait_hours(25);
    assert_eq!(town.store.due_topics(town.now, 9).unwrap(), [TopicKey(1)]);
    let listed: Vec<_> = town.store.topics(None, Page::first(9)).unwrap().iter().map(|row| row.id).collect();
    assert_eq!(listed, [TopicKey(2)]);
    assert!(town.store.topic(TopicKey(1)).is_err_and(|error| error.is_damage()), "who asks for it is told");
}

#[test]
fn a_ticket_that_cannot_be_read_keeps_no_other_from_its_reminders_alarms_and_lists() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db");
    let mut town = Town::over(&Database::Sqlite(database.clone()));
    let receipts = town.complain(&[("1", LAMP), ("2", NOISE)]);
    let [broken, whole] = [0, 1].map(|at| town.ticket_of(&receipts[at]));
    break_row(&database, "ticket", broken.key.0);
    town.wait_hours(24 * 60);
    let due = town.store.due_reminders(town.now, 100).unwrap();
    assert!(due.iter().any(|reminder| reminder.ticket == broken.key), "{due:?}");
    town.run(&Remind(due));
    assert!(town.tickets_told("reminder").contains(&whole.ticket.id));
    assert_eq!(town.store.due_reminders(town.now, 100).unwrap(), [], "each is told once");
    let due = town.store.due_alarms(town.now, 100).unwrap();
    town.run(&Ring(due));
    assert_eq!(town.store.due_alarms(town.now, 100).unwrap(), [], "what cannot be told now is put off");
    let listed = town.store.list_tickets(&TicketFilter::default(), Page::first(1)).unwrap().tickets;
    assert_eq!(listed.iter().map(|detail| detail.key).collect::<Vec<_>>(), [whole.key]);
    let older = Page { after: Some(whole.key.0), limit: 1 };
    assert!(town.store.list_tickets(&TicketFilter::default(), older).unwrap().tickets.is_empty());
}

#[test]
fn a_reply_or_delivery_that_cannot_be_read_is_left_out_of_its_list() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.db");
    let mut town = Town::over(&Database::Sqlite(database.clone()));
    let receipts = town.complain(&[("1", LAMP), ("2", NOISE)]);
    for receipt in &receipts {
        let ticket = town.ticket_of(receipt).ticket.id;
        town.set(&ticket, Status::Resolved).unwrap();
    }
    let listed = |town: &mut Town| {
        let pending = town.store.list_replies(ReplyState::Pending, Page::first(1)).unwrap();
        pending.iter().map(|view| view.id.0).collect::<Vec<_>>()
    };
    let [newest] = listed(&mut town)[..] else { panic!("a reply waits") };
    break_row(&database, "reply", newest);
    assert_eq!(listed(&mut town).len(), 1, "the next one has its place");
    assert_eq!(town.store.list_deliveries(None, DeliveryState::Dead, Page::first(9)).unwrap(), []);
}

//! Topics: gathered by rule and by hand, decided on, looked at again; and which tickets they have.

use serde_json::Value;

use super::super::action::{Acted, Action};
use super::super::job::FollowTopics;
use super::watching::rules;
use super::{Town, complaint};
use crate::key::TopicKey;
use crate::store::Page;
use crate::ticket::{Every, Topic, TopicState};

const GATHERED: &str = r#"
[topics]
to = ["desk@command-center"]

[[tag]]
code = "buses"
name = "公交太少"
words = ["公交太少"]

[[topic]]
code = "buses"
name = "公交班次"
tag = "buses"
tickets = 3
days = 90
every = "monthly"
to = ["handler"]
copy = ["desk@command-center"]
"#;

const BUSES: [&str; 5] = [
    "第二实验小学门口放学时公交太少，孩子要等一个小时才上得了车",
    "石岛管理区人民医院站早上公交太少，病人挤不上去请加车",
    "成山头景区末班五点就收，游客说公交太少打车又贵",
    "虎山镇集市那天公交太少，老人提着菜走了六里路",
    "大学城晚自习结束以后公交太少，学生在寒风里排长队",
];
const LAMP: &str = "青鱼滩路12号门前路灯不亮，夜里看不清路";

fn town() -> Town {
    let mut town = Town::new();
    town.rules = rules(GATHERED, "");
    town
}

impl Town {
    fn topic(&mut self, id: i64) -> Topic {
        self.store.topic(TopicKey(id)).unwrap().unwrap().topic
    }

    /// What was told of topics on the public stream, as number, state and tickets.
    fn topics_told(&mut self) -> Vec<(i64, String, u64)> {
        let messages = self.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
        let public = messages.iter().filter(|message| message.exchange == "tickets");
        let changes = public.map(|message| serde_json::from_slice::<Value>(&message.body).unwrap());
        let changes = changes.map(|body| body["data"]["change"].clone());
        let told = changes.filter(|change| change["event"] == "topic").map(|change| {
            let topic = &change["topic"];
            let state = topic["state"].as_str().unwrap().to_owned();
            (topic["id"].as_i64().unwrap(), state, topic["tickets"].as_u64().unwrap())
        });
        told.collect()
    }

    fn follow_up_notices(&mut self) -> Vec<String> {
        let messages = self.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
        let public = messages.iter().filter(|message| message.exchange == "tickets");
        let changes = public.map(|message| serde_json::from_slice::<Value>(&message.body).unwrap());
        let notices = changes.map(|body| body["data"]["change"]["notice"].clone());
        let topics = notices.filter(|notice| notice["code"] == "topic");
        topics.map(|notice| notice["text"].as_str().unwrap().to_owned()).collect()
    }

    fn follow_topics(&mut self) {
        let due = self.store.due_topics(self.now, 10).unwrap();
        self.run(&FollowTopics(due));
    }

    fn decide_topic(&mut self, id: i64, state: TopicState) -> Acted {
        self.act(Action::DecideTopic { topic: TopicKey(id), state, words: "九月起加开两班".to_owned() })
    }
}

fn told(id: i64, state: &str, tickets: u64) -> (i64, String, u64) {
    (id, state.to_owned(), tickets)
}

#[test]
fn a_matter_that_comes_back_becomes_a_topic_and_gathers_what_follows() {
    let mut town = town();
    town.complain(&[("1", BUSES[0]), ("2", BUSES[1])]);
    assert_eq!(town.topics_told(), []);
    town.complain(&[("3", BUSES[2])]);
    assert_eq!(town.topics_told(), [told(1, "open", 3)]);
    let topic = town.topic(1);
    assert_eq!(
        (topic.title.as_str(), topic.rule.as_deref(), topic.every),
        ("公交班次", Some("buses"), Some(Every::Month))
    );
    town.complain(&[("4", BUSES[3]), ("5", LAMP)]);
    town.take(vec![complaint("4", BUSES[3])]);
    assert_eq!(town.topics_told(), [told(1, "open", 3), told(1, "open", 4)]);
    assert_eq!(town.store.count_topic(TopicKey(1), &[]).unwrap(), 4);
    let mut together = Town::new();
    together.rules = rules(GATHERED, "");
    let all = BUSES.iter().zip(1..).map(|(text, number)| complaint(&number.to_string(), text)).collect();
    together.take(all);
    assert_eq!(together.topics_told(), [told(1, "open", 3), told(1, "open", 4), told(1, "open", 5)], "in one step");
}

#[test]
fn what_is_done_with_is_not_counted_again() {
    let mut town = town();
    town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2])]);
    town.wait_hours(1);
    assert!(matches!(town.decide_topic(1, TopicState::Closed), Acted::Topic { .. }));
    assert_eq!(town.topic(1).follow_up_at, None);
    town.wait_hours(1);
    town.complain(&[("4", BUSES[3]), ("5", BUSES[4])]);
    assert_eq!(town.topics_told().len(), 2, "two since it was closed");
    town.complain(&[("6", "俚岛镇卫生院门口公交太少，打针要走半天")]);
    assert_eq!(town.topics_told().last(), Some(&told(2, "open", 3)));
    assert_eq!(town.store.topics(Some(TopicState::Open), Page::first(9)).unwrap().len(), 1);
}

#[test]
fn people_make_topics_decide_and_see_what_is_refused() {
    let mut town = town();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    let ticket = town.ticket_of(&receipt).ticket.id;
    let made = |tickets: Vec<String>| Action::NewTopic { title: "青鱼滩路照明".to_owned(), tickets };
    assert!(matches!(town.act(made(vec!["RC-none".to_owned()])), Acted::Unknown(..)));
    assert!(matches!(town.act(made(Vec::new())), Acted::Refused(..)));
    let Acted::Topic { topic, tickets } = town.act(made(vec![ticket.clone(), ticket.clone()])) else { panic!("made") };
    assert_eq!((topic, tickets), (TopicKey(1), vec![ticket.clone()]));
    assert!(matches!(town.decide_topic(1, TopicState::Open), Acted::Refused(..)), "it is open");
    for state in [TopicState::Consulted, TopicState::Decided, TopicState::Adopted, TopicState::Closed] {
        assert!(matches!(town.decide_topic(1, state), Acted::Topic { .. }), "{state:?}");
    }
    let add = || Action::AddToTopic { topic: TopicKey(1), tickets: vec![ticket.clone()] };
    assert!(matches!(town.act(add()), Acted::Refused(..)), "it is over");
    assert!(matches!(town.decide_topic(1, TopicState::Adopted), Acted::Refused(..)), "it is over");
    assert!(matches!(town.decide_topic(1, TopicState::Open), Acted::Topic { .. }));
    assert!(matches!(town.act(add()), Acted::Topic { tickets, .. } if tickets.is_empty()), "it has the ticket");
    assert!(matches!(town.decide_topic(9, TopicState::Decided), Acted::Unknown(..)));
    let states: Vec<_> = town.topic(1).steps.iter().map(|step| (step.by.clone(), step.state)).collect();
    assert_eq!(states.len(), 6);
    assert_eq!(states[4], ("tester".to_owned(), Some(TopicState::Closed)));
    let words: Vec<_> = town.topics_told().into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(words, ["open", "consulted", "decided", "adopted", "closed", "open"]);
    let messages = town.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
    let hidden = |body: &[u8]| !String::from_utf8_lossy(body).contains("加开两班");
    assert!(messages.iter().all(|message| hidden(&message.body)), "what was decided is told to nobody");
}

#[test]
fn a_topic_is_looked_at_again_when_it_is_time_once_each() {
    let mut town = town();
    town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2])]);
    let due = town.topic(1).follow_up_at.unwrap();
    town.follow_topics();
    assert_eq!(town.follow_up_notices(), Vec::<String>::new());
    town.now = due;
    town.follow_topics();
    town.follow_topics();
    let notices = town.follow_up_notices();
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert!(notice.contains("每月") && notice.contains("待研究") && notice.contains("3 张工单"), "{notice}");
    let zone = town.rules.numbering.zone.clone();
    assert_eq!(town.topic(1).follow_up_at, Some(Every::Month.after(due, &zone)));
    let found =
        Action::FollowTopic { topic: TopicKey(1), every: Some(Every::Week), words: Some("已加班次".to_owned()) };
    assert!(matches!(town.act(found), Acted::Topic { .. }));
    assert_eq!(town.topic(1).follow_up_at, Some(Every::Week.after(town.now, &zone)));
    let last = town.topic(1).steps.last().cloned().unwrap();
    assert_eq!((last.state, last.words.as_str()), (None, "已加班次"));
    // Whatever was missed is told once.
    town.wait_hours(24 * 40);
    town.follow_topics();
    assert_eq!(town.follow_up_notices().len(), 2);
    assert!(town.topic(1).follow_up_at.unwrap() > town.now);
}

#[test]
fn a_ticket_that_absorbs_another_has_its_topics() {
    let mut town = town();
    let receipts = town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2]), ("4", LAMP)]);
    let (from, into) = (town.ticket_of(&receipts[0]).ticket.id, town.ticket_of(&receipts[3]).ticket.id);
    assert!(matches!(town.act(Action::Merge { from, into }), Acted::Done(_)));
    let key = town.store_view(&receipts[3]).ticket;
    assert_eq!(town.store.topics_of_ticket(key).unwrap(), [TopicKey(1)]);
    let (now, start) = (town.now, town.now - jiff::SignedDuration::from_hours(24));
    let ranked = town.store.rank_topics((start, start, now), &[], 9).unwrap();
    assert_eq!((ranked[0].topic, ranked[0].count, ranked[0].before), (TopicKey(1), 4, 0));
}

/// Ids of a topic's tickets, the newest first.
fn tickets_of(town: &mut Town, topic: i64) -> Vec<String> {
    let keys = town.store.tickets_of_topic(TopicKey(topic), 9).unwrap();
    town.store.tickets(&keys, 0).unwrap().into_iter().map(|detail| detail.ticket.id).collect()
}

#[test]
fn a_topic_follows_its_complaints_when_merges_are_taken_back_and_tickets_are_split_or_changed() {
    let mut town = town();
    let receipts = town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2]), ("4", LAMP)]);
    let ids: Vec<String> = receipts.iter().map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let before = sorted(ids[..3].to_vec());
    assert_eq!(sorted(tickets_of(&mut town, 1)), before);
    let merge = |from: usize, into: usize| Action::Merge { from: ids[from].clone(), into: ids[into].clone() };
    assert!(matches!(town.act(merge(0, 3)), Acted::Done(_)));
    assert_eq!(sorted(tickets_of(&mut town, 1)), sorted(vec![ids[1].clone(), ids[2].clone(), ids[3].clone()]));
    assert_eq!(town.store.count_topic(TopicKey(1), &[]).unwrap(), 3, "what was absorbed is none of them");
    assert!(matches!(town.act(Action::Undo { ticket: ids[3].clone() }), Acted::Done(_)));
    assert_eq!(sorted(tickets_of(&mut town, 1)), before, "as if it had not been merged");
    // The other complaint of a ticket stays without the topic when the topic's own is taken out, or goes elsewhere.
    assert!(matches!(town.act(merge(3, 0)), Acted::Done(_)));
    let Acted::Done(split) = town.act(Action::Split { receipt: receipts[0].clone() }) else { panic!("split") };
    let taken = town.ticket_of(&receipts[0]).ticket.id;
    assert!(split.contains(&taken) && taken != ids[0], "{split:?}");
    assert_eq!(sorted(tickets_of(&mut town, 1)), sorted(vec![taken.clone(), ids[1].clone(), ids[2].clone()]));
    let moved = Action::Move { receipt: receipts[0].clone(), into: ids[1].clone() };
    assert!(matches!(town.act(moved), Acted::Done(_)));
    assert_eq!(sorted(tickets_of(&mut town, 1)), sorted(vec![ids[1].clone(), ids[2].clone()]));
    assert_eq!(town.store.count_topic(TopicKey(1), &[]).unwrap(), 2);
}

#[test]
fn what_a_person_gathers_follows_its_complaints_too() {
    let mut town = town();
    let receipts = town.complain(&[("1", LAMP), ("2", BUSES[0])]);
    let ids: Vec<String> = receipts.iter().map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    let made = Action::NewTopic { title: "青鱼滩路照明".to_owned(), tickets: vec![ids[0].clone()] };
    assert!(matches!(town.act(made), Acted::Topic { .. }));
    assert!(matches!(town.act(Action::Merge { from: ids[0].clone(), into: ids[1].clone() }), Acted::Done(_)));
    assert_eq!(tickets_of(&mut town, 1), [ids[1].clone()]);
    let add = Action::AddToTopic { topic: TopicKey(1), tickets: vec![ids[1].clone()] };
    assert!(matches!(town.act(add), Acted::Topic { tickets, .. } if tickets.is_empty()), "it has the ticket");
    assert!(matches!(town.act(Action::Undo { ticket: ids[1].clone() }), Acted::Done(_)));
    assert_eq!(tickets_of(&mut town, 1).len(), 2, "a person has since said that both are of the topic");
}

#[test]
fn matters_of_a_confidential_kind_and_others_are_not_in_one_topic() {
    let mut town = town();
    town.rules = super::watching::rules_with(GATHERED, "", "\n[confidential]\ncategories = [\"lighting\"]\n");
    let receipts = town.complain(&[("1", LAMP), ("2", BUSES[0])]);
    let ids: Vec<String> = receipts.iter().map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    assert_eq!(town.ticket_of(&receipts[0]).ticket.route.category, "lighting");
    let made = |tickets: &[String]| Action::NewTopic { title: "青鱼滩路".to_owned(), tickets: tickets.to_vec() };
    assert!(matches!(town.act(made(&ids)), Acted::Refused(..)));
    assert!(matches!(town.act(made(&ids[..1])), Acted::Topic { .. }));
    let add = |topic, ticket: &str| Action::AddToTopic { topic: TopicKey(topic), tickets: vec![ticket.to_owned()] };
    assert!(matches!(town.act(add(1, &ids[1])), Acted::Refused(..)));
    assert!(matches!(town.act(made(&ids[1..])), Acted::Topic { .. }));
    assert!(matches!(town.act(add(2, &ids[0])), Acted::Refused(..)));
    assert_eq!(town.topics_told(), [told(2, "open", 1)], "nobody is told of the other one");
}

#[test]
fn what_people_type_about_a_topic_is_masked_and_goes_with_its_last_citizen() {
    let mut town = town();
    let receipts = town.complain(&[("1", LAMP), ("2", BUSES[0])]);
    let tickets = receipts.iter().map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    let title = "回访13800005555的路灯".to_owned();
    assert!(matches!(town.act(Action::NewTopic { title, tickets }), Acted::Topic { .. }));
    let words = "已电话13800005555告知".to_owned();
    let decided = Action::DecideTopic { topic: TopicKey(1), state: TopicState::Decided, words };
    assert!(matches!(town.act(decided), Acted::Topic { .. }));
    let found = Action::FollowTopic { topic: TopicKey(1), every: None, words: Some("又问了13800005555".to_owned()) };
    assert!(matches!(town.act(found), Acted::Topic { .. }));
    let topic = town.topic(1);
    let typed = format!("{} {:?}", topic.title, topic.steps);
    assert!(!typed.contains("13800005555") && typed.contains("138****5555") && typed.contains("告知"), "{typed}");
    let erase = |receipt: &String| Action::Erase { hashes: Vec::new(), receipt: Some(receipt.clone()) };
    assert!(matches!(town.act(erase(&receipts[0])), Acted::Erased(_)));
    assert_eq!(town.topic(1).title, topic.title, "it is another citizen's, too");
    assert!(matches!(town.act(erase(&receipts[1])), Acted::Erased(_)));
    let emptied = town.topic(1);
    assert_eq!(emptied.title, crate::complaint::ERASED);
    assert!(emptied.steps.iter().all(|step| step.words.is_empty()), "{:?}", emptied.steps);
    assert_eq!(
        (emptied.state, emptied.steps.len()),
        (TopicState::Decided, topic.steps.len()),
        "that it was decided stays"
    );
}

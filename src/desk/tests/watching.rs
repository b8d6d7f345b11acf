//! Surges and warnings: each is told once, whatever comes again, late, together or apart, and whatever people do with tickets.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::SystemClock;
use serde_json::{Value, json};

use super::super::action::{Acted, Action};
use super::super::job::Sink;
use super::{Town, complaint, receipt_of};
use crate::city::PackFiles;
use crate::complaint::Reporter;
use crate::key::TicketKey;
use crate::mapping::{Loading, Mapped};
use crate::pack::{Pack, Rules};
use crate::store::Page;
use crate::ticket::AlertKind;

const WATCHED: &str = r#"
[[tag]]
code = "buses"
name = "公交太少"
words = ["公交太少"]

[[surge]]
code = "buses"
name = "公交班次突增"
tag = "buses"
count = 3
hours = 24
to = ["handler"]
copy = ["desk@command-center"]

[[warning]]
code = "gas"
name = "燃气预警"
words = ["煤气味"]
to = ["desk@command-center"]
"#;

/// Matters at places far from each other.
const BUSES: [&str; 5] = [
    "第二实验小学门口放学时公交太少，孩子要等一个小时才上得了车",
    "石岛管理区人民医院站早上公交太少，病人挤不上去请加车",
    "成山头景区末班五点就收，游客说公交太少打车又贵",
    "虎山镇集市那天公交太少，老人提着菜走了六里路",
    "大学城晚自习结束以后公交太少，学生在寒风里排长队",
];
const GAS: &str = "海湾小区4号楼楼道有煤气味，住户都不敢开灯";

pub(super) fn rules(watched: &str, holds: &str) -> Arc<Rules> {
    rules_with(watched, holds, "")
}

/// The same with more settings of the city.
pub(super) fn rules_with(watched: &str, holds: &str, city: &str) -> Arc<Rules> {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
    let handling = String::from_utf8(files.get("handling.toml").unwrap().to_vec()).unwrap() + holds;
    let city = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap() + city;
    let files = files.with("city.toml", city.into_bytes());
    let files = files.with("watch.toml", watched.as_bytes().to_vec()).with("handling.toml", handling.into_bytes());
    Arc::clone(&Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap().rules)
}

fn town() -> Town {
    let mut town = Town::new();
    town.rules = rules(WATCHED, "");
    town
}

impl Town {
    /// What was told on the public stream of surges and warnings, as event, code and count.
    fn alerts(&mut self) -> Vec<(String, String, u64)> {
        let of = |change: &Value| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&change["event"]), text(&change["alert"]["code"]), change["alert"]["count"].as_u64().unwrap())
        };
        let messages = self.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
        let public = messages.iter().filter(|message| message.exchange == "tickets");
        let changes = public.map(|message| serde_json::from_slice::<Value>(&message.body).unwrap());
        let changes = changes.map(|body| body["data"]["change"].clone());
        changes.filter(|change| change["alert"].is_object()).map(|change| of(&change)).collect()
    }

    fn alert_notices(&mut self) -> Vec<Value> {
        let messages = self.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0;
        let public = messages.iter().filter(|message| message.exchange == "tickets");
        let notices = public.map(|message| serde_json::from_slice::<Value>(&message.body).unwrap());
        let notices = notices.map(|body| body["data"]["change"]["notice"].clone());
        notices.filter(|notice| ["buses", "gas"].iter().any(|code| notice["code"] == *code)).collect()
    }

    fn tickets_behind(&mut self, kind: AlertKind) -> BTreeSet<TicketKey> {
        let newest = self.store.alerts(kind, Page::first(1)).unwrap().remove(0);
        self.store.tickets_of_alert(newest.id, 100).unwrap().into_iter().collect()
    }
}

fn surge(count: u64) -> (String, String, u64) {
    ("surge".to_owned(), "buses".to_owned(), count)
}

fn warned() -> (String, String, u64) {
    ("warned".to_owned(), "gas".to_owned(), 1)
}

#[test]
fn a_surge_is_told_with_its_tickets_and_to_whom_the_city_names() {
    let mut town = town();
    let receipts = town.complain(&[("1", BUSES[0]), ("2", BUSES[1])]);
    assert_eq!(town.alerts(), []);
    let last = town.complain(&[("3", BUSES[2])]).remove(0);
    assert_eq!(town.alerts(), [surge(3)]);
    let keys: BTreeSet<TicketKey> =
        receipts.iter().chain([&last]).map(|receipt| town.store_view(receipt).ticket).collect();
    assert_eq!(keys.len(), 3, "three matters");
    assert_eq!(town.tickets_behind(AlertKind::Surge), keys);
    let notices = town.alert_notices();
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!((&notice["title"], notice["tickets"].as_array().unwrap().len()), (&json!("公交班次突增"), 3));
    let text = notice["text"].as_str().unwrap();
    assert!(text.contains("24 小时内 3 件诉求") && !text.contains("放学"), "nobody's words: {text}");
    let to = notice["to"].as_array().unwrap();
    assert!(to.len() >= 2 && to.last().unwrap()["code"] == "desk" && to.last().unwrap()["copy"] == true, "{to:?}");
}

/// Alerts and topics name their tickets to whoever may read them.
#[test]
fn matters_of_a_confidential_kind_are_not_counted() {
    let factories = crate::registry::factories();
    let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
    let files = files.with("watch.toml", WATCHED.as_bytes().to_vec());
    let city = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap();
    let confidential = "\n[confidential]\ncategories = [\"bus\", \"school\", \"medical\"]\nfeeds = [\"command\"]\n";
    let files = files.with("city.toml", (city + confidential).into_bytes());
    let mut town = Town::new();
    town.rules = Arc::clone(&Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap().rules);
    let receipts = town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2]), ("4", BUSES[3])]);
    let kinds = ["bus", "school", "medical"];
    let is_one = |receipt: &&String| kinds.contains(&town.ticket_of(receipt).ticket.route.category.as_str());
    assert!(receipts.iter().filter(is_one).count() >= 2);
    assert_eq!(town.store.alerts(AlertKind::Surge, Page::first(1)).unwrap(), []);
}

#[test]
fn what_comes_again_or_is_put_together_and_apart_tells_nothing_again() {
    for together in [false, true] {
        let mut town = town();
        if together {
            town.take(vec![complaint("1", BUSES[0]), complaint("2", BUSES[1]), complaint("3", BUSES[2])]);
        } else {
            town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2])]);
        }
        assert_eq!(town.alerts(), [surge(3)], "in one step: {together}");
        town.take(vec![complaint("3", BUSES[2])]);
        town.take(vec![complaint("3", &format!("{}，请尽快", BUSES[2]))]);
        let gas = town.complain(&[("4", GAS)]).remove(0);
        let other = town.complain(&[("5", BUSES[3])]).remove(0);
        assert_eq!(town.alerts(), [surge(3), warned()]);
        let (from, into) = (town.ticket_of(&gas).ticket.id, town.ticket_of(&other).ticket.id);
        assert!(matches!(town.act(Action::Merge { from, into: into.clone() }), Acted::Done(_)));
        assert!(matches!(town.act(Action::Undo { ticket: into }), Acted::Done(_)));
        let ticket = town.ticket_of(&gas).ticket.id;
        assert!(matches!(town.act(Action::Pin { ticket, pinned: true }), Acted::Done(_)));
        town.take(vec![complaint("4", &format!("{GAS}，请马上来"))]);
        assert_eq!(town.alerts(), [surge(3), warned()]);
    }
}

#[test]
fn a_ticket_is_warned_of_once_also_after_a_merge() {
    let mut town = town();
    let gas = town.complain(&[("1", GAS)]).remove(0);
    let same = town.complain(&[("2", &format!("{GAS}啊"))]).remove(0);
    assert_eq!(town.ticket_of(&gas).ticket.id, town.ticket_of(&same).ticket.id, "one matter");
    assert_eq!(town.alerts(), [warned()]);
    let other = town.complain(&[("3", BUSES[4])]).remove(0);
    let (from, into) = (town.ticket_of(&gas).ticket.id, town.ticket_of(&other).ticket.id);
    assert!(matches!(town.act(Action::Merge { from, into }), Acted::Done(_)));
    town.complain(&[("4", &format!("{GAS}了"))]);
    assert_eq!(town.alerts(), [warned()], "by whichever complaint, its ticket was told of");
    assert!(matches!(town.act(Action::Split { receipt: same }), Acted::Done(_)));
    assert_eq!(town.alerts(), [warned()]);
}

#[test]
fn a_surge_is_told_again_once_it_has_sunk() {
    let mut town = town();
    town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2]), ("4", BUSES[3])]);
    assert_eq!(town.alerts(), [surge(3)]);
    let standing = town.store.standing_alerts(10).unwrap();
    town.run(&Sink(standing.clone()));
    assert_eq!(town.store.standing_alerts(10).unwrap(), standing, "it has not sunk");
    town.wait_hours(25);
    town.run(&Sink(standing.clone()));
    assert_eq!(town.store.standing_alerts(10).unwrap(), []);
    let ended = town.store.alerts(AlertKind::Surge, Page::first(10)).unwrap();
    assert_eq!((ended.len(), ended[0].ended_at), (1, Some(town.now)));
    let more = |number: usize| format!("{}，第{number}次反映了", BUSES[number % 5]);
    town.complain(&[("11", &more(1)), ("12", &more(2))]);
    assert_eq!(town.alerts().len(), 1);
    town.complain(&[("13", &more(3))]);
    assert_eq!(town.alerts(), [surge(3), surge(3)]);
}

#[test]
fn a_rule_that_is_gone_leaves_no_surge_standing() {
    let mut town = town();
    town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2])]);
    let standing = town.store.standing_alerts(10).unwrap();
    assert_eq!(standing.len(), 1);
    town.rules = rules(&WATCHED.replace("[[surge]]\ncode = \"buses\"", "[[surge]]\ncode = \"others\""), "");
    town.run(&Sink(standing));
    assert_eq!(town.store.standing_alerts(10).unwrap(), []);
}

#[test]
fn what_waits_for_a_person_is_told_when_it_is_let_go() {
    let hold = "\n[[clock]]\ncode = \"look\"\nname = \"审理\"\nstart = [\"held\"]\nstop = [\"created\", \"finished\"]\n\
                limit = [{ hours = 2 }]\n\n[[hold]]\ncode = \"all\"\nname = \"审理\"\nbefore = \"dispatch\"\nwhen = \"true\"\n";
    let mut town = Town::new();
    town.rules = rules(WATCHED, hold);
    let receipts = town.complain(&[("1", BUSES[0]), ("2", BUSES[1]), ("3", BUSES[2]), ("4", GAS)]);
    assert_eq!(town.alerts(), [], "the public stream does not know of them");
    let release = |town: &mut Town, receipt: &str| {
        let ticket = town.ticket_of(receipt).ticket.id;
        assert!(matches!(town.act(Action::Release { ticket }), Acted::Done(_)));
    };
    release(&mut town, &receipts[0]);
    assert_eq!(town.alerts(), [surge(3)], "there were three");
    release(&mut town, &receipts[1]);
    release(&mut town, &receipts[3]);
    assert_eq!(town.alerts(), [surge(3), warned()]);
}

#[test]
fn a_confidential_complaint_is_no_part_of_it() {
    let mut town = town();
    let hidden = |number: &str, text: &str| {
        let Mapped::Complaint(mut complaint) = complaint(number, text) else { panic!("a complaint") };
        complaint.reporter = Reporter { secret: true, confidential: true, ..Reporter::default() };
        Mapped::Complaint(complaint)
    };
    town.complain(&[("1", BUSES[0]), ("2", BUSES[1])]);
    receipt_of(town.take(vec![hidden("3", BUSES[2])]).remove(0));
    receipt_of(town.take(vec![hidden("4", GAS)]).remove(0));
    assert_eq!(town.alerts(), []);
}

#[test]
fn a_complaint_that_begins_to_say_it_makes_an_alert() {
    let mut town = town();
    let plain = "海湾小区4号楼楼道有怪味，住户都不敢开灯";
    town.complain(&[("1", plain)]);
    assert_eq!(town.alerts(), []);
    town.take(vec![complaint("1", GAS)]);
    assert_eq!(town.alerts(), [warned()]);
    town.take(vec![complaint("1", plain)]);
    town.take(vec![complaint("1", GAS)]);
    assert_eq!(town.alerts(), [warned()]);
}

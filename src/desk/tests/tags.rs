//! Tags come with complaints and go with them; those of confidential complaints are kept back.

use super::*;
use crate::city::PackFiles;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const JOINTLY: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理，邻居联名";

/// A town that marks matters in which these words stand, each with a tag of its own: `dark` and `many`.
fn watching(dark: &str, many: &str) -> Arc<Rules> {
    let factories = crate::registry::factories();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let tag = |code: &str, word: &str| format!("[[tag]]\ncode = \"{code}\"\nname = \"{code}\"\nwords = [\"{word}\"]\n");
    let file = tag("dark", dark) + &tag("many", many);
    let files = PackFiles::read(&folder).unwrap().with("watch.toml", file.into_bytes());
    Arc::clone(&Pack::load(files, &Loading::away(&factories, Arc::new(SystemClock))).unwrap().rules)
}

fn town() -> Town {
    let mut town = Town::new();
    town.rules = watching("路灯", "联名");
    town
}

fn confidential(number: &str, text: &str) -> Mapped {
    let Mapped::Complaint(mut complaint) = complaint(number, text) else { panic!("a complaint") };
    complaint.reporter = Reporter { secret: true, confidential: true, ..Reporter::default() };
    Mapped::Complaint(complaint)
}

impl Town {
    fn tags_of(&mut self, receipt: &str) -> Vec<String> {
        self.ticket_of(receipt).ticket.tags
    }
}

#[test]
fn a_complaint_that_joins_brings_its_tag_and_a_split_takes_it_away() {
    let mut town = town();
    let first = town.complain(&[("1", LAMP)]).remove(0);
    assert_eq!(town.tags_of(&first), ["dark"]);
    let second = town.complain(&[("2", JOINTLY)]).remove(0);
    assert_eq!(town.ticket_of(&first).ticket.id, town.ticket_of(&second).ticket.id, "one matter");
    assert_eq!(town.tags_of(&first), ["dark", "many"]);
    let (rows, _) = town.store.pending_messages(0, 1_000, &mut |_| true).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&rows.last().unwrap().body).unwrap();
    assert_eq!(told["data"]["tags"], json!(["dark", "many"]), "{told}");
    assert!(matches!(town.act(Action::Split { receipt: second.clone() }), Acted::Done(_)));
    assert_eq!(town.tags_of(&first), ["dark"]);
    assert_eq!(town.tags_of(&second), ["dark", "many"]);
}

#[test]
fn a_complaint_that_is_amended_changes_its_tags() {
    let mut town = town();
    let receipt = town.complain(&[("1", JOINTLY)]).remove(0);
    assert_eq!(town.tags_of(&receipt), ["dark", "many"]);
    town.take(vec![complaint("1", LAMP)]);
    assert_eq!(town.tags_of(&receipt), ["dark"]);
}

#[test]
fn a_confidential_complaint_among_others_adds_no_tag() {
    let mut town = town();
    let open = town.complain(&[("1", LAMP)]).remove(0);
    let hidden = receipt_of(town.take(vec![confidential("2", JOINTLY)]).remove(0));
    assert_eq!(town.tags_of(&hidden), ["dark", "many"], "alone it says what the matter is");
    let (from, into) = (town.ticket_of(&hidden).ticket.id, town.ticket_of(&open).ticket.id);
    assert!(matches!(town.act(Action::Merge { from, into }), Acted::Done(_)));
    assert_eq!(town.ticket_of(&open).ticket.complaints, 2);
    assert_eq!(town.tags_of(&open), ["dark"]);
}

#[test]
fn other_rules_change_the_tags_of_a_ticket_when_it_changes() {
    let mut town = town();
    let receipt = town.complain(&[("1", LAMP)]).remove(0);
    town.rules = watching("井盖", "修理");
    assert_eq!(town.tags_of(&receipt), ["dark"], "nothing has happened to it");
    town.complain(&[("2", LAMP)]);
    assert_eq!(town.ticket_of(&receipt).ticket.complaints, 2);
    assert_eq!(town.tags_of(&receipt), ["many"]);
}

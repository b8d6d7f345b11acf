//! Records of a system that is channel and destination at once, and what they may be believed.

use super::*;
use crate::city::PackFiles;
use crate::key::DeliveryKey;
use crate::mapping::{Answered, AnsweredStatus};
use crate::store::{ForeignNumber, Page, RawState};

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const WELL: &str = "松涛街与望海路交叉口井盖缺失，夜间有人摔伤，请马上加盖";
const DESTINATION: &str = "name = \"12345\"\ncarrier = \"file\"\n[settings]\nfolder = \"/srv/out\"\nevery = \"1h\"\n\
    [settings.table]\ncolumns = [[\"a\", \"ticket.ticket_id\"]]\n";

/// The city with a destination `orders` that gets what a filter chooses.
fn with_destination(filter: &str) -> Arc<Rules> {
    let factories = crate::registry::factories();
    let loading = Loading::away(&factories, Arc::new(SystemClock));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let destination = format!("filter = \"{filter}\"\n{DESTINATION}");
    let files = PackFiles::read(&folder).unwrap().with("destinations/orders.toml", destination.into());
    Arc::clone(&Pack::load(files, &loading).unwrap().rules)
}

fn resolved(result: &str) -> AnsweredStatus {
    AnsweredStatus {
        status: Status::Resolved,
        at: None,
        result: Some(result.to_owned()),
        department: None,
        due_at: None,
    }
}

impl Town {
    /// Two tickets that `orders` was sent, with the numbers A1 and B1 there.
    fn sent_twice() -> (Self, [String; 2]) {
        let mut town = Self::new();
        town.rules = with_destination("ticket.version > 0");
        let receipts = town.complain(&[("1", LAMP), ("2", WELL)]);
        let tickets = [&receipts[0], &receipts[1]].map(|receipt| town.ticket_of(receipt));
        for (ticket, number) in tickets.iter().zip(["A1", "B1"]) {
            let (destination, number, at) = ("orders".to_owned(), number.to_owned(), town.now);
            let number = ForeignNumber { destination, ticket: ticket.key, number, at };
            assert!(town.store.note_foreign_number(&number).unwrap());
        }
        (town, tickets.map(|detail| detail.ticket.id))
    }

    /// A record of `orders` under this id.
    fn answered(&mut self, id: &str, number: Option<&str>, mark: Option<&str>, said: Result<&str, &str>) -> Normalized {
        let said = said.map(|result| Some(resolved(result))).map_err(|reason| (reason.to_owned(), reason.to_owned()));
        let (number, mark) = (number.map(str::to_owned), mark.map(str::to_owned));
        let answered = Answered { destination: "orders".to_owned(), number, mark, only: true, said };
        let mut record = self.record(Mapped::Quarantined);
        (record.record_id, record.applied.answered) = (id.to_owned(), Some(answered));
        record
    }

    fn take_one(&mut self, record: Normalized) -> OutcomeState {
        let intake = Intake {
            channel: "hotline".to_owned(),
            records: vec![record],
            prepared: Vec::new(),
            received_at: self.now,
            position: None,
            calls: Vec::new(),
            file: None,
        };
        self.run(&intake).outcomes.remove(0).state
    }

    fn set_aside(&mut self) -> Vec<crate::key::RawKey> {
        let listed = self.store.quarantine(None, Page::first(9)).unwrap();
        listed.into_iter().map(|view| view.raw_id).collect()
    }
}

#[test]
fn a_number_of_one_ticket_beside_the_mark_of_another_waits_for_a_person() {
    let (mut town, [lamp, well]) = Town::sent_twice();
    for (number, mark) in [("A1", &well), ("B1", &lamp)] {
        let record = town.answered(number, Some(number), Some(mark), Ok("已修好"));
        let outcome = town.take_one(record);
        assert!(matches!(outcome, OutcomeState::Quarantined { .. }), "{number}: {outcome:?}");
    }
    let now = town.now;
    let due = town.store.due_replies(now, 9).unwrap();
    assert!(due.is_empty(), "nobody is told: {due:?}");
    assert_eq!(town.set_aside().len(), 2);
    // What agrees, or says one of both, is believed.
    let agreeing = town.answered("3", Some("A1"), Some(&lamp), Ok("路灯已修好"));
    assert_eq!(town.take_one(agreeing), OutcomeState::Discarded { rule: "answer".to_owned() });
    let by_mark = town.answered("4", None, Some(&well), Ok("井盖已补"));
    assert_eq!(town.take_one(by_mark), OutcomeState::Discarded { rule: "answer".to_owned() });
    assert!(town.balances());
}

#[test]
fn an_answer_that_was_mended_leaves_quarantine_whoever_mended_it() {
    use super::super::job::Replay;
    use super::super::replay::Replayed;
    let discarded = Replayed::Released(RawState::Discarded);
    // A person mends the record that was set aside.
    let (mut town, [lamp, _]) = Town::sent_twice();
    let bad = town.answered("1", Some("A1"), Some(&lamp), Err("answers.status is no status"));
    assert!(matches!(town.take_one(bad), OutcomeState::Quarantined { .. }));
    let raw_id = town.set_aside()[0];
    let good = town.answered("1", Some("A1"), Some(&lamp), Ok("已修好"));
    assert_eq!(town.run(&Replay { raw_id, record: good, actor: "tester".into() }), discarded);
    assert!(town.set_aside().is_empty());
    // The source mends it, and says it anew.
    let (mut town, [lamp, _]) = Town::sent_twice();
    let bad = |town: &mut Town| town.answered("1", Some("A1"), Some(&lamp), Err("answers.status is no status"));
    let record = bad(&mut town);
    assert!(matches!(town.take_one(record), OutcomeState::Quarantined { .. }));
    let raw_id = town.set_aside()[0];
    let good = town.answered("1", Some("A1"), Some(&lamp), Ok("已修好"));
    assert_eq!(town.take_one(good), OutcomeState::Discarded { rule: "answer".to_owned() });
    let record = bad(&mut town);
    assert_eq!(
        town.run(&Replay { raw_id, record, actor: "tester".into() }),
        discarded,
        "what it says since stands in its stead"
    );
    assert!(town.set_aside().is_empty() && town.balances());
}

#[test]
fn a_ticket_that_a_split_makes_is_made_there_where_the_filter_asks_for_what_enters() {
    for (filter, made) in [("event == 'created'", 1), ("event == 'created' or ticket.change.entered", 2)] {
        let mut town = Town::new();
        town.rules = with_destination(filter);
        let receipts = town.complain(&[("1", LAMP), ("2", LAMP)]);
        assert_eq!(town.ticket_of(&receipts[0]).ticket.complaints, 2);
        let split = Action::Split { receipt: receipts[1].clone() };
        assert!(matches!(town.act(split), Acted::Done(_)));
        let told = town.store.pending_deliveries("orders", DeliveryKey(0), 9, usize::MAX).unwrap();
        let mut tickets: Vec<&str> = told.iter().map(|delivery| delivery.ticket_id.as_str()).collect();
        tickets.dedup();
        assert_eq!(tickets.len(), made, "{filter}: {tickets:?}");
    }
}

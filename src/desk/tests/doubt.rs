//! A number that comes again with another citizen and other words: a damaged or a used number, and no amendment.

use super::files::{COVER, LAMP, record};
use super::*;
use crate::complaint::Reporter;
use crate::desk::Fate;
use crate::store::Page;

impl Town {
    fn says(&mut self, name: &str, phone: &str, text: &str) -> Fate {
        let mut record = record((&format!("{name}{text}"), "1", text));
        if let Mapped::Complaint(complaint) = &mut record.applied.mapped {
            complaint.reporter =
                Reporter { name: Some(name.to_owned()), phone: Some(phone.to_owned()), ..Reporter::default() };
        }
        let intake = Intake {
            channel: "hotline".to_owned(),
            records: vec![record],
            prepared: Vec::new(),
            received_at: self.now,
            position: None,
            calls: Vec::new(),
            file: None,
        };
        let fate = self.run(&intake).fates.remove(0);
        assert!(self.balances());
        fate
    }
}

#[test]
fn another_matter_of_another_citizen_amends_nothing() {
    let mut town = Town::new();
    assert_eq!(town.says("王某", "13800001111", LAMP), Fate::Taken);
    assert_eq!(town.says("李某", "13800002222", COVER), Fate::SetAside);
    assert_eq!(town.texts(), [LAMP]);
    let aside = town.store.quarantine(None, Page::first(9)).unwrap();
    let problem = aside[0].problems[0]["zh"].as_str().unwrap().to_owned();
    assert!(problem.contains("另一件事") && problem.contains("same_number"), "{problem}");
    // The same words of another person, and other words of the same person, are what the source says now.
    assert_eq!(town.says("李某", "13800002222", &format!("{LAMP}，请尽快")), Fate::Amended);
    assert_eq!(town.says("李先生", "13800003333", COVER), Fate::Amended);
    assert_eq!(town.texts(), [COVER]);
}

#[test]
fn a_channel_that_changes_its_complaints_altogether_may_say_so() {
    let mut town = Town::new();
    town.amending();
    assert_eq!(town.says("王某", "13800001111", LAMP), Fate::Taken);
    assert_eq!(town.says("李某", "13800002222", COVER), Fate::Amended);
    assert_eq!(town.texts(), [COVER]);
}

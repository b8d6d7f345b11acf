//! What a citizen says of an earlier complaint of another channel: believed of the same citizen, and of no other.

use super::*;

const PHONE: &str = "13800001111";
const OTHER: &str = "13900002222";

impl Town {
    /// A complaint of the board by this telephone number that is resolved; its receipt.
    fn resolved(&mut self, number: &str, phone: Option<&str>) -> String {
        let Mapped::Complaint(mut complaint) = complaint(number, "松涛街井盖缺失") else {
            panic!("a complaint")
        };
        complaint.channel = "board".to_owned();
        complaint.reporter = Reporter { phone: phone.map(str::to_owned), ..Reporter::default() };
        let receipt = receipt_of(self.take(vec![Mapped::Complaint(complaint)]).remove(0));
        let ticket = self.ticket_of(&receipt).ticket.id;
        self.set(&ticket, Status::Resolved).unwrap();
        receipt
    }

    /// What becomes of words that the hotline delivers, of a citizen with this number.
    fn said(&mut self, about: &str, phone: Option<&str>, trusted: bool) -> OutcomeState {
        let Mapped::FollowUp(mut said) = dissatisfied(about) else { panic!("a follow-up") };
        said.reporter = Reporter { phone: phone.map(str::to_owned), ..Reporter::default() };
        said.trusted = trusted;
        self.take(vec![Mapped::FollowUp(said)]).remove(0).state
    }

    fn status_of(&mut self, receipt: &str) -> Status {
        self.ticket_of(receipt).ticket.status
    }
}

#[test]
fn the_same_citizen_follows_up_on_another_channel_by_receipt_number_and_telephone() {
    for about in ["receipt", "B-1", PHONE, "+86 138-0000-1111"] {
        let mut town = Town::new();
        let receipt = town.resolved("B-1", Some(PHONE));
        let about = if about == "receipt" { receipt.clone() } else { about.to_owned() };
        let outcome = town.said(&about, Some("138 0000 1111"), false);
        assert_eq!(outcome, OutcomeState::FollowUp { receipt_number: receipt.clone() }, "{about}");
        assert_eq!(town.status_of(&receipt), Status::Reopened, "{about}");
    }
}

#[test]
fn a_stranger_who_names_anothers_complaint_changes_and_learns_nothing() {
    for speaker in [Some(OTHER), None] {
        for about in ["receipt", "B-1", PHONE] {
            let mut town = Town::new();
            let receipt = town.resolved("B-1", Some(PHONE));
            let about = if about == "receipt" { receipt.clone() } else { about.to_owned() };
            let version = town.ticket_of(&receipt).ticket.version;
            let outcome = town.said(&about, speaker, false);
            let unknown = town.said("RC9999999999999", speaker, false);
            assert!(matches!(outcome, OutcomeState::Quarantined { .. }), "{outcome:?}");
            assert_eq!(outcome, unknown, "what is there and what is not there sound alike");
            let ticket = town.ticket_of(&receipt).ticket;
            assert_eq!((ticket.status, ticket.version), (Status::Resolved, version), "{speaker:?} {about}");
            assert!(town.balances());
        }
    }
}

#[test]
fn nobody_speaks_of_a_complaint_whose_citizen_is_not_known_but_a_source_that_is_trusted() {
    let mut town = Town::new();
    let receipt = town.resolved("B-1", None);
    assert!(matches!(town.said(&receipt, Some(PHONE), false), OutcomeState::Quarantined { .. }));
    assert_eq!(town.said(&receipt, None, true), OutcomeState::FollowUp { receipt_number: receipt.clone() });
    assert_eq!(town.status_of(&receipt), Status::Reopened);
}

#[test]
fn within_a_channel_its_source_is_believed_unless_the_citizens_differ() {
    let mut town = Town::new();
    let Mapped::Complaint(mut own) = complaint("H-1", "松涛街井盖缺失") else { panic!("a complaint") };
    own.reporter.phone = Some(PHONE.to_owned());
    let receipt = receipt_of(town.take(vec![Mapped::Complaint(own)]).remove(0));
    for about in [receipt.as_str(), "H-1", PHONE] {
        assert!(matches!(town.said(about, Some(OTHER), false), OutcomeState::Quarantined { .. }), "{about}");
    }
    for (about, speaker) in [(receipt.as_str(), None), (receipt.as_str(), Some(PHONE)), ("H-1", None)] {
        let outcome = town.said(about, speaker, false);
        assert_eq!(outcome, OutcomeState::FollowUp { receipt_number: receipt.clone() }, "{about} {speaker:?}");
    }
}

#[test]
fn the_own_channels_complaint_goes_before_those_of_others() {
    let mut town = Town::new();
    let Mapped::Complaint(mut own) = complaint("H-1", "青鱼滩路路灯不亮三天了") else {
        panic!("a complaint")
    };
    own.reporter.phone = Some(PHONE.to_owned());
    let own = receipt_of(town.take(vec![Mapped::Complaint(own)]).remove(0));
    town.resolved("B-1", Some(PHONE));
    assert_eq!(town.said(PHONE, Some(PHONE), false), OutcomeState::FollowUp { receipt_number: own });
}

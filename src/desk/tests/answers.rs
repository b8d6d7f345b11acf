//! What citizens behind one ticket are told: never the name, number or door of another one.

use super::*;
use crate::key::ReplyKey;
use crate::store::{Page, ReplyState, ReplyView};
use crate::ticket::{AnswerFile, Handler, OwnResult};

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";

fn of(number: &str, name: &str, phone: &str) -> Mapped {
    let Mapped::Complaint(mut complaint) = complaint(number, LAMP) else { panic!("a complaint") };
    complaint.reporter = Reporter { name: Some(name.to_owned()), phone: Some(phone.to_owned()), ..Reporter::default() };
    Mapped::Complaint(complaint)
}

impl Town {
    /// Three complaints on one ticket, the first and the last by one person; their receipts.
    fn three(&mut self) -> Vec<String> {
        let people = [("1", "孙晓燕", "13800001111"), ("2", "周大海", "13900002222"), ("3", "孙晓燕", "13800001111")];
        let receipts: Vec<String> = people
            .iter()
            .map(|(number, name, phone)| receipt_of(self.take(vec![of(number, name, phone)]).remove(0)))
            .collect();
        assert_eq!(self.ticket_of(&receipts[0]).ticket.complaints, 3);
        receipts
    }

    fn resolve(&mut self, ticket: &str, result: &str, own: &[(&str, &str)]) -> Judged {
        let results = own.iter().map(|(receipt, text)| OwnResult { receipt: (*receipt).into(), text: (*text).into() });
        let update = StatusUpdate {
            result: Some(result.to_owned()),
            results: results.collect(),
            ..self.update(ticket, Status::Resolved)
        };
        self.run(&ApplyUpdates(vec![update])).remove(0)
    }

    fn replies(&mut self, state: ReplyState) -> Vec<ReplyView> {
        let mut found = self.store.list_replies(state, Page::first(9)).unwrap();
        found.reverse();
        found
    }

    /// What is due, by receipt.
    fn told(&mut self) -> Vec<(String, String)> {
        let due = self.store.due_replies(self.now, 9).unwrap();
        due.into_iter().map(|reply| (reply.complaint.receipt, reply.answer.text)).collect()
    }
}

#[test]
fn words_that_name_one_citizen_wait_for_a_person_before_another_gets_them() {
    for words in ["孙晓燕女士，路灯已修好", "已致电138-0000-1111，路灯已修好"] {
        let mut town = Town::new();
        let receipts = town.three();
        let ticket = town.ticket_of(&receipts[0]).ticket.id;
        town.resolve(&ticket, words, &[]).unwrap();
        let held = town.replies(ReplyState::Held);
        assert_eq!(held.iter().map(|reply| &reply.receipt).collect::<Vec<_>>(), [&receipts[1]]);
        let why = held[0].last_error.as_deref().unwrap();
        assert!(why.contains(&receipts[0]) && !why.contains("孙晓燕"), "{why}");
        assert_eq!(town.told().len(), 2, "both of the same person");
        let action = Action::RetryReply { reply: held[0].id, words: Some("路灯已修好".to_owned()) };
        assert!(matches!(town.act(action), Acted::Done(_)));
        assert!(town.told().contains(&(receipts[1].clone(), "路灯已修好".to_owned())));
    }
}

#[test]
fn what_is_somebodys_waits_for_a_person_whoever_it_is() {
    let somebodys = ["身份证号370682199001011234", "邮箱sun@example.com", "车牌鲁K12345", "编号RECEIPT"];
    for words in somebodys {
        let mut town = Town::new();
        let receipts = town.three();
        let ticket = town.ticket_of(&receipts[0]).ticket.id;
        let words = format!("{}，路灯已修好", words.replace("RECEIPT", &receipts[0]));
        town.resolve(&ticket, &words, &[]).unwrap();
        let held = town.replies(ReplyState::Held);
        assert!(held.iter().any(|reply| reply.receipt == receipts[1]), "{words}: {held:?}");
        let why = held[0].last_error.clone().unwrap();
        assert!(!why.contains("3706") && !why.contains("sun@"), "{why}");
    }
}

#[test]
fn a_number_that_two_sources_have_given_is_the_own_one_of_both() {
    for (second, held) in [("20261126001", false), ("20261126002", true)] {
        let mut town = Town::new();
        let receipts = [("hotline", "20261126001"), ("board", second)].map(|(channel, number)| {
            let Mapped::Complaint(mut told) = of(number, "孙晓燕", "13800001111") else { panic!("a complaint") };
            channel.clone_into(&mut told.channel);
            let records = vec![town.record(Mapped::Complaint(told))];
            let (channel, received_at) = (channel.to_owned(), town.now);
            let (prepared, calls, position, file) = (Vec::new(), vec![1], None, None);
            let intake = Intake { channel, records, prepared, received_at, position, calls, file };
            receipt_of(town.run(&intake).outcomes.remove(0))
        });
        let ticket = town.ticket_of(&receipts[0]).ticket;
        assert_eq!(ticket.complaints, 2);
        town.resolve(&ticket.id, "您反映的20261126001号事项已办结", &[]).unwrap();
        assert_eq!(town.replies(ReplyState::Held).len(), usize::from(held), "{second}");
    }
}

#[test]
fn words_for_one_citizen_go_to_that_one_alone() {
    let mut town = Town::new();
    let receipts = town.three();
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    let own = [(receipts[1].as_str(), "周大海先生，您家门前的灯杆已更换")];
    town.resolve(&ticket, "路灯已修好，咨询电话0631-7562345", &own).unwrap();
    assert!(town.replies(ReplyState::Held).is_empty());
    let told = town.told();
    for (receipt, text) in &told {
        assert_eq!(text.contains("灯杆"), *receipt == receipts[1], "{text}");
    }
    assert_eq!(told.len(), 3);
}

#[test]
fn words_for_one_citizen_that_name_another_behind_the_ticket_wait_for_a_person() {
    let others = [
        "孙晓燕女士家门前的灯杆已更换",
        "已与13800001111核实",
        "已到听涛嘉园5号楼2单元301室看过",
        "与RECEIPT号一并办理",
    ];
    for words in others {
        let mut town = Town::new();
        let people = [("1", "孙晓燕", "13800001111"), ("2", "周大海", "13900002222")];
        let receipts = people.map(|(number, name, phone)| {
            let Mapped::Complaint(mut said) = of(number, name, phone) else { panic!("a complaint") };
            said.place.address = (number == "1").then(|| "听涛嘉园5号楼2单元301室".to_owned());
            receipt_of(town.take(vec![Mapped::Complaint(said)]).remove(0))
        });
        let ticket = town.ticket_of(&receipts[0]).ticket;
        assert_eq!(ticket.complaints, 2);
        let words = words.replace("RECEIPT", &receipts[0]);
        town.resolve(&ticket.id, "路灯已修好", &[(&receipts[1], &words)]).unwrap();
        let held = town.replies(ReplyState::Held);
        assert_eq!(held.iter().map(|reply| &reply.receipt).collect::<Vec<_>>(), [&receipts[1]], "{words}");
        let why = held[0].last_error.as_deref().unwrap();
        assert!(why.contains(&receipts[0]) && !why.contains("孙晓燕") && !why.contains("5号楼"), "{why}");
        assert_eq!(
            town.told(),
            [(receipts[0].clone(), "路灯已修好".to_owned())],
            "the other is told what all are told"
        );
    }
}

#[test]
fn words_about_a_complaint_that_is_not_behind_the_ticket_are_refused() {
    let mut town = Town::new();
    let receipts = town.three();
    let [other] = &town.complain(&[("9", "松涛街井盖缺失")])[..] else { panic!("one") };
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    for receipt in [other.as_str(), "RC0"] {
        let refusal = town.resolve(&ticket, "已修好", &[(receipt, "您好")]).unwrap_err();
        assert!(refusal.to_string().contains(receipt), "{refusal}");
    }
    let unknown = Action::RetryReply { reply: ReplyKey(99), words: None };
    assert!(matches!(town.act(unknown), Acted::Unknown(..)));
}

#[test]
fn a_person_and_attachments_of_an_update_are_kept_with_every_answer_and_told_to_platforms() {
    let mut town = Town::new();
    let receipts = town.three();
    let ticket = town.ticket_of(&receipts[0]).ticket.id;
    let phone = Some("13800003333".to_owned());
    let person = Handler { name: "王工".to_owned(), unit: Some("照明科".to_owned()), phone };
    let file = |url: &str| AnswerFile { url: url.to_owned(), name: None, media_type: None };
    let attachments = vec![file("https://p.example/a.jpg"), file("https://p.example/13800001111.jpg")];
    let update = StatusUpdate {
        person: Some(person.clone()),
        attachments: attachments.clone(),
        ..town.update(&ticket, Status::Resolved)
    };
    town.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
    let now = town.now;
    let due = town.store.due_replies(now, 9).unwrap();
    assert_eq!(due.len(), 3);
    assert!(due.iter().all(|reply| reply.answer.person.as_ref() == Some(&person)));
    assert!(due.iter().all(|reply| reply.answer.attachments == attachments));
    let messages = town.store.pending_messages(0, 500, &mut |_| true).unwrap().0;
    let is_status = |kind: &str| kind.contains(".status.");
    let last = messages.iter().rfind(|message| message.exchange == "tickets" && is_status(&message.kind)).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
    let change = &body["data"]["change"];
    assert_eq!((&change["person"]["name"], &change["person"]["phone"]), (&json!("王工"), &json!("138****3333")));
    assert_eq!(change["attachments"][0]["url"], "https://p.example/a.jpg");
    assert_eq!(change["attachments"][1]["url"], "https://p.example/138****1111.jpg", "masked as texts are");
}

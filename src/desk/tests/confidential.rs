//! Confidential complaints: alone with others of their kind, and nothing of them in what readers of other matters see.

use serde_json::Value;

use super::*;
use crate::city::PackFiles;
use crate::store::Page;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const WITNESS: &str =
    "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，是电工赵某拆走了灯头，我住3栋2单元501室，请尽快来人修理";

pub(super) fn confidential(number: &str, text: &str) -> Mapped {
    let Mapped::Complaint(mut complaint) = complaint(number, text) else { panic!("a complaint") };
    complaint.reporter = Reporter {
        name: Some("孙晓燕".to_owned()),
        phone: Some("13800001111".to_owned()),
        secret: true,
        confidential: true,
        ..Reporter::default()
    };
    complaint.place.address = Some("青鱼滩路18号3栋2单元501室".to_owned());
    Mapped::Complaint(complaint)
}

impl Town {
    fn hide(&mut self, number: &str, text: &str) -> String {
        receipt_of(self.take(vec![confidential(number, text)]).remove(0))
    }

    /// Bodies of all messages, by ticket id: no feed of the pack may read what is confidential.
    fn read_by_others(&mut self) -> Vec<(String, Value)> {
        let (rows, _) = self.store.pending_messages(0, 1_000, &mut |_| true).unwrap();
        rows.into_iter().map(|row| (row.ticket_id, serde_json::from_slice(&row.body).unwrap())).collect()
    }
}

#[test]
fn a_confidential_complaint_joins_no_other_and_is_put_before_a_person() {
    let mut town = Town::new();
    let [open] = &town.complain(&[("1", LAMP)])[..] else { panic!("one") };
    let hidden = town.hide("2", LAMP);
    assert_ne!(town.store_view(open).ticket, town.store_view(&hidden).ticket);
    assert_eq!(town.store.open_reviews(Page::first(9)).unwrap().len(), 1);
    let other = town.hide("3", LAMP);
    assert_eq!(town.store_view(&hidden).ticket, town.store_view(&other).ticket, "both are confidential");
}

#[test]
fn a_complaint_that_becomes_confidential_leaves_the_others_and_takes_its_words_along() {
    for order in [["1", "2"], ["2", "1"]] {
        let mut town = Town::new();
        let receipts = town.complain(&[(order[0], LAMP), (order[1], LAMP)]);
        let shared = town.store_view(&receipts[0]).ticket;
        assert_eq!(shared, town.store_view(&receipts[1]).ticket);
        let before = town.read_by_others().len();
        town.take(vec![confidential("1", WITNESS)]);
        let own = town.store_view(&receipts[usize::from(order[0] != "1")]).ticket;
        assert_ne!(own, shared);
        assert_eq!(town.ticket(shared).ticket.text, LAMP);
        assert_eq!(town.ticket(shared).ticket.address, None);
        assert_eq!((town.ticket(shared).ticket.complaints, town.ticket(own).ticket.complaints), (1, 1));
        let others = town.ticket(shared).ticket.id;
        for (ticket, body) in town.read_by_others().into_iter().skip(before) {
            let body = body.to_string();
            assert!(!["孙晓燕", "13800001111", "501"].iter().any(|word| body.contains(word)), "{body}");
            assert!(ticket != others || !body.contains("灯头"), "{body}");
        }
        assert!(town.balances());
    }
}

#[test]
fn where_a_person_merges_it_the_ticket_shows_the_words_of_the_others() {
    let mut town = Town::new();
    let hidden = town.hide("1", WITNESS);
    let [open] = &town.complain(&[("2", LAMP)])[..] else { panic!("one") };
    let (from, into) = (town.ticket_of(open).ticket.id, town.ticket_of(&hidden).ticket.id);
    let before = town.read_by_others().len();
    assert!(matches!(town.act(Action::Merge { from, into: into.clone() }), Acted::Done(_)));
    let ticket = town.ticket_of(&hidden);
    assert_eq!((ticket.ticket.text.as_str(), ticket.ticket.address.as_deref()), (LAMP, None));
    for (_, body) in town.read_by_others().into_iter().skip(before) {
        assert!(!body.to_string().contains("灯头"), "{body}");
        let complaints = body["data"]["complaints"].as_array().unwrap();
        let entry = complaints.iter().find(|complaint| complaint["receipt_number"] == hidden.as_str());
        if let Some(entry) = entry {
            assert_eq!((&entry["withheld"], &entry["text"]), (&json!(true), &json!("")));
            assert_eq!(entry.get("reporter"), None);
        }
    }
}

#[test]
fn how_far_a_confidential_matter_was_handed_on_is_told_although_its_further_fields_are_not() {
    let mut town = Town::new();
    let Mapped::Complaint(mut handed) = confidential("1", WITNESS) else { panic!("a complaint") };
    handed.extra = vec![("hops".to_owned(), " 3 ".to_owned()), ("clerk".to_owned(), "李四".to_owned())];
    receipt_of(town.take(vec![Mapped::Complaint(handed)]).remove(0));
    town.complain(&[("2", LAMP)]);
    let told = town.read_by_others();
    let hops: Vec<Option<u64>> = told.iter().map(|(_, body)| body["hops"].as_u64()).collect();
    assert!(hops.contains(&Some(3)) && hops.contains(&None), "{hops:?}");
    assert!(told.iter().all(|(_, body)| body["data"]["complaints"][0]["extra"]["hops"].is_null()), "{told:?}");
}

/// Whoever answers a question reads both sides of it.
#[test]
fn a_matter_of_a_confidential_kind_is_not_even_asked_about_with_one_of_another_kind() {
    let questions = |settings: &str| {
        let files = PackFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng")).unwrap();
        let city = String::from_utf8(files.get("city.toml").unwrap().to_vec()).unwrap() + settings;
        let factories = crate::registry::factories();
        let loading = Loading::away(&factories, Arc::new(SystemClock));
        let mut town = Town::new();
        town.rules = Arc::clone(&Pack::load(files.with("city.toml", city.into_bytes()), &loading).unwrap().rules);
        let water = LAMP.replace("路灯不亮", "自来水管爆了");
        let receipts = town.complain(&[("1", LAMP), ("2", &water)]);
        let mut category = |receipt: &String| town.ticket_of(receipt).ticket.route.category.clone();
        assert_ne!(category(&receipts[0]), category(&receipts[1]), "one is of the kind, the other is not");
        town.store.open_reviews(Page::first(9)).unwrap().len()
    };
    assert_eq!(questions(""), 1);
    assert_eq!(questions("\n[confidential]\ncategories = [\"lighting\"]\nfeeds = [\"command\"]\n"), 0);
}

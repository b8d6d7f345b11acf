//! A small city, and every figure of its report against the events that the public stream got, counted here on their own.

use std::collections::{BTreeMap, BTreeSet};

use huiliu_expression::Language;
use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value;

use super::*;
use crate::report::Reports;

const LAMP: &str = "青鱼滩路路灯不亮三天了，夜里行人经过很不安全，请尽快来人修理";
const REPORT: &str = r#"
[[report]]
name = "all"
title = "全部"
period = "year"
figures = ["complaints", "tickets", "merged", "signs", "signed", "finishes", "closed", "in_time", "settled", "returns", "returned",
  "restarts", "restarted", "ratings", "satisfaction", "first_solved", "sign_median", "sign_p90", "finish_median", "finish_p90"]
"#;

/// What is known of a ticket from its events.
#[derive(Default, Clone)]
struct Known {
    status: String,
    since: Option<Timestamp>,
    restarted: bool,
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// The value that `percent` of all do not exceed.
fn nearest(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent).div_ceil(100) - 1]
}

/// Every figure of [`REPORT`] from the events alone.
fn counted(events: &[Value]) -> Vec<f64> {
    let is_final = |status: &str| ["resolved", "closed", "rejected"].contains(&status);
    let mut tickets: BTreeMap<String, Known> = BTreeMap::new();
    let (mut counts, mut sign, mut finish) = (BTreeMap::<&str, f64>::new(), Vec::new(), Vec::new());
    for event in events {
        let (data, at) = (&event["data"], time(&event["time"]));
        let kind = event["type"].as_str().unwrap().split('.').nth(3).unwrap();
        let (id, now) = (event["subject"].as_str().unwrap().to_owned(), data["status"].as_str().unwrap().to_owned());
        let is_new = !tickets.contains_key(&id);
        let known = tickets.entry(id).or_default();
        let before = std::mem::replace(&mut known.status, now.clone());
        let mut one = |what| *counts.entry(what).or_default() += 1.0;
        if is_new {
            known.since = Some(at);
            one("tickets");
        }
        match kind {
            "created" => one("complaints"),
            "joined" => one("complaints"),
            "rated" => {
                one("ratings");
                if data["change"]["satisfaction"] != "dissatisfied" {
                    one("satisfied");
                }
            }
            _ => {}
        }
        let hours = |since: Option<Timestamp>| at.duration_since(since.unwrap()).as_secs_f64() / 3_600.0;
        if kind == "reopened" && is_final(&before) {
            one("restarts");
            if !known.restarted {
                one("first_restarts");
            }
            (known.since, known.restarted) = (Some(at), true);
        }
        if kind == "status" {
            if ["open", "reopened"].contains(&before.as_str()) && now != "returned" && now != "rejected" {
                one("signs");
                let took = hours(known.since);
                sign.push(took);
                if took <= 24.0 {
                    one("signed");
                }
            }
            if is_final(&now) && !is_final(&before) {
                one("finishes");
                finish.push(hours(known.since));
                if at <= time(&data["due_at"]) {
                    one("in_time");
                }
                if !known.restarted {
                    one("first_finishes");
                }
            }
            if now == "returned" && before != "returned" {
                one("returns");
            }
        }
        if kind == "withdrawn" && is_final(&now) && !is_final(&before) {
            one("settled");
        }
    }
    figures(&counts, &mut sign, &mut finish)
}

/// The figures of what was counted, with the hours until signing and until the end.
fn figures(counts: &BTreeMap<&str, f64>, sign: &mut [f64], finish: &mut [f64]) -> Vec<f64> {
    let of = |what: &str| counts.get(what).copied().unwrap_or_default();
    vec![
        of("complaints"),
        of("tickets"),
        1.0 - of("tickets") / of("complaints"),
        of("signs"),
        of("signed") / of("signs"),
        of("finishes"),
        of("finishes") / (of("tickets") + of("restarts")),
        of("in_time") / of("finishes"),
        of("settled"),
        of("returns"),
        of("returns") / of("tickets"),
        of("restarts"),
        of("restarts") / of("finishes"),
        of("ratings"),
        of("satisfied") / of("ratings"),
        1.0 - of("first_restarts") / of("first_finishes"),
        nearest(sign, 50),
        nearest(sign, 90),
        nearest(finish, 50),
        nearest(finish, 90),
    ]
}

impl Town {
    /// A citizen says how satisfied they are, through somebody who knows them.
    fn rate(&mut self, about: &str, satisfaction: Satisfaction) {
        let said = FollowUp {
            channel: "hotline".to_owned(),
            about: about.to_owned(),
            satisfaction: Some(satisfaction),
            step: None,
            text: String::new(),
            reporter: Reporter::default(),
            trusted: true,
        };
        self.take(vec![Mapped::FollowUp(said)]);
    }
}

/// Events of the public stream, in order.
fn events(town: &mut Town) -> Vec<Value> {
    let mut events = Vec::new();
    let mut seen = BTreeSet::new();
    for message in town.store.pending_messages(0, 10_000, &mut |_| true).unwrap().0 {
        let body: Value = serde_json::from_slice(&message.body).unwrap();
        if message.exchange == "tickets" && seen.insert(message.message_id.clone()) {
            events.push(body);
        }
    }
    events
}

#[test]
fn every_figure_is_what_the_events_say() {
    let mut town = Town::new();
    let first = town.complain(&[("1", LAMP), ("2", "幸福小区电梯停运三天"), ("3", "建设路井盖缺失")]);
    // A joined complaint, and one that a person takes out again.
    let more = town.complain(&[("4", LAMP), ("5", LAMP)]);
    town.act(Action::Split { receipt: more[1].clone() });
    let tickets: Vec<String> =
        first.iter().chain(&more[1..]).map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    town.wait_hours(5);
    town.set(&tickets[0], Status::Accepted).unwrap();
    town.set(&tickets[3], Status::Returned).unwrap();
    // Signed too late.
    town.wait_hours(30);
    town.set(&tickets[1], Status::InProgress).unwrap();
    town.set(&tickets[0], Status::Resolved).unwrap();
    town.set(&tickets[2], Status::Resolved).unwrap();
    town.wait_hours(400);
    town.set(&tickets[1], Status::Resolved).unwrap();
    for (receipt, satisfaction) in [(&first[0], Satisfaction::Satisfied), (&first[1], Satisfaction::Dissatisfied)] {
        town.rate(receipt, satisfaction);
    }
    town.wait_hours(3);
    town.set(&tickets[1], Status::Accepted).unwrap();
    town.wait_hours(3);
    town.set(&tickets[1], Status::Resolved).unwrap();
    town.set(&tickets[1], Status::Closed).unwrap();

    let wanted = counted(&events(&mut town));
    assert_eq!((wanted[0], wanted[1]), (5.0, 4.0), "the city did what it should: {wanted:?}");
    let reports =
        Reports::load(REPORT, &Language::new(town.rules.numbering.zone.clone(), Arc::default()), &town.rules.names)
            .unwrap();
    let days = (date(2025, 1, 1), date(2025, 12, 31));
    for summed in [0, 7, 1_000] {
        town.store.sum_facts(summed).unwrap();
        let cells = town.store.facts(days.0, days.1).unwrap();
        let table = reports.reports[0].table(&cells, days, None);
        let told: Vec<f64> = table.rows[0].figures.iter().map(|figure| figure.unwrap()).collect();
        for ((figure, told), wanted) in reports.reports[0].figures.iter().zip(&told).zip(&wanted) {
            let word = figure.word();
            assert!((told - wanted).abs() <= wanted.abs() / 64.0 + 1e-9, "{word} is {told}, not {wanted}");
        }
    }
}

#[test]
fn a_first_contact_is_counted_once_when_its_clock_stops() {
    let mut rules = Arc::into_inner(read_rules()).unwrap();
    rules.reports = Arc::new(Reports { first_contact: Some("sign".to_owned()), ..Reports::default() });
    let mut town = Town { rules: Arc::new(rules), ..Town::new() };
    let receipts = town.complain(&[("1", LAMP), ("2", "幸福小区电梯停运三天"), ("3", "建设路井盖缺失")]);
    let tickets: Vec<String> = receipts.iter().map(|receipt| town.ticket_of(receipt).ticket.id).collect();
    town.set(&tickets[0], Status::Accepted).unwrap();
    town.set(&tickets[0], Status::InProgress).unwrap();
    town.wait_hours(400);
    town.set(&tickets[1], Status::Accepted).unwrap();
    town.set(&tickets[1], Status::Resolved).unwrap();
    let cells = town.store.facts(date(2025, 1, 1), date(2025, 12, 31)).unwrap();
    let mut tally = crate::report::Tally::default();
    cells.iter().for_each(|cell| tally.merge(&cell.tally));
    let told = [crate::report::Count::Contacted, crate::report::Count::ContactedInTime].map(|count| tally.get(count));
    assert_eq!(told, [2, 1], "two were contacted, one of them in time; nobody got in touch with the third");
}

#[test]
fn a_signature_is_in_time_by_its_clock_where_the_city_names_one() {
    for (sign, in_time) in [(None, 0), (Some("sign".to_owned()), 1)] {
        let mut rules = Arc::into_inner(read_rules()).unwrap();
        rules.reports = Arc::new(Reports { sign, sign_within_hours: 1, ..Reports::default() });
        let mut town = Town { rules: Arc::new(rules), ..Town::new() };
        let receipt = town.complain(&[("1", LAMP)]).remove(0);
        let ticket = town.ticket_of(&receipt).ticket.id;
        town.wait_hours(2);
        town.set(&ticket, Status::Accepted).unwrap();
        let cells = town.store.facts(date(2025, 1, 1), date(2026, 12, 31)).unwrap();
        let signed: u64 = cells.iter().map(|cell| cell.tally.get(crate::report::Count::SignedInTime)).sum();
        assert_eq!(signed, in_time);
    }
}

//! The judge's own account of what people say of results: which result is meant, how often a matter is handled again, and that a
//! result that is found wanting again is told once.

use std::collections::{BTreeMap, BTreeSet};

use huiliu::ticket::Status;
use serde_json::Value;

/// How often the evaluating city lets a matter be handled again.
pub const MOST_RESTARTS: u64 = 2;
/// What its handling rules say besides.
pub const RULES: &str = r#"
[[notice]]
code = "circulate"
title = "通报"
to = ["handler"]
copy = ["desk@command-center"]

[evaluation]
second = "circulate"
restart = { most = 2, within_days = 30 }

[[evaluation.call_back]]
share = 50
by = "page"
"#;

/// What an event says, as far as it counts here.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    status: String,
    rounds: u64,
    restarts: u64,
    /// Whether it is dissatisfied, which result is meant, and what came of it.
    rating: Option<(bool, u64, String)>,
    /// Of a notice that no clock sends: how many results were found wanting.
    wanting: Option<u64>,
    /// Whose citizen is to be called back, and on which result.
    call_back: Option<(String, u64)>,
}

/// What the public stream has told, by ticket and version.
#[derive(Debug, Default)]
pub struct Evaluations(BTreeMap<String, BTreeMap<u64, Heard>>);

/// How one ticket stands by what was told of it.
#[derive(Debug, Default)]
struct Account {
    status: String,
    rounds: u64,
    restarts: u64,
    wanting: u64,
    wanting_round: Option<u64>,
    /// Whether a notice has to be sent.
    owed: bool,
    called: BTreeSet<(String, u64)>,
    wrong: Vec<String>,
}

impl Evaluations {
    /// An event of the public stream.
    pub fn note(&mut self, ticket: &str, version: u64, data: &Value) {
        let change = &data["change"];
        if change["event"] == "left" {
            return;
        }
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let rating = change["rating"].as_object().filter(|_| change["event"] == "rated");
        let heard = Heard {
            status: data["status"].as_str().unwrap_or_default().to_owned(),
            rounds: number(&data["rounds"]),
            restarts: number(&data["restarts"]),
            rating: rating.map(|rating| {
                let consequence = rating["consequence"].as_str().unwrap_or_default().to_owned();
                (change["satisfaction"] == "dissatisfied", number(&rating["round"]), consequence)
            }),
            wanting: (change["event"] == "notice" && change["notice"]["clock"].is_null())
                .then(|| number(&change["notice"]["round"])),
            call_back: change["call_back"]
                .as_object()
                .map(|due| (change["receipt_number"].as_str().unwrap_or_default().to_owned(), number(&due["round"]))),
        };
        self.0.entry(ticket.to_owned()).or_default().insert(version, heard);
    }

    fn accounts(&self, evaluating: bool) -> impl Iterator<Item = (&str, Account)> {
        self.0.iter().map(move |(ticket, events)| {
            let mut account = Account::default();
            events.values().for_each(|heard| account.hear(heard, evaluating));
            (ticket.as_str(), account)
        })
    }

    /// Tickets of which a notice has to be sent.
    pub fn owed(&self, evaluating: bool) -> Vec<String> {
        let owed = self.accounts(evaluating).filter(|(_, account)| account.owed && account.status != "absorbed");
        owed.map(|(ticket, _)| ticket.to_owned()).collect()
    }

    /// Whether any result was found wanting again.
    pub fn has_repeats(&self, evaluating: bool) -> bool {
        evaluating && self.accounts(true).any(|(_, account)| account.wanting > 1)
    }

    /// What was told and is not so.
    pub fn judge(&self, evaluating: bool) -> Vec<String> {
        let wrong = |(ticket, account): (&str, Account)| {
            account.wrong.into_iter().map(|wrong| format!("P9: {ticket}: {wrong}")).collect::<Vec<_>>()
        };
        self.accounts(evaluating).flat_map(wrong).collect()
    }
}

fn is_answered(status: &str) -> bool {
    Status::from_wire(status).is_some_and(|status| status.is_final() && status != Status::Absorbed)
}

impl Account {
    fn hear(&mut self, heard: &Heard, evaluating: bool) {
        match (is_answered(&self.status), is_answered(&heard.status)) {
            (false, true) => self.rounds += 1,
            (true, false) if heard.status != "absorbed" => self.rounds = self.rounds.max(1),
            _ => {}
        }
        self.status.clone_from(&heard.status);
        if let Some(rating) = &heard.rating {
            self.weigh(rating, evaluating);
        }
        if let Some(times) = heard.wanting
            && (!std::mem::take(&mut self.owed) || times != self.wanting)
        {
            self.wrong.push(format!("a notice says that {times} results were found wanting, not {}", self.wanting));
        }
        if let Some((receipt, round)) = &heard.call_back {
            let is_new = self.called.insert((receipt.clone(), *round));
            if !evaluating || !is_new || *round != self.rounds || !is_answered(&self.status) {
                self.wrong.push(format!("{receipt} is to be called back on result {round} of {}", self.rounds));
            }
        }
        if (heard.rounds, heard.restarts) != (self.rounds, self.restarts) {
            let told = (heard.rounds, heard.restarts);
            self.wrong.push(format!("it says {told:?} rounds and restarts, not {:?}", (self.rounds, self.restarts)));
            (self.rounds, self.restarts) = told;
        }
    }

    fn weigh(&mut self, (is_dissatisfied, round, consequence): &(bool, u64, String), evaluating: bool) {
        let meant = self.rounds.max(1);
        let opens = *is_dissatisfied && is_answered(&self.status);
        if opens && evaluating && self.wanting_round != Some(meant) {
            self.wanting_round = Some(meant);
            self.wanting += 1;
            self.owed |= self.wanting > 1;
        }
        let wanted = match (opens, evaluating) {
            (false, _) => "noted",
            (true, true) if self.restarts >= MOST_RESTARTS => "too_often",
            (true, _) => "restarted",
        };
        self.restarts += u64::from(wanted == "restarted");
        if (consequence.as_str(), *round) != (wanted, meant) {
            self.wrong.push(format!("a word on result {round} was {consequence}, not on {meant} and {wanted}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(status: &str, counts: (u64, u64), change: &Value) -> Value {
        json!({ "status": status, "rounds": counts.0, "restarts": counts.1, "change": change })
    }

    fn rated(round: u64, consequence: &str) -> Value {
        json!({
            "event": "rated", "satisfaction": "dissatisfied", "rating": { "round": round, "consequence": consequence },
        })
    }

    fn judged(events: &[Value]) -> (Vec<String>, Vec<String>) {
        let mut heard = Evaluations::default();
        for (version, data) in (1..).zip(events) {
            heard.note("T1", version, data);
        }
        (heard.judge(true), heard.owed(true))
    }

    #[test]
    fn an_account_that_is_right_is_left_alone_and_what_is_wrong_is_found() {
        let (status, notice) = (json!({ "event": "status" }), json!({ "event": "notice", "notice": { "round": 2 } }));
        let reopened = json!({ "event": "reopened" });
        let right = vec![
            event("open", (0, 0), &json!({ "event": "created" })),
            event("resolved", (1, 0), &status),
            event("resolved", (1, 1), &rated(1, "restarted")),
            event("reopened", (1, 1), &reopened),
            event("reopened", (1, 1), &rated(1, "noted")),
            event("resolved", (2, 1), &status),
            event("resolved", (2, 2), &rated(2, "restarted")),
            event("reopened", (2, 2), &reopened),
            event("reopened", (2, 2), &notice),
            event("resolved", (3, 2), &status),
        ];
        assert_eq!(judged(&right), (Vec::new(), Vec::new()));
        assert_eq!(judged(&right[..8]).1, ["T1"], "the notice is still to come");
        let often = [&right[..], &[event("resolved", (3, 3), &rated(3, "restarted"))]].concat();
        assert!(judged(&often).0.iter().any(|wrong| wrong.contains("too_often")), "handled again too often");
        let twice = [&right[..9], &[event("reopened", (2, 2), &notice)]].concat();
        assert_eq!(judged(&twice).0.len(), 1, "told twice");
        let early = [&right[..2], &[event("resolved", (1, 0), &notice)]].concat();
        assert_eq!(judged(&early).0.len(), 1, "told without cause");
    }
}

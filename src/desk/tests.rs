//! The desk over a store in memory, without tasks: jobs are run one after the other.

mod acts;
mod answers;
mod clocks;
mod confidential;
mod damage;
mod doubt;
mod echoes;
mod evaluation;
mod facts;
mod faults;
mod files;
mod follow_ups;
mod history;
mod holds;
mod intake;
mod kinds;
mod late;
mod moved;
mod naive;
mod properties;
mod rebuilding;
mod remembered;
mod reviews;
mod rewards;
mod statements;
mod tags;
mod together;
mod told;
mod topics;
mod warnings;
mod watching;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use huiliu_adapter_api::{Outcome, OutcomeState, SystemClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::action::{Acted, Action};
use super::intake::Intake;
use super::job::{Act, ApplyUpdate, ApplyUpdates, EraseFinished, Job};
use super::state::DeskState;
use super::status::Judged;
use super::step::Step;
use crate::complaint::{Complaint, FollowUp, Reporter, Satisfaction};
use crate::forward::Outlets;
use crate::key::TicketKey;
use crate::mapping::{Applied, Loading, Mapped, Normalized};
use crate::pack::{Pack, Rules};
use crate::store::{Database, KeyRing, MergeEvent, Store, StoreError, TicketDetail, Vault, open};
use crate::ticket::{Sender, Status, StatusUpdate};

/// The city pack of the tests, read once: without what it says of acts.
fn rules() -> Arc<Rules> {
    static RULES: LazyLock<Arc<Rules>> = LazyLock::new(read_rules);
    Arc::clone(&RULES)
}

fn read_rules() -> Arc<Rules> {
    clocks::rules("")
}

/// A desk with its store.
struct Town {
    store: Box<dyn Store>,
    state: DeskState,
    rules: Arc<Rules>,
    now: Timestamp,
    outlets: Outlets,
    records: u64,
    updates: i64,
    /// Merge events of the last step.
    events: Vec<MergeEvent>,
}

impl Town {
    fn new() -> Self {
        Self::over(&Database::SqliteInMemory)
    }

    fn over(database: &Database) -> Self {
        let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
        let rules = rules();
        let mut store = open(database, vault.clone()).unwrap().writer;
        let now = Timestamp::from_second(1_764_000_000).unwrap();
        let state = DeskState::rebuild(&mut *store, vault, &rules, now).unwrap();
        let outlets = Outlets { tickets: "tickets".to_owned(), feeds: "feeds".to_owned(), files: None };
        Self { store, state, rules, now, outlets, records: 0, updates: 0, events: Vec::new() }
    }

    fn wait_hours(&mut self, hours: i64) {
        self.now = self.now.saturating_add(SignedDuration::from_hours(hours)).unwrap();
    }

    fn try_run<J: Job>(&mut self, job: &J) -> Result<J::Answer, StoreError> {
        let rules = Arc::clone(&self.rules);
        self.state.recover(&mut *self.store, &rules, self.now)?;
        self.state.begin();
        let mut step = Step::new(&mut *self.store, &mut self.state, &self.outlets, rules, self.now);
        match job.run(&mut step) {
            Ok(answer) => {
                self.events = step.view.events().to_vec();
                step.commit().map(|()| answer)
            }
            Err(error) => {
                drop(step);
                self.store.abandon();
                self.state.abandon();
                Err(error)
            }
        }
    }

    fn run<J: Job>(&mut self, job: &J) -> J::Answer {
        self.try_run(job).unwrap()
    }

    /// Takes a batch in one step; each record is pushed in a call of its own.
    fn take(&mut self, mapped: Vec<Mapped>) -> Vec<Outcome> {
        let records: Vec<_> = mapped.into_iter().map(|mapped| self.record(mapped)).collect();
        let calls = vec![1; records.len()];
        let received_at = self.now;
        let intake = Intake {
            channel: "hotline".to_owned(),
            records,
            prepared: Vec::new(),
            received_at,
            position: None,
            calls,
            file: None,
        };
        self.run(&intake).outcomes
    }

    /// A new record of the hotline that was mapped to this.
    fn record(&mut self, mapped: Mapped) -> Normalized {
        self.records += 1;
        Normalized {
            record_id: format!("{:06}", self.records),
            body: json!({ "record": self.records }),
            digest: u128::from(self.records).to_be_bytes(),
            applied: Applied { mapped, statements: Vec::new(), warnings: Vec::new(), answered: None },
            files: Vec::new(),
            trace: None,
        }
    }

    /// Takes new complaints in steps of their own; their receipt numbers.
    fn complain(&mut self, complaints: &[(&str, &str)]) -> Vec<String> {
        let one = |(number, text): &(&str, &str)| self.take(vec![complaint(number, text)]).remove(0);
        let outcomes: Vec<Outcome> = complaints.iter().map(one).collect();
        outcomes.into_iter().map(receipt_of).collect()
    }

    fn act(&mut self, action: Action) -> Acted {
        self.run(&Act { action, actor: "tester".into() })
    }

    fn update(&mut self, ticket: &str, status: Status) -> StatusUpdate {
        self.updates += 1;
        StatusUpdate {
            update_id: format!("u{}", self.updates),
            platform: "command".to_owned(),
            ticket_id: ticket.to_owned(),
            sequence: self.updates,
            status: Some(status),
            act: None,
            occurred_at: self.now,
            department: None,
            result: Some("已处理".to_owned()),
            results: Vec::new(),
            person: None,
            attachments: Vec::new(),
            satisfaction: None,
            rating: None,
            due_at: None,
            sender: Sender::User(None),
            trace: None,
        }
    }

    fn set(&mut self, ticket: &str, status: Status) -> Judged {
        let update = self.update(ticket, status);
        self.run(&ApplyUpdates(vec![update])).remove(0)
    }

    fn extend(&mut self, ticket: &str, hours: i64) -> Timestamp {
        let due_at = self.now.saturating_add(SignedDuration::from_hours(hours)).unwrap();
        let update = StatusUpdate { due_at: Some(due_at), ..self.update(ticket, Status::Extended) };
        self.run(&ApplyUpdates(vec![update])).remove(0).unwrap();
        due_at
    }

    fn erase_finished(&mut self, limit: usize) -> usize {
        let before = self.now;
        self.run(&EraseFinished { before, limit })
    }

    /// The ticket of a receipt number, as it is stored.
    fn ticket_of(&mut self, receipt: &str) -> TicketDetail {
        let key = self.store_view(receipt).ticket;
        self.ticket(key)
    }

    fn store_view(&mut self, receipt: &str) -> crate::store::ComplaintView {
        let store = &mut self.store;
        store.complaints_by_receipt(&[receipt]).unwrap().remove(0)
    }

    fn ticket(&mut self, key: TicketKey) -> TicketDetail {
        let store = &mut self.store;
        store.tickets(&[key], 100).unwrap().remove(0)
    }

    fn balances(&mut self) -> bool {
        let store = &mut self.store;
        store.ledger().unwrap().balances()
    }

    /// The index as a start would make it now.
    fn rebuilt(&mut self) -> DeskState {
        let vault = self.state.vault().clone();
        DeskState::rebuild(&mut *self.store, vault, &self.rules, self.now).unwrap()
    }
}

fn complaint(number: &str, text: &str) -> Mapped {
    let title: String = text.chars().take(12).collect();
    Mapped::Complaint(Box::new(Complaint {
        channel: "hotline".to_owned(),
        number: number.to_owned(),
        title,
        text: text.to_owned(),
        ..Complaint::default()
    }))
}

fn dissatisfied(about: &str) -> Mapped {
    Mapped::FollowUp(FollowUp {
        channel: "hotline".to_owned(),
        about: about.to_owned(),
        satisfaction: Some(Satisfaction::Dissatisfied),
        step: None,
        text: "还是没有解决".to_owned(),
        reporter: Reporter::default(),
        trusted: false,
    })
}

fn receipt_of(outcome: Outcome) -> String {
    match outcome.state {
        OutcomeState::Accepted { receipt_number } => receipt_number,
        other => panic!("not accepted: {other:?}"),
    }
}

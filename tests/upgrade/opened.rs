//! A database of an earlier release, opened by this one: the only file here that knows the store's interface.

use std::path::Path;
use std::sync::Arc;

use huiliu::city::PackFiles;
use huiliu::desk::{Desk, DeskState, Incoming};
use huiliu::forward::AmqpSettings;
use huiliu::mapping::Loading;
use huiliu::mapping::normalize;
use huiliu::pack::Pack;
use huiliu::registry::factories;
use huiliu::store::{
    Database, FindingState, KeyRing, Page, ReplyState, Store, StoreHandle, TicketDetail, TicketFilter, Vault, open,
};
use huiliu_adapter_api::{Clock, OutcomeState, RawRecord};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Time stands still shortly after the databases were written.
#[derive(Debug)]
struct Then(Timestamp);

impl Clock for Then {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The database `huiliu.db` of a folder, beside its `keys`.
pub struct Opened {
    store: Box<dyn Store>,
    vault: Vault,
}

impl Opened {
    /// Opens and migrates it.
    pub fn open(folder: &Path) -> Self {
        let vault = Vault::new(&KeyRing::read(&folder.join("keys")).unwrap()).unwrap();
        let store = open(&Database::Sqlite(folder.join("huiliu.db")), vault.clone()).unwrap().writer;
        Self { store, vault }
    }

    /// What an examination of the whole store finds wrong.
    pub fn wrong(&mut self) -> Vec<String> {
        let findings = self.store.examine(false).unwrap();
        let wrong = findings.into_iter().filter(|finding| finding.state != FindingState::Fine);
        wrong.map(|finding| format!("{}: {}", finding.check, finding.message)).collect()
    }

    /// Whether the ledger balances.
    pub fn balances(&mut self) -> bool {
        self.store.ledger().unwrap().balances()
    }

    /// Everything that must be read the same by every release.
    pub fn facts(&mut self) -> Value {
        let tickets = self.store.list_tickets(&TicketFilter::default(), Page::first(Page::MAX)).unwrap().tickets;
        let tickets: Map<String, Value> =
            tickets.iter().map(|detail| (detail.ticket.id.clone(), self.ticket(detail))).collect();
        let replies = ["pending", "sent", "dead"].map(|state| json!([state, self.replies(state)]));
        let page = Page::first(Page::MAX);
        let open = self.store.open_reviews(page).unwrap();
        let answered = self.store.answered_reviews(page).unwrap();
        let reviews: Vec<Value> = open
            .iter()
            .chain(&answered)
            .map(|review| json!([review.complaint.0, review.ticket.0, review.answer]))
            .collect();
        let quarantine = self.store.quarantine(None, page).unwrap();
        let (waiting, _) = self.store.pending_messages(0, 1_000, &mut |_| true).unwrap();
        let mut reminders = self.store.due_reminders("2100-01-01T00:00:00Z".parse().unwrap(), 1_000).unwrap();
        reminders.sort_by_key(|reminder| (reminder.ticket, reminder.percent));
        let positions = ["board", "hotline"].map(|channel| json!([channel, self.store.position(channel).unwrap()]));
        let ledger = self.store.ledger().unwrap();
        json!({
            "tickets": tickets,
            "replies": replies,
            "reviews": reviews,
            "cannot_links": self.store.cannot_links().unwrap().iter().map(|(a, b)| json!([a.0, b.0])).collect::<Vec<_>>(),
            "quarantine": quarantine.iter().map(|view| json!([view.raw_id.0, view.channel, view.body])).collect::<Vec<_>>(),
            "outbox": waiting.iter().map(|message| &message.message_id).collect::<Vec<_>>(),
            "reminders": reminders.iter().map(|reminder| json!([reminder.ticket.0, reminder.percent])).collect::<Vec<_>>(),
            "tokens": self.store.tokens().unwrap().iter().map(|token| json!([token.name, token.role])).collect::<Vec<_>>(),
            "positions": positions,
            "ledger": [
                ledger.received, ledger.complaint_records, ledger.amendments, ledger.follow_ups, ledger.quarantined,
                ledger.discarded, ledger.complaints, ledger.complaints_in_tickets, ledger.tickets,
            ],
        })
    }

    fn ticket(&mut self, detail: &TicketDetail) -> Value {
        let (ticket, route) = (&detail.ticket, &detail.ticket.route);
        let complaints: Vec<Value> = self
            .store
            .members(detail.key)
            .unwrap()
            .iter()
            .map(|view| json!([view.receipt, view.complaint.channel, view.complaint.title, view.revision, view.erased]))
            .collect();
        let events: Vec<Value> = self
            .store
            .merge_events(detail.key)
            .unwrap()
            .iter()
            .map(|event| {
                json!([
                    event.kind.name(),
                    event.complaint.map(|key| key.0),
                    event.from.map(|key| key.0),
                    event.to.0,
                    event.actor,
                    event.evidence.as_ref().map(|evidence| evidence.weight)
                ])
            })
            .collect();
        json!({
            "status": ticket.status.wire(), "version": ticket.version, "title": ticket.title,
            "route": [route.category, route.district, route.department, route.grade], "due_at": route.due_at,
            "pinned": ticket.pinned, "successor": ticket.successor, "recurrence_of": ticket.recurrence_of,
            "complaints": complaints, "events": events,
        })
    }

    fn replies(&mut self, state: &str) -> Vec<Value> {
        let state = ReplyState::from_name(state).unwrap();
        let replies = self.store.list_replies(state, Page::first(Page::MAX)).unwrap();
        replies
            .iter()
            .map(|reply| json!([reply.receipt, reply.status.wire(), reply.ticket_id, reply.attempts]))
            .collect()
    }

    /// The record of a complaint as its source gave it: channel, record id, content.
    pub fn record_of(&mut self, receipt: &str) -> (String, String, Value) {
        let view = self.store.complaints_by_receipt(&[receipt]).unwrap().remove(0);
        let record = self.store.record(view.raw_id).unwrap().unwrap();
        (record.channel, record.record_id, record.body)
    }

    /// Makes the merge index, takes records of a channel in, and ends. Gives what became of each: a name, and a receipt number.
    pub fn take_in(mut self, channel: &str, records: Vec<(String, Value)>) -> Vec<(&'static str, Option<String>)> {
        let pack = Arc::new(pack());
        let clock: Arc<dyn Clock> = Arc::new(Then("2026-11-26T01:00:00Z".parse().unwrap()));
        let state = DeskState::rebuild(self.store.as_mut(), self.vault, &pack.rules, clock.now()).unwrap();
        let (handle, task) = StoreHandle::start(self.store, "store").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcomes = runtime.block_on(async {
            let bells = (Arc::default(), Arc::default());
            let (desk, asks) = Desk::new(handle, state, AmqpSettings::default().outlets(), clock, bells.0, bells.1);
            let desk = tokio::spawn(desk.run());
            let rules = pack.channels.get(channel).unwrap();
            let now = "2026-11-26T01:00:00Z".parse().unwrap();
            let records =
                records.into_iter().map(|(id, body)| normalize(rules, &RawRecord::new(id, body), now)).collect();
            let incoming = Incoming { channel: channel.to_owned(), records, ..Incoming::default() };
            let taken = asks.hand_in(incoming, &pack.rules).await.unwrap();
            let outcomes = taken.taken().await.unwrap().outcomes;
            drop(asks);
            desk.await.unwrap();
            outcomes
        });
        task.join();
        let told = outcomes.into_iter().map(|outcome| match outcome.state {
            OutcomeState::Accepted { receipt_number } => ("accepted", Some(receipt_number)),
            OutcomeState::Amended { receipt_number } => ("amended", Some(receipt_number)),
            OutcomeState::FollowUp { receipt_number } => ("follow_up", Some(receipt_number)),
            OutcomeState::Repeated { receipt_number } => ("repeated", receipt_number),
            OutcomeState::Quarantined { .. } => ("quarantined", None),
            OutcomeState::Discarded { .. } => ("discarded", None),
        });
        told.collect()
    }
}

/// The city's pack as it is today.
fn pack() -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let factories = factories();
    let clock = Arc::new(huiliu_adapter_api::SystemClock);
    let loading = Loading::away(&factories, clock);
    Pack::load(PackFiles::read(&folder).unwrap(), &loading).unwrap()
}

//! Sources with a standing link: an adapter of one meets the contract, and the supervisor keeps its link.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod center;
mod heartbeat;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use huiliu::audit::{Actor, AuditAction, AuditEntry};
use huiliu::channels::{ChannelState, LinkState};
use huiliu::channels::{PackChange, Supervisor, SupervisorParts};
use huiliu::city::PackFiles;
use huiliu::desk::{Desk, DeskState, erase_beside};
use huiliu::feedback::StoredReceipts;
use huiliu::forward::AmqpSettings;
use huiliu::mapping::Loading;
use huiliu::pack::Pack;
use huiliu::store::{Database, KeyRing, PackCause, PauseRow, ReceiptCodes, StoreHandle, Vault, open};
use huiliu::telemetry::Metrics;
use huiliu_adapter_api::{AskedNumber, Clock, Factory, Receipts, SystemClock};
use huiliu_conformance::{Exemption, conforms};
use serde_json::json;

use crate::center::Center;
use crate::heartbeat::HeartbeatFactory;

/// Longest wait for what must happen by itself: a few waits between links.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_adapter_with_a_session_conforms() {
    let exempt = conforms(&Center::start().await).await;
    let expected =
        [("partial confirmation", "acknowledgements are not answered"), ("oversized", "an answer is one short line")];
    assert_eq!(exempt, expected.map(|(asked, reason)| Exemption { asked, reason }));
}

fn pack(address: &str, receipts: Arc<dyn Receipts>) -> Arc<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/benchmark");
    let channel = format!(
        "name = \"短信\"\nadapter = \"heartbeat\"\n[format]\nkind = \"json\"\n[settings]\naddress = \"{address}\"\n\
         [mapping]\nnumber = \"record.number | text\"\ntext = \"record.text\"\n"
    );
    let files = PackFiles::read(&folder).unwrap().with("channels/messages.toml", channel.into_bytes());
    let factories: Vec<Box<dyn Factory>> = vec![Box::new(HeartbeatFactory)];
    Arc::new(Pack::load(files, &Loading::running(&factories, Arc::new(SystemClock), receipts)).unwrap())
}

/// A supervisor over a store in memory that runs the center's channel, with what it answers to questions.
async fn supervise(center: &Center) -> (Arc<Supervisor>, StoreHandle, Arc<StoredReceipts>) {
    let receipts = Arc::new(StoredReceipts::default());
    let pack = pack(center.address(), Arc::clone(&receipts) as _);
    let ring = KeyRing::generate().unwrap();
    let mut store = open(&Database::SqliteInMemory, Vault::new(&ring).unwrap()).unwrap().writer;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let state = DeskState::rebuild(&mut *store, Vault::new(&ring).unwrap(), &pack.rules, clock.now()).unwrap();
    let (store, work) = StoreHandle::in_line(store);
    tokio::spawn(work);
    receipts.ask(store.clone(), ReceiptCodes::of(&Vault::new(&ring).unwrap()));
    let amqp = AmqpSettings::default();
    let (desk, handle) =
        Desk::new(store.clone(), state, amqp.outlets(), Arc::clone(&clock), Arc::default(), Arc::default());
    tokio::spawn(desk.run());
    let parts = SupervisorParts {
        folder: Path::new("nowhere").to_owned(),
        factories: Arc::new(Vec::new()),
        desk: handle,
        store: store.clone(),
        clock,
        metrics: Arc::new(Metrics::new()),
        receipts: Arc::clone(&receipts) as _,
    };
    let supervisor = Supervisor::new(parts, pack);
    supervisor.start("tester".into()).await.unwrap();
    (supervisor, store, receipts)
}

fn complaint(number: u64) -> String {
    json!({ "number": number, "text": format!("青鱼滩路{number}号路灯不亮") }).to_string()
}

fn link(supervisor: &Supervisor) -> (ChannelState, Option<LinkState>) {
    let health = supervisor.channel("messages").unwrap().health.snapshot();
    (health.state, health.link)
}

#[tokio::test]
async fn a_link_that_breaks_is_made_again_and_nothing_is_lost() {
    let center = Center::start().await;
    let story = async {
        let (supervisor, store, _receipts) = supervise(&center).await;
        center.deliver(1, complaint(1));
        center.seen(|state| state.logins == 1 && state.pending.is_empty()).await;
        assert_eq!(link(&supervisor), (ChannelState::Running, Some(LinkState::Up)));
        for logins in 2..4 {
            center.cut();
            center.deliver(logins, complaint(logins));
            let again = |state: &center::State| u64::try_from(state.logins).is_ok_and(|times| times == logins);
            center.seen(|state| again(state) && state.pending.is_empty()).await;
        }
        let health = supervisor.channel("messages").unwrap().health.snapshot();
        assert_eq!(health.last_error_kind.as_deref(), Some("transient"));
        // What was under way when the link broke comes twice and is one complaint.
        let ledger = store.ask(|store| store.ledger()).await.unwrap();
        assert_eq!((ledger.complaints, ledger.balances()), (3, true));
        supervisor.stop().await;
        let state = center.seen(|state| state.goodbyes == 1).await;
        assert_eq!((state.most_links, link(&supervisor).1), (1, Some(LinkState::Ended)));
    };
    tokio::time::timeout(PATIENCE, story).await.unwrap();
}

#[tokio::test]
async fn a_pause_ends_the_link_and_what_waits_comes_when_it_goes_on() {
    let center = Center::start().await;
    let story = async {
        let (supervisor, store, _receipts) = supervise(&center).await;
        center.deliver(1, complaint(1));
        center.seen(|state| state.logins == 1 && state.pending.is_empty()).await;
        let noted = || AuditEntry::done(AuditAction::PauseChannel, Actor::new("ann", "operator"), SystemClock.now());
        let (channel, at) = ("messages".to_owned(), SystemClock.now());
        let pause = PauseRow { channel, at, actor: "ann".to_owned(), reason: "upgrade".to_owned() };
        assert!(supervisor.pause(pause, noted()).await.unwrap());
        // The center is told goodbye, and nobody logs in again.
        let state = center.seen(|state| state.goodbyes == 1).await;
        assert_eq!((state.logins, link(&supervisor).0), (1, ChannelState::Paused));
        center.deliver(2, complaint(2));
        let ledger = store.ask(|store| store.ledger()).await.unwrap();
        assert_eq!((ledger.complaints, ledger.balances()), (1, true));
        assert!(supervisor.resume("messages", noted()).await.unwrap());
        let state = center.seen(|state| state.logins == 2 && state.pending.is_empty()).await;
        assert_eq!((state.goodbyes, state.most_links), (1, 1));
        assert_eq!(link(&supervisor), (ChannelState::Running, Some(LinkState::Up)));
        let ledger = store.ask(|store| store.ledger()).await.unwrap();
        assert_eq!((ledger.complaints, ledger.balances()), (2, true));
        supervisor.stop().await;
    };
    tokio::time::timeout(PATIENCE, story).await.unwrap();
}

#[tokio::test]
async fn a_new_pack_gets_a_link_of_its_own_when_the_old_one_is_down() {
    let center = Center::start().await;
    let story = async {
        let (supervisor, _store, receipts) = supervise(&center).await;
        center.seen(|state| state.logins == 1).await;
        let change = PackChange::of("tester", PackCause::Reload);
        supervisor.put_live(pack(center.address(), receipts), change).await.unwrap();
        let state = center.seen(|state| state.logins == 2).await;
        assert_eq!((state.goodbyes, state.most_links), (1, 1), "sources often allow one link at a time");
        center.deliver(1, complaint(1));
        center.seen(|state| state.pending.is_empty()).await;
        supervisor.stop().await;
    };
    tokio::time::timeout(PATIENCE, story).await.unwrap();
}

#[tokio::test]
async fn a_source_learns_what_became_of_its_number() {
    let center = Center::start().await;
    let story = async {
        let (supervisor, store, receipts) = supervise(&center).await;
        center.deliver(7, complaint(7));
        center.seen(|state| state.logins == 1 && state.pending.is_empty()).await;
        center.say("ASK 7".to_owned());
        center.say("ASK 8".to_owned());
        let state = center.seen(|state| state.statuses.len() == 2).await;
        assert_eq!(state.statuses, ["STATUS 7 open", "STATUS 8 unknown"]);
        let asked = AskedNumber::Source { channel: "messages".to_owned(), number: "7".to_owned() };
        let found = receipts.progress(&asked).await.unwrap().unwrap();
        let by_receipt = AskedNumber::Receipt(found.receipt_number.clone());
        assert_eq!(receipts.progress(&by_receipt).await.unwrap(), Some(found.clone()));
        assert_eq!(StoredReceipts::default().progress(&by_receipt).await.unwrap(), None, "unknown without a gateway");
        let receipt = found.receipt_number;
        store
            .ask(move |store| erase_beside(store, &[], Some(&receipt), &"tester".into(), SystemClock.now()))
            .await
            .unwrap();
        assert_eq!(receipts.progress(&by_receipt).await.unwrap(), None, "what is erased is not told");
        supervisor.stop().await;
    };
    tokio::time::timeout(PATIENCE, story).await.unwrap();
}

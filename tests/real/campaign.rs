//! The campaign: faults at random moments for a given time, then the reckoning.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use huiliu_city::{
    Board, Callbacks, Hotline, Platform, Sandbox, Summary, Until, Wire, World, eventually, not_run, post_generic,
};
use lapin::options::ExchangeDeleteOptions;
use lapin::{Connection, ConnectionProperties};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::broker::Broker;
use crate::crowd::{Crowd, Sources};
use crate::report::Report;
use crate::town::pack;

/// How long things may take when no fault is left.
const RECOVERY: Until = Until(Duration::from_secs(180));

struct Campaign {
    sources: Sources,
    status_exchange: String,
    broker: Broker,
    wire: Wire,
    dice: World,
    report: Report,
}

/// The gateway, the part of a town that dies and comes back; the rest of it goes on.
struct Gateway<'a> {
    sandbox: &'a mut Sandbox,
    platform: Platform,
    /// Complaints made to see whether all is well.
    probes: usize,
}

impl Gateway<'_> {
    /// Time until a complaint that is made now is on a ticket at the consumer.
    async fn recovered(&mut self, after: &str) -> Duration {
        let began = Instant::now();
        self.probes += 1;
        let number = format!("probe-{}", self.probes);
        let complaint = json!([{ "number": number, "title": number, "text": "有人在看一切是否正常" }]).to_string();
        let post = || async {
            let body = complaint.clone().into_bytes();
            let answer = post_generic(&self.sandbox.url, Sandbox::GENERIC_KEY, body).await.ok()?;
            answer.status.is_success().then_some(())
        };
        let log = |error| panic!("{error}, after: {after}\n{}", self.sandbox.log());
        eventually("a complaint is accepted", RECOVERY, post).await.unwrap_or_else(log);
        let key = ("generic".to_owned(), number);
        let arrived = || async { self.platform.ticket_of().contains_key(&key).then_some(()) };
        eventually("a complaint is at the consumer", RECOVERY, arrived).await.unwrap_or_else(log);
        began.elapsed()
    }
}

impl Campaign {
    async fn strike(&mut self, gateway: &mut Gateway<'_>, turn: usize) {
        let pause = Duration::from_millis(u64::try_from(self.dice.below(600)).unwrap_or(0));
        let (name, recovery) = match turn % 10 {
            // Most often the gateway dies, at any moment of its work, also of its start.
            0 | 2 | 4 | 5 | 7 | 8 => {
                gateway.sandbox.kill().await.unwrap();
                gateway.sandbox.launch().unwrap();
                ("gateway killed", gateway.recovered("the gateway after SIGKILL").await)
            }
            1 if turn % 20 == 1 => {
                self.broker.services(&["stop"]).await;
                sleep(pause).await;
                self.broker.services(&["start"]).await;
                ("broker stopped and started", gateway.recovered("after the broker's restart").await)
            }
            1 => {
                self.broker.services(&["kill"]).await;
                sleep(pause).await;
                self.broker.services(&["start"]).await;
                ("broker killed and started", gateway.recovered("after the broker's death").await)
            }
            3 => match turn / 10 % 3 {
                0 => {
                    self.broker.ctl(&["close_all_connections", "campaign"]).await;
                    ("all connections closed", gateway.recovered("after closed connections").await)
                }
                1 => {
                    self.broker.ctl(&["set_vm_memory_high_watermark", "0"]).await;
                    sleep(Duration::from_secs(2)).await;
                    self.broker.ctl(&["set_vm_memory_high_watermark", "0.4"]).await;
                    ("memory alarm", gateway.recovered("after a memory alarm").await)
                }
                _ => {
                    self.delete_exchange().await;
                    ("exchange deleted", gateway.recovered("after a deleted exchange").await)
                }
            },
            6 => {
                self.wire.cut();
                sleep(pause).await;
                self.wire.mend();
                ("wire cut", gateway.recovered("after a cut wire").await)
            }
            _ => {
                self.sources.hotline.fail_next(3);
                self.sources.board.busy(3);
                self.wire.delay(Duration::from_millis(40));
                sleep(pause).await;
                self.wire.delay(Duration::ZERO);
                ("wire slowed, sources busy", gateway.recovered("after a slow wire").await)
            }
        };
        self.report.add(name, recovery);
        sleep(pause).await;
    }

    async fn delete_exchange(&self) {
        let Ok(connection) = Connection::connect(&self.broker.url, ConnectionProperties::default()).await else {
            return;
        };
        let channel = connection.create_channel().await.unwrap();
        let exchange = self.status_exchange.replace("status", "tickets");
        channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
        connection.close(200, "done".into()).await.unwrap();
    }
}

fn seconds() -> u64 {
    std::env::var("HULIU_CAMPAIGN_SECONDS").ok().and_then(|given| given.parse().ok()).unwrap_or(45)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaign() {
    let home = tempfile::tempdir().unwrap();
    let Some(broker) = Broker::start(home.path()).await else {
        return not_run("RabbitMQ is given by a URL and not installed here, so that it cannot be killed");
    };
    let wire = Wire::start(broker.authority.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (hotline, board, callbacks) =
        (Hotline::start().await.unwrap(), Board::start().await.unwrap(), Callbacks::start().await.unwrap());
    let binary = Path::new(env!("CARGO_BIN_EXE_huiliu"));
    let channels = (&hotline, &board, &callbacks);
    let mut sandbox =
        Sandbox::prepare(binary, &pack(), folder.path(), &broker.url, "campaign", channels).await.unwrap();
    sandbox.set("HULIU_AMQP_URL", &broker.url.replace(&broker.authority, &wire.address.to_string()));
    sandbox.start().await.unwrap();
    let petitions = sandbox.folder.join("var/petition");
    let sources = Sources { hotline, board, callbacks, petitions, url: sandbox.url.clone() };
    let status_exchange = sandbox.status_exchange().to_owned();
    let platform = Platform::start(&broker.url, &sandbox.feed_queue("command"), &status_exchange).await.unwrap();
    let (crowd, (stop, stopped)) = (Crowd::default(), watch::channel(false));
    let complaining = tokio::spawn(crowd.clone().complain(sources.clone(), Duration::from_millis(60), stopped.clone()));
    let working = tokio::spawn(work(platform.clone(), stopped));
    let mut campaign =
        Campaign { sources, status_exchange, broker, wire, dice: World::new(1), report: Report::default() };
    let (began, length) = (Instant::now(), Duration::from_secs(seconds()));
    let mut gateway = Gateway { sandbox: &mut sandbox, platform: platform.clone(), probes: 0 };
    for turn in 0.. {
        if began.elapsed() >= length {
            break;
        }
        campaign.strike(&mut gateway, turn).await;
    }
    stop.send_replace(true);
    complaining.await.unwrap();
    working.await.unwrap();
    let probes = gateway.probes;
    reckon(&mut campaign, &mut sandbox, &platform, &crowd, probes).await;
}

/// Signs tickets as they come, and resolves every third.
async fn work(platform: Platform, stop: watch::Receiver<bool>) {
    let mut done = 0;
    while !*stop.borrow() {
        let tickets = platform.tickets();
        for ticket in tickets.iter().skip(done) {
            platform.send(ticket, "accepted", None).await.unwrap();
            if done % 3 == 0 {
                platform.send(ticket, "resolved", Some("经现场核查，问题已处理完毕。")).await.unwrap();
            }
            done += 1;
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// Everything must be in its place.
async fn reckon(campaign: &mut Campaign, sandbox: &mut Sandbox, platform: &Platform, crowd: &Crowd, probes: usize) {
    let (reports, began) = (crowd.reports(), Instant::now());
    let on_tickets = || async { (platform.ticket_of().len() == reports.len() + probes).then_some(()) };
    eventually("every complaint is on a ticket", RECOVERY, on_tickets).await.unwrap_or_else(|error| {
        panic!("{error}: {} of {}\n{}", platform.ticket_of().len(), reports.len(), sandbox.log())
    });
    campaign.report.add("everything on tickets afterwards", began.elapsed());
    for ticket in platform.tickets() {
        platform.send(&ticket, "resolved", Some("经现场核查，问题已处理完毕。")).await.unwrap();
    }
    let replies = || {
        let folder = sandbox.folder.join("var/petition/replies");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect::<Vec<_>>()
    };
    let sources = campaign.sources.clone();
    let answered = || async {
        let answered = Summary::answered(&reports, &sources.hotline, &sources.board, &sources.callbacks, &replies());
        (answered == reports.len()).then_some(())
    };
    eventually("every citizen is answered", RECOVERY, answered).await.unwrap();
    campaign.report.add("everybody answered afterwards", began.elapsed());
    let drained = || async { (sandbox.get("/healthz").await.ok()?["queues"]["outbox"] == 0).then_some(()) };
    eventually("the outbox is empty", RECOVERY, drained).await.unwrap();
    let ledger = sandbox.get("/api/v1/ledger").await.unwrap();
    let complaints = ledger["complaints"].as_u64();
    assert_eq!(ledger["balances"], true, "{ledger}");
    assert_eq!(complaints, u64::try_from(reports.len() + probes).ok(), "one home for every report: {ledger}");
    assert_eq!(ledger["amendments"], 0, "nothing came twice as something else: {ledger}");
    if campaign.report.count("memory alarm") > 0 {
        assert!(sandbox.log().contains("blocked publishing"), "the alarm was noticed");
    }
    let repeats = check_events(platform, sandbox).await;
    sandbox.stop().await.unwrap();
    let doctor = sandbox.command(&["doctor"]).await.unwrap();
    assert!(!doctor.contains("WRONG"), "{doctor}");
    let killed = campaign.report.count("gateway killed");
    println!(
        "{} complaints, {} tickets, {} messages at the consumer, {repeats} of them repeats; gateway killed {killed} times\n{}\n{ledger}",
        reports.len(),
        platform.tickets().len(),
        platform.events().len(),
        campaign.report.table(),
    );
}

/// Every version of every ticket has arrived, in order, and a repeat has the id of what it repeats. Gives the repeats.
async fn check_events(platform: &Platform, sandbox: &Sandbox) -> usize {
    let mut by_ticket: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for event in platform.events() {
        let (ticket, id) = (event["data"]["ticket_id"].as_str().unwrap(), event["id"].as_str().unwrap());
        let version = event["data"]["version"].as_u64().unwrap();
        by_ticket.entry(ticket.to_owned()).or_default().push((version, id.to_owned()));
    }
    let mut repeats = 0;
    for (ticket, events) in by_ticket {
        let mut ids: HashMap<u64, &String> = HashMap::new();
        let mut last = 0;
        for (version, id) in &events {
            match ids.get(version) {
                Some(known) => {
                    assert_eq!(*known, id, "{ticket}: a repeat with another id");
                    repeats += 1;
                }
                None => {
                    assert_eq!(*version, last + 1, "{ticket}: a version is missing or out of order: {events:?}");
                    last = *version;
                    ids.insert(*version, id);
                }
            }
        }
        let document: Value = sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
        assert_eq!(document["version"].as_u64(), Some(last), "{ticket}: the last version has not arrived");
    }
    repeats
}

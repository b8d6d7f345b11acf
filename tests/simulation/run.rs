//! One run: gateways come and go over one disk until everything is done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use huiliu::city::PackFiles;
use huiliu::config::RetentionSettings;
use huiliu::desk::DeskState;
use huiliu::engine::{Engine, EngineParts};
use huiliu::forward::AmqpSettings;
use huiliu::mapping::Loading;
use huiliu::pack::Pack;
use huiliu::store::{Database, open};
use huiliu::store::{KeyRing, StoreHandle, Vault};
use huiliu_adapter_api::{Clock, Factory, NoReceipts};
use tokio::time::{Instant, sleep};

use crate::actors::{Said, call, chance, platform};
use crate::broker::SimulatedBroker;
use crate::disk::{Disk, Platter};
use crate::evaluation::RULES;
use crate::matters::fill_sources;
use crate::people::people;
use crate::sources::SimulatedFactory;
use crate::verdict::{judge, unfinished};
use crate::world::{Shared, SimulatedClock};

/// How long faults happen, in milliseconds of simulated time.
const TROUBLE_MS: i64 = 60_000;
/// How long everything may take after that.
const PATIENCE_MS: i64 = 4 * 3_600_000;
/// Keys that are no secret.
const KEYS: &str =
    "hash AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";

/// What a run, or many, have shown.
#[derive(Debug, Default)]
pub struct Outcome {
    pub violations: Vec<String>,
    pub trace: Vec<String>,
    pub faults: BTreeMap<&'static str, u64>,
    pub steps: u64,
    pub gateways: u64,
    pub records: u64,
    pub messages: u64,
    pub replies: u64,
}

impl Outcome {
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.faults {
            *self.faults.entry(name).or_default() += count;
        }
        self.steps += other.steps;
        self.gateways += other.gateways;
        self.records += other.records;
        self.messages += other.messages;
        self.replies += other.replies;
    }

    pub fn summary(&self) -> String {
        let faults: Vec<String> = self.faults.iter().map(|(name, count)| format!("  {count:>8} {name}")).collect();
        format!(
            "{} steps, {} gateways, {} records, {} messages, {} replies, {} faults\n{}",
            self.steps,
            self.gateways,
            self.records,
            self.messages,
            self.replies,
            self.faults.values().sum::<u64>(),
            faults.join("\n")
        )
    }
}

/// What all runs of a thread share.
pub struct Town {
    /// Without rules of evaluation, and with.
    packs: [[Arc<Pack>; 2]; 2],
}

impl Town {
    /// Loads the pack and a changed one, both without rules of evaluation and with.
    pub fn load() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/simulation/pack");
        let files = PackFiles::read(&folder).unwrap();
        let city = files.get("city.toml").map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap();
        let changed = format!("{city}\n[[feed]]\nname = \"lifts\"\nfilter = \"ticket.category == 'property'\"\n");
        let changed = files.clone().with("city.toml", changed.into_bytes());
        let handling = files.get("handling.toml").map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap();
        let evaluating =
            |files: &PackFiles| files.clone().with("handling.toml", format!("{handling}{RULES}").into_bytes());
        let with = [&files, &changed].map(|files| Arc::new(load(evaluating(files))));
        Self { packs: [[Arc::new(load(files)), Arc::new(load(changed))], with] }
    }

    fn packs(&self, world: &Shared) -> [Arc<Pack>; 2] {
        self.packs[usize::from(world.lock().evaluating)].clone()
    }

    /// One run. The same seed gives the same run.
    pub fn run(&self, seed: u64, tracing: bool) -> Outcome {
        let world = Shared::new(seed, tracing);
        world.enter();
        fill_sources(&world, seed);
        let platter = platter();
        let said = Arc::default();
        let mut gateways = 0;
        while !self.gateway(&world, &platter, &said) {
            gateways += 1;
            let world = world.lock();
            if !world.violations.is_empty() || gateways > 500 {
                break;
            }
        }
        let mut world = world.lock();
        let mut store = platter.lock().unwrap_or_else(PoisonError::into_inner);
        if world.violations.is_empty() {
            judge(&mut world, &mut *store, &said.lock().unwrap());
        }
        Outcome {
            violations: std::mem::take(&mut world.violations),
            trace: world.trace.take().unwrap_or_default(),
            faults: std::mem::take(&mut world.faults),
            steps: world.steps,
            gateways: gateways + 1,
            records: u64::try_from(world.stored.len()).unwrap_or(0),
            messages: u64::try_from(world.queues.delivered.len()).unwrap_or(0),
            replies: u64::try_from(world.sources.replies.values().map(Vec::len).sum::<usize>()).unwrap_or(0),
        }
    }

    /// One gateway's life; true when everything is done.
    fn gateway(&self, world: &Shared, platter: &Platter, said: &Arc<Mutex<Said>>) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            world.lock().begin();
            let life = self.live(world, platter, said);
            let done = tokio::select! {
                biased;
                () = world.crash() => {
                    world.note(|| "--- the gateway is dead".to_owned());
                    false
                }
                done = life => done,
            };
            let mut world = world.lock();
            let pause = i64::try_from(world.dice.below(5_000)).unwrap_or(0);
            world.end(pause);
            done
        })
    }

    /// A gateway in which nothing fails, for as long as `told` lasts; it finds what was left on the platter.
    pub fn quiet<T>(
        &self,
        world: &Shared,
        platter: &Platter,
        retention: RetentionSettings,
        told: impl AsyncFnOnce(&Engine) -> T,
    ) -> T {
        world.enter();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            world.lock().begin();
            let engine = self.start(world, platter, retention).await.unwrap();
            let answer = told(&engine).await;
            engine.stop().await;
            world.lock().end(0);
            answer
        })
    }

    async fn live(&self, world: &Shared, platter: &Platter, said: &Arc<Mutex<Said>>) -> bool {
        let Some(engine) = self.start(world, platter, RetentionSettings::default()).await else {
            world.note(|| "--- the gateway does not start".to_owned());
            sleep(Duration::from_secs(1)).await;
            return false;
        };
        world.note(|| "--- the gateway runs".to_owned());
        let engine = Arc::new(engine);
        let actors = [
            tokio::spawn(call(world.clone())),
            tokio::spawn(platform(world.clone(), Arc::clone(said))),
            tokio::spawn(chance(world.clone(), Arc::clone(&engine), self.packs(world))),
            tokio::spawn(people(world.clone(), Arc::clone(&engine), Arc::clone(platter))),
        ];
        let (began, life_s) = (Instant::now(), 15 + world.lock().dice.below(80));
        loop {
            sleep(Duration::from_secs(2)).await;
            let mut now = world.lock();
            if now.troubled && now.ms() >= TROUBLE_MS {
                now.troubled = false;
                now.note(|| "--- the trouble is over".to_owned());
            }
            if now.troubled {
                if began.elapsed() < Duration::from_secs(u64::try_from(life_s).unwrap_or(60)) {
                    continue;
                }
                drop(now);
                break;
            }
            let mut store = platter.lock().unwrap_or_else(PoisonError::into_inner);
            let waits = unfinished(&mut now, &mut *store);
            if waits.is_empty() {
                return true;
            }
            if now.ms() > TROUBLE_MS + PATIENCE_MS {
                let first: Vec<String> = waits.into_iter().take(5).collect();
                now.violation(format!("liveness: {}", first.join(", ")));
                return true;
            }
        }
        world.note(|| "--- the gateway is stopped".to_owned());
        for actor in &actors {
            actor.abort();
        }
        for actor in actors {
            drop(actor.await);
        }
        if let Ok(engine) = Arc::try_unwrap(engine) {
            engine.stop().await;
        }
        false
    }

    async fn start(&self, world: &Shared, platter: &Platter, retention: RetentionSettings) -> Option<Engine> {
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock(world.clone()));
        let mut disk = Disk::new(Arc::clone(platter), world.clone());
        let [pack, _] = self.packs(world);
        let state = DeskState::rebuild(&mut disk, vault(), &pack.rules, clock.now()).ok()?;
        let (store, work) = StoreHandle::in_line(Box::new(disk));
        tokio::spawn(work);
        let parts = EngineParts {
            folder: Path::new("nowhere").to_owned(),
            pack,
            factories: Arc::new(Vec::new()),
            receipts: Arc::new(NoReceipts),
            outbox: store.clone(),
            indexer: store.clone(),
            store,
            state,
            broker: Arc::new(SimulatedBroker(world.clone())),
            amqp: AmqpSettings { window: 8, ..AmqpSettings::default() },
            files: None,
            links: None,
            started_by: "sim-start".into(),
            retention,
            clock,
        };
        Engine::start(parts).await.ok()
    }
}

/// A disk with nothing on it.
pub fn platter() -> Platter {
    Arc::new(Mutex::new(open(&Database::SqliteInMemory, vault()).unwrap().writer))
}

fn vault() -> Vault {
    Vault::new(&KeyRing::parse(KEYS).unwrap()).unwrap()
}

fn load(files: PackFiles) -> Pack {
    let factories: Vec<Box<dyn Factory>> = vec![Box::new(SimulatedFactory)];
    let clock = Arc::new(huiliu_adapter_api::SystemClock);
    let loading = Loading::away(&factories, clock);
    Pack::load(files, &loading).unwrap()
}

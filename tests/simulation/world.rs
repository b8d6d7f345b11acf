//! What outlives the gateway: time, faults, sources, the broker's queues, and what has been observed.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huiliu_adapter_api::Clock;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::broker::Queues;
use crate::dice::Dice;
use crate::sources::Sources;

/// Every fault there is, by name, and what else must have happened in many runs.
pub const FAULTS: [&str; 44] = [
    "complaint: joined a ticket that was accepted",
    "ticket: assigned",
    "ticket: escalated",
    "ticket: units were called",
    "ticket: a unit came",
    "ticket: a unit was scored",
    "ticket: left a feed",
    "ticket: left a routing key",
    "broker: blocked",
    "broker: cut before publishing",
    "broker: cut while publishing",
    "broker: does not answer",
    "broker: exchange gone",
    "broker: nack",
    "broker: returned",
    "broker: slow confirm",
    "clock: jumped back",
    "citizen: rates",
    "clock: jumped on",
    "crash",
    "crash: after the commit",
    "disk: commit fails",
    "disk: commit succeeds but says it failed",
    "disk: full",
    "disk: read fails",
    "person: answers a review",
    "person: erases",
    "person: replays",
    "record: left quarantine",
    "record: set aside beside another of its page",
    "reply: fails",
    "reply: succeeds but says it failed",
    "settings: reload",
    "source: confirm fails",
    "source: delivers again",
    "source: does not answer",
    "source: record is amended",
    "source: states something later",
    "status: cut before acknowledging",
    "status: sent twice and out of order",
    "ticket: closed by its source",
    "ticket: reopened by a citizen",
    "ticket: found wanting again",
    "amendment: speaks of another matter",
];

/// Most steps of one run: far more than any run that ends needs.
const MAX_STEPS: u64 = 60_000;

/// What outlives the gateway.
pub struct World {
    pub dice: Dice,
    /// Whether faults happen.
    pub troubled: bool,
    /// Whether the city has rules of evaluation.
    pub evaluating: bool,
    /// Whether the present gateway has crashed: nothing that it still does reaches the outside.
    pub crashed: bool,
    pub steps: u64,
    pub sources: Sources,
    pub queues: Queues,
    /// Records `(channel, id, digest)` that the store holds.
    pub stored: HashSet<(String, String, [u8; 16])>,
    /// Message ids by number in the outbox.
    pub outbox: HashMap<i64, String>,
    /// What people were answered that it is done, or refused.
    pub acted: u64,
    /// The disk is full until then.
    pub disk_full_until: Option<Timestamp>,
    pub faults: BTreeMap<&'static str, u64>,
    pub violations: Vec<String>,
    pub trace: Option<Vec<String>>,
    /// Time at which the present gateway was started, without jumps.
    base_ms: i64,
    /// All jumps of the machine's clock.
    jumped_ms: i64,
    /// When that was on tokio's clock.
    started: Option<Instant>,
}

/// 2026-11-20 08:00 in Shanghai, a Friday.
const START_MS: i64 = 1_795_132_800_000;

/// The world, shared by everything of one run.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    world: Mutex<World>,
    /// Rung when the gateway has crashed.
    crash: Notify,
    /// Rung when somebody pushes records.
    calls: Notify,
    /// Rung when the platform has sent an update.
    updates: Notify,
}

thread_local! {
    static CURRENT: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

impl Shared {
    pub fn new(seed: u64, tracing: bool) -> Self {
        let world = World {
            dice: Dice::new(seed),
            troubled: true,
            evaluating: seed.is_multiple_of(2),
            crashed: false,
            steps: 0,
            sources: Sources::default(),
            queues: Queues::default(),
            stored: HashSet::new(),
            outbox: HashMap::new(),
            acted: 0,
            disk_full_until: None,
            faults: BTreeMap::new(),
            violations: Vec::new(),
            trace: tracing.then(Vec::new),
            base_ms: 0,
            jumped_ms: 0,
            started: None,
        };
        Self(Arc::new(Inner {
            world: Mutex::new(world),
            crash: Notify::new(),
            calls: Notify::new(),
            updates: Notify::new(),
        }))
    }

    /// Makes this the world of adapters on this thread.
    pub fn enter(&self) {
        CURRENT.with(|current| *current.borrow_mut() = Some(self.clone()));
    }

    /// The world of this thread.
    pub fn current() -> Self {
        CURRENT.with(|current| current.borrow().clone()).expect("a run is under way")
    }

    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the gateway has crashed.
    pub async fn crash(&self) {
        self.0.crash.notified().await;
    }

    /// Rung when somebody pushes records.
    pub fn calls(&self) -> &Notify {
        &self.0.calls
    }

    /// Rung when the platform has sent an update.
    pub fn updates(&self) -> &Notify {
        &self.0.updates
    }

    /// The gateway does something that the outside sees. It may crash just before: then this never returns.
    pub async fn step(&self, what: impl FnOnce() -> String) {
        if !self.step_now(what) {
            std::future::pending::<()>().await;
        }
    }

    /// As `step`, for what cannot wait; false after a crash.
    pub fn step_now(&self, what: impl FnOnce() -> String) -> bool {
        let mut world = self.lock();
        if world.crashed {
            return false;
        }
        world.steps += 1;
        let steps = world.steps;
        if steps == MAX_STEPS {
            world.violation(format!("still busy after {MAX_STEPS} steps"));
        }
        if steps >= MAX_STEPS || world.fault("crash", 4) {
            world.crashed = true;
            self.0.crash.notify_one();
            return false;
        }
        world.note(what);
        true
    }

    /// The gateway dies here and now.
    pub fn kill(&self) {
        self.lock().crashed = true;
        self.0.crash.notify_one();
    }

    /// Whether this fault happens now.
    pub fn fault(&self, name: &'static str, per_mille: usize) -> bool {
        self.lock().fault(name, per_mille)
    }

    pub fn note(&self, what: impl FnOnce() -> String) {
        self.lock().note(what);
    }
}

impl World {
    pub fn fault(&mut self, name: &'static str, per_mille: usize) -> bool {
        debug_assert!(FAULTS.contains(&name), "{name}");
        let happens = self.troubled && self.dice.chance(per_mille);
        if happens {
            *self.faults.entry(name).or_default() += 1;
            self.note(|| format!("    FAULT {name}"));
        }
        happens
    }

    /// Something that is no fault has happened.
    pub fn seen(&mut self, name: &'static str) {
        debug_assert!(FAULTS.contains(&name), "{name}");
        *self.faults.entry(name).or_default() += 1;
    }

    /// Whether this version of a record is in the store, or need not be: what was erased is not taken in again.
    pub fn holds(&self, channel: &str, number: &str, digest: [u8; 16]) -> bool {
        self.queues.book.to_be_erased.contains(&(channel.to_owned(), number.to_owned()))
            || self.stored.contains(&(channel.to_owned(), number.to_owned(), digest))
    }

    pub fn note(&mut self, what: impl FnOnce() -> String) {
        let ms = self.ms();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>6}.{:03} {}", ms / 1_000, ms.rem_euclid(1_000), what()));
        }
    }

    pub fn violation(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.note(|| format!("    VIOLATION {what}"));
        if self.violations.len() < 5 {
            self.violations.push(what);
        }
    }

    /// Moves the clock by a jump.
    pub fn jump(&mut self, by_ms: i64) {
        self.jumped_ms += by_ms;
    }

    /// Milliseconds since the beginning of the run, whatever the machine's clock says.
    pub fn ms(&self) -> i64 {
        self.base_ms + elapsed_ms(self.started)
    }

    /// What the machine's clock says.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(START_MS + self.ms() + self.jumped_ms).unwrap_or_default()
    }

    /// A new gateway begins on a new runtime, whose clock begins anew.
    pub fn begin(&mut self) {
        self.started = Some(Instant::now());
        self.crashed = false;
        self.sources.forget_calls();
    }

    /// The gateway's runtime ends; some time passes until the next one begins. Outside of a runtime tokio's clock is real.
    pub fn end(&mut self, pause_ms: i64) {
        self.base_ms += elapsed_ms(self.started) + pause_ms;
        self.started = None;
    }
}

fn elapsed_ms(started: Option<Instant>) -> i64 {
    started.map_or(0, |started| i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX))
}

/// Simulated time: tokio's paused clock, with jumps.
pub struct SimulatedClock(pub Shared);

impl std::fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedClock").finish_non_exhaustive()
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.0.lock().now()
    }
}

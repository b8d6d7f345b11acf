//! What the handlers share.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, Semaphore};

use super::nodes::Right;
use super::{CitizenDoor, Doorkeeper, LedgerMemory, Memories, ProviderDoor, Readiness, Refusals};
use crate::channels::Supervisor;
use crate::clock::Clock;
use crate::deliver::RetryRequests;
use crate::desk::DeskHandle;
use crate::forward::{FileAddresses, ForwardState};
use crate::pack::Rules;
use crate::store::{HandlerLinks, ProofKey, StoreHandle, Vault};
use crate::telemetry::Metrics;

/// How people reach the pages.
#[derive(Debug, Clone)]
pub struct PageSettings {
    /// Where people reach the console.
    pub public_url: Option<String>,
    /// Whether over TLS only.
    pub secure: bool,
    /// How long a session lasts that is not used.
    pub idle: SignedDuration,
    /// How long a session lasts.
    pub longest: SignedDuration,
    /// Whether everybody who has a password needs a second factor.
    pub second_factor: bool,
    /// Whether everybody may sign in by a password, not only those who look after people.
    pub passwords: bool,
}

/// What the handlers share.
#[derive(Debug)]
pub struct Site {
    /// The right to decide, where several nodes share the store.
    pub right: Option<Right>,
    /// The channels and the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Where changes go.
    pub desk: DeskHandle,
    /// The store's writer.
    pub writer: StoreHandle,
    /// The store's reader.
    pub reader: StoreHandle,
    /// A reader for searches, which hold up nothing else.
    pub searcher: StoreHandle,
    /// For erasure by telephone number.
    pub vault: Arc<Vault>,
    /// Signs what the gateway says of itself.
    pub signing: ProofKey,
    /// Checks addresses of files; none where feeds get no such addresses.
    pub files: Option<FileAddresses>,
    /// Opens links of handlers; none where handlers do not reach this gateway with their phones.
    pub links: Option<HandlerLinks>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Forwarding.
    pub forward: Arc<ForwardState>,
    /// Rings whenever there may be something to deliver.
    pub delivery_bell: Arc<Notify>,
    /// What people want delivered at once.
    pub retries: Arc<RetryRequests>,
    /// Places for callers that wait for events.
    pub event_waits: Arc<Semaphore>,
    /// Whether the store can be written.
    pub readiness: Readiness,
    /// The ledger, for the metrics.
    pub ledger: LedgerMemory,
    /// What takes long to gather.
    pub believed: Memories,
    /// What citizens are asked and told.
    pub citizens: CitizenDoor,
    /// Pages.
    pub pages: PageSettings,
    /// Who is let in.
    pub doorkeeper: Doorkeeper,
    /// The city's own identity provider.
    pub provider: Option<ProviderDoor>,
    /// Entries of the audit log about refused requests.
    pub refusals: Refusals,
    /// When the gateway was started.
    pub started_at: Timestamp,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Site {
    /// What the desk decides by now.
    pub(super) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.supervisor.pack().rules)
    }
}

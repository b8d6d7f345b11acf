//! What the service manager is told (`sd_notify`): ready, reloading, stopping, how it stands, and that the gateway still works.
//! Nothing is told where nobody asks (`NOTIFY_SOCKET`, `WATCHDOG_USEC`).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sd_notify::NotifyState;

use crate::catalogue::say;
use crate::channels::{ChannelState, Supervisor};
use crate::forward::ForwardState;
use crate::gateway::Gateway;
use crate::store::StoreHandle;

/// How often the state is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// The service manager, and what it is told of.
#[derive(Clone)]
pub(super) struct ServiceManager {
    supervisor: Arc<Supervisor>,
    forward: Arc<ForwardState>,
    store: StoreHandle,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    pub(super) fn of(gateway: &Gateway) -> Self {
        Self {
            supervisor: Arc::clone(&gateway.engine.supervisor),
            forward: Arc::clone(&gateway.engine.forward),
            store: gateway.store.clone(),
            watchdog: sd_notify::watchdog_enabled(),
        }
    }

    /// Complaints are taken: also while the broker is away, which the state says.
    pub(super) fn tell_ready(&self) {
        tell(&[NotifyState::Ready, NotifyState::Status(&self.state())]);
    }

    /// The pack is being exchanged. With the time, as managers want it that wait for the end of a reload.
    pub(super) fn tell_reloading(&self) {
        let status = say!("service-reloading");
        let mut states = vec![NotifyState::Reloading, NotifyState::Status(&status)];
        states.extend(NotifyState::monotonic_usec_now());
        tell(&states);
    }

    pub(super) fn tell_stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status(&say!("service-stopping"))]);
    }

    /// Tells how the gateway stands whenever that has changed, and that it works while the store's thread answers: one that hangs
    /// is started again by the manager. Runs until it is aborted.
    pub(super) async fn report(self) {
        report(&self.store, self.watchdog, || self.state(), tell).await;
    }

    fn state(&self) -> String {
        let pack = self.supervisor.pack();
        let channels = self.supervisor.channels();
        let troubled = channels.iter().filter(|running| {
            matches!(
                running.health.snapshot().state,
                ChannelState::Failing | ChannelState::Down | ChannelState::Stopped
            )
        });
        let broker =
            match (self.forward.connected.load(Ordering::Relaxed), self.forward.blocked.load(Ordering::Relaxed)) {
                (true, false) => "forwarding",
                (true, true) => "the broker takes nothing, tickets wait",
                (false, _) => "no broker, tickets wait",
            };
        let refused = self.supervisor.reload_state().failed.map_or("", |_| "; the last reload was refused");
        format!(
            "{} {}: {} channels, {} in trouble; {broker}{refused}",
            pack.city.name,
            pack.version,
            channels.len(),
            troubled.count()
        )
    }
}

/// Tells the `state` whenever it has changed, and with a `watchdog` that the store answers: while it hangs nothing is told.
async fn report(
    store: &StoreHandle,
    watchdog: Option<Duration>,
    state: impl Fn() -> String,
    tell: impl Fn(&[NotifyState<'_>]),
) {
    // Twice within the time after which the manager gives up.
    let every = watchdog.map_or(LOOK, |limit| (limit / 2).min(LOOK));
    let mut told = String::new();
    loop {
        if watchdog.is_some() && store.ask(|_store| Ok(())).await.is_ok() {
            tell(&[NotifyState::Watchdog]);
        }
        let state = state();
        if state != told {
            tell(&[NotifyState::Status(&state)]);
            told = state;
        }
        tokio::time::sleep(every).await;
    }
}

/// Tells that a node stands by: what comes is passed on, so that it is ready.
pub(super) fn tell_standing_by(deciding: Option<&str>) {
    let status = match deciding {
        Some(name) => format!("stands by for {name}"),
        None => "stands by, nobody decides".to_owned(),
    };
    tell(&[NotifyState::Ready, NotifyState::Status(&status), NotifyState::Watchdog]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "The service manager could not be told.");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::store::{Database, KeyRing, Vault, open};

    /// What a service manager with a watchdog of two seconds is told in an hour of a store that hangs, and then.
    #[tokio::test(start_paused = true)]
    async fn the_watchdog_hears_nothing_while_the_store_hangs() {
        let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
        let writer = open(&Database::SqliteInMemory, vault).unwrap().writer;
        let (store, task) = StoreHandle::start(writer, "store").unwrap();
        let (said, mut heard) = unbounded_channel();
        let tell = |states: &[NotifyState<'_>]| states.iter().for_each(|state| said.send(state.to_string()).unwrap());
        let (release, wait) = mpsc::channel::<()>();
        let hanging = store.clone();
        let hang = tokio::spawn(async move { hanging.ask(move |_store| Ok(wait.recv().is_ok())).await });
        tokio::task::yield_now().await;
        {
            let reporting = report(&store, Some(Duration::from_secs(2)), || "forwarding".to_owned(), tell);
            tokio::pin!(reporting);
            assert!(tokio::time::timeout(Duration::from_secs(3_600), &mut reporting).await.is_err());
            assert!(heard.try_recv().is_err(), "nothing is said while the store hangs");
            release.send(()).unwrap();
            let first = tokio::select! {
                told = heard.recv() => told,
                () = &mut reporting => None,
            };
            assert_eq!(first.as_deref().map(str::trim), Some("WATCHDOG=1"));
        }
        assert!(hang.await.unwrap().unwrap(), "it hung until it was released");
        drop(store);
        task.join();
    }
}

//! What is kept no longer than the settings say: published messages, warnings and source files, and the personal data of finished
//! matters.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::config::RetentionSettings;
use crate::desk::DeskHandle;
use crate::store::StoreHandle;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(3_600);
/// Days for which warnings of accepted records are kept; never longer than personal data.
const WARNINGS_DAYS: u32 = 90;
/// Days for which it is known what a source file gave; never longer than personal data, since its name can be a person's.
const SOURCE_FILES_DAYS: u32 = 365;
/// Days for which points of citizens are kept, as long as the months of which stars can count them; they go with their complaint where its
/// personal data goes before.
const REWARDS_DAYS: u32 = 1_830;
/// Days after which no session goes on.
const SESSION_DAYS: u32 = 1;
/// Fewest days for which the audit log is kept (网络安全法: at least six months).
const MIN_AUDIT_DAYS: u32 = 180;
/// Most complaints erased in one step, so that the desk is not held up.
const MAX_ERASED_AT_ONCE: usize = 200;
/// Most complaints erased in one look.
const MAX_ERASED_A_LOOK: usize = 5_000;

/// Removes what is too old until told to stop.
#[derive(Debug)]
pub struct Retention {
    /// For published messages.
    pub store: StoreHandle,
    /// Erases personal data.
    pub desk: DeskHandle,
    /// For the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How long things are kept.
    pub settings: RetentionSettings,
}

impl Retention {
    /// Works until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.forget_published().await;
            self.forget_remarks().await;
            self.forget_rewards().await;
            self.forget_audit().await;
            self.forget_sessions().await;
            if let Some(days) = self.settings.personal_days {
                self.erase_finished(self.days_ago(days.clamp(30, 36_500)), &stop).await;
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = self.clock.pause(LOOK) => {}
            }
        }
    }

    fn days_ago(&self, days: u32) -> Timestamp {
        self.clock.now() - SignedDuration::from_hours(24 * i64::from(days))
    }

    async fn forget_published(&self) {
        let before = self.days_ago(self.settings.published_days.clamp(1, 3_650));
        match self.store.ask(move |store| Ok(store.forget_published(before)? + store.forget_delivered(before)?)).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "Published messages past their time were removed."),
            Err(error) => tracing::error!(%error, "Published messages could not be removed."),
        }
    }

    async fn forget_sessions(&self) {
        let before = self.days_ago(SESSION_DAYS);
        if let Err(error) = self.store.ask(move |store| store.forget_sessions((before, before))).await {
            tracing::error!(%error, "Sessions that are over could not be removed.");
        }
    }

    /// Then says where the audit log ends: who keeps the log of the gateway elsewhere can prove later that nothing was cut off.
    async fn forget_audit(&self) {
        let before = self.days_ago(self.settings.audit_days.clamp(MIN_AUDIT_DAYS, 36_500));
        let forgotten = self.store.ask(move |store| Ok((store.forget_audit(before)?, store.audit_end()?))).await;
        match forgotten {
            Ok((entries, end)) => tracing::info!(forgotten = entries, checkpoint = %end, "The audit log ends here."),
            Err(error) => tracing::error!(%error, "The audit log could not be looked after."),
        }
    }

    async fn forget_remarks(&self) {
        let personal_days = self.settings.personal_days.map_or(u32::MAX, |days| days.clamp(30, 36_500));
        let (warnings, files) =
            (self.days_ago(WARNINGS_DAYS.min(personal_days)), self.days_ago(SOURCE_FILES_DAYS.min(personal_days)));
        let forgotten = self
            .store
            .ask(move |store| Ok((store.forget_warnings(warnings)?, store.forget_source_files(files)?)))
            .await;
        match forgotten {
            Ok((0, 0)) => {}
            Ok((warnings, files)) => {
                tracing::info!(warnings, files, "Warnings and source files past their time were removed.");
            }
            Err(error) => tracing::error!(%error, "Warnings and source files could not be removed."),
        }
    }

    async fn forget_rewards(&self) {
        let before = self.days_ago(REWARDS_DAYS);
        match self.store.ask(move |store| store.forget_rewards(before)).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "Points of citizens past their time were removed."),
            Err(error) => tracing::error!(%error, "Points of citizens could not be removed."),
        }
    }

    async fn erase_finished(&self, before: Timestamp, stop: &watch::Receiver<bool>) {
        let mut complaints = 0;
        while complaints < MAX_ERASED_A_LOOK && !*stop.borrow() {
            let rules = Arc::clone(&self.supervisor.pack().rules);
            match self.desk.erase_finished(before, MAX_ERASED_AT_ONCE, &rules).await {
                Ok(0) => break,
                Ok(erased) => complaints += erased,
                Err(error) => {
                    tracing::error!(%error, "Personal data could not be erased.");
                    break;
                }
            }
        }
        if complaints > 0 {
            tracing::info!(complaints, "Personal data past its time was erased.");
        }
    }
}

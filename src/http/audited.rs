//! What the listener writes into the audit log: looks, before they are answered; and refusals, of which strangers can cause any number, no
//! more than a limit.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;

use super::Site;
use super::problem::Problem;
use crate::audit::{Actor, AuditAction, AuditEntry};

/// Entries about refused requests, in a minute. Those beyond are counted by the next entry.
const MAX_REFUSALS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

/// Who makes a request, from the time on when that is known, and its number.
#[derive(Debug, Default)]
pub(super) struct Identity {
    /// Number of the request; none where a caller's own choice of it may tell of somebody.
    pub request: Option<String>,
    /// Name and role of the token.
    pub token: OnceLock<(String, &'static str)>,
    /// Where the caller calls from: the proxy, where that does not say it; none where nobody is behind a request.
    pub address: Option<IpAddr>,
    /// Why somebody was not let in, where that is more than a wrong password.
    pub kept_out: OnceLock<&'static str>,
}

impl Identity {
    pub(super) fn actor(&self) -> Actor {
        let (name, role) = self.token.get().cloned().unwrap_or_default();
        Actor { request: self.request.clone(), ..Actor::new(name, role) }
    }
}

/// Entries about refusals.
#[derive(Debug)]
pub struct Refusals {
    entries: DefaultDirectRateLimiter,
    /// Those since the last entry.
    beyond: AtomicU64,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { entries: RateLimiter::direct(Quota::per_minute(MAX_REFUSALS_PER_MINUTE)), beyond: AtomicU64::new(0) }
    }
}

impl Refusals {
    /// The entry of a refusal, unless there are too many: then it is counted by the next.
    fn entry(&self, code: RefusalCode, identity: &Identity, route: &str, now: Timestamp) -> Option<AuditEntry> {
        let reason = identity.kept_out.get();
        let action = match code {
            _ if reason.is_some() => AuditAction::Login,
            RefusalCode::Unauthorized => AuditAction::Login,
            RefusalCode::Forbidden => AuditAction::Deny,
            _ => return None,
        };
        if self.entries.check().is_err() {
            self.beyond.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let entry = AuditEntry::done(action, identity.actor(), now).about("route", [route]).about("reason", reason);
        let count = self.beyond.swap(0, Ordering::Relaxed).saturating_add(1);
        Some(entry.of_many(count).refused())
    }
}

impl Site {
    /// Writes an entry about something that is no step. Whoever looks is answered only after that.
    pub(super) async fn note(&self, entry: AuditEntry) -> Result<(), Problem> {
        Ok(self.writer.ask(move |store| store.note_audit(&[entry])).await?)
    }

    /// An entry of somebody's doing, of now.
    pub(super) fn entry(&self, action: AuditAction, actor: Actor) -> AuditEntry {
        AuditEntry::done(action, actor, self.clock.now())
    }

    /// Writes that a request was refused for want of a token or a right. What channels refuse to their sources is theirs to count.
    pub(super) async fn note_refusal(&self, code: RefusalCode, identity: &Identity, route: &str) {
        if route.starts_with("/in/") {
            return;
        }
        let Some(entry) = self.refusals.entry(code, identity, route, self.clock.now()) else { return };
        if let Err(error) = self.writer.ask(move |store| store.note_audit(&[entry])).await {
            tracing::error!(%error, "A refusal could not be written into the audit log.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_bounded_and_counted() {
        let (refusals, identity) = (Refusals::default(), Identity::default());
        let entry = |code| refusals.entry(code, &identity, "/api/v1/tickets", Timestamp::UNIX_EPOCH);
        assert_eq!(entry(RefusalCode::NotFound), None, "no question of rights");
        let written = (0..1_000).filter_map(|_| entry(RefusalCode::Unauthorized)).count();
        assert!((60..70).contains(&written), "{written}");
        assert_eq!(refusals.beyond.load(Ordering::Relaxed) + u64::try_from(written).unwrap_or(0), 1_000);
    }
}

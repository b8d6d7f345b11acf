//! Who puts a pack live, and why: what its version and the audit log say of it.

use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::pack::Pack;
use crate::store::{LivePack, PackCause};

/// Who puts a pack live, and why.
#[derive(Debug, Clone)]
pub struct PackChange {
    /// Who.
    pub actor: Actor,
    /// Why, by kind.
    pub cause: PackCause,
    /// Why, in words free of personal data; may be empty.
    pub reason: String,
}

impl PackChange {
    /// Somebody's doing.
    #[must_use]
    pub fn of(actor: impl Into<Actor>, cause: PackCause) -> Self {
        Self { actor: actor.into(), cause, reason: String::new() }
    }

    fn action(&self) -> AuditAction {
        match self.cause {
            PackCause::Start => AuditAction::Start,
            PackCause::Reload => AuditAction::Reload,
            PackCause::Rollback => AuditAction::Rollback,
            PackCause::Publish => AuditAction::Publish,
        }
    }

    /// The entry of the audit log of a pack that goes live by it.
    pub(super) fn entry(&self, at: Timestamp) -> AuditEntry {
        AuditEntry::done(self.action(), self.actor.clone(), at)
    }

    /// The row of a pack that goes live by it.
    pub(super) fn of_pack(&self, pack: &Pack, at: Timestamp) -> LivePack {
        LivePack {
            version: pack.version.clone(),
            city: pack.city.name.clone(),
            digest: pack.files.digest(),
            content: pack.files.to_bytes(),
            at,
            actor: self.actor.name.clone(),
            cause: self.cause,
            reason: self.reason.clone(),
        }
    }
}

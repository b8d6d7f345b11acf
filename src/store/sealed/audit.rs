//! The audit log: its content sealed, and the chain of its entries.
//!
//! A link is HMAC-SHA256 over the link before, number and time (8 bytes each, big-endian) and the content as it was sealed. Its key is
//! derived of the key of hashes, which rotation keeps: sealing again changes no link. The ends of the chain have a keyed hash too, so that
//! who has the file alone can neither make a link nor move an end.

use ring::hmac;
use serde::{Deserialize, Serialize};

use super::{Kind, Place, Sealer, ms};
use crate::{AuditView, StoreError};
use huiliu_domain::audit::{Actor, AuditAction, AuditEntry, AuditOutcome};

/// A link.
pub(crate) type Link = [u8; 32];

/// Where the log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    pub begins_after: i64,
    pub before_link: Link,
    pub last: i64,
    pub last_link: Link,
}

impl Chain {
    /// A log without entries.
    pub(crate) const EMPTY: Self = Self { begins_after: 0, before_link: [0; 32], last: 0, last_link: [0; 32] };
}

/// An entry before it has its place in the chain.
pub(crate) struct SealedAudit {
    pub at: i64,
    pub content: Vec<u8>,
    pub body: Vec<u8>,
}

pub(crate) struct AuditCells<'r> {
    pub number: i64,
    pub at: i64,
    pub body: &'r [u8],
    pub link: &'r [u8],
}

/// What is sealed of an entry; its members keep their order.
#[derive(Serialize, Deserialize)]
struct AuditDocument {
    action: String,
    name: String,
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    outcome: String,
}

fn place(row: i64) -> Place {
    Place { table: "audit", row }
}

impl Sealer {
    pub(crate) fn audit_entry(&self, entry: &AuditEntry) -> Result<SealedAudit, StoreError> {
        let AuditEntry { at, action, actor, subject, count, outcome } = entry;
        let document = AuditDocument {
            action: action.name().to_owned(),
            name: actor.name.clone(),
            role: actor.role.clone(),
            request: actor.request.clone(),
            subject: subject.clone(),
            count: *count,
            outcome: outcome.name().to_owned(),
        };
        let content = serde_json::to_vec(&document).map_err(StoreError::unavailable)?;
        let body = self.bytes(Kind::Audit, &content)?;
        Ok(SealedAudit { at: ms(*at), content, body })
    }

    /// What an entry's content was when it was sealed.
    pub(crate) fn audit_content(&self, cells: &AuditCells<'_>) -> Result<Vec<u8>, StoreError> {
        let opened = self.0.open_unpacked(Kind::Audit.name(), cells.body);
        opened.map_err(|error| place(cells.number).damaged(error))
    }

    pub(crate) fn audit_view(&self, cells: &AuditCells<'_>) -> Result<AuditView, StoreError> {
        let place = place(cells.number);
        let content = self.audit_content(cells)?;
        let document: AuditDocument = serde_json::from_slice(&content).map_err(|error| place.damaged(error))?;
        let AuditDocument { action, name, role, request, subject, count, outcome } = document;
        let entry = AuditEntry {
            at: place.time(cells.at)?,
            action: place.name(AuditAction::from_name(&action), &action)?,
            actor: Actor { name, role, request },
            subject,
            count,
            outcome: place.name(AuditOutcome::from_name(&outcome), &outcome)?,
        };
        let link = cells.link.try_into().map_err(|error| place.damaged(error))?;
        Ok(AuditView { number: cells.number, entry, link })
    }

    /// The link of an entry behind another.
    pub(crate) fn audit_link(&self, before: &Link, number: i64, at: i64, content: &[u8]) -> Link {
        let mut context = hmac::Context::with_key(&self.0.signing_key("audit entry"));
        for part in [before.as_slice(), &number.to_be_bytes(), &at.to_be_bytes(), content] {
            context.update(part);
        }
        context.sign().as_ref().try_into().unwrap_or_default()
    }

    /// The keyed hash of where the log begins and ends.
    pub(crate) fn audit_seal(&self, chain: &Chain) -> Link {
        let mut context = hmac::Context::with_key(&self.0.signing_key("audit ends"));
        context.update(&chain.begins_after.to_be_bytes());
        context.update(&chain.before_link);
        context.update(&chain.last.to_be_bytes());
        context.update(&chain.last_link);
        context.sign().as_ref().try_into().unwrap_or_default()
    }
}

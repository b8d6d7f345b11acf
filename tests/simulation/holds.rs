//! What the judge asks of a store: little, so that one that cannot be read is easily made.

use huiliu::store::{AuditFilter, FindingState, Page, ReplyState, Store, StoreError, TicketFilter};

use crate::book::Version;
use crate::sources::digest;

/// Answers the judge. Every error is a failure of the run.
pub trait Holds {
    /// Ids of all tickets, with status on the wire and version.
    fn tickets(&mut self) -> Result<Vec<(String, String, u64)>, StoreError>;
    /// What an examination of the whole store finds wrong.
    fn wrong(&mut self) -> Result<Vec<String>, StoreError>;
    /// Receipt numbers of replies that were given up.
    fn dead_replies(&mut self) -> Result<Vec<String>, StoreError>;
    /// Messages that are not published, and replies that are not sent.
    fn waiting(&mut self) -> Result<(u64, u64), StoreError>;
    /// What is in quarantine because it came with another version of its number, with the hint how it can be taken.
    fn aside(&mut self) -> Result<Vec<Version>, StoreError>;
    /// How much of what was done by somebody is in the audit log, and what its chain suffers from.
    fn audited(&mut self, name: &str) -> Result<(u64, Option<String>), StoreError>;
    /// How many complaints there are, and whether the ledger balances.
    fn complaints(&mut self) -> Result<(u64, bool), StoreError>;
}

impl Holds for Box<dyn Store> {
    fn tickets(&mut self) -> Result<Vec<(String, String, u64)>, StoreError> {
        let found = self.list_tickets(&TicketFilter::default(), Page::first(Page::MAX))?;
        let told = found.tickets.into_iter().map(|view| {
            let status = view.ticket.status.wire().to_owned();
            (view.ticket.id, status, view.ticket.version)
        });
        Ok(told.collect())
    }

    fn wrong(&mut self) -> Result<Vec<String>, StoreError> {
        let findings = self.examine(false)?;
        let wrong = findings.into_iter().filter(|finding| finding.state == FindingState::Wrong);
        Ok(wrong.map(|finding| format!("{}: {}", finding.check, finding.message)).collect())
    }

    fn dead_replies(&mut self) -> Result<Vec<String>, StoreError> {
        let dead = self.list_replies(ReplyState::Dead, Page::first(Page::MAX))?;
        Ok(dead.into_iter().map(|reply| reply.receipt).collect())
    }

    fn waiting(&mut self) -> Result<(u64, u64), StoreError> {
        let counts = self.queue_counts()?;
        Ok((counts.outbox, counts.replies_pending))
    }

    fn aside(&mut self) -> Result<Vec<Version>, StoreError> {
        let mut found = self.quarantine(None, Page::first(Page::MAX))?;
        found.retain(|view| view.problems.to_string().contains("same_number"));
        Ok(found.into_iter().map(|view| ((view.channel, view.record_id), digest(&view.body))).collect())
    }

    fn audited(&mut self, name: &str) -> Result<(u64, Option<String>), StoreError> {
        let (mut page, mut audited) = (Page::first(Page::MAX), 0);
        loop {
            let found = self.audit(&AuditFilter::default(), page)?;
            audited += found.entries.iter().filter(|view| view.entry.actor.name == name).count();
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        let broken = self.check_audit(&[])?.broken.map(|broken| format!("{broken:?}"));
        Ok((u64::try_from(audited).unwrap_or(u64::MAX), broken))
    }

    fn complaints(&mut self) -> Result<(u64, bool), StoreError> {
        let ledger = self.ledger()?;
        Ok((ledger.complaints, ledger.balances()))
    }
}

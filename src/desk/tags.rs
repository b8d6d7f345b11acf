//! The tags of a ticket after one of its complaints came or changed.

use std::sync::Arc;

use super::step::{Step, covered};
use crate::forward::MAX_COMPLAINTS_SHOWN;
use crate::handling::{Covered, tags};
use crate::key::TicketKey;
use crate::store::ComplaintView;

impl Step<'_> {
    /// Gives a loaded ticket, to which a complaint came or on which it changed, its tags anew. Of one with more complaints than are
    /// loaded, the tags of the others stay until it is put together again.
    pub(super) fn tag(&mut self, key: TicketKey, about: &ComplaintView) {
        let rules = Arc::clone(&self.rules);
        let Some(detail) = self.view.change(key) else { return };
        let is_whole = usize::try_from(detail.ticket.complaints).is_ok_and(|count| count <= MAX_COMPLAINTS_SHOWN);
        let others = detail.complaints.iter().filter(|view| view.id != about.id);
        let complaints: Vec<Covered<'_>> = others.chain([about]).map(covered).collect();
        let mut found = tags(&complaints, &rules.routing, &rules.watch);
        if !is_whole {
            found.append(&mut detail.ticket.tags.drain(..).collect());
        }
        detail.ticket.tags = found.into_iter().collect();
    }
}

//! What watching has seen and told, as a step sees it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::View;
use crate::complaint::area_holds;
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{AlertChange, SightingRow, StoreError};
use crate::ticket::{AlertKind, Counted, Seen};

/// What this step has seen and told.
#[derive(Default)]
pub(super) struct Watched {
    sightings: Vec<SightingRow>,
    alerts: Vec<AlertChange>,
}

impl View<'_> {
    /// Notes that a complaint is about something; false where that is known.
    pub(in crate::desk) fn sight(&mut self, row: SightingRow) -> Result<bool, StoreError> {
        let is_same = |known: &SightingRow| known.complaint == row.complaint && known.subject == row.subject;
        if self.watched.sightings.iter().any(is_same) || self.store.is_sighted(&row.subject, row.complaint)? {
            return Ok(false);
        }
        self.watched.sightings.push(row.clone());
        self.pending.sightings.push(row);
        Ok(true)
    }

    /// What is known to be about something in an area, after one moment and up to another: the newest `limit`, the oldest of them
    /// first, each with its ticket.
    pub(in crate::desk) fn sightings(
        &mut self,
        (subject, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Seen>, StoreError> {
        let mut seen = self.store.sightings((subject, area), (after, until), limit)?;
        let mut own = Vec::new();
        for row in self.watched.among((subject, area), (after, until)) {
            own.push((row.complaint, row.at));
        }
        for (complaint, at) in own {
            if let Some(ticket) = self.complaint(complaint)?.map(|view| view.ticket) {
                seen.push(Seen { complaint, ticket, at });
            }
        }
        for found in &mut seen {
            if self.moved.contains(&found.complaint)
                && let Some(view) = self.complaints.get(&found.complaint)
            {
                found.ticket = view.ticket;
            }
        }
        seen.sort_by_key(|seen| (seen.at, seen.complaint));
        seen.drain(..seen.len().saturating_sub(limit));
        Ok(seen)
    }

    /// How many complaints, or tickets, are known to be about something in an area, after one moment and up to another. A ticket to
    /// which this step has brought a further one may count twice.
    pub(in crate::desk) fn count_sightings(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
        counted: Counted,
    ) -> Result<u64, StoreError> {
        let own = self.watched.among(of, span).map(|row| row.complaint);
        let own = match counted {
            Counted::Complaints => own.count(),
            Counted::Tickets => {
                let ticket = |key| self.complaints.get(&key).map(|view| view.ticket);
                own.filter_map(ticket).collect::<BTreeSet<_>>().len()
            }
        };
        let stored = self.store.count_sightings(of, span, counted)?;
        Ok(stored.saturating_add(u64::try_from(own).unwrap_or(u64::MAX)))
    }

    /// When the alert of a rule was told that stands in an area.
    pub(in crate::desk) fn standing_alert(
        &mut self,
        (kind, code): (AlertKind, &str),
        area: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.watched.alerts.iter().rev().find_map(|change| match change {
            AlertChange::Told(row)
                if row.stands && (row.kind, row.code.as_str(), row.area.as_str()) == (kind, code, area) =>
            {
                Some(Some(row.at))
            }
            AlertChange::Ended { kind: of, code: ended, area: there, .. }
                if (*of, ended.as_str(), there.as_str()) == (kind, code, area) =>
            {
                Some(None)
            }
            AlertChange::Told(_) | AlertChange::Ended { .. } => None,
        });
        match newest {
            Some(known) => Ok(known),
            None => Ok(self.store.standing_alert((kind, code), area)?.map(|view| view.at)),
        }
    }

    /// Whether a rule has told of a ticket by any complaint that is on it.
    pub(in crate::desk) fn was_alerted(
        &mut self,
        (kind, code): (AlertKind, &str),
        ticket: TicketKey,
    ) -> Result<bool, StoreError> {
        let is_there =
            |complaint: &ComplaintKey| self.complaints.get(complaint).is_some_and(|view| view.ticket == ticket);
        let told = self.watched.alerts.iter().filter_map(|change| match change {
            AlertChange::Told(row) if row.kind == kind && row.code == code => Some(&row.complaints),
            AlertChange::Told(_) | AlertChange::Ended { .. } => None,
        });
        if told.flatten().any(is_there) {
            return Ok(true);
        }
        let moved: Vec<ComplaintKey> = self.moved.iter().copied().filter(is_there).collect();
        self.store.was_alerted((kind, code), ticket, &moved)
    }

    pub(in crate::desk) fn note_alert(&mut self, change: AlertChange) {
        self.watched.alerts.push(change.clone());
        self.pending.alerts.push(change);
    }
}

impl Watched {
    fn among<'w>(
        &'w self,
        (subject, area): (&'w str, &'w str),
        (after, until): (Timestamp, Timestamp),
    ) -> impl Iterator<Item = &'w SightingRow> {
        self.sightings.iter().filter(move |row| {
            row.subject == subject && area_holds(area, &row.district) && after < row.at && row.at <= until
        })
    }
}

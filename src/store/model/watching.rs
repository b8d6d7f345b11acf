//! What watching has seen and told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{AlertChange, AlertView, Page, SightingRow, StoreError, Watching};
use huiliu_domain::complaint::area_holds;
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{AlertKind, Counted, Seen};

impl Contents {
    pub(super) fn note_sighting(&mut self, row: SightingRow) {
        let SightingRow { subject, complaint, district, at } = row;
        self.sightings.entry((subject, complaint)).or_insert((district, kept(at)));
    }

    pub(super) fn change_alert(&mut self, change: AlertChange) {
        match change {
            AlertChange::Told(row) => {
                let view = AlertView {
                    id: self.alerts.last().map_or(1, |(last, _)| last.id + 1),
                    kind: row.kind,
                    code: row.code,
                    area: row.area,
                    at: kept(row.at),
                    count: row.count,
                    usual_tenths: row.usual_tenths,
                    ticket: row.ticket,
                    stands: row.stands,
                    ended_at: None,
                };
                self.alerts.push((view, row.complaints.into_iter().collect()));
            }
            AlertChange::Ended { kind, code, area, at } => {
                let standing = self.alerts.iter_mut().map(|(view, _)| view);
                let is_meant = |view: &&mut AlertView| {
                    view.stands && view.kind == kind && (&view.code, &view.area) == (&code, &area)
                };
                for view in standing.filter(is_meant) {
                    (view.stands, view.ended_at) = (false, Some(kept(at)));
                }
            }
        }
    }

    /// The ticket of a complaint.
    pub(super) fn ticket_of(&self, complaint: ComplaintKey) -> Option<TicketKey> {
        Some(self.complaints.get(&complaint)?.row.ticket)
    }

    fn seen(&self, (subject, area): (&str, &str), (after, until): (Timestamp, Timestamp)) -> Vec<Seen> {
        let seen = self.sightings.iter().filter(|((of, _), (district, at))| {
            of == subject && area_holds(area, district) && kept(after) < *at && *at <= kept(until)
        });
        let mut seen: Vec<Seen> = seen
            .filter_map(|((_, complaint), (_, at))| {
                Some(Seen { complaint: *complaint, ticket: self.ticket_of(*complaint)?, at: *at })
            })
            .collect();
        seen.sort_by_key(|seen| (seen.at, seen.complaint));
        seen
    }
}

impl Watching for Model {
    fn is_sighted(&mut self, subject: &str, complaint: ComplaintKey) -> Result<bool, StoreError> {
        Ok(self.contents().sightings.contains_key(&(subject.to_owned(), complaint)))
    }

    fn sightings(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Seen>, StoreError> {
        let mut seen = self.contents().seen(of, span);
        seen.drain(..seen.len().saturating_sub(limit));
        Ok(seen)
    }

    fn count_sightings(
        &mut self,
        (subject, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
        counted: Counted,
    ) -> Result<u64, StoreError> {
        let contents = self.contents();
        let count = match counted {
            // Also those of which the complaint is not there.
            Counted::Complaints => contents
                .sightings
                .iter()
                .filter(|((of, _), (district, at))| {
                    of == subject && area_holds(area, district) && kept(after) < *at && *at <= kept(until)
                })
                .count(),
            Counted::Tickets => {
                let seen = contents.seen((subject, area), (after, until));
                seen.iter().map(|seen| seen.ticket).collect::<BTreeSet<_>>().len()
            }
        };
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    fn count_each(
        &mut self,
        (beginning, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let contents = self.contents();
        let mut counts = BTreeMap::new();
        for ((subject, _), (district, at)) in &contents.sightings {
            if subject.starts_with(beginning) && area_holds(area, district) && kept(after) < *at && *at <= kept(until) {
                *counts.entry(subject.clone()).or_insert(0) += 1;
            }
        }
        Ok(counts)
    }

    fn standing_alert(&mut self, (kind, code): (AlertKind, &str), area: &str) -> Result<Option<AlertView>, StoreError> {
        let contents = self.contents();
        let is_meant = |view: &&AlertView| view.stands && view.kind == kind && view.code == code && view.area == area;
        Ok(contents.alerts.iter().map(|(view, _)| view).find(is_meant).cloned())
    }

    fn standing_alerts(&mut self, limit: usize) -> Result<Vec<AlertView>, StoreError> {
        let contents = self.contents();
        Ok(contents.alerts.iter().map(|(view, _)| view).filter(|view| view.stands).take(limit).cloned().collect())
    }

    fn was_alerted(
        &mut self,
        (kind, code): (AlertKind, &str),
        ticket: TicketKey,
        complaints: &[ComplaintKey],
    ) -> Result<bool, StoreError> {
        let contents = self.contents();
        let is_meant =
            |complaint: &ComplaintKey| complaints.contains(complaint) || contents.ticket_of(*complaint) == Some(ticket);
        let of_rule = contents.alerts.iter().filter(|(view, _)| view.kind == kind && view.code == code);
        Ok(of_rule.flat_map(|(_, behind)| behind).any(is_meant))
    }

    fn alerts(&mut self, kind: AlertKind, page: Page) -> Result<Vec<AlertView>, StoreError> {
        let contents = self.contents();
        let before = page.after.unwrap_or(i64::MAX);
        let of_kind = contents.alerts.iter().map(|(view, _)| view).filter(|view| view.kind == kind);
        Ok(of_kind.rev().filter(|view| view.id < before).take(page.limit).cloned().collect())
    }

    fn tickets_of_alert(&mut self, alert: i64, limit: usize) -> Result<Vec<TicketKey>, StoreError> {
        let contents = self.contents();
        let Some((_, behind)) = contents.alerts.iter().find(|(view, _)| view.id == alert) else {
            return Ok(Vec::new());
        };
        let tickets: BTreeSet<TicketKey> = behind.iter().filter_map(|key| contents.ticket_of(*key)).collect();
        Ok(tickets.into_iter().take(limit).collect())
    }
}

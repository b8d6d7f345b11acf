//! Editions of reports, and boards that fetch bulletins.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Model, kept};
use crate::contract::MAX_EDITIONS;
use crate::{Edition, EditionFile, Editions, NewEdition, Page, StoreError};

fn waits(edition: &Edition) -> bool {
    edition.copies.iter().any(|(_, sent)| sent.is_none())
}

impl Editions for Model {
    fn keep_edition(&mut self, edition: &NewEdition) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        let of_report = |(head, _): &&(Edition, Vec<EditionFile>)| head.report == edition.report;
        if contents.editions.values().filter(of_report).any(|(head, _)| head.to == edition.to) {
            return Ok(false);
        }
        contents.last_edition += 1;
        let id = contents.last_edition;
        let mut files = edition.files.clone();
        files.sort_by(|one, other| one.format.cmp(&other.format));
        let mut destinations = edition.destinations.clone();
        destinations.sort();
        let head = Edition {
            id,
            report: edition.report.clone(),
            from: edition.from,
            to: edition.to,
            made_at: kept(edition.made_at),
            formats: files.iter().map(|file| file.format.clone()).collect(),
            copies: destinations.into_iter().map(|destination| (destination, None)).collect(),
        };
        contents.editions.insert(id, (head, files));
        let mut newest: Vec<(Date, i64)> =
            contents.editions.values().filter(of_report).map(|(head, _)| (head.to, head.id)).collect();
        newest.sort_unstable();
        let old: Vec<i64> = newest.iter().rev().skip(MAX_EDITIONS).map(|(_, id)| *id).collect();
        contents.editions.retain(|id, (head, _)| !old.contains(id) || waits(head));
        Ok(true)
    }

    fn last_edition(&mut self, report: &str) -> Result<Option<Date>, StoreError> {
        let contents = self.contents();
        Ok(contents.editions.values().filter(|(head, _)| head.report == report).map(|(head, _)| head.to).max())
    }

    fn editions(&mut self, report: Option<&str>, page: Page) -> Result<Vec<Edition>, StoreError> {
        let contents = self.contents();
        let heads = contents.editions.values().rev().map(|(head, _)| head);
        let meant = heads.filter(|head| {
            page.after.is_none_or(|after| head.id < after) && report.is_none_or(|report| head.report == report)
        });
        Ok(meant.take(page.limit).cloned().collect())
    }

    fn edition(&mut self, id: i64) -> Result<Option<(Edition, Vec<EditionFile>)>, StoreError> {
        Ok(self.contents().editions.get(&id).cloned())
    }

    fn waiting_editions(&mut self, destination: &str, limit: usize) -> Result<Vec<i64>, StoreError> {
        let waits = |head: &Edition| head.copies.iter().any(|(name, sent)| name == destination && sent.is_none());
        let contents = self.contents();
        Ok(contents.editions.values().filter(|(head, _)| waits(head)).map(|(head, _)| head.id).take(limit).collect())
    }

    fn note_edition_sent(&mut self, id: i64, destination: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let copies = contents.editions.get_mut(&id).map(|(head, _)| &mut head.copies);
        let meant = copies.into_iter().flatten().filter(|(name, _)| name == destination);
        meant.for_each(|(_, sent)| *sent = Some(kept(at)));
        Ok(())
    }

    fn note_board(&mut self, bulletin: &str, token: &str, at: Timestamp) -> Result<(), StoreError> {
        self.contents().boards.insert((bulletin.to_owned(), token.to_owned()), kept(at));
        Ok(())
    }

    fn boards(&mut self, bulletin: &str) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let contents = self.contents();
        let meant = contents.boards.iter().filter(|((of, _), _)| of == bulletin);
        Ok(meant.map(|((_, token), at)| (token.clone(), *at)).collect())
    }
}

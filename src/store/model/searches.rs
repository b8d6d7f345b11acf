//! Searches: everything is read.

use super::Model;
use crate::{ComplaintView, Page, Search, SearchPage, Searches, StoreError, WordsIndexed};

impl Searches for Model {
    fn search(
        &mut self,
        search: &Search,
        page: Page,
        admit: &mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Result<SearchPage, StoreError> {
        let contents = self.contents();
        let before = page.after.unwrap_or(i64::MAX);
        let mut complaints: Vec<ComplaintView> = Vec::new();
        for kept in contents.complaints.values().rev().filter(|kept| kept.row.id.0 < before) {
            let view = contents.view(kept);
            let is_wanted = search.among.as_ref().is_none_or(|among| among.contains(&view.id));
            let channels: Vec<&str> = contents.channels(view.ticket).collect();
            let fits = contents.tickets.get(&view.ticket).is_some_and(|ticket| search.fits(&view, ticket, &channels));
            if !(is_wanted && fits && search.is_told_by(&view.complaint) && admit(&view)) {
                continue;
            }
            if complaints.len() >= page.limit {
                let next = complaints.last().map(|last| last.id.0);
                return Ok(SearchPage { complaints, next });
            }
            complaints.push(view);
        }
        Ok(SearchPage { complaints, next: None })
    }

    fn index_words(&mut self, _least: u64) -> Result<WordsIndexed, StoreError> {
        Ok(WordsIndexed::default())
    }
}

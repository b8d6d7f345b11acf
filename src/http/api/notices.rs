//! Notices that were sent.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use super::codes::Codes;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, NoticeDocument, NoticePage, Reader};
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::TicketKey;
use crate::store::{Listed, Occurrence, Page, Store, StoreError};

/// Ticket of a notice.
fn about((_, row): &(i64, Occurrence)) -> TicketKey {
    TicketKey(row.subject)
}

/// A part of the notices.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticeQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only of matters for which this unit is responsible now: its code or its name.
    #[schemars(length(max = 200))]
    department: Option<String>,
    /// Only of this code in `handling.toml`.
    #[schemars(length(max = 200), example = &"urge")]
    code: Option<String>,
    /// Only those that were sent at this time or later.
    from: Option<Timestamp>,
    /// Only those that were sent before this time.
    to: Option<Timestamp>,
}

/// Which notices are meant.
struct Wanted {
    department: Option<String>,
    code: Option<String>,
    from: Timestamp,
    to: Timestamp,
}

impl Wanted {
    /// Takes away what is not meant.
    fn keep(&self, store: &mut dyn Store, found: &mut Vec<(i64, Occurrence)>) -> Result<(), StoreError> {
        found.retain(|(_, row)| {
            let is_of_time = self.from <= row.at && row.at < self.to;
            is_of_time && self.code.as_ref().is_none_or(|code| row.outcome == *code)
        });
        let Some(department) = &self.department else { return Ok(()) };
        let keys: Vec<TicketKey> = found.iter().map(about).collect();
        let own: HashSet<TicketKey> = store
            .tickets(&keys, 0)?
            .into_iter()
            .filter(|detail| detail.ticket.route.department == *department)
            .map(|detail| detail.key)
            .collect();
        found.retain(|notice| own.contains(&about(notice)));
        Ok(())
    }
}

impl NoticeQuery {
    fn read(self, site: &Site) -> Result<(Page, Wanted), Problem> {
        let part = page(self.after.as_deref(), self.limit)?;
        let mut codes = Codes::of(site);
        let department = codes.department(self.department.as_deref());
        if !codes.are_known() {
            return Err(codes.refusal());
        }
        let (from, to) = (self.from.unwrap_or(Timestamp::MIN), self.to.unwrap_or(Timestamp::MAX));
        Ok((part, Wanted { department, code: self.code, from, to }))
    }
}

pub(super) async fn list(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<NoticeQuery>,
) -> Answer<NoticePage> {
    let (rules, contacts) = (site.rules(), caller.sees_contacts());
    let (part, wanted) = query.read(&site)?;
    let sight = Sight::of(&site, &caller);
    let found = site.reader.ask(move |store| {
        let see = |store: &mut dyn Store, mut found: Vec<(i64, Occurrence)>| {
            let hidden = sight.hidden(store, found.iter().map(about))?;
            found.retain(|notice| !hidden.contains(&about(notice)));
            wanted.keep(store, &mut found)?;
            Ok(found)
        };
        let list = (&sight, &Listed::Notices);
        let (found, next) = sight::listed(store, list, part, |store, page| store.notices(page), |row| row.0, see)?;
        let keys: Vec<_> = found.iter().map(about).collect();
        let withheld = if contacts { Default::default() } else { documents::confidential(store, &keys)? };
        Ok((store.tickets(&keys, 0)?, withheld, found, next))
    });
    let (tickets, withheld, found, next) = found.await?;
    let document = |notice: &(i64, Occurrence)| {
        let key = about(notice);
        let ticket = tickets.iter().find(|detail| detail.key == key)?;
        let reader = Reader { contacts, withheld: withheld.contains(&key) };
        Some(NoticeDocument::of(notice, &ticket.ticket, &rules.names, reader))
    };
    Ok(Json(NoticePage { notices: found.iter().filter_map(document).collect(), next }))
}

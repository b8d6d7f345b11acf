//! Notices that were sent.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::Answer;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, NoticeDocument, NoticePage, Reader};
use crate::http::extract::{PageQuery, Query};
use crate::http::sight::{self, Sight};
use crate::key::TicketKey;
use crate::store::{Listed, Occurrence, Store};

/// Ticket of a notice.
fn about((_, row): &(i64, Occurrence)) -> TicketKey {
    TicketKey(row.subject)
}

pub(super) async fn list(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<PageQuery>,
) -> Answer<NoticePage> {
    let (part, rules, contacts) = (query.page()?, site.rules(), caller.sees_contacts());
    let sight = Sight::of(&site, &caller);
    let found = site.reader.ask(move |store| {
        let see = |store: &mut dyn Store, mut found: Vec<(i64, Occurrence)>| {
            let hidden = sight.hidden(store, found.iter().map(about))?;
            found.retain(|notice| !hidden.contains(&about(notice)));
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

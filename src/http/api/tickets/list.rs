//! Lists of tickets: by what they are, and by what their complaints tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::Site;
use crate::http::api::Answer;
use crate::http::api::codes::Codes;
use crate::http::api::find::{may_be_found, words};
use crate::http::caller::{Caller, Viewer};
use crate::http::documents::{self, Ticket, TicketPage};
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{ComplaintView, Page, Search, Store, StoreError, TicketFilter, TicketPart, Words};

/// Largest number of complaints that a listing can be asked for.
const MAX_LEAST_COMPLAINTS: u64 = 1_000_000_000;

/// Which tickets are wanted: all that is given must fit.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct TicketQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Words, separated by blanks, each of which is a part of title, text, address, street or community of one of its complaints. Width,
    /// case, traditional characters, blanks and punctuation between characters do not matter. The ticket with the newest such complaint
    /// comes first then.
    #[schemars(length(max = Words::MAX_CHARS))]
    #[schemars(example = &"路灯 不亮")]
    words: Option<String>,
    /// Where they stand, by its code or its name.
    #[schemars(extend("enum" = documents::statuses()))]
    status: Option<String>,
    /// Category code, or the name of one.
    #[schemars(example = &"lighting")]
    category: Option<String>,
    /// The channel by which one of its complaints came, by its id or its name.
    #[schemars(example = &"hotline")]
    channel: Option<String>,
    /// Department code, or the name of one.
    department: Option<String>,
    /// District code, or the name of one.
    district: Option<String>,
    /// Grade code, or the name of one.
    grade: Option<String>,
    /// Only those with at least this many complaints.
    #[schemars(range(max = MAX_LEAST_COMPLAINTS))]
    min_complaints: Option<u64>,
    /// Only those that wait for a person: before they are dispatched, or with an answer that is not approved yet.
    #[serde(default)]
    waits: bool,
    /// Only those that wait in this list, by its code.
    #[schemars(example = &"organization")]
    waits_in: Option<String>,
    /// Made at this time or later: when its first complaint was received.
    #[schemars(example = &"2026-11-01T00:00:00Z")]
    received_from: Option<Timestamp>,
    /// Made before this time.
    #[schemars(example = &"2026-12-01T00:00:00Z")]
    received_before: Option<Timestamp>,
    /// Its deadline is at this time or later.
    #[schemars(example = &"2026-11-01T00:00:00Z")]
    due_from: Option<Timestamp>,
    /// Its deadline is before this time.
    #[schemars(example = &"2026-12-01T00:00:00Z")]
    due_before: Option<Timestamp>,
    /// With true, only those that are not finished and past their deadline, or have a clock that goes on although it is past due.
    #[schemars(example = true)]
    overdue: Option<bool>,
}

/// A list as the store is asked for it.
pub(in crate::http::api) struct Asked {
    filter: TicketFilter,
    words: Words,
    codes: Codes,
}

impl TicketQuery {
    /// The page that is wanted.
    pub(in crate::http::api) fn page(&self) -> Result<Page, Problem> {
        page(self.after.as_deref(), self.limit)
    }

    /// What is asked of the store for a caller.
    pub(in crate::http::api) fn asked(self, site: &Site, sight: &Sight) -> Result<Asked, Problem> {
        if self.min_complaints.is_some_and(|least| least > MAX_LEAST_COMPLAINTS) {
            return Err(Problem::invalid(&format!("min_complaints must be at most {MAX_LEAST_COMPLAINTS}")));
        }
        let mut codes = Codes::of(site);
        let filter = TicketFilter {
            status: codes.status(self.status.as_deref())?,
            category: codes.category(self.category.as_deref()),
            department: codes.department(self.department.as_deref()),
            district: codes.district(self.district.as_deref()),
            grade: codes.grade(self.grade.as_deref()),
            channel: codes.channel(self.channel.as_deref()),
            min_complaints: self.min_complaints,
            waits: self.waits,
            waits_in: self.waits_in,
            made_from: self.received_from,
            made_before: self.received_before,
            due_from: self.due_from,
            due_before: self.due_before,
            overdue_at: self.overdue.filter(|overdue| *overdue).map(|_| site.clock.now()),
            reach: sight.reach(),
        };
        Ok(Asked { filter, words: words("words", self.words.as_deref())?, codes })
    }
}

impl Asked {
    /// Whether words are looked for, which takes longer.
    fn has_words(&self) -> bool {
        !self.words.is_empty()
    }
}

/// Reads a part of a list. Whoever sees no contacts finds nothing by what is hidden from them.
pub(in crate::http::api) fn part(
    store: &mut dyn Store,
    filter: &TicketFilter,
    words: &Words,
    page: Page,
    contacts: bool,
) -> Result<TicketPart, StoreError> {
    if words.is_empty() {
        return store.list_tickets(filter, page);
    }
    let search = Search { words: words.clone(), ticket: filter.clone(), ..Search::default() };
    let mut admit = |view: &ComplaintView| contacts || may_be_found(view, &search, true);
    let found = store.search(&search, page, &mut admit)?;
    let (mut seen, mut tickets) = (BTreeSet::new(), Vec::new());
    for view in found.complaints.iter().filter(|view| seen.insert(view.ticket)) {
        for detail in store.tickets(&[view.ticket], 0)? {
            let is_alone = detail.ticket.complaints <= 1;
            if is_alone || is_newest(store, &search, view, contacts)? {
                tickets.push(detail);
            }
        }
    }
    Ok(TicketPart { tickets, next: found.next })
}

/// Whether no newer complaint of the same ticket was found: then the ticket was listed with that one.
fn is_newest(store: &mut dyn Store, search: &Search, view: &ComplaintView, contacts: bool) -> Result<bool, StoreError> {
    let members = store.members(view.ticket)?;
    let newer: Vec<ComplaintKey> = members.iter().map(|member| member.id).filter(|key| *key > view.id).collect();
    let among = Search { among: Some(newer), ..search.clone() };
    let mut admit = |view: &ComplaintView| contacts || may_be_found(view, &among, true);
    let mut page = Page::first(1);
    loop {
        let found = store.search(&among, page, &mut admit)?;
        match (found.complaints.is_empty(), found.next) {
            (false, _) => return Ok(false),
            (true, None) => return Ok(true),
            (true, next) => page.after = next,
        }
    }
}

pub(in crate::http::api) async fn list(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<TicketQuery>,
) -> Answer<TicketPage> {
    let page = query.page()?;
    let asked = query.asked(&site, &Sight::of(&site, &caller))?;
    let (part, withheld) = read(&site, &caller, &asked, page).await?;
    if part.tickets.is_empty() && part.next.is_none() && page.after.is_none() && !asked.codes.are_known() {
        return Err(asked.codes.refusal());
    }
    let rules = site.rules();
    let tickets = part.tickets.iter().map(|detail| Ticket::of(detail, &rules.names, withheld.contains(&detail.key)));
    Ok(Json(TicketPage { tickets: tickets.collect(), next: part.next.map(|next| next.to_string()) }))
}

/// A part of a list, and whose words are withheld from a caller.
pub(in crate::http::api) async fn read(
    site: &Site,
    caller: &Caller,
    asked: &Asked,
    page: Page,
) -> Result<(TicketPart, BTreeSet<TicketKey>), Problem> {
    let (filter, words, contacts) = (asked.filter.clone(), asked.words.clone(), caller.sees_contacts());
    let store = if asked.has_words() { &site.searcher } else { &site.reader };
    let read = store.ask(move |store| {
        let part = part(store, &filter, &words, page, contacts)?;
        let keys: Vec<_> = part.tickets.iter().map(|detail| detail.key).filter(|_| !contacts).collect();
        let withheld = documents::confidential(store, &keys)?.into_iter().collect();
        Ok((part, withheld))
    });
    Ok(read.await?)
}

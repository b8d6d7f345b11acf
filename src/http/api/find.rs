//! Complaints by numbers, by words, and by how their tickets stand.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use super::citizens::hashes;
use super::codes::Codes;
use super::matter::of_source;
use crate::audit::AuditAction;
use crate::desk::Citizen;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, ComplaintPage, Found};
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::{ComplaintKey, TicketKey};
use crate::mask::mask_text;
use crate::store::{ComplaintView, Page, Search, Spelling, Store, StoreError, TicketDetail, TicketFilter, Words};

/// Which complaints are wanted: all that is given must fit; where nothing is, the newest.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ComplaintQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Receipt number.
    receipt: Option<String>,
    /// The source's number, on any channel of the city pack.
    source_number: Option<String>,
    /// Number of the ticket in another system that it was sent to.
    foreign_number: Option<String>,
    /// Telephone number of the reporter, in any spelling that a mapping reads.
    #[schemars(example = &"13800001111")]
    phone: Option<String>,
    /// Words, separated by blanks, each of which is a part of title, text, address, street or community. Width, case, traditional
    /// characters, blanks and punctuation between characters do not matter.
    #[schemars(length(max = Words::MAX_CHARS))]
    words: Option<String>,
    /// Words of address, street or community, likewise.
    #[schemars(length(max = Words::MAX_CHARS))]
    #[schemars(example = &"青鱼滩")]
    address: Option<String>,
    /// The channel it came by, by its id or its name.
    channel: Option<String>,
    /// Category code of its ticket, or the name of one.
    category: Option<String>,
    /// Department code of its ticket, or the name of one.
    department: Option<String>,
    /// District code of its ticket, or the name of one.
    district: Option<String>,
    /// Grade code of its ticket, or the name of one.
    grade: Option<String>,
    /// Where its ticket stands.
    #[schemars(extend("enum" = documents::statuses()))]
    status: Option<String>,
    /// Received by the gateway at this time or later.
    received_from: Option<Timestamp>,
    /// Received by the gateway before this time.
    received_before: Option<Timestamp>,
    /// With true, only complaints whose ticket is not finished and past its deadline, or has a clock that goes on although it is past due.
    overdue: Option<bool>,
}

impl ComplaintQuery {
    /// The names of what is given.
    fn by(&self) -> Vec<&'static str> {
        let given = [
            ("receipt", self.receipt.is_some()),
            ("source_number", self.source_number.is_some()),
            ("foreign_number", self.foreign_number.is_some()),
            ("phone", self.phone.is_some()),
            ("words", self.words.is_some()),
            ("address", self.address.is_some()),
            ("channel", self.channel.is_some()),
            ("category", self.category.is_some()),
            ("department", self.department.is_some()),
            ("district", self.district.is_some()),
            ("grade", self.grade.is_some()),
            ("status", self.status.is_some()),
            ("received_from", self.received_from.is_some()),
            ("received_before", self.received_before.is_some()),
            ("overdue", self.overdue.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    /// Whether something is given by which the content of a complaint is told.
    fn tells_content(&self) -> bool {
        let given = [&self.source_number, &self.foreign_number, &self.phone, &self.words, &self.address];
        given.into_iter().any(Option::is_some)
    }

    /// What the store looks for, but for the numbers; codes also by their names.
    fn search(&self, site: &Site, sight: &Sight) -> Result<(Search, Codes), Problem> {
        let mut codes = Codes::of(site);
        let channel = codes.channel(self.channel.as_deref());
        let ticket = TicketFilter {
            category: codes.category(self.category.as_deref()),
            department: codes.department(self.department.as_deref()),
            district: codes.district(self.district.as_deref()),
            grade: codes.grade(self.grade.as_deref()),
            status: codes.status(self.status.as_deref())?,
            overdue_at: self.overdue.filter(|overdue| *overdue).map(|_| site.clock.now()),
            reach: sight.reach(),
            ..TicketFilter::default()
        };
        let search = Search {
            among: None,
            words: words("words", self.words.as_deref())?,
            place: words("address", self.address.as_deref())?,
            channel,
            received_from: self.received_from,
            received_before: self.received_before,
            ticket,
        };
        Ok((search, codes))
    }
}

pub(super) fn words(name: &str, given: Option<&str>) -> Result<Words, Problem> {
    let Some(text) = given else { return Ok(Words::default()) };
    if text.chars().count() > Words::MAX_CHARS {
        return Err(Problem::invalid(&format!("{name} must have at most {} characters", Words::MAX_CHARS)));
    }
    let words = Words::read(text);
    if words.is_empty() {
        return Err(Problem::invalid(&format!("{name} must have a letter, a digit or a Chinese character")));
    }
    Ok(words)
}

/// The numbers that are looked for.
struct Numbers {
    receipt: Option<String>,
    of_source: Option<Vec<(String, String)>>,
    foreign: Option<String>,
    phone: Option<Vec<u64>>,
}

impl Numbers {
    /// The complaints with all of them; none where none is given.
    fn find(&self, store: &mut dyn Store) -> Result<Option<Vec<ComplaintKey>>, StoreError> {
        let mut sets: Vec<BTreeSet<ComplaintKey>> = Vec::new();
        if let Some(receipt) = &self.receipt {
            sets.push(store.complaints_by_receipt(&[receipt])?.iter().map(|view| view.id).collect());
        }
        if let Some(numbers) = &self.of_source {
            sets.push(store.heads_by_number(numbers)?.values().map(|head| head.id).collect());
        }
        if let Some(number) = &self.foreign {
            let mut behind = BTreeSet::new();
            for known in store.with_foreign_numbers(&[number])? {
                behind.extend(store.members(known.ticket)?.iter().map(|view| view.id));
            }
            sets.push(behind);
        }
        if let Some(hashes) = &self.phone {
            sets.push(store.complaints_of_person(hashes)?.into_iter().collect());
        }
        let fitting = sets.into_iter().reduce(|fitting, set| &fitting & &set);
        Ok(fitting.map(|fitting| fitting.into_iter().collect()))
    }
}

/// Whether a caller that sees no contacts may find a complaint: by nothing that is hidden from it.
pub(super) fn may_be_found(view: &ComplaintView, search: &Search, tells_content: bool) -> bool {
    if documents::is_withheld(view, false) {
        // Whoever may not see a confidential complaint is not told that it has this number or these words, either.
        return !tells_content;
    }
    let (complaint, shown) = (&view.complaint, |text: &str| Spelling::of(&mask_text(text)));
    let place = &complaint.place;
    let mut places: Vec<Spelling> = place.address.as_deref().map(shown).into_iter().collect();
    places.extend([&place.street, &place.community].into_iter().flatten().map(|name| Spelling::of(name)));
    if !search.place.is_empty() && !search.place.are_in(&places) {
        return false;
    }
    search.words.is_empty() || {
        places.extend([shown(&complaint.title), shown(&complaint.text)]);
        search.words.are_in(&places)
    }
}

pub(super) async fn find(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<ComplaintQuery>,
) -> Answer<ComplaintPage> {
    let Page { after, limit } = page(query.after.as_deref(), query.limit)?;
    let contacts = caller.sees_contacts();
    if query.phone.is_some() && !contacts {
        let zh = "按电话查找需要 operator 角色的令牌";
        let en = "a look-up by telephone needs a token with role operator";
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    }
    let by = query.by().join(",");
    let (now, tells_content) = (site.clock.now(), query.tells_content());
    let (mut search, codes) = query.search(&site, &Sight::of(&site, &caller))?;
    let numbers = numbers(&site, query)?;
    let (mut views, tickets, next) = site
        .searcher
        .ask(move |store| {
            search.among = numbers.find(store)?;
            let mut admit = |view: &ComplaintView| contacts || may_be_found(view, &search, tells_content);
            let found = store.search(&search, Page { after, limit }, &mut admit)?;
            let keys: BTreeSet<TicketKey> = found.complaints.iter().map(|view| view.ticket).collect();
            let tickets = store.tickets(&keys.into_iter().collect::<Vec<_>>(), 0)?;
            Ok((found.complaints, tickets, found.next))
        })
        .await?;
    if views.is_empty() && next.is_none() && after.is_none() && !codes.are_known() {
        return Err(codes.refusal());
    }
    let tickets: HashMap<TicketKey, TicketDetail> = tickets.into_iter().map(|detail| (detail.key, detail)).collect();
    views.retain(|view| tickets.contains_key(&view.ticket));
    let rules = site.rules();
    let found = |view: &ComplaintView| Some(Found::of(view, tickets.get(&view.ticket)?, &rules, now, contacts));
    let complaints: Vec<_> = views.iter().filter_map(found).collect();
    if contacts {
        let looked = site.entry(AuditAction::LookComplaints, caller.actor()).about("by", [&by]);
        let receipts = views.iter().map(|view| &view.receipt);
        site.note(looked.about("receipt", receipts).counted(complaints.len())).await?;
    }
    // What was looked for is not logged: it may be a citizen's number.
    tracing::info!(actor = caller.name, by, found = complaints.len(), "Complaints were looked up.");
    Ok(Json(ComplaintPage { complaints, next: next.map(|next| next.to_string()) }))
}

fn numbers(site: &Site, query: ComplaintQuery) -> Result<Numbers, Problem> {
    let phone = query.phone.as_deref().map(|phone| Citizen::read(Some(phone), None, None)).transpose()?;
    let of_source = query.source_number.map(|number| of_source(site, &number));
    let phone = phone.map(|citizen| hashes(site, &citizen));
    Ok(Numbers { receipt: query.receipt, of_source, foreign: query.foreign_number, phone })
}

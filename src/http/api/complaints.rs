//! Complaints: looking them up, and the questions and reasons why they are or are not one matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::citizens::hashes;
use crate::audit::AuditAction;
use crate::desk::Citizen;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, ComplaintPage, Named, Review, ReviewPage};
use crate::http::extract::{PageQuery, Query, page};
use crate::http::problem::Problem;
use crate::key::ComplaintKey;
use crate::merge::Evidence;
use crate::store::{Page, Store, StoreError};

/// Which complaints are wanted. At least one of receipt, source_number, foreign_number and phone is given, and all that is given must fit.
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
    phone: Option<String>,
}

/// What is looked for.
struct Wanted {
    receipt: Option<String>,
    numbers: Option<Vec<(String, String)>>,
    foreign: Option<String>,
    phone: Option<Vec<u64>>,
}

impl Wanted {
    /// The complaints that fit, the oldest first.
    fn find(&self, store: &mut dyn Store) -> Result<Vec<ComplaintKey>, StoreError> {
        let mut sets: Vec<BTreeSet<ComplaintKey>> = Vec::new();
        if let Some(receipt) = &self.receipt {
            sets.push(store.complaints_by_receipt(&[receipt])?.iter().map(|view| view.id).collect());
        }
        if let Some(numbers) = &self.numbers {
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
        Ok(fitting.unwrap_or_default().into_iter().collect())
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
        return Err(Problem::new(
            RefusalCode::Forbidden,
            zh,
            "a look-up by telephone needs a token with role operator",
        ));
    }
    let given = [
        ("receipt", &query.receipt),
        ("source_number", &query.source_number),
        ("foreign_number", &query.foreign_number),
        ("phone", &query.phone),
    ];
    let by: Vec<&str> = given.into_iter().filter_map(|(name, given)| given.as_ref().map(|_| name)).collect();
    if by.is_empty() {
        return Err(Problem::invalid("give a receipt, a source_number, a foreign_number or a phone"));
    }
    let by = by.join(",");
    let channels = site.supervisor.channels();
    let phone = query.phone.as_deref().map(|phone| Citizen::read(Some(phone), None, None)).transpose()?;
    let phone = phone.map(|citizen| hashes(&site, &citizen));
    let numbers = query
        .source_number
        .map(|number| channels.iter().map(|running| (running.channel.id.clone(), number.clone())).collect::<Vec<_>>());
    // Whoever may not see a confidential complaint is not told that it has this number, either.
    let with_withheld = contacts || query.receipt.is_some() && numbers.is_none();
    let wanted = Wanted { receipt: query.receipt, numbers, foreign: query.foreign_number, phone };
    let (keys, named, next) = site
        .reader
        .ask(move |store| {
            let mut keys = wanted.find(store)?;
            keys.retain(|key| after.is_none_or(|after| key.0 > after));
            let next = documents::next(&mut keys, limit, |key| key.0);
            let named = Named::read(store, keys.iter().copied(), [])?;
            Ok((keys, named, next))
        })
        .await?;
    let shown = keys.iter().filter(|key| with_withheld || !named.is_withheld([Some(**key), None], contacts));
    let complaints: Vec<_> = shown.filter_map(|key| named.found(*key, contacts)).collect();
    if contacts {
        let looked = site.entry(AuditAction::LookComplaints, caller.actor()).about("by", [&by]);
        let receipts = keys.iter().filter_map(|key| named.receipt(*key));
        site.note(looked.about("receipt", receipts).counted(complaints.len())).await?;
    }
    // What was looked for is not logged: it may be a citizen's number.
    tracing::info!(actor = caller.name, by, found = complaints.len(), "Complaints were looked up.");
    Ok(Json(ComplaintPage { complaints, next }))
}

/// Two complaints.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TwoComplaints {
    /// Receipt number of one.
    a: String,
    /// Receipt number of the other.
    b: String,
}

/// Why two complaints are or are not one matter.
#[derive(Serialize, JsonSchema)]
pub(super) struct Explained {
    /// The evidence.
    evidence: Evidence,
    /// The evidence as lines of text, in Chinese.
    card: String,
}

pub(super) async fn explain(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(two): Query<TwoComplaints>,
) -> Answer<Explained> {
    let (contacts, receipts) = (caller.sees_contacts(), [two.a.clone(), two.b.clone()]);
    let both =
        site.reader.ask(move |store| store.complaints_by_receipt(&receipts.each_ref().map(String::as_str))).await?;
    if both.iter().any(|view| documents::is_withheld(view, contacts)) {
        let zh = "其中有保密诉求，查看归并依据需要 operator 角色的令牌";
        let en = "one of them is confidential; its evidence needs a token with role operator";
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    }
    let evidence = site.desk.explain(&two.a, &two.b, &site.rules()).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Explained { card: evidence.card(crate::catalogue::Locale::Zh), evidence }))
}

pub(super) async fn reviews(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<PageQuery>,
) -> Answer<ReviewPage> {
    let Page { after, limit } = query.page()?;
    let (found, named, next) = site
        .reader
        .ask(move |store| {
            let mut found = store.open_reviews(Page { after, limit: limit + 1 })?;
            let next = documents::next(&mut found, limit, |view| view.id.0);
            let complaints =
                found.iter().flat_map(|view| [view.complaint, ComplaintKey(view.evidence.matched_complaint)]);
            let tickets = found.iter().flat_map(|view| [view.current_ticket, view.ticket]);
            let named = Named::read(store, complaints, tickets)?;
            Ok((found, named, next))
        })
        .await?;
    let contacts = caller.sees_contacts();
    if contacts {
        let looked = site.entry(AuditAction::LookReviews, caller.actor());
        site.note(looked.about("review", found.iter().map(|view| view.id)).counted(found.len())).await?;
    }
    let shown = found.iter().filter(|view| !Review::is_withheld(view, &named, contacts));
    Ok(Json(ReviewPage { reviews: shown.map(|view| Review::of(view, &named, contacts)).collect(), next }))
}

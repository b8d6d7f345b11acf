//! Complaints: looking them up, and the questions and reasons why they are or are not one matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use huiliu_expression::read_phone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, ComplaintPage, Named, Review, ReviewPage};
use crate::http::extract::{PageQuery, Query, page};
use crate::http::problem::Problem;
use crate::key::ComplaintKey;
use crate::merge::Evidence;
use crate::store::{Page, Store, StoreError};

/// Which complaints are wanted. At least one of receipt, source_number and phone is given, and all that is given must fit.
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
    /// Telephone number of the reporter, in any spelling that a mapping reads.
    phone: Option<String>,
}

/// What is looked for.
struct Wanted {
    receipt: Option<String>,
    numbers: Option<Vec<(String, String)>>,
    phone: Option<u64>,
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
        if let Some(hash) = self.phone {
            sets.push(store.complaints_of_person(&[hash])?.into_iter().collect());
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
    let by: Vec<&str> = [("receipt", &query.receipt), ("source_number", &query.source_number), ("phone", &query.phone)]
        .into_iter()
        .filter_map(|(name, given)| given.as_ref().map(|_| name))
        .collect();
    if by.is_empty() {
        return Err(Problem::invalid("give a receipt, a source_number or a phone"));
    }
    let by = by.join(",");
    let phone = query.phone.map(|phone| hash_of_phone(&site, &phone)).transpose()?;
    let channels = site.supervisor.channels();
    let numbers = query
        .source_number
        .map(|number| channels.iter().map(|running| (running.channel.id.clone(), number.clone())).collect::<Vec<_>>());
    let wanted = Wanted { receipt: query.receipt, numbers, phone };
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
    let complaints: Vec<_> = keys.iter().filter_map(|key| named.found(*key, contacts)).collect();
    // What was looked for is not logged: it may be a citizen's number.
    tracing::info!(actor = caller.name, by, found = complaints.len(), "Complaints were looked up.");
    Ok(Json(ComplaintPage { complaints, next }))
}

/// The keyed hash of a telephone number, read as mappings read it.
pub(super) fn hash_of_phone(site: &Site, phone: &str) -> Result<u64, Problem> {
    match read_phone(phone) {
        Ok(number) => Ok(site.vault.hash("phone", &number)),
        Err(_) => Err(Problem::new(
            RefusalCode::InvalidRequest,
            "不是可用的电话号码（手机 11 位，座机带区号 10 到 12 位）",
            "not a usable telephone number (mobile: 11 digits; fixed line: 10 to 12 with area code)",
        )),
    }
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
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(two): Query<TwoComplaints>,
) -> Answer<Explained> {
    let evidence = site.desk.explain(&two.a, &two.b, &site.rules()).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Explained { card: evidence.card(), evidence }))
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
    Ok(Json(ReviewPage { reviews: found.iter().map(|view| Review::of(view, &named, contacts)).collect(), next }))
}

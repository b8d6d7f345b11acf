//! The questions and reasons why complaints are or are not one matter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::documents::{self, Named, Review, ReviewPage};
use crate::http::extract::{PageQuery, Query};
use crate::http::problem::Problem;
use crate::key::ComplaintKey;
use crate::merge::Evidence;
use crate::store::Page;

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

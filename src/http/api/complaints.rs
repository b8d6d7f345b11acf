//! The questions and reasons why complaints are or are not one matter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::matter::{MAX_NUMBER_CHARS, Meant, Number};
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::caller::{Caller, Viewer};
use crate::http::documents::{self, Named, Review, ReviewPage};
use crate::http::extract::{Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::{ComplaintKey, ReviewKey};
use crate::merge::Evidence;
use crate::store::{ComplaintView, Listed, Page, ReviewView, Store};

/// Two complaints.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TwoComplaints {
    /// Receipt number of one, or its source's number.
    #[schemars(length(min = 1, max = MAX_NUMBER_CHARS))]
    a: String,
    /// Receipt number of the other, or its source's number.
    #[schemars(length(min = 1, max = MAX_NUMBER_CHARS))]
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
    let contacts = caller.sees_contacts();
    let both = both(&site, &caller, &two).await?;
    if both.iter().any(|view| documents::is_withheld(view, contacts)) {
        let zh = "其中有保密诉求，查看归并依据需要 operator 角色的令牌";
        let en = "one of them is confidential; its evidence needs a token with role operator";
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    }
    let [a, b] = both.map(|view| view.receipt);
    let evidence = site.desk.explain(&a, &b, &site.rules()).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(Explained { card: evidence.card(crate::catalogue::Locale::Zh), evidence }))
}

/// The two complaints; a refusal names each number that is not known, or that names several.
async fn both(site: &Site, caller: &Caller, two: &TwoComplaints) -> Result<[ComplaintView; 2], Problem> {
    let numbers = [Number::read(site, caller, &two.a)?, Number::read(site, caller, &two.b)?];
    let [a, b] = site.reader.ask(move |store| Ok([numbers[0].find(store)?, numbers[1].find(store)?])).await?;
    match (one(&two.a, a), one(&two.b, b)) {
        (Ok(a), Ok(b)) => Ok([a, b]),
        (Err((zh, en)), Ok(_)) | (Ok(_), Err((zh, en))) => Err(Problem::new(RefusalCode::NotFound, zh, en)),
        (Err(a), Err(b)) => {
            let (zh, en) = (format!("{}；{}", a.0, b.0), format!("{}; {}", a.1, b.1));
            Err(Problem::new(RefusalCode::NotFound, zh, en))
        }
    }
}

/// The one complaint that has a number whose data is still there, or why there is none.
fn one(number: &str, meant: Meant) -> Result<ComplaintView, (String, String)> {
    let Meant::Complaints(mut views) = meant else {
        return Err((
            format!("{number} 是工单号，请给出诉求的受理号或来源编号"),
            format!("{number} is a ticket; give the receipt or source number of a complaint"),
        ));
    };
    let count = views.len();
    match views.pop() {
        None => Err((
            format!("没有受理号或来源编号为 {number} 的诉求"),
            format!("no complaint has the receipt or source number {number}"),
        )),
        Some(_) if count > 1 => Err((
            format!("有 {count} 件诉求的编号是 {number}，请给出受理号"),
            format!("{count} complaints have the number {number}; give a receipt number"),
        )),
        Some(view) if view.erased => {
            Err((format!("诉求 {number} 的个人信息已删除"), format!("the data of the complaint {number} was erased")))
        }
        Some(view) => Ok(view),
    }
}

/// Which open questions are wanted.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only those about the ticket with this id: whether a complaint belongs to it, or one of its own to another. All of them are given
    /// at once, at most 500.
    #[schemars(example = &"RC-20261122-000001")]
    ticket: Option<String>,
}

pub(super) async fn reviews(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<ReviewQuery>,
) -> Answer<ReviewPage> {
    let part = page(query.after.as_deref(), query.limit)?;
    let of = query.ticket;
    let sight = Sight::of(&site, &caller);
    let (found, named, next) = site
        .reader
        .ask(move |store| {
            let see = |store: &mut dyn Store, mut found: Vec<ReviewView>| {
                let hidden = sight.hidden(store, found.iter().flat_map(|view| [view.current_ticket, view.ticket]))?;
                found.retain(|view| !hidden.contains(&view.current_ticket) && !hidden.contains(&view.ticket));
                Ok(found)
            };
            let (found, next) = match &of {
                None if sight.sees_all() => {
                    sight::page(store, part, |store, page| store.open_reviews(page), |view| view.id.0, see)?
                }
                None => {
                    let open = |store: &mut dyn Store, number| {
                        Ok(store.review(ReviewKey(number))?.filter(|view| view.answer.is_none()))
                    };
                    sight::picked(store, (&sight, &Listed::Reviews), part, open, see)?
                }
                Some(id) => {
                    let key = store.ticket_keys(&[id])?.remove(id);
                    let of = key.map(|key| store.open_reviews_of(key, Page::MAX)).transpose()?;
                    (see(store, of.unwrap_or_default())?, None)
                }
            };
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

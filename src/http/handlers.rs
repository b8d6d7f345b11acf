//! What a handler sees and says on the page of a phone, by the link of a text: asked by that page alone, in this process. The token of the
//! link is the authorization, for one ticket and for as long as the handler's unit has it; it stands in no log.

mod document;
mod photos;
mod said;

use std::sync::Arc;

use aide::axum::ApiRouter;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) use self::photos::{photo, taken_photo};
use super::Site;
use super::api::{StatusResult, told_of_update};
use super::extract::{PackJson, Path};
use super::problem::Problem;
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::city::{Feed, PhonePages};
use crate::desk::Signer;
use crate::handling::{Handler, LinkTimes, Void, holds};
use crate::key::TicketKey;
use crate::pack::Rules;
use crate::people::Scope;
use crate::store::{Bearer, HandlerLinks, Page, Store, StoreError, TicketDetail};
use crate::ticket::{Act, Status};

/// Where the page asks.
pub(super) const ADDRESS: &str = "/handlers/v1";
/// The role of handlers in the audit log.
const ROLE: &str = "handler";
/// Most tickets that absorbed one another through which a link is followed.
const MAX_FOLLOWED: usize = 10;

/// The routes below [`ADDRESS`].
pub(super) fn router() -> ApiRouter<Arc<Site>> {
    ApiRouter::new().route("/{token}", get(show).post(say))
}

/// Somebody with a link whose turn it is to ask.
pub(super) struct Turn;

impl FromRequestParts<Arc<Site>> for Turn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
        site.citizens.look_by_link(site.citizens.proxies.address(&parts.extensions, &parts.headers))?;
        Ok(Self)
    }
}

/// A link.
#[derive(Deserialize)]
struct LinkPath {
    token: String,
}

/// What a link opens.
struct Opened {
    rules: Arc<Rules>,
    detail: TicketDetail,
    /// The id of the ticket for which the link was given: another one where that was absorbed.
    given_for: String,
    handler: Handler,
    phone: String,
    feed: String,
    pages: PhonePages,
}

impl Opened {
    /// The feed in whose name the handler speaks.
    fn feed(&self) -> Option<&Feed> {
        self.rules.feeds.get(&self.feed)
    }

    /// For whom the handler acts: the unit that has the ticket, looked at again when it is done.
    fn signer(&self) -> Signer {
        let departments = vec![self.handler.unit.clone()];
        Signer { scope: Arc::new(Scope { departments, ..Scope::default() }), is_center: false }
    }

    /// An entry of the audit log of what the handler does.
    fn entry(&self, site: &Site, action: AuditAction) -> AuditEntry {
        let entry = site.entry(action, Actor::new(self.handler.code.clone(), ROLE));
        entry.about("ticket", [&self.detail.ticket.id])
    }
}

fn links(site: &Site) -> Result<&HandlerLinks, Problem> {
    site.links.as_ref().ok_or_else(Problem::not_found)
}

/// Opens a ticket by the token of a link. One that was not made here and one of which nothing is left are told in the same words.
async fn open(site: &Site, token: &str) -> Result<Result<Opened, Void>, Problem> {
    let links = links(site)?;
    let link = links.open(token).ok_or_else(Problem::not_found)?;
    let found = site.reader.ask(move |store| followed(store, link.ticket)).await?;
    let (given_for, detail) = found.ok_or_else(Problem::not_found)?;
    let (rules, ticket) = (site.rules(), &detail.ticket);
    let is_followed = ticket.id != given_for;
    let unit = ticket.route.department.as_str();
    let mut handlers = rules.handling.units().on_phones(ticket);
    let meant = handlers
        .find(|(handler, phone)| links.is_for(&link, &Bearer { unit, handler: &handler.code, phone }))
        .map(|(handler, phone)| (handler.clone(), phone.to_owned()));
    let times = LinkTimes { given_at: link.given_at, until: link.until };
    let standing = holds((ticket, is_followed), times, meant.as_ref().map(|(handler, _)| handler), site.clock.now());
    let spoken_for = rules.feeds.on_phones(ticket).map(|(feed, pages)| (feed.name.clone(), pages));
    drop(handlers);
    Ok(match (standing, meant, spoken_for) {
        (Err(void), ..) => Err(void),
        (Ok(()), Some((handler, phone)), Some((feed, pages))) => {
            Ok(Opened { rules, detail, given_for, handler, phone, feed, pages })
        }
        // The matter is no longer one of those that are handled so.
        (Ok(()), ..) if is_followed => Err(Void::Merged),
        (Ok(()), ..) => Err(Void::HandedOver),
    })
}

/// The ticket for which a link was given, by its id, and the one that answers for it now: itself, or the one that absorbed it.
fn followed(store: &mut dyn Store, given_for: TicketKey) -> Result<Option<(String, TicketDetail)>, StoreError> {
    let Some(mut detail) = store.tickets(&[given_for], Page::MAX)?.pop() else { return Ok(None) };
    let given_for = detail.ticket.id.clone();
    for _ in 0..MAX_FOLLOWED {
        let Some(successor) = detail.ticket.successor.clone().filter(|_| detail.ticket.status == Status::Absorbed)
        else {
            break;
        };
        let Some(key) = store.ticket_keys(&[&successor])?.remove(&successor) else { break };
        let Some(next) = store.tickets(&[key], Page::MAX)?.pop() else { break };
        detail = next;
    }
    Ok(Some((given_for, detail)))
}

/// What the page is told of a link that holds no more.
fn void(reason: Void) -> Value {
    let word = match reason {
        Void::Expired => "expired",
        Void::HandedOver => "handed_over",
        Void::Finished => "finished",
        Void::Merged => "merged",
    };
    json!({ "void": word })
}

async fn show(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(LinkPath { token }): Path<LinkPath>,
) -> Result<Json<Value>, Problem> {
    let opened = match open(&site, &token).await? {
        Ok(opened) => opened,
        Err(reason) => return Ok(Json(void(reason))),
    };
    site.note(opened.entry(&site, AuditAction::LookTicket)).await?;
    document::document(&opened, site.clock.now()).map(Json).ok_or_else(Problem::not_found)
}

/// What came of what a handler said, as the page is told.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Told {
    Void(Value),
    Judged(StatusResult),
}

async fn say(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(LinkPath { token }): Path<LinkPath>,
    PackJson(said): PackJson<said::Said>,
) -> Result<Json<Told>, Problem> {
    let opened = match open(&site, &token).await? {
        Ok(opened) => opened,
        Err(reason) => return Ok(Json(Told::Void(void(reason)))),
    };
    let (update, photos) = said::read(said, &opened, site.clock.now())?;
    let done =
        update.status.map(Status::wire).into_iter().chain(update.act.as_ref().map(|act: &Act| act.kind().wire()));
    let entry = opened.entry(&site, AuditAction::Update).about("feed", [&opened.feed]).about("what", done);
    let (rules, links) = (Arc::clone(&opened.rules), links(&site)?);
    let judged = site.desk.status_by_handler((update, photos), (opened.signer(), entry), links, &rules).await?;
    let Json(result) = told_of_update(&site, opened.detail.ticket.id, judged).await?;
    Ok(Json(Told::Judged(result)))
}

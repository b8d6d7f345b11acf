//! What is kept for citizens between their calls: whose turn it is, and what is near.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use aide::operation::OperationInput;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use huiliu_adapter_api::{Network, RefusalCode, Shares, refused_for_now};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::bulletin::OpenMatter;
use crate::http::at_once::{AtOnce, Share};
use crate::http::believed::Believed;
use crate::http::matters;
use crate::http::problem::Problem;
use crate::http::proxies::Proxies;
use crate::http::{Site, body};
use crate::pack::Rules;
use crate::store::{ReceiptCodes, Store, StoreError, TicketFilter};

/// Questions with a receipt number from one address in an hour. With a code of 31 to the power of 8 nobody guesses one at this pace.
const LOOKS_PER_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);
/// Questions with links of handlers from one address in an hour: a whole office has one. Nobody guesses what is sealed; this bounds the load.
const HANDLER_LOOKS_PER_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(2_999);
/// Most KiB that citizens are sending at a time.
const MAX_HELD_KIB: usize = 256 << 10;
/// KiB that are held for a body whose length is not announced: the largest that a form takes.
const UNANNOUNCED_KIB: usize = 24 << 10;
/// Most KiB that one address may be sending at a time: whoever opens many forms and sends none keeps nobody else out.
const MAX_HELD_OF_ADDRESS_KIB: usize = 2 * UNANNOUNCED_KIB;

/// What is kept for citizens between their calls.
#[derive(Debug)]
pub struct CitizenDoor {
    /// The second secrets of receipt numbers.
    pub(super) codes: ReceiptCodes,
    pub(in crate::http) proxies: Proxies,
    looks: Shares<IpAddr>,
    handlers: Shares<IpAddr>,
    room: Arc<Semaphore>,
    /// KiB that are held for each address.
    sending: AtOnce,
    /// Open matters of which everybody may know that there are such, by version of the city pack.
    near: Believed<String, Vec<OpenMatter>>,
}

impl CitizenDoor {
    /// With these secrets, behind these proxies.
    #[must_use]
    pub fn new(codes: ReceiptCodes, proxies: Vec<Network>) -> Self {
        let room = Arc::new(Semaphore::new(MAX_HELD_KIB));
        let [looks, handlers] = [LOOKS_PER_HOUR, HANDLER_LOOKS_PER_HOUR].map(Shares::per_hour);
        Self {
            codes,
            proxies: proxies.into(),
            looks,
            handlers,
            room,
            sending: AtOnce::new(MAX_HELD_OF_ADDRESS_KIB),
            near: Believed::default(),
        }
    }

    /// A share of the memory for what a request announces to send; none where too much is being sent, by all or from there.
    fn hold(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<Held> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let kib = announced.map_or(UNANNOUNCED_KIB, |bytes| bytes / 1_024 + 1).min(UNANNOUNCED_KIB);
        let of_address = self.sending.take(self.proxies.address(extensions, headers), kib)?;
        let of_all = Arc::clone(&self.room).try_acquire_many_owned(u32::try_from(kib).ok()?).ok()?;
        Some(Held { _of_address: of_address, _of_all: of_all })
    }

    /// Takes one question of an address's share.
    pub(super) fn look(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        takes(&self.looks, address)
    }

    /// Takes one question with the link of a handler of an address's share.
    pub(in crate::http) fn look_by_link(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        takes(&self.handlers, address)
    }

    /// The open matters of the kinds that a form counts, as they were within the last minutes.
    pub(super) async fn near(&self, site: &Arc<Site>) -> Result<Arc<Vec<OpenMatter>>, StoreError> {
        let (now, rules, kinds) = (site.clock.now(), site.rules(), counted(site));
        let (version, asking) = (rules.version.clone(), Arc::clone(site));
        let gathering = async move { asking.searcher.ask(move |store| gather(store, &rules, &kinds)).await };
        self.near.lately(version, now, gathering).await
    }
}

/// The share of the memory of one request.
struct Held {
    _of_address: Share,
    _of_all: OwnedSemaphorePermit,
}

fn takes(shares: &Shares<IpAddr>, address: Option<IpAddr>) -> Result<(), Problem> {
    match address {
        Some(address) if !shares.takes(&address) => Err(Problem::from(refused_for_now(
            RefusalCode::TooManyRequests,
            "查询过于频繁，请过一会儿再试",
            "too many questions came from here; try again later",
        ))),
        _ => Ok(()),
    }
}

/// Lets a request in while there is memory for what it sends: anybody may send photos, and many at a time.
pub(in crate::http) async fn within_room(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let Some(_held) = site.citizens.hold(request.extensions(), request.headers()) else {
        return no_room().into_response();
    };
    // It comes whole, and in time, before anybody waits for it: what is announced and not sent is soon given back.
    let (parts, body) = request.into_parts();
    let body = match body::read_as_sent(&parts.headers, body, UNANNOUNCED_KIB << 10).await {
        Ok(whole) => Body::from(whole),
        Err(problem) => return problem.into_response(),
    };
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(HasRoom);
    next.run(request).await
}

/// A request that has its share of the memory: what a page asks the API because of it needs no second one.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct HasRoom;

/// The share of the memory of a request, held until it is answered.
pub(in crate::http) struct Room {
    _held: Option<Held>,
}

impl FromRequestParts<Arc<Site>> for Room {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
        if parts.extensions.get::<HasRoom>().is_some() {
            return Ok(Self { _held: None });
        }
        site.citizens.hold(&parts.extensions, &parts.headers).map(|held| Self { _held: Some(held) }).ok_or_else(no_room)
    }
}

impl OperationInput for Room {}

fn no_room() -> Problem {
    let (zh, en) = ("现在提交的人太多，请过一会儿再试", "too many people are sending; try again later");
    Problem::from(refused_for_now(RefusalCode::Unavailable, zh, en))
}

/// Kinds that some form counts.
fn counted(site: &Site) -> Vec<String> {
    let forms = site.supervisor.channels().into_iter().filter_map(|running| running.channel.adapter.form());
    forms.filter_map(|form| form.asks().nearby.clone()).flat_map(|nearby| nearby.only).collect()
}

fn gather(store: &mut dyn Store, rules: &Rules, kinds: &[String]) -> Result<Vec<OpenMatter>, StoreError> {
    let mut found = Vec::new();
    // What is older than the newest tickets that are looked at is not counted.
    let _is_cut = matters::newest(store, &TicketFilter::default(), &mut |store, detail| {
        let ticket = &detail.ticket;
        let category = &ticket.route.category;
        let may_be_told =
            !ticket.status.is_final() && kinds.contains(category) && !rules.feeds.confidential.covers(category);
        let Some(at) = ticket.point.filter(|_| may_be_told) else { return Ok(true) };
        // A matter that somebody wants kept secret is not told of, in no way.
        if store.members(detail.key)?.iter().all(|member| !member.complaint.reporter.secret) {
            found.push(OpenMatter { category: category.clone(), at });
        }
        Ok(true)
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::server::Peer;
    use crate::store::{KeyRing, Vault};

    fn door() -> CitizenDoor {
        CitizenDoor::new(ReceiptCodes::of(&Vault::new(&KeyRing::generate().unwrap()).unwrap()), Vec::new())
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        [(http::HeaderName::from_static(name), value.parse().unwrap())].into_iter().collect()
    }

    fn from(last: u8) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(IpAddr::from([9, 9, 9, last])));
        extensions
    }

    #[test]
    fn who_sends_much_leaves_room_for_others_again() {
        let door = door();
        let (unknown, small) = (HeaderMap::new(), headers("content-length", "2000"));
        let mut held: Vec<_> = (0..20).filter_map(|last| door.hold(&from(last), &unknown)).collect();
        assert_eq!(held.len(), 10, "256 MiB for bodies of 24 MiB");
        let more: Vec<_> = std::iter::from_fn(|| door.hold(&from(99), &small)).collect();
        assert_eq!(more.len(), 8 << 10, "two KiB each");
        assert!(door.hold(&from(30), &unknown).is_none());
        held.pop();
        assert!(door.hold(&from(30), &unknown).is_some());
    }

    #[test]
    fn one_address_keeps_nobody_else_out() {
        let door = door();
        let unknown = HeaderMap::new();
        let held: Vec<_> = std::iter::from_fn(|| door.hold(&from(1), &unknown)).collect();
        assert_eq!(held.len(), 2, "48 MiB for bodies of 24 MiB");
        assert!(door.hold(&from(2), &unknown).is_some());
        drop(held);
        assert!(door.hold(&from(1), &unknown).is_some());
    }

    #[test]
    fn who_asks_too_often_waits() {
        let (door, address) = (door(), "1.2.3.4".parse().ok());
        assert_eq!((0..400).filter(|_| door.look(address).is_ok()).count(), 300);
        assert!(door.look("1.2.3.5".parse().ok()).is_ok());
        assert_eq!((0..4_000).filter(|_| door.look_by_link(address).is_ok()).count(), 3_000, "an office has more");
    }
}

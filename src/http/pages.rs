//! The console and the pages of citizens: pages beside the API, which they ask as any other client does.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::openapi::OpenApi;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::get;
use huiliu_adapter_api::Refusal;
use huiliu_citizens::{Asker, CitizenPages, Refused};
use huiliu_console::{ADDRESS, Console, Doors};

use super::audited::Identity;
use super::identity::{Numbered, RefusalLines, answered};
use super::server::{Peer, within_time};
use super::{Site, api, citizens, export, handlers, provider};

/// The pages below [`ADDRESS`].
pub(super) fn router(site: &Arc<Site>, lines: RefusalLines) -> Router {
    let routes = api::router().merge(api::platform_router()).merge(provider::router()).layer(from_fn(within_time));
    let routes: Router<Arc<Site>> = ApiRouter::new().nest("/api/v1", routes).finish_api(&mut OpenApi::default());
    let routes = routes.layer(from_fn_with_state(Arc::clone(site), export::as_file));
    let api = routes.layer(from_fn_with_state((lines, Arc::clone(site)), answered)).with_state(Arc::clone(site));
    let zoned = Arc::clone(site);
    let zone = Box::new(move || zoned.rules().feeds.zone.clone());
    let clock = Arc::clone(&site.clock);
    let now = Box::new(move || clock.now());
    let doors = Doors {
        provider: site.provider.as_ref().map(|door| door.name.clone()),
        passwords: site.pages.passwords,
        public_url: site.pages.public_url.clone(),
    };
    let console = huiliu_console::router(Console { api, zone, now, secure: site.pages.secure, doors, carry });
    // What is nested answers without the stroke at its end.
    let with_stroke = get(async || Redirect::permanent(ADDRESS));
    // Whoever types the bare address means the console.
    let bare = get(async || Redirect::temporary(ADDRESS));
    Router::new().route("/", bare).route(&format!("{ADDRESS}/"), with_stroke).nest(ADDRESS, console)
}

/// The pages of citizens and of handlers' phones, beside the API of [`citizens`] and what [`handlers`] answers to these pages alone.
pub(super) fn of_citizens(site: &Arc<Site>, lines: RefusalLines) -> Router {
    let routes = citizens::router().layer(from_fn(within_time));
    let routes = ApiRouter::new().nest(citizens::ADDRESS, routes).nest(handlers::ADDRESS, handlers::router());
    let routes: Router<Arc<Site>> = routes.finish_api(&mut OpenApi::default());
    let api = routes.layer(from_fn_with_state((lines, Arc::clone(site)), answered)).with_state(Arc::clone(site));
    let zoned = Arc::clone(site);
    let zone = Box::new(move || zoned.rules().feeds.zone.clone());
    let public_url = site.links.as_ref().map(|links| links.base().to_owned());
    let pages = huiliu_citizens::router(CitizenPages { api, zone, public_url, carry });
    pages.layer(from_fn_with_state(Arc::clone(site), citizens::within_room)).layer(from_fn(within_time))
}

/// That a refusal is told by the page of its response: no document takes its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct ToldByPage;

/// Shows a page where a request of a browser to a page of citizens or of handlers is refused before the page is asked, or by what reads it.
pub(super) async fn for_browsers(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let Some(asker) = Asker::of(request.method(), request.uri(), request.headers()) else {
        return next.run(request).await;
    };
    let answer = next.run(request).await;
    let status = answer.status();
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !(status.is_client_error() || status.is_server_error()) || kind.starts_with("text/html") {
        return answer;
    }
    let refusal = answer.extensions().get::<Refusal>().cloned();
    let after = answer.headers().get(RETRY_AFTER).cloned();
    let refused = refusal.clone().map(|Refusal { zh, en, .. }| Refused { status, zh, en, after });
    let mut page = asker.refused(&site.rules().feeds.zone, refused, status);
    page.headers_mut().extend(answer.headers().get(ALLOW).map(|allowed| (ALLOW, allowed.clone())));
    if let Some(refusal) = refusal {
        page.extensions_mut().insert(refusal);
        page.extensions_mut().insert(ToldByPage);
    }
    page
}

/// Number and sender of a request, and who it is when that is known.
fn carry(outer: &Extensions) -> Extensions {
    let mut inner = Extensions::new();
    if let Some(identity) = outer.get::<Arc<Identity>>() {
        inner.insert(Arc::clone(identity));
    }
    if let Some(numbered) = outer.get::<Numbered>() {
        inner.insert(numbered.clone());
    }
    if let Some(peer) = outer.get::<Peer>() {
        inner.insert(*peer);
    }
    if let Some(has_room) = outer.get::<citizens::HasRoom>() {
        inner.insert(*has_room);
    }
    inner
}

//! The console and the pages of citizens: pages beside the API, which they ask as any other client does.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::openapi::OpenApi;
use axum::Router;
use axum::http::Extensions;
use axum::middleware::{from_fn, from_fn_with_state};
use huiliu_citizens::CitizenPages;
use huiliu_console::{ADDRESS, Console};

use super::audited::Identity;
use super::identity::{Numbered, RefusalLines, answered};
use super::server::{Peer, within_time};
use super::{Site, api, citizens};

/// The pages below [`ADDRESS`].
pub(super) fn router(site: &Arc<Site>, lines: RefusalLines) -> Router {
    let routes = api::router().merge(api::platform_router()).layer(from_fn(within_time));
    let routes: Router<Arc<Site>> = ApiRouter::new().nest("/api/v1", routes).finish_api(&mut OpenApi::default());
    let api = routes.layer(from_fn_with_state((lines, Arc::clone(site)), answered)).with_state(Arc::clone(site));
    let zoned = Arc::clone(site);
    let zone = Box::new(move || zoned.rules().feeds.zone.clone());
    Router::new().nest(ADDRESS, huiliu_console::router(Console { api, zone, secure: site.pages.secure, carry }))
}

/// The pages of citizens, beside the API of [`citizens`].
pub(super) fn of_citizens(site: &Arc<Site>, lines: RefusalLines) -> Router {
    let routes = citizens::router().layer(from_fn(within_time));
    let routes: Router<Arc<Site>> =
        ApiRouter::new().nest(citizens::ADDRESS, routes).finish_api(&mut OpenApi::default());
    let api = routes.layer(from_fn_with_state((lines, Arc::clone(site)), answered)).with_state(Arc::clone(site));
    let zoned = Arc::clone(site);
    let zone = Box::new(move || zoned.rules().feeds.zone.clone());
    let pages = huiliu_citizens::router(CitizenPages { api, zone, carry });
    pages.layer(from_fn_with_state(Arc::clone(site), citizens::within_room)).layer(from_fn(within_time))
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

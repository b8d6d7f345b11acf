//! `/metrics`: what was counted, and what is looked up at the moment. It holds no personal data and needs no token: keep it inside.

mod known;
mod page;
mod process;
mod text;

pub use known::LedgerMemory;

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::Site;
use crate::telemetry::Metrics;

/// What stands for the route of a request that has none.
const UNMATCHED: &str = "unmatched";

/// The page, in the format that the caller asks for.
pub(super) async fn metrics(State(site): State<Arc<Site>>, headers: HeaderMap) -> impl IntoResponse {
    let format = text::Format::asked_for(&headers);
    let page = known::page(&site).await;
    (
        [(header::CONTENT_TYPE, format.content_type())],
        format.write(&[site.metrics.registry(), &page.own, &page.process]),
    )
}

/// Counts requests by route.
pub(super) async fn counted(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let (method, began) = (method_name(request.method()), Instant::now());
    let response = next.run(request).await;
    let route = (method, route.as_deref().unwrap_or(UNMATCHED));
    metrics.request(route, class(response.status()), began.elapsed().as_secs_f64());
    response
}

/// Makes the series of the routes of an OpenAPI document, and of those that are in none.
pub(super) fn know_routes(metrics: &Metrics, document: &aide::openapi::OpenApi) {
    let paths = document.paths.iter().flat_map(|paths| paths.iter());
    for (path, item) in paths {
        // What the document calls a name is the rest of the path.
        let route = path.replace("{rest}", "{*rest}");
        for (method, _) in item.as_item().into_iter().flat_map(aide::openapi::PathItem::iter) {
            metrics.route(
                Method::from_bytes(method.to_ascii_uppercase().as_bytes()).map_or(OTHER, |m| method_name(&m)),
                &route,
            );
        }
    }
    metrics.route("GET", "/files/{raw}/{number}");
    metrics.route("GET", "/metrics");
    metrics.route("GET", UNMATCHED);
}

/// What stands for a method that callers made up.
const OTHER: &str = "other";

fn method_name(method: &Method) -> &'static str {
    let known = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or(OTHER)
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

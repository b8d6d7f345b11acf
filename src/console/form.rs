//! What browsers send: read, and only from pages of the console.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;

use crate::Site;
use crate::session::locale;
use crate::trouble::{Refused, Trouble};

/// Where a browser says that a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

/// A form. One that lacks something, or has what it should not have, is refused with words.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let locale = locale(request.headers());
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(_unreadable) => Err(Trouble::Refused(Refused::unreadable()).page(locale)),
        }
    }
}

/// Lets what a form sends in, if the form stands on a page of the console: also those that need no session, and so have no token.
pub(crate) async fn from_here(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_read || is_own(request.headers(), site.doors.public_url.as_deref()) {
        return next.run(request).await;
    }
    Trouble::Forged.page(locale(request.headers())).into_response()
}

/// Whether a request comes from this site. Who says nothing of it is no browser, and has nobody's cookies.
fn is_own(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text(FETCH_SITE), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let (_, own) = origin.split_once("://").unwrap_or_default();
            let reached = public_url.and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
            let reached = reached.and_then(|rest| rest.split('/').next());
            !own.is_empty() && (text(HOST.as_str()) == Some(own) || reached == Some(own))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_own_of(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
        });
        is_own(&headers.collect(), Some("https://huiliu.example/"))
    }

    #[test]
    fn what_another_site_sends_is_told_by_what_the_browser_says() {
        for (headers, wanted) in [
            (vec![], true),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "https://huiliu.example")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("origin", "https://huiliu.example"), ("host", "10.0.0.1:8311")], true),
            (vec![("origin", "http://10.0.0.1:8311"), ("host", "10.0.0.1:8311")], true),
            (vec![("origin", "https://evil.example"), ("host", "huiliu.example")], false),
            (vec![("origin", "null"), ("host", "huiliu.example")], false),
        ] {
            assert_eq!(is_own_of(&headers), wanted, "{headers:?}");
        }
    }
}

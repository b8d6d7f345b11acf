//! What a browser is shown where the gateway refuses a request before any page is asked: a page that says so, and not a document for programs.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use huiliu_domain::catalogue::{Locale, say};
use jiff::tz::TimeZone;

use crate::api::Refused;
use crate::page;
use crate::visitor::Visitor;

/// The first parts of the addresses of pages.
const ADDRESSES: [&str; 4] = ["f", "d", "q", "h"];

/// Somebody at a browser who asks for a page.
#[derive(Debug)]
pub struct Asker {
    visitor: Visitor,
    method: Method,
}

impl Asker {
    /// Who asks; none where the address is that of no page, and where a program asks, which wants JSON (`accept`) and no page.
    #[must_use]
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let first = uri.path().split('/').nth(1)?;
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let is_program = accept.contains("json") && !accept.contains("text/html");
        let asks = ADDRESSES.contains(&first) && !is_program;
        asks.then(|| Self { visitor: Visitor::reading(uri, headers), method: method.clone() })
    }

    /// The page that says why there is no other. What was refused without a word of why is said to be unreadable.
    #[must_use]
    pub fn refused(&self, zone: &TimeZone, refused: Option<Refused>, status: StatusCode) -> Response {
        let (visitor, locale) = (&self.visitor, self.visitor.locale);
        let said = match &refused {
            _ if status == StatusCode::NOT_FOUND => say!(in locale; "citizens-nothing-here-do"),
            Some(refused) => refused.said(locale).to_owned(),
            None => say!(in locale; "citizens-unreadable"),
        };
        let page = page::plain((visitor, status), zone, (&self.heading(status, locale), &said), false);
        page::again_after(page, refused.and_then(|refused| refused.after))
    }

    fn heading(&self, status: StatusCode, locale: Locale) -> String {
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => say!(in locale; "citizens-nothing-here"),
            _ if self.method == Method::POST => say!(in locale; "citizens-refused"),
            _ => say!(in locale; "citizens-broken"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asker(path: &str, accept: Option<&'static str>) -> Option<Asker> {
        let headers = accept.map(|accept| (ACCEPT, HeaderValue::from_static(accept))).into_iter().collect();
        Asker::of(&Method::POST, &path.parse().unwrap(), &headers)
    }

    #[test]
    fn a_browser_is_shown_a_page_and_a_program_gets_its_document() {
        for (path, accept, is_shown) in [
            ("/f", None, true),
            ("/f/GX-1", Some("text/html,application/xhtml+xml,*/*;q=0.8"), true),
            ("/h/token/0", Some("*/*"), true),
            ("/q/GX1?lang=en", Some("text/html, application/json"), true),
            ("/q", Some("application/json"), false),
            ("/q", Some("application/problem+json"), false),
            ("/files/1/2", None, false),
            ("/citizens/v1/forms", None, false),
            ("/", None, false),
        ] {
            assert_eq!(asker(path, accept).is_some(), is_shown, "{path} {accept:?}");
        }
    }

    #[test]
    fn a_refusal_is_a_page_that_says_when_to_come_again() {
        let refused = Refused {
            status: StatusCode::SERVICE_UNAVAILABLE,
            zh: "现在提交的人太多".to_owned(),
            en: "too many".to_owned(),
            after: Some(HeaderValue::from_static("5")),
        };
        let page = asker("/f", None).unwrap().refused(&TimeZone::UTC, Some(refused.clone()), refused.status);
        let headers = page.headers();
        assert_eq!((page.status(), &headers["retry-after"]), (refused.status, &HeaderValue::from_static("5")));
        assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(headers.contains_key("content-security-policy"));
    }
}

//! Whether what a browser sends comes from a page of this site.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Where a browser says that a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

/// Whether a request comes from this site, by the header fields that a browser sets (Fetch Metadata, else `origin`). `public_url` is where
/// browsers reach the site, for a proxy before it may have changed `host`. Who says nothing of it is no browser.
#[must_use]
pub fn is_from_here(headers: &HeaderMap, public_url: Option<&str>) -> bool {
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
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn is_from_here_of(headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_from_here(&headers.collect(), Some("https://huiliu.example/"))
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
            assert_eq!(is_from_here_of(&headers), wanted, "{headers:?}");
        }
    }
}

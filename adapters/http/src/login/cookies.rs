//! The cookies of one login (RFC 6265): which a source has set, and which go with a request.

use cookie::Cookie;
use cookie::time::OffsetDateTime;
use http::header::SET_COOKIE;
use http::{HeaderMap, Uri};
use serde_json::{Map, Value};

use jiff::Timestamp;

/// Most cookies kept; what comes beyond is left out.
const MAX_COOKIES: usize = 50;
/// Longest cookie kept, in bytes of name and value.
const MAX_COOKIE_BYTES: usize = 4_096;

/// The cookies that a source has set.
#[derive(Default, Clone)]
pub(crate) struct Jar(Vec<Kept>);

#[derive(Clone)]
struct Kept {
    name: String,
    value: String,
    /// The host, or the domain of which every host gets it.
    domain: String,
    hosts_below: bool,
    path: String,
    secure: bool,
    until: Option<Timestamp>,
}

impl Jar {
    /// Takes what an answer to a request for `uri` sets.
    pub fn take(&mut self, uri: &Uri, headers: &HeaderMap, now: Timestamp) {
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        for header in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(header.as_bytes());
            let Ok(cookie) = Cookie::parse(text.as_ref()) else { continue };
            let Some(kept) = Kept::of(&cookie, &host, uri.path(), now) else { continue };
            self.0.retain(|old| !(old.name == kept.name && old.domain == kept.domain && old.path == kept.path));
            if kept.holds(now) && self.0.len() < MAX_COOKIES {
                self.0.push(kept);
            }
        }
    }

    /// The `Cookie` header of a request for `uri`; none where no cookie goes there.
    pub fn header(&self, uri: &Uri, now: Timestamp) -> Option<String> {
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let mut fitting: Vec<&Kept> =
            self.0.iter().filter(|kept| kept.goes_to(uri, &host) && kept.holds(now)).collect();
        // Longer paths first; the order is otherwise that in which they were set.
        fitting.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let pairs: Vec<String> = fitting.iter().map(|kept| format!("{}={}", kept.name, kept.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The variable `cookies` of expressions over a login's answers: values by name.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.iter().map(|kept| (kept.name.clone(), kept.value.clone().into())).collect::<Map<_, _>>())
    }

    /// The values, which nobody is shown.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|kept| kept.value.as_str())
    }
}

impl Kept {
    /// The cookie as it is kept; none where the host may not set it.
    fn of(cookie: &Cookie<'_>, host: &str, path: &str, now: Timestamp) -> Option<Self> {
        let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
        if name.len() + value.len() > MAX_COOKIE_BYTES {
            return None;
        }
        let stated = cookie.domain().map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
        let (domain, hosts_below) = match stated.filter(|domain| !domain.is_empty() && domain != host) {
            // A domain without a dot is a top-level one: nobody may set cookies for it.
            Some(domain) if is_below(host, &domain) && domain.contains('.') => (domain, true),
            Some(_) => return None,
            None => (host.to_owned(), cookie.domain().is_some()),
        };
        let stated = cookie.path().filter(|path| path.starts_with('/')).map(str::to_owned);
        let seconds = cookie.max_age().map(|age| now.as_second().saturating_add(age.whole_seconds()));
        let until = seconds.or_else(|| cookie.expires_datetime().map(OffsetDateTime::unix_timestamp));
        let until = until.and_then(|second| Timestamp::from_second(second).ok());
        let path = stated.unwrap_or_else(|| default_path(path));
        Some(Self { name, value, domain, hosts_below, path, secure: cookie.secure() == Some(true), until })
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    fn goes_to(&self, uri: &Uri, host: &str) -> bool {
        let there = self.domain == host || (self.hosts_below && is_below(host, &self.domain));
        let path = uri.path();
        let below = path.strip_prefix(self.path.as_str());
        let inside = below.is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        there && inside && (!self.secure || uri.scheme_str() == Some("https"))
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) && host.parse::<std::net::IpAddr>().is_err()
}

/// The path of a cookie that states none: the folder of the request's path.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => path.get(..end).unwrap_or("/").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T00:00:00Z";

    fn jar(uri: &str, set: &[&'static str]) -> Jar {
        let (mut jar, mut headers) = (Jar::default(), HeaderMap::new());
        for cookie in set {
            headers.append(SET_COOKIE, http::HeaderValue::from_static(cookie));
        }
        jar.take(&uri.parse().unwrap(), &headers, NOW.parse().unwrap());
        jar
    }

    fn sent(jar: &Jar, uri: &str) -> String {
        jar.header(&uri.parse().unwrap(), NOW.parse().unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_where_it_was_set_for() {
        let set = jar(
            "http://a.example/app/login.do",
            &[
                "JSESSIONID=1; Path=/app; HttpOnly",
                "route=2",
                "all=3; Domain=.a.example; Path=/",
                "safe=4; Path=/; Secure",
                "other=5; Domain=b.example",
                "top=6; Domain=example",
            ],
        );
        assert_eq!(sent(&set, "http://a.example/app/list"), "JSESSIONID=1; route=2; all=3");
        assert_eq!(sent(&set, "https://a.example/x"), "all=3; safe=4");
        assert_eq!(sent(&set, "http://a.example/application"), "all=3");
        assert_eq!(sent(&set, "http://x.a.example/app/list"), "all=3");
        assert_eq!(sent(&set, "http://xa.example/app/list"), "");
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_back() {
        let mut set = jar("http://10.0.0.1:8080/login", &["A=1; Path=/", "B=2; Max-Age=60", "C=3; Max-Age=0"]);
        assert_eq!(sent(&set, "http://10.0.0.1:8080/list"), "A=1; B=2");
        let headers = HeaderMap::from_iter([
            (SET_COOKIE, http::HeaderValue::from_static("A=9; Path=/")),
            (SET_COOKIE, http::HeaderValue::from_static("B=; Expires=Thu, 01 Jan 1970 00:00:00 GMT")),
        ]);
        set.take(&"http://10.0.0.1:8080/list".parse().unwrap(), &headers, NOW.parse().unwrap());
        assert_eq!(sent(&set, "http://10.0.0.1:8080/list"), "A=9");
        assert_eq!(set.to_value(), serde_json::json!({ "A": "9" }));
    }
}

//! A browser: cookies by host, one step of a redirect at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use huiliu_adapter_http::HttpClient;

/// What came back.
pub struct Seen {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// Where it came from.
    pub address: String,
}

impl Seen {
    /// Where it sends to, whole.
    pub fn location(&self) -> Option<String> {
        let location = self.headers.get("location")?.to_str().unwrap();
        Some(if location.starts_with('/') {
            format!("{}{location}", origin(&self.address))
        } else {
            location.to_owned()
        })
    }
}

/// A browser.
#[derive(Default)]
pub struct Browser {
    http: HttpClient,
    /// By origin and name.
    cookies: BTreeMap<(String, String), String>,
}

pub fn origin(address: &str) -> String {
    address.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// A member of an address's query, as it stands there.
pub fn member(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    query.split('&').find_map(|one| one.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

/// The same address with another value of a member.
pub fn with_member(address: &str, name: &str, value: &str) -> String {
    let before = member(address, name).unwrap();
    address.replace(&format!("{name}={before}"), &format!("{name}={value}"))
}

impl Browser {
    pub async fn get(&mut self, address: &str) -> Seen {
        self.send("GET", address, "").await
    }

    pub async fn post(&mut self, address: &str, form: &str) -> Seen {
        self.send("POST", address, form).await
    }

    async fn send(&mut self, method: &str, address: &str, form: &str) -> Seen {
        let own = origin(address);
        let cookies = self.cookies.iter().filter(|((of, _), _)| *of == own);
        let cookies: Vec<String> = cookies.map(|((_, name), value)| format!("{name}={value}")).collect();
        let request = Request::builder().method(method).uri(address).header("cookie", cookies.join("; "));
        let request =
            request.header("accept-language", "en").header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Bytes::from(form.to_owned())).unwrap();
        let answer = self.http.send(request, Duration::from_secs(40)).await.unwrap();
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let key = (own.clone(), name.to_owned());
            if value.is_empty() {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
        Seen {
            status: answer.status.as_u16(),
            headers: answer.headers,
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            address: address.to_owned(),
        }
    }

    /// Follows redirects, until one leads to such an address, or to none.
    pub async fn follow(&mut self, address: &str, until: impl Fn(&str) -> bool) -> (String, Option<Seen>) {
        let mut address = address.to_owned();
        for _ in 0..20 {
            if until(&address) {
                return (address, None);
            }
            let seen = self.get(&address).await;
            match seen.location() {
                Some(next) => address = next,
                None => return (address, Some(seen)),
            }
        }
        (address, None)
    }

    /// A cookie of a site.
    pub fn cookie(&self, site: &str, name: &str) -> Option<&str> {
        self.cookies.get(&(origin(site), name.to_owned())).map(String::as_str)
    }
}

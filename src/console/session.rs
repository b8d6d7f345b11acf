//! Who looks: a session of the API, kept in a cookie that no script can read and no other site can send.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use huiliu_domain::catalogue::Locale;
use ring::hmac;

use crate::trouble::Trouble;
use crate::{ADDRESS, Site};

/// The cookie with the session.
const SESSION: &str = "huiliu_session";
/// The cookie of somebody who is at the city's identity provider: its links come from there, so it goes with them.
const AWAY: &str = "huiliu_away";
/// How long they may be there, in minutes.
const AWAY_MINUTES: i64 = 10;
/// The cookie with the language.
const LANGUAGE: &str = "huiliu_language";
/// Longest token of a session, in bytes.
const MAX_TOKEN_BYTES: usize = 200;
/// What is signed with a session's token to make the token of its forms.
const FORM: &[u8] = b"huiliu console form";

/// Writes and ends cookies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keeper {
    secure: bool,
}

impl Keeper {
    pub(crate) fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The cookie of a new session.
    pub(crate) fn session(self, token: &str) -> String {
        self.cookie(SESSION, token).http_only(true).build().to_string()
    }

    /// The cookie that ends a session in the browser.
    pub(crate) fn ended(self) -> String {
        self.cookie(SESSION, "").http_only(true).max_age(cookie::time::Duration::ZERO).build().to_string()
    }

    /// The cookie of somebody who is sent to the city's identity provider.
    pub(crate) fn away(self, attempt: &str) -> String {
        self.of_away(attempt, cookie::time::Duration::minutes(AWAY_MINUTES))
    }

    /// The cookie that ends it.
    pub(crate) fn back(self) -> String {
        self.of_away("", cookie::time::Duration::ZERO)
    }

    fn of_away(self, attempt: &str, lasts: cookie::time::Duration) -> String {
        self.cookie(AWAY, attempt).same_site(SameSite::Lax).http_only(true).max_age(lasts).build().to_string()
    }

    /// The cookie of a language.
    pub(crate) fn language(self, locale: Locale) -> String {
        self.cookie(LANGUAGE, locale.pick("zh", "en")).max_age(cookie::time::Duration::days(365)).build().to_string()
    }

    fn cookie<'c>(self, name: &'c str, value: &'c str) -> cookie::CookieBuilder<'c> {
        Cookie::build((name, value)).path(ADDRESS).same_site(SameSite::Strict).secure(self.secure)
    }
}

/// Who has not signed in: the language of the cookie, else the first that the browser names and the console speaks, and what is carried of
/// the request.
#[derive(Debug, Clone)]
pub(crate) struct Stranger {
    pub(crate) locale: Locale,
    pub(crate) carried: Extensions,
    /// What shows that they were sent to the city's identity provider.
    pub(crate) away: Option<String>,
}

impl FromRequestParts<Arc<Site>> for Stranger {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Self::Rejection> {
        let away = cookie_of(&parts.headers, AWAY).filter(|attempt| (1..=MAX_TOKEN_BYTES).contains(&attempt.len()));
        Ok(Self { locale: locale(&parts.headers), carried: (site.carry)(&parts.extensions), away })
    }
}

pub(crate) fn locale(headers: &HeaderMap) -> Locale {
    let chosen = cookie_of(headers, LANGUAGE).and_then(|name| Locale::named(&name));
    let browser = || {
        let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        header.split(',').find_map(|one| Locale::named(one.trim()))
    };
    chosen.or_else(browser).unwrap_or_default()
}

fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    headers
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// A request of somebody who has signed in, as far as its cookie says so; the API decides.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    token: String,
    locale: Locale,
    carried: Extensions,
}

impl Session {
    /// What the API is asked with.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The language of whoever looks.
    pub(crate) fn locale(&self) -> Locale {
        self.locale
    }

    /// What goes on with what the API is asked.
    pub(crate) fn carried(&self) -> Extensions {
        self.carried.clone()
    }

    /// What forms carry, so that only pages of this session can send them.
    pub(crate) fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.key(), FORM))
    }

    /// That a form comes from a page of this session.
    pub(crate) fn check(&self, form_token: &str) -> Result<(), Trouble> {
        let signed = URL_SAFE_NO_PAD.decode(form_token).map_err(|_other| Trouble::Forged)?;
        hmac::verify(&self.key(), FORM, &signed).map_err(|_other| Trouble::Forged)
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.token.as_bytes())
    }
}

impl FromRequestParts<Arc<Site>> for Session {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        let token = cookie_of(&parts.headers, SESSION).filter(|token| (1..=MAX_TOKEN_BYTES).contains(&token.len()));
        let token = token.ok_or(Trouble::SignIn)?;
        Ok(Self { token, locale: locale(&parts.headers), carried: (site.carry)(&parts.extensions) })
    }
}

#[cfg(test)]
mod tests;

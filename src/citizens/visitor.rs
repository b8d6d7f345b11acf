//! Who looks at a page: the language it is read in, and what goes on with what the API is asked.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue};
use huiliu_domain::catalogue::Locale;

use crate::Site;
use crate::api;

/// What a link to the page in another language has in its query.
const LANGUAGE: &str = "lang=";

/// Who looks at a page.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// The language of the link, else the first that the browser names and the pages speak.
    pub locale: Locale,
    /// Whether the language is that of the link: links from the page keep it.
    pub has_chosen: bool,
    pub carried: Extensions,
    pub forwarded: Vec<HeaderValue>,
}

impl Visitor {
    /// What is added to addresses so that their pages have the same language.
    pub(crate) fn suffix(&self) -> &'static str {
        match self.has_chosen {
            true => self.locale.pick("?lang=zh", "?lang=en"),
            false => "",
        }
    }
}

impl FromRequestParts<Arc<Site>> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let chosen = query.split('&').find_map(|one| Locale::named(one.strip_prefix(LANGUAGE)?));
        let browser = || {
            let header = parts.headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            header.split(',').find_map(|one| Locale::named(one.trim()))
        };
        Ok(Self {
            locale: chosen.or_else(browser).unwrap_or_default(),
            has_chosen: chosen.is_some(),
            carried: (site.carry)(&parts.extensions),
            forwarded: api::forwarded(&parts.headers),
        })
    }
}

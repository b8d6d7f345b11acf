//! Who looks at a page: the language it is read in, and what goes on with what the API is asked.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Uri};
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

impl Visitor {
    /// Somebody because of whom the API is asked nothing.
    pub(crate) fn reading(uri: &Uri, headers: &HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default();
        let chosen = query.split('&').find_map(|one| Locale::named(one.strip_prefix(LANGUAGE)?));
        let browser = || {
            let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            header.split(',').find_map(|one| Locale::named(one.trim()))
        };
        Self {
            locale: chosen.or_else(browser).unwrap_or_default(),
            has_chosen: chosen.is_some(),
            carried: Extensions::new(),
            forwarded: Vec::new(),
        }
    }
}

impl FromRequestParts<Arc<Site>> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Self::Rejection> {
        let carried = (site.carry)(&parts.extensions);
        let forwarded = api::forwarded(&parts.headers);
        Ok(Self { carried, forwarded, ..Self::reading(&parts.uri, &parts.headers) })
    }
}

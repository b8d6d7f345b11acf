//! The style and the script, under names that change with what is in them, so that browsers may keep them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::ADDRESS;
use crate::trouble::Trouble;

/// The assets: name, type and content.
const ASSETS: [(&str, &str, &str); 3] = [
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("console.css", "text/css; charset=utf-8", include_str!("assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("assets/console.js")),
];

/// The names with the mark of what is in them.
static NAMES: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let named = |(name, _, content): &(&'static str, &str, &str)| {
        let mark = URL_SAFE_NO_PAD.encode(digest(&SHA256, content.as_bytes()).as_ref());
        let mark: String = mark.chars().take(12).collect();
        (*name, format!("{mark}-{name}"))
    };
    ASSETS.iter().map(named).collect()
});

/// The address of an asset.
pub(crate) fn address(name: &str) -> String {
    let marked = NAMES.iter().find(|(known, _)| *known == name).map_or(name, |(_, marked)| marked);
    format!("{ADDRESS}/assets/{marked}")
}

/// An asset by its name with the mark.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Trouble> {
    let (known, _) = NAMES.iter().find(|(_, marked)| *marked == name).ok_or(Trouble::NotFound)?;
    let (_, kind, content) = ASSETS.iter().find(|(name, ..)| name == known).ok_or(Trouble::NotFound)?;
    let forever = (CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(([(CONTENT_TYPE, *kind), forever, (X_CONTENT_TYPE_OPTIONS, "nosniff")], *content).into_response())
}

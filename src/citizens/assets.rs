//! The style, under a name that changes with what is in it, so that browsers may keep it.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

const STYLE: &str = include_str!("assets/citizens.css");

static NAME: LazyLock<String> = LazyLock::new(|| {
    let mark: String = URL_SAFE_NO_PAD.encode(digest(&SHA256, STYLE.as_bytes()).as_ref()).chars().take(12).collect();
    format!("{mark}-citizens.css")
});

/// The address of the style.
pub(crate) fn style() -> String {
    format!("/f/assets/{}", *NAME)
}

/// The style by its name with the mark.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    if name != *NAME {
        return StatusCode::NOT_FOUND.into_response();
    }
    let forever = (CACHE_CONTROL, "public, max-age=31536000, immutable");
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), forever, (X_CONTENT_TYPE_OPTIONS, "nosniff")], STYLE).into_response()
}

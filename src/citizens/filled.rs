//! What somebody had filled in, so that a form that is refused comes back as it was: all but photos and keys.

use std::collections::BTreeMap;

use axum::http::HeaderValue;
use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;

/// The fields that come back.
const SHOWN: [&str; 10] = ["id", "category", "text", "address", "name", "phone", "secret", "publish", "staff", "point"];
/// Most parts that are looked at.
const MAX_PARTS: usize = 64;

/// The fields of a form by name; what cannot be read is left out.
pub(crate) async fn read(kind: Option<&HeaderValue>, body: &Bytes) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok());
    let Some(boundary) = boundary else { return found };
    let body = body.clone();
    let mut parts = Multipart::new(stream::once(async move { Ok::<_, std::convert::Infallible>(body) }), boundary);
    for _ in 0..MAX_PARTS {
        let Ok(Some(part)) = parts.next_field().await else { break };
        let name = SHOWN.iter().find(|name| part.name() == Some(**name)).copied();
        let (Some(name), Ok(content)) = (name, part.bytes().await) else { continue };
        found.insert(name, String::from_utf8_lossy(&content).into_owned());
    }
    found
}

//! `/in/<channel>`: what channels push.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use huiliu_adapter_api::{PushRequest, Refusal, RefusalCode};
use schemars::JsonSchema;
use serde::Deserialize;

use super::extract::Path;
use super::problem::Problem;
use super::server::Peer;
use super::{Site, body};
use crate::channels::RunningChannel;

/// After how many seconds the source of a paused channel is to send again.
const PAUSED_RETRY_S: &str = "300";

/// A channel of the city pack.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ChannelPath {
    /// Id of the channel.
    channel: String,
}

/// A channel of the city pack, and what follows behind it.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ChannelRest {
    /// Id of the channel.
    channel: String,
    /// A path that the channel's settings may look at.
    rest: String,
}

/// A request to a channel without a path behind it.
pub(super) async fn channel(State(site): State<Arc<Site>>, Path(at): Path<ChannelPath>, request: Request) -> Response {
    take(site, at.channel, String::new(), request).await.unwrap_or_else(Problem::into_response)
}

/// A request to a channel with a path behind it.
pub(super) async fn channel_path(
    State(site): State<Arc<Site>>,
    Path(at): Path<ChannelRest>,
    request: Request,
) -> Response {
    take(site, at.channel, at.rest, request).await.unwrap_or_else(Problem::into_response)
}

/// That a channel is not paused. Nothing is lost where it is: the source has what it sends, and is told to send it again.
pub(super) fn open(running: &RunningChannel) -> Result<(), Refusal> {
    if running.health.paused().is_none() {
        return Ok(());
    }
    let (zh, en) = (
        "渠道已由管理员暂停，这条内容没有收下；请稍后原样再发",
        "the channel is paused by its operator, and nothing of this was taken; send it again later",
    );
    let refusal = Refusal::new(RefusalCode::Unavailable, zh, en);
    Err(refusal.with_header(RETRY_AFTER, HeaderValue::from_static(PAUSED_RETRY_S)))
}

async fn take(site: Arc<Site>, channel: String, path: String, request: Request) -> Result<Response, Problem> {
    let running = site.supervisor.channel(&channel).ok_or_else(Problem::not_found)?;
    let endpoint = running.channel.adapter.endpoint().ok_or_else(Problem::not_found)?;
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let peer = parts.extensions.get().map(|Peer(address)| *address);
    let mut push = PushRequest { method: parts.method, path, query, headers: parts.headers, peer, body: Bytes::new() };
    if let Err(refusal) = endpoint.admit(&push).and_then(|()| open(&running)) {
        body::turn_away(&push.headers, body).await;
        return Ok(endpoint.refuse(&push, refusal).map(Body::from));
    }
    push.body = match body::read(&push.headers, body, endpoint.max_body_bytes()).await {
        Ok(body) => body,
        Err(Problem { refusal, .. }) => {
            if refusal.code == RefusalCode::PayloadTooLarge {
                endpoint.refused_as_too_large();
            }
            return Ok(endpoint.refuse(&push, refusal).map(Body::from));
        }
    };
    // From here on the body is what it was before it was packed.
    push.headers.remove(CONTENT_ENCODING);
    Ok(endpoint.handle(push).await.map(Body::from))
}

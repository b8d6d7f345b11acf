//! `/in/<channel>`: what channels push.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use huiliu_adapter_api::PushRequest;

use super::Site;
use super::site::ApiError;

/// Longest time a caller may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Most of a refused body that is read before the answer.
const MAX_DRAINED_BYTES: usize = 32 << 20;
/// Longest time for that.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A request to a channel without a path behind it.
pub(super) async fn channel(State(site): State<Arc<Site>>, Path(channel): Path<String>, request: Request) -> Response {
    take(site, channel, String::new(), request).await.unwrap_or_else(ApiError::into_response)
}

/// A request to a channel with a path behind it.
pub(super) async fn channel_path(
    State(site): State<Arc<Site>>,
    Path((channel, rest)): Path<(String, String)>,
    request: Request,
) -> Response {
    take(site, channel, rest, request).await.unwrap_or_else(ApiError::into_response)
}

async fn take(site: Arc<Site>, channel: String, path: String, request: Request) -> Result<Response, ApiError> {
    let endpoint = site.supervisor.endpoint(&channel).ok_or_else(ApiError::not_found)?;
    let limit = endpoint.max_body_bytes();
    let (parts, body) = request.into_parts();
    let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > limit) {
        drain(body).await;
        endpoint.refused_as_too_large();
        return Err(too_large(limit));
    }
    let body = read(body, limit).await.inspect_err(|error| {
        if error.status == StatusCode::PAYLOAD_TOO_LARGE {
            endpoint.refused_as_too_large();
        }
    })?;
    let push = PushRequest {
        method: parts.method,
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    Ok(endpoint.handle(push).await.map(Body::from))
}

/// Reads on for a while what will not be used: a caller that is cut off while it sends does not see the answer.
async fn drain(mut body: Body) {
    let draining = async {
        let mut drained = 0;
        while let Some(Ok(frame)) = body.frame().await {
            drained += frame.data_ref().map_or(0, Bytes::len);
            if drained > MAX_DRAINED_BYTES {
                return;
            }
        }
    };
    // A caller that is too slow is cut off after all.
    drop(tokio::time::timeout(DRAIN_TIMEOUT, draining).await);
}

async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(ApiError::new(StatusCode::BAD_REQUEST, "请求体中断", "the body broke off")),
        Err(_) => Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "请求体发送过慢", "the body came too slowly")),
    }
}

fn too_large(limit: usize) -> ApiError {
    let en = format!("the body exceeds {limit} bytes; send fewer records at a time");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, format!("请求体超过 {limit} 字节，请分批发送"), en)
}

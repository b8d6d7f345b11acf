//! Reading the bodies of requests: within a limit, in time, and inflated where they are packed.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use huiliu_adapter_api::{Refusal, RefusalCode};

use super::problem::Problem;

/// Longest time a caller may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Most of a refused body that is read before the answer.
const MAX_DRAINED_BYTES: usize = 32 << 20;
/// Longest time for that.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
}

/// Reads a body of at most `limit` bytes, sent and inflated. What its head rules out is refused before anything of it is asked for.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let packing = match admitted(headers, limit) {
        Ok(packing) => packing,
        Err(problem) => {
            turn_away(headers, body).await;
            return Err(problem);
        }
    };
    let sent = whole(body, limit).await?;
    match packing {
        Packing::Plain => Ok(sent),
        Packing::Gzip => inflate(sent, limit).await,
    }
}

/// Reads a body of at most `limit` bytes as it is sent.
pub(super) async fn read_as_sent(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > limit) {
        turn_away(headers, body).await;
        return Err(too_large(limit));
    }
    whole(body, limit).await
}

async fn whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Problem::new(RefusalCode::InvalidRequest, "请求体中断", "the body broke off")),
        Err(_) => Err(Problem::new(RefusalCode::RequestTimeout, "请求体发送过慢", "the body came too slowly")),
    }
}

/// Reads on for a while what will not be used: a caller that is cut off while it sends does not see the answer. A caller that asked
/// first (`Expect: 100-continue`) has sent nothing yet, and is not told to go on.
pub(super) async fn turn_away(headers: &HeaderMap, mut body: Body) {
    if headers.contains_key(EXPECT) {
        return;
    }
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

fn admitted(headers: &HeaderMap, limit: usize) -> Result<Packing, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > limit) {
        return Err(too_large(limit));
    }
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    match (encodings.next().map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase()), encodings.next()) {
        (None, _) => Ok(Packing::Plain),
        (Some(one), None) if matches!(one.as_str(), "identity" | "") => Ok(Packing::Plain),
        (Some(one), None) if matches!(one.as_str(), "gzip" | "x-gzip") => Ok(Packing::Gzip),
        _ => {
            let zh = "不支持这种 Content-Encoding；可用 gzip，或不压缩";
            let en = "this content-encoding is not supported; use gzip, or send the body as it is";
            let refusal = Refusal::new(RefusalCode::UnsupportedMediaType, zh, en);
            Err(refusal.with_header(ACCEPT_ENCODING, HeaderValue::from_static("gzip, identity")).into())
        }
    }
}

async fn inflate(packed: Bytes, limit: usize) -> Result<Bytes, Problem> {
    let inflating = tokio::task::spawn_blocking(move || {
        let mut inflated = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        MultiGzDecoder::new(packed.as_ref()).take(most).read_to_end(&mut inflated).map(|_read| inflated)
    });
    match inflating.await {
        Ok(Ok(inflated)) if inflated.len() > limit => Err(too_large(limit)),
        Ok(Ok(inflated)) => Ok(inflated.into()),
        Ok(Err(_)) | Err(_) => {
            Err(Problem::new(RefusalCode::InvalidRequest, "gzip 请求体损坏", "the gzip of the body is damaged"))
        }
    }
}

fn too_large(limit: usize) -> Problem {
    let en = format!("the body exceeds {limit} bytes; send fewer records at a time");
    Problem::new(RefusalCode::PayloadTooLarge, format!("请求体超过 {limit} 字节，请分批发送"), en)
}

//! HTTP endpoints of sources that push.

use std::net::IpAddr;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, Response};

use crate::refusal::Refusal;

/// A request to `/in/<channel>`, its body already read within the endpoint's limit.
#[derive(Debug, Clone)]
pub struct PushRequest {
    /// HTTP method.
    pub method: Method,
    /// What follows `/in/<channel>`, without a leading slash; often empty.
    pub path: String,
    /// Query string without the question mark.
    pub query: String,
    /// Header fields.
    pub headers: HeaderMap,
    /// Who has connected, where that is known: the caller, or the proxy before it.
    pub peer: Option<IpAddr>,
    /// Body.
    pub body: Bytes,
}

/// The answer to the caller.
pub type PushResponse = Response<Bytes>;

/// Receives what a source pushes. Implementations answer only after the records are safe, or say why not.
#[async_trait]
pub trait HttpEndpoint: Send + Sync {
    /// Largest body read, in bytes; a larger one is answered with 413 before it is read.
    fn max_body_bytes(&self) -> usize;

    /// Looks at everything but the body, which is not read yet (`request.body` is empty): a stranger is turned away before anything
    /// of its body is asked for.
    ///
    /// # Errors
    /// The caller may not call, or not like this.
    fn admit(&self, request: &PushRequest) -> Result<(), Refusal> {
        let _ = request;
        Ok(())
    }

    /// How a request is refused, by [`admit`](Self::admit) or because its body cannot be read: as a problem document, or in the form that the
    /// source knows.
    fn refuse(&self, request: &PushRequest, refusal: Refusal) -> PushResponse {
        let _ = request;
        refusal.into_response()
    }

    /// Is told that a body was refused because it is larger: the operator has to see it somewhere.
    fn refused_as_too_large(&self) {}

    /// Handles one request. Dropping the future (the caller went away) loses nothing that was acknowledged.
    async fn handle(&self, request: PushRequest) -> PushResponse;
}

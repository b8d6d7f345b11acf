//! One HTTP/1.1 client for all adapters: time limits, size limits, no redirects.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use huiliu_adapter_api::{AdapterError, MAX_PAYLOAD_BYTES};

use crate::CallError;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections kept per host.
const MAX_IDLE_PER_HOST: usize = 4;

/// An HTTP client with the gateway's limits. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A source's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// Body, at most [`MAX_PAYLOAD_BYTES`].
    pub body: Bytes,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient {
    /// A client that trusts the Mozilla root certificates.
    #[must_use]
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let roots = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider());
        let https = match roots {
            Ok(builder) => builder.https_or_http().enable_http1().wrap_connector(connector),
            Err(never) => unreachable!("ring supports the default TLS versions: {never}"),
        };
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(MAX_IDLE_PER_HOST).build(https);
        Self { client }
    }

    /// Sends a request and reads the whole answer within `timeout`.
    ///
    /// # Errors
    /// Transient when no complete answer came, unreadable when it is larger than the limit. A status code is not an error here: legacy systems put theirs in the body.
    pub async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Answer, CallError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let exchange = async {
            let response =
                self.client.request(request.map(Full::new)).await.map_err(|error| {
                    AdapterError::transient(format!("no answer from {host}: {}", innermost(&error)))
                })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MAX_PAYLOAD_BYTES).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    let reason =
                        format!("the answer of {host} exceeds {MAX_PAYLOAD_BYTES} bytes; ask for less at a time");
                    return CallError::Damaged { reason, text: String::new() };
                }
                AdapterError::transient(format!("the answer of {host} broke off: {error}")).into()
            })?;
            Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(answer) => answer,
            Err(_elapsed) => {
                Err(AdapterError::transient(format!("{host} did not answer within {} s", timeout.as_secs())).into())
            }
        }
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut current = error;
    while let Some(cause) = current.source() {
        current = cause;
    }
    current.to_string()
}

//! An HTTP/1.1 client: time limits, size limits, no redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use huiliu_adapter_api::wording::both;
use huiliu_adapter_api::{AdapterError, MAX_PAYLOAD_BYTES};

use rustls::pki_types::CertificateDer;

use crate::connect::{Connector, Proxy};
use crate::failure::{self, explain};
use crate::login::Logins;
use crate::trust::{Asked, tls};
use crate::{CallError, Identity};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections kept per host.
const MAX_IDLE_PER_HOST: usize = 4;

/// An HTTP client with the gateway's limits, and the logins of those who use it. Cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    client: Client<HttpsConnector<Connector>, Full<Bytes>>,
    identified: bool,
    asked: Arc<Asked>,
    pub(crate) logins: Logins,
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").field("identified", &self.identified).finish_non_exhaustive()
    }
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
        Self::trusting(Vec::new())
    }

    /// A client that trusts these authorities besides the Mozilla root certificates.
    #[must_use]
    pub fn trusting(authorities: Vec<CertificateDer<'static>>) -> Self {
        match Self::connecting(authorities, None, None, Logins::default()) {
            Ok(client) => client,
            Err(never) => unreachable!("ring supports the default TLS versions: {never}"),
        }
    }

    /// A client that trusts these authorities besides, shows `identity` where it is asked, and goes through a proxy.
    ///
    /// # Errors
    /// The identity cannot be used.
    pub(crate) fn connecting(
        authorities: Vec<CertificateDer<'static>>,
        identity: Option<Identity>,
        proxy: Option<Proxy>,
        logins: Logins,
    ) -> Result<Self, rustls::Error> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let (asked, identified) = (Arc::new(Asked::default()), identity.is_some());
        let tls = tls(authorities, identity, &asked)?;
        let connector = Connector { http, proxy: proxy.map(Arc::new) };
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
            .build(https.wrap_connector(connector));
        Ok(Self { client, identified, asked, logins })
    }

    /// Sends a request and reads the whole answer within `timeout`.
    ///
    /// # Errors
    /// Transient when no complete answer came, unreadable when it is larger than the limit. A status code is not an error here: legacy systems put theirs in the body.
    pub async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Answer, CallError> {
        self.send_within(request, timeout, MAX_PAYLOAD_BYTES).await
    }

    /// As [`HttpClient::send`], for an answer of at most so many bytes.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn send_within(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
        most_bytes: usize,
    ) -> Result<Answer, CallError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let exchange = async {
            let response = self
                .client
                .request(request.map(Full::new))
                .await
                .map_err(|error| explain(&error, &host, self.known()))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, most_bytes).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    let reason = format!(
                        "{host} 的应答超过 {most_bytes} 字节，请每次少取一些（the answer of {host} exceeds {most_bytes} bytes; ask for less at a time）"
                    );
                    return CallError::Damaged { reason, text: String::new() };
                }
                let (zh, en) = (format!("{host} 的应答中断"), format!("the answer of {host} broke off"));
                AdapterError::transient(both(zh, en, error)).into()
            })?;
            self.asked.take();
            Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(answer) => answer,
            Err(_elapsed) => {
                let wait_s = timeout.as_secs();
                let reason = format!("{host} 在 {wait_s} 秒内没有应答（{host} did not answer within {wait_s} s）");
                Err(AdapterError::transient(reason).into())
            }
        }
    }

    fn known(&self) -> failure::Client {
        failure::Client { identified: self.identified, asked: self.asked.take() }
    }
}

//! Connections to sources: straight, or through a proxy that is asked for a tunnel (HTTP CONNECT).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::upgrade::Upgraded;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// A proxy through which a channel speaks to its source.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// `http://host:port`.
    pub uri: Uri,
    /// What it is told of who asks.
    pub authorization: Option<HeaderValue>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The source does not take connections, or its name is unknown.
    #[error(transparent)]
    Source(Box<dyn std::error::Error + Send + Sync>),
    /// The proxy does not take connections, or its name is unknown.
    #[error("the proxy {proxy} cannot be reached: {source}")]
    ProxyAway { proxy: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The proxy does not make the tunnel.
    #[error("the proxy {proxy} answers {status}")]
    ProxyRefuses { proxy: String, status: StatusCode },
    /// What answers is no HTTP proxy, or it broke off.
    #[error("the proxy {proxy} does not speak HTTP: {source}")]
    NoProxy { proxy: String, source: hyper::Error },
    /// The URL names no host.
    #[error("the URL names no host")]
    NoHost,
}

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector {
    pub http: HttpConnector,
    pub proxy: Option<Arc<Proxy>>,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Stream, ConnectError>> + Send>>;

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = ConnectError;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.http.poll_ready(context).map_err(|error| ConnectError::Source(error.into()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let mut http = self.http.clone();
        let Some(proxy) = self.proxy.clone() else {
            let connecting = http.call(target);
            return Box::pin(async move {
                let stream = connecting.await.map_err(|error| ConnectError::Source(error.into()))?;
                Ok(Stream::Straight(stream))
            });
        };
        Box::pin(async move {
            let shown = proxy.uri.authority().map(ToString::to_string).unwrap_or_default();
            let connected = http.call(proxy.uri.clone()).await;
            let stream =
                connected.map_err(|error| ConnectError::ProxyAway { proxy: shown.clone(), source: error.into() })?;
            tunnel(stream, &proxy, &shown, &target).await.map(Stream::Tunnel)
        })
    }
}

/// Asks a proxy for a tunnel to a target.
async fn tunnel(
    stream: TokioIo<TcpStream>,
    proxy: &Proxy,
    shown: &str,
    target: &Uri,
) -> Result<Upgraded, ConnectError> {
    let broken = |source| ConnectError::NoProxy { proxy: shown.to_owned(), source };
    let host = target.host().ok_or(ConnectError::NoHost)?;
    let usual = if target.scheme_str() == Some("https") { 443 } else { 80 };
    let authority = format!("{host}:{}", target.port_u16().unwrap_or(usual));
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    let mut request = Request::connect(&authority).header(HOST, &authority);
    if let Some(authorization) = &proxy.authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|_invalid| ConnectError::NoHost)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        if !status.is_success() {
            return Err(ConnectError::ProxyRefuses { proxy: shown.to_owned(), status });
        }
        hyper::upgrade::on(response).await.map_err(broken)
    };
    let connection = connection.with_upgrades();
    tokio::pin!(exchange, connection);
    tokio::select! {
        biased;
        done = &mut exchange => done,
        // What it brought is there when it has ended.
        _ended = &mut connection => exchange.await,
    }
}

/// A connection.
pub(crate) enum Stream {
    Straight(TokioIo<TcpStream>),
    Tunnel(Upgraded),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Straight(stream) => stream.connected(),
            Self::Tunnel(_) => Connected::new(),
        }
    }
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Straight(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tunnel(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Straight(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tunnel(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Straight(stream) => Pin::new(stream).poll_flush(context),
            Self::Tunnel(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Straight(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tunnel(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

//! Real sockets: a source behind TLS, one without, proxies.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::certificates::Server;

/// The client certificates that a server wants.
pub(crate) struct Wanted {
    pub authority: CertificateDer<'static>,
    pub version: &'static SupportedProtocolVersion,
}

async fn listen<F: Future<Output = ()> + Send>(serve: impl Fn(TcpStream) -> F + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let serve = serve.clone();
            tokio::spawn(async move { serve(stream).await });
        }
    });
    port
}

/// A port at which nobody listens.
pub(crate) async fn closed() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

/// A source behind TLS with one record.
pub(crate) async fn tls((chain, key): Server, wanted: Option<Wanted>) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = wanted.as_ref().map_or(rustls::ALL_VERSIONS.to_vec(), |wanted| vec![wanted.version]);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&versions).unwrap();
    let builder = match wanted {
        None => builder.with_no_client_auth(),
        Some(wanted) => {
            let mut roots = RootCertStore::empty();
            roots.add(wanted.authority).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
    listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => answer(stream).await,
                // What was sent is read, so that the alert is not lost to a reset.
                Err((_error, mut stream)) => drain(&mut stream).await,
            }
        }
    })
    .await
}

/// A source without TLS.
pub(crate) async fn plain() -> u16 {
    listen(answer).await
}

/// A server that answers everything with a TLS alert.
pub(crate) async fn alert(description: u8) -> u16 {
    listen(move |mut stream| async move {
        let mut hello = [0; 5];
        drop(stream.read_exact(&mut hello).await);
        drop(stream.write_all(&[0x15, 3, 1, 0, 2, 2, description]).await);
        drain(&mut stream).await;
    })
    .await
}

async fn drain(stream: &mut TcpStream) {
    drop(stream.shutdown().await);
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest).await);
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            // The first byte of a TLS greeting: no line will end.
            Ok(0x16) if head.is_empty() => break,
            Ok(byte) if head.len() < 10_000 => head.push(byte),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    if head(&mut stream).await.starts_with("GET /list") {
        let body = r#"{"list":[{"id":"1"}]}"#;
        let (length, end) = (body.len(), "connection: close");
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{end}\r\n\r\n{body}"
        );
        drop(stream.write_all(answer.as_bytes()).await);
    } else {
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await);
    }
    drop(stream.shutdown().await);
}

/// A proxy that answers in this way, and makes the tunnel where that is 200; to others than `login` it answers 407.
pub(crate) async fn http_proxy(says: &'static str, login: Option<&'static str>) -> u16 {
    listen(move |mut stream| async move {
        let asked = head(&mut stream).await;
        let welcome =
            login.is_none_or(|login| asked.lines().any(|line| line == format!("proxy-authorization: {login}")));
        if !welcome {
            let refusal =
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
            drop(stream.write_all(refusal.as_bytes()).await);
            return drain(&mut stream).await;
        }
        drop(stream.write_all(says.as_bytes()).await);
        let target = asked.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
        match target.filter(|_| says.contains(" 200 ")) {
            Some(target) => {
                let mut other = TcpStream::connect(target.replace("localhost", "127.0.0.1")).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut stream, &mut other).await);
            }
            None => drain(&mut stream).await,
        }
    })
    .await
}

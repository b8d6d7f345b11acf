//! Whom a client trusts, and how it shows who it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};

use crate::pem::Identity;

/// Whether a source has asked for a client certificate where there is none to show.
#[derive(Debug, Default)]
pub(crate) struct Asked(AtomicBool);

impl Asked {
    /// Whether one was asked for since this was last asked.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    /// Without this nobody would ask.
    fn has_certs(&self) -> bool {
        true
    }
}

/// TLS for a client that trusts the Mozilla roots and these authorities besides, and shows `identity` where it is asked.
///
/// # Errors
/// The identity cannot be used.
pub(crate) fn tls(
    authorities: Vec<CertificateDer<'static>>,
    identity: Option<Identity>,
    asked: &Arc<Asked>,
) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(authorities);
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key),
        None => Ok(builder.with_client_cert_resolver(Arc::clone(asked) as Arc<dyn ResolvesClientCert>)),
    }
}

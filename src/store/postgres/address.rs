//! Where a database of PostgreSQL is, and how a server of it proves that it is the right one.
//!
//! Addresses are those of libpq (PostgreSQL 15, 34.1.1.2) with its parameters `sslmode`, `sslrootcert`, `sslcert` and `sslkey`, but that
//! nobody is believed unseen: a connection is to this machine, is encrypted and checked, or is left open in so many words.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long it is waited for a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After which silence it is asked whether the other side is still there, and until when an answer has to come.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Why an address cannot be used. Nothing of it is quoted: it may have a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("it is no address of PostgreSQL (postgres://<user>@<host>/<database>): {0}")]
    Unreadable(tokio_postgres::Error),
    #[error("sslmode={0} says nothing of who is on the other side: write sslmode=verify-full, or sslmode=disable")]
    Unproved(String),
    #[error("{parameter} is given without the other one of sslcert and sslkey")]
    Half { parameter: &'static str },
    #[error("{parameter} cannot be read: {reason}")]
    File { parameter: &'static str, reason: String },
    #[error("TLS cannot be spoken: {0}")]
    Tls(rustls::Error),
}

/// What an address says of TLS.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    mode: Option<String>,
    authorities: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// An address that was read.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub config: Config,
    asked: Arc<Asked>,
}

/// Takes out of an address what the driver does not know.
fn taken_apart(address: &str) -> (String, Asked) {
    let mut asked = Asked::default();
    let Some((place, query)) = address.split_once('?') else { return (address.to_owned(), asked) };
    let mut left = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => asked.mode = Some(value),
            "sslrootcert" => asked.authorities = Some(value.into()),
            "sslcert" => asked.certificate = Some(value.into()),
            "sslkey" => asked.key = Some(value.into()),
            _ => left.push(pair),
        }
    }
    match left.is_empty() {
        true => (place.to_owned(), asked),
        false => (format!("{place}?{}", left.join("&")), asked),
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// The certificates of a file; what a file holds besides is passed over.
fn certificates(parameter: &'static str, path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, AddressError> {
    let unread = |reason: String| AddressError::File { parameter, reason };
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unread(error.to_string()))?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| unread(error.to_string()))?;
    if found.is_empty() {
        return Err(unread("there is no certificate in it".to_owned()));
    }
    Ok(found)
}

impl Asked {
    /// TLS as it is asked for. Without `sslrootcert` the authorities of the web are trusted, with it those of the file alone.
    fn tls(&self) -> Result<ClientConfig, AddressError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = &self.authorities {
            roots.roots.clear();
            for authority in certificates("sslrootcert", path)? {
                roots.add(authority).map_err(AddressError::Tls)?;
            }
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(AddressError::Tls)?
            .with_root_certificates(roots);
        match (&self.certificate, &self.key) {
            (None, None) => Ok(builder.with_no_client_auth()),
            (Some(certificate), Some(key)) => {
                let chain = certificates("sslcert", certificate)?;
                let unread = |error: rustls_pki_types::pem::Error| AddressError::File {
                    parameter: "sslkey",
                    reason: error.to_string(),
                };
                let key = PrivateKeyDer::from_pem_file(key).map_err(unread)?;
                builder.with_client_auth_cert(chain, key).map_err(AddressError::Tls)
            }
            (Some(_), None) => Err(AddressError::Half { parameter: "sslcert" }),
            (None, Some(_)) => Err(AddressError::Half { parameter: "sslkey" }),
        }
    }
}

impl Address {
    /// Reads an address. Files that it names are not looked at yet.
    ///
    /// # Errors
    /// It is none, or asks for a connection of which nobody knows to whom it is.
    pub(crate) fn read(address: &str) -> Result<Self, AddressError> {
        let (known, asked) = taken_apart(address);
        let mut config: Config = known.parse().map_err(AddressError::Unreadable)?;
        let is_encrypted = match asked.mode.as_deref() {
            Some("disable") => false,
            Some("verify-full" | "require") => true,
            Some(other) => return Err(AddressError::Unproved(other.chars().take(20).collect())),
            None => asked.authorities.is_some() || !config.get_hosts().iter().all(is_here),
        };
        config.ssl_mode(if is_encrypted { SslMode::Require } else { SslMode::Disable });
        if config.get_application_name().is_none() {
            config.application_name("huiliu");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.keepalives_idle(KEEPALIVE_IDLE).tcp_user_timeout(ANSWER_TIMEOUT);
        Ok(Self { config, asked: Arc::new(asked) })
    }

    /// What makes connections encrypted, where they are.
    ///
    /// # Errors
    /// A file that the address names cannot be used.
    pub(super) fn tls(&self) -> Result<Option<MakeRustlsConnect>, AddressError> {
        match self.config.get_ssl_mode() {
            SslMode::Disable => Ok(None),
            _ => self.asked.tls().map(|config| Some(MakeRustlsConnect::new(config))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(address: &str) -> SslMode {
        Address::read(address).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_it_is_left_open_in_so_many_words() {
        for open in ["postgres://u@127.0.0.1/d", "postgres://u@localhost/d", "postgres://u@[::1]/d"] {
            assert_eq!(mode(open), SslMode::Disable, "{open}");
        }
        for open in ["postgres://u@db/d?sslmode=disable", "postgres://u@%2Fvar%2Frun%2Fpostgresql/d"] {
            assert_eq!(mode(open), SslMode::Disable, "{open}");
        }
        for closed in [
            "postgres://u@db/d",
            "postgres://u@127.0.0.1,db/d",
            "postgres://u@127.0.0.1/d?sslmode=verify-full",
            "postgres://u@127.0.0.1/d?sslrootcert=/ca.pem&target_session_attrs=read-write",
        ] {
            assert_eq!(mode(closed), SslMode::Require, "{closed}");
        }
        for unproved in ["prefer", "allow", "verify-ca", "x"] {
            let refused = Address::read(&format!("postgres://u:geheim@db/d?sslmode={unproved}")).unwrap_err();
            let refused = refused.to_string();
            assert!(refused.contains(&format!("sslmode={unproved} ")) && !refused.contains("geheim"), "{refused}");
        }
    }

    #[test]
    fn files_of_tls_are_named_when_they_cannot_be_used() {
        let refused = |query: &str| {
            Address::read(&format!("postgres://u@db/d?{query}")).unwrap().tls().map(|_tls| ()).unwrap_err().to_string()
        };
        assert!(refused("sslrootcert=/nowhere/ca.pem").starts_with("sslrootcert cannot be read: "));
        assert!(refused("sslcert=/c.pem").starts_with("sslcert is given without"));
        assert!(refused("sslkey=/k.pem").starts_with("sslkey is given without"));
        let empty = tempfile::NamedTempFile::new().unwrap();
        let said = refused(&format!("sslrootcert={}", empty.path().display()));
        assert_eq!(said, "sslrootcert cannot be read: there is no certificate in it");
        assert!(Address::read("postgres://u@db/d").unwrap().tls().unwrap().is_some());
    }

    #[test]
    fn several_hosts_and_what_the_driver_knows_are_left_to_it() {
        let read = Address::read("postgres://u:p@a:5432,b:5433/d?target_session_attrs=read-write&sslmode=require");
        let config = read.unwrap().config;
        assert_eq!((config.get_hosts().len(), config.get_ports()), (2, &[5432, 5433][..]));
        assert_eq!(config.get_target_session_attrs(), tokio_postgres::config::TargetSessionAttrs::ReadWrite);
    }
}

//! AMQP 0-9-1 over lapin: settings, connections, topology.

mod connection;
mod faults;
mod set_aside;
mod tap;
mod topology;
mod updates;

pub use connection::AmqpBroker;
pub use faults::SettingFault;
pub use set_aside::{Letter, SetAside, SetAsideQueue};
pub use tap::Tap;
pub use topology::{MAX_SET_ASIDE, MAX_SET_ASIDE_BYTES, Topology};

use std::path::PathBuf;
use std::time::Duration;

use super::Outlets;
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::uri::{AMQPUri, SASLMechanism};
use lapin::{Connection, ConnectionProperties};
use serde::Deserialize;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Heartbeat asked for, in seconds; a silent broker is given up after twice this time.
const HEARTBEAT_S: u16 = 10;

/// Why the broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AmqpError {
    /// The URL is not an AMQP URL.
    #[error("the AMQP URL is not valid: {0}; write amqp://user:password@host:5672/vhost or amqps://…")]
    Url(String),
    /// A certificate or key file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The broker does not answer or refuses.
    #[error("the broker failed: {0}")]
    Broker(#[from] lapin::Error),
    /// No answer in time.
    #[error("the broker did not answer within {0:?}")]
    Timeout(Duration),
    /// The connection is gone.
    #[error("the connection to the broker is lost: {0}")]
    Lost(String),
    /// A message that was set aside cannot go back to where it came from.
    #[error("the message was not given back: {0}")]
    NotGivenBack(&'static str),
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// The `[amqp]` table of the settings file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmqpSettings {
    /// URL; the environment variable `HULIU_AMQP_URL` goes before it.
    pub url: String,
    /// Further nodes of the broker's cluster, as `host` or `host:port`, at most 16: where one does not answer the next is asked, with all else as in
    /// the URL.
    pub hosts: Vec<String>,
    /// Certificates for `amqps://`.
    pub tls: AmqpTls,
    /// How the gateway says who it is.
    pub login: AmqpLogin,
    /// Exchange of the public stream of tickets.
    pub tickets_exchange: String,
    /// Exchange of the feeds.
    pub feeds_exchange: String,
    /// Exchange and queue of status updates.
    pub status: String,
    /// Exchange and queue of what nobody has bound a queue for; default: `huiliu.unrouted.` and the city's code.
    pub unrouted: Option<String>,
    /// Exchange and queue of what consumers of feeds gave up; default: `huiliu.dead.` and the city's code.
    pub dead: Option<String>,
    /// Messages published before their confirms are awaited, 1 to 1,000.
    pub window: usize,
    /// Longest wait for the confirms of one window, in seconds.
    pub confirm_timeout_s: u64,
    /// Status updates handled at a time, 1 to 1,000.
    pub prefetch: u16,
}

/// How the gateway says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmqpLogin {
    /// By user and password of the URL (SASL PLAIN).
    #[default]
    Password,
    /// By its client certificate (SASL EXTERNAL); the URL names no user with a password then.
    Certificate,
}

/// Certificates for `amqps://`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmqpTls {
    /// PEM file of the authority that signed the broker's certificate, besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client certificate.
    pub certificate_file: Option<PathBuf>,
    /// PEM file of its key, without a passphrase.
    pub key_file: Option<PathBuf>,
}

impl std::fmt::Debug for AmqpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmqpSettings")
            .field("url", &self.shown_url())
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl Default for AmqpSettings {
    fn default() -> Self {
        Self {
            url: "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned(),
            hosts: Vec::new(),
            tls: AmqpTls::default(),
            login: AmqpLogin::default(),
            tickets_exchange: "huiliu.tickets".to_owned(),
            feeds_exchange: "huiliu.feeds".to_owned(),
            status: "huiliu.status".to_owned(),
            unrouted: None,
            dead: None,
            window: 512,
            confirm_timeout_s: 30,
            prefetch: 64,
        }
    }
}

impl AmqpSettings {
    /// The URL without user and password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        match self.url.parse::<AMQPUri>() {
            Ok(uri) => format!("{}://{}:{}/{}", uri.scheme, uri.authority.host, uri.authority.port, uri.vhost),
            Err(_) => "(not a valid AMQP URL)".to_owned(),
        }
    }

    /// The exchanges that messages are written for, without addresses of files.
    #[must_use]
    pub fn outlets(&self) -> Outlets {
        Outlets { tickets: self.tickets_exchange.clone(), feeds: self.feeds_exchange.clone(), files: None }
    }

    /// The exchanges and queues that these settings name, for the city with this code.
    #[must_use]
    pub fn topology(&self, city: &str, feeds: Vec<String>) -> Topology {
        let named = |name: &Option<String>, what: &str| name.clone().unwrap_or_else(|| format!("huiliu.{what}.{city}"));
        Topology {
            tickets: self.tickets_exchange.clone(),
            feeds_exchange: self.feeds_exchange.clone(),
            status: self.status.clone(),
            unrouted: named(&self.unrouted, "unrouted"),
            dead: named(&self.dead, "dead"),
            feeds,
        }
    }

    /// The nodes of the broker, the one of the URL first.
    fn uris(&self) -> Result<Vec<AMQPUri>, AmqpError> {
        let first: AMQPUri = self.url.parse().map_err(AmqpError::Url)?;
        let further = self.hosts.iter().filter_map(|text| {
            let (host, port) = cluster_host(text)?;
            let mut uri = first.clone();
            uri.authority.host = host.to_owned();
            uri.authority.port = port.unwrap_or(first.authority.port);
            Some(uri)
        });
        let further: Vec<AMQPUri> = further.collect();
        Ok(std::iter::once(first).chain(further).collect())
    }

    /// Connects to the first node of the broker that answers; the connection carries `name` for the broker's management pages.
    pub(super) async fn connect(&self, name: &str) -> Result<Connection, AmqpError> {
        let mut refused = AmqpError::Lost("there is no broker".to_owned());
        for uri in self.uris()? {
            match self.connect_to(uri, name).await {
                Ok(connection) => return Ok(connection),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn connect_to(&self, mut uri: AMQPUri, name: &str) -> Result<Connection, AmqpError> {
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        if self.login == AmqpLogin::Certificate {
            uri.query.auth_mechanism = Some(SASLMechanism::External);
        }
        let properties = ConnectionProperties::default().with_connection_name(format!("huiliu {name}").into());
        let runtime = lapin::runtime::default_runtime().map_err(|error| AmqpError::Lost(error.to_string()))?;
        let connecting = Connection::connect_uri_with_config(uri, properties, self.tls.read()?, runtime);
        match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(connection) => Ok(connection?),
            Err(_elapsed) => Err(AmqpError::Timeout(CONNECT_TIMEOUT)),
        }
    }
}

/// Most further nodes of a broker.
const MAX_HOSTS: usize = 16;

/// A node of a cluster: its host, and its port where that is another one.
fn cluster_host(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        // An address of IPv6 has its colons within brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    let is_host = !host.is_empty() && !host.contains(['/', '@', ' ']);
    is_host.then_some((host, port))
}

impl AmqpTls {
    fn read(&self) -> Result<OwnedTLSConfig, AmqpError> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|source| AmqpError::File { path: path.display().to_string(), source })
        };
        let cert_chain =
            self.ca_file.as_ref().map(read).transpose()?.map(|pem| String::from_utf8_lossy(&pem).into_owned());
        let identity = match (&self.certificate_file, &self.key_file) {
            (Some(certificate), Some(key)) => Some(OwnedIdentity::PKCS8 { pem: read(certificate)?, key: read(key)? }),
            _ => None,
        };
        Ok(OwnedTLSConfig { identity, cert_chain })
    }
}

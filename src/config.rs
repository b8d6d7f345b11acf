//! The settings file of one gateway: where its data is, where it listens, which broker it uses.

mod console;
mod node;
mod problems;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use huiliu_adapter_api::Network;
use serde::Deserialize;

use crate::forward::AmqpSettings;
use crate::store::{Database, DatabaseError, KeyError, KeyRing};

pub use console::{ConsoleSettings, OidcSettings};
pub use node::NodeSettings;

/// The settings file that is read where none is named, in the current folder.
const USUAL_FILE: &str = "huiliu.toml";
/// The environment variable that goes before `database`.
const DATABASE: &str = "HULIU_DATABASE";
/// The environment variable that goes before `amqp.url`.
const AMQP_URL: &str = "HULIU_AMQP_URL";
/// The environment variable that goes before `log.filter`.
const LOG_FILTER: &str = "HULIU_LOG";

/// Settings of one gateway. Every key has a default, so the file may be missing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the data is: a file path, `sqlite:` and a path, or `postgres://<user>@<host>/<database>`; the environment variable
    /// `HULIU_DATABASE` goes before it.
    pub database: Database,
    /// The key file; the environment variable `HULIU_KEYS` (the keys themselves) goes before it.
    pub keys: PathBuf,
    /// Address and port of the listener.
    pub listen: SocketAddr,
    /// Address and port of a listener of its own for health, metrics and the API. Without it they are at `listen`; with it `listen`
    /// has nothing but the endpoints of channels and files for platforms.
    pub management_listen: Option<SocketAddr>,
    /// Most connections of each listener at a time, 1 to 100,000.
    pub max_connections: usize,
    /// The broker.
    pub amqp: AmqpSettings,
    /// Logging.
    pub log: LogSettings,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// How platforms fetch the files that citizens sent.
    pub files: FileSettings,
    /// The console.
    pub console: ConsoleSettings,
    /// The pages of citizens.
    pub citizens: CitizenSettings,
    /// The pages of handlers' phones.
    pub handlers: HandlerSettings,
    /// This node among others on one server of PostgreSQL.
    pub node: NodeSettings,
    /// The file that they were read from, and its text: for the places of problems.
    #[serde(skip)]
    pub origin: Option<(String, String)>,
}

/// The `[files]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileSettings {
    /// Where platforms reach this gateway, e.g. `https://huiliu.example`; without it no feed gets addresses of files.
    pub public_url: Option<String>,
    /// Days for which an address holds, 1 to 365.
    pub valid_days: u32,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self { public_url: None, valid_days: 30 }
    }
}

/// The `[handlers]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HandlerSettings {
    /// Where handlers reach this gateway with their phones, e.g. `https://huiliu.example`; without it no text has a link.
    pub public_url: Option<String>,
    /// Hours for which a link holds, 1 to 720.
    pub link_hours: u32,
}

impl Default for HandlerSettings {
    fn default() -> Self {
        Self { public_url: None, link_hours: 72 }
    }
}

/// The `[citizens]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CitizenSettings {
    /// Addresses and networks of the proxies before the gateway, e.g. `10.1.2.3` or `10.1.0.0/16`: a citizen who comes by one of them has the
    /// last address of its `x-forwarded-for`. Without them all who come by one proxy share its limits.
    pub proxies: Vec<String>,
}

impl CitizenSettings {
    /// The proxies.
    ///
    /// # Errors
    /// The first text that is no address and no network.
    pub fn networks(&self) -> Result<Vec<Network>, &str> {
        self.proxies.iter().map(|text| Network::read(text).ok_or(text.as_str())).collect()
    }
}

/// The `[log]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
    /// A filter like `info` or `huiliu=debug,lapin=warn`; the environment variable `HULIU_LOG` goes before it.
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The `[retention]` table.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSettings {
    /// Days for which published messages are kept, 1 to 3,650.
    pub published_days: u32,
    /// Days after which the personal data of complaints with a finished ticket is erased, 30 to 36,500; default: never.
    /// Counts, routing and times stay.
    pub personal_days: Option<u32>,
    /// Days for which the audit log is kept, 180 to 36,500.
    pub audit_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: Database::Sqlite(PathBuf::from("var/huiliu.db")),
            keys: PathBuf::from("var/keys"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8311)),
            management_listen: None,
            max_connections: 1_024,
            amqp: AmqpSettings::default(),
            log: LogSettings::default(),
            retention: RetentionSettings::default(),
            files: FileSettings::default(),
            console: ConsoleSettings::default(),
            citizens: CitizenSettings::default(),
            handlers: HandlerSettings::default(),
            node: NodeSettings::default(),
            origin: None,
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,lapin=warn".to_owned() }
    }
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { published_days: 7, personal_days: None, audit_days: 365 }
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not what it should be; the text has line, column and an excerpt.
    #[error("{path}: {message}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database of the environment variable `HULIU_DATABASE` cannot be used.
    #[error("HULIU_DATABASE: {0}")]
    Database(#[from] DatabaseError),
}

impl Config {
    /// Reads a settings file: the one that is named, else `huiliu.toml` in the current folder where there is one, else none; then
    /// the environment.
    ///
    /// # Errors
    /// The file cannot be read or has an unknown or malformed key, or an environment variable says nothing that could be used.
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let usual = Path::new(USUAL_FILE);
        let mut config: Self = match path.or_else(|| usual.exists().then_some(usual)) {
            None => Self::default(),
            Some(path) => {
                let shown = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::File { path: shown.clone(), source })?;
                let mut config: Self = toml::from_str(&text)
                    .map_err(|error| ConfigError::Content { path: shown.clone(), message: error.to_string() })?;
                config.origin = Some((shown, text));
                config
            }
        };
        if let Some(address) = set(DATABASE) {
            config.database = address.parse()?;
        }
        if let Some(url) = set(AMQP_URL) {
            config.amqp.url = url;
        }
        if let Some(filter) = set(LOG_FILTER) {
            config.log.filter = filter;
        }
        Ok(config)
    }

    /// The keys, from the environment or the key file.
    ///
    /// # Errors
    /// There are none, or they cannot be read.
    pub fn key_ring(&self) -> Result<KeyRing, ConfigError> {
        match set("HULIU_KEYS") {
            Some(keys) => Ok(KeyRing::parse(&keys)?),
            None => Ok(KeyRing::read(&self.keys)?),
        }
    }
}

/// An environment variable that is set to something.
fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::Problem;

    #[test]
    fn a_database_of_another_engine_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "database = \"mysql://city/huiliu\"\n").unwrap();
        let message = Config::read(Some(file.path())).unwrap_err().to_string();
        assert!(message.contains("there is no engine of this name"), "{message}");
        std::fs::write(file.path(), "database = \"postgres://huiliu:geheim@city/huiliu\"\n").unwrap();
        let config = Config::read(Some(file.path())).unwrap();
        assert_eq!(config.database.to_string(), "postgres://huiliu@city/huiliu");
        assert!(!format!("{:?}", config.database).contains("geheim"));
        std::fs::write(file.path(), "database = \"sqlite:a.db\"\n").unwrap();
        assert_eq!(Config::read(Some(file.path())).unwrap().database, Database::Sqlite(PathBuf::from("a.db")));
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "database = \"sqlite::memory:\"\nmax_connections = 0\n[amqp]\nwindow = 5000\n\
                    tls = { certificate_file = \"c.pem\" }\n[files]\nvalid_days = 400\npublic_url = \"huiliu.example\"\n\
                    [retention]\npersonal_days = 7\naudit_days = 30\n\
                    [citizens]\nproxies = [\"nowhere\"]\n";
        std::fs::write(file.path(), text).unwrap();
        let config = Config::read(Some(file.path())).unwrap();
        let path = file.path().display();
        let problems: Vec<String> = config.problems_away().iter().map(Problem::both).collect();
        let expected = [
            "2:1: max_connections：",
            "4:1: amqp.window：",
            "7:1: files.valid_days：",
            "11:1: retention.audit_days：",
            "10:1: retention.personal_days：",
            "5:9: amqp.tls.certificate_file：",
            "1:1: database：",
            "8:1: files.public_url：",
            "13:1: citizens.proxies：",
        ];
        let of_url = |problem: &&String| !problem.contains("amqp.url");
        let problems: Vec<&String> = problems.iter().filter(of_url).collect();
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (expected, problem) in expected.iter().zip(problems) {
            assert!(problem.starts_with(&format!("{path}:{expected}")), "{problem} is not {expected}");
        }
        let missing =
            config.problems().iter().filter(|problem| problem.en.starts_with("amqp.tls.certificate_file")).count();
        assert_eq!(missing, 2, "on the gateway's machine the file has to be there");
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "listen = \"127.0.0.1:1\"\n[amqp]\nurll = \"x\"\n").unwrap();
        let message = Config::read(Some(file.path())).unwrap_err().to_string();
        assert!(message.contains("line 3") && message.contains("urll"), "{message}");
    }
}

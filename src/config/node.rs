//! A gateway as one of several nodes on one server of PostgreSQL.

use std::net::SocketAddr;

use serde::Deserialize;

use super::Config;
use crate::store::NodeAddress;

/// The `[node]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSettings {
    /// What it is called, different for each node; else by its address.
    pub name: Option<String>,
    /// Where other nodes reach `listen`, e.g. `http://10.0.0.1:8311`; else its address, where that is not all of the machine's.
    pub url: Option<String>,
    /// Where other nodes reach `management_listen`, likewise.
    pub management_url: Option<String>,
}

/// The address of a socket as others reach it; empty where it is every address of the machine.
fn reached(given: Option<&String>, socket: SocketAddr) -> String {
    match given {
        Some(url) => url.clone(),
        None if socket.ip().is_unspecified() => String::new(),
        None => format!("http://{socket}"),
    }
}

impl Config {
    /// How other nodes call and reach this one.
    #[must_use]
    pub fn node_address(&self) -> NodeAddress {
        let NodeSettings { name, url, management_url } = &self.node;
        let url = reached(url.as_ref(), self.listen);
        let management_url = self.management_listen.map(|socket| reached(management_url.as_ref(), socket));
        NodeAddress {
            name: name.clone().unwrap_or_else(|| self.listen.to_string()),
            url,
            management_url: management_url.unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_reach_a_node_by_its_address_unless_that_is_every_one_or_another_is_given() {
        let config = |text: &str| toml::from_str::<Config>(text).unwrap().node_address();
        let usual = config("listen = \"10.0.0.1:8311\"\nmanagement_listen = \"10.0.0.1:8312\"");
        assert_eq!((usual.name.as_str(), usual.url.as_str()), ("10.0.0.1:8311", "http://10.0.0.1:8311"));
        assert_eq!(usual.management_url, "http://10.0.0.1:8312");
        let every = config("listen = \"0.0.0.0:8311\"");
        assert_eq!((every.url.as_str(), every.management_url.as_str()), ("", ""));
        let given = config("listen = \"0.0.0.0:8311\"\n[node]\nname = \"a\"\nurl = \"http://a:1\"");
        assert_eq!((given.name.as_str(), given.url.as_str()), ("a", "http://a:1"));
    }
}

//! The sockets of a node. They stay open while who answers at them changes: what comes meanwhile waits.

use std::net::{SocketAddr, TcpListener};

use anyhow::Context as _;

use crate::catalogue::say;
use crate::config::Config;

/// Bound sockets.
#[derive(Debug)]
pub struct Listeners {
    public: TcpListener,
    management: Option<TcpListener>,
}

/// A socket that answers at the same place as another one.
fn again(listener: &TcpListener) -> std::io::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::from_std(listener.try_clone()?)
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = tokio::net::TcpListener::bind(address).await;
    Ok(bound.with_context(|| say!("error-listen", address = address))?.into_std()?)
}

impl Listeners {
    /// Binds the sockets of these settings.
    ///
    /// # Errors
    /// One of them is taken.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let public = bind(config.listen).await?;
        let management = match config.management_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self { public, management })
    }

    /// For everything, or for what is reached from outside.
    ///
    /// # Errors
    /// The machine gives no further socket.
    pub fn public(&self) -> std::io::Result<tokio::net::TcpListener> {
        again(&self.public)
    }

    /// For health, metrics and the API, where that is apart.
    ///
    /// # Errors
    /// The machine gives no further socket.
    pub fn management(&self) -> std::io::Result<Option<tokio::net::TcpListener>> {
        self.management.as_ref().map(again).transpose()
    }
}

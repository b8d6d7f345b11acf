//! Standing links: sources that want to be spoken to also while nobody pulls.

use async_trait::async_trait;
use tokio::sync::watch;

use crate::AdapterError;

/// The standing link of a source whose protocol has one: it logs in, answers heartbeats, takes what comes into a bounded
/// queue that [`Adapter::pull`](crate::Adapter::pull) reads, and sends the acknowledgements that
/// [`confirm`](crate::Adapter::confirm) asks for.
///
/// The gateway runs it beside the channel's pulls, one at a time, and starts it again when it ends. What was delivered and not
/// confirmed when the link breaks is the source's to deliver again.
#[async_trait]
pub trait Session: Send + Sync {
    /// Makes the link and holds it until it breaks or [`Link::stopped`]. Dropping the future closes the link.
    ///
    /// # Errors
    /// Transient when the link cannot be made or breaks, also by a silence longer than the protocol allows and at most
    /// [`MAX_SILENCE`](crate::MAX_SILENCE); refused when the source does not let the gateway in.
    async fn run(&self, link: Link) -> Result<(), AdapterError>;
}

/// What a running session is told, and what it tells.
#[derive(Debug)]
pub struct Link {
    stop: watch::Receiver<bool>,
    up: watch::Sender<bool>,
}

impl Link {
    /// A link that ends when `stop` turns true, or nobody is left who could turn it; `up` shows how it stands.
    #[must_use]
    pub fn new(stop: watch::Receiver<bool>, up: watch::Sender<bool>) -> Self {
        Self { stop, up }
    }

    /// Says that the link is made: the source has let the gateway in.
    pub fn is_up(&self) {
        self.up.send_replace(true);
    }

    /// Waits until the session is to say goodbye and end.
    pub async fn stopped(&mut self) {
        drop(self.stop.wait_for(|stop| *stop).await);
    }
}

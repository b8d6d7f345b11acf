//! A wire between the gateway and the broker that can be cut.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP relay.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Where it listens.
    pub address: SocketAddr,
    whole: Arc<watch::Sender<bool>>,
}

impl Wire {
    /// Starts a relay to `target` (host and port).
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(target: String) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (whole, watching) = watch::channel(true);
        let wire = Self { address: listener.local_addr()?, whole: Arc::new(whole) };
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut watching) = (target.clone(), watching.clone());
                tokio::spawn(async move {
                    if !*watching.borrow() {
                        return;
                    }
                    let Ok(mut far) = TcpStream::connect(&target).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = watching.wait_for(|whole| !*whole) => {}
                    }
                });
            }
        });
        Ok(wire)
    }

    /// Cuts all connections and lets no new one through.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

//! A wire between the gateway and the broker that can be cut and slowed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP relay.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Where it listens.
    pub address: SocketAddr,
    whole: Arc<watch::Sender<bool>>,
    delay: Arc<watch::Sender<Duration>>,
}

impl Wire {
    /// Starts a relay to `target` (host and port).
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(target: String) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let ((whole, watching), (delay, delayed)) = (watch::channel(true), watch::channel(Duration::ZERO));
        let wire = Self { address: listener.local_addr()?, whole: Arc::new(whole), delay: Arc::new(delay) };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (target, mut watching, delayed) = (target.clone(), watching.clone(), delayed.clone());
                tokio::spawn(async move {
                    if !*watching.borrow() {
                        return;
                    }
                    let Ok(far) = TcpStream::connect(&target).await else { return };
                    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                    tokio::select! {
                        () = carry(near_in, far_out, delayed.clone()) => {}
                        () = carry(far_in, near_out, delayed) => {}
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

    /// Holds every piece back for so long, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.delay.send_replace(delay);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: watch::Receiver<Duration>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let wait = *delay.borrow();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        if to.write_all(buffer.get(..count).unwrap_or_default()).await.is_err() {
            return;
        }
    }
}

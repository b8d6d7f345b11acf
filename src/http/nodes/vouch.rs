//! Who has called, as one node tells it to another: signed with a key that all nodes have, and for one epoch.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use tokio::sync::watch;

use crate::store::{Epoch, NodeView, Vault};

/// The header of a request that a node passes on.
pub(in crate::http) const HEADER: &str = "x-huiliu-node";

/// The right of the node that decides, and whom it believes.
#[derive(Debug, Clone)]
pub struct Right {
    /// What it proves.
    pub epoch: Epoch,
    /// Reads what other nodes say of callers.
    pub vouching: Vouching,
    /// The nodes, as they were heard of last.
    pub nodes: watch::Receiver<Vec<NodeView>>,
}

/// Signs callers, and believes those that were signed.
#[derive(Clone)]
pub struct Vouching(hmac::Key);

impl std::fmt::Debug for Vouching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vouching")
    }
}

impl Vouching {
    /// By a key of the vault, which is that of all nodes.
    #[must_use]
    pub fn of(vault: &Vault) -> Self {
        Self(vault.signing_key("node"))
    }

    /// What a node says of a caller to the one that decides.
    #[must_use]
    pub fn sign(&self, peer: IpAddr, epoch: Epoch) -> String {
        let tag = hmac::sign(&self.0, said(peer, epoch).as_bytes());
        format!("{peer} {}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The caller that a node of this epoch has vouched for.
    #[must_use]
    pub fn peer(&self, header: &str, epoch: Epoch) -> Option<IpAddr> {
        let (peer, tag) = header.split_once(' ')?;
        let (peer, tag) = (peer.parse().ok()?, URL_SAFE_NO_PAD.decode(tag).ok()?);
        hmac::verify(&self.0, said(peer, epoch).as_bytes(), &tag).ok()?;
        Some(peer)
    }
}

fn said(peer: IpAddr, Epoch(epoch): Epoch) -> String {
    format!("{peer} {epoch}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyRing;

    #[test]
    fn a_caller_is_believed_for_one_epoch_and_by_one_key() {
        let keys = [(); 2].map(|()| Vouching::of(&Vault::new(&KeyRing::generate().unwrap()).unwrap()));
        let peer: IpAddr = "203.0.113.7".parse().unwrap();
        let header = keys[0].sign(peer, Epoch(3));
        assert_eq!(keys[0].peer(&header, Epoch(3)), Some(peer));
        let other = header.replace("203", "204");
        for (key, header, epoch) in [(0, &header, 4), (1, &header, 3), (0, &other, 3)] {
            assert_eq!(keys[key].peer(header, Epoch(epoch)), None, "{key} {header} {epoch}");
        }
        for none in ["", "203.0.113.7", "203.0.113.7 x", "x y"] {
            assert_eq!(keys[0].peer(none, Epoch(3)), None, "{none}");
        }
    }
}

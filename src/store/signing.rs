//! Signing of what the gateway says of itself: Ed25519 (RFC 8032), so that anybody can check it with a common tool.
//!
//! The key is derived from the `hash` key of the key ring, which never changes: what was signed years ago is still checked with
//! the same public key, backups of the key file are enough, and no second secret can be lost.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::{KeyRing, VaultError};

/// What the key is derived for.
const PURPOSE: &[u8] = b"huiliu: Ed25519 signatures, 1";
/// What stands before the 32 bytes of a public key in its usual form (RFC 8410, SubjectPublicKeyInfo).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Bytes of the public key's digest that name it.
const NAME_BYTES: usize = 8;

/// The private key.
pub struct ProofKey(Ed25519KeyPair);

impl std::fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ProofKey").field(&self.name()).finish()
    }
}

impl ProofKey {
    /// The key of a key ring: always the same one.
    ///
    /// # Errors
    /// The key cannot be used.
    pub fn of(ring: &KeyRing) -> Result<Self, VaultError> {
        let seed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &ring.hash), PURPOSE);
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref());
        pair.map(Self).map_err(|_rejected| VaultError::Unusable)
    }

    /// The detached signature of some bytes: 64 bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).as_ref().to_vec()
    }

    /// The public key as PEM.
    #[must_use]
    pub fn public_pem(&self) -> String {
        let whole = [&SPKI_PREFIX[..], self.0.public_key().as_ref()].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(whole))
    }

    /// A short name of the public key: the beginning of its SHA-256, in hexadecimal.
    #[must_use]
    pub fn name(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.0.public_key().as_ref());
        digest.as_ref().iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn one_key_ring_has_one_key_also_after_rotation() {
        let ring = KeyRing::generate().unwrap();
        let (key, again) = (ProofKey::of(&ring).unwrap(), ProofKey::of(&ring.rotated().unwrap()).unwrap());
        assert_eq!((key.public_pem(), key.sign(b"x")), (again.public_pem(), again.sign(b"x")));
        assert_ne!(key.name(), ProofKey::of(&KeyRing::generate().unwrap()).unwrap().name());
        assert!(!format!("{key:?}").contains("hash"));
    }

    #[test]
    fn openssl_verifies_what_was_signed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let key = ProofKey::of(&KeyRing::generate().unwrap()).unwrap();
        let text = "答复：已修好".as_bytes();
        std::fs::write(path("key.pem"), key.public_pem()).unwrap();
        std::fs::write(path("life.json.sig"), key.sign(text)).unwrap();
        let verified = |content: &[u8]| {
            std::fs::write(path("life.json"), content).unwrap();
            let arguments =
                "pkeyutl -verify -pubin -inkey key.pem -rawin -in life.json -sigfile life.json.sig".split(' ');
            Command::new("openssl").args(arguments).current_dir(folder.path()).output().unwrap().status.success()
        };
        assert!(verified(text) && !verified("答复：没有修".as_bytes()));
    }
}

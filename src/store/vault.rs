//! Sealing and hashing of what is personal.
//!
//! Sealed content: key number (2 bytes, big-endian), nonce (12 bytes), AES-256-GCM ciphertext of the deflated content with
//! its tag (imprints, which cannot be packed, are sealed as they are). The kind of content is authenticated, so that one
//! column's content cannot pass for another's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::{DeflateDecoder, DeflateEncoder};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::KeyRing;

/// Largest content opened, in bytes.
const MAX_CONTENT_BYTES: usize = 64 << 20;

thread_local! {
    // Their tables are larger than most documents: made once per thread.
    static ENCODER: RefCell<DeflateEncoder<Vec<u8>>> = RefCell::new(DeflateEncoder::new(Vec::new(), Compression::fast()));
    static DECODER: RefCell<DeflateDecoder<Bounded>> = RefCell::new(DeflateDecoder::new(Bounded::default()));
    static NONCES: RefCell<Vec<[u8; NONCE_LEN]>> = const { RefCell::new(Vec::new()) };
}

/// Bytes before the ciphertext: key number and nonce.
const CLEAR_LEN: usize = 2 + NONCE_LEN;
/// Nonces drawn at a time: asking the system for each takes a fifth of the time of sealing.
const NONCES_AT_ONCE: usize = 64;

/// A random nonce, given once.
fn draw_nonce(random: &SystemRandom) -> Result<[u8; NONCE_LEN], VaultError> {
    NONCES.with_borrow_mut(|nonces| {
        if nonces.is_empty() {
            let mut drawn = [0; NONCE_LEN * NONCES_AT_ONCE];
            random.fill(&mut drawn).map_err(|_unspecified| VaultError::Unusable)?;
            nonces.extend(drawn.as_chunks().0);
        }
        nonces.pop().ok_or(VaultError::Unusable)
    })
}

/// Takes at most [`MAX_CONTENT_BYTES`].
#[derive(Default)]
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_CONTENT_BYTES {
            return Err(io::Error::other("the content is too long"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pack(content: &[u8]) -> io::Result<Vec<u8>> {
    ENCODER.with_borrow_mut(|encoder| {
        encoder.write_all(content)?;
        encoder.reset(Vec::new())
    })
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    DECODER.with_borrow_mut(|decoder| {
        let unpacked = decoder.write_all(packed).and_then(|()| decoder.reset(Bounded::default()));
        if unpacked.is_err() {
            *decoder = DeflateDecoder::new(Bounded::default());
        }
        Ok(unpacked?.0)
    })
}

/// Why sealed content cannot be opened or made.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Sealed with a key that is not in the key ring.
    #[error("content was sealed with key {0}, which is not in the key file")]
    UnknownKey(u16),
    /// Damaged, or sealed as something else.
    #[error("sealed content is damaged")]
    Damaged,
    /// The keys or the random numbers of this machine do not work.
    #[error("content cannot be sealed on this machine")]
    Unusable,
}

/// Seals, opens and hashes.
#[derive(Clone)]
pub struct Vault {
    current: u16,
    keys: BTreeMap<u16, LessSafeKey>,
    hash: hmac::Key,
    random: SystemRandom,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault with the keys of a ring.
    ///
    /// # Errors
    /// The keys cannot be used.
    pub fn new(ring: &KeyRing) -> Result<Self, VaultError> {
        let mut keys = BTreeMap::new();
        for (number, key) in &ring.sealing {
            let unbound = UnboundKey::new(&AES_256_GCM, key).map_err(|_unspecified| VaultError::Unusable)?;
            keys.insert(*number, LessSafeKey::new(unbound));
        }
        let current = *keys.keys().next_back().ok_or(VaultError::Unusable)?;
        Ok(Self { current, keys, hash: hmac::Key::new(hmac::HMAC_SHA256, &ring.hash), random: SystemRandom::new() })
    }

    /// Number of the key that seals.
    #[must_use]
    pub fn current_key(&self) -> u16 {
        self.current
    }

    /// Number of the key that sealed this.
    #[must_use]
    pub fn key_of(sealed: &[u8]) -> Option<u16> {
        sealed.first_chunk().map(|number| u16::from_be_bytes(*number))
    }

    /// Seals content of a kind.
    ///
    /// # Errors
    /// The machine gave no random numbers.
    pub fn seal(&self, kind: &str, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.seal_unpacked(kind, &pack(content).map_err(|_error| VaultError::Unusable)?)
    }

    /// Seals content of a kind as it is.
    pub(super) fn seal_unpacked(&self, kind: &str, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = draw_nonce(&self.random)?;
        let key = self.keys.get(&self.current).ok_or(VaultError::Unusable)?;
        let mut sealed = Vec::with_capacity(CLEAR_LEN + content.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&self.current.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(content);
        let (nonce, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(kind.as_bytes()));
        let content = sealed.get_mut(CLEAR_LEN..).unwrap_or_default();
        let tag = key.seal_in_place_separate_tag(nonce, aad, content).map_err(|_unspecified| VaultError::Unusable)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens content of a kind.
    ///
    /// # Errors
    /// The key is unknown, or the content is damaged or of another kind.
    pub fn open(&self, kind: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        unpack(&self.open_unpacked(kind, sealed)?).map_err(|_error| VaultError::Damaged)
    }

    /// Opens what [`Vault::seal_unpacked`] has sealed.
    pub(super) fn open_unpacked(&self, kind: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (number, rest) = sealed.split_first_chunk::<2>().ok_or(VaultError::Damaged)?;
        let (nonce, packed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::Damaged)?;
        let number = u16::from_be_bytes(*number);
        let key = self.keys.get(&number).ok_or(VaultError::UnknownKey(number))?;
        let mut content = packed.to_vec();
        let plain = key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(kind.as_bytes()), &mut content)
            .map_err(|_unspecified| VaultError::Damaged)?
            .len();
        content.truncate(plain);
        Ok(content)
    }

    /// A key for signatures of one purpose, derived from the key of hashes; it outlives rotation as that one does.
    #[must_use]
    pub fn signing_key(&self, purpose: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&self.hash, format!("sign\0{purpose}").as_bytes()).as_ref())
    }

    /// A keyed hash (HMAC-SHA256, first 8 bytes) of an identifier of a kind, for equality only.
    #[must_use]
    pub fn hash(&self, kind: &str, identifier: &str) -> u64 {
        let mut context = hmac::Context::with_key(&self.hash);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(identifier.as_bytes());
        let tag = context.sign();
        tag.as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    /// A keyed hash (HMAC-SHA256, first 16 bytes) of an identifier of a kind: wide enough that no two identifiers share one, also
    /// among as many as a country has. The parts of an identifier before the last hold no zero byte.
    #[must_use]
    pub fn mark(&self, kind: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.hash);
        context.update(kind.as_bytes());
        for part in parts {
            context.update(&[0]);
            context.update(part);
        }
        context.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_bound_to_its_kind_and_its_key() {
        let ring = KeyRing::generate().unwrap();
        let vault = Vault::new(&ring).unwrap();
        let sealed = vault.seal("raw", "建设路".as_bytes()).unwrap();
        assert_eq!(vault.open("raw", &sealed).unwrap(), "建设路".as_bytes());
        assert!(matches!(vault.open("complaint", &sealed), Err(VaultError::Damaged)));
        let newer = Vault::new(&ring.rotated().unwrap()).unwrap();
        assert_eq!(newer.open("raw", &sealed).unwrap(), "建设路".as_bytes());
        let resealed = newer.seal("raw", b"x").unwrap();
        assert!(matches!(vault.open("raw", &resealed), Err(VaultError::UnknownKey(2))));
    }

    #[test]
    fn packing_goes_both_ways_again_and_again() {
        let long = "青鱼滩路路灯不亮".repeat(10_000).into_bytes();
        for content in [&b""[..], b"x", &long, b"y", &long] {
            assert_eq!(unpack(&pack(content).unwrap()).unwrap(), content);
        }
        assert!(unpack(&[0xFF; 40]).is_err());
        assert_eq!(unpack(&pack(b"after an error").unwrap()).unwrap(), b"after an error");
        assert!(unpack(&pack(&vec![0; MAX_CONTENT_BYTES + 1]).unwrap()).is_err());
    }

    #[test]
    fn hashes_are_equal_for_equal_numbers_of_one_kind() {
        let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
        assert_eq!(vault.hash("phone", "1"), vault.hash("phone", "1"));
        assert_ne!(vault.hash("phone", "1"), vault.hash("id", "1"));
        assert_eq!(vault.mark("record", &[b"c", b"1"]), vault.mark("record", &[b"c", b"1"]));
        let others =
            [vault.mark("number", &[b"c", b"1"]), vault.mark("record", &[b"c1"]), vault.mark("record", &[b"c"])];
        assert!(!others.contains(&vault.mark("record", &[b"c", b"1"])));
    }
}

//! Links by which handlers open a ticket on their phones, and addresses of the photos that they take there.
//!
//! The token of a link is sealed content: whoever has it reads nothing in it, and nobody makes or changes one without the keys. It is nowhere
//! stored.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

use crate::Vault;
use huiliu_domain::key::{RawKey, TicketKey};

/// The kind of content that a token is.
const KIND: &str = "handler link";
/// What the key of photos' addresses is derived for.
const PHOTOS: &str = "handlers' photos";
/// What a path of a page begins with.
const PATH: &str = "h";
/// Bytes of a photo's signature that stand in its address.
const SIGNED_BYTES: usize = 16;
/// Longest token that is looked at, in characters; those that are made are shorter.
const MAX_TOKEN_CHARS: usize = 128;

/// Makes and opens links.
#[derive(Clone)]
pub struct HandlerLinks {
    vault: Arc<Vault>,
    photos: hmac::Key,
    base: String,
    valid: SignedDuration,
}

impl std::fmt::Debug for HandlerLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandlerLinks").field("base", &self.base).field("valid", &self.valid).finish_non_exhaustive()
    }
}

/// For whom a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer<'a> {
    /// Code of the unit.
    pub unit: &'a str,
    /// Code of the handler.
    pub handler: &'a str,
    /// Telephone number to which it is sent.
    pub phone: &'a str,
}

/// What the token of a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedLink {
    /// The ticket.
    pub ticket: TicketKey,
    /// When it was given, to the second.
    pub given_at: Timestamp,
    /// Until when it holds, to the second.
    pub until: Timestamp,
    bearer: u64,
}

impl HandlerLinks {
    /// Links below `base` (scheme, host and path under which handlers reach this gateway) that hold for `valid`.
    #[must_use]
    pub fn new(base: &str, valid: SignedDuration, vault: Arc<Vault>) -> Self {
        let photos = vault.signing_key(PHOTOS);
        Self { vault, photos, base: base.trim_end_matches('/').to_owned(), valid }
    }

    /// Where handlers reach this gateway: scheme, host and path, without a stroke at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    fn mark(&self, bearer: &Bearer<'_>) -> u64 {
        let digits: String = bearer.phone.chars().filter(char::is_ascii_digit).collect();
        self.vault.hash(KIND, &format!("{}\0{}\0{digits}", bearer.unit, bearer.handler))
    }

    /// The address at which somebody opens a ticket, made at `now`; none where the machine cannot seal.
    #[must_use]
    pub fn address(&self, ticket: TicketKey, bearer: &Bearer<'_>, now: Timestamp) -> Option<String> {
        let until = now.saturating_add(self.valid).unwrap_or(Timestamp::MAX);
        let mut content = Vec::new();
        content.extend_from_slice(&ticket.0.to_be_bytes());
        content.extend_from_slice(&now.as_second().to_be_bytes());
        content.extend_from_slice(&until.as_second().to_be_bytes());
        content.extend_from_slice(&self.mark(bearer).to_be_bytes());
        let token = self.vault.seal_unpacked(KIND, &content).ok()?;
        Some(format!("{}/{PATH}/{}", self.base, URL_SAFE_NO_PAD.encode(token)))
    }

    /// What a token says; none for one that was not made here.
    #[must_use]
    pub fn open(&self, token: &str) -> Option<OpenedLink> {
        if token.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let content = self.vault.open_unpacked(KIND, &sealed).ok()?;
        let [ticket, given_at, until, bearer] = *content.as_chunks::<8>().0 else { return None };
        let second = |bytes| Timestamp::from_second(i64::from_be_bytes(bytes)).ok();
        Some(OpenedLink {
            ticket: TicketKey(i64::from_be_bytes(ticket)),
            given_at: second(given_at)?,
            until: second(until)?,
            bearer: u64::from_be_bytes(bearer),
        })
    }

    /// Whether a link is for somebody.
    #[must_use]
    pub fn is_for(&self, link: &OpenedLink, bearer: &Bearer<'_>) -> bool {
        link.bearer == self.mark(bearer)
    }

    /// The address of a photo that a handler took: whoever has it sees the photo for as long as it is kept.
    #[must_use]
    pub fn photo_address(&self, raw: RawKey, number: u16) -> String {
        let tag = hmac::sign(&self.photos, signed(raw, number).as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(tag.as_ref().get(..SIGNED_BYTES).unwrap_or_default());
        format!("{}/{PATH}/photos/{raw}/{number}/{tag}", self.base)
    }

    /// The photo of which an address is: record and number; none for one that was not made here. Where handlers reach the gateway may have
    /// changed since.
    #[must_use]
    pub fn photo_at(&self, address: &str) -> Option<(RawKey, u16)> {
        let mut parts = address.rsplit('/');
        let (tag, number, raw) = (parts.next()?, parts.next()?.parse().ok()?, RawKey(parts.next()?.parse().ok()?));
        let is_path = (parts.next(), parts.next()) == (Some("photos"), Some(PATH));
        (is_path && self.opens_photo(raw, number, tag)).then_some((raw, number))
    }

    /// Whether an address of a photo was made here.
    #[must_use]
    pub fn opens_photo(&self, raw: RawKey, number: u16, tag: &str) -> bool {
        let expected = hmac::sign(&self.photos, signed(raw, number).as_bytes());
        let expected = expected.as_ref().get(..SIGNED_BYTES).unwrap_or_default();
        // Tags of both are compared, in constant time.
        let given = URL_SAFE_NO_PAD.decode(tag).unwrap_or_default();
        hmac::verify(&self.photos, &given, hmac::sign(&self.photos, expected).as_ref()).is_ok()
    }
}

fn signed(raw: RawKey, number: u16) -> String {
    format!("{raw}\n{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyRing;

    const WANG: Bearer<'_> = Bearer { unit: "water", handler: "water-handler", phone: "139 0003 0013" };

    fn made_with(ring: &KeyRing) -> HandlerLinks {
        let vault = Arc::new(Vault::new(ring).unwrap());
        HandlerLinks::new("https://city.example/", SignedDuration::from_hours(72), vault)
    }

    fn token(links: &HandlerLinks) -> String {
        let address = links.address(TicketKey(7), &WANG, Timestamp::from_second(1_000_000).unwrap()).unwrap();
        address.strip_prefix("https://city.example/h/").unwrap().to_owned()
    }

    #[test]
    fn a_token_says_what_it_was_made_for_also_after_rotation_and_is_another_each_time() {
        let ring = KeyRing::generate().unwrap();
        let links = made_with(&ring);
        let made = token(&links);
        assert!(made.len() <= MAX_TOKEN_CHARS && made != token(&links), "{made}");
        let later = made_with(&ring.rotated().unwrap());
        let opened = later.open(&made).unwrap();
        assert_eq!(
            (opened.ticket, opened.given_at.as_second(), opened.until.as_second()),
            (TicketKey(7), 1_000_000, 1_259_200)
        );
        assert!(later.is_for(&opened, &Bearer { phone: "13900030013", ..WANG }));
        for other in [Bearer { unit: "road", ..WANG }, Bearer { handler: "x", ..WANG }, Bearer { phone: "139", ..WANG }]
        {
            assert!(!later.is_for(&opened, &other), "{other:?}");
        }
    }

    #[test]
    fn a_token_that_was_changed_cut_or_made_elsewhere_opens_nothing() {
        let ring = KeyRing::generate().unwrap();
        let links = made_with(&ring);
        let made = token(&links);
        for at in 0..made.len() {
            let changed: String = made
                .char_indices()
                .map(|(index, char)| match (index == at, char) {
                    (true, 'A') => 'B',
                    (true, _) => 'A',
                    (false, char) => char,
                })
                .collect();
            assert!(links.open(&changed).is_none() || changed == made, "{at}");
            let cut: String = made.chars().take(at).collect();
            assert_eq!(links.open(&cut), None, "{at}");
        }
        assert_eq!(links.open(&format!("{made}AAAA")), None);
        assert_eq!(made_with(&KeyRing::generate().unwrap()).open(&made), None);
        let sealed = links.vault.seal("raw", &[0; 32]).unwrap();
        assert_eq!(links.open(&URL_SAFE_NO_PAD.encode(sealed)), None, "content of another kind");
    }

    #[test]
    fn the_address_of_a_photo_opens_that_photo() {
        let links = made_with(&KeyRing::generate().unwrap());
        let address = links.photo_address(RawKey(5), 1_000);
        let tag = address.rsplit('/').next().unwrap();
        assert!(links.opens_photo(RawKey(5), 1_000, tag));
        assert_eq!(links.photo_at(&address), Some((RawKey(5), 1_000)));
        assert_eq!(links.photo_at(&address.replace("city.example", "other.example")), Some((RawKey(5), 1_000)));
        for strange in [address.replace("/5/", "/6/"), address.replace("/photos/", "/files/"), "5/1000".to_owned()] {
            assert_eq!(links.photo_at(&strange), None, "{strange}");
        }
        assert!(!links.opens_photo(RawKey(5), 1_001, tag) && !links.opens_photo(RawKey(6), 1_000, tag));
        assert!(!links.opens_photo(RawKey(5), 1_000, "") && !links.opens_photo(RawKey(5), 1_000, "%%"));
    }
}

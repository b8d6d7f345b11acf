//! Addresses of citizens' files, for one feed and for a time: whoever has one may fetch that file until then, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

use crate::key::RawKey;

/// Makes and checks addresses. They are signed with HMAC-SHA256 over feed, file and time.
#[derive(Clone)]
pub struct FileAddresses {
    base: String,
    valid: SignedDuration,
    key: hmac::Key,
}

impl std::fmt::Debug for FileAddresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileAddresses").field("base", &self.base).finish_non_exhaustive()
    }
}

/// What an address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The feed that it was written for.
    pub feed: String,
    /// The record that the file came with.
    pub raw: RawKey,
    /// Its place among the record's files.
    pub number: u16,
    /// Until when it holds, in seconds since 1970.
    pub until: i64,
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It was not made here, or was changed.
    #[error("the address was not made by this gateway")]
    Forged,
    /// Its time is over.
    #[error("the address has expired; a newer event of the ticket has a newer one")]
    Expired,
}

impl FileAddresses {
    /// Addresses below `base` (scheme, host and path under which platforms reach this gateway) that hold for `valid`.
    #[must_use]
    pub fn new(base: &str, valid: SignedDuration, key: hmac::Key) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), valid, key }
    }

    /// The address of a file for a feed, made at `now`.
    #[must_use]
    pub fn address(&self, feed: &str, raw: RawKey, number: u16, now: Timestamp) -> String {
        let until = now.saturating_add(self.valid).unwrap_or(Timestamp::MAX).as_second();
        let asked = Asked { feed: feed.to_owned(), raw, number, until };
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, asked.message().as_bytes()));
        format!("{}/files/{raw}/{number}?feed={feed}&until={until}&signature={signature}", self.base)
    }

    /// Whether an address may be used at `now`.
    ///
    /// # Errors
    /// It was not made here, or its time is over.
    pub fn check(&self, asked: &Asked, signature: &str, now: Timestamp) -> Result<(), AddressError> {
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_undecodable| AddressError::Forged)?;
        hmac::verify(&self.key, asked.message().as_bytes(), &signature).map_err(|_unspecified| AddressError::Forged)?;
        if now.as_second() > asked.until { Err(AddressError::Expired) } else { Ok(()) }
    }
}

impl Asked {
    /// What is signed. A feed's name has no line end.
    fn message(&self) -> String {
        format!("file\n{}\n{}\n{}\n{}", self.feed, self.raw, self.number, self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> FileAddresses {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        FileAddresses::new("https://city.example/", SignedDuration::from_hours(1), key)
    }

    fn read(address: &str) -> (Asked, String) {
        let (path, query) = address.strip_prefix("https://city.example/files/").unwrap().split_once('?').unwrap();
        let (raw, number) = path.split_once('/').unwrap();
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().to_owned();
        let until = value("until=").parse().unwrap();
        let asked =
            Asked { feed: value("feed="), raw: RawKey(raw.parse().unwrap()), number: number.parse().unwrap(), until };
        (asked, value("signature="))
    }

    #[test]
    fn an_address_opens_one_file_for_one_feed_until_its_time_is_over() {
        let (addresses, now) = (addresses(), Timestamp::from_second(1_000_000).unwrap());
        let (asked, signature) = read(&addresses.address("urban", RawKey(5), 1, now));
        assert_eq!((asked.feed.as_str(), asked.raw, asked.number, asked.until), ("urban", RawKey(5), 1, 1_003_600));
        let check = |asked: &Asked, at: i64| addresses.check(asked, &signature, Timestamp::from_second(at).unwrap());
        assert_eq!((check(&asked, 1_003_600), check(&asked, 1_003_601)), (Ok(()), Err(AddressError::Expired)));
        let changed = [
            Asked { feed: "command".to_owned(), ..asked.clone() },
            Asked { raw: RawKey(6), ..asked.clone() },
            Asked { number: 0, ..asked.clone() },
            Asked { until: i64::MAX, ..asked.clone() },
        ];
        assert!(changed.iter().all(|asked| check(asked, 1_000_000) == Err(AddressError::Forged)));
        assert_eq!(addresses.check(&asked, "%%", now), Err(AddressError::Forged));
    }
}

//! Signatures of webhooks as <https://www.standardwebhooks.com> has them: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// What secrets of Standard Webhooks begin with.
const PREFIX: &str = "whsec_";
/// Bytes that a secret has.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that signs requests.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Reads a secret: Base64 of 24 to 64 bytes, with `whsec_` before it or without. `None` where it is something else.
    #[must_use]
    pub fn read(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        let bytes = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).ok()?;
        SECRET_BYTES.contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a message at a time in seconds since 1970, with its version.
    #[must_use]
    pub fn sign(&self, id: &str, at_s: i64, body: &[u8]) -> String {
        let mut signed = hmac::Context::with_key(&self.0);
        signed.update(format!("{id}.{at_s}.").as_bytes());
        signed.update(body);
        format!("v1,{}", STANDARD.encode(signed.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_as_there() {
        let key = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_base64_of_enough_bytes() {
        for bad in ["", "whsec_", "whsec_short", "not base64 at all, but long enough for one", "whsec_c2hvcnQ="] {
            assert!(SigningKey::read(bad).is_none(), "{bad}");
        }
        assert!(SigningKey::read("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").is_some());
    }
}

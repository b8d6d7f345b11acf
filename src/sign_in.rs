//! What signing in is made of: passwords (argon2id, RFC 9106), the second factor (TOTP, RFC 6238), and the passwords that somebody is
//! given to set one of their own; and the city's own identity provider ([`provider`]). It knows no store and no clock.

pub mod provider;

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use totp_rs::{Builder, Secret, Totp};

use crate::people::{Person, folded};

/// How long a password holds that somebody else has set.
pub const FIRST_VALID: SignedDuration = SignedDuration::from_hours(72);
/// Bytes of salt of a password.
const SALT_BYTES: usize = 16;
/// Bytes of the secret of a second factor: as many as SHA-1 gives (RFC 4226, 4).
const SECOND_BYTES: usize = 20;
/// What first passwords are made of: nothing that is taken for something else when it is read out.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyzACDEFHKMN";
/// Groups of a first password, and letters of a group: 80 random bits.
const FIRST_GROUPS: (usize, usize) = (4, 4);

/// The machine gave no random numbers, or what hashes passwords failed.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

impl From<String> for HashError {
    fn from(cause: String) -> Self {
        Self(cause)
    }
}

fn random<const N: usize>() -> Result<[u8; N], HashError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_unspecified| HashError("there are no random numbers".to_owned()))?;
    Ok(bytes)
}

/// What is kept of a password as it is [`folded`], in PHC's form: argon2id with 19 MiB, two passes and one lane.
///
/// # Errors
/// There are no random numbers, or hashing fails.
pub fn hash(password: &str) -> Result<String, HashError> {
    let salt: [u8; SALT_BYTES] = random()?;
    let hash = Argon2::default().hash_password_with_salt(folded(password).as_bytes(), &salt);
    Ok(hash.map_err(|error| HashError(error.to_string()))?.to_string())
}

/// A hash that no password has, for those who have none.
static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| first_password().and_then(|password| hash(&password)).ok());

/// Whether a password is the one of which this hash is kept, also one that was kept before passwords were [`folded`]. Where there is none it
/// takes as long to say no.
///
/// # Errors
/// The hash cannot be read.
pub fn is_password(password: &str, kept: Option<&str>) -> Result<bool, HashError> {
    let Some(known) = kept.or(NOBODYS.as_deref()) else { return Ok(false) };
    let known = PasswordHash::new(known).map_err(|error| HashError(error.to_string()))?;
    let is_kept = |password: &str| Argon2::default().verify_password(password.as_bytes(), &known).is_ok();
    let plain = folded(password);
    let fits = is_kept(&plain) || (plain != password && is_kept(password));
    Ok(fits && kept.is_some())
}

/// A password that somebody is given: four groups of letters that can be read out.
///
/// # Errors
/// There are no random numbers.
pub fn first_password() -> Result<String, HashError> {
    let (groups, letters) = FIRST_GROUPS;
    let bytes: [u8; FIRST_GROUPS.0 * FIRST_GROUPS.1] = random()?;
    let groups = bytes.chunks(letters).take(groups).map(|group| {
        group.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32))).map(|letter| char::from(*letter)).collect()
    });
    Ok(groups.collect::<Vec<String>>().join("-"))
}

/// Somebody with a password that they are given, and the password: it is good for setting another within [`FIRST_VALID`].
///
/// # Errors
/// There are no random numbers, or hashing fails.
pub fn with_first_password(person: Person, now: Timestamp) -> Result<(Person, String), HashError> {
    let password = first_password()?;
    let kept = Some(hash(&password)?);
    Ok((Person { password: kept, password_at: Some(now), is_first: true, ..person }, password))
}

/// The secret of a new second factor.
///
/// # Errors
/// There are no random numbers.
pub fn new_second() -> Result<Vec<u8>, HashError> {
    Ok(random::<SECOND_BYTES>()?.to_vec())
}

fn second(secret: &[u8], name: &str) -> Option<Totp> {
    // An account's name cannot have a colon in it, which stands between it and the issuer.
    let name = name.replace(':', "-");
    Builder::new().with_secret(secret.to_vec()).with_issuer(Some("Huiliu")).with_account_name(name).build().ok()
}

/// The secret as people type it into an authenticator (Base32), and the address that it reads from a picture (`otpauth://`).
#[must_use]
pub fn shown_second(secret: &[u8], name: &str) -> Option<(String, String)> {
    Some((Secret::from(secret.to_vec()).to_base32(), second(secret, name)?.to_url().ok()?))
}

/// The secret that somebody was shown.
#[must_use]
pub fn read_second(shown: &str) -> Option<Vec<u8>> {
    let secret = Secret::try_from_base32(shown).ok()?;
    Some(secret.as_bytes().to_vec()).filter(|secret| secret.len() == SECOND_BYTES)
}

/// The step of time of a code that is right now, or was or will be a step of 30 seconds from now; none after `used`, since a code is
/// taken once.
#[must_use]
pub fn step(secret: &[u8], code: &str, used: Option<u64>, now: Timestamp) -> Option<u64> {
    let seconds = u64::try_from(now.as_second()).ok()?;
    let step = second(secret, "")?.check(code, seconds)?;
    used.is_none_or(|used| step > used).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_hash_only() {
        let kept = hash("correct-Horse7").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_password("correct-Horse7", Some(&kept)).unwrap());
        assert!(!is_password("correct-Horse8", Some(&kept)).unwrap());
        assert_ne!(hash("correct-Horse7").unwrap(), kept, "salted");
        assert!(!is_password("", None).unwrap() && is_password("x", Some("no hash")).is_err());
    }

    #[test]
    fn a_password_is_the_same_in_whichever_width_it_is_typed_and_one_kept_before_fits_as_it_was() {
        let kept = hash("Ｓｅｖｅｎ-Roads-7788").unwrap();
        for typed in ["Ｓｅｖｅｎ-Roads-7788", "Seven-Roads-7788", "Seven-Roads-７７８８"] {
            assert!(is_password(typed, Some(&kept)).unwrap(), "{typed}");
        }
        let raw = "Ｓｅｖｅｎ-Roads-7788";
        let before = Argon2::default().hash_password_with_salt(raw.as_bytes(), &[7; SALT_BYTES]).unwrap().to_string();
        assert!(is_password(raw, Some(&before)).unwrap());
        assert!(!is_password("Seven-Roads-7788", Some(&before)).unwrap(), "it was never that");
    }

    #[test]
    fn first_passwords_are_read_out_and_never_the_same() {
        let (one, other) = (first_password().unwrap(), first_password().unwrap());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.matches('-').count()), (19, 3), "{one}");
    }

    /// The secret of RFC 6238's appendix B, whose code at 59 s is 94287082 in eight digits: the last six of it.
    #[test]
    fn codes_are_those_of_the_standard_and_are_taken_once() {
        let secret = b"12345678901234567890";
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(step(secret, "287082", None, at(59)), Some(1));
        assert_eq!(step(secret, "287082", None, at(89)), Some(1), "one step late");
        assert_eq!(step(secret, "287082", None, at(120)), None, "two steps late");
        assert_eq!(step(secret, "287082", Some(1), at(59)), None, "a second time");
        assert_eq!(step(secret, "287083", None, at(59)), None);
        assert_eq!(step(secret, "", None, at(59)), None);
        let (shown, address) = shown_second(secret, "wang:lei").unwrap();
        assert_eq!(read_second(&shown).unwrap(), secret);
        assert!(address.starts_with("otpauth://totp/Huiliu:wang-lei?secret="), "{address}");
        assert_eq!((read_second("AAAA"), read_second("!")), (None, None));
    }
}

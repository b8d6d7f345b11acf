//! Roles, and the tokens of programs and of people who have signed in. Only hashes of tokens are stored.

use ring::rand::{SecureRandom, SystemRandom};

/// What somebody may do. Each role may do what those before it may, but for the first two, which stand apart: who looks after people
/// cannot see matters, and who inspects what was done can do nothing (GB/T 22239-2019, 8.1.5: three administrators).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read the audit log, which nobody else may, and the lives of matters, contacts masked; nothing else.
    Auditor,
    /// Add, change and remove people, and see nothing else.
    Security,
    /// Pull the feeds and send the status updates of the platform that the city pack gives the token to; nothing else.
    Platform,
    /// Read tickets, channels, queues and the ledger; contacts masked.
    Viewer,
    /// Also act for the units of their scope, and see contacts of their matters.
    Clerk,
    /// Also split, merge, pin, answer reviews, replay, see contacts and quarantined records.
    Operator,
    /// Also reload the pack and erase personal data.
    Admin,
}

impl Role {
    /// All roles with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Auditor, "auditor"),
        (Self::Security, "security"),
        (Self::Platform, "platform"),
        (Self::Viewer, "viewer"),
        (Self::Clerk, "clerk"),
        (Self::Operator, "operator"),
        (Self::Admin, "admin"),
    ];

    /// Whether it may do what another role is needed for.
    #[must_use]
    pub fn may(self, needed: Self) -> bool {
        match needed {
            Self::Auditor | Self::Security => self == needed,
            _ => self >= needed,
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or("auditor", |(_, name)| name)
    }
}

/// What tokens of programs begin with.
pub const PROGRAM: &str = "hl_";
/// What tokens of people begin with who have signed in by a password.
pub const SESSION: &str = "hs_";
/// What tokens of people begin with whom the city's identity provider has let in: nothing is asked of them of their password.
pub const PROVIDED: &str = "hp_";

/// A new token: what tokens of its kind begin with, and 43 characters that carry 256 random bits.
///
/// # Errors
/// The machine gave no random numbers.
pub fn new_token(begins: &str) -> Result<String, ring::error::Unspecified> {
    use base64::Engine as _;
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(format!("{begins}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is stored of a token: SHA-256. A token has 256 random bits, so nothing slower is needed.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

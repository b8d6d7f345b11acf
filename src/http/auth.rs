//! Access tokens with roles. Only their hashes are stored.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use ring::rand::{SecureRandom, SystemRandom};

use super::site::ApiError;
use crate::http::Site;
use std::sync::Arc;

/// What a token may do. Each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read tickets, channels, queues and the ledger; contacts masked.
    Viewer,
    /// Also split, merge, pin, answer reviews, replay, see contacts and quarantined records.
    Operator,
    /// Also reload the pack and erase personal data.
    Admin,
}

impl Role {
    /// All roles with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Viewer, "viewer"), (Self::Operator, "operator"), (Self::Admin, "admin")];

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or("viewer", |(_, name)| name)
    }
}

/// A new token: `hl_` and 43 characters that carry 256 random bits.
///
/// # Errors
/// The machine gave no random numbers.
pub fn new_token() -> Result<String, ring::error::Unspecified> {
    use base64::Engine as _;
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(format!("hl_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is stored of a token: SHA-256. A token has 256 random bits, so nothing slower is needed.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// Who makes a request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub name: String,
    pub role: Role,
}

impl Caller {
    /// Refuses callers below a role.
    pub(super) fn require(&self, role: Role) -> Result<(), ApiError> {
        if self.role >= role {
            return Ok(());
        }
        let en = format!("this needs a token with role {}", role.name());
        Err(ApiError::new(StatusCode::FORBIDDEN, format!("需要 {} 角色的令牌", role.name()), en))
    }
}

impl FromRequestParts<Arc<Site>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, ApiError> {
        let State(site): State<Arc<Site>> = State(Arc::clone(site));
        let refused = || {
            ApiError::new(
                StatusCode::UNAUTHORIZED,
                "缺少或无效的令牌；请用 Authorization: Bearer …，令牌由 huiliu token new 生成",
                "missing or unknown token; send Authorization: Bearer …, made with `huiliu token new`",
            )
        };
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
        let token = header.strip_prefix("Bearer ").map(str::trim).ok_or_else(refused)?;
        let hash = token_hash(token);
        let tokens = site.reader.ask(|store| store.tokens()).await?;
        let found = tokens.into_iter().find(|known| known.hash == hash).ok_or_else(refused)?;
        let role = Role::from_name(&found.role).ok_or_else(refused)?;
        Ok(Self { name: found.name, role })
    }
}

//! Why the provider's word does not let somebody in, as few kinds as there are things to do about it.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{ClaimsVerificationError, DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError};

/// Why somebody does not come in by the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFailure {
    /// No answer, or one of an error of its own.
    #[error("the identity provider does not answer")]
    Away,
    /// Answers that are not those of a provider, or of another than the settings name.
    #[error("the identity provider answers something else than the standard says")]
    Unreadable,
    /// It does not know this gateway: its name, its secret, or where it sends people back to.
    #[error("the identity provider does not know this gateway")]
    NotKnown,
    /// It does not take the code: used before, or too old.
    #[error("the identity provider does not take the code")]
    Code,
    /// The token has expired, or is of a time to come: the clocks differ.
    #[error("the clocks of the identity provider and of the gateway differ")]
    Clock,
    /// The token was made for another sign-in.
    #[error("the token is of another sign-in")]
    Nonce,
    /// The token was made for another program.
    #[error("the token is for another program")]
    Audience,
    /// The token is of another provider.
    #[error("the token is of another identity provider")]
    Issuer,
    /// The token is not signed by a key of the provider.
    #[error("the token is not signed by a key of the identity provider")]
    Signature,
    /// There is no name where the city says that it is.
    #[error("the identity provider tells no name")]
    NoName,
}

impl ProviderFailure {
    /// Name in the audit log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Away => "provider_away",
            Self::Unreadable => "provider_unreadable",
            Self::NotKnown => "gateway_not_known",
            Self::Code => "code_refused",
            Self::Clock => "clocks_differ",
            Self::Nonce => "other_sign_in",
            Self::Audience => "other_audience",
            Self::Issuer => "other_issuer",
            Self::Signature => "signature",
            Self::NoName => "no_name",
        }
    }

    /// What is wrong and what to do, in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Away => "身份认证平台没有应答，请稍后再试",
            Self::Unreadable => "身份认证平台的应答不符合约定，请告诉管理员",
            Self::NotKnown => "身份认证平台不认识本系统，请管理员核对 [console.oidc] 的 client_id 和密钥",
            Self::Code => "本次登录已用过或已过期，请重新登录",
            Self::Clock => "身份认证平台与本系统的时间不一致，请管理员核对两边的时钟",
            Self::Nonce => "身份认证平台答的不是本次登录，请重新登录",
            Self::Audience => "身份认证平台的凭证是给别的系统的，请告诉管理员",
            Self::Issuer => "凭证不是约定的身份认证平台签发的，请告诉管理员",
            Self::Signature => "凭证不是用身份认证平台的密钥签名的，请告诉管理员",
            Self::NoName => "身份认证平台没有给出用户名，请管理员核对 [console.oidc] 的 claim 和 scopes",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Away => "the identity provider does not answer; try again later",
            Self::Unreadable => "the identity provider does not answer as agreed; tell the administrator",
            Self::NotKnown => {
                "the identity provider does not know this gateway; see client_id and secret of [console.oidc]"
            }
            Self::Code => "this sign-in was used or is too old; sign in again",
            Self::Clock => "the clocks of the identity provider and of this gateway differ; tell the administrator",
            Self::Nonce => "the identity provider answers another sign-in; sign in again",
            Self::Audience => "the identity provider's word is for another program; tell the administrator",
            Self::Issuer => "the word is of another identity provider than agreed; tell the administrator",
            Self::Signature => "the word is not signed by a key of the identity provider; tell the administrator",
            Self::NoName => "the identity provider tells no name; see claim and scopes of [console.oidc]",
        }
    }

    /// Whether the provider is at fault rather than what came back.
    #[must_use]
    pub fn is_outage(self) -> bool {
        matches!(self, Self::Away | Self::Unreadable | Self::NotKnown)
    }
}

/// There was no answer; for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unanswered(pub String);

fn away(error: &Unanswered) -> ProviderFailure {
    tracing::warn!(%error, "The identity provider does not answer.");
    ProviderFailure::Away
}

fn unreadable(error: &dyn std::fmt::Display) -> ProviderFailure {
    tracing::warn!(%error, "The identity provider does not answer as the standard says.");
    ProviderFailure::Unreadable
}

fn of_status(status: http::StatusCode) -> ProviderFailure {
    tracing::warn!(%status, "The identity provider answers with an error.");
    if status.is_server_error() { ProviderFailure::Away } else { ProviderFailure::Unreadable }
}

pub(super) fn of_discovery(error: DiscoveryError<Unanswered>) -> ProviderFailure {
    match error {
        DiscoveryError::Request(error) => away(&error),
        DiscoveryError::Response(status, ..) => of_status(status),
        DiscoveryError::Validation(error) => unreadable(&error),
        DiscoveryError::Parse(error) => unreadable(&error),
        other => unreadable(&other),
    }
}

pub(super) fn of_exchange(
    error: RequestTokenError<Unanswered, StandardErrorResponse<CoreErrorResponseType>>,
) -> ProviderFailure {
    match error {
        RequestTokenError::Request(error) => away(&error),
        RequestTokenError::ServerResponse(refused) => match refused.error() {
            CoreErrorResponseType::InvalidGrant => ProviderFailure::Code,
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                tracing::warn!("The identity provider does not know this gateway by its name and secret.");
                ProviderFailure::NotKnown
            }
            other => unreadable(&other.as_ref()),
        },
        // What was sent may be a token: it is not shown.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => unreadable(&"no token in the answer"),
    }
}

pub(super) fn of_user_info(error: UserInfoError<Unanswered>) -> ProviderFailure {
    match error {
        UserInfoError::Request(error) => away(&error),
        UserInfoError::Response(status, ..) => of_status(status),
        UserInfoError::ClaimsVerification(error) => of_claims(&error),
        _ => unreadable(&"what it tells of a person cannot be read"),
    }
}

pub(super) fn of_claims(error: &ClaimsVerificationError) -> ProviderFailure {
    match error {
        ClaimsVerificationError::Expired(_) => ProviderFailure::Clock,
        ClaimsVerificationError::InvalidNonce(_) => ProviderFailure::Nonce,
        ClaimsVerificationError::InvalidAudience(_) => ProviderFailure::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => ProviderFailure::Issuer,
        ClaimsVerificationError::SignatureVerification(_) => ProviderFailure::Signature,
        _ => ProviderFailure::Unreadable,
    }
}

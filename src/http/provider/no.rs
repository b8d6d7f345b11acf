//! Why somebody who signs in by the city's own identity provider is not let in.

use huiliu_adapter_api::RefusalCode;

use crate::http::audited::Identity;
use crate::http::problem::Problem;
use crate::sign_in::provider::ProviderFailure;

/// Why somebody is not let in though nothing is wrong with the provider.
#[derive(Debug, Clone, Copy)]
pub(super) enum No {
    /// Nobody of this browser is away, or with another state: used before, too long ago, or made by somebody else.
    NotPending,
    /// The person did not agree at the provider.
    Denied,
    /// The provider says that something is wrong with what it was asked.
    Declined,
    /// Nobody is called so here.
    Unknown,
    /// The person may not sign in any more.
    Barred,
    /// The role of the person is not one that there is.
    Roleless,
    /// There was no second factor at the provider, and the person has none here.
    SecondMissing,
    /// Too many are on the way in.
    Full,
}

impl No {
    fn told(self) -> (RefusalCode, &'static str, &'static str, &'static str) {
        use RefusalCode::{Forbidden, TooManyRequests, Unauthorized};
        match self {
            Self::NotPending => (
                Unauthorized,
                "not_pending",
                "本次登录已用过、已过期，或不是这个浏览器发起的，请重新登录",
                "this sign-in was used, is too old, or was not begun in this browser; sign in again",
            ),
            Self::Denied => (
                Unauthorized,
                "denied",
                "您在身份认证平台取消了登录",
                "the sign-in was refused at the identity provider",
            ),
            Self::Declined => (
                Unauthorized,
                "declined",
                "身份认证平台没有接受登录请求，请管理员核对 [console.oidc]",
                "the identity provider does not accept the request; see [console.oidc]",
            ),
            Self::Unknown => (
                Forbidden,
                "unknown_person",
                "身份已确认，但本系统没有这个用户名，请向安全管理员申请",
                "it is known who you are, but nobody has this name here; ask the security administrator",
            ),
            Self::Barred => (
                Forbidden,
                "barred",
                "此用户已停用，请联系安全管理员",
                "this person may not sign in any more; ask the security administrator",
            ),
            Self::Roleless => (
                Forbidden,
                "no_role",
                "此用户的角色不存在，请联系安全管理员",
                "this person has a role that there is not; ask the security administrator",
            ),
            Self::SecondMissing => (
                Forbidden,
                "no_second_factor",
                "本系统要求二次验证，身份认证平台没有做，您在本系统也没有设置",
                "a second factor is needed: the identity provider had none, and none is set up here",
            ),
            Self::Full => (
                TooManyRequests,
                "too_many",
                "同时登录的人太多，请稍后再试",
                "too many people sign in at once; try again",
            ),
        }
    }

    /// The refusal, which is noted with its reason.
    pub(super) fn problem(self, identity: &Identity) -> Problem {
        let (code, reason, zh, en) = self.told();
        let _noted = identity.kept_out.set(reason);
        Problem::new(code, zh, en).because([reason])
    }
}

/// The refusal where the provider, or the way to it, failed; noted with its reason.
pub(super) fn failed(failure: ProviderFailure, identity: &Identity) -> Problem {
    let _noted = identity.kept_out.set(failure.name());
    let code = if failure.is_outage() { RefusalCode::Unavailable } else { RefusalCode::Unauthorized };
    Problem::new(code, failure.zh(), failure.en()).because([failure.name()])
}

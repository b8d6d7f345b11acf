//! Who makes a request, and whether its role allows it. A handler names the least role among its arguments; it is checked before
//! anything of the body is read.

use std::sync::Arc;

use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::operation::OperationInput;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use huiliu_adapter_api::{Refusal, RefusalCode};

use super::audited::Identity;
use super::auth::{Role, token_hash};
use super::openapi::TOKEN_SCHEME;
use super::problem::Problem;
use crate::audit::Actor;
use crate::http::Site;

/// Who makes a request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub name: String,
    pub role: Role,
    /// Number of the request.
    pub request: Option<String>,
}

impl Caller {
    /// Who it is, for the audit log.
    pub(super) fn actor(&self) -> Actor {
        Actor { request: self.request.clone(), ..Actor::new(self.name.clone(), self.role.name()) }
    }

    /// Whether citizens' names and numbers are shown whole.
    pub(super) fn sees_contacts(&self) -> bool {
        self.role >= Role::Operator
    }
}

/// A caller that may read the audit log.
pub(super) struct Auditor(pub Caller);
/// A caller of any role but the auditor's.
pub(super) struct Platform(pub Caller);
/// A caller that may look at everything.
pub(super) struct Viewer(pub Caller);
/// A caller that may look at everything, or an auditor: who inspects a matter reads its life as a viewer does.
pub(super) struct Inspector(pub Caller);
/// A caller that is at least operator.
pub(super) struct Operator(pub Caller);
/// A caller that is admin.
pub(super) struct Admin(pub Caller);

macro_rules! callers {
    ($($name:ident: $($role:ident)or+;)+) => {$(
        impl FromRequestParts<Arc<Site>> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
                allowed(parts, site, &[$(Role::$role),+]).await.map(Self)
            }
        }

        impl OperationInput for $name {
            fn operation_input(_context: &mut GenContext, operation: &mut Operation) {
                operation.description = Some(format!("Role: {}.", named(&[$(Role::$role),+], " or ")));
                operation.security.push([(TOKEN_SCHEME.to_owned(), Vec::new())].into_iter().collect());
            }
        }
    )+};
}

callers! {
    Auditor: Auditor;
    Platform: Platform;
    Viewer: Viewer;
    Inspector: Viewer or Auditor;
    Operator: Operator;
    Admin: Admin;
}

fn named(roles: &[Role], or: &str) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(or)
}

/// Who makes a request, where one of these roles is needed for it and the caller has one.
async fn allowed(parts: &Parts, site: &Site, roles: &[Role]) -> Result<Caller, Problem> {
    let Some(token) = token_of(parts) else { return Err(stranger("Bearer realm=\"huiliu\"")) };
    let hash = token_hash(token);
    let tokens = site.reader.ask(|store| store.tokens()).await?;
    let found = tokens.into_iter().find(|known| known.hash == hash);
    let identity = parts.extensions.get::<Arc<Identity>>().cloned().unwrap_or_default();
    let request = identity.request.clone();
    let known = found.and_then(|found| Some(Caller { role: Role::from_name(&found.role)?, name: found.name, request }));
    let caller = known.ok_or_else(|| stranger("Bearer realm=\"huiliu\", error=\"invalid_token\""))?;
    // Whoever was told first stays: one request has one token.
    let _known = identity.token.set((caller.name.clone(), caller.role.name()));
    if !roles.iter().any(|role| caller.role.may(*role)) {
        let (zh, en) = (named(roles, " 或 "), named(roles, " or "));
        let (zh, en) = (format!("需要 {zh} 角色的令牌"), format!("this needs a token with role {en}"));
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    }
    Ok(caller)
}

/// The token behind the scheme, which is the same in any case (RFC 9110, 11.1).
fn token_of(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn stranger(challenge: &'static str) -> Problem {
    let zh = "缺少或无效的令牌；请用 Authorization: Bearer …，令牌由 huiliu token new 生成";
    let en = "missing or unknown token; send Authorization: Bearer …, made with `huiliu token new`";
    let refusal = Refusal::new(RefusalCode::Unauthorized, zh, en);
    Problem(refusal.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge)))
}

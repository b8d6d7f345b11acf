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
use jiff::{SignedDuration, Timestamp};

use super::audited::Identity;
use super::auth::{PROVIDED, Role, SESSION, token_hash};
use super::openapi::TOKEN_SCHEME;
use super::problem::Problem;
use crate::audit::Actor;
use crate::http::Site;
use crate::people::Scope;
use crate::store::{PersonRow, SessionRow};

/// How often it is written down that a session is used.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Who makes a request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub name: String,
    pub role: Role,
    /// Of which matters they may know.
    pub scope: Arc<Scope>,
    /// Number of the request.
    pub request: Option<String>,
    /// The session, where a person has signed in.
    pub session: Option<Session>,
}

/// The session of a person.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub hash: Vec<u8>,
    /// How it was begun, as its token shows.
    pub kind: &'static str,
    /// When it ends, unless it is used.
    pub idle_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    pub whose: Arc<PersonRow>,
    /// What has to be done before anything else.
    pub must: Option<Must>,
}

/// What somebody has to do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    /// Set a password of their own.
    Password,
    /// Set up a second factor.
    SecondFactor,
}

impl Must {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
        }
    }

    pub(super) fn problem(self) -> Problem {
        let (zh, en) = match self {
            Self::Password => ("请先设置自己的新口令", "set a password of your own first: POST /api/v1/me/password"),
            Self::SecondFactor => ("请先设置二次验证", "set up a second factor first: POST /api/v1/me/second-factor"),
        };
        Problem::new(RefusalCode::Forbidden, zh, en).because([self.name()])
    }
}

impl Caller {
    /// Who it is, for the audit log.
    pub(super) fn actor(&self) -> Actor {
        Actor { request: self.request.clone(), ..Actor::new(self.name.clone(), self.role.name()) }
    }

    /// Whether citizens' names and numbers are shown whole.
    pub(super) fn sees_contacts(&self) -> bool {
        self.role >= Role::Clerk
    }

    /// The program that a token belongs to.
    fn program(name: String, role: Role, request: Option<String>) -> Self {
        Self { name, role, scope: Arc::default(), request, session: None }
    }
}

/// A caller that may read the audit log.
pub(super) struct Auditor(pub Caller);
/// A caller that looks after people.
pub(super) struct Security(pub Caller);
/// A caller of any role but the auditor's and that of who looks after people.
pub(super) struct Platform(pub Caller);
/// A caller that may look at everything.
pub(super) struct Viewer(pub Caller);
/// A caller that may look at everything, or an auditor: who inspects a matter reads its life as a viewer does.
pub(super) struct Inspector(pub Caller);
/// A caller that acts for units, at least.
pub(super) struct Clerk(pub Caller);
/// A caller that is at least operator.
pub(super) struct Operator(pub Caller);
/// A caller that is admin.
pub(super) struct Admin(pub Caller);
/// A caller of any role, also one that has something else to do first.
pub(super) struct Anyone(pub Caller);

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
    Security: Security;
    Platform: Platform;
    Viewer: Viewer;
    Inspector: Viewer or Auditor;
    Clerk: Clerk;
    Operator: Operator;
    Admin: Admin;
}

impl FromRequestParts<Arc<Site>> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Problem> {
        known(parts, site).await.map(Self)
    }
}

impl OperationInput for Anyone {
    fn operation_input(_context: &mut GenContext, operation: &mut Operation) {
        operation.description = Some("Role: any.".to_owned());
        operation.security.push([(TOKEN_SCHEME.to_owned(), Vec::new())].into_iter().collect());
    }
}

fn named(roles: &[Role], or: &str) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(or)
}

/// Who makes a request, where one of these roles is needed for it and the caller has one.
async fn allowed(parts: &Parts, site: &Site, roles: &[Role]) -> Result<Caller, Problem> {
    let caller = known(parts, site).await?;
    if let Some(must) = caller.session.as_ref().and_then(|session| session.must) {
        return Err(must.problem());
    }
    if !roles.iter().any(|role| caller.role.may(*role)) {
        let (zh, en) = (named(roles, " 或 "), named(roles, " or "));
        let (zh, en) = (format!("需要 {zh} 角色的令牌"), format!("this needs a token with role {en}"));
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    }
    Ok(caller)
}

/// Who makes a request.
async fn known(parts: &Parts, site: &Site) -> Result<Caller, Problem> {
    let Some(token) = token_of(parts) else { return Err(stranger("Bearer realm=\"huiliu\"")) };
    let hash = token_hash(token);
    let identity = parts.extensions.get::<Arc<Identity>>().cloned().unwrap_or_default();
    let request = identity.request.clone();
    let found = if token.starts_with(SESSION) || token.starts_with(PROVIDED) {
        person(site, hash, token.starts_with(PROVIDED), &identity).await?
    } else {
        let tokens = site.reader.ask(|store| store.tokens()).await?;
        let found = tokens.into_iter().find(|known| known.hash == hash);
        found.and_then(|found| {
            let role = known_role(&found.name, &found.role)?;
            Some(Caller::program(found.name, role, request))
        })
    };
    let caller = found.ok_or_else(|| stranger("Bearer realm=\"huiliu\", error=\"invalid_token\""))?;
    // Whoever was told first stays: one request has one token.
    let _known = identity.token.set((caller.name.clone(), caller.role.name()));
    Ok(caller)
}

/// The person whose session it is, while it lasts.
async fn person(site: &Site, hash: Vec<u8>, is_provided: bool, identity: &Identity) -> Result<Option<Caller>, Problem> {
    let (asked, request) = (hash.clone(), identity.request.clone());
    let found = site.reader.ask(move |store| store.session(&asked)).await?;
    let (now, limits) = (site.clock.now(), &site.pages);
    let Some((session, whose)) = found.filter(|(session, _)| limits.lasts(session, now)) else { return Ok(None) };
    let Some(role) = known_role(&whose.name, &whose.person.role).filter(|_| !whose.person.is_barred) else {
        return Ok(None);
    };
    site.doorkeeper.was_here(&whose.name, identity.address, now);
    if now.duration_since(session.seen_at) >= SEEN_EVERY {
        let seen = hash.clone();
        site.writer.ask(move |store| store.see_session(&seen, now)).await?;
    }
    let must = limits.must(&whose.person, now).filter(|_| !is_provided);
    let SessionRow { began_at, .. } = session;
    let after = |from: Timestamp, lasts| from.saturating_add(lasts).unwrap_or(Timestamp::MAX);
    let (idle_at, ends_at) = (after(now, limits.idle), after(began_at, limits.longest));
    let (name, scope) = (whose.name.clone(), Arc::new(whose.person.scope.clone()));
    let kind = if is_provided { PROVIDED } else { SESSION };
    let session = Session { hash, kind, idle_at, ends_at, whose: Arc::new(whose), must };
    Ok(Some(Caller { name, role, scope, request, session: Some(session) }))
}

/// A role by its name. One that this release does not have keeps its owner out, and whoever reads the log is told why.
fn known_role(name: &str, role: &str) -> Option<Role> {
    let known = Role::from_name(role);
    if known.is_none() {
        tracing::warn!(
            name,
            role,
            "Somebody has a role that there is not; give them another with `huiliu people` or `huiliu token`."
        );
    }
    known
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
    refusal.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge)).into()
}

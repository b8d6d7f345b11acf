//! Signing in and out, and what somebody may change of themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::people::ScopeDocument;
use crate::audit::{Actor, AuditAction};
use crate::http::Site;
use crate::http::audited::Identity;
use crate::http::auth::{Role, token_hash};
use crate::http::caller::{Anyone, Caller, Must, Session};
use crate::http::doorkeeper::{Entry, new_session_token};
use crate::http::extract::{self, Nothing, Query};
use crate::http::problem::Problem;
use crate::people::{MAX_NAME_CHARS, MAX_PASSWORD_CHARS, Owner, Person, folded, weakness};
use crate::sign_in;
use crate::store::{PersonRow, SessionRow};

/// Longest code of a second factor that is read.
const MAX_CODE_CHARS: usize = 20;

/// Who wants to come in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryBody {
    /// Name.
    #[schemars(length(min = 1, max = 40))]
    #[schemars(example = &"wang.lei")]
    name: String,
    /// Password.
    #[schemars(length(min = 1, max = 128))]
    #[schemars(example = &"青鱼滩路-Lamp9")]
    password: String,
    /// Code of the second factor, where there is one.
    #[schemars(length(max = 20))]
    #[schemars(example = &"287082")]
    code: Option<String>,
}

/// A session that has begun.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionDocument {
    /// The access token of the session. It is told once.
    #[schemars(example = &"hs_Vq0u6r3mXcE2kzT1bN9yWf4hJ7sLpDgA8oQiUeRtYvM")]
    token: String,
    /// What has to be done before anything else; none: nothing.
    #[schemars(extend("enum" = ["password", "second_factor", null]))]
    #[schemars(example = &"password")]
    must: Option<&'static str>,
}

pub(super) async fn enter(
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    axum::Extension(identity): axum::Extension<Arc<Identity>>,
    extract::Json(EntryBody { name, password, code }): extract::Json<EntryBody>,
) -> Result<(StatusCode, Json<SessionDocument>), Problem> {
    let too_long = |text: &str, most: usize| text.chars().count() > most;
    if too_long(&name, MAX_NAME_CHARS)
        || too_long(&password, MAX_PASSWORD_CHARS)
        || code.as_deref().is_some_and(|code| too_long(code, MAX_CODE_CHARS))
    {
        return Err(Problem::invalid("name, password or code is longer than any can be"));
    }
    let entered = site.enter(Entry { name, password, code }, &identity).await?;
    let must = site.pages.must(&entered.whose.person, site.clock.now()).map(Must::name);
    Ok((StatusCode::CREATED, Json(SessionDocument { token: entered.token, must })))
}

pub(super) async fn leave(
    Anyone(caller): Anyone,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Ended> {
    let session = own(&caller)?;
    let (hash, entry) = (session.hash.clone(), site.entry(AuditAction::Logout, caller.actor()));
    let ended = site.writer.ask(move |store| store.end_session(&hash, &entry)).await?;
    Ok(Json(Ended { sessions: usize::from(ended), token: None }))
}

/// Sessions that ended.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ended {
    /// How many.
    #[schemars(example = 1)]
    sessions: usize,
    /// The access token with which the session that asked goes on: that of before is good for nothing any more, whoever has a copy of it.
    /// Null where it ended, too.
    #[schemars(example = &"hs_Vq0u6r3mXcE2kzT1bN9yWf4hJ7sLpDgA8oQiUeRtYvM")]
    token: Option<String>,
}

/// Who asks.
#[derive(Serialize, JsonSchema)]
pub(super) struct Me {
    /// Name of the person or of the token.
    #[schemars(example = &"wang.lei")]
    name: String,
    /// What others call them; none: a program.
    #[schemars(example = &"王蕾，七里街道")]
    title: Option<String>,
    /// Role.
    #[schemars(extend("enum" = super::people::roles()))]
    #[schemars(example = &"clerk")]
    role: &'static str,
    /// Of which matters they may know.
    scope: ScopeDocument,
    /// What has to be done before anything else; none: nothing.
    #[schemars(extend("enum" = ["password", "second_factor", null]))]
    #[schemars(example = &"password")]
    must: Option<&'static str>,
    /// Whether there is a second factor.
    #[schemars(example = true)]
    has_second_factor: bool,
    /// When the session ends unless it is used (RFC 3339); none: a program.
    #[schemars(example = &"2026-11-22T02:00:00Z")]
    idle_at: Option<String>,
    /// When the session ends (RFC 3339); none: a program.
    #[schemars(example = &"2026-11-22T13:30:00Z")]
    ends_at: Option<String>,
    /// Name of the city.
    city: String,
}

pub(super) async fn me(
    Anyone(caller): Anyone,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Me> {
    let session = caller.session.as_ref();
    Ok(Json(Me {
        title: session.map(|session| session.whose.person.title.clone()),
        role: caller.role.name(),
        scope: ScopeDocument::of(&caller.scope),
        must: session.and_then(|session| session.must).map(Must::name),
        has_second_factor: session.is_some_and(|session| session.whose.person.second.is_some()),
        idle_at: session.map(|session| session.idle_at.to_string()),
        ends_at: session.map(|session| session.ends_at.to_string()),
        city: site.rules().names.city.clone(),
        name: caller.name,
    }))
}

/// The session that asks: programs have no password and no second factor.
fn own(caller: &Caller) -> Result<&Session, Problem> {
    caller.session.as_ref().ok_or_else(|| {
        let en = "this is for people who have signed in, not for access tokens";
        Problem::new(RefusalCode::Conflict, "这是给登录的人用的，不是给令牌用的", en)
    })
}

/// Another password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    /// The password that there is.
    #[schemars(length(min = 1, max = 128))]
    #[schemars(example = &"abcd-efgh-jkmn-pqrs")]
    old: String,
    /// The one to be: at least 10 characters of three kinds, without the names of the person and of the city, and more than common words.
    #[schemars(length(min = 10, max = 128))]
    #[schemars(example = &"青鱼滩路-Lamp9")]
    new: String,
}

pub(super) async fn set_password(
    Anyone(caller): Anyone,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(PasswordBody { old, new }): extract::Json<PasswordBody>,
) -> Answer<Ended> {
    let session = own(&caller)?;
    let whose = site.confirmed(session, old.clone()).await?;
    if folded(&old) == folded(&new) {
        return Err(Problem::new(RefusalCode::InvalidRequest, "新口令与原来的相同", "the new password is the old one"));
    }
    let rules = site.rules();
    let owner = Owner { name: &caller.name, title: &whose.person.title, city: &rules.names.city };
    if let Some(weakness) = weakness(&new, owner) {
        return Err(Problem::new(RefusalCode::InvalidRequest, weakness.zh(), weakness.en()));
    }
    let hash = hashed(new).await?;
    let now = site.clock.now();
    let person = Person { password: Some(hash), password_at: Some(now), is_first: false, ..whose.person.clone() };
    change(&site, session, (PersonRow { person, ..whose.clone() }, whose.person), caller.actor()).await
}

/// Writes what somebody has changed of themselves, ends their other sessions, and gives theirs another token: a copy of the one of before
/// may be why they change it.
async fn change(site: &Site, session: &Session, (row, before): (PersonRow, Person), actor: Actor) -> Answer<Ended> {
    let entry = site.entry(AuditAction::ChangePassword, actor.clone());
    let renewed = site.entry(AuditAction::Login, actor).about("by", ["change"]);
    let (token, now, old) = (new_session_token(session.kind)?, site.clock.now(), session.hash.clone());
    let hash = token_hash(&token);
    let ended = site.writer.ask(move |store| {
        if !store.put_person(&row, Some(&before), &entry)? {
            return Ok(None);
        }
        // A session that has ended meanwhile is not begun again.
        let Some((SessionRow { began_at, .. }, whose)) = store.session(&old)? else {
            return Ok(Some((store.end_others(&row.name, &old)?, false)));
        };
        let next = SessionRow { hash: hash.clone(), person: row.name.clone(), began_at, seen_at: now };
        store.begin_session(&next, whose.attempts, &renewed)?;
        // The one that asked is among those that end, and goes on.
        Ok(Some((store.end_others(&row.name, &hash)?.saturating_sub(1), true)))
    });
    let (sessions, goes_on) = ended.await?.ok_or_else(changed_meanwhile)?;
    Ok(Json(Ended { sessions, token: goes_on.then_some(token) }))
}

async fn hashed(password: String) -> Result<String, Problem> {
    let hash = tokio::task::spawn_blocking(move || sign_in::hash(&password)).await;
    hash.ok().and_then(Result::ok).ok_or_else(|| {
        let en = "the password could not be hashed; try again";
        Problem::new(RefusalCode::Unavailable, "口令暂时处理不了，请重试", en)
    })
}

/// Somebody else has changed what is known of a person in between: nothing of it is overwritten.
pub(super) fn changed_meanwhile() -> Problem {
    let en = "what is known of this person was changed meanwhile; look again and repeat";
    Problem::new(RefusalCode::Conflict, "此人的信息刚刚被变更，请重新查看后再做", en)
}

/// A second factor that is offered.
#[derive(Serialize, JsonSchema)]
pub(super) struct SecondFactor {
    /// The secret, as an authenticator takes it (Base32). It counts once it is confirmed.
    #[schemars(example = &"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as an address that authenticators read from a picture.
    #[schemars(example = &"otpauth://totp/Huiliu:wang.lei?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Huiliu")]
    address: String,
}

pub(super) async fn offer_second(Anyone(caller): Anyone, Query(Nothing {}): Query<Nothing>) -> Answer<SecondFactor> {
    own(&caller)?;
    let shown = sign_in::new_second().ok().and_then(|secret| sign_in::shown_second(&secret, &caller.name));
    let (secret, address) = shown.ok_or_else(|| {
        Problem::new(RefusalCode::Unavailable, "没有随机数可用", "there are no random numbers; try again")
    })?;
    Ok(Json(SecondFactor { secret, address }))
}

/// A second factor that was set up in an authenticator.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecondFactorBody {
    /// The password.
    #[schemars(length(min = 1, max = 128))]
    #[schemars(example = &"青鱼滩路-Lamp9")]
    password: String,
    /// The secret that was offered; none: the second factor goes.
    #[schemars(length(max = 64))]
    #[schemars(example = &"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: Option<String>,
    /// A code that the authenticator shows: of the secret, or of the second factor that goes.
    #[schemars(length(max = 20))]
    #[schemars(example = &"287082")]
    code: Option<String>,
}

pub(super) async fn set_second(
    Anyone(caller): Anyone,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(SecondFactorBody { password, secret, code }): extract::Json<SecondFactorBody>,
) -> Answer<Ended> {
    let session = own(&caller)?;
    if session.must == Some(Must::Password) {
        return Err(Must::Password.problem());
    }
    let whose = site.confirmed(session, password).await?;
    let code = code.as_deref().unwrap_or_default();
    let taken = |secret: &[u8], used| {
        let wrong = || Problem::new(RefusalCode::InvalidRequest, "验证码不对", "the code is not the one of the secret");
        sign_in::step(secret, code, used, site.clock.now()).ok_or_else(wrong)
    };
    let second = match (&whose.person.second, secret.as_deref()) {
        (Some(_), Some(_)) => {
            let en = "there is a second factor already; take it away first, with one of its codes";
            return Err(Problem::new(RefusalCode::Conflict, "已有二次验证，请先用它的验证码取消", en));
        }
        // Whoever takes it away has it.
        (Some(known), None) => {
            taken(known, whose.attempts.used_step)?;
            None
        }
        (None, None) => None,
        (None, Some(shown)) => {
            let secret =
                sign_in::read_second(shown).ok_or_else(|| Problem::invalid("secret is not one that was offered"))?;
            let step = taken(&secret, None)?;
            let (name, attempts) = (whose.name.clone(), whose.attempts.succeeded(Some(step)));
            site.writer.ask(move |store| store.note_attempts(&name, attempts)).await?;
            Some(secret)
        }
    };
    let person = Person { second, ..whose.person.clone() };
    change(&site, session, (PersonRow { person, ..whose.clone() }, whose.person), caller.actor()).await
}

/// Whether a role can be a person's: that of platforms is for programs.
pub(super) fn is_of_people(role: Role) -> bool {
    role != Role::Platform
}

//! Signing in by the city's own identity provider, as the console asks for it: somebody is sent there, comes back with a code, and is let in
//! if the gateway knows them. What they may do stays the gateway's to say.

mod no;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aide::axum::ApiRouter;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Extension, Json};
use huiliu_adapter_api::RefusalCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Site;
use super::audited::Identity;
use super::auth::{PROVIDED, Role, new_token, token_hash};
use super::doorkeeper::named_role;
use super::extract;
use super::problem::Problem;
use crate::sign_in::provider::{Expected, Proven, Provider, ProviderFailure};
use crate::store::PersonRow;
use no::{No, failed};

/// How long somebody may be away at the provider, and then take to type a code.
const LASTS: SignedDuration = SignedDuration::from_mins(10);
/// Most people who are away at a time.
const MAX_PENDING: usize = 2_000;
/// Most of them from one address.
const MAX_PENDING_OF_ADDRESS: usize = 100;
/// Most that the provider is asked at a time.
const MAX_AT_ONCE: usize = 8;
/// Longest text that a browser brings back, in bytes.
const MAX_BROUGHT_BYTES: usize = 4 << 10;
/// What the secret of a browser begins with.
const ATTEMPT: &str = "ha_";

/// The way in by the city's own identity provider.
#[derive(Debug)]
pub struct ProviderDoor {
    provider: Provider,
    /// What it is called.
    pub name: String,
    asks_second: bool,
    /// Those who are away, by a hash of what their browser keeps: each is looked up once.
    pending: Mutex<HashMap<Vec<u8>, Pending>>,
    places: Semaphore,
}

/// Somebody who is on the way in.
#[derive(Debug)]
struct Pending {
    at: Timestamp,
    address: Option<IpAddr>,
    stage: Stage,
}

/// How far somebody is.
#[derive(Debug)]
enum Stage {
    /// At the provider, with what they are to bring back.
    Away { state: String, expected: Expected },
    /// The provider has said who it is; a code of the gateway's second factor is missing.
    Proven { name: String },
}

impl ProviderDoor {
    /// The way in by this provider, under a name; `asks_second`: whoever had no second factor there needs the one here.
    #[must_use]
    pub fn new(provider: Provider, name: String, asks_second: bool) -> Self {
        Self { provider, name, asks_second, pending: Mutex::default(), places: Semaphore::new(MAX_AT_ONCE) }
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place among those who ask the provider.
    fn place(&self, identity: &Identity) -> Result<SemaphorePermit<'_>, Problem> {
        self.places.try_acquire().map_err(|_taken| No::Full.problem(identity))
    }

    /// Whether one more may be on the way in from there; those who stayed away too long are forgotten. Where too many are, the oldest
    /// of the address with most of them makes room: whoever begins and never comes back keeps nobody else out.
    fn has_room(&self, address: Option<IpAddr>, now: Timestamp) -> bool {
        let mut pending = self.pending();
        pending.retain(|_, one| now.duration_since(one.at) < LASTS);
        let of_address = pending.values().filter(|one| one.address == address).count();
        if of_address >= MAX_PENDING_OF_ADDRESS {
            return false;
        }
        if pending.len() >= MAX_PENDING
            && let Some(oldest) = oldest_of_busiest(&pending)
        {
            pending.remove(&oldest);
        }
        true
    }

    /// Whoever has this in their browser, once.
    fn take(&self, attempt: &str, now: Timestamp) -> Option<Pending> {
        let found = self.pending().remove(&token_hash(attempt));
        found.filter(|one| now.duration_since(one.at) < LASTS)
    }
}

/// The oldest attempt of the address from which most are on the way.
fn oldest_of_busiest(pending: &HashMap<Vec<u8>, Pending>) -> Option<Vec<u8>> {
    let mut counts: HashMap<Option<IpAddr>, usize> = HashMap::new();
    pending.values().for_each(|one| *counts.entry(one.address).or_default() += 1);
    let (busiest, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let of_it = pending.iter().filter(|(_, one)| one.address == busiest);
    of_it.min_by_key(|(_, one)| one.at).map(|(attempt, _)| attempt.clone())
}

/// What only the console asks: it is no part of the published API, for a browser has to come back to the console.
pub(super) fn router() -> ApiRouter<Arc<Site>> {
    ApiRouter::new()
        .route("/provided", post(begin))
        .route("/provided/back", post(come_back))
        .route("/provided/code", post(with_code))
}

/// Where somebody is sent.
#[derive(Serialize)]
struct Begun {
    address: String,
    attempt: String,
}

/// What a browser brings back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    attempt: String,
    state: String,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

/// A code of the gateway's second factor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithCode {
    attempt: String,
    code: String,
}

/// A session that has begun.
#[derive(Serialize)]
struct Provided {
    token: String,
}

fn door(site: &Site) -> Result<&ProviderDoor, Problem> {
    site.provider.as_ref().ok_or_else(Problem::not_found)
}

async fn begin(
    State(site): State<Arc<Site>>,
    Extension(identity): Extension<Arc<Identity>>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let (door, now) = (door(&site)?, site.clock.now());
    if !door.has_room(identity.address, now) {
        return Err(No::Full.problem(&identity));
    }
    let sent = {
        let _place = door.place(&identity)?;
        door.provider.send(now).await.map_err(|failure| failed(failure, &identity))?
    };
    let attempt = new_token(ATTEMPT).map_err(|_unspecified| {
        Problem::new(RefusalCode::Unavailable, "没有随机数可用", "there are no random numbers; try again")
    })?;
    let stage = Stage::Away { state: sent.state, expected: sent.expected };
    door.pending().insert(token_hash(&attempt), Pending { at: now, address: identity.address, stage });
    Ok((StatusCode::CREATED, Json(Begun { address: sent.address, attempt })))
}

async fn come_back(
    State(site): State<Arc<Site>>,
    Extension(identity): Extension<Arc<Identity>>,
    extract::Json(back): extract::Json<Back>,
) -> Result<(StatusCode, Json<Provided>), Problem> {
    let (door, now) = (door(&site)?, site.clock.now());
    let Some(Pending { address, stage: Stage::Away { state, expected }, .. }) = door.take(&back.attempt, now) else {
        return Err(No::NotPending.problem(&identity));
    };
    if token_hash(&state) != token_hash(&back.state) {
        return Err(No::NotPending.problem(&identity));
    }
    // RFC 9207: a code of another provider is not brought to this one.
    if back.issuer.as_deref().is_some_and(|issuer| issuer != door.provider.issuer()) {
        return Err(failed(ProviderFailure::Issuer, &identity));
    }
    let code = match (back.code, back.error.as_deref()) {
        (Some(code), None) if code.len() <= MAX_BROUGHT_BYTES => code,
        (_, Some("access_denied")) => return Err(No::Denied.problem(&identity)),
        _ => return Err(No::Declined.problem(&identity)),
    };
    let proven = {
        let _place = door.place(&identity)?;
        door.provider.receive(code, expected, now).await.map_err(|failure| failed(failure, &identity))?
    };
    let row = known(&site, &proven.name, &identity).await?;
    if needs_code(&site, door, &row, &proven, &identity)? {
        let stage = Stage::Proven { name: row.name };
        door.pending().insert(token_hash(&back.attempt), Pending { at: now, address, stage });
        let (zh, en) = ("请输入动态口令", "a code of the second factor is needed: code");
        return Err(Problem::new(RefusalCode::Unauthorized, zh, en).because(["code"]));
    }
    let attempts = row.attempts;
    entered(&site, row, attempts, &identity).await
}

async fn with_code(
    State(site): State<Arc<Site>>,
    Extension(identity): Extension<Arc<Identity>>,
    extract::Json(WithCode { attempt, code }): extract::Json<WithCode>,
) -> Result<(StatusCode, Json<Provided>), Problem> {
    let (door, now) = (door(&site)?, site.clock.now());
    let Some(Pending { at, address, stage: Stage::Proven { name } }) = door.take(&attempt, now) else {
        return Err(No::NotPending.problem(&identity));
    };
    let row = known(&site, &name, &identity).await?;
    match site.second(&row, &code, &identity).await {
        Ok(step) => {
            let attempts = row.attempts.succeeded(step);
            entered(&site, row, attempts, &identity).await
        }
        Err(problem) => {
            // They may try again, as long as they are not locked out.
            door.pending().insert(token_hash(&attempt), Pending { at, address, stage: Stage::Proven { name } });
            Err(problem)
        }
    }
}

/// The person whom the provider names, where they may come in.
async fn known(site: &Site, name: &str, identity: &Identity) -> Result<PersonRow, Problem> {
    let asked = name.to_owned();
    let row = site.reader.ask(move |store| store.person(&asked)).await?;
    let row = row.ok_or_else(|| No::Unknown.problem(identity))?;
    let _known = identity.token.set((row.name.clone(), named_role(&row)));
    match Role::from_name(&row.person.role) {
        _ if row.person.is_barred => Err(No::Barred.problem(identity)),
        None => Err(No::Roleless.problem(identity)),
        Some(_) => Ok(row),
    }
}

/// Whether somebody whom the provider has let in has to type a code of the second factor here.
fn needs_code(
    site: &Site,
    door: &ProviderDoor,
    row: &PersonRow,
    proven: &Proven,
    identity: &Identity,
) -> Result<bool, Problem> {
    if proven.has_second || !door.asks_second {
        return Ok(false);
    }
    match row.person.second {
        Some(_) => Ok(true),
        None if site.pages.second_factor => Err(No::SecondMissing.problem(identity)),
        None => Ok(false),
    }
}

async fn entered(
    site: &Site,
    row: PersonRow,
    attempts: crate::people::Attempts,
    identity: &Identity,
) -> Result<(StatusCode, Json<Provided>), Problem> {
    let entered = site.begin(PROVIDED, row, attempts, identity.request.clone(), site.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(Provided { token: entered.token })))
}

#[cfg(test)]
mod tests;

//! Who is let in: passwords and codes, one try after the other, and how long a session lasts.

mod tries;
mod turns;

use std::net::IpAddr;

use huiliu_adapter_api::{Network, RefusalCode};
use jiff::Timestamp;

use super::audited::Identity;
use super::auth::{PROVIDED, Role, SESSION, new_token, token_hash};
use super::caller::{Must, Session};
use super::problem::Problem;
use super::proxies::Proxies;
use super::{PageSettings, Site};
use crate::audit::{Actor, AuditAction};
use crate::people::{Attempts, MAX_FAILURES_OF_NAME, Person};
use crate::sign_in::{FIRST_VALID, HashError, is_password, step};
use crate::store::{PersonRow, SessionRow};
use tries::{Tries, Whence};
use turns::{Turn, Turns};

/// What is remembered of who tried to come in.
#[derive(Debug)]
pub struct Doorkeeper {
    turns: Turns,
    pub(super) proxies: Proxies,
    tries: Tries,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self::behind(Vec::new())
    }
}

impl PageSettings {
    /// What somebody has to do before anything else.
    pub(super) fn must(&self, person: &Person, now: Timestamp) -> Option<Must> {
        if person.needs_password(now) {
            return Some(Must::Password);
        }
        (self.second_factor && person.password.is_some() && person.second.is_none()).then_some(Must::SecondFactor)
    }

    /// Whether a session goes on.
    pub(super) fn lasts(&self, session: &SessionRow, now: Timestamp) -> bool {
        now.duration_since(session.seen_at) < self.idle && now.duration_since(session.began_at) < self.longest
    }
}

/// What somebody types who wants to come in.
pub(super) struct Entry {
    pub name: String,
    pub password: String,
    pub code: Option<String>,
}

/// A session that has begun.
pub(super) struct Entered {
    pub token: String,
    pub whose: PersonRow,
}

/// Why somebody is not let in.
enum No {
    /// The password or the code is wrong, or nobody has the name.
    Wrong,
    /// The password is right, and a code is needed.
    CodeMissing,
    /// The password was given by somebody else, too long ago.
    Expired,
}

impl No {
    fn problem(self) -> Problem {
        match self {
            Self::Wrong => {
                let en = "name, password or code is wrong";
                Problem::new(RefusalCode::Unauthorized, "用户名、口令或验证码有误", en)
            }
            Self::CodeMissing => {
                let en = "a code of the second factor is needed: code";
                Problem::new(RefusalCode::Unauthorized, "请输入二次验证的验证码", en).because(["code"])
            }
            Self::Expired => {
                let en = "this first password has expired; ask the security administrator for another";
                Problem::new(RefusalCode::Forbidden, "初始口令已过期，请向安全管理员要一个新的", en)
            }
        }
    }
}

fn locked(until: Timestamp, now: Timestamp) -> Problem {
    let seconds = until.duration_since(now).as_secs().max(1);
    let minutes = (seconds + 59) / 60;
    Problem::new(
        RefusalCode::TooManyRequests,
        format!("多次输错，请 {minutes} 分钟后再试"),
        format!("too many wrong passwords; try again in {minutes} minute{}", if minutes == 1 { "" } else { "s" }),
    )
    .after(seconds)
}

impl Doorkeeper {
    /// One behind these proxies.
    #[must_use]
    pub fn behind(proxies: Vec<Network>) -> Self {
        Self { turns: Turns::default(), proxies: proxies.into(), tries: Tries::default() }
    }

    /// The turn of a name from somewhere to be tried.
    async fn turn(&self, name: &str, whence: &Whence, now: Timestamp) -> Result<Turn<'_>, Problem> {
        let turn = match self.tries.knows(name, whence, now) {
            true => self.turns.of_known(self.tries.pair(name, whence)).await,
            false => self.turns.of_stranger(whence.address()).await,
        };
        turn.ok_or_else(too_many)
    }

    /// Notes that somebody used a session from an address.
    pub(super) fn was_here(&self, name: &str, address: Option<IpAddr>, now: Timestamp) {
        if address.is_some() {
            self.tries.was_here(name, &Whence::Address(address), now);
        }
    }

    /// Until when somebody may not try from some address; none: they may from everywhere.
    pub(super) fn locked_until(&self, row: &PersonRow, now: Timestamp) -> Option<Timestamp> {
        let everywhere = row.attempts.locked_until(MAX_FAILURES_OF_NAME, now);
        everywhere.max(self.tries.locked_anywhere(&row.name, row.person.password_at, now))
    }
}

impl Site {
    /// Begins a session for whoever knows the password, and the code where there is a second factor.
    pub(super) async fn enter(&self, entry: Entry, identity: &Identity) -> Result<Entered, Problem> {
        let whence = Whence::Address(identity.address);
        let _turn = self.doorkeeper.turn(&entry.name, &whence, self.clock.now()).await?;
        let (now, name) = (self.clock.now(), entry.name.clone());
        let row = self.reader.ask(move |store| store.person(&name)).await?;
        let before = match &row {
            Some(row) => row.attempts,
            None => self.doorkeeper.tries.of_stranger(&entry.name),
        };
        let set_at = row.as_ref().and_then(|row| row.person.password_at);
        if let Some(until) = self.doorkeeper.tries.locked_until(&entry.name, &whence, set_at, before, now) {
            return Err(locked(until, now));
        }
        if let Some(row) = &row {
            // A refusal is noted under their name.
            let _known = identity.token.set((row.name.clone(), named_role(row)));
        }
        let kept = row.as_ref().filter(|row| !row.person.is_barred).and_then(|row| row.person.password.clone());
        let fits = fits(&entry.name, entry.password.clone(), kept).await?;
        let judged = match &row {
            Some(row) if fits => allowed(row, entry.code.as_deref(), now),
            _ => Err(No::Wrong),
        };
        match (judged, row) {
            (Ok(step), Some(whose)) => {
                self.may_use_password(&whose, identity)?;
                self.doorkeeper.tries.came_in(&entry.name, &whence, now);
                self.begin(SESSION, whose, before.succeeded(step), identity.request.clone(), now).await
            }
            (Err(No::Wrong), row) => {
                self.doorkeeper.tries.failed(&entry.name, &whence, now);
                let failed = before.failed(now);
                match row {
                    Some(row) => self.writer.ask(move |store| store.note_attempts(&row.name, failed)).await?,
                    None => self.doorkeeper.tries.note_stranger(&entry.name, failed),
                }
                Err(No::Wrong.problem())
            }
            (Err(no), _) => Err(no.problem()),
            (Ok(_), None) => Err(No::Wrong.problem()),
        }
    }

    /// Where people come in by the city's provider only, passwords are for those who look after people.
    fn may_use_password(&self, whose: &PersonRow, identity: &Identity) -> Result<(), Problem> {
        if self.pages.passwords || Role::from_name(&whose.person.role) == Some(Role::Security) {
            return Ok(());
        }
        let _known = identity.kept_out.set("passwords_off");
        let en = "passwords are not used here: sign in by the city's identity provider";
        Err(Problem::new(RefusalCode::Forbidden, "本系统不用口令登录，请从统一身份认证登录", en))
    }

    /// The step of a code of somebody's second factor, whom the provider has let in; a wrong one counts as a wrong password.
    pub(super) async fn second(
        &self,
        row: &PersonRow,
        code: &str,
        identity: &Identity,
    ) -> Result<Option<u64>, Problem> {
        let (now, whence, tries) = (self.clock.now(), Whence::Address(identity.address), &self.doorkeeper.tries);
        if let Some(until) = tries.locked_until(&row.name, &whence, row.person.password_at, row.attempts, now) {
            return Err(locked(until, now));
        }
        let Some(secret) = &row.person.second else { return Ok(None) };
        if let Some(step) = step(secret, code, row.attempts.used_step, now) {
            return Ok(Some(step));
        }
        tries.failed(&row.name, &whence, now);
        let (name, failed) = (row.name.clone(), row.attempts.failed(now));
        self.writer.ask(move |store| store.note_attempts(&name, failed)).await?;
        let (zh, en) = ("动态口令不对", "the one-time code is wrong");
        Err(Problem::new(RefusalCode::Unauthorized, zh, en).because(["code"]))
    }

    /// Somebody as they are known now, where this is their password. A wrong one counts as when signing in.
    pub(super) async fn confirmed(&self, session: &Session, password: String) -> Result<PersonRow, Problem> {
        let _turn = self.doorkeeper.turns.of_session().await.ok_or_else(too_many)?;
        let asked = session.whose.name.clone();
        let row = self.reader.ask(move |store| store.person(&asked)).await?.ok_or_else(Problem::not_found)?;
        let (now, before, tries) = (self.clock.now(), row.attempts, &self.doorkeeper.tries);
        let whence = Whence::Session(session.hash.clone());
        if let Some(until) = tries.locked_until(&row.name, &whence, row.person.password_at, before, now) {
            return Err(locked(until, now));
        }
        let kept = row.person.password.clone();
        if fits(&row.name, password, kept).await? {
            tries.came_in(&row.name, &whence, now);
            return Ok(row);
        }
        tries.failed(&row.name, &whence, now);
        let (name, failed) = (row.name.clone(), before.failed(now));
        self.writer.ask(move |store| store.note_attempts(&name, failed)).await?;
        Err(Problem::new(RefusalCode::InvalidRequest, "原口令不对", "the password is not the one that there is"))
    }

    /// Begins a session of a kind, which its token shows.
    pub(super) async fn begin(
        &self,
        kind: &'static str,
        whose: PersonRow,
        attempts: Attempts,
        request: Option<String>,
        now: Timestamp,
    ) -> Result<Entered, Problem> {
        let token = new_session_token(kind)?;
        let session = SessionRow { hash: token_hash(&token), person: whose.name.clone(), began_at: now, seen_at: now };
        let actor = Actor { request, ..Actor::new(whose.name.clone(), &whose.person.role) };
        let by = (kind == PROVIDED).then_some("provider");
        let entry = self.entry(AuditAction::Login, actor).about("by", by);
        if self.writer.ask(move |store| store.begin_session(&session, attempts, &entry)).await? {
            Ok(Entered { token, whose })
        } else {
            Err(No::Wrong.problem())
        }
    }
}

/// The token of a session of a kind, which it shows.
pub(super) fn new_session_token(kind: &'static str) -> Result<String, Problem> {
    new_token(kind).map_err(|_unspecified| {
        Problem::new(RefusalCode::Unavailable, "没有随机数可用", "there are no random numbers; try again")
    })
}

fn too_many() -> Problem {
    let en = "too many people sign in at once; try again";
    Problem::new(RefusalCode::TooManyRequests, "同时登录的人太多，请稍后再试", en).after(5)
}

/// The role of somebody, for the audit log; one that there is not is told to whoever reads the log.
pub(super) fn named_role(row: &PersonRow) -> &'static str {
    Role::from_name(&row.person.role).map_or("", Role::name)
}

/// Whether a password is the one that is kept. One that could not be tried is not a wrong one.
async fn fits(name: &str, password: String, kept: Option<String>) -> Result<bool, Problem> {
    let tried = tokio::task::spawn_blocking(move || is_password(&password, kept.as_deref())).await;
    let tried = tried.map_err(|error| HashError::from(error.to_string())).flatten();
    tried.map_err(|error| {
        tracing::error!(%error, name, "A password could not be tried; give the person another with `huiliu people reset`.");
        Problem::new(RefusalCode::Unavailable, "口令暂时处理不了，请告诉管理员", "the password could not be tried; tell the administrator")
    })
}

/// The step of the code of somebody whose password is right.
fn allowed(row: &PersonRow, code: Option<&str>, now: Timestamp) -> Result<Option<u64>, No> {
    let step = match (&row.person.second, code) {
        (None, _) => None,
        (Some(_), None) => return Err(No::CodeMissing),
        (Some(secret), Some(code)) => Some(step(secret, code, row.attempts.used_step, now).ok_or(No::Wrong)?),
    };
    let is_old = |at: Timestamp| now.duration_since(at) >= FIRST_VALID;
    if row.person.is_first && row.person.password_at.is_none_or(is_old) {
        return Err(No::Expired);
    }
    Ok(step)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn settings(second_factor: bool) -> PageSettings {
        let (idle, longest) = (SignedDuration::from_mins(30), SignedDuration::from_hours(12));
        PageSettings { public_url: None, secure: false, idle, longest, second_factor, passwords: true }
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_its_hours() {
        let session = |began, seen| SessionRow {
            hash: Vec::new(),
            person: "li".to_owned(),
            began_at: at(began),
            seen_at: at(seen),
        };
        let lasts = |began, seen, now| settings(false).lasts(&session(began, seen), at(now));
        assert!(lasts(0, 0, 29) && !lasts(0, 0, 30), "not used");
        assert!(lasts(0, 700, 719) && !lasts(0, 700, 720), "after its hours");
    }

    fn row(person: Person) -> PersonRow {
        PersonRow { name: "li".to_owned(), person, attempts: Attempts::default(), created_at: at(0) }
    }

    #[test]
    fn a_first_password_holds_for_three_days_and_a_code_is_asked_for_where_there_is_a_second_factor() {
        let first = Person { is_first: true, password_at: Some(at(0)), ..Person::default() };
        assert!(allowed(&row(first.clone()), None, at(72 * 60 - 1)).is_ok());
        assert!(matches!(allowed(&row(first), None, at(72 * 60)), Err(No::Expired)));
        let second = Person { second: Some(vec![7; 20]), ..Person::default() };
        assert!(matches!(allowed(&row(second.clone()), None, at(1)), Err(No::CodeMissing)));
        assert!(matches!(allowed(&row(second), Some("12345"), at(1)), Err(No::Wrong)));
    }

    #[test]
    fn what_has_to_be_done_first_is_said_in_its_order() {
        let own = Person { password: Some(String::new()), password_at: Some(at(0)), ..Person::default() };
        let first = Person { is_first: true, ..own.clone() };
        assert_eq!(settings(true).must(&first, at(1)), Some(Must::Password));
        assert_eq!(settings(true).must(&own, at(1)), Some(Must::SecondFactor));
        assert_eq!(settings(false).must(&own, at(1)), None);
        assert_eq!(settings(true).must(&Person { second: Some(Vec::new()), ..own }, at(1)), None);
    }
}

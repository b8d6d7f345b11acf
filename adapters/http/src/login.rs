//! Getting into a source: the calls of a login, what they give for later calls, and how it is known that it no longer holds.
//!
//! What a login gives is a secret: it stands in no log, and in no error (see [`mask`](crate::mask)).

mod cookies;
mod expiry;
mod held;
mod settings;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ring::digest;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use huiliu_adapter_api::{AdapterError, Opening, Problems, wording};
use huiliu_expression::{Context, Expression, Shape, Variables};

use crate::call::Call;
use crate::caller::Caller;

pub(crate) use cookies::Jar;
use expiry::headers_value;
use held::{Flight, Held};
pub(crate) use held::{LoggedIn, Logins};
pub use settings::{LoginSettings, OAuth2Settings};

/// Longest time for all calls of one login, in seconds.
pub const MAX_LOGIN_S: u64 = 60;
/// How long a refused login is not tried again, in seconds: sources lock accounts after a few wrong passwords.
const REFUSED_PAUSE_S: i64 = 60;
/// How long a login that got no answer is not tried again, in seconds: those who waited for it would each wait once more.
const FAILED_PAUSE_S: i64 = 5;
/// How long before its end a login is renewed where nothing is said, in seconds.
const RENEW_BEFORE_S: u64 = 30;
/// Longest time that a login is taken to hold, in seconds: a year.
const MAX_VALID_S: u64 = 31_536_000;

/// How a channel gets into its source.
pub(crate) struct Login {
    steps: Vec<Step>,
    valid_s: Option<u64>,
    valid: Option<Expression>,
    renew_before_s: u64,
    expired: Option<Expression>,
    bearer: bool,
    shape: Shape,
    held: Arc<Held>,
}

struct Step {
    call: Call,
    names: Vec<(String, Expression)>,
}

impl Login {
    /// Compiles what the two tables say of a channel's login; none where neither is there. Its state is one of `logins`.
    pub fn compile(
        login: Option<&LoginSettings>,
        oauth2: Option<&OAuth2Settings>,
        logins: &Logins,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let ready = oauth2.map(|oauth2| oauth2.login(opening, problems));
        if ready.is_some() && login.is_some() {
            opening.settings.complain(
                true,
                "login 和 oauth2 只能写一个",
                "there can be only one of login and oauth2",
                problems,
            );
        }
        let read = login.or(ready.as_ref())?;
        read.check(opening, problems);
        let (language, settings) = (opening.language, &opening.settings);
        let of_answer = || {
            let own = Variables::from(&["answer", "headers", "cookies"]).with("status", Shape::Single);
            own.with("secrets", opening.secrets.shape())
        };
        let mut known: Vec<&str> = Vec::new();
        let mut steps = Vec::new();
        for (number, step) in read.step.iter().enumerate() {
            let session = Shape::of_singles(known.iter().copied());
            let variables = opening.variables().with("session", session.clone());
            let call = Call::compile_step(step, opening, &variables, problems);
            let of_answer = of_answer().with("session", session);
            let names = step.names.iter().filter_map(|(name, text)| {
                Some((name.clone(), settings.expression(language, text, &of_answer, problems)?))
            });
            let names: Vec<(String, Expression)> = names.collect();
            known.extend(step.names.keys().map(String::as_str));
            let name = format!("login.{}", number + 1);
            steps.extend(call.map(|call| Step { call: call.named(name), names }));
        }
        let shape = Shape::of_singles(known);
        let of_last = of_answer().with("session", shape.clone());
        let valid = read.valid.as_ref().and_then(|text| settings.expression(language, text, &of_last, problems));
        let judging = Variables::from(&["answer", "headers"]).with("status", Shape::Single);
        let expired = read.expired.as_ref().and_then(|text| settings.expression(language, text, &judging, problems));
        let (valid_s, renew_before_s) = (read.valid_s.as_ref().map(|valid_s| *valid_s.get_ref()), read.renew_before_s);
        Some(Self {
            steps,
            valid_s,
            valid,
            renew_before_s: renew_before_s.unwrap_or(RENEW_BEFORE_S),
            expired,
            bearer: ready.is_some(),
            shape,
            held: logins.of(digest_of(opening)),
        })
    }

    /// What is known of the variable `session` before there is one.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The `Authorization` header of calls that set none, of the names that it gave.
    pub fn bearer(&self, names: &Value) -> Option<String> {
        let token = names.get("token").and_then(Value::as_str).filter(|_| self.bearer)?;
        Some(format!("Bearer {token}"))
    }

    /// Its calls, in their order.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.steps.iter().map(|step| &step.call)
    }

    /// The names that it gives for later calls.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| step.names.iter().map(|(name, _)| name.as_str()))
    }

    /// The login that holds; where there is none one call makes it, and the others wait.
    ///
    /// # Errors
    /// As its calls say; a failure is told to all who come within a short time.
    pub async fn enter(&self, caller: &Caller) -> Result<Arc<LoggedIn>, AdapterError> {
        let now = caller.now();
        let flight = self.held.current(now);
        match flight.done.get_or_try_init(|| self.make(&flight, caller)).await {
            Ok(logged_in) => Ok(Arc::clone(logged_in)),
            Err(error) => {
                let holds = |before: &&Arc<LoggedIn>| before.until.is_none_or(|until| until > now);
                flight.before.as_ref().filter(holds).cloned().ok_or(error)
            }
        }
    }

    /// Gives up a login of which the source says that it no longer holds.
    pub fn give_up(&self, logged_in: &Arc<LoggedIn>) {
        self.held.give_up(logged_in);
    }

    async fn make(&self, flight: &Flight, caller: &Caller) -> Result<Arc<LoggedIn>, AdapterError> {
        if let Some(error) = flight.failed_at(caller.now()) {
            return Err(error);
        }
        let made = match timeout(Duration::from_secs(MAX_LOGIN_S), self.log_in(caller)).await {
            Ok(made) => made.map(Arc::new).map_err(of_login),
            Err(_elapsed) => Err(AdapterError::transient(format!(
                "登录超过 {MAX_LOGIN_S} 秒没有完成（the login took longer than {MAX_LOGIN_S} s）"
            ))),
        };
        made.inspect_err(|error| {
            let pause_s = match error {
                AdapterError::Transient { .. } => FAILED_PAUSE_S,
                _ => REFUSED_PAUSE_S,
            };
            let until = caller.now().checked_add(SignedDuration::from_secs(pause_s));
            flight.fail(until.unwrap_or(Timestamp::MAX), error);
        })
    }

    async fn log_in(&self, caller: &Caller) -> Result<LoggedIn, AdapterError> {
        let (mut names, mut jar, mut last) = (Map::new(), Jar::default(), None);
        for (number, step) in self.steps.iter().enumerate() {
            let session = Value::Object(names.clone());
            let (answer, judged) = caller.step(&step.call, &session, &mut jar).await?;
            let context = [
                ("status", json!(judged.status.as_u16())),
                ("headers", headers_value(&answer.headers)),
                ("cookies", jar.to_value()),
                ("answer", judged.tree),
                ("secrets", caller.secrets().clone()),
                ("session", session),
            ];
            let context = Context::new(context.iter().map(|(name, value)| (*name, value)));
            for (name, expression) in &step.names {
                let found = expression.eval(&context).and_then(huiliu_expression::Evaluated::understood);
                let value = found.ok().and_then(|found| found.into_text().ok().flatten()).ok_or_else(|| {
                    AdapterError::misconfigured(format!(
                        "登录第 {n} 步的应答（HTTP {status}）里没有 {name}（the answer of step {n} of the login, HTTP {status}, does not have {name}）",
                        n = number + 1,
                        status = judged.status.as_u16()
                    ))
                })?;
                names.insert(name.clone(), Value::String(value));
            }
            last = Some(context);
        }
        let now = caller.now();
        let until = self.until(last.as_ref(), now);
        let renew_at = until.and_then(|until| {
            let whole_s = until.duration_since(now).as_secs();
            let before_s = i64::try_from(self.renew_before_s).unwrap_or(i64::MAX).min(whole_s / 2);
            until.checked_sub(SignedDuration::from_secs(before_s)).ok()
        });
        Ok(LoggedIn { names: Value::Object(names), jar: Mutex::new(jar), renew_at, until })
    }

    /// Until when a login made now holds, as the channel file or the source says.
    fn until(&self, last: Option<&Context>, now: Timestamp) -> Option<Timestamp> {
        let stated = self
            .valid
            .as_ref()
            .zip(last)
            .and_then(|(valid, last)| valid.eval(last).ok()?.understood().ok()?.into_text().ok().flatten());
        let after = |seconds: u64| {
            let seconds = i64::try_from(seconds.min(MAX_VALID_S)).ok()?;
            now.checked_add(SignedDuration::from_secs(seconds)).ok()
        };
        let stated = stated.and_then(|text| match text.trim().parse::<f64>() {
            // Whole seconds; a source may write 7200.0.
            Ok(seconds) if seconds >= 0.0 => after(Duration::try_from_secs_f64(seconds).ok()?.as_secs()),
            Ok(_) => None,
            Err(_) => text.trim().parse().ok(),
        });
        stated.or_else(|| after(self.valid_s?))
    }
}

/// An error as one of the login. Nothing that waits for the login is refused by it, such as a reply: an operator mends it.
fn of_login(error: AdapterError) -> AdapterError {
    match error {
        AdapterError::Transient { reason, retry_after } => {
            AdapterError::Transient { reason: without_login(&reason), retry_after }
        }
        AdapterError::Refused { reason } | AdapterError::Misconfigured { reason } | AdapterError::Gone { reason } => {
            AdapterError::misconfigured(without_login(&reason))
        }
    }
}

/// That the login did not succeed, and why.
fn without_login(reason: &str) -> String {
    wording::before("登录没有成功", "the login did not succeed", reason)
}

/// What the login depends on: how the source is reached, the login itself, and the channel's secrets.
fn digest_of(opening: &Opening<'_>) -> [u8; 32] {
    let settings: Value = opening.settings.read().unwrap_or_default();
    let parts = ["login", "oauth2", "tls", "proxy", "endpoint"].map(|name| settings.get(name).cloned());
    let whole = json!([opening.channel, parts, opening.secrets.to_value()]).to_string();
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, whole.as_bytes()).as_ref());
    bytes
}

/// The secrets and what a login gave, for masking.
pub(crate) fn hidden(secrets: &Value, logged_in: Option<&LoggedIn>) -> Vec<String> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut hidden: Vec<String> = texts(secrets).into_iter().map(secret_part).collect();
    if let Some(logged_in) = logged_in {
        hidden.extend(texts(&logged_in.names));
        let jar = logged_in.jar.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.extend(jar.values().map(str::to_owned));
    }
    hidden
}

/// What of a secret is hidden: of an address only what follows its host, for who mends a channel has to see whom it calls.
fn secret_part(secret: String) -> String {
    match secret.parse::<http::Uri>() {
        Ok(uri) if uri.scheme().is_some() && uri.authority().is_some_and(|host| !host.as_str().contains('@')) => {
            uri.path_and_query().map_or_else(String::new, ToString::to_string)
        }
        _ => secret,
    }
}

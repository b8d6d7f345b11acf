//! One channel's calls: the way to its source with what every template of the channel sees.

mod following;
mod outgoing;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::timeout;

use huiliu_adapter_api::{AdapterError, Clock, Nonces, Opening, Reply, Sent, Trace};

use crate::access::Access;
use crate::client::Answer;
use crate::login::{Jar, LoggedIn, Login, hidden};
use crate::mask::{masked, without_secrets};
use crate::{Call, CallAnswer, CallError, MAX_CALL_TIMEOUT_S};

/// Time after which a pull fetches no further details: it delivers what it has. With the longest call that is still under way
/// then, a pull stays within [`MAX_SILENCE`](huiliu_adapter_api::MAX_SILENCE).
pub const PULL_BUDGET: Duration = Duration::from_secs(60);

/// Makes the calls of one channel.
#[derive(Clone)]
pub struct Caller {
    access: Access,
    secrets: Value,
    channel: Value,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn Nonces>,
    trace: Arc<Trace>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// What an attempt to call came to.
enum Attempt {
    Judged(Result<CallAnswer, CallError>),
    /// The source says that the login no longer holds.
    Expired,
}

impl Caller {
    /// The caller of the channel that is opened.
    #[must_use]
    pub fn new(access: &Access, opening: &Opening<'_>) -> Self {
        Self {
            access: access.clone(),
            secrets: opening.secrets.to_value(),
            channel: json!(opening.channel),
            clock: Arc::clone(&opening.clock),
            nonces: Arc::clone(&opening.nonces),
            trace: Arc::default(),
        }
    }

    /// A text of the other side without the secrets that it was sent.
    #[must_use]
    pub fn without_secrets(&self, text: String) -> String {
        without_secrets(text, &hidden(&self.secrets, None))
    }

    /// The variable `channel` as templates see it.
    #[must_use]
    pub fn channel(&self) -> &Value {
        &self.channel
    }

    pub(crate) fn secrets(&self) -> &Value {
        &self.secrets
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes a call whose templates see `variables`, `secrets`, `channel`, `session`, `now` and `nonce`, and judges the answer.
    ///
    /// # Errors
    /// As [`CallError`] says, without secrets.
    pub async fn call(&self, call: &Call, variables: &[(&str, &Value)]) -> Result<CallAnswer, CallError> {
        self.call_with(call, variables, &[]).await
    }

    /// Like [`Caller::call`] with additional header fields, such as validators of a conditional request.
    ///
    /// # Errors
    /// As [`CallError`] says, without secrets.
    pub async fn call_with(
        &self,
        call: &Call,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<CallAnswer, CallError> {
        let Some(login) = &self.access.login else {
            return match self.attempt(call, variables, extra, None).await {
                Attempt::Judged(judged) => judged,
                Attempt::Expired => Err(not_let_in()),
            };
        };
        // With a login in between a call stays within the time that one call may take.
        let exchange = self.call_logged_in(login, call, variables, extra);
        timeout(Duration::from_secs(MAX_CALL_TIMEOUT_S), exchange).await.unwrap_or_else(|_elapsed| {
            let reason = format!(
                "调用连同登录超过 {MAX_CALL_TIMEOUT_S} 秒（call and login took longer than {MAX_CALL_TIMEOUT_S} s）"
            );
            Err(AdapterError::transient(reason).into())
        })
    }

    /// A call, and another one with a new login where the source says that the login no longer holds.
    async fn call_logged_in(
        &self,
        login: &Arc<Login>,
        call: &Call,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<CallAnswer, CallError> {
        for _ in 0..2 {
            let logged_in = login.enter(self).await?;
            match self.attempt(call, variables, extra, Some((login, &logged_in))).await {
                Attempt::Judged(judged) => return judged,
                Attempt::Expired => login.give_up(&logged_in),
            }
        }
        Err(not_let_in())
    }

    async fn attempt(
        &self,
        call: &Call,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
        entered: Option<(&Arc<Login>, &Arc<LoggedIn>)>,
    ) -> Attempt {
        let logged_in = entered.map(|(_, logged_in)| &**logged_in);
        let request = match self.prepared(call, variables, extra, entered) {
            Ok(request) => request,
            // Our own words: nothing of what the source says is in them.
            Err(error) => return Attempt::Judged(Err(error.into())),
        };
        let followed = self.followed(call, &request);
        let hidden = || hidden(&self.secrets, logged_in);
        let answer = match self.send(request, call, logged_in).await {
            Ok(answer) => answer,
            Err(error) => {
                self.note(followed, None, &Err(error.clone()), &hidden());
                return Attempt::Judged(Err(error));
            }
        };
        if entered.is_some_and(|(login, _)| login.has_expired(&answer, call)) {
            self.note_expired(followed, &answer, &hidden());
            return Attempt::Expired;
        }
        let judged = call.judge(answer.clone()).map_err(|error| masked(error, &hidden()));
        if followed.is_some() {
            self.note(followed, Some(&answer), &judged, &hidden());
        }
        Attempt::Judged(judged)
    }

    /// A request with what the login adds to it.
    fn prepared(
        &self,
        call: &Call,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
        entered: Option<(&Arc<Login>, &Arc<LoggedIn>)>,
    ) -> Result<http::Request<Bytes>, AdapterError> {
        let none = json!({});
        let session = entered.map_or(&none, |(_, logged_in)| &logged_in.names);
        let mut request = self.request(call, variables, session)?;
        request.headers_mut().extend(extra.iter().cloned());
        if let Some((login, logged_in)) = entered {
            let cookies =
                logged_in.jar.lock().unwrap_or_else(PoisonError::into_inner).header(request.uri(), self.now());
            add_login(&mut request, login.bearer(&logged_in.names), cookies)?;
        }
        Ok(request)
    }

    /// One request and its answer, not yet judged.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        call: &Call,
        logged_in: Option<&LoggedIn>,
    ) -> Result<Answer, CallError> {
        let uri = request.uri().clone();
        let answer = self.access.client.send(request, call.timeout()).await?;
        if let Some(logged_in) = logged_in {
            logged_in.jar.lock().unwrap_or_else(PoisonError::into_inner).take(&uri, &answer.headers, self.now());
        }
        Ok(answer)
    }

    /// One call of a login: its answer as it came, and judged. Errors say nothing of its content.
    pub(crate) async fn step(
        &self,
        call: &Call,
        session: &Value,
        jar: &mut Jar,
    ) -> Result<(Answer, CallAnswer), AdapterError> {
        let mut request = self.request(call, &[], session)?;
        let uri = request.uri().clone();
        add_cookies(&mut request, jar.header(&uri, self.now()))?;
        let followed = self.followed_login(call, &request);
        let answer = match self.access.client.send(request, call.timeout()).await {
            Ok(answer) => answer,
            Err(error) => {
                self.note(followed, None, &Err(error.clone()), &hidden(&self.secrets, None));
                return Err(error.into());
            }
        };
        jar.take(&uri, &answer.headers, self.now());
        let judged = call.judge(answer.clone()).map_err(|error| masked(error, &hidden(&self.secrets, None)));
        self.note(followed, Some(&answer), &judged, &hidden(&self.secrets, None));
        Ok((answer, judged?))
    }

    fn request(
        &self,
        call: &Call,
        variables: &[(&str, &Value)],
        session: &Value,
    ) -> Result<http::Request<Bytes>, AdapterError> {
        let (now, nonce) = (json!(written(self.now())), json!(self.nonces.draw()));
        let own = [
            ("secrets", &self.secrets),
            ("channel", &self.channel),
            ("session", session),
            ("now", &now),
            ("nonce", &nonce),
        ];
        let variables: Vec<(&str, &Value)> = variables.iter().copied().chain(own).collect();
        call.request(&variables)
    }

    /// Carries a reply with a channel's reply call, whose templates see `reply` and `record`; a channel without one has no
    /// route back.
    ///
    /// # Errors
    /// Transient, refused or gone, as the call is judged.
    pub async fn carry(&self, call: Option<&Call>, reply: &Reply) -> Result<Sent, AdapterError> {
        let Some(call) = call else { return Ok(Sent::NoRoute) };
        let value = reply.to_value();
        self.call(call, &[("reply", &value), ("record", &reply.record)]).await?;
        Ok(Sent::Taken)
    }
}

/// A moment as `now` has it: RFC 3339 in UTC, always with milliseconds, for `localtime` writes those that are there.
fn written(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn sensitive(text: &str) -> Result<HeaderValue, AdapterError> {
    let mut value = HeaderValue::try_from(text).map_err(|_error| {
        AdapterError::refused("登录得到的值不能放进请求头（what the login gave cannot stand in a header）")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Adds what a login gave to a request: its token, where the call sets no credentials of its own, and cookies.
fn add_login(
    request: &mut http::Request<Bytes>,
    bearer: Option<String>,
    cookies: Option<String>,
) -> Result<(), AdapterError> {
    if !request.headers().contains_key(AUTHORIZATION)
        && let Some(bearer) = bearer
    {
        request.headers_mut().insert(AUTHORIZATION, sensitive(&bearer)?);
    }
    add_cookies(request, cookies)
}

/// Puts cookies behind those that the call sets itself.
fn add_cookies<B>(request: &mut http::Request<B>, cookies: Option<String>) -> Result<(), AdapterError> {
    let Some(cookies) = cookies else { return Ok(()) };
    let own = request.headers().get(COOKIE).and_then(|own| own.to_str().ok());
    let all = own.map_or_else(|| cookies.clone(), |own| format!("{own}; {cookies}"));
    request.headers_mut().insert(COOKIE, sensitive(&all)?);
    Ok(())
}

/// The source did not let a fresh login in. It may later: what waits for it, such as a reply, is kept.
fn not_let_in() -> CallError {
    AdapterError::transient(
        "来源在刚登录之后仍说未登录或登录已失效；请核对 [settings.login] 的 expired 和各步，以及账号是否在别处登录 (the source says right after the \
         login that it does not hold: check expired and the steps of [settings.login], and whether the account logs in elsewhere)",
    )
    .into()
}

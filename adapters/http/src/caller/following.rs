//! Calls are noted in the channel's trace, where somebody follows it.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use huiliu_adapter_api::{Judged, PushRequest, PushResponse, Trace, TracedCall, TracedMessage};
use jiff::Timestamp;
use tokio::time::Instant;

use super::Caller;
use crate::client::Answer;
use crate::login::hidden;
use crate::mask::without_secrets;
use crate::traced::{judged, message, url};
use crate::{Call, CallAnswer, CallError};

/// A call that is noted once it is over.
#[derive(Debug)]
pub struct Followed {
    at: Timestamp,
    began: Instant,
    call: String,
    request: Request<Bytes>,
    is_login: bool,
}

impl Caller {
    /// The channel's trace.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// A call that is about to be made, where somebody follows the channel.
    pub(super) fn followed(&self, call: &Call, request: &Request<Bytes>) -> Option<Followed> {
        let at = self.now();
        self.trace.is_on(at).then(|| Followed {
            at,
            began: Instant::now(),
            call: call.name().to_owned(),
            request: request.clone(),
            is_login: false,
        })
    }

    /// The same for a call of a login, of which less is shown.
    pub(super) fn followed_login(&self, call: &Call, request: &Request<Bytes>) -> Option<Followed> {
        self.followed(call, request).map(|followed| Followed { is_login: true, ..followed })
    }

    pub(super) fn note(
        &self,
        followed: Option<Followed>,
        answer: Option<&Answer>,
        outcome: &Result<CallAnswer, CallError>,
        hidden: &[String],
    ) {
        let Some(followed) = followed else { return };
        let (verdict, reason) = match outcome {
            Ok(answer) if answer.status == StatusCode::NOT_MODIFIED => (Judged::NotModified, None),
            Ok(_) => (Judged::Success, None),
            Err(error) => {
                let (verdict, reason) = judged(error, answer.is_some());
                (verdict, Some(reason))
            }
        };
        self.note_as(&followed, answer, (verdict, reason), hidden);
    }

    pub(super) fn note_expired(&self, followed: Option<Followed>, answer: &Answer, hidden: &[String]) {
        let Some(followed) = followed else { return };
        self.note_as(&followed, Some(answer), (Judged::LoginExpired, None), hidden);
    }

    fn note_as(
        &self,
        followed: &Followed,
        answer: Option<&Answer>,
        (judged, reason): (Judged, Option<String>),
        hidden: &[String],
    ) {
        let Followed { at, began, call, request, is_login } = followed;
        let shown = |answer: &Answer| message(&answer.headers, &answer.body, hidden, *is_login);
        let noted = TracedCall {
            id: 0,
            at: *at,
            call: call.clone(),
            method: request.method().to_string(),
            url: url(&request.uri().to_string(), hidden, *is_login),
            request: message(request.headers(), request.body(), hidden, *is_login),
            status: answer.map(|answer| answer.status.as_u16()),
            answer: answer.map(shown),
            judged,
            reason: reason.map(|reason| without_secrets(reason, hidden)),
            took: began.elapsed(),
        };
        self.trace.note(noted, self.now());
    }

    /// When a call of the source began, where somebody follows the channel.
    #[must_use]
    pub fn follow_push(&self) -> Option<(Timestamp, Instant)> {
        let at = self.now();
        self.trace.is_on(at).then(|| (at, Instant::now()))
    }

    /// Notes what a source pushed, and what it was answered; `refused`: why, where it was.
    pub fn note_push(
        &self,
        (at, began): (Timestamp, Instant),
        request: &PushRequest,
        response: &PushResponse,
        refused: Option<String>,
    ) {
        let hidden = hidden(self.secrets(), None);
        let PushRequest { method, path, query, headers, body, .. } = request;
        let mut asked = format!("/in/{}", self.channel.as_str().unwrap_or_default());
        for (mark, part) in [('/', path), ('?', query)] {
            if !part.is_empty() {
                asked.push(mark);
                asked.push_str(part);
            }
        }
        let took: Duration = began.elapsed();
        let answer: TracedMessage = message(response.headers(), response.body(), &hidden, false);
        let noted = TracedCall {
            id: 0,
            at,
            call: "push".to_owned(),
            method: method.to_string(),
            url: url(&asked, &hidden, false),
            request: message(headers, body, &hidden, false),
            status: Some(response.status().as_u16()),
            answer: Some(answer),
            judged: if refused.is_some() { Judged::Refused } else { Judged::Success },
            reason: refused.map(|reason| without_secrets(reason, &hidden)),
            took,
        };
        self.trace.note(noted, self.now());
    }
}

//! One channel's calls: the client with what every template of the channel sees.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use huiliu_adapter_api::{AdapterError, Opening, Reply, Sent};

use crate::{Call, CallAnswer, CallError, HttpClient};

/// Time after which a pull fetches no further details: it delivers what it has. With the longest call that is still under way
/// then, a pull stays within [`MAX_SILENCE`](huiliu_adapter_api::MAX_SILENCE).
pub const PULL_BUDGET: Duration = Duration::from_secs(60);

/// Makes the calls of one channel.
#[derive(Clone)]
pub struct Caller {
    client: HttpClient,
    secrets: Value,
    channel: Value,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl Caller {
    /// The caller of the channel that is opened.
    #[must_use]
    pub fn new(client: &HttpClient, opening: &Opening<'_>) -> Self {
        Self { client: client.clone(), secrets: opening.secrets.to_value(), channel: json!(opening.channel) }
    }

    /// The variable `channel` as templates see it.
    #[must_use]
    pub fn channel(&self) -> &Value {
        &self.channel
    }

    /// Makes a call whose templates see `variables`, `secrets` and `channel`, and judges the answer.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn call(&self, call: &Call, variables: &[(&str, &Value)]) -> Result<CallAnswer, CallError> {
        self.call_with(call, variables, &[]).await
    }

    /// Like [`Caller::call`] with additional header fields, such as validators of a conditional request.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn call_with(
        &self,
        call: &Call,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<CallAnswer, CallError> {
        let own = [("secrets", &self.secrets), ("channel", &self.channel)];
        let variables: Vec<(&str, &Value)> = variables.iter().copied().chain(own).collect();
        call.send(&self.client, &variables, extra).await
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

//! The request that a call would make, written and not sent: for cases, and for showing a reply.

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};

use huiliu_adapter_api::{AdapterError, ShownRequest};

use super::{Caller, add_cookies, add_login};
use crate::Call;
use crate::call::GIVEN;
use crate::login::hidden;
use crate::traced::shown;

impl Caller {
    /// The names of these calls that there are, behind those of the login.
    #[must_use]
    pub fn call_names(&self, calls: &[Option<&Call>]) -> Vec<String> {
        self.login_calls().chain(calls.iter().copied().flatten()).map(|call| call.name().to_owned()).collect()
    }

    /// The request that the call of this name would make. `given` are the variables of its templates, `session` what the login gave,
    /// `cookies` the header that its jar would give; `usual` are those that need not be given.
    ///
    /// # Errors
    /// Refused: there is no such call, it has no use for something that is given, or it cannot be written.
    pub fn request_of(
        &self,
        calls: &[Option<&Call>],
        name: &str,
        given: &Map<String, Value>,
        usual: &[(&str, Value)],
    ) -> Result<Request<Bytes>, AdapterError> {
        let step = self.login_calls().find(|call| call.name() == name);
        let call = step.or_else(|| calls.iter().copied().flatten().find(|call| call.name() == name));
        let call = call.ok_or_else(|| {
            let known = self.call_names(calls).join(", ");
            AdapterError::refused(format!(
                "没有调用 {name}，有：{known}（there is no call {name}; there are: {known}）"
            ))
        })?;
        call.know(given)?;
        let variables: Vec<(&str, &Value)> = given
            .iter()
            .filter(|(name, _)| !GIVEN.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value))
            .chain(usual.iter().filter(|(name, _)| !given.contains_key(*name)).map(|(name, value)| (*name, value)))
            .collect();
        let session = given.get("session").cloned().unwrap_or_else(|| self.no_session());
        let mut request = self.request(call, &variables, &session)?;
        let cookies = given.get("cookies").and_then(Value::as_str).map(str::to_owned);
        match (&self.access.login, step) {
            (Some(login), None) => add_login(&mut request, login.bearer(&session), cookies)?,
            _ => add_cookies(&mut request, cookies)?,
        }
        Ok(request)
    }

    /// A request as people are shown it: without the channel's secrets.
    #[must_use]
    pub fn shown(&self, request: &Request<Bytes>) -> ShownRequest {
        shown(request, &hidden(&self.secrets, None))
    }

    /// What stands for the names of a login that has not been made: `<token>`.
    fn no_session(&self) -> Value {
        let names = self.access.login.iter().flat_map(|login| login.names());
        Value::Object(names.map(|name| (name.to_owned(), json!(format!("<{name}>")))).collect())
    }

    fn login_calls(&self) -> impl Iterator<Item = &Call> {
        self.access.login.iter().flat_map(|login| login.calls())
    }
}

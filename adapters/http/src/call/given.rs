//! What is given of a call that is written and not sent.

use huiliu_adapter_api::AdapterError;
use serde_json::{Map, Value};

use super::Call;

/// What is given of every call, besides the variables of its templates.
pub(crate) const GIVEN: [&str; 2] = ["session", "cookies"];
/// What is given of every reply: its record is there also where its templates do not look at it.
const GIVEN_OF_REPLIES: [&str; 2] = ["reply", "record"];

impl Call {
    /// Refuses what its templates cannot look at: it is misspelt, and what they look at would be missing without a word.
    ///
    /// # Errors
    /// Refused, with the name and those that there are.
    pub(crate) fn know(&self, given: &Map<String, Value>) -> Result<(), AdapterError> {
        for (name, value) in given {
            let is_always_there =
                GIVEN.contains(&name.as_str()) || (self.name() == "reply" && GIVEN_OF_REPLIES.contains(&name.as_str()));
            let unknown = match self.variables.get(name) {
                Some(shape) => shape.unknown_member(value).map(|(path, known)| (format!("{name}.{path}"), known)),
                None if is_always_there => None,
                None => Some((name.clone(), self.variables.names().chain(GIVEN).collect())),
            };
            if let Some((path, known)) = unknown {
                let (call, known) = (self.name(), known.join(", "));
                return Err(AdapterError::refused(format!(
                    "调用 {call} 用不到 {path}，可用：{known}（the call {call} has no {path}; there are: {known}）"
                )));
            }
        }
        Ok(())
    }
}

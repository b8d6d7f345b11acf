//! How a channel file becomes an adapter.

use std::collections::BTreeMap;
use std::sync::Arc;

use ring::hmac;
use serde::Deserialize;
use serde_json::{Map, Value};

use huiliu_expression::{Language, Shape, Variables};

use crate::{
    Adapter, Clock, FormRating, Nonces, Problems, Receipts, RecordFormat, Settings, SettingsProblem, SpannedText,
};

/// The secrets of one channel by name, read from files or the environment. Never printed.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Secrets that were read.
    #[must_use]
    pub fn new(secrets: BTreeMap<String, String>) -> Self {
        Self(secrets)
    }

    /// One secret.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A secret that settings name. One that `[secrets]` does not have is a problem where it is named.
    pub fn named(&self, name: &SpannedText, problems: &mut Problems) -> Option<&str> {
        let found = self.get(name.get_ref());
        if found.is_none() {
            let known = self.names().collect::<Vec<_>>().join(", ");
            problems.push(SettingsProblem::new(
                name.span(),
                format!("[secrets] 里没有这个密钥；有：{known}"),
                format!("there is no such secret in [secrets]; there are: {known}"),
            ));
        }
        found
    }

    /// The names, for messages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is known of the variable `secrets` before any request: its names.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape::of_singles(self.names())
    }

    /// The variable `secrets` for templates of requests.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(
            self.0.iter().map(|(name, secret)| (name.clone(), Value::String(secret.clone()))).collect::<Map<_, _>>(),
        )
    }
}

/// Whether what was given is the secret: compared in constant time, by tags of both. An empty secret is nobody's.
#[must_use]
pub fn is_same_secret(given: &[u8], secret: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    !secret.is_empty() && hmac::verify(&key, given, hmac::sign(&key, secret).as_ref()).is_ok()
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What an adapter is given when it is opened. Opening reads settings only: it touches neither network nor disk.
pub struct Opening<'a> {
    /// Name of the channel.
    pub channel: &'a str,
    /// The channel file's `[settings]` table.
    pub settings: Settings<'a>,
    /// The channel file's `[format]` table, compiled.
    pub format: RecordFormat,
    /// The city's expression language.
    pub language: &'a Language,
    /// The channel's secrets.
    pub secrets: Secrets,
    /// For the time.
    pub clock: Arc<dyn Clock>,
    /// For values that requests use once.
    pub nonces: Arc<dyn Nonces>,
    /// For sources whose protocol lets citizens ask what became of a complaint.
    pub receipts: Arc<dyn Receipts>,
    /// What citizens can say of a result: the city's scale, the best first.
    pub ratings: Vec<FormRating>,
}

impl Opening<'_> {
    /// The variables that templates of requests see: `secrets`, `channel`, `now` (RFC 3339, to the millisecond) and `nonce`.
    #[must_use]
    pub fn variables(&self) -> Variables {
        let own = Variables::default().with("secrets", self.secrets.shape()).with("channel", Shape::Single);
        own.with("now", Shape::Single).with("nonce", Shape::Single)
    }

    /// Adds a problem where the format is one that only files have.
    pub fn require_payload(&self, problems: &mut Problems) {
        self.settings.complain(
            !self.format.kind.is_payload(),
            "format.kind 是只有文件才用的格式；这个适配器应写 json、xml、form 或 text",
            "format.kind is a format of files only; with this adapter it must be json, xml, form or text",
            problems,
        );
    }

    /// Reads the `[settings]` table as `S`, compiles it, and makes an adapter of what came of it.
    ///
    /// # Errors
    /// The structural problem of the table, else all that `compile` adds.
    pub fn compile<S, C>(
        self,
        compile: impl FnOnce(S, &Self, &mut Problems) -> Option<C>,
        make: impl FnOnce(Self, C) -> Arc<dyn Adapter>,
    ) -> Result<Arc<dyn Adapter>, Problems>
    where
        S: for<'de> Deserialize<'de>,
    {
        let read = self.settings.read()?;
        let mut problems = Problems::new();
        match compile(read, &self, &mut problems) {
            Some(compiled) if problems.is_empty() => Ok(make(self, compiled)),
            _ => Err(problems),
        }
    }
}

impl std::fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// Makes adapters of one kind.
pub trait Factory: Send + Sync {
    /// The name by which channel files use it, e.g. `http-poll`.
    fn name(&self) -> &'static str;

    /// Makes an adapter from a channel file.
    ///
    /// # Errors
    /// All problems of the settings, each with its place.
    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems>;

    /// Makes an adapter that is only tried, as cases do: it shares nothing that is remembered with those in use, whose clock is another.
    ///
    /// # Errors
    /// As for [`Self::open`].
    fn open_apart(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        self.open(opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_opens_nothing() {
        assert!(!is_same_secret(b"", b""));
        assert!(is_same_secret(b"x", b"x") && !is_same_secret(b"x", b"y"));
    }
}

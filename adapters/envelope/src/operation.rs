//! Operations as files write them, and the calls that they stand for.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_adapter_http::{Access, Call, CallSettings, Envelope};
use huiliu_expression::{Escape, FormCharset, Variables};
use huiliu_payload::Charset;

use crate::{SecuritySettings, Version};

/// What all operations of one file share.
#[derive(Debug, Clone, Copy)]
pub struct EnvelopeSettings<'s> {
    /// How operations are written and their answers read.
    pub manner: Manner,
    /// XML template of what stands inside `Header` of every call.
    pub header: Option<&'s SpannedText>,
    /// A UsernameToken of WS-Security in every call.
    pub security: Option<&'s SecuritySettings>,
    /// Template of the endpoint's URL.
    pub endpoint: &'s SpannedText,
}

/// How all operations of a file are written and read.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    version: Version,
    charset: FormCharset,
    answers: Charset,
}

impl Manner {
    /// By the settings `version` and `body_encoding`, and the encoding that `[format]` declares of answers; adds to `problems` what is
    /// wrong.
    pub fn read(
        version: Version,
        body_encoding: Option<&SpannedText>,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Self {
        let charset = body_encoding.map_or(Some(FormCharset::Utf8), |name| FormCharset::named(name.get_ref()));
        if let (None, Some(name)) = (charset, body_encoding) {
            problems.push(SettingsProblem::new(
                name.span(),
                format!("body_encoding 应为其中之一：{}", FormCharset::NAMES),
                format!("body_encoding must be one of {}", FormCharset::NAMES),
            ));
        }
        Self { version, charset: charset.unwrap_or_default(), answers: opening.format.charset }
    }
}

/// One operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// `SOAPAction` (1.1) or the action of the content type (1.2), without quotes; default empty.
    pub action: Option<SpannedText>,
    /// XML template of what stands inside `Body`.
    pub body: SpannedText,
    /// Expression over `status` and `answer` that is true when the operation succeeded; default: no fault.
    pub success: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when trying again later makes sense.
    pub retry: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the entry no longer exists.
    pub gone: Option<SpannedText>,
    /// Expression over `status` and `answer` that gives the source's own words for a failure.
    pub reason: Option<SpannedText>,
    /// Longest wait in seconds; default 30.
    pub timeout_s: Option<u64>,
}

/// Makes calls of operations.
#[derive(Debug)]
pub struct Operations<'s> {
    settings: EnvelopeSettings<'s>,
    envelope: Envelope,
}

impl<'s> Operations<'s> {
    /// Compiles what all operations share, adding to `problems` what is wrong with it.
    pub fn compile(
        settings: EnvelopeSettings<'s>,
        access: &Access,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Self {
        let security = settings.security.map(|security| security.template(opening, problems));
        let headers = security.iter().chain(settings.header).filter_map(|text| {
            let variables = access.variables(opening);
            opening.settings.template(opening.language, text, variables, Escape::Xml, problems)
        });
        let envelope = settings.manner.version.envelope(headers.collect(), settings.manner.charset);
        Self { settings, envelope }
    }

    /// Compiles one operation.
    pub fn call(
        &self,
        operation: Operation,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Call> {
        let call = operation.call(self.settings.endpoint, self.settings.manner);
        let call = Call::compile(&call, opening, variables, problems);
        call.map(|call| call.in_envelope(self.envelope.clone()))
    }
}

impl Operation {
    /// The operation as an HTTP call.
    fn call(self, endpoint: &SpannedText, manner: Manner) -> CallSettings {
        let at = self.action.as_ref().unwrap_or(&self.body).span();
        let action = self.action.as_ref().map_or("", |action| action.get_ref().as_str());
        let headers = manner.version.http_headers(action, manner.charset).into_iter();
        let headers: BTreeMap<String, SpannedText> =
            headers.map(|(name, text)| (name.to_owned(), Spanned::new(at.clone(), text))).collect();
        let named = |name: &str| Some(Spanned::new(at.clone(), name.to_owned()));
        CallSettings {
            body_encoding: named(manner.charset.label()),
            encoding: named(manner.answers.name()),
            success: self.success,
            retry: self.retry,
            gone: self.gone,
            reason: self.reason,
            timeout_s: self.timeout_s,
            ..CallSettings::post(endpoint.clone(), self.body, headers, "xml")
        }
    }
}

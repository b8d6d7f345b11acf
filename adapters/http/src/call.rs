//! One configured HTTP call: request from templates, answer judged by a predicate.

mod compile;
mod given;
mod multipart;
mod outline;
mod send;
mod settings;
mod tried;

use std::time::Duration;

use http::{HeaderName, Method};
use serde_json::Value;

use huiliu_adapter_api::{RecordFormat, WayBack};
use huiliu_expression::{Expression, FormCharset, Template, Variables};
use huiliu_payload::Format;

pub(crate) use given::GIVEN;
pub use multipart::PartSettings;
use multipart::Parts;
pub use send::{CallAnswer, CallError, MAX_KEPT_CHARS};
pub use settings::{CallSettings, MAX_CALL_TIMEOUT_S};

/// A compiled call.
#[derive(Debug, Clone)]
pub struct Call {
    name: String,
    url: Template,
    method: Method,
    headers: Vec<(HeaderName, Template)>,
    body: Written,
    answer: Format,
    success: Option<Expression>,
    retry: Option<Expression>,
    gone: Option<Expression>,
    reason: Option<Expression>,
    timeout: Duration,
    envelope: Option<Envelope>,
    /// Whether 404 says that what is asked for is gone.
    missing_is_gone: bool,
    records: Option<RecordFormat>,
    /// What its templates may use.
    variables: Variables,
}

/// How the body of a call is written.
#[derive(Debug, Clone)]
struct Written {
    template: Option<Template>,
    charset: FormCharset,
    is_form: bool,
    parts: Option<Parts>,
}

impl Written {
    fn templates(&self) -> impl Iterator<Item = &Template> {
        self.template.iter().chain(self.parts.iter().flat_map(Parts::templates))
    }
}

/// What a protocol puts around bodies, and takes off answers before they are judged.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Before the rendered body and its headers.
    pub open: String,
    /// Headers of the envelope.
    pub headers: Vec<Template>,
    /// Around the headers, where there are any.
    pub around_headers: (&'static str, &'static str),
    /// Before the rendered body.
    pub before: &'static str,
    /// After the rendered body.
    pub after: &'static str,
    /// Takes the envelope off an answer's tree, or says what error it carries.
    pub unwrap: fn(Value) -> Result<Value, CallError>,
}

impl Call {
    /// The same call with an envelope around its bodies.
    #[must_use]
    pub fn in_envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = Some(envelope);
        self
    }

    /// The same call under a name, by which cases and traces know it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same call to a system that something is sent to: its 404 is a wrong address, or a system that is being set up again, and
    /// says nothing of what is sent.
    #[must_use]
    pub fn of_destination(mut self) -> Self {
        self.missing_is_gone = false;
        self
    }

    /// Whether its request uses a variable.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        let templates = self.headers.iter().map(|(_, value)| value).chain(self.body.templates()).chain([&self.url]);
        templates.into_iter().any(|template| template.uses(name))
    }

    /// Where a channel's reply call leads.
    #[must_use]
    pub fn way_back(call: Option<&Self>) -> WayBack {
        let Some(call) = call else { return WayBack::None };
        let templates = || call.headers.iter().map(|(_, value)| value).chain(call.body.templates()).chain([&call.url]);
        let uses = |name| templates().any(|template| template.uses(name));
        let of_the_source = uses("record") || uses("reply.source_number");
        if uses("reply.phone") && !of_the_source { WayBack::AnyPhone } else { WayBack::OwnRecords }
    }

    /// The same call, whose answer holds records: where some of them are damaged beyond mending, the others are read.
    #[must_use]
    pub fn of_records(mut self, format: &RecordFormat) -> Self {
        self.records = Some(format.clone());
        self
    }
}

//! The templates of a call, tried with sample values.

use huiliu_adapter_api::{MustBe, Problems, try_template};
use huiliu_expression::{Escape, Variables};

use super::{Call, CallSettings};

impl Call {
    /// Adds what can only come out wrong: a URL without scheme or host, header fields that are none, a body that is not what its
    /// `Content-Type` says. A body with `escape = "none"` is not judged: its author writes it by himself.
    pub(super) fn try_templates(
        &self,
        read: &CallSettings,
        variables: &Variables,
        escape: Escape,
        problems: &mut Problems,
    ) {
        try_template(&self.url, variables, MustBe::Url, &read.url, problems);
        for (name, template) in &self.headers {
            let of_file = read.headers.iter().find(|(written, _)| written.eq_ignore_ascii_case(name.as_str()));
            if let Some((_, at)) = of_file {
                try_template(template, variables, MustBe::Header, at, problems);
            }
        }
        let (Some(template), Some(at)) = (&self.body.template, &read.body) else { return };
        let content_type = read.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let must_be = match content_type {
            Some((_, kind)) => MustBe::of_content_type(kind.get_ref()),
            None if escape == Escape::Json => Some(MustBe::Json),
            None if escape == Escape::Xml => Some(MustBe::Xml),
            None => None,
        };
        if let Some(must_be) = must_be.filter(|_| escape != Escape::None) {
            try_template(template, variables, must_be, at, problems);
        }
    }
}

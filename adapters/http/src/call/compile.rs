//! Settings become a call, or a list of what is wrong with them.

use std::time::Duration;

use http::HeaderName;

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::{Escape, Shape, Template, Variables};

use super::multipart::Parts;
use super::{Call, CallSettings, Written};

impl Call {
    /// Compiles a call of the channel that is opened. Its templates may use `variables`, of which [`Opening::variables`] should be part.
    pub fn compile(
        call: &CallSettings,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        if let Some(name) = call.names.values().next() {
            problems.push(SettingsProblem::new(
                name.span(),
                "names 只用于登录（[[settings.login.step]]）",
                "names are given by a login only ([[settings.login.step]])",
            ));
        }
        Self::compile_step(call, opening, variables, problems)
    }

    /// Compiles a call that may give names.
    pub(crate) fn compile_step(
        call: &CallSettings,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let before = problems.len();
        let (settings, language) = (&opening.settings, opening.language);
        call.check_url(problems);
        let method = call.read_method(problems);
        call.check_body(method.as_ref(), problems);
        let charset = call.read_body_encoding(problems);
        let escape = call.read_escape(charset, problems);
        let body = call.body.as_ref().and_then(|body| settings.template(language, body, variables, escape, problems));
        let parts = Parts::compile(call, opening, variables, problems);
        let variables = &match call.body {
            Some(_) => variables.clone().with("body", Shape::Single),
            None => variables.clone(),
        };
        let url = settings.template(language, &call.url, variables, Escape::None, problems);
        let headers = compile_headers(call, opening, variables, problems);
        let answer = call.read_answer_format(problems);
        let timeout = Duration::from_secs(call.read_timeout_s(problems));
        let judging = Variables::from(&["answer"]).with("status", Shape::Single);
        let mut predicate = |text: &Option<SpannedText>| {
            text.as_ref().and_then(|text| settings.expression(language, text, &judging, problems))
        };
        let (success, retry) = (predicate(&call.success), predicate(&call.retry));
        let (gone, reason) = (predicate(&call.gone), predicate(&call.reason));
        if problems.len() > before {
            return None;
        }
        let (url, method, envelope, records, missing_is_gone) = (url?, method?, None, None, true);
        let is_form = matches!(escape, Escape::Form(_));
        let (name, body) = (String::new(), Written { template: body, charset, is_form, parts });
        let compiled = Self {
            name,
            url,
            method,
            headers,
            body,
            answer,
            success,
            retry,
            gone,
            reason,
            timeout,
            envelope,
            missing_is_gone,
            records,
            variables: variables.clone(),
        };
        compiled.try_templates(call, variables, escape, problems);
        (problems.len() == before).then_some(compiled)
    }
}

fn compile_headers(
    call: &CallSettings,
    opening: &Opening<'_>,
    variables: &Variables,
    problems: &mut Problems,
) -> Vec<(HeaderName, Template)> {
    let mut headers = Vec::new();
    for (name, value) in &call.headers {
        let template = opening.settings.template(opening.language, value, variables, Escape::None, problems);
        match HeaderName::try_from(name.as_str()) {
            Ok(name) => headers.extend(template.map(|template| (name, template))),
            Err(_) => problems.push(SettingsProblem::new(value.span(), "请求头名称无效", "not a valid header name")),
        }
    }
    headers
}

//! The tables `[settings.login]` and `[settings.oauth2]` of a channel file, which say how a channel gets into its source.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};

use super::MAX_VALID_S;
use crate::CallSettings;

/// Most calls of one login.
pub(super) const MAX_STEPS: usize = 8;

/// A login: calls whose answers give names for later calls (`session.<name>`), and cookies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginSettings {
    /// The calls, in their order; without any only cookies are kept. Each sees the names of those before it.
    #[serde(default)]
    pub(super) step: Vec<CallSettings>,
    /// How long a login holds, in seconds; default: until the source says otherwise.
    pub(super) valid_s: Option<Spanned<u64>>,
    /// Expression over the last answer (as names have it): how many seconds the login holds, or until when.
    pub(super) valid: Option<SpannedText>,
    /// How long before its end a login is renewed, in seconds; default 30, at most half of what it holds.
    pub(super) renew_before_s: Option<u64>,
    /// Expression over `status`, `headers` and `answer` of any later call (its text where it is not of the declared format) that is true
    /// when the login no longer holds; default `status == 401`. A login page in place of data says so as well.
    pub(super) expired: Option<SpannedText>,
}

impl LoginSettings {
    /// Adds what is out of range, or has no effect.
    pub(super) fn check(&self, opening: &Opening<'_>, problems: &mut Problems) {
        let settings = &opening.settings;
        settings.complain(self.step.len() > MAX_STEPS, "login 最多 8 步", "a login has at most 8 steps", problems);
        if let Some(valid_s) = &self.valid_s
            && !(1..=MAX_VALID_S).contains(valid_s.get_ref())
        {
            problems.push(SettingsProblem::new(
                valid_s.span(),
                format!("valid_s 应在 1 到 {MAX_VALID_S} 之间"),
                format!("valid_s must be 1 to {MAX_VALID_S}"),
            ));
        }
        let timed = self.valid_s.is_some() || self.valid.is_some();
        settings.complain(
            self.renew_before_s.is_some() && !timed,
            "没有 valid_s 或 valid，renew_before_s 不起作用；请删去",
            "renew_before_s has no effect without valid_s or valid; remove it",
            problems,
        );
        settings.complain(
            self.step.is_empty() && (timed || self.expired.is_some()),
            "login 没有 step：valid_s、valid 和 expired 不起作用；请写 [[settings.login.step]]",
            "a login without step: valid_s, valid and expired have no effect; write [[settings.login.step]]",
            problems,
        );
    }
}

/// OAuth 2.0 client credentials (RFC 6749 §4.4). Every call that sets no `authorization` itself sends the token as bearer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2Settings {
    /// Template of the token endpoint's URL.
    token_url: SpannedText,
    /// Name of the secret that holds the client's id.
    client_id: SpannedText,
    /// Name of the secret that holds the client's secret.
    client_secret: SpannedText,
    /// Scopes, separated by spaces.
    scope: Option<SpannedText>,
    /// Where id and secret stand: `basic` (the `Authorization` header, default) or `body`.
    credentials: Option<SpannedText>,
}

impl OAuth2Settings {
    /// The login that it stands for.
    pub(super) fn login(&self, opening: &Opening<'_>, problems: &mut Problems) -> LoginSettings {
        for name in [&self.client_id, &self.client_secret] {
            opening.secrets.named(name, problems);
        }
        let at = |text: String| Spanned::new(self.token_url.span(), text);
        let quoted = |name: &SpannedText| name.get_ref().replace(['\'', '\\', '{', '}'], "");
        let (id, secret) = (quoted(&self.client_id), quoted(&self.client_secret));
        let mut headers = BTreeMap::from([
            ("content-type".to_owned(), at("application/x-www-form-urlencoded".to_owned())),
            ("accept".to_owned(), at("application/json".to_owned())),
        ]);
        let mut body = String::from("grant_type=client_credentials");
        if let Some(scope) = &self.scope {
            body.push_str(&format!("&scope={}", scope.get_ref().split_whitespace().collect::<Vec<_>>().join("%20")));
        }
        match self.credentials.as_ref().map_or("basic", |credentials| credentials.get_ref().as_str()) {
            "basic" => {
                let pair = format!("((secrets['{id}'] | urlencode) ~ ':' ~ (secrets['{secret}'] | urlencode)) | base64");
                headers.insert("authorization".to_owned(), at(format!("Basic {{{{ {pair} }}}}")));
            }
            "body" => body.push_str(&format!(
                "&client_id={{{{ secrets['{id}'] | urlencode }}}}&client_secret={{{{ secrets['{secret}'] | urlencode }}}}"
            )),
            _ => problems.push(SettingsProblem::new(
                self.credentials.as_ref().map_or(0..0, Spanned::span),
                "credentials 应为 basic 或 body",
                "credentials must be basic or body",
            )),
        }
        let mut step = CallSettings::post(self.token_url.clone(), at(body), headers, "json");
        step.escape = Some(at("none".to_owned()));
        step.names = BTreeMap::from([("token".to_owned(), at("answer.access_token".to_owned()))]);
        step.reason = Some(at("coalesce(answer.error_description, answer.error)".to_owned()));
        let valid = Some(at("answer.expires_in".to_owned()));
        LoginSettings { step: vec![step], valid_s: None, valid, renew_before_s: None, expired: None }
    }
}

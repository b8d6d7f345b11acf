//! How people reach the console and sign in.

use std::path::PathBuf;

use huiliu_adapter_api::Network;
use huiliu_adapter_http::{HttpClient, read_authorities};
use serde::Deserialize;

use crate::forward::SettingFault;

/// The environment variable that goes before `console.oidc.client_secret_file`.
const OIDC_SECRET: &str = "HULIU_OIDC_SECRET";

/// The `[console]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSettings {
    /// Where people reach this gateway's console, e.g. `https://huiliu.example`. Over https cookies are told to stay on it.
    pub public_url: Option<String>,
    /// Minutes after which a session ends that is not used, 5 to 480.
    pub idle_minutes: u32,
    /// Hours after which every session ends, 1 to 24.
    pub session_hours: u32,
    /// Whether everybody who signs in needs a second factor.
    pub second_factor: bool,
    /// Addresses and networks of the proxies before the console, as those of `[citizens]`: whoever signs in by one of them has the last
    /// address of its `x-forwarded-for`.
    pub proxies: Vec<String>,
    /// The city's own identity provider.
    pub oidc: Option<OidcSettings>,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            idle_minutes: 30,
            session_hours: 12,
            second_factor: false,
            proxies: Vec::new(),
            oidc: None,
        }
    }
}

impl ConsoleSettings {
    /// Whether people reach it over TLS only.
    #[must_use]
    pub fn is_over_tls(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The proxies.
    ///
    /// # Errors
    /// The first text that is no address and no network.
    pub fn networks(&self) -> Result<Vec<Network>, &str> {
        self.proxies.iter().map(|text| Network::read(text).ok_or(text.as_str())).collect()
    }

    /// What keeps people from signing in by the provider, but for files.
    pub(super) fn oidc_faults(&self) -> Vec<SettingFault> {
        let Some(oidc) = &self.oidc else { return Vec::new() };
        let url = self.public_url.as_deref().unwrap_or_default();
        let mut faults = Vec::new();
        let mut demand = |is_good: bool, key: &'static str, zh: &str, en: &str| {
            if !is_good {
                faults.push(SettingFault::new(key, zh, en));
            }
        };
        let (zh, en) =
            ("要以 https:// 开头（仅本机可用 http://）", "has to begin with https:// (http:// on this machine only)");
        demand(is_safe(&oidc.issuer), "console.oidc.issuer", zh, en);
        let (zh, en) = (
            "用身份认证平台登录时必填，且以 https:// 开头（仅本机可用 http://）",
            "is needed for signing in by an identity provider, with https:// (http:// on this machine only)",
        );
        demand(is_safe(url), "console.public_url", zh, en);
        let empty = ("不能为空", "must not be empty");
        demand(!oidc.client_id.is_empty(), "console.oidc.client_id", empty.0, empty.1);
        demand(!oidc.name.trim().is_empty(), "console.oidc.name", empty.0, empty.1);
        demand(!oidc.claim.is_empty(), "console.oidc.claim", empty.0, empty.1);
        faults
    }

    /// What of the provider's files cannot be used.
    pub(super) fn oidc_file_faults(&self) -> Vec<SettingFault> {
        let Some(oidc) = &self.oidc else { return Vec::new() };
        [oidc.secret().err(), oidc.client().err()].into_iter().flatten().collect()
    }
}

/// The `[console.oidc]` table: signing in by the city's own identity provider (OpenID Connect).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OidcSettings {
    /// The provider's address, as its tokens name it.
    pub issuer: String,
    /// The name by which it knows this gateway.
    pub client_id: String,
    /// The file with the secret by which it knows this gateway; the environment variable `HULIU_OIDC_SECRET` goes before it.
    pub client_secret_file: Option<PathBuf>,
    /// A file with certificates of authorities to trust beside the public ones (PEM).
    pub ca_file: Option<PathBuf>,
    /// What the provider is called on the button.
    pub name: String,
    /// The claim with the name of the person, as the gateway knows it.
    pub claim: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Whether people may sign in by a password too. Where not, those of role `security` still may: somebody has to come in when the
    /// provider is away.
    pub passwords: bool,
    /// Whether somebody of whom the provider does not say that there was a second factor needs the one of this gateway.
    pub second_factor: bool,
    /// Values of the claims `amr` and `acr` that say that there was a second factor.
    pub second_factors: Vec<String>,
}

impl Default for OidcSettings {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret_file: None,
            ca_file: None,
            name: String::new(),
            claim: "preferred_username".to_owned(),
            scopes: texts(&["profile"]),
            passwords: true,
            second_factor: true,
            // RFC 8176: one-time passwords, keys, several factors.
            second_factors: texts(&["mfa", "otp", "hwk", "swk", "sc", "sms"]),
        }
    }
}

impl OidcSettings {
    /// The secret by which the provider knows this gateway.
    ///
    /// # Errors
    /// There is none, or its file cannot be read.
    pub fn secret(&self) -> Result<String, SettingFault> {
        if let Some(secret) = super::set(OIDC_SECRET) {
            return Ok(secret);
        }
        let fault = |zh: String, en: String| SettingFault::new("console.oidc.client_secret_file", zh, en);
        let path = self.client_secret_file.as_ref().ok_or_else(|| {
            let (zh, en) = ("没有密钥：请写密钥文件", "there is no secret: name its file");
            fault(format!("{zh}，或设环境变量 {OIDC_SECRET}"), format!("{en}, or set {OIDC_SECRET}"))
        })?;
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| fault(format!("{shown} 读不了：{error}"), format!("{shown} cannot be read: {error}")))?;
        match text.trim() {
            "" => Err(fault(format!("{shown} 是空的"), format!("{shown} is empty"))),
            secret => Ok(secret.to_owned()),
        }
    }

    /// What the provider is asked with.
    ///
    /// # Errors
    /// The file with authorities cannot be used.
    pub fn client(&self) -> Result<HttpClient, SettingFault> {
        let Some(path) = &self.ca_file else { return Ok(HttpClient::new()) };
        let fault = |zh: String, en: String| SettingFault::new("console.oidc.ca_file", zh, en);
        let shown = path.display();
        let pem = std::fs::read(path)
            .map_err(|error| fault(format!("{shown} 读不了：{error}"), format!("{shown} cannot be read: {error}")))?;
        let authorities = read_authorities(&pem).map_err(|wrong| fault(wrong.zh, wrong.en))?;
        Ok(HttpClient::trusting(authorities))
    }
}

/// Whether an address is over TLS, or on this machine.
fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let is_here = uri.host().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    match uri.scheme_str() {
        Some("https") => uri.host().is_some(),
        Some("http") => is_here,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(toml: &str) -> Vec<&'static str> {
        let settings: ConsoleSettings = toml::from_str(toml).unwrap();
        settings.oidc_faults().iter().map(|fault| fault.key).collect()
    }

    #[test]
    fn a_provider_is_reached_over_tls_but_on_this_machine() {
        let with = |url: &str, issuer: &str| {
            faults(&format!(
                "public_url = '{url}'\n[oidc]\nissuer = '{issuer}'\nclient_id = 'huiliu'\nname = '市统一认证'\n"
            ))
        };
        assert!(with("https://huiliu.example", "https://sso.example/realms/city").is_empty());
        assert!(with("http://127.0.0.1:8311", "http://127.0.0.1:9000").is_empty());
        assert_eq!(with("https://huiliu.example", "http://sso.example"), ["console.oidc.issuer"]);
        assert_eq!(
            with("http://huiliu.example", "http://localhost.example"),
            ["console.oidc.issuer", "console.public_url"]
        );
        assert_eq!(
            faults("[oidc]\nclaim = ''\n"),
            [
                "console.oidc.issuer",
                "console.public_url",
                "console.oidc.client_id",
                "console.oidc.name",
                "console.oidc.claim"
            ]
        );
        assert!(faults("").is_empty());
    }

    #[test]
    fn the_secret_is_in_a_file_and_not_in_the_settings() {
        assert!(toml::from_str::<ConsoleSettings>("[oidc]\nclient_secret = 'x'\n").is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        let settings = OidcSettings { client_secret_file: Some(file.path().to_owned()), ..OidcSettings::default() };
        assert_eq!(settings.secret().unwrap_err().key, "console.oidc.client_secret_file");
        std::fs::write(file.path(), "s3cret\n").unwrap();
        assert_eq!(settings.secret().unwrap(), "s3cret");
        assert!(OidcSettings::default().secret().is_err());
    }
}

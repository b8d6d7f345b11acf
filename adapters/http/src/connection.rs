//! The tables `[settings.tls]` and `[settings.proxy]` of a channel file: how its source is reached.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use serde::Deserialize;
use serde_json::Value;

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Escape, Variables};

use crate::connect::Proxy;
use crate::pem::{IdentityPart, PemFault, read_authorities, read_identity};
use crate::{HttpClient, Identity};

/// Certificates for `https://`. Each member is the name of a secret that holds PEM text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Certificates of authorities that are trusted besides the public ones.
    ca: Option<SpannedText>,
    /// The client's certificate, followed by what signed it.
    certificate: Option<SpannedText>,
    /// Its key, without a passphrase.
    key: Option<SpannedText>,
}

/// An HTTP proxy that makes tunnels (CONNECT).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxySettings {
    /// Template over `secrets`: `http://host:port`.
    url: SpannedText,
    /// Name of the secret that holds the user, where the proxy wants one.
    user: Option<SpannedText>,
    /// Name of the secret that holds the password.
    password: Option<SpannedText>,
}

impl HttpClient {
    /// The client of a channel: `self` where nothing is said of how its source is reached.
    pub fn reaching(
        &self,
        tls: Option<&TlsSettings>,
        proxy: Option<&ProxySettings>,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Self {
        if tls.is_none() && proxy.is_none() {
            return self.clone();
        }
        let before = problems.len();
        let authorities = tls.and_then(|tls| tls.ca.as_ref()).and_then(|ca| {
            let pem = secret(ca, opening, problems)?;
            read_authorities(pem.as_bytes()).map_err(|fault| problems.push(of_pem(ca, fault))).ok()
        });
        let identity = tls.and_then(|tls| tls.identity(opening, problems));
        let proxy = proxy.and_then(|proxy| proxy.compile(opening, problems));
        if problems.len() > before {
            return self.clone();
        }
        Self::connecting(authorities.unwrap_or_default(), identity, proxy, self.logins.clone()).unwrap_or_else(
            |error| {
                problems.push(SettingsProblem::new(opening.settings.span(), error.to_string(), error.to_string()));
                self.clone()
            },
        )
    }
}

impl TlsSettings {
    fn identity(&self, opening: &Opening<'_>, problems: &mut Problems) -> Option<Identity> {
        let (certificate, key) = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return None,
            (Some(alone), None) | (None, Some(alone)) => {
                problems.push(SettingsProblem::new(
                    alone.span(),
                    "客户端证书要与私钥一起写：certificate 和 key 缺一不可",
                    "a client certificate needs its key: certificate and key go together",
                ));
                return None;
            }
        };
        let (chain, pem) = (secret(certificate, opening, problems), secret(key, opening, problems));
        let read = read_identity(chain?.as_bytes(), pem?.as_bytes());
        let fault = |(part, fault)| match part {
            IdentityPart::Certificate => problems.push(of_pem(certificate, fault)),
            IdentityPart::Key => problems.push(of_pem(key, fault)),
        };
        read.map_err(fault).ok()
    }
}

impl ProxySettings {
    fn compile(&self, opening: &Opening<'_>, problems: &mut Problems) -> Option<Proxy> {
        let variables = Variables::default().with("secrets", opening.secrets.shape());
        let url = opening.settings.template(opening.language, &self.url, &variables, Escape::None, problems)?;
        let secrets: Value = opening.secrets.to_value();
        let url = url.render(&Context::of("secrets", &secrets)).ok()?;
        let authorization = self.authorization(opening, problems);
        let url = url.trim();
        if url.is_empty() && self.url.get_ref().contains("secrets") {
            // A secret that is not there is said where it is missing.
            return None;
        }
        let uri: Option<Uri> = url.parse().ok();
        let (zh, en) = match &uri {
            Some(uri) if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => (
                "代理网址里不要写用户和密码：请放进 [secrets]，并写 user、password",
                "user and password do not belong into the URL of the proxy: put them into [secrets], and name them with user and \
                 password",
            ),
            Some(uri) if uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty()) => {
                return Some(Proxy { uri: uri.clone(), authorization });
            }
            Some(uri) if uri.scheme_str() == Some("https") || url.starts_with("socks") => (
                "只支持 http:// 代理（HTTP CONNECT）；其中的 https 流量仍是端到端加密的",
                "a proxy is reached by http:// only (HTTP CONNECT); https within its tunnels stays encrypted from end to end",
            ),
            _ => ("代理网址应写作 http://主机:端口", "the URL of a proxy is written http://host:port"),
        };
        problems.push(SettingsProblem::new(self.url.span(), zh, en));
        None
    }

    fn authorization(&self, opening: &Opening<'_>, problems: &mut Problems) -> Option<HeaderValue> {
        let (user, password) = match (&self.user, &self.password) {
            (Some(user), Some(password)) => (user, password),
            (None, None) => return None,
            (Some(alone), None) | (None, Some(alone)) => {
                problems.push(SettingsProblem::new(
                    alone.span(),
                    "代理的 user 和 password 要一起写",
                    "user and password of a proxy go together",
                ));
                return None;
            }
        };
        let (user, password) = (secret(user, opening, problems)?, secret(password, opening, problems)?);
        let mut value =
            HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// A secret by its name; none also where it is not set here, which is said elsewhere.
fn secret<'o>(name: &SpannedText, opening: &'o Opening<'_>, problems: &mut Problems) -> Option<&'o str> {
    let found = opening.secrets.named(name, problems);
    found.filter(|secret| !secret.is_empty())
}

fn of_pem(name: &SpannedText, fault: PemFault) -> SettingsProblem {
    SettingsProblem::new(name.span(), fault.zh, fault.en)
}

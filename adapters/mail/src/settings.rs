//! The settings of a mail server, and the sender that they become.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use serde::Deserialize;

use huiliu_adapter_api::{Problems, Secrets, SettingsProblem, SpannedText};
use huiliu_adapter_http::read_authorities;

use crate::mail::mailbox;
use crate::{MAX_TIMEOUT_S, MailSender};

/// Time for one mail where the settings say nothing, in seconds.
const TIMEOUT_S: u64 = 60;

/// A mail server and how it is spoken to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// Its name or address.
    host: SpannedText,
    /// Its port; by default 465 with `tls`, 587 with `starttls`, 25 with `none`.
    port: Option<u16>,
    /// `tls` (from the first byte), `starttls` (after the greeting, and never without), or `none`: only to this machine.
    security: SpannedText,
    /// `none` also to other machines: login and mails can be read on the way.
    #[serde(default)]
    unencrypted: bool,
    /// Name of the secret with certificates of authorities (PEM) that are trusted besides the public ones.
    ca: Option<SpannedText>,
    /// The user who logs in, where the server wants one.
    user: Option<SpannedText>,
    /// Name of the secret with the user's password, or with the authorization code that public mail services give instead.
    password: Option<SpannedText>,
    /// Whom mails come from: `gateway@city.gov.cn`, or with a name.
    from: SpannedText,
    /// The name by which the gateway introduces itself, where the server minds.
    hello: Option<SpannedText>,
    /// Longest time for one mail, from the connection to the server's last answer, in seconds, 1 to 300; default 60.
    timeout_s: Option<u64>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    None,
}

impl MailSettings {
    /// The sender that these settings describe; what is wrong with them goes to `problems`. `span` is the place of the whole table.
    pub fn compile(&self, secrets: &Secrets, span: &Range<usize>, problems: &mut Problems) -> Option<MailSender> {
        let before = problems.len();
        let security = self.security(problems);
        let from = self.from(problems);
        let credentials = self.credentials(secrets, span, problems);
        let authorities = self.authorities(secrets, problems);
        let timeout_s = self.timeout_s.unwrap_or(TIMEOUT_S);
        if !(1..=MAX_TIMEOUT_S).contains(&timeout_s) {
            problems.push(SettingsProblem::new(
                span.clone(),
                format!("timeout_s 应为 1 至 {MAX_TIMEOUT_S}"),
                format!("timeout_s must be 1 to {MAX_TIMEOUT_S}"),
            ));
        }
        let (Some(security), Some(from)) = (security, from) else { return None };
        if problems.len() > before {
            return None;
        }
        let tls = self.tls(security, authorities, span, problems)?;
        let host = self.host.get_ref().clone();
        let port = self.port.unwrap_or(match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        });
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str()).port(port).tls(tls).timeout(None);
        if let Some(credentials) = credentials {
            builder = builder.credentials(credentials);
        }
        if let Some(hello) = &self.hello {
            builder = builder.hello_name(ClientId::Domain(hello.get_ref().clone()));
        }
        let timeout = Duration::from_secs(timeout_s);
        Some(MailSender::new(builder.build(), from, format!("{host}:{port}"), timeout))
    }

    fn security(&self, problems: &mut Problems) -> Option<Security> {
        let security = match self.security.get_ref().as_str() {
            "tls" => Security::Tls,
            "starttls" => Security::StartTls,
            "none" => Security::None,
            _ => {
                problems.push(SettingsProblem::new(
                    self.security.span(),
                    "security 应为 tls、starttls 或 none",
                    "security must be tls, starttls or none",
                ));
                return None;
            }
        };
        if security == Security::None && !self.unencrypted && !is_this_machine(self.host.get_ref()) {
            problems.push(SettingsProblem::new(
                self.security.span(),
                "不加密只允许发往本机（127.0.0.1）；确需明文发往别的机器时写 unencrypted = true：登录和邮件在途中可被看到",
                "without encryption mail goes to this machine only (127.0.0.1); unencrypted = true allows it beyond, where login and mails can be read on the way",
            ));
        }
        if security != Security::None && self.unencrypted {
            problems.push(SettingsProblem::new(
                self.security.span(),
                "unencrypted = true 只与 security = \"none\" 合用",
                "unencrypted = true goes with security = \"none\" only",
            ));
        }
        Some(security)
    }

    fn from(&self, problems: &mut Problems) -> Option<Mailbox> {
        mailbox(self.from.get_ref())
            .map_err(|_refused| {
                problems.push(SettingsProblem::new(
                    self.from.span(),
                    "from 不是邮件地址；应为 gateway@city.gov.cn 或 名称 <gateway@city.gov.cn>",
                    "from is no address of mail: gateway@city.gov.cn or NAME <gateway@city.gov.cn>",
                ));
            })
            .ok()
    }

    fn credentials(&self, secrets: &Secrets, span: &Range<usize>, problems: &mut Problems) -> Option<Credentials> {
        match (&self.user, &self.password) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.get_ref().clone(), secrets.named(password, problems)?.to_owned()))
            }
            (None, None) => None,
            _ => {
                problems.push(SettingsProblem::new(
                    span.clone(),
                    "user 和 password 应同时写或都不写",
                    "user and password go together",
                ));
                None
            }
        }
    }

    fn authorities(&self, secrets: &Secrets, problems: &mut Problems) -> Vec<Certificate> {
        let Some(ca) = &self.ca else { return Vec::new() };
        let Some(pem) = secrets.named(ca, problems) else { return Vec::new() };
        match read_authorities(pem.as_bytes()) {
            Ok(found) => found.iter().filter_map(|der| Certificate::from_der(der.to_vec()).ok()).collect(),
            Err(fault) => {
                problems.push(SettingsProblem::new(ca.span(), fault.zh, fault.en));
                Vec::new()
            }
        }
    }

    fn tls(
        &self,
        security: Security,
        authorities: Vec<Certificate>,
        span: &Range<usize>,
        problems: &mut Problems,
    ) -> Option<Tls> {
        if security == Security::None {
            return Some(Tls::None);
        }
        let parameters = authorities
            .into_iter()
            .fold(TlsParameters::builder(self.host.get_ref().clone()), |builder, authority| {
                builder.add_root_certificate(authority)
            })
            .build_rustls();
        match parameters {
            Ok(parameters) if security == Security::Tls => Some(Tls::Wrapper(parameters)),
            Ok(parameters) => Some(Tls::Required(parameters)),
            Err(error) => {
                problems.push(SettingsProblem::new(span.clone(), format!("TLS 无法设置：{error}"), error.to_string()));
                None
            }
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

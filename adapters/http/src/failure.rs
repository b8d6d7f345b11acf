//! Why no answer came, in plain words: what an operator can do something about is told apart from what passes.

use std::error::Error;
use std::io;

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_api::wording::{both, system_words};
use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError};

use crate::connect::ConnectError;

/// What is known of the client whose request failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// Whether it has a client certificate.
    pub identified: bool,
    /// Whether the source asked for one that is not there.
    pub asked: bool,
}

/// What happened, in Chinese and English.
type Words = (String, String);

/// The failure of a request to `host`.
pub(crate) fn explain(error: &(dyn Error + 'static), host: &str, client: Client) -> AdapterError {
    if let Some(failed) = find::<ConnectError>(error) {
        return of_proxy(failed, host);
    }
    let words = match find::<rustls::Error>(error) {
        Some(rustls::Error::InvalidCertificate(fault)) => Some(of_certificate(fault, host)),
        Some(rustls::Error::AlertReceived(alert)) => of_alert(*alert, host, client),
        Some(rustls::Error::PeerIncompatible(_)) => Some(too_old(host)),
        Some(rustls::Error::InvalidMessage(_)) => Some((
            format!("{host} 在这个端口上不是 TLS：是否应写 http://，或端口写错了"),
            format!("{host} does not speak TLS at this port: is it http://, or another port?"),
        )),
        // An alert is lost when the connection is reset right after it.
        None if client.asked => Some(no_identity(host)),
        _ => None,
    };
    match words {
        Some((zh, en)) => AdapterError::misconfigured(format!("{zh}（{en}）")),
        None => no_answer(host, error),
    }
}

fn of_proxy(error: &ConnectError, host: &str) -> AdapterError {
    let misconfigured = |zh: String, en: String| AdapterError::misconfigured(format!("{zh}（{en}）"));
    match error {
        ConnectError::ProxyRefuses { proxy, status } => match status.as_u16() {
            407 => misconfigured(
                format!("代理 {proxy} 要求登录，或用户名、密码不对：请核对 [settings.proxy] 的 user 和 password"),
                format!(
                    "the proxy {proxy} wants a login, or user or password is wrong: see user and password of [settings.proxy]"
                ),
            ),
            502..=504 => {
                let (zh, en) =
                    (format!("代理 {proxy} 连不上 {host}"), format!("the proxy {proxy} does not reach {host}"));
                AdapterError::transient(both(zh, en, format!("HTTP {status}")))
            }
            _ => misconfigured(
                format!("代理 {proxy} 不允许连接 {host}（答 {status}）：请在代理上放行，或核对 [settings.proxy] url"),
                format!("the proxy {proxy} does not allow a connection to {host}: it answers {status}"),
            ),
        },
        ConnectError::NoProxy { proxy, .. } => misconfigured(
            format!("{proxy} 不像 HTTP 代理：请核对 [settings.proxy] url"),
            format!("{proxy} does not answer as an HTTP proxy: see url of [settings.proxy]"),
        ),
        ConnectError::ProxyAway { proxy, source } => {
            let (zh, en) = (format!("连不上代理 {proxy}"), format!("the proxy {proxy} cannot be reached"));
            AdapterError::transient(with_cause(zh, en, source.as_ref()))
        }
        ConnectError::Source(source) => no_answer(host, source.as_ref()),
        ConnectError::NoHost => no_answer(host, error),
    }
}

fn no_answer(host: &str, error: &(dyn Error + 'static)) -> AdapterError {
    AdapterError::transient(with_cause(format!("{host} 没有应答"), format!("no answer from {host}"), error))
}

/// A sentence with what the system says, in words where there are words for it.
fn with_cause(zh: String, en: String, error: &(dyn Error + 'static)) -> String {
    let said = innermost(error);
    match find::<io::Error>(error).and_then(system_words) {
        Some(words) => format!("{zh}：{words}（{en}: {said}）"),
        None => both(zh, en, said),
    }
}

fn of_certificate(fault: &CertificateError, host: &str) -> Words {
    match fault {
        CertificateError::UnknownIssuer => (
            format!(
                "{host} 的证书不是这里信任的机构签发的（自建 CA 或自签）：请向来源要签发它的 CA 证书，放进 [secrets]，并写 [settings.tls] ca"
            ),
            format!(
                "the certificate of {host} is signed by an authority that is not known here: name its CA in [settings.tls] ca"
            ),
        ),
        CertificateError::ExpiredContext { time, not_after } => (
            format!("{host} 的证书已于 {} 过期（本机时间 {}）：请来源换证", shown(*not_after), shown(*time)),
            format!(
                "the certificate of {host} has expired on {} (it is {} here): the source has to renew it",
                shown(*not_after),
                shown(*time)
            ),
        ),
        CertificateError::NotValidYetContext { time, not_before } => (
            format!("{host} 的证书从 {} 起才有效（本机时间 {}）：请核对本机时间", shown(*not_before), shown(*time)),
            format!(
                "the certificate of {host} is valid from {} only (it is {} here): check the clock",
                shown(*not_before),
                shown(*time)
            ),
        ),
        CertificateError::Expired => (
            format!("{host} 的证书已过期：请来源换证"),
            format!("the certificate of {host} has expired: the source has to renew it"),
        ),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => (
            format!("{host} 的证书没有写主机名（subjectAltName），只写 CN 的旧式证书已不被承认：请来源换证"),
            format!(
                "the certificate of {host} names no host (subjectAltName); the source has to renew it: a CN alone does not count"
            ),
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names = presented.iter().take(5).map(|name| plain_name(name)).collect::<Vec<_>>().join(", ");
            (
                format!("证书不是给 {host} 的，而是给 {names} 的：请用证书上的主机名访问"),
                format!(
                    "the certificate is not for {host} but for {names}: call the source by a name of its certificate"
                ),
            )
        }
        CertificateError::NotValidForName => (
            format!("证书不是给 {host} 的：请用证书上的主机名访问"),
            format!("the certificate is not for {host}: call the source by a name of its certificate"),
        ),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            format!(
                "{host} 的证书用了不支持的签名算法（如 SHA-1、国密 SM2）：请来源换用 RSA 或 ECDSA 证书，或在中间加转换代理"
            ),
            format!(
                "the certificate of {host} is signed in a way that is not supported (SHA-1, SM2): the source needs one with RSA or ECDSA"
            ),
        ),
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => (
            format!("{host} 把 CA 证书本身当服务器证书用：请来源用它另签一张服务器证书"),
            format!("{host} shows a CA certificate as its own: the source has to sign a server certificate with it"),
        ),
        other => (
            format!("{host} 的证书不被承认\n原文：{other}"),
            format!("the certificate of {host} is not accepted: {other}"),
        ),
    }
}

fn of_alert(alert: AlertDescription, host: &str, client: Client) -> Option<Words> {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => Some(no_identity(host)),
        _ if client.asked => Some(no_identity(host)),
        Alert::UnknownCA if client.identified => Some((
            format!("{host} 不认我们客户端证书的签发机构：请用来源签发的证书（[settings.tls] certificate、key）"),
            format!("{host} does not know the authority of our client certificate: use one that the source has issued"),
        )),
        Alert::CertificateExpired if client.identified => Some((
            format!("{host} 说我们的客户端证书已过期：请换证（[settings.tls] certificate、key）"),
            format!("{host} says that our client certificate has expired: renew it"),
        )),
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateUnknown
        | Alert::AccessDenied
        | Alert::DecryptError
            if client.identified =>
        {
            Some((
                format!("{host} 拒绝了我们的客户端证书（{alert:?}）：请向来源核对该用哪张证书"),
                format!("{host} refuses our client certificate ({alert:?}): ask the source which one it expects"),
            ))
        }
        Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity => Some(too_old(host)),
        Alert::UnrecognisedName => Some((
            format!("{host} 上没有这个主机名的站点：请核对网址里的主机名"),
            format!("there is no site of this name at {host}: check the host name in the URL"),
        )),
        _ => None,
    }
}

fn no_identity(host: &str) -> Words {
    (
        format!("{host} 要求客户端证书：请在 [settings.tls] 里写 certificate 和 key"),
        format!("{host} asks for a client certificate: name certificate and key in [settings.tls]"),
    )
}

fn too_old(host: &str) -> Words {
    (
        format!("与 {host} 没有共同的 TLS 版本或加密套件（对方只支持 TLS 1.0、1.1 或国密）：请来源启用 TLS 1.2 以上"),
        format!(
            "there is no TLS version or cipher in common with {host} (it offers TLS 1.0 or 1.1 only, or Chinese national ciphers): the source has to enable TLS 1.2 or later"
        ),
    )
}

/// A name as certificates' errors write it: `DnsName("a.example")`.
fn plain_name(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

/// A day as people read it.
fn shown(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// An error of a type among the causes; those of an [`io::Error`] are not among its sources.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        current = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut current = error;
    while let Some(cause) = current.source() {
        current = cause;
    }
    current.to_string()
}

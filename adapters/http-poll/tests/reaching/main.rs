//! Sources that are reached by TLS with authorities, client certificates and proxies of their own: what works, what the settings may
//! say, and in which words a failure is told.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod certificates;
mod servers;
mod settings;

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, AdapterError, Problems};
use huiliu_http_poll::HttpPollFactory;

use certificates::{Authority, Validity};
use servers::{Wanted, alert, http_proxy, plain, tls};

/// A channel that lists from a port with further settings; `secrets` by name.
fn open(url: &str, settings: &str, secrets: &[(&str, String)]) -> Result<Arc<dyn Adapter>, Problems> {
    let file = format!(
        "[format]\nkind = \"json\"\nrecords = \"payload.list\"\nid = \"record.id\"\n[settings]\npaging = {{ cursor = {{ next = \
         \"answer.next\" }} }}\n[settings.list]\nurl = \"{url}\"\ntimeout_s = 20\n{settings}\n"
    );
    huiliu_conformance::open(&HttpPollFactory::default(), &file, secrets)
}

/// How many records a pull brings, or why it brings none.
async fn pull(port: u16, settings: &str, secrets: &[(&str, String)]) -> Result<usize, AdapterError> {
    let adapter = open(&format!("https://localhost:{port}/list"), settings, secrets).unwrap();
    adapter.pull(None, 10).await.map(|batch| batch.records.len())
}

/// A setting does not fit, and the operator is told so in both languages.
fn told(pulled: Result<usize, AdapterError>, zh: &str, en: &str) {
    let fits =
        matches!(&pulled, Err(AdapterError::Misconfigured { reason }) if reason.contains(zh) && reason.contains(en));
    assert!(fits, "{pulled:?} is not: {zh}, {en}");
}

/// It may work later.
fn passes(pulled: Result<usize, AdapterError>, en: &str) {
    let fits = matches!(&pulled, Err(AdapterError::Transient { reason, .. }) if reason.contains(en));
    assert!(fits, "{pulled:?} is not: {en}");
}

const CA: &str = "[settings.tls]\nca = \"ca\"";
const IDENTITY: &str = "[settings.tls]\nca = \"ca\"\ncertificate = \"certificate\"\nkey = \"key\"";

#[tokio::test]
async fn a_source_with_an_authority_of_its_own_is_reached() {
    let authority = Authority::new();
    let port = tls(authority.server("localhost", Validity::Now), None).await;
    assert_eq!(pull(port, CA, &[("ca", authority.pem())]).await, Ok(1));
    told(pull(port, "", &[]).await, "自建 CA 或自签", "signed by an authority that is not known here");
    let other = [("ca", Authority::new().pem())];
    told(pull(port, CA, &other).await, "[settings.tls] ca", "an authority that is not known here");
    let both = [("ca", format!("{}{}", Authority::new().pem(), authority.pem()))];
    assert_eq!(pull(port, CA, &both).await, Ok(1), "of several authorities each is trusted");
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_is_told_with_its_reason() {
    let authority = Authority::new();
    let secrets = [("ca", authority.pem())];
    for (name, validity, zh, en) in [
        ("localhost", Validity::Past, "已于 2020-01-02 00:00 UTC 过期", "has expired on 2020-01-02"),
        ("localhost", Validity::Future, "从 2090-01-01 00:00 UTC 起才有效", "is valid from 2090-01-01"),
        ("board.example", Validity::Now, "而是给 board.example 的", "not for localhost"),
        ("", Validity::Now, "只写 CN 的旧式证书", "names no host (subjectAltName)"),
    ] {
        let port = tls(authority.server(name, validity), None).await;
        told(pull(port, CA, &secrets).await, zh, en);
    }
    let port = tls(authority.itself("localhost"), None).await;
    told(pull(port, CA, &secrets).await, "把 CA 证书本身当服务器证书用", "a CA certificate as its own");
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_wanted() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let wanted = Wanted { authority: authority.der(), version };
        let port = tls(authority.server("localhost", Validity::Now), Some(wanted)).await;
        let ca = ("ca", authority.pem());
        told(pull(port, CA, std::slice::from_ref(&ca)).await, "要求客户端证书", "asks for a client certificate");
        let shown = |by: &Authority, validity| {
            let (certificate, key) = by.client(validity);
            [ca.clone(), ("certificate", certificate), ("key", key)]
        };
        assert_eq!(pull(port, IDENTITY, &shown(&authority, Validity::Now)).await, Ok(1), "{version:?}");
        let strange = shown(&Authority::new(), Validity::Now);
        told(
            pull(port, IDENTITY, &strange).await,
            "不认我们客户端证书的签发机构",
            "does not know the authority of our client",
        );
        let old = shown(&authority, Validity::Past);
        told(pull(port, IDENTITY, &old).await, "客户端证书已过期", "our client certificate has expired");
    }
}

#[tokio::test]
async fn what_is_no_tls_or_too_old_is_told() {
    told(pull(plain().await, "", &[]).await, "是否应写 http://", "does not speak TLS at this port");
    const PROTOCOL_VERSION: u8 = 70;
    told(pull(alert(PROTOCOL_VERSION).await, "", &[]).await, "TLS 1.0、1.1 或国密", "TLS 1.0 or 1.1 only");
    const UNRECOGNISED_NAME: u8 = 112;
    told(pull(alert(UNRECOGNISED_NAME).await, "", &[]).await, "没有这个主机名的站点", "no site of this name");
}

#[tokio::test]
async fn a_proxy_makes_a_tunnel_or_says_why_not() {
    let authority = Authority::new();
    let port = tls(authority.server("localhost", Validity::Now), None).await;
    let through =
        |proxy: u16, login: &str| format!("{CA}\n[settings.proxy]\nurl = \"http://127.0.0.1:{proxy}\"\n{login}");
    let login = "user = \"proxy_user\"\npassword = \"proxy_password\"";
    let secrets = |password: &str| {
        [("ca", authority.pem()), ("proxy_user", "huiliu".to_owned()), ("proxy_password", password.to_owned())]
    };
    let open_to_all = http_proxy("HTTP/1.1 200 Connection established\r\n\r\n", None).await;
    assert_eq!(pull(port, &through(open_to_all, ""), &secrets("")).await, Ok(1));
    // huiliu:秘密
    let guarded = http_proxy("HTTP/1.0 200 OK\r\nVia: proxy\r\n\r\n", Some("Basic aHVpbGl1OuenmOWvhg==")).await;
    assert_eq!(pull(port, &through(guarded, login), &secrets("秘密")).await, Ok(1));
    let wants_login = ("用户名、密码不对", "wants a login, or user or password is wrong");
    for (settings, password) in [(through(guarded, ""), ""), (through(guarded, login), "wrong")] {
        told(pull(port, &settings, &secrets(password)).await, wants_login.0, wants_login.1);
    }
    let forbidding = http_proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnono", None).await;
    told(
        pull(port, &through(forbidding, ""), &secrets("")).await,
        "在代理上放行",
        "does not allow a connection to localhost",
    );
    let lost = http_proxy("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", None).await;
    passes(pull(port, &through(lost, ""), &secrets("")).await, "does not reach localhost");
    let ssh = http_proxy("SSH-2.0-OpenSSH_9.2\r\n\r\n", None).await;
    told(pull(port, &through(ssh, ""), &secrets("")).await, "不像 HTTP 代理", "does not answer as an HTTP proxy");
    let closed = servers::closed().await;
    passes(pull(port, &through(closed, ""), &secrets("")).await, "cannot be reached");
    let adapter =
        open(&format!("http://localhost:{}/list", plain().await), &through(open_to_all, ""), &secrets("")).unwrap();
    assert_eq!(
        adapter.pull(None, 10).await.unwrap().records.len(),
        1,
        "what is not encrypted goes through the tunnel too"
    );
}

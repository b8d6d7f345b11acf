//! What `[settings.tls]` and `[settings.proxy]` may say, and how what they may not is told.

use super::certificates::{Authority, Validity};
use super::{CA, IDENTITY, open};

/// Exactly one problem, with a part of its sentence in each language.
fn refused(settings: &str, secrets: &[(&str, String)], zh: &str, en: &str) {
    let problems = open("https://localhost/list", settings, secrets).map(drop).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].zh.contains(zh) && problems[0].en.contains(en), "{problems:?}");
    assert!(problems[0].span.start > 0, "it has a place: {problems:?}");
}

#[test]
fn certificates_that_cannot_be_used_are_refused_before_anything_is_called() {
    let authority = Authority::new();
    let (certificate, key) = authority.client(Validity::Now);
    let (_, another_key) = authority.client(Validity::Now);
    let ca = |pem: &str| vec![("ca", pem.to_owned())];
    let all = |certificate: &str, key: &str| {
        vec![("ca", authority.pem()), ("certificate", certificate.to_owned()), ("key", key.to_owned())]
    };
    assert!(open("https://localhost/list", IDENTITY, &all(&certificate, &key)).is_ok());
    refused(
        "[settings.tls]\nca = \"caa\"",
        &ca(&authority.pem()),
        "没有这个密钥；有：ca",
        "no such secret in [secrets]; there are: ca",
    );
    refused(CA, &ca("hello"), "不是 PEM", "not PEM");
    refused(CA, &ca("0\u{2}"), "DER 或 PKCS #12", "convert it to PEM");
    refused(CA, &ca(&key), "写反", "a private key and no certificate");
    let cut: String = authority.pem().chars().take(200).collect();
    refused(CA, &ca(&cut), "截断", "cut off");
    refused(IDENTITY, &all(&key, &certificate), "写反", "exchanged");
    refused(IDENTITY, &all(&certificate, &certificate), "里面是证书，没有私钥", "a certificate and no key");
    refused(IDENTITY, &all(&certificate, &another_key), "不是一对", "does not belong to the certificate");
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    refused(IDENTITY, &all(&certificate, encrypted), "加了口令", "encrypted with a passphrase");
    refused("[settings.tls]\ncertificate = \"certificate\"", &all(&certificate, &key), "缺一不可", "go together");
    refused("[settings.tls]\nkey = \"key\"", &all(&certificate, &key), "缺一不可", "go together");
}

#[test]
fn what_is_missing_away_from_the_gateway_is_no_problem_of_the_tables() {
    let nothing = [("ca", String::new()), ("certificate", String::new()), ("key", String::new())];
    assert!(
        open("https://localhost/list", IDENTITY, &nothing).is_ok(),
        "a missing secret is told where secrets are read"
    );
    let proxy = "[settings.proxy]\nurl = \"{{ secrets.ca }}\"";
    assert!(open("https://localhost/list", proxy, &nothing).is_ok());
}

#[test]
fn a_proxy_is_named_plainly() {
    let proxy = |url: &str, more: &str| format!("[settings.proxy]\nurl = \"{url}\"\n{more}");
    let secrets = [("user", "u".to_owned()), ("password", "p".to_owned())];
    assert!(open("https://localhost/list", &proxy("http://proxy.example:3128", ""), &secrets).is_ok());
    assert!(open("https://localhost/list", &proxy("http://{{ secrets.user }}:3128/", ""), &secrets).is_ok());
    refused(&proxy("http://u:p@proxy.example:3128", ""), &secrets, "不要写用户和密码", "do not belong into the URL");
    refused(&proxy("https://proxy.example:3128", ""), &secrets, "只支持 http:// 代理", "by http:// only");
    refused(&proxy("socks5://proxy.example:1080", ""), &secrets, "只支持 http:// 代理", "by http:// only");
    refused(&proxy("proxy.example", ""), &secrets, "http://主机:端口", "http://host:port");
    refused(&proxy("http://{{ secrets.proxy }}", ""), &secrets, "没有成员 proxy", "secrets has no member proxy");
    refused(&proxy("http://proxy.example:3128", "user = \"user\""), &secrets, "要一起写", "go together");
    let unknown = "user = \"usr\"\npassword = \"password\"";
    refused(&proxy("http://proxy.example:3128", unknown), &secrets, "没有这个密钥", "no such secret");
}

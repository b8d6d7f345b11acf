//! A real server, and Python's mail library as an independent reader of what arrives.

use std::process::Stdio;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::sent::{compile, mail};

const PYTHON: &str = "/usr/bin/python3";

struct Server {
    port: u16,
    ca: String,
    mails: Lines<BufReader<ChildStdout>>,
    _folder: tempfile::TempDir,
    _process: Child,
}

impl Server {
    /// Starts a server; `None` where it is not installed.
    async fn start(security: &str) -> Option<Self> {
        let found = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status().await;
        if !found.is_ok_and(|status| status.success()) {
            not_run("no SMTP server is installed (package python3-aiosmtpd)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (ca, certificate, key) = certificates();
        let (certificate_path, key_path) = (folder.path().join("certificate"), folder.path().join("key"));
        std::fs::write(&certificate_path, certificate).unwrap();
        std::fs::write(&key_path, key).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp/server.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).arg(security).arg(certificate_path).arg(key_path);
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut mails = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = mails.next_line().await.unwrap().unwrap().parse().unwrap();
        Some(Self { port, ca, mails, _folder: folder, _process: process })
    }

    async fn next_mail(&mut self) -> Value {
        serde_json::from_str(&self.mails.next_line().await.unwrap().unwrap()).unwrap()
    }
}

/// An authority, and a certificate for `localhost` with its key.
fn certificates() -> (String, String, String) {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    (authority.pem(), certificate.pem(), key.serialize_pem())
}

/// Says that a test is not run; where everything must run it fails, as tests of the gateway do.
fn not_run(reason: &str) {
    let is_set = |name| std::env::var(name).is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()));
    assert!(!["CI", "HULIU_REQUIRE_ALL"].into_iter().any(is_set), "not run: {reason}, and every test must run");
    eprintln!("not run: {reason}");
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_meant_over_every_kind_of_connection() {
    for security in ["none", "starttls", "tls"] {
        let Some(mut server) = Server::start(security).await else { return };
        let ca = if security == "none" { "" } else { "ca = \"ca\"\n" };
        let settings = format!(
            "host = \"localhost\"\nport = {}\nsecurity = \"{security}\"\n{ca}user = \"gateway\"\npassword = \"password\"",
            server.port
        );
        let accepted = compile(&settings, &server.ca).unwrap().send(&mail()).await.unwrap();
        assert_eq!(accepted.words, "2.0.0 Ok: queued as 4F1");
        let arrived = server.next_mail().await;
        let sent = mail();
        for (member, expected) in [
            ("id", json!("<T-20261126-0001.2@huiliu.example>")),
            ("subject", json!(sent.subject)),
            ("sender", json!("汇流 <gateway@city.example>")),
            ("addressees", json!("张三 <zhang.san@city.example>")),
            ("from", json!("gateway@city.example")),
            ("to", json!(["zhang.san@city.example", "li.si@city.example"])),
            ("authenticated", json!(true)),
            ("ascii", json!(true)),
        ] {
            assert_eq!(arrived[member], expected, "{security} {member}");
        }
        assert_eq!(arrived["encrypted"], json!(security == "starttls"), "{security}");
        assert_eq!(arrived["text"].as_str().unwrap().trim_end().replace("\r\n", "\n"), sent.text, "{security}");
        assert!(arrived["longest"].as_u64().unwrap() <= 998, "{security}: {}", arrived["longest"]);
        for (file, attachment) in arrived["files"].as_array().unwrap().iter().zip(&sent.attachments) {
            assert_eq!(file["name"], json!(attachment.name), "{security}");
        }
        assert_eq!(arrived["files"][0]["type"], "text/csv");
        assert_eq!(arrived["files"][0]["content"], "57yW5Y+3LOWGheWuuQ0KMSzot6/nga8K", "byte by byte, line ends too");
        assert_eq!(arrived["files"][1]["type"], "application/octet-stream");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_certificate_of_nobody_known_are_misconfigured() {
    let Some(server) = Server::start("starttls").await else { return };
    let to = |more: &str| format!("host = \"localhost\"\nport = {}\nsecurity = \"starttls\"\n{more}", server.port);
    for (settings, said) in [
        (to("ca = \"ca\"\nuser = \"gateway\"\npassword = \"wrong\""), "user"),
        (to("user = \"gateway\"\npassword = \"password\""), "ca"),
        (to("ca = \"ca\"").replace("localhost", "127.0.0.1"), "host name"),
    ] {
        let error = compile(&settings, &server.ca).unwrap().send(&mail()).await.unwrap_err();
        assert_eq!(error.kind(), "misconfigured", "{error}");
        assert!(error.to_string().contains(said) && !error.to_string().contains("falsch"), "{error}");
    }
}

//! Who the server is, and who we are.

use std::fs;

use crate::server::Server;

#[tokio::test]
async fn a_host_key_that_is_not_named_is_refused_and_shown() {
    let Some(server) = Server::start().await else { return };
    let client = server.client_with(&format!("key = \"login\"\nhost_key = \"SHA256:{}\"", "A".repeat(43)));
    let error = client.list(".").await.unwrap_err();
    assert_eq!(error.kind(), "misconfigured", "{error}");
    assert!(error.to_string().contains(&format!("ssh-ed25519 {}", server.fingerprint("host_ed25519"))), "{error}");
    let log = fs::read_to_string(server.path("log")).unwrap();
    assert!(!log.contains("Accepted") && !log.contains("Failed"), "no login was tried: {log}");
}

#[tokio::test]
async fn a_key_is_named_by_fingerprint_or_by_a_line_and_the_server_shows_the_kind_that_is_named() {
    let Some(server) = Server::start().await else { return };
    let line = |name: &str| fs::read_to_string(server.path(&format!("{name}.pub"))).unwrap().trim().to_owned();
    let other = format!("SHA256:{}", "A".repeat(43));
    for host_key in [
        format!("\"{}\"", line("host_ed25519")),
        format!("\"[127.0.0.1]:22 {}\"", line("host_ed25519")),
        format!("\"{}\"", line("host_rsa")),
        format!("[\"{other}\", \"{}\"]", server.fingerprint("host_ed25519")),
    ] {
        let client = server.client_with(&format!("key = \"login\"\nhost_key = {host_key}"));
        assert_eq!(client.list(".").await, Ok(Vec::new()), "{host_key}");
    }
}

#[tokio::test]
async fn keys_of_every_kind_log_in() {
    let Some(server) = Server::start().await else { return };
    let host_key = server.fingerprint("host_ed25519");
    for login in ["key = \"login\"", "key = \"login_rsa\"", "key = \"protected\"\npassphrase = \"phrase\""] {
        let client = server.client_with(&format!("{login}\nhost_key = \"{host_key}\""));
        assert_eq!(client.list(".").await, Ok(Vec::new()), "{login}");
    }
}

#[tokio::test]
async fn a_login_that_the_server_refuses_is_misconfigured_and_shows_no_secret() {
    let Some(server) = Server::start().await else { return };
    let host_key = server.fingerprint("host_ed25519");
    for login in ["password = \"wrong\"", "key = \"stranger\""] {
        let client = server.client_with(&format!("{login}\nhost_key = \"{host_key}\""));
        let error = client.list(".").await.unwrap_err();
        assert_eq!(error.kind(), "misconfigured", "{error}");
        assert!(!format!("{error} {client:?}").contains("wrong-password-7"), "{error}");
    }
    let log = fs::read_to_string(server.path("log")).unwrap();
    assert_eq!(log.matches("Failed password").count(), 1, "one attempt for one call: {log}");
}

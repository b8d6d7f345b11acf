//! What servers answer, and what the sender makes of it.

use tokio::net::TcpListener;

use crate::scripted::{Answers, serve};
use crate::sent::{compile, mail, plain_sender};

const HELLO: &str = "220 mail.example ESMTP\r\n";
const LOGIN: Answers =
    &[("EHLO", "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n"), ("AUTH", "535 5.7.8 authentication failed\r\n")];

#[tokio::test]
async fn every_answer_has_the_kind_by_which_it_is_dealt_with_and_shows_no_address() {
    let cases: [(&'static str, Answers, &str, &str); 14] = [
        (
            "220 ok\r\n",
            &[("RCPT", "450 4.2.1 <zhang.san@city.example> mailbox busy\r\n")],
            "transient",
            "z***@city.example",
        ),
        (
            "220 ok\r\n",
            &[("RCPT", "550 5.1.1 <zhang.san@city.example>: User unknown\r\n")],
            "refused",
            "550 5.1.1 <z***@city.example>: User unknown",
        ),
        (
            "220 ok\r\n",
            &[("MAIL", "553 5.7.1 sender gateway@city.example not owned\r\n")],
            "refused",
            "g***@city.example not owned",
        ),
        ("220 ok\r\n", &[("DATA", "451 4.3.0 try later\r\n")], "transient", "try later"),
        ("220 ok\r\n", &[(".", "552 5.3.4 Message too big\r\n")], "refused", "too big"),
        ("220 ok\r\n", &[(".", "554-第一行\r\n554 含有敏感词\r\n")], "refused", "敏感词"),
        ("220 ok\r\n", &[(".", "421 4.3.2 shutting down\r\n")], "transient", "shutting down"),
        ("421 too many connections\r\n", &[], "transient", "too many"),
        ("554 no service for you\r\n", &[], "refused", "no service"),
        ("220 ok\r\n", &[("EHLO", "")], "transient", "connection"),
        ("220 ok\r\n", &[("DATA", "")], "transient", "connection"),
        ("220 ok\r\n", &[(".", "")], "transient", "connection"),
        ("SSH-2.0-OpenSSH_9.2\r\n", &[], "misconfigured", "mail server"),
        ("220 ok\r\n", &[("MAIL", "530 5.7.0 Authentication required\r\n")], "misconfigured", "login"),
    ];
    for (greeting, answers, kind, said) in cases {
        let port = serve(greeting, answers).await;
        let error = plain_sender(port, "").send(&mail()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answers:?}: {error}");
        let text = error.to_string();
        assert!(text.contains(said), "{answers:?}: {text}");
        assert!(!text.contains("zhang.san") && !text.contains("gateway@"), "{text}");
    }
}

#[tokio::test]
async fn a_login_that_is_refused_or_not_offered_is_misconfigured_and_shows_no_password() {
    let login = "user = \"gateway\"\npassword = \"password\"";
    for (answers, said) in [(LOGIN, "535"), (&[] as Answers, "AUTH")] {
        let port = serve(HELLO, answers).await;
        let sender = plain_sender(port, login);
        let error = sender.send(&mail()).await.unwrap_err();
        assert_eq!(error.kind(), "misconfigured", "{error}");
        let text = format!("{error} {sender:?}");
        assert!(!text.contains("geheim-7") && !text.contains("Z2VoZWlt"), "{text}");
        assert!(said.is_empty() || text.to_uppercase().contains(said) || text.contains("authentication"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_offers_no_encryption_gets_nothing() {
    let port = serve(HELLO, &[]).await;
    let sender = compile(&format!("host = \"127.0.0.1\"\nport = {port}\nsecurity = \"starttls\""), "").unwrap();
    let error = sender.send(&mail()).await.unwrap_err();
    assert_eq!(error.kind(), "misconfigured", "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_says_nothing_is_transient() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = plain_sender(port, "timeout_s = 1").send(&mail()).await.unwrap_err();
    assert_eq!(silent.kind(), "transient", "{silent}");
    drop(listener);
    let away = plain_sender(port, "timeout_s = 1").send(&mail()).await.unwrap_err();
    assert_eq!(away.kind(), "transient", "{away}");
}

#[tokio::test]
async fn a_server_that_takes_seven_bits_only_gets_the_mail() {
    let port = serve(
        HELLO,
        &[("EHLO", "250 mail.example\r\n"), (".", "250 2.0.0 queued as 4F1 for zhang.san@city.example\r\n")],
    )
    .await;
    let accepted = plain_sender(port, "hello = \"huiliu.city.example\"").send(&mail()).await.unwrap();
    assert_eq!(accepted.words, "2.0.0 queued as 4F1 for z***@city.example");
}

#[test]
fn settings_that_do_not_fit_say_what() {
    for (settings, said) in [
        ("host = \"mail.example\"\nsecurity = \"none\"", "unencrypted = true"),
        ("host = \"mail.example\"\nsecurity = \"tls\"\nunencrypted = true", "security = \"none\" only"),
        ("host = \"mail.example\"\nsecurity = \"ssl\"", "tls, starttls or none"),
        ("host = \"mail.example\"\nsecurity = \"tls\"\nuser = \"u\"", "go together"),
        (
            "host = \"mail.example\"\nsecurity = \"tls\"\nuser = \"u\"\npassword = \"absent\"",
            "no such secret in [secrets]; there are",
        ),
        ("host = \"mail.example\"\nsecurity = \"tls\"\nca = \"ca\"", "no certificate"),
        ("host = \"mail.example\"\nsecurity = \"tls\"\ntimeout_s = 0", "timeout_s"),
    ] {
        let problems = compile(settings, "no certificate").unwrap_err();
        let all = problems.iter().map(|problem| problem.en.clone()).collect::<String>();
        assert!(all.contains(said), "{settings}: {all}");
    }
    for settings in [
        "host = \"localhost\"\nsecurity = \"none\"",
        "host = \"::1\"\nsecurity = \"none\"",
        "host = \"mail.example\"\nsecurity = \"none\"\nunencrypted = true",
        "host = \"mail.example\"\nsecurity = \"tls\"",
    ] {
        assert!(compile(settings, "").is_ok(), "{settings}");
    }
}

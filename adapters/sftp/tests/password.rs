//! Logins by password. An OpenSSH server that a test starts without being root cannot judge passwords, so another SSH server does;
//! what speaks SFTP behind it is OpenSSH's.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its server cannot be set up")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use huiliu_adapter_api::{Problems, Secrets};
use huiliu_sftp::{SftpClient, SftpSettings};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;
use tokio::process::Command;

const SFTP_SERVER: &str = "/usr/lib/openssh/sftp-server";
const PASSWORD: &str = "正确-7";

/// A server that takes passwords in one way, and may have no SFTP.
struct Server {
    way: MethodKind,
    has_sftp: bool,
    channel: Option<Channel<Msg>>,
}

fn judged(right: bool) -> Auth {
    if right { Auth::Accept } else { Auth::reject() }
}

impl Handler for Server {
    type Error = russh::Error;

    async fn auth_password(&mut self, _user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(judged(self.way == MethodKind::Password && password == PASSWORD))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        Ok(match response {
            Some(mut answers) => judged(answers.next().is_some_and(|answer| *answer == *PASSWORD.as_bytes())),
            None => Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("口令：".into(), false)].into(),
            },
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channel = Some(channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if !self.has_sftp {
            return session.channel_failure(id);
        }
        session.channel_success(id)?;
        let mut stream = self.channel.take().unwrap().into_stream();
        let mut sftp = Command::new(SFTP_SERVER);
        let mut sftp = sftp.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        tokio::spawn(async move {
            let mut both = tokio::io::join(sftp.stdout.take().unwrap(), sftp.stdin.take().unwrap());
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut both).await;
            let _ = sftp.wait().await;
        });
        Ok(())
    }
}

/// A server for one connection, and a client of it.
async fn client_of(way: MethodKind, has_sftp: bool, password: &str) -> SftpClient {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let fingerprint = key.public_key().fingerprint(HashAlg::Sha256);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Config {
        keys: vec![key],
        methods: MethodSet::from(&[way][..]),
        auth_rejection_time: std::time::Duration::ZERO,
        ..Config::default()
    };
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let running = run_stream(Arc::new(config), stream, Server { way, has_sftp, channel: None }).await;
        if let Ok(running) = running {
            let _ = running.await;
        }
    });
    let text = format!(
        "host = \"127.0.0.1\"\nport = {port}\nuser = \"u\"\npassword = \"password\"\nhost_key = \"{fingerprint}\""
    );
    let read: SftpSettings = toml::from_str(&text).unwrap();
    let secrets = Secrets::new(BTreeMap::from([("password".to_owned(), password.to_owned())]));
    let mut problems = Problems::new();
    read.compile(&secrets, &(0..text.len()), &mut problems).unwrap_or_else(|| panic!("{problems:?}"))
}

#[tokio::test]
async fn a_password_logs_in_as_such_and_in_a_dialog() {
    if !Path::new(SFTP_SERVER).exists() {
        let is_set = |name| std::env::var(name).is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()));
        assert!(!["CI", "HULIU_REQUIRE_ALL"].into_iter().any(is_set), "not run: no OpenSSH server is installed");
        eprintln!("not run: no OpenSSH server is installed (package openssh-server)");
        return;
    }
    for way in [MethodKind::Password, MethodKind::KeyboardInteractive] {
        let root = client_of(way, true, PASSWORD).await.look_at("/").await;
        assert!(root.as_ref().is_ok_and(Option::is_some), "{way:?}: {root:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_login_without_sftp_are_told_apart() {
    for way in [MethodKind::Password, MethodKind::KeyboardInteractive] {
        let error = client_of(way, true, "错误-7").await.list("/").await.unwrap_err();
        assert_eq!(error.kind(), "misconfigured", "{error}");
        assert!(error.to_string().contains("password") && !error.to_string().contains("错误-7"), "{error}");
    }
    let error = client_of(MethodKind::Password, false, PASSWORD).await.list("/").await.unwrap_err();
    assert_eq!(error.kind(), "misconfigured", "{error}");
    assert!(error.to_string().contains("offers no SFTP"), "{error}");
}

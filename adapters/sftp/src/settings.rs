//! The settings of an SFTP server, and the client that they become.

use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;

use huiliu_adapter_api::{Problems, Secrets, SettingsProblem, SpannedText};

use crate::host_key::HostKeys;
use crate::link::Server;
use crate::login::{Login, read_key};
use crate::{MAX_TIMEOUT_S, SftpClient};

/// The port of SSH.
const PORT: u16 = 22;
/// Wait for one answer of the server where the settings say nothing, in seconds.
const TIMEOUT_S: u64 = 30;

/// An SFTP server and how to log in there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SftpSettings {
    /// Its name or address.
    host: SpannedText,
    /// Its port; default 22.
    port: Option<u16>,
    /// The user who logs in.
    user: SpannedText,
    /// Name of the secret with the user's password; either this or `key`.
    password: Option<SpannedText>,
    /// Name of the secret with a private key.
    key: Option<SpannedText>,
    /// Name of the secret with the passphrase of the private key.
    passphrase: Option<SpannedText>,
    /// The server's key or keys: each `SHA256:…` or a line of `known_hosts`. Several while the server changes its key.
    host_key: OneOrMore,
    /// Longest wait for one answer of the server, in seconds, 1 to 120; default 30.
    timeout_s: Option<u64>,
    /// Also SHA-1 and other algorithms that servers of before 2015 need.
    #[serde(default)]
    old_algorithms: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl SftpSettings {
    /// The client that these settings describe; what is wrong with them goes to `problems`. `span` is the place of the whole table.
    /// Nothing is connected yet.
    pub fn compile(&self, secrets: &Secrets, span: &Range<usize>, problems: &mut Problems) -> Option<SftpClient> {
        let before = problems.len();
        let texts = match &self.host_key {
            OneOrMore::One(text) => std::slice::from_ref(text),
            OneOrMore::More(texts) => texts,
        };
        let host_keys = HostKeys::read(texts, span, problems);
        let login = self.login(secrets, span, problems);
        let timeout_s = self.timeout_s.unwrap_or(TIMEOUT_S);
        if !(1..=MAX_TIMEOUT_S).contains(&timeout_s) {
            problems.push(SettingsProblem::new(
                span.clone(),
                format!("timeout_s 应为 1 至 {MAX_TIMEOUT_S}"),
                format!("timeout_s must be 1 to {MAX_TIMEOUT_S}"),
            ));
        }
        let login = login.filter(|_| problems.len() == before)?;
        Some(SftpClient::new(Server {
            host: self.host.get_ref().clone(),
            port: self.port.unwrap_or(PORT),
            user: self.user.get_ref().clone(),
            login,
            host_keys,
            timeout: Duration::from_secs(timeout_s),
            old_algorithms: self.old_algorithms,
        }))
    }

    fn login(&self, secrets: &Secrets, span: &Range<usize>, problems: &mut Problems) -> Option<Login> {
        if let Some(passphrase) = self.passphrase.as_ref().filter(|_| self.key.is_none()) {
            problems.push(SettingsProblem::new(
                passphrase.span(),
                "passphrase 只与 key 合用；登录密码请写 password",
                "passphrase goes with key only; the password of the login is password",
            ));
        }
        match (&self.password, &self.key) {
            (Some(password), None) => Some(Login::Password(secrets.named(password, problems)?.to_owned())),
            (None, Some(key)) => read_key(key, self.passphrase.as_ref(), secrets, problems),
            _ => {
                problems.push(SettingsProblem::new(
                    span.clone(),
                    "password 和 key 应写其中一个",
                    "either password or key has to be there, and not both",
                ));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn compile(settings: &str) -> Result<SftpClient, Problems> {
        let secrets = Secrets::new(BTreeMap::from([
            ("password".to_owned(), "geheim-7".to_owned()),
            ("public".to_owned(), "ssh-ed25519 AAAA me".to_owned()),
            (
                "damaged".to_owned(),
                "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n".to_owned(),
            ),
        ]));
        let read: SftpSettings = toml::from_str(&format!("host = \"h\"\nuser = \"u\"\n{settings}")).unwrap();
        let mut problems = Problems::new();
        read.compile(&secrets, &(0..1), &mut problems).ok_or(problems)
    }

    #[test]
    fn settings_that_do_not_fit_say_what_and_show_no_secret() {
        let pin = format!("host_key = \"SHA256:{}\"", "A".repeat(43));
        for (settings, said) in [
            ("", "either password or key"),
            ("password = \"password\"\nkey = \"public\"", "either password or key"),
            ("password = \"absent\"", "no such secret in [secrets]"),
            ("key = \"public\"", "public key"),
            ("key = \"damaged\"", "cannot be read"),
            ("key = \"password\"", "cannot be read"),
            ("password = \"password\"\npassphrase = \"password\"", "passphrase goes with key"),
            ("password = \"password\"\ntimeout_s = 0", "timeout_s"),
            ("password = \"password\"\ntimeout_s = 121", "timeout_s"),
        ] {
            let problems = compile(&format!("{settings}\n{pin}")).unwrap_err();
            let all = problems.iter().map(|problem| problem.en.clone()).collect::<String>();
            assert!(all.contains(said) && !all.contains("geheim"), "{settings}: {all}");
        }
        let client = compile(&format!("password = \"password\"\n{pin}")).unwrap();
        assert!(!format!("{client:?}").contains("geheim"), "{client:?}");
        assert_eq!(compile("password = \"password\"\nhost_key = []").unwrap_err().len(), 1);
    }
}

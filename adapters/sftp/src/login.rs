//! How the gateway shows who it is.

use std::sync::Arc;

use huiliu_adapter_api::{Problems, Secrets, SettingsProblem, SpannedText};
use russh::keys::{Error as KeyError, PrivateKey, decode_secret_key};

/// A login. Its `Debug` shows its kind only.
#[derive(Clone)]
pub(crate) enum Login {
    /// A password; asked for as such or in a dialog (keyboard-interactive), as PAM servers do.
    Password(String),
    /// A private key.
    Key(Arc<PrivateKey>),
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password",
            Self::Key(_) => "Key",
        })
    }
}

/// Reads a private key: OpenSSH, PKCS#1, PKCS#8, SEC 1 or PuTTY.
pub(crate) fn read_key(
    key: &SpannedText,
    passphrase: Option<&SpannedText>,
    secrets: &Secrets,
    problems: &mut Problems,
) -> Option<Login> {
    let text = secrets.named(key, problems)?;
    let phrase = match passphrase {
        Some(name) => Some(secrets.named(name, problems)?),
        None => None,
    };
    match decode_secret_key(text, phrase) {
        Ok(key) => Some(Login::Key(Arc::new(key))),
        Err(error) => {
            let (zh, en) = explain(&error, text, phrase.is_some());
            problems.push(SettingsProblem::new(key.span(), zh, en));
            None
        }
    }
}

/// What is wrong with a key; nothing of its content.
fn explain(error: &KeyError, text: &str, phrase: bool) -> (&'static str, &'static str) {
    match error {
        KeyError::KeyIsEncrypted => {
            ("私钥加了口令：请写 passphrase", "the private key is protected by a passphrase: name it in passphrase")
        }
        _ if phrase => (
            "私钥读不了：口令不对，或文件损坏",
            "the private key cannot be read: the passphrase is wrong, or the file is damaged",
        ),
        _ if text.trim_start().starts_with("ssh-") || text.trim_start().starts_with("ecdsa-") => (
            "这是公钥：key 要写私钥（通常是不带 .pub 的那个文件）",
            "this is the public key: key needs the private one (commonly the file without .pub)",
        ),
        _ => (
            "私钥读不了：应为 OpenSSH、PEM 或 PuTTY 格式的整个文件",
            "the private key cannot be read: it must be a whole file in the format of OpenSSH, PEM or PuTTY",
        ),
    }
}

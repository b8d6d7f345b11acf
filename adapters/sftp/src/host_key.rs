//! By which keys a server is known.

use std::ops::Range;

use huiliu_adapter_api::{Problems, SettingsProblem};
use russh::keys::{Algorithm, HashAlg, PublicKey};

/// Keys that a server may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostKeys(Vec<Pin>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pin {
    /// By its fingerprint, as OpenSSH writes it: `SHA256:…`.
    Fingerprint(String),
    /// Whole.
    Key(Box<PublicKey>),
}

impl HostKeys {
    /// Keys as settings name them: `SHA256:…`, a line of `known_hosts`, or what `ssh-keyscan` prints. Of a line only the key counts: which
    /// host it is for says the setting `host`.
    pub(crate) fn read(texts: &[String], span: &Range<usize>, problems: &mut Problems) -> Self {
        if texts.is_empty() {
            problems.push(SettingsProblem::new(
                span.clone(),
                "host_key 不能为空：请向对方索取主机密钥指纹，或用 ssh-keyscan 取得后与对方核对",
                "host_key must not be empty: ask the source for the fingerprint of its host key, or get it by ssh-keyscan and compare it with them",
            ));
        }
        let pins = texts.iter().filter_map(|text| {
            let pin = Pin::read(text);
            if pin.is_none() {
                problems.push(SettingsProblem::new(
                    span.clone(),
                    "host_key 应为 SHA256:… 指纹，或 known_hosts 的一行（MD5 指纹不可用）",
                    "host_key must be a fingerprint SHA256:… or a line of known_hosts; MD5 fingerprints do not count",
                ));
            }
            pin
        });
        Self(pins.collect())
    }

    /// Whether `key` is one of them.
    pub(crate) fn know(&self, key: &PublicKey) -> bool {
        let fingerprint = fingerprint(key);
        self.0.iter().any(|pin| match pin {
            Pin::Fingerprint(known) => *known == fingerprint,
            Pin::Key(known) => known.key_data() == key.key_data(),
        })
    }

    /// Whether one of them is known to be of this kind.
    pub(crate) fn name_kind(&self, kind: &Algorithm) -> bool {
        self.0.iter().any(|pin| match pin {
            Pin::Fingerprint(_) => false,
            Pin::Key(known) => known.algorithm() == *kind || (known.algorithm().is_rsa() && kind.clone().is_rsa()),
        })
    }
}

impl Pin {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(digest) = text.strip_prefix("SHA256:") {
            let digest = digest.trim_end_matches('=');
            let plain =
                digest.len() == 43 && digest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
            return plain.then(|| Self::Fingerprint(format!("SHA256:{digest}")));
        }
        // Markers such as @revoked and @cert-authority mean something else than "this key".
        if text.starts_with('@') {
            return None;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let place = words.iter().position(|word| word.starts_with("ssh-") || word.starts_with("ecdsa-"))?;
        let (algorithm, key) = (words.get(place)?, words.get(place + 1)?);
        let key = PublicKey::from_openssh(&format!("{algorithm} {key}")).ok()?;
        Some(Self::Key(Box::new(key)))
    }
}

/// A key's fingerprint as OpenSSH writes it.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    fn read(text: &str) -> Result<HostKeys, Problems> {
        let mut problems = Problems::new();
        let keys = HostKeys::read(&[text.to_owned()], &(0..1), &mut problems);
        if problems.is_empty() { Ok(keys) } else { Err(problems) }
    }

    #[test]
    fn a_key_is_known_in_every_way_in_which_it_is_written() {
        // The key of github.com, and the fingerprint that GitHub publishes.
        let github = PublicKey::from_openssh(&format!("ssh-ed25519 {KEY}")).unwrap();
        let published = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
        assert_eq!(fingerprint(&github), published);
        for text in [
            published.to_owned(),
            format!("{published}="),
            format!("ssh-ed25519 {KEY}"),
            format!("ssh-ed25519 {KEY} root@host"),
            format!("github.com,140.82.121.4 ssh-ed25519 {KEY}"),
            format!("[sftp.city.gov.cn]:2222 ssh-ed25519 {KEY}"),
            format!("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 {KEY}\n"),
        ] {
            assert!(read(&text).unwrap().know(&github), "{text}");
        }
        let other = format!("SHA256:{}", "A".repeat(43));
        assert!(!read(&other).unwrap().know(&github));
    }

    #[test]
    fn what_names_no_key_is_a_problem_of_the_settings() {
        for text in [
            "",
            "SHA256:short",
            "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            &format!("@revoked * ssh-ed25519 {KEY}"),
        ] {
            assert_eq!(read(text).unwrap_err().len(), 1, "{text}");
        }
        let mut problems = Problems::new();
        assert_eq!(HostKeys::read(&[], &(0..1), &mut problems), HostKeys(Vec::new()));
        assert_eq!(problems.len(), 1, "nobody may be trusted by forgetting to say whom");
    }
}

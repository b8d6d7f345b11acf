//! The key ring: which keys seal and hash.
//!
//! A key file has one line per key: `hash BASE64` once, and `1 BASE64`, `2 BASE64` … for sealing. The highest number seals;
//! all open. Rotation adds a line; `huiliu keys rotate` does that and seals old rows again. The hash key never changes,
//! because equality of telephone numbers over years depends on it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use huiliu_adapter_api::wording::of_system;
use ring::rand::{SecureRandom, SystemRandom};

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("key file {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A line is not `hash BASE64` or `NUMBER BASE64` with 32 bytes.
    #[error(
        "key file line {line}: expected `hash BASE64` or `NUMBER BASE64` with 32 bytes; make a new one with `huiliu keys new`"
    )]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// The hash key or every sealing key is missing.
    #[error("the key file needs one `hash` line and at least one numbered line; make a new one with `huiliu keys new`")]
    Missing,
    /// The machine gave no random numbers.
    #[error("no random numbers")]
    Random,
}

impl KeyError {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::File { path, source } => format!("密钥文件 {path} 用不了{}", of_system(source)),
            Self::Line { line } => format!(
                "密钥文件第 {line} 行有误：应为 hash BASE64 或 数字 BASE64，各 32 字节；可用 huiliu keys new 新建"
            ),
            Self::Missing => "密钥文件里要有一行 hash 和至少一行带数字的密钥；可用 huiliu keys new 新建".to_owned(),
            Self::Random => "本机取不到随机数".to_owned(),
        }
    }
}

/// All keys.
#[derive(Clone)]
pub struct KeyRing {
    pub(super) hash: [u8; 32],
    pub(super) sealing: BTreeMap<u16, [u8; 32]>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("sealing", &self.sealing.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Fresh keys.
    ///
    /// # Errors
    /// The machine gave no random numbers.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self { hash: random_key()?, sealing: BTreeMap::from([(1, random_key()?)]) })
    }

    /// Reads a key ring from its text.
    ///
    /// # Errors
    /// A bad line, or a missing key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut hash = None;
        let mut sealing = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = || KeyError::Line { line: index + 1 };
            let (name, encoded) = line.split_once(char::is_whitespace).ok_or_else(bad)?;
            let key = decode(encoded.trim()).ok_or_else(bad)?;
            match name {
                "hash" => hash = Some(key),
                number => drop(sealing.insert(number.parse().map_err(|_error| bad())?, key)),
            }
        }
        match hash {
            Some(hash) if !sealing.is_empty() => Ok(Self { hash, sealing }),
            _ => Err(KeyError::Missing),
        }
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// As [`KeyRing::parse`], or the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeyError::File { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }

    /// Writes a key file that only its owner may read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let failed = |source| KeyError::File { path: path.display().to_string(), source };
        let temporary = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(failed)?;
        file.write_all(self.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&temporary, path).map_err(failed)
    }

    /// A copy with one more sealing key, which is then the current one.
    ///
    /// # Errors
    /// The machine gave no random numbers.
    pub fn rotated(&self) -> Result<Self, KeyError> {
        let next = self.sealing.keys().next_back().map_or(1, |number| number + 1);
        let mut ring = self.clone();
        ring.sealing.insert(next, random_key()?);
        Ok(ring)
    }

    fn to_text(&self) -> String {
        let mut text = String::from("# Huiliu keys. Keep this file as safe as the data, and apart from it.\n");
        text.push_str(&format!("hash {}\n", encode(&self.hash)));
        for (number, key) in &self.sealing {
            text.push_str(&format!("{number} {}\n", encode(key)));
        }
        text
    }
}

fn random_key() -> Result<[u8; 32], KeyError> {
    let mut key = [0; 32];
    SystemRandom::new().fill(&mut key).map_err(|_unspecified| KeyError::Random)?;
    Ok(key)
}

fn encode(key: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(key)
}

fn decode(text: &str) -> Option<[u8; 32]> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let ring = KeyRing::generate().unwrap().rotated().unwrap();
        ring.write(&path).unwrap();
        let read = KeyRing::read(&path).unwrap();
        assert_eq!((read.hash, read.sealing), (ring.hash, ring.sealing));
    }

    #[test]
    fn bad_key_files_say_which_line() {
        assert!(matches!(KeyRing::parse("hash xyz"), Err(KeyError::Line { line: 1 })));
        assert!(matches!(KeyRing::parse("# nothing"), Err(KeyError::Missing)));
    }
}

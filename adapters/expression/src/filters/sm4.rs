//! SM4 (GB/T 32907-2016) with the padding of PKCS #7: ECB as legacy systems use it, CBC where there is an initial vector. ECB shows
//! which blocks are equal: it protects a password on its way, no long texts.

use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};

use super::signing::unhex;
use crate::Fault;

const BLOCK: usize = 16;

/// A key, with the initial vector of CBC.
pub(super) struct Key {
    cipher: Sm4,
    iv: Option<[u8; BLOCK]>,
}

impl Key {
    /// Reads a key and an initial vector: 16 bytes as text, or 32 hexadecimal digits.
    pub(super) fn read(key: &str, iv: Option<&str>) -> Result<Self, Fault> {
        Ok(Self { cipher: Sm4::new(&block(key)?.into()), iv: iv.map(block).transpose()? })
    }

    pub(super) fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        let padding = BLOCK - plain.len() % BLOCK;
        let mut bytes = plain.to_vec();
        bytes.extend(std::iter::repeat_n(u8::try_from(padding).unwrap_or_default(), padding));
        let mut before = self.iv;
        for chunk in bytes.chunks_exact_mut(BLOCK) {
            let mut block = xor(chunk, before);
            self.cipher.encrypt_block((&mut block).into());
            chunk.copy_from_slice(&block);
            before = before.map(|_| block);
        }
        bytes
    }

    pub(super) fn decrypt(&self, bytes: &[u8]) -> Result<String, Fault> {
        let wrong =
            || Fault::new("SM4 解不开：密钥、iv 或写法不对", "SM4 cannot be decrypted: key, iv or form is wrong");
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) {
            return Err(wrong());
        }
        let (mut plain, mut before) = (Vec::with_capacity(bytes.len()), self.iv);
        for chunk in bytes.chunks_exact(BLOCK) {
            let sealed = xor(chunk, None);
            let mut block = sealed;
            self.cipher.decrypt_block((&mut block).into());
            plain.extend(xor(&block, before));
            before = before.map(|_| sealed);
        }
        let padding = plain.last().map_or(0, |last| usize::from(*last));
        if !(1..=BLOCK).contains(&padding)
            || !plain.ends_with(&vec![u8::try_from(padding).unwrap_or_default(); padding])
        {
            return Err(wrong());
        }
        plain.truncate(plain.len() - padding);
        String::from_utf8(plain).map_err(|_not_text| wrong())
    }
}

fn xor(block: &[u8], with: Option<[u8; BLOCK]>) -> [u8; BLOCK] {
    let mut out = with.unwrap_or_default();
    out.iter_mut().zip(block).for_each(|(out, byte)| *out ^= byte);
    out
}

fn block(text: &str) -> Result<[u8; BLOCK], Fault> {
    let bytes = if text.len() == 2 * BLOCK { unhex(text) } else { Some(text.as_bytes().to_vec()) };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Fault::new(
            "SM4 的密钥和 iv 应为 16 个字节，或 32 位十六进制",
            "key and iv of SM4 are 16 bytes, or 32 hexadecimal digits",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdeffedcba9876543210";

    #[test]
    fn the_example_of_the_standard() {
        // GB/T 32907-2016, A.1: one block, and itself as the key; behind it a block of padding.
        let key = Key::read(KEY, None).unwrap();
        let plain = unhex(KEY).unwrap();
        let sealed = key.encrypt(&plain);
        assert_eq!(sealed.get(..16), unhex("681edf34d206965e86b3e94f536e4246").as_deref());
        assert_eq!(sealed.len(), 32);
    }

    #[test]
    fn both_modes_go_there_and_back() {
        for iv in [None, Some("0000000000000001")] {
            let key = Key::read(KEY, iv).unwrap();
            for text in ["路", "1380000111113800", "1380000111113800138000011111380"] {
                assert_eq!(key.decrypt(&key.encrypt(text.as_bytes())).unwrap(), text);
            }
        }
        assert!(Key::read("short", None).is_err());
        assert!(Key::read(KEY, None).unwrap().decrypt(&[0; 16]).is_err());
    }
}

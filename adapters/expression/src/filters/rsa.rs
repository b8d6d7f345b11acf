//! RSA signatures (PKCS #1 v1.5 with SHA-256) by `ring`, which takes keys from 2,048 bits on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::Fault;

/// Signs with a key: PEM, or its content in base64 alone, PKCS #8 or PKCS #1.
pub(super) fn sign(bytes: &[u8], key: &str) -> Result<Vec<u8>, Fault> {
    let pair = read(key)?;
    let mut signature = vec![0; pair.public().modulus_len()];
    // The randomness only hides how long it takes: the signature is always the same.
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
        .map_err(|_unspecified| Fault::new("RSA 签名失败", "the RSA signature failed"))?;
    Ok(signature)
}

fn read(key: &str) -> Result<RsaKeyPair, Fault> {
    let inner = key.lines().filter(|line| !line.starts_with("-----")).flat_map(str::split_whitespace);
    let der = STANDARD.decode(inner.collect::<String>()).unwrap_or_default();
    let read =
        RsaKeyPair::from_pkcs8(&der).or_else(|rejected| RsaKeyPair::from_der(&der).map_err(|_as_pkcs1| rejected));
    read.map_err(|rejected| {
        Fault::new(
            format!("RSA 私钥不能用（{rejected}）：应为 PKCS#8 或 PKCS#1 的 PEM 或 Base64，不带口令，至少 2048 位"),
            format!("the RSA key cannot be used ({rejected}): PKCS #8 or #1 as PEM or base64, without a passphrase, of at least 2048 bits"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `abc`, by OpenSSL with the same key.
    const SIGNED: &str = "GVH3q0q6o3xzcGQDyaHQJG/ROIANyk1RT3K8Jaqcu0dTIJmV7jy9262A0P1tTngTqZnU4BvtJo4dD3jpVPlJ4AyqyukY3LB5djCQhxsIzOx7dtWtF3ORLuuvd4qnXkQKgtgzmbaIZjhAlQeeEuvShVcfM4H+p2QhOBmNxNLfuASJg6ZxGwUBKp71Pnvx3uv9tuSr2yxKqihyILaA94Oj9LiA/KXpZJ4X4Yu+64d9/UWCDEYSTBrsWP18nYDV5h3nXNef82ccSJ9TDIFJSPt+mGpupqmILwqWkNw/hsx/Khoi4DxO+w8RWxYy/+n0+FYngcSx/svNaafXGsK5WoutrA==";

    #[test]
    fn a_signature_is_that_of_openssl_however_the_key_is_written() {
        let pkcs8 = include_str!("rsa/test-key.pem");
        let bare: String = pkcs8.lines().filter(|line| !line.starts_with('-')).collect();
        for key in [pkcs8, include_str!("rsa/test-key-pkcs1.pem"), &bare] {
            assert_eq!(STANDARD.encode(sign(b"abc", key).unwrap()), SIGNED);
        }
        assert!(sign(b"abc", "-----BEGIN PRIVATE KEY-----\nAAAA\n").unwrap_err().en.contains("2048"));
    }
}

//! Certificates and keys as PEM text: read, and what is wrong with them said in plain words.

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Why PEM text cannot be used. The texts hold nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemFault {
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl PemFault {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// The two parts by which a client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityPart {
    /// The certificate, with what signed it.
    Certificate,
    /// Its key.
    Key,
}

/// A client's certificate chain with its key.
pub type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The certificates of authorities to trust.
///
/// # Errors
/// There is none in the text, or it is damaged.
pub fn read_authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let certificates = read_certificates(pem)?;
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| {
            PemFault::new(
                format!("其中的证书读不了\n原文：{error}"),
                format!("a certificate in it cannot be read: {error}"),
            )
        })?;
    }
    Ok(certificates)
}

/// A client certificate and its key.
///
/// # Errors
/// Which of the two cannot be used, and why: damaged, not PEM, the other one, encrypted, not belonging together.
pub fn read_identity(certificate: &[u8], key: &[u8]) -> Result<Identity, (IdentityPart, PemFault)> {
    let chain = read_certificates(certificate).map_err(|fault| (IdentityPart::Certificate, fault))?;
    let key = read_key(key).map_err(|fault| (IdentityPart::Key, fault))?;
    let provider = rustls::crypto::ring::default_provider();
    match CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider) {
        Ok(_fits) => Ok((chain, key)),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let en = "the key does not belong to the certificate";
            Err((IdentityPart::Key, PemFault::new("私钥与证书不是一对", en)))
        }
        Err(error) => {
            let (zh, en) =
                (format!("私钥或证书不能用\n原文：{error}"), format!("key or certificate cannot be used: {error}"));
            Err((IdentityPart::Key, PemFault::new(zh, en)))
        }
    }
}

fn read_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let found: Result<Vec<_>, Error> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(Error::NoItemsFound) if has(pem, "PRIVATE KEY-----") => {
            let en = "it holds a private key and no certificate: are certificate and key exchanged?";
            Err(PemFault::new("里面是私钥，没有证书：证书和私钥是否写反了？", en))
        }
        Ok(_) | Err(Error::NoItemsFound) => Err(not_pem(pem, "证书", "certificate", "CERTIFICATE")),
        Err(error) => Err(damaged(&error)),
    }
}

fn read_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, PemFault> {
    if has(pem, "BEGIN ENCRYPTED PRIVATE KEY") || has(pem, "Proc-Type: 4,ENCRYPTED") {
        return Err(PemFault::new(
            "私钥加了口令。请去掉口令并限制文件权限：openssl pkey -in 原文件 -out 新文件",
            "the key is encrypted with a passphrase; remove it and protect the file instead: openssl pkey -in OLD -out NEW",
        ));
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(Error::NoItemsFound) if has(pem, "BEGIN CERTIFICATE") => {
            let en = "it holds a certificate and no key: are certificate and key exchanged?";
            Err(PemFault::new("里面是证书，没有私钥：证书和私钥是否写反了？", en))
        }
        Err(Error::NoItemsFound) => Err(not_pem(pem, "私钥", "key", "PRIVATE KEY")),
        Err(error) => Err(damaged(&error)),
    }
}

fn not_pem(pem: &[u8], zh: &str, en: &str, label: &str) -> PemFault {
    // DER begins with a sequence of more than 127 bytes; a PKCS #12 file does too.
    let (zh_kind, en_kind) = if pem.first() == Some(&0x30) {
        (
            "像是 DER 或 PKCS #12（.der、.p12、.pfx），请用 openssl 转成 PEM",
            "it looks like DER or PKCS #12 (.der, .p12, .pfx); convert it to PEM with openssl",
        )
    } else if pem.iter().all(u8::is_ascii_whitespace) {
        ("是空的", "it is empty")
    } else {
        ("不是 PEM", "it is not PEM")
    };
    PemFault::new(
        format!("里面没有{zh}（-----BEGIN {label}-----）：{zh_kind}"),
        format!("there is no {en} in it (-----BEGIN {label}-----): {en_kind}"),
    )
}

fn damaged(error: &Error) -> PemFault {
    let (zh, en) = match error {
        Error::MissingSectionEnd { .. } => (
            "没有结尾的 -----END …----- 行，文件是否被截断？",
            "a line -----END …----- is missing: is the file cut off?",
        ),
        Error::IllegalSectionStart { .. } => ("-----BEGIN 行写得不对", "a line -----BEGIN is malformed"),
        _ => ("编码损坏", "its encoding is damaged"),
    };
    PemFault::new(format!("PEM 有损坏：{zh}"), format!("the PEM is damaged: {en}"))
}

fn has(pem: &[u8], text: &str) -> bool {
    pem.windows(text.len()).any(|window| window == text.as_bytes())
}

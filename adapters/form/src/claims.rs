//! What the city's own program says of who uses it: a signed token (JWT, RFC 7519, in its compact form). The algorithm is the channel's, never
//! the token's.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use huiliu_adapter_api::{Claim, Opening, Problems, SettingsProblem, SpannedText};
use jiff::Timestamp;
use ring::{hmac, signature};
use serde::Deserialize;
use serde_json::Value;

/// Longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 4_096;
/// Longest time for which a token may hold, in seconds: one that never ends is as good as a password.
const MAX_LIFE_S: i64 = 24 * 3_600;
/// By how much the program's clock may be wrong, in seconds.
const LEEWAY_S: i64 = 60;
/// Longest account, name or number, in characters.
const MAX_CHARS: usize = 200;
/// Shortest secret of HS256, in bytes (RFC 7518, 3.2).
const MIN_SECRET_BYTES: usize = 32;
/// What stands before the 65 bytes of a P-256 public key in its usual form (RFC 5480).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// `[settings.claims]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimSettings {
    /// Name of the key in `[secrets]`: the shared secret of HS256, at least 32 bytes, or the public key of ES256 as PEM.
    key: SpannedText,
    /// `HS256` or `ES256`.
    algorithm: SpannedText,
    /// What `aud` has to be; default: whatever it is.
    audience: Option<String>,
}

/// Checks claims.
pub(crate) struct Claims {
    key: Key,
    audience: Option<String>,
    /// What is wrong with the key.
    pub remarks: Problems,
}

enum Key {
    /// Nobody can sign.
    None,
    Shared(hmac::Key),
    Public(Vec<u8>),
}

/// Why a claim is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotBelieved {
    /// It is not signed with the key, by the algorithm of the channel.
    Forged,
    /// Its time is over, has not begun, or would never end.
    Time,
    /// It is for somebody else, or names no account.
    Content,
}

impl NotBelieved {
    pub(crate) fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Forged => ("登录凭证无效，请从小程序重新进入", "the claim is not signed as this form demands"),
            Self::Time => (
                "登录凭证已过期，请从小程序重新进入",
                "the claim is too old, too new or holds too long: exp is needed, at most 24 hours from now",
            ),
            Self::Content => ("登录凭证里没有用户", "the claim names no account (sub), or is for somebody else (aud)"),
        }
    }
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    /// Extensions that have to be understood: none is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Content {
    sub: Option<String>,
    exp: Option<i64>,
    nbf: Option<i64>,
    aud: Option<Value>,
    name: Option<String>,
    phone_number: Option<String>,
    /// Whether who signs has made sure of the number; none: nothing is said of it.
    phone_number_verified: Option<Value>,
}

impl Claims {
    pub(crate) fn compile(read: &ClaimSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        let secret = opening.secrets.named(&read.key, problems)?;
        let mut remarks = Problems::new();
        let mut remark = |zh: &str, en: &str| {
            remarks.push(SettingsProblem::new(read.key.span(), zh, en));
            Key::None
        };
        let key = match read.algorithm.get_ref().as_str() {
            "HS256" if secret.len() < MIN_SECRET_BYTES => remark(
                "HS256 的密钥至少 32 字节，现在谁的登录凭证都不认",
                "the secret of HS256 has at least 32 bytes; until then no claim is believed",
            ),
            "HS256" => Key::Shared(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
            "ES256" => public_key(secret).map(Key::Public).unwrap_or_else(|| {
                remark(
                    "ES256 的公钥应为 P-256 的 PEM（-----BEGIN PUBLIC KEY-----），现在谁的登录凭证都不认",
                    "the key of ES256 is a public key of P-256 as PEM (-----BEGIN PUBLIC KEY-----); until then no claim is believed",
                )
            }),
            _ => {
                let (zh, en) = ("algorithm 应为 HS256 或 ES256", "algorithm must be HS256 or ES256");
                problems.push(SettingsProblem::new(read.algorithm.span(), zh, en));
                return None;
            }
        };
        Some(Self { key, audience: read.audience.clone(), remarks })
    }

    /// Who is meant.
    pub(crate) fn check(&self, token: &str, now: Timestamp) -> Result<Claim, NotBelieved> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(NotBelieved::Forged);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(NotBelieved::Forged)?;
        let (head, content) = signed.split_once('.').ok_or(NotBelieved::Forged)?;
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_no_base64| NotBelieved::Forged);
        let head: Head = serde_json::from_slice(&part(head)?).map_err(|_no_json| NotBelieved::Forged)?;
        if head.crit.is_some() || !self.is_signed(&head.alg, signed.as_bytes(), &part(signature)?) {
            return Err(NotBelieved::Forged);
        }
        let content: Content = serde_json::from_slice(&part(content)?).map_err(|_no_json| NotBelieved::Content)?;
        self.believe(content, now.as_second())
    }

    fn is_signed(&self, algorithm: &str, signed: &[u8], by: &[u8]) -> bool {
        match &self.key {
            Key::None => false,
            Key::Shared(key) => algorithm == "HS256" && hmac::verify(key, signed, by).is_ok(),
            Key::Public(key) => {
                let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, key);
                algorithm == "ES256" && key.verify(signed, by).is_ok()
            }
        }
    }

    fn believe(&self, content: Content, now_s: i64) -> Result<Claim, NotBelieved> {
        let ends = content.exp.ok_or(NotBelieved::Time)?;
        let lasts = now_s.saturating_sub(LEEWAY_S)..now_s.saturating_add(MAX_LIFE_S + LEEWAY_S);
        if !lasts.contains(&ends) || content.nbf.is_some_and(|begins| begins > now_s.saturating_add(LEEWAY_S)) {
            return Err(NotBelieved::Time);
        }
        let is_for_us = self.audience.as_ref().is_none_or(|wanted| match &content.aud {
            Some(Value::String(audience)) => audience == wanted,
            Some(Value::Array(all)) => all.iter().any(|audience| audience.as_str() == Some(wanted)),
            _ => false,
        });
        let bounded = |text: Option<String>| text.filter(|text| (1..=MAX_CHARS).contains(&text.chars().count()));
        let account = bounded(content.sub).filter(|_| is_for_us).ok_or(NotBelieved::Content)?;
        // Said to be unsure, it is not taken. Where nothing is said it stands for one that is typed, of which nobody is sure either: one to call,
        // but nobody is shown what belongs to it.
        let sure = content.phone_number_verified;
        let is_unsure = sure.as_ref().is_some_and(|sure| *sure != Value::Bool(true));
        let phone = bounded(content.phone_number).filter(|_| !is_unsure);
        Ok(Claim { account, name: bounded(content.name), phone_is_sure: phone.is_some() && sure.is_some(), phone })
    }
}

/// The 65 bytes of a public key.
fn public_key(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let whole = STANDARD.decode(lines.collect::<String>()).ok()?;
    let key = whole.strip_prefix(&SPKI_PREFIX)?;
    (key.len() == 65).then(|| key.to_vec())
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::KeyPair as _;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn shared() -> Claims {
        Claims {
            key: Key::Shared(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])),
            audience: None,
            remarks: Problems::new(),
        }
    }

    fn token(head: &Value, content: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(content.to_string()));
        let by = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
        format!("{signed}.{by}")
    }

    fn by_shared(bytes: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), bytes).as_ref().to_vec()
    }

    fn check(claims: &Claims, token: &str) -> Result<Claim, NotBelieved> {
        claims.check(token, Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn who_is_signed_for_is_believed_until_the_time_is_over() {
        let head = json!({ "alg": "HS256" });
        let good = json!({ "sub": "o-1", "exp": NOW + 600, "name": "张三", "phone_number": "13800001111" });
        let claim = check(&shared(), &token(&head, &good, by_shared)).unwrap();
        assert_eq!((claim.account.as_str(), claim.name.as_deref()), ("o-1", Some("张三")));
        assert!(claim.phone.is_some() && !claim.phone_is_sure, "nothing is said of the number");
        for (verified, is_taken, is_sure) in [
            (json!(true), true, true),
            (Value::Null, true, false),
            (json!(false), false, false),
            (json!("true"), false, false),
        ] {
            let mut content = good.clone();
            content["phone_number_verified"] = verified.clone();
            let claim = check(&shared(), &token(&head, &content, by_shared)).unwrap();
            assert_eq!((claim.phone.is_some(), claim.phone_is_sure), (is_taken, is_sure), "{verified}");
        }
        for (content, reason) in [
            (json!({ "sub": "o-1", "exp": NOW - 61 }), NotBelieved::Time),
            (json!({ "sub": "o-1" }), NotBelieved::Time),
            (json!({ "sub": "o-1", "exp": NOW + 30 * 86_400 }), NotBelieved::Time),
            (json!({ "sub": "o-1", "exp": NOW + 600, "nbf": NOW + 500 }), NotBelieved::Time),
            (json!({ "exp": NOW + 600 }), NotBelieved::Content),
            (json!({ "sub": "", "exp": NOW + 600 }), NotBelieved::Content),
        ] {
            assert_eq!(check(&shared(), &token(&head, &content, by_shared)), Err(reason), "{content}");
        }
    }

    #[test]
    fn a_forged_claim_is_not_believed() {
        let good = json!({ "sub": "o-1", "exp": NOW + 600 });
        let other = |bytes: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]), bytes).as_ref().to_vec();
        let signed = token(&json!({ "alg": "HS256" }), &good, by_shared);
        let changed = json!({ "sub": "o-2", "exp": NOW + 600 });
        let (head, rest) = signed.split_once('.').unwrap();
        let swapped =
            format!("{head}.{}.{}", URL_SAFE_NO_PAD.encode(changed.to_string()), rest.split_once('.').unwrap().1);
        for forged in [
            token(&json!({ "alg": "none" }), &good, |_| Vec::new()),
            token(&json!({ "alg": "none" }), &good, by_shared),
            token(&json!({ "alg": "ES256" }), &good, by_shared),
            token(&json!({ "alg": "HS256", "crit": ["x"] }), &good, by_shared),
            token(&json!({ "alg": "HS256" }), &good, other),
            swapped,
            "a.b".to_owned(),
            String::new(),
            "x".repeat(10_000),
        ] {
            assert_eq!(check(&shared(), &forged), Err(NotBelieved::Forged), "{forged}");
        }
    }

    #[test]
    fn a_public_key_checks_and_signs_nothing() {
        let random = SystemRandom::new();
        let way = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = signature::EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
        let pair = signature::EcdsaKeyPair::from_pkcs8(way, pair.as_ref(), &random).unwrap();
        let der = [&SPKI_PREFIX[..], pair.public_key().as_ref()].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        let claims = Claims {
            key: Key::Public(public_key(&pem).unwrap()),
            audience: Some("huiliu".to_owned()),
            remarks: Problems::new(),
        };
        let content = json!({ "sub": "o-1", "exp": NOW + 600, "aud": ["huiliu"] });
        let sign = |bytes: &[u8]| pair.sign(&random, bytes).unwrap().as_ref().to_vec();
        assert!(check(&claims, &token(&json!({ "alg": "ES256" }), &content, sign)).is_ok());
        // The public key is known to everybody: it is no secret of HS256.
        let as_secret =
            |bytes: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes()), bytes).as_ref().to_vec();
        let confused = token(&json!({ "alg": "HS256" }), &content, as_secret);
        assert_eq!(check(&claims, &confused), Err(NotBelieved::Forged));
        let other = json!({ "sub": "o-1", "exp": NOW + 600, "aud": "other" });
        assert_eq!(check(&claims, &token(&json!({ "alg": "ES256" }), &other, sign)), Err(NotBelieved::Content));
    }
}

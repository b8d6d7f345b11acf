//! What legacy interfaces sign with: digests, keyed digests, RSA signatures, sorted parameters; and SM4, with which some hide a
//! password or a telephone number.
//!
//! Each gives text: `hex` in lower case where nothing is said, or `base64`. `encoding='gbk'` takes the text's bytes in GBK.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, Value};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256, HMAC_SHA512};
use sm3::Sm3;

use super::text::{form_urlencode, urlencode};
use super::{as_text, on_text, rsa, sm4, understood};
use crate::Fault;
use crate::raw::{byte_of, raw_bytes};

/// Words for how bytes are written.
const FORMS: [&str; 2] = ["hex", "base64"];

/// How bytes are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Hex,
    Base64,
}

impl Form {
    pub(super) fn named(name: Option<&str>) -> Result<Self, Fault> {
        match name {
            None | Some("hex") => Ok(Self::Hex),
            Some("base64") => Ok(Self::Base64),
            Some(other) => Err(Fault::new(
                format!("写法应为 {}，不是 {other}", FORMS.join(" 或 ")),
                format!("bytes are written as {}, not {other}", FORMS.join(" or ")),
            )),
        }
    }

    pub(super) fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }

    pub(super) fn read(self, text: &str) -> Result<Vec<u8>, Fault> {
        let read = match self {
            Self::Hex => unhex(text.trim()),
            Self::Base64 => STANDARD.decode(text.split_whitespace().collect::<String>()).ok(),
        };
        read.ok_or_else(|| Fault::new("不是十六进制或 Base64", "neither hexadecimal nor base64").with_value(text))
    }
}

pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

pub(super) fn register(env: &mut Environment<'static>) {
    digest(env, "md5", |bytes| Md5::digest(bytes).to_vec());
    digest(env, "sha1", |bytes| ring::digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec());
    digest(env, "sha256", |bytes| ring::digest::digest(&SHA256, bytes).as_ref().to_vec());
    digest(env, "sha512", |bytes| ring::digest::digest(&SHA512, bytes).as_ref().to_vec());
    digest(env, "sm3", |bytes| Sm3::digest(bytes).to_vec());
    keyed(env, "hmac_md5", |bytes, key| {
        hmac::Hmac::<Md5>::new_from_slice(key).map(|mac| mac.chain_update(bytes).finalize().into_bytes().to_vec()).ok()
    });
    keyed(env, "hmac_sm3", |bytes, key| {
        hmac::Hmac::<Sm3>::new_from_slice(key).map(|mac| mac.chain_update(bytes).finalize().into_bytes().to_vec()).ok()
    });
    keyed(env, "hmac_sha1", |bytes, key| Some(by_ring(HMAC_SHA1_FOR_LEGACY_USE_ONLY, bytes, key)));
    keyed(env, "hmac_sha256", |bytes, key| Some(by_ring(HMAC_SHA256, bytes, key)));
    keyed(env, "hmac_sha512", |bytes, key| Some(by_ring(HMAC_SHA512, bytes, key)));
    env.add_filter("hex", |value: Value| on_text(&value, |text| Ok(Form::Hex.write(&raw_bytes(text)))));
    env.add_filter("rsa_sha256", |value: Value, key: String, form: Option<String>, options: Kwargs| {
        let form = Form::named(Some(form.as_deref().unwrap_or("base64")))?;
        let encoding = encoding(&options)?;
        let signed = on_text(&value, |text| Ok(form.write(&rsa::sign(&bytes_of(text, encoding), &key)?)));
        Ok::<_, Error>(signed)
    });
    env.add_filter("sm4_encrypt", |value: Value, key: String, form: Option<String>, options: Kwargs| {
        let (form, iv) = (Form::named(form.as_deref())?, options.get::<Option<String>>("iv")?);
        let encoding = encoding(&options)?;
        let key = sm4::Key::read(&key, iv.as_deref())?;
        Ok::<_, Error>(on_text(&value, |text| Ok(form.write(&key.encrypt(&bytes_of(text, encoding))))))
    });
    env.add_filter("sm4_decrypt", |value: Value, key: String, form: Option<String>, options: Kwargs| {
        let (form, iv) = (Form::named(form.as_deref())?, options.get::<Option<String>>("iv")?);
        options.assert_all_used()?;
        let key = sm4::Key::read(&key, iv.as_deref())?;
        Ok::<_, Error>(on_text(&value, |text| key.decrypt(&form.read(text)?)))
    });
    env.add_filter("sorted_params", |value: Value, options: Kwargs| {
        let params = Params::read(&options)?;
        Ok::<_, Error>(understood(&value, |value| params.write(value).map(Value::from)))
    });
}

fn digest(env: &mut Environment<'static>, name: &'static str, of: fn(&[u8]) -> Vec<u8>) {
    env.add_filter(name, move |value: Value, form: Option<String>, options: Kwargs| {
        let (form, encoding) = (Form::named(form.as_deref())?, encoding(&options)?);
        Ok::<_, Error>(on_text(&value, |text| Ok(form.write(&of(&bytes_of(text, encoding))))))
    });
}

fn keyed(env: &mut Environment<'static>, name: &'static str, of: fn(&[u8], &[u8]) -> Option<Vec<u8>>) {
    env.add_filter(name, move |value: Value, key: String, form: Option<String>, options: Kwargs| {
        let (form, encoding) = (Form::named(form.as_deref())?, encoding(&options)?);
        let unusable = || Fault::new("密钥不能用", "the key cannot be used");
        let signed = |text: &str| {
            of(&bytes_of(text, encoding), &bytes_of(&key, encoding)).map(|tag| form.write(&tag)).ok_or_else(unusable)
        };
        Ok::<_, Error>(on_text(&value, signed))
    });
}

fn by_ring(algorithm: ring::hmac::Algorithm, bytes: &[u8], key: &[u8]) -> Vec<u8> {
    ring::hmac::sign(&ring::hmac::Key::new(algorithm, key), bytes).as_ref().to_vec()
}

/// The encoding that `encoding='…'` names; UTF-8 where nothing is said.
fn encoding(options: &Kwargs) -> Result<Option<&'static encoding_rs::Encoding>, Error> {
    let name: Option<String> = options.get("encoding")?;
    options.assert_all_used()?;
    Ok(name.map(|name| named_encoding(&name)).transpose()?)
}

/// An encoding for requests by its name.
pub(crate) fn named_encoding(name: &str) -> Result<&'static encoding_rs::Encoding, Fault> {
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(encoding_rs::UTF_8),
        "gbk" | "gb2312" => Ok(encoding_rs::GBK),
        "gb18030" => Ok(encoding_rs::GB18030),
        _ => Err(Fault::new(
            format!("未知的编码 {name}；可用：utf-8 gbk gb18030"),
            format!("unknown encoding {name}; known are: utf-8 gbk gb18030"),
        )),
    }
}

/// The bytes of a text. What an encoding does not have becomes a question mark; what stands for a byte is that byte in all of them.
pub(crate) fn bytes_of(text: &str, encoding: Option<&'static encoding_rs::Encoding>) -> Vec<u8> {
    let Some(encoding) = encoding.filter(|encoding| *encoding != encoding_rs::UTF_8) else {
        return raw_bytes(text);
    };
    let mut buffer = [0; 4];
    let written = |c: char| {
        if let Some(byte) = byte_of(c) {
            return vec![byte];
        }
        let (bytes, _, lossy) = encoding.encode(c.encode_utf8(&mut buffer));
        if lossy { b"?".to_vec() } else { bytes.into_owned() }
    };
    text.chars().flat_map(written).collect()
}

/// How parameters are put together to be signed.
struct Params {
    between: String,
    assign: String,
    keep_empty: bool,
    without: Vec<String>,
    encode: fn(&[u8]) -> String,
}

impl Params {
    fn read(options: &Kwargs) -> Result<Self, Error> {
        let text = |name: &str, default: &str| -> Result<String, Error> {
            Ok(options.get::<Option<String>>(name)?.unwrap_or_else(|| default.to_owned()))
        };
        let without: Option<Value> = options.get("without")?;
        let without = match without {
            None => Vec::new(),
            Some(one) if one.as_str().is_some() => vec![one.as_str().unwrap_or_default().to_owned()],
            Some(several) => several.try_iter()?.map(|name| name.to_string()).collect(),
        };
        let encode: fn(&[u8]) -> String = match options.get::<Option<&str>>("encode")? {
            None => |bytes| String::from_utf8_lossy(bytes).into_owned(),
            Some("url") => urlencode,
            Some("form") => form_urlencode,
            Some(other) => {
                return Err(Fault::new(
                    format!("sorted_params 的 encode 应为 url 或 form，不是 {other}"),
                    format!("encode of sorted_params is url or form, not {other}"),
                )
                .into());
            }
        };
        let params = Self {
            between: text("between", "&")?,
            assign: text("assign", "=")?,
            keep_empty: options.get::<Option<bool>>("empty")?.unwrap_or(false),
            without,
            encode,
        };
        options.assert_all_used()?;
        Ok(params)
    }

    /// The members of an object by the order of their names' bytes. Lists and objects among them are written as JSON.
    fn write(&self, value: &Value) -> Result<String, Fault> {
        if value.kind() != ValueKind::Map {
            let (zh, en) = ("sorted_params 需要一个对象", "sorted_params needs an object");
            return Err(Fault::new(zh, en).with_value(&value.to_string()));
        }
        let mut pairs = Vec::new();
        for key in value.try_iter().map_err(|error| Fault::new("无法列出成员", error.to_string()))? {
            let member = value.get_item(&key).unwrap_or_default();
            let text = match member.kind() {
                ValueKind::Undefined | ValueKind::None => String::new(),
                ValueKind::Map | ValueKind::Seq => serde_json::to_string(&member).unwrap_or_default(),
                _ => as_text(&member)?,
            };
            let name = key.to_string();
            if (self.keep_empty || !text.is_empty()) && !self.without.contains(&name) {
                pairs.push((name, text));
            }
        }
        pairs.sort();
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, text)| {
                let [name, text] = [name, text].map(|part| (self.encode)(part.as_bytes()));
                format!("{name}{}{text}", self.assign)
            })
            .collect();
        Ok(pairs.join(&self.between))
    }
}

/// Checks the literal arguments of a filter before any record.
pub(super) fn check_literals(filter: &str, literals: &[String]) -> Result<(), Fault> {
    let form = match filter {
        "md5" | "sha1" | "sha256" | "sha512" | "sm3" => literals.first(),
        _ => None,
    };
    Form::named(form.map(String::as_str)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Context, Escape, Language};

    fn written(template: &str, value: &serde_json::Value) -> String {
        let language = Language::new(jiff::tz::TimeZone::UTC, std::sync::Arc::default());
        let template = language.template(template, &["v"], Escape::None).unwrap();
        template.render(&Context::of("v", value)).unwrap()
    }

    #[test]
    fn published_vectors_of_digests() {
        for (filter, of, wanted) in [
            // RFC 1321, FIPS 180, GB/T 32905-2016 example 1.
            ("md5", "abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("sm3", "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            ("sha1('base64')", "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
            // RFC 2202 and 4231, test case 2.
            ("hmac_md5('Jefe')", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
            ("hmac_sha1('Jefe')", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                "hmac_sha256('Jefe')",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                "hmac_sha256('Jefe', 'base64')",
                "what do ya want for nothing?",
                "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
            ),
            ("hex", "路", "e8b7af"),
            ("hex | upper", "ab", "6162"),
        ] {
            assert_eq!(written(&format!("{{{{ v | {filter} }}}}"), &json!(of)), wanted, "{filter}");
        }
        assert_eq!(written("{{ v | hmac_sm3('key') | length }}", &json!("x")), "64");
        assert_eq!(written("{{ v | sha512 | length }}", &json!("x")), "128");
        // Of the bytes C2 B7, by another implementation.
        assert_eq!(written("{{ v | md5(encoding='gbk') }}", &json!("路")), "176848afabe6f93c3e23a470037ab74f");
    }

    #[test]
    fn parameters_are_sorted_by_their_names_bytes() {
        let value = json!({ "b": "2", "a": 1, "Z": "z", "empty": "", "none": null, "sign": "x", "list": [1, "路"] });
        for (options, wanted) in [
            ("without='sign'", "Z=z&a=1&b=2&list=[1,\"路\"]"),
            ("without=['sign', 'list'], between='', assign=''", "Zza1b2"),
            ("without=['sign', 'list'], empty=true", "Z=z&a=1&b=2&empty=&none="),
            ("without=['sign', 'Z'], encode='url'", "a=1&b=2&list=%5B1%2C%22%E8%B7%AF%22%5D"),
        ] {
            assert_eq!(written(&format!("{{{{ v | sorted_params({options}) }}}}"), &value), wanted);
        }
    }

    #[test]
    fn encoded_parameters_cannot_be_taken_for_others() {
        let (one, other) = (json!({ "a": "1&b=2", "c": "x y~*" }), json!({ "a": "1", "b": "2", "c": "x y~*" }));
        assert_eq!(
            written("{{ v | sorted_params }}", &one),
            written("{{ v | sorted_params }}", &other),
            "as most systems do"
        );
        for (encode, wanted) in [("url", "a=1%26b%3D2&c=x%20y~%2A"), ("form", "a=1%26b%3D2&c=x+y%7E*")] {
            let template = format!("{{{{ v | sorted_params(encode='{encode}') }}}}");
            assert_eq!(written(&template, &one), wanted);
            assert_ne!(written(&template, &other), wanted);
        }
    }

    #[test]
    fn forms_and_encodings_that_are_not_there_are_told() {
        let language = Language::new(jiff::tz::TimeZone::UTC, std::sync::Arc::default());
        let told = language.template("{{ v | md5('hexx') }}", &["v"], Escape::None).unwrap_err();
        assert!(told[0].en.contains("hex or base64"), "{told:?}");
        let template = language.template("{{ v | md5(encoding='big5') }}", &["v"], Escape::None).unwrap();
        let fault = template.render(&Context::of("v", &json!("a"))).unwrap_err();
        assert!(fault.en.contains("gb18030"), "{fault}");
    }
}

//! The encodings in which texts leave: bodies of requests, percent-encoded values of forms, answers to callers.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

use crate::filters::{bytes_of, urlencode};

/// The bytes that are written, also percent-encoded in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormCharset {
    /// UTF-8.
    #[default]
    Utf8,
    /// GBK.
    Gbk,
    /// GB18030.
    Gb18030,
}

impl FormCharset {
    /// The names of [`FormCharset::named`], for messages.
    pub const NAMES: &'static str = "utf-8, gbk, gb18030";

    /// Reads the name used in channel files; `None` for an unknown name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" => Some(Self::Utf8),
            "gbk" => Some(Self::Gbk),
            "gb18030" => Some(Self::Gb18030),
            _ => None,
        }
    }

    /// As prologs of XML and content types write it.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.encoding().name()
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk => GBK,
            Self::Gb18030 => GB18030,
        }
    }

    /// The bytes of a body. What the encoding does not have becomes a numeric reference in XML, and a question mark elsewhere.
    #[must_use]
    pub fn body(self, text: &str) -> Vec<u8> {
        if text.trim_start().starts_with('<') {
            return self.encoding().encode(text).0.into_owned();
        }
        bytes_of(text, Some(self.encoding()))
    }

    /// A form whose values are written already, with what its template has beyond ASCII percent-encoded, too: such bytes may not stand in a
    /// form, and servers read them in an encoding of their own choice.
    #[must_use]
    pub fn form(self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut buffer = [0; 4];
        for c in text.chars() {
            match c.is_ascii() {
                true => written.push(c),
                false => {
                    written.push_str(&urlencode(&bytes_of(c.encode_utf8(&mut buffer), Some(self.encoding()))));
                }
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_has_beyond_ascii_is_percent_encoded() {
        for (charset, wanted) in [
            (FormCharset::Utf8, "%E8%B7%AF=1&b=%E2%82%AC%20"),
            (FormCharset::Gbk, "%C2%B7=1&b=%80%20"),
            (FormCharset::Gb18030, "%C2%B7=1&b=%A2%E3%20"),
        ] {
            assert_eq!(charset.form("路=1&b=€%20"), wanted, "{charset:?}");
        }
    }

    #[test]
    fn what_an_encoding_does_not_have_does_not_become_another_character() {
        assert_eq!(FormCharset::Gbk.body("路👏"), b"\xC2\xB7?");
        assert_eq!(FormCharset::Gbk.body("<a>👏</a>"), b"<a>&#128079;</a>");
        assert_eq!(FormCharset::Utf8.body("路"), "路".as_bytes());
        assert_eq!(FormCharset::named("GBK"), Some(FormCharset::Gbk));
        assert_eq!(FormCharset::named("big5"), None);
    }
}

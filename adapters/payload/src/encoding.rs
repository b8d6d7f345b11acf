//! Which characters the bytes mean. Order of trust: byte order mark, then what the channel file declares, then
//! (for `auto`) UTF-8 if the bytes are valid UTF-8, else GB18030.
//!
//! GB2312, GBK and GB18030 are all decoded as GB18030, of which the others are subsets. An encoding named *inside* the
//! payload (an XML prolog, a `charset` parameter) is not trusted unless the channel file says so, because legacy
//! systems copy such prologs from elsewhere.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::PayloadError;

/// A declared character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Byte order mark, else UTF-8 where valid, else GB18030.
    #[default]
    Auto,
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// GB18030, which includes GBK and GB2312.
    Gb18030,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-16, little-endian.
    Utf16Le,
}

impl Charset {
    /// Reads the name used in channel files; `None` for an unknown name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "auto" => Some(Self::Auto),
            "utf-8" | "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" => Some(Self::Gb18030),
            "utf-16be" => Some(Self::Utf16Be),
            "utf-16le" => Some(Self::Utf16Le),
            _ => None,
        }
    }

    /// The names accepted by [`Charset::from_name`], for messages.
    pub const NAMES: &'static str = "auto, utf-8, gb18030 (also gbk, gb2312), utf-16be, utf-16le";

    fn resolve(self, bytes: &[u8]) -> &'static Encoding {
        if let Some((marked, _)) = Encoding::for_bom(bytes) {
            return marked;
        }
        match self {
            Self::Auto => guess(bytes),
            Self::Gb18030 => GB18030,
            Self::Utf8 => UTF_8,
            Self::Utf16Be => UTF_16BE,
            Self::Utf16Le => UTF_16LE,
        }
    }
}

/// UTF-8 or GB18030: UTF-8 where the bytes are UTF-8, also where they are but for a few sequences. Characters of three bytes
/// hardly ever come about in GB18030 (about one in fifty characters of Chinese text), where nearly every character is damaged
/// UTF-8. Text with several of the former, and not many more of the latter, is UTF-8 with damage or mixed, and decoding it as
/// GB18030 would make nonsense of it.
#[must_use]
pub fn guess(bytes: &[u8]) -> &'static Encoding {
    let (mut damaged, mut long) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        damaged += usize::from(!chunk.invalid().is_empty());
        long += chunk.valid().chars().filter(|c| c.len_utf8() == 3).count();
    }
    if damaged == 0 || (long >= 4 && 4 * long > damaged) { UTF_8 } else { GB18030 }
}

/// Text and how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark.
    pub text: String,
    /// Name of the encoding used, for messages.
    pub charset: &'static str,
}

/// Decodes `bytes` as [`Charset`] says.
///
/// # Errors
/// [`PayloadError::Undecodable`] when any sequence is not valid in the encoding used: text is never silently replaced.
pub fn decode(bytes: &[u8], charset: Charset) -> Result<Decoded, PayloadError> {
    let encoding = charset.resolve(bytes);
    let (text, used, broken) = encoding.decode(bytes);
    if broken {
        let count = text.matches('\u{FFFD}').count();
        let before = text.split('\u{FFFD}').next().unwrap_or_default();
        return Err(PayloadError::Undecodable { charset: used.name(), count, offset: used.encode(before).0.len() });
    }
    Ok(Decoded { text: text.into_owned(), charset: used.name() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], charset: Charset, expected: &str) {
        assert_eq!(decode(bytes, charset).map(|decoded| decoded.text), Ok(expected.to_owned()));
    }

    #[test]
    fn a_byte_order_mark_overrules_the_declaration() {
        check("\u{FEFF}路灯".as_bytes(), Charset::Gb18030, "路灯");
    }

    #[test]
    fn gb18030_is_found_when_the_bytes_are_not_utf8() {
        check(&[0xC2, 0xB7, 0xB5, 0xC6], Charset::Auto, "路灯");
        check("路灯".as_bytes(), Charset::Auto, "路灯");
    }

    #[test]
    fn utf8_with_damage_is_refused_and_not_made_nonsense() {
        let mut mixed = "青鱼滩路路灯不亮，听涛嘉园停水".as_bytes().to_vec();
        mixed.extend([0xC2, 0xB7, 0xB5, 0xC6]);
        assert!(matches!(decode(&mixed, Charset::Auto), Err(PayloadError::Undecodable { charset: "UTF-8", .. })));
        let text = "青鱼滩路路灯不亮，听涛嘉园停水，联通营业厅扰民，鹃湖公园垃圾";
        let (gb, ..) = GB18030.encode(text);
        check(&gb, Charset::Auto, text);
    }

    #[test]
    fn a_cut_character_is_an_error_not_a_replacement() {
        let error = decode(&[b'a', 0xE8, 0xB7], Charset::Utf8).unwrap_err();
        assert_eq!(error, PayloadError::Undecodable { charset: "UTF-8", count: 1, offset: 1 });
    }
}

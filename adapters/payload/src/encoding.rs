//! Which characters the bytes mean. Order of trust: byte order mark, then what the channel file declares, then
//! (for `auto`) UTF-16 if every other byte at the beginning is zero, UTF-8 if the bytes are valid UTF-8, else GB18030.
//!
//! GB2312, GBK and GB18030 are all decoded as GB18030, of which the others are subsets. An encoding named *inside* the
//! payload (an XML prolog, a `charset` parameter) is not trusted unless the channel file says so, because legacy
//! systems copy such prologs from elsewhere.
//!
//! Damage in a few places (a text cut in the middle of a character, half of a pair of surrogates) costs those places: they become
//! U+FFFD, which mappings see. Bytes that are mostly damage are in another encoding than was said, and refused.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::PayloadError;

/// What stands for a character that was lost.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// A declared character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Byte order mark, else UTF-16 by its zeros, else UTF-8 where valid, else GB18030.
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

    /// The name used in channel files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
            Self::Utf16Be => "utf-16be",
            Self::Utf16Le => "utf-16le",
        }
    }

    /// The names accepted by [`Charset::from_name`], for messages.
    pub const NAMES: &'static str = "auto, utf-8, gb18030 (also gbk, gb2312), utf-16be, utf-16le";

    pub(crate) fn resolve(self, bytes: &[u8]) -> &'static Encoding {
        if let Some((marked, _)) = Encoding::for_bom(bytes) {
            return marked;
        }
        match self {
            Self::Auto => utf16_by_zeros(bytes).unwrap_or_else(|| guess(bytes)),
            Self::Gb18030 => GB18030,
            Self::Utf8 => UTF_8,
            Self::Utf16Be => UTF_16BE,
            Self::Utf16Le => UTF_16LE,
        }
    }
}

/// UTF-16 without a mark: documents begin with two ASCII characters, each of which has a zero beside it (RFC 4627 §3 for JSON, XML 1.0
/// appendix F).
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    match *bytes.first_chunk()? {
        [1..=127, 0, 1..=127, 0] => Some(UTF_16LE),
        [0, 1..=127, 0, 1..=127] => Some(UTF_16BE),
        _ => None,
    }
}

/// Fewer damaged places than this are damage of single characters, whatever stands around them.
const MIN_DAMAGED: usize = 4;

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
    if damaged == 0 || (long >= 4 && 4 * long > damaged) {
        return UTF_8;
    }
    // Too short to tell by its characters: what is damaged either way is what it is damaged less in.
    let (text, broken) = GB18030.decode_without_bom_handling(bytes);
    if broken && long > 0 && damaged <= text.matches(REPLACEMENT).count() { UTF_8 } else { GB18030 }
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
    if broken { Err(undecodable(&text, used)) } else { Ok(Decoded { text: text.into_owned(), charset: used.name() }) }
}

/// Decodes `bytes` as [`Charset`] says; what is damaged becomes U+FFFD. In UTF-8, pairs of surrogates that were encoded one by one
/// (CESU-8, as older Java and Oracle write characters beyond U+FFFF) become their character.
///
/// # Errors
/// [`PayloadError::Undecodable`] when there is more damage than text: the encoding is another one than was said.
pub fn decode_mended(bytes: &[u8], charset: Charset) -> Result<Decoded, PayloadError> {
    decode_as(bytes, charset.resolve(bytes))
}

/// As [`decode_mended`], in an encoding that is known already.
pub(crate) fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> Result<Decoded, PayloadError> {
    let paired = if encoding == UTF_8 { surrogates_paired(bytes) } else { Cow::Borrowed(bytes) };
    let (text, used, broken) = encoding.decode(&paired);
    if broken {
        let damaged = text.matches(REPLACEMENT).count();
        let sound = text.chars().filter(|c| !c.is_ascii() && *c != REPLACEMENT).count();
        if damaged >= MIN_DAMAGED && damaged > sound {
            return Err(undecodable(&text, used));
        }
    }
    Ok(Decoded { text: text.into_owned(), charset: used.name() })
}

fn undecodable(text: &str, used: &'static Encoding) -> PayloadError {
    let before = text.split(REPLACEMENT).next().unwrap_or_default();
    let count = text.matches(REPLACEMENT).count();
    PayloadError::Undecodable { charset: used.name(), count, offset: used.encode(before).0.len() }
}

/// The bytes with surrogates that were encoded in three bytes each put together in pairs; a lone one becomes U+FFFD.
fn surrogates_paired(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut paired: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (character, length) = match (surrogate(rest), rest.get(3..).and_then(surrogate)) {
            (None, _) => {
                if let Some(paired) = &mut paired {
                    paired.extend(rest.first());
                }
                at += 1;
                continue;
            }
            (Some(high), Some(low)) => match char::decode_utf16([high, low]).next() {
                Some(Ok(character)) => (character, 6),
                _ => (REPLACEMENT, 3),
            },
            (Some(_), None) => (REPLACEMENT, 3),
        };
        let paired = paired.get_or_insert_with(|| bytes.get(..at).unwrap_or_default().to_vec());
        paired.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        at += length;
    }
    paired.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// The surrogate that three bytes at the beginning stand for.
fn surrogate(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] => {
            Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], charset: Charset, expected: &str) {
        assert_eq!(decode(bytes, charset).map(|decoded| decoded.text), Ok(expected.to_owned()));
    }

    #[test]
    fn every_encoding_has_a_name_by_which_it_is_read() {
        for charset in [Charset::Auto, Charset::Utf8, Charset::Gb18030, Charset::Utf16Be, Charset::Utf16Le] {
            assert_eq!(Charset::from_name(charset.name()), Some(charset));
        }
    }

    #[test]
    fn utf16_without_a_mark_is_known_by_its_zeros() {
        let text = "{\"内容\":\"路灯\"}";
        let units: Vec<u16> = text.encode_utf16().collect();
        check(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>(), Charset::Auto, text);
        check(&units.iter().flat_map(|unit| unit.to_be_bytes()).collect::<Vec<_>>(), Charset::Auto, text);
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
    fn damage_in_a_few_places_costs_those_places() {
        for (bytes, charset, expected) in [
            (&b"{\"t\":\"\xE8\xB7\xAF\xE7\x81\"}"[..], Charset::Auto, "{\"t\":\"路\u{FFFD}\"}"),
            (b"\"\xC2\xB7\xB5\"", Charset::Gb18030, "\"路\u{FFFD}\""),
            (b"\xC2\xB7\xB5<", Charset::Auto, "路\u{FFFD}<"),
            (b"\xED\xA0\xBD\xED\xB1\x8F!", Charset::Utf8, "👏!"),
            (&["路灯修好了".as_bytes(), b"\xED\xA0\xBD\xED\xB1\x8F"].concat(), Charset::Auto, "路灯修好了👏"),
            (b"a\xED\xA0\xBD!", Charset::Utf8, "a\u{FFFD}!"),
            (b"\xED\xB1\x8F\xED\xA0\xBD", Charset::Utf8, "\u{FFFD}\u{FFFD}"),
            (b"\xFE\xFF\x8D\xEF\xD8\x3D\x00!", Charset::Auto, "路\u{FFFD}!"),
        ] {
            assert_eq!(
                decode_mended(bytes, charset).map(|decoded| decoded.text),
                Ok(expected.to_owned()),
                "{bytes:x?}"
            );
        }
    }

    #[test]
    fn bytes_of_another_encoding_are_refused_and_not_mended() {
        let (gb, ..) = GB18030.encode("青鱼滩路路灯不亮，听涛嘉园停水");
        assert!(matches!(decode_mended(&gb, Charset::Utf8), Err(PayloadError::Undecodable { charset: "UTF-8", .. })));
        assert!(decode_mended(&[0x1F, 0x8B, 8, 0xFF, 0xFE, 0xFF, 0x90, 0xFF], Charset::Auto).is_err());
    }

    #[test]
    fn a_cut_character_is_an_error_not_a_replacement() {
        let error = decode(&[b'a', 0xE8, 0xB7], Charset::Utf8).unwrap_err();
        assert_eq!(error, PayloadError::Undecodable { charset: "UTF-8", count: 1, offset: 1 });
    }
}

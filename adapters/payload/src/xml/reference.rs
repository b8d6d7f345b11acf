//! Character and entity references, those that no XML has included.

use quick_xml::escape::resolve_html5_entity;

/// What a reference means.
pub(super) enum Meaning {
    /// These characters.
    Text(&'static str),
    /// This character.
    Char(char),
    /// Half of a character beyond U+FFFF: systems that count in UTF-16 write two references for it.
    Half(u16),
    /// Nothing: it is text.
    Unknown,
}

/// The meaning of what stands between `&` and `;`. Numbers that are no character, and characters that XML forbids, are U+FFFD; names are
/// those of HTML.
pub(super) fn meaning(name: &str) -> Meaning {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_html5_entity(name).map_or(Meaning::Unknown, Meaning::Text);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16),
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse(),
        _ => return Meaning::Unknown,
    };
    match code {
        Ok(code @ 0xD800..=0xDFFF) => u16::try_from(code).map_or(Meaning::Unknown, Meaning::Half),
        Ok(code) => {
            Meaning::Char(char::from_u32(code).filter(|c| is_allowed(*c)).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Err(_) if number.chars().any(|c| c.is_ascii_digit()) => Meaning::Char(char::REPLACEMENT_CHARACTER),
        Err(_) => Meaning::Unknown,
    }
}

/// XML 1.0 §2.2.
fn is_allowed(c: char) -> bool {
    c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}') || matches!(c, '\t' | '\n' | '\r')
}

/// Text that is being put together; halves of characters wait for each other.
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    half: Option<u16>,
}

impl Text {
    pub(super) fn push_str(&mut self, text: &str) {
        if !text.is_empty() {
            self.lone_half();
            self.text.push_str(text);
        }
    }

    pub(super) fn push_reference(&mut self, name: &str) {
        match meaning(name) {
            Meaning::Text(text) => self.push_str(text),
            Meaning::Char(character) => self.push_str(character.encode_utf8(&mut [0; 4])),
            Meaning::Unknown => self.push_str(&format!("&{name};")),
            Meaning::Half(low @ 0xDC00..=0xDFFF) => {
                let pair = self.half.take().map(|high| [high, low]);
                let character = pair.and_then(|pair| char::decode_utf16(pair).next()?.ok());
                self.text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Meaning::Half(high) => {
                self.lone_half();
                self.half = Some(high);
            }
        }
    }

    pub(super) fn into_string(mut self) -> String {
        self.lone_half();
        self.text
    }

    fn lone_half(&mut self) {
        if self.half.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Text with its references resolved; an ampersand that begins none stays.
pub(super) fn resolved(raw: &str) -> String {
    /// Longest name of a reference, in bytes.
    const MAX_NAME: usize = 64;
    let mut text = Text::default();
    let mut parts = raw.split('&');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once(';').filter(|(name, _)| !name.is_empty() && name.len() <= MAX_NAME) {
            Some((name, after)) => {
                text.push_reference(name);
                text.push_str(after);
            }
            None => {
                text.push_str("&");
                text.push_str(part);
            }
        }
    }
    text.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_no_xml_has() {
        for (raw, wanted) in [
            ("&#55357;&#56911;&#xD83D;&#xdc4f;", "🙏👏"),
            ("&#55357;!&#56911;&#55357;", "\u{FFFD}!\u{FFFD}\u{FFFD}"),
            ("&#55357;&#55357;&#56911;", "\u{FFFD}🙏"),
            ("&#0;&#x1F;&#xFFFF;&#99999999999;&#9;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\t"),
            ("a&nbsp;b&middot;&hellip;&times;", "a\u{A0}b·…×"),
            ("&unknown;&#x;&#12a;& A&B;&", "&unknown;&#x;&#12a;& A&B;&"),
        ] {
            assert_eq!(resolved(raw), wanted, "{raw}");
        }
    }
}

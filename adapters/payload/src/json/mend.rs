//! Damaged JSON is mended in its text, so that the one strict reader, with its limits, reads it all the same.
//!
//! Mended is what has one meaning: control characters in strings stand for themselves; half a pair of surrogates and a cut escape
//! become U+FFFD; a backslash that escapes nothing is a backslash; a comma before the end of a list or object goes; `NaN`,
//! `Infinity` and `undefined` are null, `True` and `None` are Python's; what begins like a number and is none (`0138…`, `1e400`)
//! becomes text. Where strings and brackets do not fit together nothing is guessed.

use std::borrow::Cow;

/// The text with all of that mended.
pub(super) fn mended(text: &str) -> String {
    let mut mending = Mending { out: String::with_capacity(text.len() + 64), rest: text };
    while let Some(next) = mending.next() {
        match next {
            '"' => mending.string(),
            ',' => mending.comma(),
            word if is_word(word) => mending.word(word),
            '\u{A0}' | '\u{3000}' | '\u{FEFF}' | '\u{200B}' | '\0' => mending.out.push(' '),
            other => mending.out.push(other),
        }
    }
    mending.out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_')
}

struct Mending<'text> {
    out: String,
    rest: &'text str,
}

impl<'text> Mending<'text> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// What follows as long as it is such a character.
    fn while_is(&mut self, wanted: impl Fn(char) -> bool) -> &'text str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn comma(&mut self) {
        if !self.rest.trim_start().starts_with([']', '}']) {
            self.out.push(',');
        }
    }

    fn word(&mut self, first: char) {
        let word = format!("{first}{}", self.while_is(is_word));
        let mended: Cow<'_, str> = match word.as_str() {
            "true" | "True" => "true".into(),
            "false" | "False" => "false".into(),
            "null" | "None" | "undefined" | "NaN" | "nan" | "Infinity" | "-Infinity" | "-NaN" => "null".into(),
            number if serde_json::from_str::<serde_json::Number>(number).is_ok() => number.into(),
            digits if digits.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit()) => {
                format!("\"{digits}\"").into()
            }
            other => other.into(),
        };
        self.out.push_str(&mended);
    }

    /// A string, whose quotation mark was taken already.
    fn string(&mut self) {
        self.out.push('"');
        while let Some(next) = self.next() {
            match next {
                '"' => return self.out.push('"'),
                '\\' => self.escape(),
                control if control < ' ' => self.out.push_str(&format!("\\u{:04x}", u32::from(control))),
                other => self.out.push(other),
            }
        }
    }

    /// An escape, whose backslash was taken already.
    fn escape(&mut self) {
        match self.rest.chars().next() {
            Some(known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
                self.next();
                self.out.extend(['\\', known]);
            }
            Some('\'') => {}
            Some('u') => {
                self.next();
                self.unicode();
            }
            _ => self.out.push_str("\\\\"),
        }
    }

    /// `\uXXXX`, of which `\u` was taken already.
    fn unicode(&mut self) {
        let pair = |rest: &str| Some((unit(rest)?, rest.get(4..)?.strip_prefix("\\u").and_then(unit)));
        let (taken, character) = match pair(self.rest) {
            Some((high @ 0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF))) => {
                (10, char::decode_utf16([high, low]).next().and_then(Result::ok))
            }
            Some((unit, _)) => (4, char::from_u32(u32::from(unit))),
            None => (self.rest.bytes().take(3).take_while(u8::is_ascii_hexdigit).count(), None),
        };
        match character {
            Some(character) if character < ' ' || matches!(character, '"' | '\\') => {
                self.out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            Some(character) => self.out.push(character),
            None => self.out.push(char::REPLACEMENT_CHARACTER),
        }
        self.rest = self.rest.get(taken..).unwrap_or_default();
    }
}

/// The UTF-16 unit of four hexadecimal digits.
fn unit(digits: &str) -> Option<u16> {
    let digits = digits.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_one_meaning_is_mended() {
        for (damaged, wanted) in [
            (r#"["\ud83d"]"#, "[\"\u{FFFD}\"]"),
            (r#"["\ud83d\u0041 \udc4f\ud83d\udc4f"]"#, "[\"\u{FFFD}A \u{FFFD}👏\"]"),
            (r#"["\u4e","\u8def\u","\u"]"#, "[\"\u{FFFD}\",\"路\u{FFFD}\",\"\u{FFFD}\"]"),
            ("[\"a\nb\tc\0\"]", r#"["a\u000ab\u0009c\u0000"]"#),
            (r#"["D:\用户\x","it\'s","\u0022\u005c"]"#, r#"["D:\\用户\\x","it's","\u0022\u005c"]"#),
            (r#"[1,{"a":2 , },]"#, r#"[1,{"a":2  }]"#),
            ("[NaN,-Infinity,undefined,None,True]", "[null,null,null,null,true]"),
            ("[013800001111,+86,1e400,.5,-1.5e3]", r#"["013800001111","+86","1e400",".5",-1.5e3]"#),
            ("\u{FEFF}\u{3000}[1]\0\0", "  [1]  "),
        ] {
            assert_eq!(mended(damaged), wanted, "{damaged}");
        }
    }

    #[test]
    fn brackets_and_bare_words_are_left_alone() {
        for text in [r#"{"a":"他说"好"的"}"#, "[{a:1}]", "[1", r#"{"a":'b'}"#] {
            assert_eq!(mended(text), text);
        }
    }
}

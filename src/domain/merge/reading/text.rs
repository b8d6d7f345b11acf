//! Text in one spelling, and what is left of it without the phrases that say nothing.

use std::sync::OnceLock;

use super::lexicon::{Words, lexicon};

/// How much of a text is looked at, in characters. What makes a matter recognizable stands before.
pub(super) const MAX_CHARS: usize = 4_000;

/// Whether a character is Chinese (CJK unified ideographs and extension A).
pub(super) fn is_han(c: char) -> bool {
    (HAN.0..=HAN.1).contains(&c)
}

/// Whether a character is a small letter or a digit.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// First and last of the characters that [`is_han`] knows.
const HAN: (char, char) = ('\u{3400}', '\u{9FFF}');

/// The simplified form of a Chinese character, and one spelling for numerals that are written formally. One character for one:
/// what stands around it decides nothing, for two complaints need only be spelled alike.
#[must_use]
pub fn simplified(c: char) -> char {
    static TABLE: OnceLock<Vec<char>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let formal = |c: char| "壹贰叁肆柒捌玖".chars().zip("一二三四七八九".chars()).find(|(formal, _)| *formal == c);
        let simple = |c: char| {
            let converted = hanconv::t2s(c.encode_utf8(&mut [0; 4]));
            let mut chars = converted.chars();
            let simple = chars.next().filter(|simple| chars.next().is_none() && is_han(*simple)).unwrap_or(c);
            formal(simple).map_or(simple, |(_, plain)| plain)
        };
        (HAN.0..=HAN.1).map(simple).collect()
    });
    let place = u32::from(c).checked_sub(u32::from(HAN.0)).and_then(|place| usize::try_from(place).ok());
    place.and_then(|place| table.get(place)).copied().unwrap_or(c)
}

/// One spelling: half-width, lower case, simplified characters, runs of white space and of asterisks made one.
pub(super) fn normalize(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len().min(MAX_CHARS * 3) / 3);
    for c in text.chars() {
        let c = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c if c.is_whitespace() || c.is_control() => ' ',
            c if is_han(c) => simplified(c),
            other => other,
        };
        let c = c.to_ascii_lowercase();
        if (c == ' ' || c == '*') && out.last() == Some(&c) {
            continue;
        }
        out.push(c);
        if out.len() >= MAX_CHARS {
            break;
        }
    }
    out
}

/// The text with every phrase that says nothing replaced by a space, the longest phrase first at each place.
pub(super) fn without_boilerplate(text: &[char]) -> Vec<char> {
    without(text, &lexicon().boilerplate)
}

/// The text with every word of a list replaced by a space, the longest word first at each place.
pub(super) fn without(text: &[char], list: &Words) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        match list.longest_at(rest) {
            Some(length) => {
                out.push(' ');
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

/// Only Chinese characters, letters and digits: the form in which names are searched.
pub(super) fn flat(text: &[char]) -> String {
    text.iter().filter(|c| is_han(**c) || is_word(**c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let read = |text: &str| normalize(text).into_iter().collect::<String>();
        assert_eq!(read("麗景花園叁棟　漏水ＡＢ１２"), "丽景花园三栋 漏水ab12");
        assert_eq!(read("丽景花园三栋 漏水ab12"), "丽景花园三栋 漏水ab12");
        assert_eq!(read("退伍军人收拾大陆"), "退伍军人收拾大陆", "a numeral that is also a word of its own stays");
    }
}

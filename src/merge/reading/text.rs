//! Text in one spelling, and what is left of it without the phrases that say nothing.

use super::lexicon::{Words, lexicon};

/// How much of a text is looked at, in characters. What makes a matter recognizable stands before.
pub(super) const MAX_CHARS: usize = 4_000;

/// Whether a character is Chinese (CJK unified ideographs and extension A).
pub(super) fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&c)
}

/// Whether a character is a small letter or a digit.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// One spelling: half-width, lower case, runs of white space and of asterisks made one.
pub(super) fn normalize(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len().min(MAX_CHARS * 3) / 3);
    for c in text.chars() {
        let c = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c if c.is_whitespace() || c.is_control() => ' ',
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

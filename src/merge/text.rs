//! Text becomes tokens: bigrams of Chinese runs, whole words of letters and digits.

use super::lexicon::{lexicon, word_at};

/// How much of a text is looked at, in characters. What makes a matter recognizable stands before.
pub(super) const MAX_CHARS: usize = 4_000;

/// Whether a character is Chinese (CJK unified ideographs and extension A).
pub(super) fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&c)
}

fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// One spelling: half-width, lower case, runs of white space and of asterisks made one.
pub(super) fn normalize(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::new();
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
    let list = &lexicon().boilerplate;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        match word_at(list, rest) {
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

/// The tokens of a text without boilerplate: all bigrams of Chinese runs of two characters or more, and every run of two
/// or more letters and digits.
pub(super) fn tokens(text: &[char]) -> Vec<String> {
    let mut tokens = Vec::new();
    for run in runs(&without_boilerplate(text)) {
        match run.first() {
            Some(&first) if is_han(first) => tokens.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
            Some(_) if run.len() >= 2 => tokens.push(run.iter().collect()),
            _ => {}
        }
    }
    tokens
}

/// Maximal runs of one script.
fn runs(text: &[char]) -> impl Iterator<Item = &[char]> {
    text.chunk_by(|a, b| (is_han(*a) && is_han(*b)) || (is_word(*a) && is_word(*b)))
        .filter(|run| run.first().is_some_and(|&c| is_han(c) || is_word(c)))
}

/// Only Chinese characters, letters and digits: the form in which names are searched.
pub(super) fn flat(text: &[char]) -> String {
    text.iter().filter(|c| is_han(**c) || is_word(**c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boilerplate_cuts_runs_and_short_runs_vanish() {
        let text = normalize("尊敬的领导：您好！建设路Ｂ12路灯  不亮，请尽快处理");
        assert_eq!(tokens(&text), ["建设", "设路", "b12", "路灯", "不亮"]);
    }
}

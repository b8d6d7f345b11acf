//! Tokens for comparing and shingles for finding.
//!
//! A *token* is a bigram of Chinese characters or a whole word of letters and digits, as a number of 32 bits. A *shingle* is
//! three characters in a row (and the five that begin with them), by whose hash complaints are found.

use super::text::{is_han, is_word};

/// A token: two characters of 16 bits each, or the hash of a word with the highest bit set.
pub(in crate::merge) type Token = u32;

/// Bit that marks the hash of a word.
const WORD: u32 = 0x8000_0000;
/// First code of Chinese characters; letters and digits lie below.
const HAN_BASE: u32 = 64;

/// Three characters in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::merge) struct Shingle {
    /// Hash of the three characters.
    pub short: u32,
    /// Hash of the five characters that begin here; 0 where the run ends before.
    pub long: u32,
    /// Its two bigrams, as tokens; 0 for one with a letter or digit.
    pub pairs: [Token; 2],
}

/// Spreads a number over 64 bits (the finalizer of SplitMix64).
pub(in crate::merge) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Sixteen bits that stand for a token inside a document.
pub(in crate::merge) fn fingerprint(token: Token) -> u16 {
    u16::try_from(mix(u64::from(token) + 1) >> 48).unwrap_or_default()
}

fn code(c: char) -> u32 {
    match c {
        '0'..='9' => u32::from(c) - u32::from('0') + 1,
        'a'..='z' => u32::from(c) - u32::from('a') + 11,
        _ if is_han(c) => u32::from(c) - 0x3400 + HAN_BASE,
        _ => 0,
    }
}

fn hash(codes: &[u32]) -> u32 {
    let hashed = codes.iter().fold(u64::try_from(codes.len()).unwrap_or_default(), |state, code| {
        mix(state.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(*code))
    });
    u32::try_from(hashed >> 32).unwrap_or_default().max(1)
}

/// The tokens of a text without boilerplate, in order, with repeats.
pub(super) fn tokens(text: &[char]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len());
    for run in text.chunk_by(|a, b| (is_han(*a) && is_han(*b)) || (is_word(*a) && is_word(*b))) {
        match run.first() {
            Some(&first) if is_han(first) => {
                tokens.extend(run.array_windows().map(|[a, b]| (code(*a) << 16) | code(*b)));
            }
            Some(&first) if is_word(first) && run.len() >= 2 => {
                let codes: Vec<u32> = run.iter().map(|c| code(*c)).collect();
                tokens.push(WORD | hash(&codes));
            }
            _ => {}
        }
    }
    tokens
}

/// The tokens of a name.
pub(in crate::merge) fn tokens_of(name: &str) -> Vec<Token> {
    tokens(&name.chars().collect::<Vec<char>>())
}

/// The shingles of a text without boilerplate, over Chinese characters, letters and digits alike; a run of two characters
/// is a shingle of its own.
pub(super) fn shingles(text: &[char]) -> Vec<Shingle> {
    let mut shingles = Vec::with_capacity(text.len());
    let pair = |a: u32, b: u32| if a.min(b) >= HAN_BASE { (a << 16) | b } else { 0 };
    for run in text.split(|c| code(*c) == 0).filter(|run| run.len() >= 2) {
        let codes: Vec<u32> = run.iter().map(|c| code(*c)).collect();
        if let [a, b] = codes.as_slice() {
            shingles.push(Shingle { short: hash(&[*a, *b]), long: 0, pairs: [pair(*a, *b); 2] });
        }
        for (at, [a, b, c]) in codes.array_windows().enumerate() {
            let long = codes.get(at..at + 5).map_or(0, hash);
            shingles.push(Shingle { short: hash(&[*a, *b, *c]), long, pairs: [pair(*a, *b), pair(*b, *c)] });
        }
    }
    shingles
}

#[cfg(test)]
mod tests {
    use super::super::text::{normalize, without_boilerplate};
    use super::*;

    #[test]
    fn boilerplate_cuts_runs_and_short_runs_vanish() {
        let read = |text: &str| tokens(&without_boilerplate(&normalize(text)));
        let found = read("尊敬的领导：您好！建设路Ｂ12路灯  不亮，请尽快处理");
        let expected = ["建设", "设路", "b12", "路灯", "不亮"].map(read).concat();
        assert_eq!(found, expected);
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn shingles_cross_digits_and_know_what_follows() {
        let read = |text: &str| shingles(&normalize(text));
        let found = read("丽景3栋停水，漏");
        assert_eq!(found.len(), 4);
        assert_ne!(found[0].long, 0);
        assert_eq!(found[3].long, 0, "no five characters are left");
        assert_eq!(found[1].short, read("景3栋")[0].short);
        assert_eq!(read("停水").len(), 1);
    }
}

//! Tokens for comparing and shingles for finding.
//!
//! A *unit* is one Chinese character or one word of letters and digits. A *token* is a pair of neighbouring units, as a number
//! of 32 bits; a unit of two or more letters and digits that stands alone is a token too. A *shingle* is three characters in a
//! row, with the 5, 8 and 12 that begin with them, by whose hashes complaints are found.

use super::text::{is_han, is_word};

/// A token: two Chinese characters of 16 bits each, or a hash with the highest bit set.
pub(in crate::merge) type Token = u32;

/// What stands between two runs in a sequence of tokens.
pub(in crate::merge) const BREAK: Token = 0;

/// Bit that marks a hash.
const HASHED: u32 = 0x8000_0000;
/// First code of Chinese characters; letters and digits lie below.
const HAN_BASE: u32 = 64;
/// Prefix lengths of a shingle, in characters.
const LENGTHS: [usize; PREFIXES] = [3, 5, 8, 12];
/// How many prefix lengths a shingle has.
pub(in crate::merge) const PREFIXES: usize = 4;

/// Three characters in a row, and the longer runs that begin with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::merge) struct Shingle {
    /// Hashes of the 3, 5, 8 and 12 characters that begin here; 0 where the run ends before.
    pub prefixes: [u32; PREFIXES],
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

/// The tokens of a text without boilerplate, in order, with repeats; [`BREAK`] between runs.
pub(super) fn sequence(text: &[char]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len());
    for run in text.split(|c| code(*c) == 0).filter(|run| !run.is_empty()) {
        let units = run.chunk_by(|a, b| is_word(*a) && is_word(*b)).flat_map(|part| match part {
            [one] => vec![code(*one)],
            [first, ..] if is_word(*first) => vec![HASHED | hash(&part.iter().map(|c| code(*c)).collect::<Vec<_>>())],
            many => many.iter().map(|c| code(*c)).collect(),
        });
        let units: Vec<u32> = units.collect();
        if let [only] = units.as_slice()
            && only & HASHED != 0
        {
            tokens.push(*only);
        }
        tokens.extend(units.array_windows().map(|[a, b]| pair(*a, *b)));
        if tokens.last().is_some_and(|last| *last != BREAK) {
            tokens.push(BREAK);
        }
    }
    if tokens.last() == Some(&BREAK) {
        tokens.pop();
    }
    tokens
}

fn pair(a: u32, b: u32) -> Token {
    let han = |unit: u32| (HAN_BASE..HASHED).contains(&unit);
    if han(a) && han(b) { (a << 16) | b } else { HASHED | hash(&[a, b]) }
}

/// The token of two Chinese characters.
pub(in crate::merge) fn token_of_pair(chars: &[char]) -> Option<Token> {
    match chars {
        [a, b] if is_han(*a) && is_han(*b) => Some(pair(code(*a), code(*b))),
        _ => None,
    }
}

/// The shingles of a text without boilerplate, over Chinese characters, letters and digits alike; a run of two characters
/// is a shingle of its own.
pub(super) fn shingles(text: &[char]) -> Vec<Shingle> {
    let mut shingles = Vec::with_capacity(text.len());
    let pair = |a: u32, b: u32| if a.min(b) >= HAN_BASE { (a << 16) | b } else { 0 };
    for run in text.split(|c| code(*c) == 0).filter(|run| run.len() >= 2) {
        let codes: Vec<u32> = run.iter().map(|c| code(*c)).collect();
        if let [a, b] = codes.as_slice() {
            shingles.push(Shingle { prefixes: [hash(&[*a, *b]), 0, 0, 0], pairs: [pair(*a, *b); 2] });
        }
        for (at, [a, b, c]) in codes.array_windows().enumerate() {
            let prefixes = LENGTHS.map(|length| codes.get(at..at + length).map_or(0, hash));
            shingles.push(Shingle { prefixes, pairs: [pair(*a, *b), pair(*b, *c)] });
        }
    }
    shingles
}

/// The tokens of a name.
pub(in crate::merge) fn tokens_of(name: &str) -> Vec<Token> {
    sequence(&name.chars().collect::<Vec<char>>()).into_iter().filter(|token| *token != BREAK).collect()
}

/// A hash that is the same on every machine; equality of 64 bits stands for equality.
pub(super) fn text_hash(parts: &[&str]) -> u64 {
    parts.iter().fold(0, |state, part| part.bytes().fold(mix(state + 1), |state, byte| mix(state ^ u64::from(byte))))
}

#[cfg(test)]
mod tests {
    use super::super::text::{normalize, without_boilerplate};
    use super::*;

    #[test]
    fn tokens_are_pairs_of_characters_and_words() {
        let read = |text: &str| sequence(&without_boilerplate(&normalize(text)));
        let found = read("尊敬的领导：您好！建设路Ｂ12路灯  不亮，请尽快处理");
        let expected = ["建设", "设路", "路b12", "b12路", "路灯"].map(&read).concat();
        assert_eq!(found, [&expected[..], &[BREAK], &read("不亮")].concat());
        assert_eq!(read("p2p。")[..1], read("Ｐ2Ｐ，平台")[..1], "a word that stands alone is a token");
    }

    #[test]
    fn shingles_cross_digits_and_know_what_follows() {
        let read = |text: &str| shingles(&normalize(text));
        let found = read("丽景3栋停水，漏");
        assert_eq!(found.len(), 4);
        assert!(found[0].prefixes[1] != 0 && found[0].prefixes[2] == 0, "five characters follow, eight do not");
        assert_eq!(found[1].prefixes[0], read("景3栋")[0].prefixes[0]);
        assert_eq!(read("停水").len(), 1);
    }
}

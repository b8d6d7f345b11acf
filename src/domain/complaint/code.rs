//! The second secret (查询码) beside a receipt number. Receipt numbers follow one another and are printed, read out and forwarded: with the number
//! alone nobody is told anything. The code is made of a keyed tag of the number, so that nothing has to be stored for it.

/// Characters of a code.
const LENGTH: usize = 8;
/// Digits and letters that are not taken for each other when they are read out or copied by hand: no 0, 1, I, L, O.
const ALPHABET: [char; 31] = [
    '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P', 'Q', 'R',
    'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
];

/// The code that belongs to a keyed tag of at least 8 bytes.
#[must_use]
pub fn receipt_code(tag: &[u8]) -> String {
    let mut rest = tag.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let base = u64::try_from(ALPHABET.len()).unwrap_or(1);
    let next = |_| {
        let digit = usize::try_from(rest % base).unwrap_or_default();
        rest /= base;
        ALPHABET.get(digit).copied().unwrap_or_default()
    };
    (0..LENGTH).map(next).collect()
}

/// A code or a receipt number as somebody typed it: in capitals, without spaces and hyphens.
#[must_use]
pub fn as_typed(text: &str) -> String {
    let bare = text.chars().filter(|char| !char.is_whitespace() && *char != '-' && *char != '－');
    // A phone's keyboard may write full-width letters.
    let narrow = |char: char| match char {
        '！'..='～' => char::from_u32(u32::from(char) - 0xFEE0).unwrap_or(char),
        other => other,
    };
    bare.take(MAX_TYPED_CHARS).map(narrow).flat_map(char::to_uppercase).collect()
}

/// Most characters that are looked at of what somebody typed.
const MAX_TYPED_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_characters_that_nobody_confuses_and_differs_with_its_tag() {
        let codes: std::collections::BTreeSet<String> =
            (0_u64..2_000).map(|n| receipt_code(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())).collect();
        assert_eq!(codes.len(), 2_000);
        assert!(codes.iter().all(|code| code.len() == LENGTH && !code.contains(['0', '1', 'I', 'L', 'O'])));
    }

    #[test]
    fn what_is_typed_is_read_as_it_was_meant() {
        for typed in ["abcd2345", " ABCD-2345", "ABCD 2345 ", "ＡＢＣＤ２３４５", "abcd－2345"] {
            assert_eq!(as_typed(typed), "ABCD2345", "{typed}");
        }
    }
}

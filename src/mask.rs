//! Masking of personal data for feeds that do not ask for it.

use std::sync::OnceLock;

use regex::Regex;

/// 张三 becomes 张*, 欧阳小明 becomes 欧***: the first character and as many asterisks as characters follow.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let mut chars = name.chars();
    let first: String = chars.next().into_iter().collect();
    first + &"*".repeat(chars.count())
}

/// 13800001111 becomes 138****1111; numbers of up to ten digits keep their last two.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let (head, tail) = if digits.len() > 10 { (3, 4) } else { (0, 2) };
    let keep = |index: usize| index < head || index + tail >= digits.len();
    digits.iter().enumerate().map(|(index, digit)| if keep(index) { *digit } else { '*' }).collect()
}

/// Masks telephone and identity numbers inside free text: mobile numbers (11 digits from 13 to 19), fixed lines with area
/// code, identity numbers (18 or 15 characters).
#[must_use]
pub fn mask_text(text: &str) -> String {
    let masked = identity_pattern().replace_all(text, |found: &regex::Captures<'_>| {
        let number: Vec<char> = found.get(0).map_or("", |m| m.as_str()).chars().collect();
        let shown = |index: usize| index < 6 || index + 2 >= number.len();
        number.iter().enumerate().map(|(index, c)| if shown(index) { *c } else { '*' }).collect::<String>()
    });
    let masked = phone_pattern()
        .replace_all(&masked, |found: &regex::Captures<'_>| mask_phone(found.get(0).map_or("", |m| m.as_str())));
    masked.into_owned()
}

#[expect(clippy::expect_used, reason = "the pattern is a constant that a test compiles")]
fn identity_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| Regex::new(r"[1-8１-８]\d{16}[\dXxＸ]|[1-8１-８]\d{14}").expect("constant pattern"))
}

#[expect(clippy::expect_used, reason = "the pattern is a constant that a test compiles")]
fn phone_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        Regex::new(r"[1１][3-9３-９]\d[- ]?\d{4}[- ]?\d{4}|[0０]\d{2,3}[- ]?\d{7,8}").expect("constant pattern")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_text_are_masked_wherever_they_stand() {
        assert_eq!(
            mask_text("联系人张某13800001111，座机0631-7562345，身份证11010519491231002X。12345热线"),
            "联系人张某138****1111，座机063*****2345，身份证110105**********2X。12345热线"
        );
        assert_eq!(mask_text("１３８００００１１１１"), "１３８****１１１１");
        assert_eq!((mask_name("张三"), mask_name("")), ("张*".to_owned(), String::new()));
        assert_eq!(mask_phone("12345"), "***45");
    }
}

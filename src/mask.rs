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

/// A value that a warning shows as a sample: names as [`mask_name`] does, digits as [`mask_digits`] does. A field of the reporter may hold
/// a number with blanks and strokes, so these join its digits; elsewhere they divide dates and times.
#[must_use]
pub fn mask_sample(field: &str, value: &str) -> String {
    match field {
        "reporter_name" if !value.chars().any(char::is_numeric) => mask_name(value),
        _ if field.starts_with("reporter_") => mask_digits(value, joined_digits_pattern()),
        _ => mask_digits(value, digits_pattern()),
    }
}

/// Hides the middle of every run of five digits and more, in whatever script, also where it is no whole telephone number:
/// 1380000111转2 becomes 13******11转2. From eleven digits on three are shown before and four behind.
fn mask_digits(text: &str, runs: &Regex) -> String {
    let masked = runs.replace_all(text, |found: &regex::Captures<'_>| {
        let run = found.get(0).map_or("", |m| m.as_str());
        let count = run.chars().filter(|c| is_digit(*c)).count();
        let (head, tail) = if count > 10 { (3, 4) } else { (count / 4, count / 4) };
        let mut index = 0;
        let mut hidden = |c: char| {
            if !is_digit(c) {
                return c;
            }
            index += 1;
            if index <= head || index + tail > count { c } else { '*' }
        };
        run.chars().map(&mut hidden).collect::<String>()
    });
    masked.into_owned()
}

fn is_digit(c: char) -> bool {
    c.is_numeric() || "〇一二三四五六七八九幺两".contains(c)
}

#[expect(clippy::expect_used, reason = "the pattern is a constant that a test compiles")]
fn digits_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| Regex::new(r"[\p{N}〇一二三四五六七八九幺两]{5,}").expect("constant pattern"))
}

#[expect(clippy::expect_used, reason = "the pattern is a constant that a test compiles")]
fn joined_digits_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let digit = r"[\p{N}〇一二三四五六七八九幺两]";
    let between = r"[ \-—–_.()（）+]{0,2}";
    PATTERN.get_or_init(|| Regex::new(&format!("{digit}({between}{digit}){{4,}}")).expect("constant pattern"))
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

    #[test]
    fn samples_show_the_shape_of_a_value_and_no_number_of_a_person() {
        for (field, value, shown) in [
            ("reporter_phone", "1380000111", "13******11"),
            ("reporter_phone", "13800001111转2", "138****1111转2"),
            ("reporter_phone", "138-0000-111", "13*-****-*11"),
            ("reporter_phone", "1380000111l", "13******11l"),
            ("reporter_phone", "138001380013", "138*****0013"),
            ("reporter_phone", "5190000", "5*****0"),
            ("reporter_phone", "１３８００００１１１", "１３******１１"),
            ("reporter_phone", "一三八〇〇〇〇一一一", "一三******一一"),
            ("reporter_phone", "12345", "1***5"),
            ("reporter_phone", "无", "无"),
            ("reporter_id_number", "110105 19491231 0021", "110*** ******** 0021"),
            ("reporter_account", "u_20261121", "u_20****21"),
            ("reporter_name", "欧阳小明", "欧***"),
            ("reporter_name", "李某1380000111", "李某13******11"),
            ("occurred_at", "问13800001111", "问138****1111"),
            ("occurred_at", "2026-11-21 9:12 左右", "2026-11-21 9:12 左右"),
            ("occurred_at", "20261121x", "20****21x"),
            ("kind", "投诉类", "投诉类"),
            ("extra", "文化路12号3单元", "文化路12号3单元"),
        ] {
            assert_eq!(mask_sample(field, value), shown, "{field} {value}");
        }
    }
}

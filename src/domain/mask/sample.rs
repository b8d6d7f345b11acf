//! Samples of values that were not understood: their shape stays, no number of a person does, also none that is mistyped.

use std::sync::LazyLock;

use regex::Regex;

use super::mask_name;
use super::number::pattern;

static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{N}〇一二三四五六七八九幺两]{5,}"));
/// Digits with what stands between those of one number.
static JOINED: LazyLock<Regex> = LazyLock::new(|| {
    let digit = r"[\p{N}〇一二三四五六七八九幺两]";
    let between = r"[ \-—–_.()（）+]{0,2}";
    pattern(&format!("{digit}({between}{digit}){{4,}}"))
});

/// A value that a warning shows as a sample: names as [`mask_name`] does, digits as `mask_digits` does. A field of the reporter may hold
/// a number with blanks and strokes, so these join its digits; elsewhere they divide dates and times.
#[must_use]
pub fn mask_sample(field: &str, value: &str) -> String {
    match field {
        "reporter_name" if !value.chars().any(char::is_numeric) => mask_name(value),
        _ if field.starts_with("reporter_") => mask_digits(value, &JOINED),
        _ => mask_digits(value, &DIGITS),
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

#[cfg(test)]
mod tests {
    use super::*;

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

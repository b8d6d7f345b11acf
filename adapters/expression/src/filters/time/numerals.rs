//! Dates in Chinese numerals: 二〇二六年十一月二十一日.

use regex::Captures;

use super::super::text::regex;

/// The text with its year, and with it all other parts, in digits. A text whose year is in digits stays as it is: numerals in it
/// belong to the day of the week.
pub(super) fn to_digits(text: &str) -> String {
    let (Ok(year), Ok(part)) = (
        regex("^([〇零○一二三四五六七八九]{4})年"),
        regex("([一二三四五六七八九十廿卅两零〇]{1,3})(个?月|日|号|时|点|分|秒)"),
    ) else {
        return text.to_owned();
    };
    if !year.is_match(text) || text.contains(['周', '拜']) || text.contains("星期") {
        return text.to_owned();
    }
    let with_year = year.replace(text, |found: &Captures<'_>| {
        let digits: String =
            found.get(1).map_or("", |year| year.as_str()).chars().filter_map(digit).map(|n| n.to_string()).collect();
        format!("{digits}年")
    });
    let whole = part.replace_all(&with_year, |found: &Captures<'_>| {
        let (written, unit) = (found.get(1).map_or("", |m| m.as_str()), found.get(2).map_or("", |m| m.as_str()));
        value(written).map_or_else(|| format!("{written}{unit}"), |number| format!("{number}{unit}"))
    });
    whole.into_owned()
}

fn digit(c: char) -> Option<u8> {
    let digits = "零一二三四五六七八九";
    match c {
        '〇' | '○' => Some(0),
        '两' => Some(2),
        other => digits.chars().position(|digit| digit == other).and_then(|at| u8::try_from(at).ok()),
    }
}

/// 0 to 99: 五, 十, 十一, 二十, 二十一, 廿一, 〇五.
fn value(text: &str) -> Option<u8> {
    let tens = |c: char| match c {
        '廿' => Some(20),
        '卅' => Some(30),
        _ => None,
    };
    let chars: Vec<char> = text.chars().collect();
    match chars.as_slice() {
        ['十'] => Some(10),
        [one] => tens(*one).or_else(|| digit(*one)),
        ['十', one] => digit(*one).map(|one| 10 + one),
        ['零' | '〇', one] => digit(*one),
        [ten, '十'] => digit(*ten).map(|ten| ten * 10),
        [ten, one] => tens(*ten).and_then(|ten| digit(*one).map(|one| ten + one)),
        [ten, '十', one] => digit(*ten).and_then(|ten| digit(*one).map(|one| ten * 10 + one)),
        _ => None,
    }
}

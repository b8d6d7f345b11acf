//! Numbers with a unit: building, unit, phase, house number, bus line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regex::Regex;

/// Numbers by unit, in one spelling.
pub(super) type Numbers = BTreeMap<&'static str, BTreeSet<String>>;

#[expect(clippy::expect_used, reason = "the pattern is a constant that a test compiles")]
fn pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        Regex::new(
            "([a-z]?[0-9]{1,5}|[一二两三四五六七八九十]{1,3}) ?(号线|号楼|号栋|栋|幢|座|期|单元|路公交|路车|号|路|室|房|组)",
        )
        .expect("constant pattern")
    })
}

/// The numbers of a normalized text.
pub(super) fn numbers(text: &[char]) -> Numbers {
    let text: String = text.iter().collect();
    let mut found = Numbers::new();
    for captures in pattern().captures_iter(&text) {
        let (Some(whole), Some(value), Some(unit)) = (captures.get(0), captures.get(1), captures.get(2)) else {
            continue;
        };
        let before = text.get(..whole.start()).and_then(|before| before.chars().next_back());
        if let Some(unit) = canonical_unit(unit.as_str(), value.as_str(), before) {
            found.entry(unit).or_default().insert(canonical_value(value.as_str()));
        }
    }
    found
}

fn canonical_unit(unit: &str, value: &str, before: Option<char>) -> Option<&'static str> {
    let digits = value.ends_with(|c: char| c.is_ascii_digit());
    match unit {
        "号" if !digits || value.len() > 4 || before.is_some_and(|c| "月年.-/".contains(c)) => None,
        "期" if before == Some('学') => None,
        "路" | "组" | "座" if !digits => None,
        "号楼" | "号栋" | "栋" | "幢" | "座" => Some("栋"),
        "路公交" | "路车" | "路" => Some("路线"),
        "号线" => Some("号线"),
        "室" | "房" => Some("室"),
        "期" => Some("期"),
        "单元" => Some("单元"),
        "号" => Some("号"),
        "组" => Some("组"),
        _ => None,
    }
}

fn canonical_value(value: &str) -> String {
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.trim_start_matches('0').to_owned();
    }
    chinese_numeral(value).map_or_else(|| value.to_owned(), |number| number.to_string())
}

/// 一 to 九十九.
fn chinese_numeral(text: &str) -> Option<u32> {
    let digit = |c: char| "一二三四五六七八九".chars().position(|d| d == c).or((c == '两').then_some(1)).map(|i| i + 1);
    let chars: Vec<char> = text.chars().collect();
    let value = match chars.as_slice() {
        ['十'] => 10,
        ['十', ones] => 10 + digit(*ones)?,
        [tens, '十'] => digit(*tens)? * 10,
        [tens, '十', ones] => digit(*tens)? * 10 + digit(*ones)?,
        [only] => digit(*only)?,
        _ => return None,
    };
    u32::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::super::text::normalize;
    use super::*;

    #[test]
    fn units_and_numerals_have_one_spelling() {
        let found = numbers(&normalize("丽景花园二期12号楼３单元，309路公交，11月21号，三幢"));
        let shown: Vec<String> = found
            .iter()
            .map(|(unit, values)| format!("{unit}={}", values.iter().cloned().collect::<Vec<_>>().join("+")))
            .collect();
        assert_eq!(shown, ["单元=3", "期=2", "栋=12+3", "路线=309"]);
    }
}

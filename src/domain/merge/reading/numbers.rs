//! Numbers with a unit: building, unit, phase, house number, bus line.

use std::sync::OnceLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// A number with its unit, in one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Number {
    unit: Unit,
    value: u32,
    in_title: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Unit {
    Building,
    Route,
    Line,
    Room,
    Phase,
    Entrance,
    House,
    Group,
}

/// Most numbers kept of one complaint.
const MAX_NUMBERS: usize = 24;

/// The numbers of one complaint, sorted by unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::merge) struct Numbers(Box<[Number]>);

impl Numbers {
    /// The numbers of a normalized title and of the rest.
    pub(super) fn new(title: &[char], text: &[char]) -> Self {
        let mut found: Vec<Number> = Vec::new();
        for (part, in_title) in [(title, true), (text, false)] {
            for (unit, value) in numbers(part) {
                if !found.iter().any(|number| number.unit == unit && number.value == value) && found.len() < MAX_NUMBERS
                {
                    found.push(Number { unit, value, in_title });
                }
            }
        }
        found.sort_unstable();
        Self(found.into())
    }

    /// Heap bytes.
    pub(in crate::merge) fn heap(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// Whether some unit agrees and whether some unit conflicts; of titles only, or of everything.
pub(in crate::merge) fn agreement(a: &Numbers, b: &Numbers, titles: bool) -> (bool, bool) {
    let mut found = (false, false);
    for unit in a.0.chunk_by(|x, y| x.unit == y.unit) {
        let Some(first) = unit.first() else { continue };
        let mut others = b.0.iter().filter(|other| other.unit == first.unit && (other.in_title || !titles)).peekable();
        let mut ours = unit.iter().filter(|number| number.in_title || !titles).peekable();
        if others.peek().is_none() || ours.peek().is_none() {
            continue;
        }
        let others: Vec<u32> = others.map(|other| other.value).collect();
        match ours.any(|number| others.contains(&number.value)) {
            true => found.0 = true,
            false => found.1 = true,
        }
    }
    found
}

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
fn numbers(text: &[char]) -> Vec<(Unit, u32)> {
    let text: String = text.iter().collect();
    let mut found = Vec::new();
    for captures in pattern().captures_iter(&text) {
        let (Some(whole), Some(value), Some(unit)) = (captures.get(0), captures.get(1), captures.get(2)) else {
            continue;
        };
        let before = text.get(..whole.start()).and_then(|before| before.chars().next_back());
        if let Some(unit) = unit_of(unit.as_str(), value.as_str(), before) {
            found.push((unit, value_of(value.as_str())));
        }
    }
    found
}

fn unit_of(unit: &str, value: &str, before: Option<char>) -> Option<Unit> {
    let digits = value.ends_with(|c: char| c.is_ascii_digit());
    match unit {
        "号" if !digits || value.len() > 4 || before.is_some_and(|c| "月年.-/".contains(c)) => None,
        "期" if before == Some('学') => None,
        "路" | "组" | "座" if !digits => None,
        "号楼" | "号栋" | "栋" | "幢" | "座" => Some(Unit::Building),
        "路公交" | "路车" | "路" => Some(Unit::Route),
        "号线" => Some(Unit::Line),
        "室" | "房" => Some(Unit::Room),
        "期" => Some(Unit::Phase),
        "单元" => Some(Unit::Entrance),
        "号" => Some(Unit::House),
        "组" => Some(Unit::Group),
        _ => None,
    }
}

/// 012 and 十二 are 12; b12 is a number of its own, above all written ones.
pub(super) fn value_of(value: &str) -> u32 {
    let digits = value.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let number = digits.parse().ok().or_else(|| chinese_numeral(digits)).unwrap_or_default();
    let letter = value.chars().next().filter(char::is_ascii_lowercase).map_or(0, u32::from);
    letter * 1_000_000 + number
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
        let found = numbers(&normalize("丽景花园二期12号楼３单元，309路公交，11月21号，三幢，B12栋"));
        let expected = [
            (Unit::Phase, 2),
            (Unit::Building, 12),
            (Unit::Entrance, 3),
            (Unit::Route, 309),
            (Unit::Building, 3),
            (Unit::Building, 98_000_012),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn one_unit_agrees_while_another_conflicts() {
        let read = |title: &str, text: &str| Numbers::new(&normalize(title), &normalize(text));
        let (a, b) = (read("3栋停水", "2单元"), read("三栋停水", "5单元"));
        assert_eq!(agreement(&a, &b, false), (true, true));
        assert_eq!(agreement(&a, &b, true), (true, false));
        assert_eq!(agreement(&a, &read("停水", ""), false), (false, false));
    }
}

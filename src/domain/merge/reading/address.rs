//! An address in its parts: roads, numbers of doors and buildings, and the rest, which names an estate, a company, a shop.

use std::sync::OnceLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

use super::grams::{Token, text_hash, tokens_of};
use super::numbers::value_of;
use super::text::is_han;

/// Shortest address that is compared, in characters.
const MIN_CHARS: usize = 4;
/// Most parts of a kind that are kept.
const MAX_PARTS: usize = 32;
/// Share of the shorter rest's tokens from which two rests name the same, and below which they do not.
const REST_SAME: f32 = 0.6;
const REST_DIFFERENT: f32 = 0.3;
/// Jaro-Winkler similarity of addresses without Chinese characters from which they are the same, near, and below which
/// different.
const PLAIN_LEVELS: (f64, f64, f64) = (0.9, 0.75, 0.5);

/// What is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::merge) enum Door {
    /// 号, on a road.
    House,
    /// 弄, on a road.
    Lane,
    /// 栋, in an estate.
    Building,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::merge) enum Address {
    /// With Chinese characters.
    Parsed {
        /// Names of roads, hashed.
        roads: Box<[u64]>,
        doors: Box<[(Door, u32)]>,
        /// The tokens of what is left.
        rest: Box<[Token]>,
    },
    /// As it was given.
    Plain(Box<str>),
}

/// How two addresses agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::merge) enum AddressLevel {
    Different,
    /// The same road or estate with another door or building.
    OtherDoor,
    /// The same road or estate.
    Near,
    /// The same door, building or shop.
    Same,
}

struct Patterns {
    divisions: Regex,
    relations: Regex,
    numbers: Regex,
    roads: Regex,
}

#[expect(clippy::expect_used, reason = "the patterns are constants that a test compiles")]
fn patterns() -> &'static Patterns {
    static PATTERNS: OnceLock<Patterns> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let compile = |pattern: &str| Regex::new(&pattern.replace('汉', r"[\x{3400}-\x{9FFF}]")).expect("constant pattern");
        Patterns {
            divisions: compile(
                "^(?:汉{2,6}?(?:省|自治区|自治州|地区))?(?:汉{2,5}?市)?(?:汉{1,5}?[县区市])?(?:汉{1,5}?(?:街道|镇|乡))?",
            ),
            relations: compile(
                r"交叉路?口|交汇处|交口|附近|旁边|对面|[东南西北侧]{1,2}[0-9]+米|[东南西北]{1,2}侧|[0-9]+米|门口|之[0-9-]*|[与和]|\(.*?\)",
            ),
            numbers: compile(
                "([a-z]?[0-9]{1,5}|[一二两三四五六七八九十]{1,3})(号楼|号栋|栋|幢|座|期|单元|号院|弄|号门|号|室|房|组|层|楼)",
            ),
            roads: compile("((?:汉|[0-9]){1,8}?)(大道|大街|公路|国道|省道|胡同|街道|[路街巷道])"),
        }
    })
}

impl Address {
    /// Reads a normalized address; `None` when there is too little of it.
    pub(super) fn read(text: &[char]) -> Option<Self> {
        if text.iter().filter(|c| c.is_alphanumeric()).count() < MIN_CHARS {
            return None;
        }
        let joined: String = text.iter().filter(|c| c.is_alphanumeric() || "()".contains(**c)).collect();
        if !joined.chars().any(is_han) {
            return Some(Self::Plain(joined.into()));
        }
        let patterns = patterns();
        let inside = patterns.divisions.replace(&joined, "|");
        let placed = patterns.relations.replace_all(&inside, "|");
        let mut doors = Vec::new();
        let unnumbered = patterns.numbers.replace_all(&placed, |found: &Captures<'_>| {
            let (value, unit) = (found.get(1), found.get(2).map(|unit| unit.as_str()));
            let door = match unit {
                Some("号楼" | "号栋" | "栋" | "幢" | "座") => Some(Door::Building),
                Some("号" | "号院") => Some(Door::House),
                Some("弄") => Some(Door::Lane),
                _ => None,
            };
            doors.extend(door.zip(value.map(|value| value_of(value.as_str()))));
            "|"
        });
        let mut roads = Vec::new();
        let rest = patterns.roads.replace_all(&unnumbered, |found: &Captures<'_>| {
            if let (Some(whole), Some(ending)) = (found.get(0), found.get(2))
                && ending.as_str() != "街道"
            {
                roads.push(text_hash(&[whole.as_str()]));
            }
            "|"
        });
        Some(Self::Parsed { roads: kept(roads), doors: kept(doors), rest: kept(tokens_of(&rest)) })
    }

    /// How two addresses agree; `None` when that cannot be said.
    pub(in crate::merge) fn compare(&self, other: &Self) -> Option<AddressLevel> {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => plain_level(a, b),
            (Self::Parsed { roads, doors, rest }, Self::Parsed { roads: roads_b, doors: doors_b, rest: rest_b }) => {
                if self == other {
                    return Some(AddressLevel::Same);
                }
                let road =
                    (!roads.is_empty() && !roads_b.is_empty()).then(|| roads.iter().any(|one| roads_b.contains(one)));
                parsed_level(road, same_door(doors, doors_b), same_rest(rest, rest_b))
            }
            _ => None,
        }
    }

    /// Heap bytes.
    pub(in crate::merge) fn heap(&self) -> usize {
        match self {
            Self::Plain(text) => text.len(),
            Self::Parsed { roads, doors, rest } => size_of_val(&**roads) + size_of_val(&**doors) + size_of_val(&**rest),
        }
    }
}

fn kept<T: Ord>(mut parts: Vec<T>) -> Box<[T]> {
    parts.sort_unstable();
    parts.dedup();
    parts.truncate(MAX_PARTS);
    parts.into()
}

fn plain_level(a: &str, b: &str) -> Option<AddressLevel> {
    match strsim::jaro_winkler(a, b) {
        alike if alike >= PLAIN_LEVELS.0 => Some(AddressLevel::Same),
        alike if alike >= PLAIN_LEVELS.1 => Some(AddressLevel::Near),
        alike if alike < PLAIN_LEVELS.2 => Some(AddressLevel::Different),
        _ => None,
    }
}

/// Whether the doors agree: no when some kind of door differs.
fn same_door(a: &[(Door, u32)], b: &[(Door, u32)]) -> Option<bool> {
    let mut same = None;
    for kind in a.chunk_by(|x, y| x.0 == y.0) {
        let Some((door, _)) = kind.first() else { continue };
        if b.iter().any(|(other, _)| other == door) {
            let agrees = kind.iter().any(|one| b.contains(one));
            same = Some(same.unwrap_or(true) && agrees);
        }
    }
    same
}

/// How the rests of two addresses agree.
#[derive(Clone, Copy)]
enum Rest {
    /// One has none.
    Missing,
    Different,
    Half,
    Same,
}

fn same_rest(a: &[Token], b: &[Token]) -> Rest {
    let (shorter, longer) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if shorter.is_empty() {
        return Rest::Missing;
    }
    let shared = shorter.iter().filter(|token| longer.contains(token)).count();
    #[expect(clippy::cast_precision_loss, reason = "at most 32")]
    match shared as f32 / shorter.len() as f32 {
        share if share >= REST_SAME => Rest::Same,
        share if share < REST_DIFFERENT => Rest::Different,
        _ => Rest::Half,
    }
}

/// The level of two parsed addresses, by whether road, door and rest agree. Which combination is which level follows from how
/// often each occurs among labelled pairs of addresses that are and are not the same place.
fn parsed_level(road: Option<bool>, door: Option<bool>, rest: Rest) -> Option<AddressLevel> {
    use AddressLevel::{Different, Near, OtherDoor, Same};
    match (rest, road, door) {
        (Rest::Same, _, Some(true)) | (Rest::Same, Some(true), None) => Some(Same),
        (Rest::Same, _, Some(false)) => Some(OtherDoor),
        (Rest::Same, None, None) => Some(Near),
        (Rest::Same, Some(false), None) => None,
        (Rest::Different, Some(true), Some(true)) => Some(Near),
        (Rest::Different, ..) => Some(Different),
        (_, Some(true), Some(true)) => Some(Same),
        (_, Some(true), Some(false)) => Some(OtherDoor),
        (_, Some(true), None) => Some(Near),
        (_, _, Some(true)) => None,
        (_, Some(false), _) | (_, None, Some(false)) | (Rest::Half, None, None) => Some(Different),
        (Rest::Missing, None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::normalize;
    use super::*;

    fn level(a: &str, b: &str) -> Option<AddressLevel> {
        let read = |text: &str| Address::read(&normalize(text)).unwrap();
        let (a, b) = (read(a), read(b));
        assert_eq!(a.compare(&b), b.compare(&a), "the order decides nothing");
        a.compare(&b)
    }

    #[test]
    fn doors_of_one_road_are_told_apart() {
        use AddressLevel::{Different, Near, OtherDoor, Same};
        for (a, b, expected) in [
            ("滨城市东港区香樟中路12号", "香樟中路12号", Some(Same)),
            ("香樟中路12号", "香樟中路120号", Some(OtherDoor)),
            ("香樟中路与松涛街交叉口", "滨城市香樟中路", Some(Near)),
            ("听涛嘉园5号楼", "东港区听涛嘉园五栋2单元301室", Some(Same)),
            ("听涛嘉园5号楼", "听涛嘉园6号楼", Some(OtherDoor)),
            ("松涛街8号听涛嘉园", "听涛嘉园", Some(Near)),
            ("香樟中路12号", "松涛街12号", None),
            ("香樟中路12号", "松涛街7号", Some(Different)),
            ("听涛嘉园", "望海名邸", Some(Different)),
            ("龙茗路1300弄5号", "龙茗路1300弄5号楼", Some(Same)),
            ("12 Main Street", "12 Main St", Some(Same)),
            ("12 Main Street", "香樟中路12号", None),
        ] {
            assert_eq!(level(a, b), expected, "{a} / {b}");
        }
        assert_eq!(Address::read(&normalize("3号")), None, "too little to tell");
    }
}

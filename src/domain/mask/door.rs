//! Doors of dwellings in a folded text: 3栋2单元501室, 5-2-301, 1502室. The building is no door.

use std::sync::LazyLock;

use regex::Regex;

use super::folded::Folded;
use super::number::pattern;
use super::{Found, PersonalData};

/// Numerals besides digits.
const NUMERALS: &str = "一二三四五六七八九十零〇";

static DOOR: LazyLock<Regex> = LazyLock::new(|| {
    let n = format!("[0-9{NUMERALS}]");
    // A building, then a unit or a room; a unit with a room; a room.
    let building = format!("(?:[A-Za-z]?{n}{{1,4}}|[A-Za-z])(?:号楼|栋|幢|座|楼|#楼?|号院)");
    let unit = format!("(?:(?:[A-Za-z]|{n}{{1,3}})(?:单元|门洞|梯|门)|[甲乙丙丁东西南北中]单元)");
    let floor = format!("(?:{n}{{1,3}}|顶)(?:楼梯?|层)");
    let room =
        format!("(?:[A-Za-z]?[0-9]{{3,4}}[A-Za-z]?(?:[号室房户]){{0,2}}|{n}{{1,4}}(?:室|号房|房间)|[东西中南北]户)");
    pattern(&format!(
        "{building}[ ,，.-]{{0,2}}{unit}(?:[ ,，.-]{{0,2}}(?:{floor})?[ ,，.-]{{0,2}}{room})?\
         |{building}[ ,，.-]{{0,2}}(?:{floor}[ ,，.-]{{0,2}})?{room}\
         |{unit}[ ,，.-]{{0,2}}(?:{floor}[ ,，.-]{{0,2}})?{room}\
         |[A-Za-z]?[0-9]{{1,3}}(?:(?:栋|幢|座|号楼|#)?-|#)[0-9]{{1,2}}(?:单元)?-[0-9]{{3,4}}(?:室|房|号|户)?\
         |[A-Za-z]?[0-9]{{1,3}}(?:栋|幢|座|号楼|#)?-[0-9]{{3,4}}(?:室|房|户)\
         |[A-Za-z]?[0-9]{{3,4}}(?:室|号房|房间?)"
    ))
});

/// Adds doors.
pub(super) fn find(folded: &Folded, all: &mut Vec<Found>) {
    let text = folded.text.as_str();
    for found in DOOR.find_iter(text) {
        let before = text.get(..found.start()).and_then(|head| head.chars().next_back());
        let after = text.get(found.end()..).and_then(|rest| rest.chars().next());
        // In the middle of another number, or a count: 1200户居民.
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-' || c == '第' || c == '共' || c == '约')
            || after.is_some_and(|c| c.is_ascii_digit() || c == '-')
            || (counts_households(found.as_str())
                && after.is_some_and(|c| matches!(c, '，' | '居' | '人' | '业' | '村' | '家' | '住' | '农')))
        {
            continue;
        }
        all.push(Found { kind: PersonalData::Door, range: folded.original(&found.range()) });
    }
}

fn counts_households(text: &str) -> bool {
    text.ends_with('户') && text.chars().rev().skip(1).all(|c| c.is_ascii_digit())
}

/// The building stays, what is behind it becomes asterisks: 3栋*单元***室. A room alone is hidden whole.
pub(super) fn shown(text: &str) -> String {
    let is_number = |c: char| c.is_ascii_alphanumeric() || ('０'..='ｚ').contains(&c) || NUMERALS.contains(c);
    let groups = text.chars().fold((0, false), |(count, inside), c| {
        let now = is_number(c);
        (count + usize::from(now && !inside), now)
    });
    let keeps_first = groups.0 > 1 || text.ends_with('户') && !text.starts_with(|c: char| c.is_ascii_digit());
    let (mut group, mut inside) = (0, false);
    text.chars()
        .map(|c| {
            let now = is_number(c) || matches!(c, '东' | '西' | '中' | '南' | '北');
            group += usize::from(now && !inside);
            inside = now;
            if now && !(keeps_first && group == 1) { '*' } else { c }
        })
        .collect()
}

//! Numbers of people in a folded text: telephones, identity cards, bank cards.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::folded::Folded;
use super::{Found, PersonalData};

/// A pattern that is a constant; a test compiles all of them.
#[expect(clippy::expect_used, reason = "the pattern is a constant that a test compiles")]
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("constant pattern")
}

/// Sizes of the groups in which eleven digits of a mobile number are written.
const MOBILE_GROUPS: &[&[usize]] = &[
    &[11],
    &[3, 4, 4],
    &[3, 8],
    &[7, 4],
    &[4, 3, 4],
    &[4, 4, 3],
    &[3, 3, 5],
    &[5, 6],
    &[6, 5],
    &[3, 2, 2, 2, 2],
    &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
];
/// First two digits of identity numbers: provinces of GB/T 2260.
const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91",
];

/// A run of digits, with separators or without.
static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9](?:[ ._-]?[0-9*]|[xX]+[0-9]|[xX]{2,})+[xX]?"));
/// An area code and a number, with an extension or without; numbers of services that begin with 400 and 800.
static FIXED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"((?:\+?86[ -]?)?[(\[【]?0[1-9][0-9]{1,2}[)\]】]?[ ./-]{0,3}[2-9*][0-9*]{2,3}[ -]?[0-9*]{4})(?:(?:[-转 /]|ext\.?|分机){1,2}[0-9]{1,6})?(?:[、,/;或和 ]{1,3}[2-9][0-9]{6,7})*|[48]00[ -]?(?:[0-9]{3}[ -]?[0-9]{4}|[0-9]{4}[ -]?[0-9]{3})|\+[1-9][0-9]{0,2}[ -]?[0-9](?:[ -]?[0-9]){5,11}",
    )
});
/// Seven or eight digits that are said to be a telephone.
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:电话|座机|致电|来电|拨打|热线|联系|咨询|手机|号码|传真|办公室|值班|总机|(?-u:\b)tel|phone|[☎📞])[^0-9]{0,12}((?:[2-9][0-9]{2,3}[ -]?[0-9]{4}(?:(?:-|转|分机)[0-9]{1,6})?(?:[、,/;或和 ]{1,2})?)+)",
    )
});
/// What is said to be the number of an identity card, a passport or a permit.
static CARRIED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:身份证|省份证|身份号|证件|护照|通行证|台胞证|回乡证|军官证|驾驶证|居住证|社保卡|医保卡|社会保障)[^0-9A-Za-z*]{0,10}([A-Za-z]{0,2}[0-9*](?:[ -]?[0-9*]){5,18}(?:[Xx]|[(][0-9A-Z][)])?)",
    )
});
/// What is said to be a card or an account.
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:卡号|账号|帐号|账户|帐户|银行卡|存折|开户|汇款|转账|户头|[的张]卡)[^0-9]{0,16}([0-9](?:[ -]?[0-9*]){8,24})",
    )
});
/// A number in Chinese numerals, digit by digit.
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let n = "[0-9零〇一幺二两三四五六七八九壹贰叁肆伍陆柒捌玖]";
    pattern(&format!("{n}(?:[ -]?{n}){{10,11}}|(?:电话|座机|致电|拨打|手机)[^0-9]{{0,4}}?({n}{{7,8}})"))
});
/// Seven or eight digits that stand alone: mostly a local telephone.
static LOCAL: LazyLock<Regex> = LazyLock::new(|| pattern("[2-8][0-9]{6,7}"));

/// Adds the numbers of a text.
pub(super) fn find(folded: &Folded, all: &mut Vec<Found>) {
    let text = folded.text.as_str();
    let mut add = |kind, range| all.push(Found { kind, range });
    if text.bytes().filter(u8::is_ascii_digit).count() >= 5 {
        for (kind, introduced) in
            [(PersonalData::Identity, &*CARRIED), (PersonalData::Card, &*ACCOUNT), (PersonalData::Phone, &*CALLED)]
        {
            for found in introduced.captures_iter(text).filter_map(|captures| captures.get(1)) {
                add(kind, trimmed(folded, found.range()));
            }
        }
        for found in FIXED.captures_iter(text) {
            // An extension that is another number is none.
            let whole = found.get(0).filter(|whole| stands_alone(text, &whole.range()));
            let plain = found.get(1).filter(|plain| stands_alone(text, &plain.range()));
            if let Some(found) = whole.or(plain) {
                add(PersonalData::Phone, found.range());
            }
        }
        for found in LOCAL.find_iter(text).filter(|found| is_local(text, &found.range())) {
            add(PersonalData::Phone, found.range());
        }
        for found in RUN.find_iter(text) {
            let numbered =
                text.get(..found.start()).is_some_and(|head| head.ends_with(|c: char| c.is_ascii_alphabetic()));
            // Behind a letter long runs are numbers of documents.
            let found = of_run(folded, found.range()).into_iter();
            for (kind, range) in found.filter(|(kind, _)| !numbered || *kind == PersonalData::Phone) {
                add(kind, range);
            }
        }
    }
    for found in SPOKEN.captures_iter(text) {
        let whole = found.get(0).filter(|whole| is_spoken_mobile(whole.as_str()));
        if let Some(found) = found.get(1).or(whole) {
            add(PersonalData::Phone, found.range());
        }
    }
}

/// Without separators at its end.
fn trimmed(folded: &Folded, range: Range<usize>) -> Range<usize> {
    let text = folded.get(range.clone()).trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '*');
    range.start..range.start + text.len()
}

/// Whether no digit stands next to it.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let digit_at = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    !digit_at(range.start.checked_sub(1)) && !digit_at(Some(range.end))
}

/// Whether seven or eight digits are probably a local telephone: nothing beside them says that they are something else.
fn is_local(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|head| head.chars().next_back());
    let after = text.get(range.end..).and_then(|rest| rest.chars().next());
    let joined = |c: char| c.is_ascii_alphanumeric() || "-./*%:#_".contains(c);
    let counted = |c: char| "元万亿米平户人号个年月日时分秒吨斤次张条件份度块股千公亩案".contains(c);
    let labelled = |c: char| "号第№¥￥$码约共达编".contains(c);
    let date = text.get(range.clone()).is_some_and(|number| number.len() == 8 && number.starts_with("20"));
    !date && before.is_none_or(|c| !joined(c) && !labelled(c)) && after.is_none_or(|c| !joined(c) && !counted(c))
}

/// What a run of digits is. Parts of it, divided by its separators, are looked at from the longest to the shortest.
fn of_run(folded: &Folded, range: Range<usize>) -> Vec<(PersonalData, Range<usize>)> {
    let run = folded.get(range.clone());
    // Groups of digits with their places.
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, byte) in run.bytes().enumerate() {
        if matches!(byte, b' ' | b'.' | b'_' | b'-') {
            continue;
        }
        match groups.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => groups.push(at..at + 1),
        }
    }
    let mut found = Vec::new();
    let mut from = 0;
    while from < groups.len() {
        let longest = (from + 1..=groups.len().min(from + MOST_GROUPS)).rev();
        let kind = longest.filter_map(|to| Some((to, kind_of(run, groups.get(from..to)?)?))).next();
        match kind {
            Some((to, kinds)) => {
                found.extend(
                    kinds.into_iter().map(|(kind, part)| (kind, range.start + part.start..range.start + part.end)),
                );
                from = to;
            }
            None => from += 1,
        }
    }
    found
}

/// Most groups of digits that are one number.
const MOST_GROUPS: usize = 11;

/// What groups of digits are together.
fn kind_of(run: &str, groups: &[Range<usize>]) -> Option<Vec<(PersonalData, Range<usize>)>> {
    let whole = groups.first()?.start..groups.last()?.end;
    let digits: String = groups.iter().filter_map(|group| run.get(group.clone())).collect();
    let sizes: Vec<usize> = groups.iter().map(ExactSizeIterator::len).collect();
    let single = sizes.len() == 1;
    let mobile =
        ["0086", "86", "0"].iter().find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() == 11));
    let mobile = mobile.unwrap_or(&digits);
    if is_mobile(mobile) && (MOBILE_GROUPS.contains(&sizes.as_slice()) || mobile.len() < digits.len()) {
        return Some(vec![(PersonalData::Phone, whole)]);
    }
    if is_identity(&digits) && (single || sizes.iter().all(|size| *size >= 2)) {
        return Some(vec![(PersonalData::Identity, whole)]);
    }
    if is_card(&digits) && (single || sizes.iter().rev().skip(1).all(|size| *size >= 4)) {
        return Some(vec![(PersonalData::Card, whole)]);
    }
    if !single {
        return None;
    }
    if let Some(mobiles) = mobiles_in(&digits, whole.start) {
        return Some(mobiles);
    }
    // With a digit too few or too many.
    if matches!(digits.len(), 10 | 12 | 13) && digits.get(..11).map_or_else(|| begins_as_mobile(&digits), is_mobile) {
        return Some(vec![(PersonalData::Phone, whole)]);
    }
    // A telephone with something in front of it, unless that is a date: 100213203510111 behind a room.
    let tail =
        digits.len().checked_sub(11).filter(|head| (1..=7).contains(head)).and_then(|at| Some((at, digits.get(at..)?)));
    let dated = digits.starts_with("20") || digits.starts_with("19");
    if let Some((at, _)) = tail.filter(|(_, tail)| is_mobile(tail) && !dated && !is_identity(&digits)) {
        return Some(vec![(PersonalData::Phone, whole.start + at..whole.end)]);
    }
    // A number of a person that is mistyped is one still.
    let nearly = matches!(digits.len(), 16..=19) && PROVINCES.iter().any(|province| digits.starts_with(province));
    nearly.then(|| vec![(PersonalData::Identity, whole)])
}

/// Mobile numbers without anything between them, in a run of digits that begins at a place.
fn mobiles_in(digits: &str, start: usize) -> Option<Vec<(PersonalData, Range<usize>)>> {
    let numbers: Vec<&str> =
        (0..digits.len() / 11).filter_map(|number| digits.get(11 * number..11 * (number + 1))).collect();
    let all = digits.len().is_multiple_of(11) && numbers.iter().all(|number| is_mobile(number));
    let place = |number: usize| start + 11 * number..start + 11 * (number + 1);
    all.then(|| (0..numbers.len()).map(|number| (PersonalData::Phone, place(number))).collect())
}

fn begins_as_mobile(digits: &str) -> bool {
    let mut bytes = digits.bytes();
    bytes.next() == Some(b'1') && bytes.next().is_some_and(|second| (b'3'..=b'9').contains(&second))
}

/// Eleven digits from 13 to 19; some of them may be masked already.
fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && begins_as_mobile(digits)
}

/// An identity number of GB 11643: 18 digits with a date of birth, or 15 of before 1999. The last digit may be X.
fn is_identity(digits: &str) -> bool {
    let part = |range: Range<usize>| digits.get(range).unwrap_or_default();
    let within =
        |text: &str, most: u32| text.contains('*') || text.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n));
    let province = PROVINCES.contains(&part(0..2));
    match digits.len() {
        18 => {
            province
                && (matches!(part(6..8), "18" | "19" | "20") || part(6..8).contains('*'))
                && within(part(10..12), 12)
                && within(part(12..14), 31)
        }
        15 => province && within(part(8..10), 12) && within(part(10..12), 31),
        _ => false,
    }
}

/// 15 to 19 digits whose last one is the check digit of ISO/IEC 7812-1, and that begin like cards do.
fn is_card(digits: &str) -> bool {
    let luhn = |sum: u32, (place, digit): (usize, u32)| {
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum + if doubled > 9 { doubled - 9 } else { doubled }
    };
    let begins = digits.starts_with(['3', '4', '5', '6']) || digits.starts_with("9");
    (15..=19).contains(&digits.len())
        && begins
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().fold(0, luhn) % 10 == 0
}

/// Eleven numerals that begin as a mobile number does, at least one of them Chinese.
fn is_spoken_mobile(numerals: &str) -> bool {
    let digit = |c: char| match c {
        '零' | '〇' => '0',
        '一' | '幺' | '壹' => '1',
        '二' | '两' | '贰' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        digit => digit,
    };
    let digits: String = numerals.chars().filter(|c| !matches!(c, ' ' | '-')).map(digit).collect();
    !numerals.is_ascii() && is_mobile(digits.strip_prefix('0').unwrap_or(&digits))
}

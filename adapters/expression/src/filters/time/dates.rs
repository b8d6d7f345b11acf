//! The date at the beginning of a text, in lower case.

use jiff::civil::Date;

use super::super::text::regex;
use super::Unclear;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAY: &str = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?";
const MONTH: &str = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?";

/// The date and what follows it.
pub(super) fn leading(text: &str) -> Result<(Date, &str), Unclear> {
    let year_first = r"^([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.| ?年 ?([0-9]{1,2}) ?月 ?)([0-9]{1,2})(?: ?[日号])?";
    if let Some((parts, rest)) = split(text, year_first) {
        return date(&parts, [0, 1, 2], rest);
    }
    if let Some((parts, rest)) = split(text, "^([0-9]{4})([0-9]{2})([0-9]{2})") {
        return date(&parts, [0, 1, 2], rest);
    }
    if let Some((parts, rest)) = split(text, "^([0-9]{2}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2})(?: ?[日号])?") {
        let [year, month, day] = parts.as_slice() else { return Err(Unclear::Spelling) };
        return date(&[year + 2000, *month, *day], [0, 1, 2], rest);
    }
    if let Some((parts, rest)) =
        split(text, "^([0-9]{1,2})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\\.([0-9]{1,2})\\.)([0-9]{4})")
    {
        return year_last(&parts, rest);
    }
    if let Some((parts, rest)) = split(text, &format!("^{WEEKDAY}{MONTH} ([0-9]{{1,2}}),? ([0-9]{{4}})")) {
        return date(&parts, [2, 0, 1], rest);
    }
    if let Some((parts, rest)) = split(text, &format!("^{WEEKDAY}([0-9]{{1,2}})[- ]{MONTH}[- ,]{{1,2}}([0-9]{{4}})")) {
        return date(&parts, [2, 1, 0], rest);
    }
    let two_digits = regex("^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([^0-9]|$)");
    Err(if two_digits.is_ok_and(|found| found.is_match(text)) { Unclear::TwoDigitYear } else { Unclear::Spelling })
}

/// Numbers that the pattern's groups found, month names as numbers, and what follows, which is no further digit.
fn split<'a>(text: &'a str, pattern: &str) -> Option<(Vec<i16>, &'a str)> {
    let found = regex(pattern).ok()?.captures(text)?;
    let whole = found.get(0)?;
    let rest = text.get(whole.end()..)?;
    let is_digit = |c: char| c.is_ascii_digit();
    if whole.as_str().ends_with(is_digit) && rest.starts_with(is_digit) {
        return None;
    }
    let number = |part: &str| {
        let month = || MONTHS.iter().position(|month| *month == part).and_then(|index| i16::try_from(index + 1).ok());
        part.parse().ok().or_else(month)
    };
    let parts: Option<Vec<i16>> = found.iter().skip(1).flatten().map(|part| number(part.as_str())).collect();
    Some((parts?, rest))
}

fn date<'a>(parts: &[i16], [year, month, day]: [usize; 3], rest: &'a str) -> Result<(Date, &'a str), Unclear> {
    let part = |index: usize| parts.get(index).copied().ok_or(Unclear::Spelling);
    let small = |number: i16| i8::try_from(number).map_err(|_large| Unclear::Nonexistent);
    let found = Date::new(part(year)?, small(part(month)?)?, small(part(day)?)?);
    Ok((found.map_err(|_none| Unclear::Nonexistent)?, rest))
}

/// `11/21/2026`, `21.11.2026`: told by the part that can be no month, or because both are the same.
fn year_last<'a>(parts: &[i16], rest: &'a str) -> Result<(Date, &'a str), Unclear> {
    match parts {
        [first, second, _] if first == second => date(parts, [2, 0, 1], rest),
        [first, second, _] if *first > 12 && *second <= 12 => date(parts, [2, 1, 0], rest),
        [first, second, _] if *first <= 12 && *second > 12 => date(parts, [2, 0, 1], rest),
        [first, second, _] if *first > 12 && *second > 12 => Err(Unclear::Nonexistent),
        _ => Err(Unclear::DayOrMonth),
    }
}

//! Spellings that are read without a named format: only those that mean one time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::text::regex;
use super::{Given, Unclear, clock, dates, digits, numerals};

/// Words that systems write for no time.
const NONE_WORDS: [&str; 22] = [
    "-",
    "--",
    "---",
    "—",
    "——",
    "/",
    "\\",
    ".",
    "无",
    "暂无",
    "空",
    "未知",
    "未定",
    "null",
    "(null)",
    "none",
    "nil",
    "undefined",
    "n/a",
    "nan",
    "nat",
    "invalid date",
];

/// Whether the text stands for no time: a word for none, an error of a spreadsheet, or a date all of zeros.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_lowercase();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let zeros = !digits.is_empty()
        && digits.bytes().all(|digit| digit == b'0')
        && text.chars().all(|c| c.is_ascii_digit() || "-/.: TZ年月日时分秒+".contains(c));
    let zero_date = regex(r"^0000[-/.年]0{1,2}[-/.月]0{1,2}").is_ok_and(|zero| zero.is_match(text));
    NONE_WORDS.contains(&lower.as_str()) || zeros || zero_date || super::super::is_error_cell(text)
}

pub(super) fn read(text: &str, zone: &TimeZone) -> Result<Given, Unclear> {
    if let Some(found) =
        regex(r"^\\?/Date\((-?[0-9]{1,16})(?:[+-][0-9]{4})?\)\\?/$").ok().and_then(|r| r.captures(text))
    {
        let ms = found.get(1).and_then(|ms| ms.as_str().parse().ok()).ok_or(Unclear::Spelling)?;
        let at = Timestamp::from_millisecond(ms).map_err(|_range| Unclear::Year)?;
        return Ok(Given::At(at.to_zoned(zone.clone())));
    }
    if let Some(given) = digits::read(text, zone) {
        return given;
    }
    let text = numerals::to_digits(text).to_lowercase();
    let text = in_order(&text);
    let (day, rest) = dates::leading(&text)?;
    let rest = rest.trim_start();
    let Some(time) = clock::read(rest, day)? else { return Ok(Given::Day(day)) };
    let civil = time.civil.ok_or(Unclear::Nonexistent)?;
    if super::is_null_day(civil.date()) {
        return Err(Unclear::Placeholder);
    }
    let zone_of_time = time.zone.unwrap_or_else(|| zone.clone());
    let at = civil.to_zoned(zone_of_time).map_err(|_range| Unclear::Year)?;
    Ok(Given::At(at.with_time_zone(zone.clone())))
}

/// `sat nov 21 15:04:05 cst 2026` (Java, C) becomes `sat nov 21 2026 15:04:05 cst`, and `20261121091200z` (LDAP)
/// `20261121 091200z`.
fn in_order(text: &str) -> String {
    let java = r"^([a-z]{3,9},? [a-z]{3} [0-9]{1,2}) ([0-9:.]+)((?: [a-z0-9+:-]+)?) ([0-9]{4})$";
    let ldap = r"^([0-9]{8})([0-9]{6}(?:\.[0-9]+)?)(z|[+-][0-9]{2}:?[0-9]{2})$";
    match (regex(java), regex(ldap)) {
        (Ok(java), Ok(ldap)) => ldap.replace(&java.replace(text, "$1 $4 $2$3"), "$1 $2$3").into_owned(),
        _ => text.to_owned(),
    }
}

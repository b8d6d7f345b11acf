//! Times of digits alone, where their number and range leave one meaning.
//!
//! | digits | read as |
//! |---|---|
//! | 5, 36526 to 73050, decimals allowed | a day count of Excel, 2000 to 2099 |
//! | 8 | `20261121` |
//! | 10, 1,000,000,000 to 4,102,444,799 | seconds since 1970, unless they could be `yymmddHHMM` or `yyyymmddHH` |
//! | 12, 14, 17 | `202611210912`, `20261121091200`, with milliseconds |
//! | 13, 16, 19 | milliseconds, microseconds, nanoseconds since 1970, 2001 to 2099 |

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::super::text::regex;
use super::{Given, Unclear, read_serial};

/// Seconds since 1970 that are read without a format: 2001-09-09 to 2099-12-31.
const EPOCH_S: std::ops::RangeInclusive<i64> = 1_000_000_000..=4_102_444_799;
/// Days of Excel that are read without a format: 2000-01-01 to 2099-12-31. Lower ones could be a year and a day in it (yyddd).
const SERIAL: std::ops::RangeInclusive<f64> = 36_526.0..=73_050.999_999;

/// `None` when the text is not of digits alone.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Result<Given, Unclear>> {
    if regex(r"(?i)^[+-]?[0-9](\.[0-9]+)?e[+-]?[0-9]+$").ok()?.is_match(text) {
        return Some(Err(Unclear::Scientific));
    }
    if !regex(r"^[0-9]+(\.[0-9]+)?$").ok()?.is_match(text) {
        return None;
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals.trim_end_matches('0');
    let given = match (whole.len(), decimals.is_empty()) {
        (5, _) => serial(text, zone),
        (10, _) => epoch_s(whole, decimals, zone),
        (8, true) => day(whole).map(Given::Day),
        (12 | 14 | 17, true) => written_out(whole, zone),
        (13, _) => epoch(whole, 1_000, zone),
        (16, true) => epoch(whole, 1_000_000, zone),
        (19, true) => epoch(whole, 1_000_000_000, zone),
        _ => None,
    };
    Some(given.ok_or(Unclear::Digits))
}

fn serial(text: &str, zone: &TimeZone) -> Option<Given> {
    let serial: f64 = text.parse().ok()?;
    SERIAL.contains(&serial).then(|| read_serial(text, zone)).flatten()
}

fn epoch_s(whole: &str, decimals: &str, zone: &TimeZone) -> Option<Given> {
    let two_digit_year = written_out(&format!("20{whole}"), zone).is_some();
    let to_the_hour = written_out(&format!("{whole}00"), zone).is_some();
    if decimals.is_empty() && (two_digit_year || to_the_hour) {
        return None;
    }
    epoch(whole, 1, zone)
}

fn epoch(whole: &str, per_second: i64, zone: &TimeZone) -> Option<Given> {
    let count: i64 = whole.parse().ok()?;
    let (seconds, part) = (count.div_euclid(per_second), count.rem_euclid(per_second));
    if !EPOCH_S.contains(&seconds) {
        return None;
    }
    let nanoseconds = i32::try_from(part * (1_000_000_000 / per_second)).ok()?;
    Timestamp::new(seconds, nanoseconds).ok().map(|at| Given::At(at.to_zoned(zone.clone())))
}

fn day(digits: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i16>().ok());
    let (month, day) = (i8::try_from(part(4..6)?).ok()?, i8::try_from(part(6..8)?).ok()?);
    Date::new(part(0..4)?, month, day).ok()
}

fn written_out(digits: &str, zone: &TimeZone) -> Option<Given> {
    let part = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |part| part.parse::<i16>().ok());
    let small = |number: i16| i8::try_from(number).ok();
    let (hour, minute, second) = (small(part(8..10)?)?, small(part(10..12)?)?, small(part(12..14)?)?);
    let nanosecond = i32::from(part(14..17)?) * 1_000_000;
    let day = day(digits).filter(|day| super::YEARS.contains(&day.year()))?;
    let at: Zoned = super::clock::on_day(day, hour, minute, second, nanosecond)?.to_zoned(zone.clone()).ok()?;
    Some(Given::At(at))
}

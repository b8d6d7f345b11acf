//! Times in the ways systems write them become RFC 3339 with the city's offset, or a date where only a date was given.

mod clock;
mod dates;
mod digits;
mod numerals;
mod usual;

use jiff::civil::{Date, DateTime, date};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::text::{plain, regex};
use crate::Fault;

/// Names of numeric formats.
const NUMERIC: [&str; 3] = ["excel", "epoch_s", "epoch_ms"];
/// Day 0 of Excel's 1900 calendar as its serial numbers count after February 1900.
const EXCEL_ORIGIN: Date = date(1899, 12, 30);
/// Years of complaints; any other is a mistake.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;

/// What was given: a day, or a moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Day(Date),
    At(Zoned),
}

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unclear {
    Spelling,
    Placeholder,
    Year,
    DayOrMonth,
    TwoDigitYear,
    HalfDay,
    Scientific,
    Digits,
    Nonexistent,
}

impl Unclear {
    fn with_value(self, text: &str) -> Fault {
        let (zh, en) = match self {
            Self::Spelling => (
                "时间写法无法确认；可在 datetime('…') 里写出格式，如 '%Y-%m-%d %H:%M:%S'、'excel'、'epoch_ms'",
                "the spelling of the time is not known; name it as in datetime('%Y-%m-%d %H:%M:%S'), 'excel' or 'epoch_ms'",
            ),
            Self::Placeholder => ("时间是占位值，按没有时间处理", "the time is a placeholder, taken as none"),
            Self::Year => ("年份不在 1970 到 2100 之间", "the year is not between 1970 and 2100"),
            Self::DayOrMonth => (
                "分不清日和月的先后；请写出格式，如 datetime('%d/%m/%Y')",
                "day and month cannot be told apart; name the format as in datetime('%d/%m/%Y')",
            ),
            Self::TwoDigitYear => (
                "年份只有两位，分不清年和日；请写出格式，如 datetime('%y/%m/%d %H:%M')",
                "the year has two digits and could be the day; name the format as in datetime('%y/%m/%d %H:%M')",
            ),
            Self::HalfDay => (
                "上下午与钟点不符，或分不清是哪个 12 点",
                "the part of the day does not fit the hour, or twelve o'clock could be noon or midnight",
            ),
            Self::Scientific => (
                "时间成了科学计数法，位数已丢失；导出时把这一列设为文本",
                "the time is in scientific notation and has lost digits; export the column as text",
            ),
            Self::Digits => (
                "这串数字可以是几种时间；请写出格式：'excel'、'epoch_s'、'epoch_ms' 或 '%y%m%d%H%M'",
                "these digits could be several times; name the format: 'excel', 'epoch_s', 'epoch_ms' or '%y%m%d%H%M'",
            ),
            Self::Nonexistent => ("没有这样的日期或时间", "there is no such date or time"),
        };
        Fault::new(zh, en).with_value(text)
    }
}

/// Reads a time by the first of `formats` that fits: a strptime format, `excel` (days since 1899-12-30), `epoch_s` or
/// `epoch_ms`; then, and without formats, by the usual spellings, which are only those that mean one time.
///
/// A time without zone is in `zone`. A date alone gives `2026-11-21`, a time RFC 3339. A serial with at most five decimals is
/// rounded to the minute (0.00001 day is 0.86 s), a finer one to the second. Years outside 1970 to 2100 are a fault, and so are
/// the dates that systems write for none (0000-00-00, 0001-01-01, 1900-01-01, the start of the epoch, 9999-12-31).
pub(crate) fn read(value: &str, formats: &[String], zone: &TimeZone) -> Result<String, Fault> {
    let text = plain(value);
    let given = understand(&text, formats, zone).map_err(|reason| reason.with_value(value))?;
    Ok(match given {
        Given::Day(day) => day.to_string(),
        Given::At(at) => strtime::format("%Y-%m-%dT%H:%M:%S%:z", &at).unwrap_or_default(),
    })
}

fn understand(text: &str, formats: &[String], zone: &TimeZone) -> Result<Given, Unclear> {
    if usual::is_placeholder(text) {
        return Err(Unclear::Placeholder);
    }
    let named = formats.iter().filter_map(|format| read_as(text, format, zone)).find(within_years);
    let given = named.map_or_else(|| usual::read(text, zone), Ok)?;
    if is_null_date(&given) {
        return Err(Unclear::Placeholder);
    }
    if within_years(&given) { Ok(given) } else { Err(Unclear::Year) }
}

fn within_years(given: &Given) -> bool {
    YEARS.contains(&day_of(given).year())
}

fn day_of(given: &Given) -> Date {
    match given {
        Given::Day(day) => *day,
        Given::At(at) => at.date(),
    }
}

fn is_null_date(given: &Given) -> bool {
    let utc_zero = matches!(given, Given::At(at) if at.timestamp() == Timestamp::UNIX_EPOCH);
    utc_zero || is_null_day(day_of(given))
}

/// The least and the greatest dates of databases and languages: MySQL, .NET, SQL Server, Excel, Oracle, Unix.
fn is_null_day(day: Date) -> bool {
    const NULLS: [Date; 9] = [
        date(1, 1, 1),
        date(1, 1, 2),
        date(1753, 1, 1),
        date(1899, 12, 30),
        date(1899, 12, 31),
        date(1900, 1, 1),
        date(1970, 1, 1),
        date(9999, 12, 31),
        date(9999, 12, 30),
    ];
    NULLS.contains(&day)
}

/// Writes an RFC 3339 time, or the beginning of a day, in the city's zone with a strftime format.
pub(crate) fn write(text: &str, format: &str, zone: &TimeZone) -> Result<String, Fault> {
    let at = match GivenTime::read(text) {
        Some(given) => given.beginning(zone),
        None => None,
    };
    let at = at.ok_or_else(|| {
        Fault::new("这里需要 RFC 3339 时间或日期", "an RFC 3339 time or a date is needed here").with_value(text)
    })?;
    strtime::format(format, &at.to_zoned(zone.clone()))
        .map_err(|error| Fault::new(format!("时间格式有误\n原文：{error}"), format!("bad time format: {error}")))
}

/// What `datetime` gave: a moment, or a day where only a day was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenTime {
    /// A moment.
    At(Timestamp),
    /// A day without a time.
    Day(Date),
}

impl GivenTime {
    /// Reads an RFC 3339 time or an ISO date; `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse() {
            return Some(Self::At(at));
        }
        let day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        text.parse().ok().filter(|_| day).map(Self::Day)
    }

    /// The moment; of a day its first.
    #[must_use]
    pub fn beginning(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Day(day) => day.to_zoned(zone.clone()).ok().map(|at| at.timestamp()),
        }
    }

    /// The moment; of a day its last second.
    #[must_use]
    pub fn end(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Day(day) => day.at(23, 59, 59, 0).to_zoned(zone.clone()).ok().map(|at| at.timestamp()),
        }
    }
}

/// Checks a format without a value by writing a known time with it.
pub(crate) fn check_format(format: &str) -> Result<(), Fault> {
    if NUMERIC.contains(&format) {
        return Ok(());
    }
    let probe = DateTime::constant(2026, 11, 21, 9, 12, 40, 0).to_zoned(TimeZone::UTC);
    let written = probe
        .map_err(|error| error.to_string())
        .and_then(|at| strtime::format(format, &at).map_err(|error| error.to_string()));
    match written {
        Ok(written) if format.contains('%') && written != format => Ok(()),
        Ok(_) => Err(Fault::new(
            format!("时间格式 {format} 里没有字段；写法如 '%Y-%m-%d %H:%M:%S'，或 excel、epoch_s、epoch_ms"),
            format!("time format {format} has no fields; write '%Y-%m-%d %H:%M:%S', or excel, epoch_s, epoch_ms"),
        )),
        Err(reason) => Err(Fault::new(format!("时间格式有误\n原文：{reason}"), format!("bad time format: {reason}"))),
    }
}

fn read_as(text: &str, format: &str, zone: &TimeZone) -> Option<Given> {
    match format {
        "excel" => read_serial(text, zone),
        "epoch_s" => Timestamp::from_second(text.parse().ok()?).ok().map(|at| Given::At(at.to_zoned(zone.clone()))),
        "epoch_ms" => {
            Timestamp::from_millisecond(text.parse().ok()?).ok().map(|at| Given::At(at.to_zoned(zone.clone())))
        }
        strptime => {
            // A sixtieth second would be read as the one before it.
            if regex(":60([^0-9]|$)").ok()?.is_match(text) {
                return None;
            }
            let parsed = strtime::parse(strptime, text).ok()?;
            if parsed.offset().is_some() {
                return parsed.to_timestamp().ok().map(|at| Given::At(at.to_zoned(zone.clone())));
            }
            if parsed.hour().is_none() {
                return parsed.to_date().ok().map(Given::Day);
            }
            parsed.to_datetime().ok()?.to_zoned(zone.clone()).ok().map(Given::At)
        }
    }
}

/// A day count of Excel; a whole one is a day.
fn read_serial(text: &str, zone: &TimeZone) -> Option<Given> {
    if !regex(r"^[0-9]{1,5}(\.[0-9]+)?$").ok()?.is_match(text) {
        return None;
    }
    let serial: f64 = text.parse().ok()?;
    if !(1.0..=80_000.0).contains(&serial) {
        return None;
    }
    let decimals = text.split('.').nth(1).map_or(0, |decimals| decimals.trim_end_matches('0').len());
    let step_s = if decimals > 5 { 1.0 } else { 60.0 };
    let seconds = (serial * 86_400.0 / step_s).round() * step_s;
    let civil = EXCEL_ORIGIN.at(0, 0, 0, 0).checked_add(SignedDuration::from_secs_f64(seconds)).ok()?;
    if decimals == 0 {
        return Some(Given::Day(civil.date()));
    }
    civil.to_zoned(zone.clone()).ok().map(Given::At)
}

#[cfg(test)]
mod tests;

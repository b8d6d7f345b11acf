//! The time behind a date, in lower case: part of the day, hour, minute, second, zone.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use regex::Captures;

use super::super::text::regex;
use super::Unclear;

const PART: &str = "上午|下午|晚上|凌晨|中午|早上|清晨|早晨|傍晚|夜里|夜间|深夜|a\\.?m\\.?|p\\.?m\\.?";

/// A time as written, on its day.
#[derive(Debug)]
pub(super) struct Clock {
    /// `None` for a time that does not exist.
    pub civil: Option<DateTime>,
    /// The zone that was written; `None` for the city's.
    pub zone: Option<TimeZone>,
}

/// Reads what follows a date; `None` when that is no time (a day of the week or a zone at most).
pub(super) fn read(rest: &str, day: Date) -> Result<Option<Clock>, Unclear> {
    let spelling = regex(&pattern()).map_err(|_never| Unclear::Spelling)?;
    let found = spelling.captures(rest).ok_or(Unclear::Spelling)?;
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    if part("weekday").is_some_and(|name| weekday(name) != Some(day.weekday())) {
        return Err(Unclear::Nonexistent);
    }
    // Only `2026-11-21-09.12.00` has a hyphen there; elsewhere it begins an offset.
    if rest.starts_with('-') && part("h4").is_none() && part("zone").is_none() {
        return Err(Unclear::Spelling);
    }
    let zone = part("zone").map(zone).transpose()?.flatten();
    let Some((hour, minute, second, nanosecond, spoken)) = numbers(&found)? else {
        let none = part("before").is_none() && part("after").is_none() && !rest.starts_with('t');
        return if none { Ok(None) } else { Err(Unclear::Spelling) };
    };
    let half = match (part("before"), part("after")) {
        (Some(_), Some(_)) => return Err(Unclear::Spelling),
        (before, after) => before.or(after),
    };
    if half.is_none() && part("bare").is_some() {
        return Err(Unclear::Spelling);
    }
    let hour = half.map_or(Ok(hour), |half| hour_of_day(half, hour, spoken))?;
    Ok(Some(Clock { civil: on_day(day, hour, minute, second, nanosecond), zone }))
}

fn pattern() -> String {
    let times = [
        "(?P<h1>[0-9]{1,2}):(?P<m1>[0-9]{1,2})(?::(?P<s1>[0-9]{1,2})(?:[.,](?P<f1>[0-9]{1,9}))?)?",
        "(?P<h2>[0-9]{1,2}) ?[时点點] ?(?:整|(?P<half>半)|(?P<m2>[0-9]{1,2}) ?分?(?: ?(?P<s2>[0-9]{1,2}) ?秒?)?)?",
        "(?P<h3>[0-9]{2})(?P<m3>[0-9]{2})(?:(?P<s3>[0-9]{2})(?:[.,](?P<f3>[0-9]{1,9}))?)?",
        "(?P<h4>[0-9]{2})\\.(?P<m4>[0-9]{2})\\.(?P<s4>[0-9]{2})(?:\\.(?P<f4>[0-9]{1,9}))?",
        "(?P<bare>[0-9]{1,2})",
    ];
    format!(
        "^[t,-]? ?(?:\\(?(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])\\)?)? ?(?P<before>{PART})? ?(?:{})? ?(?P<after>{PART})? ?(?P<zone>z|(?:utc|gmt)? ?[+-] ?[0-9].*|utc.*|gmt.*|cst|bjt|北京时间|\\(北京时间\\)|asia/shanghai|\\[asia/shanghai\\])?$",
        times.join("|")
    )
}

type Numbers = (i8, i8, i8, i32, bool);

/// Hour, minute, second, nanosecond, and whether the hour was written as people say it (点).
fn numbers(found: &Captures<'_>) -> Result<Option<Numbers>, Unclear> {
    let number = |names: [&str; 4]| -> Result<Option<i8>, Unclear> {
        let text = names.iter().find_map(|name| found.name(name));
        text.map(|text| text.as_str().parse().map_err(|_large| Unclear::Spelling)).transpose()
    };
    let spoken = found.name("h2").is_some();
    let bare = found.name("bare").map(|hour| hour.as_str().parse().map_err(|_large| Unclear::Spelling)).transpose()?;
    let Some(hour) = number(["h1", "h2", "h3", "h4"])?.or(bare) else { return Ok(None) };
    let half = if found.name("half").is_some() { 30 } else { 0 };
    let minute = number(["m1", "m2", "m3", "m4"])?.unwrap_or(half);
    let second = number(["s1", "s2", "s3", "s4"])?.unwrap_or(0);
    let fraction = ["f1", "f3", "f4"].iter().find_map(|name| found.name(name)).map_or("", |text| text.as_str());
    let nanosecond = format!("{fraction:0<9}").parse().map_err(|_large| Unclear::Spelling)?;
    Ok(Some((hour, minute, second, nanosecond, spoken)))
}

/// 24:00 is the beginning of the next day; no other time of a 25th hour exists.
pub(super) fn on_day(day: Date, hour: i8, minute: i8, second: i8, nanosecond: i32) -> Option<DateTime> {
    if (hour, minute, second, nanosecond) == (24, 0, 0, 0) {
        return day.checked_add(Span::new().days(1)).ok().map(|next| next.at(0, 0, 0, 0));
    }
    Time::new(hour, minute, second, nanosecond).ok().map(|time| day.to_datetime(time))
}

/// The hour of the day by its part. Machines write 上午 12:05 for five past midnight, people say 上午12点 for noon, and
/// 晚上12点 for either end of the day: where that cannot be told, it is a fault.
fn hour_of_day(part: &str, hour: i8, spoken: bool) -> Result<i8, Unclear> {
    let later = |hour: i8| if hour < 12 { hour + 12 } else { hour };
    match (part.chars().next().unwrap_or_default(), hour) {
        ('a', 12) => Ok(0),
        ('a', 0..=11) => Ok(hour),
        ('上', 12) if !spoken => Ok(0),
        ('上', 0..=11) => Ok(hour),
        ('p', 0..=23) | ('下', 0..=23) => Ok(later(hour)),
        ('凌', 12) => Ok(0),
        ('凌', 0..=6) => Ok(hour),
        ('早' | '清', 3..=11) => Ok(hour),
        ('中', 11..=13) => Ok(hour),
        ('中', 1..=2) => Ok(hour + 12),
        ('傍', 4..=8 | 16..=20) => Ok(later(hour)),
        ('晚' | '夜' | '深', 6..=11 | 18..=23) => Ok(later(hour)),
        _ => Err(Unclear::HalfDay),
    }
}

/// Z, an offset, or a name. CST is China's here. What follows an offset is its name and says nothing more.
fn zone(text: &str) -> Result<Option<TimeZone>, Unclear> {
    let offset = "^(?:utc|gmt)? ?([+-]) ?([0-9]{1,2}):?([0-9]{2})?(?: ?(?:cst|utc|gmt|bjt|\\([^()]{1,40}\\)|\\[[a-z_/+-]{1,40}\\]))?$";
    if let Some(found) = regex(offset).map_err(|_never| Unclear::Spelling)?.captures(text) {
        let part = |index: usize| found.get(index).map_or(Ok(0), |part| part.as_str().parse::<i32>());
        let (Ok(hours), Ok(minutes)) = (part(2), part(3)) else { return Err(Unclear::Spelling) };
        let seconds = hours * 3600 + minutes * 60;
        let sign = if found.get(1).is_some_and(|sign| sign.as_str() == "-") { -1 } else { 1 };
        if hours > 14 || minutes > 59 {
            return Err(Unclear::Nonexistent);
        }
        return Offset::from_seconds(sign * seconds)
            .map(|o| Some(TimeZone::fixed(o)))
            .map_err(|_range| Unclear::Nonexistent);
    }
    match text {
        "z" | "utc" | "gmt" => Ok(Some(TimeZone::UTC)),
        "cst" | "bjt" | "北京时间" | "(北京时间)" | "asia/shanghai" | "[asia/shanghai]" => {
            Ok(Some(TimeZone::fixed(Offset::constant(8))))
        }
        _ => Err(Unclear::Spelling),
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    let number = match name {
        "日" | "天" => 7,
        other => {
            "一二三四五六".chars().position(|day| other.starts_with(day)).and_then(|at| i8::try_from(at + 1).ok())?
        }
    };
    Weekday::from_monday_one_offset(number).ok()
}

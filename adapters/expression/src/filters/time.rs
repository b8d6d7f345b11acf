//! Times in the ways systems write them become RFC 3339 with the city's offset.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use minijinja::Value;

use crate::Fault;

/// Tried in this order when the expression names no format.
const USUAL_FORMATS: [&str; 12] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H时%M分",
    "%Y年%m月%d日 %H:%M",
    "%Y.%m.%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d  %H:%M:%S",
];
const USUAL_DATES: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%Y%m%d"];
/// Names of numeric formats.
const NUMERIC: [&str; 3] = ["excel", "epoch_s", "epoch_ms"];
/// Day 0 of Excel's 1900 calendar as its serial numbers count after February 1900.
const EXCEL_ORIGIN: jiff::civil::Date = jiff::civil::date(1899, 12, 30);

/// Reads a time by the first format that fits: a strptime format, `excel` (days since 1899-12-30), `epoch_s` or
/// `epoch_ms`. Without formats: RFC 3339, then the usual Chinese and ISO spellings.
///
/// A time without zone is in `zone`. A serial with at most five decimals is rounded to the minute (0.00001 day is 0.86 s),
/// a finer one to the second. Years outside 1970 to 2100 are a fault, except the null date 0001-01-01, which is empty.
pub(crate) fn read(value: &Value, formats: &[String], zone: &TimeZone) -> Result<Option<String>, Fault> {
    let text = super::text::halfwidth(&super::as_text(value)?).trim().to_owned();
    if text.starts_with("0001-01-01") || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let zoned = if formats.is_empty() {
        read_usual(&text, zone)
    } else {
        formats.iter().find_map(|format| read_as(&text, format, zone))
    };
    let Some(zoned) = zoned else {
        return Err(Fault::new(
            "时间格式不符；请在 datetime('…') 里写出格式，如 '%Y-%m-%d %H:%M:%S'、'excel'、'epoch_ms'",
            "the time fits no format; name one as in datetime('%Y-%m-%d %H:%M:%S'), 'excel' or 'epoch_ms'",
        )
        .with_value(&text));
    };
    if !(1970..=2100).contains(&zoned.year()) {
        return Err(Fault::new("年份不在 1970 到 2100 之间", "the year is not between 1970 and 2100").with_value(&text));
    }
    Ok(Some(strtime::format("%Y-%m-%dT%H:%M:%S%:z", &zoned).unwrap_or_default()))
}

/// Writes an RFC 3339 time in the city's zone with a strftime format.
pub(crate) fn write(text: &str, format: &str, zone: &TimeZone) -> Result<String, Fault> {
    let at: Timestamp = text
        .parse()
        .map_err(|_error| Fault::new("这里需要 RFC 3339 时间", "an RFC 3339 time is needed here").with_value(text))?;
    strtime::format(format, &at.to_zoned(zone.clone()))
        .map_err(|error| Fault::new(format!("时间格式有误：{error}"), format!("bad time format: {error}")))
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
        Err(reason) => Err(Fault::new(format!("时间格式有误：{reason}"), format!("bad time format: {reason}"))),
    }
}

fn read_usual(text: &str, zone: &TimeZone) -> Option<Zoned> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.to_zoned(zone.clone()));
    }
    let mut formats = USUAL_FORMATS.iter().chain(&USUAL_DATES);
    formats.find_map(|format| read_as(text, format, zone))
}

fn read_as(text: &str, format: &str, zone: &TimeZone) -> Option<Zoned> {
    match format {
        "excel" => read_serial(text, zone),
        "epoch_s" => Timestamp::from_second(text.parse().ok()?).ok().map(|at| at.to_zoned(zone.clone())),
        "epoch_ms" => Timestamp::from_millisecond(text.parse().ok()?).ok().map(|at| at.to_zoned(zone.clone())),
        strptime => {
            let parsed = strtime::parse(strptime, text).ok()?;
            if parsed.offset().is_some() {
                return parsed.to_timestamp().ok().map(|at| at.to_zoned(zone.clone()));
            }
            let civil = parsed.to_datetime().or_else(|_| parsed.to_date().map(|date| date.at(0, 0, 0, 0))).ok()?;
            civil.to_zoned(zone.clone()).ok()
        }
    }
}

fn read_serial(text: &str, zone: &TimeZone) -> Option<Zoned> {
    let serial: f64 = text.parse().ok()?;
    if !(1.0..=80_000.0).contains(&serial) {
        return None;
    }
    let decimals = text.split('.').nth(1).map_or(0, str::len);
    let step_s = if decimals > 5 { 1.0 } else { 60.0 };
    let seconds = (serial * 86_400.0 / step_s).round() * step_s;
    let civil = EXCEL_ORIGIN.at(0, 0, 0, 0).checked_add(SignedDuration::from_secs_f64(seconds)).ok()?;
    civil.to_zoned(zone.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, formats: &[&str], expected: &str) {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let formats: Vec<String> = formats.iter().map(|format| (*format).to_owned()).collect();
        assert_eq!(read(&Value::from(text), &formats, &zone), Ok(Some(expected.to_owned())), "{text}");
    }

    #[test]
    fn every_spelling_met_in_channels() {
        let expected = "2026-11-21T09:12:00+08:00";
        for text in [
            "2026-11-21 09:12:00",
            "2026-11-21 09:12",
            "2026/11/21 9:12",
            "2026/11/21 9:12:00",
            "2026年11月21日 9时12分",
            "20261121091200",
            "2026-11-21T09:12:00.000",
            "2026-11-21T01:12:00Z",
            "２０２６-11-21 09:12",
        ] {
            check(text, &[], expected);
        }
        check("2611210912", &["%y%m%d%H%M"], expected);
        check("46347.3833", &["%Y-%m-%d", "excel"], expected);
        check("1795223520", &["epoch_s"], expected);
        check("1795223520000", &["epoch_ms"], expected);
        check("2026-11-21", &[], "2026-11-21T00:00:00+08:00");
    }

    #[test]
    fn null_dates_are_empty_and_nonsense_is_told() {
        let zone = TimeZone::UTC;
        assert_eq!(read(&Value::from("0001-01-01T00:00:00"), &[], &zone), Ok(None));
        assert!(read(&Value::from("昨天上午"), &[], &zone).is_err());
        assert!(read(&Value::from("1899-01-01"), &[], &zone).is_err());
    }
}

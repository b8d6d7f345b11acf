//! What a number in a cell shows: leading zeros, literals, per cent, dates. Digits are never made up.
//!
//! A cell keeps a number as a double, and spreadsheets keep 15 digits of what is typed. Whole numbers of 16 digits and more are given with
//! all their digits only where the file's own text proves them; else in scientific notation, which nobody takes for a number of a letter.
//! Grouping of thousands is dropped, and more decimals than are shown are kept: both only matter to quantities, which others compute with.

use jiff::SignedDuration;
use jiff::civil::{Date, date};

use crate::cell::number_format::{NumberFormat, Pattern};

/// Digits that a spreadsheet keeps of a number.
const KEPT_DIGITS: usize = 15;
/// Largest whole number up to which a double has every one.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
/// Day 0 of the 1900 calendar as serial numbers count after February 1900.
const ORIGIN: Date = date(1899, 12, 30);
/// Days between the two calendars of spreadsheets.
const DAYS_TO_1904: f64 = 1_462.0;
/// First day after the last that spreadsheets know.
const MAX_SERIAL: f64 = 2_958_466.0;

/// The text of a numeric cell; `raw` is the number as the file writes it.
pub(crate) fn show(raw: &str, format: &NumberFormat, since_1904: bool) -> String {
    let raw = raw.trim();
    let (Some(decimal), Ok(value)) = (Decimal::read(raw), raw.parse::<f64>()) else { return raw.to_owned() };
    if let NumberFormat::Date { date, time, seconds } = format {
        let serial = if since_1904 { value + DAYS_TO_1904 } else { value };
        if let Some(text) = moment(serial, *date, *time, *seconds, decimal.fraction.len()) {
            return text;
        }
    }
    if decimal.whole.len() > KEPT_DIGITS {
        return if decimal.is_proved(value.abs()) { decimal.digits() } else { scientific(value) };
    }
    match format {
        NumberFormat::Pattern(pattern) => shaped(value, pattern),
        _ => plain(value),
    }
}

/// A number as the file writes it, in digits.
struct Decimal {
    negative: bool,
    /// Without leading zeros; empty for 0.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Most places that a point is moved; larger numbers are none of a cell.
    const MAX_EXPONENT: i32 = 400;

    fn read(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let exponent: i32 = exponent.parse().ok().filter(|places: &i32| places.abs() <= Self::MAX_EXPONENT)?;
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: String = format!("{before}{after}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let point = i32::try_from(before.len()).ok()? + exponent;
        let at = |index: i32| {
            usize::try_from(index).ok().and_then(|index| digits.as_bytes().get(index)).map_or('0', |b| char::from(*b))
        };
        let last = i32::try_from(digits.len()).ok()?.max(point);
        let whole: String = (0..point).map(at).collect();
        let fraction: String = (point.min(0)..last).skip_while(|index| *index < point).map(at).collect();
        Some(Self {
            negative,
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    /// Whether the digits beyond the fifteenth are the source's own: a double may have been rounded on the way into the file.
    fn is_proved(&self, value: f64) -> bool {
        let beyond = self.whole.chars().skip(KEPT_DIGITS).any(|digit| digit != '0');
        if !self.fraction.is_empty() || !beyond {
            return false;
        }
        value <= MAX_EXACT || (self.whole != format!("{value:.0}") && self.whole != value.to_string())
    }

    fn digits(&self) -> String {
        format!("{}{}", if self.negative { "-" } else { "" }, self.whole)
    }
}

/// 15 digits and an exponent, e.g. `2.02611210001234E+15`.
fn scientific(value: f64) -> String {
    let text = format!("{value:.14E}");
    if text.contains("E-") { text } else { text.replace('E', "E+") }
}

/// Whole numbers without decimals, others with 15 significant digits.
pub(crate) fn plain(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{:.0}", value + 0.0);
    }
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    rounded.to_string()
}

fn shaped(value: f64, pattern: &Pattern) -> String {
    let hundredfold = if pattern.percent { value * 100.0 } else { value };
    // Fifteen digits first: 0.07 * 100 is 7.000000000000001.
    let exact: f64 = plain(hundredfold.abs()).parse().unwrap_or_default();
    let shown = if pattern.decimals == 0 && !pattern.general { exact.round() } else { exact };
    let text = plain(shown);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if hundredfold < 0.0 && shown != 0.0 { "-" } else { "" };
    format!("{sign}{}", pattern.fill(whole, fraction))
}

/// A serial number as ISO date, time or both; `None` where it is none.
fn moment(serial: f64, has_date: bool, has_time: bool, has_seconds: bool, decimals: usize) -> Option<String> {
    if !(0.0..MAX_SERIAL).contains(&serial) {
        return None;
    }
    // A serial with few decimals says no seconds: 0.00001 day is 0.86 s.
    let step_s = if decimals > 5 && (has_seconds || !has_time) { 1.0 } else { 60.0 };
    let seconds = (serial * 86_400.0 / step_s).round() * step_s;
    if seconds == 0.0 {
        // Shown as day 0 of January 1900: nothing was entered.
        return Some(if has_date { String::new() } else { "00:00:00".to_owned() });
    }
    // The calendar of 1900 has a 29 February that never was.
    let early = if (1.0..60.0).contains(&serial) { 86_400.0 } else { 0.0 };
    let at = ORIGIN.at(0, 0, 0, 0).checked_add(SignedDuration::from_secs_f64(seconds + early)).ok()?;
    let time = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    if serial < 1.0 && !has_date {
        return Some(time);
    }
    let day = at.date().to_string();
    Some(if has_time || time != "00:00:00" { format!("{day} {time}") } else { day })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, code: &str, expected: &str) {
        assert_eq!(show(raw, &NumberFormat::parse(code), false), expected, "{raw} as {code}");
    }

    #[test]
    fn numbers_look_as_in_the_sheet() {
        check("20261121000123", "General", "20261121000123");
        check("2.0261121000123E13", "General", "20261121000123");
        check("0.30000000000000004", "General", "0.3");
        check("46347.3833", "General", "46347.3833");
        check("-0.0", "General", "0");
        check("1E-3", "General", "0.001");
        check("42", "00000000", "00000042");
        check("123456789", "00000000", "123456789");
        check("7", "\"XF\"0000", "XF0007");
        check("20261121000123", "0.00E+00", "20261121000123");
        check("0.07", "0%", "7%");
        check("0.125", "0.0%", "12.5%");
        check("1234567.5", "#,##0.00", "1234567.50");
        check("122.118273", "0.00", "122.118273");
        check("13800001111", "@", "13800001111");
        check("5387654321", "000-0000-0000", "053-8765-4321");
        check("3", "0\"件\"", "3件");
        check("3", "General\"件\"", "3件");
        check("-5", "0_);(0)", "-5");
        check("26", "[$-804]G/通用格式", "26");
    }

    #[test]
    fn digits_that_cannot_be_trusted_are_no_number() {
        // Exact in a double, and in the file.
        check("2026112100012345", "General", "2026112100012345");
        check("2026112100012345", "0", "2026112100012345");
        check("2.026112100012345E15", "General", "2026112100012345");
        // Typed into a spreadsheet, which keeps fifteen digits.
        check("2026112100012340", "0", "2.02611210001234E+15");
        check("2.0261121000123401E+15", "General", "2.02611210001234E+15");
        check("20261121000123400", "0", "2.02611210001234E+16");
        check("3.7010119900307E+17", "0", "3.70101199003070E+17");
        // Written by a program that had only a double.
        check("202611210001234560", "0", "2.02611210001235E+17");
        check("2.0261121000123456E17", "0", "2.02611210001235E+17");
        // More digits than any double: the program had the number itself.
        check("202611210001234567", "0", "202611210001234567");
    }

    #[test]
    fn dates_are_iso() {
        check("46347.5", "yyyy\\-mm\\-dd\\ hh:mm:ss", "2026-11-21 12:00:00");
        check("46347.3833", "yyyy/m/d h:mm", "2026-11-21 09:12:00");
        check("46347", "yyyy\"年\"m\"月\"d\"日\"", "2026-11-21");
        check("46347", "yyyy/m/d h:mm", "2026-11-21 00:00:00");
        check("46347.25", "yyyy/m/d", "2026-11-21 06:00:00");
        check("0.5", "h:mm:ss", "12:00:00");
        check("0", "yyyy-mm-dd", "");
        check("-1", "yyyy-mm-dd", "-1");
        check("1", "yyyy-mm-dd", "1900-01-01");
        check("46347.5", "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "2026-11-21 12:00:00");
        check("46347.633391203701", "yyyy-mm-dd hh:mm:ss", "2026-11-21 15:12:05");
        assert_eq!(show("44885", &NumberFormat::parse("yyyy-mm-dd"), true), "2026-11-21");
    }
}

//! Telephone numbers.
//!
//! The whole text is understood, or none is given. Numbers follow the plan of MIIT (电信网编号计划, 2017): mobile numbers
//! have 11 digits and begin with 13 to 19; fixed lines have an area code (010, 02x, 0xxx) and 7 or 8 digits.

use super::text::{plain, regex};
use crate::Fault;
use crate::fault::notice;

/// Carriers' prefixes for calls over IP, and of messages to mobile numbers; dialled before a number.
const PREFIXES: [&str; 10] = ["17951", "17950", "17911", "17910", "17909", "17908", "17901", "12593", "12520", "10193"];
/// Between two numbers of one field.
const BETWEEN: &str = r"[/\\、;,|]|或者?|以及|和|及|备用";
/// An extension behind a number: 转802, (分机802), ext802, #802.
const EXTENSION: &str = r"(?i)^(.*?[0-9])[ -]*\(?(?:转接?|分机号?|内线|ext\.?|x|#)[: ]*([0-9]{1,6})\)?$";
/// An extension after a hyphen; what stands before it must be a fixed line by itself.
const HYPHENED: &str = r"^(.*[0-9]) ?- ?([0-9]{1,6})$";
/// The code of another country before a number, which is then no number of the mainland.
const OTHER_COUNTRY: &str = r"(^|[^0-9])(\+|00) ?(8[0-57-9]|8[78][0-9]|[1-79])[0-9]{0,3}";
/// Words before a number that say no more than that it is one.
const LABELS: &str = r"(?i)\b(tel|phone|mobile|mob)\b[.:]?";

/// Why no number is given, or why the one given may not be all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remark {
    Scientific,
    Masked,
    NoNumber,
    NoneIsWhole,
    Several,
    Words,
    Extension,
    Local,
    Service,
    OtherCountry,
}

impl Remark {
    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Scientific => (
                "电话号码成了科学计数法，位数已丢失；导出时把这一列设为文本",
                "the telephone number is in scientific notation and has lost digits; export the column as text",
            ),
            Self::Masked => ("电话号码打了星号，不是完整号码", "the telephone number is masked"),
            Self::NoNumber => (
                "不是可用的电话号码（手机 11 位，座机带区号 10 到 12 位）",
                "not a usable telephone number (mobile: 11 digits; fixed line: 10 to 12 with area code)",
            ),
            Self::NoneIsWhole => {
                ("有几个号码，没有一个是完整的", "there are several numbers in it, and none of them is whole")
            }
            Self::Several => {
                ("有几个号码，取第一个完整的", "there are several numbers in it; the first whole one was taken")
            }
            Self::Words => ("号码之外还有文字，只取号码", "there are words beside the number; the number was taken"),
            Self::Extension => ("手机号后的分机号没有保留", "the extension behind a mobile number was left out"),
            Self::Local => (
                "座机没有区号，外地打不通；可写 phone('0631') 补上本市区号",
                "a fixed line without area code, which cannot be called from elsewhere; phone('0631') adds the city's",
            ),
            Self::Service => (
                "这是短号（热线、紧急或客服号码），不能据此回拨诉求人",
                "a short code (hotline, emergency or service number), by which nobody can be called back",
            ),
            Self::OtherCountry => (
                "前面是其他国家或地区的代码，后面的号码不完整或不属于它",
                "the code of another country or region stands before a number that is not whole or not of its plan",
            ),
        }
    }

    fn with_value(self, text: &str) -> Fault {
        let (zh, en) = self.sentences();
        Fault::new(zh, en).with_value(text)
    }
}

/// A telephone number in one spelling: digits only, no country code 86, no carrier's prefix, no 0 before a mobile number;
/// the 0 of an area code stays. Numbers of Hong Kong, Macao and Taiwan keep `00` and their code.
///
/// The extension of a fixed line is dropped. Of several numbers the first whole one is given with a remark, and so is a
/// number with words beside it. A masked or rounded number, or anything else, is a fault.
///
/// A fixed line without area code is completed by `area_code` (`0631`); without that, and of a short code, it is remarked that
/// it cannot be called back.
pub(crate) fn phone(text: &str, area_code: Option<&str>) -> Result<String, Fault> {
    match read(&plain(text)) {
        Ok((number, remark)) => {
            let completed = area_code.filter(|_| is_local(&number)).map(|code| format!("{code}{number}"));
            let completed = completed.filter(|number| is_fixed(number));
            let bound = match &completed {
                Some(_) => None,
                None if is_local(&number) => Some(Remark::Local),
                None => is_service(&number).then_some(Remark::Service),
            };
            if let Some(bound) = bound {
                notice(bound.with_value(text));
            }
            let number = completed.unwrap_or(number);
            if let Some(remark) = remark {
                notice(remark.with_value(text));
            }
            Ok(number)
        }
        Err(remark) => Err(remark.with_value(text)),
    }
}

/// Checks an area code: a 0 and two or three digits.
pub(crate) fn check_area_code(code: &str) -> Result<(), Fault> {
    if matches(code, "^0(10|2[0-9]|[3-9][0-9]{2})$") {
        return Ok(());
    }
    Err(Fault::new(
        format!("{code} 不是区号；写法如 phone('0631')"),
        format!("{code} is no area code; write as in phone('0631')"),
    ))
}

/// Reads a telephone number as the filter `phone` does, for what is typed and not mapped.
///
/// # Errors
/// It is no whole number.
pub fn read_phone(text: &str) -> Result<String, Fault> {
    read(&plain(text)).map(|(number, _)| number).map_err(|remark| remark.with_value(text))
}

/// The other spelling of a fixed line that was read: with the area code where it has none, without it where it has this one.
/// None where the number is of another kind or another area.
#[must_use]
pub fn in_area(number: &str, area_code: &str) -> Option<String> {
    if is_local(number) {
        return Some(format!("{area_code}{number}")).filter(|number| is_fixed(number));
    }
    number.strip_prefix(area_code).filter(|local| is_fixed(number) && is_local(local)).map(str::to_owned)
}

type Found = (String, Option<Remark>);

fn read(text: &str) -> Result<Found, Remark> {
    if text.contains(['*', '●']) {
        return Err(Remark::Masked);
    }
    if matches(text, r"^[+-]?[0-9](\.[0-9]+)?[eE][+-]?[0-9]+$") {
        return Err(Remark::Scientific);
    }
    if text.chars().any(|c| c == '\u{FFFD}' || (c.is_numeric() && !c.is_ascii_digit() && !is_han(c))) {
        return Err(Remark::NoNumber);
    }
    let text = without_decimal_zero(text);
    let between = regex(BETWEEN).map_err(|_never| Remark::NoNumber)?;
    let pieces: Vec<&str> = between.split(text).filter(|piece| piece.contains(|c: char| c.is_ascii_digit())).collect();
    match pieces.as_slice() {
        [] => Err(Remark::NoNumber),
        [piece] => one_piece(piece, between.is_match(text)),
        several => {
            let whole =
                several.iter().find_map(|piece| one_piece(piece, false).ok().filter(|(found, _)| is_whole(found)));
            whole.map(|(found, _)| (found, Some(Remark::Several))).ok_or(Remark::NoneIsWhole)
        }
    }
}

/// What a spreadsheet adds to a number that it wrote as text: `13800001111.0`.
fn without_decimal_zero(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros))
            if whole.bytes().all(|b| b.is_ascii_digit()) && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') =>
        {
            whole
        }
        _ => text,
    }
}

fn one_piece(piece: &str, words: bool) -> Result<Found, Remark> {
    if let Some((number, remark)) = spelled(piece.trim()) {
        return Ok((number, remark.or(words.then_some(Remark::Words))));
    }
    if matches(piece, OTHER_COUNTRY) {
        return Err(Remark::OtherCountry);
    }
    // Words become boundaries, so that digits on two sides of one are never joined.
    let labels = regex(LABELS).map_err(|_never| Remark::NoNumber)?;
    let unlabelled = labels.replace_all(piece, "\n");
    if unlabelled.chars().any(|c| c.is_alphabetic() && !is_han(c)) {
        return Err(Remark::NoNumber);
    }
    let apart: String =
        unlabelled.chars().map(|c| if is_han(c) || "[]<>:\"'。!".contains(c) { '\n' } else { c }).collect();
    let has_words = apart.contains('\n');
    let parts: Vec<&str> = apart.split('\n').filter(|part| part.contains(|c: char| c.is_ascii_digit())).collect();
    let parts: Vec<&str> = match parts.as_slice() {
        [one] if spelled(trim_marks(one)).is_none() => one.split(' ').filter(|part| !part.is_empty()).collect(),
        _ => parts,
    };
    let mut whole = parts.iter().filter_map(|part| spelled(trim_marks(part))).filter(|(number, _)| is_whole(number));
    match (whole.next(), parts.len()) {
        (Some((number, _)), 1) => Ok((number, has_words.then_some(Remark::Words))),
        (Some((number, _)), _) => Ok((number, Some(Remark::Several))),
        (None, 1) => Err(Remark::NoNumber),
        (None, _) => Err(Remark::NoneIsWhole),
    }
}

/// Brackets around what was a word: `13800001111(李先生)`.
fn trim_marks(part: &str) -> &str {
    let part = part.trim().trim_end_matches(['(', '-', ' ']);
    part.trim_start_matches([')', ' ', '-'])
}

/// One number with its punctuation and extension.
fn spelled(text: &str) -> Option<Found> {
    if let Some(found) = regex(EXTENSION).ok()?.captures(text) {
        let number = joined(found.get(1)?.as_str())?;
        return Some((number.clone(), is_mobile(&number).then_some(Remark::Extension)));
    }
    if let Some(found) = regex(HYPHENED).ok()?.captures(text)
        && let Some(number) = joined(found.get(1)?.as_str()).filter(|number| is_fixed(number))
    {
        return Some((number, None));
    }
    joined(text).map(|number| (number, None))
}

fn joined(text: &str) -> Option<String> {
    let (plus, rest) = match text.trim().strip_prefix("(+").or_else(|| text.trim().strip_prefix('+')) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.trim();
    let starts = rest.starts_with(|c: char| c.is_ascii_digit() || c == '(');
    if !starts || !rest.chars().all(|c| c.is_ascii_digit() || " -()._–—‐‑".contains(c)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let number = national(&digits, plus)?;
    // A point divides the groups of whole numbers only; elsewhere it makes a decimal number.
    (!rest.contains('.') || is_mobile(&number) || is_fixed(&number)).then_some(number)
}

fn national(digits: &str, plus: bool) -> Option<String> {
    let international = if plus { Some(digits) } else { digits.strip_prefix("00") };
    if let Some(rest) = international {
        return match rest.strip_prefix("86") {
            Some(rest) => whole(rest).or_else(|| Some(format!("0{rest}")).filter(|number| is_fixed(number))),
            None => neighbour(rest),
        };
    }
    if let Some(number) = whole(digits).or_else(|| digits.strip_prefix("86").and_then(whole)) {
        return Some(number);
    }
    if let Some(number) = PREFIXES.iter().find_map(|prefix| digits.strip_prefix(prefix)).and_then(whole) {
        return Some(number);
    }
    if is_local(digits) || is_service(digits) {
        return Some(digits.to_owned());
    }
    neighbour(digits)
}

/// A mobile number (also with a 0 before it), a fixed line with its area code, or 400 and 800.
fn whole(digits: &str) -> Option<String> {
    let mobile = digits.strip_prefix('0').filter(|rest| is_mobile(rest)).unwrap_or(digits);
    is_whole(mobile).then(|| mobile.to_owned())
}

/// Hong Kong, Macao and Taiwan, as they are dialled.
fn neighbour(digits: &str) -> Option<String> {
    // Taiwan's own 0 before a number is not dialled from elsewhere.
    let digits = digits.strip_prefix("8860").map_or_else(|| digits.to_owned(), |rest| format!("886{rest}"));
    Some(format!("00{digits}")).filter(|number| is_neighbour(number))
}

fn is_neighbour(number: &str) -> bool {
    matches(number, r"^00(852[2-9][0-9]{7}|853[2-9][0-9]{7}|886[2-9][0-9]{7,8})$")
}

fn is_whole(number: &str) -> bool {
    is_mobile(number) || is_fixed(number) || matches(number, r"^[48]00[0-9]{7}$") || is_neighbour(number)
}

fn is_mobile(number: &str) -> bool {
    matches(number, r"^1[3-9][0-9]{9}$")
}

fn is_fixed(number: &str) -> bool {
    matches(number, r"^0(10[2-9][0-9]{7}|2[0-9][2-9][0-9]{7}|[3-9][0-9]{2}[2-9][0-9]{6,7})$")
}

/// A fixed line without its area code.
fn is_local(number: &str) -> bool {
    matches(number, r"^[2-9][0-9]{6,7}$")
}

/// Emergency, service and government numbers: 110, 10086, 12345, 95588.
fn is_service(number: &str) -> bool {
    matches(number, r"^(11[0-9]|12[0-2]|10[0-9]{3}|12[0-9]{3}|9[56][0-9]{3,4}|116[0-9]{3})$")
}

fn matches(text: &str, pattern: &str) -> bool {
    regex(pattern).is_ok_and(|regex| regex.is_match(text))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '〇')
}

#[cfg(test)]
mod tests;

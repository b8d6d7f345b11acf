//! Resident identity numbers.

use jiff::civil::Date;

use super::text::plain;
use crate::Fault;

/// First two digits: provinces by GB/T 2260, 81 to 83 for residents of Hong Kong, Macao and Taiwan, 9 for foreign residents.
const PROVINCES: [&str; 38] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91", "92", "93",
];

/// Why a text is no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unusable {
    Length,
    Rounded,
    Masked,
    Province,
    Birthday,
    CheckDigit,
}

impl Unusable {
    fn with_value(self, text: &str) -> Fault {
        let (zh, en) = match self {
            Self::Length => {
                ("不是 18 位（或旧 15 位）身份证号", "not an identity number of 18 (or formerly 15) characters")
            }
            Self::Rounded => (
                "身份证号被表格取整（只剩 15 位有效数字或科学计数法）；导出时把这一列设为文本",
                "a spreadsheet rounded the identity number; export the column as text",
            ),
            Self::Masked => ("身份证号打了星号", "the identity number is masked"),
            Self::Province => ("身份证号开头不是省份代码", "the identity number begins with no province"),
            Self::Birthday => ("身份证号里的出生日期不存在", "the date of birth in the identity number does not exist"),
            Self::CheckDigit => ("身份证号校验位不符，请核对", "the check digit of the identity number is wrong"),
        };
        Fault::new(zh, en).with_value(text)
    }
}

/// A resident identity number in one spelling: 18 characters with a capital X, or the old 15 digits.
///
/// Province, date of birth and check digit (GB 11643-1999, ISO 7064 MOD 11-2) must be right: a wrong number would be
/// somebody else's. The raw record keeps what was written.
pub(crate) fn idnumber(text: &str) -> Result<String, Fault> {
    let number = plain(text).replace([' ', '-', '\''], "").to_ascii_uppercase();
    judge(&number).map_err(|reason| reason.with_value(text))?;
    Ok(number)
}

/// Reads a resident identity number as the filter `idnumber` does, for what is typed and not mapped.
///
/// # Errors
/// It is no identity number.
pub fn read_idnumber(text: &str) -> Result<String, Fault> {
    idnumber(text)
}

fn judge(number: &str) -> Result<(), Unusable> {
    if number.contains('*') {
        return Err(Unusable::Masked);
    }
    if number.contains("E+") {
        return Err(Unusable::Rounded);
    }
    let digits = |range: std::ops::Range<usize>| -> Option<&str> {
        number.get(range).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let birthday = match number.len() {
        15 => digits(0..15).and(digits(6..12)).map(|born| format!("19{born}")),
        18 => digits(0..17).and(digits(6..14)).map(str::to_owned),
        _ => None,
    };
    let birthday = birthday.ok_or(Unusable::Length)?;
    if !number.ends_with(|c: char| c.is_ascii_digit() || (c == 'X' && number.len() == 18)) {
        return Err(Unusable::Length);
    }
    // 000 is no number of a person within a day; it is what is left of one with 15 significant digits.
    if number.len() == 18 && digits(14..17) == Some("000") {
        return Err(Unusable::Rounded);
    }
    if !PROVINCES.iter().any(|province| number.starts_with(province)) {
        return Err(Unusable::Province);
    }
    if !is_birthday(&birthday) {
        return Err(Unusable::Birthday);
    }
    if number.len() == 18 && check_character(number) != number.chars().last() {
        return Err(Unusable::CheckDigit);
    }
    Ok(())
}

fn is_birthday(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i16>().ok());
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(4..6), part(6..8)) else { return false };
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { return false };
    (1880..=2100).contains(&year) && Date::new(year, month, day).is_ok()
}

fn check_character(number: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 =
        number.chars().zip(WEIGHTS).filter_map(|(c, weight)| c.to_digit(10).map(|digit| digit * weight)).sum();
    CHECKS.get(usize::try_from(sum % 11).unwrap_or_default()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        // The example number printed in GB 11643-1999.
        for seen in [
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２Ｘ",
            "'11010519491231002X",
            "110105 19491231 002X\u{200B}",
        ] {
            assert_eq!(idnumber(seen), Ok("11010519491231002X".to_owned()), "{seen}");
        }
        assert_eq!(idnumber("110105491231002"), Ok("110105491231002".to_owned()));
    }

    #[test]
    fn a_number_that_may_be_somebody_elses_is_none() {
        for (seen, reason) in [
            ("110105194912310021", Unusable::CheckDigit),
            ("110105194912310000", Unusable::Rounded),
            ("1.10105E+17", Unusable::Rounded),
            ("110105194913310021", Unusable::Birthday),
            ("990105194912310021", Unusable::Province),
            ("1101051949", Unusable::Length),
            ("110105491331002", Unusable::Birthday),
            ("11010519491231****", Unusable::Masked),
            ("110105194912310 2X", Unusable::Length),
            ("E12345678", Unusable::Length),
        ] {
            assert_eq!(idnumber(seen), Err(reason.with_value(seen)), "{seen}");
        }
    }
}

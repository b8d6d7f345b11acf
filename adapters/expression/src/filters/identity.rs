//! Telephone and identity numbers.

use crate::Fault;
use crate::fault::notice;

/// A telephone number in one spelling: digits only, country code 86 removed, leading zero of an area code kept.
///
/// Mobile numbers have 11 digits and begin with 1; fixed lines 10 to 12 with their area code, or 7 to 8 without; service
/// numbers 3 to 6 (plan of MIIT, 电信网编号计划 2017). An extension after `转`, `x` or `#` is dropped.
pub(crate) fn phone(text: &str) -> Result<String, Fault> {
    let half = super::text::halfwidth(text);
    let main = half.split(['转', 'x', 'X', '#', '/', '、', ';', ',']).next().unwrap_or_default();
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    let national = match digits.strip_prefix("86") {
        Some(rest) if rest.len() >= 10 => rest,
        _ => digits,
    };
    let plausible = match national.len() {
        11 => national.starts_with(['1', '0']),
        10 | 12 => national.starts_with('0') || national.starts_with("400") || national.starts_with("800"),
        3..=8 => !national.starts_with('0'),
        _ => false,
    };
    if plausible && !main.contains('*') {
        Ok(national.to_owned())
    } else {
        Err(Fault::new(
            "不是可用的电话号码（手机 11 位，座机带区号 10 到 12 位）",
            "not a usable telephone number (mobile: 11 digits; fixed line: 10 to 12 with area code)",
        )
        .with_value(text))
    }
}

/// A resident identity number in one spelling: 18 characters with a capital X, or the old 15 digits.
///
/// Check digit by GB 11643-1999 (ISO 7064 MOD 11-2). A wrong one is kept with a remark: the citizen is still a citizen.
pub(crate) fn idnumber(text: &str) -> Result<String, Fault> {
    let number = super::text::halfwidth(text).trim().replace([' ', '-'], "").to_ascii_uppercase();
    let digits = number.chars().take(17).all(|c| c.is_ascii_digit());
    match number.len() {
        15 if digits => Ok(number),
        18 if digits && number.ends_with(|c: char| c.is_ascii_digit() || c == 'X') => {
            if check_character(&number) != number.chars().last() {
                notice(
                    Fault::new("身份证号校验位不符，请核对", "the check digit of the identity number is wrong")
                        .with_value(text),
                );
            }
            Ok(number)
        }
        _ => Err(Fault::new(
            "不是 18 位（或旧 15 位）身份证号",
            "not an identity number of 18 (or formerly 15) characters",
        )
        .with_value(text)),
    }
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
    use crate::fault::collect_notices;

    #[test]
    fn phones_come_in_one_spelling() {
        for (seen, expected) in [
            ("+8613800001111", "13800001111"),
            ("0086 138-0000-1111", "13800001111"),
            ("１３８００００１１１１", "13800001111"),
            ("0631-7562345转802", "06317562345"),
            ("8613800001111", "13800001111"),
            ("12345", "12345"),
        ] {
            assert_eq!(phone(seen), Ok(expected.to_owned()), "{seen}");
        }
        for bad in ["138****1111", "无", "99999999999999", "23800001111"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        // The example number printed in GB 11643-1999.
        let (number, notices) = collect_notices(|| idnumber("11010519491231002x"));
        assert_eq!((number, notices.len()), (Ok("11010519491231002X".to_owned()), 0));
        let (number, notices) = collect_notices(|| idnumber("110105194912310021"));
        assert_eq!((number.is_ok(), notices.len()), (true, 1));
        assert!(idnumber("1101051949").is_err());
    }
}

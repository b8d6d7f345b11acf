//! Numbers that count or measure something.

use super::text::{plain, regex};
use crate::Fault;

/// A number with at most one unit behind it or a currency before it. Groups of thousands are whole groups.
const SPELLING: &str = r"^(?:¥|￥|rmb|人民币)? ?([+-]?)((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?) ?(万|亿)?(元|块|人|名|位|件|次|个|户|只|盏|处|条|辆|台|棵|栋|幢|层|楼|间|套|米|m|公里|千米|km|厘米|cm|平方米|平米|㎡|m²|m2|亩|吨|公斤|千克|kg|克|斤|升|度|℃|天|日|小时|分钟|分|秒|月|个月|年|岁|级)?$";
/// Decimal digits that a 64-bit floating number keeps.
const EXACT_DIGITS: usize = 15;

/// The number that the whole text says: `1,234.5`, `3.50 元`, `3万`. More than one number, a range, per cent, a rounded or
/// scientific one, words such as 多 or 左右, and more digits than are kept exactly are a fault.
pub(crate) fn number(text: &str) -> Result<f64, Fault> {
    let seen = plain(text).to_lowercase();
    let unusable = || {
        Fault::new(
            "不是一个可以确定的数；只认整段是一个数（可带千分位、单位、万、亿），其他请用 match 取出",
            "not one certain number; only a text that is one number as a whole is read (with groups of thousands and a unit)",
        )
        .with_value(text)
    };
    let spelling = regex(SPELLING)?;
    let found = spelling.captures(&seen).ok_or_else(unusable)?;
    let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
    let digits = part(2).replace(',', "");
    let significant = digits.replace('.', "");
    if significant.trim_start_matches('0').len() > EXACT_DIGITS {
        return Err(unusable());
    }
    let times = match part(3) {
        "万" => 1e4,
        "亿" => 1e8,
        _ => 1.0,
    };
    let value: f64 = digits.parse().map_err(|_not_a_number| unusable())?;
    Ok(if part(1) == "-" { -value * times } else { value * times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_one_number_is_read() {
        for (seen, expected) in [
            ("3.50 元", 3.5),
            ("1,234.5", 1234.5),
            ("１，２３４", 1234.0),
            ("-7", -7.0),
            ("¥ 12", 12.0),
            ("3万元", 30_000.0),
            ("007", 7.0),
            ("12人", 12.0),
            ("0", 0.0),
            ("1,234,567元", 1_234_567.0),
            ("25㎡", 25.0),
            (" 5\u{A0}", 5.0),
        ] {
            assert_eq!(number(seen), Ok(expected), "{seen}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for seen in [
            "1.2E+5",
            "2.02611E+13",
            "3-5",
            "3、5",
            "50%",
            "100余人",
            "3万多",
            "约3",
            "三",
            "1,23",
            "1.234,5",
            "1 234",
            "",
            "(123)",
            "NaN",
            "inf",
            "20261121000123456",
            "#N/A",
            "3.5.1",
            "12元5角",
            "无",
            "1/2",
            "0x10",
        ] {
            assert!(number(seen).is_err(), "{seen}");
        }
    }
}

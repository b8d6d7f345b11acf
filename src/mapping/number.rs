//! Numbers of complaints, as their source gives them: marks that only protect or hide are taken off, and what cannot be a number
//! of one complaint is doubtful. Used for the number of a complaint, for the one a follow-up is about, and for those that
//! sources ask about.

use std::sync::LazyLock;

use huiliu_expression::{is_error_cell, is_invisible};
use regex::Regex;

use crate::complaint::MAX_FIELD_CHARS;

/// Why a text is not believed to be a number of one complaint. Cut, rounded or shared, it might be another one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// `2.02611E+13`: digits were lost.
    Scientific,
    /// `2026112100012345.0`: more digits than a floating number holds.
    Rounded,
    /// `#N/A`: an error of a spreadsheet.
    ErrorCell,
    /// 合计, 共12件: a row of totals.
    Total,
    /// 工单编号: a heading that is repeated among the rows.
    Heading,
    /// 填表人, 备注: a note below a table.
    Note,
    /// `-`, `???`, `null`, 无: stands for no number.
    Nothing,
    /// U+FFFD: bytes that could not be read.
    Unreadable,
    /// Longer than any number.
    Long,
}

impl Doubt {
    /// What it is and what to do, in Chinese and in English.
    #[must_use]
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Scientific => (
                "编号成了科学计数法，位数已丢失；导出时把编号列设为文本",
                "the number is in scientific notation and has lost digits; export its column as text",
            ),
            Self::Rounded => (
                "编号超过 15 位又存成了数值，末几位已丢失；导出时把编号列设为文本",
                "the number has more than 15 digits, was stored as a numeric value and has lost its last ones; export its column as text",
            ),
            Self::ErrorCell => (
                "编号是表格的错误值；请在来源表格里修好公式再导出",
                "the number is an error of the spreadsheet; mend the formula there and export again",
            ),
            Self::Total => (
                "编号是合计一类的字，这一行不是诉求；可用 [[discard]] 规则略过",
                "the number is a word of totals, the row is no complaint; a [[discard]] rule can leave it out",
            ),
            Self::Heading => (
                "编号就是列名，这一行是重复的表头，不是诉求",
                "the number is the name of its column: a repeated heading, no complaint",
            ),
            Self::Note => (
                "编号是表尾的说明文字，这一行不是诉求；可用 [[discard]] 规则略过",
                "the number is a note below the table, the row is no complaint; a [[discard]] rule can leave it out",
            ),
            Self::Nothing => (
                "编号只有符号或占位的字，等于没有编号；请看来源的这一列",
                "the number is a mark or a word for none; look at this column of the source",
            ),
            Self::Unreadable => (
                "编号里有读不出的字符；请核对来源的编码或截断",
                "the number holds characters that could not be read; check encoding and cut texts of the source",
            ),
            Self::Long => (
                "编号超过 500 字，不像编号；请改 number 的表达式",
                "the number is longer than 500 characters; mend the expression of number",
            ),
        }
    }
}

/// The number without spreadsheets' protecting marks (`="…"`, a leading apostrophe), without invisible characters, tabs and
/// no-break spaces, and without the `.0` of a numeric cell. Leading zeros stay. Empty when there is nothing else.
#[must_use]
pub fn bare(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|c| !(is_invisible(*c) || c.is_control() || matches!(c, '\u{A0}' | '\u{200C}' | '\u{200D}')))
        .collect();
    let mut number = seen.trim();
    loop {
        let quoted = number.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(number);
        let inside = quoted.trim_start_matches(['\'', '‘', '’', '`', '＇']).trim();
        if inside == number {
            break;
        }
        number = inside;
    }
    if let Some(whole) = number.strip_suffix(".0")
        && whole.len() <= EXACT_DIGITS
        && !whole.is_empty()
        && whole.bytes().all(|byte| byte.is_ascii_digit())
    {
        number = whole;
    }
    number.to_owned()
}

/// Digits that a numeric cell keeps.
const EXACT_DIGITS: usize = 15;

/// Patterns of what is no number, with what it is. The first that fits counts.
static PATTERNS: LazyLock<Vec<(Regex, Doubt)>> = LazyLock::new(|| {
    let units = "[件条个宗项笔次]";
    let totals = "合 *计|总 *计|小 *计|共 *计|累 *计|汇 *总|总 *数|本页[合小]计|grand total|subtotal|total|sum";
    let columns = "编号|单号|流水号|序号|件号|受理号|登记号|事件号|案件号|编码|主键";
    let footers = "(填表|制表|填报|审核|统计|报送|导出|打印|负责)(人|单位|部门|时间|日期|员)|(备注|说明|注|附注)[:：]|第 *[0-9]+ *页";
    let all = [
        (r"^[+-]?[0-9]+(\.[0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}$".to_owned(), Doubt::Scientific),
        (r"^[0-9]+\.0+$".to_owned(), Doubt::Rounded),
        (format!("(?i)^({totals}) *[:：]? *[0-9]* *{units}?$|^[共计]+ *[:：]? *[0-9]+ *{units}"), Doubt::Total),
        (format!("({columns})[*＊:：()（）必填 ]*$"), Doubt::Heading),
        (format!("^({footers})"), Doubt::Note),
        (r"^#[^0-9#]{1,8}[!?！？]$|^=.*[A-Za-z0-9]".to_owned(), Doubt::ErrorCell),
        (
            r"(?i)^(null|\(null\)|none|nil|undefined|nan|n/a|[+-]?inf(inity)?|true|false|0+|无|暂无|空|未知|没有|待定|[同如]上)$"
                .to_owned(),
            Doubt::Nothing,
        ),
        // What programs write for a value that they could not write.
        (r"^\[object [A-Za-z]+\]$|^System\.[A-Za-z0-9]+$|^java\.[a-z]+\.".to_owned(), Doubt::Nothing),
    ];
    all.into_iter().filter_map(|(pattern, doubt)| Some((Regex::new(&pattern).ok()?, doubt))).collect()
});

/// The number of one complaint, or why it is none. `headings` are the names of the record's own members: a row that repeats
/// them is a heading. `None` is no text at all.
///
/// # Errors
/// The first [`Doubt`].
pub fn read<'a>(text: &str, headings: impl IntoIterator<Item = &'a str>) -> Result<Option<String>, Doubt> {
    let number = bare(text);
    if number.is_empty() {
        return Ok(None);
    }
    if number.contains('\u{FFFD}') {
        return Err(Doubt::Unreadable);
    }
    if number.chars().count() > MAX_FIELD_CHARS {
        return Err(Doubt::Long);
    }
    if is_error_cell(&number) {
        return Err(Doubt::ErrorCell);
    }
    if !number.chars().any(char::is_alphanumeric) {
        return Err(Doubt::Nothing);
    }
    if headings.into_iter().any(|heading| bare(heading) == number && !number.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(Doubt::Heading);
    }
    match PATTERNS.iter().find(|(pattern, _)| pattern.is_match(&number)) {
        Some((_, doubt)) => Err(*doubt),
        None => Ok(Some(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_off_and_the_number_stays() {
        for (seen, expected) in [
            ("=\"20261121000123\"", "20261121000123"),
            ("'20261121000124", "20261121000124"),
            ("\t20261121000125", "20261121000125"),
            ("\u{FEFF}AB\u{200B}12\u{AD}3\u{202C}", "AB123"),
            ("\u{A0}12\u{A0}3 ", "123"),
            ("000123", "000123"),
            ("20261121000123.0", "20261121000123"),
            ("=\"'00012\"", "00012"),
            ("'=\"00012\"", "00012"),
            ("信访〔2026〕15号", "信访〔2026〕15号"),
            ("5e10", "5e10"),
            ("12.5", "12.5"),
            ("第3号", "第3号"),
            ("合计划2026-1", "合计划2026-1"),
            ("A-\u{2460}", "A-\u{2460}"),
        ] {
            assert_eq!(read(seen, []), Ok(Some(expected.to_owned())), "{seen}");
        }
        assert_eq!(read(" \u{200B}\t", []), Ok(None));
        assert_eq!(read("='", []), Err(Doubt::Nothing));
    }

    #[test]
    fn what_may_be_another_ones_number_is_doubtful() {
        for (seen, doubt) in [
            ("2.02611E+13", Doubt::Scientific),
            ("2E+13", Doubt::Scientific),
            ("2.02611E13", Doubt::Scientific),
            ("=\"2.0E+13\"", Doubt::Scientific),
            ("2026112100012345.0", Doubt::Rounded),
            ("#N/A", Doubt::ErrorCell),
            ("#REF!", Doubt::ErrorCell),
            ("#name?", Doubt::ErrorCell),
            ("#DIV/0!", Doubt::ErrorCell),
            ("########", Doubt::ErrorCell),
            ("#名称?", Doubt::ErrorCell),
            ("#ERROR!", Doubt::ErrorCell),
            ("=A2+1", Doubt::ErrorCell),
            ("0", Doubt::Nothing),
            ("同上", Doubt::Nothing),
            ("(null)", Doubt::Nothing),
            ("Infinity", Doubt::Nothing),
            ("[object Object]", Doubt::Nothing),
            ("System.Int64", Doubt::Nothing),
            ("合计", Doubt::Total),
            ("合 计：12件", Doubt::Total),
            ("共1件", Doubt::Total),
            ("共计 12 条", Doubt::Total),
            ("Total", Doubt::Total),
            ("小计", Doubt::Total),
            ("工单编号", Doubt::Heading),
            ("12345工单编号", Doubt::Heading),
            ("*编号(必填)", Doubt::Heading),
            ("制表人：王某", Doubt::Note),
            ("备注：以上为本月", Doubt::Note),
            ("第 1 页", Doubt::Note),
            ("-", Doubt::Nothing),
            ("——", Doubt::Nothing),
            ("????", Doubt::Nothing),
            ("NULL", Doubt::Nothing),
            ("无", Doubt::Nothing),
            ("2026\u{FFFD}1", Doubt::Unreadable),
        ] {
            assert_eq!(read(seen, []), Err(doubt), "{seen}");
        }
        assert_eq!(read("ID", ["ID", "标题"]), Err(Doubt::Heading));
        assert_eq!(read("\u{FEFF}xfjbh", ["xfjbh"]), Err(Doubt::Heading));
        assert_eq!(read("1", ["1", "2"]), Ok(Some("1".to_owned())), "columns without names");
        assert_eq!(read(&"9".repeat(501), []), Err(Doubt::Long));
    }
}

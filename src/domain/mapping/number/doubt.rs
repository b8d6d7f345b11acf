//! Why a text is not believed to be a number of one complaint, in words of an operator.

/// Why a text is not believed to be a number of one complaint. Cut, rounded or shared, it might be another one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// `2.02611E+13`: digits were lost.
    Scientific,
    /// `2026112100012345.0`: more digits than a floating number holds.
    Rounded,
    /// `12.5`, `202611210009.00`: a numeric value with decimals.
    Decimal,
    /// `9223372036854775807`: the end of a type's range, where a program or a database stopped.
    Limit,
    /// `-1`: a code of programs.
    Negative,
    /// `99999999`, a GUID of zeros: made up where a number was missing.
    Placeholder,
    /// `2026/11/21`, `09:12`: a date or a time.
    Time,
    /// `2026****0001`: some of its characters are hidden.
    Masked,
    /// `A1,A2`: several numbers.
    Several,
    /// `12.50元`, `14%`, `1,400`: an amount.
    Amount,
    /// `com.foo.Order@6d06d69c`: what a program prints of an object.
    Dump,
    /// `${id}`: a template that was not filled in.
    Template,
    /// An address of the web.
    Address,
    /// A sentence, or words without a digit.
    Text,
    /// `#N/A`: an error of a spreadsheet.
    ErrorCell,
    /// 合计, 共12件: a row of totals.
    Total,
    /// 工单编号: a heading that is repeated among the rows.
    Heading,
    /// 填表人, 备注: a note below a table.
    Note,
    /// `-`, `???`, `null`, 无, 待编号: stands for no number.
    Nothing,
    /// U+FFFD or `?`: characters that could not be read or written.
    Unreadable,
    /// Longer than any number.
    Long,
}

impl Doubt {
    /// What it is and what to do, in Chinese and in English.
    #[must_use]
    pub fn sentences(self) -> (&'static str, &'static str) {
        self.of_values().or_else(|| self.of_rows()).unwrap_or((
            "编号超过 500 字，不像编号；请改 number 的表达式",
            "the number is longer than 500 characters; mend the expression of number",
        ))
    }

    /// Values that were damaged, or are of another kind.
    fn of_values(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Scientific => (
                "编号成了科学计数法，位数已丢失；导出时把编号列设为文本",
                "the number is in scientific notation and has lost digits; export its column as text",
            ),
            Self::Rounded => (
                "编号超过 15 位又存成了数值，末几位已丢失；导出时把编号列设为文本",
                "the number has more than 15 digits, was stored as a numeric value and has lost its last ones; export its column as text",
            ),
            Self::Decimal => (
                "编号成了小数，1.10 会与 1.1 混同；导出时把编号列设为文本，或在表达式里取整数部分",
                "the number became a decimal, in which 1.10 and 1.1 are one; export its column as text, or take its whole part in the expression",
            ),
            Self::Limit => (
                "编号是数值类型的上限或下限，真正的编号没有存下；请来源把编号字段改为文本",
                "the number is the end of a numeric type's range, the real one did not fit; have the source keep it as text",
            ),
            Self::Negative => (
                "编号是负数，多半是程序的错误代码；请看来源的这一列",
                "the number is negative, most likely an error code of a program; look at this column of the source",
            ),
            Self::Placeholder => (
                "编号是占位的数（如 99999999、全零的 GUID），几条记录会共用；请改用来源真正的编号",
                "the number is a placeholder (99999999, a GUID of zeros) that several records share; use the source's real number",
            ),
            Self::Time => (
                "编号是日期或时间：表格把编号认成了日期，或 number 指错了列；导出时设为文本，或改表达式",
                "the number is a date or a time: a spreadsheet took it for one, or number points at the wrong column; export it as text, or mend the expression",
            ),
            Self::Masked => (
                "编号有几位被遮住（* ● … XX），几条记录会相同；请来源给出完整编号",
                "some characters of the number are hidden (* ● … XX), several records may have the same; have the source give it whole",
            ),
            Self::Several => (
                "一栏里有几个编号；请在表达式里取其中一个，或让来源每条记录一个编号",
                "there are several numbers in it; take one of them in the expression, or have the source give one a record",
            ),
            Self::Amount => (
                "编号是百分比、金额或数量；请看 number 指的列是否正确、导出时设为文本",
                "the number is a percentage, an amount of money or a quantity; look whether number points at the right column, and export it as text",
            ),
            Self::Dump => (
                "编号是程序对象的内部写法，不是编号；请来源输出编号本身",
                "the number is what a program prints of an object; have the source write the number itself",
            ),
            Self::Template => (
                "编号是没有填上的模板变量；请来源修好模板",
                "the number is a variable of a template that was not filled in; have the source mend its template",
            ),
            Self::Address => (
                "编号是网址；可用 | match 取出其中的编号",
                "the number is an address of the web; take the number out of it with | match",
            ),
            _ => return None,
        })
    }

    /// Rows and words that are no number at all.
    fn of_rows(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Text => (
                "编号是一段文字，不像编号；请看列是否错位，或改 number 的表达式",
                "the number is words and no number; look whether columns have moved, or mend the expression of number",
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
                "编号里有读不出或写不出的字符（� 或 ?）；请核对来源的编码或截断",
                "the number holds characters that could not be read or written (U+FFFD or ?); check encoding and cut texts of the source",
            ),
            _ => return None,
        })
    }
}

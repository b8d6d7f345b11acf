//! Rows that are no records: totals, signatures, remarks and examples of forms.

use crate::event::Reason;

/// Most digits of a count.
const MAX_COUNT_DIGITS: usize = 6;
/// Most filled cells of a line of signatures.
const MAX_SIGNATURE_CELLS: usize = 8;
/// Longest cell of a line of signatures, in characters.
const MAX_SIGNATURE_CHARS: usize = 40;

/// A row of totals: such a word or a sentence like 共12件 first, and nothing but counts after it.
pub(super) fn is_total(cells: &[String]) -> bool {
    const WORDS: [&str; 14] = [
        "本页合计",
        "本页小计",
        "本月合计",
        "总合计",
        "合计数",
        "合计",
        "总计",
        "小计",
        "共计",
        "累计",
        "总数",
        "subtotal",
        "total",
        "sum",
    ];
    let mut filled = cells.iter().map(|cell| compact(cell).to_ascii_lowercase()).filter(|cell| !cell.is_empty());
    let Some(first) = filled.next() else { return false };
    let rest = WORDS.iter().chain(&["共"]).find_map(|word| first.strip_prefix(word));
    rest.is_some_and(is_count) && filled.all(|cell| is_count(&cell))
}

/// A number with a word of measure, e.g. 共12件 or 3.5%; or nothing but marks. Many digits without a point are a telephone or a number.
fn is_count(cell: &str) -> bool {
    let inner = cell.trim_matches(|c: char| "共计合总数:：（）()约件条份项宗起次元万个户人%％、-—/".contains(c));
    let is_code = inner.chars().count() > MAX_COUNT_DIGITS && inner.chars().all(|c| c.is_ascii_digit());
    !is_code && inner.chars().count() <= 12 && inner.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
}

/// A line of who made the table and when.
pub(super) fn is_signature(cells: &[String]) -> bool {
    const WORDS: [&str; 19] = [
        "制表人",
        "制表单位",
        "制表日期",
        "制表时间",
        "填报人",
        "填报单位",
        "填报日期",
        "填报时间",
        "填表人",
        "填表日期",
        "审核人",
        "复核人",
        "负责人签字",
        "单位负责人",
        "打印时间",
        "打印日期",
        "打印人",
        "导出时间",
        "导出人",
    ];
    let cells: Vec<String> = cells.iter().map(|cell| compact(cell)).filter(|cell| !cell.is_empty()).collect();
    let named = |cell: &String| {
        WORDS.iter().any(|word| {
            cell.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '：', '(']))
        })
    };
    let page = |cell: &String| {
        cell.strip_prefix('第')
            .and_then(|rest| rest.split_once('页'))
            .is_some_and(|(page, rest)| is_count(page) && rest.chars().count() <= 8)
    };
    let short = |cell: &String| cell.chars().count() <= MAX_SIGNATURE_CHARS;
    match cells.first() {
        Some(first) if page(first) => cells.len() <= 2,
        Some(first) => {
            named(first) && first.contains([':', '：']) && cells.len() <= MAX_SIGNATURE_CELLS && cells.iter().all(short)
        }
        None => false,
    }
}

/// A remark below the table, which stands in one cell where others have many, or the example that a form was handed out with.
pub(super) fn note(cells: &[String], columns: usize) -> Option<Reason> {
    let mut filled = cells.iter().map(|cell| compact(cell)).filter(|cell| !cell.is_empty());
    let (first, none) = (filled.next()?, filled.next().is_none());
    let begins = |words: &[&str]| words.iter().any(|word| first.starts_with(word));
    if begins(&["示例", "样例", "填写示例", "例：", "例:"]) {
        return Some(Reason::new(
            "像是填写示例，不是一条诉求",
            "it seems to be the example of a form, not a complaint",
        ));
    }
    let is_note = begins(&["注:", "注：", "备注:", "备注：", "说明:", "说明：", "填表说明", "填报说明"]);
    let reason =
        Reason::new("像是表下的说明，不是一条诉求", "it seems to be a remark below the table, not a complaint");
    (is_note && none && columns >= 3).then_some(reason)
}

fn compact(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_whitespace()).collect()
}

//! What a row seems to be before the headings are known, or where they may be other ones.

use crate::event::Reason;
use crate::headings::header::MAX_COLUMNS;

/// Longest heading of a second row, in characters.
const MAX_GROUPED_CHARS: usize = 10;
/// Longest cell of a row that may be headings, in characters.
const MAX_HEADING_CHARS: usize = 40;

/// Checks what the headings may be.
///
/// # Errors
/// Too many columns, or text that is none.
pub(crate) fn check_width(cells: &[String]) -> Result<(), Reason> {
    let columns = cells.len();
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    Err(Reason::new(
        format!("文件有 {columns} 列，最多读 {MAX_COLUMNS} 列"),
        format!("the file has {columns} columns, at most {MAX_COLUMNS} are read"),
    ))
}

/// Cells that are not empty.
pub(super) fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Headings in two rows: words below a heading of several columns. `None` where the lower row is none of them.
pub(super) fn joined(upper: &[String], lower: &[String]) -> Option<Vec<String>> {
    let at = |cells: &[String], index: usize| cells.get(index).map_or("", |cell| cell.trim()).to_owned();
    let is_word = |cell: &str| {
        cell.chars().count() <= MAX_GROUPED_CHARS && cell.chars().all(|c| c.is_alphabetic() || "（）()/*".contains(c))
    };
    let mut columns = 0;
    for index in 0..upper.len().max(lower.len()) {
        let (above, below) = (at(upper, index), at(lower, index));
        let is_group = above.is_empty() || (index + 1 < upper.len() && at(upper, index + 1).is_empty());
        if !below.is_empty() && (!is_group || !is_word(&below)) {
            return None;
        }
        columns += usize::from(!below.is_empty());
    }
    let none_bare =
        upper.iter().enumerate().any(|(index, cell)| cell.trim().is_empty() && !at(lower, index).is_empty());
    let columns_of = |index| if at(lower, index).is_empty() { at(upper, index) } else { at(lower, index) };
    (columns >= 2 && none_bare).then(|| (0..upper.len().max(lower.len())).map(columns_of).collect())
}

/// How the names of columns end.
const COLUMN_ENDS: [&str; 34] = [
    "编号",
    "单号",
    "序号",
    "编码",
    "代码",
    "流水号",
    "号码",
    "姓名",
    "名称",
    "电话",
    "手机",
    "联系方式",
    "内容",
    "标题",
    "地址",
    "地点",
    "时间",
    "日期",
    "类型",
    "类别",
    "单位",
    "部门",
    "状态",
    "备注",
    "情况",
    "结果",
    "数量",
    "人数",
    "件数",
    "年份",
    "街道",
    "负责人",
    "诉求人",
    "说明",
];

/// Whether the cells are the names of columns: at least three, and most of them end as such names do.
pub(super) fn are_names_of_columns(cells: &[String]) -> bool {
    let words: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    let bare = |word: &str| word.trim_end_matches(['*', '＊', ':', '：']).to_owned();
    // 待编号, 暂无编号, 系统自动编号 stand in the place of a number.
    let is_pending =
        |word: &str| ["待", "暂", "无", "未", "系统", "自动", "正在"].iter().any(|begin| word.starts_with(begin));
    let named = words
        .iter()
        .map(|word| bare(word))
        .filter(|word| COLUMN_ENDS.iter().any(|end| word.ends_with(end)) && !word.chars().any(|c| c.is_ascii_digit()));
    let first_is_pending = words.first().is_some_and(|word| is_pending(word));
    words.len() >= 3 && !first_is_pending && named.count() * 3 >= words.len() * 2
}

/// Two short words or more, and nothing with a digit.
pub(super) fn are_bare_words(cells: &[String]) -> bool {
    let words: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    let is_word = |word: &&str| {
        word.chars().count() <= MAX_GROUPED_CHARS
            && word.chars().any(char::is_alphabetic)
            && !word.chars().any(|c| c.is_numeric() || "，。；！？,;".contains(c))
    };
    words.len() >= 2 && words.iter().all(is_word)
}

/// Several short words, none of them a number.
pub(super) fn is_like_headings(cells: &[String]) -> bool {
    let word = |cell: &&String| {
        let cell = cell.trim();
        cell.chars().count() <= MAX_HEADING_CHARS
            && cell.chars().any(char::is_alphabetic)
            && !cell.chars().take(4).all(|c| c.is_ascii_digit())
    };
    let words: Vec<&String> = cells.iter().filter(|cell| !cell.trim().is_empty()).collect();
    words.len() >= 3 && words.iter().all(word)
}

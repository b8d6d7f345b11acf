//! Whether two versions of one number can be of one citizen and one matter. No record linkage: it is asked only what speaks against it.

use std::collections::HashSet;

use crate::complaint::{Complaint, Reporter};

/// Share of the shorter text's pairs of neighbouring characters from which two texts have something in common.
const MIN_COMMON: f64 = 0.2;
/// The same of titles and addresses, which are short and have words in common that say nothing (路, 问题).
const MIN_COMMON_SHORT: f64 = 0.5;
/// Share of a text that stock phrases may have (市民来电反映…请核实处理并回复), where title and address both differ.
const MAX_STOCK: f64 = 0.85;
/// Fewest pairs of a text that says anything: 详见附件, 同上 do not.
const MIN_PAIRS: usize = 5;
/// Names that are none.
const NO_NAMES: [&str; 16] = [
    "匿名", "热心", "市民", "群众", "网民", "网友", "居民", "村民", "业主", "无名", "不详", "未知", "先生", "女士",
    "来电", "保密",
];
/// What stands before a name.
const LABELS: [&str; 8] = ["诉求人", "反映人", "姓名", "投诉人", "来电人", "联系人", "先生", "女士"];

/// What two reporters say of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persons {
    /// A number, a name or an account is the same.
    Same,
    /// All that both have differs.
    Others,
    /// There is nothing that both have.
    Unknown,
}

pub(super) fn persons(a: &Reporter, b: &Reporter) -> Persons {
    let exact = |of: fn(&Reporter) -> Option<&String>| Some((of(a)?, of(b)?)).map(|(a, b)| a == b);
    let phones = telephone(a).zip(telephone(b)).map(|(a, b)| a.ends_with(b) || b.ends_with(a));
    let names = surname(a).zip(surname(b)).map(|(a, b)| a == b);
    let number = exact(|reporter| reporter.id_number.as_ref());
    let account = exact(|reporter| reporter.account.as_ref());
    let known: Vec<bool> = [phones, names, number, account].into_iter().flatten().collect();
    match known.as_slice() {
        [] => Persons::Unknown,
        known if known.contains(&true) => Persons::Same,
        _ => Persons::Others,
    }
}

/// A telephone that is somebody's: no hotline, no digits for none.
fn telephone(reporter: &Reporter) -> Option<&str> {
    let phone = reporter.phone.as_deref()?;
    let digits: HashSet<char> = phone.chars().skip(3).collect();
    (phone.len() >= 7 && digits.len() > 1).then_some(phone)
}

/// The first character of a name: 王** and 王先生 are one.
fn surname(reporter: &Reporter) -> Option<char> {
    let mut name = reporter.name.as_deref()?.trim();
    for label in LABELS {
        let bare = name.strip_prefix(label).map_or(name, |rest| rest.trim_start_matches([':', '：', ' ']));
        name = if bare.is_empty() { name } else { bare };
    }
    if NO_NAMES.iter().any(|none| name.starts_with(none)) {
        return None;
    }
    name.chars().next().filter(|c| c.is_alphabetic())
}

/// Whether two versions tell of different matters: nothing of their texts is common, or only stock phrases while title and address differ.
pub(super) fn is_other_matter(a: &Complaint, b: &Complaint) -> bool {
    let Some(text) = common(&a.text, &b.text) else { return false };
    let title = common(&a.title, &b.title).unwrap_or(0.0);
    let address = a.place.address.as_ref().zip(b.place.address.as_ref()).and_then(|(a, b)| common_short(a, b));
    let is_near = title >= MIN_COMMON_SHORT || address.is_some_and(|address| address >= MIN_COMMON_SHORT);
    if text < MIN_COMMON {
        return !is_near;
    }
    text < MAX_STOCK && title < MIN_COMMON && address.is_some_and(|address| address < MIN_COMMON)
}

/// Share of the shorter text's pairs that both have; `None` where one of them says nothing.
fn common(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (pairs(a), pairs(b));
    (a.len().min(b.len()) >= MIN_PAIRS).then(|| share(&a, &b))
}

fn common_short(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (pairs(a), pairs(b));
    (!a.is_empty() && !b.is_empty()).then(|| share(&a, &b))
}

#[expect(clippy::cast_precision_loss, reason = "texts are bounded")]
fn share(a: &HashSet<(char, char)>, b: &HashSet<(char, char)>) -> f64 {
    a.intersection(b).count() as f64 / a.len().min(b.len()) as f64
}

/// Pairs of neighbouring letters and digits, outside of tags.
fn pairs(text: &str) -> HashSet<(char, char)> {
    let mut in_tag = false;
    let letters: Vec<char> = text
        .chars()
        .filter(|c| {
            in_tag = (in_tag || *c == '<') && *c != '>';
            !in_tag && c.is_alphanumeric()
        })
        .collect();
    letters.iter().copied().zip(letters.iter().copied().skip(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Place;

    fn reporter((name, phone): (&str, &str)) -> Reporter {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Reporter { name: given(name), phone: given(phone), ..Reporter::default() }
    }

    #[test]
    fn reporters_are_others_where_nothing_is_the_same() {
        for (a, b, wanted) in [
            (("王某", "13800001111"), ("李某", "13800002222"), Persons::Others),
            (("王某", "13800001111"), ("王先生", "13800002222"), Persons::Same),
            (("王某", "13800001111"), ("李某", "13800001111"), Persons::Same),
            (("", "13800001111"), ("李某", "13800002222"), Persons::Others),
            (("王某", ""), ("李某", ""), Persons::Others),
            (("王某", ""), ("", "13800002222"), Persons::Unknown),
            (("", ""), ("李某", "13800002222"), Persons::Unknown),
            (("匿名", "13800001111"), ("匿名", "13800002222"), Persons::Others),
            (("热心市民", ""), ("李某", ""), Persons::Unknown),
            (("诉求人：张三", ""), ("诉求人：李四", ""), Persons::Others),
            (("诉求人：张三", ""), ("女士张三", ""), Persons::Same),
            (("", "7562345"), ("", "06317562345"), Persons::Same),
            (("王某", "12345"), ("李某", "12345"), Persons::Others),
            (("王某", "13800000000"), ("李某", "13800000000"), Persons::Others),
        ] {
            assert_eq!(persons(&reporter(a), &reporter(b)), wanted, "{a:?} {b:?}");
        }
    }

    #[test]
    fn matters_are_others_where_nothing_of_them_is_common() {
        let complaint = |(title, text, address): (&str, &str, &str)| Complaint {
            title: title.to_owned(),
            text: text.to_owned(),
            place: Place { address: (!address.is_empty()).then(|| address.to_owned()), ..Place::default() },
            ..Complaint::default()
        };
        let stock = |what: &str| format!("市民来电反映：{what}，请相关部门核实处理并回复");
        let (lamp, cover) = (stock("文化路三盏路灯不亮"), stock("松涛街井盖缺失"));
        let tagged = |what: &str| format!("<p style=\"font-size:14px\"><span>{what}</span></p>");
        for (a, b, wanted) in [
            (("路灯", "望海路路灯不亮了", ""), ("井盖", "花园小区门口井盖丢失", ""), true),
            (("路灯", "望海路路灯不亮", ""), ("路灯", "望海路路灯不亮已经三天，有老人摔倒", ""), false),
            (("路灯不亮", &lamp, "文化路"), ("井盖缺失", &cover, "松涛街"), true),
            (("路灯不亮问题", &lamp, "文化路"), ("路灯不亮问题", &cover, "松涛街"), false),
            (("路灯", &tagged("望海路路灯不亮了"), ""), ("井盖", &tagged("花园小区门口井盖丢失"), ""), true),
            (("路灯", "详见附件", ""), ("井盖", "花园小区门口井盖丢失", ""), false),
            (("路灯", "望海路路灯不亮了", "文化路12号"), ("补充", "已经摔伤两位老人急需修理", "文化路12号"), false),
        ] {
            assert_eq!(is_other_matter(&complaint(a), &complaint(b)), wanted, "{a:?} {b:?}");
        }
    }
}

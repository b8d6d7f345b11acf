//! Numbers that are doubtful: content that is no amendment of the complaint whose number it has. Mostly the number is damaged (rounded, in
//! scientific notation, of a total) or given again to another matter, and they are different citizens.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::complaint::{Complaint, Reporter};
use crate::desk::step::Step;
use crate::desk::view::Origin;
use crate::key::ComplaintKey;
use crate::store::StoreError;

/// Share of the shorter text's pairs of neighbouring characters from which two texts have something in common.
const MIN_COMMON: f64 = 0.2;

/// Why a record is not taken as an amendment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Another record of the same file, call or page has this number and different content.
    AtOnce,
    /// Another citizen, and a text that has nothing in common with the earlier one.
    OtherCitizen,
}

/// Whether a record would change a complaint that another citizen has made, or that another record which came at once with it has made or
/// changed, although the channel's settings do not say that the source tells of one complaint so.
pub(super) fn doubt(
    step: &mut Step<'_>,
    of: Origin<'_>,
    known: ComplaintKey,
    complaint: &Complaint,
) -> Result<Option<Doubt>, StoreError> {
    if step.rules.amends_doubtful(of.channel) {
        return Ok(None);
    }
    let at_once = match of.file {
        Some(file) => step.view.came_with(known, file)?,
        None => false,
    };
    let Some(view) = step.view.complaint(known)? else { return Ok(None) };
    let earlier = &view.complaint;
    if at_once {
        return Ok((earlier != complaint).then_some(Doubt::AtOnce));
    }
    let is_other =
        are_others(&earlier.reporter, &complaint.reporter) && !have_in_common(&earlier.text, &complaint.text);
    Ok(is_other.then_some(Doubt::OtherCitizen))
}

/// Whether two reporters are certainly not one person: what both have differs, and nothing is the same.
fn are_others(a: &Reporter, b: &Reporter) -> bool {
    let differ = |of: fn(&Reporter) -> Option<&String>| match (of(a), of(b)) {
        (Some(a), Some(b)) => Some(a != b),
        _ => None,
    };
    // 王** and 王先生 are one name.
    let surname = |reporter: &Reporter| reporter.name.as_ref().and_then(|name| name.trim().chars().next());
    let names = surname(a).zip(surname(b)).map(|(a, b)| a != b);
    let known = [
        differ(|reporter| reporter.phone.as_ref()),
        differ(|reporter| reporter.id_number.as_ref()),
        differ(|reporter| reporter.account.as_ref()),
        names,
    ];
    known.iter().flatten().next().is_some() && known.iter().flatten().all(|differs| *differs)
}

/// Whether two texts share some of their pairs of neighbouring characters.
fn have_in_common(a: &str, b: &str) -> bool {
    let pairs = |text: &str| -> HashSet<(char, char)> {
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        letters.iter().copied().zip(letters.iter().copied().skip(1)).collect()
    };
    let (a, b) = (pairs(a), pairs(b));
    let least = a.len().min(b.len());
    // As counts of characters both are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "texts are bounded")]
    let share = a.intersection(&b).count() as f64 / least.max(1) as f64;
    least == 0 || share >= MIN_COMMON
}

/// Why such a record is set aside.
pub(super) fn doubtful_number(doubt: Doubt, number: &str) -> Value {
    let (zh, en) = match doubt {
        Doubt::AtOnce => (
            "同一个文件、同一次推送或同一页里有编号相同、内容不同的几条，编号可疑（例如被表格软件改写），没有当作修改；请核对来源里的编号。\
            如果这个渠道确实会把同一件写成几条，请在渠道文件最上面写 same_number = \"amend\"，重新加载后重放",
            "several records of one file, one call or one page have this number and different content: the number is doubtful \
            (changed by a spreadsheet, for example), and the record was not taken as an amendment; check the numbers at the source. \
            If this channel does tell of one matter in several records, write same_number = \"amend\" at the top of the \
            channel file, reload and replay",
        ),
        Doubt::OtherCitizen => (
            "这个编号已有诉求，但诉求人不同，内容也毫无相同之处：编号可疑（例如被表格软件改写，或每年重新编号），没有当作修改；请核对来源里的编号，\
            必要时在 number 里加上年份。如果这个渠道确实会这样修改诉求，请在渠道文件最上面写 same_number = \"amend\"，重新加载后重放",
            "there is a complaint with this number, of another citizen and with nothing in common: the number is doubtful (changed by a \
            spreadsheet, or given anew each year), and the record was not taken as an amendment; check the numbers at the source, and add \
            the year to number where it needs one. If this channel does change its complaints so, write same_number = \"amend\" at the \
            top of the channel file, reload and replay",
        ),
    };
    json!([{ "field": "number", "zh": zh, "en": en, "value": number }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reporter(name: &str, phone: &str) -> Reporter {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Reporter { name: given(name), phone: given(phone), ..Reporter::default() }
    }

    #[test]
    fn reporters_are_others_where_nothing_is_the_same() {
        for (a, b, wanted) in [
            (("王某", "13800001111"), ("李某", "13800002222"), true),
            (("王某", "13800001111"), ("王先生", "13800002222"), false),
            (("王某", "13800001111"), ("李某", "13800001111"), false),
            (("", "13800001111"), ("李某", "13800002222"), true),
            (("王某", ""), ("李某", ""), true),
            (("王某", ""), ("", "13800002222"), false),
            (("", ""), ("李某", "13800002222"), false),
        ] {
            assert_eq!(are_others(&reporter(a.0, a.1), &reporter(b.0, b.1)), wanted, "{a:?} {b:?}");
        }
    }

    #[test]
    fn texts_have_in_common_what_their_pairs_say() {
        for (a, b, wanted) in [
            ("望海路路灯不亮", "花园路井盖丢失", false),
            ("望海路路灯不亮", "望海路路灯不亮已经三天，补充：有老人摔倒", true),
            ("路灯不亮", "", true),
            ("", "", true),
        ] {
            assert_eq!(have_in_common(a, b), wanted, "{a} {b}");
        }
    }
}

//! Numbers that are doubtful: content that is no amendment of the complaint whose number it has. Mostly the number is damaged (rounded, in
//! scientific notation, of a total) or given again to another matter, and they are different citizens.

mod alike;

use serde_json::{Value, json};

use alike::{Persons, is_other_matter, persons};

use crate::complaint::Complaint;
use crate::desk::step::Step;
use crate::desk::view::Origin;
use crate::key::ComplaintKey;
use crate::store::StoreError;

/// Why a record is not taken as an amendment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Another record of the same file, call or page has this number and different content.
    AtOnce,
    /// Another matter of another citizen.
    OtherMatter,
}

/// Whether a record would make another citizen's other matter of a complaint, or that another record which came at once with it has made or
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
    // Of whom nothing is known, nothing is known to be another's.
    let is_doubtful =
        persons(&earlier.reporter, &complaint.reporter) == Persons::Others && is_other_matter(earlier, complaint);
    Ok(is_doubtful.then_some(Doubt::OtherMatter))
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
        Doubt::OtherMatter => (
            "这个编号已有诉求，但诉求人不同，内容也是另一件事：编号可疑（例如被表格软件改写，或每年重新编号），没有当作修改；请核对来源里的编号，\
            必要时在 number 里加上年份。如果这个渠道确实会这样修改诉求，请在渠道文件最上面写 same_number = \"amend\"，重新加载后重放",
            "there is a complaint with this number that is of another citizen and another matter: the number is doubtful (changed by a \
            spreadsheet, or given anew each year), and the record was not taken as an amendment; check the numbers at the source, and add \
            the year to number where it needs one. If this channel does change its complaints so, write same_number = \"amend\" at the \
            top of the channel file, reload and replay",
        ),
    };
    json!([{ "field": "number", "zh": zh, "en": en, "value": number }])
}

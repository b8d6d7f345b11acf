//! One number at once: several records of one file, one call or one page that give one number different content are not amendments of
//! one complaint. Mostly the number is damaged (rounded, in scientific notation, of a total), and they are different citizens.

use serde_json::{Value, json};

use crate::complaint::Complaint;
use crate::desk::step::Step;
use crate::desk::view::Origin;
use crate::key::ComplaintKey;
use crate::store::StoreError;

/// Whether a record would change a complaint that another one which came at once with it has made or changed, although the channel's
/// settings do not say that the source tells of one complaint several times.
pub(super) fn is_doubtful(
    step: &mut Step<'_>,
    of: Origin<'_>,
    known: ComplaintKey,
    complaint: &Complaint,
) -> Result<bool, StoreError> {
    let Some(file) = of.file.filter(|_| !step.rules.amends_at_once(of.channel)) else { return Ok(false) };
    if !step.view.came_with(known, file)? {
        return Ok(false);
    }
    Ok(step.view.complaint(known)?.is_some_and(|view| view.complaint != *complaint))
}

/// Why such a record is set aside.
pub(super) fn one_number_at_once(number: &str) -> Value {
    json!([{
        "field": "number",
        "zh": "同一个文件、同一次推送或同一页里有编号相同、内容不同的几条，编号可疑（例如被表格软件改写），没有当作修改；请核对来源里的编号。\
            如果这个渠道确实会把同一件写成几条，请在渠道文件最上面写 same_number_at_once = \"amend\"，重新加载后重放",
        "en": "several records of one file, one call or one page have this number and different content: the number is doubtful \
            (changed by a spreadsheet, for example), and the record was not taken as an amendment; check the numbers at the source. \
            If this channel does tell of one matter in several records, write same_number_at_once = \"amend\" at the top of the \
            channel file, reload and replay",
        "value": number,
    }])
}

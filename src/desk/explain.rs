//! Reading: why two complaints are, or are not, one matter.

use super::step::Step;
use crate::merge::Evidence;
use crate::store::StoreError;

/// Why two complaints are, or are not, one matter by the current settings: the earlier one stands for its ticket. `None` when one
/// of them is not known, or its words are gone.
pub(super) fn explain(step: &mut Step<'_>, a: &str, b: &str) -> Result<Option<Evidence>, StoreError> {
    let (Some(a), Some(b)) = (step.view.complaint_by_receipt(a)?, step.view.complaint_by_receipt(b)?) else {
        return Ok(None);
    };
    if a.erased || b.erased {
        return Ok(None);
    }
    let (earlier, later) = if a.id <= b.id { (a, b) } else { (b, a) };
    let [of_earlier, of_later] = [&earlier, &later].map(|view| step.state.profile_of(view, &step.rules));
    let earlier = (earlier.id, earlier.ticket, &of_earlier);
    Ok(Some(step.state.index().compare_two(&of_later, earlier, &step.rules.merging)))
}

//! Stage: what a citizen says about an earlier complaint reaches its ticket, on whatever channel: the citizen's own complaint, and no
//! other's.

use super::citizen::{hash_of_id_number, hash_of_phone};
use super::evaluation::{Word, rate};
use super::step::Step;
use crate::complaint::{FollowUp, Reporter};
use crate::store::{ComplaintHead, ComplaintView, StoreError, Vault};
use crate::ticket::{Change, Rater};

/// Most complaints of one citizen among which the one meant is looked for, the newest.
const MAX_LOOKED_AT: usize = 100;

/// Puts a follow-up on its ticket; `None` when no complaint of this citizen is known that it is about.
pub(super) fn follow_up(step: &mut Step<'_>, follow_up: &FollowUp) -> Result<Option<ComplaintHead>, StoreError> {
    let Some(head) = meant(step, follow_up)? else { return Ok(None) };
    let (Some(view), Some(_)) = (step.view.complaint(head.id)?, step.view.ticket(head.ticket)?) else {
        return Ok(None);
    };
    let change = Change {
        receipt: Some(head.receipt.clone()),
        satisfaction: follow_up.satisfaction,
        // Who was erased is not written about anew.
        note: (!follow_up.text.is_empty() && !view.erased).then(|| follow_up.text.clone()),
        ..Change::default()
    };
    let value = follow_up.satisfaction;
    let word =
        value.map(|value| Word::of(step, Rater::Citizen, (value, follow_up.step.as_deref()), &follow_up.channel));
    rate(step, head.ticket, (Some(&view), Some(&view)), word.as_ref(), change)?;
    Ok(Some(head))
}

/// The complaint that a follow-up is about: by receipt number, by the source's number, by telephone number; on its own channel first.
fn meant(step: &mut Step<'_>, said: &FollowUp) -> Result<Option<ComplaintHead>, StoreError> {
    if let Some(view) = step.view.complaint_by_receipt(&said.about)? {
        let may_speak = said.trusted || is_believed(step.state.vault(), said, &view);
        return Ok(may_speak.then(|| head_of(&view)));
    }
    let about = hash_of_phone(step.state.vault(), &said.about);
    if let Some(head) = step.view.head_about(&said.channel, &said.about, about)? {
        // A source's numbers follow one another, and a telephone number is known to many: neither says who speaks.
        let view = step.view.complaint(head.id)?;
        let may_speak = said.trusted || view.is_some_and(|view| is_believed(step.state.vault(), said, &view));
        return Ok(may_speak.then_some(head));
    }
    let speaker = Hashes::of(step.state.vault(), &said.reporter);
    let hashes: Vec<u64> = [speaker.phone, speaker.id_number].into_iter().flatten().collect();
    if hashes.is_empty() {
        return Ok(None);
    }
    let is_phone = speaker.phone == Some(about);
    for key in step.view.complaints_of_person(&hashes)?.into_iter().rev().take(MAX_LOOKED_AT) {
        let Some(view) = step.view.complaint(key)?.filter(|view| !view.erased) else { continue };
        let of_phone = is_phone && speaker.phone == Hashes::of(step.state.vault(), &view.complaint.reporter).phone;
        if view.complaint.number == said.about || of_phone {
            return Ok(Some(head_of(&view)));
        }
    }
    Ok(None)
}

/// Keyed hashes by which a citizen is the same on all channels.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hashes {
    phone: Option<u64>,
    id_number: Option<u64>,
}

impl Hashes {
    fn of(vault: &Vault, reporter: &Reporter) -> Self {
        Self {
            phone: reporter.phone.as_deref().map(|phone| hash_of_phone(vault, phone)),
            id_number: reporter.id_number.as_deref().map(|number| hash_of_id_number(vault, number)),
        }
    }
}

/// Whether who names a receipt number is its citizen. Within a channel one who cannot be told apart is believed, as the source is;
/// on another channel only who is known to be the same.
fn is_believed(vault: &Vault, said: &FollowUp, view: &ComplaintView) -> bool {
    let is_own = view.complaint.channel == said.channel;
    let (speaker, reporter) = (&said.reporter, &view.complaint.reporter);
    let (one, two) = (Hashes::of(vault, speaker), Hashes::of(vault, reporter));
    // An account is the source's own, and says nothing on another channel.
    let account = is_own.then_some((speaker.account.as_ref(), reporter.account.as_ref()));
    let pairs = [(one.phone, two.phone), (one.id_number, two.id_number)];
    let mut known = pairs.into_iter().filter_map(|(one, two)| Some(one? == two?)).collect::<Vec<_>>();
    known.extend(account.and_then(|(one, two)| Some(one? == two?)));
    if known.is_empty() { is_own } else { known.contains(&true) }
}

fn head_of(view: &ComplaintView) -> ComplaintHead {
    ComplaintHead { id: view.id, receipt: view.receipt.clone(), ticket: view.ticket, erased: view.erased }
}

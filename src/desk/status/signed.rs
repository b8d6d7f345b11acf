//! What somebody does in the name of a unit: whether they may is looked at in the step, on the ticket as it stands there.

use std::sync::Arc;

use super::{Applied, Refusal, apply_one, judge, note_refusal};
use crate::desk::step::Step;
use crate::pack::Rules;
use crate::people::Scope;
use crate::store::{StoreError, Verdict};
use crate::ticket::{Act, StatusUpdate, Ticket};

/// For which units somebody acts.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Their scope.
    pub scope: Arc<Scope>,
    /// Whether they are of the center that hands matters out, and act for every unit where their scope names none.
    pub is_center: bool,
}

impl Signer {
    /// Whether they act for a unit, or for one above it.
    #[must_use]
    pub fn acts_for(&self, rules: &Rules, unit: &str) -> bool {
        let units = std::iter::once(unit).chain(rules.handling.units().above(unit));
        self.scope.acts_for(units, self.is_center)
    }

    /// Why they may not do this with the ticket.
    fn refuses(&self, rules: &Rules, ticket: &Ticket, update: &StatusUpdate) -> Option<Refusal> {
        let called = match &update.act {
            Some(Act::Respond { unit, .. }) => Some(unit),
            _ => None,
        };
        if called.is_some_and(|unit| !self.acts_for(rules, unit)) {
            return Some(Refusal::OwnUnit);
        }
        let only_comes = called.is_some() && does_nothing_else(update);
        (!only_comes && !self.acts_for(rules, &ticket.route.department)).then_some(Refusal::OtherUnit)
    }
}

/// Whether an update does nothing but its act: it sets no status and tells the citizen nothing.
fn does_nothing_else(update: &StatusUpdate) -> bool {
    update.status.is_none()
        && update.result.is_none()
        && update.results.is_empty()
        && update.person.is_none()
        && update.attachments.is_empty()
        && update.due_at.is_none()
}

/// Applies what a handler says on a phone: a link says each thing once, also where two are on the way at a time.
pub(in crate::desk) fn apply_on_phone(
    step: &mut Step<'_>,
    update: &StatusUpdate,
    signer: &Signer,
) -> Result<Result<Applied, Refusal>, StoreError> {
    let rules = Arc::clone(&step.rules);
    let pages = rules.feeds.get(&update.platform).and_then(|feed| feed.phone);
    if let (Some(pages), Some(status)) = (pages, update.status)
        && let Some(key) = step.view.ticket_key(&update.ticket_id)?
        && step.view.ticket(key)?.is_some_and(|detail| pages.was_said(detail.ticket.status, status))
        && !is_repeated(step, update)?
    {
        return refused(step, update, Refusal::SaidBefore);
    }
    apply_signed(step, update, signer)
}

/// Whether an update was there before.
pub(in crate::desk) fn is_repeated(step: &mut Step<'_>, update: &StatusUpdate) -> Result<bool, StoreError> {
    let Some(key) = step.view.ticket_key(&update.ticket_id)? else { return Ok(false) };
    Ok(judge(step, key, update)? == Verdict::Repeated)
}

/// Refuses an update, which is noted with its ticket.
pub(in crate::desk) fn refused(
    step: &mut Step<'_>,
    update: &StatusUpdate,
    refusal: Refusal,
) -> Result<Result<Applied, Refusal>, StoreError> {
    Ok(note_refusal(step, update, Err::<Verdict, _>(refusal.clone()))?.and(Err(refusal)))
}

/// Applies an update of somebody who may make it now.
pub(in crate::desk) fn apply_signed(
    step: &mut Step<'_>,
    update: &StatusUpdate,
    signer: &Signer,
) -> Result<Result<Applied, Refusal>, StoreError> {
    let rules = Arc::clone(&step.rules);
    let key = step.view.ticket_key(&update.ticket_id)?;
    let detail = key.map(|key| step.view.ticket(key)).transpose()?.flatten();
    match detail.and_then(|detail| signer.refuses(&rules, &detail.ticket, update)) {
        Some(refusal) => refused(step, update, refusal),
        None => apply_one(step, update),
    }
}

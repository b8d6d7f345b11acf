//! Stage: what a platform, or a rule of the city, does with a ticket besides setting its status.

use std::sync::Arc;

use serde_json::json;

use crate::desk::step::Step;
use crate::handling::ActRefusal;
use crate::key::TicketKey;
use crate::store::{Occurrence, OccurrenceKind, StoreError};
use crate::ticket::{ActKind, Change, Deed, EventKind, Status, StatusUpdate};

/// Why the act of an update cannot be carried out, or its extension is not allowed. Tried on a copy of the ticket: nothing changes.
pub(super) fn forbidden(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
) -> Result<Option<ActRefusal>, StoreError> {
    let (handling, now) = (Arc::clone(&step.rules.handling), step.now);
    let Some(detail) = step.view.ticket(key)? else { return Ok(None) };
    if let Some(status) = update.status
        && let Err(refusal) = handling.may_extend(&detail.ticket, (&update.platform, status), update.due_at, now)
    {
        return Ok(Some(refusal));
    }
    let Some(act) = &update.act else { return Ok(None) };
    let mut tried = detail.ticket.clone();
    tried.status = update.status.unwrap_or(tried.status);
    Ok(handling.act(&mut tried, act, &update.platform, now).err())
}

/// Whether the event of an update's status tells of its act, too.
pub(in crate::desk) fn is_told_by_status(update: &StatusUpdate) -> bool {
    update.status.is_some() && update.act.as_ref().is_some_and(|act| act.kind() == ActKind::TransferOut)
}

/// Carries out the act of an update, and tells of it; where the event of its status tells of it, gives what that is to say.
pub(in crate::desk) fn carry_out(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
) -> Result<Option<Deed>, StoreError> {
    let (handling, now) = (Arc::clone(&step.rules.handling), step.now);
    let Some(act) = &update.act else { return Ok(None) };
    step.view.ticket(key)?;
    let Some(detail) = step.view.change(key) else { return Ok(None) };
    // It was tried before: what is refused here was allowed a moment ago.
    let Ok(deed) = handling.act(&mut detail.ticket, act, &update.platform, now) else { return Ok(None) };
    if is_told_by_status(update) {
        step.note_deed(key, &deed, act.words());
        return Ok(Some(deed));
    }
    let alone = update.status.is_none();
    let change = Change {
        note: act.words().or(update.result.as_deref().filter(|_| alone)).map(str::to_owned),
        satisfaction: update.satisfaction.filter(|_| alone),
        person: update.person.clone().filter(|_| alone),
        attachments: if alone { update.attachments.clone() } else { Vec::new() },
        ..Change::default()
    };
    step.tell_deed(key, deed, change)?;
    Ok(None)
}

impl Step<'_> {
    /// Tells of something that was done with a ticket, with the status that it takes by it.
    pub(in crate::desk) fn tell_deed(&mut self, key: TicketKey, deed: Deed, change: Change) -> Result<(), StoreError> {
        if let Some(status) = deed.status {
            self.transition(key, status)?;
        }
        self.note_deed(key, &deed, change.note.as_deref());
        let kind = deed.kind.event();
        self.tell(key, kind, None, Change { deed: Some(deed), ..change });
        Ok(())
    }

    /// Notes what was done with a ticket, for its life.
    fn note_deed(&mut self, key: TicketKey, deed: &Deed, words: Option<&str>) {
        let (speed, quality) = deed.score.map(|score| (score.speed, score.quality)).unzip();
        self.view.note_occurrence(Occurrence {
            kind: OccurrenceKind::Act,
            subject: key.0,
            at: self.now,
            outcome: deed.kind.wire().to_owned(),
            details: json!({
                "by": deed.by, "unit": deed.unit, "former_unit": deed.former_unit, "units": deed.units, "speed": speed,
                "quality": quality, "in_time": deed.in_time, "leader": deed.leader, "to": deed.outside,
                "number": deed.number, "words": words,
            }),
        });
    }

    /// Gives a returned ticket to the unit that the city's rules name. `words`: what was said when it was returned.
    pub(in crate::desk) fn give_back(&mut self, key: TicketKey, words: Option<&str>) -> Result<(), StoreError> {
        let (handling, now) = (Arc::clone(&self.rules.handling), self.now);
        let returned = self.view.ticket(key)?.is_some_and(|detail| detail.ticket.status == Status::Returned);
        let Some(detail) = self.view.change(key).filter(|_| returned) else { return Ok(()) };
        let Some(deed) = handling.give_back(&mut detail.ticket, now) else { return Ok(()) };
        self.tell_deed(key, deed, Change { note: words.map(str::to_owned), ..Change::default() })
    }

    /// Gives a ticket to the unit above, for an alarm of a clock says so; `why`, in Chinese.
    pub(in crate::desk) fn rise(&mut self, key: TicketKey, why: String) -> Result<(), StoreError> {
        let (handling, now) = (Arc::clone(&self.rules.handling), self.now);
        self.view.ticket(key)?;
        let Some(detail) = self.view.change(key) else { return Ok(()) };
        let Some(deed) = handling.rise(&mut detail.ticket, now) else { return Ok(()) };
        debug_assert_eq!(deed.kind.event(), EventKind::Escalated, "a matter rises by an escalation");
        self.tell_deed(key, deed, Change { note: Some(why), ..Change::default() })
    }
}

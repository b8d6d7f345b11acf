//! Stage: a batch of mapped records becomes complaints on tickets.

use std::sync::Arc;

use huiliu_adapter_api::{Outcome, OutcomeState, Position};
use jiff::Timestamp;
use serde_json::Value;

use super::Normalized;
use super::prepare::Prepared;
use super::step::{Step, escalate};
use crate::complaint::Complaint;
use crate::forward::{ChangeV1, EventKind, MAX_COMPLAINTS_SHOWN};
use crate::mapping::{Mapped, Pack};
use crate::merge::{Decision, TicketKey, Zone};
use crate::store::{
    Amendment, ComplaintHead, ComplaintRow, ComplaintView, MergeEvent, MergeKind, NewRaw, QuarantineRow, RawState,
    RawView, ReviewRow, StoreError, TicketDetail,
};
use crate::ticket::Route;

/// A batch on its way to the desk.
#[derive(Debug)]
pub(super) struct Intake {
    pub channel: String,
    pub records: Vec<Normalized>,
    /// What was read of each record beforehand.
    pub prepared: Vec<Option<Prepared>>,
    pub received_at: Timestamp,
    pub position: Option<Position>,
    pub pack: Arc<Pack>,
}

/// Records that are given to the store together while further ones are decided.
const WRITTEN_AHEAD: usize = 4;

/// Who acts when nobody does.
pub(super) const SELF: &str = "huiliu";

impl Step<'_> {
    /// Works one batch through; the outcomes are in the order of its records.
    pub(super) fn intake(&mut self, intake: &Intake) -> Result<Vec<Outcome>, StoreError> {
        let keys: Vec<(String, String)> =
            intake.records.iter().map(|record| (intake.channel.clone(), record.record_id.clone())).collect();
        let known = self.store.latest_raw(&keys)?;
        self.state.forget(&intake.pack, self.now);
        // In the order of their ids, so that the order of arrival within a batch decides nothing; the same id keeps its order.
        let mut order: Vec<usize> = (0..intake.records.len()).collect();
        order.sort_by_key(|at| intake.records.get(*at).map(|record| &record.record_id));
        let mut outcomes: Vec<Option<Outcome>> = vec![None; intake.records.len()];
        for at in order {
            let (Some(record), Some(key)) = (intake.records.get(at), keys.get(at)) else { continue };
            let latest = self.fresh_raw.get(key).or_else(|| known.get(key)).cloned();
            let state = match latest {
                Some(latest) if latest.erased || latest.digest == record.digest => repeated(&latest, record),
                _ => self.take_record(intake, record, intake.prepared.get(at).and_then(Option::as_ref))?,
            };
            if let Some(outcome) = outcomes.get_mut(at) {
                *outcome = Some(Outcome { id: record.record_id.clone(), state });
            }
            if self.changes.raw.len() >= WRITTEN_AHEAD {
                self.write_ahead()?;
            }
        }
        if let Some(position) = &intake.position {
            self.changes.positions.push((intake.channel.clone(), position.0.clone(), self.now));
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    fn take_record(
        &mut self,
        intake: &Intake,
        record: &Normalized,
        prepared: Option<&Prepared>,
    ) -> Result<OutcomeState, StoreError> {
        let (channel, raw_id) = (&intake.channel, self.next_raw());
        let (state, complaint, rule, outcome) = self.place_record(channel, raw_id, record, prepared, &intake.pack)?;
        let receipt = match &outcome {
            OutcomeState::Accepted { receipt_number } => Some(receipt_number.clone()),
            OutcomeState::Repeated { receipt_number } => receipt_number.clone(),
            _ => None,
        };
        let key = (channel.clone(), record.record_id.clone());
        let view =
            RawView { id: raw_id, digest: record.digest, state, complaint, rule: rule.clone(), receipt, erased: false };
        self.fresh_raw.insert(key, view);
        self.changes.raw.push(NewRaw {
            id: raw_id,
            channel: channel.clone(),
            record_id: record.record_id.clone(),
            digest: record.digest,
            state,
            complaint,
            rule,
            received_at: intake.received_at,
            settings_version: intake.pack.version.clone(),
            body: if state == RawState::Discarded && complaint.is_none() && is_erased(&outcome) {
                serde_json::json!({ "erased": true })
            } else {
                record.body.clone()
            },
        });
        Ok(outcome)
    }

    /// Decides what a record with a number becomes, and writes all of it but the raw record itself.
    pub(super) fn place_record(
        &mut self,
        channel: &str,
        raw_id: i64,
        record: &Normalized,
        prepared: Option<&Prepared>,
        pack: &Pack,
    ) -> Result<(RawState, Option<i64>, Option<String>, OutcomeState), StoreError> {
        match &record.applied.mapped {
            Mapped::Discarded(rule) => {
                Ok((RawState::Discarded, None, Some(rule.clone()), OutcomeState::Discarded { rule: rule.clone() }))
            }
            Mapped::Quarantined => Ok(self.set_aside(channel, raw_id, record)),
            Mapped::FollowUp(follow_up) => match self.follow_up(follow_up, pack)? {
                Some(head) => {
                    let outcome = OutcomeState::Repeated { receipt_number: Some(head.receipt) };
                    Ok((RawState::FollowUp, Some(head.id), None, outcome))
                }
                None => Ok(self.set_aside_follow_up(channel, raw_id)),
            },
            Mapped::Complaint(complaint) => {
                let key = (channel.to_owned(), complaint.number.clone());
                let mut own = None;
                let read = match prepared {
                    Some(read) => read,
                    None => own.insert(Prepared::new(complaint, &self.state.vault, pack, self.now)),
                };
                let known = match self.fresh_complaints.get(&key) {
                    Some(head) => Some(head.clone()),
                    None => self.store.complaints_by_number(std::slice::from_ref(&key))?.remove(&key),
                };
                match known {
                    Some(mut head) => {
                        head.ticket = self.moved.get(&head.id).copied().unwrap_or(head.ticket);
                        // Erased for good: the source's copy does not bring it back.
                        if head.erased {
                            let rule = "erased".to_owned();
                            return Ok((
                                RawState::Discarded,
                                None,
                                Some(rule.clone()),
                                OutcomeState::Discarded { rule },
                            ));
                        }
                        self.amend(&head, raw_id, complaint, read, pack)?;
                        let outcome = OutcomeState::Repeated { receipt_number: Some(head.receipt) };
                        Ok((RawState::Amendment, Some(head.id), None, outcome))
                    }
                    None => {
                        let head = self.accept(raw_id, complaint, read, pack)?;
                        self.fresh_complaints.insert(key, head.clone());
                        let outcome = OutcomeState::Accepted { receipt_number: head.receipt };
                        Ok((RawState::Complaint, Some(head.id), None, outcome))
                    }
                }
            }
        }
    }

    fn set_aside(
        &mut self,
        channel: &str,
        raw_id: i64,
        record: &Normalized,
    ) -> (RawState, Option<i64>, Option<String>, OutcomeState) {
        let warnings = &record.applied.warnings;
        let reason = warnings.last().map(|warning| warning.zh.clone()).unwrap_or_default();
        let problems = Value::Array(warnings.iter().map(crate::mapping::Warning::to_value).collect());
        self.quarantine(channel, raw_id, problems);
        (RawState::Quarantined, None, None, OutcomeState::Quarantined { reason })
    }

    fn set_aside_follow_up(
        &mut self,
        channel: &str,
        raw_id: i64,
    ) -> (RawState, Option<i64>, Option<String>, OutcomeState) {
        let reason = "找不到这条评价所指的诉求".to_owned();
        let problems = serde_json::json!([{ "field": "follow_up.about", "zh": reason, "en": "the complaint that this is about is not known" }]);
        self.quarantine(channel, raw_id, problems);
        (RawState::Quarantined, None, None, OutcomeState::Quarantined { reason })
    }

    fn quarantine(&mut self, channel: &str, raw_id: i64, problems: Value) {
        self.changes.quarantine.push(QuarantineRow { raw_id, channel: channel.to_owned(), at: self.now, problems });
    }

    /// A new complaint: routed, compared, put on a ticket.
    fn accept(
        &mut self,
        raw_id: i64,
        complaint: &Complaint,
        read: &Prepared,
        pack: &Pack,
    ) -> Result<ComplaintHead, StoreError> {
        let id = self.next_complaint();
        let zone = pack.city.time_zone().unwrap_or(jiff::tz::TimeZone::UTC);
        let day = self.now.to_zoned(zone);
        let receipt = format!("{}{}{id:07}", pack.city.prefix.get_ref(), day.strftime("%y%m%d"));
        let mut view = ComplaintView {
            id,
            receipt: receipt.clone(),
            ticket: 0,
            raw_id,
            received_at: read.received_at,
            erased: false,
            revision: 1,
            complaint: complaint.clone(),
        };
        let route = &read.route;
        let decision = self.state.index.decide(&read.profile, None, &pack.city.merge, &pack.version);
        let joined = match (decision.zone, decision.ticket) {
            (Zone::Auto, Some(ticket)) => self.join(ticket, &mut view, route, &decision, pack)?,
            _ => false,
        };
        if !joined {
            let key = self.open_ticket(pack, vec![view.clone()], std::slice::from_ref(route));
            view.ticket = key;
            let again = decision.recurs.map(|finished| self.ticket(finished)).transpose()?.flatten();
            let recurrence_of = again.map(|finished| finished.ticket.id.clone());
            if let Some(detail) = self.ticket(key)? {
                detail.complaints = vec![view.clone()];
                detail.ticket.recurrence_of = recurrence_of;
            }
            let change = ChangeV1 { receipt_number: Some(receipt.clone()), ..ChangeV1::default() };
            self.tell(key, EventKind::Created, None, change, pack);
            self.ask_a_person(id, &decision);
        }
        self.state.index.insert_decided(id, view.ticket, &read.profile, decision);
        self.note_imprint(id, &read.profile, pack);
        self.store_complaint(&view, read, raw_id);
        Ok(ComplaintHead { id, receipt, ticket: view.ticket, erased: false })
    }

    fn store_complaint(&mut self, view: &ComplaintView, read: &Prepared, raw_id: i64) {
        self.add_complaint(ComplaintRow {
            id: view.id,
            receipt: view.receipt.clone(),
            raw_id,
            ticket: view.ticket,
            district: read.district.clone(),
            category: read.route.category.clone(),
            received_at: view.received_at,
            phone_hash: read.hashes.phone,
            id_hash: read.hashes.id_number,
            account_hash: read.hashes.account,
            complaint: view.complaint.clone(),
        });
    }

    /// Joins a complaint to an open ticket; false when the ticket can no longer be joined.
    fn join(
        &mut self,
        ticket: TicketKey,
        view: &mut ComplaintView,
        route: &Route,
        decision: &Decision,
        pack: &Pack,
    ) -> Result<bool, StoreError> {
        view.ticket = ticket;
        let Some(detail) = self.ticket(ticket)? else { return Ok(false) };
        if detail.ticket.status.is_final() || detail.ticket.pinned {
            return Ok(false);
        }
        detail.ticket.complaints += 1;
        let more_urgent = escalate(&mut detail.ticket, route, pack);
        if detail.ticket.address.is_none() {
            detail.ticket.address.clone_from(&view.complaint.place.address);
        }
        detail.ticket.point = detail.ticket.point.or(view.complaint.place.point);
        if detail.complaints.len() < MAX_COMPLAINTS_SHOWN {
            detail.complaints.push(view.clone());
        }
        if more_urgent {
            self.plan_reminders(ticket, pack);
        }
        self.changes.merge_events.push(MergeEvent {
            at: self.now,
            kind: MergeKind::Auto,
            complaint: Some(view.id),
            from: None,
            to: ticket,
            actor: SELF.to_owned(),
            settings_version: pack.version.clone(),
            evidence: decision.evidence.clone(),
        });
        let change = ChangeV1 { receipt_number: Some(view.receipt.clone()), ..ChangeV1::default() };
        self.tell(ticket, EventKind::Joined, Some(view), change, pack);
        Ok(true)
    }

    fn ask_a_person(&mut self, complaint: i64, decision: &Decision) {
        if let (Some(ticket), Some(evidence)) = (decision.ticket, &decision.evidence) {
            self.changes.reviews.push(ReviewRow { complaint, ticket, at: self.now, evidence: evidence.clone() });
        }
    }

    /// New content of a complaint that is there: it keeps receipt and ticket.
    fn amend(
        &mut self,
        head: &ComplaintHead,
        raw_id: i64,
        complaint: &Complaint,
        read: &Prepared,
        pack: &Pack,
    ) -> Result<(), StoreError> {
        // A source's counters change without the complaint changing: nobody needs to hear of that.
        if !self.amended.contains(&head.id)
            && self.store.complaint(head.id)?.is_some_and(|view| view.complaint == *complaint)
        {
            return Ok(());
        }
        // Its time runs from the change, not from when it was first told.
        let route = pack.routing.route(complaint, self.now);
        self.amended.insert(head.id);
        self.changes.amendments.push(Amendment {
            row: ComplaintRow {
                id: head.id,
                receipt: head.receipt.clone(),
                raw_id,
                ticket: head.ticket,
                district: read.district.clone(),
                category: route.category.clone(),
                received_at: read.received_at,
                phone_hash: read.hashes.phone,
                id_hash: read.hashes.id_number,
                account_hash: read.hashes.account,
                complaint: complaint.clone(),
            },
        });
        let Some(detail) = self.ticket(head.ticket)? else { return Ok(()) };
        let is_final = detail.ticket.status.is_final();
        let is_first = detail.complaints.first().is_some_and(|first| first.id == head.id);
        if is_first {
            detail.ticket.title.clone_from(&complaint.title);
            detail.ticket.text.clone_from(&complaint.text);
        }
        let more_urgent = escalate(&mut detail.ticket, &route, pack);
        let mut about = None;
        if let Some(shown) = detail.complaints.iter_mut().find(|view| view.id == head.id) {
            shown.complaint = complaint.clone();
            shown.revision += 1;
            about = Some(shown.clone());
        }
        if about.is_none() {
            about = self.store.complaint(head.id)?.map(|view| ComplaintView { complaint: complaint.clone(), ..view });
        }
        if more_urgent {
            self.plan_reminders(head.ticket, pack);
        }
        if !is_final {
            self.index_complaint(head.id, head.ticket, &read.profile, pack);
        }
        let change = ChangeV1 { receipt_number: Some(head.receipt.clone()), ..ChangeV1::default() };
        self.tell(head.ticket, EventKind::Amended, about.as_ref(), change, pack);
        if let (Some(view), false) = (about, is_final) {
            self.reconsider(&view, pack)?;
        }
        Ok(())
    }

    /// Looks at an amended complaint again. Alone on its ticket, it may now join another one or be asked about; among others
    /// it stays where people know it to be.
    fn reconsider(&mut self, view: &ComplaintView, pack: &Pack) -> Result<(), StoreError> {
        let alone = |detail: &mut TicketDetail| detail.ticket.complaints == 1 && !detail.ticket.pinned;
        if !self.ticket(view.ticket)?.is_some_and(alone) {
            return Ok(());
        }
        let profile = self.state.profile_of_view(view, pack);
        let decision = self.state.index.reconsider(&profile, Some(view.id), &pack.city.merge, &pack.version);
        match (decision.zone, decision.ticket) {
            (Zone::Auto, Some(ticket)) if !self.ticket(ticket)?.is_none_or(|found| found.ticket.status.is_final()) => {
                let between = (view.ticket, ticket);
                self.transfer(std::slice::from_ref(view), between, MergeKind::Auto, SELF, pack)?;
                if let Some(event) = self.changes.merge_events.last_mut() {
                    event.evidence = decision.evidence;
                }
            }
            (Zone::Review, _) => self.ask_a_person(view.id, &decision),
            _ => {}
        }
        Ok(())
    }
}

/// Whether a record was kept without its content because the citizen's data was erased.
fn is_erased(outcome: &OutcomeState) -> bool {
    matches!(outcome, OutcomeState::Discarded { rule } if rule == "erased")
}

/// The outcome of a record that was there before with the same content.
fn repeated(latest: &RawView, record: &Normalized) -> OutcomeState {
    match latest.state {
        RawState::Quarantined => {
            let reason = record.applied.warnings.last().map(|warning| warning.zh.clone()).unwrap_or_default();
            OutcomeState::Quarantined { reason }
        }
        RawState::Discarded => OutcomeState::Discarded { rule: latest.rule.clone().unwrap_or_default() },
        _ => OutcomeState::Repeated { receipt_number: latest.receipt.clone() },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use huiliu_adapter_api::{HttpClient, SystemClock};
    use serde_json::json;

    use super::*;
    use crate::mapping::{Applied, Loading, SecretSource};
    use crate::pipeline::DeskState;
    use crate::pipeline::step::Exchanges;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{KeyRing, Store as _, Vault};

    fn pack() -> Arc<Pack> {
        let factories = crate::registry::factories();
        let clock = Arc::new(SystemClock);
        let loading =
            Loading { factories: &factories, secrets: SecretSource::Optional, client: HttpClient::new(), clock };
        Arc::new(Pack::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng"), &loading).unwrap())
    }

    /// Records by record id, number and text.
    fn batch(pack: &Arc<Pack>, records: &[(&str, &str, &str)]) -> Intake {
        let record = |(place, (id, number, text)): (usize, &(&str, &str, &str))| Normalized {
            record_id: (*id).to_owned(),
            body: json!({ "text": text }),
            digest: [u8::try_from(place + 10 * id.len()).unwrap(); 16],
            applied: Applied {
                mapped: Mapped::Complaint(Box::new(Complaint {
                    channel: "hotline".to_owned(),
                    number: (*number).to_owned(),
                    title: "路灯不亮".to_owned(),
                    text: (*text).to_owned(),
                    ..Complaint::default()
                })),
                warnings: Vec::new(),
            },
        };
        Intake {
            channel: "hotline".to_owned(),
            records: records.iter().enumerate().map(record).collect(),
            prepared: Vec::new(),
            received_at: Timestamp::UNIX_EPOCH,
            position: None,
            pack: Arc::clone(pack),
        }
    }

    #[test]
    fn several_records_of_one_complaint_in_one_batch_amend_it() {
        let (pack, vault) = (pack(), Vault::new(&KeyRing::generate().unwrap()).unwrap());
        let mut store = SqliteStore::in_memory(vault.clone()).unwrap();
        let mut state = DeskState::rebuild(&mut store, vault, &pack, Timestamp::UNIX_EPOCH).unwrap();
        let exchanges = Exchanges { tickets: "tickets".to_owned(), feeds: "feeds".to_owned() };
        let mut outcomes = |records: &[(&str, &str, &str)]| {
            let mut step = Step::new(&mut store, &mut state, &exchanges, Timestamp::UNIX_EPOCH);
            let outcomes = step.intake(&batch(&pack, records)).unwrap();
            step.commit().unwrap();
            outcomes.into_iter().map(|outcome| outcome.state).collect::<Vec<_>>()
        };
        let first = outcomes(&[("a", "1", "青鱼滩路路灯不亮")]);
        let [OutcomeState::Accepted { receipt_number }] = first.as_slice() else { panic!("{first:?}") };
        let again = OutcomeState::Repeated { receipt_number: Some(receipt_number.clone()) };
        let known = outcomes(&[("bb", "1", "青鱼滩路路灯还是不亮"), ("ccc", "1", "青鱼滩路两盏路灯不亮")]);
        assert_eq!(known, [again.clone(), again.clone()]);
        let mixed = outcomes(&[
            ("dddd", "2", "松涛街井盖缺失"),
            ("eeeee", "2", "松涛街井盖缺失，很危险"),
            ("ffffff", "1", "青鱼滩路路灯修好了又坏了"),
            ("ggggggg", "3", "望海路噪音"),
            ("hhhhhhhh", "2", "松涛街井盖缺失，有人受伤"),
        ]);
        let accepted = |state: &OutcomeState| matches!(state, OutcomeState::Accepted { .. });
        assert_eq!(mixed.iter().map(accepted).collect::<Vec<_>>(), [true, false, false, true, false]);
        assert_eq!(mixed.get(2), Some(&again));
        let ledger = store.ledger().unwrap();
        assert_eq!((ledger.complaints, ledger.amendments, ledger.balances()), (3, 5, true));
    }
}

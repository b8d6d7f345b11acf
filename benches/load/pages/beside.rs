//! What there is besides tickets: what waits for people, what was told of many matters together, and what they did.

use huiliu::audit::{Actor, AuditAction, AuditEntry};
use huiliu::complaint::{Satisfaction, StatementKind};
use huiliu::key::{ComplaintKey, RawKey, TicketKey, TopicKey};
use huiliu::merge::{Contribution, Evidence};
use huiliu::store::{
    AlertChange, AlertRow, CallBackChange, CallBackRow, Changes, FileCounts, FileMark, NewRaw, QuarantineRow, RawState,
    ReviewRow, SightingRow, SourceFileRow, SourceFileState, StatementRow, Store, TopicComplaint, TopicRow, WarningRow,
};
use huiliu::ticket::{AlertKind, CallBackWay, Topic, TopicState};
use serde_json::json;

use super::fill::{CHANNELS, Year, one_of};

/// How many there are beside a million tickets: records in quarantine, pairs in review, citizens to call back, alerts, topics, complaints of
/// the greatest topic, statements, warnings, files, entries of the audit log. Of a smaller store there are as many fewer.
pub(super) const ASIDE: usize = 20_000;
const PAIRS: usize = 20_000;
const CALLS: usize = 2_000;
const ALERTS: usize = 5_000;
const TOPICS: usize = 2_000;
const SUPPORTERS: usize = 50_000;
const STATEMENTS: usize = 100_000;
const WARNINGS: usize = 20_000;
const FILES: usize = 2_000;
const LOOKS: usize = 200_000;
/// Complaints behind an alert, and of a topic that is not the greatest.
const BEHIND: usize = 20;
/// One in so many records in quarantine is about a complaint that is known.
const KNOWN: usize = 10;
/// One in so many complaints bears a tag.
const TAGGED: usize = 10;
const TAGS: [&str; 4] = ["tag:collapse", "tag:heating", "tag:flooding", "tag:wages"];
/// Rows of one commit.
const TOGETHER: usize = 5_000;

/// How many there are of what a million tickets have so many of; one at least.
pub(super) fn of_a_million(count: usize, amount: usize) -> usize {
    (amount * count / 1_000_000).max(1)
}

/// Writes all of it.
pub(super) fn write(store: &mut dyn Store, year: &Year) -> anyhow::Result<()> {
    year.each(store, ASIDE, Year::set_aside)?;
    year.each(store, PAIRS, Year::ask)?;
    year.each(store, CALLS, Year::call_back)?;
    year.each(store, ALERTS, Year::alert)?;
    year.each(store, TOPICS, Year::topic)?;
    year.each(store, SUPPORTERS, Year::support)?;
    year.each(store, STATEMENTS, Year::state)?;
    year.each(store, WARNINGS, Year::warn)?;
    year.each(store, FILES, Year::file)?;
    year.each(store, 1_000_000 / TAGGED, Year::sight)?;
    year.each(store, LOOKS, Year::look)
}

fn number(serial: usize) -> anyhow::Result<i64> {
    Ok(i64::try_from(serial + 1)?)
}

impl Year {
    /// Writes so many of something, as there are of it beside a million tickets.
    fn each(
        &self,
        store: &mut dyn Store,
        amount: usize,
        one: fn(&Self, &mut Changes, usize) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let all = of_a_million(self.count, amount);
        for first in (0..all).step_by(TOGETHER) {
            let mut changes = Changes::default();
            (first..all.min(first + TOGETHER)).try_for_each(|place| one(self, &mut changes, place))?;
            store.commit(changes)?;
        }
        Ok(())
    }

    /// The ticket of one of so many things that are spread over the year, its units and its streets.
    fn spread(&self, place: usize, amount: usize) -> usize {
        place * ((self.count / of_a_million(self.count, amount)) | 1) % self.count
    }

    fn set_aside(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, ASIDE);
        let (raw_id, at) = (RawKey(number(self.count + place)?), self.at(serial)?);
        // That of a known complaint is of its channel.
        let is_known = place.is_multiple_of(KNOWN);
        let channel = one_of(&CHANNELS, serial, 36).to_owned();
        let record_id = if is_known { format!("RC{:010}", serial + 1) } else { format!("broken-{place}") };
        changes.raw.push(NewRaw {
            id: raw_id,
            channel: channel.clone(),
            record_id,
            digest: [1; 16],
            state: RawState::Quarantined,
            complaint: None,
            rule: None,
            received_at: at,
            settings_version: "bench".to_owned(),
            source_file: None,
            body: json!({ "text": "路灯不亮", "time": "昨天" }),
        });
        let field = one_of(&["received_at", "text", "kind"], place, 1);
        let problems = json!([{
            "field": field, "place": "channels/sms.toml:12:5", "zh": "不是时间", "en": "no time", "value": "昨天",
        }]);
        changes.quarantine.push(QuarantineRow { raw_id, channel, at, problems });
        Ok(())
    }

    fn ask(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, PAIRS);
        // Most candidates are of the same street, a dozen tickets before.
        let other = serial.saturating_sub(12);
        let found = |comparison: &str, weight| Contribution {
            comparison: comparison.to_owned(),
            level: "same".to_owned(),
            weight,
            zh: "同一地点：青鱼滩路".to_owned(),
            en: "same place: 青鱼滩路".to_owned(),
        };
        let weight = 1.0 + f64::from(u32::try_from(place % 997)?) / 1_000.0;
        changes.reviews.push(ReviewRow {
            complaint: ComplaintKey(number(serial)?),
            ticket: TicketKey(number(other)?),
            at: self.at(serial)?,
            evidence: Evidence {
                settings_version: "bench".to_owned(),
                matched_complaint: number(other)?,
                prior: -12.0,
                contributions: vec![found("place", 7.0), found("text", 6.0)],
                passages: vec!["路灯不亮".to_owned()],
                support: 0.0,
                weight,
                core_weight: weight,
                guard: None,
                auto_weight: 6.0,
                review_weight: 1.0,
            },
        });
        Ok(())
    }

    fn call_back(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        // Of the last that were finished: the last days are not yet.
        let serial = (self.count - self.count / 25).saturating_sub(place + 1);
        changes.call_backs.push(CallBackChange::Due(CallBackRow {
            complaint: ComplaintKey(number(serial)?),
            ticket: TicketKey(number(serial)?),
            round: 1,
            way: CallBackWay::Person,
            at: self.at(serial)?,
        }));
        Ok(())
    }

    fn alert(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, ALERTS);
        let complaints = (serial.saturating_sub(BEHIND - 1)..=serial).map(number);
        let complaints = complaints.map(|id| id.map(ComplaintKey)).collect::<anyhow::Result<Vec<_>>>()?;
        changes.alerts.push(AlertChange::Told(AlertRow {
            kind: if place.is_multiple_of(2) { AlertKind::Surge } else { AlertKind::Warning },
            code: one_of(&["heating", "collapse"], place, 1).to_owned(),
            area: String::new(),
            at: self.at(serial)?,
            count: u64::try_from(complaints.len())?,
            usual_tenths: Some(20),
            ticket: TicketKey(number(serial)?),
            stands: false,
            complaints,
        }));
        Ok(())
    }

    /// The first topic has its complaints by [`Year::support`].
    fn topic(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, TOPICS);
        let (id, at) = (TopicKey(number(place)?), self.at(serial)?);
        let mut topic = Topic {
            rule: None,
            area: String::new(),
            title: format!("反复反映的路灯问题（{}）", place + 1),
            state: TopicState::Open,
            every: None,
            follow_up_at: None,
            made_at: at,
            changed_at: at,
            steps: Vec::new(),
        };
        topic.become_(TopicState::Open, ("operator", "归集"), at);
        if place % 4 == 3 {
            topic.become_(TopicState::Closed, ("operator", "已解决"), at);
        }
        changes.topics.push(TopicRow { id, topic });
        for complaint in (0..BEHIND).filter(|_| place > 0) {
            let complaint = ComplaintKey(number((serial + complaint * 12) % self.count)?);
            changes.topic_complaints.push(TopicComplaint { topic: id, complaint });
        }
        Ok(())
    }

    fn support(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let complaint = ComplaintKey(number(self.spread(place, SUPPORTERS))?);
        changes.topic_complaints.push(TopicComplaint { topic: TopicKey(1), complaint });
        Ok(())
    }

    fn state(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, STATEMENTS);
        let (at, is_rating) = (self.at(serial)?, place.is_multiple_of(2));
        let mut mark = [0; 16];
        mark[..8].copy_from_slice(&number(place)?.to_be_bytes());
        changes.statements.push(StatementRow {
            complaint: ComplaintKey(number(serial)?),
            raw_id: RawKey(number(serial)?),
            mark,
            kind: if is_rating { StatementKind::Rating } else { StatementKind::Urging },
            at,
            received_at: at,
            text: "还没有修好。".to_owned(),
            satisfaction: is_rating.then_some(Satisfaction::Dissatisfied),
        });
        Ok(())
    }

    fn warn(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, WARNINGS);
        changes.warnings.push(WarningRow {
            raw_id: RawKey(number(serial)?),
            channel: one_of(&CHANNELS, serial, 36).to_owned(),
            at: self.at(serial)?,
            field: one_of(&["occurred_at", "category", "district", "phone"], place, 1).to_owned(),
            place: "channels/sms.toml:12:5".to_owned(),
            zh: format!("值不在表里（{}）", place % 40),
            en: format!("the value is not in the table ({})", place % 40),
            value: Some("青鱼滩".to_owned()),
        });
        Ok(())
    }

    fn file(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let at = self.at(self.spread(place, FILES))?;
        changes.source_files.push(SourceFileRow {
            channel: "ledger".to_owned(),
            mark: FileMark(u64::try_from(place + 1)?),
            name: format!("台账{}.xlsx", place + 1),
            size_bytes: 40_000,
            modified_at: at,
            at,
            state: SourceFileState::Done,
            rows: 100,
            counts: FileCounts { taken: 100, ..FileCounts::default() },
            sheets: Vec::new(),
            failure: None,
            notices: Vec::new(),
        });
        Ok(())
    }

    fn sight(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, 1_000_000 / TAGGED);
        changes.sightings.push(SightingRow {
            subject: one_of(&TAGS, place, 1).to_owned(),
            complaint: ComplaintKey(number(serial)?),
            district: "371082003".to_owned(),
            at: self.at(serial)?,
        });
        Ok(())
    }

    fn look(&self, changes: &mut Changes, place: usize) -> anyhow::Result<()> {
        let serial = self.spread(place, LOOKS);
        let action = if place.is_multiple_of(100) { AuditAction::LookTicket } else { AuditAction::LookComplaints };
        let entry = AuditEntry::done(action, Actor::new("operator", "operator"), self.at(serial)?);
        changes.audit.push(entry.about("ticket", [format!("RC-{:010}", serial + 1)]));
        Ok(())
    }
}

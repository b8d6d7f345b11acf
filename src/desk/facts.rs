//! What of an event counts in reports: facts with codes and numbers, written with the step that tells the event.

use jiff::{SignedDuration, Timestamp};

use crate::complaint::Kind;
use crate::handling::Turn;
use crate::pack::Rules;
use crate::report::{Fact, FactKind, Key};
use crate::store::{ComplaintView, TicketDetail};
use crate::ticket::{ActKind, Change, Deed, EventKind, Rater, Rating, Route, Status, Ticket};

/// How a ticket's status changed in this step, before the event of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turned {
    /// The status before.
    pub before: Status,
    /// What the change means.
    pub turn: Turn,
    /// When the matter had been opened again before the change.
    pub restarted_at: Option<Timestamp>,
}

/// When open runs of the clocks began that reports name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Began {
    pub sign: Option<Timestamp>,
    pub contact: Option<Timestamp>,
}

impl Began {
    /// Of a ticket as it is now.
    pub(super) fn of(ticket: &Ticket, rules: &Rules) -> Self {
        let open = |clock: &Option<String>| Some(ticket.clocks.open(clock.as_deref()?)?.started_at);
        Self { sign: open(&rules.reports.sign), contact: open(&rules.reports.first_contact) }
    }
}

/// An event with its ticket as it is after it.
pub(super) struct Told<'a> {
    pub kind: EventKind,
    pub detail: &'a TicketDetail,
    pub about: Option<&'a ComplaintView>,
    pub change: &'a Change,
    pub turned: Option<Turned>,
    /// Where the ticket went before, if it goes elsewhere now.
    pub left: Option<&'a Route>,
    /// When the runs began that were open before the event: of the clock of signing, and of that of the first contact.
    pub began: Began,
    /// Whether by it a citizen was heard who was to be called back.
    pub heard: bool,
    pub at: Timestamp,
}

/// The facts of an event.
pub(super) fn facts(told: &Told<'_>, rules: &Rules) -> Vec<Fact> {
    let base = base(told, rules);
    let mut facts = Vec::new();
    let mut counts = |kind: FactKind| facts.push(Fact { kind, ..base.clone() });
    match told.kind {
        EventKind::Created if told.detail.ticket.version == 1 => counts(FactKind::Created),
        EventKind::Held => counts(FactKind::Created),
        EventKind::SentBack => counts(FactKind::SentBack),
        EventKind::CallbackDue => counts(FactKind::CallBackDue),
        // Where complaints go from one ticket to another the event is about none of them.
        EventKind::Joined if told.about.is_some() => counts(FactKind::Joined),
        _ if told.detail.ticket.version == 1 => counts(FactKind::Separated),
        _ => {}
    }
    if let Some(department) = told.left.map(|left| left.department.clone()).filter(|left| *left != base.key.department)
    {
        counts(FactKind::Came);
        let level = level_of(&department, rules);
        let key = Key { department, level, ..base.key.clone() };
        facts.push(Fact { kind: FactKind::Left, key, ..base.clone() });
    }
    let mut counts = |kind: FactKind| facts.push(Fact { kind, ..base.clone() });
    match told.turned.map(|turned| turned.turn) {
        Some(Turn::Absorbed) => counts(FactKind::Absorbed),
        Some(Turn::Revived) => counts(FactKind::Separated),
        Some(Turn::Restarted) => {
            // Whoever was refused a restart has counted already.
            let refused = told.detail.ticket.evaluation.refused > 0;
            let again = refused || told.turned.is_some_and(|turned| turned.restarted_at.is_some());
            facts.push(Fact { kind: FactKind::Restarted, again, ..base.clone() });
        }
        Some(Turn::Finished) if matches!(told.kind, EventKind::Withdrawn | EventKind::Closed) => {
            counts(FactKind::Settled);
        }
        Some(Turn::Finished | Turn::None) | None => {}
    }
    let deed = told.change.deed.as_ref();
    // Where an extension was refused the unit did nothing: the matter is where it was.
    let is_refused = deed.is_some_and(|deed| deed.kind == ActKind::RefuseExtension);
    if matches!(told.kind, EventKind::Status | EventKind::Reopened)
        && let Some(turned) = told.turned.filter(|_| !is_refused)
    {
        facts.extend(of_unit(told, turned, &base, rules));
    }
    if let Some(deed) = deed {
        facts.extend(of_deed(deed, &base, rules));
    }
    facts.extend(contact(told, &base, rules));
    if told.heard {
        facts.push(Fact { kind: FactKind::CallBackMade, ..base.clone() });
    }
    facts.extend(told.change.rating.iter().flat_map(|rating| of_rating(rating, told, &base)));
    facts
}

/// What somebody said of the result, and whether the matter stays finished all the same.
fn of_rating(rating: &Rating, told: &Told<'_>, base: &Fact) -> Vec<Fact> {
    let (kind, taken_back) = match rating.rater {
        Rater::Citizen => (FactKind::Rated, FactKind::Unrated),
        Rater::CallBack => (FactKind::Called, FactKind::Uncalled),
        Rater::Supervisor => (FactKind::Supervised, FactKind::Unsupervised),
    };
    let said = Fact { kind, rating: Some(rating.value), again: rating.round > 1, ..base.clone() };
    let mut facts = vec![said.clone()];
    // Of each who rates, the last word on a result counts.
    if rating.instead_of.is_some() {
        facts.push(Fact { kind: taken_back, rating: rating.instead_of, ..said });
    }
    if rating.consequence.is_refused() {
        let ticket = &told.detail.ticket;
        let again = ticket.restarted_at.is_some() || ticket.evaluation.refused > 1;
        facts.push(Fact { kind: FactKind::NotRestarted, again, ..base.clone() });
    }
    facts
}

/// That somebody got in touch with the citizen: the event stopped the clock that the city names for it.
fn contact(told: &Told<'_>, base: &Fact, rules: &Rules) -> Option<Fact> {
    let (clock, began) = (rules.reports.first_contact.as_deref()?, told.began.contact?);
    let kept = was_kept(&told.detail.ticket, clock, began)?;
    Some(Fact { kind: FactKind::Contacted, kept, seconds: passed(began, told.at), ..base.clone() })
}

/// Whether a clock was kept in the run that began then; none while it goes on, or where nobody stopped it.
fn was_kept(ticket: &Ticket, clock: &str, began: Timestamp) -> Option<bool> {
    ticket.clocks.runs.iter().find(|run| run.clock == clock && run.started_at == began)?.was_kept()
}

/// What its unit did, by a status update.
fn of_unit(told: &Told<'_>, turned: Turned, base: &Fact, rules: &Rules) -> Vec<Fact> {
    let ticket = &told.detail.ticket;
    let again = ticket.restarted_at.is_some();
    let seconds = taken(ticket, told.at);
    let mut facts = Vec::new();
    let waited = matches!(turned.before, Status::Open | Status::Reopened);
    let is_taken = !matches!(ticket.status, Status::Returned | Status::Rejected | Status::Reopened);
    if waited && is_taken {
        // A unit signs from when it got the matter.
        let given = ticket.acts.assigned.as_ref().map(|assigned| passed(assigned.at, told.at));
        let seconds = given.map_or(seconds, |given| given.min(seconds));
        let by_clock = rules.reports.sign.as_deref().zip(told.began.sign);
        let kept = by_clock
            .and_then(|(clock, began)| was_kept(ticket, clock, began))
            .unwrap_or_else(|| seconds <= rules.reports.sign_within_hours.saturating_mul(3_600));
        facts.push(Fact { kind: FactKind::Signed, kept, again, seconds, ..base.clone() });
    }
    if turned.turn == Turn::Finished {
        let kept = ticket.route.due_at.is_none_or(|due_at| told.at <= due_at);
        facts.push(Fact { kind: FactKind::Finished, kept, again, seconds, ..base.clone() });
    }
    if ticket.status == Status::Returned && turned.before != Status::Returned {
        facts.push(Fact { kind: FactKind::Returned, ..base.clone() });
    }
    facts
}

/// Seconds since the matter came or was last opened again.
fn taken(ticket: &Ticket, at: Timestamp) -> u32 {
    passed(ticket.restarted_at.unwrap_or(ticket.created_at), at)
}

/// Seconds between the two.
fn passed(since: Timestamp, at: Timestamp) -> u32 {
    let passed = at.duration_since(since).max(SignedDuration::ZERO);
    u32::try_from(passed.as_secs()).unwrap_or(u32::MAX)
}

/// What counts of an act: for a unit that was called, of that unit.
fn of_deed(deed: &Deed, base: &Fact, rules: &Rules) -> Vec<Fact> {
    let department = deed.unit.clone().unwrap_or_else(|| base.key.department.clone());
    let level = level_of(&department, rules);
    let of_unit = Fact { key: Key { department, level, ..base.key.clone() }, ..base.clone() };
    let mark = |kind: FactKind, mark: u8| Fact { kind, seconds: u32::from(mark), ..of_unit.clone() };
    match (deed.kind, deed.score) {
        (ActKind::Respond, _) => {
            vec![Fact { kind: FactKind::Responded, kept: deed.in_time.unwrap_or(true), ..of_unit }]
        }
        (ActKind::Score, Some(score)) => {
            vec![mark(FactKind::ScoredSpeed, score.speed), mark(FactKind::ScoredQuality, score.quality)]
        }
        (ActKind::TransferOut, _) => vec![Fact { kind: FactKind::Transferred, ..base.clone() }],
        (ActKind::Instruct, _) => vec![Fact { kind: FactKind::Instructed, ..base.clone() }],
        (ActKind::Claim, _) => vec![Fact { kind: FactKind::Claimed, ..base.clone() }],
        _ => Vec::new(),
    }
}

fn base(told: &Told<'_>, rules: &Rules) -> Fact {
    let route = &told.detail.ticket.route;
    // Facts of a ticket are those of its first complaint.
    let complaint = told.about.or_else(|| told.detail.complaints.first()).map(|view| &view.complaint);
    let key = Key {
        channel: complaint.map(|complaint| complaint.channel.clone()).unwrap_or_default(),
        kind: complaint.map(|complaint| kind_word(complaint.kind)).unwrap_or_default(),
        category: route.category.clone(),
        domain: rules.routing.domain(&route.category).to_owned(),
        district: route.district.clone(),
        department: route.department.clone(),
        level: level_of(&route.department, rules),
        grade: route.grade.clone(),
    };
    let day = told.at.to_zoned(rules.numbering.zone.clone()).date();
    Fact { day, kind: FactKind::Created, key, kept: false, again: false, rating: None, seconds: 0 }
}

/// Code of a unit's level; empty where it has none.
fn level_of(department: &str, rules: &Rules) -> String {
    rules.handling.units().get(department).and_then(|unit| unit.level.clone()).unwrap_or_default()
}

/// Its name on the wire.
fn kind_word(kind: Kind) -> String {
    Kind::ALL.iter().find(|(known, ..)| *known == kind).map_or("", |(.., wire)| wire).to_owned()
}

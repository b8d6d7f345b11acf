//! What happens to the ticket of a case: moments, acts, and what clocks tell meanwhile.

use jiff::Timestamp;

use super::{APPROVED, CaseStep, Differs, MAX_NOTICES, RELEASED, read_time};
use crate::handling::acts::note_extension;
use crate::handling::assemble::grant_extension;
use crate::handling::moment::Moment;
use crate::handling::refusal::ActRefusal;
use crate::handling::rules::{Handling, Rung};
use crate::ticket::{Act, Deed, EventKind, Hold, Notice, Sender, Status, StatusUpdate, Submission, Ticket};

/// Why something did not happen.
#[derive(Debug)]
pub(super) enum NotDone {
    /// By `[moves]` the second status does not follow the first, which the ticket has.
    Move(Status, Status),
    Act(ActRefusal),
}

impl NotDone {
    /// The name of the reason, as the gateway tells a platform.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Move(..) => "not_allowed",
            Self::Act(refusal) => refusal.name(),
        }
    }

    /// The sentence in Chinese and English.
    pub(super) fn words(&self) -> Differs {
        match self {
            Self::Move(from, to) => (
                format!("按 [moves]，{} 之后不能是 {}", from.wire(), to.wire()),
                format!("by [moves], {} is not followed by {}", from.wire(), to.wire()),
            ),
            Self::Act(refusal) => (refusal.zh(), refusal.to_string()),
        }
    }
}

impl From<ActRefusal> for NotDone {
    fn from(refusal: ActRefusal) -> Self {
        Self::Act(refusal)
    }
}

/// Lets a moment, an act, or both happen to the ticket; else why it is refused.
pub(super) fn happen(
    rules: &Handling,
    ticket: &mut Ticket,
    (step, doubtful): (&CaseStep, bool),
    at: Timestamp,
) -> Result<Result<(), NotDone>, Differs> {
    let until = step.until.as_ref().map(|until| read_time(until, rules)).transpose()?;
    if let Some(word) = &step.happens {
        let before = ticket.status;
        let kind = match word.as_str() {
            RELEASED => released(ticket)?,
            APPROVED => approved(ticket)?,
            word => match moment(rules, ticket, (word, doubtful), (&step.by, until), at)? {
                Ok(kind) => kind,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        turn(ticket, before, at);
        tell(rules, ticket, kind, at);
        if let Some(deed) = rules.give_back(ticket, at) {
            do_as(rules, ticket, &deed, at);
        }
    }
    let Some(act) = step.act.clone().map(Act::from) else { return Ok(Ok(())) };
    let done = rules.act(ticket, &act, &step.by, at).map(|deed| do_as(rules, ticket, &deed, at));
    Ok(done.map_err(NotDone::from))
}

/// Lets a moment of clocks happen; what happens by it, or why it is refused.
fn moment(
    rules: &Handling,
    ticket: &mut Ticket,
    (word, doubtful): (&str, bool),
    by: (&str, Option<Timestamp>),
    at: Timestamp,
) -> Result<Result<EventKind, NotDone>, Differs> {
    let unknown = || {
        let known = [Moment::words(), vec![RELEASED, APPROVED]].concat().join("、");
        (format!("没有 {word} 这个时刻；可用：{known}"), format!("there is no moment {word}; there are: {known}"))
    };
    Ok(Ok(match Moment::read(word).ok_or_else(unknown)? {
        Moment::Made if ticket.version > 0 => {
            return Err(("created 写了两次".to_owned(), "it was created before".to_owned()));
        }
        Moment::Made => made(rules, ticket, doubtful, at),
        Moment::Finished => return Ok(comes_into(rules, ticket, Status::Resolved, by, at)),
        Moment::Status(status) => return Ok(comes_into(rules, ticket, status, by, at)),
        Moment::Event(EventKind::SentBack) => {
            ticket.submission = None;
            EventKind::SentBack
        }
        Moment::Event(kind) => kind,
    }))
}

/// What it means for ratings that the matter was answered, or is handled again.
fn turn(ticket: &mut Ticket, before: Status, at: Timestamp) {
    match (before.is_final(), ticket.status.is_final()) {
        (false, true) => {
            ticket.evaluation.answered();
            ticket.finished_at = Some(at);
        }
        (true, false) => {
            ticket.evaluation.reopened();
            ticket.finished_at = None;
        }
        _ => {}
    }
}

fn do_as(rules: &Handling, ticket: &mut Ticket, deed: &Deed, at: Timestamp) {
    ticket.status = deed.status.unwrap_or(ticket.status);
    tell(rules, ticket, deed.kind.event(), at);
}

fn tell(rules: &Handling, ticket: &mut Ticket, kind: EventKind, at: Timestamp) {
    ticket.version += 1;
    if ticket.version == 1 {
        ticket.created_at = at;
    }
    rules.see(ticket, kind, at);
}

fn made(rules: &Handling, ticket: &mut Ticket, doubtful: bool, since: Timestamp) -> EventKind {
    let hold = rules.before_dispatch(ticket, doubtful);
    ticket.hold = hold.map(|rule| Hold { code: rule.code.clone(), since });
    if ticket.hold.is_some() { EventKind::Held } else { EventKind::Created }
}

/// A platform sets a status, with what it means for extensions; one that closes the matter may wait for a person first.
fn comes_into(
    rules: &Handling,
    ticket: &mut Ticket,
    status: Status,
    (by, until): (&str, Option<Timestamp>),
    at: Timestamp,
) -> Result<EventKind, NotDone> {
    if rules.instead_of(ticket.status, status).is_some() {
        return Err(NotDone::Move(ticket.status, status));
    }
    rules.may_extend(ticket, (by, status), until, at)?;
    let update = update(status, at);
    if let Some(rule) = rules.before_closing(ticket, &update) {
        ticket.submission = Some(Submission { code: rule.code.clone(), since: at, update });
        return Ok(EventKind::Submitted);
    }
    let before = std::mem::replace(&mut ticket.status, status);
    if let Some(granted) = note_extension(ticket, (before, status), until, at) {
        grant_extension(ticket, granted);
    }
    Ok(if status == Status::Reopened { EventKind::Reopened } else { EventKind::Status })
}

fn released(ticket: &mut Ticket) -> Result<EventKind, Differs> {
    let nothing =
        || ("没有等待分派的工单，不能 released".to_owned(), "no ticket waits, so none is released".to_owned());
    ticket.hold.take().map(|_| EventKind::Created).ok_or_else(nothing)
}

fn approved(ticket: &mut Ticket) -> Result<EventKind, Differs> {
    let nothing =
        || ("没有等待审核的答复，不能 approved".to_owned(), "no answer waits, so none is approved".to_owned());
    let submission = ticket.submission.take().ok_or_else(nothing)?;
    ticket.status = submission.update.status.unwrap_or(ticket.status);
    Ok(EventKind::Status)
}

/// An update that says nothing but a status.
pub(in crate::handling) fn update(status: Status, occurred_at: Timestamp) -> StatusUpdate {
    StatusUpdate {
        update_id: String::new(),
        platform: String::new(),
        ticket_id: String::new(),
        sequence: 0,
        status: Some(status),
        act: None,
        rating: None,
        occurred_at,
        department: None,
        result: None,
        results: Vec::new(),
        person: None,
        attachments: Vec::new(),
        satisfaction: None,
        due_at: None,
        sender: Sender::User(None),
        trace: None,
    }
}

/// Everything that clocks tell until a moment, each at its time; what was due before the last thing that happened, right after that.
pub(super) fn ring_until(rules: &Handling, ticket: &mut Ticket, (since, until): (Timestamp, Timestamp)) -> Vec<Notice> {
    let mut told = Vec::new();
    for _ in 0..MAX_NOTICES {
        let next = rules.next_alarms(ticket).into_iter().filter(|(_, at)| *at <= until).min_by_key(|(_, at)| *at);
        let Some((clock, at)) = next else { break };
        for rung in rules.ring(ticket, &clock, at.max(since)) {
            match rung {
                Rung::Notice(notice) => told.push(notice),
                Rung::Rise(_) => {
                    if let Some(deed) = rules.rise(ticket, at.max(since)) {
                        do_as(rules, ticket, &deed, at.max(since));
                    }
                }
            }
        }
    }
    told
}

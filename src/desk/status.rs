//! Stage: a platform's status update changes its ticket and answers every citizen behind it.

pub(super) mod acts;
mod signed;

pub use signed::Signer;
pub(super) use signed::{apply_on_phone, apply_signed, is_repeated, refused};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::answers::answer;
use super::evaluation::{Word, call_back, restart, take};
use super::holds::submit;
use super::step::Step;
use crate::handling::{ActRefusal, Turn, grant_extension, note_extension};
use crate::key::TicketKey;
use crate::pack::Rules;
use crate::store::{ComplaintView, Occurrence, OccurrenceKind, StatusRow, StoreError, Verdict};
use crate::ticket::{Change, Consequence, EventKind, Rater, Rating, Sender, Status, StatusUpdate, Ticket};

/// How far a platform's clock may be ahead.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// Furthest deadline of an extension after the update.
const MAX_EXTENSION: SignedDuration = SignedDuration::from_hours(24 * 3_660);

/// Why a status update cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No feed has the platform's name.
    NoFeed(String),
    /// The feed is only read: nobody speaks of tickets in its name.
    ReadOnly(String),
    /// The feed's updates come from another user of the broker.
    OtherUser(String),
    /// The feed's updates by REST come with another access token, or with none.
    OtherToken(String),
    /// The feed's updates come from its platform, not from people at the console.
    NotByPeople(String),
    /// The ticket is another unit's: one that helps, or was called, can only say that it came.
    OtherUnit,
    /// Somebody says that a unit came for which they do not act.
    OwnUnit,
    /// The ticket stands there already, or is finished: a handler on a phone says each thing once.
    SaidBefore,
    /// So many photos of handlers are kept with the matter already, and no more.
    TooManyPhotos(u16),
    /// It happened later than now.
    Ahead(Timestamp),
    /// The deadline is before the update, or too far away.
    Deadline(Timestamp),
    /// The ticket was not sent to the platform.
    NotSent {
        /// The ticket.
        ticket: String,
        /// The platform's feed.
        feed: String,
    },
    /// The ticket has gone to others: category, district, department or grade changed, and the feed no longer wants it.
    Left {
        /// The ticket.
        ticket: String,
        /// The platform's feed.
        feed: String,
    },
    /// No ticket has this id.
    NoTicket(String),
    /// The ticket was absorbed; the one that answers for it now, if it is known.
    Absorbed(Option<String>),
    /// A result for one citizen is about a complaint that is not behind the ticket.
    NotBehind {
        /// The ticket.
        ticket: String,
        /// The receipt number.
        receipt: String,
    },
    /// The city's scale has no such step.
    NoStep {
        /// The step.
        step: String,
        /// The steps that there are.
        known: Vec<String>,
    },
    /// By the rules of the city the status cannot follow the one that the ticket has.
    NotAllowed {
        /// The status of the ticket.
        from: Status,
        /// The status that the update sets.
        to: Status,
        /// The statuses that may follow.
        allowed: Vec<Status>,
    },
    /// The act cannot be carried out, or the extension is not allowed.
    Act(ActRefusal),
    /// What is stored of the ticket cannot be read.
    Damaged(String),
}

impl Refusal {
    /// Name in the store and the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoFeed(_) => "no_feed",
            Self::ReadOnly(_) => "read_only",
            Self::OtherUser(_) => "other_user",
            Self::OtherToken(_) => "other_token",
            Self::NotByPeople(_) => "not_by_people",
            Self::OtherUnit => "other_unit",
            Self::OwnUnit => "own_unit",
            Self::SaidBefore => "said_before",
            Self::TooManyPhotos(_) => "too_many_photos",
            Self::Ahead(_) => "ahead",
            Self::Deadline(_) => "deadline",
            Self::NotSent { .. } => "not_sent",
            Self::Left { .. } => "left",
            Self::NoTicket(_) => "no_ticket",
            Self::Absorbed(_) => "absorbed",
            Self::NotBehind { .. } => "not_behind",
            Self::NoStep { .. } => "no_step",
            Self::NotAllowed { .. } => "not_allowed",
            Self::Act(refusal) => refusal.name(),
            Self::Damaged(_) => "damaged",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoFeed(name) => {
                write!(f, "there is no feed {name}; `platform` is the name of the feed that the platform receives")
            }
            Self::ReadOnly(feed) => {
                write!(f, "the feed {feed} is only read (read_only in city.toml): its platform speaks of no ticket")
            }
            Self::OtherUser(feed) => write!(
                f,
                "updates of the feed {feed} are accepted from its own user of the broker only; publish as that user, with the property user_id"
            ),
            Self::OtherToken(feed) => write!(
                f,
                "updates of the feed {feed} are accepted by REST with its own access token only: the one that its setting `token` names"
            ),
            Self::NotByPeople(feed) => write!(
                f,
                "updates of the feed {feed} come from its platform; people speak in the name of a feed with carrier = \"console\""
            ),
            Self::OtherUnit => f.write_str(
                "the ticket is another unit's: a unit that helps or was called can only say that it came (act respond)",
            ),
            Self::OwnUnit => f.write_str("a unit says for itself that it came: unit is not in your scope"),
            Self::SaidBefore => f.write_str("the ticket stands there already, or is finished: it was said before"),
            Self::TooManyPhotos(most) => {
                write!(f, "at most {most} photos of handlers are kept with a matter; send it without photos")
            }
            Self::Ahead(at) => write!(f, "occurred_at {at} is in the future; check the platform's clock"),
            Self::Deadline(at) => write!(f, "due_at {at} is before occurred_at, or more than ten years after it"),
            Self::NotSent { ticket, feed } => write!(f, "the ticket {ticket} was not sent to the feed {feed}"),
            Self::Left { ticket, feed } => write!(
                f,
                "the ticket {ticket} has left the feed {feed}: its category, district, department or grade has changed; who handles it now speaks of it"
            ),
            Self::NoTicket(id) => write!(f, "there is no ticket {id}"),
            Self::Absorbed(Some(successor)) => {
                write!(f, "the ticket was absorbed; send updates of {successor} instead")
            }
            Self::Absorbed(None) => write!(f, "the ticket was absorbed into another one"),
            Self::NotBehind { ticket, receipt } => {
                write!(f, "results: the complaint {receipt} is not behind the ticket {ticket}")
            }
            Self::NoStep { step, known } => {
                write!(f, "rating.step: the city's scale has no {step}; there are: {}", known.join(", "))
            }
            Self::NotAllowed { from, to, allowed } => {
                let allowed: Vec<&str> = allowed.iter().map(|status| status.wire()).collect();
                let (from, to, allowed) = (from.wire(), to.wire(), allowed.join(", "));
                write!(f, "{to} cannot follow {from}: the rules of the city ([moves]) allow {allowed}")
            }
            Self::Act(refusal) => refusal.fmt(f),
            Self::Damaged(what) => {
                write!(f, "what is stored of the ticket cannot be read ({what}); run `huiliu doctor`")
            }
        }
    }
}

/// How a status update ended.
pub(super) type Judged = Result<Verdict, Refusal>;

/// What came of a status update, for a sender that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// How it was judged.
    pub verdict: Verdict,
    /// The version that its ticket has now.
    pub version: u64,
    /// The status that its ticket has now.
    pub status: Status,
}

/// Applies an update whose sender waits.
pub(super) fn apply_one(step: &mut Step<'_>, update: &StatusUpdate) -> Result<Result<Applied, Refusal>, StoreError> {
    let verdict = match apply(step, update)? {
        Ok(verdict) => verdict,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let key = step.view.ticket_key(&update.ticket_id)?;
    // The answer shows how the ticket stands: that is no longer for one that it has left, unless by this update.
    let asks_again = verdict != Verdict::Accepted;
    if let Some(refusal) = key.filter(|_| asks_again).map(|key| no_say(step, key, update)).transpose()?.flatten() {
        return Ok(Err(refusal));
    }
    let ticket = match key {
        Some(key) => step.view.ticket(key)?.map(|detail| (detail.ticket.version, detail.ticket.status)),
        None => None,
    };
    let (version, status) = ticket.unwrap_or((0, update.status.unwrap_or_default()));
    Ok(Ok(Applied { verdict, version, status }))
}

/// Applies an update.
pub(super) fn apply(step: &mut Step<'_>, update: &StatusUpdate) -> Result<Judged, StoreError> {
    let judged = match believe(&step.rules, update).and_then(|()| possible(update, step.now)) {
        Ok(()) => apply_believed(step, update)?,
        Err(refusal) => Err(refusal),
    };
    note_refusal(step, update, judged)
}

/// Notes with its ticket, where there is one, that an update was refused.
pub(super) fn note_refusal(step: &mut Step<'_>, update: &StatusUpdate, judged: Judged) -> Result<Judged, StoreError> {
    let Err(refusal) = &judged else { return Ok(judged) };
    let Some(key) = step.view.ticket_key(&update.ticket_id)? else { return Ok(judged) };
    step.view.note_occurrence(Occurrence {
        kind: OccurrenceKind::UpdateRefused,
        subject: key.0,
        at: step.now,
        outcome: refusal.name().to_owned(),
        details: json!({
            "platform": update.platform, "update_id": update.update_id, "sequence": update.sequence,
            "status": update.status.map(Status::wire), "act": update.act.as_ref().map(|act| act.kind().wire()), "sent_by": update.sent_by(), "reason": refusal.to_string(),
        }),
    });
    Ok(judged)
}

/// Applies what a channel says on behalf of a destination: the channel file says that it may.
pub(super) fn apply_answer(step: &mut Step<'_>, update: &StatusUpdate) -> Result<Judged, StoreError> {
    if let Err(refusal) = speaking(&step.rules, update) {
        return Ok(Err(refusal));
    }
    let judged = match possible(update, step.now) {
        Ok(()) => apply_believed(step, update)?,
        Err(refusal) => Err(refusal),
    };
    note_refusal(step, update, judged)
}

fn apply_believed(step: &mut Step<'_>, update: &StatusUpdate) -> Result<Judged, StoreError> {
    let Some(key) = step.view.ticket_key(&update.ticket_id)? else {
        return Ok(Err(Refusal::NoTicket(update.ticket_id.clone())));
    };
    let verdict = judge(step, key, update)?;
    // What was accepted before the ticket left is known, however often it comes.
    if verdict != Verdict::Repeated
        && let Some(refusal) = no_say(step, key, update)?
    {
        return Ok(Err(refusal));
    }
    if let (Verdict::Accepted, Some(detail)) = (verdict, step.view.ticket(key)?)
        && detail.ticket.status == Status::Absorbed
    {
        return Ok(Err(Refusal::Absorbed(detail.ticket.successor.clone())));
    }
    if verdict == Verdict::Accepted
        && let Some(refusal) = forbidden(step, key, update)?
    {
        return Ok(Err(refusal));
    }
    if let Some(own) = strange(step, key, update)? {
        return Ok(Err(Refusal::NotBehind { ticket: update.ticket_id.clone(), receipt: own }));
    }
    if let Some(given) = update.rating.as_ref().filter(|given| step.rules.handling.scale_step(&given.step).is_none()) {
        let known = step.rules.handling.scale_words();
        return Ok(Err(Refusal::NoStep { step: given.step.clone(), known }));
    }
    let received_at = step.now;
    let mut verdict = verdict;
    if verdict == Verdict::Accepted {
        step.trace.clone_from(&update.trace);
        match submit(step, key, update)? {
            true => verdict = Verdict::Submitted,
            false => take_effect(step, key, update)?,
        }
        step.trace = None;
    }
    step.view.note_status(StatusRow { ticket: key, verdict, received_at, update: update.clone() });
    Ok(Ok(verdict))
}

/// Why the platform has no say in the ticket: it was not sent to its feed, or has gone elsewhere since.
pub(super) fn no_say(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
) -> Result<Option<Refusal>, StoreError> {
    let feed = &update.platform;
    let Some(detail) = step.view.ticket(key)?.filter(|detail| !detail.ticket.was_sent_to(feed)) else {
        return Ok(None);
    };
    let (ticket, feed) = (update.ticket_id.clone(), feed.clone());
    let has_left = detail.ticket.has_left(&feed);
    Ok(Some(if has_left { Refusal::Left { ticket, feed } } else { Refusal::NotSent { ticket, feed } }))
}

/// Why a status cannot follow the one that the ticket has, or an act cannot be carried out.
pub(super) fn forbidden(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
) -> Result<Option<Refusal>, StoreError> {
    let Some(from) = step.view.ticket(key)?.map(|detail| detail.ticket.status) else { return Ok(None) };
    if let Some(to) = update.status
        && let Some(allowed) = step.rules.handling.instead_of(from, to)
    {
        return Ok(Some(Refusal::NotAllowed { from, to, allowed: allowed.to_vec() }));
    }
    Ok(acts::forbidden(step, key, update)?.map(Refusal::Act))
}

/// The receipt number of a result or a rating that is about no complaint of the ticket.
pub(super) fn strange(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
) -> Result<Option<String>, StoreError> {
    let rated = update.rating.as_ref().and_then(|given| given.receipt.as_ref());
    for receipt in update.results.iter().map(|own| &own.receipt).chain(rated) {
        if step.view.complaint_by_receipt(receipt)?.is_none_or(|view| view.ticket != key) {
            return Ok(Some(receipt.clone()));
        }
    }
    Ok(None)
}

/// Whether its sender may speak at all.
fn believe(rules: &Rules, update: &StatusUpdate) -> Result<(), Refusal> {
    speaking(rules, update)?;
    let feed = rules.feeds.get(&update.platform).ok_or_else(|| Refusal::NoFeed(update.platform.clone()))?;
    let name = feed.name.clone();
    match &update.sender {
        Sender::Token(token) if !feed.believes_token(token) => Err(Refusal::OtherToken(name)),
        Sender::User(user) if !feed.believes_user(user.as_deref()) => Err(Refusal::OtherUser(name)),
        Sender::Person(_) | Sender::Program(_) if !feed.is_of_people() => Err(Refusal::NotByPeople(name)),
        Sender::Token(_) | Sender::User(_) | Sender::Person(_) | Sender::Program(_) => Ok(()),
    }
}

/// Whether tickets are spoken of in the name of its feed.
fn speaking(rules: &Rules, update: &StatusUpdate) -> Result<(), Refusal> {
    let feed = rules.feeds.get(&update.platform).ok_or_else(|| Refusal::NoFeed(update.platform.clone()))?;
    if feed.read_only { Err(Refusal::ReadOnly(feed.name.clone())) } else { Ok(()) }
}

/// Whether its times can be true.
fn possible(update: &StatusUpdate, now: Timestamp) -> Result<(), Refusal> {
    if update.occurred_at.duration_since(now) > MAX_AHEAD {
        return Err(Refusal::Ahead(update.occurred_at));
    }
    let possible = |due_at: &Timestamp| {
        let after = due_at.duration_since(update.occurred_at);
        !after.is_negative() && after <= MAX_EXTENSION
    };
    match update.due_at.filter(|due_at| !possible(due_at)) {
        Some(due_at) => Err(Refusal::Deadline(due_at)),
        None => Ok(()),
    }
}

fn judge(step: &mut Step<'_>, key: TicketKey, update: &StatusUpdate) -> Result<Verdict, StoreError> {
    let known = step.view.status_known(key, update)?;
    Ok(match known.newest_sequence {
        _ if known.repeated => Verdict::Repeated,
        Some(newest) if update.sequence <= newest => Verdict::Late,
        _ => Verdict::Accepted,
    })
}

/// The status first, then the act: what an act needs can come by the status.
pub(super) fn take_effect(step: &mut Step<'_>, key: TicketKey, update: &StatusUpdate) -> Result<(), StoreError> {
    if let Some(status) = update.status {
        change_status(step, key, status, update)?;
    }
    if !acts::is_told_by_status(update) {
        acts::carry_out(step, key, update)?;
    }
    match update.status {
        Some(_) => Ok(()),
        None => answer(step, key, update, true),
    }
}

fn change_status(step: &mut Step<'_>, key: TicketKey, status: Status, update: &StatusUpdate) -> Result<(), StoreError> {
    let before = step.view.ticket(key)?.map_or(Status::Open, |detail| detail.ticket.status);
    let turn = step.transition(key, status)?;
    let now = step.now;
    let asked = |ticket: &mut Ticket| note_extension(ticket, (before, status), update.due_at, now);
    if let Some((until, detail)) = step.view.change(key).and_then(|detail| Some((asked(&mut detail.ticket)?, detail))) {
        grant_extension(&mut detail.ticket, until);
        step.plan_reminders(key);
    }
    let deed = if acts::is_told_by_status(update) { acts::carry_out(step, key, update)? } else { None };
    let rated = rated(step, key, update)?;
    let (about, rating) = rated.unzip();
    let about = about.flatten();
    let change = Change {
        note: update.result.clone(),
        satisfaction: rating.as_ref().map(|rating| rating.value),
        person: update.person.clone(),
        attachments: update.attachments.clone(),
        deed,
        rating: rating.clone(),
        ..Change::default()
    };
    let kind = if status == Status::Reopened { EventKind::Reopened } else { EventKind::Status };
    step.tell(key, kind, None, change);
    // Closing after the answer was given tells the citizen nothing new.
    let already_answered = turn == Turn::None && before.is_final() && status == Status::Closed;
    answer(step, key, update, already_answered)?;
    // A result that was found wanting as it came does not stand.
    if rating.as_ref().is_none_or(|rating| rating.consequence != Consequence::Restarted) {
        call_back(step, key, turn)?;
    }
    let words = update.rating.as_ref().and_then(|given| given.words.clone());
    let receipt = about.as_ref().map(|view| view.receipt.clone());
    let change = Change {
        receipt,
        note: words,
        satisfaction: rating.as_ref().map(|rating| rating.value),
        rating,
        ..Change::default()
    };
    restart(step, key, about.as_ref(), change)?;
    // Who says where a returned matter goes is not overruled.
    if status == Status::Returned && update.act.is_none() {
        step.give_back(key, update.result.as_deref())?;
    }
    Ok(())
}

/// Keeps what an update tells of the result, with the complaint whose citizen said it.
fn rated(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
) -> Result<Option<(Option<ComplaintView>, Rating)>, StoreError> {
    let given = update.rating.as_ref();
    let word = match (given, update.satisfaction) {
        (Some(given), _) => {
            let Some(scale_step) = step.rules.handling.scale_step(&given.step) else { return Ok(None) };
            Word { rater: given.rater, step: scale_step, by: &update.platform }
        }
        (None, Some(value)) => Word::of(step, Rater::CallBack, (value, None), &update.platform),
        (None, None) => return Ok(None),
    };
    let about = match given.and_then(|given| given.receipt.as_ref()) {
        Some(receipt) => step.view.complaint_by_receipt(receipt)?,
        None if word.rater.is_citizens() => step.view.only_member(key)?,
        None => None,
    };
    let words = given.and_then(|given| given.words.as_deref());
    let rating = take(step, key, about.as_ref(), &word, words)?;
    Ok(rating.map(|rating| (about, rating)))
}

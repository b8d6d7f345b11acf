//! What the audit log says of what a person asked the desk for. What somebody typed and is not there is left out: it may be anything.

use jiff::Timestamp;

use super::action::{Acted, Action};
use super::erase::Erased;
use super::replay::Replayed;
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::key::RawKey;

/// The entry of an action and of how it ended.
pub(super) fn acted(action: &Action, acted: &Acted, actor: &Actor, at: Timestamp) -> AuditEntry {
    let entry = AuditEntry::done(name(action), actor.clone(), at);
    match acted {
        Acted::Unknown(..) => entry.refused(),
        Acted::Refused(..) => about(entry, action).refused(),
        Acted::Done(tickets) => {
            let named = about(entry, action);
            let others: Vec<&String> = tickets.iter().filter(|ticket| !named.subject.contains(*ticket)).collect();
            named.about("ticket", others)
        }
        Acted::Told { ticket, before, .. } => {
            let told = about(entry, action).about("ticket", [ticket]);
            if *before { told.refused() } else { told }
        }
        Acted::Topic { topic, tickets } => entry.about("topic", [topic]).about("ticket", tickets),
        Acted::Erased(erased) => erasure(entry, receipt_alone(action), *erased),
    }
}

fn name(action: &Action) -> AuditAction {
    match action {
        Action::Split { .. } => AuditAction::Split,
        Action::Merge { .. } => AuditAction::Merge,
        Action::Move { .. } => AuditAction::Move,
        Action::Undo { .. } => AuditAction::Undo,
        Action::Pin { pinned: true, .. } => AuditAction::Pin,
        Action::Pin { pinned: false, .. } => AuditAction::Unpin,
        Action::Review { .. } => AuditAction::Review,
        Action::Release { .. } => AuditAction::Release,
        Action::Approve { .. } => AuditAction::Approve,
        Action::SendBack { .. } => AuditAction::SendBack,
        Action::Erase { .. } => AuditAction::Erase,
        Action::Send { .. } => AuditAction::Send,
        Action::RetryReply { .. } => AuditAction::RetryReply,
        Action::Told { .. } => AuditAction::Told,
        Action::CallBack { .. } => AuditAction::CallBack,
        Action::Supervise { .. } => AuditAction::Supervise,
        Action::NewTopic { .. } => AuditAction::NewTopic,
        Action::AddToTopic { .. } => AuditAction::AddToTopic,
        Action::DecideTopic { .. } => AuditAction::DecideTopic,
        Action::FollowTopic { .. } => AuditAction::FollowTopic,
    }
}

/// What an action on things that are there is about.
fn about(entry: AuditEntry, action: &Action) -> AuditEntry {
    match action {
        Action::Split { receipt } => entry.about("receipt", [receipt]),
        Action::Merge { from, into } => entry.about("ticket", [from, into]),
        Action::Move { receipt, into } => entry.about("receipt", [receipt]).about("ticket", [into]),
        Action::Undo { ticket }
        | Action::Pin { ticket, .. }
        | Action::Release { ticket }
        | Action::Approve { ticket, .. }
        | Action::SendBack { ticket, .. } => entry.about("ticket", [ticket]),
        Action::Review { review, same } => {
            entry.about("review", [review]).about("answer", [if *same { "same" } else { "different" }])
        }
        Action::Send { ticket, to } => entry.about("ticket", [ticket]).about("to", [to]),
        Action::RetryReply { reply, words } => {
            entry.about("reply", [reply]).about("words", words.as_ref().map(|_| "other"))
        }
        Action::Told { reply, .. } => entry.about("reply", [reply]),
        Action::CallBack { receipt, rating, .. } => {
            entry.about("receipt", [receipt]).about("rating", rating.is_none().then_some("unreached"))
        }
        Action::Supervise { ticket, .. } => entry.about("ticket", [ticket]),
        Action::AddToTopic { topic, .. } | Action::DecideTopic { topic, .. } | Action::FollowTopic { topic, .. } => {
            entry.about("topic", [topic])
        }
        Action::NewTopic { .. } | Action::Erase { .. } => entry,
    }
}

/// The receipt number by which alone somebody is erased.
fn receipt_alone(action: &Action) -> Option<&str> {
    match action {
        Action::Erase { hashes, receipt } if hashes.is_empty() => receipt.as_deref(),
        _ => None,
    }
}

/// The entry of an erasure. A receipt number that is given beside another number need not be there.
pub(super) fn erasure(entry: AuditEntry, receipt: Option<&str>, erased: Erased) -> AuditEntry {
    match erased {
        Erased { found: 0, .. } => entry.counted(0).refused(),
        Erased { erased, .. } => entry.about("receipt", receipt).counted(erased),
    }
}

/// The entry of a replay.
pub(super) fn replayed(raw: RawKey, replayed: Replayed, actor: &Actor, at: Timestamp) -> AuditEntry {
    let entry = AuditEntry::done(AuditAction::Replay, actor.clone(), at).about("record", [raw]);
    match replayed {
        Replayed::Released(state) => entry.about("became", [state.name()]),
        Replayed::Kept => entry.about("became", ["quarantined"]),
        Replayed::NotThere => entry.refused(),
    }
}

/// The entry of a record that was discarded, or was not there.
pub(super) fn discarded(raw: RawKey, is_done: bool, actor: &Actor, at: Timestamp) -> AuditEntry {
    let entry = AuditEntry::done(AuditAction::Discard, actor.clone(), at).about("record", [raw]);
    if is_done { entry } else { entry.refused() }
}

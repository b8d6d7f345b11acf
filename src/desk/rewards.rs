//! Stage: points of citizens who take part come and go with what happens to their complaints: of each rule once for a complaint, however
//! often it is told, put together and taken apart. Nobody is rewarded for a matter of a confidential kind.

use std::sync::Arc;

use super::prepare::ReporterHashes;
use super::step::Step;
use crate::complaint::{AccountHash, ComplaintState, RewardBasis, RewardEntry};
use crate::handling::Turn;
use crate::key::{ComplaintKey, TicketKey};
use crate::rewards::{About, Happening, KnownBy, RewardRule, Verdict};
use crate::store::{ComplaintView, StoreError};
use crate::ticket::Status;

/// Gives and takes back what comes of something that happened to a complaint, in a round of handling.
pub(super) fn happened(
    step: &mut Step<'_>,
    view: &ComplaintView,
    (what, round): (Happening, u32),
) -> Result<(), StoreError> {
    if step.rules.rewards.is_empty() || view.erased || view.state == ComplaintState::Past {
        return Ok(());
    }
    let settled = take_back(step, view.id, what.ends()).and_then(|()| give(step, view, (what, round)));
    forgive(settled)
}

/// A row of points that cannot be read holds up no complaint.
fn forgive(settled: Result<(), StoreError>) -> Result<(), StoreError> {
    match settled {
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "It cannot be said which points a citizen has.");
            Ok(())
        }
        settled => settled,
    }
}

fn take_back(step: &mut Step<'_>, complaint: ComplaintKey, gone: &[RewardBasis]) -> Result<(), StoreError> {
    if gone.is_empty() {
        return Ok(());
    }
    for entry in step.view.rewards_of_complaint(complaint)? {
        if entry.stands() && gone.contains(&entry.basis) {
            step.view.note_reward(RewardEntry { taken_back_at: Some(step.now), ..entry });
        }
    }
    Ok(())
}

fn give(step: &mut Step<'_>, view: &ComplaintView, (what, round): (Happening, u32)) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    let Some(basis) = what.begins().filter(|basis| rules.rewards.asks_for(*basis)) else { return Ok(()) };
    // Who took it back is neither the first nor the second to tell of it.
    if view.state == ComplaintState::Withdrawn && what != Happening::Rated {
        return Ok(());
    }
    let Some(account) = account(step, view) else { return Ok(()) };
    let Some(detail) = step.view.ticket(view.ticket)? else { return Ok(()) };
    let (category, tags) = (detail.ticket.route.category.clone(), detail.ticket.tags.clone());
    if rules.feeds.confidential.covers(&category) {
        return Ok(());
    }
    let about = About { channel: &view.complaint.channel, category: &category, tags: &tags };
    for rule in rules.rewards.due(basis, &about) {
        give_by(step, view.id, (account, round), rule)?;
    }
    Ok(())
}

/// Gives the points of one rule, or lets those count again that were taken back.
fn give_by(
    step: &mut Step<'_>,
    complaint: ComplaintKey,
    (account, round): (AccountHash, u32),
    rule: &RewardRule,
) -> Result<(), StoreError> {
    let is_it = |entry: &RewardEntry| (entry.rule.as_str(), entry.round) == (rule.code.as_str(), round);
    if let Some(known) = step.view.rewards_of_complaint(complaint)?.into_iter().find(is_it) {
        if !known.stands() {
            step.view.note_reward(RewardEntry { taken_back_at: None, ..known });
        }
        return Ok(());
    }
    let (now, zone) = (step.now, step.rules.numbering.zone.clone());
    let had = |since| step.view.reward_points(account, &rule.code, since);
    match rule.judge(now, &zone, had)? {
        Verdict::Give => step.view.note_reward(RewardEntry {
            complaint,
            rule: rule.code.clone(),
            round,
            account,
            basis: rule.basis,
            points: rule.points,
            at: now,
            taken_back_at: None,
        }),
        Verdict::DayIsFull | Verdict::MonthIsFull | Verdict::AllIsFull => {}
    }
    Ok(())
}

/// The account that a complaint counts for.
fn account(step: &Step<'_>, view: &ComplaintView) -> Option<AccountHash> {
    let ReporterHashes { phone, id_number, account } = ReporterHashes::of(&view.complaint, step.state.vault());
    step.rules.rewards.account(KnownBy { phone, id_number, account })
}

/// What comes of a change of a ticket's status.
pub(super) fn turned(
    step: &mut Step<'_>,
    key: TicketKey,
    (before, to): (Status, Status),
    turn: Turn,
) -> Result<(), StoreError> {
    let is_result = to == Status::Resolved || to == Status::Closed && turn == Turn::Finished;
    // Also of one that was closed after it was refused.
    let stands_no_more = turn == Turn::Restarted || to == Status::Resolved && before.is_final();
    let happenings = [
        (stands_no_more, Happening::Reopened, RewardBasis::Rejected),
        (is_result, Happening::Resolved, RewardBasis::Resolved),
        (to == Status::Rejected, Happening::Rejected, RewardBasis::Rejected),
    ];
    for (comes, what, basis) in happenings {
        if !comes || before == to || !step.rules.rewards.asks_for(basis) {
            continue;
        }
        let members = match step.view.members(key) {
            Err(error) if error.is_damage() => return forgive(Err(error)),
            members => members?,
        };
        for view in members.iter().filter(|view| what.begins().is_none() || view.state == ComplaintState::Open) {
            happened(step, view, (what, 0))?;
        }
    }
    Ok(())
}

/// What comes of complaints that went from one ticket to another: the first one of a ticket is the one who told of the matter, in
/// whatever order they were put together. The tickets are as they are then.
pub(super) fn regrouped(step: &mut Step<'_>, moved: &[ComplaintKey], tickets: &[TicketKey]) -> Result<(), StoreError> {
    if !step.rules.rewards.asks_for(RewardBasis::Duplicate) {
        return Ok(());
    }
    for key in tickets {
        let members = match step.view.members(*key) {
            Err(error) if error.is_damage() => return forgive(Err(error)),
            members => members?,
        };
        let first = members.iter().map(|view| view.id).min();
        let stayed = members.iter().map(|view| view.id).filter(|id| !moved.contains(id)).min();
        for view in &members {
            if Some(view.id) == first {
                happened(step, view, (Happening::Parted, 0))?;
            } else if moved.contains(&view.id) || Some(view.id) == stayed {
                happened(step, view, (Happening::Joined, 0))?;
            }
        }
    }
    Ok(())
}

/// What comes of it that a citizen who took a complaint back waits for an answer again.
pub(super) fn resumed(step: &mut Step<'_>, view: &ComplaintView) -> Result<(), StoreError> {
    happened(step, view, (Happening::Accepted, 0))?;
    regrouped(step, &[view.id], &[view.ticket])
}

/// What comes of new content: another citizen's points are another's, and of a matter that is confidential now there are none.
pub(super) fn amended(
    step: &mut Step<'_>,
    before: Option<&ComplaintView>,
    view: &ComplaintView,
) -> Result<(), StoreError> {
    let is_secret = step.is_secret(view.ticket);
    let is_same = before.is_some_and(|before| before.complaint.reporter == view.complaint.reporter);
    if is_same && !is_secret {
        return Ok(());
    }
    let account = account(step, view).filter(|_| !is_secret);
    let entries = match step.view.rewards_of_complaint(view.id) {
        Err(error) if error.is_damage() => return forgive(Err(error)),
        entries => entries?,
    };
    match account {
        _ if entries.is_empty() => {}
        None => step.view.forget_rewards_of(view.id),
        Some(account) => {
            for entry in entries.into_iter().filter(|entry| entry.account != account) {
                step.view.note_reward(RewardEntry { account, ..entry });
            }
        }
    }
    Ok(())
}

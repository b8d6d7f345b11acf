//! Stage: matters that come back become topics, by rules of the city or by a person's hand; what is decided on them is noted, and when they
//! are to be looked at again somebody is told.

use std::sync::Arc;

use super::action::Acted;
use super::remind::send_at_once;
use super::step::{SELF, Step};
use jiff::{SignedDuration, Timestamp};

use crate::handling::Sent;
use crate::key::{ComplaintKey, TicketKey, TopicKey};
use crate::mask::mask_text;
use crate::store::StoreError;
use crate::ticket::{Change, EventKind, Every, MAX_TOPIC_STEPS, Status, ToldTopic, Topic, TopicState, TopicStep};
use crate::watch::{MAX_BEHIND, TopicRule};

/// Among how many of a topic's tickets, the newest, one is looked for of which an event can be told.
const MAX_LOOKED_AT: usize = 20;
/// Most complaints by which a topic has a ticket that a person gives it; the first are the core.
const MAX_CORE: usize = 200;
/// How long it is put off to look at a topic that cannot be read.
const PUT_OFF: SignedDuration = SignedDuration::from_hours(24);
/// Code of the notice that a topic is to be looked at again.
const NOTICE: &str = "topic";

/// Gathers a complaint under the topics of a rule: one that goes on, or a new one where there are enough tickets of one matter.
pub(super) fn gather(
    step: &mut Step<'_>,
    rule: &TopicRule,
    area: &str,
    (complaint, ticket): (ComplaintKey, TicketKey),
) -> Result<(), StoreError> {
    let known = step.view.topic_of_rule(&rule.code, area)?;
    if let Some((key, topic)) = known.as_ref().filter(|(_, topic)| !topic.state.is_over()) {
        if step.view.gather(*key, (complaint, ticket))? {
            tell(step, *key, topic, Some(ticket))?;
        }
        return Ok(());
    }
    // What was done with is not counted again.
    let since = rule.since(step.now).max(known.map_or(rule.since(step.now), |(_, topic)| topic.changed_at));
    let window = step.view.sightings((&rule.subject.key(), area), (since, step.now), MAX_BEHIND)?;
    if rule.recurring(&window).is_none() {
        return Ok(());
    }
    let behind: Vec<_> = window.iter().map(|seen| (seen.complaint, seen.ticket)).collect();
    let rules = Arc::clone(&step.rules);
    let place = (!area.is_empty()).then(|| rules.names.area(area).unwrap_or(area));
    let title = place.map_or_else(|| rule.name.clone(), |place| format!("{}·{place}", rule.name));
    let topic = Topic {
        rule: Some(rule.code.clone()),
        area: area.to_owned(),
        title,
        every: rule.every,
        follow_up_at: rule.every.map(|every| every.after(step.now, &rules.numbering.zone)),
        ..opened(step, SELF)
    };
    make(step, topic, &behind, ticket).map(drop)
}

/// A person gathers tickets under a topic of its own.
pub(super) fn make_by_hand(
    step: &mut Step<'_>,
    title: &str,
    tickets: &[String],
    actor: &str,
) -> Result<Acted, StoreError> {
    let keys = match known(step, tickets)? {
        Ok(keys) => keys,
        Err(refused) => return Ok(refused),
    };
    let Some(newest) = keys.iter().max().copied() else {
        return Ok(Acted::refused("专题至少要有一张工单", "a topic has at least one ticket"));
    };
    let is_secret = step.is_secret(newest);
    if keys.iter().any(|key| step.is_secret(*key) != is_secret) {
        return Ok(mixed());
    }
    let topic = Topic { title: mask_text(title), ..opened(step, actor) };
    let mut behind = Vec::new();
    for key in &keys {
        behind.extend(core(step, *key)?);
    }
    let topic = make(step, topic, &behind, newest)?;
    Ok(Acted::Topic { topic, tickets: step.ids(&keys)? })
}

/// A person gives a topic more tickets.
pub(super) fn add(step: &mut Step<'_>, key: TopicKey, tickets: &[String]) -> Result<Acted, StoreError> {
    let Some(topic) = step.view.topic(key)? else { return Ok(unknown()) };
    if topic.state.is_over() {
        return Ok(is_over());
    }
    let keys = match known(step, tickets)? {
        Ok(keys) => keys,
        Err(refused) => return Ok(refused),
    };
    let is_secret = is_confidential(step, key)?;
    if is_secret.is_some_and(|is_secret| keys.iter().any(|key| step.is_secret(*key) != is_secret)) {
        return Ok(mixed());
    }
    let mut added = Vec::new();
    for ticket in keys {
        let mut is_new = false;
        for behind in core(step, ticket)? {
            is_new |= step.view.gather(key, behind)?;
        }
        if is_new {
            added.push(ticket);
        }
    }
    if let Some(newest) = added.iter().max() {
        tell(step, key, &topic, Some(*newest))?;
    }
    Ok(Acted::Topic { topic: key, tickets: step.ids(&added)? })
}

/// A person brings a topic into a state, with words on why.
pub(super) fn decide(
    step: &mut Step<'_>,
    key: TopicKey,
    (state, words): (TopicState, &str),
    actor: &str,
) -> Result<Acted, StoreError> {
    let Some(mut topic) = step.view.topic(key)? else { return Ok(unknown()) };
    if !topic.state.may_become(state) {
        return Ok(Acted::Refused(
            format!("专题现在是“{}”，不能改为“{}”", topic.state.zh(), state.zh()),
            format!("a topic that is {} does not become {}", topic.state.name(), state.name()),
        ));
    }
    if topic.steps.len() >= MAX_TOPIC_STEPS {
        return Ok(full());
    }
    topic.become_(state, (actor, &mask_text(words)), step.now);
    if !state.is_over() && topic.follow_up_at.is_none() {
        topic.follow_up_at = topic.every.map(|every| every.after(step.now, &step.rules.numbering.zone));
    }
    step.view.put_topic(key, topic.clone());
    tell(step, key, &topic, None)?;
    Ok(Acted::Topic { topic: key, tickets: Vec::new() })
}

/// A person says how often a topic is looked at again, or what was found when it was.
pub(super) fn follow_up(
    step: &mut Step<'_>,
    key: TopicKey,
    (every, words): (Option<Every>, Option<&str>),
    actor: &str,
) -> Result<Acted, StoreError> {
    let Some(mut topic) = step.view.topic(key)? else { return Ok(unknown()) };
    if topic.state.is_over() {
        return Ok(is_over());
    }
    if topic.steps.len() >= MAX_TOPIC_STEPS {
        return Ok(full());
    }
    topic.every = every.or(topic.every);
    topic.follow_up_at = topic.every.map(|every| every.after(step.now, &step.rules.numbering.zone));
    if let Some(words) = words {
        topic.steps.push(TopicStep { at: step.now, by: actor.to_owned(), state: None, words: mask_text(words) });
    }
    step.view.put_topic(key, topic);
    Ok(Acted::Topic { topic: key, tickets: Vec::new() })
}

/// Tells that topics are to be looked at again, once for each time. One that cannot be read keeps no other from it: it is tried again
/// later.
pub(super) fn look_again(step: &mut Step<'_>, due: &[TopicKey]) -> Result<(), StoreError> {
    for key in due {
        match look_at(step, *key) {
            Err(error) if error.is_damage() => {
                tracing::error!(%error, topic = key.0, "A topic cannot be looked at again; run huiliu doctor.");
                step.view.put_off_topic(*key, step.now.saturating_add(PUT_OFF).unwrap_or(Timestamp::MAX));
            }
            looked => looked?,
        }
    }
    Ok(())
}

fn look_at(step: &mut Step<'_>, key: TopicKey) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    let Some(mut topic) = step.view.topic(key)? else { return Ok(()) };
    let Some(due_at) = topic.follow_up_at.filter(|at| *at <= step.now) else { return Ok(()) };
    let zone = &rules.numbering.zone;
    // From the time that was set, so that the day stays; what was missed meanwhile is told once.
    let mut next = topic.every.map(|every| every.after(due_at, zone));
    if next.is_some_and(|at| at <= step.now) {
        next = topic.every.map(|every| every.after(step.now, zone));
    }
    topic.follow_up_at = next;
    let (ticket, count) = (shown(step, key)?, step.view.count_topic(key)?);
    step.view.put_topic(key, topic.clone());
    let Some(ticket) = ticket else { return Ok(()) };
    let every = topic.every.map_or("", Every::zh);
    let text =
        format!("【专题】{}：到了{every}回看的时间，现在是“{}”，有 {count} 张工单。", topic.title, topic.state.zh());
    step.view.ticket(ticket)?;
    let Some(detail) = step.view.loaded(ticket) else { return Ok(()) };
    let roles = rules.watch.topic_roles(topic.rule.as_deref());
    let roles = roles.iter().map(|(role, is_copy)| (role.get_ref().as_str(), *is_copy));
    let notice = rules.handling.notice_to((NOTICE, "专题回看"), roles, &detail.ticket, (text, Vec::new()));
    if let Some(notice) = notice {
        send_at_once(step, Sent { key: ticket, others: Vec::new(), notice });
    }
    Ok(())
}

/// The complaints by which a topic has a ticket that a person gives it: whoever takes one of them out, takes it along.
fn core(step: &mut Step<'_>, ticket: TicketKey) -> Result<Vec<(ComplaintKey, TicketKey)>, StoreError> {
    let members = step.view.members(ticket)?;
    Ok(members.iter().take(MAX_CORE).map(|view| (view.id, ticket)).collect())
}

/// A topic that is made now.
fn opened(step: &Step<'_>, actor: &str) -> Topic {
    let made = TopicStep { at: step.now, by: actor.to_owned(), state: Some(TopicState::Open), words: String::new() };
    Topic {
        rule: None,
        area: String::new(),
        title: String::new(),
        state: TopicState::Open,
        every: None,
        follow_up_at: None,
        made_at: step.now,
        changed_at: step.now,
        steps: vec![made],
    }
}

fn make(
    step: &mut Step<'_>,
    topic: Topic,
    behind: &[(ComplaintKey, TicketKey)],
    newest: TicketKey,
) -> Result<TopicKey, StoreError> {
    let key = step.view.next_topic()?;
    step.view.put_topic(key, topic.clone());
    for complaint in behind {
        step.view.gather(key, *complaint)?;
    }
    tell(step, key, &topic, Some(newest))?;
    Ok(key)
}

/// Tells of a topic on a ticket of it: the one given, where platforms know it, else the newest that they know.
fn tell(step: &mut Step<'_>, key: TopicKey, topic: &Topic, on: Option<TicketKey>) -> Result<(), StoreError> {
    let on = match on {
        Some(ticket) if is_shown(step, ticket)? => Some(ticket),
        _ => shown(step, key)?,
    };
    let Some(ticket) = on else { return Ok(()) };
    let told = ToldTopic {
        id: key.0,
        title: topic.title.clone(),
        rule: topic.rule.clone(),
        state: topic.state,
        tickets: step.view.count_topic(key)?,
        follow_up_at: topic.follow_up_at,
    };
    step.view.ticket(ticket)?;
    step.tell(ticket, EventKind::Topic, None, Change { topic: Some(told), ..Change::default() });
    Ok(())
}

/// The newest of a topic's tickets of which an event can be told, of one of a confidential kind where there is no other.
fn shown(step: &mut Step<'_>, key: TopicKey) -> Result<Option<TicketKey>, StoreError> {
    let mut secret = None;
    for ticket in step.view.tickets_of_topic(key, MAX_LOOKED_AT)? {
        if !is_shown(step, ticket)? {
            continue;
        }
        if !step.is_secret(ticket) {
            return Ok(Some(ticket));
        }
        secret = secret.or(Some(ticket));
    }
    Ok(secret)
}

/// Whether all tickets of a topic are of confidential kinds; none where it has none.
fn is_confidential(step: &mut Step<'_>, key: TopicKey) -> Result<Option<bool>, StoreError> {
    let mut known = None;
    for ticket in step.view.tickets_of_topic(key, MAX_LOOKED_AT)? {
        step.view.ticket(ticket)?;
        known = Some(known.unwrap_or(true) && step.is_secret(ticket));
    }
    Ok(known)
}

/// Whether an event of a ticket can be told: not of one that waits for a person, was absorbed, or cannot be read.
fn is_shown(step: &mut Step<'_>, ticket: TicketKey) -> Result<bool, StoreError> {
    let found = match step.view.ticket(ticket) {
        Err(error) if error.is_damage() => None,
        found => found?,
    };
    Ok(found.is_some_and(|found| found.ticket.hold.is_none() && found.ticket.status != Status::Absorbed))
}

/// The tickets with these ids, each once; else which is none.
fn known(step: &mut Step<'_>, ids: &[String]) -> Result<Result<Vec<TicketKey>, Acted>, StoreError> {
    let mut keys = Vec::new();
    for id in ids {
        let key = step.view.ticket_key(id)?;
        let known = match key {
            Some(key) if step.view.ticket(key)?.is_some_and(|found| found.ticket.status != Status::Absorbed) => key,
            _ => {
                return Ok(Err(Acted::unknown(
                    "有的工单号不存在，或已并入别的工单",
                    "there is no ticket with one of these ids, or it was absorbed",
                )));
            }
        };
        if !keys.contains(&known) {
            keys.push(known);
        }
    }
    Ok(Ok(keys))
}

fn unknown() -> Acted {
    Acted::unknown("没有这个专题", "there is no such topic")
}

fn mixed() -> Acted {
    Acted::refused(
        "保密类事项与其他事项不能归入同一专题",
        "matters of confidential kinds and others do not belong to one topic",
    )
}

fn is_over() -> Acted {
    Acted::refused("专题已办结或不采纳，可先改回“待研究”", "the topic is over; it can be opened again")
}

fn full() -> Acted {
    Acted::refused("专题的记录太多，请另立一个专题", "the topic has too many entries: make another one")
}

//! What must hold when a run ends. Judged by what was seen from outside; the store is asked only whether it agrees. What it cannot
//! say, because it cannot be read, counts against it.

use std::collections::{BTreeMap, BTreeSet};

use huiliu::store::StoreError;
use huiliu::ticket::Status;

use crate::actors::{ACT, Said};
use crate::book::{Named, Version};
use crate::holds::Holds;
use crate::sources::{CHANNELS, digest, is_complaint};
use crate::world::World;

/// What is still to do; empty when everything is stored, published, applied and answered.
pub fn unfinished(world: &mut World, store: &mut dyn Holds) -> Vec<String> {
    let mut waits = Vec::new();
    for channel in CHANNELS {
        for entry in world.sources.of(channel).clone() {
            // What was erased is not taken in again.
            if !world.holds(channel, &entry.number, digest(&entry.body)) {
                waits.push(format!("{channel} {} is not stored", entry.number));
            } else if channel != "watermark" && !entry.done {
                waits.push(format!("{channel} {} is not confirmed", entry.number));
            }
        }
    }
    let updates = world.queues.updates.len() + world.queues.given;
    if updates > 0 {
        waits.push(format!("{updates} updates are not applied"));
    }
    match store.waiting() {
        Ok((0, 0)) => {}
        Ok((messages, replies)) => {
            waits.push(format!("{messages} messages are not published, {replies} replies are not sent"));
        }
        Err(error) => waits.push(format!("the store cannot be read: {error}")),
    }
    let owed = world.queues.evaluations.owed(world.evaluating);
    waits.extend(owed.iter().map(|id| format!("it is not told that a result of {id} was found wanting again")));
    for (id, told) in &world.queues.book.tickets {
        if told.stands() && !told.is_final() {
            waits.push(format!("{id} is {}", told.status));
        }
    }
    waits
}

/// Safety at the end: the store is whole and agrees with what was seen, and what was seen is right.
pub fn judge(world: &mut World, store: &mut dyn Holds, said: &Said) {
    judge_homes(world);
    judge_aside(world, store);
    judge_answers(world, store);
    judge_settled(world);
    judge_interim(world, store, said);
    judge_routes(world);
    judge_statuses(world, said);
    judge_evaluations(world);
    judge_store(world, store);
}

/// What people said of results came to what the city wants.
fn judge_evaluations(world: &mut World) {
    for wrong in world.queues.evaluations.judge(world.evaluating) {
        world.violation(wrong);
    }
    if world.queues.evaluations.has_repeats(world.evaluating) {
        world.seen("ticket: found wanting again");
    }
}

/// A read that counts against the store when it fails.
fn read<T: Default>(world: &mut World, what: &str, read: Result<T, StoreError>) -> T {
    read.unwrap_or_else(|error| {
        world.violation(format!("the store cannot be read: {what}: {error}"));
        T::default()
    })
}

fn judge_homes(world: &mut World) {
    let (mut must, mut newest) = (BTreeSet::new(), BTreeMap::new());
    for channel in CHANNELS {
        for entry in world.sources.of(channel).iter().filter(|entry| is_complaint(&entry.body)) {
            let named: Named = (channel.to_owned(), entry.number.clone());
            must.insert(named.clone());
            // What came in one page with an earlier version is in quarantine and says nothing.
            if !world.queues.book.aside.contains(&(named.clone(), digest(&entry.body))) {
                newest.insert(named, entry.body["text"].as_str().unwrap_or_default().to_owned());
            }
        }
    }
    let book = &world.queues.book;
    let wrong = [book.judge_homes(&must, &book.mended), book.judge_texts(&newest)].concat();
    for wrong in wrong {
        world.violation(wrong);
    }
}

/// What was set aside because of what it came with is in quarantine, and says how it can be taken; unless a person mended it, or it
/// was erased.
fn judge_aside(world: &mut World, store: &mut dyn Holds) {
    let kept: BTreeSet<Version> = read(world, "the quarantine", store.aside()).into_iter().collect();
    let lost: Vec<Version> = world.queues.book.aside.difference(&kept).cloned().collect();
    for (named, _) in lost {
        let book = &world.queues.book;
        if !book.mended.contains(&named) && !book.to_be_erased.contains(&named) {
            world.violation(format!("P1: a version of {named:?} was set aside and is not in quarantine"));
        }
    }
}

/// Every citizen behind a finished ticket has been told, or is in the list of those who must be told by hand.
fn judge_answers(world: &mut World, store: &mut dyn Holds) {
    let dead = read(world, "replies that were given up", store.dead_replies());
    let finished: Vec<(String, Named, String)> = world
        .queues
        .book
        .tickets
        .iter()
        .filter(|(_, told)| told.is_final())
        .flat_map(|(id, told)| {
            told.complaints.iter().map(move |(receipt, named)| (receipt.clone(), named.clone(), id.clone()))
        })
        .collect();
    for (receipt, named, id) in finished {
        let told = world.sources.replies.get(&named).into_iter().flatten();
        let answered = told.filter_map(|(_, status)| Status::from_wire(status)).any(Status::is_final);
        if !answered && !dead.contains(&receipt) && !world.queues.book.settled.contains_key(&receipt) {
            world.violation(format!("P5: {receipt} of {id} was never answered"));
        }
    }
}

/// Who withdrew, or was closed by the source, has heard nothing of what was said after that.
fn judge_settled(world: &mut World) {
    let mut wrong = Vec::new();
    for told in world.sources.replies.values().flatten() {
        let mut parts = told.0.splitn(3, '.');
        let (Some(ticket), Some(version), Some(receipt)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let settled = world.queues.book.settled.get(receipt).filter(|(of, _)| of == ticket);
        if settled.is_some_and(|(_, since)| version.parse::<u64>().is_ok_and(|version| version > *since)) {
            wrong.push(format!("settled: {receipt} was told {} of {ticket} in version {version}", told.1));
        }
    }
    if !world.queues.book.closed_by_source.is_empty() {
        world.seen("ticket: closed by its source");
    }
    for wrong in wrong {
        world.violation(wrong);
    }
}

/// Who joined a ticket that was accepted heard that, and nobody heard it of one ticket more often than its platform said it.
fn judge_interim(world: &mut World, store: &mut dyn Holds, said: &Said) {
    let accepted = Status::Accepted.wire();
    let dead = read(world, "replies that were given up", store.dead_replies());
    let (book, replies) = (&world.queues.book, &world.sources.replies);
    let mut wrong = Vec::new();
    for (named, receipt) in &book.late {
        let heard = replies.get(named).is_some_and(|told| told.iter().any(|(_, status)| status == accepted));
        if !heard
            && !dead.contains(receipt)
            && !book.once_settled.contains(receipt)
            && !book.to_be_erased.contains(named)
        {
            wrong.push(format!("late: {receipt} joined a ticket that was accepted, and never heard so"));
        }
    }
    for (named, told) in replies {
        let keys: BTreeSet<&str> =
            told.iter().filter(|(_, status)| status == accepted).map(|(key, _)| key.as_str()).collect();
        let mut of_ticket: BTreeMap<&str, usize> = BTreeMap::new();
        for key in keys {
            *of_ticket.entry(key.split('.').next().unwrap_or_default()).or_default() += 1;
        }
        for (ticket, times) in of_ticket {
            let history = said.get(ticket).into_iter().flatten();
            let said = history.filter(|(_, status)| *status == accepted).count();
            if times > said {
                wrong
                    .push(format!("late: {named:?} heard {times} times that {ticket} was accepted, said {said} times"));
            }
        }
    }
    if !book.late.is_empty() {
        world.seen("complaint: joined a ticket that was accepted");
    }
    for wrong in wrong {
        world.violation(wrong);
    }
}

fn judge_routes(world: &mut World) {
    for wrong in world.queues.routes.judge() {
        world.violation(format!("routes: {wrong}"));
    }
}

/// What a platform hears of an act that cannot be done as the ticket stands by then.
const UNDOABLE: [&str; 6] = [
    "the ticket is finished",
    "no unit that could take the ticket",
    "was not called",
    "has responded already",
    "has not responded yet",
    "was scored already",
];

fn judge_statuses(world: &mut World, said: &Said) {
    let told: Vec<(String, String)> =
        world.queues.book.tickets.iter().map(|(id, told)| (id.clone(), told.status.clone())).collect();
    // An absorbed ticket that was set free again has missed what was said meanwhile.
    let missed = world.queues.dead.iter().any(|reason| reason.contains("absorbed"));
    for (id, status) in told.into_iter().filter(|(_, status)| status != Status::Absorbed.wire()) {
        let history = said.get(&id).map(Vec::as_slice).unwrap_or_default();
        if let Some((_, newest)) = history.iter().rfind(|(_, status)| *status != ACT)
            && status != *newest
            && !missed
            && !world.queues.book.closed_by_source.contains(&id)
        {
            world.violation(format!("status: {id} is {status}, but the platform said {newest} last"));
        }
    }
    for reason in world.queues.dead.clone() {
        let cannot_be_done = UNDOABLE.iter().any(|said| reason.contains(said));
        if !reason.contains("absorbed") && !cannot_be_done {
            world.violation(format!("a good update was refused: {reason}"));
        }
    }
}

fn judge_store(world: &mut World, store: &mut dyn Holds) {
    for wrong in read(world, "the examination", store.wrong()) {
        world.violation(format!("doctor: {wrong}"));
    }
    let (audited, broken) = read(world, "the audit log", store.audited("sim"));
    // What was done and not answered may stand there, too.
    if audited < world.acted || broken.is_some() {
        world.violation(format!("P11: {audited} of {} acts are in the audit log ({broken:?})", world.acted));
    }
    let stored: BTreeMap<String, (String, u64)> = read(world, "tickets", store.tickets())
        .into_iter()
        .map(|(id, status, version)| (id, (status, version)))
        .collect();
    let seen: BTreeMap<String, (String, u64)> =
        world.queues.book.tickets.iter().map(|(id, told)| (id.clone(), (told.status.clone(), told.version))).collect();
    for id in stored.keys().chain(seen.keys()).collect::<BTreeSet<_>>() {
        let (stored, seen) = (stored.get(id), seen.get(id));
        if stored != seen {
            world.violation(format!("P1: {id} is stored as {stored:?}, the stream says {seen:?}"));
        }
    }
    let homes = u64::try_from(world.queues.book.homes().len()).unwrap_or(u64::MAX);
    let (complaints, balances) = read(world, "the ledger", store.complaints());
    if complaints != homes || !balances {
        world.violation(format!(
            "P1: {complaints} complaints are stored (the ledger balances: {balances}), the stream shows {homes}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Shared;

    /// A store in which nothing is wrong, and of whose answers the `fails`th is an error.
    struct Blind {
        fails: usize,
        asked: usize,
    }

    impl Blind {
        fn answer<T: Default>(&mut self, good: T) -> Result<T, StoreError> {
            self.asked += 1;
            if self.asked == self.fails { Err(StoreError::Stopped) } else { Ok(good) }
        }
    }

    impl Holds for Blind {
        fn tickets(&mut self) -> Result<Vec<(String, String, u64)>, StoreError> {
            self.answer(Vec::new())
        }
        fn wrong(&mut self) -> Result<Vec<String>, StoreError> {
            self.answer(Vec::new())
        }
        fn dead_replies(&mut self) -> Result<Vec<String>, StoreError> {
            self.answer(Vec::new())
        }
        fn waiting(&mut self) -> Result<(u64, u64), StoreError> {
            self.answer((0, 0))
        }
        fn aside(&mut self) -> Result<Vec<Version>, StoreError> {
            self.answer(Vec::new())
        }
        fn audited(&mut self, _name: &str) -> Result<(u64, Option<String>), StoreError> {
            self.answer((0, None))
        }
        fn complaints(&mut self) -> Result<(u64, bool), StoreError> {
            self.answer((0, true))
        }
    }

    /// Judges a world in which nothing has happened; the answers that were asked for, and the violations.
    fn judged(fails: usize) -> (usize, Vec<String>) {
        let world = Shared::new(1, false);
        let mut world = world.lock();
        let mut store = Blind { fails, asked: 0 };
        let waits = unfinished(&mut world, &mut store);
        judge(&mut world, &mut store, &Said::default());
        (store.asked, [waits, std::mem::take(&mut world.violations)].concat())
    }

    #[test]
    fn a_store_that_cannot_be_read_is_not_judged_clean() {
        let (asked, wrong) = judged(usize::MAX);
        assert_eq!(wrong, Vec::<String>::new(), "a world in which nothing has happened");
        assert_eq!(asked, 8, "every question is asked");
        for fails in 1..=asked {
            let (_, wrong) = judged(fails);
            assert!(wrong.iter().any(|wrong| wrong.contains("cannot be read")), "answer {fails}: {wrong:?}");
        }
    }
}

//! The figures: pairs, clusters, blocking, review, speed; and the worst mistakes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde::Serialize;

use super::labels::{Labels, Truth};
use super::replay::{Replay, Step};
use crate::key::{ComplaintKey, TicketKey};
use crate::merge::{Evidence, Merging, Zone};

/// Counts of pairs, and what follows from them.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Figures {
    /// Pairs rightly on one ticket.
    pub right: usize,
    /// Pairs wrongly on one ticket.
    pub wrong: usize,
    /// Pairs of one matter on two tickets.
    pub missed: usize,
    /// right / (right + wrong), 0 to 1.
    pub precision: f64,
    /// right / (right + missed), 0 to 1.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// The same with precision counted twice (β = 0.5).
    pub f05: f64,
}

impl Figures {
    fn new(right: usize, wrong: usize, missed: usize) -> Self {
        let precision = share(right, right + wrong);
        let recall = share(right, right + missed);
        let f = |beta2: f64| {
            let below = beta2 * precision + recall;
            if below > 0.0 { (1.0 + beta2) * precision * recall / below } else { 0.0 }
        };
        Self { right, wrong, missed, precision, recall, f1: f(1.0), f05: f(0.25) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Complaints.
    pub complaints: usize,
    /// Records that did not become complaints.
    pub left_out: usize,
    /// Tickets.
    pub tickets: usize,
    /// Pairs of the auto zone.
    pub auto: Figures,
    /// Pairs after every review is answered as the labels say.
    pub auto_and_review: Figures,
    /// B-cubed precision, recall and F1 over all complaints, also those that are alone. Members that are not scored count.
    pub b_cubed: [f64; 3],
    /// Precision of pairs by size of the ticket: smallest size of the class, pairs, precision.
    pub by_ticket_size: Vec<(usize, usize, f64)>,
    /// Pairs that look alike, and how many of them are on one ticket.
    pub hard_negatives: (usize, usize),
    /// Share of the pairs of one matter whose earlier member blocking found for the later one.
    pub blocking_pairs: f64,
    /// Share of the complaints with an earlier one of the same matter for which blocking found at least one of these.
    pub blocking_complaints: f64,
    /// Complaints in the review zone, as a share of all.
    pub review_share: f64,
    /// Share of the reviews that ask about the right ticket.
    pub review_right: f64,
    /// Decisions per second on one core, with reading the text, routing and inserting.
    pub decisions_per_s: f64,
    /// Median and 99th percentile of one decision, in microseconds.
    pub p50_p99_us: (u128, u128),
    /// Bytes of the index per open complaint.
    pub bytes_per_complaint: usize,
}

/// Compares a replay with the labels.
#[must_use]
pub fn score(replay: &Replay, labels: &Labels) -> Measured {
    let steps = &replay.steps;
    let step_of: HashMap<&str, usize> = steps.iter().enumerate().map(|(at, step)| (step.number.as_str(), at)).collect();
    let same: Vec<(usize, usize)> = labels
        .same_pairs(&step_of)
        .iter()
        .filter_map(|(a, b)| Some((*step_of.get(a.as_str())?, *step_of.get(b.as_str())?)))
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    let auto: Vec<TicketKey> = steps.iter().map(|step| step.ticket).collect();
    let reviewed = answer_reviews(steps, labels);
    let (blocking_pairs, blocking_complaints) = blocking(steps, &same);
    let mut took: Vec<Duration> = steps.iter().map(|step| step.took).collect();
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default().as_micros();
    let total: Duration = took.iter().sum();
    let hard = labels
        .hard_negatives
        .iter()
        .filter_map(|(a, b)| Some((auto.get(*step_of.get(a.as_str())?)?, auto.get(*step_of.get(b.as_str())?)?)));
    let hard: Vec<bool> = hard.map(|(a, b)| a == b).collect();
    let reviews: Vec<&Step> = steps.iter().filter(|step| step.zone == Zone::Review).collect();
    let right = reviews.iter().filter(|step| is_right(step, steps, labels)).count();
    Measured {
        complaints: steps.len(),
        left_out: replay.left_out,
        tickets: auto.iter().collect::<BTreeSet<_>>().len(),
        auto: figures(&auto, steps, labels, &same),
        auto_and_review: figures(&reviewed, steps, labels, &same),
        b_cubed: b_cubed(&auto, steps, labels, &step_of),
        by_ticket_size: by_ticket_size(&auto, steps, labels),
        hard_negatives: (hard.len(), hard.iter().filter(|merged| **merged).count()),
        blocking_pairs,
        blocking_complaints,
        review_share: share(reviews.len(), steps.len()),
        review_right: share(right, reviews.len()),
        decisions_per_s: share(steps.len(), 1) / total.as_secs_f64().max(1e-9),
        p50_p99_us: (at(50), at(99)),
        bytes_per_complaint: replay.index.memory_bytes() / steps.len().max(1),
    }
}

fn by_ticket(tickets: &[TicketKey]) -> BTreeMap<TicketKey, Vec<usize>> {
    let mut members: BTreeMap<TicketKey, Vec<usize>> = BTreeMap::new();
    for (step, ticket) in tickets.iter().enumerate() {
        members.entry(*ticket).or_default().push(step);
    }
    members
}

fn pairs(members: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    members.iter().enumerate().flat_map(|(at, a)| members.iter().skip(at + 1).map(move |b| (*a, *b)))
}

fn truth(steps: &[Step], labels: &Labels, a: usize, b: usize) -> Truth {
    match (steps.get(a), steps.get(b)) {
        (Some(a), Some(b)) => labels.truth(&a.number, &b.number),
        _ => Truth::Unscored,
    }
}

fn figures(tickets: &[TicketKey], steps: &[Step], labels: &Labels, same: &[(usize, usize)]) -> Figures {
    let on_one = |a: usize, b: usize| tickets.get(a) == tickets.get(b);
    let right = same.iter().filter(|(a, b)| on_one(*a, *b)).count();
    let wrong = by_ticket(tickets)
        .values()
        .flat_map(|members| pairs(members))
        .filter(|(a, b)| truth(steps, labels, *a, *b) == Truth::Different)
        .count();
    Figures::new(right, wrong, same.len() - right)
}

fn by_ticket_size(tickets: &[TicketKey], steps: &[Step], labels: &Labels) -> Vec<(usize, usize, f64)> {
    const CLASSES: [usize; 4] = [2, 3, 5, 10];
    let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for members in by_ticket(tickets).values() {
        let Some(class) = CLASSES.iter().rev().find(|smallest| members.len() >= **smallest) else { continue };
        for (a, b) in pairs(members) {
            let count = counts.entry(*class).or_default();
            match truth(steps, labels, a, b) {
                Truth::Same => count.0 += 1,
                Truth::Different => count.1 += 1,
                Truth::Unscored => {}
            }
        }
    }
    counts.into_iter().map(|(class, (right, wrong))| (class, right + wrong, share(right, right + wrong))).collect()
}

/// Tickets after every review was answered as the labels say: the two tickets become one where the question was right.
fn answer_reviews(steps: &[Step], labels: &Labels) -> Vec<TicketKey> {
    let mut leader: BTreeMap<TicketKey, TicketKey> = BTreeMap::new();
    fn find(leader: &BTreeMap<TicketKey, TicketKey>, mut ticket: TicketKey) -> TicketKey {
        while let Some(next) = leader.get(&ticket) {
            ticket = *next;
        }
        ticket
    }
    for step in steps.iter().filter(|step| step.zone == Zone::Review && is_right(step, steps, labels)) {
        let Some(asked) = step.asked else { continue };
        let (from, to) = (find(&leader, step.ticket), find(&leader, asked));
        if from != to {
            leader.insert(from, to);
        }
    }
    steps.iter().map(|step| find(&leader, step.ticket)).collect()
}

/// Whether the complaint that a review compares with is of the same matter.
fn is_right(step: &Step, steps: &[Step], labels: &Labels) -> bool {
    let matched = step.evidence.as_ref().and_then(|evidence| usize::try_from(evidence.matched_complaint).ok());
    let other = matched.and_then(|matched| steps.get(matched));
    other.is_some_and(|other| labels.cluster(&step.number).contains(&other.number.as_str()))
}

fn blocking(steps: &[Step], same: &[(usize, usize)]) -> (f64, f64) {
    let mut found: BTreeMap<usize, bool> = BTreeMap::new();
    let mut pairs = 0;
    for (earlier, later) in same {
        let has = steps.get(*later).is_some_and(|step| step.blocked.contains(earlier));
        pairs += usize::from(has);
        *found.entry(*later).or_default() |= has;
    }
    (share(pairs, same.len()), share(found.values().filter(|found| **found).count(), found.len()))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn b_cubed(tickets: &[TicketKey], steps: &[Step], labels: &Labels, step_of: &HashMap<&str, usize>) -> [f64; 3] {
    let members = by_ticket(tickets);
    let (mut precision, mut recall) = (0.0, 0.0);
    for (at, step) in steps.iter().enumerate() {
        let ours: BTreeSet<usize> =
            tickets.get(at).and_then(|ticket| members.get(ticket)).into_iter().flatten().copied().collect();
        let mut theirs: BTreeSet<usize> =
            labels.cluster(&step.number).iter().filter_map(|member| step_of.get(member)).copied().collect();
        theirs.insert(at);
        let both = ours.intersection(&theirs).count();
        precision += share(both, ours.len());
        recall += share(both, theirs.len());
    }
    let count = steps.len().max(1) as f64;
    let (precision, recall) = (precision / count, recall / count);
    [precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-9)]
}

/// A pair that was decided wrongly.
#[derive(Debug, Serialize)]
pub struct Mistake {
    /// Number and title of the earlier one.
    pub earlier: (String, String),
    /// Number and title of the later one.
    pub later: (String, String),
    /// What was found, as it is at the end of the replay.
    pub evidence: Option<Evidence>,
}

/// The worst mistakes of both kinds.
#[derive(Debug, Serialize)]
pub struct Mistakes {
    /// On one ticket and not the same matter, the most certain first.
    pub wrong: Vec<Mistake>,
    /// The same matter on two tickets, the most unlike first.
    pub missed: Vec<Mistake>,
}

/// The `most` worst mistakes of either kind.
#[must_use]
pub fn mistakes(replay: &Replay, labels: &Labels, merging: &Merging, most: usize) -> Mistakes {
    let steps = &replay.steps;
    let step_of: HashMap<&str, usize> = steps.iter().enumerate().map(|(at, step)| (step.number.as_str(), at)).collect();
    let tickets: Vec<TicketKey> = steps.iter().map(|step| step.ticket).collect();
    let seen = |a: usize, b: usize| -> Option<Mistake> {
        let (earlier, later) = (steps.get(a.min(b))?, steps.get(a.max(b))?);
        let key = ComplaintKey(i64::try_from(a.min(b)).ok()?);
        let evidence = replay.index.compare_with(replay.profiles.get(a.max(b))?, key, merging);
        let name = |step: &Step| (step.number.clone(), step.title.clone());
        Some(Mistake { earlier: name(earlier), later: name(later), evidence })
    };
    let members = by_ticket(&tickets);
    let wrong = members
        .values()
        .flat_map(|members| pairs(members))
        .filter(|(a, b)| truth(steps, labels, *a, *b) == Truth::Different)
        .filter_map(|(a, b)| seen(a, b));
    let missed = labels
        .same_pairs(&step_of)
        .into_iter()
        .filter_map(|(a, b)| Some((*step_of.get(a.as_str())?, *step_of.get(b.as_str())?)))
        .filter(|(a, b)| tickets.get(*a) != tickets.get(*b))
        .filter_map(|(a, b)| seen(a, b));
    let weight = |mistake: &Mistake| mistake.evidence.as_ref().map_or(0.0, |evidence| evidence.weight);
    let (mut wrong, mut missed): (Vec<Mistake>, Vec<Mistake>) = (wrong.collect(), missed.collect());
    wrong.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    missed.sort_by(|a, b| weight(a).total_cmp(&weight(b)));
    wrong.truncate(most);
    missed.truncate(most);
    Mistakes { wrong, missed }
}

//! Proposing match weights and thresholds from labelled pairs.
//!
//! The weights are those of a logistic regression over the levels of all comparisons (log2 odds, as Fellegi and Sunter's
//! weights, but fitted together, because the comparisons are not independent). It is drawn towards the weights in use
//! (L2), so that a few labels change little. Thresholds are read from predictions that were made without the cluster
//! that they are about (cross-validation by cluster).

use std::collections::BTreeMap;

use serde::Serialize;

use super::labels::{Labels, Truth};
use super::replay::Replay;
use crate::merge::{Comparison, Evidence, MergeSettings};

/// Parts of the cross-validation.
const FOLDS: u64 = 5;
/// Steps of the fit.
const STEPS: usize = 400;
/// How strongly the weights in use hold, in labelled pairs.
const HOLD: f64 = 2.0;

/// One compared pair: the columns of its levels, and whether it is the same matter.
#[derive(Debug, Clone)]
pub struct Example {
    columns: Vec<usize>,
    /// The probability that it is one: 1 or 0 where it is known.
    same: f64,
    /// The later complaint, by which the best candidate is chosen.
    group: usize,
    fold: u64,
}

impl Example {
    /// A pair of which nothing is known.
    pub(super) fn unlabelled(columns: Vec<usize>, group: usize) -> Self {
        Self { columns, same: 0.0, group, fold: 0 }
    }

    /// The pair, with a probability that it is one matter.
    pub(super) fn believed(&self, chance: f64) -> Self {
        Self { same: chance, ..self.clone() }
    }

    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CurvePoint {
    /// Total weight from which a complaint would join its best candidate.
    pub threshold: f64,
    /// Share of the joins that are right.
    pub precision: f64,
    /// Share of the complaints with an earlier one of their matter that join it.
    pub recall: f64,
    /// Share of all complaints whose best candidate reaches the threshold.
    pub share: f64,
}

/// What is proposed.
#[derive(Debug)]
pub struct Proposal {
    /// Settings with the new weights and thresholds.
    pub settings: MergeSettings,
    /// Curve by falling threshold: cross-validated, or what the model believes where nothing is labelled.
    pub curve: Vec<CurvePoint>,
    /// Pairs, and how many of them are the same matter, known or believed.
    pub examples: (usize, f64),
}

/// Each comparison with the columns of its levels.
pub(super) fn columns() -> impl Iterator<Item = (Comparison, std::ops::Range<usize>)> {
    let mut next = 0;
    Comparison::ALL.into_iter().map(move |comparison| {
        let first = next;
        next += comparison.levels().len();
        (comparison, first..next)
    })
}

/// The column of a level that evidence names; `None` for those of earlier versions.
fn column_of(comparison: &str, level: &str) -> Option<usize> {
    let comparison = Comparison::named(comparison)?;
    let (_, columns) = columns().find(|(known, _)| *known == comparison)?;
    Some(columns.start + comparison.level_named(level)?)
}

fn columns_of(evidence: &Evidence) -> Vec<usize> {
    evidence.contributions.iter().filter_map(|found| column_of(&found.comparison, &found.level)).collect()
}

/// The pairs of a replay that collected them, as far as the labels know them.
#[must_use]
pub fn examples(replay: &Replay, labels: &Labels) -> Vec<Example> {
    let mut found = Vec::new();
    for (group, step) in replay.steps.iter().enumerate() {
        let cluster = labels.cluster(&step.number).first().map_or(step.number.as_str(), |first| first);
        let fold =
            cluster.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte))) % FOLDS;
        for evidence in &step.compared {
            let earlier = usize::try_from(evidence.matched_complaint).ok().and_then(|at| replay.steps.get(at));
            let truth = earlier.map_or(Truth::Unscored, |earlier| labels.truth(&step.number, &earlier.number));
            if truth != Truth::Unscored {
                let same = f64::from(u8::from(truth == Truth::Same));
                found.push(Example { columns: columns_of(evidence), same, group, fold });
            }
        }
    }
    found
}

/// The pairs of a replay that collected them, without labels.
#[must_use]
pub fn unlabelled(replay: &Replay) -> Vec<Example> {
    let steps = replay.steps.iter().enumerate();
    let pairs = steps.flat_map(|(group, step)| step.compared.iter().map(move |evidence| (group, evidence)));
    pairs.map(|(group, evidence)| Example::unlabelled(columns_of(evidence), group)).collect()
}

/// Answered reviews as examples: what people said of pairs that the engine was not sure of.
#[must_use]
pub fn examples_of_reviews<'a>(answered: impl Iterator<Item = (&'a Evidence, bool)>) -> Vec<Example> {
    let numbered = answered.enumerate();
    let fold = |group: usize| u64::try_from(group).unwrap_or_default() % FOLDS;
    numbered
        .map(|(group, (evidence, same))| {
            let same = f64::from(u8::from(same));
            Example { columns: columns_of(evidence), same, group, fold: fold(group) }
        })
        .collect()
}

/// Proposes settings: weights for all examples, the auto threshold for `precision`, the review threshold for at most
/// `review_share` of the complaints.
#[must_use]
pub fn tune(examples: &[Example], current: &MergeSettings, precision: f64, review_share: f64) -> Proposal {
    let start = start(current);
    let mut predicted = vec![0.0; examples.len()];
    for fold in 0..FOLDS {
        let others: Vec<&Example> = examples.iter().filter(|example| example.fold != fold).collect();
        let fitted = fit(&others, &start);
        for (example, predicted) in examples.iter().zip(&mut predicted) {
            if example.fold == fold {
                *predicted = total(&fitted, example);
            }
        }
    }
    let fitted = fit(&examples.iter().collect::<Vec<_>>(), &start);
    propose(with_weights(current, &fitted), examples, &predicted, precision, review_share)
}

/// Settings with other weights, the prior last.
pub(super) fn with_weights(current: &MergeSettings, weights: &[f64]) -> MergeSettings {
    let mut settings = current.clone();
    settings.prior = round(weights.last().copied().unwrap_or_default());
    for (comparison, columns) in columns() {
        let new = weights.get(columns).unwrap_or_default();
        for (weight, new) in settings.weights.of_mut(comparison).iter_mut().zip(new) {
            *weight = round(*new);
        }
    }
    settings
}

/// Reads the two thresholds from predictions.
pub(super) fn propose(
    mut settings: MergeSettings,
    examples: &[Example],
    predicted: &[f64],
    precision: f64,
    review_share: f64,
) -> Proposal {
    let curve = curve(examples, predicted);
    let reached = curve.iter().filter(|point| point.precision >= precision).map(|point| point.threshold);
    settings.auto_weight = round(reached.fold(f64::INFINITY, f64::min).min(1e3));
    let joined = curve.iter().filter(|point| point.threshold >= settings.auto_weight).map(|point| point.share);
    let joined = joined.fold(0.0, f64::max);
    let asked = curve.iter().filter(|point| point.share <= joined + review_share).map(|point| point.threshold);
    settings.review_weight = round(asked.fold(settings.auto_weight, f64::min));
    let same = examples.iter().map(|example| example.same).sum();
    Proposal { settings, curve, examples: (examples.len(), same) }
}

fn round(weight: f64) -> f64 {
    // Adding zero makes -0 a plain 0.
    (weight * 10.0).round() / 10.0 + 0.0
}

/// The weights in use, the prior last.
pub(super) fn start(settings: &MergeSettings) -> Vec<f64> {
    let weights = Comparison::ALL.into_iter().flat_map(|comparison| settings.weights.of(comparison));
    weights.copied().chain([settings.prior]).collect()
}

pub(super) fn total(weights: &[f64], example: &Example) -> f64 {
    let prior = weights.last().copied().unwrap_or_default();
    example.columns.iter().filter_map(|column| weights.get(*column)).sum::<f64>() + prior
}

/// Accelerated gradient steps, each coordinate with the step that its count allows.
fn fit(examples: &[&Example], start: &[f64]) -> Vec<f64> {
    let ln2 = std::f64::consts::LN_2;
    let longest = examples.iter().map(|example| example.columns.len() + 1).max().unwrap_or(1);
    let mut counts = vec![0.0_f64; start.len()];
    for example in examples {
        for column in &example.columns {
            if let Some(count) = counts.get_mut(*column) {
                *count += 1.0;
            }
        }
    }
    if let Some(last) = counts.last_mut() {
        *last = f64::from(u32::try_from(examples.len()).unwrap_or(u32::MAX));
    }
    let longest = f64::from(u32::try_from(longest).unwrap_or(u32::MAX));
    let steps: Vec<f64> = counts.iter().map(|count| 1.0 / (0.25 * longest * count * ln2 * ln2 + HOLD)).collect();
    let (mut weights, mut ahead, mut momentum) = (start.to_vec(), start.to_vec(), 1.0_f64);
    for _ in 0..STEPS {
        let mut gradient: Vec<f64> = ahead.iter().zip(start).map(|(now, start)| HOLD * (now - start)).collect();
        for example in examples {
            let odds = total(&ahead, example) * ln2;
            let error = (1.0 / (1.0 + (-odds).exp()) - example.same) * ln2;
            for column in &example.columns {
                if let Some(slope) = gradient.get_mut(*column) {
                    *slope += error;
                }
            }
            if let Some(slope) = gradient.last_mut() {
                *slope += error;
            }
        }
        let next: Vec<f64> =
            ahead.iter().zip(&gradient).zip(&steps).map(|((now, slope), step)| now - step * slope).collect();
        let grown = f64::midpoint(1.0, (1.0 + 4.0 * momentum * momentum).sqrt());
        let push = (momentum - 1.0) / grown;
        ahead = next.iter().zip(&weights).map(|(next, before)| next + push * (next - before)).collect();
        (weights, momentum) = (next, grown);
    }
    weights
}

/// By falling threshold: what would happen if every complaint joined its best candidate from there on.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn curve(examples: &[Example], predicted: &[f64]) -> Vec<CurvePoint> {
    let mut best: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for (example, weight) in examples.iter().zip(predicted) {
        let entry = best.entry(example.group).or_insert((f64::NEG_INFINITY, 0.0, 0.0));
        if *weight > entry.0 {
            (entry.0, entry.1) = (*weight, example.same);
        }
        entry.2 = entry.2.max(example.same);
    }
    let with_mate = best.values().map(|(.., mate)| *mate).sum::<f64>().max(1.0);
    let complaints = best.len().max(1) as f64;
    let mut ranked: Vec<(f64, f64)> = best.into_values().map(|(weight, right, _)| (weight, right)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut right = 0.0;
    let mut curve = Vec::with_capacity(ranked.len());
    for (count, (threshold, is_right)) in (1..).zip(ranked) {
        right += is_right;
        let count = f64::from(count);
        // Equal weights join together or not at all.
        if curve.last().is_some_and(|last: &CurvePoint| last.threshold == threshold) {
            curve.pop();
        }
        curve.push(CurvePoint {
            threshold,
            precision: right / count,
            recall: right / with_mate,
            share: count / complaints,
        });
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(columns: &[usize], same: bool, group: usize) -> Example {
        let same = f64::from(u8::from(same));
        Example { columns: columns.to_vec(), same, group, fold: u64::try_from(group).unwrap() % FOLDS }
    }

    #[test]
    fn a_level_that_tells_gets_its_weight_and_an_unseen_one_keeps_it() {
        let current = MergeSettings::default();
        let text = column_of("text", "below_0.05").unwrap();
        let examples: Vec<Example> =
            (0..400).map(|group| example(&[text + usize::from(group % 2 == 0) * 5], group % 2 == 0, group)).collect();
        let proposal = tune(&examples, &current, 0.98, 0.08);
        let weights = &proposal.settings.weights;
        let text = weights.of(Comparison::Text);
        assert!(text[5] - text[0] > 3.0, "{text:?}");
        let mark = |settings: &MergeSettings| settings.weights.of(Comparison::SourceMark).to_vec();
        assert_eq!(mark(&proposal.settings), mark(&current), "never seen");
        let total = |level: usize| proposal.settings.prior + text[level];
        // The threshold is read from predictions made with a fifth of the pairs left out.
        let threshold = proposal.settings.auto_weight;
        assert!(total(5) > threshold - 0.5 && total(0) < threshold - 2.0, "{threshold}");
        assert_eq!(proposal.examples, (400, 200.0));
        let first = proposal.curve.iter().find(|point| point.recall == 1.0).unwrap();
        assert_eq!(first.precision, 1.0);
    }
}

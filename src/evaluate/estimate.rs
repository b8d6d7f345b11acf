//! Proposing match weights without labels.
//!
//! Fellegi and Sunter's model with two classes, of pairs that are the same matter and pairs that are not, estimated by
//! expectation maximization (Dempster, Laird and Rubin, 1977; Winkler, 1988) over the pairs that blocking finds. A level has the
//! probability m among the pairs of one matter and u among the others; its match weight is log2(m / u), and the prior is
//! log2(λ / (1 − λ)) with the share λ of pairs of one matter. It begins with the weights in use, so that the first class stays
//! that of one matter.

use super::tune::{Example, Proposal, columns, propose, start, total, with_weights};
use crate::merge::{Comparison, MergeSettings};

/// Most rounds.
const ROUNDS: usize = 300;
/// Change of all weights (log2) below which the estimate stands.
const SETTLED: f64 = 1e-3;
/// Fewest pairs that have a comparison for its weights to change.
const MIN_PAIRS: f64 = 50.0;
/// Pairs added to every level of both classes, so that a level that was not seen has no infinite weight.
const SMOOTHING: f64 = 0.5;
/// Comparisons that look at the same words.
const SAME_WORDS: [Comparison; 6] = [
    Comparison::Text,
    Comparison::Containment,
    Comparison::TitleBoth,
    Comparison::TitleRest,
    Comparison::TitleRare,
    Comparison::TitleForeign,
];

/// How much of a witness each comparison is. The model takes them for independent, which they are not: their exponents in the
/// likelihood (a composite likelihood; Varin, Reid and Firth, 2011) keep it from believing too much.
#[derive(Debug, Clone, Copy)]
struct Exponents {
    same_words: f64,
    others: f64,
}

const EXPONENTS: Exponents = Exponents { same_words: 0.25, others: 0.5 };

/// Proposes settings from pairs without labels. Curve and thresholds rest on the model's own probabilities, not on anything
/// that was checked.
#[must_use]
pub fn estimate(pairs: &[Example], current: &MergeSettings, precision: f64, review_share: f64) -> Proposal {
    let (weights, chances) = maximize(pairs, start(current), EXPONENTS);
    let believed: Vec<Example> = pairs.iter().zip(&chances).map(|(pair, chance)| pair.believed(*chance)).collect();
    let predicted: Vec<f64> = pairs.iter().map(|pair| total(&weights, pair)).collect();
    propose(with_weights(current, &weights), &believed, &predicted, precision, review_share)
}

/// Weights and the chance of each pair, by turns, until they stand.
fn maximize(pairs: &[Example], mut weights: Vec<f64>, exponents: Exponents) -> (Vec<f64>, Vec<f64>) {
    let mut chances: Vec<f64> = Vec::new();
    for _ in 0..ROUNDS {
        chances = pairs.iter().map(|pair| 1.0 / (1.0 + (-total(&weights, pair)).exp2())).collect();
        let next = maximized(pairs, &chances, &weights, exponents);
        let change = next.iter().zip(&weights).map(|(next, before)| (next - before).abs()).fold(0.0, f64::max);
        weights = next;
        if change < SETTLED {
            break;
        }
    }
    (weights, chances)
}

/// The weights under which the chances are likeliest.
fn maximized(pairs: &[Example], chances: &[f64], before: &[f64], exponents: Exponents) -> Vec<f64> {
    let mut same = vec![0.0; before.len()];
    let mut other = vec![0.0; before.len()];
    for (pair, chance) in pairs.iter().zip(chances) {
        for column in pair.columns() {
            if let (Some(same), Some(other)) = (same.get_mut(*column), other.get_mut(*column)) {
                *same += chance;
                *other += 1.0 - chance;
            }
        }
    }
    let mut weights = before.to_vec();
    for (comparison, columns) in columns() {
        let start = columns.start;
        let (Some(same), Some(other)) = (same.get(columns.clone()), other.get(columns)) else { continue };
        let (all_same, all_other) = (same.iter().sum::<f64>(), other.iter().sum::<f64>());
        if all_same + all_other < MIN_PAIRS || same.len() < 2 {
            continue;
        }
        let exponent = if SAME_WORDS.contains(&comparison) { exponents.same_words } else { exponents.others };
        let count = f64::from(u32::try_from(same.len()).unwrap_or(u32::MAX));
        for ((weight, same), other) in weights.iter_mut().skip(start).zip(same).zip(other) {
            let m = (same + SMOOTHING) / (all_same + SMOOTHING * count);
            let u = (other + SMOOTHING) / (all_other + SMOOTHING * count);
            *weight = exponent * (m / u).log2();
        }
    }
    if let Some(prior) = weights.last_mut() {
        let (same, other) = (chances.iter().sum::<f64>(), chances.iter().map(|chance| 1.0 - chance).sum::<f64>());
        *prior = ((same + SMOOTHING) / (other + SMOOTHING)).log2();
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs drawn from known probabilities: their weights come out again without anybody saying which pair is which.
    #[test]
    fn known_probabilities_are_found_again() {
        let at = |comparison: Comparison| columns().find(|(known, _)| *known == comparison).unwrap().1.start;
        // For a pair of one matter, and for another: the chance that place is "same" (else "different"), topic "same", time short.
        let chances = [
            (Comparison::Place, 3, 1, 0.8, 0.02),
            (Comparison::Topic, 1, 0, 0.9, 0.3),
            (Comparison::Time, 0, 3, 0.7, 0.1),
        ];
        let mut state = 1_u64;
        let mut draw = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(u32::MAX >> 1)
        };
        let pairs: Vec<Example> = (0..20_000)
            .map(|group| {
                let same = draw() < 0.1;
                let drawn = chances.iter().map(|(comparison, yes, no, m, u)| {
                    at(*comparison) + if draw() < if same { *m } else { *u } { yes } else { no }
                });
                Example::unlabelled(drawn.collect(), group)
            })
            .collect();
        let before = start(&MergeSettings::default());
        let (found, _) = maximize(&pairs, before.clone(), Exponents { same_words: 1.0, others: 1.0 });
        for (comparison, yes, no, m, u) in chances {
            for (level, odds) in [(yes, m / u), (no, (1.0_f64 - m) / (1.0 - u))] {
                let found = found[at(comparison) + level];
                assert!((found - odds.log2()).abs() < 0.35, "{comparison:?} {level}: {found} not {}", odds.log2());
            }
        }
        let prior = found.last().unwrap();
        assert!((prior - (0.1_f64 / 0.9).log2()).abs() < 0.35, "{prior}");
        assert_eq!(found[at(Comparison::Address)], before[at(Comparison::Address)], "never seen, unchanged");
    }
}

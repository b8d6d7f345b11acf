//! What the numbers of one source look like, so that a text or a telephone is not taken for one.

use std::collections::HashSet;

/// Shapes that are kept.
const MAX_SHAPES: usize = 1_000;
/// Digits in a row from which their count is part of the shape.
const COUNTED_DIGITS: usize = 6;

/// Shapes of the numbers seen so far. Bounded by [`MAX_SHAPES`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Shapes(HashSet<Shape>);

/// Digits as 9 and letters as A, each once for a run, and how long the runs of digits are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Shape {
    signs: String,
    runs: Vec<usize>,
}

impl Shapes {
    pub(crate) fn add(&mut self, number: &str) {
        if self.0.len() < MAX_SHAPES && !number.trim().is_empty() {
            self.0.insert(Shape::of(number));
        }
    }

    pub(crate) fn fit(&self, number: &str) -> bool {
        let shape = Shape::of(number);
        !number.trim().is_empty() && (self.0.contains(&shape) || self.0.iter().any(|known| known.is_like(&shape)))
    }
}

impl Shape {
    fn of(number: &str) -> Self {
        let (mut signs, mut runs, mut last) = (String::new(), Vec::new(), None);
        for c in number.trim().chars() {
            let class = match c {
                c if c.is_ascii_digit() => '9',
                c if c.is_ascii_alphabetic() => 'A',
                c if c.is_alphabetic() => '字',
                c => c,
            };
            match (class, last) {
                ('9', Some('9')) => runs.last_mut().into_iter().for_each(|run| *run += 1),
                ('9', _) => runs.push(1),
                _ => {}
            }
            if last != Some(class) {
                signs.push(class);
            }
            last = Some(class);
        }
        Self { signs, runs }
    }

    /// Long runs of digits have the same length, or one more: a counter goes from 99999 to 100000.
    fn is_like(&self, other: &Self) -> bool {
        let run = |(a, b): (&usize, &usize)| (*a).max(*b) < COUNTED_DIGITS || a.abs_diff(*b) <= 1;
        self.signs == other.signs && self.runs.iter().zip(&other.runs).all(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_and_a_text_are_no_numbers_of_the_source() {
        let mut shapes = Shapes::default();
        for number in ["20261121000123", "MS-1"] {
            shapes.add(number);
        }
        assert!(shapes.fit("20261121000999") && shapes.fit("MS-12"));
        assert!(["13800001111", "路灯不亮", "", "1", "202611210001"].iter().all(|other| !shapes.fit(other)));
        shapes.add("RC-2026-99999");
        assert!(shapes.fit("RC-2026-100000"));
    }
}

//! What the numbers of one source look like, so that a text or a telephone is not taken for one.

use std::collections::HashSet;

/// Shapes that are kept.
const MAX_SHAPES: usize = 1_000;
/// Digits in a row from which their count is part of the shape.
const COUNTED_DIGITS: usize = 6;

/// Shapes of the numbers seen so far. Bounded by [`MAX_SHAPES`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Shapes(HashSet<String>);

impl Shapes {
    pub(crate) fn add(&mut self, number: &str) {
        if self.0.len() < MAX_SHAPES && !number.trim().is_empty() {
            self.0.insert(shape(number));
        }
    }

    pub(crate) fn fit(&self, number: &str) -> bool {
        !number.trim().is_empty() && self.0.contains(&shape(number))
    }
}

/// Digits as 9 and letters as A, each once for a run, long runs of digits with their count.
fn shape(number: &str) -> String {
    let (mut shape, mut digits, mut last) = (String::new(), 0, None);
    let count = |digits: usize| if digits >= COUNTED_DIGITS { digits.to_string() } else { String::new() };
    for c in number.trim().chars() {
        let class = match c {
            c if c.is_ascii_digit() => '9',
            c if c.is_ascii_alphabetic() => 'A',
            c if c.is_alphabetic() => '字',
            c => c,
        };
        if class != '9' {
            shape.push_str(&count(std::mem::take(&mut digits)));
        } else {
            digits += 1;
        }
        if last != Some(class) {
            shape.push(class);
        }
        last = Some(class);
    }
    shape + &count(digits)
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
        assert!(["13800001111", "路灯不亮", "", "1", "2026112100012"].iter().all(|other| !shapes.fit(other)));
    }
}

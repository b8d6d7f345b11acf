//! Numbers that a spreadsheet rounded before it wrote them to a CSV file: it keeps 15 digits and writes zeros for the rest.
//!
//! A column is rounded when every number of 16 digits or more in the beginning of the file has nothing but zeros from the 16th digit on, and
//! these are [`MIN_ZEROS`] or more over its rows: by chance that is one file of a hundred at most, and a single number that ends in one zero
//! is believed.

use std::collections::HashSet;

/// Digits that a spreadsheet keeps.
const KEPT_DIGITS: usize = 15;
/// Zeros behind the kept digits, over all rows, that are no chance any more.
const MIN_ZEROS: usize = 2;

/// What the long numbers of a column have in common.
#[derive(Debug, Default)]
pub(super) struct Rounding {
    rows: HashSet<Vec<String>>,
    zeros: usize,
    /// Whether a number has another digit behind the kept ones.
    exact: bool,
}

impl Rounding {
    /// Takes a row by its number; the same row once more says nothing.
    pub(super) fn see(&mut self, number: &str, cells: &[String]) {
        let Some(tail) = tail(number) else { return };
        if !self.rows.insert(cells.to_vec()) {
            return;
        }
        self.exact |= tail.bytes().any(|digit| digit != b'0');
        self.zeros += tail.len();
    }

    pub(super) fn is_rounded(&self) -> bool {
        !self.exact && self.zeros >= MIN_ZEROS
    }
}

/// Whether a number has zeros only where rounding puts them.
pub(super) fn ends_rounded(number: &str) -> bool {
    tail(number).is_some_and(|tail| tail.bytes().all(|digit| digit == b'0'))
}

/// What stands behind the kept digits of a long number.
fn tail(number: &str) -> Option<&str> {
    let number = number.trim();
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.get(KEPT_DIGITS..).filter(|tail| !tail.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_rounded(numbers: &[&str]) -> bool {
        let mut rounding = Rounding::default();
        for (row, number) in numbers.iter().enumerate() {
            rounding.see(number, &[row.to_string()]);
        }
        rounding.is_rounded()
    }

    #[test]
    fn zeros_in_every_row_are_rounding_and_one_alone_is_a_digit() {
        assert!(is_rounded(&["202611210001234000"]) && is_rounded(&["2026112100012340", "2026112100012350"]));
        assert!(is_rounded(&["20261121000123400", "12", "受理"]));
        assert!(!is_rounded(&["2026112100012340"]) && !is_rounded(&["2026112100012340", "2026112100012341"]));
        assert!(!is_rounded(&["20261121000100", "202611210001000"]) && !is_rounded(&["XF202611210001230000"]));
    }
}

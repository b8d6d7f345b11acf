//! What everybody is told of open matters near a point before reporting one more: how many there are of a kind, and nothing else.

use std::collections::BTreeMap;

use crate::complaint::Point;

/// An open matter of which everybody may know that there is one of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenMatter {
    /// Category code.
    pub category: String,
    /// Where it is.
    pub at: Point,
}

/// How many of these kinds are within some metres of a point, by their category codes.
#[must_use]
pub fn nearby(matters: &[OpenMatter], (point, metres): (Point, u32), only: &[String]) -> BTreeMap<String, usize> {
    let is_near =
        |matter: &&OpenMatter| only.contains(&matter.category) && point.metres_to(matter.at) <= f64::from(metres);
    let mut counts = BTreeMap::new();
    for matter in matters.iter().filter(is_near) {
        *counts.entry(matter.category.clone()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_kinds_within_the_distance_are_counted() {
        let at = |lat, lng| Point { lat, lng };
        let matter = |category: &str, at| OpenMatter { category: category.to_owned(), at };
        let here = at(28.43, 104.71);
        let matters = [
            matter("lamp", here),
            matter("lamp", at(28.430_5, 104.71)),
            matter("lamp", at(28.44, 104.71)),
            matter("violence", here),
        ];
        let only = ["lamp".to_owned(), "water".to_owned()];
        assert_eq!(nearby(&matters, (here, 100), &only), BTreeMap::from([("lamp".to_owned(), 2)]));
        assert_eq!(nearby(&matters, (here, 5_000), &only), BTreeMap::from([("lamp".to_owned(), 3)]));
    }
}

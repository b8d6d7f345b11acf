//! Rows of a part of a step as columns, of which one statement makes rows again.

use std::collections::HashMap;
use std::hash::Hash;

use tokio_postgres::types::ToSql;

/// The rows of a part, in their order.
pub(super) fn every<T>(rows: &[T]) -> Vec<&T> {
    rows.iter().collect()
}

/// The rows of a part by turns: in each turn a key is there once, and turns have the order of the rows. A statement concerns a row once.
pub(super) fn turns<T, K: Hash + Eq>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<Vec<&T>> {
    let (mut turns, mut seen): (Vec<Vec<&T>>, HashMap<K, usize>) = (Vec::new(), HashMap::new());
    for row in rows {
        let turn = seen.entry(key(row)).or_default();
        match turns.get_mut(*turn) {
            Some(others) => others.push(row),
            None => turns.push(vec![row]),
        }
        *turn += 1;
    }
    turns
}

/// One column of some rows.
pub(super) fn column<'a, R: 'a, T: ToSql + Sync + 'a>(
    rows: &[&'a R],
    cell: impl Fn(&'a R) -> T,
) -> Box<dyn ToSql + Sync + 'a> {
    Box::new(rows.iter().map(|row| cell(row)).collect::<Vec<T>>())
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn a_key_that_comes_again_waits_for_the_next_turn() {
        let rows = [("a", 1), ("b", 2), ("a", 3), ("a", 4), ("c", 5)];
        let found: Vec<Vec<i32>> =
            turns(&rows, |row| row.0).into_iter().map(|turn| turn.into_iter().map(|row| row.1).collect()).collect();
        assert_eq!(found, [vec![1, 2, 5], vec![3], vec![4]]);
    }
}

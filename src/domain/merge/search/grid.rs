//! The grid in which complaints are found by their points.

use super::super::reading::mix;
use super::postings::low;
use crate::complaint::Point;

/// Side of a cell of the grid in which points are found, in degrees: about 220 m from south to north.
const CELL_DEGREES: f64 = 0.002;

/// The cell of a point: rows from south to north, columns from west to east.
#[expect(clippy::cast_possible_truncation, reason = "degrees over a small step fit into 32 bits")]
pub(super) fn cell(point: Point) -> (i32, i32) {
    ((point.lat / CELL_DEGREES).floor() as i32, (point.lng / CELL_DEGREES).floor() as i32)
}

pub(super) fn cell_key((row, column): (i32, i32)) -> u32 {
    low(mix((u64::from(row.cast_unsigned()) << 32) | u64::from(column.cast_unsigned())))
}

//! Charts of a page, as SVG without scripts, fonts and styles: bars side by side for those who are compared, columns for what passes.
//!
//! A chart is as wide as a telephone; a page puts several beside each other.

use std::io::Error;

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{
    Color as _, DrawingArea, IntoDrawingArea as _, IntoFont as _, RGBColor, Rectangle, SVGBackend, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Width of a chart in pixels.
const WIDTH: i32 = 380;
/// Height of a bar with the space around it.
const ROW: i32 = 26;
/// Half the thickness of a bar.
const HALF_BAR: i32 = 8;
/// Where bars begin.
const BARS_FROM: i32 = 138;
/// Where the longest bar ends.
const BARS_TO: i32 = 322;
/// Space between a bar and the texts beside it.
const GAP: i32 = 6;
/// Most room for a label in half-width characters.
const LABEL_UNITS: usize = 20;
/// Height of a chart of columns.
const HEIGHT: i32 = 170;
/// Where columns stand.
const FOOT: i32 = HEIGHT - 24;
/// Where the highest column ends.
const TOP: i32 = 22;
/// Room for the label of a column.
const COLUMN_LABEL: i32 = 54;
/// Size of texts.
const TEXT: i32 = 13;

const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const AXIS: RGBColor = RGBColor(0xb8, 0xc0, 0xc8);

/// A drawing could not be finished.
pub(super) type Failed = DrawingAreaErrorKind<Error>;
type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What a bar says by its colour; its text says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    /// Nothing in particular.
    Plain,
    /// It has reached what is aimed at.
    Good,
    /// It is among those that are named.
    Bad,
}

impl Tint {
    fn color(self) -> RGBColor {
        match self {
            Self::Plain => RGBColor(0x2f, 0x6f, 0xb0),
            Self::Good => RGBColor(0x2e, 0x8b, 0x57),
            Self::Bad => RGBColor(0xb3, 0x2d, 0x2d),
        }
    }
}

/// One bar or column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    /// Whose it is.
    pub label: String,
    /// How long it is.
    pub value: f64,
    /// Its value as people read it.
    pub shown: String,
    /// Its colour.
    pub tint: Tint,
}

/// Bars below each other, in their order.
pub(super) fn ranked(bars: &[Bar]) -> Result<String, Failed> {
    let height = i32::try_from(bars.len()).unwrap_or(i32::MAX).saturating_mul(ROW).saturating_add(GAP);
    draw(height, |sheet| {
        let most = most(bars);
        for (bar, row) in bars.iter().zip(0..) {
            let y = GAP / 2 + row * ROW + ROW / 2;
            let end = BARS_FROM + part_of(bar.value, most, BARS_TO - BARS_FROM);
            text(sheet, &cut(&bar.label), (BARS_FROM - GAP, y), HPos::Right)?;
            fill(sheet, [(BARS_FROM, y - HALF_BAR), (end, y + HALF_BAR)], bar.tint.color())?;
            text(sheet, &bar.shown, (end + GAP, y), HPos::Left)?;
        }
        fill(sheet, [(BARS_FROM - 1, 0), (BARS_FROM, height)], AXIS)
    })
}

/// Columns beside each other, in their order.
pub(super) fn columns(bars: &[Bar]) -> Result<String, Failed> {
    draw(HEIGHT, |sheet| {
        let most = most(bars);
        let count = i32::try_from(bars.len()).unwrap_or(i32::MAX).max(1);
        let slot = (WIDTH / count).max(2);
        // As many have their label as have room for it; the last one always.
        let every = (COLUMN_LABEL / slot) + 1;
        for (bar, at) in bars.iter().zip(0..) {
            let (left, middle) = (at * slot, at * slot + slot / 2);
            let half = (slot * 3 / 8).clamp(1, 24);
            let top = FOOT - part_of(bar.value, most, FOOT - TOP);
            fill(sheet, [(middle - half, top), (middle + half, FOOT)], bar.tint.color())?;
            if (count - 1 - at) % every == 0 {
                let side = if every == 1 { HPos::Center } else { HPos::Right };
                let x = if every == 1 { middle } else { (left + slot).max(COLUMN_LABEL) };
                text(sheet, &bar.label, (x, FOOT + 12), side)?;
                text(sheet, &bar.shown, (x, top - 9), side)?;
            }
        }
        fill(sheet, [(0, FOOT), (WIDTH, FOOT + 1)], AXIS)
    })
}

fn draw(height: i32, with: impl FnOnce(&Sheet<'_>) -> Result<(), Failed>) -> Result<String, Failed> {
    let mut svg = String::new();
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let sheet = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        with(&sheet)?;
        sheet.present()?;
    }
    Ok(svg)
}

fn fill(sheet: &Sheet<'_>, corners: [(i32, i32); 2], color: RGBColor) -> Result<(), Failed> {
    sheet.draw(&Rectangle::new(corners, color.filled()))
}

fn text(sheet: &Sheet<'_>, text: &str, at: (i32, i32), side: HPos) -> Result<(), Failed> {
    let style: TextStyle<'_> = ("sans-serif", TEXT).into_font().color(&INK);
    sheet.draw_text(text, &style.pos(Pos::new(side, VPos::Center)), at)
}

fn most(bars: &[Bar]) -> f64 {
    bars.iter().map(|bar| bar.value).fold(0.0, f64::max)
}

/// The pixels of a value if the largest has `pixels`; none of one below zero.
#[expect(clippy::cast_possible_truncation, reason = "a part of a few hundred pixels")]
fn part_of(value: f64, most: f64, pixels: i32) -> i32 {
    if most > 0.0 { (value.max(0.0) / most * f64::from(pixels)).round() as i32 } else { 0 }
}

/// A label that has room beside a bar.
fn cut(label: &str) -> String {
    let units = |one: char| if one.is_ascii() { 1 } else { 2 };
    if label.chars().map(units).sum::<usize>() <= LABEL_UNITS {
        return label.to_owned();
    }
    let mut room = LABEL_UNITS - 2;
    let fits = label.chars().take_while(|one| {
        let left = room.checked_sub(units(*one));
        room = left.unwrap_or(0);
        left.is_some()
    });
    fits.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: f64) -> Bar {
        Bar { label: label.to_owned(), value, shown: value.to_string(), tint: Tint::Plain }
    }

    fn widths(svg: &str) -> Vec<&str> {
        let bars = svg.lines().filter(|line| line.contains("#2F6FB0"));
        bars.filter_map(|line| line.split("width=\"").nth(1)?.split('"').next()).collect()
    }

    #[test]
    fn bars_are_as_long_as_their_values_and_names_cannot_leave_their_place() {
        let svg = ranked(&[bar("<城管&执法>", 4.0), bar("乙", 1.0), bar("丙", -2.0)]).unwrap();
        let full = (BARS_TO - BARS_FROM).to_string();
        let quarter = ((BARS_TO - BARS_FROM) as f64 / 4.0).round().to_string();
        assert_eq!(widths(&svg), [full.as_str(), quarter.as_str(), "0"]);
        assert!(svg.contains("&lt;城管&amp;执法&gt;") && !svg.contains("<城管"), "{svg}");
        assert!(!svg.contains("style=") && !svg.contains("<script"), "{svg}");
    }

    #[test]
    fn nothing_to_compare_is_drawn_too() {
        assert_eq!(widths(&ranked(&[bar("甲", 0.0)]).unwrap()), ["0"]);
        assert!(columns(&[]).unwrap().contains("</svg>"));
    }

    #[test]
    fn of_many_columns_some_have_labels_and_the_last_one_has() {
        let bars: Vec<Bar> = (1..=31).map(|day| bar(&format!("11-{day:02}"), f64::from(day))).collect();
        let svg = columns(&bars).unwrap();
        let labels: Vec<&str> = svg.lines().map(str::trim).filter(|line| line.starts_with("11-")).collect();
        assert!((4..=10).contains(&labels.len()) && labels.last() == Some(&"11-31"), "{labels:?}");
        let few = columns(&bars[..3]).unwrap();
        assert_eq!(few.lines().filter(|line| line.starts_with("11-")).count(), 3);
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(cut("综合行政执法局"), "综合行政执法局");
        assert_eq!(cut("荣成市城市建设投资集团有限公司"), "荣成市城市建设投资…");
        assert_eq!(cut("urban-management-00001"), "urban-management-0…");
    }
}

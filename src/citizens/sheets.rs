//! Sheets to print and cut: the points of a form with their QR codes, as SVG of the size of A4 paper, in millimetres.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// The paper.
const PAGE_MM: (f64, f64) = (210.0, 297.0);
/// What printers leave white.
const MARGIN_MM: f64 = 10.0;
/// White around a code, in modules (ISO/IEC 18004).
const QUIET: f64 = 4.0;
/// Heights of the lines below a code, in millimetres.
const LINE_MM: f64 = 5.0;
/// Lines below a code: name, address, code, what to do.
const LINES: f64 = 4.0;
/// Most characters of a line.
const MAX_LINE_CHARS: usize = 22;

/// A point on a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sticker {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// How a sheet looks.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Where the pages are reached, e.g. `https://city.example`; without a slash at its end.
    pub address: String,
    /// What stands below each code: what it is for.
    pub hint: String,
    /// Codes beside each other, at least 1.
    pub columns: usize,
    /// Codes below each other, at least 1.
    pub rows: usize,
}

impl Sheet {
    /// How many points a sheet has.
    #[must_use]
    pub fn room(&self) -> usize {
        self.columns.max(1) * self.rows.max(1)
    }

    /// The address behind a point's code.
    #[must_use]
    pub fn address_of(&self, sticker: &Sticker) -> String {
        format!("{}/f/{}", self.address, sticker.code)
    }

    /// One sheet with as many of these points as it has room for; none where an address is longer than a QR code can be.
    #[must_use]
    pub fn draw(&self, stickers: &[Sticker]) -> Option<String> {
        let (width, height) = PAGE_MM;
        let number = |count: usize| u32::try_from(count.max(1)).map_or(1.0, f64::from);
        let cell = ((width - 2.0 * MARGIN_MM) / number(self.columns), (height - 2.0 * MARGIN_MM) / number(self.rows));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\" text-anchor=\"middle\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
        );
        for (place, sticker) in stickers.iter().take(self.room()).enumerate() {
            let (column, row) = (place % self.columns.max(1), place / self.columns.max(1));
            let at = |index: usize, size: f64| MARGIN_MM + u32::try_from(index).map_or(0.0, f64::from) * size;
            self.sticker(&mut svg, sticker, (at(column, cell.0), at(row, cell.1)), cell)?;
        }
        svg.push_str("</svg>\n");
        Some(svg)
    }

    fn sticker(
        &self,
        svg: &mut String,
        sticker: &Sticker,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
    ) -> Option<()> {
        let code = QrCode::with_error_correction_level(self.address_of(sticker), EcLevel::M).ok()?;
        let modules = u32::try_from(code.width()).map_or(1.0, f64::from) + 2.0 * QUIET;
        let size = (height - LINES * LINE_MM - 4.0).min(width - 4.0).max(1.0);
        let (scale, left) = (size / modules, x + (width - size) / 2.0);
        let path = path(&code);
        let top = y + 2.0;
        writeln!(
            svg,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"none\" stroke=\"#bbb\" stroke-width=\"0.2\" stroke-dasharray=\"2 2\"/>\
             <path transform=\"translate({left:.3} {top:.3}) scale({scale:.5}) translate({QUIET} {QUIET})\" d=\"{path}\"/>"
        )
        .ok()?;
        let (middle, below) = (x + width / 2.0, top + size);
        let lines = [(&sticker.name, 4.2), (&sticker.address, 3.2), (&sticker.code, 3.6), (&self.hint, 3.2)];
        for (number, (text, font)) in lines.into_iter().enumerate() {
            let down = below + LINE_MM * (u32::try_from(number).map_or(0.0, f64::from) + 0.8);
            writeln!(svg, "<text x=\"{middle:.2}\" y=\"{down:.2}\" font-size=\"{font}\">{}</text>", shown(text))
                .ok()?;
        }
        Some(())
    }
}

/// The dark modules of a code as a path of rectangles, one for each run of a row.
fn path(code: &QrCode) -> String {
    let width = code.width();
    let modules = code.to_colors();
    let mut path = String::new();
    for (row, modules) in modules.chunks(width.max(1)).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                path.push_str(&format!("M{column} {row}h{0}v1h-{0}z", run.len()));
            }
            column += run.len();
        }
    }
    path
}

/// A line as it stands in SVG, bounded.
fn shown(text: &str) -> String {
    let mut line = String::new();
    for char in text.chars().filter(|char| !char.is_control()).take(MAX_LINE_CHARS) {
        match char {
            '&' => line.push_str("&amp;"),
            '<' => line.push_str("&lt;"),
            '>' => line.push_str("&gt;"),
            other => line.push(other),
        }
    }
    if text.chars().count() > MAX_LINE_CHARS {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet { address: "https://city.example".to_owned(), hint: "扫码反映".to_owned(), columns: 2, rows: 2 }
    }

    fn sticker(code: &str) -> Sticker {
        Sticker {
            code: code.to_owned(), name: "金河<社区>&便民点".to_owned(), address: "金河路1号".to_owned()
        }
    }

    /// The modules of a path, as they are drawn.
    fn dark(path: &str) -> std::collections::BTreeSet<(usize, usize)> {
        let numbers = |run: &str| -> Vec<usize> {
            let words = run.split(|char: char| !char.is_ascii_digit()).filter(|word| !word.is_empty());
            words.map(|word| word.parse().unwrap()).collect()
        };
        let runs = path.split('M').filter(|run| !run.is_empty()).map(numbers);
        runs.flat_map(|run| (run[0]..run[0] + run[2]).map(move |column| (column, run[1]))).collect()
    }

    #[test]
    fn the_drawn_modules_are_those_of_the_code() {
        let sheet = sheet();
        let code = QrCode::with_error_correction_level(sheet.address_of(&sticker("GX-1")), EcLevel::M).unwrap();
        let expected = (0..code.width()).flat_map(|x| (0..code.width()).map(move |y| (x, y)));
        let expected = expected.filter(|(x, y)| code[(*x, *y)] == Color::Dark).collect();
        assert_eq!(dark(&path(&code)), expected);
        assert_eq!(sheet.address_of(&sticker("GX-1")), "https://city.example/f/GX-1");
    }

    #[test]
    fn a_sheet_has_room_for_so_many_and_shows_what_tables_say_as_text() {
        let stickers: Vec<Sticker> = (0..6).map(|number| sticker(&format!("GX-{number}"))).collect();
        let drawn = sheet().draw(&stickers).unwrap();
        assert_eq!((drawn.matches("<path").count(), drawn.matches("扫码反映").count()), (4, 4));
        assert!(drawn.contains("金河&lt;社区&gt;&amp;便民点") && drawn.contains(">GX-3<") && !drawn.contains(">GX-4<"));
        let long = Sheet { address: "x".repeat(5_000), ..sheet() };
        assert_eq!(long.draw(&stickers), None);
    }
}

//! Printing for people: the only place that writes to the terminal.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line. A reader that went away (`| head`) is no error.
pub(super) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Prints a problem on the error stream.
pub(super) fn problem(text: &str) {
    drop(writeln!(std::io::stderr(), "{}", paint(text, "31", std::io::stderr().is_terminal())));
}

/// Prints a note on the error stream.
pub(super) fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// A table with headings; Chinese is aligned.
pub(super) fn table(headings: &[&str], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width());
    table.set_header(headings.iter().map(ToString::to_string).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row);
    }
    line(&table.to_string());
}

/// A bar for work whose length is known; it shows on a terminal only.
pub(super) fn progress(steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Width of the terminal by the environment variable COLUMNS, else 140.
fn width() -> u16 {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(140)
}

/// Text in a color (SGR code) on a terminal, plain elsewhere.
pub(super) fn color(text: &str, code: &str) -> String {
    paint(text, code, std::io::stdout().is_terminal())
}

fn paint(text: &str, code: &str, terminal: bool) -> String {
    if terminal { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

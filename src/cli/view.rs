//! Printing for people: the only place that writes to the terminal.

mod table;
mod time;

pub(super) use table::table;
pub(super) use time::{seconds, time};

use std::io::{IsTerminal, Write as _};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::event::{PollFd, PollFlags, poll};

/// Columns where nothing is known of the terminal.
const WIDTH: u16 = 140;
/// Fewer columns than these are not believed.
const LEAST_WIDTH: u16 = 20;

/// How a program ends that a broken pipe has ended, as a shell shows it (128 and SIGPIPE).
const BROKEN_PIPE: i32 = 141;

/// How a program ends whose answer could not be written.
const NOT_WRITTEN: i32 = 1;

/// Prints a line. Where its reader has gone away (`| head`) the program ends, as others do.
pub(super) fn line(text: &str) {
    // What is written may stay in the buffer; the reader is asked at each line.
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => end_of_reader(),
        Err(error) => {
            // What was asked for did not arrive: that is no success.
            problem(&super::cause::text(&error));
            std::process::exit(NOT_WRITTEN);
        }
    }
}

/// Ends the program quietly: nobody reads what it says.
fn end_of_reader() -> ! {
    std::process::exit(BROKEN_PIPE)
}

/// Ends the program when the reader of its standard output goes away, also while there is nothing to say. Where that is no pipe
/// nothing happens.
///
/// # Errors
/// The machine gives no thread.
pub(super) fn end_with_reader() -> std::io::Result<()> {
    let wait = || {
        let out = std::io::stdout();
        // Nothing is waited for but what is always told: the other end is closed.
        let mut watched = [PollFd::new(&out, PollFlags::empty())];
        if poll(&mut watched, None).is_ok_and(|ended| ended > 0) {
            end_of_reader();
        }
    };
    std::thread::Builder::new().name("reader".to_owned()).spawn(wait).map(drop)
}

/// Prints a problem on the error stream.
pub(super) fn problem(text: &str) {
    drop(writeln!(std::io::stderr(), "{}", paint(text, "31", is_colored(&std::io::stderr()))));
}

/// Prints a note on the error stream.
pub(super) fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// A sign that work of unknown length goes on; it shows on a terminal only.
pub(super) fn spinner() -> ProgressBar {
    shown(ProgressBar::new_spinner())
}

/// A bar is drawn over itself: not on a terminal that cannot go back in its line.
fn shown(bar: ProgressBar) -> ProgressBar {
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

/// A bar for work whose length is known; it shows on a terminal only.
pub(super) fn progress(steps: usize) -> ProgressBar {
    let bar = shown(ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX)));
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Columns of the terminal: the environment variable COLUMNS, else what the terminal says, else 140.
pub(super) fn width() -> u16 {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let seen = || Term::stdout().size_checked().map(|(_rows, columns)| columns);
    asked.or_else(seen).unwrap_or(WIDTH).max(LEAST_WIDTH)
}

/// Text in a color (SGR code) on a terminal, plain elsewhere.
pub(super) fn color(text: &str, code: &str) -> String {
    paint(text, code, is_colored(&std::io::stdout()))
}

/// Whether colors are shown there: on a terminal that knows them, unless `NO_COLOR` is set (<https://no-color.org>).
pub(super) fn is_colored(stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    stream.is_terminal() && wants_color(&set("NO_COLOR"), &set("TERM"))
}

fn wants_color(no_color: &str, term: &str) -> bool {
    no_color.is_empty() && term != "dumb"
}

fn paint(text: &str, code: &str, colored: bool) -> String {
    if colored { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_for_those_who_want_them() {
        assert!(wants_color("", "xterm") && wants_color("", ""));
        assert!(!wants_color("1", "xterm") && !wants_color("", "dumb"));
    }
}

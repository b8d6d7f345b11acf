//! Numbers of complaints, as their source gives them: marks that only protect or hide are taken off, and what cannot be a number
//! of one complaint is doubtful. Used for the number of a complaint, for the one a follow-up is about, and for those that
//! sources ask about.

mod doubt;
mod patterns;
mod shapes;

use huiliu_expression::{halfwidth, is_error_cell, is_invisible};

use crate::complaint::MAX_FIELD_CHARS;

pub use doubt::Doubt;
pub(super) use shapes::personal;

/// The number without spreadsheets' protecting marks (`="…"`, a leading apostrophe), without invisible characters, tabs and
/// no-break spaces, and without the `.0` of a numeric cell. Leading zeros stay. Empty when there is nothing else.
#[must_use]
pub fn bare(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|c| !(is_invisible(*c) || c.is_control() || matches!(c, '\u{A0}' | '\u{200C}' | '\u{200D}')))
        .collect();
    let mut number = seen.trim();
    loop {
        let quoted = number.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(number);
        let inside = quoted.trim_start_matches(['\'', '‘', '’', '`', '＇']).trim();
        if inside == number {
            break;
        }
        number = inside;
    }
    if let Some(whole) = number.strip_suffix(".0")
        && whole.len() <= EXACT_DIGITS
        && !whole.is_empty()
        && whole.bytes().all(|byte| byte.is_ascii_digit())
    {
        number = whole;
    }
    number.to_owned()
}

/// Digits that a numeric cell keeps.
const EXACT_DIGITS: usize = 15;

/// The number of one complaint, or why it is none. `headings` are the names of the record's own members: a row that repeats
/// them is a heading. `None` is no text at all.
///
/// # Errors
/// The first [`Doubt`].
pub fn read<'a>(text: &str, headings: impl IntoIterator<Item = &'a str>) -> Result<Option<String>, Doubt> {
    let number = bare(text);
    if number.is_empty() {
        return Ok(None);
    }
    if number.contains('\u{FFFD}') {
        return Err(Doubt::Unreadable);
    }
    if number.chars().count() > MAX_FIELD_CHARS {
        return Err(Doubt::Long);
    }
    // Looked at in half-width forms; kept as it is written.
    let seen = halfwidth(&number);
    if is_error_cell(&seen) {
        return Err(Doubt::ErrorCell);
    }
    if !seen.chars().any(char::is_alphanumeric) {
        return Err(Doubt::Nothing);
    }
    if headings.into_iter().any(|heading| bare(heading) == number && !number.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(Doubt::Heading);
    }
    match patterns::doubt(&seen).or_else(|| shapes::doubt(&seen, &halfwidth(text))) {
        Some(doubt) => Err(doubt),
        None => Ok(Some(number)),
    }
}

#[cfg(test)]
mod tests;

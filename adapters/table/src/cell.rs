//! What a cell says: protecting marks, error values and invisible characters are taken off.

pub(crate) mod number_format;
pub(crate) mod shown;

/// What cells hold where there is nothing: errors of spreadsheets, columns too narrow, and how databases write "no value".
const NOTHING: [&str; 15] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
    "#FIELD!",
    "NULL",
    "(null)",
    "\\N",
    "#N/A N/A",
];
/// Longest text that is looked at as a number, in characters.
const MAX_NUMBER_CHARS: usize = 64;

/// The text of a cell as it is meant.
pub(crate) fn meant(cell: &str) -> String {
    let cell = cell.trim_start_matches('\u{FEFF}');
    let bare = cell.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if NOTHING.contains(&bare) || (bare.len() >= 3 && bare.chars().all(|c| c == '#')) {
        return String::new();
    }
    let inner = unprotected(bare);
    if inner.chars().count() <= MAX_NUMBER_CHARS {
        let visible: String = inner.chars().filter(|c| !is_invisible(*c)).collect();
        let compact = visible.trim();
        if looks_like_number(compact) {
            return compact.to_owned();
        }
    }
    if inner.len() == bare.len() { cell.to_owned() } else { inner.to_owned() }
}

/// Without `="…"`, and without an apostrophe before digits: marks that keep spreadsheets from taking a number for one.
fn unprotected(text: &str) -> &str {
    let formula =
        text.strip_prefix('=').map(str::trim_start).and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'));
    if let Some(inner) = formula {
        return inner.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    }
    let apostrophe = text.strip_prefix(['\'', '’', '‘', '`']).map(|rest| rest.trim_end_matches(['\'', '’']));
    match apostrophe {
        Some(inner) if looks_like_number(inner.trim()) => inner.trim(),
        _ => text,
    }
}

/// Digits, and what stands in numbers, codes and times.
fn looks_like_number(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-./:()_ ".contains(c);
    text.chars().any(|c| c.is_ascii_digit()) && text.chars().all(fits)
}

/// Characters without a picture: zero width, directions, soft hyphen, byte order mark, no-break space.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}' | '\u{A0}'
        | '\u{180E}' | '\u{FE0E}' | '\u{FE0F}')
        || (c.is_control() && c != '\n' && c != '\r' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_numbers_are_bare() {
        for cell in [
            "=\"20261121000123\"",
            "'20261121000123",
            "\t20261121000123",
            "20261121000123\t",
            "\u{200B}20261121000123",
            "2026\u{200E}1121000123",
            "\u{FEFF}20261121000123",
            "\u{A0}20261121000123\u{A0}",
            "= \"20261121000123\"",
            "’20261121000123",
            "\u{202D}20261121000123\u{202C}",
            "'20261121000123'",
        ] {
            assert_eq!(meant(cell), "20261121000123", "{cell:?}");
        }
        assert_eq!(meant("2026-11-21 09:12:00"), "2026-11-21 09:12:00");
        assert_eq!(meant("'SH2026112100001"), "SH2026112100001");
    }

    #[test]
    fn texts_stay_as_they_are() {
        for cell in
            ["'好'字牌坏了", "=1+1等于几", " 文化路路灯\n不亮 ", "“路灯”不亮", "王某👨\u{200D}👩", "#1楼", "null"]
        {
            assert_eq!(meant(cell), cell, "{cell:?}");
        }
        assert_eq!(meant("=\"路灯不亮\""), "路灯不亮");
    }

    #[test]
    fn what_says_nothing_is_empty() {
        for cell in ["#N/A", " #REF! ", "#########", "NULL", "\\N", "#DIV/0!", "\u{200B}"] {
            assert!(meant(cell).trim_matches(is_invisible).is_empty(), "{cell:?}");
        }
    }
}

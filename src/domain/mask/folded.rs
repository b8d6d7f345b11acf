//! A text in which every character of a number has one form: full-width letters and digits, and the many dashes and dots, are
//! those of ASCII. Places lead back to the text as it was written.

use std::ops::Range;

/// The folded text.
pub(super) struct Folded {
    /// As many characters as the original has.
    pub text: String,
    /// For each byte of `text` and its end, the place in the original; empty where both are the same.
    places: Vec<usize>,
}

impl Folded {
    pub(super) fn new(original: &str) -> Self {
        if original.chars().all(|c| fold(c) == c) {
            return Self { text: original.to_owned(), places: Vec::new() };
        }
        let mut text = String::with_capacity(original.len());
        let mut places = Vec::with_capacity(original.len() + 1);
        for (place, c) in original.char_indices() {
            let folded = fold(c);
            text.push(folded);
            places.resize(places.len() + folded.len_utf8(), place);
        }
        places.push(original.len());
        Self { text, places }
    }

    /// A range of the folded text in the original.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize| if self.places.is_empty() { at } else { self.places.get(at).copied().unwrap_or(at) };
        place(range.start)..place(range.end)
    }

    /// The folded text of a range.
    pub(super) fn get(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

fn fold(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        // Digits of other scripts: Arabic-Indic, Persian, Devanagari.
        '\u{660}'..='\u{669}' => ascii_digit(c, 0x660),
        '\u{6F0}'..='\u{6F9}' => ascii_digit(c, 0x6F0),
        '\u{966}'..='\u{96F}' => ascii_digit(c, 0x966),
        '\u{3000}' | '\u{A0}' | '\t' => ' ',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' => '-',
        '·' | '•' | '・' | '‧' | '∙' => '.',
        '●' | '×' | '✱' | '﹡' => '*',
        _ => c,
    }
}

/// The digit of ASCII of one in a block that begins with its zero.
fn ascii_digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c).saturating_sub(zero), 10).unwrap_or(c)
}

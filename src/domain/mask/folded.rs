//! A text in which every character of a number has one form: full-width letters and digits, and the many dashes and dots, are
//! those of ASCII. Places lead back to the text as it was written.

use std::ops::Range;

use huiliu_expression::is_invisible;

/// The folded text.
pub(super) struct Folded {
    /// The characters of the original, or what stands for them.
    pub text: String,
    /// For each byte of `text` and its end, the place in the original; empty where both are the same.
    places: Vec<usize>,
}

impl Folded {
    /// One spelling for what looks the same; as many characters as the original has.
    pub(super) fn new(original: &str) -> Self {
        Self::of(original, |c| Some(fold(c)))
    }

    /// What is seen of a text: marks that show nothing stand in the middle of numbers and names, and hide them from nobody.
    pub(super) fn seen(original: &str) -> Self {
        Self::of(original, |c| {
            let is_hidden =
                is_invisible(c) || matches!(c, '\u{200C}' | '\u{200D}') || (c.is_control() && !c.is_whitespace());
            (!is_hidden).then_some(c)
        })
    }

    fn of(original: &str, becomes: impl Fn(char) -> Option<char>) -> Self {
        if original.chars().all(|c| becomes(c) == Some(c)) {
            return Self { text: original.to_owned(), places: Vec::new() };
        }
        let mut text = String::with_capacity(original.len());
        let mut places = Vec::with_capacity(original.len() + 1);
        for (place, c) in original.char_indices() {
            let Some(folded) = becomes(c) else { continue };
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

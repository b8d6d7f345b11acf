//! Tables of an HTML page, which programs write as `.xls`.

mod page;

use std::path::Path;

use crate::event::Reason;
use crate::workbook::html_table::page::Page;
use crate::workbook::markup::read_markup;
use crate::workbook::{Sheet, SheetKind, Workbook};

/// Longest tag, in characters; longer ones are text.
const MAX_TAG_CHARS: usize = 16 << 10;

/// The tables of a page, one after the other as one sheet: pages often have a table for the title and one for the rest.
pub(crate) struct HtmlTables(String);

impl HtmlTables {
    /// # Errors
    /// The file cannot be read, or is too large.
    pub(crate) fn open(path: &Path) -> Result<Self, Reason> {
        Ok(Self(read_markup(path)?))
    }
}

impl Workbook for HtmlTables {
    fn sheets(&self) -> Vec<Sheet> {
        vec![Sheet { name: "HTML".to_owned(), kind: SheetKind::Table }]
    }

    fn rows(&mut self, _sheet: usize, take: &mut dyn FnMut(usize, Vec<String>) -> bool) -> Result<(), Reason> {
        let mut page = Page::new(take);
        let mut rest = self.0.as_str();
        while let Some((text, after)) = rest.split_once('<') {
            page.text(text)?;
            let (name, attributes, tail) = tag(after);
            rest = match name.as_str() {
                "!--" => after.split_once("-->").ok_or_else(|| page.cut())?.1,
                "style" | "script" | "title" => {
                    let (_, end) = after.split_once(&format!("</{name}")).ok_or_else(|| page.cut())?;
                    end.split_once('>').ok_or_else(|| page.cut())?.1
                }
                // A less-than sign that begins no tag.
                "" => {
                    page.text("<")?;
                    after
                }
                name => {
                    if !page.tag(name, attributes) {
                        return Ok(());
                    }
                    tail
                }
            };
        }
        page.end()
    }
}

/// Name in small letters, attributes, and what follows a tag whose `<` was taken; no name where it is no tag.
fn tag(after: &str) -> (String, &str, &str) {
    if after.starts_with("!--") {
        return ("!--".to_owned(), "", after);
    }
    if !after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
        return (String::new(), "", after);
    }
    let Some(end) = end_of_tag(after) else { return (String::new(), "", after) };
    let (inside, rest) = after.split_at_checked(end).unwrap_or((after, ""));
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    (name.to_ascii_lowercase(), attributes, rest.strip_prefix('>').unwrap_or(rest))
}

/// Where the `>` of a tag is: not one inside quotation marks.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, c) in text.char_indices().take(MAX_TAG_CHARS) {
        match (quote, c) {
            (None, '>') => return Some(index),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The text as a page shows it: entities resolved, runs of blanks one, lines kept where the page breaks them.
pub(crate) fn shown(text: &str) -> String {
    let lines = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let joined = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let mut plain = String::new();
    let mut rest = joined.as_str();
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 10);
        match entity.and_then(|(name, tail)| Some((character(name)?, tail))) {
            Some((character, tail)) => {
                plain.push(character);
                rest = tail;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ldquo" => '“',
        "rdquo" => '”',
        "hellip" => '…',
        "mdash" => '—',
        "middot" => '·',
        "yen" => '¥',
        _ => return None,
    })
}

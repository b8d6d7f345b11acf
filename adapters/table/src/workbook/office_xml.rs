//! Small steps through the XML of a workbook's parts.

use std::io::BufRead;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::event::Reason;

/// Longest text of a cell, in bytes. Spreadsheets allow 32,767 characters.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;

/// The next event.
pub(crate) fn next<'b, R: BufRead>(reader: &mut Reader<R>, buffer: &'b mut Vec<u8>) -> Result<Event<'b>, Reason> {
    buffer.clear();
    reader.read_event_into(buffer).map_err(|error| breaks_off(&error))
}

/// The value of an attribute by its local name.
pub(crate) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let found = attributes.flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// Adds what a text event says; other events say nothing.
pub(crate) fn add_text(text: &mut String, event: &Event<'_>) -> Result<(), Reason> {
    match event {
        Event::Text(piece) => text.push_str(&piece.xml10_content()),
        Event::CData(piece) => text.push_str(&piece.xml10_content()),
        Event::GeneralRef(reference) => text.push(character(reference)),
        _ => {}
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(Reason::new(
            format!("一个单元格超过 {MAX_TEXT_BYTES} 字节"),
            format!("a cell holds more than {MAX_TEXT_BYTES} bytes"),
        ));
    }
    Ok(())
}

/// A reference to no character is one that cannot be shown.
fn character(reference: &BytesRef<'_>) -> char {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character;
    }
    match &*reference.xml10_content() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        "nbsp" => '\u{A0}',
        _ => '\u{FFFD}',
    }
}

/// Decodes `_xHHHH_`, by which XML carries characters that it does not allow.
pub(crate) fn unescaped(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("_x") {
        plain.push_str(before);
        let code = after.split_once('_').filter(|(code, _)| code.len() == 4);
        match code.and_then(|(code, tail)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, tail))) {
            Some((character, tail)) => {
                plain.push(character);
                rest = tail;
            }
            None => {
                plain.push_str("_x");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

pub(crate) fn breaks_off(error: &dyn std::fmt::Display) -> Reason {
    Reason::new(format!("内容中断\n原文：{error}"), format!("the content breaks off: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_themselves() {
        assert_eq!(unescaped("a_x000D_b_x005F_x000D_"), "a\rb_x000D_");
        assert_eq!(unescaped("my_xls_file _xZZZZ_ _xD83D_ _x"), "my_xls_file _xZZZZ_ _xD83D_ _x");
    }
}

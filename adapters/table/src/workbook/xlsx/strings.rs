//! The strings that cells share.

use quick_xml::events::Event;

use crate::event::Reason;
use crate::workbook::office_xml::{add_text, next, unescaped};
use crate::workbook::xlsx::package::Part;

/// Reads all shared strings: of rich text all runs, of phonetic guides none.
pub(crate) fn read_strings(mut part: Part<'_>) -> Result<Vec<Box<str>>, Reason> {
    let (mut strings, mut text, mut buffer) = (Vec::new(), String::new(), Vec::new());
    let (mut in_text, mut phonetic) = (false, 0_usize);
    loop {
        match next(&mut part, &mut buffer)? {
            Event::Start(start) => match start.local_name().as_ref() {
                "si" => text.clear(),
                "rPh" => phonetic += 1,
                "t" => in_text = phonetic == 0,
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "si" => strings.push(unescaped(&text).into_boxed_str()),
                "rPh" => phonetic = phonetic.saturating_sub(1),
                "t" => in_text = false,
                _ => {}
            },
            Event::Eof => return Ok(strings),
            event if in_text => add_text(&mut text, &event)?,
            _ => {}
        }
    }
}

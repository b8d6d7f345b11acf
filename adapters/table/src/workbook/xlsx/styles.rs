//! The number formats of a workbook's cells.

use std::collections::HashMap;

use quick_xml::events::Event;

use crate::cell::number_format::NumberFormat;
use crate::event::Reason;
use crate::workbook::office_xml::{attribute, next};
use crate::workbook::xlsx::package::Part;

/// The number formats by the number of the style that cells name.
pub(crate) fn read_styles(mut part: Part<'_>) -> Result<Vec<NumberFormat>, Reason> {
    let (mut own, mut styles, mut buffer) = (HashMap::new(), Vec::new(), Vec::new());
    let mut in_cells = false;
    loop {
        match next(&mut part, &mut buffer)? {
            Event::Start(start) => match start.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&start, "numFmtId").and_then(|id| id.parse::<u32>().ok());
                    let code = attribute(&start, "formatCode").unwrap_or_default();
                    own.extend(id.map(|id| (id, NumberFormat::parse(&code))));
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = attribute(&start, "numFmtId").and_then(|id| id.parse::<u32>().ok()).unwrap_or(0);
                    styles.push(own.get(&id).cloned().or_else(|| NumberFormat::built_in(id)).unwrap_or_default());
                }
                _ => {}
            },
            Event::End(end) if end.local_name().as_ref() == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

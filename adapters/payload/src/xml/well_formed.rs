//! Whether a text that we write is XML as strict readers want it, which is more than our own reading asks of others.

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use super::{Reading, read};

/// Whether a text is a well-formed document, or what may stand inside one, with every prefix declared. `soap` is declared by the envelope
/// that stands around it.
///
/// # Errors
/// What is wrong, with its line and column.
pub fn well_formed_xml(text: &str) -> Result<(), String> {
    let text = text.trim();
    if text.starts_with("<?xml") {
        return judge(text);
    }
    // On the same line, so that lines are those of the text.
    judge(&format!("<part xmlns:soap=\"soap\">{text}</part>"))
}

fn judge(text: &str) -> Result<(), String> {
    read(text, Reading::Strict).map_err(|error| error.to_string())?;
    match undeclared_prefix(text) {
        Some(prefix) => Err(format!("the prefix {prefix} is not declared (xmlns:{prefix})")),
        None => Ok(()),
    }
}

fn undeclared_prefix(text: &str) -> Option<String> {
    let mut reader = NsReader::from_str(text);
    loop {
        let (resolved, event) = reader.read_resolved_event().ok()?;
        if let ResolveResult::Unknown(prefix) = resolved {
            return Some(prefix.to_string());
        }
        let start = match event {
            Event::Eof => return None,
            Event::Start(start) | Event::Empty(start) => start,
            _ => continue,
        };
        for attribute in start.attributes().flatten() {
            let name: &str = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xml:") {
                continue;
            }
            if let ResolveResult::Unknown(prefix) = reader.resolver().resolve_attribute(attribute.key).0 {
                return Some(prefix.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strict_readers_refuse_is_refused() {
        for good in [
            "<a/><b>1</b>",
            "text",
            "<?xml version=\"1.0\"?><a x=\"1\" xml:lang=\"zh\"/>",
            "<w:a xmlns:w=\"u\" w:b=\"1\"/>",
            "<soap:Body/>",
            "<a><![CDATA[<]]>&amp;&#20013;</a>",
        ] {
            assert_eq!(well_formed_xml(good), Ok(()), "{good}");
        }
        for (bad, said) in [
            ("<a><b></a>", "b"),
            ("<a>", "part"),
            ("<w:a/>", "prefix w"),
            ("<a w:b=\"1\"/>", "prefix w"),
            ("<a b=1/>", "line 1"),
            ("<a>1 & 2</a>", "line 1"),
            ("<?xml version=\"1.0\"?><a/><b/>", "second root"),
        ] {
            let error = well_formed_xml(bad).unwrap_err();
            assert!(error.contains(said), "{bad}: {error}");
        }
    }
}

//! XML becomes a tree by one rule.
//!
//! - An element without attributes and without child elements is the string of its text, white space at both ends removed.
//! - Any other element is an object: an attribute `a` is the member `@a`, child elements are members under their local
//!   name, several children of one name are an array in document order, text that is not blank is the member `#text`.
//! - The document is an object with one member, the root element.
//! - Namespace prefixes and `xmlns` declarations are dropped. Comments and processing instructions are dropped.
//! - CDATA and escaped text are the same. Only the five predefined entities, `&nbsp;` and character references exist; a document
//!   type declaration with entities of its own is refused.
//! - The encoding named in the prolog is ignored: bytes were decoded before.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

use crate::form::insert_repeatable;
use crate::{MAX_DEPTH, PayloadError};

/// Most elements and attributes in one document.
pub const MAX_XML_NODES: usize = 200_000;

/// Reads one XML document.
///
/// # Errors
/// [`PayloadError::Malformed`] with line and column, [`PayloadError::TooDeep`] beyond [`MAX_DEPTH`] or [`MAX_XML_NODES`].
pub fn parse_xml(text: &str) -> Result<Value, PayloadError> {
    let mut builder = Builder { reader: Reader::from_str(text), source: text, open: Vec::new(), root: None, nodes: 0 };
    loop {
        let event = match builder.reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(builder.malformed(&error.to_string())),
        };
        if matches!(event, Event::Eof) {
            return builder.finish();
        }
        builder.take(event)?;
    }
}

struct Builder<'text> {
    reader: Reader<&'text [u8]>,
    source: &'text str,
    open: Vec<Element>,
    root: Option<Value>,
    nodes: usize,
}

struct Element {
    name: String,
    members: Map<String, Value>,
    text: String,
}

impl Element {
    fn into_value(mut self) -> Value {
        let text = self.text.trim();
        if self.members.is_empty() {
            return Value::String(text.to_owned());
        }
        if !text.is_empty() {
            self.members.insert("#text".to_owned(), Value::String(text.to_owned()));
        }
        Value::Object(self.members)
    }
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>) -> Result<(), PayloadError> {
        match event {
            Event::Start(start) => self.start(&start),
            Event::Empty(start) => {
                self.start(&start)?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = self.resolve(&reference)?;
                self.text(resolved.encode_utf8(&mut [0; 4]))
            }
            Event::DocType(declaration) if declaration.contains("<!ENTITY") => {
                Err(self.malformed("a document type declaration with entities is not accepted"))
            }
            Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), PayloadError> {
        if self.root.is_some() {
            return Err(self.malformed("a second root element"));
        }
        self.count_node()?;
        let mut members = Map::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            let qualified: &str = attribute.key.as_ref();
            if qualified == "xmlns" || qualified.starts_with("xmlns:") {
                continue;
            }
            self.count_node()?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| self.malformed(&error.to_string()))?;
            insert_repeatable(&mut members, format!("@{}", local_name(qualified)), Value::String(value.into_owned()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(PayloadError::TooDeep { format: "XML" });
        }
        let name = local_name(start.name().as_ref()).to_owned();
        self.open.push(Element { name, members, text: String::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), PayloadError> {
        let Some(element) = self.open.pop() else {
            return Err(self.malformed("an end tag without its start tag"));
        };
        let name = element.name.clone();
        let value = element.into_value();
        match self.open.last_mut() {
            Some(parent) => insert_repeatable(&mut parent.members, name, value),
            None => self.root = Some(Value::Object(Map::from_iter([(name, value)]))),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), PayloadError> {
        match self.open.last_mut() {
            Some(element) => {
                element.text.push_str(text);
                Ok(())
            }
            None if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').is_empty() => Ok(()),
            None => Err(self.malformed("text outside the root element")),
        }
    }

    fn resolve(&self, reference: &BytesRef<'_>) -> Result<char, PayloadError> {
        if let Some(character) = reference.resolve_char_ref().map_err(|error| self.malformed(&error.to_string()))? {
            return Ok(character);
        }
        match &*reference.xml10_content() {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            "nbsp" => Ok('\u{A0}'),
            other => Err(self.malformed(&format!("unknown entity &{other};"))),
        }
    }

    fn count_node(&mut self) -> Result<(), PayloadError> {
        self.nodes += 1;
        if self.nodes > MAX_XML_NODES { Err(PayloadError::TooDeep { format: "XML" }) } else { Ok(()) }
    }

    fn finish(self) -> Result<Value, PayloadError> {
        if let Some(element) = self.open.last() {
            return Err(self.malformed(&format!("element <{}> is not closed", element.name)));
        }
        match self.root {
            Some(root) => Ok(root),
            None => Err(self.malformed("no element")),
        }
    }

    fn malformed(&self, what: &str) -> PayloadError {
        let position = usize::try_from(self.reader.error_position().max(self.reader.buffer_position()));
        let position = position.unwrap_or(usize::MAX).min(self.source.len());
        let before = String::from_utf8_lossy(self.source.as_bytes().get(..position).unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        PayloadError::Malformed { format: "XML", what: what.to_owned(), line, column }
    }
}

fn local_name(qualified: &str) -> &str {
    qualified.rsplit(':').next().unwrap_or(qualified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(xml: &str, expected: Value) {
        assert_eq!(parse_xml(xml), Ok(expected));
    }

    #[test]
    fn the_rule_of_the_tree() {
        check(
            r#"<?xml version="1.0" encoding="gb2312"?><n:a xmlns:n="u" n:k="v"><b> 1 </b><b>2</b><c/>t</n:a>"#,
            json!({"a": {"@k": "v", "b": ["1", "2"], "c": "", "#text": "t"}}),
        );
    }

    #[test]
    fn cdata_and_escaped_text_are_the_same() {
        check("<a>&lt;p&gt;路&#x706F;</a>", json!({"a": "<p>路灯"}));
        check("<a><![CDATA[<p>路灯]]></a>", json!({"a": "<p>路灯"}));
    }

    #[test]
    fn hostile_documents_are_refused_with_a_reason() {
        let deep = "<a>".repeat(200_000);
        assert_eq!(parse_xml(&deep), Err(PayloadError::TooDeep { format: "XML" }));
        for (xml, reason) in [
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "document type declaration"),
            ("<a>&unknown;</a>", "unknown entity"),
            ("<a><b></a>", "line 1"),
            ("<a>", "not closed"),
            ("", "no element"),
            ("<a/><b/>", "second root"),
        ] {
            let error = parse_xml(xml).unwrap_err().to_string();
            assert!(error.contains(reason), "{xml}: {error}");
        }
    }
}

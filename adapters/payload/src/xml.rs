//! XML becomes a tree by one rule.
//!
//! - An element without attributes and without child elements is the string of its text, white space at both ends removed.
//! - Any other element is an object: an attribute `a` is the member `@a`, child elements are members under their local
//!   name, several children of one name are an array in document order, text that is not blank is the member `#text`.
//! - The document is an object with one member, the root element.
//! - Namespace prefixes and `xmlns` declarations are dropped, and so are the attributes of technical namespaces (`xsi:type`,
//!   `soap:encodingStyle`, `xml:lang`, .NET's `diffgr:id`). An empty element that is `xsi:nil` is null. Comments and processing
//!   instructions are dropped.
//! - CDATA and escaped text are the same. Entities are HTML's; a document type declaration with entities of its own is refused, any other is
//!   skipped and nothing that it names is fetched.
//! - The encoding named in the prolog is ignored: bytes were decoded before.
//!
//! What cannot be read so is read once more, leniently: half a character is U+FFFD, an unknown reference and a bare `&` or `<` are text, a tag
//! that is never closed is text where nothing but text follows, attributes that are not well-formed are dropped, and what stands before
//! the first tag and after the root does not count. A document that was cut stays unreadable.

mod lenient;
mod reference;
mod technical;
mod well_formed;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::{NsReader, XmlVersion};
use serde_json::{Map, Value};

use crate::form::insert_repeatable;
use crate::json::depth_of;
use crate::{MAX_DEPTH, PayloadError};
use lenient::text_of_tags;
use reference::{Text, resolved};
use technical::{is_instance, is_technical};
pub use well_formed::well_formed_xml;

/// Most elements and attributes in one document.
pub const MAX_XML_NODES: usize = 200_000;

/// Reads one XML document; where it is damaged, leniently.
///
/// # Errors
/// [`PayloadError::Malformed`] with line and column, [`PayloadError::TooDeep`] beyond [`MAX_DEPTH`] or [`MAX_XML_NODES`].
pub fn parse_xml(text: &str) -> Result<Value, PayloadError> {
    let strict = read(text, Reading::Strict);
    match strict {
        Err(PayloadError::Malformed { .. }) => read(&text_of_tags(text), Reading::Lenient).or(strict),
        other => other,
    }
}

/// How much is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Strict,
    Lenient,
}

fn read(text: &str, reading: Reading) -> Result<Value, PayloadError> {
    let mut reader = NsReader::from_str(text);
    if reading == Reading::Lenient {
        let config = reader.config_mut();
        (config.allow_dangling_amp, config.allow_unmatched_ends, config.check_end_names) = (true, true, false);
    }
    let mut builder = Builder { reader, source: text, reading, open: Vec::new(), root: None, nodes: 0 };
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
    reader: NsReader<&'text [u8]>,
    source: &'text str,
    reading: Reading,
    open: Vec<Element>,
    root: Option<Value>,
    nodes: usize,
}

struct Element {
    /// The local name.
    name: String,
    /// The tag as it stood, for a lenient reading: it may turn out to be text.
    tag: String,
    members: Map<String, Value>,
    has_children: bool,
    nil: bool,
    text: Text,
}

impl Element {
    fn into_value(mut self) -> Value {
        let text = self.text.into_string();
        let text = text.trim();
        if self.members.is_empty() {
            return if self.nil && text.is_empty() { Value::Null } else { Value::String(text.to_owned()) };
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
                self.end();
                Ok(())
            }
            Event::End(end) if self.reading == Reading::Lenient => self.end_leniently(&end.name()),
            Event::End(_) if self.open.is_empty() => Err(self.malformed("an end tag without its start tag")),
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => match self.open.last_mut() {
                Some(element) => {
                    element.text.push_reference(&reference.xml10_content());
                    Ok(())
                }
                None => self.text("&"),
            },
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
        let (members, nil) = self.attributes(start)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(PayloadError::TooDeep { format: "XML" });
        }
        let name = local_name(start.name().as_ref()).to_owned();
        let tag = if self.reading == Reading::Lenient { format!("<{}>", start as &str) } else { String::new() };
        self.open.push(Element { name, tag, members, has_children: false, nil, text: Text::default() });
        Ok(())
    }

    /// The attributes that say something, and whether the element is nil.
    fn attributes(&mut self, start: &BytesStart<'_>) -> Result<(Map<String, Value>, bool), PayloadError> {
        let (mut members, mut nil) = (Map::new(), false);
        for attribute in start.attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(_) if self.reading == Reading::Lenient => continue,
                Err(error) => return Err(self.malformed(&error.to_string())),
            };
            let qualified: &str = attribute.key.as_ref();
            if qualified == "xmlns" || qualified.starts_with("xmlns:") {
                continue;
            }
            self.count_node()?;
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                Err(_) if self.reading == Reading::Lenient => resolved(&attribute.value),
                Err(error) => return Err(self.malformed(&error.to_string())),
            };
            let local = local_name(qualified);
            match self.namespace(attribute.key) {
                Spaced::Instance => nil |= local == "nil" && matches!(value.trim(), "true" | "1"),
                Spaced::Technical => {}
                Spaced::Other => insert_repeatable(&mut members, format!("@{local}"), Value::String(value)),
            }
        }
        Ok((members, nil))
    }

    /// What an attribute's name belongs to.
    fn namespace(&self, name: QName<'_>) -> Spaced {
        let Some(prefix) = name.prefix() else { return Spaced::Other };
        let prefix: &str = prefix.as_ref();
        match self.reader.resolver().resolve_attribute(name).0 {
            ResolveResult::Bound(namespace) if is_instance(namespace.0) => Spaced::Instance,
            ResolveResult::Bound(namespace) if is_technical(Some(namespace.0), prefix) => Spaced::Technical,
            ResolveResult::Bound(_) => Spaced::Other,
            _ if prefix == "xsi" => Spaced::Instance,
            _ if is_technical(None, prefix) => Spaced::Technical,
            _ => Spaced::Other,
        }
    }

    /// The innermost open element is done.
    fn end(&mut self) {
        let Some(element) = self.open.pop() else { return };
        let name = element.name.clone();
        let value = element.into_value();
        match self.open.last_mut() {
            Some(parent) => {
                parent.has_children = true;
                insert_repeatable(&mut parent.members, name, value);
            }
            None => self.root = Some(Value::Object(Map::from_iter([(name, value)]))),
        }
    }

    /// Ends the innermost element of this name. Tags inside it that were never closed are text; one that is no element's end is text.
    fn end_leniently(&mut self, name: &QName<'_>) -> Result<(), PayloadError> {
        let local = local_name(name.as_ref());
        if !self.open.iter().any(|element| element.name == local) {
            return self.text(&format!("</{}>", name.as_ref()));
        }
        while self.open.last().is_some_and(|element| element.name != local) {
            let Some(unclosed) = self.open.pop() else { break };
            if unclosed.has_children {
                return Err(self.malformed(&format!("element <{}> is not closed", unclosed.name)));
            }
            let text = unclosed.text.into_string();
            self.text(&unclosed.tag)?;
            self.text(&text)?;
        }
        self.end();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), PayloadError> {
        let blank = |c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\0');
        match self.open.last_mut() {
            Some(element) => {
                element.text.push_str(text);
                Ok(())
            }
            None if self.reading == Reading::Lenient || text.trim_matches(blank).is_empty() => Ok(()),
            None => Err(self.malformed("text outside the root element")),
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
            // Lists of elements are levels of their own.
            Some(root) if depth_of(&root) > MAX_DEPTH + 2 => Err(PayloadError::TooDeep { format: "XML" }),
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

/// What a name with a prefix belongs to.
enum Spaced {
    /// XML Schema instances.
    Instance,
    /// Another technical namespace.
    Technical,
    /// The document's own.
    Other,
}

fn local_name(qualified: &str) -> &str {
    qualified.rsplit(':').next().unwrap_or(qualified)
}

#[cfg(test)]
mod tests;

//! Bytes from a channel become a tree: character encodings, JSON, XML, forms and plain text.
//!
//! This crate knows formats and their limits. It knows no protocol, no mapping and no complaint. Everything that
//! arrives as bytes, whether over HTTP, SOAP or from a file, passes through here, so that there is one place
//! where the size, depth and encoding of hostile input is decided.
//!
//! ```
//! use huiliu_payload::{Format, FormatKind};
//! let tree = Format::new(FormatKind::Xml).parse(b"<a><b>1</b><b>2</b></a>").unwrap().tree;
//! assert_eq!(tree["a"]["b"][1], "2");
//! ```

pub mod broken;
mod encoding;
mod form;
mod format;
mod json;
mod multipart;
mod unreadable;
mod xml;

pub use encoding::{Charset, Decoded, decode, decode_mended, guess};
pub use form::parse_form;
pub use format::{Format, FormatKind, Parsed};
pub use json::MAX_JSON_NODES;
pub use multipart::MAX_PARTS;
pub use unreadable::{Instead, instead, unreadable};
pub use xml::{MAX_XML_NODES, parse_xml, well_formed_xml};

/// Deepest nesting accepted in JSON and XML, in levels. Real channels stay below 12.
pub const MAX_DEPTH: usize = 64;

/// Why a payload could not be read. The text says what is wrong and where, never what the citizen wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The bytes are not well formed in the declared format.
    #[error("not well-formed {format}: {what} at line {line}, column {column}")]
    Malformed {
        /// `JSON`, `XML` or `multipart`.
        format: &'static str,
        /// What the parser expected or met.
        what: String,
        /// Line, counted from 1; 0 when the format has no lines.
        line: usize,
        /// Column in characters, counted from 1; 0 when unknown.
        column: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`] or with more nodes than [`MAX_XML_NODES`] or [`MAX_JSON_NODES`].
    #[error("{format} is nested deeper than {MAX_DEPTH} levels or has too many nodes")]
    TooDeep {
        /// `JSON` or `XML`.
        format: &'static str,
    },
    /// The format is one of files, read row by row.
    #[error("format {format} is for files only")]
    FileOnly {
        /// Name of the format.
        format: &'static str,
    },
    /// The bytes are not text in the declared encoding.
    #[error("not valid {charset} text: {count} undecodable sequence(s), the first near byte {offset}")]
    Undecodable {
        /// The encoding that was used.
        charset: &'static str,
        /// How many sequences could not be decoded.
        count: usize,
        /// Byte offset just before the first one.
        offset: usize,
    },
}

//! JSON and XML texts inside fields.

use huiliu_payload::{Format, FormatKind, parse_xml};
use minijinja::Value;

use crate::Fault;

pub(crate) fn from_json(text: &str) -> Result<Value, Fault> {
    let parsed = Format::new(FormatKind::Json).parse(text.as_bytes()).map_err(|error| {
        Fault::new(
            format!("字段里的 JSON 读不了\n原文：{error}"),
            format!("the JSON inside the field cannot be read: {error}"),
        )
    })?;
    Ok(Value::from(minijinja::value::Serde(&parsed.tree)))
}

/// The prolog's encoding is ignored: the text was decoded with the message around it.
pub(crate) fn from_xml(text: &str) -> Result<Value, Fault> {
    let tree = parse_xml(text).map_err(|error| {
        Fault::new(
            format!("字段里的 XML 读不了\n原文：{error}"),
            format!("the XML inside the field cannot be read: {error}"),
        )
    })?;
    Ok(Value::from(minijinja::value::Serde(&tree)))
}

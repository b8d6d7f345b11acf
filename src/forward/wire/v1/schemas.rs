//! The published schemas, made from the types that the code reads and writes.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use super::{CONFIDENTIAL_SCHEMA, ConfidentialCountV1, StatusUpdateV1, TICKET_SCHEMA, TicketV1};

/// Formats that JSON Schema does not know, made from the types of Rust; bounds say the same.
const NUMBER_FORMATS: [&str; 9] = ["uint", "uint8", "uint16", "uint32", "uint64", "int32", "int64", "double", "float"];

fn schema<T: schemars::JsonSchema>(id: &str, title: &str) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.transforms.push(Box::new(RecursiveTransform(without_number_format)));
    let mut value = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(members) = value.as_object_mut() {
        members.insert("$id".to_owned(), json!(id));
        members.insert("title".to_owned(), json!(title));
    }
    value
}

fn without_number_format(schema: &mut Schema) {
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| NUMBER_FORMATS.contains(&format)) {
        schema.remove("format");
    }
}

/// JSON Schemas by file name.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("ticket-v1.schema.json", schema::<TicketV1>(TICKET_SCHEMA, "TicketV1")),
        (
            "status-update-v1.schema.json",
            schema::<StatusUpdateV1>("urn:huiliu:schema:status-update-v1", "StatusUpdateV1"),
        ),
        (
            "confidential-count-v1.schema.json",
            schema::<ConfidentialCountV1>(CONFIDENTIAL_SCHEMA, "ConfidentialCountV1"),
        ),
    ]
}

#[cfg(test)]
mod tests;

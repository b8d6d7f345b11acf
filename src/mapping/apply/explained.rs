//! Which expression made which field of a record, and of what value: for people who ask how a complaint came to say what it says.

use serde_json::Value;

use huiliu_adapter_api::{RawRecord, RecordBody};
use huiliu_expression::Context;

use crate::city::line_and_column;
use crate::mapping::channel::{Channel, FIELDS, Field};

/// A field with what made it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMade {
    /// Field of the complaint.
    pub field: String,
    /// The expression as the channel file has it.
    pub expression: String,
    /// File of the pack, line and column of the expression.
    pub place: (String, usize, usize),
    /// What the expression comes to, before the field is read of it; null where it fails.
    pub value: Value,
}

impl Channel {
    /// The fields that the mapping has expressions for, in their usual order, the further ones behind them. None for a record that
    /// cannot be read.
    #[must_use]
    pub fn fields_made(&self, record: &RawRecord) -> Vec<FieldMade> {
        let RecordBody::Tree(tree) = &record.body else { return Vec::new() };
        let channel = Value::String(self.id.clone());
        let context = Context::new([("record", tree), ("channel", &channel)]);
        let usual = FIELDS.iter().filter_map(|(name, _)| Some(((*name).to_owned(), self.fields.get(*name)?)));
        let further = self.extra.iter().map(|(name, field)| (format!("extra.{name}"), field));
        usual.chain(further).map(|(name, field)| self.made(name, field, &context)).collect()
    }

    fn made(&self, name: String, field: &Field, context: &Context) -> FieldMade {
        let (line, column) = line_and_column(&self.source, &field.place.span());
        FieldMade {
            field: name,
            expression: field.expression.source().to_owned(),
            place: (self.file.clone(), line, column),
            value: field.expression.eval(context).map_or(Value::Null, |found| found.value),
        }
    }
}
